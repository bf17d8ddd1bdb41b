package record

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"net/netip"
	"strings"

	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
)

// Digits writes a record as one decimal number, big endian, which a QR code
// stores in 3⅓ bits a digit and which nothing on the way can spoil (no case, no
// escapes). A record begins with 0xD2, never with a zero byte, so the number
// alone gives the bytes back.
func Digits(b []byte) string { return string(AppendDigits(nil, b)) }

// group is 10¹⁹, the greatest power of ten in a word.
const group = 10_000_000_000_000_000_000

// AppendDigits is Digits to the end of o. It divides words by a power of ten,
// from the highest one down, which for a few hundred bytes takes less than
// math/big's way for numbers of any size.
func AppendDigits(o, b []byte) []byte {
	var near [64]uint64
	groups := near[:0] // of 19 digits, the lowest first
	for len(b) > 0 {
		n := (len(b)-1)%8 + 1
		var rest uint64
		for _, x := range b[:n] {
			rest = rest<<8 | uint64(x)
		}
		b = b[n:]
		if n < 8 { // only the first time, when there are no groups yet
			groups = append(groups, rest)
			continue
		}
		for i := range groups {
			rest, groups[i] = bits.Div64(groups[i], rest, group)
		}
		for ; rest > 0; rest /= group {
			groups = append(groups, rest%group)
		}
	}
	start := len(o)
	for i := len(groups) - 1; i >= 0; i-- {
		o = append(o, "0000000000000000000"...)
		for at, v := len(o)-1, groups[i]; v > 0; at, v = at-1, v/10 {
			o[at] = byte('0' + v%10)
		}
	}
	zeros := 0
	for zeros < len(o)-start-1 && o[start+zeros] == '0' {
		zeros++
	}
	if len(groups) == 0 {
		return append(o, '0')
	}
	return append(o[:start], o[start+zeros:]...)
}

// maxDigits is the length of 256^MaxSize - 1.
const maxDigits = 2467

// FromDigits is the inverse of Digits. It takes ASCII digits alone, without a
// leading zero, for at most MaxSize bytes, and refuses others as "record.digits".
func FromDigits(s string) ([]byte, error) {
	if s == "" || len(s) > maxDigits || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return nil, registry.Fail(registry.Invalid, "record.digits")
	}
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || n.BitLen() > 8*MaxSize {
		return nil, registry.Fail(registry.Invalid, "record.digits")
	}
	return n.Bytes(), nil
}

// URL is the text of a certificate's QR code: https://HOST/v/CODE#DIGITS. The
// fragment never leaves the reader's device. A nil record gives the link alone.
func URL(origin string, code registry.Code, record []byte) string {
	link := origin + "/v/" + string(code)
	if len(record) == 0 {
		return link
	}
	return link + "#" + Digits(record)
}

// AppendURL is URL to the end of o.
func AppendURL(o []byte, origin string, code registry.Code, record []byte) []byte {
	o = append(append(append(o, origin...), "/v/"...), code...)
	return AppendDigits(append(o, '#'), record)
}

// LongestURL is a text as long as URL can give for the claims, whoever signs
// them: what a page must have room for.
func LongestURL(c Claims, origin string, code registry.Code) (string, error) {
	payload, err := c.Payload()
	if err != nil {
		return "", err
	}
	var sig [cose.SignatureSize]byte
	sig[len(sig)-1], sig[len(sig)/2-1] = 1, 1
	message, err := cose.Assemble(payload, [4]byte{}, sig[:])
	if err != nil {
		return "", fmt.Errorf("measure record: %w", err)
	}
	return URL(origin, code, message), nil
}

// Scan is what a QR text says before anything is checked.
type Scan struct {
	Origin string // scheme and host, lower case: "https://verify.example"; "" if unknown
	Code   registry.Code
	Record []byte // nil: the link alone. Not parsed yet
}

// maxScan is how many characters are looked at; what is longer is no QR code.
const maxScan = 8192

// ParseScan reads the text of a QR code as a scanner returns it, in any case,
// with or without a record. It refuses, as "record.scan", what is no link to a
// certificate (another path, a query, a user name, an escape, a host outside of
// ASCII), as "record.scan_http" an unprotected link to a public host, and as
// "code.mistyped" a wrong code. A damaged record is "record.digits": origin and
// code are returned with it, so that the certificate can still be looked up.
// Whether the host is ours is the trust list's to say, not the text's.
func ParseScan(text string) (Scan, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxScan {
		return Scan{}, notALink("too long")
	}
	link, digits, hasRecord := strings.Cut(text, "#")
	scheme, rest, ok := strings.Cut(link, "://")
	if !ok {
		return Scan{}, notALink("no scheme")
	}
	host, path, _ := strings.Cut(rest, "/")
	origin, err := origin(strings.ToLower(scheme), strings.ToLower(host))
	if err != nil {
		return Scan{}, err
	}
	code, err := pathCode(path)
	if err != nil {
		return Scan{}, err
	}
	scan := Scan{Origin: origin, Code: code}
	if !hasRecord {
		return scan, nil
	}
	scan.Record, err = FromDigits(digits)
	if err != nil {
		scan.Record = []byte{} // there was one: never to be taken for a link without a record
		return scan, fmt.Errorf("read scan: %w", err)
	}
	return scan, nil
}

// pathCode reads v/CODE, where the code has no separators but hyphens.
func pathCode(path string) (registry.Code, error) {
	v, code, ok := strings.Cut(path, "/")
	if !ok || !strings.EqualFold(v, "v") {
		return "", notALink("another path")
	}
	for _, r := range code {
		if r >= 0x80 || r <= ' ' || strings.ContainsRune("/?%&\\", r) {
			return "", notALink("another path")
		}
	}
	return registry.ParseCode(code)
}

// origin checks scheme and host, both lower case.
func origin(scheme, host string) (string, error) {
	if scheme != "https" && scheme != "http" {
		return "", notALink("another scheme")
	}
	name, port, ok := splitPort(host)
	if !ok || !validHost(name) {
		return "", notALink("no plain host name")
	}
	if scheme == "http" && !local(name) {
		return "", fmt.Errorf("read scan: %w", registry.Fail(registry.Invalid, "record.scan_http", name))
	}
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return scheme + "://" + name, nil
	}
	return scheme + "://" + host, nil
}

// splitPort cuts an optional port off; an IPv6 address stands in brackets.
func splitPort(host string) (name, port string, ok bool) {
	at := strings.LastIndexByte(host, ':')
	if at < 0 || strings.HasSuffix(host, "]") {
		return host, "", true
	}
	name, port = host[:at], host[at+1:]
	return name, port, len(port) >= 1 && len(port) <= 5 && port[0] != '0' && strings.Trim(port, "0123456789") == ""
}

// validHost takes a DNS name or an address in its usual form: no user name, no
// escape and no character outside of ASCII passes. A name in Punycode (xn--)
// stays as it is, so that nobody reads it as the one it imitates.
func validHost(name string) bool {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && addr.Is6() && addr.Zone() == "" && strings.HasSuffix(inner, "]")
	}
	for _, label := range strings.Split(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range []byte(label) {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return len(name) <= 253
}

// local reports whether the name is this machine or one of its network: a
// demonstration runs there without a certificate.
func local(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || strings.HasSuffix(name, ".local") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && (addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast())
}

func notALink(why string) error {
	return fmt.Errorf("read scan: %w: %w", errors.New(why), registry.Fail(registry.Invalid, "record.scan"))
}
