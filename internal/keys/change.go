package keys

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// change collects what a change of the ring adds, and writes it: private files
// first, keys.json last. A crash in between leaves the old state and private
// files that no entry names.
type change struct {
	meta     metadata
	secrets  map[string]crypto.Signer
	files    map[string][]byte // by plain file name: PEM
	generate func(alg string) (crypto.Signer, error)
}

// update runs f on a copy of the newest state and stores the outcome. It holds
// off other processes meanwhile.
func (r *Ring) update(f func(*change) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	unlock, err := lockDir(r.dir)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := load(r.dir, r.box, r.state)
	if err != nil {
		return err
	}
	c := &change{meta: s.meta.clone(), secrets: maps.Clone(s.secrets), files: map[string][]byte{}, generate: r.generate}
	if err = f(c); err != nil {
		return err
	}
	if err = c.save(r.dir, r.box, r.rename); err != nil {
		return err
	}
	if s, err = load(r.dir, r.box, s); err != nil {
		return err
	}
	r.state = s
	return nil
}

func (c *change) save(dir string, b *box, rename func(from, to string) error) error {
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		data, err := b.seal(c.files[name])
		if err != nil {
			return err
		}
		if err := writeFile(dir, b.name(name), data, rename); err != nil {
			return err
		}
	}
	c.meta.Revision++
	data, err := c.meta.encode()
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return writeFile(dir, metadataFile, data, rename)
}

// add makes a key that signs from the time on, for as long as its use says.
func (c *change) add(use Use, issuer string, from time.Time) (*entry, error) {
	alg := ES256
	if use == PDFSigner {
		alg = c.meta.DocumentAlg
	}
	e := entry{Use: use, Issuer: issuer, Alg: alg, SignFrom: from}
	key, err := c.unique(alg, &e)
	if err != nil {
		return nil, err
	}
	e.SignUntil = from.Add(terms[use].signs)
	if use != Record {
		e.VerifyUntil = e.SignUntil.Add(terms[use].after)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make %s key: %w", use, err)
	}
	e.File = fmt.Sprintf("%s-%s.key", use, e.COSEKID)
	c.files[e.File] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	c.secrets[e.KID] = key
	if err := c.certify(&e, key); err != nil {
		return nil, err
	}
	c.meta.Keys = append(c.meta.Keys, e)
	return &c.meta.Keys[len(c.meta.Keys)-1], nil
}

// unique makes a key whose COSE kid no other key has: with 4 bytes, two keys in
// a large federation could meet, and a QR code names its key by them alone.
func (c *change) unique(alg string, e *entry) (crypto.Signer, error) {
	for range 100 {
		key, err := c.generate(alg)
		if err != nil {
			return nil, fmt.Errorf("make %s key: %w", e.Use, err)
		}
		sum, err := thumb(key.Public())
		if err != nil {
			return nil, err
		}
		e.KID = base64.RawURLEncoding.EncodeToString(sum[:])
		e.COSEKID = hex.EncodeToString(sum[:4])
		if slices.ContainsFunc(c.meta.Keys, func(o entry) bool { return o.COSEKID == e.COSEKID }) {
			continue
		}
		if e.Public, err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
			return nil, fmt.Errorf("make %s key: %w", e.Use, err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("make %s key: no free kid in 100 tries", e.Use)
}

// addIDKey makes the key of the hash of personal ids. Its name is random: a
// thumbprint would be a hash of the secret.
func (c *change) addIDKey(from time.Time) error {
	secret, name := make([]byte, idKeySize), make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("make id key: %w", err)
	}
	if _, err := rand.Read(name); err != nil {
		return fmt.Errorf("make id key: %w", err)
	}
	e := entry{KID: base64.RawURLEncoding.EncodeToString(name), Use: IDHMAC, Alg: HS256, File: string(IDHMAC) + ".key", SignFrom: from}
	c.files[e.File] = pem.EncodeToMemory(&pem.Block{Type: "PASSMUSTER HMAC KEY", Bytes: secret})
	c.meta.Keys = append(c.meta.Keys, e)
	return nil
}

// newest returns the key of the use and issuer that signs at the time.
func (c *change) newest(use Use, issuer string, now time.Time) *entry {
	var found *entry
	for i := range c.meta.Keys {
		e := &c.meta.Keys[i]
		if e.Use == use && e.Issuer == issuer && e.signs(now) && (found == nil || e.SignFrom.After(found.SignFrom)) {
			found = e
		}
	}
	return found
}

func (e *entry) signs(now time.Time) bool {
	return e.CompromisedAt.IsZero() && !now.Before(e.SignFrom) && now.Before(e.SignUntil)
}

// parentOf returns the key that certifies keys of the use, with its signer.
func (c *change) parentOf(use Use, now time.Time) (*entry, crypto.Signer, error) {
	parent := terms[use].parent
	e := c.newest(parent, "", now)
	if e == nil {
		return nil, nil, registry.Fail(registry.Unavailable, "keys.no_key", parent)
	}
	key := c.secrets[e.KID]
	if key == nil {
		return nil, nil, absent(e.Use, e.File)
	}
	return e, key, nil
}

// absent is the refusal for a private key that is kept elsewhere.
func absent(use Use, file string) error {
	if use == Root {
		return registry.Fail(registry.Unavailable, "keys.root_absent", file)
	}
	return registry.Fail(registry.Unavailable, "keys.absent", use, file)
}
