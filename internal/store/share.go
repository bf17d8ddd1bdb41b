package store

import (
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// AddShare stores a new share; codeHash is the SHA-256 of its code.
func (t *Tx) AddShare(ctx context.Context, s registry.Share, codeHash string) error {
	n, err := t.q.AddShare(ctx, db.AddShareParams{ID: s.ID, Credential: s.Credential, Enrolment: s.Enrolment, CodeHash: codeHash,
		MadeAt: micros(s.MadeAt), EndsAt: micros(s.EndsAt)})
	return added(n, err, "share", s.ID)
}

// ShareByCode returns the share by the SHA-256 of its code, also one that has
// ended. The refusal does not repeat the hash.
func (t *Tx) ShareByCode(ctx context.Context, codeHash string) (registry.Share, error) {
	row, err := t.q.ShareByCode(ctx, codeHash)
	return one(row, err, toShare, "share", "")
}

// Shares lists the shares of the enrolment's holder that last at now, newest
// first.
func (t *Tx) Shares(ctx context.Context, enrolment registry.ID, now time.Time) ([]registry.Share, error) {
	rows, err := t.q.Shares(ctx, db.SharesParams{Enrolment: enrolment, EndsAt: micros(now)})
	return many(rows, err, toShare, "share")
}

// RemoveShare takes a share of the enrolment's holder back and reports whether
// there was one.
func (t *Tx) RemoveShare(ctx context.Context, enrolment, id registry.ID) (bool, error) {
	n, err := t.q.RemoveShare(ctx, db.RemoveShareParams{Enrolment: enrolment, ID: id})
	if err != nil {
		return false, fmt.Errorf("remove share %s: %w", id, err)
	}
	return n > 0, nil
}

// RemoveShares takes all shares of the enrolment's holder back and says how
// many there were.
func (t *Tx) RemoveShares(ctx context.Context, enrolment registry.ID) (int, error) {
	n, err := t.q.RemoveShares(ctx, enrolment)
	if err != nil {
		return 0, fmt.Errorf("remove shares: %w", err)
	}
	return int(n), nil
}

// RemoveEndedShares forgets the shares of the enrolment's holder that ended.
func (t *Tx) RemoveEndedShares(ctx context.Context, enrolment registry.ID, now time.Time) error {
	if _, err := t.q.RemoveEndedShares(ctx, db.RemoveEndedSharesParams{Enrolment: enrolment, EndsAt: micros(now)}); err != nil {
		return fmt.Errorf("remove ended shares: %w", err)
	}
	return nil
}

func toShare(r db.Share) (registry.Share, error) {
	return registry.Share{ID: r.ID, Credential: r.Credential, Enrolment: r.Enrolment, MadeAt: instant(r.MadeAt), EndsAt: instant(r.EndsAt)}, nil
}
