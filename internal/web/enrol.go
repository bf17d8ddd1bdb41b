package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
)

// enrolPerson handles POST /t/classes/:id/enrolments: one person, read by the
// rules of a roster file. A name that was cleaned, or about which there is a
// doubt, is shown as it will be printed before it is taken.
func (s *Server) enrolPerson(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	form := personForm(c)
	if form.Name == "" {
		form.Wrong = staff.Wrongs{"name": wrong(c, "name.empty")}
		return s.personAgain(c, v, form)
	}
	roster, err := s.Training.ReadRows(ctx, v.actor, id, []map[string]string{fields(form)})
	if err != nil {
		return s.rosterRefused(c, v, form, err)
	}
	row := roster.Rows[0]
	form.Wrong, form.Doubts = judge(c, row)
	if len(form.Wrong) > 0 {
		return s.personAgain(c, v, form)
	}
	if row.Name != strings.TrimSpace(form.Name) && c.PostForm("agreed") != row.Name || len(form.Doubts) > 0 && c.PostForm("agreed") == "" {
		form.Preview = row.Name
		return s.personAgain(c, v, form)
	}
	report, _, err := s.Training.Enrol(ctx, v.actor, id, roster.Rows, training.EnrolOptions{Source: "manual"})
	if err != nil {
		return s.rosterRefused(c, v, form, err)
	}
	if report.Rejected > 0 {
		row.Faults = report.Faults
		form.Wrong, form.Doubts = judge(c, row)
		return s.personAgain(c, v, form)
	}
	if report.Enrolled == 0 {
		s.flash(c, "info", "staff.flash.unchanged", row.Name)
	} else {
		s.flash(c, "good", "staff.flash.enrolled", row.Name)
	}
	return to(c, "/t/classes/"+string(id))
}

func personForm(c *gin.Context) staff.PersonForm {
	get := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	return staff.PersonForm{Name: get("name"), Latin: get("latin_name"), IDType: get("id_type"), ID: get("id"), Birth: get("birth_date"),
		Phone: get("phone"), Org: get("organization")}
}

// fields are the form as a row of a roster.
func fields(f staff.PersonForm) map[string]string {
	row := map[string]string{}
	for field, value := range map[intake.Field]string{intake.FieldName: f.Name, intake.FieldLatinName: f.Latin, intake.FieldIDType: f.IDType, intake.FieldID: f.ID,
		intake.FieldBirthDate: f.Birth, intake.FieldPhone: f.Phone, intake.FieldOrg: f.Org} {
		if value != "" || field == intake.FieldName {
			row[string(field)] = value
		}
	}
	return row
}

// judge sorts the faults of a row: errors by field, doubts in words.
func judge(c *gin.Context, row intake.Row) (staff.Wrongs, []string) {
	p := edge.Printer(c)
	wrongs, doubts := staff.Wrongs{}, []string(nil)
	for _, f := range row.Faults {
		message, fix := p.Fault(f)
		if f.Warn {
			doubts = append(doubts, message)
			continue
		}
		field := f.Field
		if field == "" {
			field = "name"
		}
		wrongs[field] = [2]string{message, fix}
	}
	return wrongs, doubts
}

func (s *Server) personAgain(c *gin.Context, v visitor, form staff.PersonForm) error {
	page, err := s.roster(c, v)
	if err != nil {
		return err
	}
	form.IDTypes = page.Person.IDTypes
	page.Person = form
	status := http.StatusOK
	if len(form.Wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return show(c, status, staff.RosterPage(page))
}
