package registry_test

import (
	"reflect"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestHoursAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "8:00-16:30": "08:00–16:30", " 8–12，13：00—16:30 ": "08:00–12:00, 13:00–16:30", "13-17; 9-12": "09:00–12:00, 13:00–17:00", "0:00-24:00": "00:00–24:00",
	} {
		h, err := registry.ParseTimes(3, text)
		if got := h.Times(3); err != nil || got != want {
			t.Errorf("ParseTimes(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"8", "8:00", "16:00-8:00", "8-25", "8:77-9", "9-12, 11-13", "morning", "1-2,3-4,5-6,7-8,9-10", "-", "08:00:30-09:00"} {
		if h, err := registry.ParseTimes(1, text); err == nil {
			t.Errorf("ParseTimes(%q) = %v, want a refusal", text, h)
		}
	}
}

func TestDaysWithTheSameTimesStandTogether(t *testing.T) {
	var h registry.Hours
	for day := 1; day <= 5; day++ {
		h = append(h, registry.Opening{Day: day, From: "08:00", To: "16:30"})
	}
	h = append(h, registry.Opening{Day: 6, From: "09:00", To: "12:00"})
	want := []registry.DaysAlike{{1, 5, "08:00–16:30"}, {6, 6, "09:00–12:00"}, {7, 7, ""}}
	if got := h.Week(); h.Validate() != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Week() = %v, %v; want %v", got, h.Validate(), want)
	}
	if (registry.Hours{}).Week() != nil {
		t.Error("hours that nobody said are told")
	}
}
