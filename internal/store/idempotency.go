package store

import (
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/store/db"
)

// IdempotencyKey remembers the answer to a request, so that the same request
// sent again gets the same answer.
type IdempotencyKey struct {
	Principal string
	Route     string
	Key       string
	BodySHA   string // hex SHA-256 of the request's body
	Status    int    // of the answer; 0 while the first request runs
	Headers   map[string]string
	Response  []byte
	CreatedAt time.Time
}

// ClaimKey takes the key for the first request that brings it. Whoever comes
// later gets what is stored, and claimed is false: the finished answer, or
// Status 0 while the first request runs. A stored BodySHA that differs means
// that the key was used for something else.
func (t *Tx) ClaimKey(ctx context.Context, k IdempotencyKey) (stored IdempotencyKey, claimed bool, err error) {
	n, err := t.q.ClaimKey(ctx, db.ClaimKeyParams{Principal: k.Principal, Route: k.Route, Key: k.Key, BodySHA: k.BodySHA, CreatedAt: micros(k.CreatedAt)})
	if err != nil {
		return stored, false, fmt.Errorf("claim key: %w", err)
	}
	row, err := t.q.StoredKey(ctx, db.StoredKeyParams{Principal: k.Principal, Route: k.Route, Key: k.Key})
	if err != nil {
		return stored, false, fmt.Errorf("claim key: %w", err)
	}
	var c codec
	stored = IdempotencyKey{Principal: row.Principal, Route: row.Route, Key: row.Key, BodySHA: row.BodySHA, Status: int(row.Status),
		Response: c.bytes(row.Response), CreatedAt: instant(row.CreatedAt)}
	c.load(row.Headers, &stored.Headers)
	return stored, n > 0, c.err
}

// FinishKey stores the answer under its key.
func (t *Tx) FinishKey(ctx context.Context, k IdempotencyKey) error {
	var c codec
	row := db.FinishKeyParams{Principal: k.Principal, Route: k.Route, Key: k.Key, Status: int64(k.Status), Headers: c.json(k.Headers), Response: base64url(k.Response)}
	if c.err != nil {
		return c.err
	}
	n, err := t.q.FinishKey(ctx, row)
	return changed(n, err, "idempotency_key", k.Key)
}

// DropKey gives the key back after a request that changed nothing, so that it
// can be tried again.
func (t *Tx) DropKey(ctx context.Context, k IdempotencyKey) error {
	if _, err := t.q.DropKey(ctx, db.DropKeyParams{Principal: k.Principal, Route: k.Route, Key: k.Key}); err != nil {
		return fmt.Errorf("drop key: %w", err)
	}
	return nil
}

// SweepKeys forgets the keys made before the time.
func (t *Tx) SweepKeys(ctx context.Context, before time.Time) error {
	if _, err := t.q.SweepKeys(ctx, micros(before)); err != nil {
		return fmt.Errorf("sweep keys: %w", err)
	}
	return nil
}
