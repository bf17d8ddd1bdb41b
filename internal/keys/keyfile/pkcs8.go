package keyfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
)

// Structures of RFC 5958 §3 and RFC 8018 App. A.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2 struct {
		Derivation pkix.AlgorithmIdentifier
		Cipher     pkix.AlgorithmIdentifier
	}
	pbkdf2Parameters struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		Hash       pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// hashes of PBKDF2 by identifier; absent means HMAC with SHA-1 (RFC 8018 App. A.2).
var hashes = map[string]func() hash.Hash{
	"":                    sha1.New,
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
}

// ciphers in CBC mode by identifier, with the length of their keys.
var ciphers = map[string]struct {
	open func([]byte) (cipher.Block, error)
	key  int
}{
	"2.16.840.1.101.3.4.1.2":  {aes.NewCipher, 16},
	"2.16.840.1.101.3.4.1.22": {aes.NewCipher, 24},
	"2.16.840.1.101.3.4.1.42": {aes.NewCipher, 32},
	"1.2.840.113549.3.7":      {des.NewTripleDESCipher, 24},
}

// decryptPKCS8 opens an encrypted private key (PBES2 with PBKDF2, as every tool
// has written it for years). A wrong passphrase shows as bad padding, or as
// something that is no key.
func decryptPKCS8(der []byte, passphrase string) ([]byte, error) {
	var e encryptedKey
	if err := whole(der, &e); err != nil {
		return nil, because("damaged", err)
	}
	var p pbes2
	var d pbkdf2Parameters
	if !e.Algorithm.Algorithm.Equal(oidPBES2) || whole(e.Algorithm.Parameters.FullBytes, &p) != nil ||
		!p.Derivation.Algorithm.Equal(oidPBKDF2) || whole(p.Derivation.Parameters.FullBytes, &d) != nil {
		return nil, refuse("cipher")
	}
	prf, known := hashes[d.Hash.Algorithm.String()]
	c, ciphered := ciphers[p.Cipher.Algorithm.String()]
	if !known || !ciphered {
		return nil, refuse("cipher")
	}
	if d.Iterations < 1 || d.Iterations > maxIterations {
		return nil, refuse("slow")
	}
	key, err := pbkdf2.Key(prf, passphrase, d.Salt, d.Iterations, c.key)
	if err != nil {
		return nil, because("cipher", err)
	}
	block, err := c.open(key)
	if err != nil {
		return nil, because("cipher", err)
	}
	plain, err := decryptCBC(block, p.Cipher.Parameters.Bytes, e.Data)
	if err != nil {
		return nil, because("damaged", err)
	}
	if plain = unpad(plain, block.BlockSize()); plain == nil {
		return nil, refuse("passphrase")
	}
	if _, err := parseKey(plain); err != nil {
		return nil, refuse("passphrase")
	}
	return plain, nil
}

func decryptCBC(block cipher.Block, iv, data []byte) ([]byte, error) {
	if len(iv) != block.BlockSize() || len(data) == 0 || len(data)%block.BlockSize() != 0 {
		return nil, errors.New("ciphertext of an impossible length")
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	return plain, nil
}

// unpad takes the padding off (RFC 8018 §6.1.1), nil if it is wrong.
func unpad(b []byte, size int) []byte {
	n := int(b[len(b)-1])
	if n < 1 || n > size || !bytes.HasSuffix(b, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil
	}
	return b[:len(b)-n]
}

// whole reads one structure with nothing behind it.
func whole(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = errors.New("something stands behind the structure")
	}
	return err
}
