// Package ecsig signs with P-256 keys in the form that JOSE and COSE carry: r
// and s of 32 bytes each (RFC 7518 §3.4, RFC 9053 §2.1), where crypto.Signer
// returns ASN.1.
package ecsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Size of a signature, in bytes.
const Size = 64

// Sign returns the ES256 signature of the message, see SignDigest.
func Sign(message []byte, key crypto.Signer) ([]byte, error) {
	digest := sha256.Sum256(message)
	return SignDigest(digest[:], key)
}

// SignDigest signs a SHA-256 digest: deterministically where the signer does
// (RFC 6979). It refuses a key that is not on P-256 and a signer that returns
// something else than a signature.
func SignDigest(digest []byte, key crypto.Signer) ([]byte, error) {
	out := make([]byte, Size)
	return out, SignTo((*[Size]byte)(out), digest, key)
}

// SignTo is SignDigest into the caller's memory.
func SignTo(out *[Size]byte, digest []byte, key crypto.Signer) error {
	if pub, ok := key.Public().(*ecdsa.PublicKey); !ok || pub.Curve != elliptic.P256() {
		return errors.New("sign with ES256: the key is not on P-256")
	}
	der, err := key.Sign(nil, digest, crypto.SHA256)
	if err != nil {
		return fmt.Errorf("sign with ES256: %w", err)
	}
	return raw(out, der)
}

// raw reads the two integers of a DER signature (RFC 3279 §2.2.3).
func raw(out *[Size]byte, der []byte) error {
	if len(der) < 2 || der[0] != tagSequence || int(der[1]) != len(der)-2 {
		return errors.New("signer returned no ASN.1 signature")
	}
	rest, err := half(out[:Size/2], der[2:])
	if err == nil {
		rest, err = half(out[Size/2:], rest)
	}
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return errors.New("signer returned no ASN.1 signature")
	}
	return nil
}

const (
	tagInteger  = 0x02
	tagSequence = 0x30
)

// half reads one integer of 1 to 256 bits.
func half(out, der []byte) (rest []byte, err error) {
	if len(der) < 3 || der[0] != tagInteger || int(der[1]) == 0 || int(der[1]) > len(der)-2 {
		return nil, errors.New("signer returned no ASN.1 signature")
	}
	v, rest := der[2:2+int(der[1])], der[2+int(der[1]):]
	if v[0]&0x80 != 0 || len(v) > 1 && v[0] == 0 && v[1]&0x80 == 0 {
		return nil, errors.New("signer returned a negative or padded number")
	}
	if v[0] == 0 {
		v = v[1:]
	}
	if len(v) == 0 || len(v) > len(out) {
		return nil, errors.New("signer returned a signature out of range")
	}
	clear(out[:len(out)-len(v)])
	copy(out[len(out)-len(v):], v)
	return rest, nil
}

// Verify reports whether sig, as Sign returns it, is that of the digest.
func Verify(pub *ecdsa.PublicKey, digest, sig []byte) bool {
	if len(sig) != Size {
		return false
	}
	return ecdsa.VerifyASN1(pub, digest, appendDER(make([]byte, 0, maxDER), sig))
}

const maxDER = 72

// appendDER is the inverse of raw.
func appendDER(o, sig []byte) []byte {
	start := len(o)
	o = append(o, tagSequence, 0)
	for _, v := range [2][]byte{sig[:Size/2], sig[Size/2:]} {
		for len(v) > 1 && v[0] == 0 {
			v = v[1:]
		}
		n := len(v)
		if v[0]&0x80 != 0 {
			o = append(o, tagInteger, byte(n+1), 0)
		} else {
			o = append(o, tagInteger, byte(n))
		}
		o = append(o, v...)
	}
	o[start+1] = byte(len(o) - start - 2)
	return o
}
