package training

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

func isNotFound(err error) bool { return errors.Is(err, registry.NotFound) }

// AttendanceInput marks one person in one session; an empty session means all
// of them. Minutes count for late and left_early only.
type AttendanceInput struct {
	Enrolment registry.ID       `json:"enrolment"`
	Session   registry.ID       `json:"session,omitempty"`
	State     registry.Presence `json:"state" enum:"present,late,left_early,absent"`
	Minutes   int               `json:"minutes,omitempty" minimum:"0" maximum:"1440"`
}

// RecordAttendance writes attendance, person by person; writing it again
// replaces what was there, which stays in the history.
func (s *Service) RecordAttendance(ctx context.Context, by registry.Actor, id registry.ID, marks []AttendanceInput) (registry.Class, error) {
	return s.change(ctx, by, id, registry.RecordAttendance, "class.attendance", func(tx *store.Tx, class registry.Class) (registry.Class, error) {
		if err := class.Recordable(); err != nil {
			return class, err
		}
		zone := s.zone(ctx, tx, class)
		members, err := s.members(ctx, tx, class.ID)
		if err != nil {
			return class, err
		}
		for i, m := range marks {
			if err := s.putAttendance(ctx, tx, by, class, members, zone, i+1, m); err != nil {
				return class, err
			}
		}
		if class.Status == registry.ClassOpen {
			return class.To(registry.ClassInProgress)
		}
		return class, nil
	})
}

func (s *Service) putAttendance(ctx context.Context, tx *store.Tx, by registry.Actor, class registry.Class, members map[registry.ID]registry.Enrolment, zone *time.Location, row int, m AttendanceInput) error {
	if _, ok := members[m.Enrolment]; !ok {
		return rowFail(row, "enrolment", "enrolment.unknown", m.Enrolment)
	}
	list, err := s.attended(by, class, zone, row, m)
	if err != nil {
		return err
	}
	for _, a := range list {
		if _, err := tx.PutAttendance(ctx, class.ID, a); err != nil {
			return err
		}
	}
	return nil
}

// attended is what a mark comes to in each session that it is about.
func (s *Service) attended(by registry.Actor, class registry.Class, zone *time.Location, row int, m AttendanceInput) (list []registry.SessionAttendance, err error) {
	if !slices.Contains(presences, m.State) {
		return nil, rowFail(row, "state", "attendance.state", string(m.State))
	}
	for _, session := range class.Sessions {
		if m.Session != "" && m.Session != session.ID {
			continue
		}
		if err := class.Began(session, s.Now(), zone); err != nil { // nobody has been where nothing has begun
			return nil, err
		}
		if err := minutesFault(m.State, session.Minutes, &m.Minutes); err != nil {
			return nil, inRow(row, err)
		}
		list = append(list, registry.SessionAttendance{Session: session.ID, Enrolment: m.Enrolment, State: m.State,
			Minutes: minutes(m.State, session.Minutes, &m.Minutes), By: by.Account, At: s.Now()})
	}
	if len(list) == 0 {
		return nil, rowFail(row, "session", "session.unknown", m.Session)
	}
	return list, nil
}

// ResultInput is one attempt of one person. Passed marks the whole skills sheet
// at once, which needs the assessor's statement and is kept as a bulk mark;
// Items marks it item by item. Retake begins a new attempt; without it, the
// current attempt is corrected, and both entries are kept.
type ResultInput struct {
	Enrolment registry.ID             `json:"enrolment"`
	Kind      registry.AssessmentKind `json:"kind" enum:"theory,skills"`
	Score     *int                    `json:"score,omitempty" doc:"theory, 0 to 100; leave it out where there is none: blank is not 0"`
	Items     map[string]bool         `json:"items,omitempty"`
	Passed    *bool                   `json:"passed,omitempty" doc:"the whole skills sheet at once; needs statement"`
	Statement string                  `json:"statement,omitempty" maxLength:"500"`
	Note      string                  `json:"note,omitempty" maxLength:"500"`
	Retake    bool                    `json:"retake,omitempty"`
	On        registry.Date           `json:"on,omitzero" doc:"date of the attempt; default: the last session, today at most"`
}

// RecordResults appends theory and skills attempts. Somebody answers for each:
// an account with nobody behind it could be the approver's own.
func (s *Service) RecordResults(ctx context.Context, by registry.Actor, id registry.ID, results []ResultInput) (registry.Class, error) {
	return s.change(ctx, by, id, registry.RecordResults, "class.results", func(tx *store.Tx, class registry.Class) (registry.Class, error) {
		if err := class.Recordable(); err != nil {
			return class, err
		}
		zone := s.zone(ctx, tx, class)
		today := registry.DateOf(s.Now().In(zone))
		if err := assessable(class, by, s.Now(), zone); err != nil {
			return class, err
		}
		course, err := tx.Course(ctx, class.Course, class.CourseVersion)
		if err != nil {
			return class, err
		}
		members, err := s.members(ctx, tx, class.ID)
		if err != nil {
			return class, err
		}
		all, err := tx.Assessments(ctx, class.ID)
		if err != nil {
			return class, err
		}
		attempts := map[registry.ID][]registry.Assessment{} // by enrolment
		for _, a := range all {
			attempts[a.Enrolment] = append(attempts[a.Enrolment], a)
		}
		for i, r := range results {
			if _, ok := members[r.Enrolment]; !ok {
				return class, rowFail(i+1, "enrolment", "enrolment.unknown", r.Enrolment)
			}
			a, err := s.attempt(course, attempts[r.Enrolment], r, i+1)
			if err != nil {
				return class, err
			}
			a.ID, a.Assessor, a.By, a.At = store.NewID(), by.Person, by.Account, s.Now()
			switch {
			case !a.On.IsZero():
			case r.Retake: // a re-test is held when it is written down, not on the day of the class
				a.On = today
			default:
				a.On = earlier(class.EndsOn(), today)
			}
			if err := class.AttemptFault(a.On, today); err != nil {
				return class, inRow(i+1, err)
			}
			if err := tx.AddAssessment(ctx, class.ID, a); err != nil {
				return class, err
			}
			attempts[a.Enrolment] = append(attempts[a.Enrolment], a)
		}
		return toAssessing(class)
	})
}

// assessable refuses marks before the class has begun, and from nobody.
func assessable(class registry.Class, by registry.Actor, now time.Time, zone *time.Location) error {
	if err := class.Began(class.First(zone), now, zone); err != nil {
		return err
	}
	if by.Person == "" {
		return registry.Fail(registry.Forbidden, "four_eyes.no_person")
	}
	return nil
}

// toAssessing moves a class that takes results to the state that says so.
func toAssessing(class registry.Class) (registry.Class, error) {
	return class.To(registry.ClassAssessing)
}

// attempt decides what the new entry is, after the person's earlier ones: the
// attempt number, the correction of the current attempt, passed or not.
func (s *Service) attempt(course registry.Course, earlierOnes []registry.Assessment, r ResultInput, row int) (registry.Assessment, error) {
	a := registry.Assessment{Enrolment: r.Enrolment, Kind: r.Kind, Attempt: 1, Revision: 1, Statement: strings.TrimSpace(r.Statement), Note: r.Note, On: r.On}
	if last, ok := registry.LastEntry(r.Kind, earlierOnes); ok {
		a.Attempt, a.Revision = last.Attempt, last.Revision+1
		if r.Retake && last.State == "" { // one that is open or was taken back is not over
			a.Attempt, a.Revision = last.Attempt+1, 1
		}
		if course.MaxAttempts > 0 && a.Attempt > course.MaxAttempts {
			return a, rowFail(row, "retake", "attempts.spent", course.MaxAttempts)
		}
	}
	switch r.Kind {
	case registry.Theory:
		return theoryAttempt(course, a, r, row)
	case registry.Skills:
		return skillsAttempt(course, a, r, row)
	}
	return a, rowFail(row, "kind", "assessment.kind", string(r.Kind))
}

func theoryAttempt(course registry.Course, a registry.Assessment, r ResultInput, row int) (registry.Assessment, error) {
	switch {
	case course.PassMark == 0:
		return a, rowFail(row, "kind", "assessment.no_theory", course.Code)
	case r.Score == nil:
		return a, rowFail(row, "score", "score.missing")
	case *r.Score < 0 || *r.Score > 100:
		return a, rowFail(row, "score", "score.range", *r.Score)
	}
	a.Score, a.Passed = *r.Score, *r.Score >= course.PassMark
	return a, nil
}

func skillsAttempt(course registry.Course, a registry.Assessment, r ResultInput, row int) (registry.Assessment, error) {
	switch {
	case len(course.Skills.Items) == 0:
		return a, rowFail(row, "kind", "assessment.no_skills", course.Code)
	case r.Passed != nil && *r.Passed:
		if a.Statement == "" {
			return a, rowFail(row, "statement", "assessment.statement")
		}
		a.Items, a.Passed, a.Bulk = course.Skills.AllPassed(), true, true
	case r.Passed != nil:
		a.Items, a.Passed = map[string]bool{}, false
	case len(r.Items) == 0:
		return a, rowFail(row, "items", "assessment.items")
	default:
		if unknown := course.Skills.Unknown(r.Items); unknown != "" {
			return a, rowFail(row, "items", "assessment.item_unknown", unknown)
		}
		a.Items, a.Passed = r.Items, course.Skills.SkillsPassed(r.Items)
	}
	return a, nil
}

func rowFail(row int, field, code string, args ...any) error {
	return &registry.Error{Kind: registry.Invalid, Code: "request.rows", Args: []any{1},
		Faults: []registry.Fault{{Row: row, Field: field, Code: code, Args: args}}}
}

// inRow makes a refusal about one value a fault of the row that it came in.
func inRow(row int, err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return err
	}
	return rowFail(row, refusal.Field, refusal.Code, refusal.Args...)
}

func earlier(a, b registry.Date) registry.Date {
	if a.Before(b) {
		return a
	}
	return b
}

func (s *Service) members(ctx context.Context, tx *store.Tx, class registry.ID) (map[registry.ID]registry.Enrolment, error) {
	list, err := tx.Enrolments(ctx, class)
	if err != nil {
		return nil, err
	}
	members := map[registry.ID]registry.Enrolment{}
	for _, e := range list {
		if e.Status == registry.Enrolled {
			members[e.ID] = e
		}
	}
	return members, nil
}

// zone is where the class's base is.
func (s *Service) zone(ctx context.Context, tx *store.Tx, class registry.Class) *time.Location {
	base, err := tx.Base(ctx, class.Base)
	if err == nil {
		if loc, err := registry.Zone(base.TZ); err == nil {
			return loc
		}
	}
	return time.UTC
}

// today is the civil date at the class's base.
func (s *Service) today(ctx context.Context, tx *store.Tx, class registry.Class) registry.Date {
	return registry.DateOf(s.Now().In(s.zone(ctx, tx, class)))
}
