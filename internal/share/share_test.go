package share_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// each runs the test in a small registry over either engine.
func each(t *testing.T, f func(t *testing.T, w *world.World, s *share.Service)) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := world.Over(t, d, t.TempDir())
		f(t, w, &share.Service{DB: d, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin})
	})
}

func token(w *world.World, c registry.Credential) string {
	return access.HolderToken(w.Ring, c.Enrolment, 1)
}

func mustMake(t *testing.T, s *share.Service, token string, days int) share.Share {
	t.Helper()
	made, err := s.Make(t.Context(), token, days)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// gone fails unless the share leads nowhere.
func gone(t *testing.T, w *world.World, code registry.ShareCode, why string) {
	t.Helper()
	a, err := w.Verify.Share(t.Context(), string(code))
	if world.Code(err) != "share.gone" || !errors.Is(err, registry.NotFound) || a.Credential != nil {
		t.Errorf("%s: %+v, %v", why, a, err)
	}
}

func TestAShareShowsTheVerdictAndNothingThatLeadsToTheCertificate(t *testing.T) {
	each(t, func(t *testing.T, w *world.World, s *share.Service) {
		c := w.Issued(1)[0]
		made := mustMake(t, s, token(w, c), 30)
		if s.URL(made.Code) != world.Origin+"/s/"+string(made.Code) || !made.EndsAt.Equal(world.Start.AddDate(0, 0, 30)) {
			t.Errorf("made %+v", made)
		}
		for _, text := range []string{string(made.Code), strings.ToLower(made.Code.String()), " " + strings.ReplaceAll(string(made.Code), "0", "o")} {
			a, err := w.Verify.Share(t.Context(), text)
			if err != nil || a.Status != registry.StatusValid || a.Verdict != registry.Yes || a.Credential.Name != c.Snapshot.Name || a.Credential.Course.Code != "CPR1" {
				t.Fatalf("%q: %+v, %v", text, a, err)
			}
			if sh := a.Credential; sh.Number != "" || sh.IDLast4 != "" || sh.SupersededBy != nil || sh.SupersededByCode != "" || sh.StatusReason != "" {
				t.Errorf("%q shows %+v", text, sh)
			}
		}
		if _, err := w.Verify.Code(t.Context(), string(made.Code), "api"); world.Code(err) != "code.mistyped" {
			t.Errorf("the share code as a certificate's code: %v", err)
		}
		if _, err := w.Verify.Share(t.Context(), string(c.Code)); world.Code(err) != "share.gone" {
			t.Errorf("the certificate's code as a share code: %v", err)
		}
	})
}

func TestASharesVerdictFollowsTheCertificate(t *testing.T) {
	each(t, func(t *testing.T, w *world.World, s *share.Service) {
		list := w.Issued(3)
		var codes []registry.ShareCode
		for _, c := range list {
			codes = append(codes, mustMake(t, s, token(w, c), 90).Code)
		}
		ctx := t.Context()
		_, err1 := w.Lifecycle.Suspend(ctx, w.By("approver"), list[0].Number, "under_review", "")
		_, err2 := w.Lifecycle.Revoke(ctx, w.By("approver"), list[1].Number, "identity", "")
		_, err3 := w.Lifecycle.Revoke(ctx, w.By("second"), list[1].Number, "identity", "")
		_, err4 := w.Issue.Reissue(ctx, w.By("approver"), list[2].Number, issue.Correction{Name: list[2].Snapshot.Name + "芬", Reason: "misspelt"})
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		for i, want := range []registry.Status{registry.StatusSuspended, registry.StatusRevoked, registry.StatusSuperseded} {
			a, err := w.Verify.Share(ctx, string(codes[i]))
			if err != nil || a.Status != want || a.Credential.SupersededBy != nil {
				t.Errorf("want %s: %+v, %v", want, a, err)
			}
		}
		a, err := w.Verify.Share(ctx, string(codes[2]))
		if err != nil || len(a.Reasons) != 1 || a.Reasons[0].Code != "share.superseded" {
			t.Errorf("reasons of the replaced one: %+v, %v", a.Reasons, err)
		}
		// The replaced certificate is not shared anew; its successor is.
		fresh, err := s.Latest(ctx, token(w, list[2]))
		if err != nil || fresh.Code == codes[2] || fresh.Of.Supersedes != list[2].ID {
			t.Errorf("the latest after a correction: %+v, %v", fresh, err)
		}
		if _, err := s.Make(ctx, token(w, list[1]), 90); world.Code(err) != "share.not_now" {
			t.Errorf("a share of what is revoked: %v", err)
		}
	})
}

func TestASharesEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world.World, s *share.Service) {
		list := w.Issued(2)
		mine, his := token(w, list[0]), token(w, list[1])
		ctx := t.Context()
		ended, taken, rest, other := mustMake(t, s, mine, 7), mustMake(t, s, mine, 90), mustMake(t, s, mine, 30), mustMake(t, s, his, 90)
		if err := s.Revoke(ctx, his, taken.ID); err != nil { // nobody takes back another's
			t.Fatal(err)
		}
		if _, err := w.Verify.Share(ctx, string(taken.Code)); err != nil {
			t.Errorf("taken back by another: %v", err)
		}
		for range 2 {
			if err := s.Revoke(ctx, mine, taken.ID); err != nil {
				t.Fatal(err)
			}
		}
		gone(t, w, taken.Code, "taken back")
		w.Clock.Set(ended.EndsAt.Add(-time.Second))
		if _, err := w.Verify.Share(ctx, string(ended.Code)); err != nil {
			t.Errorf("the second before its end: %v", err)
		}
		w.Clock.Set(ended.EndsAt)
		gone(t, w, ended.Code, "at its end")
		if left, err := s.Shares(ctx, mine); err != nil || len(left) != 1 || left[0].ID != rest.ID {
			t.Errorf("left: %+v, %v", left, err)
		}
		if _, err := s.Find(ctx, his, rest.ID); world.Code(err) != "share.unknown" {
			t.Errorf("another's share: %v", err)
		}
		if again, err := s.Find(ctx, mine, rest.ID); err != nil || again.Code != rest.Code {
			t.Errorf("the same share again: %+v, %v", again, err)
		}
		if err := s.RevokeAll(ctx, mine); err != nil {
			t.Fatal(err)
		}
		gone(t, w, rest.Code, "all taken back")
		if _, err := w.Verify.Share(ctx, string(other.Code)); err != nil {
			t.Errorf("another holder's: %v", err)
		}
		for _, text := range []string{"", "hello", string(rest.Code)[:15] + "7", string(registry.NewShareCode([10]byte{1}))} {
			gone(t, w, registry.ShareCode(text), "never made: "+text)
		}
		removed := list[1].Number
		_, err1 := w.Lifecycle.Revoke(ctx, w.By("approver"), removed, registry.HolderRemoved, "")
		_, err2 := w.Lifecycle.Revoke(ctx, w.By("second"), removed, registry.HolderRemoved, "")
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		gone(t, w, other.Code, "the holder was removed")
		if _, err := s.Shares(ctx, his); world.Code(err) != "holder.unknown" {
			t.Errorf("shares of who was removed: %v", err)
		}
	})
}

func TestOnlyTheHolderSharesAndNotWithoutEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world.World, s *share.Service) {
		c := w.Issued(1)[0]
		mine := token(w, c)
		ctx := t.Context()
		for name, err := range map[string]error{"make": second(s.Make(ctx, "nobody", 90)), "list": second(s.Shares(ctx, "nobody")),
			"latest": second(s.Latest(ctx, "")), "revoke": s.Revoke(ctx, "nobody", "x"), "revoke all": s.RevokeAll(ctx, string(c.Code))} {
			if world.Code(err) != "holder.unknown" {
				t.Errorf("%s by a link that nobody has: %v", name, err)
			}
		}
		for _, days := range []int{0, -1, 8, 365} {
			if _, err := s.Make(ctx, mine, days); world.Code(err) != "share.days" {
				t.Errorf("for %d days: %v", days, err)
			}
		}
		first, err := s.Latest(ctx, mine)
		if err != nil || !first.EndsAt.Equal(world.Start.AddDate(0, 0, registry.ShareDefaultDays)) {
			t.Fatalf("%+v, %v", first, err)
		}
		if again, err := s.Latest(ctx, mine); err != nil || again.Code != first.Code {
			t.Errorf("the latest twice: %v and %v, %v", first.Code, again.Code, err)
		}
		for range registry.MaxShares - 1 {
			mustMake(t, s, mine, 7)
		}
		if _, err := s.Make(ctx, mine, 7); world.Code(err) != "share.too_many" {
			t.Errorf("one too many: %v", err)
		}
		w.Clock.Add(8 * 24 * time.Hour) // what has ended makes room
		mustMake(t, s, mine, 7)
	})
}

func second[T any](_ T, err error) error { return err }

func TestTheStoreKeepsNoCodeAndNobodyWhoLooked(t *testing.T) {
	each(t, func(t *testing.T, w *world.World, s *share.Service) {
		c := w.Issued(1)[0]
		made := mustMake(t, s, token(w, c), 90)
		for range 3 {
			if _, err := w.Verify.Share(t.Context(), string(made.Code)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Verify.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := w.DB.Read(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.ShareByCode(t.Context(), string(made.Code)); !errors.Is(err, registry.NotFound) {
				t.Errorf("the code itself is stored: %v", err)
			}
			entries, err := tx.AuditEntries(t.Context(), store.AuditFilter{AllOrgs: true, Object: c.Enrolment, Limit: 100})
			acts := 0
			for _, e := range entries {
				if e.Action == "share.make" {
					acts++
				}
				if strings.Contains(e.Detail["share"], string(made.Code)) {
					t.Errorf("the audit trail has the code: %+v", e)
				}
			}
			if acts != 1 {
				t.Errorf("%d audit rows of one share", acts)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestWithoutItsStoreAShareCannotBeTold(t *testing.T) {
	w := world.New(t)
	made := mustMake(t, &share.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin}, token(w, w.Issued(1)[0]), 90)
	if err := w.DB.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := w.Verify.Share(t.Context(), string(made.Code))
	if err != nil || a.Status != registry.StatusCouldNotCheck || a.Verdict != registry.CannotTell || a.Credential != nil {
		t.Errorf("%+v, %v", a, err)
	}
}
