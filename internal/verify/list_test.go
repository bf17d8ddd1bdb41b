package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/verify"
)

func TestAListIsAnsweredRowByRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, "")
		list := w.Issued(3)
		if _, err := w.Lifecycle.Suspend(t.Context(), w.By("approver"), list[1].Number, "under_review", ""); err != nil {
			t.Fatal(err)
		}
		name, none := list[0].Snapshot.Name, registry.NewCode([10]byte{9, 9, 9, 9, 9, 9, 9, 9, 9, 9})
		rows := []struct {
			row  verify.Row
			want registry.Listed
		}{
			{verify.Row{Code: list[0].Code.String()}, registry.ListedValid},
			{verify.Row{Code: string(list[1].Code)}, registry.ListedRevoked},
			{verify.Row{Code: string(none)}, registry.ListedNotFound},
			{verify.Row{Code: "7K3Q-D9XM"}, registry.ListedUnreadable},
			{verify.Row{}, registry.ListedUnreadable},
			{verify.Row{Number: "no number", Name: name}, registry.ListedUnreadable},
			{verify.Row{Number: string(list[0].Number)}, registry.ListedUnreadable},
			{verify.Row{Code: string(list[0].Code)}, registry.ListedTwice},
			{verify.Row{Number: string(list[0].Number), Name: name}, registry.ListedTwice},
			{verify.Row{Number: string(list[2].Number), Name: list[2].Snapshot.Name}, registry.ListedValid},
			{verify.Row{Number: string(list[2].Number), Name: "别人"}, registry.ListedNameDiffers},
			{verify.Row{Code: string(list[2].Code), Name: "别人"}, registry.ListedNameDiffers},
			{verify.Row{Number: "GAJK-SJZ-2026-999999", Name: name}, registry.ListedNotFound},
			{verify.Row{Number: string(list[1].Number), Name: "别人"}, registry.ListedNameDiffers},
			{verify.Row{Code: world.Origin + "/v/" + string(list[2].Code)}, registry.ListedTwice},
			{verify.Row{Code: world.Origin + "/v/" + string(list[2].Code) + "?lang=ru"}, registry.ListedTwice},
			{verify.Row{Code: strings.TrimPrefix(world.Origin, "https://") + "/v/" + string(list[2].Code)}, registry.ListedTwice},
			{verify.Row{Code: "https://bait.example/v/" + string(list[2].Code)}, registry.ListedCould},
			{verify.Row{Code: "bait.example/v/" + string(list[2].Code) + "?lang=en"}, registry.ListedCould},
			{verify.Row{Code: world.Origin + "/v/" + string(list[2].Code) + "?next=1"}, registry.ListedUnreadable},
		}
		asked := make([]verify.Row, len(rows))
		for i, r := range rows {
			asked[i] = r.row
		}
		for i, l := range w.Verify.List(t.Context(), asked) {
			if got := l.As(); got != rows[i].want {
				t.Errorf("row %d %+v: %s, want %s (%+v)", i, rows[i].row, got, rows[i].want, l.Answer)
			}
			if rows[i].row.Number != "" && l.NameDiffers && l.Answer.Credential != nil {
				t.Errorf("row %d: a number with a wrong name shows the certificate", i)
			}
			if rows[i].row.Number != "" && l.Answer.Credential != nil && l.Answer.Credential.IDLast4 != "" {
				t.Errorf("row %d: number and name show the id", i)
			}
			single, err := w.Verify.Code(t.Context(), rows[i].row.Code, verify.ChannelPage)
			if err == nil && (single.Status != l.Answer.Status || single.Verdict != l.Answer.Verdict) {
				t.Errorf("row %d: %s in the list, %s alone", i, l.Answer.Status, single.Status)
			}
		}
	})
}

func TestAListWithoutAStoreIsNeitherYesNorNo(t *testing.T) {
	w := world.New(t)
	list := w.Issued(2)
	if err := w.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for i, l := range w.Verify.List(t.Context(), []verify.Row{{Code: string(list[0].Code)}, {Code: string(registry.NewCode([10]byte{1}))}, {Number: string(list[1].Number), Name: "别人"}}) {
		if l.As() != registry.ListedCould || l.Answer.Verdict != registry.CannotTell {
			t.Errorf("row %d: %s, %s", i, l.As(), l.Answer.Verdict)
		}
	}
}

func TestAThousandRowsAreOneRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, "")
		c := w.Issued(1)[0]
		rows := make([]verify.Row, verify.MostListed)
		for i := range rows {
			rows[i] = verify.Row{Code: string(registry.NewCode([10]byte{0, 0, byte(i), byte(i >> 8), 3}))}
			if i%2 == 1 {
				rows[i] = verify.Row{Number: fmt.Sprintf("GAJK-SJZ-2026-9%05d", i), Name: "别人"}
			}
		}
		rows[999] = verify.Row{Code: string(c.Code)}
		valid := 0
		for _, l := range w.Verify.List(t.Context(), rows) {
			switch l.As() {
			case registry.ListedValid:
				valid++
			case registry.ListedNotFound:
			default:
				t.Fatalf("a row that nobody issued: %s", l.As())
			}
		}
		if valid != 1 {
			t.Errorf("%d rows are valid", valid)
		}
	})
}
