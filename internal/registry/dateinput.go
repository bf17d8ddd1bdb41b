package registry

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

var (
	yearFirst  = regexp.MustCompile(`^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$`)
	dayFirst   = regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.(\d{4})\s*(?:г\.?)?$`)
	anyOrder   = regexp.MustCompile(`^\d{1,2}\s*[-/]\s*\d{1,2}\s*[-/]\s*\d{4}$`)
	twoDigits  = regexp.MustCompile(`^\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2}$`)
	midnight   = regexp.MustCompile(`[T ]0{1,2}:00(:00(\.0+)?)?Z?$`)
	compactDay = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
)

// ParseAnyDate reads a date as people write it: 2024-11-04, 2024/11/4,
// 2024.11.4, 2024年11月4日, 20241104, and 04.11.2024, which is day first as
// dots are in Russian. It refuses what can be read two ways: two-digit years
// ("date.year", "date.ambiguous") and slashes or hyphens with the year last
// ("date.ambiguous"). A day that does not exist is "date.impossible", anything
// else "date.format".
func ParseAnyDate(s string) (Date, error) {
	s = strings.TrimSpace(width.Fold.String(s))
	s = midnight.ReplaceAllString(s, "")
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		return realDate(s, m[1], m[2], m[3])
	}
	if m := compactDay.FindStringSubmatch(s); m != nil {
		return realDate(s, m[1], m[2], m[3])
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		return realDate(s, m[3], m[2], m[1])
	}
	switch {
	case anyOrder.MatchString(s):
		return Date{}, Fail(Invalid, "date.ambiguous", s)
	case twoDigits.MatchString(s):
		return Date{}, Fail(Invalid, "date.year", s)
	}
	return Date{}, Fail(Invalid, "date.format", shorten(s))
}

// shorten keeps a text that is no date from filling the message.
func shorten(s string) string {
	const most = 30
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func realDate(s, year, month, day string) (Date, error) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if date, ok := validDate(y, m, d); ok {
		return date, nil
	}
	return Date{}, Fail(Invalid, "date.impossible", s)
}

// validDate reports whether the calendar has the day, and it is in a year that
// anything here can be about.
func validDate(y, m, d int) (Date, bool) {
	date := NewDate(y, time.Month(m), d)
	return date, y >= 1800 && y <= 9999 && date == (Date{y, time.Month(m), d})
}

// DateFromSerial reads a date that a spreadsheet stores as a number of days,
// with the epoch of 1900 or of 1904 (ISO/IEC 29500-1, 18.17.4.1); a time of day
// is left out. The 1900 system counts a 29 February 1900 that never was: that
// number, and one out of range, is "date.serial".
func DateFromSerial(serial float64, date1904 bool) (Date, error) {
	const last = 2958465 // 9999-12-31 from 1900
	day := int(serial)
	if !(serial >= 1 && serial < last+1) || (!date1904 && day == 60) {
		return Date{}, Fail(Invalid, "date.serial", strconv.FormatFloat(serial, 'g', 10, 64))
	}
	switch {
	case date1904:
		return NewDate(1904, time.January, 1).AddDays(day), nil
	case day < 60:
		return NewDate(1899, time.December, 31).AddDays(day), nil
	}
	return NewDate(1899, time.December, 30).AddDays(day), nil
}
