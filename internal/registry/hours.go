package registry

import (
	"fmt"
	"slices"
	"strings"
)

// Opening is a time in which a base can be reached, every week on that day, by
// the clock of the base.
type Opening struct {
	Day  int    `json:"day"` // 1 Monday to 7 Sunday (ISO 8601)
	From string `json:"from"`
	To   string `json:"to"` // "24:00" is the end of the day
}

// Hours are the opening hours of a week, in order; none: not said.
type Hours []Opening

// mostOpenings is how often a base may open on one day.
const mostOpenings = 4

// Validate refuses a time that is none, one that ends before it begins, and two
// that overlap.
func (h Hours) Validate() error {
	for i, o := range h {
		from, okFrom := clockMinutes(o.From)
		to, okTo := clockMinutes(o.To)
		if o.Day < 1 || o.Day > 7 || !okFrom || !okTo || from >= to {
			return FailField(Invalid, "hours", "base.hours", o.From+"–"+o.To)
		}
		if i == 0 {
			continue
		}
		before := h[i-1]
		end, _ := clockMinutes(before.To) // was judged just now
		if o.Day < before.Day || o.Day == before.Day && from < end {
			return FailField(Invalid, "hours", "base.hours", o.From+"–"+o.To)
		}
	}
	for day := 1; day <= 7; day++ {
		if len(h.On(day)) > mostOpenings {
			return FailField(Invalid, "hours", "base.hours", len(h.On(day)))
		}
	}
	return nil
}

// clockMinutes reads "08:00" as minutes since midnight, up to "24:00".
func clockMinutes(s string) (int, bool) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%2d:%2d", &h, &m); n != 2 || err != nil || fmt.Sprintf("%02d:%02d", h, m) != s {
		return 0, false
	}
	return h*60 + m, h >= 0 && m >= 0 && m < 60 && h*60+m <= 24*60
}

// On lists the openings of a day.
func (h Hours) On(day int) []Opening {
	var list []Opening
	for _, o := range h {
		if o.Day == day {
			list = append(list, o)
		}
	}
	return list
}

// Times writes the openings of a day as people do: "08:00–12:00, 13:00–16:30".
func (h Hours) Times(day int) string {
	var parts []string
	for _, o := range h.On(day) {
		parts = append(parts, o.From+"–"+o.To)
	}
	return strings.Join(parts, ", ")
}

// DaysAlike is a run of days with the same times.
type DaysAlike struct {
	From, To int
	Times    string // "" where it is closed
}

// Week gathers the days whose times are the same, Monday first; nil where nothing
// is said.
func (h Hours) Week() []DaysAlike {
	if len(h) == 0 {
		return nil
	}
	var runs []DaysAlike
	for day := 1; day <= 7; day++ {
		times := h.Times(day)
		if n := len(runs); n > 0 && runs[n-1].Times == times {
			runs[n-1].To = day
			continue
		}
		runs = append(runs, DaysAlike{day, day, times})
	}
	return runs
}

// ParseTimes reads what somebody typed for a day: "8:00-12:00, 13–16:30". Nothing
// typed is closed.
func ParseTimes(day int, text string) (Hours, error) {
	var h Hours
	text = strings.NewReplacer("，", ",", "、", ",", ";", ",", "；", ",", "：", ":", "—", "–", "-", "–", "－", "–", "~", "–", "～", "–", "至", "–").Replace(text)
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		from, to, ok := strings.Cut(part, "–")
		o := Opening{Day: day, From: clockText(from), To: clockText(to)}
		if !ok || (Hours{o}).Validate() != nil {
			return nil, FailField(Invalid, fmt.Sprintf("hours-%d", day), "base.hours", part)
		}
		h = append(h, o)
	}
	slices.SortFunc(h, func(a, b Opening) int { return strings.Compare(a.From, b.From) })
	if err := h.Validate(); err != nil {
		return nil, FailField(Invalid, fmt.Sprintf("hours-%d", day), "base.hours", text)
	}
	return h, nil
}

// clockText writes "8" and "8:00" as "08:00".
func clockText(s string) string {
	hour, minute, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		minute = "00"
	}
	if len(hour) == 1 {
		hour = "0" + hour
	}
	return hour + ":" + minute
}
