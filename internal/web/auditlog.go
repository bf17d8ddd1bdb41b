package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const auditPath = "/registry/audit"

func (s *Server) mountAuditLog(e *gin.Engine) {
	get(e, auditPath, s.staff(s.showAuditLog))
	e.POST(auditPath+"/check", s.staff(s.checkAudit))
	e.POST(auditPath+"/export", s.staff(s.exportAudit))
}

// How much of the chain one page walks, and after how long the whole of it is
// walked again: a page answers at once, and a change of what was walked before is
// found all the same.
const (
	walkAtOnce = 20_000
	walkAgain  = 10 * time.Minute
)

// chainWalk is how far the chain was walked in this process.
type chainWalk struct {
	mu     sync.Mutex
	mark   store.ChainMark
	began  time.Time // of the walk from the beginning
	at     time.Time
	broken int64 // position; 0 for none
}

// walk goes on along the chain, from its beginning where that is asked for or
// long ago.
func (w *chainWalk) walk(ctx context.Context, db *store.DB, now time.Time, anew bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if anew || w.broken > 0 || now.Sub(w.began) > walkAgain || now.Before(w.began) {
		w.mark, w.began, w.broken = store.ChainMark{}, now, 0
	}
	mark, err := db.WalkAuditChain(ctx, w.mark, walkAtOnce)
	var refusal *registry.Error
	if errors.As(err, &refusal) && refusal.Code == "audit.broken" {
		w.broken, _ = refusal.Args[0].(int64)
		w.at = now
		return nil
	}
	if err == nil {
		w.mark, w.at = mark, now
	}
	return err
}

// state says what was found, and when, as seen in loc.
func (w *chainWalk) state(f staff.Frame, loc *time.Location) *staff.Chain {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := f.P
	c := &staff.Chain{Tone: ui.Good, Text: p.T("auditlog.intact", p.Number(int(w.mark.Position))), Checked: p.T("auditlog.checked", p.Time(w.at, loc))}
	switch {
	case w.broken > 0:
		c.Tone, c.Text, c.More = ui.Bad, p.T("auditlog.broken", p.Number(int(w.broken))), p.T("auditlog.broken.more")
	case !w.mark.Whole:
		c.Tone, c.Text, c.Partly = ui.Info, p.T("auditlog.partial", p.Number(int(w.mark.Position))), true
	case w.mark.Waiting > 0:
		c.More = p.T("auditlog.waiting", int(w.mark.Waiting))
	}
	return c
}

// auditQuery is a filter as it was typed.
type auditQuery struct{ actor, action, object, from, until string }

func auditQueryOf(value func(string) string) auditQuery {
	text := func(name string) string { return strings.TrimSpace(value(name)) }
	return auditQuery{text("actor"), text("action"), text("object"), text("from"), text("until")}
}

// auditFilter turns what was typed into a filter, its days as they were in loc.
// What is nobody's name, and no object, chooses nothing.
func (s *Server) auditFilter(ctx context.Context, q auditQuery, loc *time.Location) (store.AuditFilter, error) {
	f := store.AuditFilter{Action: q.action}
	span, err := spanOf(q.from, q.until)
	if err != nil {
		return f, err
	}
	if !span.From.IsZero() {
		f.From = span.From.Start(loc)
	}
	if !span.Until.IsZero() {
		f.Until = span.Until.End(loc)
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if q.actor != "" {
			if f.Actors, err = actorsNamed(ctx, tx, q.actor); err != nil {
				return err
			}
		}
		if q.object != "" {
			f.Object, err = objectNamed(ctx, tx, q.object)
		}
		return err
	})
	return f, err
}

// spanOf reads two days of a form.
func spanOf(from, until string) (store.Span, error) {
	a, errA := registry.ParseDate(from)
	b, errB := registry.ParseDate(until)
	if errA != nil || errB != nil || !a.IsZero() && !b.IsZero() && a.After(b) {
		return store.Span{}, registry.FailField(registry.Invalid, "from", "filter.dates")
	}
	return store.Span{From: a, Until: b}, nil
}

// actorsNamed are the accounts whose name or address has the text in it.
func actorsNamed(ctx context.Context, tx *store.Tx, text string) ([]registry.ID, error) {
	accounts, err := tx.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	ids, want := []registry.ID{}, strings.ToLower(text)
	if want == access.System.Name {
		ids = append(ids, access.System.Account)
	}
	for _, a := range accounts {
		if string(a.ID) == text || strings.Contains(strings.ToLower(a.Name+"\n"+a.Email), want) {
			ids = append(ids, a.ID)
		}
	}
	return ids, nil
}

// objectNamed is the id of what somebody calls by a number or a code.
func objectNamed(ctx context.Context, tx *store.Tx, text string) (registry.ID, error) {
	if n, err := registry.ParseNumber(text); err == nil {
		c, err := tx.CredentialByNumber(ctx, n)
		if err == nil || !errors.Is(err, registry.NotFound) {
			return c.ID, err
		}
	}
	class, err := tx.ClassByCode(ctx, strings.ToUpper(text))
	if err == nil || !errors.Is(err, registry.NotFound) {
		return class.ID, err
	}
	return registry.ID(text), nil
}

// showAuditLog handles GET /registry/audit: who did what, newest first, and
// whether the chain holds.
func (s *Server) showAuditLog(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	cur := cursorOf(c, "actor", "action", "object", "from", "until")
	q := auditQueryOf(cur.values.Get)
	page := staff.AuditLog{Frame: s.frame(c, v, auditPath), Actor: q.actor, Action: q.action, Object: q.object, From: q.from, Until: q.until,
		Filtered: len(cur.values) > 0 || !cur.first(), Own: !registry.CanSomewhere(v.actor, registry.ReadAudit)}
	page.Tabs = registerTabs(page.P, v, auditPath)
	status := http.StatusOK
	loc, err := s.desk(ctx, v)
	if err != nil {
		return err
	}
	f, err := s.auditFilter(ctx, q, loc)
	if isCode(err, "filter.dates") {
		page.Wrong, status = wrong(c, "filter.dates"), http.StatusUnprocessableEntity
		f, err = s.auditFilter(ctx, auditQuery{actor: q.actor, action: q.action, object: q.object}, loc)
	}
	if err != nil {
		return err
	}
	f.Before, f.Limit = cur.before(), pageSize+1
	list, err := access.Audit(ctx, s.DB, v.actor, f)
	if err != nil {
		return err
	}
	if err := s.auditAsides(ctx, &page, loc); err != nil {
		return err
	}
	var shown int
	page.Pages, shown = cur.pages(len(list), func(i int) registry.ID { return list[i].ID })
	if page.Rows, err = s.auditRows(ctx, v, page.Frame, list[:shown], loc); err != nil {
		return err
	}
	page.Export = staff.Export{URL: auditPath + "/export", Keep: kept(cur.values), Text: page.P.T("auditlog.export")}
	return show(c, status, staff.AuditLogPage(page))
}

// auditAsides are the state of the chain and the acts to choose from.
func (s *Server) auditAsides(ctx context.Context, page *staff.AuditLog, loc *time.Location) error {
	if !page.Own {
		if err := s.chain.walk(ctx, s.DB, s.Now(), false); err != nil {
			return err
		}
		page.Chain = s.chain.state(page.Frame, loc)
	}
	var actions []string
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) { actions, err = tx.AuditActions(ctx); return err })
	if err != nil {
		return err
	}
	page.Actions = []ui.Option{{Value: "", Label: page.P.T("auditlog.any")}}
	for _, a := range actions {
		page.Actions = append(page.Actions, ui.Option{Value: a, Label: actName(page.Frame, a)})
	}
	slices.SortStableFunc(page.Actions[1:], func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	page.Actions = withChosen(page.Actions, page.Action)
	return nil
}

// actName is an act in words; one without words keeps its code.
func actName(f staff.Frame, code string) string {
	if key := "auditlog.act." + code; f.P.Has(key) {
		return f.P.T(key)
	}
	return code
}

func (s *Server) auditRows(ctx context.Context, v visitor, f staff.Frame, list []store.AuditEntry, loc *time.Location) ([]staff.AuditRow, error) {
	var ids []registry.ID
	for _, e := range list {
		ids = append(ids, e.Actor)
	}
	var who map[registry.ID]string
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) { who, err = accountNames(ctx, tx, f, ids...); return err })
	if err != nil {
		return nil, err
	}
	rows := make([]staff.AuditRow, len(list))
	for i, e := range list {
		rows[i] = auditRow(f, v, e, who[e.Actor], loc)
	}
	return rows, nil
}

func auditRow(f staff.Frame, v visitor, e store.AuditEntry, who string, loc *time.Location) staff.AuditRow {
	row := staff.AuditRow{No: f.P.T("auditlog.unchained"), When: f.P.Time(e.At, loc), Who: who, Act: actName(f, e.Action), Code: e.Action, Type: e.ObjectType, Object: string(e.Object)}
	if e.Position > 0 {
		row.No = strconv.FormatInt(e.Position, 10)
	}
	if key := "auditlog.type." + e.ObjectType; f.P.Has(key) {
		row.Type = f.P.T(key)
	}
	switch {
	case e.ObjectType == "class":
		row.URL = "/t/classes/" + string(e.Object)
	case e.ObjectType == "person" && registry.CanSomewhere(v.actor, registry.ReadPerson):
		row.URL = personURL(e.Object)
	}
	for _, name := range sortedKeys(e.Detail) {
		row.Details = append(row.Details, staff.FactLine{Name: name, Text: e.Detail[name]})
	}
	if code := e.Detail["code"]; e.ObjectType == "class" && code != "" {
		row.Object = code
	}
	if number := e.Detail["number"]; e.ObjectType == "credential" && number != "" {
		row.Object, row.URL = number, "/registry/credentials/"+number
	}
	return row
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// checkAudit handles POST /registry/audit/check: the chain is walked again from
// its beginning, or on from where it stands.
func (s *Server) checkAudit(c *gin.Context, v visitor) error {
	if !registry.CanSomewhere(v.actor, registry.ReadAudit) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadAudit))
	}
	if err := s.chain.walk(c.Request.Context(), s.DB, s.Now(), c.PostForm("from") != "here"); err != nil {
		return err
	}
	return to(c, auditPath)
}

// exportAudit handles POST /registry/audit/export.
func (s *Server) exportAudit(c *gin.Context, v visitor) error {
	ctx, p := c.Request.Context(), edge.Printer(c)
	loc, err := s.desk(ctx, v)
	if err != nil {
		return err
	}
	f, err := s.auditFilter(ctx, auditQueryOf(c.PostForm), loc)
	if err != nil {
		return err
	}
	f.Limit = exportBatch
	frame := staff.Frame{P: p}
	out := outList{register: "audit", head: []string{p.T("auditlog.col.no"), p.T("auditlog.col.when"), p.T("auditlog.actor"), p.T("auditlog.action"), p.T("auditlog.head.type"), p.T("auditlog.object"),
		p.T("auditlog.col.detail"), p.T("auditlog.head.before"), p.T("auditlog.head.after"), p.T("auditlog.head.hash")}}
	out.more = func(after registry.ID, put func(...string) error) (registry.ID, int, error) {
		f.Before = after
		list, err := access.Audit(ctx, s.DB, v.actor, f)
		if err != nil {
			return after, 0, err
		}
		rows, err := s.auditRows(ctx, v, frame, list, loc)
		for i, e := range list {
			if err != nil {
				return after, 0, err
			}
			var details []string
			for _, d := range rows[i].Details {
				details = append(details, d.Name+"="+d.Text)
			}
			no := ""
			if e.Position > 0 {
				no = rows[i].No
			}
			err = put(no, e.At.UTC().Format(time.RFC3339), rows[i].Who, e.Action, e.ObjectType, string(e.Object), strings.Join(details, " "), e.BeforeSHA, e.AfterSHA, e.Hash)
			after = e.ID
		}
		return after, len(list), err
	}
	return s.sendList(c, v, exportAsked(c, "audit"), out)
}
