package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// chainBatch is how many entries one transaction of the sequencer chains.
const chainBatch = 500

// ChainAudit is the sequencer: it appends every audit row that is not chained
// yet to the chain and returns the chain's head (hex, "" for an empty chain) and
// how many rows it appended. It is safe on several nodes at a time.
func (d *DB) ChainAudit(ctx context.Context) (head string, n int, err error) {
	for {
		more := 0
		err := d.run(ctx, sequencing, func(tx *Tx) (err error) {
			if head, more, err = tx.chain(ctx); err != nil {
				return fmt.Errorf("chain audit: %w", err)
			}
			if _, err = tx.foldRaises(ctx); err != nil {
				return fmt.Errorf("fold marks: %w", err)
			}
			return nil
		})
		if err != nil {
			return "", n, err
		}
		n += more
		if more < chainBatch {
			return head, n, nil
		}
	}
}

func (t *Tx) chain(ctx context.Context) (head string, n int, err error) {
	last, err := t.q.ChainHead(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", 0, err
	}
	rows, err := t.q.PendingAudit(ctx, chainBatch)
	if err != nil {
		return "", 0, err
	}
	links, done := make([]db.AddAuditLinkParams, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		if last.Hash, err = link(last.Hash, row); err != nil {
			return "", 0, err
		}
		last.Position++
		links[i], done[i] = db.AddAuditLinkParams{Position: last.Position, Entry: row.ID, Hash: last.Hash}, string(row.ID)
	}
	if _, err := addRows(ctx, t, (*db.Queries).AddAuditLink, links); err != nil {
		return "", 0, err
	}
	return last.Hash, len(rows), t.dropPending(ctx, done)
}

func (t *Tx) dropPending(ctx context.Context, entries []string) error {
	for some := range slices.Chunk(entries, askedAtOnce) {
		var w where
		w.in("entry", padded(some))
		if _, err := t.g.ExecContext(ctx, "DELETE FROM audit_pending WHERE "+w.text(), w.args...); err != nil {
			return err
		}
	}
	return nil
}

// link is the hash of an entry that follows the one with the hash previous:
// SHA-256(previous || canonical JSON of the row), where previous is 32 bytes,
// none for the first entry.
func link(previous string, row db.Audit) (string, error) {
	text, err := canonical(map[string]any{"id": row.ID, "at": row.At, "actor": row.Actor, "action": row.Action,
		"object_type": row.ObjectType, "object": row.Object, "org": row.Org, "before": row.BeforeSHA, "after": row.AfterSHA, "detail": row.Detail})
	if err != nil {
		return "", err
	}
	prev, err := hex.DecodeString(previous)
	if err != nil {
		return "", fmt.Errorf("decode hash %q: %w", previous, err)
	}
	sum := sha256.Sum256(append(prev, text...))
	return hex.EncodeToString(sum[:]), nil
}

// ChainMark is how far a walk along the chain has come.
type ChainMark struct {
	Position int64 // last entry found as it was chained
	Hash     string
	Whole    bool  // nothing was left to walk, and no row is missing
	Waiting  int64 // rows that the sequencer has not chained yet
}

// CheckAuditChain walks the whole chain, and counts that every audit row is in
// it or waits for the sequencer. The refusal audit.broken names the first
// position that is not what was chained.
func (d *DB) CheckAuditChain(ctx context.Context) error {
	_, err := d.WalkAuditChain(ctx, ChainMark{}, 0)
	return err
}

// WalkAuditChain goes on from a mark for at most so many entries (0: to the
// end) and returns how far it came; the zero mark is the beginning. The refusal
// is that of CheckAuditChain.
func (d *DB) WalkAuditChain(ctx context.Context, from ChainMark, most int64) (ChainMark, error) {
	mark := ChainMark{Position: from.Position, Hash: from.Hash}
	err := d.run(ctx, reading, func(tx *Tx) (err error) {
		if mark, err = tx.walkChain(ctx, from, most); err != nil {
			return err
		}
		n, err := tx.q.CountAudit(ctx)
		if err != nil {
			return fmt.Errorf("count audit: %w", err)
		}
		mark.Waiting = n.Pending
		if n.Links > mark.Position && most > 0 && mark.Position-from.Position >= most {
			return nil // there is more to walk
		}
		if n.Links != mark.Position || n.Entries != n.Links+n.Pending {
			return registry.Fail(registry.Conflict, "audit.broken", mark.Position+1)
		}
		mark.Whole = true
		return nil
	})
	return mark, err
}

// walkChain returns the last entry of an unbroken chain.
func (t *Tx) walkChain(ctx context.Context, from ChainMark, most int64) (ChainMark, error) {
	mark := ChainMark{Position: from.Position, Hash: from.Hash}
	for {
		rows, err := t.q.ChainedAudit(ctx, db.ChainedAuditParams{Position: mark.Position, Limit: pageSize})
		if err != nil {
			return mark, fmt.Errorf("read audit chain: %w", err)
		}
		for _, r := range rows {
			hash, err := link(mark.Hash, r.Audit)
			if err != nil {
				return mark, err
			}
			if r.AuditChain.Position != mark.Position+1 || r.AuditChain.Hash != hash {
				return mark, registry.Fail(registry.Conflict, "audit.broken", mark.Position+1)
			}
			mark.Position, mark.Hash = mark.Position+1, hash
		}
		if len(rows) < pageSize || most > 0 && mark.Position-from.Position >= most {
			return mark, nil
		}
	}
}
