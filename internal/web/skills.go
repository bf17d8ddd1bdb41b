package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
)

// showSkills handles GET /t/classes/:id/skills.
func (s *Server) showSkills(c *gin.Context, v visitor) error {
	page, err := s.skills(c, v)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, staff.SkillsPage(page))
}

func (s *Server) skills(c *gin.Context, v visitor) (staff.Skills, error) {
	class, err := s.openClass(c, v, "skills")
	if err != nil {
		return staff.Skills{}, err
	}
	p := edge.Printer(c)
	class.head.Closed = class.closed(c, registry.RecordResults, s.today(c, class.View.Class.Base))
	page := staff.Skills{Class: class.head, None: len(class.Course.Skills.Items) == 0, Statement: p.T("staff.skills.statement")}
	for _, item := range class.Course.Skills.Items {
		page.Items = append(page.Items, staff.SkillItem{Code: item.Code, Text: p.Text(item.Text), Critical: item.Critical})
	}
	for _, m := range class.active() {
		row := staff.SkillsRow{ID: string(m.Enrolment.ID), Name: m.Enrolment.Name, No: m.Enrolment.Position}
		if a := m.Skills; a != nil {
			row.Marked, row.Passed, row.Bulk, row.Attempt, row.Items = true, a.Passed, a.Bulk, a.Attempt, a.Items
			row.CanRetake = retake(class.Course, a)
		} else {
			page.Unmarked++
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// passAllSkills handles POST /t/classes/:id/skills: everybody without a mark has
// passed, on the assessor's word.
func (s *Server) passAllSkills(c *gin.Context, v visitor) error {
	page, err := s.skills(c, v)
	if err != nil {
		return err
	}
	if c.PostForm("statement") == "" {
		page.Unticked = true
		page.Refusal = said(c, "web.statement")
		return show(c, http.StatusUnprocessableEntity, staff.SkillsPage(page))
	}
	yes := true
	var results []training.ResultInput
	for _, row := range page.Rows {
		if !row.Marked {
			results = append(results, training.ResultInput{Enrolment: registry.ID(row.ID), Kind: registry.Skills, Passed: &yes, Statement: page.Statement})
		}
	}
	if len(results) > 0 {
		if _, err := s.Training.RecordResults(c.Request.Context(), v.actor, registry.ID(page.ID), results); err != nil {
			return skillsRefused(c, page, err)
		}
	}
	s.flash(c, "good", "staff.flash.skills", len(results))
	return to(c, c.Request.URL.Path)
}

// recordSkills handles POST /t/classes/:id/skills/:enrolment: one person's sheet,
// item by item.
func (s *Server) recordSkills(c *gin.Context, v visitor) error {
	page, err := s.skills(c, v)
	if err != nil {
		return err
	}
	for i, row := range page.Rows {
		if row.ID != c.Param("enrolment") {
			continue
		}
		items := map[string]bool{}
		for _, item := range page.Items {
			items[item.Code] = false
		}
		for _, code := range c.PostFormArray("item") {
			items[code] = true
		}
		fresh := c.PostForm("retake") != "" && row.CanRetake && c.PostForm("seen") == strconv.Itoa(row.Attempt)
		if fresh || !sameItems(row, items) {
			in := training.ResultInput{Enrolment: registry.ID(row.ID), Kind: registry.Skills, Items: items, Retake: fresh}
			if _, err := s.Training.RecordResults(c.Request.Context(), v.actor, registry.ID(page.ID), []training.ResultInput{in}); err != nil {
				page.Rows[i].Open, page.Rows[i].Items = true, items
				return skillsRefused(c, page, err)
			}
		}
		s.flash(c, "good", "staff.flash.sheet", row.Name)
		return to(c, "/t/classes/"+page.ID+"/skills#p-"+row.ID)
	}
	return registry.Fail(registry.NotFound, "enrolment.unknown", c.Param("enrolment"))
}

// sameItems reports a sheet that stands in the record as it is. A bulk mark is
// never the same: looked at item by item, it is no bulk mark any more.
func sameItems(row staff.SkillsRow, items map[string]bool) bool {
	if !row.Marked || row.Bulk || len(row.Items) == 0 {
		return false
	}
	for code, passed := range items {
		if row.Items[code] != passed {
			return false
		}
	}
	return true
}

func skillsRefused(c *gin.Context, page staff.Skills, err error) error {
	refusal, status, err := refused(c, err)
	if err != nil {
		return err
	}
	page.Refusal = refusal
	return show(c, status, staff.SkillsPage(page))
}
