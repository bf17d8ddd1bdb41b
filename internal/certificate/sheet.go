package certificate

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// Sheet is a template filled with what the certificates of a class have in
// common: that is laid out and coded once. What it draws is to the byte what
// the template draws. Safe for concurrent use.
type Sheet struct {
	template *Template
	flows    []sheetFlow
	fields   map[string]fields // by language, without the person's
	author   string
	drawings sync.Pool
}

// sheetFlow is a flow that is drawn already, or drawn but for some characters,
// or still to be laid out.
type sheetFlow struct {
	flow *flow
	ops  []operation // the same for everybody
	live bool        // has a name in it
	open bool        // has a number in it

	mu       sync.RWMutex
	variants []variant
}

// operation is a step of drawing a flow.
type operation struct {
	stamp *pdf.Stamp
	mark  int // of lines, some of whose glyphs each file numbers anew
	lines []pdf.Line
}

// variant is a flow for persons whose numbers have one shape, letters and
// digits where others have them.
type variant struct {
	shape string
	ops   []operation
	open  []rune // of the person for whom it was laid out
}

// maxVariants is how many shapes of numbers a sheet remembers.
const maxVariants = 8

// Sheet lays out what the snapshot shares with the others of its class. The
// person's own part of the snapshot is not looked at.
func (t *Template) Sheet(s *registry.Snapshot) (*Sheet, error) {
	if n := len(s.Signatories); n == 0 || n > maxSignatories {
		return nil, registry.Fail(registry.Invalid, "certificate.signatories", n, maxSignatories)
	}
	if err := t.coverShared(s); err != nil {
		return nil, err
	}
	sheet := &Sheet{template: t, author: s.Issuer.Name.In(t.form.Langs...), flows: make([]sheetFlow, len(t.form.Flows))}
	sheet.fields = t.fields(s)
	d := sheet.drawing()
	for i := range t.form.Flows {
		f := &sheet.flows[i]
		f.flow = &t.form.Flows[i]
		f.live = f.flow.uses("name", "latin")
		f.open = f.flow.uses(numbered...)
		if f.live || f.open {
			continue
		}
		var err error
		if f.ops, err = d.operations(f.flow); err != nil {
			return nil, refuse(err)
		}
	}
	return sheet, nil
}

// fields are those of a snapshot, by language.
func (t *Template) fields(s *registry.Snapshot) map[string]fields {
	out := map[string]fields{}
	for _, lang := range t.form.Langs {
		out[lang] = fieldsOf(*s, lang, t.form.Langs, t.form.Words[lang], t.key)
	}
	return out
}

// numbered are the fields of which a stamp leaves the characters open.
var numbered = []string{"number", "number_a", "number_b", "code", "last4"}

// uses reports whether a flow depends on one of the fields.
func (f *flow) uses(names ...string) bool {
	for _, name := range names {
		if f.If == name {
			return true
		}
		for _, t := range f.Texts {
			for _, form := range [3]string{"{", "{+", "{-"} {
				if strings.Contains(t.Pattern, form+name+"}") {
					return true
				}
			}
		}
	}
	return false
}

// operations draws a flow once and for all. What needs a glyph that the prefix
// lacks is left to be drawn, each time, in the lines that were found.
func (d *drawing) operations(f *flow) (ops []operation, err error) {
	ops = []operation{}
	stamp := func(draw func(p *pdf.Page)) bool {
		s, fault := d.base.Stamp(draw)
		if fault == nil {
			ops = append(ops, operation{stamp: s})
		} else if !errors.Is(fault, pdf.ErrOwn) {
			err = errors.Join(err, fault)
		}
		return fault == nil
	}
	page := d.page
	d.rule = func(draw func(p *pdf.Page)) { stamp(draw) }
	d.put = func(mark int, lines []pdf.Line) {
		if stamp(func(p *pdf.Page) { p.Text(mark, lines) }) {
			return
		}
		kept := slices.Clone(lines)
		for i := range kept {
			kept[i].Text = slices.Clone(kept[i].Text)
		}
		ops = append(ops, operation{mark: mark, lines: kept})
	}
	fault := d.flow(f)
	d.put, d.rule, d.page = nil, nil, page
	return ops, errors.Join(fault, err)
}

// drawing is memory to draw in, with fields of the sheet's own.
func (t *Sheet) drawing() *drawing {
	if d, ok := t.drawings.Get().(*drawing); ok {
		return d
	}
	d := &drawing{base: t.template.base, form: t.template.form, fields: map[string]fields{}}
	for lang, f := range t.fields {
		own := make(fields, len(f))
		for k, v := range f {
			own[k] = v
		}
		d.fields[lang] = own
	}
	return d
}

// person puts the person's fields into a drawing.
func (d *drawing) person(s *registry.Snapshot) {
	a, b := halves(string(s.Number))
	code := s.Code.String()
	d.numbers = [...]string{string(s.Number), a, b, code, s.IDLast4}
	latin := s.LatinName
	if latin == s.Name {
		latin = ""
	}
	for _, f := range d.fields {
		f["name"], f["latin"] = s.Name, latin
	}
	d.shape, d.open = d.shape[:0], d.open[:0]
	for _, n := range d.numbers {
		for _, r := range n {
			d.open = append(d.open, r)
			if r < 0x80 && alphanumeric(byte(r)) {
				r = '0'
			}
			d.shape = append(d.shape, string(r)...)
		}
		d.shape = append(d.shape, '\n')
	}
}

// setNumbers puts the person's numbers into the fields; mostly they go into
// stamps.
func (d *drawing) setNumbers() {
	for _, f := range d.fields {
		for i, name := range numbered {
			f[name] = d.numbers[i]
		}
	}
}

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

// draw sets all texts of a person on a page.
func (t *Sheet) draw(d *drawing, s *registry.Snapshot) error {
	d.person(s)
	open := d.open
	d.open = nil // texts that are laid out now have no placeholders
	for i := range t.flows {
		f := &t.flows[i]
		switch {
		case f.ops != nil:
			d.perform(f.ops, nil)
		case f.live || !f.numbered(d, open):
			if f.open {
				d.setNumbers()
			}
			if err := d.flow(f.flow); err != nil {
				return err
			}
		}
	}
	d.open = open
	return nil
}

func (d *drawing) perform(ops []operation, open []rune) {
	for i := range ops {
		op := &ops[i]
		if op.stamp != nil {
			d.page.Paste(op.stamp, open)
			continue
		}
		d.lines = append(d.lines[:0], op.lines...)
		for j := range d.lines {
			d.lines[j].Open = open
		}
		d.page.Text(op.mark, d.lines)
	}
}

// numbered draws a flow that was laid out for the shape of the person's
// numbers, if it can.
func (f *sheetFlow) numbered(d *drawing, open []rune) bool {
	v, found := f.find(d.shape)
	if !found {
		v = f.add(d, open)
	}
	if v.ops == nil || !v.suits(d, open) {
		return false
	}
	d.perform(v.ops, open)
	return true
}

// suits reports whether other numbers take the same room.
func (v *variant) suits(d *drawing, open []rune) bool {
	for i := range v.ops {
		op := &v.ops[i]
		if op.stamp != nil {
			if !d.base.Suits(op.stamp, open) {
				return false
			}
			continue
		}
		for _, l := range op.lines {
			for _, r := range l.Text {
				if which := int(r) - pdf.Placeholder; which >= 0 && which < len(open) && open[which] != v.open[which] {
					a, errA := d.base.Advance(open[which], l.Stack)
					b, errB := d.base.Advance(v.open[which], l.Stack)
					if a != b || errA != nil || errB != nil {
						return false
					}
				}
			}
		}
	}
	return true
}

func (f *sheetFlow) find(shape []byte) (variant, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, v := range f.variants {
		if v.shape == string(shape) {
			return v, true
		}
	}
	return variant{}, len(f.variants) >= maxVariants
}

// add makes the stamp of a shape: the flow is laid out for the person at hand,
// with placeholders where the numbers stand.
func (f *sheetFlow) add(d *drawing, open []rune) variant {
	v := variant{shape: string(d.shape)}
	at := 0
	for i, name := range numbered {
		n := len([]rune(d.numbers[i]))
		var held []rune
		for j := range n {
			held = append(held, pdf.Placeholder+rune(at+j))
		}
		at += n
		for _, fields := range d.fields {
			fields[name] = string(held)
		}
	}
	d.open = open
	if ops, err := d.operations(f.flow); err == nil {
		v.ops, v.open = ops, slices.Clone(open)
	}
	d.open = nil
	f.mu.Lock()
	f.variants = append(f.variants, v)
	f.mu.Unlock()
	return v
}

// unsigned writes a person's file with room for the signature.
func (t *Sheet) unsigned(s *registry.Snapshot, qr string, jwt []byte) (*pdf.Unsigned, error) {
	sealer := t.template.sealer
	if sealer == nil {
		return nil, errors.New("sign certificate: the press has no signing chain")
	}
	if len(jwt) == 0 {
		return nil, errors.New("sign certificate: no credential to attach")
	}
	if err := t.template.coverPerson(s); err != nil {
		return nil, err
	}
	d := t.drawing()
	defer t.drawings.Put(d)
	d.on(d.base.Begin())
	err := t.draw(d, s)
	if err == nil {
		err = d.drawCode(qr, s.Name)
	}
	if err != nil {
		return nil, refuse(err)
	}
	title := t.template.title(d, s)
	u, err := d.page.Finish(pdf.Meta{
		Title: title, Author: t.author, At: s.IssuedAt, ID: s.Subject + "/" + string(s.Number), Link: qr,
		Attached: pdf.Attached{MIME: "application/jwt", Relationship: "Source", Data: jwt},
	}, sealer.Size())
	if err != nil {
		return nil, refuse(err)
	}
	return u, nil
}

// title is the document's, from the fields of the first language.
func (t *Template) title(d *drawing, s *registry.Snapshot) string {
	f := d.fields[t.form.Langs[0]]
	f["number"] = string(s.Number)
	d.small = f.append(d.small[:0], t.form.Title)
	return string(d.small)
}

// Check refuses a person whose texts the page cannot hold, or whose QR text,
// of which only the length counts, needs too large a code.
func (t *Sheet) Check(s *registry.Snapshot, qr string) error {
	if err := t.template.coverPerson(s); err != nil {
		return err
	}
	d := t.drawing()
	defer t.drawings.Put(d)
	d.on(d.base.Begin())
	defer d.page.Release()
	if err := t.draw(d, s); err != nil {
		return refuse(err)
	}
	return d.drawCode(qr, s.Name)
}

// Sign makes a person's certificate into f, over the memory of f.Suffix, and signs it; key must be that of
// the chain. An ECDSA key signs deterministically (RFC 6979), so signing again
// gives the same file. It returns what was signed, for the caller to verify the
// signature once before he gives it away, see Template.Verify.
func (t *Sheet) Sign(f *File, s *registry.Snapshot, qr string, jwt []byte, key crypto.Signer) (signed [sha256.Size]byte, err error) {
	u, err := t.unsigned(s, qr, jwt)
	if err != nil {
		return signed, err
	}
	signed = u.Digest
	value, err := t.template.sealer.Sign(u.Digest, key)
	if err != nil {
		return signed, fmt.Errorf("sign certificate %s: %w", s.Number, err)
	}
	return signed, t.template.seal(f, u, value)
}

// Rebuild makes the same file as Sign did from the signature's value, without
// the key. It fails where the value does not fit, so what it makes verifies.
func (t *Sheet) Rebuild(f *File, s *registry.Snapshot, qr string, jwt, signature []byte) error {
	u, err := t.unsigned(s, qr, jwt)
	if err != nil {
		return err
	}
	if err := t.template.Verify(u.Digest, signature); err != nil {
		return err
	}
	return t.template.seal(f, u, signature)
}

// Verify reports whether value is the chain's signature of the file whose
// digest Sheet.Sign returned.
func (t *Template) Verify(signed [sha256.Size]byte, value []byte) error {
	if err := t.sealer.Check(signed, value); err != nil {
		return fmt.Errorf("check certificate's signature: %w", err)
	}
	return nil
}

func (t *Template) seal(f *File, u *pdf.Unsigned, value []byte) (err error) {
	f.Prefix, f.Signature = t.base.Prefix, value
	f.Suffix, f.SHA256, err = u.Seal(f.Suffix, func(o []byte) ([]byte, error) { return t.sealer.AppendSeal(o, u.Digest, value) })
	if err != nil {
		return fmt.Errorf("seal certificate: %w", err)
	}
	return nil
}
