package verify

import (
	"crypto/ecdsa"
	"encoding/json"
	"maps"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/trust"
)

// TrustList says who may issue. It was checked down from the pinned root.
type TrustList struct{ list *trust.VerifiedList }

// Issuer is a body that answers for credentials.
type Issuer struct {
	Code string
	Name Names
}

// OpenTrustList reads a trust list and checks it: root, the root's statement on
// publishers, publisher, list. It refuses "trust.malformed", "trust.newer" (a
// later format: update this package), "trust.root", "trust.signature",
// "trust.publisher" and "trust.rolled_back" (older than one that the memory knows).
//
// With "trust.clock" (now is before a signed time: the clock is wrong) and
// "trust.expired" the list is returned beside the error. It is genuine, and a
// Verifier knows what can still be said with it: hand it over, and fetch a new one.
func OpenTrustList(b []byte, root *ecdsa.PublicKey, m Memory, now time.Time) (*TrustList, error) {
	l, err := trust.ParseList(b, root, m.seen(nil), now)
	if l == nil {
		return nil, refuse(err)
	}
	return &TrustList{l}, refuse(err)
}

// Number grows with each list.
func (l *TrustList) Number() uint64 { return l.list.Number }

// IssuedAt is when the list was made.
func (l *TrustList) IssuedAt() time.Time { return l.list.IssuedAt }

// ValidUntil is the first instant at which the list is too old for a Yes.
func (l *TrustList) ValidUntil() time.Time { return l.list.ValidUntil }

// Origins are the addresses whose QR codes the list speaks for.
func (l *TrustList) Origins() []string { return append([]string(nil), l.list.Origins...) }

// Issuers are those on the list.
func (l *TrustList) Issuers() []Issuer {
	all := make([]Issuer, 0, len(l.list.Issuers))
	for _, i := range l.list.Issuers {
		all = append(all, Issuer{i.Code, names(i.Name)})
	}
	return all
}

// Bundle is the state of a registry at one moment: what it has issued, and what of
// it is not plainly valid.
type Bundle struct {
	bundle *trust.VerifiedBundle
	root   *ecdsa.PublicKey // of the list that it was believed by
}

// OpenBundle reads a bundle and checks it against the publishers of the list. It
// refuses "bundle.malformed", "bundle.newer", "bundle.signature",
// "bundle.publisher" and "bundle.rolled_back". With "bundle.clock" and
// "bundle.expired" the bundle is returned beside the error, as by OpenTrustList:
// that a credential is revoked holds however old the bundle is.
func OpenBundle(b []byte, list *TrustList, m Memory, now time.Time) (*Bundle, error) {
	if list == nil {
		return nil, &Refusal{Code: "bundle.publisher"}
	}
	seen := m.seen(nil)
	seen.Publishers, seen.List = 0, 0 // of the list, which was asked for them itself
	parsed, err := trust.ParseBundle(b, list.list, seen, now)
	if parsed == nil {
		return nil, refuse(err)
	}
	if parsed.Number < m.Bundles[packOf(parsed)] {
		return nil, &Refusal{Code: "bundle.rolled_back"}
	}
	return &Bundle{parsed, list.list.Root}, refuse(err)
}

// Number grows with each bundle of its kind and event.
func (b *Bundle) Number() uint64 { return b.bundle.Number }

// IssuedAt is when the bundle was made.
func (b *Bundle) IssuedAt() time.Time { return b.bundle.IssuedAt }

// AsOf is the moment whose state it holds: later decisions are not in it. Show
// its age beside every answer.
func (b *Bundle) AsOf() time.Time { return b.bundle.AsOf }

// ValidUntil is the first instant at which the bundle is too old for a Yes.
func (b *Bundle) ValidUntil() time.Time { return b.bundle.ValidUntil }

// Event is the code of a camp pack's event, "" in a general bundle.
func (b *Bundle) Event() string { return b.bundle.Event }

// Memory is what a verifier remembers of the past, so that nobody can make it
// forget a revocation or a lost key by handing it older documents: the highest
// numbers and the newest signed time that it has verified. Store it, as JSON, with
// the documents, and never let it become less. The zero Memory knows nothing.
type Memory struct {
	Statement uint64            // of the root, on publishers
	List      uint64            // trust list
	Bundles   map[string]uint64 // bundle, by kind and event
	Newest    time.Time
}

// memory is Memory as JSON, the same as the module for browsers writes.
type memory struct {
	Statement uint64            `json:"statement"`
	List      uint64            `json:"list"`
	Bundle    map[string]uint64 `json:"bundle"`
	Newest    int64             `json:"newest"` // seconds since 1970
}

// MarshalJSON writes {"statement":3,"list":7,"bundle":{"0:":42},"newest":1795240800}.
func (m Memory) MarshalJSON() ([]byte, error) {
	w := memory{Statement: m.Statement, List: m.List, Bundle: m.Bundles}
	if w.Bundle == nil {
		w.Bundle = map[string]uint64{}
	}
	if !m.Newest.IsZero() {
		w.Newest = m.Newest.Unix()
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Memory) UnmarshalJSON(b []byte) error {
	var w memory
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*m = Memory{Statement: w.Statement, List: w.List, Bundles: w.Bundle}
	if w.Newest > 0 {
		m.Newest = time.Unix(w.Newest, 0).UTC()
	}
	return nil
}

// With adds what was opened now; either may be nil. m itself stays as it was.
func (m Memory) With(list *TrustList, bundle *Bundle) Memory {
	m.Bundles = maps.Clone(m.Bundles)
	if m.Bundles == nil {
		m.Bundles = map[string]uint64{}
	}
	if list != nil {
		m.Statement, m.List = max(m.Statement, list.list.Publishers.Number), max(m.List, list.list.Number)
		m.Newest = later(m.Newest, list.list.IssuedAt)
	}
	if bundle != nil {
		key := packOf(bundle.bundle)
		m.Bundles[key] = max(m.Bundles[key], bundle.bundle.Number)
		m.Newest = later(m.Newest, bundle.bundle.IssuedAt)
	}
	return m
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// seen is the memory for a bundle's kind and event.
func (m Memory) seen(b *Bundle) trust.Seen {
	s := trust.Seen{Publishers: m.Statement, List: m.List, Newest: m.Newest}
	if b != nil {
		s.Bundle = m.Bundles[packOf(b.bundle)]
	}
	return s
}

// packOf names a bundle's kind and event: "0:", or "1:" and the event's code.
func packOf(b *trust.VerifiedBundle) string { return strconv.Itoa(int(b.Kind)) + ":" + b.Event }

func names(t registry.Text) Names { return maps.Clone(Names(t)) }
