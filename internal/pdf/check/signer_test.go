package check_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/check"
)

// TestSignedByOthers has files of our shape, whole and correctly signed, by
// people with our names but not our keys.
func TestSignedByOthers(t *testing.T) {
	ours, theirs := newPKI(t, ecKey(t)), newPKI(t, ecKey(t))
	file := newDraft().file()
	swapped := newDraft()
	swapped.change(t, embedded, token, strings.ToUpper(token))
	byOwnLeaf := ours.letter() // a certificate of ours as a CA
	byOwnLeaf.key = theirs.key
	byOwnLeaf.leaf = certify(t, "DEMO", 9, leafUse, ours.leaf, theirs.key.Public(), ours.key)
	byOwnLeaf.hashed, byOwnLeaf.certificates = byOwnLeaf.leaf, append(byOwnLeaf.certificates, byOwnLeaf.leaf)
	byRoot := ours.letter()
	byRoot.leaf = certify(t, "DEMO", 10, leafUse, ours.root, ours.key.Public(), ours.rootKey)
	byRoot.hashed, byRoot.certificates = byRoot.leaf, nil
	byRoot.certificates = append(byRoot.certificates, byRoot.leaf, ours.root)
	notForSigning := ours.letter()
	use := leafUse
	use.KeyUsage = 0
	notForSigning.leaf = certify(t, "DEMO", 11, use, ours.ca, ours.key.Public(), ours.caKey)
	notForSigning.hashed, notForSigning.certificates[0] = notForSigning.leaf, notForSigning.leaf
	mixed := theirs.letter()
	mixed.certificates[1] = ours.ca
	withOurRoot, stuffed, alone, selfSigned := theirs.letter(), ours.letter(), ours.letter(), theirs.letter()
	withOurRoot.certificates = append(withOurRoot.certificates, ours.root)
	stuffed.certificates = append(stuffed.certificates, theirs.ca)
	alone.certificates = alone.certificates[:1]
	selfSigned.leaf = certify(t, "DEMO Root CA", 1, caUse, nil, theirs.key.Public(), theirs.key)
	selfSigned.hashed, selfSigned.certificates = selfSigned.leaf, nil
	selfSigned.certificates = append(selfSigned.certificates, selfSigned.leaf)
	swappedLeaf, wrongKey, claimed := ours.letter(), ours.letter(), theirs.letter()
	swappedLeaf.certificates[0] = certify(t, "DEMO", ours.leaf.SerialNumber.Uint64(), leafUse, ours.ca, ours.key.Public(), ours.caKey)
	wrongKey.key = theirs.key
	claimed.leaf, claimed.certificates = ours.leaf, ours.letter().certificates
	for name, c := range map[string]struct {
		file []byte
		want check.Fault
	}{
		"a look-alike root, CA and signer":           {seal(t, file, theirs.letter()), check.Chain},
		"their signer, our CA beside it":             {seal(t, file, mixed), check.Chain},
		"their chain, our root beside it":            {seal(t, file, withOurRoot), check.Chain},
		"a self-signed signer with our root's name":  {seal(t, file, selfSigned), check.Chain},
		"attachment swapped, signed again by others": {seal(t, swapped.file(), theirs.letter()), check.Chain},
		"a certificate issued by our signer's key":   {seal(t, file, byOwnLeaf), check.Chain},
		"a certificate issued by our root itself":    {seal(t, file, byRoot), check.Chain},
		"a certificate of ours not made for signing": {seal(t, file, notForSigning), check.Chain},
		"a stranger among our certificates":          {seal(t, file, stuffed), check.Chain},
		"our CA left out":                            {seal(t, file, alone), check.Chain},
		"our certificate swapped for a newer one":    {seal(t, file, swappedLeaf), check.Altered},
		"our certificate, their key":                 {seal(t, file, wrongKey), check.Altered},
		"our certificate named, their hash signed":   {seal(t, file, claimed), check.Altered},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.file, ours.public(), c.want) })
	}
	t.Run("no root key at hand", func(t *testing.T) { refused(t, ours.original(t), nil, check.Chain) })
	t.Run("an RSA key that is too short", func(t *testing.T) {
		t.Setenv("GODEBUG", "rsa1024min=0")
		p := newPKI(t, rsaKey(t, 1024))
		refused(t, p.original(t), p.public(), check.Altered)
	})
}

// TestMessagesOfAnotherForm has our own signer's key, and a signature that is
// good in itself, in a message that package cms would not write.
func TestMessagesOfAnotherForm(t *testing.T) {
	p := newPKI(t, ecKey(t))
	file := newDraft().file()
	open, behind := hole(file)
	digest := sha256.Sum256(slices.Concat(file[:open], file[behind:]))
	sorted := attributesOf(digest, p.leaf)
	slices.SortFunc(sorted, bytes.Compare)
	reversed := slices.Clone(sorted)
	slices.Reverse(reversed)
	signingTime := der(0x30, oidTime, der(0x31, der(0x17, []byte("261121093000Z"))))
	other := sha256.Sum256([]byte("other"))
	twoDigests := append(attributesOf(digest, p.leaf)[1:], der(0x30, oidDigest, der(0x31, der(4, other[:]))))
	twoValues := append(attributesOf(digest, p.leaf)[:1], der(0x30, oidDigest, der(0x31, der(4, digest[:]), der(4, other[:]))), attributesOf(digest, p.leaf)[2])
	for name, change := range map[string]func(*letter){
		"two signers":                      func(l *letter) { l.signers = 2 },
		"no signer":                        func(l *letter) { l.signers = 0 },
		"unsigned attributes":              func(l *letter) { l.unsigned = der(0xA1, signingTime) },
		"a revocation list":                func(l *letter) { l.lists = der(0xA1, der(0x30)) },
		"attributes out of order":          func(l *letter) { l.attributes = reversed },
		"a signing time":                   func(l *letter) { l.attributes = append(slices.Clone(sorted), signingTime) },
		"no certificate hash":              func(l *letter) { l.attributes = attributesOf(digest, p.leaf)[:2] },
		"no digest":                        func(l *letter) { l.attributes = [][]byte{sorted[0], sorted[2]} },
		"no attributes":                    func(l *letter) { l.attributes = [][]byte{} },
		"two digests":                      func(l *letter) { l.attributes = twoDigests },
		"two values of a digest":           func(l *letter) { l.attributes = twoValues },
		"an empty signature":               func(l *letter) { l.value = []byte{} },
		"a signature of zeros (r = s = 0)": func(l *letter) { l.value = []byte{0x30, 6, 2, 1, 0, 2, 1, 0} },
		"another algorithm's name":         func(l *letter) { l.algorithm = rsaAlg },
		"the certificate twice":            func(l *letter) { l.certificates = append(l.certificates, p.leaf) },
		"too many certificates":            func(l *letter) { l.certificates = append(l.certificates, p.root, p.root, p.root, p.root, p.root) },
		"no certificates":                  func(l *letter) { l.certificates = nil },
	} {
		t.Run(name, func(t *testing.T) {
			l := p.letter()
			change(&l)
			refused(t, seal(t, file, l), p.public(), check.Altered, check.Structure)
		})
	}
	good := p.letter().write(t, digest)
	for name, message := range map[string][]byte{
		"the same in BER of indefinite length": slices.Concat([]byte{0x30, 0x80}, good[4:], []byte{0, 0}),
		"a length of more bytes than needed":   slices.Concat([]byte{0x30, 0x83, 0}, good[2:]),
		"a length of four bytes":               slices.Concat([]byte{0x30, 0x84, 0, 0}, good[2:]),
		"a length past the end":                slices.Concat([]byte{0x30, 0x82, 0xFF, 0xFF}, good[4:]),
		"not DER at all":                       []byte("hello"),
		"deeply nested":                        bytes.Repeat([]byte{0x30, 0x82, 0x01, 0x00}, 700),
	} {
		t.Run(name, func(t *testing.T) { refused(t, put(t, file, message), p.public(), check.Structure) })
	}
}
