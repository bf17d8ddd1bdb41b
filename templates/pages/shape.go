package pages

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

// shape is what a result page depends on, apart from the values of its gaps.
type shape struct {
	lang, asked    i18n.Lang // asked: by ?lang=, which stands in the links
	host           string
	status         registry.Status
	verdict        registry.Verdict
	kind           registry.CredentialKind
	reasons        string // their codes, one after each "|"
	why            string // registry.Shown.StatusReason where the page tells it
	sign, is, from registry.Result
	nameLang       string // ui.LangOf the name
	has            traits
}

// traits are what a page has or has not.
type traits struct {
	shown, name, longName, latin, last4, number               bool
	untilSet, renewed, current, class, since, fromOther       bool
	contact, phone, hours, practical, assessed, request, aged bool
	signedAt, issuerAt, statusAt, demoServer, demoCertificate bool
}

// shapeOf returns the shape of the page; false for one that is not of the plain
// kind, an answer for a code that may be one of ours: it is laid out by itself.
func shapeOf(r Result) (shape, bool) {
	code, err := registry.ParseCode(r.Code)
	c := &r.Answer.Checks
	if err != nil || r.Mistyped || r.Code != code.String() || r.SupersededURL != "" || c.File != nil || r.Answer.Receipt != nil {
		return shape{}, false
	}
	s := shape{lang: r.P.Lang(), host: r.Host, status: r.Answer.Status, verdict: r.Answer.Verdict,
		sign: c.Signature.Result, is: c.Status.Result, from: c.Issuer.Result}
	var ok bool
	if s.asked, ok = askedAt(r.Here, code); !ok {
		return shape{}, false
	}
	if s.reasons, ok = r.reasonCodes(); !ok {
		return shape{}, false
	}
	text, href := r.contact()
	s.has = traits{contact: text != "", phone: href != "", request: r.RequestID != "", aged: r.aged(), demoServer: r.Demo,
		signedAt: c.Signature.AsOf != nil, issuerAt: c.Issuer.AsOf != nil, statusAt: c.Status.AsOf != nil}
	if shown := r.shown(); shown != nil {
		if shown.Hours < 0 || shown.PracticalHours < 0 {
			return shape{}, false
		}
		s.of(r, shown)
	}
	return s, true
}

// of adds what depends on the credential.
func (s *shape) of(r Result, c *registry.Shown) {
	s.kind, s.nameLang = c.Kind, ui.LangOf(c.Name)
	if r.P.Has("status.reason." + c.StatusReason) {
		s.why = c.StatusReason
	}
	h := &s.has
	h.shown, h.name, h.longName, h.latin, h.last4, h.number = true, c.Name != "", long(c.Name, roomForName), c.LatinName != "", c.IDLast4 != "", c.Number != ""
	h.untilSet, h.renewed, h.current = c.ValidUntil != nil, c.RenewedBy != nil, c.SupersededByCode != ""
	h.class, h.since, h.fromOther = !c.ClassStartsOn.IsZero(), c.StatusSince != nil, c.ValidFrom != c.IssuedOn
	h.hours, h.practical, h.assessed, h.demoCertificate = c.Hours > 0, c.PracticalHours > 0, c.PracticalAssessed, c.Demo
}

// askedAt is the language that the address of the code's page asks for, "" for
// none; false for another address.
func askedAt(here *url.URL, code registry.Code) (i18n.Lang, bool) {
	if here == nil || here.Path != "/v/"+string(code) || here.RawPath != "" && here.RawPath != here.Path {
		return "", false
	}
	if *here != (url.URL{Path: here.Path, RawPath: here.RawPath, RawQuery: here.RawQuery}) {
		return "", false
	}
	name, found := strings.CutPrefix(here.RawQuery, "lang=")
	return i18n.Lang(name), here.RawQuery == "" || found && slices.Contains(i18n.Langs, i18n.Lang(name))
}

// reasonCodes are the reasons as a shape has them; false where they say more than
// the catalogue does.
func (r Result) reasonCodes() (string, bool) {
	codes := ""
	for _, reason := range r.Answer.Reasons {
		if len(reason.Args) > 0 || !r.P.Has("reason."+reason.Code) {
			return "", false
		}
		codes += "|" + reason.Code
	}
	return codes, true
}

// standIn is a page of the shape whose values are all of them stand-ins, which
// occur nowhere else.
func (s shape) standIn() Result {
	r := Result{P: i18n.For(s.lang), Host: s.host, Code: standInCode.String(), Demo: s.has.demoServer,
		Here: &url.URL{Path: "/v/" + string(standInCode)}}
	if s.asked != "" {
		r.Here.RawQuery = "lang=" + string(s.asked)
	}
	r.RequestID = some(s.has.request, gapRequest, "")
	switch {
	case s.has.phone: // its digits make it one
		r.Contact = some(true, gapContact, "000000")
	case s.has.contact:
		r.Contact = some(true, gapContact, "")
	}
	a := &r.Answer
	a.Status, a.Verdict, a.CheckedAt = s.status, s.verdict, standInTime(9891)
	for code := range strings.SplitSeq(strings.TrimPrefix(s.reasons, "|"), "|") {
		if s.reasons != "" {
			a.Reasons = append(a.Reasons, registry.Reason{Code: code})
		}
	}
	a.Checks.Signature = registry.Check{Result: s.sign, AsOf: when(s.has.signedAt, 9892)}
	a.Checks.Issuer = registry.Check{Result: s.from, AsOf: when(s.has.issuerAt, 9893)}
	a.Checks.Status = registry.Check{Result: s.is, AsOf: when(s.has.statusAt, 9891)}
	if s.has.aged || s.status == registry.StatusCouldNotCheck {
		a.Checks.Status.AsOf = when(s.has.statusAt, 9841)
	}
	if s.has.shown {
		a.Credential = s.credential()
	}
	return r
}

// credential is the stand-in of what is shown.
func (s shape) credential() *registry.Shown {
	text := func(g gap) registry.Text { return registry.Text{string(s.lang): some(true, g, "")} }
	c := &registry.Shown{Kind: s.kind, LatinName: some(s.has.latin, gapLatin, ""), IDLast4: some(s.has.last4, gapLast4, ""),
		Name: some(s.has.name, gapName, s.nameEnd()), Number: registry.Number(some(s.has.number, gapNumber, "")),
		Course:            registry.CourseName{Code: some(true, gapCourse, ""), Version: 976532, Title: text(gapTitle)},
		PracticalAssessed: s.has.assessed, Issuer: registry.ShownIssuer{Name: text(gapIssuer)},
		Base:     registry.CodeName{Code: some(true, gapBase, ""), Name: text(gapBaseName)},
		IssuedOn: standInDate(9871), ValidFrom: standInDate(9871),
		StatusSince: when(s.has.since, 9894), StatusReason: s.why, Demo: s.has.demoCertificate}
	if s.has.fromOther {
		c.ValidFrom = standInDate(9872)
	}
	if s.has.untilSet {
		until := standInDate(9873)
		c.ValidUntil = &until
	}
	if s.has.class {
		c.ClassStartsOn, c.ClassEndsOn = standInDate(9874), standInDate(9875)
	}
	if s.has.hours {
		c.Hours = 976541.5
	}
	if s.has.practical {
		c.PracticalHours = 976542.5
	}
	if s.has.renewed {
		number := registry.Number(some(true, gapRenewed, ""))
		c.RenewedBy = &number
	}
	if s.has.current {
		c.SupersededByCode = standInCurrent
	}
	return c
}

// nameEnd makes a name of the shape's script and width.
func (s shape) nameEnd() string {
	end := map[string]string{"zh-CN": "汉", "ru": "я"}[s.nameLang]
	if s.has.longName {
		end += strings.Repeat("x", roomForName+1)
	}
	return end
}

// some is a stand-in for the text of a gap: signs of nobody's alphabet, and some
// that every way of writing a text writes in its own way.
func some(has bool, g gap, end string) string {
	if !has {
		return ""
	}
	return "\ue000<" + string(rune(0xe100+int(g))) + ">" + end
}

var (
	standInCode    = registry.NewCode([10]byte{0xa5, 0x5a, 0xc3, 0x3c, 0x96, 0x69, 0xf0, 0x0f, 0x81, 0x18})
	standInCurrent = registry.NewCode([10]byte{0x5a, 0xa5, 0x3c, 0xc3, 0x69, 0x96, 0x0f, 0xf0, 0x18, 0x81})
)

// Stand-ins for days and instants are known by their years.
func standInDate(year int) registry.Date { return registry.NewDate(year, time.March, 7) }

func standInTime(year int) time.Time { return time.Date(year, time.May, 9, 3, 4, 6, 0, time.UTC) }

func when(has bool, year int) *time.Time {
	if !has {
		return nil
	}
	t := standInTime(year)
	return &t
}
