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
		if err := l.List(c, 34); err != nil {
			t.Fatalf("an honest list: %v", err)
		}
	}
	guesser := client("198.51.100.2")
	tried := 0
	for range 24 * 60 { // a day, a list each minute
		if l.List(guesser, 1000) == nil {
			tried += 1000
		}
		now = now.Add(time.Minute)
	}
	if most := 24 * 60 / 4 * 1000; tried > most {
		t.Errorf("%d guesses a day in lists, at most %d", tried, most)
	}
	if err := l.Code(guesser); err != nil {
		t.Errorf("who sent a wrong list cannot scan: %v", err)
	}
}

// A list of guesses is forgotten soon, and until then costs nobody an answer about
// what is there.
func TestAListOfGuessesIsForgottenInTenMinutes(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	l, c := edge.NewLookups(func() time.Time { return now }), client("198.51.100.1")
	for range 20 { // sent again and again
		_ = l.List(c, 1000)
	}
	if l.List(c, 1) == nil {
		t.Error("who sent nothing but guesses is told at once about the next one")
	}
	if err := l.List(c, 0); err != nil {
		t.Errorf("a list in which everything is found: %v", err)
	}
	if err := l.AccountList("hospital", 34); err != nil {
		t.Errorf("a signed-in hospital pays for its network: %v", err)
	}
	now = now.Add(10 * time.Minute)
	for range 5 {
		if err := l.List(c, 34); err != nil {
			t.Fatalf("ten minutes later: %v", err)
		}
	}
}

func TestAnAccountPaysForTheWrongPairsOfItsLists(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	l := edge.NewLookups(func() time.Time { return now })
	for i := range edge.ListPairBudget.Burst {
		if err := l.AccountPairs("a"); err != nil {
			t.Fatalf("after %d wrong pairs: %v", i, err)
		}
		l.ListedPairMissed("a", "GAJK-SJZ-2026-000001", "somebody")
	}
	if l.AccountPairs("a") == nil || l.AccountPairs("b") != nil {
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
