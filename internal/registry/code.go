package registry

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Code is the verification code of a credential: 16 characters of Crockford's
// base32, the first 15 random (75 bits), the last a check character (Luhn mod
// 32). A Code is always in canonical form: upper case, no separators.
type Code string

const (
	crockford   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLen     = 16
	codeGroup   = 4
	codeEntropy = 10 // bytes that NewCode takes; 75 of their 80 bits are used
)

// crockfordValue is what each character stands for, -1 for those that stand for
// nothing: a code is read with every scan.
var crockfordValue = func() (values [utf8.RuneSelf]int8) {
	for c := range values {
		values[c] = int8(strings.IndexByte(crockford, byte(c)))
	}
	return values
}()

// NewCode makes a code of 10 random bytes.
func NewCode(random [codeEntropy]byte) Code {
	hi := uint64(binary.BigEndian.Uint16(random[:2]))
	lo := binary.BigEndian.Uint64(random[2:])
	var b [codeLen]byte
	for i := range codeLen - 1 {
		b[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	b[codeLen-1] = checkChar(b[:codeLen-1])
	return Code(b[:])
}

// checkChar is the Luhn mod N check character of Crockford characters, N = 32: it catches each single
// wrong character and nearly each swap of neighbours.
func checkChar(s []byte) byte {
	sum, factor := 0, 2
	for i := len(s) - 1; i >= 0; i-- {
		addend := factor * int(crockfordValue[s[i]])
		sum += addend/32 + addend%32
		factor = 3 - factor
	}
	return crockford[(32-sum%32)%32]
}

// ParseCode reads a code as people type it: any case, spaces and hyphens
// anywhere, O for 0, I and L for 1. A text that cannot be a code, and one whose
// check character is wrong, is refused as "code.mistyped".
func ParseCode(s string) (Code, error) {
	b, ok := readCode(s)
	if !ok || checkChar(b[:codeLen-1]) != b[codeLen-1] {
		return "", Fail(Invalid, "code.mistyped")
	}
	return Code(b), nil
}

// readCode reads the characters of a code, of either kind; false for a text that
// has others, or not so many.
func readCode(s string) (b []byte, ok bool) { return readCrockford(s, codeLen) }

// String is the printed form: four groups of four, "7K3Q-D9XM-2HRT-W4BX".
func (c Code) String() string {
	if len(c) != codeLen {
		return string(c)
	}
	s := string(c)
	return s[:codeGroup] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// Number is a credential's public number, PROGRAMME-BASE-YEAR-COUNTER:
// "GAJK-SJZ-2026-000123". It identifies, it gives no access.
type Number string

// NewNumber puts a number together; the counter runs per programme, base and
// year of issue in the base's zone, and may have gaps.
func NewNumber(programme, base string, year, counter int) Number {
	return Number(fmt.Sprintf("%s-%s-%04d-%06d", programme, base, year, counter))
}

// ParseNumber reads a number as people type it: any case, any of the dashes,
// spaces around. It checks the shape alone.
func ParseNumber(s string) (Number, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	s = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2212", "-", " ", "").Replace(s)
	parts := strings.Split(s, "-")
	if len(parts) != 4 || !upperWord(parts[0]) || !upperWord(parts[1]) || len(parts[2]) != 4 || !digits(parts[2]) || len(parts[3]) < 6 || !digits(parts[3]) {
		return "", Fail(Invalid, "number.format")
	}
	return Number(s), nil
}

func upperWord(s string) bool {
	for _, r := range s {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return len(s) >= 2 && len(s) <= 10
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
