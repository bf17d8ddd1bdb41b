package issue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// chunk is how many credentials one transaction stores: enough that a sync of
// the disk costs little, few enough that others who write hardly wait.
const chunk = 250

// waiting is how many signed chunks may wait to be stored.
const waiting = 2

// signed is a credential with its signatures, and the hash of what they were
// made for (store.InputHash).
type signed struct {
	registry.Credential
	hash string
}

// SignClass signs what is queued of the class and finishes it. Stopped at any
// point, it goes on where it was: a credential is queued until its signatures
// are stored, all at once. One that cannot be signed keeps no other back.
func (s *Service) SignClass(ctx context.Context, class registry.ID) error {
	for {
		seen, failed, err := s.pass(ctx, class)
		switch {
		case err != nil:
			return err
		case len(failed) > 0: // a key is missing, or these are at fault themselves
			return s.stopped(ctx, class, failed)
		case seen == 0:
			return s.finish(ctx, class)
		}
	}
}

// pass goes once over what is queued of the class, in three steps that run side
// by side, each with one chunk in hand: read, sign, store. It tells how many it
// saw and which could not be signed.
func (s *Service) pass(ctx context.Context, class registry.ID) (seen int, failed map[registry.ID]error, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	failed = map[registry.ID]error{}
	queued, ready := make(chan []registry.Credential), make(chan []signed, waiting)
	var wait sync.WaitGroup
	wait.Go(func() {
		defer close(queued)
		if err := s.queued(ctx, class, queued); err != nil {
			cancel(err)
		}
	})
	wait.Go(func() {
		defer close(ready)
		for list := range queued {
			seen += len(list)
			if done := s.signAll(ctx, list, failed); len(done) > 0 && ctx.Err() == nil {
				ready <- done
			}
		}
	})
	for list := range ready {
		if ctx.Err() != nil {
			continue // the others must not wait for somebody to take their chunk
		}
		if err := s.save(ctx, class, append(list, waitingToo(ready)...)); err != nil {
			cancel(err)
		}
	}
	wait.Wait()
	return seen, failed, context.Cause(ctx)
}

// waitingToo are the chunks that wait already: whoever has waited for the store's
// writer stores them in the same transaction.
func waitingToo(ready <-chan []signed) (list []signed) {
	for range waiting {
		select {
		case more := <-ready: // nil once it is closed
			list = append(list, more...)
		default:
			return list
		}
	}
	return list
}

// queued gives out the queued credentials of the class, chunk by chunk.
func (s *Service) queued(ctx context.Context, class registry.ID, to chan<- []registry.Credential) error {
	for after := registry.ID(""); ; {
		var list []registry.Credential
		err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.QueuedAfter(ctx, class, after, chunk)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].ID
		select {
		case to <- list:
		case <-ctx.Done():
			return nil
		}
	}
}

// take lets one more hand sign of so many. A small number is signed at once, for
// somebody waits for it. Of large ones all classes together have a hand for each
// core, and half as many while others read much, which is the room of those who
// verify, or while somebody holds the store's writer, for whom the next class
// waits too. Whoever is let gives back.
func (s *Service) take(n int) bool {
	if n <= AtOnce {
		return true
	}
	most := runtime.GOMAXPROCS(0)
	if s.DB.Busy() || s.DB.Writing() {
		most = max(1, most/2)
	}
	if s.hands.Add(1) <= int64(most) {
		return true
	}
	s.hands.Add(-1)
	return false
}

func (s *Service) giveBack(n int) {
	if n > AtOnce {
		s.hands.Add(-1)
	}
}

// pause is how long a hand that makes room waits before it looks again.
const pause = 2 * time.Millisecond

// signAll signs a chunk. It returns those that are signed and notes in failed
// what keeps the others; one that another worker has signed meanwhile is neither.
func (s *Service) signAll(ctx context.Context, list []registry.Credential, failed map[registry.ID]error) []signed {
	out, errs := make([]signed, len(list)), make([]error, len(list))
	var wait sync.WaitGroup
	var next atomic.Int64
	for range min(len(list), runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for int(next.Load()) < len(list) && ctx.Err() == nil {
				if !s.take(len(list)) {
					time.Sleep(pause)
					continue
				}
				if i := int(next.Add(1) - 1); i < len(list) {
					out[i], errs[i] = s.signOne(ctx, list[i])
				}
				s.giveBack(len(list))
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return nil
	}
	s.proof(ctx, out, errs)
	done := make([]signed, 0, len(list))
	for i, err := range errs {
		switch {
		case err == nil:
			out[i].Snapshot = registry.Snapshot{} // most of it, and stored already
			done = append(done, out[i])
		case !hasCode(err, "credential.signed"):
			failed[list[i].ID] = fmt.Errorf("sign %s: %w", list[i].Number, err)
		}
	}
	return done
}

// proof rebuilds one certificate of the chunk from what would be stored of it, on
// the way of every later rebuild, before any is stored. What a fault of the
// program mixed up or could not make again is so not issued: none of the chunk.
func (s *Service) proof(ctx context.Context, out []signed, errs []error) {
	first := randomBelow(len(out))
	for k := range out {
		i := (first + k) % len(out)
		if errs[i] != nil {
			continue
		}
		if _, err := s.rebuildBy(ctx, new(mint.Mint), out[i].Credential); err != nil {
			for j := range errs {
				if errs[j] == nil {
					errs[j] = fmt.Errorf("rebuild %s, of the same chunk: %w", out[i].Number, err)
				}
			}
		}
		return
	}
}

// signOne signs a credential, says what it was signed for, and archives the file
// where that is wanted.
func (s *Service) signOne(ctx context.Context, c registry.Credential) (signed, error) {
	c, err := s.renew(ctx, c)
	if err != nil {
		return signed{}, err
	}
	done, err := s.sign(ctx, c)
	if err == nil && s.Archive != nil {
		err = s.archive(ctx, done.Credential)
	}
	return done, err
}

// archive keeps the file as it was issued. It is made again from what will be
// stored, so what is archived is also what a rebuild gives.
func (s *Service) archive(ctx context.Context, c registry.Credential) error {
	file, err := s.rebuild(ctx, c)
	if err != nil {
		return err
	}
	if err := s.Archive.Put(ctx, c.PDFSHA256, file.Bytes()); err != nil {
		return fmt.Errorf("archive %s: %w", c.Number, err)
	}
	return nil
}

func hasCode(err error, code string) bool {
	var refusal *registry.Error
	return errors.As(err, &refusal) && refusal.Code == code
}

// save stores a chunk of signatures, each only under the hash of the intent that
// it was made for; a credential that another worker stored meanwhile is left as
// it is.
func (s *Service) save(ctx context.Context, class registry.ID, list []signed) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		acts := make([]store.Act, 0, len(list))
		for _, c := range list {
			err := tx.SignCredential(ctx, c.Credential, c.hash)
			if errors.Is(err, registry.Conflict) {
				continue
			}
			if err != nil {
				return err
			}
			acts = append(acts, store.Act{Actor: access.System.Account, Action: "credential.issue", ObjectType: "credential", Object: c.ID, Org: c.Org, At: c.SignedAt,
				Detail: map[string]string{"pdf_sha256": c.PDFSHA256, "leaf": c.LeafHash}})
		}
		if err := tx.Audits(ctx, acts); err != nil {
			return err
		}
		if err := s.progress(ctx, tx, class, "running", "", nil); err != nil {
			return err
		}
		return tx.RaiseMark(ctx, "bundle")
	})
}
