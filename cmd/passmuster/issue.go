package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
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
// person, and writes the certificates.
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
	class, fresh, err := c.class(e, a, by)
	if err != nil {
		return err
	}
	out, class, err := c.record(e, a, by, class, data)
	if err != nil {
		if fresh {
			_, _ = a.training.CancelClass(e.ctx, by, class.ID, "roster refused")
		}
		return err
	}
	if c.DryRun {
		if fresh {
			_, err = a.training.CancelClass(e.ctx, by, class.ID, "dry run")
		}
		return errors.Join(err, c.tell(e, out))
	}
	if out.report.Enrolled+out.report.Unchanged == 0 {
		if fresh {
			_, _ = a.training.CancelClass(e.ctx, by, class.ID, "no row of the roster could be used")
		}
		return c.tell(e, out)
	}
	if class, err = a.training.Submit(e.ctx, by, class.ID); err != nil {
		return err
	}
	approval, err := a.issue.Approve(e.ctx, approver, class.ID, issue.ApproveInput{})
	if err != nil {
		return err
	}
	if approval.Issued < approval.Total { // more than answers at once: sign the rest here
		if err := a.issue.SignClass(e.ctx, class.ID); err != nil {
			return err
		}
	}
	if err := c.write(e, a, by, class, &out); err != nil {
		return err
	}
	return c.tell(e, out)
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

// class finds the class that is named, or opens one for the roster.
func (c *issueCmd) class(e *env, a *app, by registry.Actor) (registry.Class, bool, error) {
	var class registry.Class
	if c.Class != "" {
		err := a.db.Read(e.ctx, func(tx *store.Tx) (err error) {
			class, err = tx.ClassByCode(e.ctx, strings.ToUpper(c.Class))
			return err
		})
		return class, false, err
	}
	in, err := c.input(e, a, by)
	if err != nil {
		return class, false, err
	}
	class, err = a.training.CreateClass(e.ctx, by, in)
	return class, true, err
}

func (c *issueCmd) input(e *env, a *app, by registry.Actor) (training.ClassInput, error) {
	in := training.ClassInput{Course: c.Course, Base: c.Base, Setting: "hospital",
		RatioReason: "recorded from a roster after the class", Trainers: []registry.ClassTrainer{{Person: by.Person, Role: "lead"}}}
	if c.Lang != "" {
		in.Languages = strings.Split(c.Lang, "+")
	}
	for _, email := range c.Trainer {
		account, err := a.byEmail(e.ctx, email)
		if err != nil {
			return in, err
		}
		in.Trainers = append(in.Trainers, registry.ClassTrainer{Person: account.Person, Role: "instructor"})
	}
	err := a.db.Read(e.ctx, func(tx *store.Tx) error {
		base, err := tx.Base(e.ctx, strings.ToUpper(c.Base))
		if err != nil {
			return err
		}
		course, err := tx.ActiveCourse(e.ctx, strings.ToUpper(c.Course))
		if err != nil {
			return err
		}
		on, err := c.day(base, a.clock.Now())
		in.Sessions = demo.Sessions(course, on)
		return err
	})
	return in, err
}

func (c *issueCmd) day(base registry.Base, now time.Time) (registry.Date, error) {
	if c.Date != "" {
		return registry.ParseDate(c.Date)
	}
	loc, err := registry.Zone(base.TZ)
	if err != nil {
		return registry.Date{}, err
	}
	return registry.DateOf(now.In(loc)), nil
}

// record takes the people who passed into the class, with their results. Who is
// listed as not passed, or without a result, is told and left out.
func (c *issueCmd) record(e *env, a *app, by registry.Actor, class registry.Class, data []byte) (issued, registry.Class, error) {
	out := issued{Class: class.Code, Files: []issuedFile{}, Failed: []map[string]any{}}
	roster, err := a.training.ReadRoster(e.ctx, by, class.ID, filepath.Base(c.File), data)
	if err != nil {
		return out, class, err
	}
	out.Rows = len(roster.Rows)
	rows := roster.Rows
	var kept []intake.Row
	for _, row := range rows {
		if fault, no := c.notPassed(row); row.OK() && no {
			out.Failed = append(out.Failed, e.faultDocs([]registry.Fault{fault})...)
			out.faults = append(out.faults, fault)
			continue
		}
		kept = append(kept, row)
	}
	report, changed, err := a.training.Enrol(e.ctx, by, class.ID, kept, training.EnrolOptions{Source: "import", Results: true, Statement: rosterStatement, DryRun: c.DryRun})
	if err != nil {
		return out, class, err
	}
	if changed.ID != "" {
		class = changed
	}
	out.report, out.Rejected = report, report.Rejected
	for _, f := range report.Faults {
		docs := e.faultDocs([]registry.Fault{f})
		if f.Warn {
			out.Notes = append(out.Notes, docs...)
		} else {
			out.Errors = append(out.Errors, docs...)
		}
	}
	out.faults = append(out.faults, report.Faults...)
	return out, class, nil
}

// notPassed tells whether the roster itself says that the person did not pass.
func (c *issueCmd) notPassed(row intake.Row) (registry.Fault, bool) {
	if row.Skills != nil && !*row.Skills {
		return registry.Fault{Row: row.Line, Code: "issue.skills_failed", Args: []any{row.Name}}, true
	}
	return registry.Fault{}, false
}

// write stores each certificate under its number, and checks every file against
// the hash in the record first.
func (c *issueCmd) write(e *env, a *app, by registry.Actor, class registry.Class, out *issued) error {
	credentials, err := a.issue.OfClass(e.ctx, by, class.ID)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	rows := map[registry.ID]int{}
	for _, p := range out.report.People {
		rows[p.Enrolment] = p.Row
	}
	for i, cred := range credentials {
		row, mine := rows[cred.Enrolment]
		if !mine {
			continue
		}
		file, err := a.issue.Certificate(e.ctx, cred)
		if err != nil {
			return err
		}
		name := filepath.Join(c.Out, string(cred.Number)+".pdf")
		if err := os.WriteFile(name, file.Bytes(), 0o644); err != nil {
			return err
		}
		out.Files = append(out.Files, issuedFile{Row: row, Number: cred.Number, Code: cred.Code.String(), Name: cred.Snapshot.Name, File: name,
			Link: a.origin + "/v/" + string(cred.Code), Holder: a.issue.HolderLink(cred.Enrolment)})
		e.progress("certificates", i+1, len(credentials))
	}
	return nil
}

// tell prints what was made and what was not, and picks the exit code.
func (c *issueCmd) tell(e *env, out issued) error {
	left := out.Rejected + len(out.Failed)
	if e.cli.JSON {
		if err := e.print(out); err != nil {
			return err
		}
	} else {
		for _, f := range out.Files {
			e.say("%s  %s  %s", f.Number, f.Code, f.Name)
		}
		e.say(e.p.T("issue.summary", len(out.Files), out.Rows, left))
		if len(out.Files) > 0 {
			e.say("%s", c.Out)
		}
		e.faults(out.faults)
	}
	switch {
	case left == 0:
		return nil
	case len(out.Files) == 0 && !c.DryRun:
		return exit(exitNo)
	}
	return exit(exitMixed)
}
