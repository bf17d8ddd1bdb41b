package issue

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
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

// chunk is how many credentials one transaction stores.
const chunk = 100

// SignClass signs what is queued of the class and finishes it. Stopped at any
// point, it goes on where it was: a credential is queued until its signatures
// are stored, all at once.
func (s *Service) SignClass(ctx context.Context, class registry.ID) error {
	for {
		var queued []registry.Credential
		err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			queued, err = tx.QueuedCredentials(ctx, class, chunk)
			return err
		})
		if err != nil {
			return err
		}
		if len(queued) == 0 {
			return s.finish(ctx, class)
		}
		if queued, err = s.renew(ctx, queued); err != nil {
			return errors.Join(err, s.note(ctx, class, err))
		}
		signed, err := s.signAll(ctx, queued)
		if err != nil {
			return errors.Join(err, s.note(ctx, class, err))
		}
		if err := s.save(ctx, class, signed); err != nil {
			return err
		}
	}
}

// renew describes intents anew whose keys were replaced before they were signed:
// a key that no longer signs must not hold a class back for ever.
func (s *Service) renew(ctx context.Context, list []registry.Credential) ([]registry.Credential, error) {
	_, chain, err := s.Keys.PDFSigner(s.Now())
	if err != nil {
		return nil, err
	}
	hash := keys.ChainHash(chain)
	out := slices.Clone(list)
	for i, c := range out {
		key, _, err := s.Keys.Record(c.Snapshot.Issuer.Code, s.Now())
		if err != nil {
			return nil, err
		}
		if key.KID == c.Snapshot.RecordKey && hash == c.Snapshot.Hashes.Chain {
			continue
		}
		if out[i], err = s.revise(ctx, c); err != nil {
			return nil, err
		}
	}
	return out, nil
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
		c.Snapshot.Hashes = registry.SnapshotHashes{Prefix: in.template.PrefixSHA256(), Chain: in.chain}
		if err := tx.ReviseCredential(ctx, c); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "credential.revise", ObjectType: "credential", Object: c.ID, Org: c.Org,
			At: s.Now(), Detail: map[string]string{"number": string(c.Number)}})
	})
	return c, err
}

// signAll signs a chunk on all cores.
func (s *Service) signAll(ctx context.Context, list []registry.Credential) ([]registry.Credential, error) {
	out, errs := make([]registry.Credential, len(list)), make([]error, len(list))
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range list {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if out[i], errs[i] = s.sign(ctx, list[i]); errs[i] != nil {
				errs[i] = fmt.Errorf("sign %s: %w", list[i].Number, errs[i])
			}
		})
	}
	wait.Wait()
	return out, errors.Join(errs...)
}

// sign makes the three signatures of a credential and checks each before it can
// be stored: a faulty signer must not issue.
func (s *Service) sign(ctx context.Context, c registry.Credential) (registry.Credential, error) {
	template, err := s.template(ctx, c.Template)
	if err != nil {
		return c, err
	}
	key, signer, err := s.Keys.Record(c.Snapshot.Issuer.Code, s.Now())
	if err != nil {
		return c, err
	}
	if key.KID != c.Snapshot.RecordKey { // the key was changed between intent and signature
		return c, registry.Fail(registry.Conflict, "credential.key_changed", c.Number)
	}
	public, ok := key.Public.(*ecdsa.PublicKey)
	if !ok {
		return c, fmt.Errorf("key %s: not P-256", key.KID)
	}
	qr, err := record.Sign(record.FromSnapshot(c.Snapshot), c.Code, key.COSEKID, signer)
	if err != nil {
		return c, err
	}
	message, err := record.Parse(qr)
	if err != nil {
		return c, err
	}
	if err := message.Verify(public, c.Code); err != nil {
		return c, fmt.Errorf("own record: %w", err)
	}
	token, jwtSig, err := badge.Sign(c.Snapshot, key.KID, signer)
	if err != nil {
		return c, err
	}
	if _, err := badge.Verify(token, func(string) (*ecdsa.PublicKey, error) { return public, nil }); err != nil {
		return c, fmt.Errorf("own token: %w", err)
	}
	pdfSigner, chain, err := s.Keys.PDFSigner(s.Now())
	if err != nil {
		return c, err
	}
	if keys.ChainHash(chain) != c.Snapshot.Hashes.Chain {
		return c, registry.Fail(registry.Conflict, "credential.key_changed", c.Number)
	}
	in := certificate.Input{Snapshot: c.Snapshot, QR: record.URL(c.Snapshot.Origin, c.Code, qr), JWT: []byte(token)}
	file, err := template.Sign(in, pdfSigner)
	if err != nil {
		return c, err
	}
	c.State, c.StateSince, c.SignedAt = registry.StateIssued, c.Snapshot.IssuedAt, s.Now().UTC().Truncate(time.Second)
	c.RecordSig, c.JWTSig, c.PDFSig, c.PDFSHA256 = message.Signature(), jwtSig, file.Signature, hex.EncodeToString(file.SHA256[:])
	c.LeafHash, err = leaf(c.Snapshot)
	return c, err
}

// leaf is the salted commitment that the ledger will hold: SHA-256(salt ||
// SHA-256(canonical snapshot)), hex. Without the salt it says nothing.
func leaf(s registry.Snapshot) (string, error) {
	canonical, err := store.Canonical(s)
	if err != nil {
		return "", err
	}
	salt, err := base64.RawURLEncoding.DecodeString(s.Salt)
	if err != nil {
		return "", fmt.Errorf("read salt: %w", err)
	}
	inner := sha256.Sum256(canonical)
	outer := sha256.Sum256(append(salt, inner[:]...))
	return hex.EncodeToString(outer[:]), nil
}

// save stores a chunk of signatures; a credential that another worker stored
// meanwhile is left as it is.
func (s *Service) save(ctx context.Context, class registry.ID, signed []registry.Credential) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		for _, c := range signed {
			err := tx.SignCredential(ctx, c)
			if errors.Is(err, registry.Conflict) {
				continue
			}
			if err != nil {
				return err
			}
			act := store.Act{Actor: access.System.Account, Action: "credential.issue", ObjectType: "credential", Object: c.ID, Org: c.Org, At: c.SignedAt,
				Detail: map[string]string{"pdf_sha256": c.PDFSHA256, "leaf": c.LeafHash}}
			if err := tx.Audit(ctx, act); err != nil {
				return err
			}
		}
		if err := s.progress(ctx, tx, class, "running", ""); err != nil {
			return err
		}
		return tx.RaiseMark(ctx, "bundle")
	})
}

// progress writes how far the class's run is, counted from what is left.
func (s *Service) progress(ctx context.Context, tx *store.Tx, class registry.ID, status, message string) error {
	run, err := tx.RunFor(ctx, JobKind, class)
	if errors.Is(err, registry.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	left, err := tx.CountQueued(ctx, class)
	if err != nil {
		return err
	}
	run.Status, run.Message, run.Done, run.UpdatedAt = status, message, max(0, run.Total-left), s.Now()
	return tx.SaveRun(ctx, run)
}

func (s *Service) note(ctx context.Context, class registry.ID, fault error) error {
	s.Log.Error("signing stopped", "class", class, "error", fault)
	return s.DB.Tx(ctx, func(tx *store.Tx) error { return s.progress(ctx, tx, class, "failed", "run.failed") })
}

// finish closes the class once nothing of it is queued.
func (s *Service) finish(ctx context.Context, id registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := s.progress(ctx, tx, id, "done", ""); err != nil {
			return err
		}
		before, err := tx.Class(ctx, id)
		if err != nil {
			return err
		}
		if before.Status != registry.ClassIssuing {
			return nil
		}
		class, err := before.To(registry.ClassIssued)
		if err != nil {
			return err
		}
		if class, err = tx.SaveClass(ctx, class); err != nil {
			return err
		}
		org, err := tx.ClassOrg(ctx, id)
		if err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "class.issued", ObjectType: "class", Object: id, Org: org,
			Before: before, After: class, At: s.Now(), Detail: map[string]string{"code": class.Code}})
	})
}

// Resume finds the classes with intents that a crash left unsigned and signs them.
func (s *Service) Resume(ctx context.Context) (int, error) {
	n := 0
	for {
		var queued []registry.Credential
		err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			queued, err = tx.QueuedCredentials(ctx, "", 1)
			return err
		})
		if err != nil || len(queued) == 0 {
			return n, err
		}
		if err := s.SignClass(ctx, queued[0].Class); err != nil {
			return n, err
		}
		n++
	}
}

func frozenHash(frozen []byte) string {
	sum := sha256.Sum256(frozen)
	return hex.EncodeToString(sum[:])
}

// template thaws the frozen design that the credential names.
func (s *Service) template(ctx context.Context, sha string) (*certificate.Template, error) {
	if t, ok := s.thawed.Load(sha); ok {
		return t.(*certificate.Template), nil
	}
	var id string
	var frozen []byte
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		id, frozen, err = tx.Template(ctx, sha)
		return err
	})
	if err != nil {
		return nil, err
	}
	if frozenHash(frozen) != sha {
		return nil, registry.Fail(registry.Unavailable, "template.damaged", id)
	}
	press, err := s.pressOf(nil) // rebuilding needs no chain: it is frozen with the design
	if err != nil {
		return nil, err
	}
	t, err := press.Thaw(frozen)
	if err != nil {
		return nil, fmt.Errorf("thaw template %s: %w", id, err)
	}
	s.thawed.Store(sha, t)
	return t, nil
}
