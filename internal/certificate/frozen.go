package certificate

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/pdf/cms"
)

// frozen is a template as it is stored: nothing of it depends on the designs
// of the program that reads it. Fonts are named by their hash, and a program
// keeps every font that it ever had.
type frozen struct {
	Version int             `json:"v"`    // 1
	Form    json.RawMessage `json:"form"` // byte for byte: its hash stands in the prefix
	Base    json.RawMessage `json:"base"`
	Chain   [][]byte        `json:"chain"` // DER, leaf first
}

const frozenVersion = 1

// Frozen returns the template in a form to be stored for ever.
func (t *Template) Frozen() ([]byte, error) {
	base, err := json.Marshal(t.base)
	if err != nil {
		return nil, fmt.Errorf("freeze template %s: %w", t.form.ID, err)
	}
	f := frozen{Version: frozenVersion, Form: t.stored, Base: base}
	for _, c := range t.chain {
		f.Chain = append(f.Chain, c.Raw)
	}
	out, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("freeze template %s: %w", t.form.ID, err)
	}
	return out, nil
}

// Thaw makes a stored template usable again; it builds the same bytes as when
// it was frozen, whatever the program's designs look like now.
func (p *Press) Thaw(stored []byte) (*Template, error) {
	var f frozen
	if err := json.Unmarshal(stored, &f); err != nil {
		return nil, fmt.Errorf("thaw template: %w", err)
	}
	if f.Version != frozenVersion {
		return nil, fmt.Errorf("thaw template: version %d is unknown", f.Version)
	}
	t := &Template{stored: f.Form}
	if err := json.Unmarshal(f.Form, &t.form); err != nil {
		return nil, fmt.Errorf("thaw template: read form: %w", err)
	}
	t.sort()
	var err error
	if t.base, err = pdf.Load(f.Base, p.fonts); err != nil {
		return nil, fmt.Errorf("thaw template %s: %w", t.form.ID, err)
	}
	if want := fmt.Sprintf("form %x\n", sha256.Sum256(f.Form)); !strings.Contains(string(t.base.Prefix[:min(400, len(t.base.Prefix))]), want) {
		return nil, fmt.Errorf("thaw template %s: form and prefix do not belong together", t.form.ID)
	}
	for _, der := range f.Chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("thaw template %s: read chain: %w", t.form.ID, err)
		}
		t.chain = append(t.chain, c)
	}
	if len(t.chain) > 0 {
		if t.sealer, err = cms.New(t.chain); err != nil {
			return nil, fmt.Errorf("thaw template %s: use chain: %w", t.form.ID, err)
		}
	}
	t.key = fingerprint(t.chain)
	return t, nil
}
