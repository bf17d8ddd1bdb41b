package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

type verifyCmd struct {
	What    []string `arg:"" help:"A code, the path of a PDF, the text of a QR code, a credential or a receipt (text or file); '-' reads lines from standard input."`
	Trust   string   `help:"Trust list, file or URL, for --offline and for PDFs; default: the data directory's." placeholder:"FILE|URL"`
	Bundle  string   `help:"Offline bundle, file or URL; goes with --offline." placeholder:"FILE|URL"`
	Root    string   `help:"Root certificate (root.pem) to pin, for --offline and for PDFs; default: the data directory's. --offline needs one of the two." type:"existingfile"`
	Offline bool     `help:"Ask nobody: judge from trust list and bundle alone."`
}

// verdict is one answer for the output.
type verdict struct {
	What string `json:"input"`
	*registry.Answer
	Error string `json:"error,omitempty"`
	Code  string `json:"code,omitempty"` // of the error
}

// Run answers for each input; the exit code is that of the answers, mixed if
// they differ.
func (c *verifyCmd) Run(e *env) error {
	if err := c.grounds(); err != nil {
		return err
	}
	inputs, err := c.inputs(e)
	if err != nil {
		return err
	}
	v := &verifier{e: e, c: c}
	defer v.close()
	if flag := v.idle(); flag != "" {
		return registry.Fail(registry.Invalid, "usage.idle_flag", "--"+flag)
	}
	if flag := v.unheeded(inputs); flag != "" {
		return registry.Fail(registry.Invalid, "usage.online_flag", "--"+flag)
	}
	codes := map[int]bool{}
	var all []verdict
	for _, in := range inputs {
		answer, err := v.answer(in)
		code := exitOfAnswer(answer, err)
		codes[code] = true
		out := verdict{What: in}
		if answer.Status != "" {
			out.Answer = &answer
		} else if err != nil {
			out.Error, out.Code = v.explain(err), codeOf(err)
		}
		all = append(all, out)
		if !e.cli.JSON {
			v.show(out)
		}
	}
	if e.cli.JSON {
		if err := c.printJSON(e, all); err != nil {
			return err
		}
	}
	return exitOfAll(codes)
}

// idle is a flag on the command line that would change nothing here, "" for none:
// who gave it expects something else of the answer than it says. What stands in
// the environment or in a file is there for other commands too.
func (v *verifier) idle() string {
	for _, flag := range v.e.typed {
		if isSetting(flag) && !heeds("verify", flag) { // a server's
			return flag
		}
		switch flag {
		case "public-url": // without a network nobody is asked
			if v.c.Offline {
				return flag
			}
		case "demo-clock", "database", "key-passphrase-file": // a registry's
			if v.registry() == nil && !v.broken {
				return flag
			}
		}
	}
	return ""
}

// unheeded is a ground on the command line on which not every answer would rest, ""
// for none. The registry is asked unless --offline is given, and of what it is asked
// about only a file is held against a root first: whoever pinned one believes that
// the other answers rest on it too.
func (v *verifier) unheeded(inputs []string) string {
	switch {
	case v.c.Offline:
		return ""
	case v.c.Bundle != "":
		return "bundle"
	case v.c.Root == "" && v.c.Trust == "" || !slices.ContainsFunc(inputs, isQuestion):
		return ""
	case v.c.Root != "":
		return "root"
	}
	return "trust"
}

func (c *verifyCmd) printJSON(e *env, all []verdict) error {
	for i := range all {
		for j := range len(reasons(all[i])) {
			r := &all[i].Reasons[j]
			r.Message, r.Next = e.reason(*r)
		}
	}
	if len(all) == 1 && c.What[0] != "-" {
		return e.print(all[0])
	}
	return e.print(all)
}

// reason is what a reason says at a command line, which has options in place of
// a scanner to open.
func (e *env) reason(r registry.Reason) (message, next string) {
	if r.Code == "trust.missing" {
		return e.p.Error(&registry.Error{Kind: registry.Unavailable, Code: r.Code})
	}
	return e.p.Reason(r)
}

// inputs are the arguments, or the lines of standard input.
func (c *verifyCmd) inputs(e *env) ([]string, error) {
	if len(c.What) != 1 || c.What[0] != "-" {
		return c.What, nil
	}
	b, err := io.ReadAll(io.LimitReader(e.in, 16<<20))
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 { // nothing was verified: that must not look like a yes
		return nil, registry.Fail(registry.Invalid, "usage.no_input")
	}
	return lines, nil
}

// reasons of an answer, none of an error.
func reasons(v verdict) []registry.Reason {
	if v.Answer == nil {
		return nil
	}
	return v.Reasons
}

func codeOf(err error) string {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

func exitOfAll(codes map[int]bool) error {
	if len(codes) > 1 {
		return exit(exitMixed)
	}
	for code := range codes {
		if code != exitOK {
			return exit(code)
		}
	}
	return nil
}

// exitOfAnswer is the exit code of an answer, or of the error in its place. An
// error is no answer, so it is never a no.
func exitOfAnswer(a registry.Answer, err error) int {
	if a.Status == "" {
		return exitOfNone(err)
	}
	switch a.Verdict {
	case registry.Yes:
		return exitOK
	case registry.No, registry.Replaced:
		return exitNo
	}
	return exitUnknown
}

func exitOfNone(err error) int {
	var refusal *registry.Error
	switch {
	case !errors.As(err, &refusal):
		return exitUnknown
	case refusal.Code == "record.scan" || refusal.Code == "record.scan_http": // nothing that could be asked about
		return exitUsage
	case exitOf(refusal.Kind, refusal.Code) == exitUsage:
		return exitUsage
	}
	return exitUnknown
}
