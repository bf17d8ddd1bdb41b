package pages

import (
	"net/url"
	"strconv"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/layout"
	"github.com/passmuster/passmuster/templates/ui"
)

// sharedPage frames a share's result: nothing in it names the holder.
func (r Result) sharedPage() layout.Page {
	page := r.page()
	page.Preview = r.P.T("share.title")
	return page
}

// ShareGone is what a share that is not there, or no longer, leads to. It is the
// same page whatever the reason.
type ShareGone struct {
	P    *i18n.Printer
	Here *url.URL
	Demo bool
}

func (g ShareGone) page() layout.Page {
	return layout.Page{P: g.P, Here: g.Here, Title: g.P.T("share.gone.title"), Private: true, Preview: g.P.T("share.title"), Demo: g.Demo}
}

// MyShares are a holder's shares on his page.
type MyShares struct {
	P          *i18n.Printer
	Name       string // of the form that makes one, so that it is done once
	PictureURL string // makes a share if there is none, and leads to its picture; "" where nothing can be shared
	MakeURL    string
	AllURL     string // takes all back
	List       []MyShare
	Told       string // what was just done
}

// MyShare is one share as its holder sees it.
type MyShare struct {
	Last       string // four characters of the code
	Made       Date
	Until      Date
	Former     bool // of a certificate that was replaced
	PictureURL string
	RevokeURL  string
}

// days are the choices of how long a share lasts.
func (m MyShares) days() (options []ui.Option) {
	for _, n := range registry.ShareDays {
		options = append(options, ui.Option{Value: strconv.Itoa(n), Label: m.P.T("share.my.days.n", n)})
	}
	return options
}

func (m MyShares) daysInput() ui.Input {
	return ui.Input{P: m.P, Name: "days", Label: m.P.T("share.my.days"), Value: strconv.Itoa(registry.ShareDefaultDays)}
}

func (m MyShares) shown() bool { return m.PictureURL != "" || len(m.List) > 0 }
