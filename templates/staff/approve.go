package staff

import (
	"strconv"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

// Queue is the list of classes that wait for an approver, oldest first.
type Queue struct {
	Frame
	Counts  []Count
	Rows    []Waiting // at the reader's desk
	Others  []Waiting // others are nearer to these
	More    bool      // only the oldest are shown
	Denials []Denial
	Rules   []PasskeyRule
	Reports *Link // of problems, that wait as well; nil: none
}

// Denial is a certificate whose holder says that it was not him.
type Denial struct {
	Enrolment, Name, Number, URL, Class, ClassURL, When string
}

// PasskeyRule is what an issuer asks of its approvers, for those who may set it.
type PasskeyRule struct {
	Org, Name string
	Needed    bool
}

// Waiting is one class of the queue.
type Waiting struct {
	URL, Course, Code, Base, Dates string
	Submitted                      string // how long ago
	Left                           int    // working days that are left to decide, below zero when it is late
	People, Passed                 int
	Flags                          []string // codes, as the class has them
	Barred                         string   // why the reader may not decide about it
	Regional                       bool     // nobody at the base's organization may decide
}

// Decision is a submitted class before its approver.
type Decision struct {
	Frame
	Up                Link // the page above
	URL, Course, Code string
	Status            registry.ClassStatus
	Version           int64
	Open              bool // it waits for a decision
	Barred            *Refusal
	Results           string // where its certificates are, once there are any
	Counts            []Count
	Facts             []FactLine
	Flags             []string
	Exceptions        []Exception
	Rows              []Evidence
	Preview           []FactLine
	Passed            int
	NeedsNote         bool // the base is no longer accredited
	First, Last       registry.Date
	In                DecisionInput
	Wrong             map[string]Refusal // by name of the field
	Key               PasskeyPart
	Regional          bool // nobody at the base's organization may decide
	Nobody            bool // nobody at all may decide
	Held              []HeldRow
	Decided           []DecidedLine
}

// PasskeyPart is how the reader may sign a decision with a passkey.
type PasskeyPart struct {
	Can    bool // passkeys work at this address
	Has    bool // the reader has one
	Needed bool // the issuer lets nothing be approved without one
}

// HeldRow is somebody who was held back when the class was approved.
type HeldRow struct {
	ID       registry.ID
	Position int
	Name     string
	Why      string
}

// DecidedLine is one decision about the class, as it is kept.
type DecidedLine struct {
	When, Who string
	People    int
	Passkey   bool   // signed with one
	Wrong     string // why it does not hold, "" where it does
	Hash      string // of what was decided on
}

// DecisionInput is what the approver typed, kept when it was refused.
type DecisionInput struct {
	Held                    map[registry.ID]bool
	Reasons                 map[registry.ID]string
	ValidFrom, Note, Reason string
}

// Exception is one thing to look at before approving, about one person.
type Exception struct {
	Position int
	Text     string
}

// Evidence is one person's records.
type Evidence struct {
	ID                registry.ID
	Position          int
	Name, LatinName   string
	Last4             string
	Attended          string
	Short             bool // hours are missing
	Theory, Skills    string
	TheoryOK, SkillOK registry.Result
	Bulk              bool
	Outcome           registry.Outcome
	Withdrawn         bool
	Answer            registry.ConfirmAnswer // what the holder says, "" for nothing
}

// FactLine is one line of a list of facts.
type FactLine struct {
	Name, Text string
	Soft       string // said more quietly after the text
	URL        string // where the text leads
	Mono       bool   // a number or a code
	Tone       ui.Tone
}

// LeftTone is how urgent so many working days are.
func LeftTone(n int) ui.Tone {
	switch {
	case n < 0:
		return ui.Bad
	case n <= 1:
		return ui.Warn
	}
	return ui.Plain
}

func (f Frame) Left(n int) string {
	switch {
	case n < 0:
		return f.P.T("decide.over", -n)
	case n == 0:
		return f.P.T("decide.left.today")
	}
	return f.P.T("decide.left", n)
}

// flag is a flag of a class in words.
func (f Frame) flag(code string) string {
	if key := "decide.flag." + code; f.P.Has(key) {
		return f.P.T(key)
	}
	return code
}

// flagText says what a flag means; "" for one that says it itself.
func (f Frame) flagText(code string) string {
	if key := "decide.flag." + code + ".text"; f.P.Has(key) {
		return f.P.T(key)
	}
	return ""
}

// reasonID is the id of a row's field.
func reasonID(id registry.ID) string { return "reason-" + string(id) }

func (d Decision) input(name, label, hint string, value string) ui.Input {
	w := d.Wrong[name]
	return ui.Input{P: d.P, Name: name, Label: label, Hint: hint, Value: value, MaxLength: 500, Error: w.Message, Fix: w.Fix}
}

func (d Decision) ceremony() ui.Input {
	in := d.input("valid_from", d.P.T("decide.valid_from"), d.P.T("decide.valid_from.hint"), d.In.ValidFrom)
	in.Type, in.Class, in.MaxLength = "date", "day", 0
	in.Min, in.Max = d.First.String(), d.Last.String()
	return in
}

func (d Decision) note() ui.Input {
	in := d.input("note", d.P.T("decide.note"), d.P.T("decide.note.hint"), d.In.Note)
	in.Type = "textarea"
	return in
}

func (d Decision) reason() ui.Input {
	in := d.input("reason", d.P.T("decide.reason"), d.P.T("decide.reason.hint"), d.In.Reason)
	in.Type = "textarea"
	return in
}

func (d Decision) button() string {
	if d.Passed == 0 {
		return d.P.T("decide.approve.none")
	}
	return d.P.T("decide.approve", d.Passed)
}

func (d Decision) signButton() string {
	if d.Passed == 0 {
		return d.P.T("approve.sign.plain")
	}
	return d.P.T("approve.sign", d.Passed)
}

func (d Decision) scripts() []string {
	if d.Key.Can && d.Key.Has {
		return []string{"js/passkey.js"}
	}
	return nil
}

func position(n int) string { return strconv.Itoa(n) }

func (d Decision) heads() []string {
	heads := []string{d.P.T("decide.col.person"), d.P.T("decide.col.attendance"), d.P.T("decide.col.theory"), d.P.T("decide.col.skills"), d.P.T("decide.col.outcome")}
	if d.Open && d.Barred == nil {
		heads = append(heads, d.P.T("decide.col.hold"))
	}
	return heads
}
