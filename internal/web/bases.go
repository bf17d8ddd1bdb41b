package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

const basesPath = "/registry/bases"

func (s *Server) mountBases(e *gin.Engine) {
	get(e, basesPath, s.staff(s.showBases))
	get(e, basesPath+"/open", s.staff(s.openBaseForm))
	e.POST(basesPath+"/open", s.staff(s.openBase))
	get(e, basesPath+"/:code", s.staff(s.showBase))
	e.POST(basesPath+"/:code", s.staff(s.changeBase))
	e.POST(basesPath+"/:code/state", s.staff(s.moveBase))
}

func baseURL(code string) string { return basesPath + "/" + url.PathEscape(code) }

// stateOfBase is the state on the day; the accreditation of one whose last day
// has passed has lapsed.
func stateOfBase(b registry.Base, today registry.Date) string {
	if b.Status == registry.BaseAccredited && !today.IsZero() && !b.AccreditedUntil.IsZero() && today.After(b.AccreditedUntil) {
		return "lapsed"
	}
	return string(b.Status)
}

func baseState(p *i18n.Printer, b registry.Base, today registry.Date) staff.ListCell {
	state := stateOfBase(b, today)
	tone := map[string]ui.Tone{"accredited": ui.Good, "candidate": ui.Info, "suspended": ui.Warn, "lapsed": ui.Warn, "withdrawn": ui.Bad}[state]
	return staff.ListCell{State: p.T("registers.base." + state), Tone: tone}
}

// utcDay is the day by which registers judge what has lapsed.
func (s *Server) utcDay() registry.Date { return registry.DateOf(s.Now().UTC()) }

// showBases handles GET /registry/bases.
func (s *Server) showBases(c *gin.Context, v visitor) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	f := s.frame(c, v, registryPath)
	p, today := f.P, s.utcDay()
	page := staff.List{Frame: f, Filters: []staff.Filter{
		{Name: "state", Label: p.T("registers.col.state"), Options: options(p, "registers.base.", "accredited", "candidate", "suspended", "lapsed", "withdrawn")},
		{Name: "programme", Label: p.T("registers.col.programme"), Options: programmeOptions(p, view)},
	}}
	if len(view.Issuers()) > 0 {
		page.Actions = []staff.Link{{Text: p.T("registers.bases.open"), URL: basesPath + "/open"}, {Text: p.T("registers.import.do"), URL: importPath("bases")}}
		page.Next, page.NoneMore = page.Actions[0], p.T("registers.bases.none.more")
	}
	return showListing(s, c, v, listing[registry.Base]{path: basesPath, noun: "bases", keep: []string{"state", "programme"}, all: view.Bases,
		id: func(b registry.Base) registry.ID { return b.ID },
		match: func(b registry.Base, f url.Values) bool {
			state, programme := f.Get("state"), f.Get("programme")
			return (state == "" || stateOfBase(b, today) == state) && (programme == "" || slices.Contains(b.Programmes, programme))
		},
		search: func(b registry.Base) []string {
			host, _ := view.Organization(b.Host)
			return append(append(names3(b.Name), names3(host.Name)...), b.Code, b.Campus, host.Code)
		},
		heads: cols(p, "base", "state", "host", "programme", "until", "manikins"),
		row: func(b registry.Base) staff.ListRow {
			host, _ := view.Organization(b.Host)
			return staff.ListRow{Gone: b.Status == registry.BaseWithdrawn, Cells: []staff.ListCell{{Text: p.Text(b.Name), URL: baseURL(b.Code), Under: b.Code}, baseState(p, b, today),
				{Text: p.Text(host.Name), Under: b.Campus}, {Text: strings.Join(b.Programmes, ", ")}, {Text: shortDate(p, b.AccreditedUntil, p.T("registers.open_ended"))},
				{Text: p.Number(b.Manikins), Under: b.Contact}}}
		},
		export: cols(p, "code", "host", "accrediting", "programmes", "name_zh", "name_en", "name_ru", "campus", "tz", "contact", "manikins", "from", "until", "state"),
		line: func(b registry.Base) []string {
			host, _ := view.Organization(b.Host)
			by, _ := view.Organization(b.Accrediting)
			return append(append([]string{b.Code, host.Code, by.Code, strings.Join(b.Programmes, "; ")}, texts3(b.Name)...), b.Campus, b.TZ, b.Contact,
				strconv.Itoa(b.Manikins), b.AccreditedFrom.String(), b.AccreditedUntil.String(), stateOfBase(b, today))
		},
	}, page)
}

func programmeOptions(p *i18n.Printer, view accredit.View) []ui.Option {
	var list []ui.Option
	for _, pr := range view.Programmes {
		list = append(list, ui.Option{Value: pr.Code, Label: p.Text(pr.Name) + " · " + pr.Code})
	}
	return list
}

// showBase handles GET /registry/bases/:code.
func (s *Server) showBase(c *gin.Context, v visitor) error {
	return s.basePage(c, v, nil, nil, nil, http.StatusOK)
}

func (s *Server) basePage(c *gin.Context, v visitor, values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	b, err := view.Base(c.Param("code"))
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, basesPath)}
	p := page.P
	state := baseState(p, b, s.utcDay())
	page.Title, page.Back, page.Refusal = p.Text(b.Name), staff.Link{Text: p.T("registers.bases"), URL: basesPath}, refusal
	page.Chips = []staff.Chip{{Text: state.State, Tone: state.Tone}}
	host, _ := view.Organization(b.Host)
	by, _ := view.Organization(b.Accrediting)
	page.Facts = []staff.FactLine{{Name: p.T("registers.col.code"), Text: b.Code}, {Name: p.T("registers.col.host"), Text: p.Text(host.Name), Soft: b.Campus},
		{Name: p.T("registers.col.accrediting"), Text: p.Text(by.Name)}, {Name: p.T("registers.col.programme"), Text: strings.Join(b.Programmes, ", ")},
		{Name: p.T("registers.base.term"), Text: p.Date(b.AccreditedFrom) + " – " + dateOr(p, b.AccreditedUntil, p.T("registers.open_ended"))},
		{Name: p.T("registers.col.contact"), Text: first0(b.Contact, p.T("registers.nothing"))},
		{Name: p.T("hours.address"), Text: first0(p.Text(b.Address), p.T("registers.nothing"))}, {Name: p.T("hours.title"), Text: first0(strings.Join(hoursText(p, b.Hours), " · "), p.T("registers.nothing"))},
		{Name: p.T("registers.col.manikins"), Text: p.Number(b.Manikins)},
		{Name: p.T("registers.col.tz"), Text: b.TZ}}
	if err := s.baseBlocks(c, v, view, b, &page); err != nil {
		return err
	}
	full := view.Can(registry.AccreditBase, b.Accrediting)
	if full || view.Can(registry.EditBase, b.Host) {
		if values == nil {
			values = baseValues(b)
		}
		form := formFields{p, values, wrong}.baseForm(view, b, full)
		form.Open = refusal != nil && len(wrong) > 0
		page.Forms = append(page.Forms, form)
	}
	if full {
		page.Forms = append(page.Forms, baseMoves(p, b)...)
	}
	return show(c, status, staff.SheetPage(page))
}

func dateOr(p *i18n.Printer, d registry.Date, none string) string {
	if d.IsZero() {
		return none
	}
	return p.Date(d)
}

func baseValues(b registry.Base) url.Values {
	values := url.Values{"contact": {b.Contact}, "campus": {b.Campus}, "manikins": {strconv.Itoa(b.Manikins)}, "tz": {b.TZ}, "programmes": b.Programmes,
		"accredited_from": {b.AccreditedFrom.String()}, "accredited_until": {b.AccreditedUntil.String()}}
	putText(values, "name", b.Name)
	putText(values, "address", b.Address)
	for day := 1; day <= 7; day++ {
		values.Set(dayField(day), b.Hours.Times(day))
	}
	return values
}

func (f formFields) baseForm(view accredit.View, b registry.Base, full bool) staff.Form {
	form := staff.Form{ID: "edit", Title: f.p.T("registers.edit"), Fold: true, Action: baseURL(b.Code), Hidden: [][2]string{{"version", strconv.FormatInt(b.Version, 10)}},
		Submit: f.p.T("staff.save"), Groups: []staff.Group{{Fields: []staff.Entry{f.text("contact", "registers.col.contact"), f.text("campus", "registers.col.campus"),
			f.text("manikins", "registers.col.manikins", number)}}, f.addressGroup(), f.hoursGroup()}}
	if full {
		form.Groups = append([]staff.Group{{Title: f.p.T("registers.base.printed"), Fields: f.texts("name", "registers.col.base")}}, form.Groups...)
		form.Groups = append(form.Groups, staff.Group{Fields: []staff.Entry{f.boxes("programmes", "registers.col.programme", f.programmes(view)),
			f.text("accredited_from", "registers.col.from", daily, required), f.text("accredited_until", "registers.col.until", daily), f.choice("tz", "registers.col.tz", zoneOptions(b.TZ))}})
	}
	return form
}

// dayField is the field of a day of the week, 1 for Monday.
func dayField(day int) string { return "hours-" + strconv.Itoa(day) }

func (f formFields) addressGroup() staff.Group {
	return staff.Group{Title: f.p.T("hours.address"), Fields: f.texts("address", "hours.address")}
}

func (f formFields) hoursGroup() staff.Group {
	g := staff.Group{Title: f.p.T("hours.title"), Hint: f.p.T("hours.hint")}
	for day := 1; day <= 7; day++ {
		g.Fields = append(g.Fields, f.text(dayField(day), "hours.day."+strconv.Itoa(day)))
	}
	return g
}

// hoursOf reads the hours of a form; a form without them leaves what was there.
func hoursOf(was registry.Hours, values url.Values) (registry.Hours, error) {
	if !values.Has(dayField(1)) {
		return was, nil
	}
	var h registry.Hours
	for day := 1; day <= 7; day++ {
		times, err := registry.ParseTimes(day, values.Get(dayField(day)))
		if err != nil {
			return was, err
		}
		h = append(h, times...)
	}
	return h, nil
}

// hoursText is a week in words, one line for days that are alike.
func hoursText(p *i18n.Printer, h registry.Hours) (lines []string) {
	for _, run := range h.Week() {
		days := p.T("hours.short." + strconv.Itoa(run.From))
		switch {
		case run.From == 1 && run.To == 7:
			days = p.T("hours.daily")
		case run.To > run.From:
			days += "–" + p.T("hours.short."+strconv.Itoa(run.To))
		}
		lines = append(lines, days+" "+first(run.Times, p.T("hours.closed")))
	}
	return lines
}

func (f formFields) programmes(view accredit.View) []staff.CheckBox {
	var list []staff.CheckBox
	for _, p := range view.Programmes {
		list = append(list, staff.CheckBox{Value: p.Code, Label: f.p.Text(p.Name), Hint: p.Code})
	}
	return list
}

// baseBlocks are the people of the base: who manages and teaches there, and who
// is invited.
func (s *Server) baseBlocks(c *gin.Context, v visitor, view accredit.View, b registry.Base, page *staff.Sheet) error {
	if !registry.CanSomewhere(v.actor, registry.InviteAccount) || !registry.MayGive(v.actor, registry.RoleTrainer, view.Path(b.Host)) {
		return nil
	}
	p, ctx := page.P, c.Request.Context()
	accounts, err := s.Auth.Register(ctx, v.actor)
	if err != nil {
		return err
	}
	host, _ := view.Organization(b.Host)
	block := staff.Block{Title: p.T("registers.base.people"), Heads: cols(p, "name", "role", "state"), None: p.T("registers.base.people.none"),
		Actions: []staff.Link{{Text: p.T("invite.do"), URL: invitationsPath + "/new?org=" + url.QueryEscape(host.Code)}}}
	if !registry.MayGive(v.actor, registry.RoleBaseManager, view.Path(b.Host)) {
		block.None = p.T("registers.base.people.none.below")
	}
	own := auth.Listed{Account: v.account}
	if !slices.ContainsFunc(accounts, func(a auth.Listed) bool { return a.ID == own.ID }) {
		if roles := rolesAt(p, own.Grants, b.Host); len(roles) > 0 {
			block.Rows = append(block.Rows, staff.ListRow{Cells: []staff.ListCell{{Text: own.Name, Person: true, URL: "/staff/account", Under: p.T("registers.base.people.you")},
				{Text: strings.Join(roles, ", ")}, accountState(p, own.Account)}})
		}
	}
	for _, a := range accounts {
		if roles := rolesAt(p, a.Grants, b.Host); len(roles) > 0 {
			block.Rows = append(block.Rows, staff.ListRow{Cells: []staff.ListCell{{Text: a.Name, Person: true, URL: userURL(a.ID), Under: a.Email}, {Text: strings.Join(roles, ", ")}, accountState(p, a.Account)}})
		}
	}
	links, err := s.Auth.Invitations(ctx, v.actor)
	if err != nil {
		return err
	}
	for _, i := range links {
		if i.Org == b.Host && i.Token != "" {
			block.Rows = append(block.Rows, staff.ListRow{Cells: []staff.ListCell{{Text: invitedName(p, i), Person: i.Name != "", URL: invitationURL(i.ID), Under: i.Email},
				{Text: p.T("registers.role." + string(i.Role))}, {State: p.T("invite.state.open"), Tone: ui.Warn}}})
		}
	}
	page.Blocks = append(page.Blocks, block)
	return nil
}

// rolesAt are the roles that are given in just this organization.
func rolesAt(p *i18n.Printer, grants []registry.Grant, org registry.ID) (roles []string) {
	for _, g := range grants {
		if g.Org == org {
			roles = append(roles, p.T("registers.role."+string(g.Role)))
		}
	}
	return roles
}

func invitedName(p *i18n.Printer, i auth.Link) string {
	return first0(i.Name, i.Email, p.T("invite.somebody"))
}

// baseMoves are the forms that change the accreditation.
func baseMoves(p *i18n.Printer, b registry.Base) []staff.Form {
	var forms []staff.Form
	for _, to := range []registry.BaseStatus{registry.BaseAccredited, registry.BaseSuspended, registry.BaseWithdrawn} {
		if _, err := b.To(to); err == nil {
			key := "registers.base.to." + string(to)
			forms = append(forms, staff.Form{ID: string(to), Title: p.T(key), Lead: p.T(key + ".hint"), Fold: true, Danger: to != registry.BaseAccredited, Action: baseURL(b.Code) + "/state",
				Hidden: [][2]string{{"version", strconv.FormatInt(b.Version, 10)}, {"to", string(to)}}, Submit: p.T(key + ".do")})
		}
	}
	return forms
}

// namedBase is the base of the path, as the account sees it.
func (s *Server) namedBase(c *gin.Context, v visitor) (registry.Base, error) {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return registry.Base{}, err
	}
	return view.Base(c.Param("code"))
}

// changeBase handles POST /registry/bases/:code.
func (s *Server) changeBase(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	b, err := s.namedBase(c, v)
	if err != nil {
		return err
	}
	next, err := baseOf(b, posted(c))
	if err == nil {
		next.Version = versionOf(c)
		_, err = s.Accredit.ChangeBase(ctx, v.actor, next, "")
	}
	if err != nil {
		return s.baseRefused(c, v, err)
	}
	s.flash(c, ui.Good, "staff.flash.saved")
	return to(c, baseURL(b.Code))
}

func (s *Server) baseRefused(c *gin.Context, v visitor, err error) error {
	return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
		if !values.Has("contact") { // another form of the page
			values = nil
		}
		return s.basePage(c, v, values, wrong, refusal, status)
	})
}

// baseOf reads the form of a base over what it is.
func baseOf(b registry.Base, values url.Values) (registry.Base, error) {
	var err error
	b.Contact, b.Campus = strings.TrimSpace(values.Get("contact")), strings.TrimSpace(values.Get("campus"))
	if b.Manikins, err = count(values, "manikins"); err != nil {
		return b, err
	}
	if b.Hours, err = hoursOf(b.Hours, values); err != nil {
		return b, err
	}
	if values.Has("address_zh") {
		b.Address = textOf(values, "address")
	}
	if !values.Has("accredited_from") { // the manager's form
		return b, nil
	}
	b.Name, b.TZ, b.Programmes = textOf(values, "name"), first0(values.Get("tz"), b.TZ), values["programmes"]
	if b.AccreditedFrom, err = dateOf(values, "accredited_from"); err != nil {
		return b, err
	}
	b.AccreditedUntil, err = dateOf(values, "accredited_until")
	return b, err
}

// count reads a whole number of a field, 0 of an empty one.
func count(values url.Values, name string) (int, error) {
	s := strings.TrimSpace(values.Get(name))
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, registry.FailField(registry.Invalid, name, "register.number", s)
	}
	return n, nil
}

// moveBase handles POST /registry/bases/:code/state.
func (s *Server) moveBase(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	b, err := s.namedBase(c, v)
	if err != nil {
		return err
	}
	if _, err := s.Accredit.MoveBase(ctx, v.actor, b.Code, versionOf(c), registry.BaseStatus(c.PostForm("to"))); err != nil {
		return s.baseRefused(c, v, err)
	}
	s.flash(c, ui.Good, "registers.flash.state")
	return to(c, baseURL(b.Code))
}

// openBaseForm handles GET /registry/bases/open.
func (s *Server) openBaseForm(c *gin.Context, v visitor) error {
	values := url.Values{"host": {c.Query("host")}, "org_type": {"hospital"}, "accredited_from": {s.utcDay().String()}, "once": {newOnce()}}
	return s.openBasePage(c, v, values, nil, nil, http.StatusOK)
}

func (s *Server) openBasePage(c *gin.Context, v visitor, values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	issuers := view.Issuers()
	if len(issuers) == 0 {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.AccreditBase))
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, basesPath)}
	p := page.P
	page.Title, page.Sub, page.Refusal = p.T("registers.bases.open"), p.T("registers.open.lead"), refusal
	page.Back = staff.Link{Text: p.T("registers.bases"), URL: basesPath}
	f := formFields{p, values, wrong}
	form, err := f.openForm(view, issuers)
	if err != nil {
		return err
	}
	page.Forms = []staff.Form{form}
	return show(c, status, staff.SheetPage(page))
}

func (f formFields) openForm(view accredit.View, issuers []registry.Organization) (staff.Form, error) {
	p := f.p
	if f.values.Get("tz") == "" {
		f.values.Set("tz", issuers[0].TZ)
	}
	if f.values.Get("parent") == "" {
		f.values.Set("parent", issuers[0].Code)
	}
	var types []string
	for _, t := range registry.OrgTypes {
		types = append(types, string(t))
	}
	mine := func(o registry.Organization) bool { return view.Can(registry.AccreditBase, o.ID) }
	fresh := staff.Group{Title: p.T("registers.open.org"), Hint: p.T("registers.open.org.hint"), Fields: []staff.Entry{f.org("host", "registers.open.host", view, mine)}}
	fresh.Fields = append(append(fresh.Fields, f.texts("org_name", "registers.open.org_name")...),
		f.text("org_code", "registers.col.code", short, func(in *ui.Input) { in.Hint, in.MaxLength = p.T("registers.org.code.hint"), 16 }),
		f.choice("org_type", "registers.col.type", options(p, "registers.type.", types...)), f.org("parent", "registers.org.parent", view, mine))
	base := staff.Group{Title: p.T("registers.open.base"), Fields: append([]staff.Entry{f.text("code", "registers.open.code", required, short, func(in *ui.Input) { in.MaxLength = 6 })},
		f.texts("name", "registers.open.name")...)}
	base.Fields = append(base.Fields, f.text("contact", "registers.col.contact"), f.text("manikins", "registers.col.manikins", number),
		f.text("accredited_from", "registers.col.from", daily, required), f.text("accredited_until", "registers.col.until", daily), f.choice("tz", "registers.col.tz", zoneOptions(f.values.Get("tz"))),
		f.text("signer", "registers.open.signer"), f.text("signer_title", "registers.open.signer_title"))
	courses, err := f.starterBoxes(view)
	if err != nil {
		return staff.Form{}, err
	}
	learn := staff.Group{Title: p.T("registers.open.courses"), Hint: p.T("registers.open.courses.hint"), Fields: []staff.Entry{f.boxes("courses", "registers.courses", courses)}}
	manager := staff.Group{Title: p.T("registers.open.manager"), Hint: p.T("registers.open.manager.hint"), Fields: []staff.Entry{f.text("manager", "registers.col.name"),
		f.text("manager_email", "registers.col.email", func(in *ui.Input) { in.Type, in.InputMode = "email", "email" })}}
	return staff.Form{Action: basesPath + "/open", Hidden: [][2]string{{"once", f.values.Get("once")}}, Groups: []staff.Group{fresh, base, learn, manager}, Submit: p.T("registers.open.do")}, nil
}

// openBase handles POST /registry/bases/open.
func (s *Server) openBase(c *gin.Context, v visitor) error {
	place, err := s.once(c, v, func() (string, error) {
		in, err := s.opening(c, v)
		if err != nil {
			return "", err
		}
		out, err := s.Accredit.OpenBase(c.Request.Context(), v.actor, in)
		if err != nil {
			return "", err
		}
		s.flash(c, ui.Good, "registers.flash.opened", out.Base.Code)
		if out.Token != "" {
			return invitationURL(out.Invitation.ID), nil
		}
		return baseURL(out.Base.Code), nil
	})
	if err != nil {
		return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.openBasePage(c, v, values, wrong, refusal, status)
		})
	}
	return to(c, place)
}

// opening reads the form.
func (s *Server) opening(c *gin.Context, v visitor) (accredit.Opening, error) {
	values := posted(c)
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return accredit.Opening{}, err
	}
	in := accredit.Opening{Courses: values["courses"]}
	if in.Organization, err = hostInput(view, values); err != nil {
		return in, err
	}
	if in.Base, err = baseOf(registry.Base{Code: strings.ToUpper(strings.TrimSpace(values.Get("code")))}, values); err != nil {
		return in, err
	}
	if len(in.Base.Name) == 0 {
		in.Base.Name = in.Organization.Name
	}
	if signer := strings.TrimSpace(values.Get("signer")); signer != "" {
		title := registry.Text{string(edge.Lang(c)): strings.TrimSpace(values.Get("signer_title"))}
		in.Base.Signatories = []registry.Signatory{{Name: signer, Title: title}}
	}
	in.Manager = registry.Invitation{Name: strings.TrimSpace(values.Get("manager")), Email: strings.TrimSpace(values.Get("manager_email")), Lang: string(edge.Lang(c))}
	in.Invite = in.Manager.Name != "" || in.Manager.Email != ""
	return in, nil
}

// hostInput is the organization that was chosen, or the new one that was typed.
func hostInput(view accredit.View, values url.Values) (registry.Organization, error) {
	if code := strings.TrimSpace(values.Get("host")); code != "" {
		o, err := view.OrganizationByCode(code)
		if err != nil {
			return o, registry.FailField(registry.Invalid, "host", "organization.unknown", code)
		}
		return o, nil
	}
	o := registry.Organization{Code: strings.ToUpper(strings.TrimSpace(values.Get("org_code"))), Name: textOf(values, "org_name"), Type: registry.OrgType(values.Get("org_type")), TZ: values.Get("tz")}
	if len(o.Name) == 0 {
		return o, registry.FailField(registry.Invalid, "org_name", "organization.name")
	}
	if !slices.Contains(registry.OrgTypes, o.Type) {
		return o, registry.FailField(registry.Invalid, "org_type", "organization.type")
	}
	parent, err := view.OrganizationByCode(values.Get("parent"))
	if err != nil {
		return o, registry.FailField(registry.Invalid, "parent", "organization.unknown", values.Get("parent"))
	}
	o.Parent = parent.ID
	return o, nil
}
