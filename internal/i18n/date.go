package i18n

import (
	"fmt"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Months as a date says them: Russian in the genitive. x/text has no dates.
var (
	monthsEN = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	monthsRU = [...]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
	shortEN  = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	shortRU  = [...]string{"янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."}
)

// noBreak keeps a number with its word when a line wraps.
const noBreak = "\u00a0"

// Date writes a civil date in full: "2026年11月21日", "21 November 2026",
// "21 ноября 2026 г.". The zero Date is "".
func (p *Printer) Date(d registry.Date) string {
	if d.IsZero() {
		return ""
	}
	switch p.lang {
	case Chinese:
		return strconv.Itoa(d.Year) + "年" + strconv.Itoa(int(d.Month)) + "月" + strconv.Itoa(d.Day) + "日"
	case Russian:
		return strconv.Itoa(d.Day) + noBreak + monthsRU[d.Month-1] + " " + strconv.Itoa(d.Year) + noBreak + "г."
	}
	return strconv.Itoa(d.Day) + noBreak + monthsEN[d.Month-1] + " " + strconv.Itoa(d.Year)
}

// ShortDate writes a civil date where room is scarce: "2026-11-21",
// "21 Nov 2026", "21 нояб. 2026". It never wraps. The zero Date is "".
func (p *Printer) ShortDate(d registry.Date) string {
	if d.IsZero() {
		return ""
	}
	switch p.lang {
	case Chinese:
		return d.String()
	case Russian:
		return strconv.Itoa(d.Day) + noBreak + shortRU[d.Month-1] + noBreak + strconv.Itoa(d.Year)
	}
	return strconv.Itoa(d.Day) + noBreak + shortEN[d.Month-1] + noBreak + strconv.Itoa(d.Year)
}

// DateRange writes the days from a to b, what they share once: "14–15 November
// 2026". A zero b, or one that is a, leaves a alone.
func (p *Printer) DateRange(a, b registry.Date) string {
	if b.IsZero() || a == b {
		return p.Date(a)
	}
	if a.Year != b.Year || a.Month != b.Month {
		return p.Date(a) + " – " + p.Date(b)
	}
	if p.lang == Chinese {
		return p.Date(a) + "至" + strconv.Itoa(b.Day) + "日"
	}
	return strconv.Itoa(a.Day) + "–" + p.Date(b)
}

// Time writes an instant to the second with its zone as seen in loc (nil: UTC):
// "2026年11月21日 14:32:05 (UTC+8)". The zero time is "".
func (p *Printer) Time(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t = in(t, loc)
	return p.Date(registry.DateOf(t)) + p.T("time.comma") + p.Clock(t, loc)
}

// Clock writes the time of day to the second with its zone: "14:32:05 (UTC+8)".
func (p *Printer) Clock(t time.Time, loc *time.Location) string {
	t = in(t, loc)
	return t.Format("15:04:05") + noBreak + "(" + zone(t) + ")"
}

// in is t in loc, in UTC where there is none: a server's own zone means nothing
// to a reader.
func in(t time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc)
}

// zone names the offset, not the zone: "CST" means four different things.
func zone(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	if minutes := seconds / 60 % 60; minutes != 0 {
		return fmt.Sprintf("UTC%s%d:%02d", sign, seconds/3600, minutes)
	}
	return fmt.Sprintf("UTC%s%d", sign, seconds/3600)
}

// Days writes a number of days: "12 days".
func (p *Printer) Days(n int) string { return p.T("time.days", n) }

// InDays writes how far ahead a day is: "today", "tomorrow", "in 12 days".
// A day that is past is written as AgoDays does.
func (p *Printer) InDays(n int) string {
	switch {
	case n < 0:
		return p.AgoDays(-n)
	case n == 0:
		return p.T("time.today")
	case n == 1:
		return p.T("time.tomorrow")
	}
	return p.T("time.in.days", n)
}

// AgoDays writes how long past a day is: "today", "yesterday", "12 days ago".
func (p *Printer) AgoDays(n int) string {
	switch {
	case n < 0:
		return p.InDays(-n)
	case n == 0:
		return p.T("time.today")
	case n == 1:
		return p.T("time.yesterday")
	}
	return p.T("time.ago.days", n)
}

// Ago writes the age of something in its largest unit: "just now" under a
// minute, then minutes, hours, and days from two of them on.
func (p *Printer) Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return p.T("time.now")
	case d < time.Hour:
		return p.T("time.ago.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return p.T("time.ago.hours", int(d/time.Hour))
	}
	return p.T("time.ago.days", int(d/(24*time.Hour)))
}
