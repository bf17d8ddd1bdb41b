package edge

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// The budgets of lists. A hospital's list of a thousand may hold some tens that
// are wrong, and be sent again; who sends nothing but guesses has used the budget
// up with his first list, and goes on owing: a list is paid for whole. In the
// long run lists try no more guesses than single look-ups do.
var (
	ListBudget     = Budget{Burst: 200, Every: 10 * time.Second} // one network, unknown codes
	ListPairBudget = Budget{Burst: 200, Every: 30 * time.Second} // one account, wrong numbers and names
)

// List refuses a client whose lists, or single look-ups, missed too often; ask it
// before a list of codes is looked up.
func (l *Lookups) List(c *gin.Context) error {
	if err := l.Code(c); err != nil {
		return err
	}
	return l.lists.Check(Client(c))
}

// ListMissed counts the different codes of a list that the registry does not
// know. Codes whose check character is wrong are none of them: they tell nothing.
func (l *Lookups) ListMissed(c *gin.Context, n int) { l.lists.MissMany(Client(c), n) }

// Account refuses an account whose lists of numbers and names missed too often.
func (l *Lookups) Account(id registry.ID) error { return l.accounts.Check(string(id)) }

// ListedPair refuses a number or a name for which the account tried too many
// others; the row is not looked up then. What strangers try is counted apart, and
// keeps no account from its list.
func (l *Lookups) ListedPair(id registry.ID, number, name string) error {
	for _, k := range l.listedPair(id, number, name) {
		if err := k.of.Check(k.key); err != nil {
			return err
		}
	}
	return nil
}

// ListedPairMissed counts a pair of an account's list that was not found.
func (l *Lookups) ListedPairMissed(id registry.ID, number, name string) {
	l.accounts.MissMany(string(id), 1)
	for _, k := range l.listedPair(id, number, name) {
		k.of.Miss(k.key)
	}
}

func (l *Lookups) listedPair(id registry.ID, number, name string) []pairKey {
	keys := []pairKey{{l.listNames, string(id) + " " + nameSum(strings.TrimSpace(name))}}
	if n, err := registry.ParseNumber(number); err == nil {
		keys = append(keys, pairKey{l.listNumbers, string(id) + " " + string(n)})
	}
	return keys
}
