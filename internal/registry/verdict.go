package registry

import "time"

// Status is what the registry answers about one credential (docs/verdicts.md).
type Status string

// Every status that an answer can have.
const (
	StatusValid         Status = "valid"
	StatusExpiring      Status = "expiring" // valid, ends within ExpiringDays
	StatusExpired       Status = "expired"
	StatusNotYetValid   Status = "not_yet_valid"
	StatusSuspended     Status = "suspended"
	StatusRevoked       Status = "revoked"
	StatusSuperseded    Status = "superseded"
	StatusNotFound      Status = "not_found"
	StatusAltered       Status = "altered"
	StatusCouldNotCheck Status = "could_not_check"
)

// Statuses lists every status, in the order of the verdict table.
var Statuses = []Status{StatusValid, StatusExpiring, StatusExpired, StatusNotYetValid, StatusSuspended,
	StatusRevoked, StatusSuperseded, StatusNotFound, StatusAltered, StatusCouldNotCheck}

// ExpiringDays is how long before its end a credential counts as ending soon.
const ExpiringDays = 60

// Verdict is the family a status belongs to: what a person does next.
type Verdict string

// The four families.
const (
	Yes        Verdict = "yes"
	No         Verdict = "no"
	Replaced   Verdict = "replaced"
	CannotTell Verdict = "cannot_tell"
)

// Verdict returns the family of the status (docs/verdicts.md). A status it does
// not know is one that it cannot tell, never a yes and never a no.
func (s Status) Verdict() Verdict {
	switch s {
	case StatusValid, StatusExpiring:
		return Yes
	case StatusExpired, StatusNotYetValid, StatusSuspended, StatusRevoked, StatusAltered, StatusNotFound:
		return No
	case StatusSuperseded:
		return Replaced
	}
	return CannotTell
}

// Result is the outcome of one check.
type Result string

// The outcomes of a check.
const (
	CheckYes       Result = "yes"
	CheckNo        Result = "no"
	CheckCould     Result = "could_not_check" // tried, and something was out of reach
	CheckNotNeeded Result = "not_checked"     // not part of this kind of look-up
)

// Check is one thing that was looked at, with the age of the data it rests on.
type Check struct {
	Result Result     `json:"result"`
	AsOf   *time.Time `json:"as_of,omitempty"`
	Reason string     `json:"reason,omitempty"` // stable code, "bundle.missing"
}

// Checks are the things an answer rests on.
type Checks struct {
	Signature Check `json:"signature"`
	Dates     Check `json:"dates"`
	Status    Check `json:"status"`
	Issuer    Check `json:"issuer"`
	Ledger    Check `json:"ledger"`

	File *FileChecks `json:"file,omitempty"` // where a file was shown
}

// Reason says why an answer is not a plain yes, and what to do next.
type Reason struct {
	Code    string `json:"code"`
	Args    []any  `json:"-"`
	Message string `json:"message"` // in the reader's language, filled at the edge
	Next    string `json:"next"`
}

// Answer is the outcome of a verification (docs/verdicts.md).
type Answer struct {
	Status     Status    `json:"status"`
	Verdict    Verdict   `json:"verdict"`
	CheckedAt  time.Time `json:"checked_at"`
	Checks     Checks    `json:"checks"`
	Reasons    []Reason  `json:"reasons"`
	Credential *Shown    `json:"credential,omitempty"`

	Receipt *ReceiptCheck `json:"receipt,omitempty"` // where a receipt was shown
}

// Shown is what an answer shows of a credential: what the paper shows, and
// nothing more. This list of fields is the whole allow-list.
type Shown struct {
	Number            Number         `json:"number,omitempty"` // empty for a record read offline, which does not carry it
	Kind              CredentialKind `json:"kind"`
	Name              string         `json:"name"`
	LatinName         string         `json:"latin_name,omitempty"`
	IDLast4           string         `json:"id_last4,omitempty"`
	Course            CourseName     `json:"course"`
	Hours             float64        `json:"hours"` // academic hours of 45 minutes
	PracticalHours    float64        `json:"practical_hours"`
	PracticalAssessed bool           `json:"practical_assessed"`
	Issuer            ShownIssuer    `json:"issuer"`
	Base              CodeName       `json:"base"`
	Contact           string         `json:"base_contact,omitempty"` // whom to call when in doubt
	ClassStartsOn     Date           `json:"class_starts_on,omitzero"`
	ClassEndsOn       Date           `json:"class_ends_on,omitzero"`
	IssuedOn          Date           `json:"issued_on"`
	ValidFrom         Date           `json:"valid_from"`
	ValidUntil        *Date          `json:"valid_until"` // null: no expiry
	StatusSince       *time.Time     `json:"status_since,omitempty"`
	StatusReason      string         `json:"status_reason,omitempty"` // public reason code of a status that people decided
	SupersededBy      *Number        `json:"superseded_by"`
	RenewedBy         *Number        `json:"renewed_by,omitempty"`
	SupersededByCode  Code           `json:"-"` // for the page's link alone
	Demo              bool           `json:"demo,omitempty"`
}

// ShownIssuer is the body that answers for the credential.
type ShownIssuer struct {
	Name Text `json:"name"`
}

// Evidence is all that an answer from the registry rests on.
type Evidence struct {
	Now            time.Time   // the server's clock, UTC
	Looked         bool        // the store answered
	Credential     *Credential // what it found and the answer shows, nil for nothing
	Standing       *Standing   // where Credential is nil: of what it found, which the answer does not show
	KeyKnown       bool        // the key that signed it is in our ring
	KeyCompromised bool        // and has been declared compromised
}

// Decide is the truth table of answers from the registry (docs/verdicts.md): no
// failed check ever gives green, and none gives red without evidence. The
// signature was checked when the credential was issued; that check is shown with
// that time.
func Decide(e Evidence) Answer {
	a := Answer{CheckedAt: e.Now, Reasons: []Reason{}, Checks: Checks{Ledger: Check{Result: CheckNotNeeded, Reason: "ledger.none"}}}
	if e.Credential != nil {
		standing := e.Credential.Standing()
		e.Standing = &standing
	}
	switch {
	case !e.Looked:
		could := Check{Result: CheckCould, Reason: "store.unreachable"}
		a.Checks.Signature, a.Checks.Dates, a.Checks.Status, a.Checks.Issuer = could, could, could, could
		a.conclude(StatusCouldNotCheck, "store.unreachable")
	case e.Standing == nil || e.Standing.State == StateQueued:
		none := Check{Result: CheckNotNeeded, Reason: "status.not_found"}
		a.Checks.Signature, a.Checks.Dates, a.Checks.Issuer = none, none, none
		a.Checks.Status = Check{Result: CheckNo, AsOf: &e.Now}
		a.conclude(StatusNotFound, "status.not_found")
	default:
		a.look(e)
		if e.Credential != nil {
			a.Credential = Show(e.Credential)
		}
	}
	return a
}

func (a *Answer) look(e Evidence) {
	c, status := e.Standing, e.Standing.StatusAt(e.Now)
	a.Checks.Signature = Check{Result: CheckYes, AsOf: &c.SignedAt}
	a.Checks.Issuer = Check{Result: CheckYes, AsOf: &c.IssuedAt}
	a.Checks.Status = Check{Result: CheckYes, AsOf: &e.Now}
	a.Checks.Dates = Check{Result: CheckYes, AsOf: &e.Now}
	switch DatesStatus(c.StartsAt, c.ExpiresAt, e.Now) {
	case StatusExpired, StatusNotYetValid:
		a.Checks.Dates.Result = CheckNo
	}
	if c.State != StateIssued {
		a.Checks.Status.Result = CheckNo
	}
	a.conclude(status, "status."+string(status))
	switch {
	case !e.KeyKnown:
		a.Checks.Signature = Check{Result: CheckCould, Reason: "signer.unknown"}
		a.Reasons = append(a.Reasons, Reason{Code: "signer.unknown"})
		if a.Verdict == Yes { // the registry's record can no longer be held against its signature
			a.Status, a.Verdict = StatusCouldNotCheck, CannotTell
		}
	case e.KeyCompromised:
		a.Checks.Signature = Check{Result: CheckCould, Reason: "signer.compromised"}
		a.Reasons = append(a.Reasons, Reason{Code: "signer.compromised"})
	}
}

func (a *Answer) conclude(s Status, reason string) {
	a.Status, a.Verdict = s, s.Verdict()
	if s != StatusValid {
		a.Reasons = append(a.Reasons, Reason{Code: reason})
	}
}

// Show picks what an answer shows of a credential: what its paper shows.
func Show(c *Credential) *Shown {
	s := &c.Snapshot
	shown := &Shown{
		Number: s.Number, Kind: s.Kind, Name: s.Name, LatinName: s.LatinName, IDLast4: s.IDLast4, Course: s.Course,
		Hours: AcademicHours(s.Minutes), PracticalHours: AcademicHours(s.Practical), PracticalAssessed: s.InPerson,
		Issuer: ShownIssuer{Name: s.Issuer.Name}, Base: CodeName{Code: s.Base.Code, Name: s.Base.Name},
		ClassStartsOn: s.Class.StartsOn, ClassEndsOn: s.Class.EndsOn,
		IssuedOn: s.IssuedOn, ValidFrom: s.ValidFrom, Demo: s.Demo,
	}
	if !s.ValidUntil.IsZero() {
		until := s.ValidUntil
		shown.ValidUntil = &until
	}
	if c.State != StateIssued {
		since := c.StateSince
		shown.StatusSince, shown.StatusReason = &since, c.Reason
	}
	return shown
}
