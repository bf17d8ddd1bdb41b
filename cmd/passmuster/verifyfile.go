package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime/multipart"
	"os"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
	"github.com/passmuster/passmuster/internal/verify"
)

// file tells the kinds of files apart: a certificate, and the text of a
// credential or of a receipt.
func (v *verifier) file(path string, size int64) (registry.Answer, error) {
	if size > check.MaxFile {
		return registry.Answer{}, registry.Fail(registry.TooLarge, string(check.TooLarge), check.MaxFile>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return registry.Answer{}, err
	}
	switch text := strings.TrimSpace(string(b)); {
	case verify.IsToken(text):
		return v.token(text)
	case isCredential(text):
		return v.credential([]byte(text))
	}
	return v.pdf(b)
}

// isCredential takes JSON for a credential.
func isCredential(text string) bool { return strings.HasPrefix(text, "{") && json.Valid([]byte(text)) }

// isQuestion reports whether an input is something that the registry alone is asked
// about: whatever is no certificate's file.
func isQuestion(in string) bool {
	info, err := os.Stat(in)
	if err != nil || !info.Mode().IsRegular() {
		return !strings.HasSuffix(strings.ToLower(in), ".pdf") // a file that is not there is told as that
	}
	if info.Size() > check.MaxFile {
		return false
	}
	b, err := os.ReadFile(in)
	text := strings.TrimSpace(string(b))
	return err == nil && (verify.IsToken(text) || isCredential(text))
}

// pdf checks a certificate: without a network by trust list and bundle; else by
// the registry, which alone knows its own files. A root or a trust list that was
// given is held against the file before anybody is asked.
func (v *verifier) pdf(b []byte) (registry.Answer, error) {
	if v.c.Offline {
		v.load()
		return v.grounded(trust.OfflineFile(b, v.list, v.bundle, v.seen, v.now())), nil
	}
	var mine *registry.Check
	if v.c.Root != "" || v.c.Trust != "" {
		if refused := v.pinned(b); refused != nil {
			if refused.Verdict != registry.CannotTell {
				return v.grounded(*refused), nil
			}
			return *refused, nil
		}
		if now := v.now(); !v.unpinned {
			mine = &registry.Check{Result: registry.CheckYes, AsOf: &now}
		}
	}
	a, err := v.asked(b)
	if mine != nil && a.Status == registry.StatusCouldNotCheck && a.Checks.Signature.Result == registry.CheckCould {
		a.Checks.Signature = *mine // known from here, whoever did not answer
	}
	return a, err
}

// asked has the registry of the data directory, or the one at PUBLIC_URL, judge
// the file.
func (v *verifier) asked(b []byte) (registry.Answer, error) {
	if a := v.registry(); a != nil {
		answer, err := a.verify.File(v.e.ctx, b)
		var refusal *registry.Error
		if errors.As(err, &refusal) {
			return v.cannot(refusal.Code), nil
		}
		return answer, err
	}
	if v.broken {
		return v.cannot("store.unreachable"), nil
	}
	if v.e.cli.PublicURL == "" {
		return registry.Answer{}, registry.Fail(registry.Invalid, "usage.where")
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "certificate.pdf") // whatever its name is here
	if err == nil {
		_, err = part.Write(b)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		return registry.Answer{}, err
	}
	return v.post("/api/v1/verify/file", form.FormDataContentType(), &body)
}

// pinned is the answer for a file that the given root does not stand for, nil for
// one that it does. By whom a file was signed that it does not, is not known here.
func (v *verifier) pinned(b []byte) *registry.Answer {
	answer := func(reason string) *registry.Answer {
		a := v.cannot(reason)
		return &a
	}
	root, err := v.root()
	if err != nil {
		return answer("trust.missing")
	}
	_, err = check.File(b, root, v.signers()...)
	switch fault := check.FaultOf(err); fault {
	case "":
		if err != nil {
			return answer(string(check.NotPDF))
		}
		return nil
	case check.Chain:
		return answer("pdf.signer_unknown")
	case check.Altered, check.Appended:
		a := v.cannot(string(fault))
		a.Reasons = nil
		a = a.Altered(string(fault))
		return &a
	default:
		return answer(string(fault))
	}
}

// token verifies the text of a receipt or of a credential. What cannot be read
// could not be checked.
func (v *verifier) token(text string) (registry.Answer, error) {
	a, err := v.askToken(text)
	var refusal *registry.Error
	if errors.As(err, &refusal) && v.e.p.Has("reason."+refusal.Code) {
		return v.cannot(refusal.Code), nil
	}
	return a, err
}

func (v *verifier) askToken(text string) (registry.Answer, error) {
	if verify.IsReceipt(text) {
		if v.c.Offline {
			return v.cannot("receipt.offline"), nil
		}
		return v.online(map[string]string{"receipt": text}, func(ctx context.Context, a *app) (registry.Answer, error) { return a.verify.CheckReceipt(ctx, text) })
	}
	if v.c.Offline {
		v.load()
		return v.grounded(trust.OfflineCredential(text, v.list, v.bundle, v.seen, v.now())), nil
	}
	return v.online(map[string]string{"credential": text}, func(ctx context.Context, a *app) (registry.Answer, error) { return a.verify.Token(ctx, text) })
}

// credential compares a credential as JSON, without a signature, with the
// registry's own record.
func (v *verifier) credential(text []byte) (registry.Answer, error) {
	if v.c.Offline {
		return v.cannot("badge.unsigned"), nil
	}
	return v.online(map[string]json.RawMessage{"credential": text}, func(ctx context.Context, a *app) (registry.Answer, error) { return a.verify.Unsigned(ctx, text) })
}
