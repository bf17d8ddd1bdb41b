package verify

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// thin is what an answer needs of a credential: what its status is computed
// from, and what it shows, as JSON that is cut out of the snapshot instead of
// being read and written again.
type thin struct {
	registry.Standing
	recordKey string
	base      string
	version   int64
	shown     []byte // the members of registry.Shown
}

// errPlain says that a snapshot is to be read the long way.
var errPlain = errors.New("snapshot is not in the form that can be cut")

// thinOf cuts the facts. A snapshot of another form than ours of today is
// errPlain; so is one with links to other credentials, which are read with it.
func thinOf(f store.Facts) (*thin, error) {
	if f.SupersededBy != "" || f.RenewedBy != "" {
		return nil, errPlain
	}
	var p parts
	if !members(f.Snapshot, p.take) {
		return nil, errPlain
	}
	t := &thin{Standing: registry.Standing{State: f.State, SignedAt: f.SignedAt}, version: f.Version}
	if t.recordKey = p.text(p.recordKey); p.bad || !p.whole() {
		return nil, errPlain
	}
	t.IssuedAt, t.StartsAt, t.ExpiresAt = p.instant(p.issuedAt), p.instant(p.startsAt), p.instant(p.expiresAt)
	t.recordKey, t.base = strings.Clone(t.recordKey), strings.Clone(p.text(p.baseCode))
	minutes, practical := p.integer(p.minutes), p.integer(p.practical)
	if p.bad {
		return nil, errPlain
	}
	t.shown = p.shown(make([]byte, 0, len(f.Snapshot)/2+len(f.Contact)+128), f, minutes, practical)
	return t, nil
}

// parts are members of a snapshot as they stand in it: JSON.
type parts struct {
	format, number, kind, name, latin, last4, course, issuerName, baseCode, baseName, classStart, classEnd string
	minutes, practical, inPerson, issuedOn, validFrom, validUntil, demo                                    string
	issuedAt, startsAt, expiresAt, recordKey                                                               string
	bad                                                                                                    bool
}

func (p *parts) take(key, value string) bool {
	switch key {
	case "v":
		p.format = value
	case "number":
		p.number = value
	case "kind":
		p.kind = value
	case "name":
		p.name = value
	case "latin_name":
		p.latin = value
	case "id_last4":
		p.last4 = value
	case "course":
		p.course = value
	case "issuer":
		return members(value, func(key, value string) bool {
			if key == "name" {
				p.issuerName = value
			}
			return true
		})
	case "base":
		return members(value, func(key, value string) bool {
			switch key {
			case "code":
				p.baseCode = value
			case "name":
				p.baseName = value
			}
			return true
		})
	case "class":
		return members(value, func(key, value string) bool {
			switch key {
			case "starts_on":
				p.classStart = value
			case "ends_on":
				p.classEnd = value
			}
			return true
		})
	case "minutes":
		p.minutes = value
	case "practical_minutes":
		p.practical = value
	case "practical_assessed":
		p.inPerson = value
	case "issued_on":
		p.issuedOn = value
	case "valid_from":
		p.validFrom = value
	case "valid_until":
		p.validUntil = value
	case "issued_at":
		p.issuedAt = value
	case "starts_at":
		p.startsAt = value
	case "expires_at":
		p.expiresAt = value
	case "record_key":
		p.recordKey = value
	case "demo":
		p.demo = value
	}
	return true
}

// whole reports whether nothing is missing that every snapshot has.
func (p *parts) whole() bool {
	for _, v := range []string{p.number, p.kind, p.name, p.course, p.issuerName, p.baseCode, p.baseName, p.inPerson,
		p.issuedOn, p.validFrom, p.validUntil} {
		if v == "" {
			return false
		}
	}
	return p.format == "1"
}

// text is a string without escapes, as codes and instants are.
func (p *parts) text(v string) string {
	if len(v) < 2 || v[0] != '"' || strings.IndexByte(v, '\\') >= 0 {
		p.bad = true
		return ""
	}
	return v[1 : len(v)-1]
}

func (p *parts) instant(v string) time.Time {
	t, err := time.Parse(time.RFC3339, p.text(v))
	p.bad = p.bad || err != nil
	return t
}

func (p *parts) integer(v string) int {
	n, err := strconv.Atoi(v)
	p.bad = p.bad || err != nil
	return n
}

// empty is the JSON of a date that is not there.
const empty = `""`

// shown writes what registry.Shown says; a test holds the two together.
func (p *parts) shown(b []byte, f store.Facts, minutes, practical int) []byte {
	add := func(name, value string) { b = append(append(append(append(b, ',', '"'), name...), '"', ':'), value...) }
	some := func(name, value string) {
		if value != "" && value != empty {
			add(name, value)
		}
	}
	b = append(append(b, `{"number":`...), p.number...)
	add("kind", p.kind)
	add("name", p.name)
	some("latin_name", p.latin)
	some("id_last4", p.last4)
	add("course", p.course)
	add("hours", hours(minutes))
	add("practical_hours", hours(practical))
	add("practical_assessed", p.inPerson)
	b = append(append(append(b, `,"issuer":{"name":`...), p.issuerName...), '}')
	b = append(append(append(append(append(b, `,"base":{"code":`...), p.baseCode...), `,"name":`...), p.baseName...), '}')
	if f.Contact != "" {
		add("base_contact", quoted(f.Contact))
	}
	some("class_starts_on", p.classStart)
	some("class_ends_on", p.classEnd)
	add("issued_on", p.issuedOn)
	add("valid_from", p.validFrom)
	if p.validUntil == empty {
		p.validUntil = "null"
	}
	add("valid_until", p.validUntil)
	if f.State != registry.StateIssued {
		add("status_since", quoted(f.StateSince.Format(time.RFC3339Nano)))
		if f.Reason != "" {
			add("status_reason", quoted(f.Reason))
		}
	}
	add("superseded_by", "null")
	if p.demo == "true" {
		add("demo", p.demo)
	}
	return append(b, '}')
}

func hours(minutes int) string {
	return strconv.FormatFloat(registry.AcademicHours(minutes), 'f', -1, 64)
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // a string has nothing to fail
		return empty
	}
	return string(b)
}

// members calls take with the name and the JSON of each member of an object, in
// their order, and reports whether it was one, without spaces (RFC 8785). Names
// with escapes are not ours.
func members(s string, take func(name, value string) bool) bool {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return false
	}
	for i := 1; i < len(s)-1; {
		if s[i] != '"' {
			return false
		}
		colon := i + 1 + strings.IndexByte(s[i+1:], '"') + 1
		if colon == i+1 || colon >= len(s) || s[colon] != ':' {
			return false
		}
		end := value(s, colon+1)
		if end < 0 || end > len(s)-1 || s[end] != ',' && end != len(s)-1 || !take(s[i+1:colon-1], s[colon+1:end]) {
			return false
		}
		if end == len(s)-2 { // a comma, and nothing after it
			return false
		}
		i = end + 1
	}
	return true
}

// value returns where the JSON value that begins at i ends, -1 where it does not.
func value(s string, i int) int {
	for depth := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			if i = quote(s, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// quote returns where the string that begins at i has its closing mark.
func quote(s string, i int) int {
	for i++; i < len(s); i++ {
		j := strings.IndexByte(s[i:], '"')
		if j < 0 {
			return -1
		}
		k := strings.IndexByte(s[i:i+j], '\\')
		if k < 0 {
			return i + j
		}
		i += k + 1 // what is escaped
	}
	return -1
}
