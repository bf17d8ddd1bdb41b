package registry

import (
	"slices"
	"strings"
	"time"
)

// ShareCode is what a holder's picture for a chat leads to: 16 characters of
// Crockford's base32, the first 15 secret (75 bits), the last a check character.
// Its check character is never the one that the same 15 would have in a Code, so
// no text is both, and neither can be mistaken for the other. A ShareCode is
// always in canonical form: upper case, no separators.
type ShareCode string

// shareShift is what a ShareCode's check character is away from a Code's.
const shareShift = 16

// NewShareCode makes a share code of 10 secret bytes.
func NewShareCode(secret [codeEntropy]byte) ShareCode {
	b := []byte(NewCode(secret))
	b[codeLen-1] = shiftCheck(b[codeLen-1])
	return ShareCode(b)
}

// ParseShareCode reads a share code as people type it, as ParseCode reads a
// code. What cannot be one is refused as "share.gone", like one that leads
// nowhere: nobody needs to tell the two apart.
func ParseShareCode(s string) (ShareCode, error) {
	b, ok := readCode(s)
	if !ok || shiftCheck(checkChar(b[:codeLen-1])) != b[codeLen-1] {
		return "", Fail(NotFound, "share.gone")
	}
	return ShareCode(b), nil
}

func shiftCheck(c byte) byte { return crockford[(strings.IndexByte(crockford, c)+shareShift)%32] }

// String is the printed form: four groups of four.
func (c ShareCode) String() string { return Code(c).String() }

// Last is what names a share to its holder: the last four characters.
func (c ShareCode) Last() string { return string(c[max(0, len(c)-codeGroup):]) }

// How long shares last, in days, and how many of one certificate last at a time.
var ShareDays = []int{7, 30, 90}

const (
	ShareDefaultDays = 90
	MaxShares        = 20
)

// Share is what a holder showed to others: the verdict, the course and his name,
// until it ends or he takes it back.
type Share struct {
	ID         ID
	Credential ID
	Enrolment  ID
	MadeAt     time.Time
	EndsAt     time.Time
}

// NewShare decides whether the holder of c may make a share that lasts so many
// days, when he has live others. A certificate that was taken back or replaced
// is not passed on; one on hold, or past its end, may be: the verdict says so.
func NewShare(c Credential, days, live int, now time.Time) (Share, error) {
	switch {
	case !slices.Contains(ShareDays, days):
		return Share{}, FailField(Invalid, "days", "share.days")
	case c.State != StateIssued && c.State != StateSuspended:
		return Share{}, Fail(Conflict, "share.not_now")
	case live >= MaxShares:
		return Share{}, Fail(Conflict, "share.too_many", MaxShares)
	}
	return Share{Credential: c.ID, Enrolment: c.Enrolment, MadeAt: now, EndsAt: now.AddDate(0, 0, days)}, nil
}

// LastsAt reports whether the share has not ended at t.
func (s Share) LastsAt(t time.Time) bool { return t.Before(s.EndsAt) }

// Shared is the answer as a share gives it: the verdict, the course, the kind
// and the name with what the picture shows beside them, and nothing that leads
// to the certificate itself: no number, no code, no digits of an id.
func (a Answer) Shared() Answer {
	a.Reasons = slices.Clone(a.Reasons)
	for i, r := range a.Reasons {
		if r.Code == "status."+string(StatusSuperseded) { // its advice leads to the other certificate
			a.Reasons[i] = Reason{Code: "share.superseded"}
		}
	}
	s := a.Credential
	if s == nil {
		return a
	}
	shown := &Shown{Kind: s.Kind, Name: s.Name, LatinName: s.LatinName, Course: s.Course, Issuer: s.Issuer, Base: s.Base, Contact: s.Contact,
		ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, StatusSince: s.StatusSince, Demo: s.Demo}
	if s.Kind == Attendance {
		shown.ClassStartsOn, shown.ClassEndsOn = s.ClassStartsOn, s.ClassEndsOn // attendance has no other date
	}
	a.Credential = shown
	return a
}

// SharedAnswer is the answer to a share code as JSON.
type SharedAnswer struct {
	Status     Status            `json:"status"`
	Verdict    Verdict           `json:"verdict"`
	CheckedAt  time.Time         `json:"checked_at"`
	Checks     Checks            `json:"checks"`
	Reasons    []Reason          `json:"reasons"`
	Credential *SharedCredential `json:"credential,omitempty"`
}

// SharedCredential is all that a share shows of a credential.
type SharedCredential struct {
	Kind       CredentialKind `json:"kind"`
	Name       string         `json:"name"`
	LatinName  string         `json:"latin_name,omitempty"`
	Course     CourseName     `json:"course"`
	Issuer     ShownIssuer    `json:"issuer"`
	Base       CodeName       `json:"base"`
	ValidUntil *Date          `json:"valid_until"` // null: no expiry
	Demo       bool           `json:"demo,omitempty"`
}

// NewSharedAnswer is the JSON of an answer from Answer.Shared.
func NewSharedAnswer(a Answer) SharedAnswer {
	out := SharedAnswer{Status: a.Status, Verdict: a.Verdict, CheckedAt: a.CheckedAt, Checks: a.Checks, Reasons: a.Reasons}
	if s := a.Credential; s != nil {
		out.Credential = &SharedCredential{Kind: s.Kind, Name: s.Name, LatinName: s.LatinName, Course: s.Course, Issuer: s.Issuer, Base: s.Base,
			ValidUntil: s.ValidUntil, Demo: s.Demo}
	}
	return out
}
