package certificate

import (
	"net/url"
	"strconv"

	"github.com/passmuster/passmuster/internal/registry"
)

// words is how one language writes dates and numbers on paper. It is stored
// with the design, so that a later change of wording changes no old file.
type words struct {
	Decimal    string     `json:"decimal"`
	Months     [12]string `json:"months"`
	Date       string     `json:"date"`
	RangeMonth string     `json:"range_month"`
	RangeYear  string     `json:"range_year"`
	Range      string     `json:"range"`
	Term       string     `json:"term,omitempty"` // of office: {y} {y2}
	TermFrom   string     `json:"term_from,omitempty"`
	TermUntil  string     `json:"term_until,omitempty"`
}

// fieldsOf lists what a credential prints in a language. Names of things fall
// back to the other languages where they have none in this one.
func fieldsOf(s registry.Snapshot, lang string, langs []string, w words, key string) fields {
	order := append([]string{lang}, langs...)
	f := fields{
		"name":        s.Name,
		"latin":       s.LatinName,
		"last4":       s.IDLast4,
		"number":      string(s.Number),
		"code":        s.Code.String(),
		"host":        hostOf(s.Origin),
		"course":      s.Course.Title.In(order...),
		"course_code": s.Course.Code,
		"version":     strconv.Itoa(s.Course.Version),
		"class":       s.Class.Code,
		"dates":       w.span(s.Class.StartsOn, s.Class.EndsOn),
		"issued":      w.date(s.IssuedOn),
		"until":       w.date(s.ValidUntil),
		"hours":       w.hours(s.Minutes),
		"practical":   w.hours(s.Practical),
		"base":        s.Base.Name.In(order...),
		"base_code":   s.Base.Code,
		"issuer":      s.Issuer.Name.In(order...),
		"credits":     s.Credits,
		"key":         key,
		"theory":      flag(s.Theory),
		"inperson":    flag(s.InPerson),
		"one":         flag(s.Minutes > 0 && registry.AcademicHours(s.Minutes) == 1),
	}
	if s.LatinName == s.Name {
		f["latin"] = ""
	}
	f["number_a"], f["number_b"] = halves(string(s.Number))
	f["signatories"+strconv.Itoa(len(s.Signatories))] = "x"
	for i, by := range s.Signatories {
		n := strconv.Itoa(i + 1)
		f["signatory"+n], f["title"+n], f["term"+n] = by.Name, by.Title.In(order...), w.term(by.From, by.Until)
	}
	return f
}

func flag(b bool) string {
	if b {
		return "x"
	}
	return ""
}

// halves splits a number before its year: GAJK-SJZ and 2026-000123.
func halves(number string) (string, string) {
	second := -1
	hyphens := 0
	for i := range len(number) {
		if number[i] == '-' {
			if hyphens++; hyphens == 2 {
				second = i
			}
		}
	}
	if hyphens != 3 {
		return number, ""
	}
	return number[:second], number[second+1:]
}

func hostOf(origin string) string {
	if u, err := url.Parse(origin); err == nil && u.Host != "" {
		return u.Host
	}
	return origin
}

// hours are academic hours; none prints as nothing.
func (w words) hours(minutes int) string {
	if minutes <= 0 {
		return ""
	}
	tenths := int(registry.AcademicHours(minutes)*10 + 0.5)
	if tenths%10 == 0 {
		return strconv.Itoa(tenths / 10)
	}
	return strconv.Itoa(tenths/10) + w.Decimal + strconv.Itoa(tenths%10)
}

func (w words) date(d registry.Date) string {
	if d.IsZero() {
		return ""
	}
	return w.parts(d, d).fill(w.Date)
}

// span is the time from a day to a day, without saying a month or year twice.
func (w words) span(from, to registry.Date) string {
	f := w.parts(from, to)
	switch {
	case from.IsZero() || to.IsZero():
		return w.date(from) + w.date(to)
	case from == to:
		return w.date(from)
	case from.Year != to.Year:
		return f.fill(w.Range)
	case from.Month != to.Month:
		return f.fill(w.RangeYear)
	}
	return f.fill(w.RangeMonth)
}

// term is the time that an office is held for, in years; either end may be open.
func (w words) term(from, until registry.Date) string {
	f := w.parts(from, until)
	switch {
	case from.IsZero() && until.IsZero():
		return ""
	case until.IsZero():
		return f.fill(w.TermFrom)
	case from.IsZero():
		return f.fill(w.TermUntil)
	}
	return f.fill(w.Term)
}

func (w words) parts(a, b registry.Date) fields {
	month := func(d registry.Date) string {
		if d.Month < 1 || d.Month > 12 {
			return ""
		}
		return w.Months[d.Month-1]
	}
	return fields{
		"d": strconv.Itoa(a.Day), "m": month(a), "y": strconv.Itoa(a.Year),
		"d2": strconv.Itoa(b.Day), "m2": month(b), "y2": strconv.Itoa(b.Year),
	}
}
