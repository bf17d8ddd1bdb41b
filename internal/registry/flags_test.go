package registry_test

import (
	"slices"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestFlagsSayWhatIsUnusual(t *testing.T) {
	day, _ := registry.ParseDate("2026-11-20")
	class := registry.Class{Sessions: []registry.Session{{On: day}}, Trainers: []registry.ClassTrainer{{Person: "trainer"}}}
	plain := func() registry.FlagFacts {
		return registry.FlagFacts{Class: class, Course: registry.Course{RatioWarn: 2}, Today: day, Names: []string{"王伟", "Семёнов Пётр"}, Scores: []int{100, 90, 100},
			Trainees: []registry.ID{"a", "b"}, Hands: []registry.ID{"submitter", ""}}
	}
	for _, tc := range []struct {
		promise string
		change  func(*registry.FlagFacts)
		want    []string
	}{
		{"nothing", func(*registry.FlagFacts) {}, []string{}},
		{"a bulk mark", func(f *registry.FlagFacts) { f.Bulk = true }, []string{"bulk"}},
		{"on the tenth day", func(f *registry.FlagFacts) { f.Today = day.AddDays(10) }, []string{}},
		{"on the eleventh", func(f *registry.FlagFacts) { f.Today = day.AddDays(11) }, []string{"late"}},
		{"more than the ratio", func(f *registry.FlagFacts) { f.Names = append(f.Names, "李娜") }, []string{"ratio"}},
		{"the trainer on the roster", func(f *registry.FlagFacts) { f.Trainees = append(f.Trainees, "trainer") }, []string{"related"}},
		{"the submitter on the roster", func(f *registry.FlagFacts) { f.Trainees = append(f.Trainees, "submitter") }, []string{"related"}},
		{"two people without an account", func(f *registry.FlagFacts) { f.Trainees = append(f.Trainees, "") }, []string{}},
		{"everybody perfect", func(f *registry.FlagFacts) { f.Scores = []int{100, 100, 100} }, []string{"perfect"}},
		{"two perfect ones are chance", func(f *registry.FlagFacts) { f.Scores = []int{100, 100} }, []string{}},
		{"a rare name", func(f *registry.FlagFacts) { f.Names[0] = "张䶮" }, []string{"rare"}},
		{"all in their order", func(f *registry.FlagFacts) { f.Bulk, f.Today, f.Scores = true, day.AddDays(20), []int{100, 100, 100} }, []string{"bulk", "late", "perfect"}},
	} {
		f := plain()
		tc.change(&f)
		if got := registry.ClassFlags(f); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.promise, got, tc.want)
		}
	}
	for name, rare := range map[string]bool{"李𬱖": true, "王㛃": true, "Ɔkɔmfoɔ Akosua": true, "欧阳娜": false, "Құдайбергенов Нұрсұлтан": false, "O'Brien-Łukasiewicz": false,
		"阿卜杜热西提·阿布都克里木": false} {
		if registry.RareName(name) != rare {
			t.Errorf("%s: rare is %t", name, !rare)
		}
	}
}

func TestADeskIsTheNearestWithSomebodyWhoMayDecide(t *testing.T) {
	may := func(id, org registry.ID) registry.Actor {
		return registry.Actor{Account: id, Grants: []registry.Grant{{Role: registry.RoleApprover, Org: org}}}
	}
	people := map[registry.ID][]registry.Actor{"base": {may("here", "base"), {Account: "trainer", Grants: []registry.Grant{{Role: registry.RoleTrainer, Org: "base"}}}},
		"region": {may("there", "region")}}
	desk := func(path []registry.ID, barred ...registry.ID) registry.Desk {
		d, err := registry.DeskOf(path, func(o registry.ID) ([]registry.Actor, error) { return people[o], nil },
			func(a registry.Actor) bool { return !slices.Contains(barred, a.Account) })
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	path := []registry.ID{"base", "region", "federation"}
	if d := desk(path); !d.Own || d.Org != "base" || len(d.People) != 1 || !d.Holds(may("here", "base")) {
		t.Errorf("at the base: %+v", d)
	}
	if d := desk(path, "here"); d.Own || d.Org != "region" || d.Holds(may("here", "base")) {
		t.Errorf("where the base's approver had a hand in it: %+v", d)
	}
	if d := desk(path, "here", "there"); d.Org != "" || len(d.People) != 0 {
		t.Errorf("where nobody is left: %+v", d)
	}
}
