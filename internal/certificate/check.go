package certificate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// Check refuses a snapshot that cannot be printed whole, before anything is
// signed: a character that no font draws, a text that does not fit. QR text and
// attachment are not looked at.
func (p *Press) Check(s registry.Snapshot) error {
	t, err := p.Template(Look{Kind: s.Kind, Langs: s.Languages, Demo: s.Demo})
	if err != nil {
		return err
	}
	return t.Check(s)
}

// Check is Press.Check with this template.
func (t *Template) Check(s registry.Snapshot) error {
	sheet, err := t.Sheet(&s)
	if err != nil {
		return err
	}
	return sheet.Check(&s, s.Origin+"/v/"+string(s.Code))
}

// cover refuses characters that cannot be printed.
func (t *Template) cover(s registry.Snapshot) error {
	if err := t.coverPerson(&s); err != nil {
		return err
	}
	return t.coverShared(&s)
}

// coverPerson looks at the person's own texts.
func (t *Template) coverPerson(s *registry.Snapshot) error {
	stack := t.form.Stacks["serif"].Other
	for _, r := range s.Name {
		if !common(r) && !printable(r) || !t.base.Draws(r, stack) {
			return registry.FailField(registry.Invalid, "name", "name.glyph", string(r), fmt.Sprintf("U+%04X", r))
		}
	}
	for _, text := range [...]string{s.LatinName, s.IDLast4} {
		if err := coverText(text); err != nil {
			return err
		}
	}
	return nil
}

// coverShared looks at what the snapshot shares with others.
func (t *Template) coverShared(s *registry.Snapshot) error {
	for _, text := range printed(s, t.form.Langs) {
		if err := coverText(text); err != nil {
			return err
		}
	}
	return nil
}

func coverText(text string) error {
	for _, r := range text {
		if !common(r) && !printable(r) {
			return registry.Fail(registry.Invalid, "certificate.glyph", string(r), fmt.Sprintf("U+%04X", r), text)
		}
	}
	return nil
}

// common are characters that need no look into the tables of Unicode.
func common(r rune) bool {
	return r >= ' ' && r <= '~' || r >= 'А' && r <= 'я' || r >= 0x4E00 && r <= 0x9FA5
}

// printed lists the shared texts that stand on paper.
func printed(s *registry.Snapshot, langs []string) []string {
	out := []string{s.Credits, s.Course.Code, s.Class.Code, s.Base.Code}
	for _, lang := range langs {
		order := append([]string{lang}, langs...)
		out = append(out, s.Course.Title.In(order...), s.Base.Name.In(order...), s.Issuer.Name.In(order...))
		for _, by := range s.Signatories {
			out = append(out, by.Name, by.Title.In(order...))
		}
	}
	return out
}

// refuse turns what the page could not do into words for the reader.
func refuse(err error) error {
	var glyph *pdf.MissingGlyph
	var long *tooLong
	switch {
	case errors.As(err, &glyph):
		return registry.Fail(registry.Invalid, "certificate.glyph", string(glyph.Rune), fmt.Sprintf("U+%04X", glyph.Rune), "")
	case errors.As(err, &long):
		return registry.Fail(registry.Invalid, "certificate.too_long", strings.TrimSpace(long.text))
	}
	return err
}
