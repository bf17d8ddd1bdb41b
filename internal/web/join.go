package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/skip2/go-qrcode"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// mountJoin adds the way into a class: the trainer's screen and head-count, and
// the pages of those who join, which need no account and set no cookie.
func (s *Server) mountJoin(e *gin.Engine) {
	get(e, "/t/classes/:id/join", s.staff(func(c *gin.Context, v visitor) error { return s.showJoin(c, v, nil) }))
	e.POST("/t/classes/:id/join", s.staff(s.openJoin))
	e.POST("/t/classes/:id/join/close", s.staff(s.closeJoin))
	e.GET("/t/classes/:id/join/now", s.staff(s.joinNow))
	e.GET("/t/classes/:id/join/qr.png", s.staff(s.joinQR))
	get(e, "/t/classes/:id/heads", s.staff(func(c *gin.Context, v visitor) error { return s.showHeads(c, v, nil) }))
	e.POST("/t/classes/:id/heads", s.staff(s.confirmHeads))
	e.POST("/t/classes/:id/heads/back", s.staff(s.putBack))
	get(e, "/t/slips/:token", s.staff(s.slipOfClass))

	d := s.newJoinDesk()
	get(e, "/join", edge.Route(d.ask))
	get(e, "/join/:code", edge.Route(d.show))
	e.POST("/join/:code", edge.Route(d.join))
	e.POST("/join-name", edge.Route(d.name))
	get(e, "/my/:token/joined", edge.Route(d.joined))
	e.POST("/claim", edge.Route(s.findLost))
	get(e, "/claim/:token", edge.Route(d.showSlip))
	e.POST("/claim/:token", edge.Route(d.join))
}

// showJoin handles GET /t/classes/:id/join, the screen for the room.
func (s *Server) showJoin(c *gin.Context, v visitor, refusal error) error {
	status := http.StatusOK
	page := staff.JoinScreen{}
	if refusal != nil {
		told, code, err := refused(c, refusal)
		if err != nil {
			return err
		}
		page.Refusal, status = told, code
	}
	told := page.Refusal
	head, err := s.openClass(c, v, "roster")
	if err != nil {
		return err
	}
	view, err := s.Training.ShowJoin(c.Request.Context(), v.actor, head.Class.ID)
	if err != nil {
		return err
	}
	page.Class = head.head
	page.Refusal = told
	page.Waiting = view.Waiting
	if !page.CanEnrol {
		page.Never = head.closed(c, registry.EnrolPerson, head.Class.StartsOn())
	}
	if view.Open {
		s.fillScreen(c, &page, view)
	}
	return show(c, status, staff.JoinScreenPage(page))
}

func (s *Server) fillScreen(c *gin.Context, page *staff.JoinScreen, view training.JoinView) {
	id := string(view.Class.ID)
	page.Open, page.Joined = true, view.OnList
	page.Code, page.Link = registry.GroupJoinCode(view.Code), s.Origin+"/join/"+view.Code
	page.Address = s.host() + "/join"
	page.QR = "/t/classes/" + id + "/join/qr.png?c=" + view.Code
	page.Left = int(view.Until.Sub(s.Now()).Seconds())
	page.Until = view.Door.ClosesAt.In(s.zone(c.Request.Context(), view.Class.Base)).Format(timeOfDay)
}

// openJoin handles POST /t/classes/:id/join.
func (s *Server) openJoin(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	if _, err := s.Training.OpenJoin(c.Request.Context(), v.actor, id); err != nil {
		return s.showJoin(c, v, err)
	}
	return to(c, "/t/classes/"+string(id)+"/join")
}

// closeJoin handles POST /t/classes/:id/join/close.
func (s *Server) closeJoin(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	view, err := s.Training.CloseJoin(c.Request.Context(), v.actor, id)
	if err != nil {
		return s.showJoin(c, v, err)
	}
	s.flash(c, ui.Good, "join.flash.closed")
	if view.Waiting > 0 {
		return to(c, "/t/classes/"+string(id)+"/heads")
	}
	return to(c, "/t/classes/"+string(id))
}

// joinNow handles GET /t/classes/:id/join/now: what the screen asks every few
// seconds.
func (s *Server) joinNow(c *gin.Context, v visitor) error {
	view, err := s.Training.ShowJoin(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	answer := gin.H{"open": view.Open, "joined": view.OnList, "waiting": view.Waiting}
	if view.Open {
		page := staff.JoinScreen{Class: staff.Class{Frame: staff.Frame{P: edge.Printer(c)}}}
		s.fillScreen(c, &page, view)
		answer["code"], answer["link"], answer["qr"], answer["left"] = page.Code, page.Link, page.QR, page.Left
		answer["spoken"] = page.P.T("join.screen.spoken", view.OnList)
	}
	c.JSON(http.StatusOK, answer)
	return nil
}

// joinQR handles GET /t/classes/:id/join/qr.png: the code that runs. Few and
// large modules: a screen is clean, and the last row is far away.
func (s *Server) joinQR(c *gin.Context, v visitor) error {
	view, err := s.Training.ShowJoin(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if !view.Open {
		return registry.Fail(registry.Conflict, "join.closed")
	}
	code, err := qrcode.New(s.Origin+"/join/"+view.Code, qrcode.Low)
	if err != nil {
		return fmt.Errorf("make QR code: %w", err)
	}
	png, err := code.PNG(-12) // pixels of one module
	if err != nil {
		return fmt.Errorf("draw QR code: %w", err)
	}
	c.Data(http.StatusOK, "image/png", png)
	return nil
}

// showHeads handles GET /t/classes/:id/heads, and shows the page again with what
// was typed and why it was refused.
func (s *Server) showHeads(c *gin.Context, v visitor, refusal error) error {
	status := http.StatusOK
	var told *staff.Refusal
	if refusal != nil {
		var err error
		if told, status, err = refused(c, refusal); err != nil {
			return err
		}
	}
	head, err := s.openClass(c, v, "roster")
	if err != nil {
		return err
	}
	view, err := s.Training.ShowJoin(c.Request.Context(), v.actor, head.Class.ID)
	if err != nil {
		return err
	}
	page := staff.Heads{Class: head.head, Otherwise: view.Active(), In: staff.HeadsInput{Heads: c.PostForm("heads"), Away: c.PostForm("away")}}
	page.Refusal = told
	if field := fieldOf(refusal); field != "" && told != nil {
		page.Wrong = staff.Wrongs{field: {told.Message, told.Fix}}
	}
	s.headRows(c, &page, view)
	return show(c, status, staff.HeadsPage(page))
}

func (s *Server) headRows(c *gin.Context, page *staff.Heads, view training.JoinView) {
	ctx, p := c.Request.Context(), page.P
	zone := s.zone(ctx, view.Class.Base)
	if !view.Door.HeadsAt.IsZero() {
		page.Last = p.T("join.heads.last", view.Door.Heads, p.Time(view.Door.HeadsAt, zone))
	}
	strike, seen := ticked(c, "strike"), ticked(c, "seen")
	for _, m := range view.Members {
		e := m.Enrolment
		entry, self := view.Entries[e.ID]
		row := staff.HeadRow{ID: string(e.ID), Name: e.Name, Last4: e.IDLast4, No: e.Position, At: entry.At.In(zone).Format(timeOfDay), Strike: strike[string(e.ID)], Seen: seen[string(e.ID)]}
		if entry.Doubt != "" {
			row.Doubt = p.T("join.doubt." + entry.Doubt)
		}
		switch {
		case e.Status == registry.Unconfirmed:
			page.Waiting = append(page.Waiting, row)
		case e.Status == registry.Withdrawn && self:
			page.Struck = append(page.Struck, row)
		}
	}
}

// timeOfDay is enough for people who are in the room.
const timeOfDay = "15:04"

func ticked(c *gin.Context, name string) map[string]bool {
	set := map[string]bool{}
	for _, id := range c.PostFormArray(name) {
		set[id] = true
	}
	return set
}

// confirmHeads handles POST /t/classes/:id/heads.
func (s *Server) confirmHeads(c *gin.Context, v visitor) error {
	if err := parsed(c); err != nil {
		return err
	}
	id := registry.ID(c.Param("id"))
	in := training.HeadsInput{Strike: ids(c.PostFormArray("strike")), Seen: ids(c.PostFormArray("seen"))}
	in.Heads, _ = strconv.Atoi(strings.TrimSpace(c.PostForm("heads"))) // what is no number is refused as none
	if away := strings.TrimSpace(c.PostForm("away")); away != "" {
		n, err := strconv.Atoi(away)
		if err != nil {
			n = -1
		}
		in.Away = n
	}
	report, err := s.Training.ConfirmHeads(c.Request.Context(), v.actor, id, in)
	if err != nil {
		return s.showHeads(c, v, err)
	}
	s.flash(c, ui.Good, "join.flash.confirmed", report.OnList)
	return to(c, "/t/classes/"+string(id))
}

func ids(list []string) []registry.ID {
	out := make([]registry.ID, len(list))
	for i, each := range list {
		out[i] = registry.ID(each)
	}
	return out
}

// putBack handles POST /t/classes/:id/heads/back.
func (s *Server) putBack(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	if err := s.Training.PutBack(c.Request.Context(), v.actor, id, registry.ID(c.PostForm("enrolment"))); err != nil {
		return err
	}
	return to(c, "/t/classes/"+string(id)+"/heads")
}

// slipOfClass handles GET /t/slips/:token: a trainer who scanned a blank slip is
// led to where it is given to somebody on the list.
func (s *Server) slipOfClass(c *gin.Context, v visitor) error {
	claim, err := s.Documents.Claim(c.Request.Context(), c.Param("token"))
	if errors.Is(err, registry.NotFound) || err == nil && claim.Class.ID == "" {
		return registry.Fail(registry.NotFound, "slip.scanned")
	}
	if err != nil {
		return err
	}
	query := url.Values{"slip": {fmt.Sprintf("%03d", claim.Number)}}
	return to(c, "/t/classes/"+string(claim.Class.ID)+"/documents?"+query.Encode()+"#link")
}

// joinWaiting fills what the roster says about those who join.
func (s *Server) joinWaiting(ctx context.Context, v visitor, page *staff.Roster, class registry.ID) error {
	view, err := s.Training.ShowJoin(ctx, v.actor, class)
	if errors.Is(err, registry.Forbidden) {
		return nil
	}
	page.Waiting, page.JoinOpen = view.Waiting, view.Open
	return err
}

// Budgets of those who join: what sixty people behind one address need, several
// times over, and what is no use to somebody who guesses.
var (
	joinMisses  = edge.Budget{Burst: 300, Every: 2 * time.Second}         // codes that never were, from one network
	joinSends   = edge.Budget{Burst: 600, Every: time.Second}             // forms from one network
	joinOfClass = edge.Budget{Burst: 1200, Every: time.Second}            // forms for one class
	joinNames   = edge.Budget{Burst: 6000, Every: 100 * time.Millisecond} // previews for one network
)
