package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
)

// rosterStatement is what the trainer states by issuing from a roster: it is
// kept with every bulk mark, and the class is flagged for the approver.
const rosterStatement = "Recorded from the class roster: everybody listed attended in full and, where marked as passed, performed every critical step before an assessor."

type issueCmd struct {
	acting
	File          string   `arg:"" help:"Roster, XLSX or CSV." type:"existingfile"`
	Course        string   `help:"Course code." required:"" placeholder:"CODE"`
	Base          string   `help:"Base code." required:"" placeholder:"CODE"`
	Out           string   `help:"Folder for the PDFs." required:"" type:"path" placeholder:"DIR"`
	Date          string   `help:"Day of the last session, YYYY-MM-DD; default: today at the base."`
	Class         string   `help:"Code of an existing class to record into, instead of a new one."`
	Trainer       []string `help:"E-mail of a further trainer of the class."`
	Lang          string   `name:"languages" help:"Languages of the certificate: zh+en, ru+en, en; default: by the base."`
	Approver      string   `help:"E-mail of the account that approves; another person than the actor." placeholder:"EMAIL"`
	ApproverToken string   `help:"Access token of the approver." env:"PASSMUSTER_APPROVER_TOKEN" placeholder:"TOKEN"`
	DryRun        bool     `help:"Say what would happen, change nothing."`
}

// issued is what the command made.
type issued struct {
	Class    string           `json:"class"`
	Files    []issuedFile     `json:"files"`
	Rows     int              `json:"rows"`
	Rejected int              `json:"rejected"`
	Failed   []map[string]any `json:"not_passed"`
	Errors   []map[string]any `json:"errors"`
	Notes    []map[string]any `json:"warnings"`
	faults   []registry.Fault `json:"-"`
	report   training.EnrolReport
}

type issuedFile struct {
	Row    int             `json:"row"`
	Number registry.Number `json:"number"`
	Code   string          `json:"code"`
	Name   string          `json:"name"`
	File   string          `json:"file"`
	Link   string          `json:"link"`
	Holder string          `json:"holder"`
}

// Run records the roster as a class, submits it, has it approved by another
// person, and writes the certificates. What can be refused is refused before
// anything is made; the same roster again writes the same certificates.
func (c *issueCmd) Run(e *env) error {
	a, by, err := e.session(c.acting)
	if err != nil {
		return err
	}
	defer a.close()
	approver, err := a.actor(e, c.Approver, c.ApproverToken)
	if err != nil {
		return err
	}
	data, err := readRoster(c.File)
	if err != nil {
		return err
	}
	plan, err := c.plan(e, a, by, approver)
	if err != nil {
		return err
	}
	roster, err := a.training.ReadRosterFor(plan.course, plan.on, filepath.Base(c.File), data)
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.tell(e, c.preview(e, plan, roster))
	}
	if err := writable(c.Out); err != nil {
		return err
	}
	class, fresh, err := c.class(e, a, by, plan, roster)
	if err != nil {
		return err
	}
	out, err := c.finish(e, a, by, approver, class, roster)
	if err != nil {
		if fresh { // a class that waits for nobody would be issued again by the next try
			_, _ = a.training.CancelClass(e.ctx, by, class.ID, "passmuster issue: refused")
		}
		if errors.Is(err, errNobody) {
			return c.tell(e, out)
		}
		return err
	}
	return c.tell(e, out)
}

// errNobody says that no row of the roster could be used.
var errNobody = errors.New("nobody to certify")

// finish brings the class from where it is to written certificates.
func (c *issueCmd) finish(e *env, a *app, by, approver registry.Actor, class registry.Class, roster *intake.Roster) (issued, error) {
	out := issued{Class: class.Code, Rows: len(roster.Rows), Files: []issuedFile{}, Failed: []map[string]any{}}
	if class.Recordable() == nil {
		var err error
		if out, class, err = c.record(e, a, by, class, roster); err != nil {
			return out, err
		}
		if out.report.Enrolled+out.report.Unchanged == 0 {
			return out, errNobody
		}
		if class, err = a.training.Submit(e.ctx, by, class.ID); err != nil {
			return out, err
		}
	} else { // the same roster as before: tell of its rows what was told then
		out.Rejected = len(roster.Bad())
		c.note(e, &out, roster.Faults())
	}
	if class.Status == registry.ClassSubmitted {
		if _, err := a.issue.Approve(e.ctx, approver, class.ID, issue.ApproveInput{}); err != nil {
			return out, err
		}
	}
	// More than answers at once, or what an interrupted run left: signed here.
	if err := a.issue.SignClass(e.ctx, class.ID); err != nil {
		return out, err
	}
	return out, c.write(e, a, by, class, roster, &out)
}

// maxRoster is the largest roster file, in bytes; an upload has the same limit.
const maxRoster = 10 << 20

// readRoster reads a file, refused above the size that an upload may have.
func readRoster(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRoster {
		return nil, registry.Fail(registry.TooLarge, "intake.big", maxRoster>>20)
	}
	return os.ReadFile(path)
}
