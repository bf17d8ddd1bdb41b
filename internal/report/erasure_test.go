package report_test

import (
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func TestAWishToBeErasedWaitsOnceAndTheErasureAnswersIt(t *testing.T) {
	each(t, func(t *testing.T, d desk) {
		ctx, approver := t.Context(), d.By("approver")
		token := access.HolderToken(d.Ring, d.cred.Enrolment, 1)
		var wait sync.WaitGroup
		var made [4]bool
		for i := range made { // pressed on two devices at once
			wait.Go(func() {
				var err error
				if _, made[i], err = d.s.AskErasure(ctx, token, "DEMO", "ru"); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		n := 0
		for _, m := range made {
			if m {
				n++
			}
		}
		list := d.queue(t, approver, false)
		if n != 1 || len(list) != 1 || list[0].Kind != registry.ReportErasure || list[0].Number != d.cred.Number || list[0].DueOn != registry.NewDate(2026, 11, 27) {
			t.Fatalf("%d were made, the queue has %+v", n, list)
		}
		if _, err := d.s.Answer(ctx, approver, list[0].ID, registry.ReportErased, "DEMO"); world.Code(err) != "report.outcome" {
			t.Errorf("answered as erased by hand: %v", err)
		}
		for _, by := range []string{"approver", "second"} {
			if _, err := d.Lifecycle.Erase(ctx, d.By(by), d.cred.Number, false, ""); err != nil {
				t.Fatal(err)
			}
		}
		done := d.queue(t, approver, true)
		if len(d.queue(t, approver, false)) != 0 || len(done) != 1 || done[0].Outcome != registry.ReportErased || done[0].AnsweredBy != d.By("second").Account || done[0].Text != "" {
			t.Errorf("after the erasure: %+v", done)
		}
		if _, _, err := d.s.AskErasure(ctx, token, "", "ru"); world.Code(err) != "credential.erased" && world.Code(err) != "holder.unknown" {
			t.Errorf("asked again after it: %v", err)
		}
		if err := d.DB.CheckAuditChain(ctx); err != nil {
			t.Error(err)
		}
	})
}
