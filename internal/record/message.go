package record

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
)

// MaxSize is the longest record that Parse reads, in bytes. Those that Sign
// makes have at most 400.
const MaxSize = 1024

// payload is the CWT claims set (RFC 8392): iss, and all else as one array
// under one key of the private range (below -65536), which costs 5 bytes once
// instead of once for each claim.
type payload struct {
	Issuer string `cbor:"1,keyasint"`
	Body   body   `cbor:"-65537,keyasint"`
}

type body struct {
	_          struct{} `cbor:",toarray"`
	Name       string
	IDLast4    string
	Kind       uint8
	Course     string
	Version    uint16
	Base       string
	IssuedOn   uint16 // days since 1970-01-01, as the next two
	ValidFrom  uint16
	ValidUntil *uint16 // null: no expiry
	UTCOffset  int16
	Minutes    uint16
	Practical  uint16
	Flags      uint8
}

const (
	flagAssessed = 1 << iota
	flagDemo
)

// Payload is the canonical CBOR of the claims. Claims that it cannot hold are
// refused as "record.claims", with the field.
func (c Claims) Payload() ([]byte, error) { return c.AppendPayload(nil) }

// AppendPayload is Payload to the end of o.
func (c *Claims) AppendPayload(o []byte) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	o = cose.AppendHead(o, cose.MajorMap, 2)
	o = cose.AppendText(cose.AppendInt(o, 1), c.Issuer)
	o = cose.AppendHead(cose.AppendInt(o, bodyKey), cose.MajorArray, 13)
	o = cose.AppendText(cose.AppendText(o, c.Name), c.IDLast4)
	o = cose.AppendInt(o, int64(kindNumber(c.Kind)))
	o = cose.AppendInt(cose.AppendText(o, c.Course), int64(c.CourseVersion))
	o = cose.AppendText(o, c.Base)
	o = cose.AppendInt(o, int64(c.IssuedOn.DayNumber()))
	o = cose.AppendInt(o, int64(c.ValidFrom.DayNumber()))
	if c.ValidUntil.IsZero() {
		o = append(o, cose.Null)
	} else {
		o = cose.AppendInt(o, int64(c.ValidUntil.DayNumber()))
	}
	o = cose.AppendInt(o, int64(c.UTCOffset))
	o = cose.AppendInt(cose.AppendInt(o, int64(c.Minutes)), int64(c.PracticalMinutes))
	flags := 0
	if c.PracticalAssessed {
		flags |= flagAssessed
	}
	if c.Demo {
		flags |= flagDemo
	}
	return cose.AppendInt(o, int64(flags)), nil
}

// bodyKey is the private key of the array (RFC 8392 §9.1.1).
const bodyKey = -65537

// Sign makes the record of the claims: a COSE_Sign1 by key, a P-256 key whose
// kid is the first 4 bytes of its RFC 7638 thumbprint. The code is signed with
// it as external data and not carried.
func Sign(c Claims, code registry.Code, kid [4]byte, key crypto.Signer) ([]byte, error) {
	p, err := c.Payload()
	if err != nil {
		return nil, err
	}
	b, err := cose.Sign(p, kid, external(code), key)
	if err != nil {
		return nil, fmt.Errorf("sign record: %w", err)
	}
	return b, nil
}

// Work is memory to make records in, one after the other.
type Work struct {
	record, payload, small, code []byte
}

// Sign is the function Sign. The record is good until the next call; the digest
// that was signed and the signature, r and s, are left in the caller's memory.
func (w *Work) Sign(c *Claims, code registry.Code, kid [4]byte, key crypto.Signer, digest *[sha256.Size]byte, sig *[cose.SignatureSize]byte) (record []byte, err error) {
	if w.payload, err = c.AppendPayload(w.payload[:0]); err != nil {
		return nil, err
	}
	w.small = slices.Grow(w.small[:0], len(w.payload)+overhead)
	w.code = append(w.code[:0], code...)
	if w.record, err = cose.AppendSigned(w.record[:0], w.small, digest, sig, w.payload, kid, w.code, key); err != nil {
		return nil, fmt.Errorf("sign record: %w", err)
	}
	return w.record, nil
}

// overhead is more than what stands around a payload.
const overhead = 256

// Rebuild makes the record again from the stored 64 bytes of its signature:
// the same bytes that Sign returned, without the key.
func Rebuild(c Claims, kid [4]byte, sig []byte) ([]byte, error) {
	p, err := c.Payload()
	if err != nil {
		return nil, err
	}
	b, err := cose.Assemble(p, kid, sig)
	if err != nil {
		return nil, fmt.Errorf("rebuild record: %w", err)
	}
	return b, nil
}

// Message is a record that was read. Until Verify returns nil, nobody is known
// to have said what it says.
type Message struct {
	msg    *cose.Message
	claims Claims
}

// Parse reads a record in its one canonical form, at most MaxSize bytes. It
// refuses anything else as "record.malformed", and as "record.newer" what a
// later version of the format may be.
func Parse(b []byte) (*Message, error) {
	msg, err := cose.Parse(b, MaxSize)
	if err != nil {
		return nil, refuse(err)
	}
	var p payload
	if err := cose.Decode(msg.Payload, &p, cose.Limits{Bytes: MaxSize}); err != nil {
		return nil, refuse(err)
	}
	if p.Body.Flags&^(flagAssessed|flagDemo) != 0 || int(p.Body.Kind) > len(kinds) {
		return nil, refuse(cose.ErrUnknown)
	}
	c := p.claims()
	if err := c.check(); err != nil {
		return nil, refuse(fmt.Errorf("%v: %w", err, cose.ErrMalformed))
	}
	return &Message{msg: msg, claims: c}, nil
}

// refuse turns a decoder's error into a refusal that people can read.
func refuse(err error) error {
	if errors.Is(err, cose.ErrUnknown) {
		return fmt.Errorf("parse record: %w: %w", err, registry.Fail(registry.Invalid, "record.newer"))
	}
	return fmt.Errorf("parse record: %w: %w", err, registry.Fail(registry.Invalid, "record.malformed"))
}

func (p payload) claims() Claims {
	b := p.Body
	c := Claims{
		Issuer: p.Issuer, Name: b.Name, IDLast4: b.IDLast4,
		Course: b.Course, CourseVersion: int(b.Version), Base: b.Base,
		IssuedOn: registry.DateFromDayNumber(int(b.IssuedOn)), ValidFrom: registry.DateFromDayNumber(int(b.ValidFrom)),
		UTCOffset: int(b.UTCOffset), Minutes: int(b.Minutes), PracticalMinutes: int(b.Practical),
		PracticalAssessed: b.Flags&flagAssessed != 0, Demo: b.Flags&flagDemo != 0,
	}
	if b.Kind > 0 {
		c.Kind = kinds[b.Kind-1]
	}
	if b.ValidUntil != nil {
		c.ValidUntil = registry.DateFromDayNumber(int(*b.ValidUntil))
	}
	return c
}

// KID names the key that is said to have signed.
func (m *Message) KID() [4]byte { return m.msg.KID }

// Claims are what the record says.
func (m *Message) Claims() Claims { return m.claims }

// Payload is the signed content, as it stands in the record.
func (m *Message) Payload() []byte { return m.msg.Payload }

// Signature is r and s, 64 bytes, to be stored for Rebuild.
func (m *Message) Signature() []byte { return m.msg.Signature }

// Verify checks that pub signed this record for the code. It refuses another
// key, another code and any change as "record.signature". A record has more
// than one signature that passes, as ECDSA does, so its bytes identify nothing:
// the code does.
func (m *Message) Verify(pub *ecdsa.PublicKey, code registry.Code) error {
	if err := m.msg.Verify(pub, external(code)); err != nil {
		return fmt.Errorf("verify record: %w: %w", err, registry.Fail(registry.Invalid, "record.signature"))
	}
	return nil
}

// external is the external data of a record: the 16 characters of its code,
// upper case, without hyphens.
func external(code registry.Code) []byte { return []byte(code) }
