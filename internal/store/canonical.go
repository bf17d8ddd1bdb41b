package store

// Canonical is the JSON of v in the one form of RFC 8785: what the store keeps
// of a snapshot, and what is hashed of it.
func Canonical(v any) ([]byte, error) {
	text, err := canonical(v)
	return []byte(text), err
}
