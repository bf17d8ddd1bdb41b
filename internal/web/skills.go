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

// showSkills handles GET /t/classes/:id/skills.
func (s *Server) showSkills(c *gin.Context, v visitor) error {
	page, err := s.skills(c, v, "")
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.SkillsPage(page))
}

// showStation handles GET /t/classes/:id/stations/:station.
func (s *Server) showStation(c *gin.Context, v visitor) error {
	page, err := s.skills(c, v, registry.ID(c.Param("station")))
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.SkillsPage(page))
}

// skills is the whole sheet of everybody, or the items of one station.
func (s *Server) skills(c *gin.Context, v visitor, station registry.ID) (staff.Skills, error) {
	rec, err := s.openRecorder(c, v, "skills", registry.RecordResults)
	if err != nil {
		return staff.Skills{}, err
	}
	p := edge.Printer(c)
	page := staff.Skills{Class: rec.head, Recorder: rec.rec, None: len(rec.Course.Skills.Items) == 0, Statement: p.T("staff.skills.statement"), CanOpen: rec.head.Closed == ""}
	page.DoneKey, page.Bulk = "recorder.assessed", bulkOf(rec, training.ActAllPassed)
	for _, item := range rec.Course.Skills.Items {
		page.All = append(page.All, staff.SkillItem{Code: item.Code, Text: p.Text(item.Text), Critical: item.Critical})
	}
	page.Items, page.Others = page.All, strconv.Itoa(rec.Course.Skills.OthersPass)
	for _, st := range rec.sheet.Stations {
		head := stationHead(rec, page.All, st)
		if st.ID == station {
			page.Station, page.Others = &head, ""
			page.Items = slices.DeleteFunc(slices.Clone(page.All), func(i staff.SkillItem) bool { return !slices.Contains(st.Items, i.Code) })
		}
		page.Stations = append(page.Stations, head)
	}
	if station != "" && page.Station == nil {
		return page, registry.Fail(registry.NotFound, "station.unknown", station)
	}
	for _, m := range rec.active() {
		row := skillsRow(rec, page.Items, m)
		if row.Marked {
			page.Done++
		}
		if state := rec.sheet.Attempts[m.Enrolment.ID]; state.Attempt == 0 || !state.Open && m.Skills == nil {
			page.Unmarked++
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func stationHead(rec recorderPage, items []staff.SkillItem, st training.StationView) staff.StationHead {
	var texts []string
	for _, item := range items {
		if slices.Contains(st.Items, item.Code) {
			texts = append(texts, item.Text)
		}
	}
	head := staff.StationHead{ID: string(st.ID), Name: st.Station.Name, Assessor: st.Name, Items: strings.Join(texts, " · "), Opened: rec.at(st.OpenedAt), Open: st.Open(), Done: st.Done}
	if head.Name == "" {
		head.Name = texts[0]
		if len(texts) > 1 {
			head.Name += " +" + strconv.Itoa(len(texts)-1)
		}
	}
	return head
}

// skillsRow is one person with the marks of the items.
func skillsRow(rec recorderPage, items []staff.SkillItem, m training.Member) staff.SkillsRow {
	state := rec.sheet.Attempts[m.Enrolment.ID]
	row := staff.SkillsRow{ID: string(m.Enrolment.ID), Name: m.Enrolment.Name, No: m.Enrolment.Position, Attempt: max(1, state.Attempt), CanRetake: state.Again,
		Passed: true, Absent: rec.absent(m)}
	var last training.Cell
	for _, item := range items {
		p := rec.place("s", m, item.Code)
		row.Places = append(row.Places, p)
		if p.Value != "" {
			row.Partly++
		}
		row.Passed, row.Bulk = row.Passed && p.Value == "pass", row.Bulk || p.Bulk
		if cell := rec.cell("s", m, item.Code); cell.At.After(last.At) {
			last = cell
		}
	}
	row.Marked = row.Partly == len(items)
	if m.Skills != nil && len(items) == len(rec.Course.Skills.Items) {
		row.Passed = m.Skills.Passed // the sheet's own rule: some items may be missed
	}
	if last.By != "" {
		row.Last = rec.at(last.At) + " · " + last.By
	}
	return row
}

// passAllSkills handles POST /t/classes/:id/skills: everybody without a mark has
// passed, on the assessor's word.
func (s *Server) passAllSkills(c *gin.Context, v visitor) error {
	page, err := s.skills(c, v, "")
	if err != nil {
		return err
	}
	if c.PostForm("statement") == "" {
		page.Unticked = true
		page.Refusal = said(c, "web.statement")
		return show(c, http.StatusUnprocessableEntity, staff.SkillsPage(page))
	}
	out, err := s.act(c.Request.Context(), v, registry.ID(page.ID), named(formName(c), training.Act{Kind: training.ActAllPassed, Statement: page.Statement}))
	if err != nil {
		return skillsRefused(c, page, err)
	}
	if out.Again {
		out.Count = 0
	}
	s.flash(c, "good", "staff.flash.skills", out.Count)
	return to(c, c.Request.URL.Path)
}

// recordSkills handles POST /t/classes/:id/skills/:enrolment: one person's items,
// all at once by ✓ and ✕ or one by one.
func (s *Server) recordSkills(c *gin.Context, v visitor) error {
	station := registry.ID(c.PostForm("station"))
	page, err := s.skills(c, v, station)
	if err != nil {
		return err
	}
	back := "/t/classes/" + page.ID + "/skills"
	if station != "" {
		back = "/t/classes/" + page.ID + "/stations/" + string(station)
	}
	i := slices.IndexFunc(page.Rows, func(r staff.SkillsRow) bool { return r.ID == c.Param("enrolment") })
	if i < 0 {
		return registry.Fail(registry.NotFound, "enrolment.unknown", c.Param("enrolment"))
	}
	row := &page.Rows[i]
	if c.PostForm("do") == "fail" && len(page.Items) > 1 { // which of them?
		row.Open = true
		return show(c, http.StatusOK, staff.SkillsPage(page))
	}
	acts := skillsActs(c, page, *row, station)
	for _, a := range acts {
		out, err := s.act(c.Request.Context(), v, registry.ID(page.ID), a)
		if err != nil {
			row.Open = true
			return skillsRefused(c, page, err)
		}
		if out.Result == training.ActConflict {
			return s.skillsConflict(c, v, station, a)
		}
	}
	s.flash(c, "good", "staff.flash.sheet", row.Name)
	return to(c, back+"#p-"+row.ID)
}

// skillsActs reads what the form marks, and what it takes back.
func skillsActs(c *gin.Context, page staff.Skills, row staff.SkillsRow, station registry.ID) []training.Act {
	name, do := formName(c), c.PostForm("do")
	attempt, _ := strconv.Atoi(c.PostForm("attempt")) // none: the current one
	again := c.PostForm("retake") != ""
	if again {
		attempt++
	}
	mark := training.Act{Kind: training.ActSkills, Enrolment: row.ID, Attempt: attempt, Station: station, Note: strings.TrimSpace(c.PostForm("note")),
		Items: map[string]bool{}, Seen: map[string]string{}}
	clear := mark
	clear.Clear, clear.Items, clear.Seen = true, map[string]bool{}, map[string]string{}
	for _, item := range page.Items {
		seen, value, _ := was(c.PostForm("w-" + item.Code))
		chosen := c.PostForm("i-" + item.Code)
		if do == "pass" || do == "fail" {
			chosen = do
		}
		if again {
			seen, value = "", ""
		}
		switch {
		case chosen != "" && (chosen != value || do == "pass"):
			mark.Items[item.Code], mark.Seen[item.Code] = chosen == "pass", seen
		case chosen == "" && value != "":
			clear.Items[item.Code], clear.Seen[item.Code] = false, seen
		}
	}
	var acts []training.Act
	for _, a := range []training.Act{mark, clear} {
		if len(a.Items) > 0 {
			acts = append(acts, named(name, a))
		}
	}
	return acts
}

// skillsConflict shows what somebody else marked beside what was to be marked.
func (s *Server) skillsConflict(c *gin.Context, v visitor, station registry.ID, a training.Act) error {
	page, err := s.skills(c, v, station)
	if err != nil {
		return err
	}
	words := map[string]string{"pass": text(c, "recorder.item.pass"), "fail": text(c, "recorder.item.fail"), "": text(c, "recorder.item.none")}
	for i := range page.Rows {
		row := &page.Rows[i]
		if row.ID != a.Enrolment {
			continue
		}
		row.Open = true
		for n, item := range page.Items {
			passed, marked := a.Items[item.Code]
			mine := map[bool]string{true: "pass", false: "fail"}[passed]
			if a.Clear {
				mine = ""
			}
			if p := &row.Places[n]; marked && p.Value != mine {
				page.Conflicts = append(page.Conflicts, staff.Conflict{Row: row.ID, Name: row.Name + ", " + item.Text, Mine: words[mine], Theirs: words[p.Value], By: p.By, At: p.At})
				p.Chosen = mine
			}
		}
	}
	return show(c, http.StatusConflict, staff.SkillsPage(page))
}

// openStation handles POST /t/classes/:id/stations.
func (s *Server) openStation(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	place, err := s.once(c, v, func() (string, error) {
		st, err := s.Training.OpenStation(c.Request.Context(), v.actor, id, c.PostForm("station"), c.PostFormArray("item"))
		return "/t/classes/" + string(id) + "/stations/" + string(st.ID), err
	})
	if err != nil {
		page, fault := s.skills(c, v, "")
		if fault != nil {
			return fault
		}
		page.NewName = c.PostForm("station")
		return skillsRefused(c, page, err)
	}
	return to(c, place)
}

// closeStation handles POST /t/classes/:id/stations/:station/close.
func (s *Server) closeStation(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	if err := s.Training.CloseStation(c.Request.Context(), v.actor, id, registry.ID(c.Param("station"))); err != nil {
		return err
	}
	s.flash(c, "good", "recorder.flash.closed")
	return to(c, "/t/classes/"+string(id)+"/skills")
}

func skillsRefused(c *gin.Context, page staff.Skills, err error) error {
	refusal, status, err := refused(c, err)
	if err != nil {
		return err
	}
	page.Refusal = refusal
	return show(c, status, staff.SkillsPage(page))
}
