package registry

import (
	"slices"
	"time"
)

// State is the stored state of a credential: what people decided. Whether it
// has begun or ended is computed from its dates, never stored.
type State string

// The stored states.
const (
	StateQueued     State = "queued" // intent stored, not signed yet: nobody sees it
	StateIssued     State = "issued"
	StateSuspended  State = "suspended"
	StateRevoked    State = "revoked"
	StateSuperseded State = "superseded"
)

// Credential is the registry's record of a signed claim: this person completed
// this course version.
type Credential struct {
	ID           ID        `json:"id"`
	Number       Number    `json:"number"`
	Code         Code      `json:"code"`
	Completion   ID        `json:"completion"`
	Enrolment    ID        `json:"enrolment"`
	Class        ID        `json:"class"`
	Person       ID        `json:"person"`
	Org          ID        `json:"org"` // host of the base: the scope of roles
	State        State     `json:"state"`
	StateSince   time.Time `json:"state_since"`
	Reason       string    `json:"reason,omitempty"` // public reason code of the last event
	Supersedes   ID        `json:"supersedes,omitempty"`
	SupersededBy ID        `json:"superseded_by,omitempty"`
	RenewedBy    ID        `json:"renewed_by,omitempty"`
	Snapshot     Snapshot  `json:"snapshot"`
	Template     string    `json:"template"`   // hex SHA-256 of the frozen template
	RecordSig    []byte    `json:"-"`          // 64 bytes, of the QR record
	JWTSig       []byte    `json:"-"`          // 64 bytes, of the VC-JWT
	PDFSig       []byte    `json:"-"`          // signature value inside the PDF's CMS
	PDFSHA256    string    `json:"pdf_sha256"` // hex, of the whole issued file
	LeafHash     string    `json:"leaf_hash"`  // hex, what the ledger will hold
	SignedAt     time.Time `json:"signed_at"`  // UTC; zero while queued
	Version      int64     `json:"version"`
}

// Standing is what a credential's status is computed from.
type Standing struct {
	State                                   State
	SignedAt, IssuedAt, StartsAt, ExpiresAt time.Time // as in Credential and Snapshot
}

// Standing returns what the credential's status is computed from.
func (c Credential) Standing() Standing {
	return Standing{State: c.State, SignedAt: c.SignedAt, IssuedAt: c.Snapshot.IssuedAt, StartsAt: c.Snapshot.StartsAt, ExpiresAt: c.Snapshot.ExpiresAt}
}

// StatusAt computes the status at t.
func (c Credential) StatusAt(t time.Time) Status { return c.Standing().StatusAt(t) }

// StatusAt computes the status at t: first what people decided, then the dates
// of validity. A queued credential is not found.
func (s Standing) StatusAt(t time.Time) Status {
	switch s.State {
	case StateRevoked:
		return StatusRevoked
	case StateSuperseded:
		return StatusSuperseded
	case StateSuspended:
		return StatusSuspended
	case StateIssued:
		return DatesStatus(s.StartsAt, s.ExpiresAt, t)
	}
	return StatusNotFound
}

// DatesStatus computes the status from the frozen instants alone: starts is the
// first valid instant, expires the first instant after the end (zero: never).
func DatesStatus(starts, expires, t time.Time) Status {
	switch {
	case t.Before(starts):
		return StatusNotYetValid
	case expires.IsZero():
		return StatusValid
	case !t.Before(expires):
		return StatusExpired
	case !t.Before(expires.AddDate(0, 0, -ExpiringDays)):
		return StatusExpiring
	}
	return StatusValid
}

// StatusEvent is one decision about a credential, never changed or removed.
type StatusEvent struct {
	ID         ID        `json:"id"`
	Credential ID        `json:"credential"`
	From       State     `json:"from"`
	To         State     `json:"to"`
	Reason     string    `json:"reason"`            // public code
	Private    string    `json:"private,omitempty"` // for the registry's staff
	By         ID        `json:"by"`                // account
	Second     ID        `json:"second,omitempty"`  // account of the second person
	At         time.Time `json:"at"`
}

// Reasons that the public may read.
var (
	RevokeReasons  = []string{"issued_in_error", "identity", "exam_irregularity", "misconduct", "holder_request", HolderRemoved}
	SuspendReasons = []string{"under_review"}
)

var stateMoves = map[State][]State{
	StateQueued:    {StateIssued},
	StateIssued:    {StateSuspended, StateRevoked, StateSuperseded},
	StateSuspended: {StateIssued, StateRevoked}, // a correction would be a way out of the review
}

// Move decides a change of state and returns the event that records it, or
// refuses: revoked and superseded are final.
func (c Credential) Move(to State, reason string, by, second ID, at time.Time) (Credential, StatusEvent, error) {
	if !slices.Contains(stateMoves[c.State], to) {
		return c, StatusEvent{}, Fail(Conflict, "credential.final", c.Number, string(c.State), string(to))
	}
	event := StatusEvent{Credential: c.ID, From: c.State, To: to, Reason: reason, By: by, Second: second, At: at}
	c.State, c.StateSince, c.Reason = to, at, reason
	return c, event, nil
}

// Suspend stops the credential at once; one person suffices.
func (c Credential) Suspend(reason string, by Actor, at time.Time) (Credential, StatusEvent, error) {
	if !slices.Contains(SuspendReasons, reason) {
		return c, StatusEvent{}, FailField(Invalid, "reason", "credential.reason", reason)
	}
	return c.Move(StateSuspended, reason, by.Account, "", at)
}

// Reinstate lifts a suspension.
func (c Credential) Reinstate(by Actor, at time.Time) (Credential, StatusEvent, error) {
	if c.State != StateSuspended {
		return c, StatusEvent{}, Fail(Conflict, "credential.not_suspended", c.Number)
	}
	return c.Move(StateIssued, "reinstated", by.Account, "", at)
}

// Revoke ends the credential for ever. One person asks, another grants;
// persons count, not accounts.
func (c Credential) Revoke(reason string, asked, granted Actor, at time.Time) (Credential, StatusEvent, error) {
	if !slices.Contains(RevokeReasons, reason) {
		return c, StatusEvent{}, FailField(Invalid, "reason", "credential.reason", reason)
	}
	if err := twoPersons(asked, granted); err != nil {
		return c, StatusEvent{}, err
	}
	return c.Move(StateRevoked, reason, asked.Account, granted.Account, at)
}

func twoPersons(asked, granted Actor) error {
	switch {
	case asked.same(granted):
		return Fail(Forbidden, "four_eyes.revocation")
	case asked.Person == "" || granted.Person == "": // it could be the other one's second account
		return Fail(Forbidden, "four_eyes.no_person")
	}
	return nil
}
