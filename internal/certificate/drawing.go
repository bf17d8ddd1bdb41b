package certificate

import (
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/pdf/qr"
	"github.com/passmuster/passmuster/internal/registry"
)

// drawing is one certificate while its page is set.
type drawing struct {
	base   *pdf.Base
	form   *form
	page   *pdf.Page
	fields map[string]fields // by language

	blocks []block // of the flow that is being set
	lines  []pdf.Line
	code   qr.Code
	small  []byte
	before []byte

	// For a Sheet.
	sheet   *Sheet    // whose fields these are
	numbers [5]string // of the person, as in numbered
	open    []rune    // all their characters: what placeholders stand for
	shape   []byte
	held    [5]string // placeholders for them
	heldFor string    // the shape that those are for
	key     []byte    // of a setting
}

// on draws on another page.
func (d *drawing) on(p *pdf.Page) *drawing {
	d.page = p
	return d
}

// draw sets everything that differs from one certificate to the next.
func (t *Template) draw(in Input) (*pdf.Page, error) {
	d := &drawing{base: t.base, form: &t.form, page: t.base.Begin(), fields: map[string]fields{}}
	return d.page, d.set(in, t.key)
}

// set puts the texts and the code of one certificate on the page.
func (d *drawing) set(in Input, key string) error {
	s := in.Snapshot
	if n := len(s.Signatories); n == 0 || n > maxSignatories {
		return registry.Fail(registry.Invalid, "certificate.signatories", n, maxSignatories)
	}
	for _, lang := range d.form.Langs {
		d.fields[lang] = fieldsOf(s, lang, d.form.Langs, d.form.Words[lang], key)
	}
	for i := range d.form.Flows {
		if err := d.flow(&d.form.Flows[i]); err != nil {
			return err
		}
	}
	return d.drawCode(in.QR, s.Name)
}

// longName is where a smaller module is allowed.
const longName = 120

// drawCode draws the QR code in a box as small as its modules allow.
func (d *drawing) drawCode(text, name string) error {
	if err := d.code.Encode(text, qr.M); err != nil {
		return registry.Fail(registry.Invalid, "certificate.qr", len(text))
	}
	side, err := d.codeSide(text, name)
	if err == nil {
		box := d.form.QR
		d.page.QR(box.Mark, &d.code, box.CenterX-side/2, d.base.Height-box.Y-side, side)
	}
	return err
}

// checkCode refuses what drawCode would, and draws nothing.
func (d *drawing) checkCode(text, name string) error {
	if err := d.code.Fit(text, qr.M); err != nil {
		return registry.Fail(registry.Invalid, "certificate.qr", len(text))
	}
	_, err := d.codeSide(text, name)
	return err
}

// codeSide is how large the code's box is, as far as the form has room for it.
func (d *drawing) codeSide(text, name string) (int, error) {
	box := d.form.QR
	module := box.Module
	if len(name) > longName {
		module = box.LongNames
	}
	const quiet = 4
	side := max(box.Least, ((d.code.Size+2*quiet)*module+999)/1000)
	if side > box.Most {
		return 0, registry.Fail(registry.Invalid, "certificate.qr", len(text))
	}
	return side, nil
}
