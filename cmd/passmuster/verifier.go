package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
	"github.com/passmuster/passmuster/internal/verify"
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

	unpinned bool // the root is the one that the trust list names
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
	if s := v.e.cli.Settings; s.Database == "" && !here(s.KeyDir()) && !here(filepath.Join(s.Data, "passmuster.db")) {
		return nil // one of them alone is a registry with something missing, which is no answer
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

func here(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// answer tells the kinds of input apart and verifies. Only what cannot be an
// input at all is an error.
func (v *verifier) answer(in string) (registry.Answer, error) {
	if info, err := os.Stat(in); err == nil && info.Mode().IsRegular() {
		return v.file(in, info.Size())
	}
	if verify.IsToken(in) {
		return v.token(in)
	}
	if link := verify.Typed(in, v.origins()...); strings.Contains(link, "://") {
		return v.qr(link)
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

// origins are the addresses of the registry here, or of those on the trust list.
func (v *verifier) origins() []string {
	if v.c.Offline {
		if v.load(); v.list != nil {
			return v.list.Origins
		}
	}
	return []string{v.e.cli.PublicURL}
}

// qr answers for the text of a QR code. Digits that are damaged leave the code,
// and the answer to it.
func (v *verifier) qr(text string) (registry.Answer, error) {
	scan, err := record.ParseScan(text)
	if err != nil && scan.Code == "" {
		return registry.Answer{}, err
	}
	if v.c.Offline {
		return v.offline(scan), nil
	}
	return v.online(map[string]string{"qr": text}, func(ctx context.Context, a *app) (registry.Answer, error) { return a.verify.QR(ctx, text) })
}

func (v *verifier) now() time.Time {
	if a := v.registry(); a != nil { // a demonstration has a time of its own
		return a.clock.Now().UTC().Truncate(time.Second)
	}
	return time.Now().UTC().Truncate(time.Second)
}

func (v *verifier) cannot(reason string) registry.Answer {
	could := registry.Check{Result: registry.CheckCould, Reason: reason}
	return registry.Answer{Status: registry.StatusCouldNotCheck, Verdict: registry.CannotTell, CheckedAt: v.now(), Reasons: []registry.Reason{{Code: reason}},
		Checks: registry.Checks{Signature: could, Dates: could, Status: could, Issuer: could, Ledger: registry.Check{Result: registry.CheckNotNeeded}}}
}

// online asks the data directory's registry, or the one at PUBLIC_URL.
func (v *verifier) online(body any, local func(context.Context, *app) (registry.Answer, error)) (registry.Answer, error) {
	if a := v.registry(); a != nil {
		return local(v.e.ctx, a)
	}
	if v.broken {
		return v.cannot("store.unreachable"), nil
	}
	if v.e.cli.PublicURL == "" {
		return registry.Answer{}, registry.Fail(registry.Invalid, "usage.where")
	}
	b, err := json.Marshal(body)
	if err != nil {
		return registry.Answer{}, err
	}
	return v.post("/api/v1/verify", "application/json", bytes.NewReader(b))
}

var client = &http.Client{Timeout: 8 * time.Second}

// post asks the registry at PUBLIC_URL; whatever goes wrong there is "could not
// check".
func (v *verifier) post(path, media string, body io.Reader) (registry.Answer, error) {
	req, err := http.NewRequestWithContext(v.e.ctx, http.MethodPost, v.e.cli.PublicURL+path, body)
	if err != nil {
		return registry.Answer{}, err
	}
	req.Header.Set("Content-Type", media)
	req.Header.Set("Accept-Language", string(v.e.p.Lang()))
	res, err := client.Do(req)
	if err != nil {
		return v.cannot("network.unreachable"), nil
	}
	defer func() { _ = res.Body.Close() }()
	var a struct {
		registry.Answer
		Code string `json:"code"` // of a problem
	}
	err = json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&a)
	if a.Code != "" && v.e.p.Has("reason."+a.Code) { // whatever else is in a problem: its status is a number
		return v.cannot(a.Code), nil
	}
	if err != nil || a.Code != "" || a.Status.Verdict() == registry.CannotTell && a.Status != registry.StatusCouldNotCheck {
		return v.cannot("network.unreachable"), nil
	}
	a.Verdict = a.Status.Verdict()
	return a.Answer, nil
}
