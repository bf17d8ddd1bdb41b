// Package publish makes what verifiers hold: the signed trust list and the
// signed offline bundle, rebuilt when a change concerns them or their time is
// running out, stored with their number so that every node serves the same
// bytes; and it hands out the public halves of the keys.
package publish

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/trust"
)

// Kinds of publication in the store, and the change mark of each.
const (
	KindTrust  = "trust"
	KindBundle = "bundle"
)

// Service makes and serves what is published.
type Service struct {
	DB     *store.DB
	Keys   *keys.Ring
	Now    func() time.Time
	Origin string
	Log    *slog.Logger

	compared atomic.Pointer[string] // the keys and the list that were last found to agree
}

// Trust returns the newest trust list (docs/trust.md).
func (s *Service) Trust(ctx context.Context) (store.Publication, error) {
	return s.newest(ctx, KindTrust)
}

// Bundle returns the newest offline bundle (docs/trust.md).
func (s *Service) Bundle(ctx context.Context) (store.Publication, error) {
	return s.newest(ctx, KindBundle)
}

func (s *Service) newest(ctx context.Context, kind string) (store.Publication, error) {
	var p store.Publication
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.Publication(ctx, kind)
		return err
	})
	return p, err
}

// RootPEM is the certificate that others pin: the root of the PDF signatures.
func (s *Service) RootPEM() []byte { return s.Keys.RootPEM() }

// DocumentChainPEM is the chain of certificates that signs PDFs now, leaf first.
func (s *Service) DocumentChainPEM() []byte { return s.Keys.DocumentChainPEM(s.Now()) }

// CRL returns a revocation list by its file name, DER.
func (s *Service) CRL(file string) ([]byte, error) { return s.Keys.CRLFile(file, s.Now()) }

// Refresh rebuilds what is stale: cheap when nothing is.
func (s *Service) Refresh(ctx context.Context) error {
	if err := s.refresh(ctx, KindTrust, trust.ListLife, s.list); err != nil {
		return fmt.Errorf("refresh trust list: %w", err)
	}
	if err := s.refresh(ctx, KindBundle, trust.GeneralLife, s.bundle); err != nil {
		return fmt.Errorf("refresh bundle: %w", err)
	}
	return nil
}

// Watch keeps what is published fresh until ctx ends: a change is out within a
// second of its commit.
func (s *Service) Watch(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("publication not refreshed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

type builder func(ctx context.Context, tx *store.Tx, number uint64, now, until time.Time) ([]byte, error)

// refresh builds the next publication of the kind if its mark was raised since
// the newest, or half of its life is over. The number of a publication is the
// mark that it was built at, so "is it fresh?" is one comparison, and two nodes
// that build at once make one.
func (s *Service) refresh(ctx context.Context, kind string, life time.Duration, build builder) error {
	now := s.Now().UTC().Truncate(time.Second)
	stale, err := s.stale(ctx, kind, life, now)
	if err != nil || !stale {
		return err
	}
	if err := s.DB.Tx(ctx, func(tx *store.Tx) error { return tx.RaiseMark(ctx, kind) }); err != nil {
		return err
	}
	p := store.Publication{Kind: kind, IssuedAt: now, ValidUntil: now.Add(life)}
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if p.Number, err = tx.Mark(ctx, kind); err != nil {
			return err
		}
		p.Body, err = build(ctx, tx, uint64(p.Number), p.IssuedAt, p.ValidUntil)
		return err
	})
	if err != nil {
		return err
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		if kind == KindTrust { // other keys: the bundle is signed anew, and vouches for what a stolen one signed
			if err := tx.RaiseMark(ctx, KindBundle); err != nil {
				return err
			}
		}
		return tx.AddPublication(ctx, p)
	})
	if errors.Is(err, registry.Conflict) {
		return nil // another node was faster
	}
	return err
}

func (s *Service) stale(ctx context.Context, kind string, life time.Duration, now time.Time) (bool, error) {
	stale := false
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		last, err := tx.Publication(ctx, kind)
		if errors.Is(err, registry.NotFound) {
			stale = true
			return nil
		}
		if err != nil {
			return err
		}
		mark, err := tx.Mark(ctx, kind)
		if err != nil {
			return err
		}
		stale = mark > last.Number || now.Sub(last.IssuedAt) > life/2
		if kind == KindTrust && !stale {
			stale, err = s.keysChanged(ctx, tx, last)
		}
		return err
	})
	return stale, err
}

// settling is how long an approval may take to commit: a credential reserved just
// before the bundle was read must not count as foreign to it.
const settling = time.Minute

// bundle composes the offline bundle from every credential that was given out.
func (s *Service) bundle(ctx context.Context, tx *store.Tx, number uint64, now, until time.Time) ([]byte, error) {
	_, signer, err := s.Keys.Publisher(now)
	if err != nil {
		return nil, err
	}
	b := trust.Bundle{Number: number, IssuedAt: now, ValidUntil: until.Add(-settling), AsOf: now.Add(-settling), Kind: trust.General}
	if err := tx.EachIssued(ctx, func(c registry.Code) error {
		b.Issued = append(b.Issued, trust.KeyOf(c))
		return nil
	}); err != nil {
		return nil, err
	}
	if err := s.vouched(ctx, tx, &b); err != nil {
		return nil, err
	}
	if err := tx.EachException(ctx, func(c registry.Credential) error {
		b.Exceptions = append(b.Exceptions, trust.Exception{Key: trust.KeyOf(c.Code), Status: c.StatusAt(now),
			On: registry.DateOf(c.StateSince.UTC()), Reason: c.Reason})
		return nil
	}); err != nil {
		return nil, err
	}
	if b.Bases, b.Courses, err = names(ctx, tx); err != nil {
		return nil, err
	}
	return trust.SignBundle(b, signer)
}

// vouched adds the records of compromised keys that the registry knows to be
// its own: a thief's are not among them.
func (s *Service) vouched(ctx context.Context, tx *store.Tx, b *trust.Bundle) error {
	for _, k := range s.Keys.RecordKeys() {
		if k.CompromisedAt.IsZero() {
			continue
		}
		err := eachSignedBy(ctx, tx, k.KID, func(c registry.Credential) error {
			payload, err := record.FromSnapshot(c.Snapshot).Payload()
			if err != nil {
				return err
			}
			b.Issued = append(b.Issued, trust.KeyOfRecord(c.Code, payload))
			return nil
		})
		if err != nil {
			return fmt.Errorf("vouch for key %s: %w", hex.EncodeToString(k.COSEKID[:]), err)
		}
	}
	return nil
}

// eachSignedBy walks through all credentials: a key is compromised seldom.
func eachSignedBy(ctx context.Context, tx *store.Tx, kid string, fn func(registry.Credential) error) error {
	f := store.CredentialFilter{AllOrgs: true, Limit: 200}
	for {
		list, err := tx.Credentials(ctx, f)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, c := range list {
			f.Before = c.ID
			if c.Snapshot.RecordKey != kid || c.State == registry.StateQueued {
				continue
			}
			if err := fn(c); err != nil {
				return err
			}
		}
	}
}

func names(ctx context.Context, tx *store.Tx) (bases, courses map[string]registry.Text, err error) {
	bases, courses = map[string]registry.Text{}, map[string]registry.Text{}
	all, err := tx.Bases(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range all {
		bases[b.Code] = b.Name
	}
	versions, err := tx.Courses(ctx)
	if err != nil {
		return nil, nil, err
	}
	newest := map[string]int{}
	for _, c := range versions {
		if c.Version >= newest[c.Code] {
			newest[c.Code], courses[c.Code] = c.Version, c.Title
		}
	}
	return bases, courses, nil
}
