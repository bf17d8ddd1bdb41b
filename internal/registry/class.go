package registry

import (
	"slices"
	"strings"
	"time"
)

// ClassStatus is the state of a class.
type ClassStatus string

// The states of a class.
const (
	ClassDraft      ClassStatus = "draft"
	ClassOpen       ClassStatus = "open"
	ClassInProgress ClassStatus = "in_progress"
	ClassAssessing  ClassStatus = "assessing"
	ClassSubmitted  ClassStatus = "submitted"
	ClassReturned   ClassStatus = "returned"
	ClassApproved   ClassStatus = "approved"
	ClassIssuing    ClassStatus = "issuing"
	ClassIssued     ClassStatus = "issued"
	ClassArchived   ClassStatus = "archived"
	ClassCancelled  ClassStatus = "cancelled"
)

var classMoves = map[ClassStatus][]ClassStatus{
	ClassDraft:      {ClassOpen, ClassCancelled},
	ClassOpen:       {ClassInProgress, ClassAssessing, ClassCancelled},
	ClassInProgress: {ClassAssessing, ClassSubmitted, ClassCancelled},
	ClassAssessing:  {ClassSubmitted, ClassCancelled},
	ClassSubmitted:  {ClassApproved, ClassReturned},
	ClassReturned:   {ClassAssessing, ClassSubmitted, ClassCancelled},
	ClassApproved:   {ClassIssuing, ClassIssued},
	ClassIssuing:    {ClassIssued},
	ClassIssued:     {ClassArchived},
}

// Session is one dated meeting of a class. Its dates and times are those of the
// class's base.
type Session struct {
	ID        ID     `json:"id"`
	On        Date   `json:"on"`
	From      string `json:"from,omitempty"` // "09:00"
	To        string `json:"to,omitempty"`
	Minutes   int    `json:"minutes"`   // teaching time
	Practical bool   `json:"practical"` // practice needs full attendance and a trainer present
	Topic     string `json:"topic,omitempty"`
}

// ClassTrainer is a person teaching in a class.
type ClassTrainer struct {
	Person ID     `json:"person"`
	Name   string `json:"name"`
	Role   string `json:"role"` // lead, instructor, assistant
}

// Class is one cohort of a course version, answered for by a base.
type Class struct {
	ID            ID             `json:"id"`
	Code          string         `json:"code"` // "SJZ-CPR1-20261121-2"
	Course        string         `json:"course"`
	CourseVersion int            `json:"course_version"`
	Programme     string         `json:"programme"`
	Base          string         `json:"base"`    // code
	Setting       string         `json:"setting"` // office, village, community, school, company, barracks, hospital, online, event
	Venue         string         `json:"venue,omitempty"`
	Language      string         `json:"language"`
	Languages     []string       `json:"languages"` // of the certificate, primary first
	Capacity      int            `json:"capacity,omitempty"`
	Sessions      []Session      `json:"sessions"`
	Trainers      []ClassTrainer `json:"trainers"`
	Signatories   []Signatory    `json:"signatories"`
	Status        ClassStatus    `json:"status"`
	Flags         []string       `json:"flags"`                   // what the approver should look at
	Manikins      int            `json:"manikins,omitempty"`      // on the day; 0: those of the base
	RatioReason   string         `json:"ratio_reason,omitempty"`  // why fewer trainers or manikins than the course asks
	ReturnReason  string         `json:"return_reason,omitempty"` // of the last return
	ApproveNote   string         `json:"approve_note,omitempty"`  // of the approver, where the base had lost its accreditation
	CreatedBy     ID             `json:"created_by"`
	SubmittedBy   ID             `json:"submitted_by,omitempty"`
	SubmittedAt   time.Time      `json:"submitted_at,omitzero"`
	ApprovedBy    ID             `json:"approved_by,omitempty"`
	ApprovedAt    time.Time      `json:"approved_at,omitzero"`
	Demo          bool           `json:"demo,omitempty"`
	Version       int64          `json:"version"`
}

// To moves the class to the next state, or refuses.
func (c Class) To(next ClassStatus) (Class, error) {
	if c.Status == next {
		return c, nil
	}
	if !slices.Contains(classMoves[c.Status], next) {
		return c, Fail(Conflict, "class.move", c.Code, string(c.Status), string(next))
	}
	c.Status = next
	return c, nil
}

// Recordable refuses attendance and results in a state that no longer takes
// them.
func (c Class) Recordable() error {
	if slices.Contains([]ClassStatus{ClassOpen, ClassInProgress, ClassAssessing, ClassReturned}, c.Status) {
		return nil
	}
	return Fail(Conflict, "class.closed", c.Code, string(c.Status))
}

// StartsOn is the date of the first session.
func (c Class) StartsOn() Date {
	first := Date{}
	for _, s := range c.Sessions {
		if first.IsZero() || s.On.Before(first) {
			first = s.On
		}
	}
	return first
}

// EndsOn is the date of the last session.
func (c Class) EndsOn() Date {
	last := Date{}
	for _, s := range c.Sessions {
		if last.IsZero() || s.On.After(last) {
			last = s.On
		}
	}
	return last
}

// Dates lists the dates of the sessions, each once, in order.
func (c Class) Dates() []Date {
	var dates []Date
	for _, s := range c.Sessions {
		if !slices.Contains(dates, s.On) {
			dates = append(dates, s.On)
		}
	}
	slices.SortFunc(dates, func(a, b Date) int { return a.DayNumber() - b.DayNumber() })
	return dates
}

// Minutes is the teaching time of all sessions.
func (c Class) Minutes() int {
	n := 0
	for _, s := range c.Sessions {
		n += s.Minutes
	}
	return n
}

// Settings are the places a class can be held in.
var Settings = []string{"hospital", "office", "village", "community", "school", "company", "barracks", "online", "event"}

// Validate checks the parts of a class that need nothing else: sessions,
// setting, certificate languages.
func (c Class) Validate() error {
	if len(c.Sessions) == 0 {
		return FailField(Invalid, "sessions", "class.sessions")
	}
	for _, s := range c.Sessions {
		if s.On.IsZero() {
			return FailField(Invalid, "sessions", "class.session_date")
		}
		if s.Minutes <= 0 || s.Minutes > 24*60 {
			return FailField(Invalid, "sessions", "class.session_minutes")
		}
	}
	if !slices.Contains(Settings, c.Setting) {
		return FailField(Invalid, "setting", "class.setting", c.Setting)
	}
	if len(c.Trainers) == 0 {
		return FailField(Invalid, "trainers", "class.trainers")
	}
	if len(c.Signatories) == 0 || len(c.Signatories) > MaxSignatories {
		return FailField(Invalid, "signatories", "class.signatories", MaxSignatories)
	}
	return nil
}

// HoursFault refuses a class with less teaching or less practice than its course
// has: the certificate prints the course's hours.
func (c Class) HoursFault(course Course) error {
	practical := 0
	for _, s := range c.Sessions {
		if s.Practical {
			practical += s.Minutes
		}
	}
	if c.Minutes() < course.Minutes || practical < course.Practical {
		return FailField(Invalid, "sessions", "class.hours", course.Code, course.Minutes, course.Practical, c.Minutes(), practical)
	}
	return nil
}

// AttemptFault refuses the date of an attempt that lies before the class, in the
// future or past the time for remediation: a later date would also move the end
// of validity.
func (c Class) AttemptFault(on, today Date) error {
	if last := c.EndsOn().AddDays(RemediateDays); on.Before(c.StartsOn()) || on.After(today) || on.After(last) {
		return FailField(Invalid, "on", "assessment.date", on, c.StartsOn(), RemediateDays)
	}
	return nil
}

// MaxClass is how many people a class may have: what one approval decides, and
// one transaction stores.
const MaxClass = 5000

// Places is how many people the class takes.
func (c Class) Places() int {
	if c.Capacity > 0 {
		return min(c.Capacity, MaxClass)
	}
	return MaxClass
}

// Deadlines of a class, in days after its last session.
const (
	SubmitWithin   = 3
	LateAfter      = 10
	TooLateAfter   = 30
	ApproveWithin  = 5 // working days after submission
	RemediateDays  = 30
	JoinAfterClass = 30 // minutes
)

// SubmitFault checks the time of submission, where the base is: never before the
// last session has ended, after 30 days only for a regional administrator.
func (c Class) SubmitFault(now time.Time, loc *time.Location, regional bool) error {
	if err := c.Over(now, loc); err != nil {
		return err
	}
	if today := DateOf(now.In(loc)); today.After(c.EndsOn().AddDays(TooLateAfter)) && !regional {
		return Fail(Conflict, "class.too_late", c.Code, c.EndsOn(), TooLateAfter)
	}
	return nil
}

// HandInFault refuses whoever may not hand the class in: its lead trainer does
// (any of its trainers where none is named as lead), or the manager of its base.
// A regional administrator does so only where an exception needs him: after the
// deadline, or over a limit of ratios.
func (c Class) HandInFault(by Actor, path []ID, exception bool) error {
	var leads []string
	own, lead := false, false
	for _, t := range c.Trainers {
		is := by.Person != "" && t.Person == by.Person
		own = own || is
		if t.Role == "lead" {
			leads, lead = append(leads, t.Name), lead || is
		}
	}
	switch {
	case lead, len(leads) == 0 && own:
		return nil
	case Holds(by, RoleBaseManager, path):
		return nil
	case exception && Can(by, OverrideDeadline, path):
		return nil
	}
	return Fail(Forbidden, "class.lead_submits", strings.Join(leads, ", "))
}

// FourEyes refuses an approver who has a part in the class: whoever submitted or
// created it, a trainer or assessor, or one of the trainees; persons count, not
// accounts, so a second account does not help (ISO/IEC 17024,
// 9.4). A submitter with nobody behind the account could be the approver.
func (c Class) FourEyes(approver, submitter, creator Actor, assessors, trainees []ID) error {
	switch {
	case approver.same(submitter):
		return Fail(Forbidden, "four_eyes.submitter")
	case approver.same(creator) || approver.Account == c.CreatedBy:
		return Fail(Forbidden, "four_eyes.creator")
	case approver.Person == "" || submitter.Person == "":
		return Fail(Forbidden, "four_eyes.no_person")
	}
	for _, t := range c.Trainers {
		if t.Person == approver.Person {
			return Fail(Forbidden, "four_eyes.trainer")
		}
	}
	if slices.Contains(assessors, approver.Person) {
		return Fail(Forbidden, "four_eyes.assessor")
	}
	if slices.Contains(trainees, approver.Person) {
		return Fail(Forbidden, "four_eyes.trainee")
	}
	return nil
}
