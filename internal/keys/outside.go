package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

const (
	// maxChain bounds a chain from outside, in certificates: each travels in every file.
	maxChain      = 6
	maxChainBytes = 16 << 10
	minRSA        = 2048
	maxRSA        = 4096
)

// Candidate is a document signer from outside that was found fit: a private key
// with the chain of its certificate.
type Candidate struct {
	Chain []*x509.Certificate // leaf first
	Alg   string              // ES256 or RS256
	Until time.Time           // its signatures end here: with the leaf
	Left  int                 // certificates that were given and are not needed
	key   crypto.Signer
}

// Fit puts certificates in order below the key and says whether they make a
// document signer at the time: key and leaf belong together, P-256 or RSA of
// 2048 to 4096 bits, every signature holds, every date is good, the leaf is
// for signing documents and no CA, and its issuer at least is there. Refusals,
// all registry.Invalid: keyfile.key, .pair, .self_signed, .no_issuer, .gap,
// .signature, .issuer, .expired, .not_yet, .is_ca, .usage, .purpose, .long,
// .chain.
func Fit(key crypto.Signer, given []*x509.Certificate, now time.Time) (*Candidate, error) {
	alg, err := algOf(key.Public())
	if err != nil {
		return nil, err
	}
	leaf, err := leafOf(key.Public(), given)
	if err != nil {
		return nil, err
	}
	chain, err := climb(leaf, given)
	if err != nil {
		return nil, err
	}
	for _, check := range []func([]*x509.Certificate, time.Time) error{dated, leafFit, sized, sound} {
		if err := check(chain, now); err != nil {
			return nil, err
		}
	}
	return &Candidate{Chain: chain, Alg: alg, Until: chain[0].NotAfter.UTC(), Left: distinct(given) - len(chain), key: key}, nil
}

func unfit(what string, args ...any) error {
	return registry.Fail(registry.Invalid, "keyfile."+what, args...)
}

func algOf(pub crypto.PublicKey) (string, error) {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return ES256, nil
		}
		return "", unfit("key", "ECDSA "+k.Curve.Params().Name)
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n >= minRSA && n <= maxRSA {
			return RS256, nil
		}
		return "", unfit("key", fmt.Sprintf("RSA-%d", k.N.BitLen()))
	}
	return "", unfit("key", strings.TrimPrefix(fmt.Sprintf("%T", pub), "*"))
}

// leafOf finds the certificate of the key; of several, the one that lasts longest.
func leafOf(pub crypto.PublicKey, given []*x509.Certificate) (*x509.Certificate, error) {
	if len(given) == 0 {
		return nil, unfit("no_certificate")
	}
	own, ok := pub.(interface{ Equal(crypto.PublicKey) bool })
	var leaf *x509.Certificate
	for _, c := range given {
		if ok && own.Equal(c.PublicKey) && (leaf == nil || c.NotAfter.After(leaf.NotAfter)) {
			leaf = c
		}
	}
	if leaf == nil {
		return nil, unfit("pair", nameOf(given[0]))
	}
	return leaf, nil
}

// climb goes from the leaf to the root, or to the last intermediate that there
// is. Every step is a signature that holds; a step that is missing while
// certificates from above it are there is a gap.
func climb(leaf *x509.Certificate, given []*x509.Certificate) ([]*x509.Certificate, error) {
	chain := []*x509.Certificate{leaf}
	for c := leaf; !selfSigned(c); {
		up, err := issuerOf(c, given, chain)
		if err != nil {
			return nil, err
		}
		if up == nil {
			break
		}
		chain, c = append(chain, up), up
	}
	top := chain[len(chain)-1]
	switch {
	case len(chain) == 1 && selfSigned(leaf):
		return nil, unfit("self_signed", nameOf(leaf))
	case len(chain) == 1:
		return nil, unfit("no_issuer", nameOf(leaf), leaf.Issuer.String())
	case !selfSigned(top) && slices.ContainsFunc(given, func(c *x509.Certificate) bool { return c.IsCA && !has(chain, c) }):
		return nil, unfit("gap", nameOf(top), top.Issuer.String())
	}
	return chain, nil
}

// issuerOf finds the certificate that signed c. Of several (a CA that was
// certified anew) the one that lasts longest.
func issuerOf(c *x509.Certificate, given, chain []*x509.Certificate) (*x509.Certificate, error) {
	var found, other *x509.Certificate
	var why error
	for _, up := range given {
		if !bytes.Equal(up.RawSubject, c.RawIssuer) || slices.ContainsFunc(chain, func(o *x509.Certificate) bool { return bytes.Equal(o.RawSubject, up.RawSubject) }) {
			continue
		}
		if err := c.CheckSignatureFrom(up); err != nil {
			other, why = up, err
		} else if found == nil || up.NotAfter.After(found.NotAfter) {
			found = up
		}
	}
	if found != nil || other == nil {
		return found, nil
	}
	if !other.IsCA || other.KeyUsage != 0 && other.KeyUsage&x509.KeyUsageCertSign == 0 {
		return nil, unfit("issuer", nameOf(other), nameOf(c))
	}
	return nil, fmt.Errorf("%w: %v", unfit("signature", nameOf(c), nameOf(other)), why)
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

func has(chain []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(chain, c.Equal)
}

func distinct(list []*x509.Certificate) int {
	seen := map[string]bool{}
	for _, c := range list {
		seen[string(c.Raw)] = true
	}
	return len(seen)
}

func dated(chain []*x509.Certificate, now time.Time) error {
	for _, c := range chain {
		switch {
		case now.After(c.NotAfter):
			return unfit("expired", nameOf(c), c.NotAfter.UTC().Format(time.RFC3339))
		case now.Before(c.NotBefore):
			return unfit("not_yet", nameOf(c), c.NotBefore.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// documentPurposes are the extended key usages that viewers take for signing
// documents: RFC 9336, Microsoft, Adobe Authentic Documents Trust.
var documentPurposes = []asn1.ObjectIdentifier{
	{1, 3, 6, 1, 5, 5, 7, 3, 36},
	{1, 3, 6, 1, 4, 1, 311, 10, 3, 12},
	{1, 2, 840, 113583, 1, 1, 5},
}

// leafFit checks what the leaf is for.
func leafFit(chain []*x509.Certificate, _ time.Time) error {
	leaf := chain[0]
	const signs = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch {
	case leaf.IsCA || leaf.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0:
		return unfit("is_ca", nameOf(leaf))
	case leaf.KeyUsage&signs == 0:
		return unfit("usage", nameOf(leaf))
	case len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0:
		return nil
	}
	for _, known := range leaf.ExtKeyUsage {
		if known == x509.ExtKeyUsageAny || known == x509.ExtKeyUsageEmailProtection {
			return nil
		}
	}
	for _, id := range leaf.UnknownExtKeyUsage {
		if slices.ContainsFunc(documentPurposes, id.Equal) {
			return nil
		}
	}
	return unfit("purpose", nameOf(leaf))
}

func sized(chain []*x509.Certificate, _ time.Time) error {
	bytes := 0
	for _, c := range chain {
		bytes += len(c.Raw)
	}
	if len(chain) > maxChain || bytes > maxChainBytes {
		return unfit("long", len(chain), bytes, maxChain, maxChainBytes)
	}
	return nil
}

// sound asks the standard library for the rest: path lengths, name constraints,
// critical extensions.
func sound(chain []*x509.Certificate, now time.Time) error {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(chain[len(chain)-1])
	for _, c := range chain[1 : len(chain)-1] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return unfit("chain", nameOf(chain[0]), err.Error())
	}
	return nil
}

// nameOf is what people call a certificate.
func nameOf(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}
