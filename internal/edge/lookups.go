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
	clients, files            *Misses
	pairs, numbers, names     *Misses // of a number with a name, each by neighbourhood
	anyNumber, anyName, bases *Misses // the same from everywhere
	desks                     *desks  // where files are received and looked at
	lists, accountLists       *Misses // of lists of codes, by network and by account
	accounts                  *Misses // of lists of numbers and names
	listNumbers, listNames    *Misses // the same, each by account
}

// NewLookups returns budgets that nobody has used yet.
func NewLookups(now func() time.Time) *Lookups {
	of := func(b Budget) *Misses { return NewMisses(b, now) }
	return &Lookups{clients: of(ClientBudget), files: of(FileBudget), pairs: of(ClientBudget), numbers: of(NumberBudget), names: of(NameBudget),
		anyNumber: of(AnyNumberBudget), anyName: of(AnyNameBudget), bases: of(BaseBudget), desks: newDesks(),
		lists: of(ListBudget), accountLists: of(ListBudget), accounts: of(ListPairBudget), listNumbers: of(NumberBudget), listNames: of(NameBudget)}
}

// Code refuses a client who has guessed too often; ask it before a look-up by a
// code that is short enough to be guessed, as those of shares are.
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
	return l.LinkMissed(c, err)
}

// LinkMissed counts a private link that led nowhere, after the look-up, and gives
// its err back, or a refusal where too many links did. A link that leads somewhere
// is never asked about: nobody guesses one, and its holder must not pay for what
// others on his network tried.
func (l *Lookups) LinkMissed(c *gin.Context, err error) error {
	client := Client(c)
	if busy := l.clients.Check(client); busy != nil {
		return busy
	}
	l.clients.Miss(client)
	return err
}

// Pair is Code for a number with a name, which can be guessed. Budgets are those
// of a neighbourhood first, for each number and each name: who guesses there is
// refused before anything is looked up, the right pair too, so that a refusal
// tells nothing; everybody elsewhere goes on. What many neighbourhoods that have
// nothing to do with each other try is limited for all of them together, and only
// they can use those budgets up (docs/api.md).
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
	near, called := neighbourhood(c), nameSum(name)
	keys := []pairKey{{l.clients, Client(c)}, {l.pairs, near}, {l.names, near + " " + called}, {l.anyName, called}}
	if n, err := registry.ParseNumber(number); err == nil {
		keys = append(keys, pairKey{l.numbers, near + " " + string(n)}, pairKey{l.anyNumber, string(n)}, pairKey{l.bases, strings.Split(string(n), "-")[1]})
	}
	return keys
}

// nameSum stands for a name: nobody's is kept, not even in memory.
func nameSum(name string) string {
	sum := sha256.Sum256([]byte(registry.NameKey(name)))
	return string(sum[:16])
}

// Missed reports whether an answer counts as a miss.
func Missed(a registry.Answer) bool { return a.Status == registry.StatusNotFound }
