package pages

import (
	"encoding/json"
	"strconv"

	"github.com/passmuster/passmuster/internal/registry"
)

// gap is a place of a result page that a value stands in.
type gap int

// Every gap. What no page of a shape has is told by has.
const (
	gapCode gap = iota
	gapGrouped
	gapCurrent
	gapRequest
	gapContact
	gapPhone
	gapChecked
	gapAge
	gapSignedAt
	gapIssuerAt
	firstOfShown // the rest are of the credential
)

const (
	gapName gap = firstOfShown + iota
	gapLatin
	gapLast4
	gapNumber
	gapTitle
	gapCourse
	gapVersion
	gapVersionText
	gapHours
	gapHoursPlain
	gapHoursNumber
	gapPractice
	gapPracticeNumber
	gapIssuer
	gapBase
	gapBaseName
	gapRenewed
	gapUntil
	gapUntilISO
	gapDays // from the day of the check to the last
	gapFrom
	gapFromISO
	gapIssued
	gapIssuedISO
	gapClass
	gapSince
	gaps // how many there are
)

// has tells whether the page has what the gap is for.
func (r Result) has(g gap) bool {
	c, s := &r.Answer.Checks, r.shown()
	switch g {
	case gapAge:
		return c.Status.AsOf != nil && (r.aged() || r.Answer.Status == registry.StatusCouldNotCheck)
	case gapSignedAt:
		return c.Signature.AsOf != nil
	case gapIssuerAt:
		return c.Issuer.AsOf != nil
	case gapUntil, gapUntilISO, gapDays:
		return s != nil && s.ValidUntil != nil
	case gapRenewed:
		return s != nil && s.RenewedBy != nil
	case gapSince:
		return s != nil && s.StatusSince != nil
	case gapHours, gapHoursPlain, gapHoursNumber:
		return s != nil && s.Hours > 0
	case gapPractice, gapPracticeNumber:
		return s != nil && s.PracticalHours > 0
	}
	return g < firstOfShown || s != nil
}

// value is what stands in the gap of a page that has it, before it is written in
// HTML or in a script.
func (r Result) value(g gap) string {
	switch g {
	case gapCode:
		code, _ := registry.ParseCode(r.Code)
		return string(code)
	case gapGrouped:
		return r.Code
	case gapCurrent:
		return r.current()
	case gapRequest:
		return r.RequestID
	case gapContact:
		text, _ := r.contact()
		return text
	case gapPhone:
		_, href := r.contact()
		return href
	}
	if g < firstOfShown {
		return r.checked(g)
	}
	s := r.shown()
	switch g {
	case gapName:
		return s.Name
	case gapLatin:
		return s.LatinName
	case gapLast4:
		return s.IDLast4
	case gapNumber:
		return string(s.Number)
	case gapTitle:
		return r.P.Text(s.Course.Title)
	case gapCourse:
		return s.Course.Code
	case gapIssuer:
		return r.P.Text(s.Issuer.Name)
	case gapBase:
		return s.Base.Code
	case gapBaseName:
		return r.P.Text(s.Base.Name)
	case gapRenewed:
		return string(*s.RenewedBy)
	case gapVersion, gapVersionText, gapHours, gapHoursPlain, gapHoursNumber, gapPractice, gapPracticeNumber:
		return r.counted(g, s)
	}
	return r.dated(g, s)
}

// checked is a value that says how old something is.
func (r Result) checked(g gap) string {
	c, at := &r.Answer.Checks, r.Answer.CheckedAt
	switch g {
	case gapSignedAt:
		return r.P.Date(registry.DateOf(c.Signature.AsOf.In(r.loc())))
	case gapIssuerAt:
		return r.P.Date(registry.DateOf(c.Issuer.AsOf.In(r.loc())))
	case gapAge:
		return r.P.Ago(at.Sub(*c.Status.AsOf))
	}
	if c.Status.AsOf != nil {
		at = *c.Status.AsOf
	}
	return r.P.Time(at, r.Loc)
}

// counted is a value that is a number, or has one.
func (r Result) counted(g gap, s *registry.Shown) string {
	switch g {
	case gapVersion:
		return strconv.Itoa(s.Course.Version)
	case gapVersionText:
		return r.P.Number(s.Course.Version)
	case gapHours:
		return r.hours()
	case gapHoursPlain:
		return r.P.T("result.hours.plain", s.Hours)
	case gapHoursNumber:
		return number(s.Hours)
	case gapPractice:
		return r.P.T("result.hours.plain", s.PracticalHours)
	}
	return number(s.PracticalHours)
}

// dated is a value that is a day, or tells of one.
func (r Result) dated(g gap, s *registry.Shown) string {
	switch g {
	case gapUntil:
		return r.P.Date(*s.ValidUntil)
	case gapUntilISO:
		return s.ValidUntil.String()
	case gapDays: // which is AgoDays of as many less than none
		return r.P.InDays(r.daysLeft())
	case gapFrom:
		return r.P.Date(s.ValidFrom)
	case gapFromISO:
		return s.ValidFrom.String()
	case gapIssued:
		return r.P.Date(s.IssuedOn)
	case gapIssuedISO:
		return s.IssuedOn.String()
	case gapSince:
		return r.P.Date(registry.DateOf(s.StatusSince.In(r.loc())))
	}
	return r.P.DateRange(s.ClassStartsOn, s.ClassEndsOn)
}

// number writes a number as a script reads it, and as json.Marshal does.
func number(n float64) string {
	if n == 0 || n >= 1e-6 && n < 1e21 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	b, err := json.Marshal(n)
	if err != nil { // hours are finite
		return ""
	}
	return string(b)
}
