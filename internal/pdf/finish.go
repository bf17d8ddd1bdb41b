package pdf

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Meta is what a file says about itself.
type Meta struct {
	Title    string
	Author   string
	At       time.Time // of signing; whole seconds, written in UTC
	ID       string    // unique among the files of the world
	Link     string    // what the page's QR code says, ASCII: written as keywords, for readers without a camera
	Attached Attached
}

// Attached is the one file that travels inside.
type Attached struct {
	MIME         string // "application/jwt"
	Relationship string // AFRelationship: "Source", "Data"
	Data         []byte
}

// Unsigned is a whole file but for the signature.
type Unsigned struct {
	Suffix []byte // what follows Base.Prefix; zeros where the signature goes
	Digest [sha256.Size]byte

	base *Base
	from int // of the signature's hexadecimal digits in Suffix
	to   int
}

// suffixWriter writes the objects that differ.
type suffixWriter struct {
	base    *Base
	out     []byte
	offsets []int // of object First+i
}

func (w *suffixWriter) begin(o []byte, number int) []byte {
	i := number - w.base.First
	for len(w.offsets) <= i {
		w.offsets = append(w.offsets, 0)
	}
	w.offsets[i] = len(w.base.Prefix) + len(o)
	return append(strconv.AppendInt(o, int64(number), 10), " 0 obj\n"...)
}

func (w *suffixWriter) open(object int) { w.out = w.begin(w.out, w.base.First+object) }
func (w *suffixWriter) write(s string)  { w.out = append(w.out, s...) }
func (w *suffixWriter) close()          { w.write(">>\nendobj\n") }
func (w *suffixWriter) ref(object int) {
	w.out = append(strconv.AppendInt(w.out, int64(w.base.First+object), 10), " 0 R"...)
}

func appendPlainStream(o []byte, entries string, data []byte) []byte {
	o = append(append(o, "<<"...), entries...)
	o = strconv.AppendInt(append(o, "/Length "...), int64(len(data)), 10)
	o = append(append(o, ">>\nstream\n"...), data...)
	return append(o, "\nendstream\nendobj\n"...)
}

// appendSmall compresses with our own coder.
func (w *suffixWriter) appendSmall(o []byte, entries string, data []byte) []byte {
	return appendPlainStream(o, entries+"/Filter/FlateDecode", w.base.squeezer.appendSqueezed(nil, data))
}

// Finish closes the file, leaving room for a signature of reserve bytes (DER).
func (p *Page) Finish(m Meta, reserve int) (*Unsigned, error) {
	if err := p.settle(); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(m.Link, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("()\\", r) }) {
		return nil, fmt.Errorf("finish file: the link is not plain ASCII")
	}
	w := &suffixWriter{base: p.base}
	w.open(objContent)
	w.out = w.appendSmall(w.out, "", p.out)
	w.resources(p)
	w.metadata(m)
	w.info(m)
	w.attachment(m)
	u := &Unsigned{base: p.base}
	rangeAt := w.signature(m, reserve, u)
	w.trailer(m)
	padDecimal(w.out[rangeAt:rangeAt+10], len(p.base.Prefix)+u.from-1)
	padDecimal(w.out[rangeAt+11:rangeAt+21], len(p.base.Prefix)+u.to+1)
	padDecimal(w.out[rangeAt+22:rangeAt+32], len(w.out)-u.to-1)
	u.Suffix = w.out
	h, err := p.base.resume()
	if err != nil {
		return nil, err
	}
	h.Write(w.out[:u.from-1])
	h.Write(w.out[u.to+1:])
	h.Sum(u.Digest[:0])
	return u, nil
}

// resources lists the fonts of the prefix and writes this file's own subsets.
func (w *suffixWriter) resources(p *Page) {
	w.open(objResources)
	w.write("<</Font<<")
	for i, f := range w.base.Fonts {
		if f.Object > 0 {
			w.write("/F" + strconv.Itoa(i) + " " + strconv.Itoa(f.Object) + " 0 R")
		}
	}
	next := objFonts
	for i, c := range p.cuts {
		if c != nil {
			w.write("/V" + strconv.Itoa(i) + " ")
			w.ref(next)
			next += fontObjects
		}
	}
	w.write(">>")
	if len(w.base.Images) > 0 {
		w.write("/XObject<<")
		for i, n := range w.base.Images {
			w.write("/I" + strconv.Itoa(i) + " " + strconv.Itoa(n) + " 0 R")
		}
		w.write(">>")
	}
	w.close()
	next = w.base.First + objFonts
	for i, c := range p.cuts {
		if c != nil {
			w.out = c.appendFont(w.out, subsetTag("V", i)+w.base.Fonts[i].Name, next, w.begin, appendPlainStream)
			next += fontObjects
		}
	}
}

func (w *suffixWriter) info(m Meta) {
	w.open(objInfo)
	w.write("<</Title")
	w.out = appendText(w.out, m.Title)
	w.write("/Author")
	w.out = appendText(w.out, m.Author)
	w.write("/Keywords(" + m.Link + ")")
	date := pdfDate(m.At)
	w.write("/Creator(" + w.base.Producer + ")/Producer(" + w.base.Producer + ")/CreationDate" + date + "/ModDate" + date)
	w.close()
}

// attachment writes the file specification and the file (ISO 32000-2, 7.11).
func (w *suffixWriter) attachment(m Meta) {
	w.open(objAttachment)
	w.write("<</Type/Filespec/F(" + w.base.Attachment + ")/UF(" + w.base.Attachment + ")/Desc(" + w.base.About + ")/AFRelationship/" + m.Attached.Relationship + "/EF<</F ")
	w.ref(objAttached)
	w.write("/UF ")
	w.ref(objAttached)
	w.write(">>")
	w.close()
	w.open(objAttached)
	subtype := strings.ReplaceAll(m.Attached.MIME, "/", "#2F")
	w.out = appendPlainStream(w.out, "/Type/EmbeddedFile/Subtype/"+subtype+"/Params<</Size "+strconv.Itoa(len(m.Attached.Data))+"/ModDate"+pdfDate(m.At)+">>", m.Attached.Data)
}

// signature writes the signature dictionary with room for the signature, and
// returns where the byte range's three numbers go.
func (w *suffixWriter) signature(m Meta, reserve int, u *Unsigned) (rangeAt int) {
	w.open(objSignature)
	w.write("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M" + pdfDate(m.At))
	w.write("/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]/ByteRange[0 ")
	rangeAt = len(w.out)
	w.write("0000000000 0000000000 0000000000]/Contents<")
	u.from = len(w.out)
	w.write(strings.Repeat("0", 2*reserve))
	u.to = len(w.out)
	w.write(">")
	w.close()
	return rangeAt
}

func (w *suffixWriter) trailer(m Meta) {
	start := len(w.base.Prefix) + len(w.out)
	size := strconv.Itoa(w.base.First + len(w.offsets))
	w.write("xref\n0 " + size + "\n")
	w.out = append(w.out, w.base.xref...)
	for _, offset := range w.offsets {
		w.out = appendXref(w.out, offset)
	}
	id := sha256.Sum256([]byte(m.ID))
	w.write("trailer\n<</Size " + size + "/Root " + strconv.Itoa(objCatalog) + " 0 R/Info ")
	w.ref(objInfo)
	for _, open := range [2]string{"/ID[<", "><"} {
		w.write(open)
		w.out = appendHex(w.out, id[:16])
	}
	w.write(">]>>\nstartxref\n" + strconv.Itoa(start) + "\n%%EOF\n")
}

// Seal puts the signature (DER) into its place.
func (u *Unsigned) Seal(signature []byte) []byte {
	out := append([]byte(nil), u.Suffix...)
	appendHex(out[u.from:u.from], signature)
	return out
}

// FileSHA256 is the hash of the whole file with a sealed suffix.
func (u *Unsigned) FileSHA256(suffix []byte) (sum [sha256.Size]byte, err error) {
	h, err := u.base.resume()
	if err != nil {
		return sum, err
	}
	h.Write(suffix)
	h.Sum(sum[:0])
	return sum, nil
}
