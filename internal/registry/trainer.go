package registry

import "slices"

// TrainerStatus is the state of a trainer's accreditation.
type TrainerStatus string

// The states of a trainer's accreditation.
const (
	TrainerCandidate TrainerStatus = "candidate"
	TrainerActive    TrainerStatus = "active"
	TrainerSuspended TrainerStatus = "suspended"
	TrainerLapsed    TrainerStatus = "lapsed"
)

// Accreditation lets a person train one course.
type Accreditation struct {
	ID         ID            `json:"id"`
	Person     ID            `json:"person"`
	Course     string        `json:"course"` // code
	Level      string        `json:"level"`  // assistant, instructor, lead, trainer_of_trainers
	Base       ID            `json:"base,omitempty"`
	Org        ID            `json:"org,omitempty"` // in whose name: it counts at the bases below it; "": everywhere
	ValidFrom  Date          `json:"valid_from"`
	ValidUntil Date          `json:"valid_until"` // inclusive; zero: open-ended
	Status     TrainerStatus `json:"status"`
	Version    int64         `json:"version"`
}

// ActiveOn reports whether the accreditation lets its holder teach on the date.
func (a Accreditation) ActiveOn(d Date) bool {
	return a.Status == TrainerActive && !d.Before(a.ValidFrom) && (a.ValidUntil.IsZero() || !d.After(a.ValidUntil))
}

// CountsAt reports whether the accreditation counts for the organization at the
// head of path: one federation's trainer is a stranger at another's base.
func (a Accreditation) CountsAt(path []ID) bool { return a.Org == "" || slices.Contains(path, a.Org) }

// MayTeach refuses unless one of the accreditations covers the course on every
// one of the dates.
func MayTeach(name, course string, held []Accreditation, dates []Date) error {
	for _, d := range dates {
		covered := false
		for _, a := range held {
			covered = covered || a.Course == course && a.ActiveOn(d)
		}
		if !covered {
			return Fail(Conflict, "trainer.not_accredited", name, course, d)
		}
	}
	return nil
}

// How often somebody teaches a course to keep his accreditation.
const (
	ClassesRequired = 4
	TaughtMonths    = 24
)

var trainerMoves = map[TrainerStatus][]TrainerStatus{
	TrainerCandidate: {TrainerActive, TrainerLapsed},
	TrainerActive:    {TrainerSuspended, TrainerLapsed},
	TrainerSuspended: {TrainerActive, TrainerLapsed},
	TrainerLapsed:    {TrainerActive},
}

// To moves the accreditation to the next state, or refuses.
func (a Accreditation) To(next TrainerStatus) (Accreditation, error) {
	if !slices.Contains(trainerMoves[a.Status], next) {
		return a, Fail(Conflict, "trainer.move", a.Course)
	}
	a.Status = next
	return a, nil
}

// StatusOn is the state on the date: one whose last day has passed has lapsed.
func (a Accreditation) StatusOn(d Date) TrainerStatus {
	if a.Status == TrainerActive && !a.ValidUntil.IsZero() && d.After(a.ValidUntil) {
		return TrainerLapsed
	}
	return a.Status
}
