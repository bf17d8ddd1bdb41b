package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Times of a status list: a verifier goes by its copy for StatusTTL, and no copy
// counts after statusLife.
const (
	StatusTTL  = time.Minute
	statusLife = 24 * time.Hour
)

// statusBody is the publication of a status list: one credential for each
// purpose.
type statusBody struct {
	Issuer string                      `json:"issuer"`
	KID    string                      `json:"kid"`
	Lists  map[string]badge.SignedList `json:"lists"`
}

// StatusList returns the newest list for the purpose in its signed forms, with
// the publication that they are of.
func (s *Service) StatusList(ctx context.Context, list int, purpose string) (badge.SignedList, store.Publication, error) {
	p, err := s.newest(ctx, store.StatusKind(list))
	if errors.Is(err, registry.NotFound) {
		err = s.missing(ctx, list, err)
	}
	if err != nil {
		return badge.SignedList{}, p, err
	}
	var body statusBody
	if err := json.Unmarshal(p.Body, &body); err != nil {
		return badge.SignedList{}, p, fmt.Errorf("read status list %d: %w", list, err)
	}
	return body.Lists[purpose], p, nil
}

// missing tells a list that was not made yet from one that there is not, whose
// refusal is given.
func (s *Service) missing(ctx context.Context, list int, unknown error) error {
	lists, err := s.lists(ctx)
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(lists, func(l store.StatusList) bool { return l.ID == list }):
		return absent
	}
	return unknown
}

// refreshStatus rebuilds the status lists that are stale. A list whose issuer
// cannot sign holds up none of the others.
func (s *Service) refreshStatus(ctx context.Context) error {
	lists, err := s.lists(ctx)
	all := []error{err}
	for _, l := range lists {
		err := s.refresh(ctx, store.StatusKind(l.ID), statusLife, func(ctx context.Context, tx *store.Tx, _ uint64, now, until time.Time) ([]byte, error) {
			return s.statusList(ctx, tx, l, now, until)
		})
		if err != nil {
			all = append(all, fmt.Errorf("list %d: %w", l.ID, err))
		}
	}
	return errors.Join(all...)
}

// statusList makes the publication of one list. The issuer's record key signs
// it, as it signs the badges: a verifier that holds the issuers of both against
// each other, as Bitstring Status List v1.0 §3.2 expects of it, has no other
// key to believe.
func (s *Service) statusList(ctx context.Context, tx *store.Tx, l store.StatusList, now, until time.Time) ([]byte, error) {
	key, signer, err := s.Keys.Record(l.Issuer, now)
	if err != nil {
		return nil, err
	}
	bits := map[string][]byte{}
	for _, purpose := range badge.Purposes {
		bits[purpose] = make([]byte, store.ListSize/8)
	}
	err = tx.EachListException(ctx, l.ID, func(index int, state registry.State) error {
		for _, purpose := range badge.Purposes {
			if badge.Shows(purpose, state) {
				bits[purpose][index/8] |= 0x80 >> (index % 8)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	body := statusBody{Issuer: l.Issuer, KID: key.KID, Lists: map[string]badge.SignedList{}}
	for _, purpose := range badge.Purposes {
		body.Lists[purpose], err = badge.SignList(badge.StatusList{Origin: s.Origin, Issuer: l.Issuer, List: l.ID, Purpose: purpose, Bits: bits[purpose],
			IssuedAt: now, ValidUntil: until, TTL: StatusTTL}, key.KID, signer)
		if err != nil {
			return nil, err
		}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write status list %d: %w", l.ID, err)
	}
	return b, nil
}
