package staff

import (
	"slices"
	"strconv"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

// Certificates is the list of certificates that the reader may see.
type Certificates struct {
	Frame
	Search, Course, Base, Status string
	Dates, From, Until           string // "issued" or "ends", and two days
	Courses, Bases               []ui.Option
	Wrong                        [2]string // what is wrong with the dates
	Filtered                     bool      // by anything
	Path                         string
	Export                       Export
	Rows                         []CertificateRow
	Pages                        ui.Pages
}

// CertificateRow is one certificate of a list.
type CertificateRow struct {
	URL, Number, Name, Last4, Course, Base string
	IssuedOn, ValidUntil                   registry.Date
	Status                                 registry.Status
	Kind                                   registry.CredentialKind
	Queued                                 bool // reserved, not signed yet
}

// statusFilters are the statuses that a list can be cut to.
var statusFilters = []registry.Status{registry.StatusValid, registry.StatusExpiring, registry.StatusExpired, registry.StatusNotYetValid,
	registry.StatusSuspended, registry.StatusRevoked, registry.StatusSuperseded}

func (c Certificates) statuses() []ui.Option {
	list := []ui.Option{{Value: "", Label: c.P.T("credentials.any_status")}}
	for _, s := range statusFilters {
		list = append(list, ui.Option{Value: string(s), Label: c.P.T("credentials.status." + string(s))})
	}
	return list
}

// saved are the filters that are asked for every week; the one that is shown has
// no address.
func (c Certificates) saved() []Link {
	var list []Link
	for _, f := range []struct {
		key    string
		status registry.Status
	}{{"all", ""}, {"expiring", registry.StatusExpiring}, {"expired", registry.StatusExpired}, {"suspended", registry.StatusSuspended}} {
		l := Link{Text: c.P.T("credentials.saved." + f.key), URL: c.Path}
		if f.status != "" {
			l.URL += "?status=" + string(f.status)
		}
		if c.only(string(f.status)) {
			l.URL = ""
		}
		list = append(list, l)
	}
	return list
}

// only reports that the list is filtered by the status and by nothing else.
func (c Certificates) only(status string) bool {
	return c.Status == status && c.Search+c.Course+c.Base+c.From+c.Until == ""
}

// more reports that the list is filtered by something that is folded away.
func (c Certificates) more() bool {
	return c.Course+c.Base+c.From+c.Until+c.Wrong[0] != "" || c.Status != "" && !c.isSaved()
}

// isSaved reports that one of the saved filters is shown.
func (c Certificates) isSaved() bool {
	return c.only(c.Status) && slices.ContainsFunc(c.saved(), func(l Link) bool { return l.URL == "" })
}

func (c Certificates) dates() []ui.Option {
	return []ui.Option{{Value: "issued", Label: c.P.T("credentials.dates.issued")}, {Value: "ends", Label: c.P.T("credentials.dates.ends")}}
}

// Issued is what became of a class: its certificates in roster order.
type Issued struct {
	Frame
	Course, Code, Base, Dates string
	ClassURL                  string
	Run                       string // where the signing can be watched, while it goes on
	Counts                    []Count
	Rows                      []IssuedRow
	Links                     bool // the reader hands out the holders' links
	Slips                     string
}

// IssuedRow is one person of the class.
type IssuedRow struct {
	Position          int
	Name              string
	URL, Number, Code string // empty where there is no certificate
	PDF, Holder       string
	Status            registry.Status
	Kind              registry.CredentialKind
	Queued            bool
	Outcome           registry.Outcome
	Held              string // why the approver held it back
	Withdrawn         bool
}

// Certificate is one certificate with all that is known and done about it.
type Certificate struct {
	Frame
	Number, URL     string
	Kind            registry.CredentialKind
	Status          registry.Status
	Line            string // beside the verdict
	Queued, Removed bool
	Person          string // page of the holder's whole history; empty where the reader may not see it
	Name, Latin     string
	Last4, Code     string
	PDF, Verify     string
	Holder          string // private link; empty where the reader hands out none
	Facts, Details  []FactLine
	Chain           []FactLine // the certificates before and after it
	History         []Event
	Request         *Asked
	Wish            *Wish    // of the holder to be erased; nil where none waits
	Barred          *Refusal // why the reader may do nothing about it, though his role would
	CanSuspend      bool
	CanReinstate    bool
	CanRevoke       bool
	CanErase        bool
	CanCorrect      bool
	In              DeedInput
	Wrong           map[string]Refusal
	Preview         *Correction
}

// Event is one decision about a certificate.
type Event struct {
	Tone                       ui.Tone
	What, When, Who, Why, Note string
}

// Wish is what the holder asked for on his own page.
type Wish struct{ Text, URL string }

// Asked is a revocation that one person asked for.
type Asked struct {
	ID                string
	By, On, Why, Note string
	Mine              bool // the reader asked for it, so he cannot grant it
	Erase, Alone      bool // the holder's data are to be erased: all of them, or of this class alone
}

// DeedInput is what was typed into the forms about a certificate.
type DeedInput struct {
	Deed                              string // whose form stays open
	Note, Reason, Typed               string
	Name, Latin, Last4, CorrectReason string
	Alone                             string // an erasure of this class alone
}

// Correction is the corrected certificate before it is issued.
type Correction struct {
	Name, Latin, Last4 string
	Warnings           []string
}

func (c Certificate) input(name, label, hint, value string) ui.Input {
	w := c.Wrong[name]
	return ui.Input{P: c.P, Name: name, Label: label, Hint: hint, Value: value, MaxLength: 500, Error: w.Message, Fix: w.Fix}
}

// note is the field for what only staff reads; each form has one of its own.
func (c Certificate) note(deed string) ui.Input {
	in := c.input(deed+"_note", c.P.T("credentials.note"), c.P.T("credentials.note.hint"), "")
	if c.In.Deed == deed {
		in.Value = c.In.Note
	}
	in.Type = "textarea"
	return in
}

func (c Certificate) reason() ui.Input {
	in := c.input("reason", c.P.T("credentials.reason"), c.P.T("credentials.reason.hint"), c.In.Reason)
	in.Required = true
	return in
}

func (c Certificate) reasons() []ui.Option {
	list := []ui.Option{{Value: "", Label: c.P.T("credentials.reason.choose")}}
	for _, r := range registry.RevokeReasons {
		if r == registry.HolderRemoved { // erases, and has a form of its own
			continue
		}
		list = append(list, ui.Option{Value: r, Label: c.P.T("status.reason." + r)})
	}
	return list
}

func (c Certificate) typed() ui.Input {
	in := c.input("typed", c.P.T("credentials.typed"), c.P.T("credentials.typed.hint", c.Number), c.In.Typed)
	in.Required, in.Autocomplete, in.MaxLength, in.Class = true, "off", 40, "typed"
	return in
}

func (c Certificate) eraseTyped() ui.Input {
	in := c.input("erase_typed", c.P.T("credentials.typed"), c.P.T("credentials.typed.hint", c.Number), "")
	if c.In.Deed == "erase" {
		in.Value = c.In.Typed
	}
	in.Required, in.Autocomplete, in.MaxLength, in.Class = true, "off", 40, "typed"
	return in
}

func (c Certificate) alone() ui.Input {
	return c.input("alone", c.P.T("erasure.alone"), c.P.T("erasure.alone.hint"), c.In.Alone)
}

// mayGrant reports whether the reader's roles allow what was asked for.
// grant is what granting the request is called.
func (c Certificate) grant() string {
	if c.Request.Erase {
		return c.P.T("erasure.grant")
	}
	return c.P.T("credentials.grant")
}

func (c Certificate) mayGrant() bool { return c.CanRevoke || c.Request.Erase && c.CanErase }

func (c Certificate) corrected() []ui.Input {
	name := c.input("name", c.P.T("credentials.name"), c.P.T("credentials.name.hint"), c.In.Name)
	name.Required, name.MaxLength, name.Autocomplete = true, 200, "off"
	latin := c.input("latin_name", c.P.T("credentials.latin"), c.P.T("credentials.latin.hint"), c.In.Latin)
	latin.Autocomplete, latin.MaxLength = "off", 200
	last4 := c.input("id_last4", c.P.T("credentials.last4"), c.P.T("credentials.last4.hint"), c.In.Last4)
	last4.Autocomplete, last4.MaxLength, last4.Class = "off", 4, "short"
	why := c.input("correct_reason", c.P.T("credentials.correct.reason"), c.P.T("credentials.note.hint"), c.In.CorrectReason)
	why.Required = true
	return []ui.Input{name, latin, last4, why}
}

// rest is how many columns a row without a certificate leaves empty.
func (i Issued) rest() string { return strconv.Itoa(len(i.heads()) - 3) }
