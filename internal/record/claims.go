// Package record is the offline record in a certificate's QR code: what the
// certificate says, signed by its issuer, small enough for paper. The same
// claims give the same bytes for ever, and a record that does not have the one
// canonical form is refused, so two readers never see two things in one code.
// docs/qr.md is the specification, docs/vectors/qr.json its test vectors.
package record

import (
	"time"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/registry"
)

// Claims are what a record says. The code of the credential is not among
// them: it stands in the link and is bound into the signature.
type Claims struct {
	Issuer            string // issuer's code as in the trust list
	Name              string // as printed, at most MaxName bytes
	IDLast4           string // last four characters of the identity document, or ""
	Kind              registry.CredentialKind
	Course            string
	CourseVersion     int
	Base              string
	IssuedOn          registry.Date
	ValidFrom         registry.Date // inclusive
	ValidUntil        registry.Date // inclusive; zero: no expiry
	UTCOffset         int           // minutes east of UTC, makes the dates instants
	Minutes           int           // teaching time
	PracticalMinutes  int           // part of Minutes spent in practice
	PracticalAssessed bool          // skills were assessed in person
	Demo              bool          // invented, proves nothing
}

// MaxName is the longest name, in bytes of UTF-8: with it the QR code can still
// be read from paper (docs/qr.md).
const MaxName = 200

const (
	maxCode   = 16        // bytes of an issuer's, course's or base's code
	maxDay    = 1<<16 - 1 // 2149-06-06
	maxOffset = 18 * 60
)

// FromSnapshot takes the claims out of what was frozen at issue.
func FromSnapshot(s registry.Snapshot) Claims {
	return Claims{
		Issuer: s.Issuer.Code, Name: s.Name, IDLast4: s.IDLast4, Kind: s.Kind,
		Course: s.Course.Code, CourseVersion: s.Course.Version, Base: s.Base.Code,
		IssuedOn: s.IssuedOn, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, UTCOffset: s.Base.Offset,
		Minutes: s.Minutes, PracticalMinutes: s.Practical, PracticalAssessed: s.InPerson, Demo: s.Demo,
	}
}

// StartsAt is the first instant of validity.
func (c Claims) StartsAt() time.Time { return c.ValidFrom.Start(c.zone()).UTC() }

// ExpiresAt is the first instant after the end of validity; the zero time where
// there is no end.
func (c Claims) ExpiresAt() time.Time {
	if c.ValidUntil.IsZero() {
		return time.Time{}
	}
	return c.ValidUntil.End(c.zone()).UTC()
}

// IssuedBy is the first instant after the day of issue: by then the registry
// knew of the credential.
func (c Claims) IssuedBy() time.Time { return c.IssuedOn.End(c.zone()).UTC() }

func (c Claims) zone() *time.Location { return time.FixedZone("", c.UTCOffset*60) }

// check refuses claims that the form cannot hold, or that contradict
// themselves; field names the first one.
func (c Claims) check() error {
	for _, f := range []struct {
		field string
		ok    bool
	}{
		{"issuer", code(c.Issuer)},
		{"name", c.Name != "" && len(c.Name) <= MaxName && utf8.ValidString(c.Name)},
		{"id_last4", c.IDLast4 == "" || len(c.IDLast4) == 4 && code(c.IDLast4)},
		{"kind", kindNumber(c.Kind) > 0},
		{"course", code(c.Course)},
		{"course_version", c.CourseVersion >= 1 && c.CourseVersion <= maxDay},
		{"base", code(c.Base)},
		{"issued_on", day(c.IssuedOn)},
		{"valid_from", day(c.ValidFrom)},
		{"valid_until", c.ValidUntil.IsZero() || day(c.ValidUntil) && !c.ValidUntil.Before(c.ValidFrom)},
		{"utc_offset", c.UTCOffset >= -maxOffset && c.UTCOffset <= maxOffset},
		{"minutes", c.Minutes >= 0 && c.Minutes <= maxDay},
		{"practical_minutes", c.PracticalMinutes >= 0 && c.PracticalMinutes <= c.Minutes},
	} {
		if !f.ok {
			return registry.FailField(registry.Invalid, f.field, "record.claims", f.field)
		}
	}
	return nil
}

func day(d registry.Date) bool {
	n := d.DayNumber()
	return !d.IsZero() && n >= 0 && n <= maxDay && registry.DateFromDayNumber(n) == d
}

// code reports whether s is 1 to 16 of the characters that codes are made of.
func code(s string) bool {
	for _, r := range []byte(s) {
		letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= maxCode
}

// kinds gives each kind its number in a record, from 1.
var kinds = [...]registry.CredentialKind{registry.Competence, registry.Attendance, registry.Instructor, registry.Honour}

func kindNumber(k registry.CredentialKind) uint8 {
	for i, known := range kinds {
		if k == known {
			return uint8(i + 1)
		}
	}
	return 0
}
