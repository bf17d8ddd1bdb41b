package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const registryPath = "/registry"

// registerPlaces are the registers, in the order of their tabs, and what opens
// them.
var registerPlaces = []struct {
	path, key string
	needs     registry.Action
}{
	{"/registry/organizations", "registers.organizations", registry.ReadRegister},
	{"/registry/bases", "registers.bases", registry.ReadRegister},
	{"/registry/courses", "registers.courses", registry.ReadRegister},
	{"/registry/trainers", "registers.trainers", registry.ReadPerson},
	{peoplePath, "people.title", registry.ReadPerson},
	{"/registry/users", "registers.users", registry.InviteAccount},
	{"/registry/invitations", "registers.invitations", registry.InviteAccount},
	{rulesPath, "plan.rules", registry.EditOrganization},
	{auditPath, "auditlog.title", registry.ReadAudit},
}

func (s *Server) mountRegisters(e *gin.Engine) {
	get(e, registryPath, s.staff(s.showRegisters))
	s.mountOrganizations(e)
	s.mountBases(e)
	s.mountCourses(e)
	s.mountTrainers(e)
	s.mountUsers(e)
	s.mountInvitations(e)
	s.mountRegisterImports(e)
}

// registerTabs are the registers that the account may open.
func registerTabs(p *i18n.Printer, v visitor, here string) []staff.RegisterTab {
	var tabs []staff.RegisterTab
	for _, place := range registerPlaces {
		if registry.CanSomewhere(v.actor, place.needs) {
			tabs = append(tabs, staff.RegisterTab{Link: staff.Link{Text: p.T(place.key), URL: place.path}, Here: place.path == here})
		}
	}
	return tabs
}

// listing is a register whose entries are in memory: at most some ten thousand,
// which are searched in every script and language.
type listing[T any] struct {
	path   string
	noun   string // begins the keys of its texts: registers.NOUN…
	keep   []string
	all    []T
	id     func(T) registry.ID
	match  func(t T, f url.Values) bool
	search func(T) []string
	heads  []string
	row    func(T) staff.ListRow
	whole  bool     // the file has people's names: it is asked for by a form, with a reason
	export []string // headings of the file
	line   func(T) []string
}

// showListing answers with one page of the register, or with the file of all
// that its filter shows.
func showListing[T any](s *Server, c *gin.Context, v visitor, l listing[T], page staff.List) error {
	keep := append([]string{"q"}, l.keep...)
	cur := cursorOf(c, keep...)
	if c.Request.Method == http.MethodPost {
		cur = formCursor(c, l.path, keep...)
	}
	var found []T
	words := strings.Fields(fold(cur.values.Get("q")))
	for _, t := range l.all {
		if (l.match == nil || l.match(t, cur.values)) && hasAll(words, l.search(t)) {
			found = append(found, t)
		}
	}
	status := http.StatusOK
	if l.whole {
		if registry.CanSomewhere(v.actor, registry.ExportPersonal) {
			page.Export = staff.Export{URL: l.path + "/export", Keep: kept(cur.values), MayWhole: true, AlwaysWhole: true, Text: page.P.T("export.text.staff")}
		}
		if c.Request.Method == http.MethodPost {
			err := s.sendList(c, v, exportAsked(c, l.noun), outList{register: l.noun, head: l.export, more: inMemory(found, l.line)})
			if !isCode(err, "export.reason") {
				return err
			}
			if status, err = exportRefused(c, &page.Export, err); err != nil {
				return err
			}
		}
	} else if format := c.Query("format"); format != "" {
		return s.sendRegister(c, v, l.noun, format, l.export, lines(found, l.line))
	}
	p := page.P
	page.Tabs, page.Path, page.Search, page.Heads = registerTabs(p, v, l.path), l.path, cur.values.Get("q"), l.heads
	page.Title = first(page.Title, p.T("registers."+l.noun))
	page.SearchLabel, page.SearchHint = p.T("registers.search"), p.T("registers."+l.noun+".search")
	page.Filtered = len(cur.values) > 0 || !cur.first()
	for i := range page.Filters {
		f := &page.Filters[i]
		f.Value = cur.values.Get(f.Name)
		f.Options = withChosen(append([]ui.Option{{Value: "", Label: p.T("staff.filter.any")}}, f.Options...), f.Value)
	}
	page.Counted, page.None = p.T("registers."+l.noun+".n", len(found)), p.T("registers."+l.noun+".none")
	formats := []string{"xlsx", "csv"}
	if l.whole {
		formats = nil
	}
	for _, format := range formats {
		values := url.Values{"format": {format}}
		for k, val := range cur.values {
			values[k] = val
		}
		page.Exports = append(page.Exports, staff.Link{Text: strings.ToUpper(format), URL: l.path + "?" + values.Encode()})
	}
	from := slices.IndexFunc(found, func(t T) bool { return l.id(t) == cur.before() }) + 1
	rest := found[from:]
	var shown int
	page.Pages, shown = cur.pages(len(rest), func(i int) registry.ID { return l.id(rest[i]) })
	for _, t := range rest[:shown] {
		page.Rows = append(page.Rows, l.row(t))
	}
	return show(c, status, staff.ListPage(page))
}

// inMemory gives out a list that is there already, all at once.
func inMemory[T any](all []T, line func(T) []string) func(registry.ID, func(...string) error) (registry.ID, int, error) {
	return func(_ registry.ID, put func(...string) error) (registry.ID, int, error) {
		for _, t := range all {
			if err := put(line(t)...); err != nil {
				return "", 0, err
			}
		}
		return "", 0, nil
	}
}

func lines[T any](all []T, line func(T) []string) [][]string {
	out := make([][]string, len(all))
	for i, t := range all {
		out[i] = line(t)
	}
	return out
}

// fold makes texts comparable: small letters, ё as е, names as people search
// them.
func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ё", "е") }

func hasAll(words, texts []string) bool {
	if len(words) == 0 {
		return true
	}
	text := fold(strings.Join(texts, "\n"))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// sendRegister answers with the file of a register. Who took what away is in the
// audit trail.
func (s *Server) sendRegister(c *gin.Context, v visitor, noun, format string, head []string, rows [][]string) error {
	var body []byte
	var err error
	kind := xlsxType
	if format == "csv" {
		kind = "text/csv; charset=utf-8"
		body, err = intake.ExportCSV(head, rows)
	} else {
		format = "xlsx"
		body, err = intake.ExportXLSX(text(c, "registers."+noun), head, rows)
	}
	if err != nil {
		return err
	}
	if err := s.auditExport(c, v, noun, format, len(rows)); err != nil {
		return err
	}
	return download(c, kind, text(c, "registers."+noun)+"-"+registry.DateOf(s.Now().UTC()).String()+"."+format, body)
}

func (s *Server) auditExport(c *gin.Context, v visitor, noun, format string, rows int) error {
	act := store.Act{Actor: v.account.ID, Action: "register.export", ObjectType: "register", At: s.Now(),
		Detail: map[string]string{"register": noun, "format": format, "rows": edge.Printer(c).Number(rows)}}
	if len(v.actor.Grants) > 0 {
		act.Org = v.actor.Grants[0].Org
	}
	ctx := c.Request.Context()
	return s.DB.Tx(ctx, func(tx *store.Tx) error { return tx.Audit(ctx, act) })
}

// names3 is every form of a name, for searching.
func names3(t registry.Text) []string { return []string{t["zh"], t["en"], t["ru"]} }

// texts3 are the three languages of a text, for the columns of a file.
func texts3(t registry.Text) []string { return []string{t["zh"], t["en"], t["ru"]} }

func cols(p *i18n.Printer, names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = p.T("registers.col." + n)
	}
	return out
}

func options(p *i18n.Printer, prefix string, values ...string) []ui.Option {
	var list []ui.Option
	for _, v := range values {
		list = append(list, ui.Option{Value: v, Label: p.T(prefix + v)})
	}
	return list
}

// formFields builds the entries of a form, with what was typed and what is wrong.
type formFields struct {
	p      *i18n.Printer
	values url.Values
	wrong  staff.Wrongs
}

func (f formFields) input(name, label string, more ...func(*ui.Input)) ui.Input {
	in := ui.Input{P: f.p, Name: name, Label: f.p.T(label), Value: f.values.Get(name), MaxLength: 200, Autocomplete: "off"}
	if key := label + ".hint"; f.p.Has(key) {
		in.Hint = f.p.T(key)
	}
	for _, m := range more {
		m(&in)
	}
	if w, ok := f.wrong[name]; ok {
		in.Error, in.Fix = w[0], w[1]
	}
	return in
}

func (f formFields) text(name, label string, more ...func(*ui.Input)) staff.Entry {
	return staff.Entry{Input: f.input(name, label, more...)}
}

func (f formFields) choice(name, label string, options []ui.Option, more ...func(*ui.Input)) staff.Entry {
	return staff.Entry{Input: f.input(name, label, more...), Options: options}
}

func (f formFields) box(name, label string) staff.Entry {
	return staff.Entry{Input: f.input(name, label), Check: true}
}

func (f formFields) boxes(name, label string, boxes []staff.CheckBox) staff.Entry {
	for i := range boxes {
		boxes[i].On = boxes[i].On || slices.Contains(f.values[name], boxes[i].Value)
	}
	return staff.Entry{Input: f.input(name, label), Checks: boxes}
}

// texts are the fields of a text in three languages; the reader's own first.
func (f formFields) texts(name, label string) []staff.Entry {
	langs := []i18n.Lang{f.p.Lang()}
	for _, l := range i18n.Langs {
		if l != f.p.Lang() {
			langs = append(langs, l)
		}
	}
	var list []staff.Entry
	for i, l := range langs {
		in := f.input(name+"_"+string(l), label)
		in.Label, in.Hint = f.p.T("registers.in."+string(l), f.p.T(label)), ""
		if w, ok := f.wrong[name]; ok && i == 0 {
			in.Error, in.Fix = w[0], w[1]
		}
		list = append(list, staff.Entry{Input: in})
	}
	return list
}

func required(in *ui.Input) { in.Required = true }
func short(in *ui.Input)    { in.Class = "short" }
func number(in *ui.Input) {
	in.Type, in.Class, in.InputMode, in.Min = "number", "short", "numeric", "0"
}
func daily(in *ui.Input) { in.Type, in.MaxLength = "date", 0 }
func area(in *ui.Input)  { in.Type, in.MaxLength = "textarea", 2000 }

// putText fills the values of a text's fields.
func putText(values url.Values, name string, t registry.Text) {
	for _, l := range i18n.Langs {
		values.Set(name+"_"+string(l), t[string(l)])
	}
}

// textOf reads the text of three fields; an empty one is no language of it.
func textOf(values url.Values, name string) registry.Text {
	t := registry.Text{}
	for _, l := range i18n.Langs {
		if s := strings.Join(strings.Fields(values.Get(name+"_"+string(l))), " "); s != "" {
			t[string(l)] = s
		}
	}
	return t
}

// posted is the form of the request.
func posted(c *gin.Context) url.Values {
	_ = c.Request.ParseForm() // a form that cannot be read has no values, and each field says so
	return c.Request.PostForm
}

// sheetRefused shows the page of a form again, with what was typed and what is
// wrong with it.
func sheetRefused(c *gin.Context, err error, again func(values url.Values, wrong staff.Wrongs, refusal *staff.Refusal, status int) error) error {
	refusal, status, fault := refused(c, err)
	if fault != nil {
		return fault
	}
	wrong := staff.Wrongs{}
	if field := fieldOf(err); field != "" {
		wrong[field] = [2]string{refusal.Message, refusal.Fix}
	}
	return again(posted(c), wrong, refusal, status)
}

// dateOf reads the date of a field, the zero date of an empty one.
func dateOf(values url.Values, name string) (registry.Date, error) {
	s := strings.TrimSpace(values.Get(name))
	if s == "" {
		return registry.Date{}, nil
	}
	d, err := registry.ParseDate(s)
	if err != nil {
		return d, registry.FailField(registry.Invalid, name, "date.format", s)
	}
	return d, nil
}

func shortDate(p *i18n.Printer, d registry.Date, none string) string {
	if d.IsZero() {
		return none
	}
	return p.ShortDate(d)
}
