package registry

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxSlips is how many blank slips a class has: their numbers have three digits.
const MaxSlips = 999

// Slip is a piece of paper handed out before a class. It bears a secret and a
// number and no name; somebody links it to a person when there is time.
type Slip struct {
	ID        ID        `json:"id"`
	Class     ID        `json:"class"`
	Number    int       `json:"number"` // in the class, from 1
	MadeBy    ID        `json:"made_by"`
	MadeAt    time.Time `json:"made_at"`
	Enrolment ID        `json:"enrolment,omitempty"` // "" until it is linked
	LinkedBy  ID        `json:"linked_by,omitempty"`
	LinkedAt  time.Time `json:"linked_at,omitzero"`
	VoidBy    ID        `json:"void_by,omitempty"`
	VoidAt    time.Time `json:"void_at,omitzero"` // zero while it is in use
	Version   int64     `json:"version"`
}

// Name is what is printed on the slip: the class and three digits.
func (s Slip) Name(class string) string { return fmt.Sprintf("%s-%03d", class, s.Number) }

// Free reports whether the slip waits for its person.
func (s Slip) Free() bool { return s.Enrolment == "" && s.VoidAt.IsZero() }

// Link gives the slip to a person. It is given once: nobody else gets it, and
// the refusal does not tell who has it.
func (s Slip) Link(e Enrolment, by ID, now time.Time) (Slip, error) {
	switch {
	case !s.VoidAt.IsZero():
		return s, Fail(Conflict, "slip.void", s.Number)
	case e.Class != s.Class:
		return s, FailField(Invalid, "enrolment", "slip.class")
	case e.Status != Enrolled:
		return s, FailField(Invalid, "enrolment", "slip.withdrawn")
	case s.Enrolment == e.ID:
		return s, nil
	case s.Enrolment != "":
		return s, Fail(Conflict, "slip.linked", s.Number)
	}
	s.Enrolment, s.LinkedBy, s.LinkedAt = e.ID, by, now
	return s, nil
}

// Unlink takes the slip from its person, for a slip that was linked to the wrong
// one. It needs a reason, because a paper in somebody's hand changes its meaning.
func (s Slip) Unlink(reason string) (Slip, error) {
	if strings.TrimSpace(reason) == "" {
		return s, FailField(Invalid, "reason", "reason.needed")
	}
	if s.Enrolment == "" {
		return s, Fail(Conflict, "slip.free", s.Number)
	}
	s.Enrolment, s.LinkedBy, s.LinkedAt = "", "", time.Time{}
	return s, nil
}

// Void puts the slip out of use, for one that was lost. It leads nowhere from
// then on, whoever it was linked to.
func (s Slip) Void(by ID, now time.Time) Slip {
	if s.VoidAt.IsZero() {
		s.VoidBy, s.VoidAt = by, now
	}
	return s
}

// SlipNumber reads a slip's number as somebody types it: "17", "017" or all that
// is printed, "SJZ-CPR1-20261121-2-017", of that class.
func SlipNumber(typed, class string) (int, bool) {
	typed = strings.ToUpper(strings.Join(strings.Fields(typed), ""))
	typed = strings.TrimPrefix(typed, strings.ToUpper(class)+"-")
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > MaxSlips || len(typed) > 3 {
		return 0, false
	}
	return n, true
}
