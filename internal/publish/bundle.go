package publish

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/trust"
)

// settling is how long an approval may take to commit: a credential reserved just
// before the bundle was read must not count as foreign to it. It is also how long
// a key may go on signing after it was marked as compromised.
const settling = time.Minute

// bundle composes the offline bundle from every credential that was given out.
func (s *Service) bundle(ctx context.Context, tx *store.Tx, number uint64, now, until time.Time) ([]byte, error) {
	_, signer, err := s.Keys.Publisher(now)
	if err != nil {
		return nil, err
	}
	b := trust.Bundle{Number: number, IssuedAt: now, ValidUntil: until.Add(-settling), AsOf: now.Add(-settling), Kind: trust.General}
	if b.Issued, err = s.given.codes(ctx, tx); err != nil {
		return nil, err
	}
	for _, k := range s.Keys.RecordKeys() {
		if k.CompromisedAt.IsZero() {
			continue
		}
		own, err := s.given.signedBy(ctx, tx, k, now)
		if err != nil {
			return nil, err
		}
		b.Issued = append(b.Issued, own...)
	}
	if err := tx.EachException(ctx, func(e store.Exception) error {
		b.Exceptions = append(b.Exceptions, trust.Exception{Key: trust.KeyOf(e.Code), Status: registry.Status(e.State),
			On: registry.DateOf(e.Since.UTC()), Reason: e.Reason})
		return nil
	}); err != nil {
		return nil, err
	}
	if b.Bases, b.Courses, err = names(ctx, tx); err != nil {
		return nil, err
	}
	return trust.SignBundle(b, signer)
}

// given remembers what was given out, so that a bundle of a million is composed
// by reading what is new.
type given struct {
	mu    sync.Mutex
	keys  []trust.Key // of all credentials, sorted
	last  registry.ID // the greatest id among them
	known map[string][]trust.Key
	since map[string]time.Time // when a compromised key was first met
}

// unsettled is how long before the last known credential the reading of new ones
// begins: transactions commit in another order than they make their ids.
const unsettled = 2 * time.Minute

// codes are the keys of every credential, those that wait for their signature
// too. None is ever removed, so while their number stays there is nothing to
// read; and where the number does not come out right, all are read anew.
func (g *given) codes(ctx context.Context, tx *store.Tx) ([]trust.Key, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	count, err := tx.CountCredentials(ctx)
	if err != nil {
		return nil, err
	}
	if len(g.keys) != count && g.last != "" {
		if err := g.readNew(ctx, tx); err != nil {
			return nil, err
		}
	}
	if len(g.keys) != count {
		if err := g.readAll(ctx, tx); err != nil {
			return nil, err
		}
	}
	return slices.Clip(g.keys), nil
}

func (g *given) readNew(ctx context.Context, tx *store.Tx) error {
	var fresh []trust.Key
	last := g.last
	err := tx.EachCodeAfter(ctx, before(g.last, unsettled), func(id registry.ID, code registry.Code) error {
		fresh, last = append(fresh, trust.KeyOf(code)), max(last, id)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(fresh, compare)
	g.keys, g.last = merge(g.keys, fresh), last
	return nil
}

func (g *given) readAll(ctx context.Context, tx *store.Tx) error {
	var all []trust.Key
	err := tx.EachIssued(ctx, func(code registry.Code) error {
		all = append(all, trust.KeyOf(code))
		return nil
	})
	if err != nil {
		return err
	}
	last, err := tx.LastCredential(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(all, compare)
	g.keys, g.last = slices.Compact(all), last
	return nil
}

func compare(a, b trust.Key) int { return bytes.Compare(a[:], b[:]) }

// merge is the sorted union of two sorted lists, each key once.
func merge(a, b []trust.Key) []trust.Key {
	out := make([]trust.Key, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var k trust.Key
		if len(b) == 0 || len(a) > 0 && compare(a[0], b[0]) <= 0 {
			k, a = a[0], a[1:]
		} else {
			k, b = b[0], b[1:]
		}
		if len(out) == 0 || out[len(out)-1] != k {
			out = append(out, k)
		}
	}
	return out
}

// before is an id older than the given one by at least the time: ids are UUIDv7,
// whose first 48 bits are milliseconds (RFC 9562 §5.7).
func before(id registry.ID, by time.Duration) registry.ID {
	digits := strings.ReplaceAll(string(id), "-", "")
	if len(digits) < 12 {
		return ""
	}
	made, err := strconv.ParseInt(digits[:12], 16, 64)
	if err != nil || made < by.Milliseconds() {
		return ""
	}
	text := fmt.Sprintf("%012x", made-by.Milliseconds())
	return registry.ID(text[:8] + "-" + text[8:])
}

// signedBy are the keys of the records that the registry knows a compromised key
// to have signed for it: a thief's are not among them. It signs no more, so they
// are looked for once; but it may still be signing when the mark is new.
func (g *given) signedBy(ctx context.Context, tx *store.Tx, k keys.Key, now time.Time) ([]trust.Key, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known, g.since = map[string][]trust.Key{}, map[string]time.Time{}
	}
	if own, ok := g.known[k.KID]; ok {
		return own, nil
	}
	if _, ok := g.since[k.KID]; !ok {
		g.since[k.KID] = now
	}
	var own []trust.Key
	err := tx.EachSignedBy(ctx, k.Issuer, k.KID, func(code registry.Code, s registry.Snapshot) error {
		payload, err := record.FromSnapshot(s).Payload()
		if err != nil {
			return err
		}
		own = append(own, trust.KeyOfRecord(code, payload))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("vouch for key %s: %w", k.KID, err)
	}
	if now.Sub(g.since[k.KID]) > 2*settling {
		g.known[k.KID] = own
	}
	return own, nil
}

func names(ctx context.Context, tx *store.Tx) (bases, courses map[string]registry.Text, err error) {
	bases, courses = map[string]registry.Text{}, map[string]registry.Text{}
	all, err := tx.Bases(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range all {
		bases[b.Code] = b.Name
	}
	versions, err := tx.Courses(ctx)
	if err != nil {
		return nil, nil, err
	}
	newest := map[string]int{}
	for _, c := range versions {
		if c.Version >= newest[c.Code] {
			newest[c.Code], courses[c.Code] = c.Version, c.Title
		}
	}
	return bases, courses, nil
}
