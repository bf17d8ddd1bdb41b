package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// dossier is a certificate with what stands around it in the registry.
type dossier struct {
	cred    registry.Credential
	events  []registry.StatusEvent
	class   registry.Class
	open    []store.RevocationRequest
	before  *registry.Credential // the one that this one corrected
	after   *registry.Credential // the one that corrected this one
	renewed *registry.Credential
	wish    *registry.Report       // the holder's, to be erased, while it waits
	said    registry.Confirmation  // what the holder says; zero for nothing
	names   map[registry.ID]string // of accounts
	suspend bool                   // the reader's roles allow it here
	revoke  bool
	links   bool // he gives its holder the private link
	loc     *time.Location
}

// dossierOf reads everything that the page of a certificate tells.
func (s *Server) dossierOf(c *gin.Context, v visitor, f staff.Frame) (dossier, error) {
	var d dossier
	var err error
	if d.cred, d.events, err = s.certificateOf(c, v); err != nil {
		return d, err
	}
	ctx := c.Request.Context()
	d.loc = s.zone(ctx, d.cred.Snapshot.Base.Code)
	if d.links, err = s.Issue.HandsOut(ctx, v.actor, d.cred.Class); err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) error { return d.read(ctx, tx, v, f) })
	return d, err
}

func (d *dossier) read(ctx context.Context, tx *store.Tx, v visitor, f staff.Frame) (err error) {
	if d.class, err = tx.Class(ctx, d.cred.Class); err != nil {
		return err
	}
	if d.open, err = tx.OpenRevocationRequests(ctx, d.cred.ID); err != nil {
		return err
	}
	for _, link := range []struct {
		id registry.ID
		to **registry.Credential
	}{{d.cred.Supersedes, &d.before}, {d.cred.SupersededBy, &d.after}, {d.cred.RenewedBy, &d.renewed}} {
		if link.id == "" {
			continue
		}
		other, err := tx.Credential(ctx, link.id)
		if err != nil && !errors.Is(err, registry.NotFound) {
			return err
		}
		if err == nil {
			*link.to = &other
		}
	}
	if d.said, err = tx.Confirmation(ctx, d.cred.Enrolment); err != nil && !errors.Is(err, registry.NotFound) {
		return err
	}
	wish, err := tx.ErasureWish(ctx, d.cred.Enrolment)
	if err == nil && wish.Outcome == "" {
		d.wish = &wish
	} else if err != nil && !errors.Is(err, registry.NotFound) {
		return err
	}
	ids := []registry.ID{d.class.ApprovedBy, d.said.SettledBy}
	for _, e := range d.events {
		ids = append(ids, e.By, e.Second)
	}
	for _, r := range d.open {
		ids = append(ids, r.By)
	}
	if d.names, err = accountNames(ctx, tx, f, ids...); err != nil {
		return err
	}
	path, err := access.Path(ctx, tx, d.cred.Org)
	d.suspend, d.revoke = registry.Can(v.actor, registry.SuspendAction, path), registry.Can(v.actor, registry.RevokeAction, path)
	return err
}

// showCertificate handles GET /registry/credentials/:number, and shows the page
// again with what was typed and why it was refused.
func (s *Server) showCertificate(c *gin.Context, v visitor, typed staff.DeedInput, refusal error) error {
	frame := s.frame(c, v, "/registry/credentials")
	status := http.StatusOK
	var wrong map[string]staff.Refusal
	if refusal != nil {
		var err error
		if status, wrong, err = explain(c, &frame, refusal); err != nil {
			return err
		}
	}
	d, err := s.dossierOf(c, v, frame)
	if err != nil {
		return err
	}
	page := s.certificate(v, frame, d)
	page.In, page.Wrong = d.filled(typed), wrong
	return show(c, status, staff.CertificatePage(page))
}

// filled puts what the certificate says into the form of a correction that
// nobody has typed into yet.
func (d dossier) filled(typed staff.DeedInput) staff.DeedInput {
	if typed.Deed != "correct" {
		n := d.cred.Snapshot
		typed.Name, typed.Latin, typed.Last4 = n.Name, n.LatinName, n.IDLast4
	}
	return typed
}

func (s *Server) certificate(v visitor, f staff.Frame, d dossier) staff.Certificate {
	c, n := d.cred, d.cred.Snapshot
	page := staff.Certificate{Frame: f, Number: string(c.Number), URL: certificateURL(c.Number), Kind: n.Kind, Status: c.StatusAt(s.Now()),
		Queued: c.State == registry.StateQueued, Removed: c.Erased(), Name: n.Name, Latin: n.LatinName, Last4: n.IDLast4, Code: c.Code.String(),
		Verify: "/v/" + string(c.Code), Facts: paperFacts(f, c), Details: recordFacts(f, d), Chain: chain(f, d), History: history(f, d)}
	page.Line = verdictLine(f, c, page.Status, s.Now(), d.loc)
	if access.OnlyAuditor(v.actor) {
		page.Last4 = ""
	}
	if !page.Removed && !page.Queued {
		page.PDF = page.URL + "/certificate.pdf"
	}
	if !page.Removed && registry.CanSomewhere(v.actor, registry.ReadPerson) {
		page.Person = personURL(c.Person)
	}
	if d.links && !page.Removed {
		page.Holder = s.Issue.HolderLink(c.Enrolment)
	}
	if len(d.open) > 0 {
		r := d.open[0]
		page.Request = &staff.Asked{ID: string(r.ID), By: d.names[r.By], On: f.P.Time(r.At, d.loc), Why: publicReason(f, r.Reason), Note: r.Private,
			Mine: r.By == v.account.ID, Erase: r.Reason == registry.HolderRemoved, Alone: r.Alone}
	}
	if d.wish != nil && registry.CanSomewhere(v.actor, registry.HandleReport) {
		page.Wish = &staff.Wish{Text: f.P.T("erasure.wish.here", f.P.Time(d.wish.MadeAt, d.loc), d.wish.DueOn), URL: reportURL(d.wish.ID)}
	}
	s.offers(&page, v, d)
	return page
}

// offers says what the reader may do about the certificate as it stands.
func (s *Server) offers(page *staff.Certificate, v visitor, d dossier) {
	live := d.cred.State == registry.StateIssued || d.cred.State == registry.StateSuspended
	if !d.cred.Erasable() || !d.suspend && !d.revoke {
		return
	}
	if v.actor.Person != "" && v.actor.Person == d.cred.Person {
		message, fix := page.P.Error(&registry.Error{Code: "four_eyes.trainee"})
		page.Barred = &staff.Refusal{Message: message, Fix: fix}
		return
	}
	page.CanErase = d.revoke
	if !live {
		return
	}
	page.CanSuspend = d.suspend && d.cred.State == registry.StateIssued
	page.CanReinstate = d.suspend && d.cred.State == registry.StateSuspended
	page.CanRevoke, page.CanCorrect = d.revoke, d.revoke
}

// verdictLine is the sentence beside the verdict's word.
func verdictLine(f staff.Frame, c registry.Credential, status registry.Status, now time.Time, loc *time.Location) string {
	n := c.Snapshot
	switch status {
	case registry.StatusNotYetValid:
		return f.P.T("verdict.not_before", n.ValidFrom)
	case registry.StatusSuspended, registry.StatusRevoked:
		return f.P.T("verdict.line."+string(status)+".since", registry.DateOf(c.StateSince.In(loc)))
	case registry.StatusValid, registry.StatusExpiring, registry.StatusExpired:
	default:
		return f.P.T("verdict.line." + string(status))
	}
	days := n.ValidUntil.DayNumber() - registry.DateOf(now.In(loc)).DayNumber()
	switch {
	case n.ValidUntil.IsZero():
		return f.P.T("verdict.no_expiry")
	case status == registry.StatusExpired:
		return f.P.T("verdict.ended", n.ValidUntil, f.P.AgoDays(-days))
	case status == registry.StatusExpiring:
		return f.P.T("verdict.until", n.ValidUntil) + " · " + f.P.InDays(days)
	}
	return f.P.T("verdict.until", n.ValidUntil)
}

// paperFacts are what the paper says.
func paperFacts(f staff.Frame, c registry.Credential) []staff.FactLine {
	n := c.Snapshot
	hours := f.P.Hours(registry.AcademicHours(n.Minutes))
	if n.Practical > 0 {
		hours = f.P.T("result.hours.practical", hours, f.P.Hours(registry.AcademicHours(n.Practical)))
	}
	until := f.P.T("result.no_expiry")
	if !n.ValidUntil.IsZero() {
		until = f.P.Date(n.ValidUntil)
	}
	facts := []staff.FactLine{
		{Name: f.P.T("result.course"), Text: f.P.Text(n.Course.Title), Soft: f.P.T("decide.course", n.Course.Code, strconv.Itoa(n.Course.Version))},
		{Name: f.P.T("result.kind"), Text: f.P.T("verdict.kind." + string(n.Kind))},
		{Name: f.P.T("result.practical"), Text: f.P.T(map[bool]string{true: "page.yes", false: "page.no"}[n.InPerson])},
		{Name: f.P.T("result.hours"), Text: hours},
		{Name: f.P.T("result.valid_from"), Text: f.P.Date(n.ValidFrom)},
		{Name: f.P.T("result.valid_until"), Text: until},
		{Name: f.P.T("result.issuer"), Text: f.P.Text(n.Issuer.Name)},
		{Name: f.P.T("result.base"), Text: f.P.Text(n.Base.Name), Soft: n.Base.Code},
		{Name: f.P.T("result.class"), Text: f.P.DateRange(n.Class.StartsOn, n.Class.EndsOn)},
		{Name: f.P.T("result.issued"), Text: f.P.Date(n.IssuedOn)},
		{Name: f.P.T("decide.signatories"), Text: signatoriesLine(f, n.Signatories)},
	}
	if n.Credits != "" {
		facts = append(facts, staff.FactLine{Name: f.P.T("credentials.credits"), Text: n.Credits})
	}
	return append(facts, staff.FactLine{Name: f.P.T("result.code"), Text: c.Code.String(), Mono: true})
}

func signatoriesLine(f staff.Frame, list []registry.Signatory) string {
	var signs []string
	for _, sign := range list {
		signs = append(signs, sign.Name+f.P.T("decide.office", sign.Title))
	}
	return strings.Join(signs, f.P.T("decide.semicolon"))
}

// recordFacts are what the registry knows besides.
func recordFacts(f staff.Frame, d dossier) []staff.FactLine {
	n := d.cred.Snapshot
	facts := []staff.FactLine{
		{Name: f.P.T("credentials.class.code"), Text: n.Class.Code, URL: "/registry/classes/" + string(d.cred.Class), Mono: true},
		{Name: f.P.T("credentials.completed"), Text: f.P.Date(n.CompletedOn)},
		{Name: f.P.T("credentials.programme"), Text: f.P.Text(n.Programme.Name), Soft: n.Programme.Code},
		{Name: f.P.T("decide.langs"), Text: languages(f, n.Languages)},
	}
	if d.cred.PDFSHA256 != "" {
		facts = append(facts, staff.FactLine{Name: f.P.T("credentials.sha256"), Text: d.cred.PDFSHA256, Mono: true})
	}
	return facts
}

func languages(f staff.Frame, codes []string) string {
	var list []string
	for _, l := range codes {
		list = append(list, f.P.T("decide.lang."+l))
	}
	return strings.Join(list, f.P.T("list.comma"))
}

// chain leads to the certificates that this one replaced, or that replaced it.
func chain(f staff.Frame, d dossier) []staff.FactLine {
	var lines []staff.FactLine
	for _, link := range []struct {
		key string
		to  *registry.Credential
	}{{"credentials.supersedes", d.before}, {"credentials.superseded_by", d.after}, {"credentials.renewed_by", d.renewed}} {
		if link.to != nil {
			lines = append(lines, staff.FactLine{Name: f.P.T(link.key), Text: string(link.to.Number), URL: certificateURL(link.to.Number), Mono: true})
		}
	}
	return lines
}

// history tells what happened to the certificate, oldest first.
func history(f staff.Frame, d dossier) []staff.Event {
	var list []staff.Event
	if d.before == nil && !d.class.ApprovedAt.IsZero() {
		list = append(list, staff.Event{What: f.P.T("credentials.event.approved"), When: f.P.Time(d.class.ApprovedAt, d.loc), Who: by(f, d.names[d.class.ApprovedBy]),
			Note: d.class.ApproveNote})
	}
	if !d.cred.SignedAt.IsZero() {
		list = append(list, staff.Event{Tone: ui.Good, What: f.P.T("credentials.event.issued"), When: f.P.Time(d.cred.SignedAt, d.loc)})
	}
	list = append(list, denialEvents(f, d)...)
	for _, e := range d.events {
		event := staff.Event{Tone: eventTone(e.To), What: f.P.T("credentials.event." + eventKey(e)), When: f.P.Time(e.At, d.loc), Who: by(f, d.names[e.By]), Note: e.Private}
		if e.Second != "" {
			event.Who = f.P.T("credentials.by.two", d.names[e.By], d.names[e.Second])
		}
		if e.To != registry.StateIssued {
			event.Why = publicReason(f, e.Reason)
		}
		list = append(list, event)
	}
	return list
}

func by(f staff.Frame, name string) string {
	if name == "" {
		return ""
	}
	return f.P.T("credentials.by", name)
}

func eventKey(e registry.StatusEvent) string {
	if e.To == registry.StateIssued {
		return "reinstated"
	}
	return string(e.To)
}

func eventTone(to registry.State) ui.Tone {
	switch to {
	case registry.StateRevoked:
		return ui.Bad
	case registry.StateSuspended:
		return ui.Warn
	case registry.StateIssued:
		return ui.Good
	}
	return ui.Info
}

// publicReason is a reason in the words that the public reads.
func publicReason(f staff.Frame, code string) string {
	if key := "status.reason." + code; f.P.Has(key) {
		return f.P.T("status.reason", f.P.T(key))
	}
	return ""
}
