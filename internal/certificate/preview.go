package certificate

import (
	"fmt"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// acrossPreview stands across every preview.
const acrossPreview = "样本 SAMPLE ОБРАЗЕЦ"

// Preview draws a snapshot as one page that proves nothing: it has no
// signature, says SAMPLE across the page, and its QR code leads nowhere.
func (p *Press) Preview(look Look, s registry.Snapshot) ([]byte, error) {
	look.Kind, look.Langs = s.Kind, s.Languages
	t, err := p.preview(look)
	if err != nil {
		return nil, err
	}
	if err := t.cover(s); err != nil {
		return nil, err
	}
	return t.plain(Input{Snapshot: s, QR: sampleQR}, "SAMPLE – ")
}

// sampleQR is as long as the code of a usual certificate.
const sampleQR = "SAMPLE · 样本 · ОБРАЗЕЦ: this code proves nothing. SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE SAMPLE"

// preview compiles a look of any medium as a sample.
func (p *Press) preview(look Look) (*Template, error) {
	medium := Paper
	if look.Design != nil {
		medium = look.Design.file.Medium
	}
	look, err := look.settle(medium)
	if err != nil {
		return nil, err
	}
	return p.kept(look.key("preview"), func() (*Template, error) {
		b, err := newBuilder(look)
		if err != nil {
			return nil, err
		}
		b.plain, b.across = true, acrossPreview
		b.compose()
		return p.compile(b, look, look.Design.file.Page)
	})
}

// plain draws and closes a page without a signature.
func (t *Template) plain(in Input, before string) ([]byte, error) {
	page, err := t.draw(in)
	if err != nil {
		return nil, refuse(err)
	}
	return t.finishPlain(page, in, before)
}

func (t *Template) finishPlain(page *pdf.Page, in Input, before string) ([]byte, error) {
	s := in.Snapshot
	out, err := page.FinishPlain(pdf.Meta{
		Title:  before + fields{"number": string(s.Number), "name": s.Name}.fill(t.form.Title),
		Author: s.Issuer.Name.In(t.form.Langs...),
		At:     s.IssuedAt,
		ID:     [2]string{t.form.ID + "/" + s.Subject, string(s.Number)},
	})
	if err != nil {
		return nil, fmt.Errorf("finish page: %w", refuse(err))
	}
	return out, nil
}
