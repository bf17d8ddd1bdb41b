package issue

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ahead is how many intents are described while one is stored.
const ahead = 64

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
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for p := range s.described(ctx, in, list, func(i int) (registry.Number, registry.StatusEntry) {
		return registry.NewNumber(in.programme.Code, in.base.Code, year, first+i), entries[i]
	}) {
		if p.err != nil {
			return p.err
		}
		if err := tx.AddPrepared(ctx, p.row); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// prepared is an intent ready to be stored, or why there is none.
type prepared struct {
	row store.PreparedCredential
	err error
}

// described describes the candidates in their order, until the context ends; an
// error is the last that it gives.
func (s *Service) described(ctx context.Context, in intent, list []candidate, give func(i int) (registry.Number, registry.StatusEntry)) <-chan prepared {
	out := make(chan prepared, ahead)
	go func() {
		defer close(out)
		for i, c := range list {
			number, entry := give(i)
			p := prepared{}
			p.row, p.err = s.prepared(in, c, number, entry)
			select {
			case out <- p:
			case <-ctx.Done():
				return
			}
			if p.err != nil {
				return
			}
		}
	}()
	return out
}

func (s *Service) prepared(in intent, c candidate, number registry.Number, entry registry.StatusEntry) (store.PreparedCredential, error) {
	credential, err := s.describe(in, c, number, entry)
	if err != nil {
		return store.PreparedCredential{}, err
	}
	// What was approved must be possible to sign.
	if err := s.mint.Check(in.template, &credential.Snapshot); err != nil {
		return store.PreparedCredential{}, err
	}
	return store.PrepareCredential(credential)
}
