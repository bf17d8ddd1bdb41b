package certificate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

// Look says what a certificate looks like.
type Look struct {
	Kind       registry.CredentialKind
	Langs      []string // the first decides, and the second on paper is English: zh+en, ru+en, en
	Demo       bool     // says so across the page
	Design     *Design  // nil: the built-in one of the kind
	Logo, Seal *pdf.Image
	// Words are texts of which many certificates have some, such as names of
	// courses and bases. Their characters, up to maxWords, are kept in the
	// constant part: files of a class get smaller and are made sooner.
	Words string
	Names string // of signatories, likewise
}

// maxWords bounds what Words adds to each file: about 150 KB.
const maxWords = 600

// maxImage is the greatest width and height of a picture, in pixels.
const maxImage = 1200

// maxTemplates is how many compiled designs a press keeps at hand.
const maxTemplates = 64

// settle fills what a look leaves open and refuses what does not go together.
func (l Look) settle(medium Medium) (Look, error) {
	if l.Design == nil {
		d, err := DesignFor(l.Kind, medium)
		if err != nil {
			return l, err
		}
		l.Design = d
	}
	if !l.Design.serves(l.Kind) {
		return l, registry.Fail(registry.Invalid, "design.kind", l.Design.ID(), string(l.Kind))
	}
	if l.Design.file.Medium != medium {
		return l, registry.Fail(registry.Invalid, "design.medium", l.Design.ID(), string(l.Design.file.Medium), string(medium))
	}
	for _, m := range []*pdf.Image{l.Logo, l.Seal} {
		if m != nil && (m.Width < 1 || m.Height < 1 || m.Width > maxImage || m.Height > maxImage || len(m.RGB) != 3*m.Width*m.Height) {
			return l, registry.Fail(registry.Invalid, "design.image", m.Width, m.Height, maxImage)
		}
	}
	return l, nil
}

// key names everything that the compiled template depends on.
func (l Look) key(extra string) string {
	h := sha256.New()
	fmt.Fprintln(h, l.Kind, pairOf(l.Langs), l.Demo, l.Design.sum, extra, spelled(l.Words), spelled(l.Names))
	for _, m := range []*pdf.Image{l.Logo, l.Seal} {
		if m == nil {
			fmt.Fprintln(h, "none")
			continue
		}
		fmt.Fprintln(h, m.Width, m.Height, len(m.Alpha))
		h.Write(m.RGB)
		h.Write(m.Alpha)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// pairOf returns the languages on paper.
func pairOf(langs []string) []string {
	primary := "en"
	if len(langs) > 0 {
		primary, _, _ = strings.Cut(langs[0], "-")
	}
	switch primary {
	case "zh", "ru":
		return []string{primary, "en"}
	}
	return []string{"en"}
}

// Template returns the compiled design of a look. A demonstration's has an id
// that ends in "-demo".
func (p *Press) Template(look Look) (*Template, error) {
	look, err := look.settle(Paper)
	if err != nil {
		return nil, err
	}
	return p.kept(look.key(""), func() (*Template, error) {
		b, err := newBuilder(look)
		if err != nil {
			return nil, err
		}
		b.compose()
		return p.compile(b, look, look.Design.file.Page)
	})
}

// kept returns a template made before, or makes it. Beyond a number of them the
// press forgets some: they are compiled again when they are asked for.
func (p *Press) kept(key string, make func() (*Template, error)) (*Template, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.templates[key]; t != nil {
		return t, nil
	}
	t, err := make()
	if err != nil {
		return nil, err
	}
	for old := range p.templates {
		if len(p.templates) < maxTemplates {
			break
		}
		delete(p.templates, old)
	}
	p.templates[key] = t
	return t, nil
}

// compile draws a design twice: first to see what its content looks like, then
// with a compressor fitted to it.
func (p *Press) compile(b *builder, look Look, page pageSpec) (*Template, error) {
	stored, err := b.store()
	if err != nil {
		return nil, err
	}
	design := b.page(p.fonts, page.Width, page.Height, stored)
	first, err := p.template(b, design, stored, nil)
	if err != nil || b.plain {
		return first, err
	}
	in := sample(look.Kind, b.langs)
	sheet, err := first.Sheet(&in.Snapshot)
	var content []int
	if err == nil {
		content, err = sheet.sample(&in.Snapshot, in.QR)
	}
	if err != nil {
		return nil, fmt.Errorf("compile template %s: draw sample: %w", b.form.ID, refuse(err))
	}
	return p.template(b, design, stored, content)
}

// template compiles a design with a compressor fitted to a content, or to none.
func (p *Press) template(b *builder, design pdf.Design, stored []byte, content []int) (*Template, error) {
	t := &Template{form: b.form, stored: stored, chain: p.chain, sealer: p.sealer, key: fingerprint(p.chain)}
	t.sort()
	var err error
	t.base, err = pdf.Compile(design, content)
	if err = errors.Join(err, *b.err); err != nil {
		return nil, fmt.Errorf("compile template %s: %w", b.form.ID, refuse(err))
	}
	return t, nil
}

// Try compiles a design for every kind that it serves and every pair of
// languages and sets the hardest texts in it. The refusal names kind, languages
// and text, or each place with a character that no font draws. Kind and Langs of
// the look are not used.
func (p *Press) Try(look Look) error {
	if look.Design == nil {
		return registry.Fail(registry.Invalid, "design.unknown", "")
	}
	if faults := p.unprintable(look.Design); len(faults) > 0 {
		return brokenDesign(faults)
	}
	for _, kind := range look.Design.Info().Kinds {
		for _, primary := range certtext.Languages {
			look.Kind, look.Langs = kind, []string{primary, "en"}
			if err := p.try(look); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Press) try(look Look) error {
	t, err := p.preview(look)
	if err != nil {
		return err
	}
	for _, s := range WorstNames(look.Kind, look.Langs) {
		if err := t.Check(s.Snapshot); err != nil {
			var long *registry.Error
			if errors.As(err, &long) && len(long.Args) > 0 {
				return registry.Fail(registry.Invalid, "design.does_not_fit", look.Design.ID(), string(look.Kind), strings.Join(pairOf(look.Langs), "+"), fmt.Sprint(long.Args[0]), s.Key)
			}
			return fmt.Errorf("try design %s: %w", look.Design.ID(), err)
		}
	}
	return nil
}
