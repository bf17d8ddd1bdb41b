package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/trust"
)

type verifyCmd struct {
	What    []string `arg:"" help:"A code, the path of a PDF, the text of a QR code; '-' reads lines from standard input."`
	Trust   string   `help:"Trust list, file or URL; default: the registry's own (data directory or PUBLIC_URL)." placeholder:"FILE|URL"`
	Bundle  string   `help:"Offline bundle, file or URL." placeholder:"FILE|URL"`
	Root    string   `help:"Root certificate (root.pem) to pin; default: the data directory's, else the one that the trust list names." type:"existingfile"`
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
	inputs, err := c.inputs(e)
	if err != nil {
		return err
	}
	v := &verifier{e: e, c: c}
	defer v.close()
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

func (c *verifyCmd) printJSON(e *env, all []verdict) error {
	for i := range all {
		for j := range len(reasons(all[i])) {
			r := &all[i].Reasons[j]
			r.Message, r.Next = e.p.Reason(*r)
		}
	}
	if len(all) == 1 && c.What[0] != "-" {
		return e.print(all[0])
	}
	return e.print(all)
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

func exitOfAnswer(a registry.Answer, err error) int {
	if a.Status == "" {
		var refusal *registry.Error
		if errors.As(err, &refusal) {
			return exitOf(refusal.Kind, refusal.Code)
		}
		return exitUnknown
	}
	switch a.Verdict {
	case registry.Yes:
		return exitOK
	case registry.No, registry.Replaced:
		return exitNo
	}
	return exitUnknown
}

// verifier holds what the inputs of one command share.
type verifier struct {
	e      *env
	c      *verifyCmd
	local  *app // the registry of the data directory, if there is one
	opened bool
	broken bool // there is one, and it cannot be opened

	ground bool // trust list and bundle were looked for
	list   *trust.VerifiedList
	bundle *trust.VerifiedBundle
	seen   trust.Seen
	fault  error // why there is no trust list
}

func (v *verifier) close() {
	if v.local != nil {
		v.local.close()
	}
}

// registry opens the data directory's own registry, if it has one.
func (v *verifier) registry() *app {
	if v.opened {
		return v.local
	}
	v.opened = true
	if _, err := os.Stat(v.e.cli.KeyDir()); err != nil {
		return nil
	}
	a, err := v.e.open(opening{})
	if err != nil {
		v.broken = true
		v.warn(err)
		return nil
	}
	v.local = a
	return a
}

// answer tells the kinds of input apart and verifies. Only what cannot be an
// input at all is an error.
func (v *verifier) answer(in string) (registry.Answer, error) {
	if info, err := os.Stat(in); err == nil && info.Mode().IsRegular() {
		return v.pdf(in, info.Size())
	}
	if strings.Contains(in, "://") {
		return v.qr(in)
	}
	if strings.ContainsAny(in, "./\\") {
		return registry.Answer{}, registry.Fail(registry.Invalid, "usage.no_file", in)
	}
	code, err := registry.ParseCode(in)
	if err != nil {
		return registry.Answer{}, err
	}
	if v.c.Offline {
		return v.offline(record.Scan{Code: code}), nil
	}
	return v.online(map[string]string{"code": string(code)}, func(ctx context.Context, a *app) (registry.Answer, error) {
		return a.verify.Code(ctx, string(code), "cli")
	})
}

func (v *verifier) qr(text string) (registry.Answer, error) {
	scan, err := record.ParseScan(text)
	if err != nil {
		return registry.Answer{}, err
	}
	if v.c.Offline {
		return v.offline(scan), nil
	}
	return v.online(map[string]string{"qr": text}, func(ctx context.Context, a *app) (registry.Answer, error) { return a.verify.QR(ctx, text) })
}

// maxPDF is the largest file that is looked at, in bytes.
const maxPDF = 5 << 20

// pdf checks the file itself, then what its record says.
func (v *verifier) pdf(path string, size int64) (registry.Answer, error) {
	if size > maxPDF {
		return registry.Answer{}, registry.Fail(registry.TooLarge, string(check.TooLarge), maxPDF>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return registry.Answer{}, err
	}
	root, err := v.root()
	if err != nil {
		return v.cannot("trust.missing"), nil
	}
	signed, err := check.File(b, root)
	if err != nil {
		return refusedFile(v.now(), err), nil
	}
	return v.intact(signed)
}

// intact answers for a file whose every byte is as it was signed: what its QR
// code says decides, and in front of the registry the file must also be the very
// one that was issued.
func (v *verifier) intact(signed *check.Signed) (registry.Answer, error) {
	scan, err := record.ParseScan(signed.Link)
	if err != nil {
		return refusedFile(v.now(), registry.Fail(registry.Invalid, string(check.Structure))), nil
	}
	a, err := v.qr(signed.Link)
	local := v.registry()
	if err != nil || v.c.Offline || local == nil || a.Credential == nil {
		return a, err
	}
	err = local.db.Read(v.e.ctx, func(tx *store.Tx) error {
		c, err := tx.CredentialByCode(v.e.ctx, scan.Code)
		if err == nil && c.PDFSHA256 != hex.EncodeToString(signed.SHA256[:]) {
			a = refusedFile(v.now(), registry.Fail(registry.Invalid, string(check.Altered)))
		}
		return err
	})
	return a, err
}

// refusedFile is the answer for a file that fails the check. A file without a
// signature proves nothing either way; a changed one is altered.
func refusedFile(now time.Time, err error) registry.Answer {
	reason := "pdf.altered"
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		reason = refusal.Code
	}
	a := registry.Answer{CheckedAt: now, Status: registry.StatusAltered, Reasons: []registry.Reason{{Code: reason}},
		Checks: registry.Checks{Signature: registry.Check{Result: registry.CheckNo, Reason: reason}}}
	switch check.Fault(reason) {
	case check.Unsigned, check.NotPDF, check.TooLarge:
		a.Status = registry.StatusCouldNotCheck
		a.Checks.Signature.Result = registry.CheckNotNeeded
	}
	not := registry.Check{Result: registry.CheckNotNeeded}
	a.Checks.Dates, a.Checks.Status, a.Checks.Issuer, a.Checks.Ledger = not, not, not, not
	a.Verdict = a.Status.Verdict()
	return a
}

func (v *verifier) now() time.Time {
	if v.local != nil {
		return v.local.clock.Now().UTC().Truncate(time.Second)
	}
	return time.Now().UTC().Truncate(time.Second)
}

func (v *verifier) cannot(reason string) registry.Answer {
	could := registry.Check{Result: registry.CheckCould, Reason: reason}
	return registry.Answer{Status: registry.StatusCouldNotCheck, Verdict: registry.CannotTell, CheckedAt: v.now(), Reasons: []registry.Reason{{Code: reason}},
		Checks: registry.Checks{Signature: could, Dates: could, Status: could, Issuer: could, Ledger: registry.Check{Result: registry.CheckNotNeeded}}}
}

// online asks the data directory's registry, or the one at PUBLIC_URL.
func (v *verifier) online(body map[string]string, local func(context.Context, *app) (registry.Answer, error)) (registry.Answer, error) {
	if a := v.registry(); a != nil {
		return local(v.e.ctx, a)
	}
	if v.broken {
		return v.cannot("store.unreachable"), nil
	}
	if v.e.cli.PublicURL == "" {
		return registry.Answer{}, registry.Fail(registry.Invalid, "usage.where")
	}
	return v.post(v.e.cli.PublicURL+"/api/v1/verify", body)
}

var client = &http.Client{Timeout: 8 * time.Second}

// post asks a registry over the network; whatever goes wrong there is "could not
// check".
func (v *verifier) post(address string, body map[string]string) (registry.Answer, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return registry.Answer{}, err
	}
	req, err := http.NewRequestWithContext(v.e.ctx, http.MethodPost, address, bytes.NewReader(b))
	if err != nil {
		return registry.Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", string(v.e.p.Lang()))
	res, err := client.Do(req)
	if err != nil {
		return v.cannot("network.unreachable"), nil
	}
	defer func() { _ = res.Body.Close() }()
	var a registry.Answer
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&a); err != nil || a.Status.Verdict() == registry.CannotTell && a.Status != registry.StatusCouldNotCheck {
		return v.cannot("network.unreachable"), nil
	}
	a.Verdict = a.Status.Verdict()
	return a, nil
}

// offline judges from trust list and bundle.
func (v *verifier) offline(scan record.Scan) registry.Answer {
	v.load()
	return trust.Offline(scan, v.list, v.bundle, v.seen, v.now())
}

// load reads trust list and bundle once. Without --trust it is the list that the
// data directory published last; without --bundle there is none: an answer
// without a bundle is never "valid".
func (v *verifier) load() {
	if v.ground {
		return
	}
	v.ground = true
	body, err := v.fetch(v.c.Trust, func(a *app) ([]byte, error) {
		p, err := a.publish.Trust(v.e.ctx)
		return p.Body, err
	})
	if err != nil || body == nil {
		v.fault = err
		return
	}
	root, err := v.rootFor(body)
	if err != nil {
		v.fault = err
		return
	}
	// A list that is out of date, or newer than this clock, comes with its error:
	// Offline knows what to make of it.
	v.list, v.fault = trust.ParseList(body, root, trust.Seen{}, v.now())
	v.warn(v.fault)
	if v.c.Bundle == "" || v.list == nil {
		return
	}
	if body, err = v.fetch(v.c.Bundle, nil); err != nil {
		v.warn(err)
		return
	}
	v.bundle, err = trust.ParseBundle(body, v.list, trust.Seen{}, v.now())
	v.warn(err)
}

func (v *verifier) warn(err error) {
	if err != nil {
		_, _ = fmt.Fprintf(v.e.err, "passmuster: %s\n", v.explain(err))
	}
}

func (v *verifier) explain(err error) string {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		message, fix := v.e.p.Error(refusal)
		return strings.TrimSpace(strings.TrimRight(message, ".。") + ". " + fix)
	}
	return err.Error()
}

// maxDocument is the largest trust list or bundle that is read, in bytes.
const maxDocument = 64 << 20

// fetch reads a document from a file, a URL, or the registry here.
func (v *verifier) fetch(where string, here func(*app) ([]byte, error)) ([]byte, error) {
	if where == "" {
		if a := v.registry(); a != nil && here != nil {
			return here(a)
		}
		return nil, nil
	}
	if u, err := url.Parse(where); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		res, err := client.Get(where)
		if err != nil {
			return nil, registry.Fail(registry.Unavailable, "usage.fetch", u.Host)
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			return nil, registry.Fail(registry.Unavailable, "usage.fetch", u.Host)
		}
		return io.ReadAll(io.LimitReader(res.Body, maxDocument))
	}
	f, err := os.Open(where)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxDocument))
}

// root is the pinned root key: the file that was given, the data directory's
// own, or the one that the given trust list names.
func (v *verifier) root() (*ecdsa.PublicKey, error) {
	if v.c.Root != "" {
		return rootOfFile(v.c.Root)
	}
	if a := v.registry(); a != nil {
		for _, k := range a.ring.Keys(keys.Root) {
			if public, ok := k.Public.(*ecdsa.PublicKey); ok {
				return public, nil
			}
		}
	}
	if v.c.Trust == "" {
		return nil, registry.Fail(registry.Unavailable, "trust.missing")
	}
	body, err := v.fetch(v.c.Trust, nil)
	if err != nil {
		return nil, err
	}
	return v.named(body)
}

func (v *verifier) rootFor(body []byte) (*ecdsa.PublicKey, error) {
	if v.c.Root == "" && v.registry() == nil {
		return v.named(body)
	}
	return v.root()
}

// named takes the root that an unpinned trust list names, and says so: whoever
// gave the list is then the one who is believed.
func (v *verifier) named(body []byte) (*ecdsa.PublicKey, error) {
	root, err := trust.NamedRoot(body)
	if err != nil {
		return nil, err
	}
	print, err := keys.Thumbprint(root)
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(v.e.err, "passmuster: %s\n", v.e.p.T("verify.unpinned", print))
	return root, nil
}

func rootOfFile(path string) (*ecdsa.PublicKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, registry.Fail(registry.Invalid, "usage.root", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, registry.Fail(registry.Invalid, "usage.root", path)
	}
	public, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, registry.Fail(registry.Invalid, "usage.root", path)
	}
	return public, nil
}
