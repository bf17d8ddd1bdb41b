package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/poster"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const invitationsPath = "/registry/invitations"

func (s *Server) mountInvitations(e *gin.Engine) {
	get(e, invitationsPath, s.staff(s.showInvitations))
	e.POST(invitationsPath+"/export", s.staff(s.showInvitations))
	e.POST(invitationsPath, s.staff(s.makeInvitation))
	get(e, invitationsPath+"/new", s.staff(s.newInvitation))
	get(e, invitationsPath+"/:id", s.staff(s.showInvitation))
	get(e, invitationsPath+"/:id/qr.png", s.staff(s.sendInvitationCode))
	e.POST(invitationsPath+"/:id/withdraw", s.staff(s.withdrawInvitation))
	get(e, "/invite/:token", edge.Route(s.showInvited))
	e.POST("/invite/:token", edge.Route(s.acceptInvitation))
}

func invitationURL(id registry.ID) string { return invitationsPath + "/" + string(id) }

func (s *Server) inviteLink(token string) string { return s.Origin + "/invite/" + token }

func invitationTone(state registry.InvitationState) ui.Tone {
	return map[registry.InvitationState]ui.Tone{registry.InvitationOpen: ui.Warn, registry.InvitationUsed: ui.Good, registry.InvitationEnded: ui.Plain, registry.InvitationWithdrawn: ui.Plain}[state]
}

// showInvitations handles GET /registry/invitations. Its file holds the links,
// for a mail merge, so it leaves with a reason only.
func (s *Server) showInvitations(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	links, err := s.Auth.Invitations(ctx, reader(c, v))
	if err != nil {
		return err
	}
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	f := s.frame(c, v, registryPath)
	p := f.P
	page := staff.List{Frame: f, Lead: p.T("invite.lead"), Filters: []staff.Filter{{Name: "state", Label: p.T("registers.col.state"), Options: options(p, "invite.state.", "open", "used", "ended", "withdrawn")},
		{Name: "role", Label: p.T("registers.col.role"), Options: roleOptions(p, registry.Giveable(v.actor))}}, Actions: []staff.Link{{Text: p.T("invite.do"), URL: invitationsPath + "/new"}}}
	page.Next, page.NoneMore = page.Actions[0], p.T("registers.invitations.none.more")
	state := func(i auth.Link) string { return string(i.StateAt(s.Now())) }
	org := func(i auth.Link) registry.Organization { o, _ := view.Organization(i.Org); return o }
	return showListing(s, c, v, listing[auth.Link]{path: invitationsPath, noun: "invitations", keep: []string{"state", "role"}, all: links,
		id: func(i auth.Link) registry.ID { return i.ID },
		match: func(i auth.Link, f url.Values) bool {
			return (f.Get("state") == "" || state(i) == f.Get("state")) && (f.Get("role") == "" || string(i.Role) == f.Get("role"))
		},
		search: func(i auth.Link) []string { return append(names3(org(i).Name), i.Name, i.Email, org(i).Code) },
		heads:  cols(p, "name", "role", "organization", "state", "ends", "link"),
		row: func(i auth.Link) staff.ListRow {
			return staff.ListRow{Cells: []staff.ListCell{{Text: invitedName(p, i), Person: i.Name != "", URL: invitationURL(i.ID), Under: i.Email}, {Text: p.T("registers.role." + string(i.Role))},
				{Text: p.Text(org(i).Name)}, {State: p.T("invite.state." + state(i)), Tone: invitationTone(i.StateAt(s.Now()))}, {Text: p.ShortDate(registry.DateOf(i.EndsAt))}, handOut(p, i)}}
		},
		whole:  true,
		export: cols(p, "name", "email", "role", "organization_code", "state", "ends", "link"),
		line: func(i auth.Link) []string {
			link := ""
			if i.Token != "" {
				link = s.inviteLink(i.Token)
			}
			return []string{i.Name, i.Email, string(i.Role), org(i).Code, p.T("invite.state." + state(i)), registry.DateOf(i.EndsAt).String(), link}
		},
	}, page)
}

// handOut leads to the link and its QR code while they can be used. The link
// itself stands there alone, and in the file, which is noted: not on a list that
// lies open on a screen.
func handOut(p *i18n.Printer, i auth.Link) staff.ListCell {
	if i.Token == "" {
		return staff.ListCell{Text: "–"}
	}
	return staff.ListCell{Text: p.T("invite.hand_out"), URL: invitationURL(i.ID)}
}

// newInvitation handles GET /registry/invitations/new.
func (s *Server) newInvitation(c *gin.Context, v visitor) error {
	values := url.Values{"org": {c.Query("org")}, "role": {first0(c.Query("role"), "trainer")}, "person": {c.Query("person")}, "once": {newOnce()}}
	return s.invitationForm(c, v, values, nil, nil, http.StatusOK)
}

func (s *Server) invitationForm(c *gin.Context, v visitor, values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	if !registry.CanSomewhere(v.actor, registry.InviteAccount) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.InviteAccount))
	}
	ctx := c.Request.Context()
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, invitationsPath)}
	p := page.P
	page.Title, page.Sub, page.Refusal = p.T("invite.do"), p.T("invite.form.lead"), refusal
	page.Back = staff.Link{Text: p.T("registers.invitations"), URL: invitationsPath}
	f := formFields{p, values, wrong}
	if values.Get("org") == "" {
		for _, root := range registry.ScopesFor(v.actor, registry.InviteAccount) {
			if o, ok := view.Organization(root); ok {
				values.Set("org", o.Code)
				break
			}
		}
	}
	group := staff.Group{Fields: []staff.Entry{f.choice("role", "registers.col.role", roleOptions(p, registry.Giveable(v.actor)), required),
		f.org("org", "invite.org", view, func(o registry.Organization) bool { return view.Can(registry.InviteAccount, o.ID) }, required)}}
	hidden := [][2]string{{"once", values.Get("once")}}
	if id := registry.ID(values.Get("person")); id != "" {
		r, err := s.Accredit.TrainerOf(ctx, v.actor, id)
		if err != nil {
			return err
		}
		page.Notes, hidden = []string{p.T("invite.for", r.Person.Name)}, append(hidden, [2]string{"person", string(id)})
	} else {
		group.Fields = append(group.Fields, f.text("name", "invite.name"))
	}
	group.Fields = append(group.Fields, f.text("email", "invite.email", func(in *ui.Input) { in.Type, in.InputMode, in.MaxLength = "email", "email", 254 }))
	page.Forms = []staff.Form{{Action: invitationsPath, Hidden: hidden, Groups: []staff.Group{group}, Submit: p.T("invite.make")}}
	return show(c, status, staff.SheetPage(page))
}

// makeInvitation handles POST /registry/invitations.
func (s *Server) makeInvitation(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	place, err := s.once(c, v, func() (string, error) {
		g, err := s.grantOf(c, v)
		if err != nil {
			return "", registry.FailField(registry.Invalid, "org", "organization.unknown", c.PostForm("org"))
		}
		i := registry.Invitation{Org: g.Org, Role: g.Role, Name: c.PostForm("name"), Email: c.PostForm("email"), Person: registry.ID(c.PostForm("person")), Lang: string(edge.Lang(c))}
		if i.Person != "" {
			if _, err := s.Accredit.TrainerOf(ctx, v.actor, i.Person); err != nil {
				return "", err
			}
		}
		link, err := s.Auth.Invite(ctx, v.actor, i)
		return invitationURL(link.ID), err
	})
	if err != nil {
		return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.invitationForm(c, v, values, wrong, refusal, status)
		})
	}
	return to(c, place)
}

// showInvitation handles GET /registry/invitations/:id: what to hand over.
func (s *Server) showInvitation(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	link, err := s.Auth.Invitation(ctx, v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	org, _ := view.Organization(link.Org)
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, invitationsPath)}
	p := page.P
	state := link.StateAt(s.Now())
	page.Title, page.Back = p.T("invite.title", invitedName(p, link)), staff.Link{Text: p.T("registers.invitations"), URL: invitationsPath}
	page.Chips = []staff.Chip{{Text: p.T("invite.state." + string(state)), Tone: invitationTone(state)}}
	what := staff.FactLine{Name: p.T("registers.col.role"), Text: p.T("invite.password")}
	if link.Kind == registry.InviteRole {
		what.Text = p.T("registers.grant", p.T("registers.role."+string(link.Role)), p.Text(org.Name))
	}
	page.Facts = []staff.FactLine{what, {Name: p.T("registers.col.email"), Text: first0(link.Email, p.T("invite.email.open"))}, {Name: p.T("registers.col.ends"), Text: p.Date(registry.DateOf(link.EndsAt))}}
	if link.Token != "" {
		page.Hand = s.handOver(p, link, org)
		page.Forms = []staff.Form{{ID: "withdraw", Title: p.T("invite.withdraw"), Lead: p.T("invite.withdraw.hint"), Fold: true, Danger: true, Action: invitationURL(link.ID) + "/withdraw", Submit: p.T("invite.withdraw.do")}}
	}
	return show(c, http.StatusOK, staff.SheetPage(page))
}

func (s *Server) handOver(p *i18n.Printer, link auth.Link, org registry.Organization) *staff.HandOver {
	address := s.inviteLink(link.Token)
	h := &staff.HandOver{Title: p.T("invite.hand"), Lead: p.T("invite.hand.lead"), Link: address, QR: invitationURL(link.ID) + "/qr.png", Ends: p.T("invite.ends", registry.DateOf(link.EndsAt))}
	if link.Kind == registry.InvitePassword {
		h.Message = p.T("invite.text.password", link.Name, address, registry.DateOf(link.EndsAt))
	} else {
		h.Message = p.T("invite.text.role", first0(link.Name, p.T("invite.text.you")), org.Name, p.T("registers.role."+string(link.Role)), address, registry.DateOf(link.EndsAt))
	}
	return h
}

// sendInvitationCode handles GET /registry/invitations/:id/qr.png.
func (s *Server) sendInvitationCode(c *gin.Context, v visitor) error {
	link, err := s.Auth.Invitation(c.Request.Context(), v.actor, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if link.Token == "" {
		return registry.Fail(registry.NotFound, "invitation.unknown", "")
	}
	png, err := poster.QR(s.inviteLink(link.Token), screenCode)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "image/png", png)
	return nil
}

// withdrawInvitation handles POST /registry/invitations/:id/withdraw.
func (s *Server) withdrawInvitation(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	if err := s.Auth.WithdrawInvitation(c.Request.Context(), v.actor, id); err != nil {
		return err
	}
	s.flash(c, ui.Good, "invite.flash.withdrawn")
	return to(c, invitationURL(id))
}

// invited reads the invitation of the address, for whoever has its link.
func (s *Server) invited(c *gin.Context) (auth.Invited, error) {
	private(c)
	s.keepLanguage(c)
	in, err := s.Auth.Invited(c.Request.Context(), c.Param("token"))
	if errors.Is(err, registry.NotFound) {
		err = s.Lookups.LinkMissed(c, registry.Fail(registry.NotFound, "invitation.link"))
	}
	return in, err
}

// showInvited handles GET /invite/:token.
func (s *Server) showInvited(c *gin.Context) error {
	in, err := s.invited(c)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, pages.InvitePage(s.invitePage(c, in, in.Name, in.Email)))
}

func (s *Server) invitePage(c *gin.Context, in auth.Invited, name, email string) pages.Invite {
	p := edge.Printer(c)
	page := pages.Invite{P: p, Here: c.Request.URL, Demo: s.Demo, Action: "/invite/" + c.Param("token"), Organization: p.Text(in.Organization.Name), Ends: p.Date(registry.DateOf(in.EndsAt)),
		Name: name, Email: email, FixedEmail: in.Email != "", FixedName: in.Person != "", Password: in.Kind == registry.InvitePassword, Wrong: map[string][2]string{}}
	if in.Kind == registry.InviteRole {
		page.Role = p.T("registers.role." + string(in.Role))
		page.About = p.T("invite.about." + string(in.Role))
	}
	return page
}

// acceptInvitation handles POST /invite/:token, and leads to the desk.
func (s *Server) acceptInvitation(c *gin.Context) error {
	in, err := s.invited(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	name, email := strings.TrimSpace(c.PostForm("name")), strings.TrimSpace(c.PostForm("email"))
	if in.Person != "" {
		name = in.Name
	}
	if switching(c) {
		page := s.invitePage(c, in, name, first0(in.Email, email))
		page.Sent = true
		return show(c, http.StatusOK, pages.InvitePage(page))
	}
	account, err := s.Auth.Accept(ctx, c.Param("token"), auth.Acceptance{Name: name, Email: email, Password: c.PostForm("password"), Lang: string(edge.Lang(c)), Address: edge.Client(c)})
	if err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		page := s.invitePage(c, in, name, first0(in.Email, email))
		page.Sent = true
		if field := fieldOf(err); field != "" {
			page.Wrong[field] = [2]string{refusal.Message, refusal.Fix}
		} else {
			page.Refusal = [2]string{refusal.Message, refusal.Fix}
		}
		return show(c, status, pages.InvitePage(page))
	}
	if err := s.begin(c, account); err != nil {
		return err
	}
	s.flash(c, ui.Good, "invite.flash.welcome", account.Name)
	return to(c, landing(account.Actor()))
}
