package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const orgsPath = "/registry/organizations"

func (s *Server) mountOrganizations(e *gin.Engine) {
	get(e, orgsPath, s.staff(s.showOrganizations))
	e.POST(orgsPath, s.staff(s.addOrganization))
	get(e, orgsPath+"/new", s.staff(s.newOrganization))
	get(e, orgsPath+"/:code", s.staff(s.showOrganization))
	e.POST(orgsPath+"/:code", s.staff(s.changeOrganization))
}

func orgURL(code string) string { return orgsPath + "/" + url.PathEscape(code) }

// placed is an organization with its place in the tree.
type placed struct {
	registry.Organization
	depth int
}

// inTree puts organizations into the order of the tree, those below one after
// it, by code.
func inTree(all []registry.Organization) []placed {
	below := map[registry.ID][]registry.Organization{}
	known := map[registry.ID]bool{}
	for _, o := range all {
		known[o.ID] = true
	}
	for _, o := range all { // by code
		parent := o.Parent
		if !known[parent] {
			parent = ""
		}
		below[parent] = append(below[parent], o)
	}
	var list []placed
	var walk func(parent registry.ID, depth int)
	walk = func(parent registry.ID, depth int) {
		children := below[parent]
		delete(below, parent) // a circle ends here
		for _, o := range children {
			list = append(list, placed{o, depth})
			walk(o.ID, depth+1)
		}
	}
	walk("", 0)
	return list
}

// showOrganizations handles GET /registry/organizations.
func (s *Server) showOrganizations(c *gin.Context, v visitor) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	f := s.frame(c, v, registryPath)
	p := f.P
	page := staff.List{Frame: f, Filters: []staff.Filter{
		{Name: "type", Label: p.T("registers.col.type"), Options: options(p, "registers.type.", typesOf(view)...)},
		{Name: "under", Label: p.T("registers.under"), Options: parentOptions(p, view)},
		{Name: "state", Label: p.T("registers.col.state"), Options: options(p, "registers.org.", "active", "dissolved")},
	}}
	if registry.CanSomewhere(v.actor, registry.EditOrganization) {
		page.Actions = []staff.Link{{Text: p.T("registers.organizations.new"), URL: orgsPath + "/new"}, {Text: p.T("registers.import.do"), URL: importPath("organizations")}}
		page.Next, page.NoneMore = page.Actions[0], p.T("registers.organizations.none.more")
	}
	plain := c.Query("q") == "" && c.Query("type") == "" // then the tree can be seen
	return showListing(s, c, v, listing[placed]{path: orgsPath, noun: "organizations", keep: []string{"type", "under", "state"}, all: inTree(view.Organizations),
		id:     func(o placed) registry.ID { return o.ID },
		match:  func(o placed, f url.Values) bool { return orgMatches(view, o.Organization, f) },
		search: func(o placed) []string { return append(append(names3(o.Name), o.Code, o.Region), o.Aliases...) },
		heads:  cols(p, "organization", "code", "type", "region", "state"),
		row: func(o placed) staff.ListRow {
			row := staff.ListRow{Gone: o.Dissolved, Cells: []staff.ListCell{{Text: p.Text(o.Name), URL: orgURL(o.Code), Under: strings.Join(o.Aliases, " · ")},
				{Text: o.Code, Mono: true}, {Text: p.T("registers.type." + string(o.Type))}, {Text: o.Region, Under: o.TZ}, orgState(p, o.Organization)}}
			if plain {
				row.Cells[0].Indent = o.depth
			}
			return row
		},
		export: cols(p, "code", "parent", "type", "name_zh", "name_en", "name_ru", "aliases", "region", "tz"),
		line: func(o placed) []string {
			parent, _ := view.Organization(o.Parent)
			return append(append([]string{o.Code, parent.Code, string(o.Type)}, texts3(o.Name)...), strings.Join(o.Aliases, "; "), o.Region, o.TZ)
		},
	}, page)
}

func orgState(p *i18n.Printer, o registry.Organization) staff.ListCell {
	switch {
	case o.Dissolved:
		return staff.ListCell{State: p.T("registers.org.dissolved"), Tone: ui.Plain}
	case o.SchemeOwner:
		return staff.ListCell{State: p.T("registers.org.issuer"), Tone: ui.Good}
	}
	return staff.ListCell{State: p.T("registers.org.active"), Tone: ui.Info}
}

func orgMatches(view accredit.View, o registry.Organization, f url.Values) bool {
	if t := f.Get("type"); t != "" && string(o.Type) != t {
		return false
	}
	if state := f.Get("state"); state != "" && o.Dissolved != (state == "dissolved") {
		return false
	}
	if under := f.Get("under"); under != "" {
		top, err := view.OrganizationByCode(under)
		return err == nil && slices.Contains(view.Path(o.ID), top.ID)
	}
	return true
}

func typesOf(view accredit.View) (list []string) {
	for _, t := range registry.OrgTypes {
		if slices.ContainsFunc(view.Organizations, func(o registry.Organization) bool { return o.Type == t }) {
			list = append(list, string(t))
		}
	}
	return list
}

// mostChoices is how many organizations a drop-down list offers; of more, the
// code is typed, and the page stays small.
const mostChoices = 150

// parentOptions are the organizations that have others below them.
func parentOptions(p *i18n.Printer, view accredit.View) []ui.Option {
	parents := map[registry.ID]bool{}
	for _, o := range view.Organizations {
		parents[o.Parent] = true
	}
	var list []ui.Option
	for _, o := range inTree(view.Organizations) {
		if parents[o.ID] && len(list) < mostChoices {
			list = append(list, ui.Option{Value: o.Code, Label: strings.Repeat("– ", o.depth) + p.Text(o.Name)})
		}
	}
	return list
}

// orgField is the field for an organization: a drop-down list of those for which
// ok holds, or the code where there are too many.
func (f formFields) org(name, label string, view accredit.View, ok func(registry.Organization) bool, more ...func(*ui.Input)) staff.Entry {
	var list []ui.Option
	for _, o := range inTree(view.Organizations) {
		if (ok(o.Organization) && !o.Dissolved) || o.Code == f.values.Get(name) {
			list = append(list, ui.Option{Value: o.Code, Label: strings.Repeat("– ", o.depth) + f.p.Text(o.Name) + " · " + o.Code})
		}
	}
	if len(list) > mostChoices {
		e := f.text(name, label, more...)
		e.Hint, e.Class = f.p.T("registers.org.code"), "short"
		return e
	}
	return f.choice(name, label, append([]ui.Option{{Value: "", Label: f.p.T("staff.choose")}}, list...), more...)
}

func zoneOptions(now string) []ui.Option {
	zones := []string{"Asia/Shanghai", "Europe/Moscow", "Europe/Kaliningrad", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Krasnoyarsk", "Asia/Irkutsk",
		"Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "Asia/Almaty", "Africa/Accra", "Africa/Casablanca", "Africa/Johannesburg", "Asia/Hong_Kong", "Asia/Urumqi", "UTC"}
	var list []ui.Option
	for _, z := range zones {
		list = append(list, ui.Option{Value: z, Label: z})
	}
	return withChosen(list, first0(now, zones[0]))
}

// first0 is the first text that is not empty, "" for none.
func first0(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// orgForm is the form of an organization, a new one for version 0.
func (f formFields) orgForm(view accredit.View, o registry.Organization, action string) staff.Form {
	var types []string
	for _, t := range registry.OrgTypes {
		types = append(types, string(t))
	}
	main := staff.Group{Fields: append(f.texts("name", "registers.col.organization"),
		f.choice("type", "registers.col.type", options(f.p, "registers.type.", types...), required))}
	if o.Version == 0 {
		main.Fields = append(main.Fields, f.text("code", "registers.col.code", required, short, func(in *ui.Input) { in.Hint, in.MaxLength = f.p.T("registers.org.code.hint"), 16 }))
	}
	if o.Version == 0 || !o.SchemeOwner {
		main.Fields = append(main.Fields, f.org("parent", "registers.org.parent", view,
			func(p registry.Organization) bool { return view.Can(registry.EditOrganization, p.ID) && p.ID != o.ID }, required))
	}
	more := staff.Group{Fields: []staff.Entry{f.choice("tz", "registers.col.tz", zoneOptions(f.values.Get("tz")), required),
		f.text("region", "registers.col.region", short), f.text("aliases", "registers.org.aliases", area)}}
	form := staff.Form{ID: "edit", Action: action, Groups: []staff.Group{main, more}, Submit: f.p.T("staff.save")}
	switch {
	case o.Version == 0:
		more.Fields = append(more.Fields, f.box("scheme_owner", "registers.org.owner"))
		form.Groups[1], form.Submit = more, f.p.T("registers.organizations.add")
	default:
		form.Groups = append(form.Groups, staff.Group{Fields: []staff.Entry{f.box("dissolved", "registers.org.dissolve"), f.text("successor", "registers.org.successor", short)}})
		form.Hidden = [][2]string{{"version", strconv.FormatInt(o.Version, 10)}}
	}
	return form
}

// newOrganization handles GET /registry/organizations/new.
func (s *Server) newOrganization(c *gin.Context, v visitor) error {
	return s.orgFormPage(c, v, url.Values{"parent": {c.Query("under")}, "type": {"branch"}}, nil, nil, http.StatusOK)
}

func (s *Server) orgFormPage(c *gin.Context, v visitor, values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	if !registry.CanSomewhere(v.actor, registry.EditOrganization) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.EditOrganization))
	}
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, orgsPath)}
	page.Title, page.Back, page.Refusal = page.P.T("registers.organizations.new"), staff.Link{Text: page.P.T("registers.organizations"), URL: orgsPath}, refusal
	f := formFields{page.P, values, wrong}
	if values.Get("tz") == "" {
		if parent, err := view.OrganizationByCode(values.Get("parent")); err == nil {
			values.Set("tz", parent.TZ)
		} else if len(view.Organizations) > 0 {
			values.Set("tz", view.Organizations[0].TZ)
		}
	}
	page.Forms = []staff.Form{f.orgForm(view, registry.Organization{}, orgsPath)}
	return show(c, status, staff.SheetPage(page))
}

// orgOf reads the form of an organization.
func orgOf(view accredit.View, values url.Values) (registry.Organization, error) {
	o := registry.Organization{Code: strings.ToUpper(strings.TrimSpace(values.Get("code"))), Type: registry.OrgType(values.Get("type")), Name: textOf(values, "name"),
		Region: strings.TrimSpace(values.Get("region")), TZ: values.Get("tz"), SchemeOwner: values.Get("scheme_owner") != "", Dissolved: values.Get("dissolved") != ""}
	for line := range strings.FieldsFuncSeq(values.Get("aliases"), func(r rune) bool { return r == '\n' || r == ';' || r == '；' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			o.Aliases = append(o.Aliases, line)
		}
	}
	if !slices.Contains(registry.OrgTypes, o.Type) {
		return o, registry.FailField(registry.Invalid, "type", "organization.type")
	}
	for field, id := range map[string]*registry.ID{"parent": &o.Parent, "successor": &o.Successor} {
		if code := strings.TrimSpace(values.Get(field)); code != "" {
			found, err := view.OrganizationByCode(code)
			if err != nil {
				return o, registry.FailField(registry.Invalid, field, "organization.unknown", code)
			}
			*id = found.ID
		}
	}
	return o, nil
}

// addOrganization handles POST /registry/organizations.
func (s *Server) addOrganization(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	o, err := orgOf(view, posted(c))
	if err == nil && o.Parent == "" {
		err = registry.FailField(registry.Invalid, "parent", "organization.parent")
	}
	if err == nil {
		o, err = s.Accredit.AddOrganization(ctx, v.actor, o)
	}
	if err != nil {
		return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.orgFormPage(c, v, values, wrong, refusal, status)
		})
	}
	s.flash(c, ui.Good, "registers.flash.organization", o.Code)
	return to(c, orgURL(o.Code))
}

// showOrganization handles GET /registry/organizations/:code.
func (s *Server) showOrganization(c *gin.Context, v visitor) error {
	return s.orgPage(c, v, nil, nil, nil, http.StatusOK)
}

func (s *Server) orgPage(c *gin.Context, v visitor, values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
	view, err := s.Accredit.View(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	o, err := view.OrganizationByCode(c.Param("code"))
	if err != nil {
		return err
	}
	page := staff.Sheet{Frame: s.frame(c, v, registryPath), Tabs: registerTabs(edge.Printer(c), v, orgsPath)}
	p := page.P
	page.Title, page.Back, page.Refusal = p.Text(o.Name), staff.Link{Text: p.T("registers.organizations"), URL: orgsPath}, refusal
	cell := orgState(p, o)
	page.Chips = []staff.Chip{{Text: cell.State, Tone: cell.Tone}}
	var path []string
	for _, id := range slices.Backward(view.Path(o.ID)) {
		if above, ok := view.Organization(id); ok && id != o.ID {
			path = append(path, p.Text(above.Name))
		}
	}
	page.Facts = []staff.FactLine{{Name: p.T("registers.col.code"), Text: o.Code}, {Name: p.T("registers.col.type"), Text: p.T("registers.type." + string(o.Type))},
		{Name: p.T("registers.org.parent"), Text: first0(strings.Join(path, " › "), p.T("registers.org.top"))}, {Name: p.T("registers.col.tz"), Text: o.TZ, Soft: o.Region}}
	if len(o.Aliases) > 0 {
		page.Facts = append(page.Facts, staff.FactLine{Name: p.T("registers.org.aliases"), Text: strings.Join(o.Aliases, " · ")})
	}
	page.Blocks = []staff.Block{orgBelow(p, view, o), orgBases(p, view, o)}
	if view.Can(registry.EditOrganization, o.ID) {
		if values == nil {
			values = orgValues(view, o)
		}
		form := formFields{p, values, wrong}.orgForm(view, o, orgURL(o.Code))
		form.Title, form.Fold, form.Open = p.T("registers.edit"), true, refusal != nil
		page.Forms = []staff.Form{form}
	}
	return show(c, status, staff.SheetPage(page))
}

func orgValues(view accredit.View, o registry.Organization) url.Values {
	parent, _ := view.Organization(o.Parent)
	values := url.Values{"type": {string(o.Type)}, "parent": {parent.Code}, "tz": {o.TZ}, "region": {o.Region}, "aliases": {strings.Join(o.Aliases, "\n")}}
	putText(values, "name", o.Name)
	if o.Dissolved {
		values.Set("dissolved", "1")
	}
	if successor, ok := view.Organization(o.Successor); ok {
		values.Set("successor", successor.Code)
	}
	return values
}

// mostBelow is how many entries a block of a sheet lists.
const mostBelow = 20

func orgBelow(p *i18n.Printer, view accredit.View, o registry.Organization) staff.Block {
	b := staff.Block{Title: p.T("registers.org.below"), Heads: cols(p, "organization", "code", "type"), None: p.T("registers.org.below.none")}
	for _, child := range view.Organizations {
		if child.Parent == o.ID && len(b.Rows) < mostBelow {
			b.Rows = append(b.Rows, staff.ListRow{Gone: child.Dissolved, Cells: []staff.ListCell{{Text: p.Text(child.Name), URL: orgURL(child.Code)}, {Text: child.Code, Mono: true},
				{Text: p.T("registers.type." + string(child.Type))}}})
		}
	}
	if view.Can(registry.EditOrganization, o.ID) {
		b.Actions = append(b.Actions, staff.Link{Text: p.T("registers.org.below.add"), URL: orgsPath + "/new?under=" + url.QueryEscape(o.Code)})
	}
	if len(b.Rows) > 0 {
		b.Actions = append(b.Actions, staff.Link{Text: p.T("registers.org.below.all"), URL: orgsPath + "?under=" + url.QueryEscape(o.Code)})
	}
	return b
}

func orgBases(p *i18n.Printer, view accredit.View, o registry.Organization) staff.Block {
	b := staff.Block{Title: p.T("registers.bases"), Heads: cols(p, "base", "code", "state"), None: p.T("registers.org.bases.none")}
	for _, base := range view.Bases {
		if slices.Contains(view.Path(base.Host), o.ID) && len(b.Rows) < mostBelow {
			state := baseState(p, base, registry.Date{})
			b.Rows = append(b.Rows, staff.ListRow{Cells: []staff.ListCell{{Text: p.Text(base.Name), URL: baseURL(base.Code)}, {Text: base.Code, Mono: true}, state}})
		}
	}
	if view.Can(registry.AccreditBase, o.ID) {
		b.Actions = []staff.Link{{Text: p.T("registers.bases.open"), URL: "/registry/bases/open?host=" + url.QueryEscape(o.Code)}}
	}
	return b
}

// changeOrganization handles POST /registry/organizations/:code.
func (s *Server) changeOrganization(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	view, err := s.Accredit.View(ctx, v.actor)
	if err != nil {
		return err
	}
	before, err := view.OrganizationByCode(c.Param("code"))
	if err != nil {
		return err
	}
	next, err := orgOf(view, posted(c))
	if err == nil {
		next.ID, next.Version = before.ID, versionOf(c)
		if before.SchemeOwner {
			next.Parent = before.Parent
		}
		next, err = s.Accredit.ChangeOrganization(ctx, v.actor, next)
	}
	if err != nil {
		return sheetRefused(c, err, func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error {
			return s.orgPage(c, v, values, wrong, refusal, status)
		})
	}
	s.flash(c, ui.Good, "staff.flash.saved")
	return to(c, orgURL(next.Code))
}

// versionOf is the version that a form was shown with.
func versionOf(c *gin.Context) int64 {
	n, _ := strconv.ParseInt(c.PostForm("version"), 10, 64) // what is no number is no version that there is
	return n
}
