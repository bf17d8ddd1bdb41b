package training

import (
	"context"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// EnrolReport says what became of each row: nothing is lost without a line.
type EnrolReport struct {
	Enrolled  int              `json:"enrolled"`
	Unchanged int              `json:"unchanged"` // already in this class
	Rejected  int              `json:"rejected"`
	Recorded  int              `json:"recorded"` // results written with the rows
	Faults    []registry.Fault `json:"-"`        // errors and warnings, by row
	People    []Enrolled       `json:"people"`
}

// Enrolled is one person of the class after the run.
type Enrolled struct {
	Row       int         `json:"row"`
	Enrolment registry.ID `json:"enrolment"`
	Name      string      `json:"name"`
	Holder    string      `json:"holder_token,omitempty"` // secret of the private link
	New       bool        `json:"new"`
}

// EnrolOptions say how to take rows into a class.
type EnrolOptions struct {
	Source       string // manual, api, import
	AllOrNothing bool   // one bad row keeps all out
	Results      bool   // also record the theory and skills marks that the rows carry
	Statement    string // the assessor's word for bulk skills marks
	DryRun       bool   // say what would happen, change nothing
}

// Enrol takes the good rows into the class and says of each bad one what is
// wrong. A person is found again by the keyed hash of the full id and by nothing
// else; who is already in the class stays as is.
func (s *Service) Enrol(ctx context.Context, by registry.Actor, id registry.ID, rows []intake.Row, o EnrolOptions) (EnrolReport, registry.Class, error) {
	if o.DryRun {
		report, class, err := s.wouldEnrol(ctx, by, id, rows, o)
		if err == nil {
			err = class.Recordable()
		}
		return report, class, err
	}
	var report EnrolReport
	var class registry.Class
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		report = EnrolReport{}
		before, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, id)
		if err != nil {
			return err
		}
		if err := before.Recordable(); err != nil {
			return err
		}
		run, err := s.newRun(ctx, tx, by, before, o)
		if err != nil {
			return err
		}
		if err := run.takeAll(ctx, rows); err != nil {
			return err
		}
		report = run.report
		if o.AllOrNothing && report.Rejected > 0 {
			return errNothing
		}
		if err := run.store(ctx); err != nil {
			return err
		}
		if run.class, err = s.recordRows(ctx, tx, by, run, o); err != nil {
			return err
		}
		report = run.report
		if class, err = tx.SaveClass(ctx, run.class); err != nil {
			return err
		}
		a := s.act(by, "class.enrol", class, org, &before)
		a.Detail["enrolled"] = itoa(report.Enrolled)
		return tx.Audit(ctx, a)
	})
	if err == errNothing {
		report.Enrolled, report.People = 0, nil
		return report, class, &registry.Error{Kind: registry.Invalid, Code: "import.rejected", Args: []any{report.Rejected}, Faults: report.Faults}
	}
	return report, class, err
}

// wouldEnrol says what Enrol would do. It only reads, so a large file that is
// looked at keeps nobody from working.
func (s *Service) wouldEnrol(ctx context.Context, by registry.Actor, id registry.ID, rows []intake.Row, o EnrolOptions) (EnrolReport, registry.Class, error) {
	var report EnrolReport
	var class registry.Class
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		report = EnrolReport{}
		if class, _, err = access.Class(ctx, tx, by, registry.EnrolPerson, id); err != nil {
			return err
		}
		run, err := s.newRun(ctx, tx, by, class, o)
		if err != nil {
			return err
		}
		if err := run.takeAll(ctx, rows); err != nil {
			return err
		}
		report = run.report
		return nil
	})
	return report, class, err
}

// rosterRun holds what one run over a roster needs to know of the class.
type rosterRun struct {
	s      *Service
	tx     *store.Tx
	by     registry.Actor
	class  registry.Class
	course registry.Course
	o      EnrolOptions
	people map[registry.ID]registry.Enrolment // by person
	hashes map[string]registry.Enrolment      // by row hash, for people without an id
	known  map[string]bool                    // keyed hashes of ids that somebody may be found by
	came   map[string]registry.Person         // by keyed hash: new people of this run
	next   int
	report EnrolReport
	taken  map[registry.ID]intake.Row // by enrolment: rows whose marks may be recorded
	order  []registry.ID
	fresh  newcomers
}

// newcomers are stored together once every row is decided about.
type newcomers struct {
	people     []registry.Person
	enrolments []registry.Enrolment
	links      []string // hashes of their private links, by enrolment
	is         map[registry.ID]bool
}

func (s *Service) newRun(ctx context.Context, tx *store.Tx, by registry.Actor, class registry.Class, o EnrolOptions) (*rosterRun, error) {
	course, err := tx.Course(ctx, class.Course, class.CourseVersion)
	if err != nil {
		return nil, err
	}
	list, err := tx.Enrolments(ctx, class.ID)
	if err != nil {
		return nil, err
	}
	run := &rosterRun{s: s, tx: tx, by: by, class: class, course: course, o: o, people: map[registry.ID]registry.Enrolment{},
		hashes: map[string]registry.Enrolment{}, came: map[string]registry.Person{}, taken: map[registry.ID]intake.Row{}}
	run.fresh.is = map[registry.ID]bool{}
	for _, e := range list {
		run.people[e.Person] = e
		if e.RowHash != "" {
			run.hashes[e.RowHash] = e
		}
		run.next = max(run.next, e.Position)
	}
	return run, nil
}

// takeAll decides about the rows, one by one.
func (r *rosterRun) takeAll(ctx context.Context, rows []intake.Row) (err error) {
	var hashes []string
	for _, row := range rows {
		if row.OK() && row.ID != "" {
			hashes = append(hashes, r.idHash(row))
		}
	}
	if r.known, err = r.tx.KnownIDHashes(ctx, hashes); err != nil {
		return err
	}
	for _, row := range rows {
		if err := r.take(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (r *rosterRun) idHash(row intake.Row) string {
	return r.s.Keys.IDHash(string(row.IDType), row.ID)
}

// store stores who is new.
func (r *rosterRun) store(ctx context.Context) error {
	if err := r.tx.AddPersons(ctx, r.fresh.people); err != nil {
		return err
	}
	return r.tx.AddEnrolments(ctx, r.fresh.enrolments, r.fresh.links)
}

// take decides about one row.
func (r *rosterRun) take(ctx context.Context, row intake.Row) error {
	faults := append([]registry.Fault(nil), row.Faults...)
	if row.OK() {
		more, enrolment, fresh, err := r.enrol(ctx, row)
		if err != nil {
			return err
		}
		faults = append(faults, more...)
		if enrolment.ID != "" {
			r.accept(row, enrolment, fresh)
		}
	}
	for i := range faults {
		faults[i].Row = row.Line
	}
	for _, f := range faults {
		if !f.Warn {
			r.report.Rejected++
			break
		}
	}
	r.report.Faults = append(r.report.Faults, faults...)
	return nil
}

func (r *rosterRun) accept(row intake.Row, e registry.Enrolment, fresh bool) {
	if fresh {
		r.report.Enrolled++
	} else {
		r.report.Unchanged++
	}
	if _, again := r.taken[e.ID]; !again {
		r.order = append(r.order, e.ID)
	}
	r.taken[e.ID] = row
	token := access.HolderToken(r.s.Keys, e.ID, 1)
	r.report.People = append(r.report.People, Enrolled{Row: row.Line, Enrolment: e.ID, Name: e.Name, Holder: token, New: fresh})
}

// enrol finds or makes the person and the enrolment; faults say why it did not.
func (r *rosterRun) enrol(ctx context.Context, row intake.Row) ([]registry.Fault, registry.Enrolment, bool, error) {
	fail := func(field, code string, args ...any) ([]registry.Fault, registry.Enrolment, bool, error) {
		return []registry.Fault{{Field: field, Code: code, Args: args}}, registry.Enrolment{}, false, nil
	}
	if e, ok := r.hashes[row.Hash]; ok && row.ID == "" && row.Hash != "" {
		return nil, e, false, nil
	}
	if row.ID == "" && r.course.RequireID {
		return fail("id", "enrol.id_needed", r.course.Code)
	}
	person, known, err := r.person(ctx, row)
	if err != nil {
		return nil, registry.Enrolment{}, false, err
	}
	if known && registry.NameKey(person.Name) != registry.NameKey(row.Name) {
		return fail("id", "enrol.id_of_another", registry.MaskName(row.Name))
	}
	if known && slices.ContainsFunc(r.class.Trainers, func(t registry.ClassTrainer) bool { return t.Person == person.ID }) {
		return fail("name", "enrol.trainer", row.Name)
	}
	if age, ok := person.AgeOn(r.class.StartsOn()); ok && age < r.course.MinAge {
		return fail("birth_date", "enrol.under_age", age, r.course.MinAge)
	}
	if e, ok := r.people[person.ID]; known && ok {
		return nil, e, false, nil
	}
	if full := r.class.Places(); len(r.people) >= full {
		return fail("", "enrol.full", full)
	}
	if r.s.Uncovered != nil {
		if missing := r.s.Uncovered(row.Name + row.LatinName); len(missing) > 0 {
			return fail("name", "name.glyph", string(missing[0]), registry.RuneLabel(missing[0]))
		}
	}
	return nil, r.add(row, person, known), true, nil
}

// person finds the person by the keyed hash of the full id, or describes a new one.
func (r *rosterRun) person(ctx context.Context, row intake.Row) (registry.Person, bool, error) {
	p := registry.Person{
		ID: store.NewID(), Name: row.Name, NameKey: registry.NameKey(row.Name), LatinName: row.LatinName, IDType: row.IDType,
		BirthDate: row.BirthDate, Phone: row.Phone, Email: row.Email, Organization: row.Organization, Department: row.Department,
		Title: row.Title, Lang: r.class.Language, Demo: r.s.Demo, Version: 1,
	}
	if row.ID == "" {
		return p, false, nil
	}
	p.IDHash, p.IDLast4 = r.idHash(row), row.IDLast4
	if found, ok := r.came[p.IDHash]; ok {
		return found, true, nil
	}
	if !r.known[p.IDHash] {
		return p, false, nil
	}
	found, err := r.tx.PersonByIDHash(ctx, p.IDHash)
	if isNotFound(err) {
		return p, false, nil
	}
	return found, err == nil, err
}

// add takes the person into the class.
func (r *rosterRun) add(row intake.Row, person registry.Person, known bool) registry.Enrolment {
	r.next++
	e := registry.Enrolment{
		ID: store.NewID(), Class: r.class.ID, Person: person.ID, Position: r.next, Name: row.Name, LatinName: row.LatinName,
		IDLast4: row.IDLast4, Source: r.o.Source, RowHash: row.Hash, Status: registry.Enrolled, Version: 1,
	}
	r.people[person.ID] = e
	if row.Hash != "" {
		r.hashes[row.Hash] = e
	}
	if r.o.DryRun {
		return e
	}
	if !known {
		r.fresh.people = append(r.fresh.people, person)
		if person.IDHash != "" {
			r.came[person.IDHash] = person
		}
	}
	r.fresh.enrolments = append(r.fresh.enrolments, e)
	r.fresh.links = append(r.fresh.links, access.TokenHash(access.HolderToken(r.s.Keys, e.ID, 1)))
	r.fresh.is[e.ID] = true
	return e
}

// recordRows writes the marks that the rows carry: everybody on the roster was
// there, theory as scored, skills in bulk with the assessor's statement.
func (s *Service) recordRows(ctx context.Context, tx *store.Tx, by registry.Actor, run *rosterRun, o EnrolOptions) (registry.Class, error) {
	class := run.class
	if !o.Results {
		return class, nil
	}
	if _, _, err := access.Class(ctx, tx, by, registry.RecordResults, class.ID); err != nil {
		return class, err
	}
	zone := s.zone(ctx, tx, class)
	if err := assessable(class, by, s.Now(), zone); err != nil {
		return class, err
	}
	view, err := s.view(ctx, tx, class)
	if err != nil {
		return class, err
	}
	members := map[registry.ID]Member{}
	for _, m := range view.Members {
		members[m.Enrolment.ID] = m
	}
	var marks rowMarks
	for _, id := range run.order {
		if err := s.recordRow(ctx, tx, by, run, members[id], run.taken[id], zone, o, &marks); err != nil {
			return class, err
		}
	}
	if err := tx.AddAttendance(ctx, class.ID, marks.attendance); err != nil {
		return class, err
	}
	if err := tx.AddAssessments(ctx, class.ID, marks.assessments); err != nil {
		return class, err
	}
	if run.report.Recorded == 0 {
		return class, nil
	}
	return toAssessing(class)
}

// rowMarks are the marks of rows that are stored together.
type rowMarks struct {
	attendance  []registry.SessionAttendance // of newcomers
	assessments []registry.Assessment
}

// recordRow gathers what the row adds to a member's records. What it says already,
// or what was corrected since by hand, stays: the same file again changes
// nothing.
func (s *Service) recordRow(ctx context.Context, tx *store.Tx, by registry.Actor, run *rosterRun, m Member, row intake.Row, zone *time.Location, o EnrolOptions, marks *rowMarks) error {
	if m.Enrolment.Status != registry.Enrolled {
		return nil
	}
	present := AttendanceInput{Enrolment: m.Enrolment.ID, State: registry.Present}
	switch {
	case run.fresh.is[m.Enrolment.ID]:
		list, err := s.attended(by, run.class, zone, row.Line, present)
		if err != nil {
			return err
		}
		marks.attendance = append(marks.attendance, list...)
	case len(m.Attendance) == 0: // it may have been taken back, which is kept
		members := map[registry.ID]registry.Enrolment{m.Enrolment.ID: m.Enrolment}
		if err := s.putAttendance(ctx, tx, by, run.class, members, zone, row.Line, present); err != nil {
			return err
		}
	}
	run.report.Recorded++
	for _, r := range rowResults(run.course, m.Enrolment.ID, row, o.Statement) {
		if slices.ContainsFunc(m.Attempts, func(a registry.Assessment) bool { return sameMark(a, r) }) {
			continue
		}
		a, err := s.attempt(run.course, m.Attempts, r, row.Line)
		if err != nil {
			return err
		}
		a.ID, a.Assessor, a.By, a.At = store.NewID(), by.Person, by.Account, s.Now()
		a.On = earlier(run.class.EndsOn(), registry.DateOf(s.Now().In(zone)))
		marks.assessments = append(marks.assessments, a)
	}
	return nil
}

func rowResults(course registry.Course, id registry.ID, row intake.Row, statement string) []ResultInput {
	var results []ResultInput
	if course.PassMark > 0 && row.Theory != nil {
		results = append(results, ResultInput{Enrolment: id, Kind: registry.Theory, Score: row.Theory})
	}
	if len(course.Skills.Items) > 0 && row.Skills != nil {
		results = append(results, ResultInput{Enrolment: id, Kind: registry.Skills, Passed: row.Skills, Statement: statement})
	}
	return results
}

func sameMark(a registry.Assessment, r ResultInput) bool {
	switch {
	case a.Kind != r.Kind:
		return false
	case r.Kind == registry.Theory:
		return a.Score == *r.Score
	}
	return a.Passed == *r.Passed
}
