package i18n_test

import (
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		name       string
		candidates []string
		want       i18n.Lang
	}{
		{"the query goes before the cookie and the header", []string{"ru", "zh", "en"}, "ru"},
		{"an empty query leaves it to the cookie", []string{"", "zh", "en"}, "zh"},
		{"a language we do not speak is passed over", []string{"fr", "", "ru-RU,ru;q=0.9"}, "ru"},
		{"the header's order of preference counts", []string{"", "", "fr;q=0.9, zh-CN;q=0.8, en;q=0.1"}, "zh"},
		{"traditional Chinese reads Chinese", []string{"zh-TW"}, "zh"},
		{"Kazakh reads Russian", []string{"kk"}, "ru"},
		{"British English reads English", []string{"en-GB"}, "en"},
		{"nonsense is passed over", []string{"../../etc", ";;;", "zh"}, "zh"},
		{"nobody asked", nil, "en"},
	} {
		if got := i18n.Match(tc.candidates...); got != tc.want {
			t.Errorf("%s: Match(%q) = %s, want %s", tc.name, tc.candidates, got, tc.want)
		}
	}
}

func TestDates(t *testing.T) {
	d := registry.NewDate(2026, 11, 21)
	at := time.Date(2026, 11, 21, 6, 32, 5, 0, time.UTC)
	china := time.FixedZone("CST", 8*3600)
	for _, tc := range []struct {
		lang                    i18n.Lang
		date, short, time, zone string
	}{
		{"zh", "2026年11月21日", "2026-11-21", "2026年11月21日 14:32:05 (UTC+8)", "06:32:05 (UTC)"},
		{"en", "21 November 2026", "21 Nov 2026", "21 November 2026, 14:32:05 (UTC+8)", "06:32:05 (UTC)"},
		{"ru", "21 ноября 2026 г.", "21 нояб. 2026", "21 ноября 2026 г., 14:32:05 (UTC+8)", "06:32:05 (UTC)"},
	} {
		p := i18n.For(tc.lang)
		for _, c := range [][2]string{
			{p.Date(d), tc.date}, {p.ShortDate(d), tc.short}, {p.Time(at, china), tc.time}, {p.Clock(at, nil), tc.zone},
			{p.Date(registry.Date{}), ""}, {p.Time(time.Time{}, nil), ""},
		} {
			if plainSpaces(c[0]) != c[1] {
				t.Errorf("%s: %q, want %q", tc.lang, c[0], c[1])
			}
		}
	}
	if got := i18n.For("en").Clock(at, time.FixedZone("", -(3*3600+1800))); plainSpaces(got) != "03:02:05 (UTC−3:30)" {
		t.Errorf("half-hour zone: %q", got)
	}
}

func TestDateRange(t *testing.T) {
	a, b, c := registry.NewDate(2026, 11, 14), registry.NewDate(2026, 11, 15), registry.NewDate(2026, 12, 1)
	for _, tc := range []struct{ got, want string }{
		{i18n.For("zh").DateRange(a, b), "2026年11月14日至15日"},
		{i18n.For("en").DateRange(a, b), "14–15 November 2026"},
		{i18n.For("ru").DateRange(a, b), "14–15 ноября 2026 г."},
		{i18n.For("en").DateRange(a, c), "14 November 2026 – 1 December 2026"},
		{i18n.For("en").DateRange(a, a), "14 November 2026"},
		{i18n.For("en").DateRange(a, registry.Date{}), "14 November 2026"},
	} {
		if plainSpaces(tc.got) != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

func TestAges(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{i18n.For("zh").InDays(12), "12 天后"},
		{i18n.For("en").InDays(12), "in 12 days"},
		{i18n.For("en").InDays(1), "tomorrow"},
		{i18n.For("en").InDays(-3), "3 days ago"},
		{i18n.For("ru").InDays(21), "через 21 день"},
		{i18n.For("ru").InDays(12), "через 12 дней"},
		{i18n.For("ru").AgoDays(263), "263 дня назад"},
		{i18n.For("ru").AgoDays(1), "вчера"},
		{i18n.For("ru").AgoDays(0), "сегодня"},
		{i18n.For("en").Ago(30 * time.Second), "just now"},
		{i18n.For("ru").Ago(2 * time.Minute), "2 минуты назад"},
		{i18n.For("en").Ago(47 * time.Hour), "47 hours ago"},
		{i18n.For("zh").Ago(50 * time.Hour), "2 天前"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{i18n.For("zh").Number(12345), "12,345"},
		{i18n.For("ru").Number(12345), "12 345"},
		{i18n.For("en").Hours(4), "4 hours"},
		{i18n.For("en").Hours(1), "1 hour"},
		{i18n.For("ru").Hours(2.2), "2,2 академического часа"},
		{i18n.For("ru").Hours(16), "16 академических часов"},
		{i18n.For("zh").Hours(8), "8 学时"},
	} {
		if plainSpaces(tc.got) != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

func TestTexts(t *testing.T) {
	p := i18n.For("ru")
	if got := p.T("no.such.key", 1); got != "no.such.key" {
		t.Errorf("unknown key: %q, want the key itself", got)
	}
	if p.Has("no.such.key") || !p.Has("time.days") {
		t.Error("Has does not tell known keys from unknown ones")
	}
	title := registry.Text{"zh": "心肺复苏", "en": "CPR"}
	if got := p.Text(title); got != "CPR" {
		t.Errorf("Text without Russian = %q, want the English", got)
	}
	var e *registry.Error
	e, _ = registry.Fail(registry.Invalid, "date.format", "21/11/26").(*registry.Error)
	if message, fix := p.Error(e); message != "«21/11/26» не дата" || fix == "" || fix == "error.date.format.fix" {
		t.Errorf("Error = %q, %q", message, fix)
	}
	f := registry.Fault{Row: 3, Field: "date", Code: "date.format", Args: []any{"x"}}
	if message, _ := i18n.For("en").Fault(f); message != "“x” is not a date" {
		t.Errorf("Fault = %q", message)
	}
}

// plainSpaces makes what is compared here readable: which spaces do not break
// is a matter of layout.
func plainSpaces(s string) string {
	var out []rune
	for _, r := range s {
		if r == '\u00a0' || r == '\u202f' {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
