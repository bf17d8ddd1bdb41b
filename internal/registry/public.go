package registry

// PublicBase is what everybody may know of a base.
type PublicBase struct {
	Code            string       `json:"code"`
	Name            Text         `json:"name"`
	Status          string       `json:"status"` // a BaseStatus, or "lapsed"
	Host            Text         `json:"host"`
	Campus          string       `json:"campus,omitempty"`
	Region          Text         `json:"region"` // organization above the host
	Issuer          Text         `json:"issuer"`
	Contact         string       `json:"contact,omitempty"`
	Address         Text         `json:"address,omitempty"`
	OpeningHours    Hours        `json:"opening_hours,omitempty"` // of a week, by the clock of the base
	AccreditedFrom  Date         `json:"accredited_from"`
	AccreditedUntil Date         `json:"accredited_until"` // inclusive; "" : open-ended
	Programmes      []PublicName `json:"programmes"`
	Courses         []string     `json:"courses,omitempty"` // codes; of one base alone
}

// PublicName is a code with the name that it stands for.
type PublicName struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
}

// PublicCourse is what everybody may know of one version of a course: what its
// certificate means.
type PublicCourse struct {
	Code           string         `json:"code"`
	Version        int            `json:"version"`
	Status         CourseStatus   `json:"status"`
	Title          Text           `json:"title"`
	Kind           CredentialKind `json:"kind"`
	Level          string         `json:"level"`
	Delivery       Delivery       `json:"delivery"`
	Hours          float64        `json:"hours"` // academic hours of 45 minutes
	PracticalHours float64        `json:"practical_hours"`
	AttendanceMin  int            `json:"attendance_min"` // per cent
	PassMark       int            `json:"pass_mark"`      // 0: no theory test
	InPerson       bool           `json:"practical_assessed_in_person"`
	Skills         []SkillItem    `json:"skills"`
	ValidityMonths int            `json:"validity_months"` // 0: no expiry
	Expiry         Expiry         `json:"expiry,omitempty"`
	MinAge         int            `json:"min_age,omitempty"`
	Prerequisites  []string       `json:"prerequisites,omitempty"`
	RecertOf       string         `json:"recert_of,omitempty"`
	Programme      PublicName     `json:"programme"`
	Versions       []int          `json:"versions,omitempty"` // that certificates may name, newest first; of one course alone
}
