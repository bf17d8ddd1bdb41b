package edge

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// Lookups are the budgets of public look-ups. One of them serves every door, so
// that the page does not give what the API refuses.
type Lookups struct {
	clients, numbers, names, bases, files *Misses
	desks                                 *desks  // where files are looked at
	lists, accounts                       *Misses // of whole lists
}

// NewLookups returns budgets that nobody has used yet.
func NewLookups(now func() time.Time) *Lookups {
	return &Lookups{clients: NewMisses(ClientBudget, now), numbers: NewMisses(NumberBudget, now),
		names: NewMisses(NameBudget, now), bases: NewMisses(BaseBudget, now), files: NewMisses(FileBudget, now), desks: newDesks(),
		lists: NewMisses(ListBudget, now), accounts: NewMisses(ListPairBudget, now)}
}

// Code refuses a client who has guessed too often; ask it before a look-up by
// private link.
func (l *Lookups) Code(c *gin.Context) error {
	if l.clients.none() {
		return nil
	}
	return l.clients.Check(Client(c))
}

// CodeMissed counts a look-up that found nothing.
func (l *Lookups) CodeMissed(c *gin.Context) { l.clients.Miss(Client(c)) }

// Settle is both for a certificate's code, after the look-up whose outcome it is
// given: what was not there is counted, and refused where too many were. What is
// there is answered whatever others on the network tried, so a gate goes on
// scanning; and with 75 random bits a code is read off paper, not guessed.
func (l *Lookups) Settle(c *gin.Context, a registry.Answer, err error) error {
	if err == nil && !Missed(a) {
		return nil
	}
	if busy := l.Code(c); busy != nil {
		return busy
	}
	l.CodeMissed(c)
	return err
}

// Pair is Code for a number with a name: the client, the number, the name and
// the base each have a budget, so guessing from many addresses ends as well.
func (l *Lookups) Pair(c *gin.Context, number, name string) error {
	for _, k := range l.pair(c, number, name) {
		if err := k.of.Check(k.key); err != nil {
			return err
		}
	}
	return nil
}

// PairMissed counts a pair that was not found.
func (l *Lookups) PairMissed(c *gin.Context, number, name string) {
	for _, k := range l.pair(c, number, name) {
		k.of.Miss(k.key)
	}
}

type pairKey struct {
	of  *Misses
	key string
}

func (l *Lookups) pair(c *gin.Context, number, name string) []pairKey {
	keys := []pairKey{{l.clients, Client(c)}}
	if n, err := registry.ParseNumber(number); err == nil {
		keys = append(keys, pairKey{l.numbers, string(n)}, pairKey{l.bases, strings.Split(string(n), "-")[1]})
	}
	sum := sha256.Sum256([]byte(registry.NameKey(name))) // nobody's name is kept, not even in memory
	return append(keys, pairKey{l.names, string(sum[:16])})
}

// Missed reports whether an answer counts as a miss.
func Missed(a registry.Answer) bool { return a.Status == registry.StatusNotFound }
