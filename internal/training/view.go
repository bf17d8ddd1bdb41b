package training

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// View is a class with everything recorded in it.
type View struct {
	Class   registry.Class
	Org     registry.ID
	Base    registry.Base
	Course  registry.Course
	Preset  registry.Preset // of its issuer: whether limits of staffing block
	Members []Member
}

// Staffing is who and what the class has for those who are enrolled.
func (v View) Staffing() registry.Staffing {
	return registry.StaffingOf(v.Class, v.Course, v.Base, v.Active())
}

// StaffingFault refuses a staffing under what the course asks, as its issuer
// holds it.
func (v View) StaffingFault() error { return v.Staffing().Fault(v.Preset) }

// Member is one person in a class, with what is recorded and what it comes to.
type Member struct {
	Enrolment  registry.Enrolment
	Attendance []registry.SessionAttendance
	Attempts   []registry.Assessment
	Theory     *registry.Assessment // the attempt that counts
	Skills     *registry.Assessment
	Outcome    registry.Outcomes
	Completion registry.Completion // zero before the class is submitted
}

// Active counts the people who are still enrolled.
func (v View) Active() int {
	n := 0
	for _, m := range v.Members {
		if m.Enrolment.Status == registry.Enrolled {
			n++
		}
	}
	return n
}

// Count counts the enrolled people with the outcome.
func (v View) Count(o registry.Outcome) int {
	n := 0
	for _, m := range v.Members {
		if m.Enrolment.Status == registry.Enrolled && m.Outcome.Outcome == o {
			n++
		}
	}
	return n
}

// Class returns a class that the actor may see.
func (s *Service) Class(ctx context.Context, by registry.Actor, id registry.ID) (View, error) {
	var v View
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.ReadClass, id)
		if err != nil {
			return err
		}
		v, err = s.view(ctx, tx, class)
		v.Org = org
		return err
	})
	return v, err
}

// Classes lists the classes that the actor may see, newest first, or the
// submitted ones oldest first when the filter asks for them.
func (s *Service) Classes(ctx context.Context, by registry.Actor, f store.ClassFilter) ([]registry.Class, error) {
	var list []registry.Class
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if f.Orgs, err = access.Visible(ctx, tx, by, registry.ReadClass); err != nil {
			return err
		}
		f.AllOrgs = false
		list, err = tx.Classes(ctx, f)
		return err
	})
	return list, err
}

func (s *Service) view(ctx context.Context, tx *store.Tx, class registry.Class) (View, error) {
	v := View{Class: class}
	var err error
	if v.Base, err = tx.Base(ctx, class.Base); err != nil {
		return v, err
	}
	if v.Course, err = tx.Course(ctx, class.Course, class.CourseVersion); err != nil {
		return v, err
	}
	if v.Preset, err = presetAt(ctx, tx, v.Base.Host); err != nil {
		return v, err
	}
	enrolments, err := tx.Enrolments(ctx, class.ID)
	if err != nil {
		return v, err
	}
	attendance, err := tx.Attendance(ctx, class.ID)
	if err != nil {
		return v, err
	}
	attempts, err := tx.Assessments(ctx, class.ID)
	if err != nil {
		return v, err
	}
	completions, err := tx.Completions(ctx, class.ID)
	if err != nil {
		return v, err
	}
	v.Members = members(v.Course, class, enrolments, attendance, attempts, completions)
	return v, nil
}

func members(course registry.Course, class registry.Class, enrolments []registry.Enrolment, attendance []registry.SessionAttendance,
	attempts []registry.Assessment, completions []registry.Completion) []Member {
	list := make([]Member, len(enrolments))
	at := map[registry.ID]int{}
	for i, e := range enrolments {
		list[i].Enrolment = e
		at[e.ID] = i
	}
	for _, a := range attendance {
		if i, ok := at[a.Enrolment]; ok {
			list[i].Attendance = append(list[i].Attendance, a)
		}
	}
	for _, a := range attempts {
		if i, ok := at[a.Enrolment]; ok {
			list[i].Attempts = append(list[i].Attempts, a)
		}
	}
	for _, c := range completions {
		if i, ok := at[c.Enrolment]; ok {
			list[i].Completion = c
		}
	}
	for i := range list {
		m := &list[i]
		m.Theory, m.Skills = counts(registry.Theory, m.Attempts), counts(registry.Skills, m.Attempts)
		m.Outcome = registry.Judge(course, class.Sessions, m.Attendance, m.Attempts)
	}
	return list
}

func counts(kind registry.AssessmentKind, attempts []registry.Assessment) *registry.Assessment {
	if a, ok := registry.LastAttempt(kind, attempts); ok {
		return &a
	}
	return nil
}
