package registry

import "time"

// Person is somebody who learns, teaches or signs. A full personal id is never
// kept: a keyed hash finds the person again, four characters are shown.
type Person struct {
	ID           ID     `json:"id"`
	Name         string `json:"name"` // as on the identity document
	NameKey      string `json:"-"`    // for matching, see NameKey
	LatinName    string `json:"latin_name,omitempty"`
	IDType       IDType `json:"id_type,omitempty"`
	IDHash       string `json:"-"` // HMAC of the full id
	IDLast4      string `json:"id_last4,omitempty"`
	BirthDate    Date   `json:"birth_date"`
	Phone        string `json:"phone,omitempty"`
	Email        string `json:"email,omitempty"`
	Organization string `json:"organization,omitempty"`
	Department   string `json:"department,omitempty"`
	Title        string `json:"title,omitempty"`
	Lang         string `json:"lang,omitempty"`
	MergedInto   ID     `json:"merged_into,omitempty"`
	Demo         bool   `json:"demo,omitempty"`
	Version      int64  `json:"version"`

	ErasedAt time.Time `json:"erased_at,omitzero"` // UTC; zero: not erased
}

// AgeOn counts completed years on the date; ok is false where no birth date is
// known.
func (p Person) AgeOn(d Date) (years int, ok bool) {
	if p.BirthDate.IsZero() {
		return 0, false
	}
	years = d.Year - p.BirthDate.Year
	if d.Month < p.BirthDate.Month || d.Month == p.BirthDate.Month && d.Day < p.BirthDate.Day {
		years--
	}
	return years, true
}
