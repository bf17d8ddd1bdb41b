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
	class, err := s.openClass(c, v, "attendance")
	if err != nil {
		return staff.Attendance{}, err
	}
	class.head.Closed = class.closed(c, registry.RecordAttendance, s.today(c, class.View.Class.Base))
	page := staff.Attendance{Class: class.head}
	for _, each := range class.View.Class.Sessions {
		page.Sessions = append(page.Sessions, staff.SessionHead{ID: string(each.ID), Label: sessionLabel(c, each, len(class.View.Class.Dates()) > 1), Minutes: each.Minutes})
	}
	for _, m := range class.active() {
		row := staff.AttendanceRow{ID: string(m.Enrolment.ID), Name: m.Enrolment.Name, No: m.Enrolment.Position}
		for _, each := range class.View.Class.Sessions {
			row.Marks = append(row.Marks, markOf(m, each.ID))
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// sessionLabel heads a column: what is taught, and when.
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

func markOf(m training.Member, session registry.ID) staff.PresenceMark {
	for _, a := range m.Attendance {
		if a.Session != session {
			continue
		}
		mark := staff.PresenceMark{State: a.State}
		if a.State == registry.Late || a.State == registry.LeftEarly {
			mark.Minutes = strconv.Itoa(a.Minutes)
		}
		return mark
	}
	return staff.PresenceMark{}
}

// recordAttendance handles POST /t/classes/:id/attendance: everybody without a
// mark is present, or the marks as they stand in the form.
func (s *Server) recordAttendance(c *gin.Context, v visitor) error {
	class, err := s.openClass(c, v, "attendance")
	if err != nil {
		return err
	}
	var marks []training.AttendanceInput
	for _, m := range class.active() {
		for _, each := range class.View.Class.Sessions {
			mark, ok := s.presence(c, m, each)
			if ok {
				marks = append(marks, mark)
			}
		}
	}
	if len(marks) > 0 {
		if _, err := s.Training.RecordAttendance(c.Request.Context(), v.actor, class.View.Class.ID, marks); err != nil {
			return s.attendanceRefused(c, v, err)
		}
	}
	s.flash(c, "good", "staff.flash.attendance", len(marks))
	return to(c, c.Request.URL.Path)
}

// presence is the mark that the form gives one person in one session; false for
// one that changes nothing.
func (s *Server) presence(c *gin.Context, m training.Member, each registry.Session) (training.AttendanceInput, bool) {
	old := markOf(m, each.ID)
	in := training.AttendanceInput{Enrolment: m.Enrolment.ID, Session: each.ID, State: registry.Present}
	if c.PostForm("do") == "all" {
		return in, old.State == ""
	}
	place := string(m.Enrolment.ID) + "-" + string(each.ID)
	in.State = registry.Presence(c.PostForm("a-" + place))
	if in.State == "" {
		return in, false // blank is not absent
	}
	minutes := strings.TrimSpace(c.PostForm("m-" + place))
	in.Minutes, _ = strconv.Atoi(minutes) // what is no number counts as nothing attended, and shows
	changed := in.State != old.State || (in.State == registry.Late || in.State == registry.LeftEarly) && minutes != old.Minutes
	return in, changed
}

func (s *Server) attendanceRefused(c *gin.Context, v visitor, err error) error {
	refusal, status, err := refused(c, err)
	if err != nil {
		return err
	}
	page, err := s.attendance(c, v)
	if err != nil {
		return err
	}
	page.Refusal = refusal
	return show(c, status, staff.AttendancePage(page))
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
	class, err := s.openClass(c, v, "theory")
	if err != nil {
		return staff.Theory{}, err
	}
	class.head.Closed = class.closed(c, registry.RecordResults, s.today(c, class.View.Class.Base))
	page := staff.Theory{Class: class.head, None: class.Course.PassMark == 0, PassMark: class.Course.PassMark, Attempts: class.Course.MaxAttempts, Wrong: map[string]bool{}}
	for _, m := range class.active() {
		row := staff.TheoryRow{ID: string(m.Enrolment.ID), Name: m.Enrolment.Name, No: m.Enrolment.Position}
		if t := m.Theory; t != nil {
			row.Score, row.Passed, row.Attempt = strconv.Itoa(t.Score), t.Passed, t.Attempt
			row.Typed, row.CanRetake = row.Score, retake(class.Course, t)
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// retake tells whether a failed attempt may be followed by another.
func retake(course registry.Course, last *registry.Assessment) bool {
	return last != nil && !last.Passed && (course.MaxAttempts == 0 || last.Attempt < course.MaxAttempts)
}

// recordTheory handles POST /t/classes/:id/theory. Only what differs from the
// record is written, so the same form sent twice adds nothing; one bad score
// keeps no other from being seen, and all come back as typed.
func (s *Server) recordTheory(c *gin.Context, v visitor) error {
	page, err := s.theory(c, v)
	if err != nil {
		return err
	}
	results, refusal := theoryResults(c, &page)
	if refusal != nil {
		page.Refusal = refusal
		return show(c, http.StatusUnprocessableEntity, staff.TheoryPage(page))
	}
	if len(results) > 0 {
		if _, err := s.Training.RecordResults(c.Request.Context(), v.actor, registry.ID(page.ID), results); err != nil {
			said, status, fault := refused(c, err)
			if fault != nil {
				return fault
			}
			page.Refusal = said
			return show(c, status, staff.TheoryPage(page))
		}
	}
	s.flash(c, "good", "staff.flash.scores", len(results))
	return to(c, c.Request.URL.Path)
}

// theoryResults reads the scores that were typed.
func theoryResults(c *gin.Context, page *staff.Theory) (results []training.ResultInput, refusal *staff.Refusal) {
	for i := range page.Rows {
		row := &page.Rows[i]
		typed, sent := c.GetPostForm("s-" + row.ID)
		typed = strings.TrimSpace(typed)
		if !sent || typed == "" {
			continue
		}
		row.Typed, row.Retake = typed, c.PostForm("r-"+row.ID) != ""
		score, err := strconv.Atoi(typed)
		if err != nil || score < 0 || score > 100 {
			page.Wrong[row.ID] = true
			w := wrong(c, "web.score", row.No, typed)
			if refusal == nil {
				refusal = &staff.Refusal{Message: text(c, "page.error.summary")}
			}
			refusal.Wrongs = append(refusal.Wrongs, wrongAt("s-"+row.ID, w))
			continue
		}
		// A re-test is one only beside the attempt that it follows: sent again, the
		// form finds that attempt outdated.
		fresh := row.Retake && row.CanRetake && c.PostForm("n-"+row.ID) == strconv.Itoa(row.Attempt)
		if typed == row.Score && !fresh {
			continue
		}
		results = append(results, training.ResultInput{Enrolment: registry.ID(row.ID), Kind: registry.Theory, Score: &score, Retake: fresh})
	}
	return results, refusal
}
