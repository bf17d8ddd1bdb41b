package main

import (
	"errors"
	"time"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

func isNotFound(err error) bool { return errors.Is(err, registry.NotFound) }

type classCmd struct {
	List      classListCmd      `cmd:"" help:"List the classes that the actor may see."`
	Show      classShowCmd      `cmd:"" help:"Show a class with everybody's outcome."`
	Submit    classSubmitCmd    `cmd:"" help:"Submit a class for approval."`
	Approve   classApproveCmd   `cmd:"" help:"Approve a class: its credentials are issued."`
	Approvals classApprovalsCmd `cmd:"" help:"Show what was decided about a class, and check each decision and its passkey again."`
	Return    classReturnCmd    `cmd:"" help:"Send a submitted class back."`
	Documents classDocumentsCmd `cmd:"" help:"Write the files and papers around a class: signed certificates (ZIP), print file, claim slips, class record."`
}

type classListCmd struct {
	acting
	Status string `help:"Only classes in this state."`
}

// Run lists classes, newest first.
func (c *classListCmd) Run(e *env) error {
	a, by, err := e.session(c.acting)
	if err != nil {
		return err
	}
	defer a.close()
	f := store.ClassFilter{Limit: 200}
	if c.Status != "" {
		f.Status = []registry.ClassStatus{registry.ClassStatus(c.Status)}
	}
	list, err := a.training.Classes(e.ctx, by, f)
	if err != nil || e.cli.JSON {
		return errors.Join(err, e.jsonList(list, err))
	}
	for _, class := range list {
		e.say("%-24s %-12s %s  %s", class.Code, class.Status, class.EndsOn(), class.ID)
	}
	return nil
}

// jsonList prints a list unless reading it failed.
func (e *env) jsonList(list any, err error) error {
	if err != nil {
		return nil
	}
	return e.print(list)
}

// oneClass are the flags of commands about one class.
type oneClass struct {
	acting
	Class string `arg:"" help:"Code or id of the class."`
}

func (c oneClass) open(e *env) (*app, registry.Actor, registry.Class, error) {
	a, by, err := e.session(c.acting)
	if err != nil {
		return nil, by, registry.Class{}, err
	}
	class, err := a.class(e, c.Class)
	if err != nil {
		a.close()
	}
	return a, by, class, err
}

type classShowCmd struct{ oneClass }

// Run shows who is in the class and what their records come to.
func (c *classShowCmd) Run(e *env) error {
	a, by, class, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	v, err := a.training.Class(e.ctx, by, class.ID)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(v)
	}
	e.say("%s  %s  %s–%s  %s", v.Class.Code, e.p.Text(v.Course.Title), v.Class.StartsOn(), v.Class.EndsOn(), v.Class.Status)
	for _, m := range v.Members {
		e.say("%3d  %-10s %s", m.Enrolment.Position, m.Outcome.Outcome, m.Enrolment.Name)
	}
	return nil
}

type classSubmitCmd struct{ oneClass }

// Run submits the class.
func (c *classSubmitCmd) Run(e *env) error {
	a, by, class, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	class, err = a.training.Submit(e.ctx, by, class.ID)
	if err != nil {
		return err
	}
	e.say("%s %s", class.Code, class.Status)
	return nil
}

type classApproveCmd struct {
	oneClass
	Note string `help:"Reason, where the base is no longer accredited."`
}

// Run approves the class and waits until everything is signed.
func (c *classApproveCmd) Run(e *env) error {
	a, by, class, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	out, err := a.issue.Approve(e.ctx, by, class.ID, issue.ApproveInput{Note: c.Note})
	if err != nil {
		return err
	}
	if out.Issued < out.Total {
		if err := a.issue.SignClass(e.ctx, class.ID); err != nil {
			return err
		}
	}
	e.say("%s: %d credentials issued", class.Code, out.Total)
	return nil
}

type classApprovalsCmd struct{ oneClass }

// Run checks the decisions about the class again; one that does not hold is an
// error.
func (c *classApprovalsCmd) Run(e *env) error {
	a, by, class, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	list, err := a.issue.Approvals(e.ctx, by, class.ID)
	if err != nil {
		return err
	}
	var wrong error
	for _, d := range list {
		if wrong = d.Err; wrong != nil {
			break
		}
	}
	if e.cli.JSON {
		return errors.Join(e.print(list), wrong)
	}
	for _, d := range list {
		how := "without a passkey"
		if d.Record.Passkey != nil {
			how = "passkey at " + d.Origin
		}
		e.say("%s  %s  %d credentials  %s  content %s", d.Record.At.Format(time.RFC3339), d.Record.By, d.Record.People, how, d.Statement.Content)
	}
	return wrong
}

type classReturnCmd struct {
	oneClass
	Reason string `help:"What has to be put right." required:""`
}

// Run sends the class back to its trainers.
func (c *classReturnCmd) Run(e *env) error {
	a, by, class, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	class, err = a.issue.Return(e.ctx, by, class.ID, c.Reason, nil, 0)
	if err != nil {
		return err
	}
	e.say("%s %s", class.Code, class.Status)
	return nil
}
