package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
)

// Element is one piece of the page in reading order, with its mark (MCID) of
// the same number. A reader of the text meets the elements in this order.
type Element struct {
	Tag  string // standard structure type: "H1", "P", "Figure"
	Lang string // BCP 47, empty for a name
	Alt  string // what a figure shows
	BBox [4]int // of a figure: left, bottom, right, top, hundredths of a point from the lower left corner

	Changes bool // set by the Page, not by the constant art
}

// Design is a page to be compiled: its constant art, and the places of what
// will differ.
type Design struct {
	Width, Height int  // of the page, hundredths of a point
	Plain         bool // closed without a signature: no form, no attachment
	Fonts         []*Font
	Hot           []Hot     // characters likely to be needed, kept in the constant part
	Lang          string    // BCP 47, of the document
	Elements      []Element // marks 0, 1, …
	Draw          func(c *Canvas)
	Attachment    string // file name of what is attached, ASCII
	About         string // what is attached, ASCII
	Producer      string
	Note          string // one line of ASCII that the constant part's hash shall cover
}

// Hot are characters that a font of the Base holds in advance.
type Hot struct {
	Font  int
	Runes string
}

// The objects that differ follow the constant ones, in this order.
const (
	objShared = iota // content that the files of a class have in common
	objContent
	objResources
	objMetadata
	objInfo
	objAttachment
	objAttached
	objSignature
	objTable // where all of them are
	objFonts // and on: five for each further subset
)

// The constant objects.
const (
	objCatalog = iota + 1
	objPages
	objPage
	objWidget
	objIntent
	objProfile
	objTree
	objParents
	objDocument
	objWidgetElement
	objArt
	objElements // one for each element, then the fonts
)

// Compile draws the design once and returns what all its files share. Sample
// is of a typical changing content, to which the compressor is fitted; get one
// from Page.Sample of a Base compiled without.
func Compile(d Design, sample []int) (*Base, error) {
	canvas := &Canvas{fonts: d.Fonts, height: float64(d.Height) / 100, cuts: make([]*cut, len(d.Fonts))}
	d.Draw(canvas)
	if canvas.err != nil {
		return nil, canvas.err
	}
	if err := addHot(d, canvas); err != nil {
		return nil, err
	}
	lengths := trainLengths(sample)
	code := sha256.Sum256(lengths)
	w := &baseWriter{}
	w.out = append(w.out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"...)
	w.out = fmt.Appendf(w.out, "%% %s\n%% format %d, code %x\n", d.Note, FormatVersion, code)
	b := &Base{Format: FormatVersion, Width: d.Width, Height: d.Height, Plain: d.Plain, Changing: changing(d.Elements), Lang: d.Lang, Producer: d.Producer, Attachment: d.Attachment, About: d.About}
	fontsAt := objElements + len(d.Elements)
	b.First = fontsAt
	for _, c := range canvas.cuts {
		if c != nil {
			b.First += fontObjects
		}
	}
	imagesAt := b.First
	for _, m := range canvas.images {
		b.Images = append(b.Images, b.First)
		b.First += m.objects()
	}
	w.structure(d, b.First)
	w.stream(objArt, "", canvas.out)
	var small []byte
	for i, c := range canvas.cuts {
		font := BaseFont{Name: d.Fonts[i].Name, SHA256: d.Fonts[i].SHA256}
		if c != nil {
			font.Object, font.Runes = fontsAt, string(c.runes)
			w.out, small = c.appendFont(w.out, small, subsetTag("S", i)+font.Name, fontsAt, w)
			fontsAt += fontObjects
		}
		b.Fonts = append(b.Fonts, font)
	}
	for _, m := range canvas.images {
		w.image(imagesAt, m)
		imagesAt += m.objects()
	}
	if w.err != nil {
		return nil, w.err
	}
	for n := 1; n < b.First; n++ {
		b.Offsets = append(b.Offsets, w.offsets[n])
	}
	b.Prefix, b.Lengths, b.untrained = w.out, lengths, sample == nil
	return b, b.prepare(d.Fonts)
}

// changing lists the marks that a Page sets.
func changing(elements []Element) (marks []int) {
	for i, e := range elements {
		if e.Changes {
			marks = append(marks, i)
		}
	}
	return marks
}

func addHot(d Design, canvas *Canvas) error {
	for _, h := range d.Hot {
		face, err := d.Fonts[h.Font].Face()
		if err != nil {
			return err
		}
		if canvas.cuts[h.Font] == nil {
			canvas.cuts[h.Font] = newCut(face)
		}
		for _, r := range h.Runes {
			if g := face.Glyph(r); g != 0 {
				canvas.cuts[h.Font].add(r, g)
			}
		}
	}
	return nil
}

// baseWriter writes numbered objects and remembers where they begin.
type baseWriter struct {
	out     []byte
	offsets map[int]int
	err     error
}

func (w *baseWriter) beginObject(o []byte, n int) []byte {
	if w.offsets == nil {
		w.offsets = map[int]int{}
	}
	w.offsets[n] = len(o)
	return append(strconv.AppendInt(o, int64(n), 10), " 0 obj\n"...)
}

func (w *baseWriter) object(n int, format string, args ...any) {
	w.out = fmt.Appendf(w.beginObject(w.out, n), format+"\nendobj\n", args...)
}

// putStream compresses with zlib: the constant part is stored as it is, so
// another version of the library may do it otherwise for another Base.
func (w *baseWriter) putStream(o []byte, entries string, length1 int, data []byte) []byte {
	var z bytes.Buffer
	c, err := zlib.NewWriterLevel(&z, zlib.BestCompression)
	if err == nil {
		_, err = c.Write(data)
		err = errors.Join(err, c.Close())
	}
	w.err = errors.Join(w.err, err)
	if length1 > 0 {
		entries += fmt.Sprintf("/Length1 %d", length1)
	}
	o = fmt.Appendf(o, "<<%s/Filter/FlateDecode/Length %d>>\nstream\n", entries, z.Len())
	return append(append(o, z.Bytes()...), endStream...)
}

func (w *baseWriter) stream(n int, entries string, data []byte) {
	w.out = w.putStream(w.beginObject(w.out, n), entries, 0, data)
}

// objects is how many objects a picture takes: itself, and its mask.
func (m Image) objects() int {
	if m.Alpha != nil {
		return 2
	}
	return 1
}

// image writes a picture (ISO 32000-1, 8.9.5) and, after it, its soft mask.
func (w *baseWriter) image(n int, m Image) {
	size := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8", m.Width, m.Height)
	if m.Alpha == nil {
		w.stream(n, size+"/ColorSpace/DeviceRGB", m.RGB)
		return
	}
	w.stream(n, fmt.Sprintf("%s/ColorSpace/DeviceRGB/SMask %d 0 R", size, n+1), m.RGB)
	w.stream(n+1, size+"/ColorSpace/DeviceGray", m.Alpha)
}

// structure writes everything constant but art and fonts. The structure tree
// is complete: it names marks that only the changing content will set.
func (w *baseWriter) structure(d Design, first int) {
	w.catalog(d, first)
	w.object(objIntent, "<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)/DestOutputProfile %d 0 R>>", objProfile)
	w.stream(objProfile, "/N 3", sRGB())
	w.object(objTree, "<</Type/StructTreeRoot/K[%d 0 R]/ParentTree %d 0 R/ParentTreeNextKey 2>>", objDocument, objParents)
	var all []byte
	for i := range d.Elements {
		all = fmt.Appendf(all, "%d 0 R ", objElements+i)
	}
	if d.Plain {
		w.object(objParents, "<</Nums[0[%s]]>>", all)
		w.object(objDocument, "<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>", objTree, all)
		w.object(objWidgetElement, "null")
	} else {
		w.object(objParents, "<</Nums[0[%s]1 %d 0 R]>>", all, objWidgetElement)
		w.object(objDocument, "<</Type/StructElem/S/Document/P %d 0 R/K[%s%d 0 R]>>", objTree, all, objWidgetElement)
		w.object(objWidgetElement, "<</Type/StructElem/S/Form/Lang(en)/P %d 0 R/Pg %d 0 R/K<</Type/OBJR/Obj %d 0 R>>>>", objDocument, objPage, objWidget)
	}
	for i, e := range d.Elements {
		w.element(i, e)
	}
}

// catalog writes the catalog and the page, with the signature's field or without.
func (w *baseWriter) catalog(d Design, first int) {
	more, annotations := "", ""
	if !d.Plain {
		more = fmt.Sprintf("/AF[%d 0 R]/Names<</EmbeddedFiles<</Names[(%s)%d 0 R]>>>>/AcroForm<</Fields[%d 0 R]/SigFlags 3>>/Perms<</DocMDP %d 0 R>>",
			first+objAttachment, d.Attachment, first+objAttachment, objWidget, first+objSignature)
		annotations = fmt.Sprintf("/Annots[%d 0 R]", objWidget)
	}
	w.object(objCatalog, "<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/Lang(%s)/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[%d 0 R]%s>>",
		objPages, first+objMetadata, d.Lang, objTree, objIntent, more)
	w.object(objPages, "<</Type/Pages/Kids[%d 0 R]/Count 1>>", objPage)
	w.object(objPage, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents[%d 0 R %d 0 R %d 0 R]/Resources %d 0 R%s/StructParents 0/Tabs/S>>",
		objPages, appendHundredths(nil, d.Width), appendHundredths(nil, d.Height), objArt, first+objShared, first+objContent, first+objResources, annotations)
	if d.Plain {
		w.object(objWidget, "null")
		return
	}
	// Printable, locked, and of no size: the signature shows in the viewer's panel.
	// Its element says that the words are English (14.9.2).
	w.object(objWidget, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/TU(Digital signature of the registry)/F 132/P %d 0 R/Rect[0 0 0 0]/StructParent 1/V %d 0 R>>", objPage, first+objSignature)
}

// element writes one piece of the structure; a figure says where it is
// (ISO 32000-1, 14.8.5.4.3).
func (w *baseWriter) element(i int, e Element) {
	var more []byte
	if e.Lang != "" {
		more = fmt.Appendf(more, "/Lang(%s)", e.Lang)
	}
	if e.Alt != "" {
		more = appendText(append(more, "/Alt"...), e.Alt)
	}
	if e.BBox != [4]int{} {
		more = append(more, "/A<</O/Layout/BBox["...)
		for _, v := range e.BBox {
			more = append(appendHundredths(more, v), ' ')
		}
		more = append(more, "]>>"...)
	}
	w.object(objElements+i, "<</Type/StructElem/S/%s/P %d 0 R/Pg %d 0 R/K %d%s>>", e.Tag, objDocument, objPage, i, more)
}
