package certificate

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

// designVersion is part of a template's id; another look of the certificate
// gets the next one.
const designVersion = 1

// designer puts one design together: the elements in reading order, the
// labels of the constant part, and the form of the changing part.
type designer struct {
	kind               registry.CredentialKind
	langs              []string // wordings, primary first; one or two
	demo               bool
	primary, secondary *certtext.Wording // the same where there is one language
	palette            palette
	elements           []pdf.Element
	labels             []func(c *pdf.Canvas)
	form               form
}

// styles name fonts by their place in fontOrder.
func styles() map[string]faces {
	return map[string]faces{
		"sans":  {Han: pdf.Stack{fontSansSC, fontSans, fontRare}, Other: pdf.Stack{fontSans, fontSansSC, fontRare}},
		"bold":  {Han: pdf.Stack{fontSansSC, fontSans, fontRare}, Other: pdf.Stack{fontSansBold, fontSansSC, fontRare}, Bold: 30},
		"serif": {Han: pdf.Stack{fontSerifSC, fontSerif, fontRare}, Other: pdf.Stack{fontSerif, fontSerifSC, fontRare}},
		"mono":  {Han: pdf.Stack{fontMono, fontSansSC, fontRare}, Other: pdf.Stack{fontMono, fontSansSC, fontRare}},
	}
}

func newDesigner(id string, kind registry.CredentialKind, langs []string, demo bool) (*designer, error) {
	d := &designer{kind: kind, langs: langs, demo: demo, palette: paletteOf(kind)}
	d.form = form{ID: id, Langs: langs, Words: map[string]words{}, Stacks: styles(), Title: "Certificate {number} – {name}"}
	for i, lang := range langs {
		w, err := certtext.In(lang)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			d.primary = w
		}
		d.secondary = w
		d.form.Words[lang] = words{Decimal: w.Decimal, Months: w.Months, Date: w.Date, RangeMonth: w.RangeMonth, RangeYear: w.RangeYear, Range: w.Range}
	}
	if _, ok := d.primary.Kinds[string(kind)]; !ok {
		return nil, registry.Fail(registry.Invalid, "certificate.kind", string(kind))
	}
	d.compose()
	return d, nil
}

func (d *designer) two() bool { return d.primary != d.secondary }

// wording returns the wording of the i-th language.
func (d *designer) wording(i int) *certtext.Wording {
	if i == 0 {
		return d.primary
	}
	return d.secondary
}

func (d *designer) stack(style, text string) pdf.Stack {
	f := d.form.Stacks[style]
	if hasHan(text) {
		return f.Han
	}
	return f.Other
}

// element adds the next piece in reading order and returns its mark.
func (d *designer) element(tag, lang string, changes bool) int {
	d.elements = append(d.elements, pdf.Element{Tag: tag, Lang: lang, Changes: changes})
	return len(d.elements) - 1
}

// label adds a constant text.
func (d *designer) label(tag string, i int, style string, l pdf.Label) {
	if l.Text == "" {
		return
	}
	l.Stack, l.Tagged, l.Mark = d.stack(style, l.Text), true, d.element(tag, d.wording(i).Lang, false)
	if style == "bold" {
		l.Bold = boldOf(l.Text, l.Size)
	}
	d.labels = append(d.labels, func(c *pdf.Canvas) { c.Text(l) })
}

// pair adds a label in both languages on one line, the second smaller.
func (d *designer) pair(first, second string, x, y, size float64) {
	d.label("P", 0, "sans", pdf.Label{Text: first, Size: size, X: x, Y: y, Color: d.palette.main})
	if !d.two() {
		return
	}
	mark := d.element("P", d.secondary.Lang, false)
	stack := d.stack("sans", first)
	d.labels = append(d.labels, func(c *pdf.Canvas) {
		c.Text(pdf.Label{Text: second, Stack: d.stack("sans", second), Size: size * 0.88, X: x + c.Width(first, stack, size)*25.4/72 + 1.6, Y: y, Color: grey, Tagged: true, Mark: mark})
	})
}

// para makes a changing text in the i-th language.
func (d *designer) para(i int, pattern, style string, color pdf.Color, leading int, fits ...fit) text {
	lang := d.langs[min(i, len(d.langs)-1)]
	return text{Mark: d.element("P", d.wording(i).Lang, true), Lang: lang, Pattern: pattern, Style: style, Color: color, Leading: leading, Fits: fits}
}

// size allows sizes between two, in points, for at most some lines.
func size(from, to float64, lines int) fit {
	return fit{From: int(from*100 + 0.5), To: int(to*100 + 0.5), Lines: lines}
}

// place adds a flow in a box of millimetres.
func (d *designer) place(x, y, w, h float64, align, place string, texts ...text) *flow {
	d.form.Flows = append(d.form.Flows, flow{X: pdf.MM(x), Y: pdf.MM(y), W: pdf.MM(w), H: pdf.MM(h), Align: align, Place: place, Texts: texts})
	return &d.form.Flows[len(d.form.Flows)-1]
}

// both makes the text in the primary and, smaller, in the second language; the
// second is left out where it says the same.
func (d *designer) both(patterns [2]string, style string, color pdf.Color, first, second fit, before float64) []text {
	out := []text{d.para(0, patterns[0], style, color, 128, first)}
	if d.two() && patterns[1] != "" {
		t := d.para(1, patterns[1], "sans", grey, 128, second)
		t.Again, t.Before = true, int(before*100)
		out = append(out, t)
	}
	return out
}

func (d *designer) cells(name string) [2]string {
	return [2]string{d.primary.Cells[name], d.secondary.Cells[name]}
}

// design is what the file writer compiles. The form's hash stands in the
// constant part, so the hash of that part covers the form as well.
func (d *designer) design(fonts []*pdf.Font) (pdf.Design, []byte, error) {
	stored, err := json.Marshal(d.form)
	if err != nil {
		return pdf.Design{}, nil, fmt.Errorf("store form: %w", err)
	}
	return pdf.Design{
		Width: pdf.A4Long, Height: pdf.A4Short,
		Fonts: fonts, Hot: hot(), Lang: d.primary.Lang, Elements: d.elements, Draw: d.drawStatic,
		Attachment: "credential.jwt", About: "The credential, signed, for machines (VC-JWT)", Producer: "Passmuster",
		Note: fmt.Sprintf("passmuster template %s, form %x", d.form.ID, sha256.Sum256(stored)),
	}, stored, nil
}

func (d *designer) drawStatic(c *pdf.Canvas) {
	drawFrame(c, d.palette)
	if d.demo {
		drawDemo(c, d.form.Stacks["sans"].Han)
	}
	drawEmblem(c, d.palette, 28.5, 25.5, 6)
	drawDivider(c, d.palette, pageW/2, 61.2, 96)
	d.drawFactRules(c)
	drawSeal(c, d.palette, d)
	for _, draw := range d.labels {
		draw(c)
	}
}
