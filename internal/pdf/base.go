package pdf

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"sync"
)

// Base is the constant first part of every file of one Design, and all that is
// needed to write the rest of one. It can be stored as JSON. Safe for
// concurrent use.
type Base struct {
	Format     int        `json:"format"` // FormatVersion at the time
	Width      int        `json:"width"`  // of the page, hundredths of a point
	Height     int        `json:"height"`
	Plain      bool       `json:"plain,omitempty"` // closed without a signature
	Prefix     []byte     `json:"prefix"`          // the bytes that each file begins with
	Offsets    []int      `json:"offsets"`
	First      int        `json:"first"`    // number of the first object that differs
	Changing   []int      `json:"changing"` // marks that a Page sets
	Fonts      []BaseFont `json:"fonts"`
	Images     []int      `json:"images,omitempty"` // their objects
	Lengths    []uint8    `json:"lengths"`          // of the compressor's code
	Lang       string     `json:"lang"`
	Attachment string     `json:"attachment"`
	About      string     `json:"about"`
	Producer   string     `json:"producer"`

	fonts     []*Font
	held      []held // by font: the characters in the prefix
	changes   []bool // by mark
	squeezer  *squeezer
	untrained bool     // the code fits no content in particular
	state     []byte   // of a SHA-256 that has read Prefix
	entries   []byte   // of the constant objects, for the table of a file
	trailer   string   // begins the table's dictionary
	shared    string   // the resources of every page, open for more fonts
	ownNames  []string // by font, of a file's own subset
	empties   []piece  // by mark, one that has nothing to show
	nothing   *Shared  // of files that share no content
	pages     *sync.Pool
}

// BaseFont is a font that texts can be set in; Runes are those in the prefix.
type BaseFont struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Object int    `json:"object"` // 0: the prefix holds nothing of it
	Runes  string `json:"runes"`
}

// Load makes a stored Base usable again with the fonts that it names.
func Load(stored []byte, fonts []*Font) (*Base, error) {
	b := &Base{}
	if err := json.Unmarshal(stored, b); err != nil {
		return nil, fmt.Errorf("read base: %w", err)
	}
	if b.Format != FormatVersion {
		return nil, fmt.Errorf("base has format %d, this program writes %d", b.Format, FormatVersion)
	}
	var own []*Font
	for _, want := range b.Fonts {
		found := false
		for _, f := range fonts {
			if !found && f.SHA256 == want.SHA256 {
				own, found = append(own, f), true
			}
		}
		if !found {
			return nil, fmt.Errorf("font %s with SHA-256 %s is not in this program", want.Name, want.SHA256)
		}
	}
	return b, b.prepare(own)
}

// prepare fills what follows from the stored fields.
func (b *Base) prepare(fonts []*Font) (err error) {
	if b.First != len(b.Offsets)+1 {
		return errors.New("base does not say where its objects are")
	}
	if b.squeezer, err = newSqueezer(b.Lengths); err != nil {
		return err
	}
	b.fonts = fonts
	b.held = make([]held, len(b.Fonts))
	for i, f := range b.Fonts {
		n := uint16(0)
		for _, r := range f.Runes {
			n++
			b.held[i].put(r, n)
		}
	}
	for _, mark := range b.Changing {
		for len(b.changes) <= mark {
			b.changes = append(b.changes, false)
		}
		b.changes[mark] = true
	}
	b.entries = appendEntry(nil, 0)
	for _, offset := range b.Offsets {
		b.entries = appendEntry(b.entries, offset)
	}
	b.trailer = trailer(objCatalog, b.First+objInfo)
	b.shared = b.resources()
	for i, f := range b.Fonts {
		b.ownNames = append(b.ownNames, subsetTag("V", i)+f.Name)
	}
	b.pages = &sync.Pool{}
	w := stream{s: b.squeezer}
	for mark := range b.changes {
		w.write(fmt.Appendf(nil, "/Span <</MCID %d>> BDC\nEMC\n", mark))
		b.empties = append(b.empties, w.cut())
	}
	h := sha256.New()
	h.Write(b.Prefix)
	if b.state, err = saveHash(nil, h); err != nil {
		return fmt.Errorf("hash prefix: %w", err)
	}
	b.nothing, err = b.Share(nil)
	return err
}

// resources begins the dictionary of pictures and fonts.
func (b *Base) resources() string {
	o := []byte("<<")
	if len(b.Images) > 0 {
		o = append(o, "/XObject<<"...)
		for i, n := range b.Images {
			o = fmt.Appendf(o, "/I%d %d 0 R", i, n)
		}
		o = append(o, ">>"...)
	}
	o = append(o, "/Font<<"...)
	for i, f := range b.Fonts {
		if f.Object > 0 {
			o = fmt.Appendf(o, "/F%d %d 0 R", i, f.Object)
		}
	}
	return string(o)
}

// saveHash appends the state of a hash, to go on from there later.
func saveHash(o []byte, h hash.Hash) ([]byte, error) {
	a, ok := h.(encoding.BinaryAppender)
	if !ok {
		return nil, errors.New("SHA-256 cannot be resumed on this system")
	}
	return a.AppendBinary(o)
}

// resumeHash makes h go on from a saved state.
func resumeHash(h hash.Hash, state []byte) error {
	u, ok := h.(encoding.BinaryUnmarshaler)
	if !ok {
		return errors.New("SHA-256 cannot be resumed on this system")
	}
	return u.UnmarshalBinary(state)
}

// PrefixSHA256 is the hash of the constant part, in hex: it names the design,
// its wording and its fonts.
func (b *Base) PrefixSHA256() string {
	sum := sha256.Sum256(b.Prefix)
	return hex.EncodeToString(sum[:])
}

// Faces are the fonts of the Base, in the order that a Stack counts.
func (b *Base) Faces() []*Font { return b.fonts }
