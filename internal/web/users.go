package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const usersPath = "/registry/users"

func (s *Server) mountUsers(e *gin.Engine) {
	get(e, usersPath, s.staff(s.showUsers))
	e.POST(usersPath+"/export", s.staff(s.showUsers))
	get(e, usersPath+"/:id", s.staff(func(c *gin.Context, v visitor) error { return s.userPage(c, v, nil, http.StatusOK) }))
	e.POST(usersPath+"/:id/grant", s.staff(s.grantRole))
	e.POST(usersPath+"/:id/withdraw", s.staff(s.withdrawRole))
	e.POST(usersPath+"/:id/state", s.staff(s.setUserState))
	e.POST(usersPath+"/:id/password", s.staff(s.newPassword))
}

func userURL(id registry.ID) string { return usersPath + "/" + string(id) }

func accountState(p *i18n.Printer, a registry.Account) staff.ListCell {
	tone := ui.Good
	if a.Status != registry.AccountActive {
		tone = ui.Bad
	}
	return staff.ListCell{State: p.T("registers.account." + string(a.Status)), Tone: tone}
}

// grantTexts are an account's roles in words.
func grantTexts(p *i18n.Printer, view accredit.View, a registry.Account) []string {
	var list []string
	for _, g := range a.Grants {
		org, _ := view.Organization(g.Org)
		list = append(list, p.T("registers.grant", p.T("registers.role."+string(g.Role)), first0(p.Text(org.Name), p.T("registers.elsewhere"))))
	}
	return list
}

func roleOptions(p *i18n.Printer, roles []registry.Role) []ui.Option {
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	return options(p, "registers.role.", names...)
}

// showUsers handles GET /registry/users.
func (s *Server) showUsers(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	accounts, err := s.Auth.Register(ctx, reader(c, v))
	if err != nil {
		return err
	}
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	f := s.frame(c, v, registryPath)
	p := f.P
	page := staff.List{Frame: f, Lead: p.T("registers.users.lead"), Filters: []staff.Filter{{Name: "role", Label: p.T("registers.col.role"), Options: roleOptions(p, registry.Roles)},
		{Name: "state", Label: p.T("registers.col.state"), Options: options(p, "registers.account.", "active", "disabled")}},
		Actions: []staff.Link{{Text: p.T("invite.do"), URL: invitationsPath + "/new"}, {Text: p.T("registers.import.do"), URL: importPath("accounts")}}}
	page.Next, page.NoneMore = page.Actions[0], p.T("registers.users.none.more")
	return showListing(s, c, v, listing[auth.Listed]{path: usersPath, noun: "users", keep: []string{"role", "state"}, all: accounts,
		id: func(a auth.Listed) registry.ID { return a.ID },
		match: func(a auth.Listed, f url.Values) bool {
			return (f.Get("state") == "" || string(a.Status) == f.Get("state")) &&
				(f.Get("role") == "" || slices.ContainsFunc(a.Grants, func(g registry.Grant) bool { return string(g.Role) == f.Get("role") }))
		},
		search: func(a auth.Listed) []string { return append(grantTexts(p, view, a.Account), a.Name, a.Email) },
		heads:  cols(p, "name", "role", "state"),
		row: func(a auth.Listed) staff.ListRow {
			return staff.ListRow{Gone: a.Status != registry.AccountActive, Cells: []staff.ListCell{{Text: a.Name, Person: true, URL: userURL(a.ID), Under: a.Email},
				{Text: strings.Join(grantTexts(p, view, a.Account), " · ")}, accountState(p, a.Account)}}
		},
		whole:  true,
		export: cols(p, "email", "name", "role", "organization_code", "state"),
		line: func(a auth.Listed) []string {
			var roles, orgs []string
			for _, g := range a.Grants {
				org, _ := view.Organization(g.Org)
				roles, orgs = append(roles, string(g.Role)), append(orgs, org.Code)
			}
			return []string{a.Email, a.Name, strings.Join(roles, "; "), strings.Join(orgs, "; "), string(a.Status)}
		},
	}, page)
}

// listedUser is the account of the address as the register shows it.
func (s *Server) listedUser(c *gin.Context, v visitor) (auth.Listed, error) {
	all, err := s.Auth.Register(c.Request.Context(), v.actor)
	if err != nil {
		return auth.Listed{}, err
	}
	for _, a := range all {
		if string(a.ID) == c.Param("id") {
			return a, nil
		}
	}
	return auth.Listed{}, registry.Fail(registry.NotFound, "account.unknown", "")
}

// userPage answers with an account: its roles, and what can be done with it.
func (s *Server) userPage(c *gin.Context, v visitor, refusal *staff.Refusal, status int) error {
	a, err := s.listedUser(c, v)
	if err != nil {
		return err
	}
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, usersPath)}
	p := page.P
	state := accountState(p, a.Account)
	page.Title, page.Sub, page.Refusal, page.Back = a.Name, a.Email, refusal, staff.Link{Text: p.T("registers.users"), URL: usersPath}
	page.Chips = []staff.Chip{{Text: state.State, Tone: state.Tone}}
	own := a.ID == v.account.ID
	b := staff.Block{Title: p.T("registers.user.roles"), Heads: append(cols(p, "role", "organization"), "")}
	for _, g := range a.Grants {
		org, _ := view.Organization(g.Org)
		b.Rows = append(b.Rows, staff.ListRow{Cells: []staff.ListCell{{Text: p.T("registers.role." + string(g.Role))}, {Text: first0(p.Text(org.Name), p.T("registers.elsewhere")), Under: org.Code}}})
		var deeds []staff.Form
		if !own && len(a.Grants) > 1 && registry.MayGive(v.actor, g.Role, view.Path(g.Org)) {
			deeds = []staff.Form{{Title: p.T("registers.role." + string(g.Role)), Action: userURL(a.ID) + "/withdraw", Submit: p.T("registers.user.withdraw"), Danger: true,
				Hidden: [][2]string{{"role", string(g.Role)}, {"org", org.Code}}}}
		}
		b.Deeds = append(b.Deeds, deeds)
	}
	page.Blocks = []staff.Block{b}
	switch {
	case own:
		page.Notes = []string{p.T("registers.user.own")}
	default:
		page.Forms = s.userForms(p, v, view, a)
	}
	return show(c, status, staff.SheetPage(page))
}

func (s *Server) userForms(p *i18n.Printer, v visitor, view accredit.View, a auth.Listed) []staff.Form {
	f := formFields{p, url.Values{}, nil}
	forms := []staff.Form{{ID: "grant", Title: p.T("registers.user.grant"), Fold: true, Action: userURL(a.ID) + "/grant", Submit: p.T("registers.user.grant.do"),
		Groups: []staff.Group{{Fields: []staff.Entry{f.choice("role", "registers.col.role", roleOptions(p, registry.Giveable(v.actor)), required),
			f.org("org", "registers.col.organization", view, func(o registry.Organization) bool { return view.Can(registry.InviteAccount, o.ID) }, required)}}}}}
	if !a.Managed {
		return forms
	}
	if a.Status == registry.AccountActive {
		forms = append(forms, staff.Form{ID: "password", Title: p.T("registers.user.password"), Lead: p.T("registers.user.password.hint"), Fold: true, Action: userURL(a.ID) + "/password", Submit: p.T("registers.user.password.do")},
			staff.Form{ID: "state", Title: p.T("registers.user.disable"), Lead: p.T("registers.user.disable.hint"), Fold: true, Danger: true, Action: userURL(a.ID) + "/state",
				Hidden: [][2]string{{"to", "disabled"}}, Submit: p.T("registers.user.disable.do")})
	} else {
		forms = append(forms, staff.Form{ID: "state", Title: p.T("registers.user.enable"), Fold: true, Action: userURL(a.ID) + "/state", Hidden: [][2]string{{"to", "active"}}, Submit: p.T("registers.user.enable.do")})
	}
	return forms
}

// userDeed does something with an account and shows it again.
func (s *Server) userDeed(c *gin.Context, v visitor, key string, do func(id registry.ID) error) error {
	a, err := s.listedUser(c, v)
	if err != nil {
		return err
	}
	if err := do(a.ID); err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		return s.userPage(c, v, refusal, status)
	}
	s.flash(c, ui.Good, key)
	return to(c, userURL(a.ID))
}

// grantOf reads a role and an organization of the form.
func (s *Server) grantOf(c *gin.Context, v visitor) (registry.Grant, error) {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return registry.Grant{}, err
	}
	org, err := view.OrganizationByCode(c.PostForm("org"))
	return registry.Grant{Role: registry.Role(c.PostForm("role")), Org: org.ID}, err
}

// grantRole handles POST /registry/users/:id/grant.
func (s *Server) grantRole(c *gin.Context, v visitor) error {
	return s.userDeed(c, v, "registers.flash.role", func(id registry.ID) error {
		g, err := s.grantOf(c, v)
		if err == nil {
			_, err = s.Auth.Grant(c.Request.Context(), v.actor, id, g)
		}
		return err
	})
}

// withdrawRole handles POST /registry/users/:id/withdraw.
func (s *Server) withdrawRole(c *gin.Context, v visitor) error {
	return s.userDeed(c, v, "registers.flash.role", func(id registry.ID) error {
		g, err := s.grantOf(c, v)
		if err == nil {
			_, err = s.Auth.Withdraw(c.Request.Context(), v.actor, id, g)
		}
		return err
	})
}

// setUserState handles POST /registry/users/:id/state.
func (s *Server) setUserState(c *gin.Context, v visitor) error {
	return s.userDeed(c, v, "registers.flash.state", func(id registry.ID) error {
		to := registry.AccountActive
		if c.PostForm("to") == string(registry.AccountDisabled) {
			to = registry.AccountDisabled
		}
		_, err := s.Auth.SetStatus(c.Request.Context(), v.actor, id, to)
		return err
	})
}

// newPassword handles POST /registry/users/:id/password: a link by which the
// owner sets a new password.
func (s *Server) newPassword(c *gin.Context, v visitor) error {
	a, err := s.listedUser(c, v)
	if err != nil {
		return err
	}
	link, err := s.Auth.PasswordLink(c.Request.Context(), v.actor, a.ID)
	if err != nil {
		refusal, status, fault := refused(c, err)
		if fault != nil {
			return fault
		}
		return s.userPage(c, v, refusal, status)
	}
	return to(c, invitationURL(link.ID))
}
