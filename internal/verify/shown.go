package verify

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/registry"
)

// shownOf reads what is shown, as json.Unmarshal does, in a tenth of its time. It
// reads the JSON of [parts.shown] and nothing else: false for a member that it
// does not know or that it would have to interpret, which is to be read the long
// way.
func shownOf(text string) (*registry.Shown, bool) {
	if !utf8.ValidString(text) || strings.IndexByte(text, '\\') >= 0 {
		return nil, false
	}
	r := reading{s: new(registry.Shown)}
	return r.s, canonical.Members(text, r.take) && !r.bad
}

// reading is what was read so far.
type reading struct {
	s   *registry.Shown
	bad bool
}

func (r *reading) take(key, value string) bool {
	s := r.s
	switch key {
	case "number":
		s.Number = registry.Number(r.text(value))
	case "kind":
		s.Kind = registry.CredentialKind(r.text(value))
	case "name":
		s.Name = r.text(value)
	case "latin_name":
		s.LatinName = r.text(value)
	case "id_last4":
		s.IDLast4 = r.text(value)
	case "course":
		r.inside(value, func(key, value string) bool {
			switch key {
			case "code":
				s.Course.Code = r.text(value)
			case "version":
				s.Course.Version = r.integer(value)
			case "title":
				s.Course.Title = r.texts(value)
			default:
				return false
			}
			return true
		})
	case "issuer":
		r.inside(value, func(key, value string) bool {
			s.Issuer.Name = r.texts(value)
			return key == "name"
		})
	case "base":
		r.inside(value, func(key, value string) bool {
			switch key {
			case "code":
				s.Base.Code = r.text(value)
			case "name":
				s.Base.Name = r.texts(value)
			default:
				return false
			}
			return true
		})
	case "base_contact":
		s.Contact = r.text(value)
	case "hours":
		s.Hours = r.decimal(value)
	case "practical_hours":
		s.PracticalHours = r.decimal(value)
	case "practical_assessed":
		s.PracticalAssessed = r.truth(value)
	case "demo":
		s.Demo = r.truth(value)
	default:
		return r.takeDay(key, value)
	}
	return !r.bad
}

func (r *reading) takeDay(key, value string) bool {
	s := r.s
	switch key {
	case "class_starts_on":
		s.ClassStartsOn = r.day(value)
	case "class_ends_on":
		s.ClassEndsOn = r.day(value)
	case "issued_on":
		s.IssuedOn = r.day(value)
	case "valid_from":
		s.ValidFrom = r.day(value)
	case "valid_until":
		if s.ValidUntil = nil; value != "null" {
			until := r.day(value)
			s.ValidUntil = &until
		}
	case "status_since":
		s.StatusSince = new(time.Time)
		r.bad = r.bad || s.StatusSince.UnmarshalJSON([]byte(value)) != nil
	case "status_reason":
		s.StatusReason = r.text(value)
	case "superseded_by":
		return value == "null" // a credential that has one is read with it
	default:
		return false
	}
	return !r.bad
}

func (r *reading) inside(object string, take func(key, value string) bool) {
	if !canonical.Members(object, take) {
		r.bad = true
	}
}

// text is a string; there are no escapes in it.
func (r *reading) text(v string) string {
	if len(v) < 2 || v[0] != '"' || strings.IndexByte(v[1:], '"') != len(v)-2 {
		r.bad = true
		return ""
	}
	v = v[1 : len(v)-1]
	r.written(v)
	return v
}

// written refuses what cannot stand in a string without an escape.
func (r *reading) written(s string) {
	for i := range len(s) {
		if s[i] < ' ' {
			r.bad = true
		}
	}
}

func (r *reading) texts(object string) registry.Text {
	t := registry.Text{}
	r.inside(object, func(key, value string) bool {
		r.written(key)
		t[key] = r.text(value)
		return !r.bad
	})
	return t
}

func (r *reading) truth(v string) bool {
	r.bad = r.bad || v != "true" && v != "false"
	return v == "true"
}

func (r *reading) integer(v string) int {
	n, err := strconv.Atoi(v)
	r.bad = r.bad || err != nil || strconv.Itoa(n) != v
	return n
}

// decimal is a number as [hours] writes it.
func (r *reading) decimal(v string) float64 {
	n, err := strconv.ParseFloat(v, 64)
	r.bad = r.bad || err != nil || strconv.FormatFloat(n, 'f', -1, 64) != v
	return n
}

// day is a civil date, "" for none.
func (r *reading) day(v string) registry.Date {
	if v == `""` {
		return registry.Date{}
	}
	d, ok := dayOf(r.text(v))
	r.bad = r.bad || !ok
	return d
}

// dayOf reads YYYY-MM-DD; false for a day that no calendar has.
func dayOf(s string) (registry.Date, bool) {
	if len(s) != len("2026-11-21") || s[4] != '-' || s[7] != '-' {
		return registry.Date{}, false
	}
	var n [3]int
	for i, digits := range [...]string{s[:4], s[5:7], s[8:]} {
		for _, c := range []byte(digits) {
			if c < '0' || c > '9' {
				return registry.Date{}, false
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	d := registry.Date{Year: n[0], Month: time.Month(n[1]), Day: n[2]}
	return d, registry.NewDate(d.Year, d.Month, d.Day) == d
}
