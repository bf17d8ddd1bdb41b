package certificate

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

// builder puts one page together from a design: the elements in reading order,
// the constant part's art and labels, and the form of the changing part.
type builder struct {
	design     *Design
	kind       registry.CredentialKind
	langs      []string // wordings, primary first; one or two
	demo       bool
	across     string // another word across the page
	plain      bool   // to be finished without a signature
	logo, seal *pdf.Image
	words      []*certtext.Wording
	spelled    [2]string // characters to keep in the constant part: of words, of names
	dx, dy     float64   // where the design's corner is on the page, mm
	height     float64   // of the page

	elements []pdf.Element
	ground   []func(c *pdf.Canvas) // art, from the paper up
	labels   []func(c *pdf.Canvas)
	form     form
	cards    []cardPart
	err      *error // of constant texts, found while they are drawn
}

func newBuilder(look Look) (*builder, error) {
	b := &builder{err: new(error), design: look.Design, kind: look.Kind, langs: pairOf(look.Langs), demo: look.Demo, logo: look.Logo, seal: look.Seal, height: look.Design.file.Page.Height, spelled: [2]string{spelled(look.Words), spelled(look.Names)}}
	b.form = form{ID: templateID(b.design, b.langs, b.demo), Langs: b.langs, Words: map[string]words{}, Stacks: styles(), Title: "Certificate {number} – {name}"}
	for _, lang := range b.langs {
		w, err := certtext.In(lang)
		if err != nil {
			return nil, err
		}
		b.words = append(b.words, w)
		b.form.Words[lang] = writtenIn(w)
	}
	return b, nil
}

// writtenIn takes from a wording how it writes dates and numbers.
func writtenIn(w *certtext.Wording) words {
	return words{Decimal: w.Decimal, Months: w.Months, Date: w.Date, RangeMonth: w.RangeMonth, RangeYear: w.RangeYear, Range: w.Range,
		Term: w.Term, TermFrom: w.TermFrom, TermUntil: w.TermUntil}
}

func (b *builder) two() bool { return len(b.words) > 1 }

// wording returns the wording of the i-th language, the last where there are fewer.
func (b *builder) wording(i int) *certtext.Wording { return b.words[min(i, len(b.words)-1)] }

func (b *builder) color(name string) pdf.Color { return b.design.color(name) }

func (b *builder) stack(face, text string) pdf.Stack {
	f := b.form.Stacks[face]
	if hasHan(text) {
		return f.Han
	}
	return f.Other
}

// compose lays the whole design out, at (dx, dy).
func (b *builder) compose() {
	ground := true
	for _, a := range b.design.file.Art {
		if ground && a.Draw != "panel" {
			ground = false
			b.writeAcross()
		}
		b.art(a)
	}
	if ground {
		b.writeAcross()
	}
	for _, e := range b.design.file.Elements {
		if b.applies(e.For, e.When) {
			b.composeElement(e)
		}
	}
}

// Words across the page: 8 % of black, and darker where they are small or must
// be seen first of all.
var (
	ghost  = pdf.Color{R: 0xEC, G: 0xEC, B: 0xE9}
	shadow = pdf.Color{R: 0xD6, G: 0xD6, B: 0xD2}
)

// writeAcross puts the words across the page on the paper, under all else.
func (b *builder) writeAcross() {
	word := b.across
	if word == "" && b.demo {
		word = "演示 DEMO"
	}
	if word == "" {
		return
	}
	color := ghost
	if b.across != "" || b.design.file.Medium == Card {
		color = shadow
	}
	at := *b
	b.ground = append(b.ground, func(c *pdf.Canvas) { at.drawAcross(c, word, color) })
}

func (b *builder) applies(kinds []string, when string) bool {
	if len(kinds) > 0 && !slices.Contains(kinds, string(b.kind)) {
		return false
	}
	switch when {
	case "two languages":
		return b.two()
	case "one language":
		return !b.two()
	case "own seal":
		return b.seal != nil
	case "no own seal":
		return b.seal == nil
	case "own logo":
		return b.logo != nil
	case "no own logo":
		return b.logo == nil
	}
	return true
}

// art draws one piece; where the page is composed several times, each time at
// its own place.
func (b *builder) art(a artSpec) {
	if !b.applies(a.For, a.When) {
		return
	}
	if a.Draw == "mark" {
		b.markNumber(a)
	}
	at := *b
	b.ground = append(b.ground, func(c *pdf.Canvas) { artKinds()[a.Draw].draw(&at, c, a) })
}

func (b *builder) composeElement(e elementSpec) {
	switch e.Kind {
	case "text":
		b.composeText(e)
	case "facts":
		b.composeFacts(e)
	case "signatories":
		b.composeSignatories(e)
	case "qr":
		b.composeQR(e)
	case "image":
		b.composeImage(e)
	}
}

// constantOf returns a wording of the i-th language by its key.
func (b *builder) constantOf(say string, i int) string { return wordingOf(b.wording(i), b.kind, say) }

// wordingOf looks a key of a design up: "kind.title", "label.course", "cell.hours".
func wordingOf(w *certtext.Wording, kind registry.CredentialKind, say string) string {
	area, key, _ := strings.Cut(say, ".")
	switch area {
	case "label":
		return w.Labels[key]
	case "cell":
		return w.Cells[key]
	case "kind":
		k := w.Kinds[string(kind)]
		return map[string]string{"title": k.Title, "lead": k.Lead, "body": k.Body, "note": k.Note, "foot": k.Foot}[key]
	case "seal":
		return map[string]string{"word": w.Seal, "ring": w.SealRing}[key]
	}
	return ""
}

// pattern returns what a text says in the i-th language.
func (b *builder) pattern(t textSpec, i int) string {
	switch {
	case t.Say != "":
		return b.constantOf(t.Say, i)
	case t.Words != nil:
		return t.Words[b.langs[min(i, len(b.langs)-1)]]
	}
	return t.Pattern
}

// paragraph is a text in one language, before it is known whether it changes.
type paragraph struct {
	lang    int
	pattern string
	style   styleSpec
	again   bool
	spare   bool
	tag     string
	turn    int // bytes of the pattern before the other language begins; 0: it does not
}

// paragraphs lists what an element says: first language, then second.
func (b *builder) paragraphs(e elementSpec) []paragraph {
	var out []paragraph
	for _, t := range e.Texts {
		if !b.applies(nil, t.When) {
			continue
		}
		p := paragraph{pattern: b.pattern(t, 0), style: b.design.resolved(t.Style), spare: t.Spare}
		if t.Join != "" && b.two() {
			if second := b.pattern(t, 1); second != p.pattern {
				p.turn = len(p.pattern + t.Join)
				p.pattern += t.Join + second
			}
		}
		out = append(out, p)
		if t.Second != "" && b.two() {
			again := t.Words == nil && strings.Contains(b.pattern(t, 1), "{")
			out = append(out, paragraph{lang: 1, pattern: b.pattern(t, 1), style: b.design.resolved(t.Second), again: again, spare: t.Spare})
		}
	}
	out = slices.DeleteFunc(out, func(p paragraph) bool { return p.pattern == "" })
	if len(out) > 0 {
		out[0].tag = e.Tag
	}
	return out
}

func (b *builder) composeText(e elementSpec) {
	list := b.paragraphs(e)
	if len(list) == 0 {
		return
	}
	if !slices.ContainsFunc(list, func(p paragraph) bool { return strings.ContainsAny(p.pattern, "{[") }) {
		b.constant(*e.Box, e.Align, e.Place, list)
		return
	}
	var texts []text
	for _, p := range list {
		texts = append(texts, b.changing(p))
	}
	b.place(*e.Box, e.Align, e.Place, texts...)
}

// element adds the next piece in reading order and returns its mark.
func (b *builder) element(tag, lang string, changes bool) int {
	if tag == "" {
		tag = "P"
	}
	b.elements = append(b.elements, pdf.Element{Tag: tag, Lang: lang, Changes: changes})
	return len(b.elements) - 1
}

// changing makes a text of the form.
func (b *builder) changing(p paragraph) text {
	s := p.style
	if hasHan(p.pattern) || b.langs[p.lang] == "zh" && !isName(p.pattern) {
		s = s.forHan()
	}
	t := text{
		Lang: b.langs[p.lang], Pattern: p.pattern, Style: s.Face, Color: b.color(s.Color), Leading: s.Leading,
		Before: hundredths(s.Before), Track: hundredths(s.Track), Again: p.again, Spare: p.spare, Fits: fitsOf(s.Sizes),
	}
	lang := b.wording(p.lang).Lang
	switch p.pattern {
	case "{name}": // a name is in no language
		t.Name, lang = true, ""
	case "{latin}":
		t.Name, lang = true, inLatin(lang)
	}
	t.Mark = b.element(p.tag, lang, true)
	if p.turn > 0 {
		t.Turn, t.Other = p.turn, b.element("", b.wording(1).Lang, true)
	}
	return t
}

// inLatin is a language written in Latin letters: "zh-Latn" of "zh-CN" (RFC
// 5646, 2.2.3).
func inLatin(lang string) string {
	language, _, _ := strings.Cut(lang, "-")
	if language == "en" {
		return lang
	}
	return language + "-Latn"
}

func isName(pattern string) bool { return pattern == "{name}" || pattern == "{latin}" }

func hundredths(points float64) int {
	if points < 0 {
		return -hundredths(-points)
	}
	return int(points*100 + 0.5)
}

func fitsOf(sizes []sizeSpec) []fit {
	var out []fit
	for _, s := range sizes {
		out = append(out, fit{From: hundredths(s.From), To: hundredths(s.To), Lines: s.Lines, Hyphen: s.Hyphen})
	}
	return out
}

// size allows sizes between two, in points, for at most some lines.
func size(from, to float64, lines int) fit {
	return fit{From: hundredths(from), To: hundredths(to), Lines: lines}
}

// place adds a flow in a box of millimetres.
func (b *builder) place(x boxSpec, align, place string, texts ...text) *flow {
	b.form.Flows = append(b.form.Flows, flow{
		X: pdf.MM(b.dx + x.X), Y: pdf.MM(b.dy + x.Y), W: pdf.MM(x.W), H: pdf.MM(x.H),
		Align: orElse(align, "left"), Place: orElse(place, "top"), Texts: texts,
	})
	return &b.form.Flows[len(b.form.Flows)-1]
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// composeFacts fills a grid: a label, beside it a code, and below the fact in
// one or two languages.
func (b *builder) composeFacts(e elementSpec) {
	y := e.Box.Y
	for _, row := range e.Rows {
		x, column := e.Box.X, 0
		for _, f := range row {
			if !b.applies(f.For, "") {
				continue
			}
			if column < len(e.Columns) {
				b.fact(e, f, boxSpec{x, y, e.Columns[column], e.Row})
				x += e.Columns[column] + e.Gap
			}
			column++
		}
		y += e.Row
	}
}

func (b *builder) fact(e elementSpec, f factSpec, cell boxSpec) {
	label := b.design.resolved(e.Label)
	height := label.Sizes[0].From * 1.35 * 25.4 / 72
	b.beside(cell.X, cell.Y+height*0.78, cell.W, "label."+f.Label, e.Label, e.Second)
	if f.Code != "" {
		t := b.changing(paragraph{pattern: f.Code, style: b.design.resolved(e.Code)})
		b.place(boxSpec{cell.X + cell.W/2, cell.Y, cell.W / 2, height}, "right", "middle", t)
	}
	value := orElse(f.Value, e.Value)
	texts := []text{b.changing(paragraph{pattern: b.constantOf(f.Say, 0), style: b.design.resolved(value)})}
	if b.two() && e.Also != "" {
		texts = append(texts, b.changing(paragraph{lang: 1, pattern: b.constantOf(f.Say, 1), style: b.design.resolved(e.Also), again: true, spare: f.Spare}))
	}
	b.place(boxSpec{cell.X, cell.Y + height, cell.W, cell.H - height - 1.6}, "left", "top", texts...)
}

// composeSignatories makes one arrangement for each number of signatories, of
// which a certificate uses one.
func (b *builder) composeSignatories(e elementSpec) {
	for n := 1; n <= maxSignatories; n++ {
		share := max(n, e.Share)
		w := (e.Box.W - e.Gap*float64(share-1)) / float64(share)
		x := e.Box.X
		if e.Align == "center" {
			x += (e.Box.W - float64(n)*w - float64(n-1)*e.Gap) / 2
		}
		for i := 1; i <= n; i++ {
			b.signatory(e, n, i, boxSpec{x, e.Box.Y, w, e.Box.H})
			x += w + e.Gap
		}
	}
}

// maxSignatories is how many find room.
const maxSignatories = registry.MaxSignatories

func (b *builder) signatory(e elementSpec, n, i int, box boxSpec) {
	number := strconv.Itoa(i)
	say := func(lang int, pattern, style string) {
		if style == "" || lang > 0 && !b.two() {
			return
		}
		s := b.design.resolved(style)
		if n == maxSignatories { // three stand close: all of them smaller, not each as it can
			s.Sizes = smaller(s.Sizes)
		}
		t := b.changing(paragraph{lang: lang, pattern: pattern, style: s, again: lang > 0})
		last := &b.form.Flows[len(b.form.Flows)-1]
		last.Texts = append(last.Texts, t)
	}
	f := b.place(box, orElse(e.Align, "left"), "top")
	f.If, f.Rule = "signatories"+strconv.Itoa(n), e.Rule
	say(0, "{signatory"+number+"}", e.Name)
	say(0, "{title"+number+"}", e.Office)
	say(1, "{title"+number+"}", e.Second)
	say(0, "{term"+number+"}", e.Term)
	if e.Also != "" {
		say(1, "{term"+number+"}", e.Also)
	}
}

// smaller takes a fifth off the largest of each range of sizes.
func smaller(sizes []sizeSpec) []sizeSpec {
	out := slices.Clone(sizes)
	for i := range out {
		out[i].From = max(out[i].To, out[i].From*0.8)
	}
	return out
}

// composeQR places the code in its box.
func (b *builder) composeQR(e elementSpec) {
	mark := b.element("Figure", b.wording(0).Lang, true)
	b.elements[mark].Alt = b.wording(0).Labels["verify"]
	b.elements[mark].BBox = b.figure(*e.Box)
	points := func(mm float64) int { return int(mm*72/25.4*1000 + 0.5) } // thousandths
	b.form.QR = qrBox{
		Mark: mark, CenterX: pdf.MM(b.dx + e.Box.X + e.Box.W/2), Y: pdf.MM(b.dy + e.Box.Y),
		Least: pdf.MM(e.Least), Most: pdf.MM(e.Box.W), Module: points(e.Module), LongNames: points(e.Long),
	}
}

// figure is a box as the page's structure states it, from the lower left corner.
func (b *builder) figure(x boxSpec) [4]int {
	left, top := b.dx+x.X, b.height-b.dy-x.Y
	return [4]int{pdf.MM(left), pdf.MM(top - x.H), pdf.MM(left + x.W), pdf.MM(top)}
}

// composeImage scales the issuer's picture into its box, or draws what stands
// there without one.
func (b *builder) composeImage(e elementSpec) {
	picture, alt := b.logo, b.wording(0).Labels["logo"]
	if e.Image == "seal" {
		picture, alt = b.seal, b.wording(0).Labels["seal"]
	}
	if picture == nil {
		for _, a := range e.Else {
			b.art(a)
		}
		return
	}
	mark := b.element("Figure", b.wording(0).Lang, false)
	b.elements[mark].Alt = alt
	scale := min(e.Box.W/float64(picture.Width), e.Box.H/float64(picture.Height))
	w, h := float64(picture.Width)*scale, float64(picture.Height)*scale
	x, y := b.dx+e.Box.X, b.dy+e.Box.Y+(e.Box.H-h)/2
	switch orElse(e.Align, "center") {
	case "center":
		x += (e.Box.W - w) / 2
	case "right":
		x += e.Box.W - w
	}
	b.elements[mark].BBox = b.figure(boxSpec{x - b.dx, y - b.dy, w, h})
	b.labels = append(b.labels, func(c *pdf.Canvas) { c.Image(*picture, x, y, w, h, mark) })
}

// store writes the form down.
func (b *builder) store() ([]byte, error) {
	stored, err := json.Marshal(b.form)
	if err != nil {
		return nil, fmt.Errorf("store form: %w", err)
	}
	return stored, nil
}

// page is what the file writer compiles. The form's hash stands in the constant
// part, so the hash of that part covers the form as well.
func (b *builder) page(fonts []*pdf.Font, width, height float64, stored []byte) pdf.Design {
	return pdf.Design{
		Width: pdf.MM(width), Height: pdf.MM(height), Plain: b.plain,
		Fonts: fonts, Hot: hot(b.spelled, b.form, fonts), Lang: b.wording(0).Lang, Elements: b.elements, Draw: b.drawConstant,
		Attachment: "credential.jwt", About: "The credential, signed, for machines (VC-JWT)", Producer: "Passmuster",
		Note: fmt.Sprintf("passmuster template %s, design %s, form %x", b.form.ID, b.design.sum[:16], sha256.Sum256(stored)),
	}
}

func (b *builder) drawConstant(c *pdf.Canvas) {
	for _, draw := range b.ground {
		draw(c)
	}
	for _, draw := range b.labels {
		draw(c)
	}
}
