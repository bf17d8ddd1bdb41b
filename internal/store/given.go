package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// EachCodeAfter calls fn with the id and code of every credential whose id is
// greater, in the order of ids, which is about the order in which they were
// made: concurrent transactions commit in an order of their own.
func (t *Tx) EachCodeAfter(ctx context.Context, after registry.ID, fn func(id registry.ID, code registry.Code) error) error {
	for {
		rows, err := t.q.CodesAfter(ctx, db.CodesAfterParams{ID: after, Limit: pageSize})
		if err != nil {
			return fmt.Errorf("read codes: %w", err)
		}
		for _, r := range rows {
			if err := fn(r.ID, registry.Code(r.Code)); err != nil {
				return err
			}
			after = r.ID
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}

// LastCredential is the greatest id of a credential, "" before the first.
func (t *Tx) LastCredential(ctx context.Context) (registry.ID, error) {
	id, err := t.q.LastCredential(ctx)
	if err != nil {
		return "", fmt.Errorf("read the last credential: %w", err)
	}
	return registry.ID(id), nil
}

// CountCredentials counts the credentials in whatever state.
func (t *Tx) CountCredentials(ctx context.Context) (int, error) {
	n, err := t.q.CountCredentials(ctx)
	if err != nil {
		return 0, fmt.Errorf("count credentials: %w", err)
	}
	return int(n), nil
}

// EachSignedBy calls fn with the code and snapshot of every credential of the
// issuer whose record the key with the kid signed.
func (t *Tx) EachSignedBy(ctx context.Context, issuer, kid string, fn func(code registry.Code, s registry.Snapshot) error) error {
	mark := `"record_key":"` + kid + `"` // the snapshot is canonical JSON: reading all of it for each would take minutes
	for after := registry.ID(""); ; {
		rows, err := t.q.SnapshotsOf(ctx, db.SnapshotsOfParams{ID: after, Issuer: issuer, Limit: pageSize})
		if err != nil {
			return fmt.Errorf("read snapshots: %w", err)
		}
		for _, r := range rows {
			after = r.ID
			if !strings.Contains(r.Snapshot, mark) {
				continue
			}
			var c codec
			var s registry.Snapshot
			c.load(r.Snapshot, &s)
			if c.err != nil {
				return fmt.Errorf("read snapshot: %w", c.err)
			}
			if s.RecordKey != kid {
				continue
			}
			if err := fn(registry.Code(r.Code), s); err != nil {
				return err
			}
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}
