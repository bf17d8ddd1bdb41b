package accredit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// The lists that can be taken in.
const (
	ImportOrganizations = "organizations"
	ImportBases         = "bases"
	ImportTrainers      = "trainers"
	ImportAccounts      = "accounts"
)

// ImportKinds lists them, with what somebody must be allowed to do to take one in.
var ImportKinds = map[string]registry.Action{ImportOrganizations: registry.EditOrganization, ImportBases: registry.AccreditBase,
	ImportTrainers: registry.AccreditTrainer, ImportAccounts: registry.InviteAccount}

// columns are the columns of each list; a star marks those without which a row
// cannot be read. Their headings are those that exports and templates write, in
// every language.
var columns = map[string][]string{
	ImportOrganizations: {"code", "parent", "type", "name_zh", "name_en", "name_ru", "aliases", "region", "tz"},
	ImportBases:         {"code*", "host*", "programmes", "name_zh", "name_en", "name_ru", "campus", "tz", "contact", "manikins", "from", "until"},
	ImportTrainers:      {"name*", "latin_name", "id_type", "id", "email", "course*", "level", "from", "until", "organization_code"},
	ImportAccounts:      {"email", "name", "role*", "organization_code"},
}

// ImportColumns lists the columns of a list in the order of its template.
func ImportColumns(kind string) []string {
	var names []string
	for _, c := range columns[kind] {
		names = append(names, strings.TrimSuffix(c, "*"))
	}
	return names
}

func intakeColumns(kind string) []intake.Column {
	var list []intake.Column
	for _, c := range columns[kind] {
		name, required := strings.CutSuffix(c, "*")
		col := intake.Column{Name: name, Required: required, Date: name == "from" || name == "until"}
		for _, l := range i18n.Langs {
			col.Headings = append(col.Headings, i18n.For(l).T("registers.col."+name))
		}
		list = append(list, col)
	}
	return list
}

// importLimits let in as many rows as the largest movement has partners.
var importLimits = intake.Limits{Rows: 20_000}

// importLife is how long an uploaded list is kept.
const importLife = 30 * 24 * time.Hour

// ListReport is what taking a list makes, or would make.
type ListReport struct {
	Created, Updated, Unchanged, Rejected int
	Faults                                []registry.Fault
}

// ListPreview is an uploaded list with what would be made of it.
type ListPreview struct {
	Import store.RegisterImport
	Sheet  *intake.Sheet
	Report ListReport
}

// StoreList keeps an uploaded list for its preview.
func (s *Service) StoreList(ctx context.Context, by registry.Actor, kind, name string, data []byte) (store.RegisterImport, error) {
	if err := mayImport(by, kind); err != nil {
		return store.RegisterImport{}, err
	}
	if _, err := readList(kind, name, data); err != nil {
		return store.RegisterImport{}, err
	}
	sum := sha256.Sum256(data)
	i := store.RegisterImport{ID: store.NewID(), Kind: kind, Filename: name, SHA256: hex.EncodeToString(sum[:]), Body: data, Status: "previewed", CreatedBy: by.Account, CreatedAt: s.Now(), Version: 1}
	return i, s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetRegisterImports(ctx, s.Now().Add(-importLife)); err != nil {
			return err
		}
		if err := tx.AddRegisterImport(ctx, i); err != nil {
			return err
		}
		act := s.act(by, "register.upload", "import", i.ID, scopeOf(by, kind), nil)
		act.Detail = map[string]string{"kind": kind, "sha256": i.SHA256}
		return tx.Audit(ctx, act)
	})
}

func mayImport(by registry.Actor, kind string) error {
	act, ok := ImportKinds[kind]
	if !ok {
		return registry.Fail(registry.NotFound, "import.unknown", kind)
	}
	if !registry.CanSomewhere(by, act) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(act))
	}
	return nil
}

// scopeOf is the first organization in which the actor may take in the list.
func scopeOf(by registry.Actor, kind string) registry.ID {
	if scopes := registry.ScopesFor(by, ImportKinds[kind]); len(scopes) > 0 {
		return scopes[0]
	}
	return ""
}

func readList(kind, name string, data []byte) (*intake.Sheet, error) {
	table, err := intake.ReadTable(name, data, importLimits)
	if err != nil {
		return nil, err
	}
	return intake.ReadSheet(table, intakeColumns(kind))
}

// PreviewList says what taking the list would make now. Only who uploaded it sees
// it.
func (s *Service) PreviewList(ctx context.Context, by registry.Actor, id registry.ID) (ListPreview, error) {
	var p ListPreview
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		var err error
		p, err = s.takeList(ctx, tx, by, id, true)
		return err
	})
	return p, err
}

// CommitList takes the rows that are right, or with allOrNothing none unless all
// are. Taking the same list again changes nothing.
func (s *Service) CommitList(ctx context.Context, by registry.Actor, id registry.ID, allOrNothing bool) (ListPreview, error) {
	var p ListPreview
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if p, err = s.takeList(ctx, tx, by, id, false); err != nil {
			return err
		}
		if allOrNothing && p.Report.Rejected > 0 {
			return registry.Fail(registry.Conflict, "register.rejected", p.Report.Rejected)
		}
		p.Import.Status = "done"
		if err := tx.EndRegisterImport(ctx, p.Import); err != nil {
			return err
		}
		act := s.act(by, "register.import", "import", p.Import.ID, scopeOf(by, p.Import.Kind), p.Report)
		act.Detail = map[string]string{"kind": p.Import.Kind, "sha256": p.Import.SHA256}
		return tx.Audit(ctx, act)
	})
	return p, err
}

func (s *Service) takeList(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID, dry bool) (ListPreview, error) {
	i, err := tx.RegisterImport(ctx, id)
	if err != nil {
		return ListPreview{}, err
	}
	if i.CreatedBy != by.Account {
		return ListPreview{}, registry.Fail(registry.NotFound, "import.unknown", id)
	}
	if err := mayImport(by, i.Kind); err != nil {
		return ListPreview{}, err
	}
	sheet, err := readList(i.Kind, i.Filename, i.Body)
	if err != nil {
		return ListPreview{}, err
	}
	l := &lister{s: s, ctx: ctx, tx: tx, by: by, dry: dry, sheet: sheet, today: registry.DateOf(s.Now().UTC())}
	if l.all, err = access.ReadTree(ctx, tx); err != nil {
		return ListPreview{}, err
	}
	if err := l.take(i.Kind, scopeOf(by, i.Kind)); err != nil {
		return ListPreview{}, err
	}
	return ListPreview{Import: i, Sheet: sheet, Report: l.report}, nil
}

// lister takes a list row by row. Dry, it changes nothing but what it remembers.
type lister struct {
	s      *Service
	ctx    context.Context
	tx     *store.Tx
	by     registry.Actor
	dry    bool
	sheet  *intake.Sheet
	all    access.Tree
	codes  map[string]registry.ID
	today  registry.Date
	root   registry.ID // where a row without an organization belongs
	report ListReport
}

// outcome is what became of a row.
type outcome int

const (
	unchanged outcome = iota
	created
	updated
)

func (l *lister) take(kind string, root registry.ID) error {
	l.root = root
	switch kind {
	case ImportOrganizations:
		return l.organizations()
	case ImportBases:
		return l.bases()
	case ImportTrainers:
		return l.trainers()
	}
	return l.accounts()
}

// each takes every row with f; a refusal is the row's fault, anything else ends
// the import.
func (l *lister) each(rows []intake.SheetRow, f func(intake.SheetRow) (outcome, error)) error {
	for _, row := range rows {
		o, err := f(row)
		if err := l.note(row, o, err); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) note(row intake.SheetRow, o outcome, err error) error {
	var refusal *registry.Error
	switch {
	case errors.As(err, &refusal) && refusal.Kind != registry.Unavailable:
		l.report.Rejected++
		l.report.Faults = append(l.report.Faults, registry.Fault{Row: row.Line, Field: l.sheet.Heading[refusal.Field], Code: refusal.Code, Args: refusal.Args})
	case err != nil:
		return err
	case o == created:
		l.report.Created++
	case o == updated:
		l.report.Updated++
	default:
		l.report.Unchanged++
	}
	return nil
}

// write does what a row asks for, unless this is a preview.
func (l *lister) write(do func() error) error {
	if l.dry {
		return nil
	}
	return do()
}

func (l *lister) byCode(code string) (registry.Organization, bool) {
	if l.codes == nil {
		l.codes = map[string]registry.ID{}
		for _, o := range l.all {
			l.codes[o.Code] = o.ID
		}
	}
	o, ok := l.all[l.codes[strings.ToUpper(code)]]
	return o, ok
}

// place finds the organization that a row names, or where rows without one
// belong, and checks that the actor may do act there.
func (l *lister) place(field, code string, act registry.Action) (registry.Organization, error) {
	o, ok := l.all[l.root]
	if code != "" {
		o, ok = l.byCode(code)
	}
	if !ok || !registry.Can(l.by, act, l.all.Path(o.ID)) {
		return o, registry.FailField(registry.Invalid, field, "organization.unknown", code)
	}
	return o, nil
}

func textIn(v map[string]string, name string) registry.Text {
	t := registry.Text{}
	for _, l := range i18n.Langs {
		if s := v[name+"_"+string(l)]; s != "" {
			t[string(l)] = s
		}
	}
	return t
}

// listed reads several values in one cell.
func listed(s string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(";；|\n", r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// codesIn reads several codes in one cell, which may also be parted by commas.
func codesIn(s string) []string {
	return listed(strings.ToUpper(strings.NewReplacer(",", ";", "，", ";", "、", ";", " ", ";").Replace(s)))
}

// word finds which of the values a cell means: by its own name or by its text in
// any language.
func word[T ~string](cell, prefix string, values []T) (T, bool) {
	key := registry.NameKey(cell)
	for _, v := range values {
		if registry.NameKey(string(v)) == key {
			return v, true
		}
		for _, l := range i18n.Langs {
			if registry.NameKey(i18n.For(l).T(prefix+string(v))) == key {
				return v, true
			}
		}
	}
	return "", false
}

func (l *lister) day(v map[string]string, field string) (registry.Date, error) {
	if v[field] == "" {
		return registry.Date{}, nil
	}
	d, err := registry.ParseAnyDate(v[field])
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		return d, &registry.Error{Kind: registry.Invalid, Field: field, Code: refusal.Code, Args: refusal.Args}
	}
	return d, err
}

// sameText reports that the text has every language of the other, equal.
func sameText(t, part registry.Text) bool {
	for lang, s := range part {
		if t[lang] != s {
			return false
		}
	}
	return true
}

func mergeText(t, part registry.Text) registry.Text {
	out := registry.Text{}
	for lang, s := range t {
		out[lang] = s
	}
	for lang, s := range part {
		out[lang] = s
	}
	return out
}

func union(list, more []string) []string {
	out := slices.Clone(list)
	for _, s := range more {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
