package edge

import (
	"math"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Budget is how many misses are borne at once, and how fast they are forgotten.
type Budget struct {
	Burst int
	Every time.Duration // one miss is forgotten in this time
	Most  time.Duration // after which everything is forgotten, however many misses came at once; 0: no such end
}

// The budgets of public look-ups. A hospital that scans three hundred
// certificates makes no misses; a guesser makes nothing else.
var (
	ClientBudget = Budget{Burst: 60, Every: 10 * time.Second} // one network
	NumberBudget = Budget{Burst: 10, Every: 3 * time.Minute}  // wrong names for one number, from one neighbourhood
	NameBudget   = Budget{Burst: 20, Every: time.Minute}      // numbers tried with one name, from one neighbourhood
)

// The budgets of wrong pairs from everywhere. A neighbourhood is refused by its
// own long before: it takes ten of them at once, and four that go on, to use one
// of these up.
var (
	AnyNumberBudget = Budget{Burst: 10 * NumberBudget.Burst, Every: time.Minute}     // wrong names for one number
	AnyNameBudget   = Budget{Burst: 10 * NameBudget.Burst, Every: 15 * time.Second}  // numbers tried with one name
	BaseBudget      = Budget{Burst: 10 * ClientBudget.Burst, Every: 2 * time.Second} // wrong pairs in one base
)

// maxKeys bounds the memory of one limiter: so many keys in each of two tables.
const maxKeys = 10_000

// Misses counts failed look-ups by key and refuses whoever has used his budget
// up, before anything is looked up. Hits cost nothing.
type Misses struct {
	budget Budget
	now    func() time.Time
	mu     sync.Mutex
	// When all misses of a key will be forgotten. There are two tables: when the
	// young one is full it becomes the old one, and what was old is let go: the keys
	// that missed longest ago.
	young, old map[string]time.Time
	last       time.Time     // that the clock showed
	back       time.Duration // by which it was put back, all in all
}

// time is that of the clock, but never goes back: where a clock was wrong and is
// put right, nobody owes the difference.
func (m *Misses) time() time.Time {
	now := m.now()
	m.back += max(0, m.last.Sub(now))
	m.last = now
	return now.Add(m.back)
}

// NewMisses returns a limiter with the budget.
func NewMisses(b Budget, now func() time.Time) *Misses {
	return &Misses{budget: b, now: now, young: map[string]time.Time{}}
}

// forgotten is when all misses of the key will be forgotten, and how long that
// is from now; 0 for a key without any.
func (m *Misses) forgotten(key string, now time.Time) time.Duration {
	t, ok := m.young[key]
	if !ok {
		t = m.old[key]
	}
	return max(0, t.Sub(now))
}

// none reports that nobody has missed: then nobody's address need be found out.
func (m *Misses) none() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.young) == 0 && len(m.old) == 0
}

// Check refuses the key while its budget is used up ("edge.misses", TooMany, with
// the seconds to wait).
func (m *Misses) Check(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	wait := m.forgotten(key, m.time()) - time.Duration(m.budget.Burst-1)*m.budget.Every
	if wait <= 0 {
		return nil
	}
	return registry.Fail(registry.TooMany, "edge.misses", max(1, int(math.Ceil(wait.Seconds()))))
}

// Miss counts one failed look-up of the key.
func (m *Misses) Miss(key string) {
	m.count(key, func(left time.Duration) time.Duration {
		return min(left+m.budget.Every, time.Duration(m.budget.Burst)*m.budget.Every)
	})
}

// MissMany counts n failed look-ups of the key at once. What is over the budget
// is owed: the key waits until it is forgotten as well, and no longer than Most.
func (m *Misses) MissMany(key string, n int) {
	if n <= 0 {
		return
	}
	m.count(key, func(left time.Duration) time.Duration {
		owed := left + time.Duration(n)*m.budget.Every
		if m.budget.Most > 0 {
			return min(owed, m.budget.Most)
		}
		return owed
	})
}

func (m *Misses) count(key string, more func(left time.Duration) time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.time()
	left := m.forgotten(key, now)
	if _, ok := m.young[key]; !ok && len(m.young) >= maxKeys {
		m.old, m.young = m.young, make(map[string]time.Time, maxKeys)
	}
	m.young[key] = now.Add(more(left))
}
