package registry

import (
	"strings"
	"time"
)

// ConfirmAnswer is what a holder says of his part in a class.
type ConfirmAnswer string

// The answers.
const (
	WasThere ConfirmAnswer = "there"
	NotMe    ConfirmAnswer = "not_me"
)

// CorrectWithin is how long a holder may correct his answer.
const CorrectWithin = 24 * time.Hour

// Confirmation is a holder's answer. It is asked once and never needed.
type Confirmation struct {
	Enrolment ID            `json:"enrolment"`
	Class     ID            `json:"class"`
	Answer    ConfirmAnswer `json:"answer"`
	At        time.Time     `json:"at"` // of the first answer
	ChangedAt time.Time     `json:"changed_at"`
	SettledBy ID            `json:"settled_by,omitempty"` // account that looked into a "not me"
	SettledAt time.Time     `json:"settled_at,omitzero"`
	Note      string        `json:"note,omitempty"`
	Version   int64         `json:"version"`
}

// Asked reports whether the holder is asked by now: the class has begun and is
// not cancelled, and he is on its roster.
func Asked(class Class, e Enrolment, today Date) bool {
	return e.Status == Enrolled && class.Status != ClassCancelled && class.Status != ClassDraft && !today.Before(class.StartsOn())
}

// Open reports whether the answer can still be corrected at t.
func (c Confirmation) Open(t time.Time) bool { return t.Before(c.At.Add(CorrectWithin)) }

// Say takes the holder's answer: the first one, or another within a day. The same
// answer again changes nothing, whenever it comes.
func (c Confirmation) Say(answer ConfirmAnswer, now time.Time) (Confirmation, error) {
	if answer != WasThere && answer != NotMe {
		return c, FailField(Invalid, "answer", "confirm.answer")
	}
	switch {
	case c.Answer == "":
		c.At = now
	case c.Answer == answer:
		return c, nil
	case !c.Open(now):
		return c, Fail(Conflict, "confirm.closed")
	}
	c.Answer, c.ChangedAt = answer, now
	c.SettledBy, c.SettledAt, c.Note = "", time.Time{}, "" // another answer is another case
	return c, nil
}

// Settle notes that somebody looked into a "not me", and what came of it.
func (c Confirmation) Settle(by ID, note string, now time.Time) (Confirmation, error) {
	note = strings.TrimSpace(note)
	switch {
	case c.Answer != NotMe || c.SettledBy != "":
		return c, Fail(Conflict, "confirm.settled")
	case note == "":
		return c, FailField(Invalid, "note", "reason.needed")
	}
	c.SettledBy, c.SettledAt, c.Note = by, now, note
	return c, nil
}

// Confirmed is how many of a base's certificates their holders confirmed.
type Confirmed struct {
	Certificates, There, NotMe int
}

// ShareLeast is how few certificates are too few for a share: it would tell of
// single people, and say nothing of the base.
const ShareLeast = 10

// Percent is the share confirmed, rounded down; ok is false where there are too
// few to tell.
func (c Confirmed) Percent() (int, bool) {
	if c.Certificates < ShareLeast {
		return 0, false
	}
	return c.There * 100 / c.Certificates, true
}
