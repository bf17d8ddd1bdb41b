// Package mint makes the three signed forms of a credential from its snapshot:
// the record in the QR code, the VC-JWT and the certificate. It promises that
// one snapshot has one set of bytes, whether they are signed or rebuilt from
// stored signatures, alone or in a run of a million; and that in such a run
// what the certificates of a class have in common is prepared once.
package mint

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/ecsig"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// Keys sign. The record key is P-256, and that which the snapshot names; the
// document key is that of the template's chain.
type Keys struct {
	KID      string  // of the record key
	COSEKID  [4]byte // its short name
	Record   crypto.Signer
	Document crypto.Signer
}

// Signed is a credential in its three forms.
type Signed struct {
	RecordSig [ecsig.Size]byte // to be stored, as the next two
	JWTSig    [ecsig.Size]byte
	File      certificate.File // File.Signature is stored

	QR    string // text of the code
	Token []byte // VC-JWT

	recordDigest, jwtDigest, fileDigest [sha256.Size]byte
}

// Signatures are what is stored of a credential.
type Signatures struct{ Record, JWT, PDF []byte }

// Mint remembers what classes have in common. Its zero value is ready. Safe for
// concurrent use.
type Mint struct {
	mu      sync.Mutex
	classes map[key]*class
	desks   sync.Pool
}

// key finds a class; whether it is the very same, Shares decides.
type key struct {
	template                         *certificate.Template
	kid, class, base, course         string
	completedOn, issuedOn, validTill registry.Date
}

// class is what its certificates share.
type class struct {
	shared  registry.Snapshot
	kid     string
	sheet   *certificate.Sheet
	stencil [2]atomic.Pointer[badge.Stencil] // without and with a name in Latin letters
}

// maxClasses is how many a mint remembers: a run issues class by class.
const maxClasses = 128

// desk is memory to work in.
type desk struct {
	record record.Work
	claims record.Claims
	qr     []byte
	input  []byte
	small  []byte
}

// Sign makes the three forms. It does not check the signatures: what is to be
// stored is verified once, see Verify.
func (m *Mint) Sign(t *certificate.Template, s *registry.Snapshot, k Keys) (*Signed, error) {
	out := &Signed{}
	return out, m.SignTo(out, t, s, k)
}

// SignTo is Sign over the memory of an earlier one.
func (m *Mint) SignTo(out *Signed, t *certificate.Template, s *registry.Snapshot, k Keys) error {
	if s.RecordKey != k.KID {
		return fmt.Errorf("sign %s: snapshot names key %s, not %s", s.Number, s.RecordKey, k.KID)
	}
	c, err := m.class(t, s, k.KID)
	if err != nil {
		return err
	}
	d := m.desk()
	defer m.desks.Put(d)
	d.claims = record.FromSnapshot(*s)
	message, err := d.record.Sign(&d.claims, s.Code, k.COSEKID, k.Record, &out.recordDigest, &out.RecordSig)
	if err != nil {
		return err
	}
	d.qr = record.AppendURL(d.qr[:0], s.Origin, s.Code, message)
	out.QR = string(d.qr)
	stencil, err := c.stencilFor(s)
	if err != nil {
		return err
	}
	d.input, d.small = stencil.AppendInput(d.input[:0], d.small, s)
	if d.input, err = badge.SignInput(d.input, &out.jwtDigest, &out.JWTSig, k.Record); err != nil {
		return fmt.Errorf("sign %s: %w", s.Number, err)
	}
	out.Token = append(out.Token[:0], d.input...)
	return c.sheet.Sign(&out.File, &out.fileDigest, s, out.QR, out.Token, k.Document)
}

// Verify checks the three signatures that Sign made: a faulty signer must not
// issue.
func (m *Mint) Verify(t *certificate.Template, out *Signed, public *ecdsa.PublicKey) error {
	if !ecsig.Verify(public, out.recordDigest[:], out.RecordSig[:]) {
		return errors.New("own record: the signature does not verify")
	}
	if !ecsig.Verify(public, out.jwtDigest[:], out.JWTSig[:]) {
		return errors.New("own token: the signature does not verify")
	}
	return t.Verify(out.fileDigest, out.File.Signature)
}

// Rebuild makes the three forms again from the stored signatures, without any
// private key. It fails where the document's signature does not fit.
func (m *Mint) Rebuild(t *certificate.Template, s *registry.Snapshot, coseKID [4]byte, sigs Signatures) (*Signed, error) {
	c, err := m.class(t, s, s.RecordKey)
	if err != nil {
		return nil, err
	}
	if len(sigs.Record) != ecsig.Size || len(sigs.JWT) != ecsig.Size {
		return nil, fmt.Errorf("rebuild %s: signatures of %d and %d bytes", s.Number, len(sigs.Record), len(sigs.JWT))
	}
	out := &Signed{RecordSig: [ecsig.Size]byte(sigs.Record), JWTSig: [ecsig.Size]byte(sigs.JWT)}
	message, err := record.Rebuild(record.FromSnapshot(*s), coseKID, sigs.Record)
	if err != nil {
		return nil, err
	}
	out.QR = record.URL(s.Origin, s.Code, message)
	stencil, err := c.stencilFor(s)
	if err != nil {
		return nil, err
	}
	input, _ := stencil.AppendInput(nil, nil, s)
	out.Token = badge.AppendSignature(input, sigs.JWT)
	return out, c.sheet.Rebuild(&out.File, s, out.QR, out.Token, sigs.PDF)
}

// Check refuses what the paper or the record cannot hold, before anything is
// signed.
func (m *Mint) Check(t *certificate.Template, s *registry.Snapshot) error {
	qr, err := record.LongestURL(record.FromSnapshot(*s), s.Origin, s.Code)
	if err != nil {
		return err
	}
	c, err := m.class(t, s, s.RecordKey)
	if err != nil {
		return err
	}
	return c.sheet.Check(s, qr)
}

func (m *Mint) desk() *desk {
	if d, ok := m.desks.Get().(*desk); ok {
		return d
	}
	return &desk{}
}

// class finds or prepares what the snapshot shares with others.
func (m *Mint) class(t *certificate.Template, s *registry.Snapshot, kid string) (*class, error) {
	k := key{t, kid, s.Class.Code, s.Base.Code, s.Course.Code, s.CompletedOn, s.IssuedOn, s.ValidUntil}
	m.mu.Lock()
	c := m.classes[k]
	m.mu.Unlock()
	if c != nil && c.shared.Shares(s) {
		return c, nil
	}
	c = &class{shared: *s, kid: kid}
	var err error
	if c.sheet, err = t.Sheet(s); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.classes == nil || len(m.classes) >= maxClasses {
		m.classes = make(map[key]*class, maxClasses)
	}
	m.classes[k] = c
	return c, nil
}

// stencilFor makes a stencil when it is first asked for; two at a time make the
// same.
func (c *class) stencilFor(s *registry.Snapshot) (*badge.Stencil, error) {
	latin := badge.Latin(s)
	kept := &c.stencil[0]
	if latin {
		kept = &c.stencil[1]
	}
	if t := kept.Load(); t != nil {
		return t, nil
	}
	t, err := badge.NewStencil(&c.shared, c.kid, latin)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", s.Number, err)
	}
	kept.Store(t)
	return t, nil
}
