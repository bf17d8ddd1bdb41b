package training_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

// inTheRoom opens a class at nine in the morning, when it is taught, and lets
// people in.
func inTheRoom(w *world.World, change ...edit) training.JoinView {
	w.T.Helper()
	w.Clock.Set(time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC))
	class := w.Open("trainer", change...)
	v, err := w.Training.OpenJoin(w.T.Context(), w.By("trainer"), class.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	return v
}

// scan opens the code that is on the screen.
func scan(w *world.World, class registry.ID) training.Pass {
	w.T.Helper()
	v, err := w.Training.ShowJoin(w.T.Context(), w.By("trainer"), class)
	if err != nil {
		w.T.Fatal(err)
	}
	room, err := w.Training.EnterJoin(w.T.Context(), v.Code)
	if err != nil {
		w.T.Fatal(err)
	}
	return training.Pass{Ticket: room.Ticket}
}

// self is the i-th trainee, as he writes himself down.
func self(i int) training.SelfInput {
	return training.SelfInput{Key: fmt.Sprintf("key-of-the-form-%04d", i), Name: world.Name(i), IDType: "volunteer", ID: fmt.Sprintf("DEMO-%06d", i), Phone: fmt.Sprintf("138%08d", i), Lang: "zh"}
}

func TestThirtyPeopleJoinAndAreConfirmedByCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, t.TempDir())
		class := inTheRoom(w).Class.ID
		pass := scan(w, class)
		for i := range 10 {
			joined, err := w.Training.JoinSelf(t.Context(), pass, self(i))
			if err != nil || joined.Position != i+1 || joined.Token == "" {
				t.Fatalf("entry %d: %+v, %v", i, joined, err)
			}
		}
		var wait sync.WaitGroup
		got := make([]training.Joined, 30)
		for i := 10; i < 30; i++ {
			wait.Go(func() {
				joined, err := w.Training.JoinSelf(t.Context(), pass, self(i))
				if err != nil {
					t.Errorf("entry %d, with others: %v", i, err)
				}
				got[i] = joined
			})
		}
		wait.Wait()
		var places []int
		for _, j := range got[10:] {
			places = append(places, j.Position)
		}
		slices.Sort(places)
		if len(slices.Compact(places)) != 20 || places[0] != 11 || places[19] != 30 {
			t.Fatalf("places of those who came at once: %v", places)
		}
		if v := view(w, class); v.Active() != 0 || len(v.Unconfirmed()) != 30 {
			t.Errorf("before the count: %d enrolled, %d wait", v.Active(), len(v.Unconfirmed()))
		}
		w.Clock.Set(world.Start)
		if _, err := w.Training.Submit(t.Context(), w.By("trainer"), class); world.Code(err) != "join.unconfirmed" {
			t.Errorf("submit before the count: %v", err)
		}
		if _, err := w.Training.ConfirmHeads(t.Context(), w.By("trainer"), class, training.HeadsInput{Heads: 29}); world.Code(err) != "join.heads" {
			t.Errorf("29 in the room: %v", err)
		}
		report, err := w.Training.ConfirmHeads(t.Context(), w.By("trainer"), class, training.HeadsInput{Heads: 30})
		if err != nil || report != (training.HeadsReport{Confirmed: 30, OnList: 30}) {
			t.Fatalf("count: %+v, %v", report, err)
		}
		if v := view(w, class); v.Active() != 30 || len(v.Unconfirmed()) != 0 {
			t.Errorf("after the count: %d enrolled, %d wait", v.Active(), len(v.Unconfirmed()))
		}
		h, err := w.Issue.Holder(t.Context(), got[17].Token)
		if err != nil || h.Enrolment.Position != got[17].Position {
			t.Errorf("private link: %+v, %v", h.Enrolment, err)
		}
	})
}

func TestACodeLeadsInForAWhileAndItsFormForLonger(t *testing.T) {
	w := world.New(t)
	v := inTheRoom(w)
	ctx := t.Context()
	pass := scan(w, v.Class.ID)
	enter := func(code string) string { _, err := w.Training.EnterJoin(ctx, code); return world.Code(err) }
	if got := enter(strings.ToLower(registry.GroupJoinCode(v.Code))); got != "" {
		t.Errorf("the code as it is printed, in small letters: %s", got)
	}
	w.Clock.Add(30 * time.Second)
	if next, _ := w.Training.ShowJoin(ctx, w.By("trainer"), v.Class.ID); next.Code == v.Code || next.Code[:6] != v.Code[:6] {
		t.Errorf("codes %s and %s", v.Code, next.Code)
	}
	w.Clock.Add(2 * time.Minute)
	if got := enter(v.Code); got != "" {
		t.Errorf("after two and a half minutes: %s", got)
	}
	w.Clock.Add(time.Minute)
	if got := enter(v.Code); got != "join.changed" {
		t.Errorf("after three and a half: %q", got)
	}
	for _, code := range []string{"", "0000-0000-0000", v.Code[:11], v.Code[:6] + "000000", "\u202e"} {
		if got := enter(code); got != "join.unknown" {
			t.Errorf("code %q: %q", code, got)
		}
	}
	if _, err := w.Training.JoinSelf(ctx, pass, self(0)); err != nil {
		t.Errorf("a form that was open for some minutes: %v", err)
	}
	w.Clock.Add(15 * time.Minute)
	if _, err := w.Training.JoinSelf(ctx, pass, self(1)); world.Code(err) != "join.changed" {
		t.Errorf("a form that was open for too long: %v", err)
	}
	again, err := w.Training.JoinSelf(ctx, pass, self(0))
	if err != nil || !again.Again || again.Position != 1 {
		t.Errorf("the answer that got lost, asked for again: %+v, %v", again, err)
	}
	for _, forged := range []string{"", ".", strings.Replace(pass.Ticket, ".", ".z", 1), pass.Ticket + "x", "ABCDEF" + pass.Ticket[6:]} {
		if _, err := w.Training.JoinSelf(ctx, training.Pass{Ticket: forged}, self(2)); world.Code(err) != "join.unknown" {
			t.Errorf("ticket %q: %v", forged, err)
		}
	}
}

func TestTheWayInClosesByHandByTimeAndBySubmission(t *testing.T) {
	w := world.New(t)
	v := inTheRoom(w)
	ctx, by, id := t.Context(), w.By("trainer"), v.Class.ID
	if want := time.Date(2026, 11, 21, 4, 15, 0, 0, time.UTC); !v.Door.ClosesAt.Equal(want) { // 09:30 and 135 minutes and half an hour, in Shijiazhuang
		t.Errorf("closes at %s, want %s", v.Door.ClosesAt, want)
	}
	pass := scan(w, id)
	try := func(i int) string { _, err := w.Training.JoinSelf(ctx, pass, self(i)); return world.Code(err) }
	if _, err := w.Training.CloseJoin(ctx, by, id); err != nil {
		t.Fatal(err)
	}
	if got := try(0); got != "join.closed" {
		t.Errorf("closed by hand: %q", got)
	}
	if again, err := w.Training.OpenJoin(ctx, by, id); err != nil || !again.Open || again.Door.Room != v.Door.Room {
		t.Errorf("opened again: %+v, %v", again.Door, err)
	}
	if got := try(0); got != "" {
		t.Errorf("opened again: %q", got)
	}
	w.Clock.Set(v.Door.ClosesAt)
	if got := try(1); got != "join.late" {
		t.Errorf("half an hour after the session: %q", got)
	}
	if _, err := w.Training.OpenJoin(ctx, by, id); world.Code(err) != "join.over" {
		t.Errorf("opened after the class: %v", err)
	}
	for _, who := range []string{"approver", "other"} {
		if _, err := w.Training.OpenJoin(ctx, w.By(who), id); world.Code(err) != "access.forbidden" && world.Code(err) != "class.not_assigned" {
			t.Errorf("opened by %s: %v", who, err)
		}
	}
	if _, err := w.Training.ShowJoin(ctx, w.By("tianjin"), id); world.Code(err) != "class.unknown" {
		t.Errorf("shown to another base: %v", err)
	}
}

func TestAFullClassTakesNobodyMore(t *testing.T) {
	w := world.New(t)
	class := inTheRoom(w, func(in *training.ClassInput) { in.Capacity = 2 }).Class.ID
	pass := scan(w, class)
	for i, want := range []string{"", "", "join.full"} {
		if _, err := w.Training.JoinSelf(t.Context(), pass, self(i)); world.Code(err) != want {
			t.Errorf("person %d of two: %v", i+1, err)
		}
	}
}

func TestANameIsShownAsItIsPrintedBeforeItIsTaken(t *testing.T) {
	w := world.New(t)
	class := inTheRoom(w).Class.ID
	pass := scan(w, class)
	in := self(0)
	in.Name = "阿卜杜热西提•阿布都"
	_, err := w.Training.JoinSelf(t.Context(), pass, in)
	var refusal *registry.Error
	if world.Code(err) != "join.preview" {
		t.Fatalf("with another dot: %v", err)
	}
	if refusal = err.(*registry.Error); refusal.Args[0] != "阿卜杜热西提·阿布都" {
		t.Errorf("shown as %v", refusal.Args)
	}
	in.Agreed = "阿卜杜热西提·阿布都"
	if joined, err := w.Training.JoinSelf(t.Context(), pass, in); err != nil || joined.Name != in.Agreed {
		t.Errorf("agreed: %+v, %v", joined, err)
	}
	in = self(1)
	in.Name = "张\U00031350" // a character of Extension H that no font here draws
	if name, faults := w.Training.PrintedName(in.Name); name != "" || len(faults) != 1 || faults[0].Code != "name.glyph" {
		t.Errorf("preview of a glyph that nobody can print: %q, %+v", name, faults)
	}
	if _, err := w.Training.JoinSelf(t.Context(), pass, in); world.Code(err) != "join.wrong" || !slices.Equal(world.Faults(err), []string{"name.glyph"}) {
		t.Errorf("a glyph that nobody can print: %v", err)
	}
	for _, tc := range []struct{ promise, id, phone, want string }{
		{"a skill's certificate names an id", "", "", "join.id_needed"},
		{"its last four will do", "123x", "", ""},
		{"a phone that is none", "", "12", "phone.short"},
		{"an id of a kind that it is not", "99999919900307001X", "", "id.check"},
	} {
		in := self(7)
		in.Key, in.Name, in.ID, in.IDType, in.Phone = "key-of-the-form-x"+tc.promise, world.Name(40+len(tc.promise)), tc.id, "cn_id", tc.phone
		_, err := w.Training.JoinSelf(t.Context(), pass, in)
		if got := append(world.Faults(err), "")[0]; got != tc.want {
			t.Errorf("%s: %v, want %q", tc.promise, err, tc.want)
		}
	}
}

func TestANamesakeIsAskedAndNeverGivenAnothersLink(t *testing.T) {
	w := world.New(t)
	class := inTheRoom(w).Class.ID
	pass := scan(w, class)
	ctx := t.Context()
	first, err := w.Training.JoinSelf(ctx, pass, self(0))
	if err != nil {
		t.Fatal(err)
	}
	twin := self(1)
	twin.Name = self(0).Name
	_, err = w.Training.JoinSelf(ctx, pass, twin)
	if world.Code(err) != "join.same_name" || !slices.Equal(err.(*registry.Error).Args, []any{1}) {
		t.Errorf("a namesake: %v", err)
	}
	twin.Other = true
	other, err := w.Training.JoinSelf(ctx, pass, twin)
	if err != nil || other.Position != 2 || other.Token == first.Token {
		t.Errorf("another person of that name: %+v, %v", other, err)
	}
	same := self(0)
	same.Key, same.Other = "key-of-another-phone", true
	if got, err := w.Training.JoinSelf(ctx, pass, same); world.Code(err) != "join.already" || got.Token != "" {
		t.Errorf("the same person on another phone: %+v, %v", got, err)
	}
	stolen := self(2)
	stolen.Key = self(0).Key
	if got, err := w.Training.JoinSelf(ctx, pass, stolen); world.Code(err) != "join.key" || got.Token != "" {
		t.Errorf("a form sent again for another name: %+v, %v", got, err)
	}
	thief := self(3)
	thief.ID = self(0).ID
	taken, err := w.Training.JoinSelf(ctx, pass, thief)
	if err != nil || taken.Token == first.Token {
		t.Errorf("another's id is nobody's business: %+v, %v", taken, err)
	}
	by := w.By("trainer")
	v, err := w.Training.ShowJoin(ctx, by, class)
	if err != nil {
		t.Fatal(err)
	}
	waiting := v.Unconfirmed()
	if v.Entries[waiting[1].ID].Doubt != registry.DoubtName || v.Entries[waiting[2].ID].Doubt != registry.DoubtID {
		t.Errorf("doubts %+v", v.Entries)
	}
	if _, err := w.Training.ConfirmHeads(ctx, by, class, training.HeadsInput{Heads: 3}); world.Code(err) != "join.doubts" || len(world.Faults(err)) != 2 {
		t.Errorf("confirmed without a look: %v", err)
	}
	in := training.HeadsInput{Heads: 2, Strike: []registry.ID{waiting[2].ID}, Seen: []registry.ID{waiting[1].ID}}
	if report, err := w.Training.ConfirmHeads(ctx, by, class, in); err != nil || report != (training.HeadsReport{Confirmed: 2, Struck: 1, OnList: 2}) {
		t.Errorf("counted: %+v, %v", report, err)
	}
	if err := w.Training.PutBack(ctx, by, class, waiting[2].ID); err != nil || len(view(w, class).Unconfirmed()) != 1 {
		t.Errorf("put back: %v", err)
	}
	if err := w.Training.PutBack(ctx, by, class, "nobody"); world.Code(err) != "enrolment.unknown" {
		t.Errorf("somebody of another class: %v", err)
	}
}

func TestWhoIsOnTheRosterMayBeAway(t *testing.T) {
	w := world.New(t)
	class := inTheRoom(w).Class.ID
	rows := []intake.Row{world.Row(20), world.Row(21)}
	if _, _, err := w.Training.Enrol(t.Context(), w.By("trainer"), class, rows, training.EnrolOptions{Source: "import"}); err != nil {
		t.Fatal(err)
	}
	pass := scan(w, class)
	if _, err := w.Training.JoinSelf(t.Context(), pass, self(0)); err != nil {
		t.Fatal(err)
	}
	count := func(heads, away int) string {
		_, err := w.Training.ConfirmHeads(t.Context(), w.By("trainer"), class, training.HeadsInput{Heads: heads, Away: away})
		return world.Code(err)
	}
	for _, tc := range []struct {
		heads, away int
		want        string
	}{{2, 0, "join.heads"}, {2, 3, "join.away"}, {0, 0, "join.heads_number"}, {2, 1, ""}} {
		if got := count(tc.heads, tc.away); got != tc.want {
			t.Errorf("%d in the room, %d away: %q, want %q", tc.heads, tc.away, got, tc.want)
		}
	}
}
