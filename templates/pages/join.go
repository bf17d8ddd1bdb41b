package pages

import (
	"net/url"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/layout"
	"github.com/passmuster/passmuster/templates/ui"
)

// Join is the form by which somebody writes himself into a class; course and
// base say that it is the right room. What was typed comes back with whatever is
// wrong, so that nothing is typed twice.
type Join struct {
	P      *i18n.Printer
	Here   *url.URL
	Demo   bool
	Course registry.Text
	Base   registry.Text
	When   string
	Venue  string
	// Where the form goes, what lets it in, and by what a phone keeps it.
	Action, Ticket, Slip, Key, Kept string
	In                              JoinInput
	IDTypes                         []ui.Option
	AskID, FullID                   bool
	Wrong                           map[string][2]string
	Preview                         string   // the name as it will be printed, to be agreed to
	Doubts                          []string // what to look at before agreeing
	Namesake                        int      // "are you already no. 9?"; 0 asks nothing
	Refusal                         *ui.Wrong
	Stale                           bool   // the code's time is over: the one on the screen now is asked for
	Code                            string // as typed there
	Sent                            bool   // another language keeps what was typed
	Paper                           string // number of the slip that led here
	LinkURL                         string // where the trainer gives this slip to somebody on the list
}

// JoinInput is what somebody typed about himself.
type JoinInput struct{ Name, IDType, ID, Phone string }

// JoinNotice says why nobody gets in by this link, with a field for the code that
// is on the screen now.
type JoinNotice struct {
	P            *i18n.Printer
	Here         *url.URL
	Demo         bool
	Course, Base registry.Text
	Contact      string
	Title        string
	Refusal      *ui.Wrong // nil: only asks for the code
	Tone         ui.Tone
	Code         string
	AskCode      bool
	OnList       bool // who is on the list is told where the link is
}

// JoinedPage data: a place on the list and the link to keep.
type Joined struct {
	P            *i18n.Printer
	Here         *url.URL
	Demo         bool
	No           int
	Name         string
	Course, Base registry.Text
	URL          string // "/my/{token}"
	Link         string // the same with its host, to be copied
	Waiting      bool   // for the head-count
	InApp        bool
}

const joinSheet = "css/join.css"

// joinForm is the form's id.
const joinForm = "joining"

// sentForm is the id of a form that was sent, whose content the language switch
// keeps.
func sentForm(sent bool, id string) string {
	if !sent {
		return ""
	}
	return id
}

func (j Join) page() layout.Page {
	return layout.Page{P: j.P, Here: j.Here, Form: sentForm(j.Sent, joinForm), FormIdle: j.Namesake > 0, Title: j.P.T("join.title"), Private: true, Preview: j.P.T("join.title"), Demo: j.Demo, Sheet: joinSheet, Scripts: []string{"js/join.js"}}
}

func (j Join) input(name, label, value string) ui.Input {
	in := ui.Input{P: j.P, Name: name, Label: j.P.T(label), Value: value, Autocomplete: "off"}
	if w, ok := j.Wrong[name]; ok {
		in.Error, in.Fix = w[0], w[1]
	}
	return in
}

func (j Join) nameInput() ui.Input {
	in := j.input("name", "join.name", j.In.Name)
	in.Hint = j.P.T("join.name.hint")
	return in
}

func (j Join) idInput() ui.Input {
	label, hint := "join.id.optional", "join.id.hint"
	switch {
	case j.FullID:
		label, hint = "join.id.full", "join.id.full.hint"
	case j.AskID:
		label = "join.id"
	}
	in := j.input("id", label, j.In.ID)
	in.Hint, in.MaxLength, in.Class = j.P.T(hint), 60, "mono"
	return in
}

func (j Join) typeInput() ui.Input { return j.input("id_type", "join.id_type", j.In.IDType) }

func (j Join) phoneInput() ui.Input {
	in := j.input("phone", "join.phone", j.In.Phone)
	in.Hint, in.MaxLength, in.InputMode, in.Type, in.Autocomplete = j.P.T("join.phone.hint"), 40, "tel", "tel", "tel"
	return in
}

func codeInput(p *i18n.Printer, value, wrong, fix string) ui.Input {
	return ui.Input{P: p, Name: "code", Label: p.T("join.code"), Hint: p.T("join.code.hint"), Value: value, Error: wrong, Fix: fix, Class: "code", Code: true, MaxLength: 60, Autocomplete: "off", InputMode: "text"}
}

// wrongs lists what is wrong for the top of the form, in the order of its fields.
func (j Join) wrongs() []ui.Wrong {
	var list []ui.Wrong
	for _, name := range []string{"name", "id_type", "id", "phone"} {
		if w, ok := j.Wrong[name]; ok {
			list = append(list, ui.Wrong{FieldID: "f-" + name, Text: w[0]})
		}
	}
	return list
}
