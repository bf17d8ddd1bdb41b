package trust

import (
	"crypto"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// BundleKind says what a bundle is for, and so how long it may live.
type BundleKind uint8

// The kinds of bundle.
const (
	General BundleKind = iota // at most GeneralLife
	Camp                      // the pack of one event, at most CampLife
)

// Bundle is the state of a registry at one moment, for those without a network.
type Bundle struct {
	Number     uint64 // grows with each bundle of its kind and event
	IssuedAt   time.Time
	ValidUntil time.Time
	AsOf       time.Time // what was decided later is not in it
	Kind       BundleKind
	Event      string // code of a camp pack's event, else ""

	// Issued holds KeyOf of every credential whose code was given out before
	// AsOf, in whatever state, and KeyOfRecord of those that a compromised key
	// signed in its time. Not kept by a VerifiedBundle.
	Issued     []Key
	Exceptions []Exception // what is not plainly valid, apart from its dates
	Bases      map[string]registry.Text
	Courses    map[string]registry.Text
}

// Exception is a credential that people decided something about.
type Exception struct {
	Key    Key
	Status registry.Status // revoked, suspended or superseded
	On     registry.Date   // day of the decision, in UTC
	Reason string          // public reason code, or ""
}

const maxExceptions = 1 << 20

var exceptionStatus = [...]registry.Status{registry.StatusRevoked, registry.StatusSuspended, registry.StatusSuperseded}

type wireBundle struct {
	Number     uint64                       `cbor:"1,keyasint"`
	IssuedAt   uint64                       `cbor:"2,keyasint"`
	ValidUntil uint64                       `cbor:"3,keyasint"`
	AsOf       uint64                       `cbor:"4,keyasint"`
	Kind       uint8                        `cbor:"5,keyasint"`
	Event      string                       `cbor:"6,keyasint"`
	Count      uint64                       `cbor:"7,keyasint"`
	Filter     []byte                       `cbor:"8,keyasint"`
	Exceptions []wireException              `cbor:"9,keyasint"`
	Bases      map[string]map[string]string `cbor:"10,keyasint"`
	Courses    map[string]map[string]string `cbor:"11,keyasint"`
}

type wireException struct {
	_      struct{} `cbor:",toarray"`
	Key    []byte
	Status uint8 // 1 revoked, 2 suspended, 3 superseded
	On     uint16
	Reason string
}

// SignBundle makes the bundle. publisher is one of the keys of the root's
// statement. The same bundle and key give the same bytes.
func SignBundle(b Bundle, publisher crypto.Signer) ([]byte, error) {
	w := wireBundle{
		Number: b.Number, IssuedAt: seconds(b.IssuedAt), ValidUntil: seconds(b.ValidUntil), AsOf: seconds(b.AsOf),
		Kind: uint8(b.Kind), Event: b.Event, Bases: texts(b.Bases), Courses: texts(b.Courses),
	}
	w.Count, w.Filter = encodeFilter(b.Issued)
	exceptions := slices.Clone(b.Exceptions)
	slices.SortFunc(exceptions, func(a, b Exception) int { return compareKeys(a.Key, b.Key) })
	for _, e := range exceptions {
		w.Exceptions = append(w.Exceptions, wireException{
			Key: slices.Clone(e.Key[:]), Status: uint8(slices.Index(exceptionStatus[:], e.Status) + 1),
			On: uint16(max(e.On.DayNumber(), 0)), Reason: e.Reason,
		})
	}
	if _, err := w.bundle(); err != nil {
		return nil, err
	}
	return bundleDoc.sign(w, publisher)
}

func texts(m map[string]registry.Text) map[string]map[string]string {
	out := map[string]map[string]string{}
	for code, t := range m {
		out[code] = t
	}
	return out
}

// VerifiedBundle is a bundle that a publisher of the list signed.
type VerifiedBundle struct {
	Bundle
	Count  int // how many keys the filter holds
	places []uint64
}

// ParseBundle reads a bundle and checks it against the publishers of the list.
// It refuses what is "bundle.malformed", "bundle.newer" (a later format),
// "bundle.signature", "bundle.publisher" and "bundle.rolled_back" (a lower
// number than one already seen of its kind and event).
//
// Two refusals come with the bundle, because it is genuine and Offline knows
// what to make of it: "bundle.clock" and "bundle.expired".
func ParseBundle(b []byte, list *VerifiedList, seen Seen, now time.Time) (*VerifiedBundle, error) {
	msg, err := bundleDoc.parse(b)
	if err != nil {
		return nil, err
	}
	if list == nil {
		return nil, bundleDoc.fail(registry.Invalid, "publisher")
	}
	key, err := list.Publishers.verify(msg, bundleDoc)
	if err != nil {
		return nil, err
	}
	var w wireBundle
	if err := bundleDoc.decode(msg, &w); err != nil {
		return nil, err
	}
	if err := list.Publishers.mayIssue(key, instant(w.IssuedAt), bundleDoc); err != nil {
		return nil, err
	}
	v, err := w.bundle()
	if err != nil {
		return nil, err
	}
	if v.Number < seen.Bundle {
		return nil, bundleDoc.fail(registry.Stale, "rolled_back")
	}
	return v, v.current(seen.With(list, v), now)
}

// current refuses a bundle that does not hold at now.
func (b *VerifiedBundle) current(seen Seen, now time.Time) error {
	if seen.clockBehind(now) {
		return bundleDoc.fail(registry.Unavailable, "clock", seen.Newest)
	}
	if !b.inDate(now) {
		return bundleDoc.fail(registry.Stale, "expired", b.ValidUntil)
	}
	return nil
}

func (b *VerifiedBundle) inDate(now time.Time) bool { return now.Before(b.ValidUntil) }

// bundle checks what no signature can put right.
func (w wireBundle) bundle() (*VerifiedBundle, error) {
	v := &VerifiedBundle{Count: int(w.Count), Bundle: Bundle{
		Number: w.Number, IssuedAt: instant(w.IssuedAt), ValidUntil: instant(w.ValidUntil), AsOf: instant(w.AsOf),
		Kind: BundleKind(w.Kind), Event: w.Event, Bases: named(w.Bases), Courses: named(w.Courses),
	}}
	life := map[BundleKind]time.Duration{General: GeneralLife, Camp: CampLife}[v.Kind]
	switch {
	case life == 0 || (v.Kind == Camp) != (v.Event != ""):
		return nil, bundleDoc.wrong("an unknown kind, or an event without a camp pack, or a camp pack without an event")
	case w.Number == 0 || w.AsOf == 0 || v.AsOf.After(v.IssuedAt) || !v.IssuedAt.Before(v.ValidUntil):
		return nil, bundleDoc.wrong("no number, or times in another order than as-of, issued, valid-until")
	case v.ValidUntil.Sub(v.AsOf) > life:
		return nil, bundleDoc.wrong("a longer life than its kind may have")
	}
	if len(w.Exceptions) > maxExceptions {
		return nil, bundleDoc.wrong("more exceptions than a reader takes")
	}
	var ok bool
	if v.places, ok = decodeFilter(w.Count, w.Filter); !ok {
		return nil, bundleDoc.wrong("a filter that cannot be read")
	}
	for i, e := range w.Exceptions {
		if len(e.Key) != len(Key{}) || e.Status < 1 || int(e.Status) > len(exceptionStatus) {
			return nil, bundleDoc.wrong("an exception with a key or state that cannot be")
		}
		v.Exceptions = append(v.Exceptions, Exception{
			Key(e.Key), exceptionStatus[e.Status-1], registry.DateFromDayNumber(int(e.On)), e.Reason})
		if i > 0 && compareKeys(v.Exceptions[i-1].Key, v.Exceptions[i].Key) >= 0 {
			return nil, bundleDoc.wrong("exceptions that are not in order, or twice")
		}
	}
	return v, nil
}

func named(m map[string]map[string]string) map[string]registry.Text {
	out := map[string]registry.Text{}
	for code, t := range m {
		out[code] = t
	}
	return out
}

// Standing is what a bundle says about a code.
type Standing int

// The standings.
const (
	Absent   Standing = iota // not given out before AsOf
	InFilter                 // given out; wrong once in 2^20 codes that were not
	Excepted                 // given out, and not plainly valid
)

// Lookup tells the standing of the code and, where it is Excepted, the exception.
func (b *VerifiedBundle) Lookup(code registry.Code) (Standing, Exception) {
	key := KeyOf(code)
	i, found := slices.BinarySearchFunc(b.Exceptions, key, func(e Exception, k Key) int { return compareKeys(e.Key, k) })
	if found {
		return Excepted, b.Exceptions[i]
	}
	if b.holds(key) {
		return InFilter, Exception{}
	}
	return Absent, Exception{}
}

// Vouches reports whether the registry still stands by exactly this record,
// although the key that signed it is compromised.
func (b *VerifiedBundle) Vouches(code registry.Code, payload []byte) bool {
	return b.holds(KeyOfRecord(code, payload))
}

func (b *VerifiedBundle) holds(k Key) bool {
	_, found := slices.BinarySearch(b.places, place(k, uint64(b.Count)))
	return found
}
