package registry

import (
	"maps"
	"reflect"
	"slices"
)

// Shares reports whether two snapshots are equal but for the person's own
// fields: number, code, subject, names, last four, salt and place in a status
// list. Whatever is printed or signed of the rest is the same for both.
func (s *Snapshot) Shares(o *Snapshot) bool {
	return s.Format == o.Format && s.Kind == o.Kind && s.Minutes == o.Minutes && s.Practical == o.Practical &&
		s.InPerson == o.InPerson && s.Theory == o.Theory && s.Credits == o.Credits && s.Demo == o.Demo &&
		s.CompletedOn == o.CompletedOn && s.IssuedOn == o.IssuedOn && s.ValidFrom == o.ValidFrom && s.ValidUntil == o.ValidUntil &&
		s.IssuedAt.Equal(o.IssuedAt) && s.StartsAt.Equal(o.StartsAt) && s.ExpiresAt.Equal(o.ExpiresAt) &&
		s.Origin == o.Origin && s.Template == o.Template && s.Hashes == o.Hashes && s.RecordKey == o.RecordKey && s.Class == o.Class &&
		slices.Equal(s.Languages, o.Languages) &&
		s.Programme.equal(o.Programme) && s.Issuer.equal(o.Issuer) &&
		s.Course.Code == o.Course.Code && s.Course.Version == o.Course.Version && s.Course.Title.equal(o.Course.Title) &&
		s.Base.Code == o.Base.Code && s.Base.TZ == o.Base.TZ && s.Base.Offset == o.Base.Offset && s.Base.Name.equal(o.Base.Name) &&
		slices.EqualFunc(s.Signatories, o.Signatories, Signatory.equal)
}

func (c CodeName) equal(o CodeName) bool { return c.Code == o.Code && c.Name.equal(o.Name) }

func (s Signatory) equal(o Signatory) bool {
	return s.Name == o.Name && s.From == o.From && s.Until == o.Until && s.Title.equal(o.Title)
}

// equal is quick for the one map that the snapshots of a class mostly have.
func (t Text) equal(o Text) bool {
	return len(t) == len(o) && (reflect.ValueOf(t).UnsafePointer() == reflect.ValueOf(o).UnsafePointer() || maps.Equal(t, o))
}
