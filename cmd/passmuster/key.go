package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
)

type keyCmd struct {
	List        keyListCmd        `cmd:"" help:"List the keys; no secret is shown."`
	Backup      keyBackupCmd      `cmd:"" help:"Seal all keys into one file under a passphrase."`
	Restore     keyRestoreCmd     `cmd:"" help:"Put the keys of a backup into the data directory."`
	Rotate      keyRotateCmd      `cmd:"" help:"Replace a key; what the old one signed stays good."`
	Import      keyImportCmd      `cmd:"" help:"Sign PDFs with a certificate of a public CA (PEM or PKCS #12)."`
	Compromised keyCompromisedCmd `cmd:"" help:"Declare that somebody else had a key."`
}

type keyListCmd struct{}

// Run lists the keys.
func (keyListCmd) Run(e *env) error {
	ring, err := keys.Open(e.cli.KeyDir(), e.passphrase)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(ring.List())
	}
	for _, k := range ring.List() {
		until := "–"
		if !k.SignUntil.IsZero() {
			until = k.SignUntil.Format(time.DateOnly)
		}
		e.say("%-10s %-8s %-12s %-11s signs %s to %s  %s", k.Use, k.Issuer, k.Alg, k.Status(time.Now()), k.SignFrom.Format(time.DateOnly), until, k.KID)
		if k.External() {
			e.say("           %s", e.p.T("keyfile.listed", k.Certificate.Subject.String(), k.Certificate.Issuer.String(), k.Certificate.NotAfter.UTC().Format(time.DateOnly)))
		}
	}
	e.warnOfEnd(ring.List(), time.Now())
	return nil
}

// warnOfEnd says that the certificate from outside ends soon, or has ended and
// left nobody to sign: nothing renews it here.
func (e *env) warnOfEnd(list []keys.Key, now time.Time) {
	var last keys.Key
	for _, k := range list {
		if k.Use == keys.PDFSigner && !k.SignFrom.Before(last.SignFrom) {
			last = k
		}
	}
	r := endsSoon(last.SignUntil, now)
	switch {
	case last.External() && last.Status(now) == keys.Ended:
		r = registry.Reason{Code: "keyfile.ended", Args: []any{last.SignUntil.UTC().Format(time.DateOnly)}}
	case !last.EndsSoon(now):
		return
	}
	message, next := e.p.Reason(r)
	_, _ = fmt.Fprintf(e.err, "passmuster: %s\n  %s\n", message, next)
}

type keyBackupCmd struct {
	File string `arg:"" help:"File to write; it must not exist." type:"path"`
}

// Run seals all keys. The passphrase is asked for, or comes from the environment.
func (c *keyBackupCmd) Run(e *env) error {
	ring, err := keys.Open(e.cli.KeyDir(), e.passphrase)
	if err != nil {
		return err
	}
	p, err := e.backupPassphrase()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := errors.Join(ring.Backup(f, p), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	e.say("%s", c.File)
	return nil
}

func (e *env) backupPassphrase() (string, error) {
	p := e.getenv("PASSMUSTER_BACKUP_PASSPHRASE")
	var err error
	if p == "" {
		p, err = e.ask("Passphrase of the backup: ")
	}
	if err == nil && len(p) < 12 {
		err = registry.Fail(registry.Invalid, "usage.passphrase", 12)
	}
	return p, err
}

type keyRestoreCmd struct {
	File string `arg:"" help:"Backup file." type:"existingfile"`
}

// Run restores keys into a data directory that has none.
func (c *keyRestoreCmd) Run(e *env) error {
	p, err := e.backupPassphrase()
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := os.MkdirAll(e.cli.Data, 0o700); err != nil {
		return err
	}
	return keys.RestoreBackup(e.cli.KeyDir(), f, p)
}

type keyRotateCmd struct {
	Use    string `arg:"" help:"publisher, record, token, pdf_signer or pdf_ca. A new pdf_signer is certified by the registry itself; --document-key says of which kind."`
	Issuer string `help:"Organization code, for a record key."`
}

// Run replaces a key.
func (c *keyRotateCmd) Run(e *env) error {
	ring, err := keys.Open(e.cli.KeyDir(), e.passphrase)
	if err != nil {
		return err
	}
	if use := keys.Use(c.Use); e.cli.DocumentKey != "" && (use == keys.PDFSigner || use == keys.PDFCA) {
		if err := ring.SetDocumentKey(e.cli.DocumentRSA()); err != nil {
			return err
		}
	}
	k, err := ring.Rotate(keys.Use(c.Use), c.Issuer, time.Now().UTC())
	if err != nil {
		return err
	}
	e.say("%s %s %s signs from %s", k.Use, k.Alg, k.KID, k.SignFrom.Format(time.RFC3339))
	return nil
}

type keyCompromisedCmd struct {
	KID string `arg:"" name:"kid" help:"Key id, as key list prints it."`
	At  string `help:"Since when somebody else had it (RFC 3339); default: now."`
}

// Run marks a key as compromised: certificates signed by it are shown as not
// checkable by signature, the registry's own answer stays.
func (c *keyCompromisedCmd) Run(e *env) error {
	ring, err := keys.Open(e.cli.KeyDir(), e.passphrase)
	if err != nil {
		return err
	}
	at := time.Now().UTC()
	if c.At != "" {
		if at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return registry.FailField(registry.Invalid, "at", "usage.time", c.At)
		}
	}
	return ring.MarkCompromised(c.KID, at)
}
