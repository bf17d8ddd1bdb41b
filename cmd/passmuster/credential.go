package main

import (
	"fmt"
	"os"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

type credentialCmd struct {
	List        credentialListCmd        `cmd:"" help:"Find credentials."`
	Show        credentialShowCmd        `cmd:"" help:"Show a credential with its history."`
	Certificate credentialCertificateCmd `cmd:"" help:"Write the signed PDF, byte for byte as it was issued."`
	Suspend     credentialSuspendCmd     `cmd:"" help:"Suspend at once."`
	Reinstate   credentialReinstateCmd   `cmd:"" help:"Lift a suspension."`
	Revoke      credentialRevokeCmd      `cmd:"" help:"Ask for a revocation; another person's call grants it."`
	Erase       credentialEraseCmd       `cmd:"" help:"Ask for the erasure of the holder's data; another person's call grants it."`
	Reissue     credentialReissueCmd     `cmd:"" help:"Correct a credential: a new number takes its place."`
}

type credentialListCmd struct {
	acting
	Search string `arg:"" optional:"" help:"Number, name or last four of the id."`
	Course string `help:"Course code."`
	Base   string `help:"Base code."`
	Status string `help:"valid, expiring, expired, not_yet_valid, suspended, revoked, superseded"`
}

// Run lists credentials, newest first.
func (c *credentialListCmd) Run(e *env) error {
	a, by, err := e.session(c.acting)
	if err != nil {
		return err
	}
	defer a.close()
	list, err := a.issue.Credentials(e.ctx, by, store.CredentialFilter{Search: c.Search, Course: c.Course, Base: c.Base,
		Status: registry.Status(c.Status), Limit: 200})
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(list)
	}
	for _, cred := range list {
		e.say("%s  %-13s %s  %s", cred.Number, cred.StatusAt(a.clock.Now()), cred.Snapshot.Course.Code, cred.Snapshot.Name)
	}
	return nil
}

// oneCredential are the flags of commands about one credential.
type oneCredential struct {
	acting
	Number string `arg:"" help:"Credential number, GAJK-SJZ-2026-000123."`
}

func (c oneCredential) open(e *env) (*app, registry.Actor, registry.Number, error) {
	n, err := registry.ParseNumber(c.Number)
	if err != nil {
		return nil, registry.Actor{}, n, err
	}
	a, by, err := e.session(c.acting)
	return a, by, n, err
}

type credentialShowCmd struct{ oneCredential }

// Run shows a credential.
func (c *credentialShowCmd) Run(e *env) error {
	a, by, n, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	cred, events, err := a.issue.Credential(e.ctx, by, n)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(map[string]any{"credential": cred, "events": events, "status": cred.StatusAt(a.clock.Now())})
	}
	e.say("%s  %s  %s", cred.Number, cred.StatusAt(a.clock.Now()), cred.Snapshot.Name)
	e.say("  %s · %s · %s", e.p.Text(cred.Snapshot.Course.Title), cred.Snapshot.Base.Code, a.origin+"/v/"+string(cred.Code))
	for _, ev := range events {
		e.say("  %s  %s → %s  %s", ev.At.Format("2006-01-02 15:04"), ev.From, ev.To, ev.Reason)
	}
	return nil
}

type credentialCertificateCmd struct {
	oneCredential
	Out string `help:"File to write; default: NUMBER.pdf here." type:"path"`
}

// Run rebuilds the PDF.
func (c *credentialCertificateCmd) Run(e *env) error {
	a, by, n, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	cred, _, err := a.issue.Credential(e.ctx, by, n)
	if err != nil {
		return err
	}
	file, err := a.issue.Certificate(e.ctx, cred)
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = string(n) + ".pdf"
	}
	if err := os.WriteFile(c.Out, file.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	e.say("%s", c.Out)
	return nil
}

type credentialSuspendCmd struct {
	oneCredential
	Reason string `help:"Public reason." default:"under_review"`
	Note   string `help:"Note for the registry's staff."`
}

// Run suspends.
func (c *credentialSuspendCmd) Run(e *env) error {
	a, by, n, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	cred, err := a.lifecycle.Suspend(e.ctx, by, n, c.Reason, c.Note)
	return a.told(e, cred, err)
}

type credentialReinstateCmd struct {
	oneCredential
	Note string `help:"Note for the registry's staff."`
}

// Run lifts a suspension.
func (c *credentialReinstateCmd) Run(e *env) error {
	a, by, n, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	cred, err := a.lifecycle.Reinstate(e.ctx, by, n, c.Note)
	return a.told(e, cred, err)
}

type credentialRevokeCmd struct {
	oneCredential
	Reason string `help:"Public reason: issued_in_error, identity, exam_irregularity, misconduct, holder_request. To erase, see erase." required:""`
	Note   string `help:"Note for the registry's staff."`
}

// Run asks for a revocation or grants the one that another person asked for.
func (c *credentialRevokeCmd) Run(e *env) error {
	a, by, n, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	out, err := a.lifecycle.Revoke(e.ctx, by, n, c.Reason, c.Note)
	return a.told(e, out.Credential, err)
}

type credentialEraseCmd struct {
	oneCredential
	Alone bool   `help:"This certificate's class alone, not every class of the person that you answer for."`
	Note  string `help:"Note for the registry's staff; erased with the rest."`
}

// Run asks for an erasure or grants the one that another person asked for.
func (c *credentialEraseCmd) Run(e *env) error {
	a, by, n, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	out, err := a.lifecycle.Erase(e.ctx, by, n, c.Alone, c.Note)
	if err == nil && out.Erased != nil && !e.cli.JSON {
		defer e.say("%s", e.p.T("erasure.told", out.Erased.Credentials, out.Erased.Classes, out.Erased.Kept))
	}
	return a.told(e, out.Credential, err)
}

type credentialReissueCmd struct {
	oneCredential
	Name    string `help:"The name as it should read." required:""`
	Latin   string `help:"The name in Latin letters."`
	IDLast4 string `name:"id-last4" help:"Last four of the id."`
	Reason  string `help:"Why." required:""`
}

// Run corrects a credential.
func (c *credentialReissueCmd) Run(e *env) error {
	a, by, n, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	cred, err := a.issue.Reissue(e.ctx, by, n, issue.Correction{Name: c.Name, LatinName: c.Latin, IDLast4: c.IDLast4, Reason: c.Reason})
	return a.told(e, cred, err)
}

// told prints where a credential stands after an act; what verifiers hold is
// rebuilt before the command ends.
func (a *app) told(e *env, cred registry.Credential, err error) error {
	if err != nil {
		return err
	}
	if err := a.publish.Refresh(e.ctx); err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(map[string]any{"number": cred.Number, "code": cred.Code, "status": cred.StatusAt(a.clock.Now())})
	}
	e.say("%s %s", cred.Number, cred.StatusAt(a.clock.Now()))
	return nil
}
