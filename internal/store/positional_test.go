package store

import "testing"

func TestParametersInTheirOrderNeedNoNames(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                               "SELECT 1",
		"SELECT a FROM t WHERE b = $1":           "SELECT a FROM t WHERE b = ?",
		"VALUES ($1, $2), ($3, $4) LIMIT $5":     "VALUES (?, ?), (?, ?) LIMIT ?",
		"UPDATE t SET a = $2 WHERE b = $1":       "UPDATE t SET a = $2 WHERE b = $1",
		"SELECT a FROM t WHERE b = $1 OR c = $1": "SELECT a FROM t WHERE b = $1 OR c = $1",
		"SELECT json_extract(a, '$.b') = $1":     "SELECT json_extract(a, '$.b') = $1",
		"VALUES ($1, $10)":                       "VALUES ($1, $10)",
	} {
		if got := positional(query); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}
