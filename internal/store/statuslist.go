package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// StatusList is one list of entries, all of one issuer.
type StatusList struct {
	ID     int
	Issuer string // organization code
}

// StatusKind is the kind of publication of a status list, and the change mark
// that rises with every change of an entry in it.
func StatusKind(list int) string { return "status/" + strconv.Itoa(list) }

// StatusLists lists the status lists that credentials have entries in.
func (t *Tx) StatusLists(ctx context.Context) ([]StatusList, error) {
	rows, err := t.q.StatusLists(ctx)
	return many(rows, err, func(r db.StatusListsRow) (StatusList, error) { return StatusList{ID: int(r.ID), Issuer: r.Issuer}, nil }, "status list")
}

// EachListException calls fn for every entry of the list whose credential is
// suspended, revoked or superseded, by index.
func (t *Tx) EachListException(ctx context.Context, list int, fn func(index int, state registry.State) error) error {
	for after := int64(-1); ; {
		rows, err := t.q.ListExceptions(ctx, db.ListExceptionsParams{List: int64(list), ListIndex: after, Limit: pageSize})
		if err != nil {
			return fmt.Errorf("read status list: %w", err)
		}
		for _, r := range rows {
			if err := fn(int(r.ListIndex), registry.State(r.State)); err != nil {
				return err
			}
			after = r.ListIndex
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}
