package training

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// enrolledBy is the person whom the act enrolled.
func enrolledBy(ctx context.Context, tx *store.Tx, class registry.ID, act string) (registry.ID, bool, error) {
	stored, err := tx.RecorderAct(ctx, class, act)
	if isNotFound(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	out, err := resultOf(stored)
	return out.Enrolment, out.Enrolment != "", err
}

// resultOf is what a stored act came to.
func resultOf(a store.RecorderAct) (ActResult, error) {
	var out ActResult
	if err := json.Unmarshal(a.Result, &out); err != nil {
		return out, fmt.Errorf("read act %s: %w", a.ID, err)
	}
	return out, nil
}

// begun lists the sessions that the act is about and that have begun.
func (r *recorder) begun(only registry.ID) ([]registry.Session, error) {
	var list []registry.Session
	for _, s := range r.class.Sessions {
		if (only == "" || s.ID == only) && r.class.Began(s, r.now, r.zone) == nil {
			list = append(list, s)
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	i := slices.IndexFunc(r.class.Sessions, func(s registry.Session) bool { return only == "" || s.ID == only })
	if i < 0 {
		return nil, registry.FailField(registry.Invalid, "session", "session.unknown", only)
	}
	return nil, r.class.Began(r.class.Sessions[i], r.now, r.zone)
}

// attendanceAct marks one person in one session, or in all that have begun.
func (r *recorder) attendanceAct(a Act) (ActResult, error) {
	out := ActResult{Result: ActUnchanged, Cells: map[string]Cell{}}
	e, err := r.member(a.Enrolment)
	if err != nil {
		return out, err
	}
	if a.Clear {
		a.State = ""
	} else if !slices.Contains(presences, a.State) {
		return out, registry.FailField(registry.Invalid, "state", "attendance.state", string(a.State))
	}
	sessions, err := r.begun(a.Session)
	if err != nil {
		return out, err
	}
	var marks []registry.SessionAttendance
	for _, s := range sessions {
		old, err := r.attendanceCell(e, s.ID)
		if err != nil {
			return out, err
		}
		out.Cells[attendancePlace(a.Enrolment, s.ID)] = old
		if err := minutesFault(a.State, s.Minutes, a.Minutes); err != nil {
			return out, err
		}
		mark := registry.SessionAttendance{Session: s.ID, Enrolment: e, State: a.State, Minutes: minutes(a.State, s.Minutes, a.Minutes), By: r.by.Account, At: a.At}
		if old.Value == string(mark.State) && old.Minutes == mark.Minutes {
			continue
		}
		if a.Seen != nil && a.Seen[string(s.ID)] != old.Seen {
			out.Result = ActConflict
		}
		marks = append(marks, mark)
	}
	if out.Result == ActConflict || len(marks) == 0 {
		return out, nil
	}
	out.Result = ActDone
	for _, m := range marks {
		if out.Cells[attendancePlace(a.Enrolment, m.Session)], err = r.attend(m); err != nil {
			return out, err
		}
	}
	return out, nil
}

var presences = []registry.Presence{registry.Present, registry.Late, registry.LeftEarly, registry.Absent}

// minutesFault refuses more minutes than the session has: that is full attendance,
// which nobody has who came late.
func minutesFault(state registry.Presence, length int, told *int) error {
	if (state == registry.Late || state == registry.LeftEarly) && told != nil && (*told < 0 || *told > length) {
		return registry.FailField(registry.Invalid, "minutes", "attendance.minutes", *told, length)
	}
	return nil
}

// minutes attended of a session of the length.
func minutes(state registry.Presence, length int, told *int) int {
	switch {
	case state == registry.Present:
		return length
	case state == registry.Absent || state == "":
		return 0
	case told == nil:
		return max(0, length-registry.UsualLateness)
	}
	return min(max(0, *told), length)
}

// attend writes one mark and moves the class on.
func (r *recorder) attend(m registry.SessionAttendance) (Cell, error) {
	revision, err := r.tx.PutAttendance(r.ctx, r.class.ID, m)
	if err != nil {
		return Cell{}, err
	}
	m.Revision = revision
	r.attendance[[2]registry.ID{m.Enrolment, m.Session}] = m
	if r.class.Status == registry.ClassOpen {
		if r.class, err = r.class.To(registry.ClassInProgress); err != nil {
			return Cell{}, err
		}
	}
	return r.attendanceCell(m.Enrolment, m.Session)
}

// allPresent marks as present whoever has no mark yet.
func (r *recorder) allPresent(a Act) (ActResult, error) {
	out := ActResult{Result: ActUnchanged, Cells: map[string]Cell{}}
	sessions, err := r.begun(a.Session)
	if err != nil {
		return out, err
	}
	people, err := r.people(a)
	if err != nil {
		return out, err
	}
	for _, e := range people {
		changed := false
		for _, s := range sessions {
			if r.attendance[[2]registry.ID{e, s.ID}].State != "" {
				continue
			}
			changed = true
			m := registry.SessionAttendance{Session: s.ID, Enrolment: e, State: registry.Present, Minutes: s.Minutes, By: r.by.Account, At: a.At}
			if out.Cells[attendancePlace(string(e), s.ID)], err = r.attend(m); err != nil {
				return out, err
			}
		}
		out.count(changed)
	}
	return out, nil
}

func (o *ActResult) count(changed bool) {
	if changed {
		o.Count, o.Result = o.Count+1, ActDone
	} else {
		o.Left++
	}
}

// theoryAct writes one person's score, or takes it back.
func (r *recorder) theoryAct(a Act) (ActResult, error) {
	out := ActResult{Result: ActUnchanged}
	e, err := r.member(a.Enrolment)
	if err != nil {
		return out, err
	}
	old, err := r.theoryCell(e)
	if err != nil {
		return out, err
	}
	place := theoryPlace(a.Enrolment)
	out.Cells = map[string]Cell{place: old}
	entry, found, err := r.entry(registry.Theory, e, a)
	switch {
	case err != nil:
		return out, err
	case !found:
		out.Result = ActConflict
		return out, nil
	case a.Clear:
		entry.State = registry.AttemptVoid
	case r.course.PassMark == 0:
		return out, registry.FailField(registry.Invalid, "kind", "assessment.no_theory", r.course.Code)
	case a.Score == nil:
		return out, registry.FailField(registry.Invalid, "score", "score.missing")
	default:
		if err := registry.TheoryScore(*a.Score); err != nil {
			return out, err
		}
		entry.Score, entry.Passed = *a.Score, *a.Score >= r.course.PassMark
	}
	same := a.Clear && old.Value == "" || !a.Clear && old.Attempt == entry.Attempt && old.Value == strconv.Itoa(entry.Score)
	if same {
		return out, nil
	}
	if a.Seen != nil && a.Seen["score"] != old.Seen {
		out.Result = ActConflict
		return out, nil
	}
	if err := r.assess(entry); err != nil {
		return out, err
	}
	out.Result = ActDone
	out.Cells[place], err = r.theoryCell(e)
	return out, err
}

// skillsAct marks items of one person's sheet, or takes their marks back.
func (r *recorder) skillsAct(a Act) (ActResult, error) {
	out := ActResult{Result: ActUnchanged, Cells: map[string]Cell{}}
	e, err := r.member(a.Enrolment)
	if err != nil {
		return out, err
	}
	sheet := r.course.Skills
	switch unknown := sheet.Unknown(a.Items); {
	case len(sheet.Items) == 0:
		return out, registry.FailField(registry.Invalid, "kind", "assessment.no_skills", r.course.Code)
	case len(a.Items) == 0:
		return out, registry.FailField(registry.Invalid, "items", "assessment.items")
	case unknown != "":
		return out, registry.FailField(registry.Invalid, "items", "assessment.item_unknown", unknown)
	}
	if err := r.stationFault(a); err != nil {
		return out, err
	}
	entry, found, err := r.entry(registry.Skills, e, a)
	if err != nil {
		return out, err
	}
	marks, changed := entry.Marks, false
	for code, passed := range a.Items {
		m, marked := marks[code]
		seen := ""
		if marked {
			seen = registry.Seen(entry.Attempt, m.Revision)
		}
		same := marked == !a.Clear && (a.Clear || m.Passed == passed && !m.Bulk)
		if same {
			continue
		}
		changed = true
		if !found || a.Seen != nil && a.Seen[code] != seen {
			out.Result = ActConflict
		}
	}
	if out.Result == ActConflict || !changed {
		return out, r.skillsNow(&out, a, e)
	}
	for code, passed := range a.Items {
		if a.Clear {
			delete(marks, code)
		} else if m, marked := marks[code]; !marked || m.Passed != passed || m.Bulk {
			marks[code] = registry.SkillMark{Passed: passed, Assessor: r.by.Person, By: r.by.Account, At: a.At, Station: a.Station, Revision: entry.Revision}
		}
	}
	if err := r.assess(r.sheetOf(entry, marks)); err != nil {
		return out, err
	}
	out.Result = ActDone
	return out, r.skillsNow(&out, a, e)
}

// stationFault refuses a mark from where its items are not watched. What was seen
// before the station closed, by a device that was offline, still counts.
func (r *recorder) stationFault(a Act) error {
	if a.Station == "" {
		return nil
	}
	st, err := r.tx.Station(r.ctx, a.Station)
	if isNotFound(err) || err == nil && st.Class != r.class.ID {
		return registry.FailField(registry.Invalid, "station", "station.unknown")
	}
	if err != nil {
		return err
	}
	if !st.Open() && !a.At.Before(st.ClosedAt) {
		return registry.FailField(registry.Conflict, "station", "station.closed", st.Name)
	}
	for code := range a.Items {
		if !slices.Contains(st.Items, code) {
			return registry.FailField(registry.Invalid, "items", "station.item", code, st.Name)
		}
	}
	return nil
}

// sheetOf is the entry that the marks come to.
func (r *recorder) sheetOf(entry registry.Assessment, marks registry.SkillMarks) registry.Assessment {
	sheet := r.course.Skills
	entry.Marks, entry.Items, entry.Bulk = marks, marks.Results(), marks.Bulk()
	switch {
	case len(marks) == 0:
		entry.State = registry.AttemptVoid
	case !sheet.Marked(marks):
		entry.State = registry.AttemptOpen
	default:
		entry.State, entry.Passed = "", sheet.SkillsPassed(entry.Items)
	}
	if !entry.Bulk {
		entry.Statement = ""
	}
	return entry
}

func (r *recorder) skillsNow(out *ActResult, a Act, e registry.ID) error {
	cells, err := r.skillsCells(e)
	for code := range a.Items {
		out.Cells[skillsPlace(a.Enrolment, code)] = cells[code]
	}
	return err
}

// entry begins the entry that an act adds: its attempt and revision, and for
// skills the marks that stand so far. found is false where a later attempt was
// begun meanwhile.
func (r *recorder) entry(kind registry.AssessmentKind, e registry.ID, a Act) (entry registry.Assessment, found bool, err error) {
	entry = registry.Assessment{ID: store.NewID(), Enrolment: e, Kind: kind, Attempt: 1, Revision: 1, Note: strings.TrimSpace(a.Note),
		Assessor: r.by.Person, By: r.by.Account, At: a.At, Marks: registry.SkillMarks{}}
	last, has := registry.LastEntry(kind, r.attempts[e])
	switch {
	case !has && a.Attempt > 1:
		return entry, false, registry.FailField(registry.Conflict, "attempt", "attempts.order")
	case !has:
	case a.Attempt == 0 || a.Attempt == last.Attempt:
		entry.Attempt, entry.Revision, entry.Statement = last.Attempt, last.Revision+1, last.Statement
		entry.Marks = r.course.Skills.MarksOf(last)
	case a.Attempt < last.Attempt:
		entry.Attempt, entry.Revision, entry.Marks = last.Attempt, last.Revision+1, r.course.Skills.MarksOf(last)
		return entry, false, nil
	case a.Attempt > last.Attempt+1 || last.State != "":
		return entry, false, registry.FailField(registry.Conflict, "attempt", "attempts.order")
	case r.course.MaxAttempts > 0 && a.Attempt > r.course.MaxAttempts:
		return entry, false, registry.FailField(registry.Conflict, "attempt", "attempts.spent", r.course.MaxAttempts)
	default:
		entry.Attempt = a.Attempt
	}
	if kind == registry.Theory {
		entry.Marks = nil
	}
	day := earlier(registry.DateOf(a.At.In(r.zone)), r.today)
	if entry.On = earlier(r.class.EndsOn(), day); entry.Attempt > 1 {
		entry.On = day
	}
	return entry, true, r.class.AttemptFault(entry.On, r.today)
}

// assess appends the entry and moves the class on.
func (r *recorder) assess(entry registry.Assessment) error {
	if err := r.tx.AddAssessment(r.ctx, r.class.ID, entry); err != nil {
		return err
	}
	r.attempts[entry.Enrolment] = append(r.attempts[entry.Enrolment], entry)
	var err error
	r.class, err = toAssessing(r.class)
	return err
}

// allPassed gives the whole sheet to whoever has no mark on it, on the
// assessor's statement.
func (r *recorder) allPassed(a Act) (ActResult, error) {
	out := ActResult{Result: ActUnchanged, Cells: map[string]Cell{}}
	statement := strings.TrimSpace(a.Statement)
	switch {
	case len(r.course.Skills.Items) == 0:
		return out, registry.FailField(registry.Invalid, "kind", "assessment.no_skills", r.course.Code)
	case statement == "":
		return out, registry.FailField(registry.Invalid, "statement", "assessment.statement")
	}
	people, err := r.people(a)
	if err != nil {
		return out, err
	}
	for _, e := range people {
		last, has := registry.LastEntry(registry.Skills, r.attempts[e])
		fresh := !has || last.State == registry.AttemptVoid
		out.count(fresh)
		if !fresh {
			continue
		}
		entry, _, err := r.entry(registry.Skills, e, Act{At: a.At})
		if err != nil {
			return out, err
		}
		entry.Items, entry.Marks, entry.Passed, entry.Bulk, entry.Statement = r.course.Skills.AllPassed(), nil, true, true, statement
		if err := r.assess(entry); err != nil {
			return out, err
		}
		cells, err := r.skillsCells(e)
		if err != nil {
			return out, err
		}
		for code, c := range cells {
			out.Cells[skillsPlace(string(e), code)] = c
		}
	}
	return out, nil
}

// undo takes back an act on many people, where nobody has written since.
func (r *recorder) undo(a Act) (ActResult, error) {
	out := ActResult{Result: ActUnchanged, Cells: map[string]Cell{}}
	open, err := r.tx.BulkActs(r.ctx, r.class.ID)
	if err != nil {
		return out, err
	}
	i := slices.IndexFunc(open, func(o store.RecorderAct) bool { return o.ID == a.Undoes })
	if i < 0 {
		if _, err := r.tx.RecorderAct(r.ctx, r.class.ID, a.Undoes); isNotFound(err) {
			return out, registry.FailField(registry.Invalid, "undoes", "act.unknown")
		}
		return out, registry.FailField(registry.Conflict, "undoes", "act.undone")
	}
	was, err := resultOf(open[i])
	if err != nil {
		return out, err
	}
	if ActKind(open[i].Kind) == ActAllPresent {
		return r.undoPresent(a, was, out)
	}
	return r.undoPassed(a, was, out)
}

func (r *recorder) undoPresent(a Act, was, out ActResult) (ActResult, error) {
	if err := r.may(registry.RecordAttendance); err != nil {
		return out, err
	}
	changed := map[registry.ID]bool{}
	for place, c := range was.Cells {
		e, session := splitPlace(place)
		old := r.attendance[[2]registry.ID{e, session}]
		if _, here := r.members[e]; !here || strconv.Itoa(old.Revision) != c.Seen {
			changed[e] = changed[e] || false
			continue
		}
		cell, err := r.attend(registry.SessionAttendance{Session: session, Enrolment: e, By: r.by.Account, At: a.At})
		if err != nil {
			return out, err
		}
		out.Cells[place], changed[e] = cell, true
	}
	for _, yes := range changed {
		out.count(yes)
	}
	return out, nil
}

func (r *recorder) undoPassed(a Act, was, out ActResult) (ActResult, error) {
	if err := r.mayAssess(); err != nil {
		return out, err
	}
	seen := map[registry.ID]string{}
	for place, c := range was.Cells {
		e, _ := splitPlace(place)
		seen[e] = c.Seen
	}
	for e, stood := range seen {
		last, _ := registry.LastEntry(registry.Skills, r.attempts[e])
		_, here := r.members[e]
		same := here && registry.Seen(last.Attempt, last.Revision) == stood
		out.count(same)
		if !same {
			continue
		}
		last.ID, last.Revision, last.State, last.Passed, last.Bulk = store.NewID(), last.Revision+1, registry.AttemptVoid, false, false
		last.Items, last.Marks, last.Statement = map[string]bool{}, nil, ""
		last.Assessor, last.By, last.At = r.by.Person, r.by.Account, a.At
		if err := r.assess(last); err != nil {
			return out, err
		}
		for place := range was.Cells {
			if of, _ := splitPlace(place); of == e {
				out.Cells[place] = Cell{}
			}
		}
	}
	return out, nil
}

func splitPlace(place string) (enrolment, rest registry.ID) {
	parts := strings.SplitN(place, ":", 3)
	if len(parts) < 3 {
		return "", ""
	}
	return registry.ID(parts[1]), registry.ID(parts[2])
}
