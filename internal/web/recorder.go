package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
)

// mountRecorder adds what the recorder's pages need besides their forms: the
// place where a device sends its acts, stations, and the worker that opens the
// pages of a class without a network.
func (s *Server) mountRecorder(e *gin.Engine) {
	e.POST("/t/classes/:id/acts", s.staff(s.recordActs))
	e.POST("/t/classes/:id/undo", s.staff(s.undoAct))
	e.POST("/t/classes/:id/come", s.staff(s.enrolWhoCame))
	e.POST("/t/classes/:id/stations", s.staff(s.openStation))
	get(e, "/t/classes/:id/stations/:station", s.staff(s.showStation))
	e.POST("/t/classes/:id/stations/:station/close", s.staff(s.closeStation))
	get(e, "/t/worker.js", edge.Route(s.worker))
}

// worker handles GET /t/worker.js: the script that answers for the recorder
// where there is no network. Its place gives it /t/ and nothing else.
func (s *Server) worker(c *gin.Context) error {
	c.Header("Service-Worker-Allowed", "/t/")
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", assets.File("js/worker.js"))
	return nil
}

// recorderPage is a class with the record as its devices see it.
type recorderPage struct {
	classPage
	sheet training.Sheet
	rec   staff.Recorder
	today registry.Date
	now   time.Time
	zone  *time.Location
}

// openRecorder reads the class for a page on which something is recorded.
func (s *Server) openRecorder(c *gin.Context, v visitor, tab string, act registry.Action) (recorderPage, error) {
	class, err := s.openClass(c, v, tab)
	if err != nil {
		return recorderPage{}, err
	}
	page := recorderPage{classPage: class, now: s.Now(), today: s.today(c, class.View.Class.Base), zone: s.zone(c.Request.Context(), class.View.Class.Base)}
	page.head.Closed = class.closed(c, act, page.today)
	if page.sheet, err = s.Training.Sheet(c.Request.Context(), v.actor, class.View.Class.ID); err != nil {
		return page, err
	}
	p, now := edge.Printer(c), s.Now()
	page.rec = staff.Recorder{Once: newOnce(), Account: string(v.account.ID), Rendered: now.UnixMilli(), Saved: clock(now, page.zone), Zone: page.zone.String(), People: class.Active(), Keep: page.keep()}
	for _, m := range page.active() {
		if page.present(m) {
			page.rec.Present++
		}
	}
	page.rec.Waiting = len(class.View.Unconfirmed())
	for _, b := range page.sheet.Bulk {
		page.rec.Bulk = append(page.rec.Bulk, staff.BulkLine{ID: b.ID, Text: p.T("recorder.bulk."+string(b.Kind), b.Count, b.By, page.at(b.At))})
	}
	return page, nil
}

// clock is the hour and minute alone, for a line that is always there.
func clock(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04") }

// keep lists the addresses that the class needs without a network.
func (p recorderPage) keep() []string {
	base := "/t/classes/" + string(p.View.Class.ID)
	list := []string{base + "/attendance"}
	if p.Course.PassMark > 0 {
		list = append(list, base+"/theory")
	}
	if len(p.Course.Skills.Items) > 0 {
		list = append(list, base+"/skills")
	}
	for _, st := range p.sheet.Stations {
		if st.Open() {
			list = append(list, base+"/stations/"+string(st.ID))
		}
	}
	return list
}

// present tells whether somebody was there in every session that has begun; who
// came late was there.
func (p recorderPage) present(m training.Member) bool {
	begun := false
	for _, each := range p.View.Class.Sessions {
		if p.View.Class.Began(each, p.now, p.zone) != nil {
			continue
		}
		begun = true
		if v := p.cell("a", m, string(each.ID)).Value; v == "" || v == string(registry.Absent) {
			return false
		}
	}
	return begun
}

func (p recorderPage) absent(m training.Member) bool {
	for _, each := range p.View.Class.Sessions {
		if p.cell("a", m, string(each.ID)).Value == string(registry.Absent) {
			return true
		}
	}
	return false
}

func (p recorderPage) cell(kind string, m training.Member, rest string) training.Cell {
	return p.sheet.Cells[kind+":"+string(m.Enrolment.ID)+":"+rest]
}

// place is a place of the record as a page shows it.
func (p recorderPage) place(kind string, m training.Member, rest string) staff.Place {
	cell := p.cell(kind, m, rest)
	out := staff.Place{Key: kind + ":" + string(m.Enrolment.ID) + ":" + rest, Seen: cell.Seen, Value: cell.Value, Minutes: cell.Minutes, Attempt: cell.Attempt, Bulk: cell.Bulk}
	if cell.Value != "" {
		out.By, out.At = cell.By, p.at(cell.At)
	}
	return out
}

// at is a time of the day, with its date where that is not today.
func (p recorderPage) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if registry.DateOf(t.In(p.zone)) == p.today {
		return clock(t, p.zone)
	}
	return t.In(p.zone).Format("2006-01-02 15:04")
}

type actsBody struct {
	Acts []training.Act `json:"acts"`
}

type actsAnswer struct {
	Results []training.ActResult `json:"results"`
	At      int64                `json:"at"`    // milliseconds since 1970, by the server's clock
	Saved   string               `json:"saved"` // the same, as a time of the day at the base
}

// recordActs handles POST /t/classes/:id/acts: what a device did, as JSON, each
// act done once however often it is sent.
func (s *Server) recordActs(c *gin.Context, v visitor) error {
	var body actsBody
	d := json.NewDecoder(c.Request.Body)
	if err := d.Decode(&body); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return registry.Fail(registry.Invalid, "request.json")
	}
	id := registry.ID(c.Param("id"))
	results, err := s.Training.Record(c.Request.Context(), v.actor, id, body.Acts)
	if err != nil {
		return err
	}
	p := edge.Printer(c)
	for i := range results {
		if r := results[i].Refusal; r != nil {
			results[i].Message, results[i].Fix = p.Error(r)
		}
	}
	now := s.Now()
	c.JSON(http.StatusOK, actsAnswer{Results: results, At: now.UnixMilli(), Saved: clock(now, s.classZone(c, v, id))})
	return nil
}

// classZone is where the class is held; UTC where that cannot be told.
func (s *Server) classZone(c *gin.Context, v visitor, id registry.ID) *time.Location {
	view, err := s.Training.Class(c.Request.Context(), v.actor, id)
	if err != nil {
		return time.UTC
	}
	return s.zone(c.Request.Context(), view.Class.Base)
}

// formName names the forms of one page, or makes a name where the form has none.
func formName(c *gin.Context) string {
	if name := c.PostForm("once"); len(name) >= 8 && len(name) <= 40 && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return name
	}
	return newOnce()
}

// named gives the act of a form its name: the form sent again is the same act,
// the form sent with something else in it another.
func named(form string, a training.Act) training.Act {
	a.ID = ""
	b, _ := json.Marshal(a) // plain values alone
	sum := sha256.Sum256(b)
	a.ID = form + "-" + hex.EncodeToString(sum[:8])
	return a
}

// act does one act of a form. What is refused comes back as an error.
func (s *Server) act(ctx context.Context, v visitor, class registry.ID, a training.Act) (training.ActResult, error) {
	results, err := s.Training.Record(ctx, v.actor, class, []training.Act{a})
	if err != nil {
		return training.ActResult{}, err
	}
	if results[0].Result == training.ActRefused {
		return results[0], results[0].Refusal
	}
	return results[0], nil
}

// undoAct handles POST /t/classes/:id/undo.
func (s *Server) undoAct(c *gin.Context, v visitor) error {
	id, back := registry.ID(c.Param("id")), "attendance"
	if c.PostForm("back") == "skills" {
		back = "skills"
	}
	out, err := s.act(c.Request.Context(), v, id, named(formName(c), training.Act{Kind: training.ActUndo, Undoes: c.PostForm("act")}))
	if err != nil {
		return err
	}
	s.flash(c, "good", "recorder.flash.undone", out.Count, out.Left)
	return to(c, "/t/classes/"+string(id)+"/"+back)
}

// enrolWhoCame handles POST /t/classes/:id/come.
func (s *Server) enrolWhoCame(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	form := staff.AddForm{Name: strings.TrimSpace(c.PostForm("name")), ID: strings.TrimSpace(c.PostForm("id")), Slip: strings.TrimSpace(c.PostForm("slip"))}
	a := named(formName(c), training.Act{Kind: training.ActEnrol, Name: form.Name, IDNumber: form.ID, Slip: form.Slip})
	out, err := s.act(c.Request.Context(), v, id, a)
	if err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		page, err := s.attendance(c, v)
		if err != nil {
			return err
		}
		form.Wrong = staff.Wrongs{first(fieldOf(out.Refusal), "name"): [2]string{refusal.Message, refusal.Fix}}
		page.Add, page.Refusal = form, refusal
		return show(c, status, staff.AttendancePage(page))
	}
	if out.Refusal != nil {
		message, _ := edge.Printer(c).Error(out.Refusal)
		s.flash(c, "warn", "recorder.flash.slip", form.Name, message)
	} else {
		s.flash(c, "good", "staff.flash.enrolled", form.Name)
	}
	return to(c, "/t/classes/"+string(id)+"/attendance#p-"+string(out.Enrolment))
}

// was is what a form saw in a place: seen, value and minutes.
func was(text string) (seen, value string, minutes int) {
	parts := strings.SplitN(text, "|", 3)
	if len(parts) < 3 {
		return "", "", 0
	}
	minutes, _ = strconv.Atoi(parts[2]) // blank is none
	return parts[0], parts[1], minutes
}
