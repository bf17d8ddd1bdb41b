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

	mu       sync.RWMutex
	variants []variant
}

// operation is a step of drawing a flow.
type operation struct {
	stamp *pdf.Stamp
	mark  int // of lines, whose glyphs each file numbers anew
	lines []pdf.Line
}

// variant is a flow for persons whose numbers have one shape.
type variant struct {
	shape string
	stamp *pdf.Stamp // nil: it cannot be one
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
		if f.live || f.flow.uses(numbered...) {
			continue
		}
		if err := f.prepare(d); err != nil {
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

// prepare draws a flow that is the same for everybody.
func (f *sheetFlow) prepare(d *drawing) error {
	base := d.base
	stamp, err := base.Stamp(func(p *pdf.Page) { d.err = d.on(p).flow(f.flow) })
	if d.err != nil {
		return d.err
	}
	switch {
	case err == nil:
		f.ops = []operation{{stamp: stamp}}
		return nil
	case !errors.Is(err, pdf.ErrOwn):
		return err
	}
	// Text by text: those whose glyphs are all there can still be stamps.
	p := base.Begin()
	d.record = func(mark int, lines []pdf.Line) {
		s, err := base.Stamp(func(p *pdf.Page) { p.Text(mark, lines) })
		if err == nil {
			f.ops = append(f.ops, operation{stamp: s})
			return
		}
		kept := slices.Clone(lines)
		for i := range kept {
			kept[i].Text = slices.Clone(kept[i].Text)
		}
		f.ops = append(f.ops, operation{mark: mark, lines: kept})
	}
	d.recordRule = func(draw func(p *pdf.Page)) {
		s, err := base.Stamp(draw)
		d.err = errors.Join(d.err, err)
		f.ops = append(f.ops, operation{stamp: s})
	}
	err = d.on(p).flow(f.flow)
	d.record, d.recordRule = nil, nil
	p.Release()
	return errors.Join(err, d.err)
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
		for i, name := range numbered {
			f[name] = d.numbers[i]
		}
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
			f.paste(d.page)
		case f.live || !f.numbered(d, open):
			if err := d.flow(f.flow); err != nil {
				return err
			}
		}
	}
	d.open = open
	return nil
}

func (f *sheetFlow) paste(p *pdf.Page) {
	for i := range f.ops {
		if op := &f.ops[i]; op.stamp != nil {
			p.Paste(op.stamp, nil)
		} else {
			p.Text(op.mark, op.lines)
		}
	}
}

// numbered draws a flow from a stamp if there is one for the shape of the
// person's numbers, or can be made.
func (f *sheetFlow) numbered(d *drawing, open []rune) bool {
	v, found := f.find(d.shape)
	if !found {
		v = f.add(d, open)
	}
	if v.stamp == nil || !d.base.Suits(v.stamp, open) {
		return false
	}
	d.page.Paste(v.stamp, open)
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
	page := d.page
	d.open = open
	stamp, err := d.base.Stamp(func(p *pdf.Page) { d.err = d.on(p).flow(f.flow) })
	if err == nil && d.err == nil {
		v.stamp = stamp
	}
	d.open, d.page, d.err = nil, page, nil
	for _, fields := range d.fields {
		for i, name := range numbered {
			fields[name] = d.numbers[i]
		}
	}
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
	d.small = d.fields[t.form.Langs[0]].append(d.small[:0], t.form.Title)
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

// Sign makes a person's certificate into f and signs it; key must be that of
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
	var room [maxSealed]byte
	der, err := t.sealer.AppendSeal(room[:0], u.Digest, value)
	if err != nil {
		return fmt.Errorf("seal certificate: %w", err)
	}
	f.Prefix, f.Signature = t.base.Prefix, value
	f.Suffix, f.SHA256, err = u.Seal(der)
	return err
}

// maxSealed is the size of a usual signature with its chain; a longer one is
// put on the heap.
const maxSealed = 2048
