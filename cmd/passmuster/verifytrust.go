package main

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
)

// offline judges from trust list and bundle.
func (v *verifier) offline(scan record.Scan) registry.Answer {
	v.load()
	return v.grounded(trust.Offline(scan, v.list, v.bundle, v.seen, v.now()))
}

// grounded lets an answer through that rests on a pinned root. Anybody can make a
// list that names a root of his own, so of what rests on that nothing is known.
func (v *verifier) grounded(a registry.Answer) registry.Answer {
	if v.unpinned {
		return v.cannot("root.unpinned")
	}
	return a
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
	if err == nil && trust.IsBundle(body) {
		err = registry.Fail(registry.Invalid, "usage.is_bundle")
	}
	if err != nil || body == nil {
		v.warn(err)
		v.fault = err
		return
	}
	root, err := v.rootFor(body)
	if err != nil {
		v.warn(err)
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
	if _, err := trust.NamedRoot(body); err == nil {
		v.warn(registry.Fail(registry.Invalid, "usage.is_list"))
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
	if u := address(where); u != nil {
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

// address is where a document is fetched from, nil where it is a file.
func address(where string) *url.URL {
	if u, err := url.Parse(where); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		return u
	}
	return nil
}

// grounds refuses options that name no file, or no certificate: without that the
// answer would be "could not check" for a slip of the pen.
func (c *verifyCmd) grounds() error {
	for _, where := range []string{c.Trust, c.Bundle} {
		if where == "" || address(where) != nil {
			continue
		}
		if info, err := os.Stat(where); err != nil || info.IsDir() {
			return registry.Fail(registry.Invalid, "usage.no_ground", where)
		}
	}
	if c.Root == "" {
		return nil
	}
	_, err := rootOfFile(c.Root)
	return err
}

// signers are those that sign PDFs under a CA of somebody else, as the trust list
// or the registry here names them.
func (v *verifier) signers() (list []check.Signer) {
	if a := v.registry(); a != nil && v.c.Trust == "" {
		for _, o := range a.ring.Outsides() {
			list = append(list, check.Signer{Chain: keys.ChainSum(o.Chain), CompromisedAt: o.CompromisedAt})
		}
		return list
	}
	v.load()
	if v.list == nil {
		return nil
	}
	for _, s := range v.list.Signers {
		list = append(list, check.Signer{Chain: s.Chain, CompromisedAt: s.CompromisedAt})
	}
	return list
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

// named takes the root that an unpinned trust list names, to read the list by, and
// says so: whoever made the list is then the one who is believed.
func (v *verifier) named(body []byte) (*ecdsa.PublicKey, error) {
	root, err := trust.NamedRoot(body)
	if err != nil {
		return nil, err
	}
	print, err := keys.Thumbprint(root)
	if err != nil {
		return nil, err
	}
	if !v.unpinned { // once is enough
		_, _ = fmt.Fprintf(v.e.err, "passmuster: %s\n", v.e.p.T("verify.unpinned", print))
	}
	v.unpinned = true
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
