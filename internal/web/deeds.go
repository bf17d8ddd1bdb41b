package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// deedForm reads a form about a certificate.
func deedForm(c *gin.Context, deed string) (staff.DeedInput, registry.Number, error) {
	if err := parsed(c); err != nil {
		return staff.DeedInput{}, "", err
	}
	n, err := registry.ParseNumber(c.Param("number"))
	if err != nil {
		return staff.DeedInput{}, "", registry.Fail(registry.NotFound, "credential.unknown", "")
	}
	field := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	if deed == "revoke" && field("reason") == registry.HolderRemoved {
		return staff.DeedInput{Deed: "erase", Note: field("erase_note"), Reason: registry.HolderRemoved, Typed: field("erase_typed"), Alone: field("alone")}, n, nil
	}
	return staff.DeedInput{Deed: deed, Note: field(deed + "_note"), Reason: field("reason"), Typed: field("typed"), Name: field("name"),
		Latin: field("latin_name"), Last4: field("id_last4"), CorrectReason: field("correct_reason")}, n, nil
}

// suspendCertificate handles POST /registry/credentials/:number/suspend.
func (s *Server) suspendCertificate(c *gin.Context, v visitor) error {
	typed, n, err := deedForm(c, "suspend")
	if err != nil {
		return err
	}
	_, err = s.Lifecycle.Suspend(c.Request.Context(), v.actor, n, registry.SuspendReasons[0], typed.Note)
	return s.changed(c, v, typed, n, err, registry.StateSuspended, "credentials.flash.suspended")
}

// reinstateCertificate handles POST /registry/credentials/:number/reinstate.
func (s *Server) reinstateCertificate(c *gin.Context, v visitor) error {
	typed, n, err := deedForm(c, "reinstate")
	if err != nil {
		return err
	}
	_, err = s.Lifecycle.Reinstate(c.Request.Context(), v.actor, n, typed.Note)
	return s.changed(c, v, typed, n, err, registry.StateIssued, "credentials.flash.reinstated")
}

// changed leads to the page of the certificate after a deed. One that the same
// person has done a moment ago, and that is refused for that, is done.
func (s *Server) changed(c *gin.Context, v visitor, typed staff.DeedInput, n registry.Number, err error, state registry.State, key string) error {
	switch {
	case errors.Is(err, registry.Conflict) && s.didAlready(c, v, state):
		return to(c, certificateURL(n))
	case err != nil:
		return s.showCertificate(c, v, typed, err)
	}
	s.flash(c, ui.Good, key)
	return to(c, certificateURL(n))
}

// didAlready reports that the newest decision about the certificate is this one,
// by the same person.
func (s *Server) didAlready(c *gin.Context, v visitor, state registry.State) bool {
	cred, events, err := s.certificateOf(c, v)
	if err != nil || cred.State != state || len(events) == 0 {
		return false
	}
	last := events[len(events)-1]
	return last.To == state && (last.By == v.account.ID || last.Second == v.account.ID)
}

// revokeCertificate handles POST /registry/credentials/:number/revoke: it asks
// for a revocation or, with the request that its form names, grants that one.
func (s *Server) revokeCertificate(c *gin.Context, v visitor) error {
	typed, n, err := deedForm(c, "revoke")
	if err != nil {
		return err
	}
	cred, _, err := s.certificateOf(c, v)
	if err != nil {
		return err
	}
	open, err := s.openRequest(c, cred)
	if err != nil {
		return err
	}
	asked := c.PostForm("asked")
	switch {
	case asked == "" && open != nil && open.By == v.account.ID && open.Reason == typed.Reason, // the form was sent twice
		asked != "" && open == nil && s.didAlready(c, v, registry.StateRevoked):
		return to(c, certificateURL(n))
	case open != nil && asked != string(open.ID), open == nil && asked != "":
		// Somebody asked, or decided, since the page was opened: what would be done is not what was read.
		return s.showCertificate(c, v, typed, registry.Fail(registry.Stale, "credential.stale", n))
	}
	if t, err := registry.ParseNumber(typed.Typed); err != nil || t != n {
		return s.showCertificate(c, v, typed, registry.FailField(registry.Invalid, map[bool]string{true: "erase_typed", false: "typed"}[typed.Deed == "erase"], "web.number"))
	}
	out, err := s.askOrGrant(c, v, typed, n, open)
	if err != nil {
		return s.showCertificate(c, v, typed, reasonFault(err, typed.Reason))
	}
	switch {
	case out.Erased != nil:
		s.flash(c, ui.Good, "erasure.flash.done")
	case out.Done:
		s.flash(c, ui.Good, "credentials.flash.revoked")
	case out.Request.Reason == registry.HolderRemoved:
		s.flash(c, ui.Info, "erasure.flash.asked")
	default:
		s.flash(c, ui.Info, "credentials.flash.asked")
	}
	return to(c, certificateURL(n))
}

// askOrGrant asks for what the form says, or grants what was asked for.
func (s *Server) askOrGrant(c *gin.Context, v visitor, typed staff.DeedInput, n registry.Number, open *store.RevocationRequest) (lifecycle.Revocation, error) {
	reason, alone := typed.Reason, typed.Alone != ""
	if open != nil {
		reason, alone = open.Reason, open.Alone
	}
	if reason == registry.HolderRemoved {
		return s.Lifecycle.Erase(c.Request.Context(), v.actor, n, alone, typed.Note)
	}
	return s.Lifecycle.Revoke(c.Request.Context(), v.actor, n, reason, typed.Note)
}

// reasonFault asks for a reason where none was chosen; the service would name
// codes that no page shows.
func reasonFault(err error, reason string) error {
	if reason == "" && isCode(err, "credential.reason") {
		return registry.FailField(registry.Invalid, "reason", "reason.needed")
	}
	return err
}

func (s *Server) openRequest(c *gin.Context, cred registry.Credential) (*store.RevocationRequest, error) {
	ctx := c.Request.Context()
	var open []store.RevocationRequest
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) { open, err = tx.OpenRevocationRequests(ctx, cred.ID); return err })
	if err != nil || len(open) == 0 {
		return nil, err
	}
	return &open[0], nil
}

// correctCertificate handles POST /registry/credentials/:number/correct: first
// the corrected name is shown as it will be printed, then it is issued.
func (s *Server) correctCertificate(c *gin.Context, v visitor) error {
	typed, n, err := deedForm(c, "correct")
	if err != nil {
		return err
	}
	switch c.PostForm("step") {
	case "issue":
		return s.reissue(c, v, typed, n)
	case "edit":
		return s.showCertificate(c, v, typed, nil)
	}
	return s.previewCorrection(c, v, typed)
}

func (s *Server) previewCorrection(c *gin.Context, v visitor, typed staff.DeedInput) error {
	name, faults := registry.CleanName(typed.Name)
	for _, f := range faults {
		if !f.Warn {
			return s.showCertificate(c, v, typed, &registry.Error{Kind: registry.Invalid, Code: f.Code, Field: "name", Args: f.Args})
		}
	}
	if s.Training.Uncovered != nil {
		if missing := s.Training.Uncovered(name + typed.Latin); len(missing) > 0 {
			return s.showCertificate(c, v, typed, registry.FailField(registry.Invalid, "name", "name.glyph", string(missing[0])))
		}
	}
	if typed.CorrectReason == "" {
		return s.showCertificate(c, v, typed, registry.FailField(registry.Invalid, "correct_reason", "reason.needed"))
	}
	frame := s.frame(c, v, "/registry/credentials")
	d, err := s.dossierOf(c, v, frame)
	if err != nil {
		return err
	}
	page := s.certificate(v, frame, d)
	if !page.CanCorrect {
		return s.showCertificate(c, v, typed, s.cannotCorrect(page, d))
	}
	page.In = typed
	page.In.Deed = "" // its form stays folded below the preview
	page.Preview = &staff.Correction{Name: name, Latin: typed.Latin, Last4: typed.Last4}
	for _, f := range faults {
		message, _ := frame.P.Fault(f)
		page.Preview.Warnings = append(page.Preview.Warnings, message)
	}
	return show(c, http.StatusOK, staff.CertificatePage(page))
}

// cannotCorrect is why there is nothing to correct for this reader.
func (s *Server) cannotCorrect(page staff.Certificate, d dossier) error {
	switch {
	case !d.revoke:
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.RevokeAction))
	case page.Barred != nil:
		return registry.Fail(registry.Forbidden, "four_eyes.trainee")
	}
	return registry.Fail(registry.Conflict, "credential.final", d.cred.Number, string(d.cred.State), string(registry.StateSuperseded))
}

func (s *Server) reissue(c *gin.Context, v visitor, typed staff.DeedInput, n registry.Number) error {
	fresh, err := s.Issue.Reissue(c.Request.Context(), v.actor, n, issue.Correction{Name: typed.Name, LatinName: typed.Latin, IDLast4: typed.Last4, Reason: typed.CorrectReason})
	if errors.Is(err, registry.Conflict) {
		if path, ok := s.correctedAlready(c, v, typed); ok {
			return to(c, path)
		}
	}
	if err != nil {
		return s.showCertificate(c, v, typed, correctionFault(err))
	}
	s.flash(c, ui.Good, "credentials.flash.corrected", string(fresh.Number), string(n))
	return to(c, certificateURL(fresh.Number))
}

// correctionFault names the field of the form that a refusal is about.
func correctionFault(err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Field != "reason" {
		return err
	}
	told := *refusal
	told.Field = "correct_reason"
	return &told
}

// correctedAlready is where a correction led that was sent twice.
func (s *Server) correctedAlready(c *gin.Context, v visitor, typed staff.DeedInput) (string, bool) {
	ctx := c.Request.Context()
	old, _, err := s.certificateOf(c, v)
	if err != nil || old.SupersededBy == "" {
		return "", false
	}
	var fresh registry.Credential
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) { fresh, err = tx.Credential(ctx, old.SupersededBy); return err })
	name, _ := registry.CleanName(typed.Name)
	if err != nil || fresh.Snapshot.Name != name {
		return "", false
	}
	return certificateURL(fresh.Number), true
}
