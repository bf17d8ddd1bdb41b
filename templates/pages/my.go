package pages

import (
	"net/url"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/layout"
	"github.com/passmuster/passmuster/templates/ui"
)

// Step is one stage on the way to a certificate.
type Step string

// The stages, in their order.
const (
	StepJoined   Step = "joined"
	StepAttended Step = "attended"
	StepAssessed Step = "assessed"
	StepApproved Step = "approved"
	StepIssued   Step = "issued"
)

// Steps lists the stages in their order.
var Steps = []Step{StepJoined, StepAttended, StepAssessed, StepApproved, StepIssued}

// My is the holder's private page: how far the certificate is, then the
// certificate. It is white and carries no band, so that nobody can pass it off
// as the answer to a verification.
type My struct {
	P       *i18n.Printer
	Here    *url.URL
	Name    string
	Course  registry.Text
	Base    registry.Text
	Contact string        // of the base
	Now     Step          // the stage that is awaited; "" when all are done
	Note    string        // why no certificate comes, in place of what is awaited
	Waits   string        // since when it waits for approval, "" where it does not
	Done    map[Step]Date // days on which stages were reached, where known
	// Set once the certificate is issued.
	Status      registry.Status
	Number      registry.Number
	Code        string // grouped
	ValidFrom   registry.Date
	ValidUntil  *registry.Date
	CodeURL     string // QR code for the holder's screen
	DownloadURL string // "/my/{token}/certificate.pdf"
	VerifyURL   string // "/v/{code}"
	Shares      MyShares
	Confirm     MyConfirm
	EraseURL    string // where he asks that his data be erased
	Wish        ErasureWish
	InApp       bool // inside a messenger's browser, which cannot save files
	Demo        bool
	Loc         *time.Location
}

// MyConfirm is the question whether the holder was there, or his answer.
type MyConfirm struct {
	URL    string                 // where an answer goes, "" where none is taken
	Answer registry.ConfirmAnswer // "" before
	When   string                 // of the answer
	Until  string                 // until when it can be corrected, "" where that is over
	Told   string                 // what was just done
}

// Date is a civil date.
type Date = registry.Date

func (m My) page() layout.Page {
	page := layout.Page{P: m.P, Here: m.Here, Title: m.P.T("my.title"), Private: true, Preview: m.P.T("my.title"), Demo: m.Demo}
	if m.Shares.PictureURL != "" {
		page.Scripts = []string{"js/share.js"}
	}
	return page
}

func (m My) issued() bool { return m.Number != "" }

// state is "done", "now" or "todo".
func (m My) state(s Step) string {
	for _, each := range Steps {
		if each == m.Now {
			if each == s {
				return "now"
			}
			return "todo"
		}
		if each == s {
			return "done"
		}
	}
	return "todo"
}

// stepMark is the icon of a stage.
func stepMark(state string) string {
	if state == "done" {
		return "yes"
	}
	return state
}

// stepWhen says when a stage was reached, or where it stands.
func (m My) stepWhen(s Step) string {
	if d, ok := m.Done[s]; ok && m.state(s) == "done" {
		return m.P.Date(d)
	}
	return m.P.T("my.step." + m.state(s))
}

// notice is what the holder must know of an issued certificate.
func (m My) notice() (ui.Tone, string) {
	switch m.Status {
	case registry.StatusExpiring:
		return ui.Warn, m.P.T("my.notice.expiring")
	case registry.StatusExpired, registry.StatusRevoked:
		return ui.Bad, m.P.T("my.notice." + string(m.Status))
	case registry.StatusSuspended:
		return ui.Warn, m.P.T("my.notice.suspended")
	case registry.StatusSuperseded:
		return ui.Info, m.P.T("my.notice.superseded")
	case registry.StatusNotYetValid:
		return ui.Info, m.P.T("my.notice.not_yet_valid", m.ValidFrom)
	}
	return ui.Plain, ""
}
