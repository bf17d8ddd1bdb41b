package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/trust"
)

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
	if check.FaultOf(err) == check.Chain { // by somebody else, or by a certificate from outside
		signers, told := v.signers()
		if signed, err = check.File(b, root, signers...); check.FaultOf(err) == check.Chain && !told {
			return v.cannot("pdf.signer_unknown"), nil
		}
	}
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
		if err == nil && !signed.CompromisedAt.IsZero() && a.Verdict == registry.Yes { // a thief signs as well as we do
			return v.cannot("pdf.signer_compromised"), nil
		}
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
