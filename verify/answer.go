package verify

import (
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Status is what was found about a credential (docs/verdicts.md).
type Status string

// Every status.
const (
	Valid         Status = "valid"
	Expiring      Status = "expiring" // valid, and ends within 60 days
	Expired       Status = "expired"
	NotYetValid   Status = "not_yet_valid"
	Suspended     Status = "suspended"
	Revoked       Status = "revoked"
	Superseded    Status = "superseded"
	NotFound      Status = "not_found" // the registry never issued it
	Altered       Status = "altered"   // not what was signed
	CouldNotCheck Status = "could_not_check"
)

// Verdict is the family of a status: what a person does next.
type Verdict string

// The four verdicts. The zero value is none of them.
const (
	Yes        Verdict = "yes"
	No         Verdict = "no"
	Replaced   Verdict = "replaced"    // corrected: ask for the one that takes its place
	CannotTell Verdict = "cannot_tell" // neither a yes nor a no
)

// Result is the outcome of one check: "yes", "no", "could_not_check" or
// "not_checked".
type Result string

// Check is one thing that was looked at.
type Check struct {
	Result Result     `json:"result"`
	AsOf   *time.Time `json:"as_of,omitempty"` // age of the data that it rests on
	Reason string     `json:"reason,omitempty"`
}

// Checks are the things that an answer rests on.
type Checks struct {
	Signature Check `json:"signature"`
	Dates     Check `json:"dates"`
	Status    Check `json:"status"`
	Issuer    Check `json:"issuer"`
	Ledger    Check `json:"ledger"` // not_checked in this version

	File *FileChecks `json:"file,omitempty"` // of a PDF
}

// FileChecks tell apart what was found about a file.
type FileChecks struct {
	Intact Check `json:"intact"` // every byte is as it was signed
	Signer Check `json:"signer"` // by a key of this registry
	Issued Check `json:"issued"` // not_checked: only the registry knows the files that it issued
}

// Reason says why an answer is what it is, by a stable code: "bundle.old".
type Reason struct {
	Code    string   `json:"code"`
	Details []string `json:"details,omitempty"` // times (RFC 3339), numbers, addresses and public reasons that belong to it
}

// Answer is the outcome of a verification. It has the shape of the registry's own
// JSON, without texts: those are the program's, in its languages.
type Answer struct {
	Status     Status      `json:"status"`
	Verdict    Verdict     `json:"verdict"`
	CheckedAt  time.Time   `json:"checked_at"`
	Checks     Checks      `json:"checks"`
	Reasons    []Reason    `json:"reasons"`
	Credential *Credential `json:"credential,omitempty"` // nil where nobody vouches for what it says
}

// Has reports whether the code is among the answer's reasons.
func (a Answer) Has(code string) bool {
	for _, r := range a.Reasons {
		if r.Code == code {
			return true
		}
	}
	return false
}

// Names are a name in several languages, by BCP 47 tag.
type Names map[string]string

// In returns the name in the first of the languages that has one, else in any.
func (n Names) In(languages ...string) string { return registry.Text(n).In(languages...) }

// Date is a day as it is printed, "2026-11-21"; "" for none.
type Date string

// Kind says what a credential proves.
type Kind string

// The kinds of credential. Attendance and Honour prove no skill.
const (
	Competence Kind = "competence"
	Attendance Kind = "attendance"
	Instructor Kind = "instructor"
	Honour     Kind = "honour"
)

// Credential is what a certificate shows.
type Credential struct {
	Number            string     `json:"number,omitempty"` // a QR code does not carry it
	Kind              Kind       `json:"kind"`
	Name              string     `json:"name"`
	LatinName         string     `json:"latin_name,omitempty"`
	IDLast4           string     `json:"id_last4,omitempty"` // a VC-JWT does not carry it
	Course            Course     `json:"course"`
	Hours             float64    `json:"hours"` // academic hours of 45 minutes
	PracticalHours    float64    `json:"practical_hours"`
	PracticalAssessed bool       `json:"practical_assessed"` // skills were assessed in person
	Issuer            Named      `json:"issuer"`
	Base              Base       `json:"base"`
	IssuedOn          Date       `json:"issued_on"`
	ValidFrom         Date       `json:"valid_from"`
	ValidUntil        *Date      `json:"valid_until"`             // inclusive; nil: no expiry
	StatusSince       *time.Time `json:"status_since,omitempty"`  // of a status that people decided
	StatusReason      string     `json:"status_reason,omitempty"` // its public reason: "holder.removed"
	Demo              bool       `json:"demo,omitempty"`          // invented, proves nothing
}

// Course names one version of a course: a Yes holds for this one alone.
type Course struct {
	Code    string `json:"code"`
	Version int    `json:"version"`
	Title   Names  `json:"title"`
}

// Base is the training base.
type Base struct {
	Code string `json:"code"`
	Name Names  `json:"name"`
}

// Named is something with a name alone.
type Named struct {
	Name Names `json:"name"`
}

// unreadable is the answer for what cannot be an input.
func unreadable(code string, at time.Time) Answer {
	could, not := Check{Result: "could_not_check", Reason: code}, Check{Result: "not_checked"}
	return Answer{Status: CouldNotCheck, Verdict: CannotTell, CheckedAt: at.UTC().Truncate(time.Second),
		Checks: Checks{Signature: could, Dates: not, Status: not, Issuer: not, Ledger: not}, Reasons: []Reason{{Code: code}}}
}

// answer is a in the words of this package.
func (Verifier) answer(a registry.Answer) Answer {
	out := Answer{
		Status: Status(a.Status), Verdict: Verdict(a.Verdict), CheckedAt: a.CheckedAt, Reasons: make([]Reason, 0, len(a.Reasons)),
		Checks: Checks{Signature: checkOf(a.Checks.Signature), Dates: checkOf(a.Checks.Dates), Status: checkOf(a.Checks.Status),
			Issuer: checkOf(a.Checks.Issuer), Ledger: checkOf(a.Checks.Ledger)},
	}
	if f := a.Checks.File; f != nil {
		out.Checks.File = &FileChecks{checkOf(f.Intact), checkOf(f.Signer), checkOf(f.Issued)}
	}
	for _, r := range a.Reasons {
		out.Reasons = append(out.Reasons, Reason{r.Code, details(r.Args)})
	}
	if a.Credential != nil {
		out.Credential = credentialOf(*a.Credential)
	}
	return out
}

func checkOf(c registry.Check) Check { return Check{Result(c.Result), c.AsOf, c.Reason} }

func details(args []any) (all []string) {
	for _, a := range args {
		if t, ok := a.(time.Time); ok {
			a = t.UTC().Format(time.RFC3339)
		}
		all = append(all, fmt.Sprint(a))
	}
	return all
}

func credentialOf(s registry.Shown) *Credential {
	c := &Credential{
		Number: string(s.Number), Kind: Kind(s.Kind), Name: s.Name, LatinName: s.LatinName, IDLast4: s.IDLast4,
		Course: Course{s.Course.Code, s.Course.Version, names(s.Course.Title)},
		Hours:  s.Hours, PracticalHours: s.PracticalHours, PracticalAssessed: s.PracticalAssessed,
		Issuer: Named{names(s.Issuer.Name)}, Base: Base{s.Base.Code, names(s.Base.Name)},
		IssuedOn: dateOf(s.IssuedOn), ValidFrom: dateOf(s.ValidFrom), StatusSince: s.StatusSince, StatusReason: s.StatusReason, Demo: s.Demo,
	}
	if s.ValidUntil != nil {
		until := dateOf(*s.ValidUntil)
		c.ValidUntil = &until
	}
	return c
}

func dateOf(d registry.Date) Date {
	if d.IsZero() {
		return ""
	}
	return Date(d.String())
}
