package check

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
)

// maxRemains is how many strings of digits are read in search of a signature of
// ours, in a file that is not written as ours are.
const maxRemains = 8

// trusted are those whose signatures are ours.
type trusted struct {
	root    *ecdsa.PublicKey
	vouched []Signer
}

// chain orders a message's certificates, leaf first; the error is why they lead
// to nobody of ours.
func (t trusted) chain(m *message) (chain []*x509.Certificate, by Signer, err error) {
	chain, by, found := m.named(t.vouched)
	if found {
		return chain, by, nil
	}
	chain, err = m.chain(t.root)
	return chain, by, err
}

// unread tells a file of ours that was changed from a file that somebody else
// signed in his way. Only the first is a forgery, and the evidence is what a key
// of ours signed: a signature that stands in the file still, wherever it is and
// however it is written now, over something that the file is not. Where none is
// left nothing is known, as with a printed copy.
func (t trusted) unread(b []byte) Fault {
	for range maxRemains {
		at := bytes.Index(b, []byte("<3082")) // a message of 256 bytes to 64 KB
		if at < 0 {
			break
		}
		b = b[at+1:]
		m, err := parseMessage(remains(b))
		if err != nil {
			continue
		}
		if _, _, err := t.chain(m); err == nil && m.genuine() == nil {
			return Altered
		}
	}
	return Structure
}

// remains gives the digits of the message that b begins with, as we write them:
// as many as it says that it has, without white space, in upper case.
func remains(b []byte) []byte {
	want := 8 // digits of the header
	digits := make([]byte, 0, 4<<10)
	for _, d := range b[:min(len(b), 4*maxMessage)] {
		switch {
		case d == ' ', d == '\n', d == '\r', d == '\t', d == '\f', d == 0:
			continue
		case d >= 'a' && d <= 'f':
			d -= 'a' - 'A'
		}
		if digits = append(digits, d); len(digits) == 8 {
			if length, err := decodeHex(digits[4:]); err == nil {
				want += 2 * (int(length[0])<<8 | int(length[1]))
			}
		}
		if len(digits) >= want {
			break
		}
	}
	return digits
}
