package edge

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/passmuster/passmuster/internal/registry"
)

// Budget is how many misses are borne at once, and how fast they are forgotten.
type Budget struct {
	Burst int
	Every time.Duration // one miss is forgotten in this time
}

// The budgets of public look-ups. A hospital that scans three hundred
// certificates makes no misses; a guesser makes nothing else.
var (
	ClientBudget = Budget{Burst: 60, Every: 10 * time.Second} // one network
	NumberBudget = Budget{Burst: 10, Every: 3 * time.Minute}  // wrong names for one number
	NameBudget   = Budget{Burst: 20, Every: time.Minute}      // numbers tried with one name
	BaseBudget   = Budget{Burst: 300, Every: 2 * time.Second} // wrong pairs in one base
)

// maxKeys bounds the memory of one limiter.
const maxKeys = 20_000

// Misses counts failed look-ups by key and refuses whoever has used his budget
// up, before anything is looked up. Hits cost nothing.
type Misses struct {
	budget Budget
	now    func() time.Time
	mu     sync.Mutex
	keys   map[string]*misses
}

type misses struct {
	limiter *rate.Limiter
	last    time.Time
}

// NewMisses returns a limiter with the budget.
func NewMisses(b Budget, now func() time.Time) *Misses {
	return &Misses{budget: b, now: now, keys: map[string]*misses{}}
}

// Check refuses the key while its budget is used up ("edge.misses", TooMany, with
// the seconds to wait).
func (m *Misses) Check(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.keys[key]
	if k == nil {
		return nil
	}
	left := k.limiter.TokensAt(m.now())
	if left >= 1 {
		return nil
	}
	wait := int(math.Ceil((1 - left) * m.budget.Every.Seconds()))
	return registry.Fail(registry.TooMany, "edge.misses", max(1, wait))
}

// Miss counts one failed look-up of the key.
func (m *Misses) Miss(key string) {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.keys[key]
	if k == nil {
		m.sweep(now)
		k = &misses{limiter: rate.NewLimiter(rate.Every(m.budget.Every), m.budget.Burst)}
		m.keys[key] = k
	}
	k.last = now
	k.limiter.AllowN(now, 1)
}

// sweep makes room in a full table: first the keys whose misses are forgotten,
// then, if all are fresh, the older ones.
func (m *Misses) sweep(now time.Time) {
	if len(m.keys) < maxKeys {
		return
	}
	forgotten := time.Duration(m.budget.Burst) * m.budget.Every
	for age := forgotten; len(m.keys) > maxKeys/2 && age > 0; age /= 2 {
		for key, k := range m.keys {
			if now.Sub(k.last) >= age {
				delete(m.keys, key)
			}
		}
	}
	for key := range m.keys { // all of this very moment
		if len(m.keys) <= maxKeys/2 {
			return
		}
		delete(m.keys, key)
	}
}
