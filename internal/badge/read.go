package badge

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Shown is what the credential says, in the words of an answer: what its
// certificate shows, as far as the standard has room for it. The last characters
// of the holder's document, the class and the programme are not in a badge.
func (c AchievementCredential) Shown() *registry.Shown {
	w := wordsOf([]string{c.Subject.Achievement.InLanguage})
	version, _ := strconv.Atoi(c.Subject.Achievement.Version)
	title, demo := strings.CutPrefix(c.Subject.Achievement.Name, demoMark)
	s := &registry.Shown{
		Number: registry.Number(c.Subject.LicenseNumber), Kind: w.kind(c.Subject.Achievement),
		Name: c.identity("name"), LatinName: c.identity("ext:latinName"), Demo: demo,
		Course:    registry.CourseName{Code: c.Subject.Achievement.HumanCode, Version: version, Title: registry.Text{w.tag: title}},
		Issuer:    registry.ShownIssuer{Name: registry.Text{w.tag: c.Issuer.Name}},
		Base:      registry.CodeName{Code: last(c.Subject.Source.ID), Name: registry.Text{w.tag: c.Subject.Source.Name}},
		ValidFrom: registry.DateOf(c.ValidFrom.In(midnight(c.ValidFrom))),
		IssuedOn:  registry.DateOf(c.AwardedDate.In(midnight(c.ValidFrom))),
	}
	w.told(c.Subject.Narrative, s)
	if !c.ValidUntil.IsZero() {
		until := registry.DateOf(c.ValidUntil.In(midnight(c.ValidUntil)).AddDate(0, 0, -1))
		s.ValidUntil = &until
	}
	return s
}

// demoMark begins the names of a demonstration's badges.
const demoMark = "DEMO · "

func (c AchievementCredential) identity(kind string) string {
	for _, i := range c.Subject.Identifier {
		if i.Kind == kind && !i.Hashed {
			return i.Value
		}
	}
	return ""
}

// last is the code that an address of ours ends with.
func last(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// midnight is the zone, within 12 hours of UTC, in which t is the beginning of a
// day: validity begins and ends at midnight of the base.
func midnight(t time.Time) *time.Location {
	past := t.UTC().Sub(t.UTC().Truncate(24 * time.Hour))
	if past > 12*time.Hour {
		past -= 24 * time.Hour
	}
	return time.FixedZone("", -int(past/time.Second))
}

// kind is the inverse of achievementType and criteria; what no badge of ours says
// proves no skill.
func (w words) kind(a Achievement) registry.CredentialKind {
	for _, k := range []registry.CredentialKind{registry.Competence, registry.Instructor, registry.Honour} {
		if a.Kind == achievementType(k) && a.Criteria.Narrative == w.criteria(k) {
			return k
		}
	}
	return registry.Attendance
}

// told reads hours and assessment out of a narrative that narrative wrote.
func (w words) told(text string, s *registry.Shown) {
	parts := strings.Split(strings.TrimSuffix(text, w.stop), w.join)
	s.PracticalAssessed = slices.Contains(parts, w.skills)
	for _, p := range parts {
		if n, ok := filled(w.hours, p); ok {
			s.Hours = n
		}
		if n, ok := filled(w.practice, p); ok {
			s.PracticalHours = n
		}
	}
}

// filled is the number that stands in text where %s stands in format.
func filled(format, text string) (n float64, ok bool) {
	before, after, _ := strings.Cut(format, "%s")
	text, starts := strings.CutPrefix(text, before)
	text, ends := strings.CutSuffix(text, after)
	n, err := strconv.ParseFloat(text, 64)
	return n, starts && ends && err == nil
}
