package badge

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
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
	t, err := newStencil(s, kid, latin, "x")
	if err != nil {
		return nil, err
	}
	// With other marks the rest must stay the same: then it depends on none of
	// the fields.
	again, err := newStencil(s, kid, latin, "yy")
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(t.parts, again.parts, bytes.Equal) || !slices.Equal(t.holes, again.holes) {
		return nil, errors.New("cut stencil: a text of the class looks like a mark")
	}
	return t, nil
}

func newStencil(s *registry.Snapshot, kid string, latin bool, salt string) (*Stencil, error) {
	var marks [ownFields]string
	for i := range marks {
		marks[i] = "own" + salt + strconv.Itoa(i) + "mark"
	}
	marks[ownList], marks[ownIndex] = strconv.Itoa(770000000007+len(salt)), strconv.Itoa(880000000008+len(salt))
	own := *s
	own.Code, own.Subject, own.Number, own.Name = registry.Code(marks[ownCode]), marks[ownSubject], registry.Number(marks[ownNumber]), marks[ownName]
	own.LatinName, own.Status = "", registry.StatusEntry{List: 770000000007 + len(salt), Index: 880000000008 + len(salt)}
	if latin {
		own.LatinName = marks[ownLatin]
	}
	header, body, err := signingParts(own, KeyURL(own.Origin, kid))
	if err != nil {
		return nil, err
	}
	t := &Stencil{header: append(base64.RawURLEncoding.AppendEncode(nil, header), '.')}
	for {
		at, which := len(body), -1
		for i, mark := range marks {
			if n := bytes.Index(body, []byte(mark)); n >= 0 && n < at {
				at, which = n, i
			}
		}
		t.parts = append(t.parts, slices.Clone(body[:at]))
		if which < 0 {
			return t, nil
		}
		t.holes = append(t.holes, which)
		body = body[at+len(marks[which]):]
	}
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

// SignInput signs a signing input, appends the signature to it and returns the
// token, the 64 bytes to store in sig, and the digest that was signed.
func SignInput(input []byte, sig *[ecsig.Size]byte, key crypto.Signer) (token []byte, digest [sha256.Size]byte, err error) {
	digest = sha256.Sum256(input)
	raw, err := ecsig.SignDigest(digest[:], key)
	if err != nil {
		return nil, digest, fmt.Errorf("sign badge: %w", err)
	}
	copy(sig[:], raw)
	return AppendSignature(input, sig[:]), digest, nil
}

// AppendSignature makes the token of a signing input and its signature.
func AppendSignature(input, sig []byte) []byte {
	return base64.RawURLEncoding.AppendEncode(append(input, '.'), sig)
}
