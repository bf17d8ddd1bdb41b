package trust

import "github.com/passmuster/passmuster/internal/record/cose"

// The filter, opened to the tests of its figures.

func (b *VerifiedBundle) Holds(k Key) bool { return b.holds(k) }

func (b *VerifiedBundle) Places() []uint64 { return b.places }

var (
	EncodeFilter = encodeFilter
	DecodeFilter = decodeFilter
)

// EncodePlaces writes what DecodeFilter read.
func EncodePlaces(places []uint64) []byte {
	w, last := bitWriter{}, uint64(0)
	for _, p := range places {
		w.rice(p - last)
		last = p
	}
	return w.out
}

// The payloads, opened to fuzzing: behind a signature nobody gets at them without
// a key.

func readPayload[W, V any](d document, payload []byte, make func(W) (V, error)) (v V, again []byte, err error) {
	var w W
	if err = d.decode(&cose.Message{Payload: payload}, &w); err != nil {
		return v, nil, err
	}
	if v, err = make(w); err != nil {
		return v, nil, err
	}
	again, err = cose.Encode(w)
	return v, again, err
}

func ReadListPayload(payload []byte) (*VerifiedList, []byte, error) {
	return readPayload(listDoc, payload, wireList.list)
}

func ReadBundlePayload(payload []byte) (*VerifiedBundle, []byte, error) {
	return readPayload(bundleDoc, payload, wireBundle.bundle)
}

func ReadStatementPayload(payload []byte) (Publishers, []byte, error) {
	return readPayload(publishersDoc, payload, wirePublishers.publishers)
}
