// Package certificate turns a credential's snapshot into a signed PDF: one
// page that hangs on a wall, is read by a machine and shows every change made
// to it. The same snapshot, QR text, attachment and signature give the same
// bytes for ever: Rebuild needs neither the private key nor a stored file.
package certificate

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/pdf/cms"
)

// Press holds fonts, signing chain and compiled designs. Safe for concurrent use.
type Press struct {
	fonts  []*pdf.Font
	chain  []*x509.Certificate
	sealer *cms.Sealer

	mu        sync.Mutex
	templates map[string]*Template
}

// NewPress makes a press that signs for the first certificate of the chain;
// the others are its issuers, and travel in each file. A chain of none makes
// a press that can only check and thaw.
func NewPress(chain []*x509.Certificate) (*Press, error) {
	fonts, err := openFonts()
	if err != nil {
		return nil, err
	}
	p := &Press{fonts: fonts, chain: chain, templates: map[string]*Template{}}
	if len(chain) > 0 {
		if p.sealer, err = cms.New(chain); err != nil {
			return nil, fmt.Errorf("use signing chain: %w", err)
		}
	}
	return p, nil
}

// Template is one compiled design. Safe for concurrent use.
type Template struct {
	base   *pdf.Base
	form   form
	stored []byte // the form as it was stored
	chain  []*x509.Certificate
	sealer *cms.Sealer // nil without a chain
	key    string      // first digits of the signing certificate's SHA-256
	cards  []cardPart  // of a sheet of cards

	drawings sync.Pool // memory of sheets
	settings settings
	live     []bool // by flow, see sort
	open     []bool
}

// fingerprint shortens the SHA-256 of the signing certificate for paper.
func fingerprint(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "–"
	}
	sum := sha256.Sum256(chain[0].Raw)
	h := strings.ToUpper(hex.EncodeToString(sum[:4]))
	return h[:4] + " " + h[4:]
}

// ID names the design: "competence-1-zh-en".
func (t *Template) ID() string { return t.form.ID }

// Prefix is the constant first part of every file, read only.
func (t *Template) Prefix() []byte { return t.base.Prefix }

// PrefixSHA256 is its hash, in hex. It covers art, fonts, wording and layout,
// so what is frozen under this hash never changes; the chain is not in it.
func (t *Template) PrefixSHA256() string { return t.base.PrefixSHA256() }

// ChainSHA256 is the hash, in hex, of the signing certificate and its issuers,
// DER, leaf first. Frozen templates are kept by both hashes.
func (t *Template) ChainSHA256() string {
	h := sha256.New()
	for _, c := range t.chain {
		h.Write(c.Raw)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Uncovered returns the characters of s that cannot be printed, each once: no
// font draws them, or their script needs shaping that is not done.
func (p *Press) Uncovered(s string) (missing []rune) {
	for _, r := range s {
		if (!printable(r) || len(pdf.Missing(p.fonts, everyFont, string(r))) > 0) && !slices.Contains(missing, r) {
			missing = append(missing, r)
		}
	}
	return missing
}
