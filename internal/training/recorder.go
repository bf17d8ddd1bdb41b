package training

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// recorder is the record of one class, open in one transaction.
type recorder struct {
	s          *Service
	ctx        context.Context
	tx         *store.Tx
	by         registry.Actor
	before     registry.Class
	class      registry.Class
	org        registry.ID
	course     registry.Course
	zone       *time.Location
	now        time.Time
	today      registry.Date
	members    map[registry.ID]registry.Enrolment
	order      []registry.ID // of members, by position
	attendance map[[2]registry.ID]registry.SessionAttendance
	attempts   map[registry.ID][]registry.Assessment
	allowed    map[registry.Action]error
	names      map[registry.ID]string // of accounts
	done       map[string]int         // acts by kind
	kept       bool                   // some act was stored
}

func (s *Service) openRecorder(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID) (*recorder, error) {
	r := &recorder{s: s, ctx: ctx, tx: tx, by: by, now: s.Now(), members: map[registry.ID]registry.Enrolment{},
		attendance: map[[2]registry.ID]registry.SessionAttendance{}, attempts: map[registry.ID][]registry.Assessment{},
		allowed: map[registry.Action]error{}, names: map[registry.ID]string{by.Account: by.Name}, done: map[string]int{}}
	var err error
	if r.class, r.org, err = access.Class(ctx, tx, by, registry.ReadClass, id); err != nil {
		return nil, err
	}
	r.before = r.class
	if r.course, err = tx.Course(ctx, r.class.Course, r.class.CourseVersion); err != nil {
		return nil, err
	}
	base, err := tx.Base(ctx, r.class.Base)
	if err != nil {
		return nil, err
	}
	if r.zone, err = registry.Zone(base.TZ); err != nil {
		r.zone = time.UTC
	}
	r.today = registry.DateOf(r.now.In(r.zone))
	return r, r.load()
}

func (r *recorder) load() error {
	enrolments, err := r.tx.Enrolments(r.ctx, r.class.ID)
	if err != nil {
		return err
	}
	for _, e := range enrolments {
		if e.Status == registry.Enrolled {
			r.members[e.ID] = e
			r.order = append(r.order, e.ID)
		}
	}
	cells, err := r.tx.AttendanceCells(r.ctx, r.class.ID)
	if err != nil {
		return err
	}
	for _, a := range cells {
		r.attendance[[2]registry.ID{a.Enrolment, a.Session}] = a
	}
	all, err := r.tx.Assessments(r.ctx, r.class.ID)
	for _, a := range all {
		r.attempts[a.Enrolment] = append(r.attempts[a.Enrolment], a)
	}
	return err
}

// finish saves the class where its state moved, and writes the audit row.
func (r *recorder) finish() error {
	if !r.kept {
		return nil
	}
	if r.class.Status != r.before.Status {
		saved, err := r.tx.SaveClass(r.ctx, r.class)
		if err != nil {
			return err
		}
		r.class = saved
	}
	a := r.s.act(r.by, "class.record", r.class, r.org, &r.before)
	for kind, n := range r.done {
		a.Detail[kind] = strconv.Itoa(n)
	}
	return r.tx.Audit(r.ctx, a)
}

// may asks once whether the actor may do act in this class.
func (r *recorder) may(act registry.Action) error {
	err, asked := r.allowed[act]
	if !asked {
		_, _, err = access.Class(r.ctx, r.tx, r.by, act, r.class.ID)
		r.allowed[act] = err
	}
	return err
}

func (r *recorder) mayAssess() error {
	if err := r.may(registry.RecordResults); err != nil {
		return err
	}
	return assessable(r.class, r.by, r.now, r.zone)
}

// clockDrift is by how much a device may be ahead without a word: more than that
// is a clock that was set wrong.
const clockDrift = 2 * time.Minute

// when is the time of an act: the device's, unless its clock cannot be right.
// wrong tells that the server's was taken in its place.
func (r *recorder) when(at time.Time) (t time.Time, wrong bool) {
	begin := r.class.StartsOn().Start(r.zone)
	if at.IsZero() || at.After(r.now) || at.Before(begin) {
		return r.now, !at.IsZero() && (at.After(r.now.Add(clockDrift)) || at.Before(begin))
	}
	return at.UTC().Truncate(time.Second), false
}

// member is the person whom the act names, also one whom another act enrolled.
func (r *recorder) member(name string) (registry.ID, error) {
	id := registry.ID(name)
	if act, ok := strings.CutPrefix(name, "act:"); ok {
		stored, done, err := enrolledBy(r.ctx, r.tx, r.class.ID, act)
		if err != nil {
			return "", err
		}
		if !done {
			return "", registry.FailField(registry.Conflict, "enrolment", "act.person")
		}
		id = stored
	}
	if _, ok := r.members[id]; !ok {
		return "", registry.FailField(registry.Invalid, "enrolment", "enrolment.unknown", name)
	}
	return id, nil
}

// people are those whom an act on many names, or everybody.
func (r *recorder) people(a Act) ([]registry.ID, error) {
	if len(a.Enrolments) == 0 {
		return r.order, nil
	}
	list := make([]registry.ID, 0, len(a.Enrolments))
	for _, name := range a.Enrolments {
		id, err := r.member(name)
		if err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, nil
}

// name is who stands behind an account.
func (r *recorder) name(account registry.ID) (string, error) {
	if name, ok := r.names[account]; ok || account == "" {
		return name, nil
	}
	a, err := r.tx.Account(r.ctx, account)
	if err != nil && !isNotFound(err) {
		return "", err
	}
	r.names[account] = a.Name
	return a.Name, nil
}

func attendancePlace(who string, session registry.ID) string {
	return "a:" + who + ":" + string(session)
}
func theoryPlace(who string) string       { return "t:" + who + ":" }
func skillsPlace(who, item string) string { return "s:" + who + ":" + item }

// attendanceCell is what stands of one person in one session.
func (r *recorder) attendanceCell(e, session registry.ID) (Cell, error) {
	a, ok := r.attendance[[2]registry.ID{e, session}]
	if !ok {
		return Cell{}, nil
	}
	name, err := r.name(a.By)
	return Cell{Seen: strconv.Itoa(a.Revision), Value: string(a.State), Minutes: a.Minutes, By: name, At: a.At}, err
}

func (r *recorder) theoryCell(e registry.ID) (Cell, error) {
	last, ok := registry.LastEntry(registry.Theory, r.attempts[e])
	if !ok {
		return Cell{}, nil
	}
	name, err := r.name(last.By)
	c := Cell{Seen: registry.Seen(last.Attempt, last.Revision), Attempt: last.Attempt, By: name, At: last.At}
	if last.State == "" {
		c.Value = strconv.Itoa(last.Score)
	}
	return c, err
}

// skillsCells are the items of the current attempt, by code.
func (r *recorder) skillsCells(e registry.ID) (map[string]Cell, error) {
	cells := map[string]Cell{}
	last, ok := registry.LastEntry(registry.Skills, r.attempts[e])
	if !ok {
		return cells, nil
	}
	for code, mark := range r.course.Skills.MarksOf(last) {
		name, err := r.name(mark.By)
		if err != nil {
			return nil, err
		}
		c := Cell{Seen: registry.Seen(last.Attempt, mark.Revision), Value: "fail", Attempt: last.Attempt, By: name, At: mark.At, Bulk: mark.Bulk}
		if mark.Passed {
			c.Value = "pass"
		}
		cells[code] = c
	}
	return cells, nil
}
