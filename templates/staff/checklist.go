package staff

import (
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

// Checklist is /lists: a list of certificates is pasted or sent as a file, and
// comes back checked. Nothing of it is kept: what the page needs again it carries
// itself.
type Checklist struct {
	Frame
	Text     string // as pasted
	Most     int
	Filename string // of what was checked, "" before
	Packed   string // the whole list, for the forms of this page
	Columns  []ListColumn
	Ready    bool // the columns are known, and the rows below are checked
	Notes    []string
	Summary  string
	Checked  string // when
	Groups   []ListGroup
}

// ListColumn is one question about the columns: which is the code, the number,
// the name.
type ListColumn struct {
	Name, Label, Value string
	Options            []ui.Option
}

// ListGroup is the rows that came to the same.
type ListGroup struct {
	As    registry.Listed
	Title string
	Next  string // what to do about them, in a sentence
	Open  bool
	Rows  []CheckedRow
}

// CheckedRow is one row of the list.
type CheckedRow struct {
	Line   int
	Name   string
	What   string // code or number
	Tag    registry.Status
	Kind   registry.CredentialKind
	Word   string // in place of a status
	Tone   ui.Tone
	Reason string
	Course string
	Until  string
	URL    string // of the result page
}

// Tone is how good the news is that a group brings.
func (g ListGroup) Tone() ui.Tone {
	switch g.As {
	case registry.ListedValid:
		return ui.Good
	case registry.ListedAttended, registry.ListedReplaced, registry.ListedTwice:
		return ui.Info
	case registry.ListedCould, registry.ListedUnreadable, registry.ListedNotYet:
		return ui.Warn
	}
	return ui.Bad
}
