package badge

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/passmuster/passmuster/internal/ecsig"
	"github.com/passmuster/passmuster/internal/registry"
)

// Stencil is the signing input of a class's tokens with what is a person's own
// left open. What it fills in is to the byte what SigningInput makes. Safe for
// concurrent use.
type Stencil struct {
	header []byte // in base64url, with the dot
	parts  [][]byte
	holes  []int // between the parts: numbers of own fields
}

// The fields that are a person's own.
const (
	ownCode = iota
	ownSubject
	ownNumber
	ownName
	ownLatin
	ownList
	ownIndex
	ownFields
)

// NewStencil takes from a snapshot what it shares with others; latin says
// whether the tokens name the holder in Latin letters as well.
func NewStencil(s *registry.Snapshot, kid string, latin bool) (*Stencil, error) {
	const list, index = 770_000_000_007, 880_000_000_008 // longer than any in use
	marks := [ownFields]string{
		ownCode: "own0mark", ownSubject: "own1mark", ownNumber: "own2mark", ownName: "own3mark", ownLatin: "own4mark",
		ownList: strconv.Itoa(list), ownIndex: strconv.Itoa(index),
	}
	own := *s
	own.Code, own.Subject, own.Number, own.Name = registry.Code(marks[ownCode]), marks[ownSubject], registry.Number(marks[ownNumber]), marks[ownName]
	own.LatinName, own.Status = "", registry.StatusEntry{List: list, Index: index}
	if latin {
		own.LatinName = marks[ownLatin]
	}
	header, body, err := signingParts(own, KeyURL(own.Origin, kid))
	if err != nil {
		return nil, err
	}
	t := &Stencil{header: append(base64.RawURLEncoding.AppendEncode(nil, header), '.')}
	var seen [ownFields]int
	from := 0
	for i := 0; i < len(body); {
		which := markAt(body[i:], &marks)
		if which < 0 {
			i++
			continue
		}
		seen[which]++
		t.parts, t.holes = append(t.parts, body[from:i]), append(t.holes, which)
		i += len(marks[which])
		from = i
	}
	t.parts = append(t.parts, body[from:])
	want := [ownFields]int{ownCode: 2, ownSubject: 2, ownNumber: 1, ownName: 1, ownList: 2, ownIndex: 2}
	if latin {
		want[ownLatin] = 1
	}
	if seen != want {
		return nil, errors.New("cut stencil: a text of the class looks like a mark")
	}
	return t, nil
}

// markAt says which mark the text begins with, -1 for none.
func markAt(text []byte, marks *[ownFields]string) int {
	if c := text[0]; c != 'o' && c != '7' && c != '8' {
		return -1
	}
	for i, mark := range marks {
		if bytes.HasPrefix(text, []byte(mark)) {
			return i
		}
	}
	return -1
}

// AppendInput appends the signing input of the snapshot to o; small is memory
// to work in, which is returned.
func (t *Stencil) AppendInput(o, small []byte, s *registry.Snapshot) (out, again []byte) {
	body := small[:0]
	for i, part := range t.parts {
		body = append(body, part...)
		if i == len(t.holes) {
			break
		}
		switch t.holes[i] {
		case ownCode:
			body = append(body, s.Code...)
		case ownSubject:
			body = appendEscaped(body, s.Subject)
		case ownNumber:
			body = appendEscaped(body, string(s.Number))
		case ownName:
			body = appendEscaped(body, s.Name)
		case ownLatin:
			body = appendEscaped(body, s.LatinName)
		case ownList:
			body = strconv.AppendInt(body, int64(s.Status.List), 10)
		case ownIndex:
			body = strconv.AppendInt(body, int64(s.Status.Index), 10)
		}
	}
	o = append(o, t.header...)
	return base64.RawURLEncoding.AppendEncode(o, body), body
}

// appendEscaped writes a text inside of quotes (RFC 8785 §3.2.2.2).
func appendEscaped(o []byte, s string) []byte {
	const short = "btnvfr" // from 8 on; v has no short form
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			o = append(o, '\\', c)
		case c >= 8 && c <= 13 && c != 11:
			o = append(o, '\\', short[c-8])
		case c < ' ':
			o = fmt.Appendf(o, `\u%04x`, c)
		default:
			o = append(o, c)
		}
	}
	return o
}

// Latin reports whether a snapshot's token names the holder in Latin letters
// beside the name as printed.
func Latin(s *registry.Snapshot) bool { return s.LatinName != "" && s.LatinName != s.Name }

// SignInput signs a signing input and makes it the token. The digest that was
// signed and the signature are left in the caller's memory.
func SignInput(input []byte, digest *[sha256.Size]byte, sig *[ecsig.Size]byte, key crypto.Signer) (token []byte, err error) {
	*digest = sha256.Sum256(input)
	if err := ecsig.SignTo(sig, digest[:], key); err != nil {
		return nil, fmt.Errorf("sign badge: %w", err)
	}
	return AppendSignature(input, sig[:]), nil
}

// AppendSignature makes the token of a signing input and its signature.
func AppendSignature(input, sig []byte) []byte {
	return base64.RawURLEncoding.AppendEncode(append(input, '.'), sig)
}
