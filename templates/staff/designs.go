package staff

import (
	"net/url"
	"strconv"

	"github.com/passmuster/passmuster/templates/ui"
)

// Designs is /registry/templates: how an issuer's certificates look.
type Designs struct {
	Frame
	Issuers  []ui.Option // where the account may look
	Issuer   string      // code
	Name     string
	MayEdit  bool
	Kinds    []KindDesign
	Cards    []DesignCard
	Pictures []PictureUse
	Signers  []SignerLine
	History  []HistoryLine
}

// KindDesign is the design of one kind of certificate.
type KindDesign struct {
	Kind, Label string
	Design      Link
	Since       string // when it was chosen and by whom; "": never
	Options     []ui.Option
	Chosen      string
}

// DesignCard is one design of the list.
type DesignCard struct {
	ID, URL, Title, Sketch string
	Facts                  string // for which kinds, paper or card
	Origin                 string // built in, or the issuer's own with version and date
	Own                    bool
	Used                   []string // kinds that have it now
	Older                  []Link   // versions before this one
}

// PictureUse is the issuer's logo, or the image of its seal.
type PictureUse struct {
	Role, Label, Hint string
	URL               string // "" where there is none
	Permission        string
	Since             string
	NeedsPermission   bool
	Input             PictureInput
	Wrong             Wrongs
}

// PictureInput is the form of an upload as it was typed.
type PictureInput struct{ Note, PermittedBy, Rights string }

// SignerLine is who signs for a base, or for the issuer.
type SignerLine struct {
	Owner, URL string
	Names      []string // in office, with their term
	Inherits   bool     // names nobody: the issuer's sign
	MayEdit    bool
}

// HistoryLine is one change.
type HistoryLine struct{ When, Text, Note string }

// DesignPage is /registry/templates/{id}: one design and what it makes of names.
type DesignPage struct {
	Frame
	Issuer  string // code
	Name    string
	ID      string
	Title   string
	Origin  string
	Tab     string // "", names, text
	MayEdit bool
	Own     bool
	Card    bool // a wallet card: no signature, no choice
	Used    []string
	Choice  PreviewChoice
	Samples []SampleLine
	Older   []Link
	// The text.
	Source string
	Note   string
	Faults []SourceFault
	Tried  bool // the text was tried and can be printed
	Draft  bool // a copy of a built-in design, to be saved under a name of its own
}

// PreviewChoice says what the preview shows; it stands in the address.
type PreviewChoice struct {
	Kinds, Langs, Samples, Signatories []ui.Option
	Kind, Lang, Sample, Signers        string
	Plain                              bool
}

// SampleLine is one of the names that are hard to print.
type SampleLine struct{ Key, Label, Name, URL, PDF string }

// SourceFault is one thing wrong with the text of a design.
type SourceFault struct {
	Line           int // from 1; 0 for the whole text
	Path           string
	Message, Fix   string
	Before, Around string // the line before, and the line itself
}

// query is the part of an address that says what is previewed.
func (p DesignPage) query(c PreviewChoice) url.Values {
	q := url.Values{"issuer": {p.Issuer}, "kind": {c.Kind}, "langs": {c.Lang}, "sample": {c.Sample}}
	if c.Signers != "" {
		q.Set("signatories", c.Signers)
	}
	if c.Plain {
		q.Set("plain", "1")
	}
	return q
}

// PDF is the address of the preview.
func (p DesignPage) PDF() string {
	return "/registry/templates/" + url.PathEscape(p.ID) + "/preview.pdf?" + p.query(p.Choice).Encode()
}

// Sized is the address of the preview without the viewer's bars.
func (p DesignPage) sized() string { return p.PDF() + "#toolbar=0&navpanes=0&view=Fit" }

func (p DesignPage) tab(name string) string {
	q := p.query(p.Choice)
	if name != "" {
		q.Set("tab", name)
	}
	return "/registry/templates/" + url.PathEscape(p.ID) + "?" + q.Encode()
}

func (p DesignPage) home() Link {
	return Link{p.P.T("designs.title"), "/registry/templates?issuer=" + url.QueryEscape(p.Issuer)}
}

func (f SourceFault) line() string { return strconv.Itoa(f.Line) }

// Signers is /registry/signatories/{owner}: who signs as a rule, with terms.
type Signers struct {
	Frame
	Issuer  string // code
	Owner   string // code of a base; "": the issuer itself
	Name    string
	MayEdit bool
	Version int64
	Rows    []SignerInput
	Wrong   Wrongs
}

// SignerInput is one line of the form as typed.
type SignerInput struct{ Name, ZH, EN, RU, From, Until string }
