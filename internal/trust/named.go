package trust

import (
	"crypto/ecdsa"

	"github.com/passmuster/passmuster/internal/record/cose"
)

// NamedRoot reads which root a list names for itself, without believing it: for
// a verifier that has no pinned root and takes the word of whoever handed it the
// list. Such a verifier must show the root's thumbprint, to be compared.
func NamedRoot(b []byte) (*ecdsa.PublicKey, error) {
	msg, err := listDoc.parse(b)
	if err != nil {
		return nil, err
	}
	var w wireList
	if err := listDoc.decode(msg, &w); err != nil {
		return nil, err
	}
	root, err := cose.ParsePoint(w.Root)
	if err != nil {
		return nil, listDoc.wrong("the root key is no point of P-256")
	}
	return root, nil
}

// IsBundle tells, without believing it, whether b reads as an offline bundle: for
// a message to whoever gave one in place of a trust list.
func IsBundle(b []byte) bool {
	msg, err := bundleDoc.parse(b)
	if err != nil {
		return false
	}
	var w wireBundle
	return bundleDoc.decode(msg, &w) == nil
}
