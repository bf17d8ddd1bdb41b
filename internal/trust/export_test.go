package trust

// The filter, opened to the tests of its figures.

func (b *VerifiedBundle) Holds(k Key) bool { return b.holds(k) }

var (
	EncodeFilter = encodeFilter
	DecodeFilter = decodeFilter
)
