package store

import (
	"strconv"
	"strings"
)

// positional writes the parameters $1, $2 … of a query as ?, where each stands
// there once and in its order. To SQLite $1 is a name, and it looks through all
// names for each value that is bound.
func positional(query string) string {
	var b strings.Builder
	rest := query
	for n := 1; ; n++ {
		text, after, found := strings.Cut(rest, "$")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		number := strconv.Itoa(n)
		if rest, found = strings.CutPrefix(after, number); !found || rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return query
		}
		b.WriteByte('?')
	}
}
