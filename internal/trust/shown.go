package trust

import (
	"strconv"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// show puts what a genuine record says into the answer. A record that nobody
// vouches for is never shown: its name could be any.
func (c *check) show() {
	if c.genuine && c.doubt == nil && !c.stolenKey() {
		c.answer.Credential = c.claim.shown()
	}
}

// Shown is what a genuine record shows, with the names that the list and the
// bundle (nil: none) know. It has no number: a record does not carry it.
func Shown(claims record.Claims, issuer Issuer, bundle *VerifiedBundle) *registry.Shown {
	s := &registry.Shown{
		Kind: claims.Kind, Name: claims.Name, IDLast4: claims.IDLast4,
		Course: registry.CourseName{Code: claims.Course, Version: claims.CourseVersion, Title: registry.Text{}},
		Hours:  registry.AcademicHours(claims.Minutes), PracticalHours: registry.AcademicHours(claims.PracticalMinutes),
		PracticalAssessed: claims.PracticalAssessed,
		Issuer:            registry.ShownIssuer{Name: issuer.Name},
		Base:              registry.CodeName{Code: claims.Base, Name: registry.Text{}},
		IssuedOn:          claims.IssuedOn, ValidFrom: claims.ValidFrom, Demo: claims.Demo,
	}
	if !claims.ValidUntil.IsZero() {
		until := claims.ValidUntil
		s.ValidUntil = &until
	}
	if bundle != nil {
		s.Course.Title = known(bundle.Courses, claims.Course)
		s.Base.Name = known(bundle.Bases, claims.Base)
	}
	return s
}

func known(names map[string]registry.Text, code string) registry.Text {
	if t, ok := names[code]; ok {
		return t
	}
	return registry.Text{}
}

// number writes a bundle's number as a text, so that no language groups its digits.
func number(n uint64) string { return strconv.FormatUint(n, 10) }
