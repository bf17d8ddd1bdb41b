// Package staff holds the pages of signed-in people: classes, recording,
// approval, certificates. Each page has a struct that is everything it may show;
// handlers fill it, templates only lay it out. Every page works without a script
// and at 360 px, where its tables fold to cards.
package staff

import (
	"net/url"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/layout"
	"github.com/passmuster/passmuster/templates/ui"
)

// Frame is what every page of staff shares.
type Frame struct {
	P         *i18n.Printer
	Here      *url.URL
	Nav       []layout.NavLink
	User      string
	Mark      string // names the account to what a device keeps
	Account   string // the account itself
	Demo      bool
	Flash     string // what the last deed came to
	FlashTone ui.Tone
	Refusal   *Refusal // why the last deed was not done
}

// Refusal is a deed that was not done, in words.
type Refusal struct {
	Message, Fix string
	Wrongs       []ui.Wrong
}

func (f Frame) page(title string, scripts ...string) layout.Page {
	scripts = append([]string{"js/kept.js"}, scripts...)
	return layout.Page{P: f.P, Title: title, Here: f.Here, Private: true, Demo: f.Demo, Nav: f.Nav, User: f.User, Mark: f.Mark, Account: f.Account, Exit: "/signout", Scripts: scripts}
}

// Link is a text that leads somewhere; without an address it is a text alone.
type Link struct{ Text, URL string }

// Count is a number with its name, for the top of a page.
type Count struct {
	Label string
	N     int
	Tone  ui.Tone
}

// classTone is how good the news is that a state of a class brings.
func classTone(s registry.ClassStatus) ui.Tone {
	switch s {
	case registry.ClassIssued, registry.ClassArchived:
		return ui.Good
	case registry.ClassReturned:
		return ui.Bad
	case registry.ClassSubmitted:
		return ui.Warn
	case registry.ClassCancelled, registry.ClassDraft:
		return ui.Plain
	}
	return ui.Info
}

// outcomeTone is how good the news is that an outcome brings.
func outcomeTone(o registry.Outcome) ui.Tone {
	switch o {
	case registry.Pass:
		return ui.Good
	case registry.Remediate, registry.Pending:
		return ui.Warn
	case registry.FailedAll, registry.Incomplete:
		return ui.Bad
	}
	return ui.Plain
}

// Over puts what was typed into a form that has everything else.
func (f ClassForm) Over(form ClassForm) ClassForm {
	form.Once, form.Setting, form.Venue, form.Capacity, form.Manikins = f.Once, f.Setting, f.Venue, f.Capacity, f.Manikins
	form.Language, form.RatioReason, form.Sessions, form.Signatories = f.Language, f.RatioReason, f.Sessions, f.Signatories
	for i := range form.Trainers {
		form.Trainers[i].Chosen = false
		for _, t := range f.Trainers {
			if t.Person == form.Trainers[i].Person {
				form.Trainers[i].Chosen, form.Trainers[i].Role = true, t.Role
			}
		}
	}
	if !form.Edit {
		form.Action, form.Cancel = "/t/classes", "/t"
	}
	if f.Version > 0 {
		form.Version = f.Version
	}
	return form
}
