package check_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
)

func (p *pki) public() *ecdsa.PublicKey { return p.rootKey.Public().(*ecdsa.PublicKey) }

// refused asserts that a file is refused for one of the faults.
func refused(t *testing.T, b []byte, root *ecdsa.PublicKey, want ...check.Fault) {
	t.Helper()
	s, err := check.File(b, root)
	if s != nil || err == nil {
		t.Fatalf("File accepted it, want %v", want)
	}
	if got := check.FaultOf(err); !slices.Contains(want, got) {
		t.Errorf("File = %v, want %v", err, want)
	}
}

func TestAcceptsWhatWeSigned(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"P-256": ecKey(t), "RSA-2048": rsaKey(t, 2048)} {
		for _, withRoot := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, root embedded %v", name, withRoot), func(t *testing.T) {
				p := newPKI(t, key)
				l := p.letter()
				if withRoot {
					l.certificates = append(l.certificates, p.root)
				}
				slices.Reverse(l.certificates) // their order does not matter
				b := seal(t, newDraft().file(), l)
				s, err := check.File(b, p.public())
				if err != nil {
					t.Fatal(err)
				}
				at, _ := time.Parse(time.RFC3339, signedAt)
				if string(s.Attachment) != token || s.SHA256 != sha256.Sum256(b) || !s.SignedAt.Equal(at) {
					t.Errorf("File = %q, %x, %s", s.Attachment, s.SHA256, s.SignedAt)
				}
				if len(s.Chain) != len(l.certificates) || !s.Chain[0].Equal(p.leaf) || !s.Chain[1].Equal(p.ca) {
					t.Errorf("chain has %d certificates, want leaf and CA first of %d", len(s.Chain), len(l.certificates))
				}
			})
		}
	}
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	p := newPKI(t, ecKey(t))
	b := p.original(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		i, bit := r.IntN(len(b)), byte(1)<<r.IntN(8)
		bad := bytes.Clone(b)
		bad[i] ^= bit
		s, err := check.File(bad, p.public())
		if err == nil {
			t.Fatalf("byte %d of %d flipped by %#x: accepted, with %q", i, len(b), bit, s.Attachment)
		}
		// The header is asked first, and a certificate's own bytes say whose it is.
		if f := check.FaultOf(err); f != check.Altered && f != check.Chain && (f != check.NotPDF || i > 5) {
			t.Errorf("byte %d of %d flipped by %#x: %v, want altered", i, len(b), bit, err)
		}
	}
}

func TestEveryTruncatedFileIsRefused(t *testing.T) {
	p := newPKI(t, ecKey(t))
	b := p.original(t)
	for n := 0; n < len(b); n += 7 {
		if _, err := check.File(b[:n], p.public()); err == nil {
			t.Fatalf("cut to %d of %d bytes: accepted", n, len(b))
		}
	}
}

// edits are changes made to an intact file without any key.
func TestChangesWithoutAKey(t *testing.T) {
	p := newPKI(t, ecKey(t))
	b := p.original(t)
	open, behind := hole(b)
	tail := len(b) - behind
	swap := func(old, new string) []byte {
		if len(old) != len(new) || !bytes.Contains(b, []byte(old)) {
			t.Fatalf("%q is not there or not as long as %q", old, new)
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}
	ranges := fmt.Sprintf("[0 %010d %010d %010d]", open, behind, tail)
	to := func(a, b, c int) []byte { return swap(ranges, fmt.Sprintf("[0 %010d %010d %010d]", a, b, c)) }
	digits := func(new string) []byte { return slices.Concat(b[:open+1], []byte(new), b[behind-1:]) }
	blank := func(new string) []byte { return digits(new + strings.Repeat("0", behind-open-2-len(new))) }
	used := bytes.TrimRight(b[open+1:behind-1], "0")
	cases := map[string]struct {
		file []byte
		want check.Fault
	}{
		"a line feed appended":             {append(bytes.Clone(b), '\n'), check.Appended},
		"garbage appended":                 {append(bytes.Clone(b), "hello"...), check.Appended},
		"the file twice":                   {slices.Concat(b, b), check.Appended},
		"an annotation added":              {update(b, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 841.89 595.28]/Contents[5 0 R]/Resources<<>>/Annots[4 0 R 10 0 R]>>", true), check.Appended},
		"the page's content replaced":      {update(b, 5, stream("", "0 1 0 rg 0 0 900 900 re f\n"), true), check.Appended},
		"the catalog replaced":             {update(b, 1, "<</Type/Catalog/Pages 2 0 R>>", true), check.Appended},
		"an update without table":          {update(b, 5, stream("", "0 g\n"), false), check.Appended},
		"a second signature":               {update(b, 8, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 10 20 30]/Contents<3000>>>", true), check.Appended},
		"the page's colour changed":        {swap("1 0 0 rg 100", "0 1 0 rg 100"), check.Altered},
		"the attachment changed":           {swap("REVNTw.REVNTw", "REVNTw.REVNTx"), check.Altered},
		"bytes put before the header":      {append([]byte("\n"), b...), check.Altered},
		"another file put before":          {append([]byte("%PDF-1.4\n1 0 obj\nnull\nendobj\n"), b...), check.Altered},
		"line ends converted":              {bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")), check.Altered},
		"last line feed cut off":           {b[:len(b)-1], check.Altered},
		"byte range null":                  {swap(ranges, "null"+strings.Repeat(" ", len(ranges)-4)), check.Altered},
		"byte range empty":                 {swap(ranges, "[]"+strings.Repeat(" ", len(ranges)-2)), check.Altered},
		"byte range negative":              {swap(ranges, strings.Replace(ranges, "[0 0", "[0 -", 1)), check.Altered},
		"byte range with a plus":           {swap(ranges, strings.Replace(ranges, "[0 0", "[0 +", 1)), check.Altered},
		"byte range not from the start":    {swap(ranges, strings.Replace(ranges, "[0", "[1", 1)), check.Altered},
		"byte range removed":               {bytes.Replace(b, []byte("/ByteRange"+ranges), nil, 1), check.Altered},
		"byte range renamed":               {swap("/ByteRange", "/ByteRenge"), check.Altered},
		"byte range by another spelling":   {bytes.Replace(b, []byte("/ByteRange"), []byte("/Byte#52ange"), 1), check.Altered},
		"byte range of one pair":           {swap(ranges, fmt.Sprintf("[0 %010d]/Bleh[%010d]     ", open, tail)), check.Altered},
		"byte range overlapping":           {to(open, open-100, len(b)-open+100), check.Altered},
		"byte range without the hole":      {to(open, open, len(b)-open), check.Altered},
		"byte range short at the end":      {to(open, behind, tail-200), check.Altered},
		"byte range short by one":          {to(open, behind, tail-1), check.Altered},
		"byte range past the end":          {to(open, behind, tail+1), check.Altered},
		"byte range of huge numbers":       {to(open, 9999999999, 9999999999), check.Altered},
		"byte range with a short head":     {to(40, behind, tail), check.Altered},
		"byte range with a greater hole":   {to(open-40, behind, tail), check.Altered},
		"second range moved on":            {to(open, behind+40, tail-40), check.Altered},
		"second range is nothing":          {to(open, len(b), 0), check.Altered},
		"signature 0x00":                   {blank("00"), check.Altered},
		"signature all zeros":              {blank(""), check.Altered},
		"signature removed":                {digits(""), check.Altered},
		"signature one null":               {bytes.Replace(b, b[open:behind], []byte("null"), 1), check.Altered},
		"signature shortened":              {blank(string(used[:len(used)/2])), check.Altered},
		"signature in lower case":          {blank(strings.ToLower(string(used))), check.Altered},
		"signature with spaces":            {blank(string(used[:10]) + " " + string(used[10:])), check.Altered},
		"something behind the signature":   {blank(string(used) + strings.Repeat("0", 40+len(used)%2) + "DEADBEEF"), check.Altered},
		"hole filled with digits":          {digits(strings.Repeat("F", behind-open-2)), check.Altered},
		"hole ended early, content inside": {blank(string(used[:20]) + ">/Evil<"), check.Altered},
		"subfilter changed":                {swap("ETSI.CAdES.detached", "adbe.pkcs7.detached"), check.Altered},
		"permission changed":               {swap("/P 1/V/1.2", "/P 3/V/1.2"), check.Altered},
		"time of signing changed":          {swap("D:20261121", "D:20261122"), check.Altered},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { refused(t, c.file, p.public(), c.want) })
	}
	// A second intact file of ours around or inside is still not this one.
	other := newDraft()
	other.change(t, embedded, token, strings.ToUpper(token))
	t.Run("signature of another certificate of ours", func(t *testing.T) {
		o := seal(t, other.file(), p.letter())
		oOpen, oBehind := hole(o)
		refused(t, slices.Concat(b[:open], o[oOpen:oBehind], b[behind:]), p.public(), check.Altered)
	})
}

// update appends an incremental update that redefines an object.
func update(b []byte, number int, object string, table bool) []byte {
	o := bytes.Clone(b)
	at := len(o)
	o = fmt.Appendf(o, "%d 0 obj\n%s\nendobj\n", number, object)
	if table {
		previous := bytes.LastIndex(b, []byte("xref\n0 "))
		start := len(o)
		o = fmt.Appendf(o, "xref\n%d 1\n%010d 00000 n\r\ntrailer\n<</Size 11/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", number, at, previous, start)
	}
	return o
}

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
		"too many certificates":            func(l *letter) { l.certificates = append(l.certificates, p.root, p.root) },
		"no certificates":                  func(l *letter) { l.certificates = nil },
	} {
		t.Run(name, func(t *testing.T) {
			l := p.letter()
			change(&l)
			refused(t, seal(t, file, l), p.public(), check.Altered)
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
		t.Run(name, func(t *testing.T) { refused(t, put(t, file, message), p.public(), check.Altered) })
	}
}

// TestShapes has files signed by our own chain that are no certificates: what a
// thief of the key, or a mistake of ours, could make.
func TestShapes(t *testing.T) {
	p := newPKI(t, ecKey(t))
	for name, change := range map[string]func(d *draft){
		"JavaScript when opened":         func(d *draft) { d.change(t, catalog, "/Lang(en)", "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>") },
		"JavaScript in a name tree":      func(d *draft) { d.change(t, catalog, "/Names<<", "/Names<</JavaScript<</Names[]>>") },
		"JavaScript by another spelling": func(d *draft) { d.change(t, page, "/Tabs/S", "/Tabs/S/X<</S/Java#53cript>>") },
		"an action of the page":          func(d *draft) { d.change(t, page, "/Tabs/S", "/Tabs/S/AA<<>>") },
		"an action of the field":         func(d *draft) { d.change(t, widget, "/F 132", "/F 132/A<</S/URI/URI(https://example.com)>>") },
		"a link annotation":              func(d *draft) { d.change(t, page, "/Annots[4 0 R]", "/Annots[4 0 R 4 0 R]") },
		"annotations on another page":    func(d *draft) { d.add("<</Type/Page/Parent 2 0 R/Annots[4 0 R]>>") },
		"a second form field":            func(d *draft) { d.change(t, catalog, "/Fields[4 0 R]", "/Fields[4 0 R 4 0 R]") },
		"a text field":                   func(d *draft) { d.change(t, widget, "/FT/Sig", "/FT/Tx") },
		"an orphan field":                func(d *draft) { d.add("<</FT/Tx/T(x)>>") },
		"a form that can change":         func(d *draft) { d.change(t, catalog, "/SigFlags 3", "/SigFlags 3/NeedAppearances true") },
		"an XFA form":                    func(d *draft) { d.change(t, catalog, "/SigFlags 3", "/SigFlags 3/XFA[]") },
		"optional content":               func(d *draft) { d.change(t, catalog, "/Lang(en)", "/OCProperties<<>>") },
		"an optional content group":      func(d *draft) { d.add("<</Type/OCG/Name(x)>>") },
		"an object stream":               func(d *draft) { d.add(stream("/Type/ObjStm/N 0/First 0", "")) },
		"a cross-reference stream":       func(d *draft) { d.add(stream("/Type/XRef", "")) },
		"a stream from elsewhere":        func(d *draft) { d.add(stream("/F(other.pdf)", "")) },
		"an older revision named":        func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Info", "/Prev 9/Info", 1) },
		"encryption":                     func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Info", "/Encrypt 9 0 R/Info", 1) },
		"another size":                   func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Size 10", "/Size 11", 1) },
		"no catalog":                     func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Root 1", "/Root 2", 1) },
		"a catalog out of the table":     func(d *draft) { d.trailer = strings.Replace(d.trailer, "/Root 1", "/Root 99", 1) },
		"a key twice":                    func(d *draft) { d.change(t, catalog, "/Lang(en)", "/Lang(en)/Lang(ru)") },
		"a comment":                      func(d *draft) { d.change(t, catalog, "/Lang(en)", "%x\n/Lang(en)") },
		"another header in a comment":    func(d *draft) { d.header += "%PDF-1.4\n" },
		"an end in a comment":            func(d *draft) { d.header += "%%EOF\n" },
		"bytes between two objects":      func(d *draft) { d.objects[info] += "\nendobj\n10 0 obj\n<<>>" },
		"an object under a wrong number": func(d *draft) { d.objects[info] = "<<>>\nendobj\n9 0 obj\n<<>>" },
		"a stream longer than said":      func(d *draft) { d.change(t, content, "/Length 30", "/Length 29") },
		"a stream of no end":             func(d *draft) { d.change(t, content, "/Length 30", "/Length 999999999999") },
		"a stream of negative length":    func(d *draft) { d.change(t, content, "/Length 30", "/Length -1") },
		"something after the end":        func(d *draft) { d.end += "\n" },
		"two ends":                       func(d *draft) { d.end += "startxref\n9\n%%EOF\n" },
		"changes allowed":                func(d *draft) { d.change(t, signature, "/P 1", "/P 2") },
		"not certified":                  func(d *draft) { d.change(t, catalog, "/Perms<</DocMDP 8 0 R>>", "") },
		"certified by something else":    func(d *draft) { d.change(t, catalog, "/DocMDP 8 0 R", "/DocMDP 9 0 R") },
		"usage rights":                   func(d *draft) { d.change(t, catalog, "/DocMDP 8 0 R", "/DocMDP 8 0 R/UR3 8 0 R") },
		"no transform":                   func(d *draft) { d.change(t, signature, "/TransformMethod/DocMDP", "/TransformMethod/FieldMDP") },
		"another kind of signature":      func(d *draft) { d.change(t, signature, "ETSI.CAdES.detached", "adbe.pkcs7.detached") },
		"a field with another value":     func(d *draft) { d.change(t, widget, "/V 8 0 R", "/V 9 0 R") },
		"a signature shown as another": func(d *draft) {
			n := d.add("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:20261121093000+00'00')/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]/Contents<3000>>>")
			d.change(t, widget, "/V 8 0 R", fmt.Sprintf("/V %d 0 R", n))
			d.change(t, catalog, "/DocMDP 8 0 R", fmt.Sprintf("/DocMDP %d 0 R", n))
		},
		"a second signature inside":       func(d *draft) { d.add("<</Type/Sig/ByteRange[0 1 2 3]/Contents(x)>>") },
		"no time of signing":              func(d *draft) { d.change(t, signature, "/M(D:20261121093000+00'00')", "") },
		"another spelling of time":        func(d *draft) { d.change(t, signature, "+00'00'", "Z") },
		"no attachment":                   func(d *draft) { d.change(t, catalog, "/Names<</EmbeddedFiles<</Names[(credential.jwt)6 0 R]>>>>", "") },
		"two attachments":                 func(d *draft) { d.change(t, catalog, "[(credential.jwt)6 0 R]", "[(credential.jwt)6 0 R(x)6 0 R]") },
		"attachments in a tree":           func(d *draft) { d.change(t, catalog, "/EmbeddedFiles<<", "/EmbeddedFiles<</Kids[]") },
		"an attachment of other name":     func(d *draft) { d.change(t, spec, "/UF(credential.jwt)", "/UF(credential.txt)") },
		"an attachment elsewhere":         func(d *draft) { d.change(t, spec, "/EF<</F 7 0 R/UF 7 0 R>>", "/FS/URL") },
		"two bodies of an attachment":     func(d *draft) { d.change(t, spec, "/UF 7 0 R", "/UF 5 0 R") },
		"an attachment not associated":    func(d *draft) { d.change(t, catalog, "/AF[6 0 R]", "/AF[5 0 R]") },
		"an attachment that is no stream": func(d *draft) { d.change(t, spec, "/F 7 0 R/UF 7 0 R", "/F 9 0 R/UF 9 0 R") },
		"an attachment of unknown coding": func(d *draft) { d.objects[embedded] = stream("/Filter/LZWDecode", token) },
		"an attachment of broken coding":  func(d *draft) { d.objects[embedded] = stream("/Filter/FlateDecode", token) },
		"an attachment with a predictor":  func(d *draft) { d.objects[embedded] = stream("/DecodeParms<</Predictor 12>>", token) },
		"values too deep":                 func(d *draft) { d.objects[info] = strings.Repeat("[", 99) + strings.Repeat("]", 99) },
		"values without end":              func(d *draft) { d.objects[info] = strings.Repeat("[", 100000) },
		"too many values":                 func(d *draft) { d.objects[info] = "[" + strings.Repeat("1 ", 300000) + "]" },
		"an open string":                  func(d *draft) { d.objects[info] = "(x" },
		"an open name":                    func(d *draft) { d.objects[info] = "/x#4" },
		"an odd string":                   func(d *draft) { d.objects[info] = "<ABC>" },
		"an object that leads to itself":  func(d *draft) { d.objects[page] = "3 0 R" },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDraft()
			change(d)
			refused(t, seal(t, d.file(), p.letter()), p.public(), check.Structure)
		})
	}
	t.Run("signed before there was a certificate", func(t *testing.T) {
		d := newDraft()
		d.change(t, signature, "D:2026", "D:2025")
		refused(t, seal(t, d.file(), p.letter()), p.public(), check.Chain)
	})
}

func TestOtherFiles(t *testing.T) {
	p := newPKI(t, ecKey(t))
	plain := "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
	for name, c := range map[string]struct {
		file string
		want check.Fault
	}{
		"nothing":                      {"", check.NotPDF},
		"a picture":                    {"\x89PNG\r\n\x1a\n" + strings.Repeat("x", 5000), check.NotPDF},
		"a web page":                   {"<!doctype html><title>%PDF", check.NotPDF},
		"a PDF far inside":             {strings.Repeat("x", 2000) + plain, check.NotPDF},
		"a PDF without signature":      {plain, check.Unsigned},
		"one with an empty form":       {plain + "<</FT/Sig/T(here)>>", check.Unsigned},
		"one behind a blank line":      {"\n" + plain, check.Unsigned},
		"a contract signed by someone": {plain + "<</ByteRange [ 0 10 20 30 ]/Contents <00>>>", check.Structure},
		"a file of 5 MB and a byte":    {"%PDF-1.7\n" + strings.Repeat("x", check.MaxFile), check.TooLarge},
	} {
		t.Run(name, func(t *testing.T) { refused(t, []byte(c.file), p.public(), c.want) })
	}
}

// Signed files in which the byte range does not cover what it should, from
// pyHanko's tests (MIT). They are signed by others anyway.
func TestCoverageAnomalies(t *testing.T) {
	files, _ := filepath.Glob("testdata/pyhanko/*.pdf")
	if len(files) != 5 {
		t.Fatalf("found %d files, want 5", len(files))
	}
	p := newPKI(t, ecKey(t))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(f), func(t *testing.T) { refused(t, b, p.public(), check.Structure) })
	}
}

// TestMemoryIsBounded measures what the worst files make the check allocate.
func TestMemoryIsBounded(t *testing.T) {
	p := newPKI(t, ecKey(t))
	bomb := newDraft()
	bomb.objects[embedded] = stream("/Filter/FlateDecode", zeros(t, 1<<28))
	many := newDraft()
	many.objects[info] = "[" + strings.Repeat("[]", 2_000_000) + "]"
	long := newDraft()
	long.objects[info] = "(" + strings.Repeat("(\\(", 1_000_000) + ")"
	fat := newDraft()
	fat.reserve = 2 << 20
	for name, c := range map[string]struct {
		file []byte
		want check.Fault
	}{
		"a quarter of a gigabyte as attachment": {seal(t, bomb.file(), p.letter()), check.Structure},
		"two million values":                    {seal(t, many.file(), p.letter()), check.Structure},
		"a string without end":                  {seal(t, long.file(), p.letter()), check.Structure},
		"room for a signature of 2 MB":          {seal(t, fat.file(), p.letter()), check.Altered},
		"a byte range in every other byte":      {[]byte("%PDF-1.7\n" + strings.Repeat("/ByteRange", 500_000)), check.Structure},
		"five megabytes of opening brackets":    {[]byte("%PDF-1.7\n/ByteRange" + strings.Repeat("[", 5_000_000)), check.Structure},
		"five megabytes of openings of names":   {[]byte("%PDF-1.7\n/ByteRange[0 " + strings.Repeat("0", 5_000_000)), check.Structure},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			refused(t, c.file, p.public(), c.want)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
				t.Errorf("check allocated %d MB in all, want 64 at most", got>>20)
			}
		})
	}
}

func TestRefusalsSpeakEveryLanguage(t *testing.T) {
	for _, f := range []check.Fault{check.TooLarge, check.NotPDF, check.Unsigned, check.Altered, check.Appended, check.Structure, check.Chain} {
		for _, lang := range i18n.Langs {
			p := i18n.For(lang)
			e := &registry.Error{Code: string(f), Args: []any{5}}
			message, fix := p.Error(e)
			why, next := p.Reason(registry.Reason{Code: string(f), Args: e.Args})
			for _, s := range []string{message, fix, why, next} {
				if s == "" || strings.Contains(s, "pdf.") || strings.Contains(s, "{") {
					t.Errorf("%s %s: %q", lang, f, s)
				}
			}
		}
	}
	_, err := check.File(make([]byte, check.MaxFile+1), nil)
	if !errors.Is(err, registry.TooLarge) {
		t.Errorf("File of too many bytes = %v, want a refusal of kind too_large", err)
	}
}
