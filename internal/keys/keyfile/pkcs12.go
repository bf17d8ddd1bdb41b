package keyfile

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

const (
	tagSequence = 0x30
	maxDepth    = 24
)

// readPKCS12 opens a PKCS #12 file (RFC 7292).
func readPKCS12(ctx context.Context, b []byte, passphrase func() (string, error)) (Content, error) {
	if err := isPKCS12(b); err != nil {
		return Content{}, err
	}
	if costly(b, 0) {
		return Content{}, refuse("slow")
	}
	if passphrase == nil {
		return Content{}, refuse("passphrase")
	}
	text, err := passphrase()
	if err != nil {
		return Content{}, fmt.Errorf("read passphrase: %w", err)
	}
	return open(ctx, b, text)
}

// isPKCS12 tells a PKCS #12 file from other DER, and a whole one from a cut one.
func isPKCS12(b []byte) error {
	var outer, version asn1.RawValue
	if rest, err := asn1.Unmarshal(b, &outer); err != nil || len(rest) > 0 {
		return refuse("damaged")
	}
	if _, err := asn1.Unmarshal(outer.Bytes, &version); err != nil || version.Tag != asn1.TagInteger || len(version.Bytes) != 1 || version.Bytes[0] != 3 {
		return refuse("foreign")
	}
	return nil
}

// costly reports whether a structure names a count of iterations that would keep
// the machine busy. In all structures of a PKCS #12 file the count is the number
// behind the salt, an octet string; nothing else in it looks like this.
func costly(der []byte, depth int) bool {
	salted := false
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil || depth > maxDepth {
			return false // not a structure: what an octet string holds need not be one
		}
		octets := v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString
		if salted && v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger &&
			new(big.Int).SetBytes(v.Bytes).Cmp(big.NewInt(maxIterations)) > 0 {
			return true
		}
		if (v.IsCompound || octets) && costly(v.Bytes, depth+1) {
			return true
		}
		salted, der = octets, rest
	}
	return false
}

// open decrypts. A count of iterations may also stand inside what is encrypted,
// where nobody sees it before: so ctx ends the waiting.
func open(ctx context.Context, b []byte, passphrase string) (Content, error) {
	type outcome struct {
		Content
		error
	}
	done := make(chan outcome, 1)
	go func() {
		c, err := decode(b, passphrase)
		done <- outcome{c, err}
	}()
	select {
	case o := <-done:
		return o.Content, o.error
	case <-ctx.Done():
		return Content{}, refuse("slow")
	}
}

func decode(b []byte, passphrase string) (c Content, err error) {
	defer func() { // another's reader of hostile input
		if r := recover(); r != nil {
			c, err = Content{}, because("damaged", fmt.Errorf("%v", r))
		}
	}()
	key, leaf, issuers, err := pkcs12.DecodeChain(b, passphrase)
	var unknown pkcs12.NotImplementedError
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return c, refuse("passphrase")
	case errors.As(err, &unknown), err != nil && strings.Contains(err.Error(), "is not supported"): // of the key's bag it has only the text
		return c, because("cipher", err)
	case err != nil && err.Error() == "pkcs12: certificate missing":
		return c, refuse("no_certificate")
	case err != nil && err.Error() == "pkcs12: private key missing":
		return c, refuse("no_key")
	case err != nil:
		return c, because("damaged", err)
	}
	if len(issuers) >= maxCertificates {
		return c, refuse("many", maxCertificates)
	}
	c.Certificates = append([]*x509.Certificate{leaf}, issuers...)
	return c, c.setKey(key)
}
