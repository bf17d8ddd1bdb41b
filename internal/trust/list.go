package trust

import (
	"crypto"
	"crypto/ecdsa"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
)

// List says who may issue, and under which addresses their codes lead.
type List struct {
	Number     uint64 // version, grows with each list
	IssuedAt   time.Time
	ValidUntil time.Time // at most ListLife later
	Origins    []string  // "https://verify.example", as in QR codes
	Root       *ecdsa.PublicKey
	Statement  []byte // SignPublishers
	Issuers    []Issuer
	Signers    []Signer // of PDF files, under CAs of others; those under the root need no mention
}

// Issuer is a body that answers for credentials.
type Issuer struct {
	Code string
	Name registry.Text
	Keys []IssuerKey
}

// IssuerKey signs records. Zero times mean "no end" and "not compromised".
type IssuerKey struct {
	Public        *ecdsa.PublicKey
	SignFrom      time.Time
	SignUntil     time.Time // signs nothing from then on
	VerifyUntil   time.Time // not believed from then on
	CompromisedAt time.Time // somebody else had it, from then on at the latest
}

// Signer signs PDF files under a CA of somebody else, so it is believed because
// the list names it: what else that CA certifies proves nothing.
type Signer struct {
	Chain         [32]byte  // SHA-256 of its certificate and all above that travel with it, DER, leaf first
	CompromisedAt time.Time // zero: never
}

type wireList struct {
	Number     uint64       `cbor:"1,keyasint"`
	IssuedAt   uint64       `cbor:"2,keyasint"`
	ValidUntil uint64       `cbor:"3,keyasint"`
	Origins    []string     `cbor:"4,keyasint"`
	Root       []byte       `cbor:"5,keyasint"`
	Statement  []byte       `cbor:"6,keyasint"`
	Issuers    []wireIssuer `cbor:"7,keyasint"`
	Keys       []wireKey    `cbor:"8,keyasint"`
	Signers    []wireSigner `cbor:"9,keyasint,omitempty"` // absent where there are none
}

type wireIssuer struct {
	_    struct{} `cbor:",toarray"`
	Code string
	Name map[string]string
}

type wireKey struct {
	_             struct{} `cbor:",toarray"`
	Issuer        string
	Thumbprint    []byte
	Point         []byte
	SignFrom      uint64
	SignUntil     *uint64
	VerifyUntil   *uint64
	CompromisedAt *uint64
}

type wireSigner struct {
	_             struct{} `cbor:",toarray"`
	Chain         []byte
	CompromisedAt *uint64
}

// SignList makes the list. publisher is one of the keys of the statement.
func SignList(l List, publisher crypto.Signer) ([]byte, error) {
	root, err := cose.Point(l.Root)
	if err != nil {
		return nil, err
	}
	w := wireList{
		Number: l.Number, IssuedAt: seconds(l.IssuedAt), ValidUntil: seconds(l.ValidUntil),
		Origins: l.Origins, Root: root, Statement: l.Statement,
	}
	for _, i := range l.Issuers {
		w.Issuers = append(w.Issuers, wireIssuer{Code: i.Code, Name: i.Name})
		for _, k := range i.Keys {
			key, err := wireKeyOf(i.Code, k)
			if err != nil {
				return nil, err
			}
			w.Keys = append(w.Keys, key)
		}
	}
	for _, s := range l.Signers {
		w.Signers = append(w.Signers, wireSigner{Chain: s.Chain[:], CompromisedAt: optSeconds(s.CompromisedAt)})
	}
	if _, err := w.list(); err != nil {
		return nil, err
	}
	return listDoc.sign(w, publisher)
}

func wireKeyOf(issuer string, k IssuerKey) (wireKey, error) {
	point, err := cose.Point(k.Public)
	if err != nil {
		return wireKey{}, err
	}
	full, err := cose.Thumbprint(k.Public)
	if err != nil {
		return wireKey{}, err
	}
	return wireKey{
		Issuer: issuer, Thumbprint: full[:], Point: point, SignFrom: seconds(k.SignFrom),
		SignUntil: optSeconds(k.SignUntil), VerifyUntil: optSeconds(k.VerifyUntil), CompromisedAt: optSeconds(k.CompromisedAt),
	}, nil
}

// VerifiedList is a list that the root vouches for.
type VerifiedList struct {
	List
	Publishers Publishers
	keys       map[[4]byte]knownKey
}

type knownKey struct {
	IssuerKey
	issuer int // index in Issuers
}

// ParseList reads a list and checks it down from the pinned root: root, its
// statement, publisher, list. It refuses what is "trust.malformed",
// "trust.newer" (a later format), "trust.root" (of another root),
// "trust.signature", "trust.publisher" (the key may not sign lists, or is
// revoked) and "trust.rolled_back" (older than one already seen).
//
// Two refusals come with the list, because it is genuine and Offline knows what
// to make of it: "trust.clock", where now is before a time already signed, and
// "trust.expired".
func ParseList(b []byte, root *ecdsa.PublicKey, seen Seen, now time.Time) (*VerifiedList, error) {
	msg, err := listDoc.parse(b)
	if err != nil {
		return nil, err
	}
	var w wireList
	if err := listDoc.decode(msg, &w); err != nil {
		return nil, err
	}
	if point, err := cose.Point(root); err != nil || !slices.Equal(point, w.Root) {
		return nil, listDoc.fail(registry.Invalid, "root")
	}
	publishers, err := parsePublishers(w.Statement, root)
	if err != nil {
		return nil, err
	}
	key, err := publishers.verify(msg, listDoc)
	if err != nil {
		return nil, err
	}
	if err := publishers.mayIssue(key, instant(w.IssuedAt), listDoc); err != nil {
		return nil, err
	}
	l, err := w.list()
	if err != nil {
		return nil, err
	}
	l.Publishers = publishers
	if l.Number < seen.List || l.Publishers.Number < seen.Publishers {
		return nil, listDoc.fail(registry.Stale, "rolled_back")
	}
	return l, l.current(seen, now)
}

// current refuses a list that does not hold at now.
func (l *VerifiedList) current(seen Seen, now time.Time) error {
	if seen.With(l, nil).clockBehind(now) {
		return listDoc.fail(registry.Unavailable, "clock", seen.With(l, nil).Newest)
	}
	if !l.inDate(now) {
		return listDoc.fail(registry.Stale, "expired", l.ValidUntil)
	}
	return nil
}

func (l *VerifiedList) inDate(now time.Time) bool { return now.Before(l.ValidUntil) }

// Ours reports whether the origin, as record.ParseScan returns it, is one that
// the list speaks for.
func (l *VerifiedList) Ours(origin string) bool { return slices.Contains(l.Origins, origin) }

// Key returns the key with the kid of a COSE header, and whose it is.
func (l *VerifiedList) Key(kid [4]byte) (IssuerKey, Issuer, bool) {
	k, ok := l.keys[kid]
	if !ok {
		return IssuerKey{}, Issuer{}, false
	}
	return k.IssuerKey, l.Issuers[k.issuer], true
}

// list checks what no signature can put right.
func (w wireList) list() (*VerifiedList, error) {
	l := &VerifiedList{keys: map[[4]byte]knownKey{}, List: List{
		Number: w.Number, IssuedAt: instant(w.IssuedAt), ValidUntil: instant(w.ValidUntil),
		Origins: w.Origins, Statement: w.Statement,
	}}
	var err error
	if l.Root, err = cose.ParsePoint(w.Root); err != nil {
		return nil, listDoc.wrong("the root key is no point of P-256")
	}
	if w.Number == 0 || w.IssuedAt == 0 || !l.IssuedAt.Before(l.ValidUntil) || l.ValidUntil.Sub(l.IssuedAt) > ListLife {
		return nil, listDoc.wrong("no number, or a life that is not 1 second to 30 days")
	}
	for _, origin := range w.Origins {
		if !plainOrigin(origin) {
			return nil, listDoc.wrong("an origin that no QR code can have")
		}
	}
	if err := l.addIssuers(w); err != nil {
		return nil, err
	}
	return l, l.addSigners(w)
}

func (l *VerifiedList) addSigners(w wireList) error {
	for _, s := range w.Signers {
		if len(s.Chain) != 32 {
			return listDoc.wrong("a signer's chain has not 32 bytes")
		}
		signer := Signer{[32]byte(s.Chain), optInstant(s.CompromisedAt)}
		if slices.ContainsFunc(l.Signers, func(o Signer) bool { return o.Chain == signer.Chain }) {
			return listDoc.wrong("a signer stands twice")
		}
		l.Signers = append(l.Signers, signer)
	}
	return nil
}

func (l *VerifiedList) addIssuers(w wireList) error {
	at := map[string]int{}
	for _, i := range w.Issuers {
		if _, twice := at[i.Code]; twice || i.Code == "" {
			return listDoc.wrong("an issuer without a code, or twice")
		}
		at[i.Code] = len(l.Issuers)
		l.Issuers = append(l.Issuers, Issuer{Code: i.Code, Name: i.Name})
	}
	for _, k := range w.Keys {
		n, ok := at[k.Issuer]
		if !ok {
			return listDoc.wrong("a key of no issuer")
		}
		key, kid, err := k.key()
		if err != nil {
			return err
		}
		if _, twice := l.keys[kid]; twice {
			return listDoc.wrong("two keys with one kid")
		}
		l.keys[kid] = knownKey{key, n}
		l.Issuers[n].Keys = append(l.Issuers[n].Keys, key)
	}
	return nil
}

func (k wireKey) key() (IssuerKey, [4]byte, error) {
	pub, err := cose.ParsePoint(k.Point)
	if err != nil {
		return IssuerKey{}, [4]byte{}, listDoc.wrong("a key is no point of P-256")
	}
	full, err := cose.Thumbprint(pub)
	if err != nil || !slices.Equal(full[:], k.Thumbprint) {
		return IssuerKey{}, [4]byte{}, listDoc.wrong("a key has another thumbprint")
	}
	return IssuerKey{
		Public: pub, SignFrom: instant(k.SignFrom), SignUntil: optInstant(k.SignUntil),
		VerifyUntil: optInstant(k.VerifyUntil), CompromisedAt: optInstant(k.CompromisedAt),
	}, [4]byte(full[:4]), nil
}

// plainOrigin reports whether a QR code's link can begin with the origin, so
// that comparing texts is comparing hosts.
func plainOrigin(origin string) bool {
	scan, err := record.ParseScan(record.URL(origin, registry.NewCode([10]byte{}), nil))
	return err == nil && scan.Origin == origin
}
