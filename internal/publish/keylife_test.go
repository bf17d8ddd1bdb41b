package publish_test

import (
	"crypto"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/trust"
	"github.com/passmuster/passmuster/internal/verify"
)

// bothWays is what is answered with and without a network, and to its badge's
// text.
func bothWays(t *testing.T, w *world.World, text string) (online, offline registry.Answer) {
	t.Helper()
	online, err := w.Verify.QR(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return online, download(t, w.Publish).check(t, text)
}

// generations issues a certificate by each of four record keys, and returns the
// key of each with its signer, as a thief would have it.
func generations(t *testing.T, w *world.World) (list []registry.Credential, signers []crypto.Signer) {
	t.Helper()
	for generation := range 4 {
		_, signer, err := w.Ring.Record("CVF", w.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		list, signers = append(list, w.Issued(1)...), append(signers, signer)
		w.Clock.Add(48 * time.Hour)
		if generation < 3 {
			must(t, second(w.Ring.Rotate(keys.Record, "CVF", w.Clock.Now())))
			must(t, second(w.Ring.Rotate(keys.Publisher, "", w.Clock.Now())))
		}
		refresh(t, w.Publish)
	}
	used := map[string]bool{}
	for _, c := range list {
		used[c.Snapshot.RecordKey] = true
	}
	if len(used) != 4 {
		t.Fatalf("signed by %d keys, want 4", len(used))
	}
	return list, signers
}

func TestCertificatesOutliveThreeRotations(t *testing.T) {
	w := world.New(t)
	list, _ := generations(t, w)
	for years := range 2 {
		for i, c := range list {
			online, offline := bothWays(t, w, qr(t, w, c))
			if online.Verdict != registry.Yes || offline.Verdict != registry.Yes || online.Status != offline.Status {
				t.Errorf("after %d years, generation %d: %s with a network, %s %+v without", years, i+1, online.Status, offline.Status, offline.Reasons)
			}
		}
		w.Clock.Add(365 * 24 * time.Hour)
		refresh(t, w.Publish)
	}
}

// TestAStolenKeyMakesNoCertificate distrusts a key from a time on: what it really
// signed stays good with and without a network; what its thief signs is nothing,
// whatever code, name and day he writes.
func TestAStolenKeyMakesNoCertificate(t *testing.T) {
	w := world.New(t)
	list, signers := generations(t, w)
	stolen, thief := list[1], signers[1]
	key, ok := w.Ring.Find(stolen.Snapshot.RecordKey)
	if !ok {
		t.Fatal("no key")
	}
	before := download(t, w.Publish)
	must(t, w.Ring.MarkCompromised(key.KID, w.Clock.Now().Add(-time.Hour)))
	refresh(t, w.Publish)
	for i, c := range list {
		online, offline := bothWays(t, w, qr(t, w, c))
		if online.Verdict != registry.Yes || offline.Verdict != registry.Yes {
			t.Errorf("generation %d: %s with a network, %s %+v without", i+1, online.Status, offline.Status, offline.Reasons)
		}
		doubted := slices.ContainsFunc(online.Reasons, func(r registry.Reason) bool { return r.Code == "signer.compromised" })
		if doubted != (c.ID == stolen.ID) {
			t.Errorf("generation %d: doubted: %v", i+1, doubted)
		}
	}
	claims := record.FromSnapshot(stolen.Snapshot)
	another := claims
	another.Name = "赵盗 DEMO"
	invented := registry.NewCode([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	for name, f := range map[string]struct {
		claims record.Claims
		code   registry.Code
	}{
		"his name under a real code":    {another, stolen.Code},
		"his name under another's code": {another, list[2].Code},
		"a code that was never issued":  {claims, invented},
		"both":                          {another, invented},
	} {
		signed, err := record.Sign(f.claims, f.code, key.COSEKID, thief)
		if err != nil {
			t.Fatal(err)
		}
		text := record.URL(world.Origin, f.code, signed)
		online, offline := bothWays(t, w, text)
		if online.Verdict != registry.No {
			t.Errorf("%s, with a network: %s", name, online.Status)
		}
		if offline.Verdict == registry.Yes {
			t.Errorf("%s, without a network: %s", name, offline.Status)
		}
	}
	older, err := w.Publish.TrustFile(t.Context(), int64(before.list.Number))
	if err != nil {
		t.Fatal(err)
	}
	now := download(t, w.Publish)
	if _, err := trust.ParseList(older.Body, now.list.Root, trust.Seen{}.With(now.list, now.bundle), w.Clock.Now()); world.Code(err) != "trust.rolled_back" {
		t.Errorf("the list from before the theft, shown again: %v", err)
	}
	if _, err := w.Verify.Code(t.Context(), string(invented), verify.ChannelAPI); err != nil {
		t.Error(err)
	}
}
