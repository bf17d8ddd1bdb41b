package registry

import "slices"

// BaseStatus is the state of an accreditation.
type BaseStatus string

// The states of a base.
const (
	BaseCandidate  BaseStatus = "candidate"
	BaseAccredited BaseStatus = "accredited"
	BaseSuspended  BaseStatus = "suspended"
	BaseWithdrawn  BaseStatus = "withdrawn"
)

// Base is a training base: the accreditation of a host organization, at one
// campus, by a scheme owner.
type Base struct {
	ID              ID          `json:"id"`
	Code            string      `json:"code"` // unique in the registry, 2–6 of A–Z
	Host            ID          `json:"host"` // organization
	Accrediting     ID          `json:"accrediting"`
	Programmes      []string    `json:"programmes"` // codes it may train for
	Campus          string      `json:"campus,omitempty"`
	Name            Text        `json:"name"` // as it prints itself on certificates
	TZ              string      `json:"tz"`
	Contact         string      `json:"contact,omitempty"` // whom to call when a result is unclear
	Address         Text        `json:"address,omitempty"`
	Hours           Hours       `json:"hours,omitempty"` // when the contact can be reached
	AccreditedFrom  Date        `json:"accredited_from"`
	AccreditedUntil Date        `json:"accredited_until"` // inclusive; zero: open-ended
	Status          BaseStatus  `json:"status"`
	Manikins        int         `json:"manikins,omitempty"`
	Signatories     []Signatory `json:"signatories,omitempty"` // who signs on paper unless the class says otherwise
	Version         int64       `json:"version"`
}

// Validate checks what must hold of every base.
func (b Base) Validate() error {
	for _, r := range b.Code {
		if r < 'A' || r > 'Z' {
			return FailField(Invalid, "code", "base.code", b.Code)
		}
	}
	if len(b.Code) < 2 || len(b.Code) > 6 {
		return FailField(Invalid, "code", "base.code", b.Code)
	}
	if b.Name.In() == "" {
		return FailField(Invalid, "name", "base.name")
	}
	if err := b.Hours.Validate(); err != nil {
		return err
	}
	if err := CheckSignatories(b.Signatories); err != nil {
		return err
	}
	return validZone(b.TZ)
}

// AccreditedOn refuses a date on which the base may not be responsible for a
// class.
func (b Base) AccreditedOn(d Date) error {
	switch {
	case b.Status != BaseAccredited:
		return Fail(Conflict, "base.not_accredited", b.Code, string(b.Status))
	case d.Before(b.AccreditedFrom):
		return Fail(Conflict, "base.accredited_later", b.Code, b.AccreditedFrom)
	case !b.AccreditedUntil.IsZero() && d.After(b.AccreditedUntil):
		return Fail(Conflict, "base.lapsed", b.Code, b.AccreditedUntil)
	}
	return nil
}

var baseMoves = map[BaseStatus][]BaseStatus{
	BaseCandidate:  {BaseAccredited, BaseWithdrawn},
	BaseAccredited: {BaseSuspended, BaseWithdrawn},
	BaseSuspended:  {BaseAccredited, BaseWithdrawn},
}

// To moves the base to the next state, or refuses.
func (b Base) To(next BaseStatus) (Base, error) {
	if !slices.Contains(baseMoves[b.Status], next) {
		return b, Fail(Conflict, "base.move", b.Code, string(b.Status), string(next))
	}
	b.Status = next
	return b, nil
}
