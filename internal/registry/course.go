package registry

import "slices"

// CourseStatus is the state of one version of a course.
type CourseStatus string

// The states of a course version.
const (
	CourseDraft   CourseStatus = "draft"
	CourseActive  CourseStatus = "active"
	CourseRetired CourseStatus = "retired"
)

// Delivery is how a course is taught.
type Delivery string

// The ways of delivery.
const (
	InPerson Delivery = "in_person"
	Blended  Delivery = "blended"
	Online   Delivery = "online"
)

// Expiry is how the end of validity is counted from the completion date.
type Expiry string

// The expiry rules.
const (
	ExactDay Expiry = "exact_day" // the same day n months later
	MonthEnd Expiry = "month_end" // the last day of that month
)

// Course is one version of a curriculum. A class keeps the version it began
// with, and a credential names it.
type Course struct {
	ID             ID             `json:"id"`
	Code           string         `json:"code"` // unique with Version, 2–10 of A–Z and 0–9
	Version        int            `json:"version"`
	Programme      string         `json:"programme"`         // code of the one that keeps the course
	AlsoIn         []string       `json:"also_in,omitempty"` // codes of others that may teach it
	Title          Text           `json:"title"`
	Category       string         `json:"category,omitempty"`
	Level          string         `json:"level"` // public, student, professional
	Kind           CredentialKind `json:"kind"`
	Delivery       Delivery       `json:"delivery"`
	Minutes        int            `json:"minutes"`           // in all; a printed hour has 45
	Practical      int            `json:"practical_minutes"` // part of Minutes
	AttendanceMin  int            `json:"attendance_min"`    // per cent of Minutes
	PassMark       int            `json:"pass_mark"`         // theory, 0–100; 0: no theory test
	MaxAttempts    int            `json:"max_attempts"`      // theory and skills, per class
	Skills         SkillsSheet    `json:"skills"`            // empty: no skills assessment
	Prerequisites  []string       `json:"prerequisites,omitempty"`
	MinAge         int            `json:"min_age"`
	ValidityMonths int            `json:"validity_months"` // 0: no expiry
	Expiry         Expiry         `json:"expiry"`
	RecertOf       string         `json:"recert_of,omitempty"` // code of the family's first course
	RatioWarn      int            `json:"ratio_warn"`          // trainees per trainer; 0: no limit
	RatioMax       int            `json:"ratio_max"`
	ManikinRatio   int            `json:"manikin_ratio,omitempty"` // trainees per manikin in practice; 0: none is needed
	CME            *CME           `json:"cme,omitempty"`
	Status         CourseStatus   `json:"status"`
	RequireID      bool           `json:"require_id"` // a person without any id may not be certified
	Edition        int64          `json:"edition"`    // optimistic version of this row
	GuidelineYear  int            `json:"guideline_year,omitempty"`
}

// SkillsSheet lists what an assessor watches.
type SkillsSheet struct {
	Items      []SkillItem `json:"items,omitempty"`
	OthersPass int         `json:"others_pass,omitempty"` // how many of the items that are not critical
}

// SkillItem is one step on a skills sheet.
type SkillItem struct {
	Code     string `json:"code"`
	Text     Text   `json:"text"`
	Critical bool   `json:"critical"`
}

// CME is how the course counts for continuing medical education.
type CME struct {
	Class         string `json:"class"` // I, II
	Level         string `json:"level"` // national, provincial
	ProjectNo     string `json:"project_no"`
	HoursPerPoint int    `json:"hours_per_credit"`
	CapTenths     int    `json:"cap_tenths"` // of a credit; 0: none
}

// Assessed reports whether the course has anything to pass.
func (c Course) Assessed() bool { return c.PassMark > 0 || len(c.Skills.Items) > 0 }

// PracticalInPerson reports whether a pass means that practical skills were
// assessed in person.
func (c Course) PracticalInPerson() bool {
	return len(c.Skills.Items) > 0 && c.Delivery != Online
}

// ProgrammeAt picks the programme under which the base teaches the course: the
// course's own one if the base is accredited for it, else the first that shares it.
func (c Course) ProgrammeAt(b Base) (string, error) {
	for _, p := range append([]string{c.Programme}, c.AlsoIn...) {
		if slices.Contains(b.Programmes, p) {
			return p, nil
		}
	}
	return "", Fail(Conflict, "base.programme", b.Code, c.Code)
}

// Family is the code that ties a course to its recertification.
func (c Course) Family() string {
	if c.RecertOf != "" {
		return c.RecertOf
	}
	return c.Code
}

// ValidUntil counts the last valid day from the completion date; the zero Date
// means no expiry. 29 February + 12 months is 28 February.
func (c Course) ValidUntil(completed Date) Date {
	if c.ValidityMonths == 0 {
		return Date{}
	}
	end := completed.AddMonths(c.ValidityMonths)
	if c.Expiry == MonthEnd {
		return end.EndOfMonth()
	}
	return end
}

// Credits counts CME credits in tenths: hours of 45 minutes over the hours that
// one credit needs, cut to a tenth, capped. Zero unless project and level are set.
func (c Course) Credits() int {
	m := c.CME
	if m == nil || m.ProjectNo == "" || m.Level == "" || m.HoursPerPoint <= 0 {
		return 0
	}
	tenths := c.Minutes * 10 / (45 * m.HoursPerPoint)
	if m.CapTenths > 0 {
		tenths = min(tenths, m.CapTenths)
	}
	return tenths
}

// Validate checks what must hold of every course version.
func (c Course) Validate() error {
	switch {
	case !upperWord(c.Code):
		return FailField(Invalid, "code", "course.code", c.Code)
	case c.Version < 1:
		return FailField(Invalid, "version", "course.version")
	case c.Title.In() == "":
		return FailField(Invalid, "title", "course.title")
	case c.Minutes <= 0 || c.Practical < 0 || c.Practical > c.Minutes:
		return FailField(Invalid, "minutes", "course.minutes")
	case c.PassMark < 0 || c.PassMark > 100:
		return FailField(Invalid, "pass_mark", "course.pass_mark")
	case c.Kind == Attendance && c.Assessed():
		return FailField(Invalid, "kind", "course.attendance_assessed")
	case c.Kind == Competence && !c.Assessed():
		return FailField(Invalid, "kind", "course.competence_unassessed")
	}
	return c.Skills.Validate()
}
