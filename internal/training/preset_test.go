package training_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

func TestARelaxedFederationIsWarnedAndNotStopped(t *testing.T) {
	w := world.New(t)
	many := func(in *training.ClassInput) { in.Capacity, in.RatioReason = 30, "" }
	if _, err := w.Training.CreateClass(t.Context(), w.By("trainer"), w.Class(many)); world.Code(err) != "class.ratio_warn" {
		t.Errorf("thirty for one trainer, without a reason: %v", err)
	}
	if _, err := w.Training.CreateClass(t.Context(), w.By("trainer"), w.Class(func(in *training.ClassInput) { in.Capacity = 201 })); world.Code(err) != "class.ratio_max" {
		t.Errorf("over the limit a reason is not enough: %v", err)
	}
	w.Account("governor", "", "CVF", registry.RoleRegion)
	if _, err := w.Training.CreateClass(t.Context(), w.By("governor"), w.Class(func(in *training.ClassInput) { in.Capacity = 201 })); err != nil {
		t.Errorf("a regional administrator may: %v", err)
	}
	owner := w.Orgs["CVF"]
	for who, want := range map[string]string{"trainer": "organization.unknown", "movement": "organization.unknown"} {
		if err := w.Training.SetPreset(t.Context(), w.By(who), owner, registry.Relaxed); world.Code(err) != want {
			t.Errorf("%s sets it: %v, want %s", who, err, want)
		}
	}
	if err := w.Training.SetPreset(t.Context(), w.By("federation"), w.Orgs["SJZ-H"], registry.Relaxed); world.Code(err) != "preset.owner" {
		t.Errorf("of a hospital: %v", err)
	}
	if err := w.Training.SetPreset(t.Context(), w.By("federation"), owner, "lax"); world.Code(err) != "preset.unknown" {
		t.Errorf("another word: %v", err)
	}
	if err := w.Training.SetPreset(t.Context(), w.By("federation"), owner, registry.Relaxed); err != nil {
		t.Fatal(err)
	}
	class, err := w.Training.CreateClass(t.Context(), w.By("trainer"), w.Class(many))
	if err != nil {
		t.Fatalf("relaxed: %v", err)
	}
	w.Enrol("trainer", class.ID, world.Rows(30)...)
	v := view(w, class.ID)
	if v.Preset != registry.Relaxed || len(v.Staffing().Warnings()) != 1 {
		t.Errorf("%s, %v", v.Preset, v.Staffing().Warnings())
	}
	if class, err = w.Training.Submit(t.Context(), w.By("trainer"), class.ID); err != nil || class.Flags[0] != "bulk" || class.Flags[1] != "ratio" {
		t.Errorf("submitted: %v; the approver sees %v", err, class.Flags)
	}
	list, err := w.Training.Presets(t.Context(), w.By("federation"))
	if err != nil || len(list) != 1 || list[0].Preset != registry.Relaxed {
		t.Errorf("%+v, %v", list, err)
	}
	w.Read(func(tx *store.Tx) error {
		acts := w.Audit(owner)
		if acts[0].Action != "preset.set" {
			t.Errorf("the newest act is %s", acts[0].Action)
		}
		return nil
	})
}

// Who answers for every issuer may say how strict the whole registry is; an
// issuer's own word stands above it.
func TestTheRegistryHasARuleForThoseWhoSayNothing(t *testing.T) {
	w := world.New(t)
	ctx := t.Context()
	host := w.Orgs["SJZ-H"]
	at := func(want registry.Preset) {
		t.Helper()
		if got, err := w.Training.PresetAt(ctx, host); err != nil || got != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	if err := w.Training.SetRegistryPreset(ctx, w.By("federation"), registry.Relaxed); world.Code(err) != "preset.registry" {
		t.Errorf("one of two federations: %v", err)
	}
	both := w.By("federation")
	both.Grants = append(both.Grants, w.By("movement").Grants...)
	if p, may, err := w.Training.RegistryPreset(ctx, both); err != nil || !may || p != registry.Strict {
		t.Errorf("%s, %v, %v", p, may, err)
	}
	at(registry.Strict)
	if err := w.Training.SetRegistryPreset(ctx, both, registry.Relaxed); err != nil {
		t.Fatal(err)
	}
	at(registry.Relaxed)
	if err := w.Training.SetPreset(ctx, w.By("federation"), w.Orgs["CVF"], registry.Strict); err != nil {
		t.Fatal(err)
	}
	at(registry.Strict)
	if err := w.Training.SetPreset(ctx, w.By("federation"), w.Orgs["CVF"], ""); err != nil {
		t.Fatal(err)
	}
	at(registry.Relaxed)
	if err := w.Training.SetRegistryPreset(ctx, both, ""); world.Code(err) != "preset.unknown" {
		t.Errorf("no word: %v", err)
	}
}
