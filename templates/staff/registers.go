package staff

import (
	"strconv"

	"github.com/passmuster/passmuster/templates/ui"
)

// List is a register as one page of a list: search and filters that stand in the
// address, rows that fold to cards on a phone, neighbours, exports of what the
// filter shows, and what to do where there is nothing.
type List struct {
	Frame
	Tabs        []RegisterTab
	Title, Lead string
	Path        string
	Actions     []Link // the first is the main one
	Search      string
	SearchLabel string
	SearchHint  string
	Filters     []Filter
	Filtered    bool
	Counted     string // how many match, in words
	Heads       []string
	Rows        []ListRow
	Pages       ui.Pages
	Exports     []Link
	Export      Export // of a list with people's names: by a form
	None        string // nothing is there
	NoneMore    string
	NoMatch     string // nothing matches; "": the usual words
	Next        Link   // the one next step where nothing is there
}

// RegisterTab leads to another register.
type RegisterTab struct {
	Link
	Here bool
}

// Filter is one drop-down list above a register.
type Filter struct {
	Name, Label, Value string
	Options            []ui.Option
}

// ListRow is one row; its first cell names it.
type ListRow struct {
	Cells []ListCell
	Gone  bool // struck out
}

// ListCell is one cell: a text, perhaps with a link, a line under it, a state in
// one word or a bar.
type ListCell struct {
	Text, Under, URL string
	Mono             bool
	Person           bool // a name in its own language
	State            string
	Tone             ui.Tone
	Bar, BarMost     int
	Indent           int // depth in a tree
}

func (c ListCell) indent() string { return "in in" + strconv.Itoa(min(c.Indent, 5)) }

func (l List) noMatch() string {
	if l.NoMatch != "" {
		return l.NoMatch
	}
	return l.P.T("registers.no_match")
}

// Registers is the index of all registers that the reader may open.
type Registers struct {
	Frame
	Cards []RegisterCard
	Start []StartStep // of a new federation; empty once it runs
}

// RegisterCard leads to one register.
type RegisterCard struct {
	Title, Text, URL string
	N                string // how many it has, "" where that is not counted
}

// StartStep is one step of beginning.
type StartStep struct {
	Link
	Text string
	Done bool
}

// Sheet is a page of facts, forms and further links about one entry of a
// register.
type Sheet struct {
	Frame
	Tabs   []RegisterTab
	Back   Link
	Title  string
	Sub    string
	Chips  []Chip
	Facts  []FactLine
	Notes  []string
	Blocks []Block
	Forms  []Form
	Script string
	Hand   *HandOver
	About  []Link // leads to what the facts are about
}

// Chip is a state in one word.
type Chip struct {
	Text string
	Tone ui.Tone
}

// Block is a list within a sheet.
type Block struct {
	Title, Lead string
	Heads       []string
	Rows        []ListRow
	Deeds       [][]Form // of each row, nil for none
	None        string
	Actions     []Link
}

// Form is one form of a sheet, open or folded.
type Form struct {
	ID, Title, Lead string
	Action          string
	Fold            bool
	Open            bool
	Danger          bool
	Hidden          [][2]string
	Groups          []Group
	Submit          string
	Upload          bool
}

// Group is a part of a form with a heading of its own, which may be "".
type Group struct {
	Title, Hint string
	Wide        bool
	Fields      []Entry
}

// Entry is one field of a form.
type Entry struct {
	ui.Input
	Options []ui.Option // a drop-down list
	Checks  []CheckBox  // boxes to tick
	Check   bool        // one box
}

// CheckBox is one of several boxes with one name.
type CheckBox struct {
	Value, Label, Hint string
	On, Off            bool // ticked; not to be changed
}

// HandOver is an invitation to be handed to somebody: link, text, QR code.
type HandOver struct {
	Title, Lead, Link, Message, QR, Ends string
}

// SkillsForm is the editor of a skills sheet.
type SkillsForm struct {
	Frame
	Tabs    []RegisterTab
	Back    Link
	Title   string
	Action  string
	Edition int64
	Items   []SkillInput
	Others  string
	Wrong   Wrongs
}

// SkillInput is one step as typed.
type SkillInput struct {
	Code, ZH, EN, RU string
	Critical         bool
}

// RegisterImport is an uploaded list before it is taken.
type RegisterImport struct {
	Frame
	Tabs             []RegisterTab
	Back             Link
	Title, Filename  string
	Action, Rejected string
	Counts           []Count
	Errors, Warnings []RegisterFaults
	Notes            []string
	Good, Bad        int
	Done             bool
	Links            Link // where the invitations that came of it are
	Again            string
}

// RegisterFaults is what is repaired in one way, with where it was found.
type RegisterFaults struct {
	Fix   string
	Lines []string
	More  int
}
