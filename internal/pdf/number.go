package pdf

import (
	"slices"
	"strconv"
	"unicode/utf16"
)

func appendInt(o []byte, v int) []byte { return strconv.AppendInt(o, int64(v), 10) }

// appendHundredths writes v/100 without trailing zeros: 1250 is 12.5.
func appendHundredths(o []byte, v int) []byte { return appendFraction(o, v, 100) }

// appendFraction writes v/unit, where unit is a power of ten.
func appendFraction(o []byte, v, unit int) []byte {
	if v < 0 {
		o = append(o, '-')
		v = -v
	}
	o = strconv.AppendInt(o, int64(v/unit), 10)
	if v %= unit; v == 0 {
		return o
	}
	o = append(o, '.')
	for v > 0 {
		unit /= 10
		o = append(o, byte('0'+v/unit))
		v %= unit
	}
	return o
}

// appendColor writes the three components, each of 0 to 1.
func appendColor(o []byte, c Color) []byte {
	for _, v := range [3]uint8{c.R, c.G, c.B} {
		o = appendFraction(o, (int(v)*2000+255)/510, 1000)
		o = append(o, ' ')
	}
	return o
}

const hexDigits = "0123456789ABCDEF"

func appendHex16(o []byte, v uint16) []byte {
	return append(o, hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
}

// pairs are the digits of each byte.
var pairs = func() (p [256][2]byte) {
	for i := range p {
		p[i] = [2]byte{hexDigits[i>>4], hexDigits[i&15]}
	}
	return p
}()

func appendHex(o, b []byte) []byte {
	start := len(o)
	o = slices.Grow(o, 2*len(b))[:start+2*len(b)]
	for i, v := range b {
		*(*[2]byte)(o[start+2*i:]) = pairs[v]
	}
	return o
}

// appendUTF16 writes a character as UTF-16BE in hex, in surrogates if need be.
func appendUTF16(o []byte, r rune) []byte {
	if r <= 0xFFFF {
		return appendHex16(o, uint16(r))
	}
	high, low := utf16.EncodeRune(r)
	return appendHex16(appendHex16(o, uint16(high)), uint16(low))
}

// appendText writes a text string (ISO 32000-1, 7.9.2.2).
func appendText(o []byte, s string) []byte {
	o = append(o, "<FEFF"...)
	for _, r := range s {
		o = appendUTF16(o, r)
	}
	return append(o, '>')
}

// padDecimal fills field with the decimal digits of v and leading zeros.
func padDecimal(field []byte, v int) {
	for i := len(field) - 1; i >= 0; i-- {
		field[i] = byte('0' + v%10)
		v /= 10
	}
}

// appendXML writes s as character data.
func appendXML(o []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '&':
			o = append(o, "&amp;"...)
		case '<':
			o = append(o, "&lt;"...)
		case '>':
			o = append(o, "&gt;"...)
		default:
			o = append(o, s[i])
		}
	}
	return o
}
