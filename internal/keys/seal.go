package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"filippo.io/age"
	"github.com/passmuster/passmuster/internal/registry"
)

const (
	sealFile      = "seal.age" // the box's identity, sealed by the passphrase
	sealedSuffix  = ".age"
	scryptWork    = 18 // age's default: about a second and 256 MB a try
	maxScryptWork = 20 // a crafted file must not take gigabytes
	minPassphrase = 10
)

// box seals the private files of a directory. The passphrase seals one
// identity (age scrypt), the identity seals the files (age X25519): opening
// costs one slow derivation however many keys there are, and keys made later
// need no passphrase.
type box struct{ id *age.X25519Identity }

// newBox makes a box, and its sealFile for the passphrase.
func newBox(passphrase string, work int) (*box, []byte, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, fmt.Errorf("make seal: %w", err)
	}
	sealed, err := sealWith(passphrase, work, []byte(id.String()))
	return &box{id}, sealed, err
}

// openBox opens the box whose sealFile holds sealed.
func openBox(sealed []byte, passphrase string) (*box, error) {
	text, err := unsealWith(passphrase, bytes.NewReader(sealed), sealFile)
	if err != nil {
		return nil, err
	}
	id, err := age.ParseX25519Identity(string(text))
	if err != nil {
		return nil, damaged(sealFile, errors.New("not an identity"))
	}
	return &box{id}, nil
}

// name is the name under which the box keeps a private file.
func (b *box) name(file string) string {
	if b == nil {
		return file
	}
	return file + sealedSuffix
}

func (b *box) seal(plain []byte) ([]byte, error) {
	if b == nil {
		return plain, nil
	}
	return encrypt(plain, b.id.Recipient())
}

func (b *box) unseal(sealed []byte) ([]byte, error) {
	if b == nil {
		return sealed, nil
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), b.id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// sealWith encrypts under a passphrase (age, scrypt with 2^work rounds).
func sealWith(passphrase string, work int, plain []byte) ([]byte, error) {
	if utf8.RuneCountInString(passphrase) < minPassphrase {
		return nil, registry.Fail(registry.Invalid, "keys.passphrase_short", minPassphrase)
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	to.SetWorkFactor(work)
	return encrypt(plain, to)
}

// unsealWith is the inverse of sealWith. A wrong passphrase is told apart from
// a damaged file.
func unsealWith(passphrase string, r io.Reader, file string) ([]byte, error) {
	if passphrase == "" {
		return nil, registry.Fail(registry.Unavailable, "keys.passphrase")
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	id.SetMaxWorkFactor(maxScryptWork)
	plain, err := age.Decrypt(r, id)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return nil, registry.Fail(registry.Unavailable, "keys.passphrase")
	}
	if err != nil {
		return nil, damaged(file, err)
	}
	b, err := io.ReadAll(io.LimitReader(plain, maxMetadata))
	if err != nil {
		return nil, damaged(file, err)
	}
	return b, nil
}

func encrypt(plain []byte, to age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err = w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err = w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out.Bytes(), nil
}
