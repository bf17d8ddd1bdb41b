package registry_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestParseAnyDate(t *testing.T) {
	for _, tc := range []struct{ promise, in, want, code string }{
		{"ISO 8601", "2024-11-04", "2024-11-04", ""},
		{"slashes, year first", "2024/11/4", "2024-11-04", ""},
		{"dots, year first", "2024.11.4", "2024-11-04", ""},
		{"Chinese", "2024年11月4日", "2024-11-04", ""},
		{"Chinese with spaces", " 2024 年 11 月 4 日 ", "2024-11-04", ""},
		{"full-width digits", "２０２４-１１-０４", "2024-11-04", ""},
		{"Russian, day first", "04.11.2024", "2024-11-04", ""},
		{"Russian with the word for year", "4.11.2024 г.", "2024-11-04", ""},
		{"with a midnight after it", "2024-11-04 00:00:00", "2024-11-04", ""},
		{"eight digits", "20241104", "2024-11-04", ""},
		{"29 February of a leap year", "29.02.2024", "2024-02-29", ""},
		{"29 February of another year", "29.02.2023", "", "date.impossible"},
		{"month 13", "2024-13-01", "", "date.impossible"},
		{"the year 24 by dots", "04.11.24", "", "date.year"},
		{"the year 24 by slashes", "04/11/24", "", "date.year"},
		{"day or month first", "04/11/2024", "", "date.ambiguous"},
		{"day or month first, hyphens", "04-11-2024", "", "date.ambiguous"},
		{"day or month first even where only one can be", "25/11/2024", "", "date.ambiguous"},
		{"no date", "вчера", "", "date.format"},
		{"nothing", "", "", "date.format"},
	} {
		got, err := registry.ParseAnyDate(tc.in)
		if got.String() != tc.want || tc.code == "" && err != nil || tc.code != "" && codeOf(err) != tc.code {
			t.Errorf("%s: ParseAnyDate(%q) = %q, %v, want %q %s", tc.promise, tc.in, got, err, tc.want, tc.code)
		}
	}
}

func TestDateFromSerial(t *testing.T) {
	for _, tc := range []struct {
		promise  string
		serial   float64
		date1904 bool
		want     string
	}{
		{"the first day of 1900", 1, false, "1900-01-01"},
		{"the day before the one that never was", 59, false, "1900-02-28"},
		{"the day that never was", 60, false, ""},
		{"the day after it", 61, false, "1900-03-01"},
		{"a day of our time", 45600, false, "2024-11-04"},
		{"with a time of day", 45600.75, false, "2024-11-04"},
		{"the same day by 1904", 44138, true, "2024-11-04"},
		{"the last day", 2958465, false, "9999-12-31"},
		{"one more", 2958466, false, ""},
		{"zero", 0, false, ""},
		{"below", -5, false, ""},
	} {
		got, err := registry.DateFromSerial(tc.serial, tc.date1904)
		if got.String() != tc.want || (tc.want == "") != (codeOf(err) == "date.serial") {
			t.Errorf("%s: DateFromSerial(%v) = %q, %v, want %q", tc.promise, tc.serial, got, err, tc.want)
		}
	}
}

func TestCheckPhone(t *testing.T) {
	for _, tc := range []struct{ promise, in, want, faults string }{
		{"a Chinese mobile number gets its country", "139 5759-5320", "+8613957595320", ""},
		{"so does one with 86", "8613957595320", "+8613957595320", ""},
		{"a Russian number with plus", "+7 9912099012", "+79912099012", ""},
		{"a Russian number from 8", "8 (991) 209-90-12", "+79912099012", ""},
		{"00 is a plus", "007 991 209 90 12", "+79912099012", ""},
		{"full-width digits", "１３９５７５９５３２０", "+8613957595320", ""},
		{"a landline keeps its digits", "0311-85988120", "031185988120", ""},
		{"nothing is no fault", " ", "", ""},
		{"too short is left out with a warning", "12345", "", "phone.short ***45 5"},
		{"too long is left out with a warning", "1234567890123456", "", "phone.long 123****3456 16"},
		{"words are left out with a warning", "нет", "", "phone.chars **т"},
	} {
		got, faults := registry.CheckPhone(tc.in)
		if got != tc.want || describe(faults) != tc.faults {
			t.Errorf("%s: CheckPhone(%q) = %q [%s], want %q [%s]", tc.promise, tc.in, got, describe(faults), tc.want, tc.faults)
		}
	}
}
