package staff

import (
	"github.com/passmuster/passmuster/templates/layout"
)

// JoinScreen is what the trainer shows to the room: how to join, how many have,
// and no name.
type JoinScreen struct {
	Class
	Open    bool
	QR      string // address of the picture
	Code    string // grouped
	Address string // "verify.example/join", for those who type
	Link    string // where the code leads
	Left    int    // seconds until the code changes
	Joined  int    // who is on the list, the waiting included
	Waiting int    // for the head-count
	Until   string // when the way in closes
	Never   string // why it cannot be opened, "" where it can
}

func (j JoinScreen) layout() layout.Page {
	page := j.page(j.P.T("join.screen.title")+" · "+j.Course, "js/joinscreen.js")
	page.Sheet = "css/joinscreen.css"
	return page
}

// Heads is the head-count: who wrote himself onto the list, and how many are in
// the room.
type Heads struct {
	Class
	Otherwise int // enrolled by a roster or by hand, or confirmed before
	Waiting   []HeadRow
	Struck    []HeadRow
	Last      string // of the count before, "" for none
	In        HeadsInput
	Wrong     Wrongs
}

// HeadRow is somebody who wrote himself onto the list.
type HeadRow struct {
	ID, Name, Last4 string
	No              int
	At              string
	Doubt           string // in words, "" for none
	Strike, Seen    bool   // as ticked
}

// HeadsInput is what was typed.
type HeadsInput struct{ Heads, Away string }

func (h Heads) list() int { return h.Otherwise + len(h.Waiting) }
