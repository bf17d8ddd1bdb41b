package web

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

func (s *Server) mountDocuments(e *gin.Engine) {
	get(e, "/t/classes/:id/documents", s.staff(func(c *gin.Context, v visitor) error {
		return s.showDocuments(c, v, nil, staff.SlipInput{Slip: c.Query("slip")})
	}))
	e.GET("/t/classes/:id/print.pdf", s.staff(s.printCertificates))
	e.GET("/t/classes/:id/certificates.zip", s.staff(s.zipCertificates))
	e.GET("/t/classes/:id/cards.pdf", s.staff(s.printCards))
	e.GET("/t/classes/:id/slips.pdf", s.staff(s.printSlips))
	e.GET("/t/classes/:id/slips-blank.pdf", s.staff(s.printBlankSlips))
	e.GET("/t/classes/:id/record.pdf", s.staff(s.printRecord))
	e.GET("/t/classes/:id/record-empty.pdf", s.staff(s.printEmptyRecord))
	e.POST("/t/classes/:id/slips", s.staff(s.makeSlips))
	e.POST("/t/classes/:id/slips/link", s.staff(s.linkSlip))
	e.POST("/t/classes/:id/slips/unlink", s.staff(s.unlinkSlip))
	e.POST("/t/classes/:id/slips/void", s.staff(s.voidSlip))
}

const pdfType = "application/pdf"

// showDocuments handles GET /t/classes/:id/documents, and shows the page again
// with what was typed and why it was refused.
func (s *Server) showDocuments(c *gin.Context, v visitor, refusal error, typed staff.SlipInput) error {
	status := http.StatusOK
	var told *staff.Refusal
	if refusal != nil {
		var err error
		if told, status, err = refused(c, refusal); err != nil {
			return err
		}
	}
	head, err := s.openClass(c, v, "documents")
	if err != nil {
		return err
	}
	class, err := s.Documents.Open(c.Request.Context(), v.actor, head.Class.ID)
	if err != nil {
		return err
	}
	page := staff.Documents{Class: head.head, Good: len(class.Good()), CanHand: head.can[registry.EnrolPerson], People: head.Active(), In: typed, Once: newOnce()}
	page.Refusal = told
	for _, k := range class.LeftOut() {
		page.LeftOut = append(page.LeftOut, staff.LeftOut{Number: string(k.Number), URL: certificateURL(k.Number), Status: class.Status(page.P, k)})
	}
	if field := fieldOf(refusal); field != "" && told != nil {
		page.Wrong = staff.Wrongs{field: {told.Message, told.Fix}}
	}
	if page.CanHand {
		if err := s.slips(c, v, head, &page); err != nil {
			return err
		}
	}
	return show(c, status, staff.DocumentsPage(page))
}

// slips fills what the page says about blank slips.
func (s *Server) slips(c *gin.Context, v visitor, class classPage, page *staff.Documents) error {
	ctx := c.Request.Context()
	list, err := s.Documents.Slips(ctx, v.actor, class.Class.ID)
	if err != nil {
		return err
	}
	names := map[registry.ID]string{}
	for _, m := range class.Members {
		names[m.Enrolment.ID] = m.Enrolment.Name
	}
	has := map[registry.ID]bool{}
	zone := s.zone(ctx, class.Class.Base)
	for _, slip := range list {
		row := staff.BlankSlip{Number: fmt.Sprintf("%03d", slip.Number), Void: !slip.VoidAt.IsZero()}
		if slip.Enrolment != "" {
			row.Name, row.When = names[slip.Enrolment], page.P.Time(slip.LinkedAt, zone)
			has[slip.Enrolment] = has[slip.Enrolment] || !row.Void
		}
		if slip.Free() {
			page.Free++
		}
		page.Slips = append(page.Slips, row)
	}
	page.Most = registry.MaxSlips - len(list)
	if closed := class.Class.Status; closed == registry.ClassCancelled || closed == registry.ClassArchived {
		page.Most = 0
	}
	if page.In.Count == "" {
		page.In.Count = strconv.Itoa(min(page.Most, 30))
	}
	page.Persons = []ui.Option{{Value: "", Label: page.P.T("documents.link.choose")}}
	for _, m := range class.Members {
		if m.Enrolment.Status == registry.Enrolled && !has[m.Enrolment.ID] {
			page.Persons = append(page.Persons, ui.Option{Value: string(m.Enrolment.ID), Label: strconv.Itoa(m.Enrolment.Position) + " · " + m.Enrolment.Name})
		}
	}
	return nil
}

// classFile opens the class for a file of it.
func (s *Server) classFile(c *gin.Context, v visitor) (*documents.Class, error) {
	return s.Documents.Open(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
}

// printCertificates handles GET /t/classes/:id/print.pdf.
func (s *Server) printCertificates(c *gin.Context, v visitor) error {
	class, err := s.classFile(c, v)
	if err == nil {
		err = class.HasCertificates()
	}
	if err != nil {
		return err
	}
	return edge.Stream(c, edge.File{Name: class.Code + "-print.pdf", Media: pdfType},
		func(w io.Writer) error { return class.WritePrint(c.Request.Context(), w, edge.Lang(c)) })
}

// printCards handles GET /t/classes/:id/cards.pdf.
func (s *Server) printCards(c *gin.Context, v visitor) error {
	class, err := s.classFile(c, v)
	if err == nil {
		err = class.HasCertificates()
	}
	if err != nil {
		return err
	}
	return edge.Stream(c, edge.File{Name: class.Code + "-cards.pdf", Media: pdfType},
		func(w io.Writer) error { return class.WriteCards(c.Request.Context(), w, edge.Lang(c)) })
}

// zipCertificates handles GET /t/classes/:id/certificates.zip.
func (s *Server) zipCertificates(c *gin.Context, v visitor) error {
	class, err := s.classFile(c, v)
	if err == nil {
		err = class.HasCertificates()
	}
	if err != nil {
		return err
	}
	return edge.Stream(c, edge.File{Name: class.Code + "-certificates.zip", Media: "application/zip"},
		func(w io.Writer) error { return class.WriteZIP(c.Request.Context(), w, edge.Lang(c)) })
}

// printSlips handles GET /t/classes/:id/slips.pdf.
func (s *Server) printSlips(c *gin.Context, v visitor) error {
	class, err := s.Documents.OpenSlips(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	return edge.Stream(c, edge.File{Name: class.Code + "-slips.pdf", Media: pdfType, Inline: true}, class.WriteSlips)
}

// printBlankSlips handles GET /t/classes/:id/slips-blank.pdf.
func (s *Server) printBlankSlips(c *gin.Context, v visitor) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	class, err := s.Documents.OpenSlips(ctx, v.actor, id)
	if err != nil {
		return err
	}
	list, err := s.Documents.Slips(ctx, v.actor, id)
	if err != nil {
		return err
	}
	return edge.Stream(c, edge.File{Name: class.Code + "-slips-blank.pdf", Media: pdfType, Inline: true},
		func(w io.Writer) error { return class.WriteBlankSlips(w, list) })
}

// printRecord handles GET /t/classes/:id/record.pdf.
func (s *Server) printRecord(c *gin.Context, v visitor) error {
	class, err := s.classFile(c, v)
	if err != nil {
		return err
	}
	return edge.Stream(c, edge.File{Name: class.Code + "-record.pdf", Media: pdfType, Inline: true},
		func(w io.Writer) error { return class.WriteRecord(c.Request.Context(), w, edge.Lang(c)) })
}

// printEmptyRecord handles GET /t/classes/:id/record-empty.pdf.
func (s *Server) printEmptyRecord(c *gin.Context, v visitor) error {
	class, err := s.classFile(c, v)
	if err != nil {
		return err
	}
	return edge.Stream(c, edge.File{Name: class.Code + "-record-empty.pdf", Media: pdfType, Inline: true},
		func(w io.Writer) error { return class.WriteEmptyRecord(w, edge.Lang(c)) })
}

// makeSlips handles POST /t/classes/:id/slips.
func (s *Server) makeSlips(c *gin.Context, v visitor) error {
	if err := parsed(c); err != nil {
		return err
	}
	id := registry.ID(c.Param("id"))
	typed := staff.SlipInput{Count: strings.TrimSpace(c.PostForm("count"))}
	n, _ := strconv.Atoi(typed.Count) // what is no number is refused as none
	place, err := s.once(c, v, func() (string, error) {
		_, err := s.Documents.MakeSlips(c.Request.Context(), v.actor, id, n)
		return "/t/classes/" + string(id) + "/documents#blank", err
	})
	if err != nil {
		return s.showDocuments(c, v, err, typed)
	}
	s.flash(c, ui.Good, "documents.flash.made", n)
	return to(c, place)
}

// linkSlip handles POST /t/classes/:id/slips/link.
func (s *Server) linkSlip(c *gin.Context, v visitor) error {
	return s.slipDeed(c, v, "documents.flash.linked", func(id registry.ID, typed *staff.SlipInput) (registry.Slip, error) {
		typed.Person = c.PostForm("enrolment")
		return s.Documents.LinkSlip(c.Request.Context(), v.actor, id, typed.Slip, registry.ID(typed.Person))
	})
}

// unlinkSlip handles POST /t/classes/:id/slips/unlink.
func (s *Server) unlinkSlip(c *gin.Context, v visitor) error {
	return s.slipDeed(c, v, "documents.flash.unlinked", func(id registry.ID, typed *staff.SlipInput) (registry.Slip, error) {
		typed.Unlink, typed.Slip = typed.Slip, ""
		typed.Reason = strings.TrimSpace(c.PostForm("reason-" + typed.Unlink))
		slip, err := s.Documents.UnlinkSlip(c.Request.Context(), v.actor, id, typed.Unlink, typed.Reason)
		if isCode(err, "slip.free") { // the form was sent twice
			err = nil
		}
		return slip, err
	})
}

// voidSlip handles POST /t/classes/:id/slips/void.
func (s *Server) voidSlip(c *gin.Context, v visitor) error {
	return s.slipDeed(c, v, "documents.flash.void", func(id registry.ID, typed *staff.SlipInput) (registry.Slip, error) {
		number := typed.Slip
		typed.Slip = ""
		return s.Documents.VoidSlip(c.Request.Context(), v.actor, id, number)
	})
}

func (s *Server) slipDeed(c *gin.Context, v visitor, flash string, do func(id registry.ID, typed *staff.SlipInput) (registry.Slip, error)) error {
	if err := parsed(c); err != nil {
		return err
	}
	id := registry.ID(c.Param("id"))
	typed := staff.SlipInput{Slip: strings.TrimSpace(c.PostForm("slip"))}
	slip, err := do(id, &typed)
	if err != nil {
		return s.showDocuments(c, v, err, typed)
	}
	number, name := fmt.Sprintf("%03d", slip.Number), ""
	if view, err := s.Training.Class(c.Request.Context(), v.actor, id); err == nil {
		for _, m := range view.Members {
			if m.Enrolment.ID == slip.Enrolment {
				name = m.Enrolment.Name
			}
		}
	}
	s.flash(c, ui.Good, flash, number, name)
	return to(c, "/t/classes/"+string(id)+"/documents#slip-"+number)
}
