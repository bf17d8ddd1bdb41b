package registry

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// How people write themselves into a class. The code on the trainer's screen
// changes with each slot, so that a photograph of it soon leads nowhere; a slot
// is taken for a while after it ended, because opening a link takes time; the
// form that it opened is good for as long as typing takes.
const (
	JoinSlot   = 30 * time.Second
	JoinKept   = 6                // slots that are taken, the current one included
	JoinPast   = 240              // slots for which a code is told from one that never was
	JoinTicket = 15 * time.Minute // for which an opened form may be sent
	// JoinWaiting is how many people may wait for the head-count: more is a crowd
	// that somebody made up.
	JoinWaiting = 500
)

// Door is the way by which people write themselves into a class while it is
// open. Room is the part of its codes that stays.
type Door struct {
	Class    ID        `json:"class"`
	Room     string    `json:"room"`
	OpenedBy ID        `json:"opened_by"`
	OpenedAt time.Time `json:"opened_at"`
	ClosesAt time.Time `json:"closes_at"`
	ClosedAt time.Time `json:"closed_at,omitzero"` // by hand; zero while it is not
	Heads    int       `json:"heads,omitempty"`    // of the last count
	HeadsBy  ID        `json:"heads_by,omitempty"`
	HeadsAt  time.Time `json:"heads_at,omitzero"`
	Version  int64     `json:"version"`
}

// OpenAt reports whether people may come in at the time.
func (d Door) OpenAt(now time.Time) bool {
	return !d.OpenedAt.IsZero() && d.ClosedAt.IsZero() && now.Before(d.ClosesAt)
}

// Why the trainer has to look at a self-entered row before it counts.
const (
	DoubtName = "name" // somebody of that name was on the list, and said to be another
	DoubtID   = "id"   // the id is registered under another name
)

// SelfEntry says how a row came onto a list that nobody but its person wrote.
type SelfEntry struct {
	Enrolment ID        `json:"enrolment"`
	Class     ID        `json:"class"`
	Doubt     string    `json:"doubt,omitempty"`
	At        time.Time `json:"at"`
}

// JoinSlotOf numbers the slot that the time lies in.
func JoinSlotOf(t time.Time) int64 { return t.Unix() / int64(JoinSlot/time.Second) }

// JoinSlotEnd is when the slot gives way to the next.
func JoinSlotEnd(slot int64) time.Time {
	return time.Unix((slot+1)*int64(JoinSlot/time.Second), 0).UTC()
}

// Lengths of a join code: the room, then what proves the slot.
const (
	joinRoom  = 6
	joinProof = 6
)

// NewJoinRoom makes a room of 30 random bits.
func NewJoinRoom(random [joinRoom]byte) string {
	var b [joinRoom]byte
	for i, r := range random {
		b[i] = crockford[r&31]
	}
	return string(b[:])
}

// JoinCode is the code of a room and the proof of its slot: 12 characters of
// Crockford's base32, of which the proof, a keyed digest of at least 6 bytes,
// gives 30 bits.
func JoinCode(room string, proof []byte) string {
	b := []byte(room)
	for i := range joinProof {
		var r byte
		if i < len(proof) {
			r = proof[i]
		}
		b = append(b, crockford[r&31])
	}
	return string(b)
}

// ParseJoinCode reads a join code as people type it from a screen: any case,
// spaces and hyphens anywhere, O for 0, I and L for 1.
func ParseJoinCode(s string) (code, room string, ok bool) {
	b, ok := readCrockford(s, joinRoom+joinProof)
	if !ok {
		return "", "", false
	}
	return string(b), string(b[:joinRoom]), true
}

// GroupJoinCode is the printed form, "7K3Q-D9XM-2HRT".
func GroupJoinCode(code string) string {
	var groups []string
	for part := range slices.Chunk([]byte(code), codeGroup) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, "-")
}

// readCrockford reads n characters of Crockford's base32.
func readCrockford(s string, n int) ([]byte, bool) {
	b := make([]byte, 0, n)
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212', '\u3000':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r >= utf8.RuneSelf || crockfordValue[r] < 0 || len(b) == n {
			return nil, false
		}
		b = append(b, byte(r))
	}
	return b, len(b) == n
}

// JoinUntil is until when people may join who are let in now: half an hour after
// the last session of the day that is being taught, or comes next. After the
// last day it refuses.
func (c Class) JoinUntil(now time.Time, loc *time.Location) (time.Time, error) {
	last := map[Date]time.Time{}
	for _, s := range c.Sessions {
		if end := s.EndIn(loc).Add(JoinAfterClass * time.Minute); end.After(last[s.On]) {
			last[s.On] = end
		}
	}
	for _, d := range c.Dates() {
		if now.Before(last[d]) {
			return last[d].UTC(), nil
		}
	}
	return time.Time{}, Fail(Conflict, "join.over", c.Code, JoinAfterClass)
}

// HeadCount compares how many people are in the room with how many the list
// would have there.
func HeadCount(heads, list int) error {
	if heads < 1 || heads > MaxClass {
		return FailField(Invalid, "heads", "join.heads_number", MaxClass)
	}
	if heads != list {
		return FailField(Conflict, "heads", "join.heads", heads, list)
	}
	return nil
}
