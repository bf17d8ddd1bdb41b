package trust

// Holds and DecodeFilter open the filter to the tests of its figures.
func (b *VerifiedBundle) Holds(k Key) bool { return b.holds(k) }

var DecodeFilter = decodeFilter
