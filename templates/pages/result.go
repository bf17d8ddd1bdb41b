// Package pages holds the pages that people see. Each page has a struct that is
// everything it may show; handlers fill it, templates only lay it out. Every
// page works without a script and says nothing of a person in its title or in
// what a chat would preview.
package pages

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/layout"
	"github.com/passmuster/passmuster/templates/ui"
)

// Result is the answer to a verification as a page: where every QR code leads.
type Result struct {
	P        *i18n.Printer
	Answer   registry.Answer
	Mistyped bool     // the check character is wrong: no look-up was made, Answer is not read
	Code     string   // as asked, grouped by fours where it is a code; "" for other ways of asking
	Host     string   // our own host, to compare with the address bar
	Here     *url.URL // this page, for the language switch and for checking again
	// Loc is the zone in which times are shown: the base's, else the registry's.
	Loc *time.Location
	// SupersededURL leads to the certificate that replaced this one; empty, it is
	// made from the code that the answer names.
	SupersededURL string
	// Contact is whom to call when there is no base to name.
	Contact   string
	Demo      bool
	RequestID string
}

// sign is the look of the verdict.
func (r Result) sign() ui.Sign {
	if r.Mistyped {
		return ui.Mistyped
	}
	return ui.SignOf(r.Answer.Status)
}

// page is the frame: titled by the verdict, silent about the person.
func (r Result) page() layout.Page {
	page := layout.Page{
		P: r.P, Here: r.Here, Sheet: "css/result.css", Private: true, Demo: r.Demo || r.demoCredential(),
		Title:   r.P.T("result.title", r.sign().Word(r.P)),
		Preview: r.P.T("result.og"),
	}
	if r.holds() {
		page.Scripts = []string{"js/fragment.js"}
	}
	return page
}

func (r Result) demoCredential() bool { return r.shown() != nil && r.shown().Demo }

// shown is the credential, nil where there is none to show.
func (r Result) shown() *registry.Shown {
	if r.Mistyped {
		return nil
	}
	return r.Answer.Credential
}

func (r Result) kind() registry.CredentialKind {
	if s := r.shown(); s != nil {
		return s.Kind
	}
	return ""
}

// The longest words that fit 360 px in letters of normal width.
const (
	roomForVerdict = 9
	roomForName    = 16
)

// long tells whether a text has a word that needs narrow letters at 360 px.
// Chinese wraps anywhere.
func long(text string, room int) bool {
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '-' || unicode.Is(unicode.Han, c) })
	for _, w := range words {
		if utf8.RuneCountInString(w) > room {
			return true
		}
	}
	return false
}

// line is the sentence under the verdict's word and course: until when, since
// when, or what not to do.
func (r Result) line() string {
	if r.Mistyped {
		return r.P.T("verdict.line.mistyped")
	}
	if r.shown() == nil {
		if r.Answer.Checks.File != nil && r.Answer.Status == registry.StatusNotFound {
			return r.P.T("file.line.not_issued")
		}
		return r.P.T("verdict.line." + string(r.sign()))
	}
	switch r.Answer.Status {
	case registry.StatusValid, registry.StatusExpiring, registry.StatusExpired, registry.StatusNotYetValid:
		return r.dateLine()
	case registry.StatusSuspended, registry.StatusRevoked:
		return r.sinceLine()
	case registry.StatusCouldNotCheck:
		if c := r.Answer.Checks.Status; c.AsOf != nil && c.Result == registry.CheckCould {
			at := c.AsOf
			return r.P.T("verdict.line.was_valid", r.P.Time(*at, r.Loc), r.P.Ago(r.Answer.CheckedAt.Sub(*at)))
		}
		if r.Answer.Checks.Signature.Result == registry.CheckYes {
			return r.P.T("verdict.line.genuine")
		}
	}
	return r.P.T("verdict.line." + string(r.sign()))
}

// dateLine is the line of a credential that only its dates judge.
func (r Result) dateLine() string {
	s := r.shown()
	if r.Answer.Status == registry.StatusNotYetValid {
		return r.P.T("verdict.not_before", s.ValidFrom)
	}
	if s.ValidUntil == nil {
		if !ui.ProvesSkill(s.Kind) && !s.ClassStartsOn.IsZero() {
			return r.P.T("verdict.attended", r.P.DateRange(s.ClassStartsOn, s.ClassEndsOn))
		}
		return r.P.T("verdict.no_expiry")
	}
	if r.Answer.Status == registry.StatusExpired {
		return r.P.T("verdict.ended", *s.ValidUntil, r.P.AgoDays(-r.daysLeft()))
	}
	return r.P.T("verdict.until", *s.ValidUntil)
}

// sinceLine is the line of a credential that somebody stopped.
func (r Result) sinceLine() string {
	key := "verdict.line." + string(r.Answer.Status)
	if since := r.shown().StatusSince; since != nil {
		return r.P.T(key+".since", registry.DateOf(since.In(r.loc())))
	}
	return r.P.T(key)
}

// daysLeft counts from the day of the check, where the base is, to the last day.
func (r Result) daysLeft() int {
	return r.shown().ValidUntil.DayNumber() - registry.DateOf(r.Answer.CheckedAt.In(r.loc())).DayNumber()
}

func (r Result) loc() *time.Location {
	if r.Loc == nil {
		return time.UTC
	}
	return r.Loc
}

// aged tells whether the answer rests on data that is older than the question.
func (r Result) aged() bool {
	at := r.Answer.Checks.Status.AsOf
	return at != nil && r.Answer.Status != registry.StatusCouldNotCheck && r.Answer.CheckedAt.Sub(*at) >= time.Minute
}

// nextStep is why the answer is what it is and what to do, one per reason. Why
// is what people gave as the reason of their decision, if they did.
type nextStep struct{ Message, Why, Next string }

// nextSteps returns the reasons in the reader's language. An answer that is no
// plain yes always says what to do, also when it came without a reason.
func (r Result) nextSteps() (steps []nextStep) {
	reasons := r.Answer.Reasons
	if r.Mistyped {
		reasons = []registry.Reason{{Code: "code.mistyped"}}
	}
	if len(reasons) == 0 && r.Answer.Status != registry.StatusValid {
		reasons = []registry.Reason{{Code: "status." + string(r.sign())}}
	}
	for _, reason := range reasons {
		message, next := reason.Message, reason.Next
		if r.P.Has("reason." + reason.Code) {
			message, next = r.P.Reason(reason)
		}
		if message != "" {
			steps = append(steps, nextStep{message, r.why(reason), next})
		}
	}
	return steps
}

// why is the public reason of a suspension or a revocation. The other reasons
// speak for themselves.
func (r Result) why(reason registry.Reason) string {
	s := r.shown()
	stopped := r.Answer.Status == registry.StatusSuspended || r.Answer.Status == registry.StatusRevoked
	if s == nil || !stopped || reason.Code != "status."+string(r.Answer.Status) {
		return ""
	}
	key := "status.reason." + s.StatusReason
	if !r.P.Has(key) {
		return ""
	}
	return r.P.T("status.reason", r.P.T(key))
}

// tick is one line of what was checked.
type tick struct {
	Result registry.Result
	Text   string
}

// ticks are the checks that the answer rests on, each with its age; those of a
// file come first.
func (r Result) ticks() []tick {
	c, all := r.Answer.Checks, append(r.fileTicks(), r.receiptTicks()...)
	if r.shown() == nil {
		return all
	}
	if c.File == nil {
		all = append(all, r.tick("found", c.Signature))
	}
	return append(all, r.tick("issuer", c.Issuer), tick{c.Status.Result, r.statusText(c.Status)})
}

func (r Result) tick(name string, c registry.Check) tick {
	key := "verdict.check." + name
	switch c.Result {
	case registry.CheckYes:
	case registry.CheckNo:
		key += ".no"
	default:
		key += ".unknown"
	}
	text := r.P.T(key)
	if c.AsOf != nil {
		text += " · " + r.P.T("verdict.check.as_of", r.P.Date(registry.DateOf(c.AsOf.In(r.loc()))))
	}
	return tick{c.Result, text}
}

// statusText says when the status was looked at: at the check itself, unless
// the data says otherwise. A "no" here was looked at just as well.
func (r Result) statusText(c registry.Check) string {
	if c.Result != registry.CheckYes && c.Result != registry.CheckNo {
		return r.P.T("verdict.check.status.unknown")
	}
	at := r.Answer.CheckedAt
	if c.AsOf != nil {
		at = *c.AsOf
	}
	return r.P.T("verdict.check.status", r.P.Time(at, r.Loc))
}

// again is the address that asks the same once more.
func (r Result) again() string {
	if r.Here == nil {
		return "/verify"
	}
	return r.Here.RequestURI()
}

// reportURL is where to report a problem with this code, "" where there is none.
func (r Result) reportURL() string {
	code, err := registry.ParseCode(r.Code)
	if err != nil || r.Mistyped {
		return ""
	}
	return "/v/" + string(code) + "/report"
}

// current is where the certificate that replaced this one is, "" for none.
func (r Result) current() string {
	if s := r.shown(); r.SupersededURL == "" && s != nil && s.SupersededByCode != "" {
		return "/v/" + s.SupersededByCode.String()
	}
	return r.SupersededURL
}

// contact is whom to call, and its tel: address where it is a phone number.
func (r Result) contact() (text, href string) {
	text = r.Contact
	if s := r.shown(); s != nil && s.Contact != "" {
		text = s.Contact
	}
	return text, phoneURL(text)
}

// phoneURL returns the tel: address of a text that is a phone number, else "".
func phoneURL(text string) string {
	digits := strings.Map(func(c rune) rune {
		if c == '+' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, text)
	if len(digits) < 5 || strings.ContainsAny(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz@/") {
		return ""
	}
	return "tel:" + digits
}

// hours writes the teaching time with its share of practice.
func (r Result) hours() string {
	s := r.shown()
	if s.PracticalHours > 0 {
		return r.P.T("result.hours.practical", s.Hours, s.PracticalHours)
	}
	return r.P.T("result.hours.plain", s.Hours)
}

// recordTitle heads the name where it is not simply the certificate's.
func (r Result) recordTitle() string {
	switch r.Answer.Status {
	case registry.StatusAltered:
		return r.P.T("result.registry_record")
	case registry.StatusCouldNotCheck:
		return r.P.T("result.last_known")
	}
	return r.P.T("result.holder")
}
