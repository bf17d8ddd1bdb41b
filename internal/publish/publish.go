// Package publish makes what verifiers hold: the signed trust list, the signed
// offline bundle and the status lists of badges, rebuilt when a change concerns
// them or their time is running out, stored with their number so that every node
// serves the same bytes; and it hands out the public halves of the keys.
//
// It promises that nothing is served that its own check refuses: what was
// spoiled in the store is made anew, and what this process has checked before
// outlives a store that is out of reach.
package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/trust"
)

// Kinds of publication in the store, and the change mark of each; status lists
// have store.StatusKind.
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
	shelf    shelf
	given    given
}

// Trust returns the newest trust list (docs/trust.md).
func (s *Service) Trust(ctx context.Context) (store.Publication, error) {
	return s.newest(ctx, KindTrust)
}

// Bundle returns the newest offline bundle (docs/trust.md).
func (s *Service) Bundle(ctx context.Context) (store.Publication, error) {
	return s.newest(ctx, KindBundle)
}

// RootPEM is the certificate that others pin: the root of the PDF signatures.
func (s *Service) RootPEM() []byte { return s.Keys.RootPEM() }

// DocumentChainPEM is the chain of certificates that signs PDFs now, leaf first.
func (s *Service) DocumentChainPEM() []byte { return s.Keys.DocumentChainPEM(s.Now()) }

// CRL returns a revocation list by its file name, DER.
func (s *Service) CRL(file string) ([]byte, error) { return s.Keys.CRLFile(file, s.Now()) }

// Refresh rebuilds what is stale: cheap when nothing is. What cannot be rebuilt
// holds up none of the others.
func (s *Service) Refresh(ctx context.Context) error {
	var all []error
	if err := s.refresh(ctx, KindTrust, trust.ListLife, s.list); err != nil {
		all = append(all, fmt.Errorf("refresh trust list: %w", err))
	}
	if err := s.refreshStatus(ctx); err != nil {
		all = append(all, fmt.Errorf("refresh status lists: %w", err))
	}
	if err := s.refresh(ctx, KindBundle, trust.GeneralLife, s.bundle); err != nil {
		all = append(all, fmt.Errorf("refresh bundle: %w", err))
	}
	return errors.Join(all...)
}

// Watch keeps what is published fresh until ctx ends: a change is out within two
// seconds of its commit.
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
		if kind == KindTrust { // other keys: all else is signed anew, and the bundle vouches for what a stolen one signed
			if err := raiseAll(ctx, tx); err != nil {
				return err
			}
		}
		return tx.AddPublication(ctx, p, kept(kind))
	})
	if errors.Is(err, registry.Conflict) {
		return nil // another node was faster
	}
	if err == nil {
		s.shelf.put(p)
	}
	return err
}

func raiseAll(ctx context.Context, tx *store.Tx) error {
	if err := tx.RaiseMark(ctx, KindBundle); err != nil {
		return err
	}
	lists, err := tx.StatusLists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		if err := tx.RaiseMark(ctx, store.StatusKind(l.ID)); err != nil {
			return err
		}
	}
	return nil
}

// kept is how many publications of a kind stay, for those who read the number of
// the newest a moment ago. A bundle may have megabytes.
func kept(kind string) int {
	switch {
	case kind == KindTrust:
		return 16
	case strings.HasPrefix(kind, "status/"):
		return 2
	}
	return 4
}

func (s *Service) stale(ctx context.Context, kind string, life time.Duration, now time.Time) (bool, error) {
	var last store.Publication
	var mark int64
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if last, err = tx.PublicationHead(ctx, kind); err != nil {
			return err
		}
		mark, err = tx.Mark(ctx, kind)
		return err
	})
	if errors.Is(err, registry.NotFound) {
		return true, nil
	}
	if err != nil || mark > last.Number || now.Sub(last.IssuedAt) > life/2 {
		return err == nil, err
	}
	last, err = s.numbered(ctx, kind, last.Number)
	if spoiled(err) {
		s.Log.Error("publication is spoiled in the store and made anew", "kind", kind, "error", err)
		return true, nil
	}
	if err != nil || kind != KindTrust {
		return false, err
	}
	stale := false
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		stale, err = s.keysChanged(ctx, tx, last)
		return err
	})
	return stale, err
}
