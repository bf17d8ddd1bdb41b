package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/keys/keyfile"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

type keyImportCmd struct {
	File       string `arg:"" help:"Private key with its certificate: PEM, or PKCS #12 (.p12, .pfx)." type:"existingfile"`
	Chain      string `help:"Certificates of the issuers, where FILE lacks them: PEM, any order." type:"existingfile" placeholder:"FILE"`
	Passphrase string `name:"passphrase-file" help:"File that holds the passphrase of FILE; or set PASSMUSTER_IMPORT_PASSPHRASE. Else it is asked for." type:"existingfile" placeholder:"FILE"`
	DryRun     bool   `help:"Check everything, change nothing."`
}

// openingTime bounds how long a key file may take to open.
const openingTime = time.Minute

// Run makes a certificate from a public CA the signer of documents.
func (c *keyImportCmd) Run(e *env) error {
	ring, a, err := e.keyring()
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	if a != nil {
		defer a.close()
		now = a.clock.Now().UTC()
	}
	candidate, err := c.candidate(e, now)
	if err != nil {
		return err
	}
	doc := importedOf(candidate, now, c.DryRun)
	if c.DryRun {
		if err := ring.Admits(candidate, now); err != nil {
			return err
		}
		return doc.show(e)
	}
	k, err := ring.Import(candidate, now)
	if err != nil {
		return err
	}
	doc.KID = k.KID
	if err := c.record(e, a, candidate, k); err != nil {
		return err
	}
	return doc.show(e)
}

// keyring opens the keys, with the registry if its records are here too: the
// machine of an offline root has none.
func (e *env) keyring() (*keys.Ring, *app, error) {
	if present(e.cli.Settings, opening{}) != nil {
		ring, err := keys.Open(e.cli.KeyDir(), e.passphrase)
		return ring, nil, err
	}
	a, err := e.open(opening{})
	if err != nil {
		return nil, nil, err
	}
	return a.ring, a, nil
}

// candidate reads key and certificates and has them judged.
func (c *keyImportCmd) candidate(e *env, now time.Time) (*keys.Candidate, error) {
	b, err := bounded(c.File)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(e.ctx, openingTime)
	defer cancel()
	content, err := keyfile.Read(ctx, b, func() (string, error) { return c.secret(e) })
	if err != nil {
		return nil, err
	}
	if c.Chain != "" {
		if b, err = bounded(c.Chain); err != nil {
			return nil, err
		}
		issuers, err := keyfile.ReadCertificates(b)
		if err != nil {
			return nil, err
		}
		content.Certificates = append(content.Certificates, issuers...)
	}
	return keys.Fit(content.Key, content.Certificates, now)
}

// bounded reads a file as far as a key file can reach, so that a wrong name
// does not fill the memory.
func bounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, keyfile.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	return b, nil
}

func (c *keyImportCmd) secret(e *env) (string, error) {
	if c.Passphrase != "" {
		b, err := bounded(c.Passphrase)
		return strings.TrimRight(string(b), "\r\n"), err
	}
	if p := e.getenv("PASSMUSTER_IMPORT_PASSPHRASE"); p != "" {
		return p, nil
	}
	return e.ask("Passphrase of " + filepath.Base(c.File) + ": ")
}

// record writes the act into the audit trail and publishes a trust list that
// knows the signer, before anything is signed with it.
func (c *keyImportCmd) record(e *env, a *app, in *keys.Candidate, k keys.Key) error {
	if a == nil {
		return nil
	}
	act := store.Act{Actor: access.System.Account, Action: "key.import", ObjectType: "key", At: a.clock.Now().UTC(), Detail: map[string]string{
		"kid": k.KID, "certificate_sha256": in.SHA256(), "chain": keys.ChainHash(in.Chain), "until": in.Until.Format(time.RFC3339)}}
	err := a.db.Tx(e.ctx, func(tx *store.Tx) error { return tx.Audit(e.ctx, act) })
	return errors.Join(err, a.publish.Refresh(e.ctx))
}

// imported is what the command prints.
type imported struct {
	DryRun   bool              `json:"dry_run"`
	KID      string            `json:"kid,omitempty"`
	Alg      string            `json:"alg"`
	Until    time.Time         `json:"sign_until"`
	Chain    []certificateDoc  `json:"chain"`
	Warnings []registry.Reason `json:"warnings"`
}

type certificateDoc struct {
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	NotAfter time.Time `json:"not_after"`
	SHA256   string    `json:"sha256"`
}

func importedOf(in *keys.Candidate, now time.Time, dry bool) imported {
	doc := imported{DryRun: dry, Alg: in.Alg, Until: in.Until, Warnings: []registry.Reason{}}
	for _, c := range in.Chain {
		doc.Chain = append(doc.Chain, certificateOf(c))
	}
	if in.EndsSoon(now) {
		doc.Warnings = append(doc.Warnings, endsSoon(in.Until, now))
	}
	if in.Left > 0 {
		doc.Warnings = append(doc.Warnings, registry.Reason{Code: "keyfile.left", Args: []any{in.Left}})
	}
	if top := in.Chain[len(in.Chain)-1]; top.Subject.String() != top.Issuer.String() {
		doc.Warnings = append(doc.Warnings, registry.Reason{Code: "keyfile.no_root", Args: []any{top.Issuer.String()}})
	}
	return doc
}

func certificateOf(c *x509.Certificate) certificateDoc {
	sum := sha256.Sum256(c.Raw)
	return certificateDoc{c.Subject.String(), c.Issuer.String(), c.NotAfter.UTC(), hex.EncodeToString(sum[:])}
}

func endsSoon(until, now time.Time) registry.Reason {
	return registry.Reason{Code: "keyfile.ends_soon", Args: []any{until.UTC().Format(time.DateOnly), int(until.Sub(now) / (24 * time.Hour))}}
}

func (d imported) show(e *env) error {
	for i := range d.Warnings {
		d.Warnings[i].Message, d.Warnings[i].Next = e.p.Reason(d.Warnings[i])
	}
	if e.cli.JSON {
		return e.print(d)
	}
	said := "keyfile.imported"
	if d.DryRun {
		said = "keyfile.would"
	}
	e.say("%s", e.p.T(said, d.Chain[0].Subject, d.Until.Format(time.DateOnly)))
	for i, c := range d.Chain {
		e.say("  %d  %s  (%s)  SHA-256 %s", i+1, c.Subject, c.NotAfter.Format(time.DateOnly), c.SHA256)
	}
	if !d.DryRun {
		e.say("  pdf_signer %s  %s", d.Alg, d.KID)
		e.say("%s", e.p.T("keyfile.backup"))
	}
	for _, w := range d.Warnings {
		_, _ = fmt.Fprintf(e.err, "passmuster: %s\n  %s\n", w.Message, w.Next)
	}
	return nil
}
