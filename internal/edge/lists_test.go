package edge_test

import (
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/edge"
)

func TestAnHonestListPassesAndGuessesInListsDoNot(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	l, c := edge.NewLookups(func() time.Time { return now }), client("198.51.100.1")
	for range 5 { // eight hundred people, of whom thirty-four are not ours, sent five times
		if err := l.List(c); err != nil {
			t.Fatalf("an honest list: %v", err)
		}
		l.ListMissed(c, 34)
	}
	guesser := client("198.51.100.2")
	tried := 0
	for range 24 * 60 { // a day, a list each minute
		if l.List(guesser) == nil {
			l.ListMissed(guesser, 1000)
			tried += 1000
		}
		now = now.Add(time.Minute)
	}
	if single := 24 * 3600 / int(edge.ClientBudget.Every.Seconds()); tried > single+1000 {
		t.Errorf("%d guesses a day in lists, %d one by one", tried, single)
	}
	if err := l.Code(guesser); err != nil {
		t.Errorf("who sent a wrong list cannot scan: %v", err)
	}
}

func TestAnAccountPaysForTheWrongPairsOfItsLists(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	l := edge.NewLookups(func() time.Time { return now })
	for i := range edge.ListPairBudget.Burst {
		if err := l.Account("a"); err != nil {
			t.Fatalf("after %d wrong pairs: %v", i, err)
		}
		l.ListedPairMissed("a", "GAJK-SJZ-2026-000001", "somebody")
	}
	if l.Account("a") == nil || l.Account("b") != nil {
		t.Error("the budget is not the account's")
	}
	if l.ListedPair("a", "GAJK-SJZ-2026-000001", "another") == nil {
		t.Error("names can be tried with one number without end")
	}
	if err := l.ListedPair("b", "GAJK-SJZ-2026-000001", "another"); err != nil {
		t.Errorf("another account pays for it: %v", err)
	}
	if err := l.Pair(client("198.51.100.9"), "GAJK-SJZ-2026-000001", "张伟"); err != nil {
		t.Errorf("visitors are shut out: %v", err)
	}
}
