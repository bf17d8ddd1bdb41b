package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Book writes an unsigned document of many pages to a stream, page by page:
// what a page needs is written when the next one begins, so ten thousand pages
// take no more memory than one and a table of where objects lie. The fonts, one
// subset of each for all pages, come last. The same calls give the same bytes.
//
// Every page is tagged (ISO 32000-1, 14.8): texts set inside of [Leaf.Tag] belong
// to that element, everything else is decoration that readers skip.
type Book struct {
	fonts []*Font
	info  BookInfo
	cuts  []*cut

	out      io.Writer
	at       int64   // bytes written
	offsets  []int64 // of object i+1; 0 while it is not written
	buffer   []byte
	squeezed bytes.Buffer
	deflate  *zlib.Writer
	leaf     *Leaf
	pages    []int // object numbers
	parents  []int // of the parent tree's entries, by page
	parts    []int // top elements, one a page
	shared   map[*byte]map[int]int
	err      error
}

// BookInfo is what a book says about itself.
type BookInfo struct {
	Title    string
	Author   string
	Subject  string // one sentence: what it is, and what it is not
	Lang     string // BCP 47
	Producer string
	At       time.Time
}

// Objects that exist once.
const (
	bookCatalog = iota + 1
	bookPages
	bookResources
	bookTree
	bookParents
	bookDocument
	bookInfo
	bookMetadata
	bookIntent
	bookProfile
	bookFirst
)

// NewBook starts a book. Nothing is closed but by [Book.Close].
func NewBook(out io.Writer, fonts []*Font, info BookInfo) *Book {
	b := &Book{fonts: fonts, info: info, cuts: make([]*cut, len(fonts)), out: out, offsets: make([]int64, bookFirst-1), shared: map[*byte]map[int]int{}}
	b.write([]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"))
	return b
}

// Err is the first thing that went wrong: mostly that the stream takes no more.
func (b *Book) Err() error { return b.err }

// Pages is how many pages there are so far, the one under construction included.
func (b *Book) Pages() int {
	if b.leaf != nil {
		return len(b.pages) + 1
	}
	return len(b.pages)
}

func (b *Book) write(p []byte) {
	if b.err != nil {
		return
	}
	n, err := b.out.Write(p)
	b.at += int64(n)
	if err != nil {
		b.err = fmt.Errorf("write book: %w", err)
	}
}

// reserve takes an object number that is written later.
func (b *Book) reserve() int {
	b.offsets = append(b.offsets, 0)
	return len(b.offsets)
}

// object writes an object.
func (b *Book) object(n int, format string, args ...any) {
	b.buffer = fmt.Appendf(b.beginObject(b.buffer[:0], n), format+"\nendobj\n", args...)
	b.write(b.buffer)
}

// beginObject notes where object n lies, if o is what is written next.
func (b *Book) beginObject(o []byte, n int) []byte {
	b.offsets[n-1] = b.at + int64(len(o))
	return append(strconv.AppendInt(o, int64(n), 10), " 0 obj\n"...)
}

// stream writes a compressed stream; entries are those of its dictionary beside
// filter and length.
func (b *Book) stream(n int, entries string, data []byte) {
	b.buffer = b.putStream(b.beginObject(b.buffer[:0], n), entries, 0, data)
	b.write(b.buffer)
}

func (b *Book) putStream(o []byte, entries string, length1 int, data []byte) []byte {
	if length1 > 0 {
		entries += fmt.Sprintf("/Length1 %d", length1)
	}
	b.squeezed.Reset()
	if b.deflate == nil {
		b.deflate = zlib.NewWriter(&b.squeezed)
	} else {
		b.deflate.Reset(&b.squeezed)
	}
	_, err := b.deflate.Write(data)
	if err = errors.Join(err, b.deflate.Close()); err != nil && b.err == nil {
		b.err = fmt.Errorf("write book: %w", err)
	}
	o = fmt.Appendf(o, "<<%s/Filter/FlateDecode/Length %d>>\nstream\n", entries, b.squeezed.Len())
	return append(append(o, b.squeezed.Bytes()...), endStream...)
}

// page lists a finished page with its elements.
func (b *Book) page(object, parents, part int) {
	b.pages = append(b.pages, object)
	b.parents = append(b.parents, parents)
	b.parts = append(b.parts, part)
}

// Close writes what all pages share and the table of objects. A book needs a
// page.
func (b *Book) Close() error {
	b.finishLeaf()
	if b.err == nil && len(b.pages) == 0 {
		b.err = errors.New("write book: it has no page")
	}
	if b.err != nil {
		return b.err
	}
	b.object(bookCatalog, "<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/Lang(%s)/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[%d 0 R]>>",
		bookPages, bookMetadata, b.info.Lang, bookTree, bookIntent)
	b.object(bookPages, "<</Type/Pages/Count %d/Kids[%s]>>", len(b.pages), references(b.pages))
	b.object(bookTree, "<</Type/StructTreeRoot/K[%d 0 R]/ParentTree %d 0 R/ParentTreeNextKey %d>>", bookDocument, bookParents, len(b.parents))
	var nums []byte
	for i, n := range b.parents {
		nums = fmt.Appendf(nums, "%d %d 0 R ", i, n)
	}
	b.object(bookParents, "<</Nums[%s]>>", nums)
	b.object(bookDocument, "<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>", bookTree, references(b.parts))
	b.object(bookIntent, "<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)/DestOutputProfile %d 0 R>>", bookProfile)
	b.stream(bookProfile, "/N 3", sRGB())
	b.describe()
	b.writeFonts()
	return b.table()
}

func references(objects []int) (o []byte) {
	for _, n := range objects {
		o = append(strconv.AppendInt(o, int64(n), 10), " 0 R "...)
	}
	return o
}

// describe writes the document's information twice: as it always was, and as XMP
// (ISO 16684-1), in step.
func (b *Book) describe() {
	i := b.info
	date := pdfDate(i.At)
	b.object(bookInfo, "<</Title%s/Author%s/Subject%s/Creator(%s)/Producer(%s)/CreationDate%s/ModDate%s>>", appendText(nil, i.Title),
		appendText(nil, i.Author), appendText(nil, i.Subject), i.Producer, i.Producer, date, date)
	x := []byte("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">" +
		"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">" +
		"<dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">")
	x = append(appendXML(x, i.Title), "</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>"...)
	x = append(appendXML(x, i.Author), "</rdf:li></rdf:Seq></dc:creator><dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">"...)
	x = append(appendXML(x, i.Subject), "</rdf:li></rdf:Alt></dc:description>"...)
	at := i.At.UTC().Format("2006-01-02T15:04:05Z")
	x = fmt.Appendf(x, "<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language><xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate>", i.Lang, at, at)
	x = fmt.Appendf(x, "<xmp:CreatorTool>%s</xmp:CreatorTool><pdf:Producer>%s</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>", i.Producer, i.Producer)
	b.buffer = appendPlainStream(b.beginObject(b.buffer[:0], bookMetadata), "/Type/Metadata/Subtype/XML", 0, x)
	b.write(b.buffer)
}

// writeFonts writes the subsets that the drawn pages used.
func (b *Book) writeFonts() {
	var list []byte
	for i, c := range b.cuts {
		if c == nil {
			continue
		}
		first := b.reserve()
		for range fontObjects - 1 {
			b.reserve()
		}
		list = fmt.Appendf(list, "/F%d %d 0 R", i, first)
		b.buffer, _ = c.appendFont(b.buffer[:0], nil, subsetTag("B", i)+b.fonts[i].Name, first, b)
		b.write(b.buffer)
	}
	b.object(bookResources, "<</Font<<%s>>>>", list)
}

// table ends the book with its cross-reference stream, compressed: it has some
// ten objects a page.
func (b *Book) table() error {
	n, start := b.reserve(), b.at
	if start > furthest {
		b.err = errors.New("write book: it is too long for its table")
		return b.err
	}
	b.offsets[n-1] = start
	entries := appendEntry(nil, 0)
	for _, at := range b.offsets {
		entries = appendEntry(entries, int(at))
	}
	id := sha256.Sum256([]byte(b.info.Title + "\x00" + b.info.Subject + "\x00" + b.info.At.UTC().Format(time.RFC3339Nano) + strconv.FormatInt(start, 10)))
	b.stream(n, string(appendID(appendInt([]byte(trailer(bookCatalog, bookInfo)), len(b.offsets)+1), id[:16])), entries)
	b.write(appendEnd(nil, int(start)))
	return b.err
}
