package check_test

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// pki is a root, its CA and a signer. All of them have the same names and
// serial numbers in every pki, so that only keys tell two of them apart.
type pki struct {
	rootKey crypto.Signer
	caKey   crypto.Signer
	key     crypto.Signer
	root    *x509.Certificate
	ca      *x509.Certificate
	leaf    *x509.Certificate
}

var caUse = x509.Certificate{BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
var leafUse = x509.Certificate{BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}

func newPKI(t testing.TB, key crypto.Signer) *pki {
	t.Helper()
	return newPKIOf(t, ecKey(t), ecKey(t), key)
}

func newPKIOf(t testing.TB, root, ca, key crypto.Signer) *pki {
	t.Helper()
	p := &pki{rootKey: root, caKey: ca, key: key}
	p.root = certify(t, "DEMO Root CA", 1, caUse, nil, p.rootKey.Public(), p.rootKey)
	p.ca = certify(t, "DEMO Document CA", 2, caUse, p.root, p.caKey.Public(), p.rootKey)
	p.leaf = certify(t, "DEMO", 0xFEDCBA9876543210, leafUse, p.ca, key.Public(), p.caKey)
	return p
}

func certify(t testing.TB, subject string, serial uint64, template x509.Certificate, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	t.Helper()
	template.SerialNumber, template.Subject = new(big.Int).SetUint64(serial), pkix.Name{CommonName: subject}
	template.NotBefore, template.NotAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
	if parent == nil {
		parent = &template
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// letter is a signature message in parts, to be written right or wrong. It is
// written here a second time, so that the tests do not lean on package cms.
type letter struct {
	key          crypto.Signer
	leaf         *x509.Certificate // that the signer names
	hashed       *x509.Certificate // whose hash is signed
	certificates []*x509.Certificate
	attributes   [][]byte // replace those that belong there
	unsigned     []byte   // in the SignerInfo
	lists        []byte   // revocation lists
	signers      int
	value        []byte // replaces the signature
	algorithm    []byte // replaces that of the key
}

func (p *pki) letter() letter {
	return letter{key: p.key, leaf: p.leaf, hashed: p.leaf, certificates: []*x509.Certificate{p.leaf, p.ca}, signers: 1}
}

func der(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	switch n := len(content); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
	}
}

var (
	oidData   = []byte("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01")
	oidSigned = []byte("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02")
	oidType   = []byte("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03")
	oidDigest = []byte("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04")
	oidTime   = []byte("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x05")
	oidESS    = []byte("\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x2F")
	sha256Alg = der(0x30, []byte("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"))
	ecdsaAlg  = der(0x30, []byte("\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02"))
	rsaAlg    = der(0x30, []byte("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00"))
)

func attributesOf(digest [32]byte, hashed *x509.Certificate) [][]byte {
	hash := sha256.Sum256(hashed.Raw)
	return [][]byte{
		der(0x30, oidType, der(0x31, oidData)),
		der(0x30, oidDigest, der(0x31, der(4, digest[:]))),
		der(0x30, oidESS, der(0x31, der(0x30, der(0x30, der(0x30, der(4, hash[:])))))),
	}
}

func (l letter) write(t testing.TB, digest [32]byte) []byte {
	t.Helper()
	attributes := l.attributes
	if attributes == nil {
		attributes = attributesOf(digest, l.hashed)
		slices.SortFunc(attributes, bytes.Compare)
	}
	sum := sha256.Sum256(der(0x31, attributes...))
	value, err := l.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	algorithm := ecdsaAlg
	if _, ok := l.key.Public().(*rsa.PublicKey); ok {
		algorithm = rsaAlg
	}
	if l.value != nil {
		value = l.value
	}
	if l.algorithm != nil {
		algorithm = l.algorithm
	}
	signed := der(0xA0, attributes...)
	signer := der(0x30, []byte{2, 1, 1}, der(0x30, l.leaf.RawIssuer, der(2, integer(l.leaf.SerialNumber))), sha256Alg, signed, algorithm, der(4, value), l.unsigned)
	var certificates [][]byte
	for _, c := range l.certificates {
		certificates = append(certificates, c.Raw)
	}
	data := der(0x30, []byte{2, 1, 1}, der(0x31, sha256Alg), der(0x30, oidData), der(0xA0, certificates...), l.lists, der(0x31, bytes.Repeat(signer, l.signers)))
	return der(0x30, oidSigned, der(0xA0, data))
}

func integer(n *big.Int) []byte {
	b := n.Bytes()
	if b[0] >= 0x80 {
		return append([]byte{0}, b...)
	}
	return b
}

// draft is a small file of our shape: objects by number, to be changed, then
// signed. What is signed so is ours by key, whatever it holds.
type draft struct {
	header  string
	objects []string            // between "N 0 obj\n" and "\nendobj\n"
	trailer string              // of the table's dictionary, without Size and Length
	size    int                 // that the table says beyond what it has
	entries func([]byte) []byte // changes the table
	end     string
	reserve int
}

const signedAt = "2026-11-21T09:30:00Z"

// Places in draft.objects.
const (
	catalog = iota
	pages
	page
	widget
	content
	spec
	embedded
	signature
	info
)

const token = "eyJhbGciOiJFUzI1NiJ9.REVNTw.REVNTw"

func newDraft() *draft {
	return &draft{
		header: "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n% DEMO\n",
		objects: []string{
			catalog:   "<</Type/Catalog/Pages 2 0 R/Lang(en)/MarkInfo<</Marked true>>/AF[6 0 R]/Names<</EmbeddedFiles<</Names[(credential.jwt)6 0 R]>>>>/AcroForm<</Fields[4 0 R]/SigFlags 3>>/Perms<</DocMDP 8 0 R>>>>",
			pages:     "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			page:      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 841.89 595.28]/Contents[5 0 R]/Resources<<>>/Annots[4 0 R]/Tabs/S>>",
			widget:    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/TU(Digital signature)/F 132/P 3 0 R/Rect[0 0 0 0]/V 8 0 R>>",
			content:   stream("", "1 0 0 rg 100 100 200 200 re f\n"),
			spec:      "<</Type/Filespec/F(credential.jwt)/UF(credential.jwt)/Desc(Credential)/AFRelationship/Source/EF<</F 7 0 R/UF 7 0 R>>>>",
			embedded:  stream("/Type/EmbeddedFile/Subtype/application#2Fjwt", token),
			signature: "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:20261121093000+00'00')/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]/ByteRange[0 0000000000 0000000000 0000000000]/Contents<>>>",
			info:      "<</Title<FEFF00440045004D004F>/Author(DEMO)>>",
		},
		trailer: "/Type/XRef/W[1 4 0]/Root 1 0 R/Info 9 0 R/ID[<00FF><00FF>]",
		end:     "%%EOF\n",
		reserve: 4000,
	}
}

func stream(entries, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(data), data)
}

// change replaces a piece of an object, which must be there.
func (d *draft) change(t testing.TB, object int, old, new string) {
	t.Helper()
	if !strings.Contains(d.objects[object], old) {
		t.Fatalf("object %d does not hold %q", object+1, old)
	}
	d.objects[object] = strings.Replace(d.objects[object], old, new, 1)
}

// add appends an object and returns its number.
func (d *draft) add(object string) int {
	d.objects = append(d.objects, object)
	return len(d.objects)
}

const emptyRange = "[0 0000000000 0000000000 0000000000]"

// file writes the objects and leaves room for a signature.
func (d *draft) file() []byte {
	var b bytes.Buffer
	b.WriteString(d.header)
	table := make([]byte, 5)
	entry := func() { table = binary.BigEndian.AppendUint32(append(table, 1), uint32(b.Len())) }
	for i, o := range d.objects {
		entry()
		o = strings.Replace(o, "/Contents<>", "/Contents<"+strings.Repeat("0", 2*d.reserve)+">", 1)
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	entry()
	if d.entries != nil {
		table = d.entries(table)
	}
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\nstartxref\n%d\n%s", len(d.objects)+1,
		stream(fmt.Sprintf("%s/Size %d", d.trailer, len(d.objects)+2+d.size), string(table)), at, d.end)
	out := b.Bytes()
	if from := bytes.Index(out, []byte(emptyRange)); from >= 0 {
		open, behind := hole(out)
		copy(out[from:], fmt.Sprintf("[0 %010d %010d %010d]", open, behind, len(out)-behind))
	}
	return out
}

// hole is where the signature's string stands, brackets included.
func hole(b []byte) (open, behind int) {
	at := bytes.Index(b, []byte("/ByteRange"))
	open = at + bytes.Index(b[at:], []byte("/Contents<")) + len("/Contents")
	return open, open + bytes.IndexByte(b[open:], '>') + 1
}

// seal signs what stands around the hole, by which the byte range is not asked.
func seal(t testing.TB, b []byte, l letter) []byte {
	t.Helper()
	open, behind := hole(b)
	digest := sha256.Sum256(slices.Concat(b[:open], b[behind:]))
	return put(t, b, l.write(t, digest))
}

// put writes a message into the hole.
func put(t testing.TB, b, message []byte) []byte {
	t.Helper()
	out := bytes.Clone(b)
	open, behind := hole(b)
	if 2*len(message) > behind-open-2 {
		t.Fatalf("message of %d bytes does not fit", len(message))
	}
	copy(out[open+1:], fmt.Sprintf("%X", message))
	return out
}

// original is an intact file.
func (p *pki) original(t testing.TB) []byte { return seal(t, newDraft().file(), p.letter()) }

// zeros is a zlib stream that unpacks to n zeros.
func zeros(t testing.TB, n int) string {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	for block := make([]byte, 1<<20); n > 0; n -= len(block) {
		if _, err := z.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// digestAround is the SHA-256 of what stands around a hole.
func digestAround(b []byte, open, behind int) [sha256.Size]byte {
	return sha256.Sum256(slices.Concat(b[:open], b[behind:]))
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
