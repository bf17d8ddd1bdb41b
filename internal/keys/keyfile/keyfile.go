// Package keyfile reads a private key and its certificates from the files that
// certification authorities and their tools hand out: PEM (PKCS #8, PKCS #1,
// SEC 1, encrypted PKCS #8) and PKCS #12, old and new ciphers. It opens files,
// and judges nothing: whether the certificates fit the key and each other is for
// package keys to say.
//
// It is made for files of unknown origin: input is bounded, and no count that a
// file names makes it work for long.
package keyfile

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/passmuster/passmuster/internal/registry"
)

const (
	// MaxFile is the largest file that is read, in bytes.
	MaxFile = 1 << 20

	maxCertificates = 64
	// maxIterations bounds the derivation of a key from a passphrase: about a
	// second. OpenSSL writes 2,048, the most that tools write is 600,000.
	maxIterations = 5_000_000
)

// Content is what a file holds.
type Content struct {
	Key          crypto.Signer // nil: none
	Certificates []*x509.Certificate
}

// Read reads a file with a private key. The function passphrase is asked once,
// and only if the file is protected; nil refuses such a file. ctx bounds how
// long opening may take. Refusals, all registry.Invalid: keyfile.large,
// keyfile.foreign, keyfile.damaged, keyfile.no_key, keyfile.two_keys,
// keyfile.passphrase, keyfile.old_pem, keyfile.cipher, keyfile.slow.
func Read(ctx context.Context, b []byte, passphrase func() (string, error)) (Content, error) {
	if err := bounded(b); err != nil {
		return Content{}, err
	}
	var c Content
	var err error
	switch {
	case bytes.Contains(b, []byte("-----BEGIN ")):
		c, err = readPEM(b, passphrase)
	case len(b) > 0 && b[0] == tagSequence:
		c, err = readPKCS12(ctx, b, passphrase)
	default:
		return c, refuse("foreign")
	}
	if err == nil && c.Key == nil {
		err = refuse("no_key")
	}
	return c, err
}

// ReadCertificates reads a file of certificates alone: PEM, or one in DER.
func ReadCertificates(b []byte) ([]*x509.Certificate, error) {
	if err := bounded(b); err != nil {
		return nil, err
	}
	if len(b) > 0 && b[0] == tagSequence {
		c, err := x509.ParseCertificate(b)
		if err != nil {
			return nil, because("foreign", err)
		}
		return []*x509.Certificate{c}, nil
	}
	c, err := readPEM(b, nil)
	if err == nil && c.Key != nil {
		err = refuse("chain_key")
	}
	if err == nil && len(c.Certificates) == 0 {
		err = refuse("no_certificate")
	}
	return c.Certificates, err
}

func bounded(b []byte) error {
	if len(b) > MaxFile {
		return refuse("large", MaxFile>>20)
	}
	return nil
}

// readPEM takes every key and certificate of a PEM file, in any order; texts in
// between, as OpenSSL writes them, are passed over.
func readPEM(b []byte, passphrase func() (string, error)) (Content, error) {
	var c Content
	seen := 0
	for rest := b; ; seen++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if bytes.Contains(rest, []byte("-----BEGIN ")) {
				return c, refuse("damaged")
			}
			break
		}
		if err := c.add(block, passphrase); err != nil {
			return c, err
		}
	}
	if seen == 0 {
		return c, refuse("damaged")
	}
	return c, nil
}

func (c *Content) add(block *pem.Block, passphrase func() (string, error)) error {
	switch block.Type {
	case "CERTIFICATE", "X509 CERTIFICATE":
		return c.addCertificate(block.Bytes)
	case "EC PARAMETERS": // stands before a key, which repeats it
		return nil
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
	default:
		return refuse("block", fmt.Sprintf("%.40q", block.Type))
	}
	if c.Key != nil {
		return refuse("two_keys")
	}
	if block.Headers["Proc-Type"] != "" { // RFC 1421: MD5 and no check of the passphrase
		return refuse("old_pem")
	}
	der := block.Bytes
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		if passphrase == nil {
			return refuse("passphrase")
		}
		text, err := passphrase()
		if err != nil {
			return fmt.Errorf("read passphrase: %w", err)
		}
		if der, err = decryptPKCS8(der, text); err != nil {
			return err
		}
	}
	key, err := parseKey(der)
	if err != nil {
		return because("damaged", err)
	}
	return c.setKey(key)
}

func (c *Content) addCertificate(der []byte) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return because("damaged", err)
	}
	if len(c.Certificates) == maxCertificates {
		return refuse("many", maxCertificates)
	}
	c.Certificates = append(c.Certificates, cert)
	return nil
}

func (c *Content) setKey(key any) error {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return refuse("no_key")
	}
	c.Key = signer
	return nil
}

// parseKey reads a key in any of the three forms, whatever its label says.
func parseKey(der []byte) (any, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, err
}

func refuse(what string, args ...any) error {
	return registry.Fail(registry.Invalid, "keyfile."+what, args...)
}

// because is refuse with a cause for the log.
func because(what string, cause error, args ...any) error {
	return fmt.Errorf("%w: %v", refuse(what, args...), cause)
}
