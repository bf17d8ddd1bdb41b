package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/ui"
)

// joinDesk is the way in for those who join, with what it counts.
type joinDesk struct {
	*Server
	misses, sends, classes, names *edge.Misses
}

func (s *Server) newJoinDesk() *joinDesk {
	return &joinDesk{s, edge.NewMisses(joinMisses, s.Now), edge.NewMisses(joinSends, s.Now), edge.NewMisses(joinOfClass, s.Now), edge.NewMisses(joinNames, s.Now)}
}

// ask handles GET /join: the code is typed by those whose camera reads none.
func (d *joinDesk) ask(c *gin.Context) error {
	private(c)
	p := edge.Printer(c)
	page := pages.JoinNotice{P: p, Here: inLanguage(c, &url.URL{Path: "/join"}), Demo: d.Demo, Title: p.T("join.title"), AskCode: true}
	typed := strings.TrimSpace(c.Query("code"))
	if typed == "" {
		return show(c, http.StatusOK, pages.JoinNoticePage(page))
	}
	if i := strings.LastIndexByte(typed, '/'); i >= 0 { // pasted with its link
		typed = typed[i+1:]
	}
	code, _, ok := registry.ParseJoinCode(typed)
	if !ok {
		refusal := &registry.Error{Kind: registry.NotFound, Code: "join.unknown"}
		page.Code, page.Tone, page.Refusal = shortened(typed), ui.Bad, inWords(p, refusal)
		return show(c, http.StatusNotFound, pages.JoinNoticePage(page))
	}
	u := &url.URL{Path: "/join/" + code}
	return to(c, inLanguage(c, u).String())
}

func shortened(typed string) string {
	if r := []rune(typed); len(r) > mostEchoed {
		return string(r[:mostEchoed]) + "…"
	}
	return typed
}

func inWords(p *i18n.Printer, e *registry.Error) *ui.Wrong {
	text, fix := p.Error(e)
	return &ui.Wrong{Text: text, Fix: fix}
}

// show handles GET /join/:code, where the code on the screen leads. The ticket
// that it gives stands in the links of the language switch, so that another
// language asks for no new code.
func (d *joinDesk) show(c *gin.Context) error {
	private(c)
	if err := d.misses.Check(edge.Client(c)); err != nil {
		return err
	}
	ctx := c.Request.Context()
	if ticket := c.Query("t"); ticket != "" {
		room, err := d.Training.JoinRoom(ctx, training.Pass{Ticket: ticket})
		if err == nil {
			page := d.form(c, room, training.Pass{Ticket: ticket})
			return show(c, http.StatusOK, pages.JoinPage(page))
		}
		if !errors.Is(err, registry.NotFound) {
			return err
		}
	}
	room, err := d.Training.EnterJoin(ctx, c.Param("code"))
	if err != nil {
		return d.turnedAway(c, room, err)
	}
	return show(c, http.StatusOK, pages.JoinPage(d.form(c, room, training.Pass{Ticket: room.Ticket})))
}

// turnedAway says why a code lets nobody in.
func (d *joinDesk) turnedAway(c *gin.Context, room training.Room, err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Kind != registry.NotFound && refusal.Kind != registry.Conflict {
		return err
	}
	p := edge.Printer(c)
	page := pages.JoinNotice{P: p, Here: inLanguage(c, &url.URL{Path: "/join"}), Demo: d.Demo, Title: p.T("join.title"), Tone: ui.Warn, Refusal: inWords(p, refusal),
		Course: room.Course.Title, Base: room.Base.Name, Contact: room.Base.Contact, AskCode: refusal.Code == "join.changed" || refusal.Code == "join.unknown"}
	status := http.StatusConflict
	if refusal.Kind == registry.NotFound {
		d.misses.Miss(edge.Client(c))
		status = http.StatusNotFound
	}
	if refusal.Code == "join.changed" || refusal.Code == "join.late" || refusal.Code == "join.closed" {
		status = http.StatusGone
	}
	return show(c, status, pages.JoinNoticePage(page))
}

// form is the page that asks for a person.
func (d *joinDesk) form(c *gin.Context, room training.Room, pass training.Pass) pages.Join {
	p := edge.Printer(c)
	page := pages.Join{P: p, Demo: d.Demo || room.Class.Demo, Course: room.Course.Title, Base: room.Base.Name, When: p.DateRange(room.Class.StartsOn(), room.Class.EndsOn()),
		Venue: room.Class.Venue, Action: "/join/" + c.Param("code"), Ticket: pass.Ticket, Slip: pass.Slip, Key: newOnce(), Kept: room.Key,
		AskID: room.AskID, FullID: room.FullID, IDTypes: idTypes(c), Wrong: map[string][2]string{}}
	here := &url.URL{Path: "/join/" + c.Param("code"), RawQuery: url.Values{"t": {pass.Ticket}}.Encode()}
	if pass.Slip != "" {
		page.Action, here = "/claim/"+pass.Slip, &url.URL{Path: "/claim/" + pass.Slip}
		page.LinkURL = "/t/slips/" + pass.Slip
	}
	page.Here = inLanguage(c, here)
	page.Action = inLanguage(c, &url.URL{Path: page.Action}).String()
	return page
}

// join handles POST /join/:code and POST /claim/:token.
func (d *joinDesk) join(c *gin.Context) error {
	private(c)
	ctx, client := c.Request.Context(), edge.Client(c)
	if err := d.sends.Check(client); err != nil {
		return err
	}
	d.sends.Miss(client)
	if err := parsed(c); err != nil {
		return err
	}
	pass, err := d.pass(c)
	if err != nil {
		return err
	}
	room, err := d.Training.JoinRoom(ctx, pass)
	if err != nil {
		return d.turnedAway(c, room, err)
	}
	if err := d.classes.Check(string(room.Class.ID)); err != nil {
		return err
	}
	d.classes.Miss(string(room.Class.ID))
	get := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	if switching(c) {
		page := d.form(c, room, pass)
		page.In, page.Sent = pages.JoinInput{Name: get("name"), IDType: get("id_type"), ID: get("id"), Phone: get("phone")}, true
		page.Key = c.PostForm("key")
		return show(c, http.StatusOK, pages.JoinPage(page))
	}
	in := training.SelfInput{Key: c.PostForm("key"), Name: get("name"), IDType: get("id_type"), ID: get("id"), Phone: get("phone"),
		Lang: string(edge.Lang(c)), Other: c.PostForm("twin") == "other", Agreed: c.PostForm("agreed")}
	if c.PostForm("twin") == "me" {
		return d.onList(c, room, &registry.Error{Kind: registry.Conflict, Code: "join.me"})
	}
	joined, err := d.Training.JoinSelf(ctx, pass, in)
	if err != nil {
		return d.again(c, room, pass, in, err)
	}
	return to(c, inLanguage(c, &url.URL{Path: "/my/" + joined.Token + "/joined"}).String())
}

// pass is what lets this form in. A code that was typed anew, because the time
// of the form was over, gives a new ticket.
func (d *joinDesk) pass(c *gin.Context) (training.Pass, error) {
	if token := c.Param("token"); token != "" {
		return training.Pass{Slip: token}, nil
	}
	pass := training.Pass{Ticket: c.PostForm("ticket")}
	typed := strings.TrimSpace(c.PostForm("code"))
	if typed == "" {
		return pass, nil
	}
	if err := d.misses.Check(edge.Client(c)); err != nil {
		return pass, err
	}
	room, err := d.Training.EnterJoin(c.Request.Context(), typed)
	switch {
	case err == nil:
		pass.Ticket = room.Ticket
	case errors.Is(err, registry.NotFound):
		d.misses.Miss(edge.Client(c))
	}
	return pass, nil // the old ticket says what is wrong
}

// again shows the form with what was typed and what it came to.
func (d *joinDesk) again(c *gin.Context, room training.Room, pass training.Pass, in training.SelfInput, err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Kind != registry.Invalid && refusal.Kind != registry.Conflict {
		return err
	}
	p, page := edge.Printer(c), d.form(c, room, pass)
	page.In = pages.JoinInput{Name: in.Name, IDType: in.IDType, ID: in.ID, Phone: in.Phone}
	page.Key = in.Key
	page.Sent = true
	status := http.StatusConflict
	switch refusal.Code {
	case "join.wrong":
		status = http.StatusUnprocessableEntity
		for _, f := range refusal.Faults {
			page.Wrong[joinField(f.Field)] = joinWords(p, f)
		}
	case "join.preview":
		status = http.StatusOK
		page.Preview, _ = refusal.Args[0].(string)
		for _, f := range refusal.Faults {
			page.Doubts = append(page.Doubts, joinWords(p, f)[0])
		}
	case "join.same_name":
		status = http.StatusOK
		page.Namesake, _ = refusal.Args[0].(int)
		page.Preview = ""
	case "join.already", "join.struck", "join.trainer":
		return d.onList(c, room, refusal)
	case "join.key": // the form was answered before, for somebody else of this phone
		page.Key = newOnce()
		page.Refusal = inWords(p, refusal)
	default:
		page.Refusal, page.Stale, page.Code = inWords(p, refusal), refusal.Code == "join.changed", shortened(c.PostForm("code"))
	}
	return show(c, status, pages.JoinPage(page))
}

// joinField is the field of the form that a fault is about.
func joinField(field string) string {
	switch field {
	case "id", "id_type", "phone":
		return field
	case "birth_date":
		return "id"
	}
	return "name"
}

// joinWords says to the person himself what a roster's fault says to staff.
func joinWords(p *i18n.Printer, f registry.Fault) [2]string {
	text, fix := p.Fault(f)
	if own := "join.text." + f.Code; p.Has(own) {
		text = p.T(own, f.Args...)
	}
	if own := "join.fix." + f.Code; p.Has(own) {
		fix = p.T(own)
	}
	return [2]string{text, fix}
}

// onList answers somebody who is on the list: where his link is, and not the
// link.
func (d *joinDesk) onList(c *gin.Context, room training.Room, refusal *registry.Error) error {
	p := edge.Printer(c)
	return show(c, http.StatusConflict, pages.JoinNoticePage(pages.JoinNotice{P: p, Here: inLanguage(c, &url.URL{Path: "/join"}), Demo: d.Demo || room.Class.Demo, Title: p.T("join.title"), Tone: ui.Info,
		Refusal: inWords(p, refusal), Course: room.Course.Title, Base: room.Base.Name, Contact: room.Base.Contact, OnList: refusal.Code != "join.trainer"}))
}

// name handles POST /join-name: the name as it will be printed, while it is
// typed. Only who holds a pass is answered.
func (d *joinDesk) name(c *gin.Context) error {
	private(c)
	client := edge.Client(c)
	if err := d.names.Check(client); err != nil {
		return err
	}
	d.names.Miss(client)
	if err := parsed(c); err != nil {
		return err
	}
	if _, err := d.Training.JoinRoom(c.Request.Context(), training.Pass{Ticket: c.PostForm("ticket"), Slip: c.PostForm("slip")}); err != nil {
		return err
	}
	p := edge.Printer(c)
	name, faults := d.Training.PrintedName(c.PostForm("name"))
	lines := []gin.H{}
	for _, f := range faults {
		w := joinWords(p, f)
		lines = append(lines, gin.H{"text": w[0], "fix": w[1], "wrong": !f.Warn})
	}
	c.JSON(http.StatusOK, gin.H{"name": name, "lang": ui.LangOf(name), "faults": lines})
	return nil
}

// joined handles GET /my/:token/joined: the number and the link to keep.
func (d *joinDesk) joined(c *gin.Context) error {
	private(c)
	h, err := d.Issue.Holder(c.Request.Context(), c.Param("token"))
	if errors.Is(err, registry.NotFound) {
		return d.Lookups.LinkMissed(c, registry.Fail(registry.NotFound, "holder.unknown"))
	}
	if err != nil {
		return err
	}
	path := inLanguage(c, &url.URL{Path: "/my/" + h.Token}).String()
	return show(c, http.StatusOK, pages.JoinedPage(pages.Joined{P: edge.Printer(c), Here: inLanguage(c, &url.URL{Path: "/my/" + h.Token + "/joined"}), Demo: d.Demo || h.Class.Demo,
		No: h.Enrolment.Position, Name: h.Enrolment.Name, Course: h.Course.Title, Base: h.Base.Name, URL: path, Link: d.Origin + "/my/" + h.Token,
		Waiting: h.Enrolment.Status == registry.Unconfirmed, InApp: inApp(c.GetHeader("User-Agent"))}))
}

// showSlip handles GET /claim/:token, where the QR code of a blank slip leads:
// to the private page of the person it was linked to; before that, to the form
// by which its owner writes himself onto the list.
func (d *joinDesk) showSlip(c *gin.Context) error {
	private(c)
	ctx, token := c.Request.Context(), c.Param("token")
	claim, err := d.Documents.Claim(ctx, token)
	if errors.Is(err, registry.NotFound) {
		return d.Lookups.LinkMissed(c, registry.Fail(registry.NotFound, "holder.unknown"))
	}
	if err != nil {
		return err
	}
	if claim.Linked != "" {
		return to(c, "/my/"+claim.Linked)
	}
	p := edge.Printer(c)
	if claim.Void || claim.Class.Recordable() != nil {
		page := pages.Slip{P: p, Here: c.Request.URL, Course: claim.Course.Title, Base: claim.Base.Name,
			Dates: p.DateRange(claim.Class.StartsOn(), claim.Class.EndsOn()), Contact: claim.Base.Contact, Void: claim.Void, Demo: d.Demo || claim.Class.Demo}
		if claim.Class.Status == registry.ClassSubmitted {
			page.Waits = waitingSince(p, claim.Class.SubmittedAt, d.Now(), d.zone(ctx, claim.Class.Base))
		}
		return show(c, http.StatusOK, pages.SlipPage(page))
	}
	pass := training.Pass{Slip: token}
	room, err := d.Training.JoinRoom(ctx, pass)
	if err != nil {
		return err
	}
	page := d.form(c, room, pass)
	page.Paper = claim.Name
	return show(c, http.StatusOK, pages.JoinPage(page))
}
