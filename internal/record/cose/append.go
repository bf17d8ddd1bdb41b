package cose

// Major types of CBOR (RFC 8949 §3.1).
const (
	majorUint     = 0
	majorNegative = 1
	MajorBytes    = 2
	MajorText     = 3
	MajorArray    = 4
	MajorMap      = 5

	// Null is the simple value of that name.
	Null = 0xF6
)

// AppendHead writes major type and argument in the shortest form, which the
// deterministic encoding asks for (RFC 8949 §4.2.1).
func AppendHead(o []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(o, major|byte(n))
	case n < 1<<8:
		return append(o, major|24, byte(n))
	case n < 1<<16:
		return append(o, major|25, byte(n>>8), byte(n))
	case n < 1<<32:
		return append(o, major|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(o, major|27, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// AppendInt writes a whole number.
func AppendInt(o []byte, v int64) []byte {
	if v < 0 {
		return AppendHead(o, majorNegative, uint64(-1-v))
	}
	return AppendHead(o, majorUint, uint64(v))
}

// AppendText writes a text, which must be UTF-8.
func AppendText(o []byte, s string) []byte {
	return append(AppendHead(o, MajorText, uint64(len(s))), s...)
}
