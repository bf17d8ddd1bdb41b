package store

import jcs "github.com/passmuster/passmuster/internal/canonical"

// Canonical is the JSON of v in the one form of RFC 8785: what the store keeps
// of a snapshot, and what is hashed of it.
func Canonical(v any) ([]byte, error) { return jcs.JSON(v) }

func canonical(v any) (string, error) {
	text, err := jcs.JSON(v)
	return string(text), err
}
