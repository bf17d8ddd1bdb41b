package pdf

import "fmt"

// Place adds the page of a finished file of this package, as it looks, without
// its signature, its attachment and its link to them. What files of a template
// share (prefix, one slice for all of them) goes into the book once: art, labels
// and their fonts; of each file only its own content and characters follow.
func (b *Book) Place(prefix, suffix []byte) error {
	b.finishLeaf()
	if b.err != nil {
		return b.err
	}
	if len(prefix) == 0 {
		return fmt.Errorf("place file: %w: nothing is shared", errObject)
	}
	f, err := openOriginal(prefix, suffix)
	if err != nil {
		return err
	}
	p := &placing{book: b, file: f, done: map[reference]int{}, shared: b.shared[&prefix[0]]}
	if p.shared == nil {
		p.shared = map[int]int{}
		b.shared[&prefix[0]] = p.shared
	}
	if err := p.read(); err != nil {
		return err
	}
	return p.write()
}

// placing is one file on its way into a book.
type placing struct {
	book   *Book
	file   *original
	done   map[reference]int // objects of this file's own → in the book
	shared map[int]int       // objects of the prefix that need nothing of the suffix → in the book

	catalog, page, tree dictionary
	source              reference // the page
	marks               array     // owners of its marks
}

// read finds the page and its part of the structure before anything is written:
// a file that cannot be read leaves the book as it was.
func (p *placing) read() (err error) {
	if p.catalog, err = p.file.dictionary(p.file.root); err != nil {
		return err
	}
	pages, err := p.file.dictionary(p.catalog.get("Pages"))
	if err != nil {
		return err
	}
	kids, _ := pages.get("Kids").(array)
	if len(kids) != 1 {
		return fmt.Errorf("place file: %w: it has %d pages", errObject, len(kids))
	}
	var ok bool
	if p.source, ok = kids[0].(reference); !ok {
		return errObject
	}
	if p.page, err = p.file.dictionary(p.source); err != nil {
		return err
	}
	if p.tree, err = p.file.dictionary(p.catalog.get("StructTreeRoot")); err != nil {
		return err
	}
	parents, err := p.file.dictionary(p.tree.get("ParentTree"))
	if err != nil {
		return err
	}
	nums, _ := parents.get("Nums").(array)
	for i := 0; i+1 < len(nums); i += 2 {
		if nums[i] != p.page.get("StructParents") {
			continue
		}
		v := nums[i+1]
		if r, isRef := v.(reference); isRef {
			if v, _, _, err = p.file.object(r); err != nil {
				return err
			}
		}
		p.marks, ok = v.(array)
	}
	if !ok {
		return fmt.Errorf("place file: %w: its page has no structure", errObject)
	}
	return nil
}

func (p *placing) write() error {
	b := p.book
	page, parents, part := b.reserve(), b.reserve(), b.reserve()
	out := dictionary{{"Type", lexeme("/Page")}, {"Parent", reference(bookPages)}}
	for _, name := range []string{"MediaBox", "Contents", "Resources", "Group"} {
		v := p.page.get(name)
		if v == nil {
			continue
		}
		copied, _, err := p.copy(v)
		if err != nil {
			return err
		}
		out = append(out, entry{name, copied})
	}
	out = append(out, entry{"StructParents", lexeme(fmt.Sprint(len(b.parents)))}, entry{"Tabs", lexeme("/S")})
	b.object(page, "%s", appendValue(nil, out))
	kids, err := p.elements(p.tree.get("K"), part, page)
	if err != nil {
		return err
	}
	sect := dictionary{{"Type", lexeme("/StructElem")}, {"S", lexeme("/Sect")}, {"P", reference(bookDocument)}}
	if lang, ok := p.catalog.get("Lang").(lexeme); ok {
		sect = append(sect, entry{"Lang", lang})
	}
	b.object(part, "%s", appendValue(nil, append(sect, entry{"K", kids})))
	owners := make(array, len(p.marks))
	for i, m := range p.marks {
		r, _ := m.(reference)
		n := p.done[r]
		if n == 0 {
			return fmt.Errorf("place file: %w: mark %d has no element", errObject, i)
		}
		owners[i] = reference(n)
	}
	b.object(parents, "%s", appendValue(nil, owners))
	b.page(page, parents, part)
	return b.err
}

// copy brings a value and all that it refers to into the book; shared tells
// whether none of it was the file's own.
func (p *placing) copy(v value) (out value, shared bool, err error) {
	shared = true
	switch v := v.(type) {
	case reference:
		n, s, err := p.object(v)
		return reference(n), s, err
	case array:
		list := make(array, len(v))
		for i, e := range v {
			var s bool
			if list[i], s, err = p.copy(e); err != nil {
				return nil, false, err
			}
			shared = shared && s
		}
		return list, shared, nil
	case dictionary:
		d := make(dictionary, len(v))
		for i, e := range v {
			c, s, err := p.copy(e.value)
			if err != nil {
				return nil, false, err
			}
			if name, ok := c.(lexeme); ok && (e.name == "BaseFont" || e.name == "FontName") {
				c = p.tagged(name)
			}
			d[i], shared = entry{e.name, c}, shared && s
		}
		return d, shared, nil
	}
	return v, true, nil
}

// tagged gives a subset letters of its own: every file names its subsets alike,
// and a document must not have two of one name (9.6.4).
func (p *placing) tagged(name lexeme) lexeme {
	const plus = 7 // "/ABCDEF+"
	if len(name) <= plus || name[plus] != '+' {
		return name
	}
	letters, n := []byte(name), len(p.book.pages)
	for i := 4; i > 0; i-- { // the last two tell the kind and the font
		letters[i] = byte('A' + n%26)
		n /= 26
	}
	return lexeme(letters)
}

func (p *placing) object(r reference) (n int, shared bool, err error) {
	if n := p.shared[int(r)]; n > 0 {
		return n, true, nil
	}
	if n := p.done[r]; n > 0 {
		return n, false, nil
	}
	v, data, own, err := p.file.object(r)
	if err != nil {
		return 0, false, err
	}
	n = p.book.reserve()
	p.done[r] = n
	copied, shared, err := p.copy(v)
	if err != nil {
		return 0, false, err
	}
	if shared = shared && !own; shared {
		p.shared[int(r)] = n
	}
	b := p.book
	b.buffer = appendValue(b.beginObject(b.buffer[:0], n), copied)
	if data != nil {
		b.buffer = append(append(append(b.buffer, "\nstream\n"...), data...), "\nendstream"...)
	}
	b.buffer = append(b.buffer, "\nendobj\n"...)
	b.write(b.buffer)
	return n, shared, b.err
}

// elements copies the structure below the document, with its pages' and parents'
// names changed; what describes the signature's field is left behind with it.
func (p *placing) elements(v value, parent, page int) (array, error) {
	list, ok := v.(array)
	if !ok {
		list = array{v}
	}
	var out array
	for _, kid := range list {
		r, isRef := kid.(reference)
		if !isRef {
			if _, isMark := kid.(lexeme); isMark {
				out = append(out, kid)
			}
			continue
		}
		d, err := p.file.dictionary(r)
		if err != nil {
			return nil, err
		}
		if d.get("S") == lexeme("/Form") {
			continue
		}
		if d.get("S") == lexeme("/Document") {
			inner, err := p.elements(d.get("K"), parent, page)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
			continue
		}
		n, err := p.element(r, d, parent, page)
		if err != nil {
			return nil, err
		}
		out = append(out, reference(n))
	}
	return out, nil
}

func (p *placing) element(r reference, d dictionary, parent, page int) (int, error) {
	if p.done[r] > 0 {
		return 0, fmt.Errorf("place file: %w: element %d is inside of itself", errObject, r)
	}
	n := p.book.reserve()
	p.done[r] = n
	out := make(dictionary, 0, len(d))
	for _, e := range d {
		switch e.name {
		case "P":
			e.value = reference(parent)
		case "Pg":
			e.value = reference(page)
		case "K":
			kids, err := p.elements(e.value, n, page)
			if err != nil {
				return 0, err
			}
			e.value = kids
		default:
			c, _, err := p.copy(e.value)
			if err != nil {
				return 0, err
			}
			e.value = c
		}
		out = append(out, e)
	}
	p.book.object(n, "%s", appendValue(nil, out))
	return n, p.book.err
}
