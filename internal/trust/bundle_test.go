package trust_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
)

func TestTheBundleTellsTheStandingOfACode(t *testing.T) {
	b := verifiedBundle(t)
	for _, x := range []struct {
		what   string
		code   registry.Code
		want   trust.Standing
		status registry.Status
		on     string
	}{
		{"issued", plain, trust.InFilter, "", ""},
		{"revoked", revoked, trust.Excepted, registry.StatusRevoked, "2026-11-19"},
		{"suspended", suspended, trust.Excepted, registry.StatusSuspended, "2026-11-20"},
		{"superseded", superseded, trust.Excepted, registry.StatusSuperseded, "2026-11-18"},
		{"never issued", notIssued, trust.Absent, "", ""},
	} {
		got, e := b.Lookup(x.code)
		if got != x.want || e.Status != x.status || e.On.String() != x.on {
			t.Errorf("%s: %d %+v, want %d", x.what, got, e, x.want)
		}
	}
	payload, _ := claims().Payload()
	if !b.Vouches(plain, payload) || b.Vouches(revoked, payload) || b.Vouches(plain, payload[1:]) {
		t.Error("Vouches stands by something else than the one record")
	}
	if b.Courses["CPR1"]["ru"] != "СЛР и АНД" || b.Bases["SJZ"]["en"] != "DEMO base" {
		t.Errorf("names %v %v", b.Courses, b.Bases)
	}
}

func TestABundleIsRefusedForWhatIsWrongWithIt(t *testing.T) {
	l := verifiedList(t)
	sign := func(by string) []byte {
		b, err := trust.SignBundle(bundle(t), testKey(t, by))
		return signed(t, b, err)
	}
	good := sign("publisher")
	damage := func(at int) []byte { b := bytes.Clone(good); b[at] ^= 1; return b }
	listBytes, err := trust.SignList(list(t), testKey(t, "publisher"))
	signed(t, listBytes, err)

	for _, x := range []struct {
		what string
		b    []byte
		seen trust.Seen
		now  time.Time
		want string
		kept bool
	}{
		{"genuine and in date", good, trust.Seen{}, now, "", true},
		{"the one already seen", good, trust.Seen{Bundle: 42}, now, "", true},
		{"last second", good, trust.Seen{}, bundleMade.Add(trust.GeneralLife - time.Minute - time.Second), "", true},
		{"past its end", good, trust.Seen{}, bundleMade.Add(trust.GeneralLife - time.Minute), "bundle.expired", true},
		{"clock behind", good, trust.Seen{}, bundleMade.Add(-time.Hour), "bundle.clock", true},
		{"older than one seen", good, trust.Seen{Bundle: 43}, now, "bundle.rolled_back", false},
		{"signed by a revoked publisher", sign("publisher, stolen"), trust.Seen{}, now, "bundle.publisher", false},
		{"signed by an issuer", sign("record"), trust.Seen{}, now, "bundle.publisher", false},
		{"signed by next season's publisher", sign("publisher, next"), trust.Seen{}, now, "bundle.publisher", false},
		{"a byte of the filter changed", damage(200), trust.Seen{}, now, "bundle.signature", false},
		{"a byte of the signature changed", damage(len(good) - 1), trust.Seen{}, now, "bundle.signature", false},
		{"a list in the place of a bundle", listBytes, trust.Seen{}, now, "bundle.signature", false},
		{"cut off", good[:100], trust.Seen{}, now, "bundle.malformed", false},
		{"nothing", nil, trust.Seen{}, now, "bundle.malformed", false},
	} {
		b, err := trust.ParseBundle(x.b, l, x.seen, x.now)
		if refusal(err) != x.want || (b != nil) != x.kept {
			t.Errorf("%s: %v (bundle %t), want %q (bundle %t)", x.what, err, b != nil, x.want, x.kept)
		}
	}
	if _, err := trust.ParseBundle(good, nil, trust.Seen{}, now); refusal(err) != "bundle.publisher" {
		t.Errorf("without a list: %v, want bundle.publisher", err)
	}
}

func TestABundleThatContradictsItselfIsNotSigned(t *testing.T) {
	for what, f := range map[string]func(*trust.Bundle){
		"no number":                      func(b *trust.Bundle) { b.Number = 0 },
		"older than 24 hours at its end": func(b *trust.Bundle) { b.ValidUntil = b.AsOf.Add(trust.GeneralLife + time.Second) },
		"camp pack of 15 days":           func(b *trust.Bundle) { b.Kind, b.Event, b.ValidUntil = trust.Camp, "E1", b.AsOf.Add(15*day) },
		"camp pack without an event":     func(b *trust.Bundle) { b.Kind = trust.Camp },
		"event without a camp pack":      func(b *trust.Bundle) { b.Event = "E1" },
		"unknown kind":                   func(b *trust.Bundle) { b.Kind = 2 },
		"as of later than issued":        func(b *trust.Bundle) { b.AsOf = b.IssuedAt.Add(time.Second) },
		"ends before it begins":          func(b *trust.Bundle) { b.ValidUntil = b.IssuedAt },
		"exception twice":                func(b *trust.Bundle) { b.Exceptions = append(b.Exceptions, b.Exceptions[0]) },
		"exception that is valid":        func(b *trust.Bundle) { b.Exceptions[0].Status = registry.StatusValid },
	} {
		b := bundle(t)
		f(&b)
		if _, err := trust.SignBundle(b, testKey(t, "publisher")); err == nil {
			t.Errorf("%s: was signed", what)
		}
	}
	camp := bundle(t)
	camp.Kind, camp.Event, camp.ValidUntil = trust.Camp, "E1", camp.AsOf.Add(trust.CampLife)
	if _, err := trust.SignBundle(camp, testKey(t, "publisher")); err != nil {
		t.Errorf("camp pack of 14 days: %v", err)
	}
}

func TestAnEmptyRegistryHasABundle(t *testing.T) {
	empty := bundle(t)
	empty.Issued, empty.Exceptions, empty.Bases, empty.Courses = nil, nil, nil, nil
	b, err := trust.SignBundle(empty, testKey(t, "publisher"))
	v, err := trust.ParseBundle(signed(t, b, err), verifiedList(t), trust.Seen{}, now)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := v.Lookup(plain); got != trust.Absent || v.Count != 0 {
		t.Errorf("Lookup = %d of %d", got, v.Count)
	}
}

// The worked example of docs/trust.md, and texts that are no filter.
func TestTheFilterIsWrittenAsDocumented(t *testing.T) {
	keys := []trust.Key{{0xc0}, {0x40}, {0x40}}
	n, data := trust.EncodeFilter(keys)
	if n != 2 || !bytes.Equal(data, []byte{0x40, 0x00, 0x04, 0x00, 0x00, 0x00}) {
		t.Errorf("EncodeFilter = %d, %x, want 2, 400004000000", n, data)
	}
	places, ok := trust.DecodeFilter(n, data)
	if !ok || len(places) != 2 || places[0] != 524288 || places[1] != 1572864 {
		t.Errorf("DecodeFilter = %d, %t", places, ok)
	}
	for what, x := range map[string]struct {
		n    uint64
		data []byte
	}{
		"one entry too many":     {3, data},
		"one entry too few":      {1, data},
		"a byte behind":          {2, append(bytes.Clone(data), 0)},
		"cut off":                {2, data[:5]},
		"padding that is set":    {2, []byte{0x40, 0x00, 0x04, 0x00, 0x00, 0x01}},
		"a place beyond the set": {1, []byte{0xff, 0xff, 0xff, 0xf0}},
		"more than 2^24 entries": {1<<24 + 1, make([]byte, 1<<26)},
		"2^63 entries":           {1 << 63, data},
		"none, with bytes":       {0, []byte{0}},
	} {
		if _, ok := trust.DecodeFilter(x.n, x.data); ok {
			t.Errorf("%s: was read", what)
		}
	}
}

func TestAMillionCredentialsFitAPhone(t *testing.T) {
	n, strangers, size := 1_000_000, 1_000_000, 2_800_000
	taken := 12 // about one is expected; the keys are fixed, so this never changes
	if testing.Short() {
		n, strangers, size, taken = 50_000, 50_000, 140_000, 1
	}
	many := bundle(t)
	many.Issued = make([]trust.Key, n)
	key := func(i uint64) trust.Key {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, i))
		return trust.Key(sum[:8])
	}
	for i := range many.Issued {
		many.Issued[i] = key(uint64(i))
	}
	made := time.Now()
	b, err := trust.SignBundle(many, testKey(t, "publisher"))
	signed(t, b, err)
	read := time.Now()
	v, err := trust.ParseBundle(b, verifiedList(t), trust.Seen{}, now)
	if err != nil {
		t.Fatal(err)
	}
	asked := time.Now()
	if int(v.Count) != n || len(b) > size {
		t.Errorf("%d keys in %d bytes, want %d in at most %d", v.Count, len(b), n, size)
	}
	for i := range uint64(n) {
		if !v.Holds(key(i)) {
			t.Fatalf("key %d is missing", i)
		}
	}
	wrong := 0
	for i := range uint64(strangers) {
		if v.Holds(key(uint64(n) + i)) {
			wrong++
		}
	}
	if wrong > taken {
		t.Errorf("%d of %d strangers are taken for ours, about 1 in a million is promised", wrong, strangers)
	}
	t.Logf("%d bytes, made in %s, read in %s, %d look-ups in %s, %d strangers taken for ours",
		len(b), read.Sub(made), asked.Sub(read), n+strangers, time.Since(asked), wrong)
}

func FuzzParseList(f *testing.F) {
	b, err := trust.SignList(list(f), testKey(f, "publisher"))
	f.Add(signed(f, b, err))
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40})
	root := &testKey(f, "root").PublicKey
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := trust.ParseList(b, root, trust.Seen{}, now); refusal(err) == "" {
			if want, _ := trust.SignList(list(t), testKey(t, "publisher")); !bytes.Equal(b[:len(b)-64], want[:len(want)-64]) {
				t.Errorf("%x was read", b)
			}
		}
	})
}
