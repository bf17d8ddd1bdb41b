package publish

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/trust"
)

// shelf keeps the checked bytes of the newest publications of each kind, so that
// megabytes are read from the store and checked once for each version.
type shelf struct {
	mu   sync.Mutex
	held map[string][]store.Publication // by kind, newest first
}

func (h *shelf) put(p store.Publication) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[string][]store.Publication{}
	}
	list := slices.DeleteFunc(slices.Clone(h.held[p.Kind]), func(o store.Publication) bool { return o.Number == p.Number })
	list = append(list, p)
	slices.SortFunc(list, func(a, b store.Publication) int { return int(b.Number - a.Number) })
	h.held[p.Kind] = list[:min(len(list), kept(p.Kind))]
}

// get returns the one with the number, or the newest for 0.
func (h *shelf) get(kind string, number int64) (store.Publication, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.held[kind] {
		if number == 0 || p.Number == number {
			return p, true
		}
	}
	return store.Publication{}, false
}

// newest returns the newest publication of the kind. While the store is out of
// reach it is the newest that this process holds: whoever reads it sees its age
// and its end, and goes by them.
func (s *Service) newest(ctx context.Context, kind string) (store.Publication, error) {
	var head store.Publication
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		head, err = tx.PublicationHead(ctx, kind)
		return err
	})
	if errors.Is(err, registry.Unavailable) {
		if p, ok := s.shelf.get(kind, 0); ok {
			return p, nil
		}
	}
	if errors.Is(err, registry.NotFound) && (kind == KindTrust || kind == KindBundle) {
		return head, absent
	}
	if err != nil {
		return head, err
	}
	return s.numbered(ctx, kind, head.Number)
}

// absent is what every registry publishes and this one has not made yet: it is
// about to, beside the server that starts.
var absent = registry.Fail(registry.Unavailable, "publication.absent")

// spoiledCode is the refusal of a publication that the store no longer holds as
// it was made.
const spoiledCode = "publication.spoiled"

func spoiled(err error) bool {
	var refusal *registry.Error
	return errors.As(err, &refusal) && refusal.Code == spoiledCode
}

// numbered returns the publication of the kind with the number, checked.
func (s *Service) numbered(ctx context.Context, kind string, number int64) (store.Publication, error) {
	if p, ok := s.shelf.get(kind, number); ok {
		return p, nil
	}
	var p store.Publication
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.NumberedPublication(ctx, kind, number)
		return err
	})
	var refusal *registry.Error
	if errors.As(err, &refusal) || errors.Is(err, context.Canceled) {
		return p, err
	}
	if err == nil {
		err = s.check(ctx, p)
	}
	if errors.Is(err, registry.Unavailable) && !spoiled(err) {
		return p, err
	}
	if err != nil {
		return store.Publication{}, fmt.Errorf("%w: %s %d: %v", registry.Fail(registry.Unavailable, spoiledCode), kind, number, err)
	}
	s.shelf.put(p)
	return p, nil
}

// check reads a publication as a verifier would. That it is out of date is no
// fault of it.
func (s *Service) check(ctx context.Context, p store.Publication) error {
	switch {
	case p.Kind == KindTrust:
		list, err := s.parse(p.Body)
		if list != nil {
			return nil
		}
		return err
	case p.Kind == KindBundle:
		return s.checkBundle(ctx, p)
	case strings.HasPrefix(p.Kind, "status/"):
		return s.checkStatus(p)
	}
	return fmt.Errorf("no publication of kind %q", p.Kind)
}

func (s *Service) checkBundle(ctx context.Context, p store.Publication) error {
	newest, err := s.newest(ctx, KindTrust)
	if err != nil {
		return err
	}
	list, err := s.parse(newest.Body)
	if list == nil {
		return err
	}
	bundle, err := trust.ParseBundle(p.Body, list, trust.Seen{}, s.Now())
	if bundle != nil {
		return nil
	}
	return err
}

func (s *Service) checkStatus(p store.Publication) error {
	var body statusBody
	if err := json.Unmarshal(p.Body, &body); err != nil {
		return err
	}
	key, ok := s.Keys.Find(body.KID)
	public, isEC := key.Public.(*ecdsa.PublicKey)
	if !ok || !isEC {
		return fmt.Errorf("signed by the unknown key %q", body.KID)
	}
	for _, purpose := range badge.Purposes {
		if err := body.Lists[purpose].Check(public); err != nil {
			return err
		}
	}
	return nil
}
