package keys

import (
	"crypto"
	"os"
	"strings"
	"time"
)

// Options say how a new set of keys is made.
type Options struct {
	Now          time.Time
	Passphrase   string // empty: private files are plain, mode 0600
	Organization string // stands in the certificates
	PublicURL    string // origin; the CRL is at PublicURL/pki/issuer.crl
	DocumentRSA  bool   // sign documents with RSA-2048 in place of P-256
	Demo         bool   // for a demonstration: never signs real data

	work int // scrypt rounds as a power of two, 0: scryptWork
}

// Init makes the keys of a new registry in dir and opens them. It refuses a
// directory that holds anything ("keys.exists") and a short passphrase
// ("keys.passphrase_short"). Either the whole set exists afterwards or nothing.
func Init(dir string, o Options) (*Ring, error) {
	if o.work == 0 {
		o.work = scryptWork
	}
	r := &Ring{dir: dir, work: o.work, generate: generate, rename: os.Rename}
	err := publish(dir, func(tmp string) (err error) {
		if r.box, err = seal(tmp, o.Passphrase, o.work); err != nil {
			return err
		}
		return r.first(tmp, o)
	})
	if err != nil {
		return nil, err
	}
	r.state, err = load(dir, r.box, nil)
	return r, err
}

// seal starts a directory whose private files are under a passphrase.
func seal(dir, passphrase string, work int) (*box, error) {
	if passphrase == "" {
		return nil, nil
	}
	b, sealed, err := newBox(passphrase, work)
	if err != nil {
		return nil, err
	}
	return b, writeFile(dir, sealFile, sealed, os.Rename)
}

// first makes the keys that every registry has. Record keys come with the
// issuers.
func (r *Ring) first(tmp string, o Options) error {
	c := &change{secrets: map[string]crypto.Signer{}, files: map[string][]byte{}, generate: r.generate,
		meta: metadata{Format: plainFormat, Demo: o.Demo, Sealed: r.box != nil, DocumentAlg: ES256,
			Organization: strings.TrimSpace(o.Organization), PublicURL: trimURL(o.PublicURL)}}
	if o.DocumentRSA {
		c.meta.DocumentAlg = RS256
	}
	now := o.Now.UTC().Truncate(time.Second)
	for _, use := range []Use{Root, PDFCA, PDFSigner, Publisher, Token} {
		if _, err := c.add(use, "", now); err != nil {
			return err
		}
	}
	if err := c.addIDKey(now); err != nil {
		return err
	}
	return c.save(tmp, r.box, r.rename)
}

func trimURL(s string) string { return strings.TrimRight(strings.TrimSpace(s), "/") }
