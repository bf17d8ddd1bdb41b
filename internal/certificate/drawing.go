package certificate

import (
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/pdf/qr"
	"github.com/passmuster/passmuster/internal/registry"
)

// drawing is one certificate while its page is set.
type drawing struct {
	base   *pdf.Base
	form   form
	page   *pdf.Page
	fields map[string]fields // by language
}

// draw sets everything that differs from one certificate to the next.
func (t *Template) draw(in Input) (*pdf.Page, error) {
	s := in.Snapshot
	if n := len(s.Signatories); n == 0 || n > maxSignatories {
		return nil, registry.Fail(registry.Invalid, "certificate.signatories", n, maxSignatories)
	}
	d := &drawing{base: t.base, form: t.form, page: t.base.Begin(), fields: map[string]fields{}}
	for _, lang := range t.form.Langs {
		d.fields[lang] = fieldsOf(s, lang, t.form.Langs, t.form.Words[lang], t.key)
	}
	for _, f := range t.form.Flows {
		if err := d.flow(f); err != nil {
			return nil, err
		}
	}
	return d.page, d.code(in.QR, s.Name)
}

// longName is where a smaller module is allowed.
const longName = 120

// code draws the QR code in a box as small as its modules allow.
func (d *drawing) code(text, name string) error {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return registry.Fail(registry.Invalid, "certificate.qr", len(text))
	}
	box := d.form.QR
	module := box.Module
	if len(name) > longName {
		module = box.LongNames
	}
	const quiet = 4
	side := max(box.Least, ((code.Size+2*quiet)*module+999)/1000)
	if side > box.Most {
		return registry.Fail(registry.Invalid, "certificate.qr", len(text))
	}
	d.page.QR(box.Mark, code, box.CenterX-side/2, d.base.Height-box.Y-side, side)
	return nil
}
