package registry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

func day(s string) registry.Date {
	d, err := registry.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestMonthsAreAddedAsPeopleCountThem(t *testing.T) {
	for _, tc := range []struct {
		promise string
		from    string
		months  int
		want    string
	}{
		{"two years", "2026-11-21", 24, "2028-11-21"},
		{"a leap day has no anniversary in a common year", "2028-02-29", 12, "2029-02-28"},
		{"a leap day has one in the next leap year", "2028-02-29", 48, "2032-02-29"},
		{"the 31st of a month that ends on the 30th", "2026-08-31", 1, "2026-09-30"},
		{"the 31st of January", "2027-01-31", 1, "2027-02-28"},
		{"over the new year", "2026-11-30", 3, "2027-02-28"},
		{"no month", "2026-12-31", 0, "2026-12-31"},
		{"backwards", "2026-03-31", -1, "2026-02-28"},
	} {
		if got := day(tc.from).AddMonths(tc.months); got.String() != tc.want {
			t.Errorf("%s: %s + %d months = %s, want %s", tc.promise, tc.from, tc.months, got, tc.want)
		}
	}
}

func TestMonthsEndOnTheirLastDay(t *testing.T) {
	for from, want := range map[string]string{
		"2028-02-01": "2028-02-29", "2026-02-28": "2026-02-28", "2100-02-10": "2100-02-28", "2026-11-30": "2026-11-30", "2026-12-01": "2026-12-31",
	} {
		if got := day(from).EndOfMonth(); got.String() != want {
			t.Errorf("end of the month of %s = %s, want %s", from, got, want)
		}
	}
}

func TestADayBeginsAndEndsInItsOwnZone(t *testing.T) {
	for _, tc := range []struct {
		promise    string
		zone, date string
		start, end string // end: the first instant after the day
	}{
		{"Shijiazhuang", "Asia/Shanghai", "2026-11-21", "2026-11-20T16:00:00Z", "2026-11-21T16:00:00Z"},
		{"Moscow", "Europe/Moscow", "2026-11-21", "2026-11-20T21:00:00Z", "2026-11-21T21:00:00Z"},
		{"Vladivostok", "Asia/Vladivostok", "2026-11-21", "2026-11-20T14:00:00Z", "2026-11-21T14:00:00Z"},
		{"a zone with half an hour", "Asia/Kolkata", "2026-11-21", "2026-11-20T18:30:00Z", "2026-11-21T18:30:00Z"},
		{"a day of 23 hours", "Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"a day of 25 hours", "Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"a day whose midnight does not exist, west of Greenwich", "America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"},
		{"the day before a midnight that does not exist", "America/Santiago", "2026-09-05", "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"},
		{"a day whose midnight does not exist, east of Greenwich", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		{"a day whose midnight comes twice", "America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"a day that repeats its last hour", "Africa/Cairo", "2026-10-29", "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z"},
		{"before a day that the calendar left out", "Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		loc, err := registry.Zone(tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		start, end := day(tc.date).Start(loc), day(tc.date).End(loc)
		if !start.Equal(instant(tc.start)) || !end.Equal(instant(tc.end)) {
			t.Errorf("%s: %s in %s is %s to %s, want %s to %s", tc.promise, tc.date, tc.zone, start.UTC(), end.UTC(), tc.start, tc.end)
		}
		if last := registry.DateOf(end.Add(-time.Second).In(loc)); last != day(tc.date) {
			t.Errorf("%s: the last second of %s falls on %s", tc.promise, tc.date, last)
		}
	}
}

func TestNoMomentIsLeftBetweenTwoDays(t *testing.T) {
	for _, zone := range []string{"Asia/Shanghai", "Europe/Moscow", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "America/Asuncion"} {
		loc, err := registry.Zone(zone)
		if err != nil {
			t.Fatal(err)
		}
		for d := day("2015-01-01"); d.Before(day("2030-01-01")); d = d.AddDays(1) {
			start, end := d.Start(loc), d.End(loc)
			if registry.DateOf(start) != d || registry.DateOf(end.Add(-time.Second).In(loc)) != d || !end.Equal(d.AddDays(1).Start(loc)) {
				t.Errorf("%s in %s is %s to %s", d, zone, start, end)
			}
		}
	}
}

func TestDatesAreWrittenAndReadOneWay(t *testing.T) {
	for _, s := range []string{"", "2026-11-21", "0001-01-01", "1969-12-31", "9999-12-31"} {
		d := day(s)
		if d.String() != s {
			t.Errorf("%q came back as %q", s, d)
		}
		if !d.IsZero() && registry.DateFromDayNumber(d.DayNumber()) != d {
			t.Errorf("%s: day number %d gives %s", s, d.DayNumber(), registry.DateFromDayNumber(d.DayNumber()))
		}
	}
	for _, s := range []string{"2026-02-29", "2026-13-01", "21.11.2026", "2026-1-1", "2026-11-21T00:00:00Z"} {
		if _, err := registry.ParseDate(s); codeOf(err) != "date.format" {
			t.Errorf("%q: %v, want date.format", s, err)
		}
	}
	if n := day("1970-01-02").DayNumber(); n != 1 {
		t.Errorf("day number of 1970-01-02 = %d, want 1", n)
	}
}

func TestAZoneIsNeverGuessed(t *testing.T) {
	for _, name := range []string{"", "Local", "Beijing", "../etc/passwd"} {
		if _, err := registry.Zone(name); codeOf(err) != "zone.unknown" {
			t.Errorf("zone %q: %v, want zone.unknown", name, err)
		}
	}
}

func TestADateIsWrittenWithTwoDigitsAtLeast(t *testing.T) {
	for _, d := range []registry.Date{{Year: 2026, Month: 1, Day: 9}, {Year: 7, Month: 12, Day: 31}, {Year: 9999, Month: 10, Day: 10}, {Year: 12026, Month: 1, Day: 1},
		{Year: -5, Month: 1, Day: 1}, {Year: 2026, Month: -1, Day: 100}, {Year: 0, Month: 1, Day: 1}} {
		if got, want := d.String(), fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
