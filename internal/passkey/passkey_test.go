package passkey_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

const origin = "https://registry.example"

func begun(t *testing.T, d *store.DB) (*world.World, *passkey.Service, *testkit.Authenticator) {
	w := world.Over(t, d, t.TempDir())
	s, err := passkey.New(w.DB, origin, w.Clock.Now)
	if err != nil || !s.Available() {
		t.Fatal(err)
	}
	return w, s, testkit.NewAuthenticator(t, origin)
}

func register(t *testing.T, w *world.World, s *passkey.Service, who string, a *testkit.Authenticator) registry.Passkey {
	t.Helper()
	options, state, err := s.Begin(t.Context(), w.By(who))
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Register(t.Context(), w.By(who), state, "DEMO phone", a.Create(options))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func assert(t *testing.T, w *world.World, s *passkey.Service, who string, challenge, answer []byte) (got registry.PasskeySignature, err error) {
	t.Helper()
	err = w.DB.Tx(t.Context(), func(tx *store.Tx) error {
		if got, err = s.Assert(t.Context(), tx, w.By(who), challenge, answer); err != nil {
			return err
		}
		return tx.Audit(t.Context(), store.Act{Actor: "system", Action: "test", At: w.Clock.Now()})
	})
	return got, err
}

func TestAPasskeySignsOneChallengeAndAnybodyCanCheckIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w, s, phone := begun(t, d)
		register(t, w, s, "approver", phone)
		challenge, other := sha256.Sum256([]byte("this")), sha256.Sum256([]byte("that"))
		options, err := s.Request(t.Context(), w.By("approver"), challenge[:])
		if err != nil {
			t.Fatal(err)
		}
		answer := phone.Sign(options)
		if _, err := assert(t, w, s, "approver", other[:], answer); world.Code(err) != "passkey.other" {
			t.Errorf("over another challenge: %v", err)
		}
		if _, err := assert(t, w, s, "second", challenge[:], answer); world.Code(err) != "passkey.unknown" {
			t.Errorf("by another account: %v", err)
		}
		kept, err := assert(t, w, s, "approver", challenge[:], answer)
		if err != nil {
			t.Fatal(err)
		}
		if at, err := passkey.Check(kept, challenge[:]); err != nil || at != origin {
			t.Errorf("checked again: %q, %v", at, err)
		}
		for what, spoil := range map[string]func(*registry.PasskeySignature){
			"the signature": func(k *registry.PasskeySignature) { k.Signature = flipped(k.Signature) },
			"the key":       func(k *registry.PasskeySignature) { k.PublicKey = flipped(k.PublicKey) },
			"the data":      func(k *registry.PasskeySignature) { k.AuthData = flipped(k.AuthData) },
			"the origin": func(k *registry.PasskeySignature) {
				k.ClientData = bytes.ReplaceAll(k.ClientData, []byte("registry"), []byte("forgery1"))
			},
			"half of it":     func(k *registry.PasskeySignature) { k.AuthData = k.AuthData[:20] },
			"all of it":      func(k *registry.PasskeySignature) { *k = registry.PasskeySignature{} },
			"the flag of UV": func(k *registry.PasskeySignature) { k.AuthData = bytes.Clone(k.AuthData); k.AuthData[32] &^= 4 },
		} {
			spoiled := kept
			spoil(&spoiled)
			if _, err := passkey.Check(spoiled, challenge[:]); err == nil {
				t.Errorf("with %s changed, it still holds", what)
			}
		}
		if _, err := passkey.Check(kept, other[:]); world.Code(err) != "passkey.other" {
			t.Errorf("checked against another challenge: %v", err)
		}
	})
}

func flipped(b []byte) []byte {
	c := bytes.Clone(b)
	c[len(c)-1] ^= 1
	return c
}

func TestWhoCannotSignIsToldWhy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w, s, phone := begun(t, d)
		challenge := sha256.Sum256([]byte("this"))
		if _, err := s.Request(t.Context(), w.By("approver"), challenge[:]); world.Code(err) != "passkey.none" {
			t.Errorf("without a key: %v", err)
		}
		key := register(t, w, s, "approver", phone)
		options, err := s.Request(t.Context(), w.By("approver"), challenge[:])
		if err != nil {
			t.Fatal(err)
		}
		phone.Unverified = true
		if _, err := assert(t, w, s, "approver", challenge[:], phone.Sign(options)); world.Code(err) != "passkey.wrong" {
			t.Errorf("by somebody unknown who touched it: %v", err)
		}
		phone.Unverified = false
		if _, err := assert(t, w, s, "approver", challenge[:], []byte("{}")); world.Code(err) != "passkey.wrong" {
			t.Errorf("nothing signed: %v", err)
		}
		if _, err := assert(t, w, s, "approver", challenge[:], testkit.NewAuthenticator(t, "https://phish.example").Sign(options)); world.Code(err) != "passkey.unknown" {
			t.Errorf("by a stranger's key: %v", err)
		}
		if err := s.Remove(t.Context(), w.By("second"), key.ID); world.Code(err) != "passkey.unknown" {
			t.Errorf("taken away by another account: %v", err)
		}
		if err := s.Remove(t.Context(), w.By("approver"), key.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := assert(t, w, s, "approver", challenge[:], phone.Sign(options)); world.Code(err) != "passkey.unknown" {
			t.Errorf("by a key that was taken away: %v", err)
		}
	})
}

func TestAKeyIsRegisteredOnceAndByItsOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w, s, phone := begun(t, d)
		options, state, err := s.Begin(t.Context(), w.By("approver"))
		if err != nil {
			t.Fatal(err)
		}
		answer := phone.Create(options)
		if _, err := s.Register(t.Context(), w.By("second"), state, "DEMO", answer); world.Code(err) != "passkey.wrong" {
			t.Errorf("by another account: %v", err)
		}
		if _, err := s.Register(t.Context(), w.By("approver"), "", "DEMO", answer); world.Code(err) != "passkey.again" {
			t.Errorf("without its session: %v", err)
		}
		if _, err := s.Register(t.Context(), w.By("approver"), state, " ", answer); world.Code(err) != "passkey.name" {
			t.Errorf("without a name: %v", err)
		}
		if _, err := s.Register(t.Context(), w.By("approver"), state, "DEMO", answer); err != nil {
			t.Errorf("by its owner: %v", err)
		}
		if _, err := s.Register(t.Context(), w.By("approver"), state, "DEMO", answer); world.Code(err) != "passkey.exists" {
			t.Errorf("a second time: %v", err)
		}
		if list, err := s.List(t.Context(), w.By("approver")); err != nil || len(list) != 1 {
			t.Errorf("%d keys, %v", len(list), err)
		}
	})
}

func TestANumericAddressHasNoPasskeys(t *testing.T) {
	w := world.New(t)
	for _, at := range []string{"http://127.0.0.1:8080", "https://[::1]", "http://registry.example"} {
		s, err := passkey.New(w.DB, at, w.Clock.Now)
		if err != nil || s.Available() {
			t.Errorf("%s: %v", at, err)
		}
		if _, _, err := s.Begin(t.Context(), w.By("approver")); world.Code(err) != "passkey.origin" {
			t.Errorf("begun at %s: %v", at, err)
		}
	}
	if s, err := passkey.New(w.DB, "http://localhost:8080", w.Clock.Now); err != nil || !s.Available() {
		t.Errorf("localhost: %v", err)
	}
}
