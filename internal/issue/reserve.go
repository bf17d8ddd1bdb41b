package issue

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// batch is how many intents are described, and stored, at a time; ahead is how
// many batches are described while one is stored.
const (
	batch = 64
	ahead = 16
)

// reserve stores the intents: a queued credential for each completion, numbered
// in their order. They are described beside the transaction, which one after the
// other would hold up everybody who writes.
func (s *Service) reserve(ctx context.Context, tx *store.Tx, in intent, list []candidate) error {
	if len(list) == 0 {
		return nil
	}
	year := registry.DateOf(in.now.In(in.loc)).Year
	first, err := tx.Reserve(ctx, in.programme.Code, in.base.Code, year, len(list))
	if err != nil {
		return err
	}
	entries, err := tx.TakeStatusEntries(ctx, in.issuer.Code, len(list), randomBelow)
	if err != nil {
		return err
	}
	places := make([]place, len(list))
	for i := range places { // ids too are in the order of the roster, whoever describes first
		places[i] = place{store.NewID(), registry.NewNumber(in.programme.Code, in.base.Code, year, first+i), entries[i]}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for some := range s.described(ctx, in, list, places) {
		if some.err != nil {
			return some.err
		}
		if err := tx.AddPrepared(ctx, some.rows); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// place is what an intent has of its own before it is described.
type place struct {
	id     registry.ID
	number registry.Number
	entry  registry.StatusEntry
}

// prepared are intents ready to be stored, or why there are none.
type prepared struct {
	rows []store.PreparedCredential
	err  error
}

// described describes the candidates, batch by batch in their order, until the
// context ends. Several describe at a time, and some batches ahead: while they
// do, the transaction holds up everybody who writes.
func (s *Service) described(ctx context.Context, in intent, list []candidate, places []place) iter.Seq[prepared] {
	return func(yield func(prepared) bool) {
		parts := slices.Collect(slices.Chunk(list, batch))
		out, room := make([]chan prepared, len(parts)), make(chan struct{}, ahead)
		for i := range out {
			out[i] = make(chan prepared, 1) // nobody waits for one who has gone
		}
		var next atomic.Int64
		for range min(len(parts), runtime.GOMAXPROCS(0)) {
			go func() {
				for {
					select {
					case room <- struct{}{}:
					case <-ctx.Done():
						return
					}
					part := int(next.Add(1) - 1)
					if part >= len(parts) {
						return
					}
					out[part] <- s.preparedAll(in, parts[part], places[part*batch:])
				}
			}()
		}
		for _, part := range out {
			select {
			case p := <-part:
				<-room
				if !yield(p) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

func (s *Service) preparedAll(in intent, list []candidate, places []place) prepared {
	out := prepared{rows: make([]store.PreparedCredential, len(list))}
	for i, c := range list {
		if out.rows[i], out.err = s.prepared(in, c, places[i]); out.err != nil {
			return out
		}
	}
	return out
}

func (s *Service) prepared(in intent, c candidate, p place) (store.PreparedCredential, error) {
	credential, err := s.describe(in, c, p)
	if err != nil {
		return store.PreparedCredential{}, err
	}
	// What was approved must be possible to sign.
	if err := s.mint.Check(in.template, &credential.Snapshot); err != nil {
		return store.PreparedCredential{}, err
	}
	return store.PrepareCredential(credential)
}
