// Package ui holds the parts that pages are made of: fields, notices, tables,
// states, progress, and the signs of a verdict. Every part is plain HTML that
// works without a script, carries no inline style (the pages' content security
// policy forbids it), and takes everything it shows as an argument.
package ui

import (
	"unicode"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// LangOf guesses the language of a name from its script, for a lang attribute
// around it ("zh-CN", "ru"), "" where the page's own language does: Han letters
// on an English page would else be drawn in another country's shapes.
func LangOf(s string) string {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Han, r):
			return "zh-CN"
		case unicode.Is(unicode.Cyrillic, r):
			return "ru"
		}
	}
	return ""
}

// Sign names a verdict's look: its class in the style sheet and its icon. It is
// one of the statuses, or "mistyped".
type Sign string

// Mistyped is the sign of a code whose check character is wrong; it is no status.
const Mistyped Sign = "mistyped"

// SignOf returns the sign of a status; one it does not know could not be checked.
func SignOf(s registry.Status) Sign {
	for _, known := range registry.Statuses {
		if s == known {
			return Sign(s)
		}
	}
	return Sign(registry.StatusCouldNotCheck)
}

// Class returns the class of the style sheet for the sign, for a credential of
// the kind ("" where there is none): what proves no skill is never green.
func (s Sign) Class(kind registry.CredentialKind) string {
	if s == Sign(registry.StatusValid) || s == Sign(registry.StatusExpiring) {
		if !ProvesSkill(kind) {
			return "attended"
		}
		return "yes"
	}
	return string(s)
}

// Word is the verdict's word in the reader's language.
func (s Sign) Word(p *i18n.Printer) string { return p.T("verdict.word." + string(s)) }

// ProvesSkill tells whether a credential of the kind says that its holder can do
// something; "" counts as one that does.
func ProvesSkill(kind registry.CredentialKind) bool {
	return kind != registry.Attendance && kind != registry.Honour
}

// Tone is how good a piece of news is: it chooses colour and shape.
type Tone string

// The tones of a notice and of a state.
const (
	Plain Tone = ""
	Info  Tone = "info"
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// Input is one field of a form. Label, Hint and Error are ready to read.
type Input struct {
	P            *i18n.Printer
	Name         string // of the parameter; the element's id is "f-" + Name
	Label        string
	Hint         string // what is expected, may be ""
	Error        string // what is wrong with Value, "" when nothing is
	Fix          string // how to put it right
	Type         string // "text" when empty; "textarea" makes a larger one
	Value        string
	Autocomplete string
	InputMode    string
	Class        string // further classes: "code", "short"
	MaxLength    int
	Min, Max     string
	Accept       string // of a file field
	Required     bool
	Autofocus    bool
	Code         bool // groups its text by fours while typed
	Data         string
}

// ID is the id of the field's element, for links from a summary of errors.
func (in Input) ID() string { return "f-" + in.Name }

// describedBy lists the ids of the texts under the field.
func (in Input) describedBy() string {
	switch {
	case in.Error != "" && in.Hint != "":
		return in.ID() + "-wrong " + in.ID() + "-hint"
	case in.Error != "":
		return in.ID() + "-wrong"
	case in.Hint != "":
		return in.ID() + "-hint"
	}
	return ""
}

func (in Input) kind() string {
	if in.Type == "" {
		return "text"
	}
	return in.Type
}

// Option is one choice of a drop-down list.
type Option struct{ Value, Label string }

// Wrong is one line of a summary of errors: a text and the field it is about.
type Wrong struct{ FieldID, Text, Fix string }

// Pages are the neighbours of one page of a list; an empty address is none.
type Pages struct{ Prev, Next string }
