package certificate

import (
	"crypto"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
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
	shared   *pdf.Shared       // flows that are the same for everybody
	fields   map[string]fields // by language, without the person's
	author   string
}

// sheetFlow is a flow that is drawn already, or drawn but for some characters,
// or still to be laid out.
type sheetFlow struct {
	flow   *flow
	number int        // in the form
	done   bool       // is part of what is shared
	stamp  *pdf.Stamp // the same for everybody
	live   bool       // has a name in it
	open   bool       // has a number in it

	mu       sync.RWMutex
	variants []variant
}

// variant is a flow for persons whose numbers have one shape.
type variant struct {
	shape string
	stamp *pdf.Stamp // nil: there is none
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
	defer t.drawings.Put(d)
	var whole []*pdf.Stamp
	for i := range t.form.Flows {
		f := &sheet.flows[i]
		f.flow, f.number = &t.form.Flows[i], i
		f.live, f.open = t.live[i], t.open[i]
		if f.live || f.open {
			continue
		}
		var err error
		if f.stamp, err = d.setting(i); err != nil {
			return nil, refuse(err)
		}
		if f.done = f.stamp.Whole(); f.done {
			whole = append(whole, f.stamp)
		}
	}
	var err error
	sheet.shared, err = t.base.Share(whole)
	return sheet, err
}

// fields are those of a snapshot, by language.
func (t *Template) fields(s *registry.Snapshot) map[string]fields {
	out := map[string]fields{}
	for _, lang := range t.form.Langs {
		out[lang] = fieldsOf(*s, lang, t.form.Langs, t.form.Words[lang], t.key)
	}
	return out
}

// sort notes which flows depend on the person: live ones on the name, which is
// laid out for each, open ones on numbers.
func (t *Template) sort() {
	for i := range t.form.Flows {
		t.live = append(t.live, t.form.Flows[i].uses("name", "latin"))
		t.open = append(t.open, t.form.Flows[i].uses(numbered...))
	}
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

// setting sets the i-th flow once and for all.
func (d *drawing) setting(i int) (*pdf.Stamp, error) {
	d.key = binary.AppendUvarint(d.key[:0], uint64(i))
	d.key = d.texts(d.key, &d.form.Flows[i])
	known := &d.sheet.template.settings
	if s := known.get(d.key); s != nil {
		return s, nil
	}
	page := d.page
	d.on(d.base.BeginStamp())
	fault := d.flow(&d.form.Flows[i])
	stamp, err := d.page.EndStamp()
	d.page = page
	if err := errors.Join(fault, err); err != nil {
		return nil, err
	}
	known.put(d.key, stamp)
	return stamp, nil
}

// drawing is memory to draw in, with fields of the sheet's own.
func (t *Sheet) drawing() *drawing {
	d, ok := t.template.drawings.Get().(*drawing)
	if !ok {
		d = &drawing{base: t.template.base, form: &t.template.form, fields: map[string]fields{}}
	}
	if d.sheet == t {
		return d
	}
	d.sheet = t
	for lang, f := range t.fields {
		own := d.fields[lang]
		if own == nil {
			own = make(fields, len(f))
			d.fields[lang] = own
		}
		clear(own)
		maps.Copy(own, f)
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
	for i, n := range d.numbers {
		for _, r := range n {
			d.open = append(d.open, r)
			d.shape = append(d.shape, string(shapeOf(r, numbered[i] == "code"))...)
		}
		d.shape = append(d.shape, '\n')
	}
}

// shapeOf is the same for characters that are as wide as each other: digits are,
// and in a code, which stands in a font of one width, letters as well.
func shapeOf(r rune, code bool) rune {
	letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	if r >= '0' && r <= '9' || code && letter {
		return '0'
	}
	return r
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

// draw sets all texts of a person on a page.
func (t *Sheet) draw(d *drawing, s *registry.Snapshot) error {
	d.person(s)
	open := d.open
	d.open = nil // texts that are laid out now have no placeholders
	for i := range t.flows {
		f := &t.flows[i]
		switch {
		case f.done:
		case f.stamp != nil:
			d.page.Paste(f.stamp, nil)
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

// numbered draws a flow that was laid out for the shape of the person's
// numbers, if it can.
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
	d.holdOpen()
	d.open = open
	if stamp, err := d.setting(f.number); err == nil {
		v.stamp = stamp
	}
	d.open = nil
	f.mu.Lock()
	f.variants = append(f.variants, v)
	f.mu.Unlock()
	return v
}

// holdOpen puts placeholders into the fields of numbers.
func (d *drawing) holdOpen() {
	if string(d.shape) != d.heldFor {
		at := 0
		for i, n := range d.numbers {
			var held []rune
			for range n {
				held = append(held, pdf.Placeholder+rune(at))
				at++
			}
			d.held[i] = string(held)
		}
		d.heldFor = string(d.shape)
	}
	for _, fields := range d.fields {
		for i, name := range numbered {
			fields[name] = d.held[i]
		}
	}
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
	defer t.template.drawings.Put(d)
	d.on(d.base.BeginWith(t.shared))
	err := t.draw(d, s)
	if err == nil {
		err = d.drawCode(qr, s.Name)
	}
	if err != nil {
		return nil, refuse(err)
	}
	title := t.template.title(d, s)
	u, err := d.page.Finish(pdf.Meta{
		Title: title, Author: t.author, At: s.IssuedAt, ID: [2]string{s.Subject, string(s.Number)}, Link: qr,
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
	defer t.template.drawings.Put(d)
	d.on(d.base.BeginWith(t.shared))
	defer d.page.Release()
	if err := t.draw(d, s); err != nil {
		return refuse(err)
	}
	return d.checkCode(qr, s.Name)
}

// sample counts what is a person's own of the content: what the
// compressor is fitted to, because the rest is written once for a class.
func (t *Sheet) sample(s *registry.Snapshot, qr string) ([]int, error) {
	d := t.drawing()
	d.on(t.template.base.BeginWith(t.shared))
	defer d.page.Release()
	err := t.draw(d, s)
	if err == nil {
		err = d.drawCode(qr, s.Name)
	}
	if err != nil {
		return nil, err
	}
	return d.page.Sample()
}

// Sign makes a person's certificate into f, over the memory of f.Suffix, and
// signs it; key must be that of the chain. An ECDSA key signs deterministically
// (RFC 6979), so signing again gives the same file. What was signed is left in
// the caller's memory: he verifies the signature once before he gives it away,
// see Template.Verify.
func (t *Sheet) Sign(f *File, signed *[sha256.Size]byte, s *registry.Snapshot, qr string, jwt []byte, key crypto.Signer) error {
	u, err := t.unsigned(s, qr, jwt)
	if err != nil {
		return err
	}
	*signed = t.template.sealer.Digest(u.Digest)
	value, err := key.Sign(nil, signed[:], crypto.SHA256)
	if err != nil {
		return fmt.Errorf("sign certificate %s: %w", s.Number, err)
	}
	return t.template.seal(f, u, value)
}

// Rebuild makes the same file as Sign did from the signature's value, without
// the key. It fails where the value does not fit, so what it makes verifies.
func (t *Sheet) Rebuild(f *File, s *registry.Snapshot, qr string, jwt, signature []byte) error {
	u, err := t.unsigned(s, qr, jwt)
	if err != nil {
		return err
	}
	if err := t.template.Verify(t.template.sealer.Digest(u.Digest), signature); err != nil {
		return err
	}
	return t.template.seal(f, u, signature)
}

// Verify reports whether value is the chain's signature of what Sheet.Sign
// signed.
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
