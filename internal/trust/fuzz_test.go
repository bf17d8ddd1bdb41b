package trust_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/trust"
)

// payloadOf is what a document says, without its signature.
func payloadOf(t testing.TB, b []byte) []byte {
	t.Helper()
	msg, err := cose.Parse(b, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return msg.Payload
}

// FuzzListPayload holds that a list which is read, whoever signed it, is written
// the same, that all its keys are found, and none by two names.
func FuzzListPayload(f *testing.F) {
	l := list(f)
	l.Signers = signers()
	b, err := trust.SignList(l, testKey(f, "publisher"))
	f.Add(payloadOf(f, signed(f, b, err)))
	f.Add(payloadOf(f, list(f).Statement))
	f.Fuzz(func(t *testing.T, payload []byte) {
		l, again, err := trust.ReadListPayload(payload)
		if err != nil {
			if refusal(err) != "trust.malformed" && refusal(err) != "trust.newer" {
				t.Errorf("refused as %v", err)
			}
			return
		}
		if !bytes.Equal(again, payload) {
			t.Errorf("%x was read, and is written %x", payload, again)
		}
		for _, i := range l.Issuers {
			for _, k := range i.Keys {
				kid, err := cose.KID(k.Public)
				if _, of, ok := l.Key(kid); err != nil || !ok || of.Code != i.Code {
					t.Errorf("a key of %q is not found by its kid, %v", i.Code, err)
				}
			}
		}
	})
}

// FuzzStatementPayload holds the same of the root's statement.
func FuzzStatementPayload(f *testing.F) {
	f.Add(payloadOf(f, list(f).Statement))
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, again, err := trust.ReadStatementPayload(payload)
		if err != nil {
			return
		}
		if !bytes.Equal(again, payload) || len(p.Keys) == 0 || p.Number == 0 {
			t.Errorf("%x was read, and is written %x", payload, again)
		}
	})
}

// FuzzBundlePayload holds that a bundle which is read, whoever signed it, is
// written the same, and that everything in it is found.
func FuzzBundlePayload(f *testing.F) {
	b, err := trust.SignBundle(bundle(f), testKey(f, "publisher"))
	f.Add(payloadOf(f, signed(f, b, err)))
	empty := bundle(f)
	empty.Issued, empty.Exceptions, empty.Bases, empty.Courses = nil, nil, nil, nil
	b, err = trust.SignBundle(empty, testKey(f, "publisher"))
	f.Add(payloadOf(f, signed(f, b, err)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		v, again, err := trust.ReadBundlePayload(payload)
		if err != nil {
			if refusal(err) != "bundle.malformed" && refusal(err) != "bundle.newer" {
				t.Errorf("refused as %v", err)
			}
			return
		}
		if !bytes.Equal(again, payload) {
			t.Errorf("%x was read, and is written %x", payload, again)
		}
		if places := v.Places(); !slices.IsSorted(places) || len(places) != v.Count {
			t.Errorf("a filter of %d has %d places, sorted %t", v.Count, len(places), slices.IsSorted(places))
		}
	})
}

// FuzzFilter holds that a filter has one form, and that what it takes is bounded
// by what came in: no place without bits of its own.
func FuzzFilter(f *testing.F) {
	f.Add(uint64(2), []byte{0x40, 0, 4, 0, 0, 0})
	f.Add(uint64(3), []byte{0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0})
	f.Add(uint64(1<<24), []byte{0xff})
	f.Add(uint64(1<<63), []byte{})
	var keys []trust.Key
	for n := range byte(50) {
		keys = append(keys, trust.KeyOf(testCode(n)))
	}
	n, data := trust.EncodeFilter(keys)
	f.Add(n, data)
	f.Fuzz(func(t *testing.T, n uint64, data []byte) {
		places, ok := trust.DecodeFilter(n, data)
		if cap(places) > 8*len(data) {
			t.Errorf("%d bytes made room for %d places", len(data), cap(places))
		}
		if !ok {
			return
		}
		if again := trust.EncodePlaces(places); !bytes.Equal(again, data) || uint64(len(places)) != n {
			t.Errorf("%x was read as %d places, which are written %x", data, len(places), again)
		}
	})
}

// FuzzCredential holds that no credential is believed but the one that was signed.
func FuzzCredential(f *testing.F) {
	good := tokenOf(f, snapshotOf(claims(), plain), "record")
	f.Add(good)
	f.Add(tokenOf(f, snapshotOf(claims(), revoked), "record"))
	l, b := verifiedList(f), verifiedBundle(f)
	f.Fuzz(func(t *testing.T, token string) {
		a := trust.OfflineCredential(token, l, b, trust.Seen{}, now)
		if len(a.Reasons) == 0 || a.Verdict != a.Status.Verdict() {
			t.Errorf("%s %s without a reason", a.Status, a.Verdict)
		}
		if a.Credential != nil && (a.Credential.Name != claims().Name || a.Credential.Course.Code != "CPR1") {
			t.Errorf("%q shows %+v", token, a.Credential)
		}
	})
}
