package registry

import "time"

// Status is what the registry answers about one credential (contract.md).
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

// Verdict returns the family of the status (decisions.md 13). A status it does
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
}

// Reason says why an answer is not a plain yes, and what to do next.
type Reason struct {
	Code    string `json:"code"`
	Args    []any  `json:"-"`
	Message string `json:"message"` // in the reader's language, filled at the edge
	Next    string `json:"next"`
}

// Answer is the outcome of a verification (contract.md, "The answer").
type Answer struct {
	Status     Status    `json:"status"`
	Verdict    Verdict   `json:"verdict"`
	CheckedAt  time.Time `json:"checked_at"`
	Checks     Checks    `json:"checks"`
	Reasons    []Reason  `json:"reasons"`
	Credential *Shown    `json:"credential,omitempty"`
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
	SupersededBy      *Number        `json:"superseded_by"`
	RenewedBy         *Number        `json:"renewed_by,omitempty"`
	SupersededByCode  Code           `json:"-"` // for the page's link alone
	Demo              bool           `json:"demo,omitempty"`
}

// ShownIssuer is the body that answers for the credential.
type ShownIssuer struct {
	Name Text `json:"name"`
}
