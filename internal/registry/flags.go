package registry

import (
	"slices"
	"time"
	"unicode"
)

// Flags of a class: what an approver should look at before approving.
const (
	FlagBulk    = "bulk"    // skills marked for everybody at once
	FlagLate    = "late"    // submitted more than LateAfter days after the class
	FlagRatio   = "ratio"   // more trainees per trainer than the course asks
	FlagRelated = "related" // somebody is trainee and teaches, assesses, made or submitted the class
	FlagPerfect = "perfect" // every theory score is 100
	FlagRare    = "rare"    // a name has characters that few fonts can draw
	FlagClock   = "clock"   // a device that recorded had a clock that cannot be right
	FlagDenied  = "denied"  // a holder says: this was not me
)

// FlagFacts are what the flags of a class are told from.
type FlagFacts struct {
	Class    Class
	Course   Course
	Today    Date     // at the base, of the submission
	Names    []string // of those enrolled
	Bulk     bool     // some mark that counts was given in bulk
	Scores   []int    // theory scores that count
	Trainees []ID     // persons
	Hands    []ID     // persons who assessed, made or submitted the class
	Clock    int      // acts that came with a time that cannot be right
}

// ClassFlags tells what is unusual about a class, in the order of the constants.
func ClassFlags(f FlagFacts) []string {
	flags := []string{}
	for _, each := range []struct {
		code string
		is   bool
	}{
		{FlagBulk, f.Bulk},
		{FlagLate, f.Today.After(f.Class.EndsOn().AddDays(LateAfter))},
		{FlagRatio, f.Course.RatioWarn > 0 && len(f.Names) > f.Course.RatioWarn*max(1, len(f.Class.Trainers))},
		{FlagRelated, f.related()},
		{FlagPerfect, len(f.Scores) > 2 && !slices.ContainsFunc(f.Scores, func(n int) bool { return n != 100 })},
		{FlagRare, slices.ContainsFunc(f.Names, RareName)},
		{FlagClock, f.Clock > 0},
	} {
		if each.is {
			flags = append(flags, each.code)
		}
	}
	return flags
}

func (f FlagFacts) related() bool {
	hands := slices.Clone(f.Hands)
	for _, t := range f.Class.Trainers {
		hands = append(hands, t.Person)
	}
	return slices.ContainsFunc(f.Trainees, func(p ID) bool { return p != "" && slices.Contains(hands, p) })
}

// RareName reports whether the name has characters that few fonts have: Han
// outside of the 20,902 of Unicode 1.1, Latin beyond Latin Extended-A. Such a
// name is worth a comparison with the document.
func RareName(name string) bool {
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Han, r) && (r < 0x4E00 || r > 0x9FA5):
			return true
		case unicode.Is(unicode.Latin, r) && r > 0x017F:
			return true
		case unicode.Is(unicode.Co, r):
			return true
		}
	}
	return false
}

// ApproveLeft is how many working days are left to decide about a class that was
// submitted on that day, below zero when the time is over. Holidays are not known
// here, so a holiday counts as a working day.
func ApproveLeft(submitted, today Date) int { return ApproveWithin - workingDays(submitted, today) }

// workingDays counts the Mondays to Fridays after from, up to and including to.
func workingDays(from, to Date) int {
	days := to.DayNumber() - from.DayNumber()
	if days <= 0 {
		return 0
	}
	n := days / 7 * 5
	for d := from.AddDays(days/7*7 + 1); !d.After(to); d = d.AddDays(1) {
		if w := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday(); w != time.Saturday && w != time.Sunday {
			n++
		}
	}
	return n
}
