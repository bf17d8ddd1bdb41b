package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
)

// active are the people of the class who are still enrolled.
func (p classPage) active() []training.Member {
	return slices.DeleteFunc(slices.Clone(p.Members), func(m training.Member) bool { return m.Enrolment.Status != registry.Enrolled })
}

// showAttendance handles GET /t/classes/:id/attendance.
func (s *Server) showAttendance(c *gin.Context, v visitor) error {
	page, err := s.attendance(c, v)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.AttendancePage(page))
}

func (s *Server) attendance(c *gin.Context, v visitor) (staff.Attendance, error) {
	rec, err := s.openRecorder(c, v, "attendance", registry.RecordAttendance)
	if err != nil {
		return staff.Attendance{}, err
	}
	class := rec.View.Class
	page := staff.Attendance{Class: rec.head, Recorder: rec.rec, CanAdd: rec.head.Closed == "" && rec.head.CanEnrol}
	page.Bulk = bulkOf(rec, training.ActAllPresent)
	for _, each := range class.Sessions {
		page.Sessions = append(page.Sessions, staff.SessionHead{ID: string(each.ID), Label: sessionLabel(c, each, len(class.Dates()) > 1), Minutes: each.Minutes,
			Later: class.Began(each, s.Now(), rec.zone) != nil})
	}
	for _, m := range rec.active() {
		row := staff.AttendanceRow{ID: string(m.Enrolment.ID), Name: m.Enrolment.Name, No: m.Enrolment.Position}
		for _, each := range class.Sessions {
			row.Places = append(row.Places, rec.place("a", m, string(each.ID)))
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// bulkOf leaves the lines of one kind: each is undone where it was done.
func bulkOf(rec recorderPage, kind training.ActKind) []staff.BulkLine {
	var lines []staff.BulkLine
	for i, b := range rec.sheet.Bulk {
		if b.Kind == kind {
			lines = append(lines, rec.rec.Bulk[i])
		}
	}
	return lines
}

// sessionLabel heads a session: what is taught, and when.
func sessionLabel(c *gin.Context, each registry.Session, dated bool) string {
	label := text(c, "staff.session.theory")
	if each.Practical {
		label = text(c, "staff.session.practice")
	}
	if dated {
		label += " · " + edge.Printer(c).ShortDate(each.On)
	}
	if each.From != "" {
		label += " · " + each.From
	}
	return label
}

// recordAttendance handles POST /t/classes/:id/attendance: everybody without a
// mark is present, or the marks as they stand in the form.
func (s *Server) recordAttendance(c *gin.Context, v visitor) error {
	page, err := s.attendance(c, v)
	if err != nil {
		return err
	}
	name := formName(c)
	var acts []training.Act
	switch {
	case c.PostForm("do") == "all":
		acts = []training.Act{named(name, training.Act{Kind: training.ActAllPresent})}
	default:
		acts = attendanceActs(c, name, &page)
	}
	if len(acts) == 0 {
		s.flash(c, "good", "staff.flash.attendance", 0)
		return to(c, c.Request.URL.Path)
	}
	results, err := s.Training.Record(c.Request.Context(), v.actor, registry.ID(page.ID), acts)
	if err != nil {
		return err
	}
	met := actsMet(c, results, acts)
	if met.refusal == nil && len(met.conflicts) == 0 {
		s.flash(c, "good", "staff.flash.attendance", met.changed)
		return to(c, c.Request.URL.Path+rowOf(c.PostForm("cycle")))
	}
	return s.attendanceAgain(c, v, acts, met)
}

func rowOf(enrolment string) string {
	if enrolment == "" {
		return ""
	}
	return "#p-" + enrolment
}

// attendanceActs reads what the form says otherwise than it was shown, and lets
// the row whose button was pressed go on to its next state.
func attendanceActs(c *gin.Context, name string, page *staff.Attendance) []training.Act {
	var acts []training.Act
	for _, row := range page.Rows {
		cycled := c.PostForm("cycle") == row.ID
		for _, session := range page.Sessions {
			if session.Later {
				continue
			}
			place := row.ID + "-" + session.ID
			seen, value, old := was(c.PostForm("w-" + place))
			a := training.Act{Kind: training.ActAttendance, Enrolment: row.ID,
				Session: registry.ID(session.ID), Seen: map[string]string{session.ID: seen}}
			typed, sent := c.GetPostForm("a-" + place)
			switch {
			case cycled:
				a.State = nextPresence(registry.Presence(value))
			case !sent || typed == value && !timed(c, place, typed, old):
				continue
			case typed == "":
				a.Clear = true
			default:
				a.State = registry.Presence(typed)
				a.Minutes = typedMinutes(c, place)
			}
			acts = append(acts, named(name, a))
		}
	}
	return acts
}

// nextPresence is what a tap on the state makes of it.
func nextPresence(p registry.Presence) registry.Presence {
	switch p {
	case registry.Present:
		return registry.Late
	case registry.Late:
		return registry.LeftEarly
	case registry.LeftEarly:
		return registry.Absent
	}
	return registry.Present
}

// timed tells whether other minutes were typed than were shown.
func timed(c *gin.Context, place, state string, old int) bool {
	if state != string(registry.Late) && state != string(registry.LeftEarly) {
		return false
	}
	m := typedMinutes(c, place)
	return m != nil && *m != old
}

func typedMinutes(c *gin.Context, place string) *int {
	n, err := strconv.Atoi(strings.TrimSpace(c.PostForm("m-" + place)))
	if err != nil {
		return nil // nobody said: the usual
	}
	return &n
}

// met is what the acts of a form came to.
type met struct {
	changed   int
	refusal   *staff.Refusal
	status    int
	conflicts []int // of the acts
	results   []training.ActResult
}

func actsMet(c *gin.Context, results []training.ActResult, acts []training.Act) met {
	out := met{status: http.StatusConflict, results: results}
	for i, r := range results {
		if r.Again {
			continue
		}
		switch r.Result {
		case training.ActConflict:
			out.conflicts = append(out.conflicts, i)
		case training.ActDone:
			out.changed += max(1, len(r.Cells))
			if acts[i].Kind == training.ActAllPassed {
				out.changed += r.Count - len(r.Cells)
			}
		case training.ActRefused:
			if out.refusal == nil {
				if said, status, err := refused(c, r.Refusal); err == nil {
					out.refusal, out.status = said, status
				} else {
					out.refusal = told(c, r.Refusal)
				}
			}
		}
	}
	return out
}

// told is a refusal that has no page of its own among many acts.
func told(c *gin.Context, r *registry.Error) *staff.Refusal {
	message, fix := edge.Printer(c).Error(r)
	return &staff.Refusal{Message: message, Fix: fix}
}

// attendanceAgain shows the form again: what was done stands, what met another's
// mark is shown with both.
func (s *Server) attendanceAgain(c *gin.Context, v visitor, acts []training.Act, m met) error {
	page, err := s.attendance(c, v)
	if err != nil {
		return err
	}
	page.Refusal = m.refusal
	for _, i := range m.conflicts {
		a := acts[i]
		for r := range page.Rows {
			row := &page.Rows[r]
			for n := range row.Places {
				if row.ID != a.Enrolment || page.Sessions[n].ID != string(a.Session) {
					continue
				}
				p := &row.Places[n]
				page.Conflicts = append(page.Conflicts, staff.Conflict{Row: row.ID, Name: row.Name, Mine: text(c, "staff.presence."+presenceKey(string(a.State))),
					Theirs: text(c, "staff.presence."+presenceKey(p.Value)), By: p.By, At: p.At})
				p.Chosen = string(a.State) // the form offers the reader's own again
			}
		}
	}
	return show(c, m.status, staff.AttendancePage(page))
}

func presenceKey(state string) string {
	if state == "" {
		return "none"
	}
	return state
}

// showTheory handles GET /t/classes/:id/theory.
func (s *Server) showTheory(c *gin.Context, v visitor) error {
	page, err := s.theory(c, v)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.TheoryPage(page))
}

func (s *Server) theory(c *gin.Context, v visitor) (staff.Theory, error) {
	rec, err := s.openRecorder(c, v, "theory", registry.RecordResults)
	if err != nil {
		return staff.Theory{}, err
	}
	page := staff.Theory{Class: rec.head, Recorder: rec.rec, None: rec.Course.PassMark == 0, PassMark: rec.Course.PassMark, Attempts: rec.Course.MaxAttempts,
		Wrong: map[string]bool{}, Next: "/t/classes/" + rec.head.ID + "/skills"}
	page.DoneKey = "recorder.scored"
	for _, m := range rec.active() {
		row := staff.TheoryRow{ID: string(m.Enrolment.ID), Name: m.Enrolment.Name, No: m.Enrolment.Position, Place: rec.place("t", m, ""), Attempt: 1, Absent: rec.absent(m)}
		row.Typed, row.Attempt = row.Place.Value, max(1, row.Place.Attempt)
		if m.Theory != nil && m.Theory.Attempt == row.Attempt {
			row.Passed, row.CanRetake = m.Theory.Passed, retake(rec.Course, m.Theory)
		}
		for n := 1; n < row.Attempt; n++ {
			if a, ok := attemptNo(n, registry.Theory, m.Attempts); ok {
				row.Earlier = append(row.Earlier, strconv.Itoa(a.Score))
			}
		}
		if row.Place.Value != "" {
			page.Done++
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// retake tells whether a failed attempt may be followed by another.
func retake(course registry.Course, last *registry.Assessment) bool {
	return last != nil && !last.Passed && (course.MaxAttempts == 0 || last.Attempt < course.MaxAttempts)
}

// recordTheory handles POST /t/classes/:id/theory. Only what differs from what
// the form showed is written, so the same form sent twice adds nothing; one bad
// score keeps no other from being seen, and all come back as typed.
func (s *Server) recordTheory(c *gin.Context, v visitor) error {
	page, err := s.theory(c, v)
	if err != nil {
		return err
	}
	acts, refusal := theoryActs(c, formName(c), &page)
	if refusal != nil {
		page.Refusal = refusal
		return show(c, http.StatusUnprocessableEntity, staff.TheoryPage(page))
	}
	if len(acts) == 0 {
		s.flash(c, "good", "staff.flash.scores", 0)
		return to(c, c.Request.URL.Path)
	}
	results, err := s.Training.Record(c.Request.Context(), v.actor, registry.ID(page.ID), acts)
	if err != nil {
		return err
	}
	m := actsMet(c, results, acts)
	if m.refusal == nil && len(m.conflicts) == 0 {
		s.flash(c, "good", "staff.flash.scores", m.changed)
		return to(c, c.Request.URL.Path)
	}
	return s.theoryAgain(c, v, acts, m)
}

// theoryActs reads the scores that were typed.
func theoryActs(c *gin.Context, name string, page *staff.Theory) (acts []training.Act, refusal *staff.Refusal) {
	for i := range page.Rows {
		row := &page.Rows[i]
		typed, sent := c.GetPostForm("s-" + row.ID)
		typed = strings.TrimSpace(typed)
		if !sent {
			continue
		}
		seen, value, _ := was(c.PostForm("w-" + row.ID))
		attempt, _ := strconv.Atoi(c.PostForm("n-" + row.ID)) // none: the current one
		row.Typed, row.Retake = typed, c.PostForm("r-"+row.ID) != ""
		if row.Retake {
			attempt++
		}
		if typed == value && !row.Retake {
			continue
		}
		a := training.Act{Kind: training.ActTheory, Enrolment: row.ID, Attempt: attempt,
			Seen: map[string]string{"score": seen}}
		score, err := strconv.Atoi(typed)
		switch {
		case typed == "":
			a.Clear = true
		case err != nil || score < 0 || score > 100:
			page.Wrong[row.ID] = true
			if refusal == nil {
				refusal = &staff.Refusal{Message: text(c, "page.error.summary")}
			}
			refusal.Wrongs = append(refusal.Wrongs, wrongAt("s-"+row.ID, wrong(c, "web.score", row.No, typed)))
			continue
		default:
			a.Score = &score
		}
		acts = append(acts, named(name, a))
	}
	return acts, refusal
}

// theoryAgain shows the scores that met another's beside it; the field holds the
// one that was typed, and is saved over the other when it is sent again.
func (s *Server) theoryAgain(c *gin.Context, v visitor, acts []training.Act, m met) error {
	page, err := s.theory(c, v)
	if err != nil {
		return err
	}
	page.Refusal = m.refusal
	for i, r := range m.results {
		if r.Result != training.ActConflict && r.Result != training.ActRefused {
			continue
		}
		for n := range page.Rows {
			row := &page.Rows[n]
			if row.ID != acts[i].Enrolment {
				continue
			}
			row.Typed = ""
			if acts[i].Score != nil {
				row.Typed = strconv.Itoa(*acts[i].Score)
			}
			if r.Result == training.ActConflict {
				page.Conflicts = append(page.Conflicts, staff.Conflict{Row: row.ID, Name: row.Name, Mine: orDash(row.Typed), Theirs: orDash(row.Place.Value), By: row.Place.By, At: row.Place.At})
			}
		}
	}
	return show(c, m.status, staff.TheoryPage(page))
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
