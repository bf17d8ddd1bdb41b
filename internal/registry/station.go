package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Station is a place where one assessor watches some items of the skills sheet
// while people perform. Several may watch the same items.
type Station struct {
	ID       ID        `json:"id"`
	Class    ID        `json:"class"`
	Name     string    `json:"name"`
	Items    []string  `json:"items"`    // codes of the sheet, in its order
	Assessor ID        `json:"assessor"` // person
	By       ID        `json:"by"`       // account
	OpenedAt time.Time `json:"opened_at"`
	ClosedAt time.Time `json:"closed_at,omitzero"` // zero while it is open
}

// Open reports whether the station still takes marks.
func (s Station) Open() bool { return s.ClosedAt.IsZero() }

// MaxStationName is the longest name of a station, in letters.
const MaxStationName = 60

// NewStation composes a station of the items, all of the sheet's where none is
// named. The caller adds who opens it and when.
func (s SkillsSheet) NewStation(name string, items []string) (Station, error) {
	name = strings.Join(strings.Fields(name), " ")
	if len([]rune(name)) > MaxStationName {
		return Station{}, FailField(Invalid, "name", "station.name", MaxStationName)
	}
	for _, code := range items {
		if s.Unknown(map[string]bool{code: true}) != "" {
			return Station{}, FailField(Invalid, "items", "assessment.item_unknown", code)
		}
	}
	out := Station{Name: name}
	for _, item := range s.Items {
		if len(items) == 0 || slices.Contains(items, item.Code) {
			out.Items = append(out.Items, item.Code)
		}
	}
	if len(out.Items) == 0 {
		return Station{}, FailField(Invalid, "items", "station.items")
	}
	return out, nil
}

// SkillMark is one item of the skills sheet as one assessor saw one person do it.
type SkillMark struct {
	Passed   bool      `json:"passed"`
	Assessor ID        `json:"assessor"` // person
	By       ID        `json:"by"`       // account
	At       time.Time `json:"at"`       // when it was marked, by the device that marked it
	Station  ID        `json:"station,omitempty"`
	Revision int       `json:"revision"`       // of the attempt in which it was marked
	Bulk     bool      `json:"bulk,omitempty"` // marked with everybody's, on a statement
}

// SkillMarks are the marks of an attempt, by item code.
type SkillMarks map[string]SkillMark

// Results are the marks as passed or not.
func (m SkillMarks) Results() map[string]bool {
	items := make(map[string]bool, len(m))
	for code, mark := range m {
		items[code] = mark.Passed
	}
	return items
}

// Bulk reports whether some item stands on a statement alone.
func (m SkillMarks) Bulk() bool {
	for _, mark := range m {
		if mark.Bulk {
			return true
		}
	}
	return false
}

// MarksOf are the marks of an entry; an entry made for the whole sheet at once
// stands for each of its items.
func (s SkillsSheet) MarksOf(a Assessment) SkillMarks {
	marks := SkillMarks{}
	for code, mark := range a.Marks {
		marks[code] = mark
	}
	if len(marks) > 0 || a.State == AttemptVoid {
		return marks
	}
	for _, item := range s.Items {
		marks[item.Code] = SkillMark{Passed: a.Items[item.Code], Assessor: a.Assessor, By: a.By, At: a.At, Revision: a.Revision, Bulk: a.Bulk}
	}
	return marks
}

// Marked reports whether every item of the sheet is marked.
func (s SkillsSheet) Marked(m SkillMarks) bool {
	return !slices.ContainsFunc(s.Items, func(i SkillItem) bool { _, ok := m[i.Code]; return !ok })
}

// Seen names what stands in an entry, for a device to say what it writes over:
// "2.3" is the third revision of the second attempt.
func Seen(attempt, revision int) string {
	if revision == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", attempt, revision)
}
