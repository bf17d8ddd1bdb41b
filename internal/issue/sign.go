package issue

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Job is what the signing job is given.
type Job struct {
	Class registry.ID `json:"class"`
}

// Work is the job: safe to run twice, and by two at once.
func (s *Service) Work(ctx context.Context, args json.RawMessage) error {
	var job Job
	if err := json.Unmarshal(args, &job); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	return s.SignClass(ctx, job.Class)
}

// renew describes an intent anew whose keys were replaced before it was signed:
// a key that no longer signs must not hold a class back for ever.
func (s *Service) renew(ctx context.Context, c registry.Credential) (registry.Credential, error) {
	_, chain, err := s.Keys.PDFSigner(s.Now())
	if err != nil {
		return c, err
	}
	key, _, err := s.Keys.Record(c.Snapshot.Issuer.Code, s.Now())
	if err != nil {
		return c, err
	}
	if key.KID == c.Snapshot.RecordKey && keys.ChainHash(chain) == c.Snapshot.Hashes.Chain {
		return c, nil
	}
	return s.revise(ctx, c)
}

func (s *Service) revise(ctx context.Context, c registry.Credential) (registry.Credential, error) {
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		class, err := tx.Class(ctx, c.Class)
		if err != nil {
			return err
		}
		in, err := s.prepare(ctx, tx, class, c.Org)
		if err != nil {
			return err
		}
		c.Snapshot.RecordKey, c.Snapshot.Template, c.Template = in.kid, in.template.ID(), in.sha
		c.Snapshot.Hashes = registry.SnapshotHashes{Prefix: in.prefix, Chain: in.chain}
		redate(&c.Snapshot, in)
		if err := tx.ReviseCredential(ctx, c); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "credential.revise", ObjectType: "credential", Object: c.ID, Org: c.Org,
			At: s.Now(), Detail: map[string]string{"number": string(c.Number)}})
	})
	return c, err
}

// redate makes today the day of issue: a key is believed only for days on which
// it was in use. The end of validity stays.
func redate(snapshot *registry.Snapshot, in intent) {
	today := registry.DateOf(in.now.In(in.loc))
	if !today.After(snapshot.IssuedOn) {
		if snapshot.IssuedAt.Before(in.signsFrom) { // a document must not be older than its signing certificate
			snapshot.IssuedAt = in.now
		}
		return
	}
	snapshot.IssuedOn, snapshot.IssuedAt = today, in.now
	if snapshot.ValidFrom.Before(today) {
		snapshot.ValidFrom, snapshot.StartsAt = today, today.Start(in.loc).UTC()
	}
}

// sign makes the three signatures of a credential and checks each before it can
// be stored: a faulty signer must not issue.
func (s *Service) sign(ctx context.Context, c registry.Credential) (signed, error) {
	template, err := s.template(ctx, c.Template)
	if err != nil {
		return signed{}, err
	}
	key, signer, err := s.Keys.Record(c.Snapshot.Issuer.Code, s.Now())
	if err != nil {
		return signed{}, err
	}
	if key.KID != c.Snapshot.RecordKey { // the key was changed between intent and signature
		return signed{}, registry.Fail(registry.Conflict, "credential.key_changed", c.Number)
	}
	public, ok := key.Public.(*ecdsa.PublicKey)
	if !ok {
		return signed{}, fmt.Errorf("key %s: not P-256", key.KID)
	}
	pdfSigner, chain, err := s.Keys.PDFSigner(s.Now())
	if err != nil {
		return signed{}, err
	}
	if keys.ChainHash(chain) != c.Snapshot.Hashes.Chain {
		return signed{}, registry.Fail(registry.Conflict, "credential.key_changed", c.Number)
	}
	made, err := s.mint.Sign(template, &c.Snapshot, mint.Keys{KID: key.KID, COSEKID: key.COSEKID, Record: signer, Document: pdfSigner})
	if err != nil {
		return signed{}, err
	}
	if err := s.mint.Verify(template, made, public); err != nil {
		return signed{}, err
	}
	c.State, c.StateSince, c.SignedAt = registry.StateIssued, c.Snapshot.IssuedAt, s.Now().UTC().Truncate(time.Second)
	// Copies: what waits to be stored must not keep the whole file in memory.
	c.RecordSig, c.JWTSig, c.PDFSig = bytes.Clone(made.RecordSig[:]), bytes.Clone(made.JWTSig[:]), bytes.Clone(made.File.Signature)
	c.PDFSHA256 = hex.EncodeToString(made.File.SHA256[:])
	canonical, err := store.Canonical(c.Snapshot)
	if err != nil {
		return signed{}, err
	}
	c.LeafHash, err = leaf(c.Snapshot.Salt, canonical)
	return signed{Credential: c, hash: store.InputHashOf(c, canonical)}, err
}

// leaf is the salted commitment that the ledger will hold: SHA-256(salt ||
// SHA-256(canonical snapshot)), hex. Without the salt it says nothing.
func leaf(salted string, canonical []byte) (string, error) {
	salt, err := base64.RawURLEncoding.DecodeString(salted)
	if err != nil {
		return "", fmt.Errorf("read salt: %w", err)
	}
	inner := sha256.Sum256(canonical)
	outer := sha256.Sum256(append(salt, inner[:]...))
	return hex.EncodeToString(outer[:]), nil
}
