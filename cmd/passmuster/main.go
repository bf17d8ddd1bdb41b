// Command passmuster is the registry: one program that makes a store, serves it,
// turns rosters into signed certificates and verifies them. Each file holds one
// command; the rules are in internal/.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/passmuster/passmuster/internal/config"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// version is set when a release is built.
var version = ""

// Exit codes (docs/verdicts.md).
const (
	exitOK      = 0 // done; valid, expiring
	exitNo      = 1 // not valid, replaced, refused
	exitUsage   = 2 // usage, mistyped
	exitUnknown = 3 // could not check
	exitMixed   = 4 // partly done, mixed answers
)

// exit ends a command with a code after it has said what it had to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// cli is the whole command line; kong makes flags and help of it.
type cli struct {
	config.Settings
	JSON bool   `name:"json" help:"Print one JSON document instead of text."`
	Lang string `help:"Language of messages: zh, en, ru." enum:"zh,en,ru," default:"" env:"PASSMUSTER_LANG"`

	Demo       demoCmd       `cmd:"" help:"Fill a fresh directory with the demonstration federation and serve it."`
	Init       initCmd       `cmd:"" help:"Create the store, the keys and the first administrator."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the store's schema up to this program."`
	Serve      serveCmd      `cmd:"" help:"Serve the registry."`
	Issue      issueCmd      `cmd:"" help:"Turn a roster of people who passed into signed PDFs."`
	Import     importCmd     `cmd:"" help:"Enrol the people of a roster in a class."`
	Verify     verifyCmd     `cmd:"" help:"Verify a code, a PDF or the text of a QR code."`
	Publish    publishCmd    `cmd:"" help:"Write what verifiers fetch as files, for any web server."`
	Class      classCmd      `cmd:"" help:"Classes: list, show, submit, approve, return."`
	Credential credentialCmd `cmd:"" help:"Credentials: list, show, certificate, suspend, reinstate, revoke, reissue."`
	Template   templateCmd   `cmd:"" help:"Designs of certificates: check."`
	Key        keyCmd        `cmd:"" help:"Keys: list, backup, restore, rotate, compromised."`
	User       userCmd       `cmd:"" help:"Accounts: add, list, disable, password."`
	Token      tokenCmd      `cmd:"" help:"Access tokens: create."`
	Audit      auditCmd      `cmd:"" help:"Audit trail: check."`
	Seed       seedCmd       `cmd:"" help:"Make a fresh registry of invented people as large as a nation's."`
	Bench      benchCmd      `cmd:"" help:"Measure what this program promises, on this machine."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// env is what a command runs in.
type env struct {
	ctx    context.Context
	cli    *cli
	in     io.Reader
	lines  *bufio.Reader // of in, for answers that do not come from a terminal
	out    io.Writer
	err    io.Writer
	getenv func(string) string
	p      *i18n.Printer
	typed  []string // names of the flags on the command line itself, not those of environment or file
}

func typed(c *kong.Context) (flags []string) {
	if c == nil { // the command line could not be read
		return nil
	}
	for _, p := range c.Path {
		if p.Flag != nil && !p.Resolved {
			flags = append(flags, p.Flag.Name)
		}
	}
	return flags
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// run is main without the process: it reads the command line, runs the command
// and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer, getenv func(string) string) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("passmuster"), kong.UsageOnError(), kong.Writers(out, errOut),
		kong.Description("Training certification and credential registry."),
		kong.Configuration(config.YAML(getenv), "passmuster.yaml", filepath.Join(dataDir(getenv), "passmuster.yaml")),
		kong.Exit(func(n int) { code = n }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(help))
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "passmuster:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if code == 0 { // --help
		return exitOK
	}
	e := &env{ctx: ctx, cli: &c, in: in, out: out, err: errOut, getenv: getenv, typed: typed(kctx)}
	e.p = i18n.For(i18n.Match(c.Lang, getenv("LC_ALL"), getenv("LANG")))
	if err != nil {
		_, _ = fmt.Fprintf(errOut, "passmuster: %v\n", err)
		return exitUsage
	}
	if err := c.Validate(); err != nil {
		_, _ = fmt.Fprintf(errOut, "passmuster: %v\n", err)
		return exitUsage
	}
	return e.outcome(kctx.Run(e))
}

func dataDir(getenv func(string) string) string {
	if d := getenv("PASSMUSTER_DATA"); d != "" {
		return d
	}
	return "data"
}

// outcome says what went wrong, and turns it into an exit code.
func (e *env) outcome(err error) int {
	var code exit
	var refusal *registry.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &refusal):
		e.refuse(refusal)
		return exitOf(refusal.Kind, refusal.Code)
	case errors.Is(err, context.Canceled):
		return exitUnknown
	}
	sayTo(e.err, "passmuster: %v", err)
	return exitNo
}

func exitOf(kind registry.Kind, code string) int {
	switch {
	case code == "code.mistyped" || code == "number.format" || strings.HasPrefix(code, "usage."):
		return exitUsage
	case kind == registry.Unavailable || strings.HasPrefix(code, "pdf."):
		return exitUnknown
	}
	return exitNo
}

// refuse prints what is wrong and how to put it right, in the reader's language.
func (e *env) refuse(r *registry.Error) {
	message, fix := e.p.Error(r)
	sayTo(e.err, "passmuster: %s", message)
	if fix != "" {
		sayTo(e.err, "  %s", fix)
	}
	e.faults(r.Faults)
}

type versionCmd struct{}

// Run prints the version and what it was built with.
func (versionCmd) Run(e *env) error {
	v := programVersion()
	if e.cli.JSON {
		return e.print(map[string]string{"version": v})
	}
	_, err := fmt.Fprintln(e.out, "passmuster", v)
	return err
}

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
