package pdf

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
)

// Meta is what a file says about itself.
type Meta struct {
	Title    string
	Author   string
	At       time.Time // of signing; whole seconds, written in UTC
	ID       [2]string // together unique among the files of the world
	Link     string    // what the page's QR code says, ASCII: written as keywords, for readers without a camera
	Attached Attached
}

// Attached is the one file that travels inside.
type Attached struct {
	MIME         string // "application/jwt"
	Relationship string // AFRelationship: "Source", "Data"
	Data         []byte
}

// Unsigned is a whole file but for the signature. Seal ends it.
type Unsigned struct {
	Digest [sha256.Size]byte // of all that the signature covers

	page     *Page
	from, to int // of the signature's hexadecimal digits in the suffix
}

// ending is the memory in which files are closed.
type ending struct {
	out     []byte
	offsets []int // of object First+i
	hash    hash.Hash
	saved   []byte // its state before the signature
	sum     []byte
	u       Unsigned
	pieces  []piece // of a stamp

	at      time.Time // whose forms are
	pdfDate string
	xmpDate string
}

// Finish closes the file, leaving room for a signature of reserve bytes (DER).
// The page is used up.
func (p *Page) Finish(m Meta, reserve int) (*Unsigned, error) {
	if err := p.settle(); err != nil {
		return nil, err
	}
	if err := p.start(m); err != nil {
		return nil, err
	}
	p.contentObject()
	p.resources()
	p.metadata(m)
	p.info(m)
	p.attachment(m)
	e := &p.end
	e.u = Unsigned{page: p}
	table := p.table(m)
	rangeAt := p.signature(reserve)
	e.out = appendEnd(e.out, table)
	prefix := len(p.base.Prefix)
	padDecimal(e.out[rangeAt:rangeAt+10], prefix+e.u.from-1)
	padDecimal(e.out[rangeAt+11:rangeAt+21], prefix+e.u.to+1)
	padDecimal(e.out[rangeAt+22:rangeAt+32], len(e.out)-e.u.to-1)
	return &e.u, e.digest(p.shared)
}

// start prepares the memory in which the file is closed.
func (p *Page) start(m Meta) error {
	if !plainLink(m.Link) {
		return errors.New("finish file: the link is not plain ASCII")
	}
	p.end.setTime(m.At)
	p.end.out, p.end.offsets = p.end.out[:0], append(p.end.offsets[:0], len(p.base.Prefix))
	if p.shared == nil {
		p.shared = p.base.nothing
	}
	p.end.out = append(p.end.out, p.shared.object...)
	return nil
}

// digest hashes the file but for the signature and its brackets, and keeps the
// state before them, where the hash of the whole file goes on.
func (e *ending) digest(begin *Shared) (err error) {
	if e.hash == nil {
		e.hash = sha256.New()
	}
	if err := resumeHash(e.hash, begin.state); err != nil {
		return fmt.Errorf("resume hash: %w", err)
	}
	e.hash.Write(e.out[len(begin.object) : e.u.from-1])
	if e.saved, err = saveHash(e.saved[:0], e.hash); err != nil {
		return err
	}
	e.hash.Write(e.out[e.u.to+1:])
	e.sum = e.hash.Sum(e.sum[:0])
	copy(e.u.Digest[:], e.sum)
	return nil
}

// Seal puts the signature into its place, which der appends (DER). It returns
// the file's suffix, which follows Base.Prefix, written over memory, and the hash
// of the whole file. The Unsigned is used up.
func (u *Unsigned) Seal(memory []byte, der func(o []byte) ([]byte, error)) (suffix []byte, sum [sha256.Size]byte, err error) {
	if u.page == nil {
		return nil, sum, errors.New("seal file: it was sealed before")
	}
	p := u.page
	e := &p.end
	if p.small, err = der(p.small[:0]); err != nil {
		return nil, sum, err
	}
	if 2*len(p.small) > u.to-u.from {
		return nil, sum, fmt.Errorf("seal file: the signature has %d bytes, %d find room", len(p.small), (u.to-u.from)/2)
	}
	appendHex(e.out[u.from:u.from], p.small)
	if err := resumeHash(e.hash, e.saved); err != nil {
		return nil, sum, fmt.Errorf("resume hash: %w", err)
	}
	e.hash.Write(e.out[u.from-1:])
	e.sum = e.hash.Sum(e.sum[:0])
	copy(sum[:], e.sum)
	if cap(memory) >= len(e.out) { // an exchange instead of a copy
		suffix, e.out = e.out, memory[:0]
	} else {
		suffix = slices.Clone(e.out)
	}
	u.page = nil
	p.base.pages.Put(p)
	return suffix, sum, nil
}

// plainLink reports whether s may stand in a literal string and in XML as it is.
func plainLink(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '(' || c == ')' || c == '\\' || c == '&' || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

func (e *ending) setTime(t time.Time) {
	if e.pdfDate != "" && t.Equal(e.at) {
		return
	}
	e.at, e.pdfDate, e.xmpDate = t, pdfDate(t), t.UTC().Format("2006-01-02T15:04:05+00:00")
}

func (p *Page) beginObject(o []byte, number int) []byte {
	i := number - p.base.First
	for len(p.end.offsets) <= i {
		p.end.offsets = append(p.end.offsets, 0)
	}
	p.end.offsets[i] = len(p.base.Prefix) + len(o)
	return append(appendInt(o, number), " 0 obj\n"...)
}

// begin starts one of the objects that differ, close ends a dictionary and it.
func (p *Page) begin(object int) { p.end.out = p.beginObject(p.end.out, p.base.First+object) }
func (p *Page) close()           { p.put(">>\nendobj\n") }
func (p *Page) put(s string)     { p.end.out = append(p.end.out, s...) }
func (p *Page) ref(object int) {
	p.end.out = append(appendInt(p.end.out, p.base.First+object), " 0 R"...)
}

func (p *Page) putStream(o []byte, entries string, length1 int, data []byte) []byte {
	return appendPlainStream(o, entries, length1, data)
}

// appendPlainStream writes a stream as it is; length1 is the length of a font
// file, or 0.
func appendPlainStream(o []byte, entries string, length1 int, data []byte) []byte {
	o = append(append(o, "<<"...), entries...)
	if length1 > 0 {
		o = appendInt(append(o, "/Length1 "...), length1)
	}
	o = appendInt(append(o, "/Length "...), len(data))
	o = append(append(o, ">>\nstream\n"...), data...)
	return append(o, endStream...)
}

// endStream ends a stream and its object.
const endStream = "\nendstream\nendobj\n"

// compressed is the page's content as a zlib stream; drawing is over.
func (p *Page) compressed() []byte {
	p.content.out = p.content.end()
	return p.content.out
}

func (p *Page) contentObject() {
	p.begin(objContent)
	p.end.out = p.putStream(p.end.out, "/Filter/FlateDecode", 0, p.compressed())
}

// resources lists the fonts of the prefix and writes this file's own subsets.
func (p *Page) resources() {
	p.begin(objResources)
	p.put(p.base.shared)
	p.own(func(i, first int) {
		p.end.out = append(appendInt(append(p.end.out, "/V"...), i), ' ')
		p.end.out = append(appendInt(p.end.out, first), " 0 R"...)
	})
	p.put(">>")
	p.close()
	p.own(func(i, first int) {
		p.end.out, p.small = p.cuts[i].appendFont(p.end.out, p.small, p.base.ownNames[i], first, p)
	})
}

// own calls yield for each of the file's own subsets, with the number of its
// first object.
func (p *Page) own(yield func(font, first int)) {
	first := p.base.First + objFonts
	for i := range p.cuts {
		if len(p.cuts[i].runes) > 0 {
			yield(i, first)
			first += fontObjects
		}
	}
}

func (p *Page) info(m Meta) {
	p.begin(objInfo)
	p.put("<</Title")
	p.end.out = appendText(p.end.out, m.Title)
	p.put("/Author")
	p.end.out = appendText(p.end.out, m.Author)
	p.put("/Keywords(")
	p.put(m.Link)
	for _, s := range [...]string{")/Creator(", p.base.Producer, ")/Producer(", p.base.Producer, ")/CreationDate", p.end.pdfDate, "/ModDate", p.end.pdfDate} {
		p.put(s)
	}
	p.close()
}

// attachment writes the file specification and the file (ISO 32000-2, 7.11).
func (p *Page) attachment(m Meta) {
	p.begin(objAttachment)
	for _, s := range [...]string{"<</Type/Filespec/F(", p.base.Attachment, ")/UF(", p.base.Attachment, ")/Desc(", p.base.About, ")/AFRelationship/", m.Attached.Relationship, "/EF<</F "} {
		p.put(s)
	}
	p.ref(objAttached)
	p.put("/UF ")
	p.ref(objAttached)
	p.put(">>")
	p.close()
	p.begin(objAttached)
	o := append(p.small[:0], "/Type/EmbeddedFile/Subtype/"...)
	kind, rest, _ := strings.Cut(m.Attached.MIME, "/")
	o = append(append(append(o, kind...), "#2F"...), rest...)
	o = appendInt(append(o, "/Params<</Size "...), len(m.Attached.Data))
	o = append(append(append(o, "/ModDate"...), p.end.pdfDate...), ">>"...)
	out := append(append(p.end.out, "<<"...), o...)
	out = appendInt(append(out, "/Length "...), len(m.Attached.Data))
	out = append(append(out, ">>\nstream\n"...), m.Attached.Data...)
	p.end.out, p.small = append(out, endStream...), o
}

// signature writes the signature dictionary with room for the signature, and
// returns where the byte range's three numbers go.
func (p *Page) signature(reserve int) (rangeAt int) {
	p.begin(objSignature)
	p.put("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M")
	p.put(p.end.pdfDate)
	p.put("/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]/ByteRange[0 ")
	rangeAt = len(p.end.out)
	p.put("0000000000 0000000000 0000000000]/Contents<")
	u := &p.end.u
	u.from = len(p.end.out)
	p.end.out = slices.Grow(p.end.out, 2*reserve)[:u.from+2*reserve]
	zeros := p.end.out[u.from:]
	for len(zeros) > 0 {
		zeros = zeros[copy(zeros, noSignature):]
	}
	u.to = len(p.end.out)
	p.put(">")
	p.close()
	return rangeAt
}

// noSignature is what stands where a signature goes.
const noSignature = "0000000000000000000000000000000000000000000000000000000000000000"

// table writes the cross-reference stream (see table.go), and returns where it
// begins. Of what the file has, the signature alone stands behind it: that is
// hashed twice, so it is short.
func (p *Page) table(m Meta) (at int) {
	p.small = append(append(append(p.small[:0], m.ID[0]...), '/'), m.ID[1]...)
	id := sha256.Sum256(p.small)
	p.begin(objTable)
	at = p.end.offsets[objTable]
	size := p.base.First + len(p.end.offsets)
	p.put("<<")
	p.put(p.base.trailer)
	p.end.out = appendID(appendInt(p.end.out, size), id[:16])
	p.end.out = appendInt(append(p.end.out, "/Length "...), size*entrySize)
	p.put(">>\nstream\n")
	if !p.base.Plain {
		p.end.offsets[objSignature] = len(p.base.Prefix) + len(p.end.out) + size*entrySize + len(endStream)
	}
	p.end.out = append(p.end.out, p.base.entries...)
	for _, offset := range p.end.offsets {
		p.end.out = appendEntry(p.end.out, offset) // a plain file has no signature and no attachment
	}
	p.put(endStream)
	return at
}
