package edge

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// The budgets of lists. A hospital's list of a thousand may hold some tens that
// are wrong, and be sent again; who sends nothing but guesses has used the budget
// up with his first list, and goes on owing. Codes have 75 random bits, so what
// guesses of them cost is work and not secrets, and ten minutes are enough: the
// others of a network pay as well. Pairs can be guessed: they are paid for whole,
// by the one account that tried them.
var (
	ListBudget     = Budget{Burst: 200, Every: 2 * time.Second, Most: 10 * time.Minute} // unknown codes of one network, or of one account
	ListPairBudget = Budget{Burst: 200, Every: 30 * time.Second}                        // one account, wrong numbers and names
)

// List is Settle for a stranger's list of codes, after the look-up: unknown is how
// many different codes of it the registry does not know. A list in which
// everything is found is answered, whatever others on the network tried. Codes
// whose check character is wrong are none of the unknown: they tell nothing.
func (l *Lookups) List(c *gin.Context, unknown int) error {
	if unknown == 0 {
		return nil
	}
	client := Client(c)
	if err := l.clients.Check(client); err != nil {
		return err
	}
	return settleMany(l.lists, client, unknown)
}

// AccountList is List for somebody who is signed in: his account alone is asked and
// pays, not the network on which he sits with strangers.
func (l *Lookups) AccountList(id registry.ID, unknown int) error {
	return settleMany(l.accountLists, string(id), unknown)
}

func settleMany(m *Misses, key string, unknown int) error {
	if unknown == 0 {
		return nil
	}
	if err := m.Check(key); err != nil {
		return err
	}
	m.MissMany(key, unknown)
	return nil
}

// AccountPairs refuses an account whose lists of numbers and names missed too
// often; ask it before such a list is looked up.
func (l *Lookups) AccountPairs(id registry.ID) error { return l.accounts.Check(string(id)) }

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
