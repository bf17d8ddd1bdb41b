package rules

import (
	"errors"
	"fmt"
	"strings"
)

// operators are those of ISO 32000-1, annex A, each with a letter for what it
// does here: p paints, t shows text, c sets a colour; others count for nothing
// or are treated by name.
var operators = func() map[word]byte {
	all := map[word]byte{}
	for kind, list := range map[byte]string{
		'p': "b B b* B* f F f* s S sh Do BI EI",
		't': "Tj TJ ' \"",
		'c': "g G rg RG k K cs CS sc SC scn SCN",
		'-': "BDC BMC BT BX c cm d d0 d1 DP EMC ET EX gs h i ID j J l m M MP n q Q re ri T* Tc Td TD Tf TL Tm Tr Ts Tw Tz v w W W* y",
	} {
		for one := range strings.FieldsSeq(list) {
			all[word(one)] = kind
		}
	}
	return all
}()

// mark is one marked-content sequence (ISO 32000-1, 14.6).
type mark struct {
	tag      name
	mcid     int // -1: none
	props    dict
	within   *mark
	used     bool // something is painted in it
	fromForm bool
}

// artifact and tagged say what a sequence and those around it are.
func (m *mark) artifact() bool {
	for ; m != nil; m = m.within {
		if m.tag == "Artifact" {
			return true
		}
	}
	return false
}

func (m *mark) owner() *mark {
	for ; m != nil; m = m.within {
		if m.mcid >= 0 {
			return m
		}
	}
	return nil
}

// shown is a text shown with one operator.
type shown struct {
	font *font
	code []int
	mode int
	mark *mark
	y    float64 // of its line, as the text operators have it
}

// page is what a page's content does, forms that it draws included.
type page struct {
	number  int // of the object
	place   int // among the pages, from 1
	dict    dict
	marks   []*mark
	texts   []shown
	colours map[name]bool // colour spaces in use
	states  []dict        // extended graphics states in use
	images  []*object
	forms   []*object
	loose   int // painting outside of every mark
	deepest int // nesting of q
	unknown []string
	wrong   []string // what is no content stream
	intents []name
}

// graphics is the part of the graphics state that matters here.
type graphics struct {
	font         *font
	mode         int
	leading      float64
	fill, stroke name
}

// reader interprets content streams.
type reader struct {
	f      *file
	fonts  map[int]*font
	p      *page
	now    graphics
	saved  []graphics
	mark   *mark
	y      float64 // of the line that texts go to
	around int     // depth of forms in forms
}

// pages reads all pages in order.
func (f *file) pages(fonts map[int]*font) ([]*page, error) {
	var out []*page
	seen := map[ref]bool{}
	var visit func(v any, inherited dict) error
	visit = func(v any, inherited dict) error {
		r, ok := v.(ref)
		if !ok || seen[r] {
			return errors.New("the page tree is not a tree of indirect objects")
		}
		seen[r] = true
		d := f.dict(r)
		own := dict{}
		for _, key := range []name{"Resources", "MediaBox", "CropBox", "Rotate"} {
			if own[key] = inherited[key]; d[key] != nil {
				own[key] = d[key]
			}
		}
		if d["Type"] == name("Pages") {
			for _, kid := range f.array(d["Kids"]) {
				if err := visit(kid, own); err != nil {
					return err
				}
			}
			return nil
		}
		if d["Type"] != name("Page") {
			return fmt.Errorf("object %d in the page tree is no page", r)
		}
		p := &page{number: int(r), place: len(out) + 1, dict: dict{}, colours: map[name]bool{}}
		for k, v := range own {
			p.dict[k] = v
		}
		for k, v := range d {
			p.dict[k] = v
		}
		out = append(out, p)
		rd := &reader{f: f, fonts: fonts, p: p, now: graphics{fill: "DeviceGray", stroke: "DeviceGray"}}
		rd.page()
		return nil
	}
	catalog := f.dict(f.trailer["Root"])
	return out, visit(catalog["Pages"], dict{})
}

func (r *reader) page() {
	var all []byte
	list := r.f.array(r.p.dict["Contents"])
	if list == nil {
		list = []any{r.p.dict["Contents"]}
	}
	for _, one := range list {
		o := r.f.stream(one)
		if o == nil || o.err != nil {
			r.wrongf("a content stream cannot be read")
			continue
		}
		all = append(append(all, o.decoded...), '\n')
	}
	r.run(all, r.f.dict(r.p.dict["Resources"]))
	if r.mark != nil {
		r.wrongf("marked content is not closed")
	}
	if len(r.saved) > 0 {
		r.wrongf("q has no Q")
	}
}

func (r *reader) wrongf(format string, args ...any) {
	r.p.wrong = append(r.p.wrong, fmt.Sprintf(format, args...))
}

// run interprets a stream with its resources.
func (r *reader) run(b []byte, resources dict) {
	l := &lexer{b: b, odd: func(_ int, what string) { r.wrongf("%s", what) }}
	var operands []any
	for {
		v, err := l.value(0)
		if errors.Is(err, errEnd) && len(operands) == 0 {
			return
		}
		if err != nil {
			r.wrongf("content cannot be read: %v", err)
			return
		}
		op, ok := v.(word)
		if !ok {
			operands = append(operands, v)
			continue
		}
		r.operator(op, operands, resources)
		if op == "BI" { // none of our files has one, and their bytes would be taken for operators
			return
		}
		operands = operands[:0]
	}
}

func (r *reader) operator(op word, operands []any, resources dict) {
	kind := operators[op]
	if kind == 0 {
		r.p.unknown = append(r.p.unknown, string(op))
		return
	}
	switch kind {
	case 'p':
		r.paint(op, operands, resources)
	case 't':
		r.show(op, operands)
	case 'c':
		r.colour(op, operands, resources)
	default:
		r.state(op, operands, resources)
	}
}

func (r *reader) state(op word, operands []any, resources dict) {
	switch op {
	case "q":
		r.saved = append(r.saved, r.now)
		r.p.deepest = max(r.p.deepest, len(r.saved))
	case "Q":
		if len(r.saved) == 0 {
			r.wrongf("Q without q")
			return
		}
		r.now, r.saved = r.saved[len(r.saved)-1], r.saved[:len(r.saved)-1]
	case "BMC", "BDC":
		r.begin(op, operands, resources)
	case "EMC":
		if r.mark == nil {
			r.wrongf("EMC without a beginning")
			return
		}
		r.mark = r.mark.within
	case "BT":
		r.y = 0
	case "Tm", "Td", "TD", "TL", "T*":
		r.move(op, operands)
	case "Tf":
		if len(operands) == 2 {
			n, _ := operands[0].(name)
			r.now.font = r.fontOf(n, resources)
		}
	case "Tr":
		if len(operands) == 1 {
			mode, _ := operands[0].(int64)
			r.now.mode = int(mode)
		}
	case "gs":
		if len(operands) == 1 {
			n, _ := operands[0].(name)
			r.p.states = append(r.p.states, r.f.dict(r.f.dict(resources["ExtGState"])[n]))
		}
	case "ri":
		if len(operands) == 1 {
			n, _ := operands[0].(name)
			r.p.intents = append(r.p.intents, n)
		}
	}
}

// move follows the lines of a text (ISO 32000-1, 9.4.2), as far as to know one
// from the next.
func (r *reader) move(op word, operands []any) {
	last := 0.0
	if len(operands) > 0 {
		last, _ = r.f.number(operands[len(operands)-1])
	}
	switch op {
	case "Tm":
		r.y = last
	case "Td", "TD":
		r.y += last
		if op == "TD" {
			r.now.leading = -last
		}
	case "TL":
		r.now.leading = last
	case "T*":
		r.y -= r.now.leading
	}
}

// begin opens a marked-content sequence.
func (r *reader) begin(op word, operands []any, resources dict) {
	m := &mark{mcid: -1, within: r.mark, fromForm: r.around > 0}
	if len(operands) > 0 {
		m.tag, _ = operands[0].(name)
	}
	if op == "BDC" && len(operands) == 2 {
		switch props := operands[1].(type) {
		case dict:
			m.props = props
		case name:
			m.props = r.f.dict(r.f.dict(resources["Properties"])[props])
		}
		if n, ok := m.props["MCID"].(int64); ok {
			m.mcid = int(n)
		}
	}
	r.mark = m
	r.p.marks = append(r.p.marks, m)
}

// touch notes that something is painted here.
func (r *reader) touch() {
	if r.mark.owner() == nil && !r.mark.artifact() {
		r.p.loose++
	}
	for m := r.mark; m != nil; m = m.within {
		m.used = true
	}
}

func (r *reader) paint(op word, operands []any, resources dict) {
	switch op {
	case "Do":
		if len(operands) == 1 {
			n, _ := operands[0].(name)
			r.do(n, resources)
		}
		return
	case "sh":
		if len(operands) == 1 {
			n, _ := operands[0].(name)
			r.p.colours[r.space(r.f.dict(r.f.dict(resources["Shading"])[n])["ColorSpace"], resources)] = true
		}
	case "BI":
		r.wrongf("an inline image is not looked into")
	case "f", "F", "f*":
		r.p.colours[r.now.fill] = true
	case "s", "S":
		r.p.colours[r.now.stroke] = true
	default:
		r.p.colours[r.now.fill], r.p.colours[r.now.stroke] = true, true
	}
	r.touch()
}

// do draws a form or an image.
func (r *reader) do(n name, resources dict) {
	o := r.f.stream(r.f.dict(resources["XObject"])[n])
	if o == nil {
		r.wrongf("%s is not among the resources", n)
		return
	}
	d := r.f.dict(o.value)
	switch r.f.name(d["Subtype"]) {
	case "Image":
		r.p.images = append(r.p.images, o)
		if v := d["ColorSpace"]; v != nil {
			r.p.colours[r.space(v, resources)] = true
		}
		if d["ImageMask"] == true {
			r.p.colours[r.now.fill] = true
		}
		r.touch()
	case "Form":
		r.p.forms = append(r.p.forms, o)
		if r.around > 8 || o.err != nil {
			r.wrongf("form %d cannot be read", o.number)
			return
		}
		depth, before, around := len(r.saved), r.now, r.mark
		r.around++
		r.run(o.decoded, r.f.dict(d["Resources"]))
		r.around--
		if len(r.saved) != depth || r.mark != around {
			r.wrongf("form %d leaves something open", o.number)
			r.saved, r.mark = r.saved[:min(depth, len(r.saved))], around
		}
		r.now = before
	}
}

func (r *reader) colour(op word, operands []any, resources dict) {
	device := map[word]name{"g": "DeviceGray", "rg": "DeviceRGB", "k": "DeviceCMYK"}
	low := word(strings.ToLower(string(op)))
	space, known := device[low]
	if low == "cs" && len(operands) == 1 {
		space, known = r.space(operands[0], resources), true
	}
	if !known {
		return
	}
	if op == low {
		r.now.fill = space
	} else {
		r.now.stroke = space
	}
}

// space is the family of a colour space; of an indexed one the base's, and of a
// calibrated one the device space that it is made of.
func (r *reader) space(v any, resources dict) name {
	for range maxDepth {
		v = r.f.resolve(v)
		list, ok := v.([]any)
		if !ok {
			n, _ := v.(name)
			if next := r.f.dict(resources["ColorSpace"])[n]; next != nil {
				v = next
				continue
			}
			return n
		}
		if len(list) == 0 {
			return ""
		}
		family := r.f.name(list[0])
		if family != "Indexed" || len(list) < 2 {
			return family
		}
		v = list[1]
	}
	return ""
}

// fontOf finds a font among the resources.
func (r *reader) fontOf(n name, resources dict) *font {
	at, ok := r.f.dict(resources["Font"])[n].(ref)
	if !ok || r.fonts[int(at)] == nil {
		r.wrongf("font %s is not among the resources", n)
		return nil
	}
	return r.fonts[int(at)]
}

// show notes a text.
func (r *reader) show(op word, operands []any) {
	if len(operands) == 0 {
		return
	}
	var raw []byte
	switch v := operands[len(operands)-1].(type) {
	case text:
		raw = v.bytes
	case []any:
		for _, one := range v {
			if t, ok := one.(text); ok {
				raw = append(raw, t.bytes...)
			}
		}
	}
	if op == "'" || op == "\"" {
		r.y -= r.now.leading
	}
	s := shown{font: r.now.font, mode: r.now.mode, mark: r.mark, y: r.y}
	if s.font == nil {
		r.wrongf("%s has no font", op)
		return
	}
	s.code = s.font.codes(raw)
	r.p.texts = append(r.p.texts, s)
	if s.mode != 1 {
		r.p.colours[r.now.fill] = true
	}
	if s.mode == 1 || s.mode == 2 {
		r.p.colours[r.now.stroke] = true
	}
	r.touch()
}
