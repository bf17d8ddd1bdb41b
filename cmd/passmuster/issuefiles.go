package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
)

// record takes the people into the class, with their results. Who is listed as
// not passed in practice is told and left out.
func (c *issueCmd) record(e *env, a *app, by registry.Actor, class registry.Class, roster *intake.Roster) (issued, registry.Class, error) {
	out := issued{Class: class.Code, Rows: len(roster.Rows), Files: []issuedFile{}, Failed: []map[string]any{}}
	var kept []intake.Row
	for _, row := range roster.Rows {
		if fault, no := notPassed(row); row.OK() && no {
			c.failed(e, &out, fault)
			continue
		}
		kept = append(kept, row)
	}
	report, changed, err := a.training.Enrol(e.ctx, by, class.ID, kept, training.EnrolOptions{Source: "import", Results: true, Statement: rosterStatement})
	if err != nil {
		return out, class, err
	}
	out.report, out.Rejected = report, report.Rejected
	c.note(e, &out, report.Faults)
	return out, changed, nil
}

// preview is what the roster alone tells, for a run that changes nothing.
func (c *issueCmd) preview(e *env, p issuePlan, roster *intake.Roster) issued {
	out := issued{Class: p.named.Code, Rows: len(roster.Rows), Rejected: len(roster.Bad()), Files: []issuedFile{}, Failed: []map[string]any{}}
	for _, row := range roster.Good() {
		if fault, no := notPassed(row); no {
			c.failed(e, &out, fault)
		} else if row.Theory != nil && *row.Theory < p.course.PassMark {
			c.failed(e, &out, registry.Fault{Row: row.Line, Code: "completion.theory.again", Args: []any{row.Name}})
		}
	}
	c.note(e, &out, roster.Faults())
	return out
}

func (c *issueCmd) failed(e *env, out *issued, fault registry.Fault) {
	out.Failed = append(out.Failed, e.faultDocs([]registry.Fault{fault})...)
	out.faults = append(out.faults, fault)
}

// note keeps the faults of rows, errors apart from warnings.
func (c *issueCmd) note(e *env, out *issued, faults []registry.Fault) {
	for _, f := range faults {
		docs := e.faultDocs([]registry.Fault{f})
		if f.Warn {
			out.Notes = append(out.Notes, docs...)
		} else {
			out.Errors = append(out.Errors, docs...)
		}
	}
	out.faults = append(out.faults, faults...)
}

// notPassed tells whether the roster itself says that the person did not pass in
// practice.
func notPassed(row intake.Row) (registry.Fault, bool) {
	if row.Skills != nil && !*row.Skills {
		return registry.Fault{Row: row.Line, Code: "issue.skills_failed", Args: []any{row.Name}}, true
	}
	return registry.Fault{}, false
}

// write stores the certificate of everybody on the roster under its number. Who
// is in the class and got none is told, by name: nobody is left out in silence.
func (c *issueCmd) write(e *env, a *app, by registry.Actor, class registry.Class, roster *intake.Roster, out *issued) error {
	credentials, err := a.issue.OfClass(e.ctx, by, class.ID)
	if err != nil {
		return err
	}
	live := map[registry.ID]registry.Credential{}
	for _, cred := range credentials {
		if cred.State == registry.StateIssued || cred.State == registry.StateSuspended {
			live[cred.Enrolment] = cred
		}
	}
	view, err := a.training.Class(e.ctx, by, class.ID)
	if err != nil {
		return err
	}
	lines := map[string]int{}
	for _, row := range roster.Rows {
		lines[row.Hash] = row.Line
	}
	for i, m := range view.Members {
		line, mine := lines[m.Enrolment.RowHash]
		if !mine {
			continue
		}
		cred, ok := live[m.Enrolment.ID]
		if !ok {
			c.failed(e, out, without(m, line))
			continue
		}
		if err := c.writeOne(e, a, cred, line, out); err != nil {
			return err
		}
		e.progress("certificates", i+1, len(view.Members))
	}
	return nil
}

// without says why a member got no certificate.
func without(m training.Member, line int) registry.Fault {
	f := registry.Fault{Row: line, Code: "issue.no_certificate", Args: []any{m.Enrolment.Name}}
	if len(m.Outcome.Missing) > 0 {
		f.Code = "completion." + m.Outcome.Missing[0]
	}
	return f
}

func (c *issueCmd) writeOne(e *env, a *app, cred registry.Credential, line int, out *issued) error {
	file, err := a.issue.Certificate(e.ctx, cred)
	if err != nil {
		return err
	}
	name := filepath.Join(c.Out, string(cred.Number)+".pdf")
	if err := writeWhole(name, file.Bytes()); err != nil {
		return err
	}
	out.Files = append(out.Files, issuedFile{Row: line, Number: cred.Number, Code: cred.Code.String(), Name: cred.Snapshot.Name, File: name,
		Link: a.origin + "/v/" + string(cred.Code), Holder: a.issue.HolderLink(cred.Enrolment)})
	return nil
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(path string, b []byte) error {
	tmp := path + ".part"
	if err := os.WriteFile(tmp, b, 0o644); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	return os.Rename(tmp, path)
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
		e.say("%s", e.p.T("issue.summary", len(out.Files), out.Rows, left))
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
