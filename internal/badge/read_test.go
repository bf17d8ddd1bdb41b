package badge_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestABadgeShowsWhatItsCertificateShows(t *testing.T) {
	for name, s := range variants() {
		t.Run(name, func(t *testing.T) {
			got, want := badge.Credential(s).Shown(), registry.Show(&registry.Credential{Snapshot: s, State: registry.StateIssued})
			if got.Number != want.Number || got.Kind != want.Kind || got.Name != want.Name || got.LatinName != want.LatinName ||
				got.Course.Code != want.Course.Code || got.Course.Version != want.Course.Version || got.Base.Code != want.Base.Code ||
				got.Hours != want.Hours || got.PracticalHours != want.PracticalHours || got.PracticalAssessed != want.PracticalAssessed ||
				got.IssuedOn != want.IssuedOn || got.ValidFrom != want.ValidFrom || got.Demo != want.Demo {
				t.Errorf("shown %+v\nwant %+v", got, want)
			}
			if (got.ValidUntil == nil) != (want.ValidUntil == nil) || got.ValidUntil != nil && *got.ValidUntil != *want.ValidUntil {
				t.Errorf("until %v, want %v", got.ValidUntil, want.ValidUntil)
			}
			if lang := s.Languages[0]; got.Course.Title[lang] != want.Course.Title.In(s.Languages...) || got.Base.Name[lang] != want.Base.Name.In(s.Languages...) || got.Issuer.Name[lang] != want.Issuer.Name.In(s.Languages...) {
				t.Errorf("named %v, %v, %v", got.Course.Title, got.Base.Name, got.Issuer.Name)
			}
		})
	}
}
