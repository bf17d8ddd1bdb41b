package keys

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Ring is the set of keys in one directory. It is safe for concurrent use, also
// by several processes: a change made by one is seen by the others before they
// sign again.
type Ring struct {
	dir      string
	box      *box // nil: the private files are not sealed
	work     int  // scrypt rounds of backups, as a power of two
	generate func(alg string) (crypto.Signer, error)
	rename   func(from, to string) error

	mu    sync.RWMutex
	state *state // replaced as a whole, never changed

	looked atomic.Pointer[time.Time] // when Look last found the directory as state has it
}

// state is the directory as it was read at one moment.
type state struct {
	meta    metadata
	keys    []Key                    // in the order of meta.Keys
	secrets map[string]crypto.Signer // by kid, those that are present
	idKey   []byte
	file    os.FileInfo // of keys.json, to notice a change
}

// Open opens the keys in dir. The function passphrase is asked only when they
// are sealed; nil refuses sealed keys ("keys.sealed"). Private files that are
// absent are no fault here (the root may be offline): what needs them is
// refused. Refusals, all registry.Unavailable: keys.missing, keys.sealed,
// keys.passphrase, keys.exposed, keys.damaged, keys.newer.
func Open(dir string, passphrase func() (string, error)) (*Ring, error) {
	r := &Ring{dir: dir, work: scryptWork, generate: generate, rename: os.Rename}
	meta, _, err := readMetadata(dir)
	if err != nil {
		return nil, err
	}
	if meta.Sealed {
		if r.box, err = unlock(dir, passphrase); err != nil {
			return nil, err
		}
	}
	r.state, err = load(dir, r.box, nil)
	return r, err
}

func unlock(dir string, passphrase func() (string, error)) (*box, error) {
	sealed, err := readPrivate(dir, sealFile)
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, damaged(sealFile, errors.New("not there"))
	}
	if passphrase == nil {
		return nil, registry.Fail(registry.Unavailable, "keys.sealed")
	}
	text, err := passphrase()
	if err != nil {
		return nil, fmt.Errorf("read passphrase: %w", err)
	}
	return openBox(sealed, text)
}

func readMetadata(dir string) (metadata, os.FileInfo, error) {
	f, err := os.Open(filepath.Join(dir, metadataFile))
	if os.IsNotExist(err) {
		return metadata{}, nil, registry.Fail(registry.Unavailable, "keys.missing", dir)
	}
	if err != nil {
		return metadata{}, nil, fmt.Errorf("read keys: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return metadata{}, nil, fmt.Errorf("read keys: %w", err)
	}
	if info.Size() > maxMetadata {
		return metadata{}, nil, damaged(metadataFile, errors.New("too large"))
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		return metadata{}, nil, fmt.Errorf("read keys: %w", err)
	}
	m, err := decodeMetadata(b.Bytes())
	return m, info, err
}

// load reads the directory. Private keys that before holds are not read again.
func load(dir string, b *box, before *state) (*state, error) {
	meta, info, err := readMetadata(dir)
	if err != nil {
		return nil, err
	}
	s := &state{meta: meta, secrets: map[string]crypto.Signer{}, file: info}
	for _, e := range meta.Keys {
		k, err := e.key()
		if err != nil {
			return nil, damaged(metadataFile, err)
		}
		if slices.ContainsFunc(s.keys, k.clashes) {
			return nil, damaged(metadataFile, fmt.Errorf("kid %s stands twice", e.KID))
		}
		if before != nil && before.secrets[e.KID] != nil {
			s.secrets[e.KID], k.Present = before.secrets[e.KID], true
		} else if k.Present, err = s.loadSecret(dir, b, e, k); err != nil {
			return nil, err
		}
		s.keys = append(s.keys, k)
	}
	if s.idKey == nil {
		return nil, damaged(string(IDHMAC), errors.New("not there"))
	}
	return s, nil
}

// clashes reports whether two keys could be taken for each other.
func (k Key) clashes(o Key) bool {
	return k.KID == o.KID || k.Public != nil && o.Public != nil && k.COSEKID == o.COSEKID
}

// loadSecret reads the private file of one key, if it is there.
func (s *state) loadSecret(dir string, b *box, e entry, k Key) (present bool, err error) {
	name := b.name(e.File)
	raw, err := readPrivate(dir, name)
	if err != nil || raw == nil {
		return false, err
	}
	text, err := b.unseal(raw)
	if err != nil {
		return false, damaged(name, err)
	}
	block, rest := pem.Decode(text)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return false, damaged(name, errors.New("not one PEM block"))
	}
	if e.Use == IDHMAC {
		if len(block.Bytes) != idKeySize {
			return false, damaged(name, errors.New("wrong length"))
		}
		s.idKey = block.Bytes
		return true, nil
	}
	key, err := parsePrivate(block.Bytes, k.Public)
	if err != nil {
		return false, damaged(name, err)
	}
	s.secrets[e.KID] = key
	return true, nil
}

// parsePrivate reads a PKCS #8 key (RFC 5958) that must belong to pub.
func parsePrivate(der []byte, pub crypto.PublicKey) (crypto.Signer, error) {
	any, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("not a PKCS #8 key")
	}
	key, ok := any.(crypto.Signer)
	if !ok {
		return nil, errors.New("not a signing key")
	}
	own, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !own.Equal(pub) {
		return nil, errors.New("belongs to another public key")
	}
	return key, nil
}

// Reload reads the directory again if another process changed it. Whatever
// signs does so by itself.
func (r *Ring) Reload() error {
	_, err := r.fresh()
	return err
}

// fresh returns the state of the directory as it is now.
func (r *Ring) fresh() (*state, error) {
	info, err := os.Stat(filepath.Join(r.dir, metadataFile))
	if err != nil {
		return nil, registry.Fail(registry.Unavailable, "keys.missing", r.dir)
	}
	old := r.seen()
	if os.SameFile(info, old.file) && info.ModTime().Equal(old.file.ModTime()) && info.Size() == old.file.Size() {
		return old, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := load(r.dir, r.box, r.state)
	if err != nil {
		return nil, err
	}
	r.state = s
	return s, nil
}

// seen returns the state as it was last read.
func (r *Ring) seen() *state {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.state
}

// current is fresh for readers that cannot fail: when the directory cannot be
// read, what was read last still describes the public keys.
func (r *Ring) current() *state {
	if s, err := r.fresh(); err == nil {
		return s
	}
	return r.seen()
}

// Demo reports whether the keys were made for a demonstration.
func (r *Ring) Demo() bool { return r.seen().meta.Demo }

// Suits refuses to sign demonstration data with real keys, and real data with
// those of a demonstration ("keys.demo_only", "keys.not_demo").
func (r *Ring) Suits(demo bool) error {
	switch {
	case r.Demo() && !demo:
		return registry.Fail(registry.Conflict, "keys.demo_only")
	case demo && !r.Demo():
		return registry.Fail(registry.Conflict, "keys.not_demo")
	}
	return nil
}

// Sealed reports whether the private files are under a passphrase.
func (r *Ring) Sealed() bool { return r.box != nil }

// Organization is the name that new certificates bear.
func (r *Ring) Organization() string { return r.seen().meta.Organization }

// PublicURL is the origin that new certificates point to.
func (r *Ring) PublicURL() string { return r.seen().meta.PublicURL }

// List describes every key, oldest first.
func (r *Ring) List() []Key { return slices.Clone(r.current().keys) }

// Find describes the key with the kid.
func (r *Ring) Find(kid string) (Key, bool) {
	return r.current().find(kid)
}

// Look is Find for whoever answers others by what the keys say: an error tells
// that they cannot be read now, where Find goes by what was read before.
func (r *Ring) Look(kid string, now time.Time) (Key, bool, error) {
	s, looked := r.seen(), r.looked.Load()
	if looked == nil || now.Before(*looked) || now.Sub(*looked) > glance {
		var err error
		if s, err = r.fresh(); err != nil {
			r.looked.Store(nil)
			return Key{}, false, err
		}
		at := now // now itself would be on the heap for every answer
		r.looked.Store(&at)
	}
	k, ok := s.find(kid)
	return k, ok, nil
}

// glance is how long one look at the directory is good for Look, which a gate asks
// thousands of times a second.
const glance = 50 * time.Millisecond

// RecordKeys describes the record keys of all issuers, old ones included.
func (r *Ring) RecordKeys() []Key { return r.Keys(Record) }

// Keys describes the keys of one use, old ones included, oldest first.
func (r *Ring) Keys(use Use) []Key {
	return slices.DeleteFunc(r.List(), func(k Key) bool { return k.Use != use })
}

func (s *state) find(kid string) (Key, bool) {
	for _, k := range s.keys {
		if k.KID == kid {
			return k, true
		}
	}
	return Key{}, false
}
