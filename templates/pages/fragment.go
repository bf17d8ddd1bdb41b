package pages

import (
	"path"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// held is what the page's script holds the record behind "#" against, in
// docs/verdicts.md, "A QR code opened in a browser". It says nothing that the
// page does not show.
type held struct {
	Code    registry.Code        `json:"code"`
	Dir     string               `json:"dir"`     // of the modules
	Modules []string             `json:"modules"` // the first is the one to import
	Fields  []field              `json:"fields"`  // none where the page shows no certificate
	Texts   map[string][2]string `json:"texts"`   // what happened and what it means, by outcome
	Title   string               `json:"title"`   // of a page that disagrees
	Holder  string               `json:"holder"`  // heads the name then
	Says    string               `json:"says"`    // "the QR code: …"
}

// field is one value of the page: by its name in a record, as it is compared and
// as people read it.
type field struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
	Label string `json:"label"`
	Shown string `json:"shown"`
}

// holds tells whether the page is about one code that may be one of ours.
func (r Result) holds() bool {
	_, err := registry.ParseCode(r.Code)
	return err == nil && !r.Mistyped && r.Answer.Status != registry.StatusAltered
}

func (r Result) held() held {
	code, _ := registry.ParseCode(r.Code)
	p, modules := r.P, assets.Modules("verify/fragment.js")
	dir := path.Dir(modules[0]) + "/"
	for i := range modules {
		modules[i] = path.Base(modules[i])
	}
	could := func(what string) [2]string { return [2]string{p.T("fragment." + what), p.T("fragment.could.next")} }
	return held{
		Code: code, Dir: dir, Modules: modules, Fields: r.fields(),
		Title: p.T("result.title", p.T("fragment.word")), Holder: p.T("result.registry_record"),
		Says: p.T("fragment.code", "…"),
		Texts: map[string][2]string{
			"checking": {p.T("fragment.checking"), ""},
			"same":     {p.T("fragment.same"), p.T("fragment.same.next")},
			"genuine":  {p.T("fragment.genuine"), p.T("fragment.genuine.next")},
			"altered":  {p.T("fragment.altered"), ""}, "different": {p.T("fragment.different"), ""},
			"unreadable": could("unreadable"), "newer": could("newer"), "unknown key": could("unknown"),
			"out of reach": could("reach"), "no crypto": could("crypto"),
		},
	}
}

// fields are the values that a record holds too. A name that was removed at the
// holder's request is no longer there to be compared.
func (r Result) fields() []field {
	s := r.shown()
	if s == nil {
		return nil
	}
	p, until := r.P, ""
	shownUntil := p.T("result.no_expiry")
	if s.ValidUntil != nil {
		until, shownUntil = s.ValidUntil.String(), p.Date(*s.ValidUntil)
	}
	all := []field{
		{"course", s.Course.Code, p.T("result.course"), p.Text(s.Course.Title) + " " + s.Course.Code},
		{"valid_until", until, p.T("result.valid_until"), shownUntil},
		{"kind", s.Kind, p.T("result.kind"), p.T("verdict.kind." + string(s.Kind))},
		{"practical_assessed", s.PracticalAssessed, p.T("result.practical"), yesNo(p, s.PracticalAssessed)},
		{"course_version", s.Course.Version, p.T("fragment.course_version"), p.Number(s.Course.Version)},
		{"hours", s.Hours, p.T("result.hours"), p.T("result.hours.plain", s.Hours)},
		{"practical_hours", s.PracticalHours, p.T("fragment.practice"), p.T("result.hours.plain", s.PracticalHours)},
		{"base", s.Base.Code, p.T("result.base"), p.Text(s.Base.Name) + " " + s.Base.Code},
		{"issued_on", s.IssuedOn, p.T("result.issued"), p.Date(s.IssuedOn)},
		{"valid_from", s.ValidFrom, p.T("result.valid_from"), p.Date(s.ValidFrom)},
		{"demo", s.Demo, p.T("fragment.demo"), yesNo(p, s.Demo)},
	}
	if s.Name == "" {
		return all
	}
	return append([]field{
		{"name", s.Name, p.T("result.holder"), s.Name},
		{"id_last4", s.IDLast4, p.T("fragment.last4"), s.IDLast4},
	}, all...)
}

func yesNo(p *i18n.Printer, yes bool) string {
	if yes {
		return p.T("page.yes")
	}
	return p.T("page.no")
}
