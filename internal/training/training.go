// Package training is the work of trainers: classes, enrolments, attendance,
// assessment, submission. Every change is one transaction with its audit row;
// what may be done to whom is decided by the rules of package registry.
package training

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service records what happens in classes.
type Service struct {
	DB   *store.DB
	Keys *keys.Ring
	Now  func() time.Time
	// Uncovered names the characters of a name that no font can print.
	Uncovered func(name string) []rune
	// Demo registers invented people only: ids of the non-existent area 999999.
	Demo bool
}

// ClassInput describes a class to create or its edited form. Sessions need no
// ids; trainers are named by person.
type ClassInput struct {
	Course        string                  `json:"course" doc:"Course code"`
	CourseVersion int                     `json:"course_version,omitempty" doc:"0: the newest active version"`
	Base          string                  `json:"base" doc:"Base code"`
	Setting       string                  `json:"setting,omitempty" doc:"hospital, office, village, community, school, company, barracks, online or event"`
	Venue         string                  `json:"venue,omitempty" maxLength:"200"`
	Language      string                  `json:"language,omitempty" doc:"Language of instruction, BCP 47"`
	Languages     []string                `json:"languages,omitempty" doc:"Languages of the certificate, primary first"`
	Capacity      int                     `json:"capacity,omitempty" minimum:"0" maximum:"5000"`
	Manikins      int                     `json:"manikins,omitempty" minimum:"0" maximum:"5000" doc:"On the day; 0: those of the base"`
	Sessions      []registry.Session      `json:"sessions"`
	Trainers      []registry.ClassTrainer `json:"trainers"`
	Signatories   []registry.Signatory    `json:"signatories,omitempty"`
	RatioReason   string                  `json:"ratio_reason,omitempty" maxLength:"500"`
}

// CreateClass opens a class for enrolment. Base and trainers must be accredited
// for the course on each of its dates.
func (s *Service) CreateClass(ctx context.Context, by registry.Actor, in ClassInput) (registry.Class, error) {
	var class registry.Class
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		base, err := tx.Base(ctx, strings.ToUpper(strings.TrimSpace(in.Base)))
		if err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.CreateClass, base.Host, "base", in.Base); err != nil {
			return err
		}
		if err := s.offered(ctx, tx, in); err != nil {
			return err
		}
		if class, err = s.compose(ctx, tx, base, in); err != nil {
			return err
		}
		if err := s.staffed(ctx, tx, by, base, class); err != nil {
			return err
		}
		class.ID, class.Status, class.CreatedBy, class.Version = store.NewID(), registry.ClassOpen, by.Account, 1
		class.Demo = s.Demo
		if class.Code, err = s.classCode(ctx, tx, class); err != nil {
			return err
		}
		if err := tx.AddClass(ctx, class, base.Host, s.Now()); err != nil {
			return err
		}
		return tx.Audit(ctx, s.act(by, "class.create", class, base.Host, nil))
	})
	return class, err
}

// EditClass changes a class that is not submitted yet; version is the one that
// the editor saw.
func (s *Service) EditClass(ctx context.Context, by registry.Actor, id registry.ID, version int64, in ClassInput) (registry.Class, error) {
	return s.change(ctx, by, id, registry.CreateClass, "class.edit", func(tx *store.Tx, class registry.Class) (registry.Class, error) {
		if err := class.Recordable(); err != nil {
			return class, err
		}
		if in.Base != class.Base || in.Course != class.Course {
			return class, registry.Fail(registry.Conflict, "class.fixed", class.Code)
		}
		base, err := tx.Base(ctx, class.Base)
		if err != nil {
			return class, err
		}
		in.CourseVersion = class.CourseVersion // a class keeps the version it began with
		next, err := s.compose(ctx, tx, base, in)
		if err != nil {
			return class, err
		}
		if err := s.staffed(ctx, tx, by, base, next); err != nil {
			return class, err
		}
		next.ID, next.Code, next.Status, next.Version = class.ID, class.Code, class.Status, version
		next.CreatedBy, next.Flags, next.ReturnReason, next.Demo = class.CreatedBy, class.Flags, class.ReturnReason, class.Demo
		return keepSessions(class, next), nil
	})
}

// keepSessions gives a session that stayed on its date and time its old id, so
// that attendance already recorded stays attached.
func keepSessions(old, next registry.Class) registry.Class {
	taken := map[registry.ID]bool{}
	for i, n := range next.Sessions {
		for _, o := range old.Sessions {
			if !taken[o.ID] && o.On == n.On && o.From == n.From && o.Practical == n.Practical {
				next.Sessions[i].ID, taken[o.ID] = o.ID, true
				break
			}
		}
	}
	return next
}

// compose checks the input against course, base and trainers and fills what has
// a default.
func (s *Service) compose(ctx context.Context, tx *store.Tx, base registry.Base, in ClassInput) (registry.Class, error) {
	course, err := s.course(ctx, tx, in.Course, in.CourseVersion)
	if err != nil {
		return registry.Class{}, err
	}
	programme, err := course.ProgrammeAt(base)
	if err != nil {
		return registry.Class{}, err
	}
	class := registry.Class{
		Course: course.Code, CourseVersion: course.Version, Programme: programme, Base: base.Code,
		Setting: in.Setting, Venue: strings.TrimSpace(in.Venue), Language: in.Language, Languages: in.Languages,
		Capacity: in.Capacity, Manikins: in.Manikins, Sessions: slices.Clone(in.Sessions), Trainers: once(in.Trainers),
		Signatories: in.Signatories, RatioReason: strings.TrimSpace(in.RatioReason), Flags: []string{},
	}
	if class.Setting == "" {
		class.Setting = "hospital"
	}
	if len(class.Languages) == 0 {
		class.Languages = certificateLanguages(base.TZ)
	}
	if class.Language == "" {
		class.Language = class.Languages[0]
	}
	for i := range class.Sessions {
		class.Sessions[i].ID = store.NewID()
	}
	if class.Signatories, err = signatories(ctx, tx, base, class); err != nil {
		return class, err
	}
	if err := class.Validate(); err != nil {
		return class, err
	}
	if err := class.HoursFault(course); err != nil {
		return class, err
	}
	if !slices.ContainsFunc(CertificateLanguages, func(l []string) bool { return slices.Equal(l, class.Languages) }) {
		return class, registry.FailField(registry.Invalid, "languages", "class.languages", strings.Join(class.Languages, "+"))
	}
	return class, s.accredited(ctx, tx, base, course, &class)
}

// signatories chooses who signs a class: those who are named, or who usually
// signs at the base, or for its issuer, and holds office on the last day.
func signatories(ctx context.Context, tx *store.Tx, base registry.Base, class registry.Class) ([]registry.Signatory, error) {
	usual := base.Signatories
	if len(usual) == 0 {
		path, err := tx.OrganizationPath(ctx, base.Host)
		if err != nil {
			return nil, err
		}
		if issuer, err := registry.IssuerOf(path); err == nil { // without one, approval says so
			if usual, _, err = tx.OrgSignatories(ctx, issuer.ID); err != nil {
				return nil, err
			}
		}
	}
	if len(class.Sessions) == 0 {
		return class.Signatories, nil // no last day to ask about: refused as such
	}
	return registry.Signs(class.Signatories, usual, class.EndsOn())
}

// CertificateLanguages are the pairs that there is a design for.
var CertificateLanguages = [][]string{{"zh", "en"}, {"ru", "en"}, {"en"}}

// certificateLanguages is the pair that is usual where the base is.
func certificateLanguages(tz string) []string {
	switch tz {
	case "Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei":
		return []string{"zh", "en"}
	}
	for _, prefix := range []string{"Europe/Moscow", "Europe/Samara", "Asia/Vladivostok", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Almaty"} {
		if tz == prefix {
			return []string{"ru", "en"}
		}
	}
	return []string{"en"}
}

func (s *Service) course(ctx context.Context, tx *store.Tx, code string, version int) (registry.Course, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if version == 0 {
		return tx.ActiveCourse(ctx, code)
	}
	return tx.Course(ctx, code, version)
}

// offered refuses to open a class of a version that is still a draft or retired.
func (s *Service) offered(ctx context.Context, tx *store.Tx, in ClassInput) error {
	course, err := s.course(ctx, tx, in.Course, in.CourseVersion)
	if err == nil && course.Status != registry.CourseActive {
		err = registry.Fail(registry.NotFound, "course.unknown", course.Code)
	}
	return err
}

// once keeps each trainer once: named twice, one would count as two for the
// ratio of trainees.
func once(trainers []registry.ClassTrainer) []registry.ClassTrainer {
	var list []registry.ClassTrainer
	for _, t := range trainers {
		if !slices.ContainsFunc(list, func(o registry.ClassTrainer) bool { return o.Person == t.Person }) {
			list = append(list, t)
		}
	}
	return list
}

// accredited checks base and trainers on every date of the class, and prints the
// trainers' names as the registry knows them.
func (s *Service) accredited(ctx context.Context, tx *store.Tx, base registry.Base, course registry.Course, class *registry.Class) error {
	for _, d := range class.Dates() {
		if err := base.AccreditedOn(d); err != nil {
			return err
		}
	}
	path, err := access.Path(ctx, tx, base.Host)
	if err != nil {
		return err
	}
	for i, t := range class.Trainers {
		person, err := tx.Person(ctx, t.Person)
		if err != nil {
			return err
		}
		held, err := tx.AccreditationsOf(ctx, t.Person)
		if err != nil {
			return err
		}
		held = slices.DeleteFunc(held, func(a registry.Accreditation) bool { return !a.CountsAt(path) })
		if err := registry.MayTeach(person.Name, course.Code, held, class.Dates()); err != nil {
			return err
		}
		class.Trainers[i].Name = person.Name
		if t.Role == "" {
			class.Trainers[i].Role = "instructor"
		}
	}
	return nil
}

// staffed holds the planned number of people against trainers and manikins, so
// that it is known before the room is full. Who may consent to more is not
// refused; a class without a number is judged when it is submitted.
func (s *Service) staffed(ctx context.Context, tx *store.Tx, by registry.Actor, base registry.Base, class registry.Class) error {
	if class.Capacity == 0 {
		return nil
	}
	course, err := tx.Course(ctx, class.Course, class.CourseVersion)
	if err != nil {
		return err
	}
	preset, err := presetAt(ctx, tx, base.Host)
	if err != nil {
		return err
	}
	path, err := access.Path(ctx, tx, base.Host)
	if err != nil || registry.Can(by, registry.OverrideDeadline, path) {
		return err
	}
	return registry.StaffingOf(class, course, base, class.Capacity).Fault(preset)
}

// classCode names a class by base, course and first day: SJZ-CPR1-20261121-2.
func (s *Service) classCode(ctx context.Context, tx *store.Tx, class registry.Class) (string, error) {
	stem := fmt.Sprintf("%s-%s-%s", class.Base, class.Course, strings.ReplaceAll(class.StartsOn().String(), "-", ""))
	for n := 1; n < 1000; n++ {
		code := fmt.Sprintf("%s-%d", stem, n)
		if _, err := tx.ClassByCode(ctx, code); isNotFound(err) {
			return code, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", registry.Fail(registry.Conflict, "class.exists", stem)
}

// CancelClass ends a class before it is submitted.
func (s *Service) CancelClass(ctx context.Context, by registry.Actor, id registry.ID, reason string) (registry.Class, error) {
	if strings.TrimSpace(reason) == "" {
		return registry.Class{}, registry.FailField(registry.Invalid, "reason", "reason.needed")
	}
	return s.change(ctx, by, id, registry.CancelClass, "class.cancel", func(_ *store.Tx, class registry.Class) (registry.Class, error) {
		class.ReturnReason = reason
		return class.To(registry.ClassCancelled)
	})
}

// change is the frame of every edit of a class: load, check, decide, save, audit.
func (s *Service) change(ctx context.Context, by registry.Actor, id registry.ID, act registry.Action, name string,
	decide func(*store.Tx, registry.Class) (registry.Class, error)) (registry.Class, error) {
	var class registry.Class
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, org, err := access.Class(ctx, tx, by, act, id)
		if err != nil {
			return err
		}
		next, err := decide(tx, before)
		if err != nil {
			return err
		}
		if class, err = tx.SaveClass(ctx, next); err != nil {
			return err
		}
		return tx.Audit(ctx, s.act(by, name, class, org, &before))
	})
	return class, err
}

func (s *Service) act(by registry.Actor, name string, class registry.Class, org registry.ID, before *registry.Class) store.Act {
	a := store.Act{Actor: by.Account, Action: name, ObjectType: "class", Object: class.ID, Org: org, After: class, At: s.Now(),
		Detail: map[string]string{"code": class.Code, "status": string(class.Status)}}
	if before != nil {
		a.Before = *before
	}
	return a
}
