package accredit_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/testkit/world"
)

// The names of those who may train here are for everybody who plans a class; how
// to write to them is for those in whose part of the tree they work.
func TestAddressesOfOtherBasesTrainersAreNotShown(t *testing.T) {
	w := world.New(t)
	for _, tc := range []struct {
		by, person string
		shown      bool
	}{
		{"trainer", "tianjin", false}, {"trainer", "approver", false}, {"trainer", "other", true}, {"trainer", "trainer", true},
		{"federation", "tianjin", true}, {"federation", "approver", true}, {"tianjin", "trainer", false},
	} {
		r, err := w.Accredit.TrainerOf(t.Context(), w.By(tc.by), w.People[tc.person].ID)
		if err != nil {
			t.Fatalf("%s looks at %s: %v", tc.by, tc.person, err)
		}
		if got := r.Account.Email != ""; got != tc.shown || r.Account.ID == "" || r.Person.Name == "" {
			t.Errorf("%s looks at %s: address shown %v, want %v; %+v", tc.by, tc.person, got, tc.shown, r.Person)
		}
	}
	all, err := w.Accredit.Trainers(t.Context(), w.By("trainer"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Account.Email == "tianjin@demo.example" {
			t.Error("the list has the address of another base's trainer")
		}
	}
}
