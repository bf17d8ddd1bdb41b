package trust_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/trust"
)

func TestTheListTellsWhoMayIssue(t *testing.T) {
	l := verifiedList(t)
	kid, _ := cose.KID(&testKey(t, "record").PublicKey)
	key, issuer, ok := l.Key(kid)
	if !ok || issuer.Code != "GAJK" || issuer.Name["ru"] != "ДЕМО Федерация" || !key.Public.Equal(&testKey(t, "record").PublicKey) {
		t.Errorf("Key = %+v, %+v, %t", key, issuer, ok)
	}
	if _, _, ok := l.Key([4]byte{1, 2, 3, 4}); ok {
		t.Error("a key that is not on the list was found")
	}
	for origin, want := range map[string]bool{
		"https://verify.demo.example": true, "http://192.168.1.7:8080": true, "https://192.168.1.7:8080": false,
		"https://verify.demo.example.evil.example": false, "http://verify.demo.example": false, "": false,
	} {
		if l.Ours(origin) != want {
			t.Errorf("Ours(%q) = %t", origin, !want)
		}
	}
	again, err := trust.SignList(list(t), testKey(t, "publisher"))
	first, _ := trust.SignList(list(t), testKey(t, "publisher"))
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("signed twice, the bytes differ: %v", err)
	}
}

func TestAListNamesSignersUnderOtherCAs(t *testing.T) {
	plain, err := trust.SignList(list(t), testKey(t, "publisher"))
	signed(t, plain, err)
	l := list(t)
	l.Signers = signers()
	b, err := trust.SignList(l, testKey(t, "publisher"))
	got, err := trust.ParseList(signed(t, b, err), &testKey(t, "root").PublicKey, trust.Seen{}, now)
	if err != nil || !slices.Equal(got.Signers, signers()) {
		t.Errorf("signers %+v, %v; want %+v", got.Signers, err, signers())
	}
	l.Signers = []trust.Signer{}
	if none, err := trust.SignList(l, testKey(t, "publisher")); err != nil || !bytes.Equal(none, plain) {
		t.Error("a list without signers has other bytes than before there were any")
	}
	l.Signers = append(signers(), signers()[0])
	if _, err := trust.SignList(l, testKey(t, "publisher")); refusal(err) != "trust.malformed" {
		t.Errorf("one signer twice: %v", err)
	}
}

func TestAListIsRefusedForWhatIsWrongWithIt(t *testing.T) {
	with := func(f func(*trust.List)) trust.List {
		l := list(t)
		f(&l)
		return l
	}
	restated := func(f func(*trust.Publishers)) trust.List {
		return with(func(l *trust.List) {
			p := statement(t)
			f(&p)
			b, err := trust.SignPublishers(p, testKey(t, "root"))
			l.Statement = signed(t, b, err)
		})
	}
	damage := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 1; return b }
	sign := func(l trust.List, by string) []byte {
		b, err := trust.SignList(l, testKey(t, by))
		return signed(t, b, err)
	}
	good := sign(list(t), "publisher")
	selfMade, err := trust.SignPublishers(statement(t), testKey(t, "publisher"))
	signed(t, selfMade, err)
	bundleBytes, err := trust.SignBundle(bundle(t), testKey(t, "publisher"))
	signed(t, bundleBytes, err)

	for _, x := range []struct {
		what string
		b    []byte
		root string
		seen trust.Seen
		now  time.Time
		want string
		kept bool
	}{
		{"genuine and in date", good, "root", trust.Seen{}, now, "", true},
		{"the one already seen", good, "root", trust.Seen{List: 7, Publishers: 3, Newest: listMade}, now, "", true},
		{"clock 4 minutes behind", good, "root", trust.Seen{}, listMade.Add(-4 * time.Minute), "", true},
		{"clock 6 minutes behind", good, "root", trust.Seen{}, listMade.Add(-6 * time.Minute), "trust.clock", true},
		{"clock behind another signed time", good, "root", trust.Seen{Newest: now.Add(time.Hour)}, now, "trust.clock", true},
		{"last second", good, "root", trust.Seen{}, listMade.Add(trust.ListLife - time.Second), "", true},
		{"expired", good, "root", trust.Seen{}, listMade.Add(trust.ListLife), "trust.expired", true},
		{"older than one seen", good, "root", trust.Seen{List: 8}, now, "trust.rolled_back", false},
		{"statement older than one seen", good, "root", trust.Seen{Publishers: 4}, now, "trust.rolled_back", false},
		{"another root", good, "another root", trust.Seen{}, now, "trust.root", false},
		{"last byte changed", damage(good, len(good)-1), "root", trust.Seen{}, now, "trust.signature", false},
		{"number changed", damage(good, bytes.Index(good, []byte{0xa8, 0x01, 0x07})+2), "root", trust.Seen{}, now, "trust.signature", false},
		{"kid changed", damage(good, 9), "root", trust.Seen{}, now, "trust.publisher", false},
		{"signed by the root itself", sign(list(t), "root"), "root", trust.Seen{}, now, "trust.publisher", false},
		{"signed by a revoked publisher", sign(list(t), "publisher, stolen"), "root", trust.Seen{}, now, "trust.publisher", false},
		{"signed by next season's publisher", sign(list(t), "publisher, next"), "root", trust.Seen{}, now, "trust.publisher", false},
		{"publisher's time is over", sign(restated(func(p *trust.Publishers) {
			p.Keys[0].From, p.Keys[0].Until = listMade.Add(-89*day), listMade
		}), "publisher"), "root", trust.Seen{}, now, "trust.publisher", false},
		{"statement signed by the publisher", sign(with(func(l *trust.List) { l.Statement = selfMade }), "publisher"), "root", trust.Seen{}, now, "trust.signature", false},
		{"a bundle in the place of a list", bundleBytes, "root", trust.Seen{}, now, "trust.newer", false},
		{"a bundle in the place of the statement", sign(with(func(l *trust.List) { l.Statement = bundleBytes }), "publisher"), "root", trust.Seen{}, now, "trust.signature", false},
		{"cut off", good[:len(good)-1], "root", trust.Seen{}, now, "trust.malformed", false},
		{"a byte behind", append(bytes.Clone(good), 0), "root", trust.Seen{}, now, "trust.malformed", false},
		{"nothing", nil, "root", trust.Seen{}, now, "trust.malformed", false},
		{"2 MiB", make([]byte, 2<<20), "root", trust.Seen{}, now, "trust.malformed", false},
	} {
		l, err := trust.ParseList(x.b, &testKey(t, x.root).PublicKey, x.seen, x.now)
		if refusal(err) != x.want || (l != nil) != x.kept {
			t.Errorf("%s: %v (list %t), want %q (list %t)", x.what, err, l != nil, x.want, x.kept)
		}
	}
	if _, err := trust.ParseList(good, nil, trust.Seen{}, now); refusal(err) != "trust.root" {
		t.Errorf("no root pinned: %v, want trust.root", err)
	}
}

func TestAListThatContradictsItselfIsNotSigned(t *testing.T) {
	for what, f := range map[string]func(*trust.List){
		"no number":                 func(l *trust.List) { l.Number = 0 },
		"ends before it begins":     func(l *trust.List) { l.ValidUntil = l.IssuedAt },
		"31 days":                   func(l *trust.List) { l.ValidUntil = l.IssuedAt.Add(31 * day) },
		"origin with a path":        func(l *trust.List) { l.Origins[0] += "/x" },
		"origin in upper case":      func(l *trust.List) { l.Origins[0] = "https://Verify.demo.example" },
		"unprotected public origin": func(l *trust.List) { l.Origins[0] = "http://verify.demo.example" },
		"issuer twice":              func(l *trust.List) { l.Issuers[1].Code = "GAJK" },
		"issuer without a code":     func(l *trust.List) { l.Issuers[1].Code = "" },
		"one key for two issuers":   func(l *trust.List) { l.Issuers[1].Keys = l.Issuers[0].Keys[:1] },
		"a key that is none":        func(l *trust.List) { l.Issuers[1].Keys[0].Public = nil },
		"a root that is none":       func(l *trust.List) { l.Root = nil },
	} {
		l := list(t)
		f(&l)
		if _, err := trust.SignList(l, testKey(t, "publisher")); err == nil {
			t.Errorf("%s: was signed", what)
		}
	}
	for what, f := range map[string]func(*trust.Publishers){
		"no number":     func(p *trust.Publishers) { p.Number = 0 },
		"no key":        func(p *trust.Publishers) { p.Keys = nil },
		"91 days":       func(p *trust.Publishers) { p.Keys[0].Until = p.Keys[0].From.Add(91 * day) },
		"one key twice": func(p *trust.Publishers) { p.Keys[1].Public = p.Keys[0].Public },
	} {
		p := statement(t)
		f(&p)
		if _, err := trust.SignPublishers(p, testKey(t, "root")); err == nil {
			t.Errorf("statement, %s: was signed", what)
		}
	}
}

func TestSeenOnlyGrows(t *testing.T) {
	l, b := verifiedList(t), verifiedBundle(t)
	got := trust.Seen{}.With(l, b)
	if want := (trust.Seen{Publishers: 3, List: 7, Bundle: 42, Newest: bundleMade}); got != want {
		t.Errorf("With = %+v, want %+v", got, want)
	}
	high := trust.Seen{Publishers: 9, List: 9, Bundle: 99, Newest: now.Add(day)}
	if got := high.With(l, b); got != high {
		t.Errorf("With lowered %+v to %+v", high, got)
	}
	if got := (trust.Seen{}).With(nil, nil); got != (trust.Seen{}) {
		t.Errorf("With(nil, nil) = %+v", got)
	}
}
