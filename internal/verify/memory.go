package verify

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// lease is how old the registry's word may be that nothing has changed when an
// answer comes from memory: a change by another process is seen after so long, one
// by this process at once. A store that is out of reach ends it as well.
const lease = 250 * time.Millisecond

// memory is what is remembered between answers: the facts of credentials that
// were asked for, and which codes there are at all. It belongs to one process
// that serves; without it every answer comes from the store.
type memory struct {
	facts facts
	codes codes
}

// Added is told of codes that this process stored.
func (m *memory) Added(list []registry.Code) { m.codes.add(list) }

// Changed is told that this process changed what answers show.
func (m *memory) Changed() { m.facts.forget() }

// facts are those of the credentials asked for last. There are two tables: when
// the young one is full it becomes the old one, and what was old is forgotten.
type facts struct {
	mu         sync.Mutex
	most       int // in one table
	young, old map[registry.Code]*thin
	answers    int64 // the mark (store.Pulse.Answers) up to which all of them hold
	turn       int64 // grows whenever something is forgotten
}

// get returns what is remembered of the code, nothing where the mark says that
// something has changed since, and the turn to be given to put.
func (f *facts) get(code registry.Code, answers int64) (t *thin, turn int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if answers > f.answers {
		f.clear()
		f.answers = answers
	}
	if t = f.young[code]; t != nil {
		return t, f.turn
	}
	if t = f.old[code]; t != nil {
		f.keep(code, t)
	}
	return t, f.turn
}

// put remembers what was read from the store after get gave the turn. Where
// something was forgotten since, what was read may be of before: it is let go. Of
// two who read the same credential, the later version stays.
func (f *facts) put(code registry.Code, t *thin, turn int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if turn != f.turn || f.most == 0 {
		return
	}
	for _, table := range []map[registry.Code]*thin{f.young, f.old} {
		if have := table[code]; have != nil && have.version > t.version {
			return
		}
	}
	f.keep(code, t)
}

func (f *facts) keep(code registry.Code, t *thin) {
	if len(f.young) >= f.most {
		f.old, f.young = f.young, nil
		f.turn++
	}
	if f.young == nil {
		f.young = make(map[registry.Code]*thin, f.most)
	}
	f.young[code] = t
}

func (f *facts) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clear()
}

func (f *facts) clear() {
	clear(f.young)
	f.old = nil
	f.turn++
}

// codes knows which codes there are: a Bloom filter of all that were ever given
// out. That one is not among them is believed only where the store says, after
// the question came, that no other process has added any since it was made.
type codes struct {
	now, next atomic.Pointer[filter] // next: while it is being made
	stale     chan struct{}
}

// lacks reports that there is no credential with the code; false means that the
// store must be asked.
func (c *codes) lacks(ctx context.Context, db *store.DB, code registry.Code) bool {
	f := c.now.Load()
	if f == nil || f.has(code) {
		return false
	}
	pulse, err := db.Pulse(ctx, 0)
	if err != nil {
		return false
	}
	if pulse.Others != f.others || f.full() {
		select {
		case c.stale <- struct{}{}:
		default:
		}
	}
	return pulse.Others == f.others
}

func (c *codes) add(list []registry.Code) {
	for _, p := range []*atomic.Pointer[filter]{&c.next, &c.now} { // in this order: next becomes now
		if f := p.Load(); f != nil {
			for _, code := range list {
				f.add(code)
			}
		}
	}
}

// renew makes the filter anew from the store.
func (c *codes) renew(ctx context.Context, db *store.DB) error {
	seed, sums := maphash.MakeSeed(), []uint64(nil)
	for room := 1 << 16; ; room = 2 * len(sums) {
		f := newFilter(seed, room)
		c.next.Store(f)
		sums = sums[:0]
		others, err := db.Codes(ctx, func(code registry.Code) { sums = append(sums, maphash.String(seed, string(code))) })
		if err != nil {
			c.next.Store(nil)
			return err
		}
		if len(sums) > room {
			continue // there are more than this one has room for; what was added meanwhile is in the store by now
		}
		for _, sum := range sums {
			f.set(sum)
		}
		f.others = others
		c.now.Store(f)
		c.next.Store(nil)
		return nil
	}
}

// filter is a Bloom filter of codes: sixteen bits and four probes for each, so
// that one unknown code in four hundred costs a look-up.
type filter struct {
	seed   maphash.Seed
	bits   []atomic.Uint64
	others int64 // store.Pulse.Others when it was made
	room   int64
	held   atomic.Int64
}

const (
	bitsPerCode = 16
	probes      = 4
)

func newFilter(seed maphash.Seed, room int) *filter {
	words := 1
	for words*64 < room*bitsPerCode {
		words *= 2
	}
	return &filter{seed: seed, bits: make([]atomic.Uint64, words), room: int64(words * 64 / bitsPerCode)}
}

func (f *filter) add(code registry.Code) { f.set(maphash.String(f.seed, string(code))) }

func (f *filter) set(sum uint64) {
	f.held.Add(1)
	for i := range probes {
		word, bit := f.place(sum, i)
		word.Or(bit)
	}
}

func (f *filter) has(code registry.Code) bool {
	sum := maphash.String(f.seed, string(code))
	for i := range probes {
		if word, bit := f.place(sum, i); word.Load()&bit == 0 {
			return false
		}
	}
	return true
}

// place is where the i-th probe of the sum looks.
func (f *filter) place(sum uint64, i int) (*atomic.Uint64, uint64) {
	at := sum + uint64(i)*(sum>>32|1)
	return &f.bits[at>>6&uint64(len(f.bits)-1)], 1 << (at & 63)
}

func (f *filter) full() bool { return f.held.Load() > f.room }
