package registry

import (
	"fmt"
	"time"
)

// Date is a civil date, without a time zone: "2026-11-21". The zero Date means
// "none" (no expiry, not yet known).
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// NewDate returns the civil date, normalized as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the civil date of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads an ISO 8601 calendar date, YYYY-MM-DD; "" is the zero Date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, Fail(Invalid, "date.format", s)
	}
	return DateOf(t), nil
}

// IsZero reports whether the date means "none".
func (d Date) IsZero() bool { return d == Date{} }

// String is YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	y, m, day := d.Year, int(d.Month), d.Day
	if uint(y) > 9999 || uint(m) > 99 || uint(day) > 99 {
		return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
	}
	digit := func(n int) byte { return byte('0' + n%10) }
	return string([]byte{digit(y / 1000), digit(y / 100), digit(y / 10), digit(y), '-', digit(m / 10), digit(m), '-', digit(day / 10), digit(day)})
}

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDate.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// Before reports whether d is earlier than o.
func (d Date) Before(o Date) bool { return d.DayNumber() < o.DayNumber() }

// After reports whether d is later than o.
func (d Date) After(o Date) bool { return o.Before(d) }

// DayNumber counts days since 1970-01-01 (which is 0).
func (d Date) DayNumber() int {
	return int(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DateFromDayNumber is the inverse of DayNumber.
func DateFromDayNumber(n int) Date { return DateOf(time.Unix(int64(n)*86400, 0).UTC()) }

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date { return NewDate(d.Year, d.Month, d.Day+n) }

// AddMonths returns the same day n months later, or the last day of that month
// where it has no such day (29 February + 12 months is 28 February).
func (d Date) AddMonths(n int) Date {
	first := NewDate(d.Year, d.Month+time.Month(n), 1)
	return NewDate(first.Year, first.Month, min(d.Day, first.EndOfMonth().Day))
}

// EndOfMonth returns the last day of the month.
func (d Date) EndOfMonth() Date { return NewDate(d.Year, d.Month+1, 0) }

// Start is the first instant of the date in loc. Where clocks are put forward
// at midnight, the day begins when they have been.
func (d Date) Start(loc *time.Location) time.Time {
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
	if DateOf(t).Before(d) { // time.Date went back by the hour that does not exist
		_, t = t.ZoneBounds()
	}
	return t
}

// End is the first instant after the date in loc: a certificate "valid until"
// the date is valid before it.
func (d Date) End(loc *time.Location) time.Time { return d.AddDays(1).Start(loc) }
