package main

import (
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// show prints an answer as a person reads it: the verdict with the course, who
// it is about, what was checked and how old that is, and what to do next.
func (v *verifier) show(out verdict) {
	e := v.e
	if out.Error != "" {
		_, _ = fmt.Fprintf(e.err, "passmuster: %s\n", out.Error)
		return
	}
	line := []string{e.p.T("verdict.word." + string(out.Status))}
	if c := out.Credential; c != nil {
		line = append(line, named(e.p.Text(c.Course.Title), c.Course.Code))
		if c.ValidUntil != nil {
			line = append(line, "→ "+c.ValidUntil.String())
		}
	}
	e.say("%s", strings.Join(line, " · "))
	if c := out.Credential; c != nil {
		v.showCredential(c)
	}
	type checked struct {
		name string
		registry.Check
	}
	all := []checked{{"signature", out.Checks.Signature}, {"dates", out.Checks.Dates}, {"status", out.Checks.Status}, {"issuer", out.Checks.Issuer}}
	if f := out.Checks.File; f != nil {
		all = append([]checked{{"intact", f.Intact}, {"signer", f.Signer}, {"issued", f.Issued}}, all...)
	}
	if r := out.Receipt; r != nil {
		all = append([]checked{{"receipt", r.Genuine}}, all...)
		if r.Said != nil {
			e.say("  %s", e.p.T("receipt.genuine", e.p.T("verdict.word."+string(r.Said.Status)), e.p.Time(r.Said.At(), nil)))
		}
	}
	for _, check := range all {
		age := ""
		if check.AsOf != nil {
			age = "  (" + check.AsOf.UTC().Format("2006-01-02 15:04:05 UTC") + ")"
		}
		e.say("  %-10s %s%s", check.name, check.Result, age)
	}
	for _, r := range out.Reasons {
		message, next := e.reason(r)
		e.say("  %s", message)
		if why := "status.reason." + given(out.Answer, r); e.p.Has(why) {
			e.say("  %s", e.p.T("status.reason", e.p.T(why)))
		}
		if next != "" {
			e.say("    %s", next)
		}
	}
}

// given is the public reason of what people decided: the registry's, or the one
// that came with a bundle.
func given(a *registry.Answer, r registry.Reason) string {
	switch {
	case r.Code != "status."+string(a.Status):
		return ""
	case a.Credential != nil:
		return a.Credential.StatusReason
	case len(r.Args) > 0:
		return fmt.Sprint(r.Args[0])
	}
	return ""
}

func (v *verifier) showCredential(c *registry.Shown) {
	e := v.e
	name := c.Name
	if c.IDLast4 != "" {
		name += "  (…" + c.IDLast4 + ")"
	}
	e.say("  %s", name)
	if c.Number != "" {
		e.say("  %s", c.Number)
	}
	e.say("  %s · %s", named(e.p.Text(c.Base.Name), c.Base.Code), e.p.Text(c.Issuer.Name))
}

// named is the name, or the code where no name is known.
func named(name, code string) string {
	if name == "" {
		return code
	}
	return name
}
