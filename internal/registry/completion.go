package registry

import (
	"math"
	"slices"
	"time"
)

// EnrolmentStatus is the state of one person in one class.
type EnrolmentStatus string

// The states of an enrolment that the registry stores. Who wrote himself onto the
// list is unconfirmed until the trainer has counted the heads in the room.
const (
	Unconfirmed EnrolmentStatus = "unconfirmed"
	Enrolled    EnrolmentStatus = "enrolled"
	Withdrawn   EnrolmentStatus = "withdrawn"
)

// Enrolment is a person in a class.
type Enrolment struct {
	ID        ID              `json:"id"`
	Class     ID              `json:"class"`
	Person    ID              `json:"person"`
	Position  int             `json:"position"` // in the roster, from 1
	Name      string          `json:"name"`     // as entered for this class, as it will be printed
	LatinName string          `json:"latin_name,omitempty"`
	IDLast4   string          `json:"id_last4,omitempty"`
	Recert    bool            `json:"recert,omitempty"`
	Source    string          `json:"source"`             // self, manual, import, api
	RowHash   string          `json:"row_hash,omitempty"` // of the imported row: carried to the certificate and checked again
	Status    EnrolmentStatus `json:"status"`
	Version   int64           `json:"version"`
}

// Presence is how somebody attended a session.
type Presence string

// The states of attendance.
const (
	Present   Presence = "present"
	Late      Presence = "late"
	LeftEarly Presence = "left_early"
	Absent    Presence = "absent"
)

// UsualLateness is by how many minutes somebody was late, or left early, where
// nobody said so: it stands in the record, to be put right.
const UsualLateness = 10

// SessionAttendance is one person's presence in one session.
type SessionAttendance struct {
	Session   ID        `json:"session"`
	Enrolment ID        `json:"enrolment"`
	State     Presence  `json:"state"`
	Minutes   int       `json:"minutes"`            // attended
	Revision  int       `json:"revision,omitempty"` // from 1: how often it was written
	By        ID        `json:"by,omitempty"`       // account
	At        time.Time `json:"at,omitzero"`
}

// AssessmentKind is what was assessed.
type AssessmentKind string

// The kinds of assessment.
const (
	Theory AssessmentKind = "theory"
	Skills AssessmentKind = "skills"
)

// Assessment is one attempt; attempts are appended, never changed.
type Assessment struct {
	ID        ID              `json:"id"`
	Enrolment ID              `json:"enrolment"`
	Kind      AssessmentKind  `json:"kind"`
	Attempt   int             `json:"attempt"`         // from 1, per kind
	Revision  int             `json:"revision"`        // from 1: a slip of the pen is corrected by a new revision of the attempt
	Score     int             `json:"score"`           // theory, 0–100
	Items     map[string]bool `json:"items,omitempty"` // skills: item code → passed
	Passed    bool            `json:"passed"`
	Bulk      bool            `json:"bulk"` // one mark for many, with the statement
	State     AttemptState    `json:"state,omitempty"`
	Marks     SkillMarks      `json:"marks,omitempty"` // skills: who marked which item, and when
	Statement string          `json:"statement,omitempty"`
	Note      string          `json:"note,omitempty"`
	Assessor  ID              `json:"assessor"` // person
	By        ID              `json:"by"`       // account that wrote it down
	On        Date            `json:"on"`
	At        time.Time       `json:"at"`
}

// AttemptState is whether an entry counts.
type AttemptState string

// The states of an attempt; the empty one counts.
const (
	AttemptOpen AttemptState = "open" // skills: not every item is marked yet
	AttemptVoid AttemptState = "void" // taken back
)

// TheoryScore refuses a score that is not 0–100.
func TheoryScore(score int) error {
	if score < 0 || score > 100 {
		return FailField(Invalid, "score", "score.range", score)
	}
	return nil
}

// SkillsPassed applies the sheet's rule: every critical item, and enough of the
// others. An item that nobody marked counts as not passed.
func (s SkillsSheet) SkillsPassed(items map[string]bool) bool {
	others := 0
	for _, item := range s.Items {
		if items[item.Code] {
			if !item.Critical {
				others++
			}
		} else if item.Critical {
			return false
		}
	}
	return others >= s.OthersPass
}

// AllPassed marks every item of the sheet as passed, for a bulk statement.
func (s SkillsSheet) AllPassed() map[string]bool {
	items := map[string]bool{}
	for _, item := range s.Items {
		items[item.Code] = true
	}
	return items
}

// Unknown names an item that the sheet does not have, "" where there is none.
func (s SkillsSheet) Unknown(items map[string]bool) string {
	for code := range items {
		if !slices.ContainsFunc(s.Items, func(i SkillItem) bool { return i.Code == code }) {
			return code
		}
	}
	return ""
}

// Outcome is how a person's part in a class ended.
type Outcome string

// The outcomes.
const (
	Pending    Outcome = "pending" // something is not recorded yet
	Pass       Outcome = "pass"
	Remediate  Outcome = "remediate" // may try again
	FailedAll  Outcome = "fail"
	Incomplete Outcome = "incomplete" // too few hours
)

// Outcomes is what the records of one enrolment come to.
type Outcomes struct {
	Outcome     Outcome  `json:"outcome"`
	Missing     []string `json:"missing,omitempty"` // codes of what is missing or not passed
	Minutes     int      `json:"minutes"`           // attended
	CompletedOn Date     `json:"completed_on"`      // last session or last passed attempt, the later
	Bulk        bool     `json:"bulk"`              // some mark was given in bulk
}

// Judge decides the outcome of one enrolment from its records alone: attendance
// (≥ the course's share of the hours, less than 4 hours missing, practice in
// full), then the last theory attempt, then the last skills attempt. Blank
// is not zero: what is not recorded keeps it pending.
func Judge(course Course, sessions []Session, attendance []SessionAttendance, attempts []Assessment) Outcomes {
	out := Outcomes{Outcome: Pass}
	judgeAttendance(&out, course, sessions, attendance)
	judgeAttempts(&out, Theory, course.PassMark > 0, course.MaxAttempts, attempts)
	judgeAttempts(&out, Skills, len(course.Skills.Items) > 0, course.MaxAttempts, attempts)
	return out
}

// outcomeRank orders outcomes by which one wins when several apply.
var outcomeRank = map[Outcome]int{Pass: 0, Pending: 1, Remediate: 2, FailedAll: 3, Incomplete: 4}

func (o *Outcomes) worse(next Outcome, code string) {
	o.Missing = append(o.Missing, code)
	if outcomeRank[next] > outcomeRank[o.Outcome] {
		o.Outcome = next
	}
}

func judgeAttendance(out *Outcomes, course Course, sessions []Session, attendance []SessionAttendance) {
	total := 0
	for _, s := range sessions {
		total += s.Minutes
		if out.CompletedOn.Before(s.On) {
			out.CompletedOn = s.On
		}
		i := slices.IndexFunc(attendance, func(a SessionAttendance) bool { return a.Session == s.ID })
		if i < 0 {
			out.worse(Pending, "attendance.missing")
			continue
		}
		got := min(attendance[i].Minutes, s.Minutes)
		out.Minutes += got
		if s.Practical && got < s.Minutes {
			out.worse(Incomplete, "attendance.practice")
		}
	}
	missed := total - out.Minutes
	if slices.Contains(out.Missing, "attendance.missing") {
		return
	}
	need := int(math.Ceil(float64(total) * float64(course.AttendanceMin) / 100))
	if out.Minutes < need || missed >= 240 {
		out.worse(Incomplete, "attendance.hours")
	}
}

// LastAttempt is the entry that counts: the newest revision of the newest
// attempt of the kind, among those that are neither open nor taken back. ok is
// false where there is none.
func LastAttempt(kind AssessmentKind, attempts []Assessment) (last Assessment, ok bool) {
	newest := map[int]Assessment{}
	for _, a := range attempts {
		if n, seen := newest[a.Attempt]; a.Kind == kind && (!seen || a.Revision > n.Revision) {
			newest[a.Attempt] = a
		}
	}
	for _, a := range newest {
		if a.State == "" && (!ok || a.Attempt > last.Attempt) {
			last, ok = a, true
		}
	}
	return last, ok
}

// LastEntry is what was written last of the kind, whether it counts or not.
func LastEntry(kind AssessmentKind, attempts []Assessment) (last Assessment, ok bool) {
	for _, a := range attempts {
		if a.Kind != kind {
			continue
		}
		if !ok || a.Attempt > last.Attempt || a.Attempt == last.Attempt && a.Revision > last.Revision {
			last, ok = a, true
		}
	}
	return last, ok
}

func judgeAttempts(out *Outcomes, kind AssessmentKind, needed bool, most int, attempts []Assessment) {
	if !needed {
		return
	}
	last, ok := LastAttempt(kind, attempts)
	switch {
	case !ok:
		out.worse(Pending, string(kind)+".missing")
	case last.Passed:
		out.Bulk = out.Bulk || last.Bulk
		if out.CompletedOn.Before(last.On) {
			out.CompletedOn = last.On
		}
	case most > 0 && last.Attempt >= most:
		out.worse(FailedAll, string(kind)+".failed")
	default:
		out.worse(Remediate, string(kind)+".again")
	}
}

// Completion is the recorded outcome of one enrolment, and who decided it. An
// approved completion never changes: a correction is a new credential.
type Completion struct {
	ID          ID        `json:"id"`
	Enrolment   ID        `json:"enrolment"`
	Class       ID        `json:"class"`
	Person      ID        `json:"person"`
	Outcome     Outcome   `json:"outcome"`
	Minutes     int       `json:"minutes"`
	CompletedOn Date      `json:"completed_on"`
	Bulk        bool      `json:"bulk"`
	Held        string    `json:"held,omitempty"` // why the approver held this row back
	ApprovedBy  ID        `json:"approved_by,omitempty"`
	ApprovedAt  time.Time `json:"approved_at,omitzero"`
}
