package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestABaseMovesOnlyAsItsStateAllows(t *testing.T) {
	states := []registry.BaseStatus{registry.BaseCandidate, registry.BaseAccredited, registry.BaseSuspended, registry.BaseWithdrawn}
	allowed := map[registry.BaseStatus]string{
		registry.BaseCandidate: "accredited withdrawn", registry.BaseAccredited: "suspended withdrawn", registry.BaseSuspended: "accredited withdrawn",
	}
	for _, from := range states {
		for _, to := range states {
			got, err := registry.Base{Code: "SJZ", Status: from}.To(to)
			if want := slices.Contains(strings.Fields(allowed[from]), string(to)); (err == nil) != want {
				t.Errorf("%s → %s: %v, want allowed %t", from, to, err, want)
			}
			if err == nil && got.Status != to || err != nil && (got.Status != from || codeOf(err) != "base.move") {
				t.Errorf("%s → %s: is %s, %v", from, to, got.Status, err)
			}
		}
	}
}

func TestABaseAnswersForAClassOnlyWhileItIsAccredited(t *testing.T) {
	base := registry.Base{Code: "SJZ", Status: registry.BaseAccredited, AccreditedFrom: day("2024-11-04"), AccreditedUntil: day("2027-11-03")}
	for _, tc := range []struct {
		promise string
		on      string
		spoil   func(*registry.Base)
		want    string
	}{
		{"the first day", "2024-11-04", nil, "<nil>"},
		{"the day before", "2024-11-03", nil, "base.accredited_later"},
		{"the last day", "2027-11-03", nil, "<nil>"},
		{"the day after", "2027-11-04", nil, "base.lapsed"},
		{"without an end", "2099-01-01", func(b *registry.Base) { b.AccreditedUntil = registry.Date{} }, "<nil>"},
		{"a candidate", "2026-11-21", func(b *registry.Base) { b.Status = registry.BaseCandidate }, "base.not_accredited"},
		{"suspended", "2026-11-21", func(b *registry.Base) { b.Status = registry.BaseSuspended }, "base.not_accredited"},
		{"withdrawn", "2026-11-21", func(b *registry.Base) { b.Status = registry.BaseWithdrawn }, "base.not_accredited"},
	} {
		b := base
		if tc.spoil != nil {
			tc.spoil(&b)
		}
		if err := b.AccreditedOn(day(tc.on)); codeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
	}
}

func TestATrainerTeachesOnDaysThatAnAccreditationCovers(t *testing.T) {
	held := func(course, from, until string, status registry.TrainerStatus) registry.Accreditation {
		return registry.Accreditation{Course: course, ValidFrom: day(from), ValidUntil: day(until), Status: status}
	}
	days := []registry.Date{day("2026-11-20"), day("2026-11-21")}
	for _, tc := range []struct {
		promise string
		held    []registry.Accreditation
		want    string
	}{
		{"covered", []registry.Accreditation{held("CPR1", "2025-01-01", "2027-01-01", registry.TrainerActive)}, "<nil>"},
		{"without an end", []registry.Accreditation{held("CPR1", "2025-01-01", "", registry.TrainerActive)}, "<nil>"},
		{"to the last day exactly", []registry.Accreditation{held("CPR1", "2025-01-01", "2026-11-21", registry.TrainerActive)}, "<nil>"},
		{"lapsed between the two days", []registry.Accreditation{held("CPR1", "2025-01-01", "2026-11-20", registry.TrainerActive)}, "trainer.not_accredited"},
		{"begun between the two days", []registry.Accreditation{held("CPR1", "2026-11-21", "", registry.TrainerActive)}, "trainer.not_accredited"},
		{"two that cover one day each", []registry.Accreditation{
			held("CPR1", "2025-01-01", "2026-11-20", registry.TrainerActive), held("CPR1", "2026-11-21", "", registry.TrainerActive)}, "<nil>"},
		{"another course", []registry.Accreditation{held("FAR1", "2025-01-01", "", registry.TrainerActive)}, "trainer.not_accredited"},
		{"a candidate", []registry.Accreditation{held("CPR1", "2025-01-01", "", registry.TrainerCandidate)}, "trainer.not_accredited"},
		{"suspended", []registry.Accreditation{held("CPR1", "2025-01-01", "", registry.TrainerSuspended)}, "trainer.not_accredited"},
		{"lapsed, even in its days", []registry.Accreditation{held("CPR1", "2025-01-01", "", registry.TrainerLapsed)}, "trainer.not_accredited"},
		{"none", nil, "trainer.not_accredited"},
	} {
		if err := registry.MayTeach("DEMO Trainer", "CPR1", tc.held, days); codeOf(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
	}
}

func TestTheNearestSchemeOwnerIssues(t *testing.T) {
	hospital, branch := registry.Organization{Code: "HOSP"}, registry.Organization{Code: "HEB", SchemeOwner: true}
	federation := registry.Organization{Code: "CVF", SchemeOwner: true}
	if got, err := registry.IssuerOf([]registry.Organization{hospital, branch, federation}); err != nil || got.Code != "HEB" {
		t.Errorf("issuer %s, %v, want HEB", got.Code, err)
	}
	if got, err := registry.IssuerOf([]registry.Organization{federation}); err != nil || got.Code != "CVF" {
		t.Errorf("a scheme owner issues for itself: %s, %v", got.Code, err)
	}
	if _, err := registry.IssuerOf([]registry.Organization{hospital}); codeOf(err) != "organization.no_issuer" {
		t.Errorf("without a scheme owner: %v", err)
	}
}

func TestCodesThatArePrintedAreCheckedOnEntry(t *testing.T) {
	name := registry.Text{"ru": "ДЕМО"}
	for code, want := range map[string]string{"SJZ": "<nil>", "AB": "<nil>", "ABCDEF": "<nil>", "A": "base.code", "ABCDEFG": "base.code", "SJ1": "base.code", "sjz": "base.code", "СJZ": "base.code"} {
		if err := (registry.Base{Code: code, Name: name, TZ: "Asia/Shanghai"}).Validate(); codeOf(err) != want {
			t.Errorf("base %q: %v, want %s", code, err, want)
		}
	}
	for code, want := range map[string]string{"CVF": "<nil>", "SJZ-H": "<nil>", "A": "organization.code", "a-b": "organization.code"} {
		if err := (registry.Organization{Code: code, Name: name, TZ: "Europe/Moscow"}).Validate(); codeOf(err) != want {
			t.Errorf("organization %q: %v, want %s", code, err, want)
		}
	}
	if err := (registry.Base{Code: "SJZ", TZ: "Asia/Shanghai"}).Validate(); codeOf(err) != "base.name" {
		t.Errorf("a base without a name: %v", err)
	}
	if err := (registry.Organization{Code: "CVF", Name: name, TZ: "Nowhere"}).Validate(); codeOf(err) != "zone.unknown" {
		t.Errorf("an organization in no zone: %v", err)
	}
}

func TestATextFallsBackRatherThanVanish(t *testing.T) {
	for _, tc := range []struct {
		text  registry.Text
		langs []string
		want  string
	}{
		{registry.Text{"zh": "课", "en": "course"}, []string{"zh"}, "课"},
		{registry.Text{"zh": "课", "en": "course"}, []string{"ru", "zh"}, "课"},
		{registry.Text{"zh": "课", "en": "course"}, []string{"ru"}, "course"},
		{registry.Text{"zh": "课", "ru": "курс"}, []string{"en"}, "课"},
		{registry.Text{"kk": "курс", "tr": "kurs"}, []string{"en"}, "курс"},
		{registry.Text{"en": ""}, []string{"en"}, ""},
		{nil, nil, ""},
	} {
		if got := tc.text.In(tc.langs...); got != tc.want {
			t.Errorf("%v in %v = %q, want %q", tc.text, tc.langs, got, tc.want)
		}
	}
}
