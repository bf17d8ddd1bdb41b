package staff

import (
	"encoding/json"
	"strconv"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

// Recorder is what the pages of a class share on which something is recorded:
// the bar that says how many are still missing and whether all is saved.
type Recorder struct {
	Once      string // names what the forms of this page do
	Account   string // who records: a queue on the device belongs to one account
	Rendered  int64  // when the page was made, milliseconds since 1970
	Saved     string // the same, as a time of the day
	Zone      string // of the base, IANA: its times are shown
	Present   int    // in every session that has begun
	People    int
	Done      int      // people with everything that this page records
	DoneKey   string   // text for it, "" where the page counts who is present
	Keep      []string // addresses that the class needs without a network
	Bulk      []BulkLine
	Conflicts []Conflict
	Waiting   int // wrote themselves onto the list and wait for the head-count
}

// BulkLine is an act on many people that can be taken back.
type BulkLine struct{ ID, Text string }

// Conflict is a place where two people wrote different things.
type Conflict struct {
	Row, Name    string
	Mine, Theirs string
	By, At       string
}

// Place is one place of the record as a page shows it.
type Place struct {
	Key     string // "a:ENROLMENT:SESSION"
	Seen    string
	Value   string
	Minutes int
	Attempt int
	By, At  string
	Bulk    bool
	Chosen  string // what a form offers in place of Value, after a conflict
}

// shown is what the form holds.
func (p Place) shown() string {
	if p.Chosen != "" {
		return p.Chosen
	}
	return p.Value
}

// recorderTexts are the texts that the script of the recorder writes.
var recorderTexts = []string{"saved", "saving", "retry", "offline", "waiting", "conflicts", "refused", "signin", "other", "memory", "conflict", "mine", "theirs",
	"discard", "again", "undo", "undone", "undoing", "all.present", "all.passed", "keeping", "kept", "kept.not", "forget", "added", "score.wrong", "nothing", "item.pass", "item.fail",
	"presence.mixed", "slip"}

// texts is what the script says, as JSON.
func (c Class) texts() string {
	words := map[string]string{}
	for _, key := range recorderTexts {
		words[key] = c.P.T("recorder.js." + key)
	}
	for _, p := range presences {
		words["presence."+string(p)] = c.P.T("staff.presence." + string(p))
	}
	words["presence."] = c.P.T("staff.presence.none")
	words["passed"], words["failed"] = c.P.T("staff.passed"), c.P.T("staff.failed")
	b, _ := json.Marshal(words) // texts alone
	return string(b)
}

func (r Recorder) keep() string {
	b, _ := json.Marshal(r.Keep) // addresses alone
	return string(b)
}

var presences = []registry.Presence{registry.Present, registry.Late, registry.LeftEarly, registry.Absent}

func presenceTone(p registry.Presence) ui.Tone {
	switch p {
	case registry.Present:
		return ui.Good
	case registry.Absent:
		return ui.Bad
	case "":
		return ui.Plain
	}
	return ui.Warn
}

func passTone(passed bool) ui.Tone {
	if passed {
		return ui.Good
	}
	return ui.Bad
}

func passWord(f Frame, passed bool) string {
	if passed {
		return f.P.T("staff.passed")
	}
	return f.P.T("staff.failed")
}

// newRow stands in the form of a row for somebody whom a device adds.
const newRow = "NEWROW"

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// was is what the form saw in a place: the place's seen, and the value.
func (p Place) was() string { return p.Seen + "|" + p.Value + "|" + number(p.Minutes) }
