package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

const (
	// ListSize is the number of entries of a status list.
	ListSize = 131072           // entries: the least that Bitstring Status List v1.0 asks for, so that one entry hides among many
	listFull = ListSize * 3 / 4 // then the next list opens, so that a random free entry is found soon
	maxDraws = 64               // at 3/4 full, not to meet a free one in 64 draws happens once in 10^8
)

// Reserve takes n consecutive numbers of the counter and returns the first.
// Numbers of a transaction that is not stored are given out again.
func (t *Tx) Reserve(ctx context.Context, programme, base string, year, n int) (first int, err error) {
	if n < 1 {
		return 0, fmt.Errorf("reserve numbers: %d is not a count", n)
	}
	last, err := t.q.Reserve(ctx, db.ReserveParams{Programme: programme, Base: base, Year: int64(year), Last: int64(n)})
	if err != nil {
		return 0, fmt.Errorf("reserve numbers: %w", err)
	}
	return int(last) - n + 1, nil
}

// TakeStatusEntries picks n free entries at random from the issuer's newest
// status list, and from further new lists as it fills up; random(max) returns a number from
// 0 to max-1. The entries are the transaction's once a credential holds them.
func (t *Tx) TakeStatusEntries(ctx context.Context, issuer string, n int, random func(max int) int) ([]registry.StatusEntry, error) {
	entries := make([]registry.StatusEntry, 0, n)
	for len(entries) < n {
		list, room, err := t.openList(ctx, issuer)
		if err != nil {
			return nil, fmt.Errorf("take status entries: %w", err)
		}
		take := min(room, n-len(entries))
		for range take {
			e, err := t.freeEntry(ctx, list, random)
			if err != nil {
				return nil, fmt.Errorf("take status entries: %w", err)
			}
			entries = append(entries, e)
		}
		if _, err := t.q.TakeEntries(ctx, db.TakeEntriesParams{ID: list, Taken: int64(take)}); err != nil {
			return nil, fmt.Errorf("take status entries: %w", err)
		}
	}
	return entries, nil
}

// openList returns the issuer's newest list and how many entries it may still
// give.
func (t *Tx) openList(ctx context.Context, issuer string) (id int64, room int, err error) {
	l, err := t.q.NewestListOf(ctx, issuer)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, err
	}
	if err == nil && l.Taken < listFull {
		return l.ID, listFull - int(l.Taken), nil
	}
	last, err := t.q.LastList(ctx)
	if err != nil {
		return 0, 0, err
	}
	_, err = t.q.OpenList(ctx, db.OpenListParams{ID: last + 1, Size: ListSize, Issuer: issuer})
	return last + 1, listFull, err
}

// freeEntry draws until it meets a free entry; where chance does not help it
// walks on from the last draw.
func (t *Tx) freeEntry(ctx context.Context, list int64, random func(max int) int) (registry.StatusEntry, error) {
	e := registry.StatusEntry{List: int(list)}
	for draw := 0; ; draw++ {
		if draw < maxDraws {
			e.Index = random(ListSize)
		} else {
			e.Index = (e.Index + 1) % ListSize
		}
		if t.taken[e] {
			continue
		}
		used, err := t.q.EntryTaken(ctx, db.EntryTakenParams{List: list, ListIndex: int64(e.Index)})
		if err != nil {
			return e, err
		}
		if used == 0 {
			if t.taken == nil {
				t.taken = map[registry.StatusEntry]bool{}
			}
			t.taken[e] = true
			return e, nil
		}
	}
}
