package picture

import (
	"strings"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf/qr"
	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

// Colours that all kinds share.
const (
	black  ink = 0x1B1E24
	grey   ink = 0x5B6370
	white  ink = 0xFFFFFF
	yellow ink = 0xFFD54A // the strip of a demonstration
)

// tone is the colours of a kind: those of its certificate. Attendance is blue and
// grey all over, so that it is not taken for more from afar.
type tone struct{ paper, ghost, main, trim, tint ink }

func toneOf(kind registry.CredentialKind) tone {
	switch kind {
	case registry.Attendance:
		return tone{0xE9EFF5, 0xDAE1E8, 0x3F546B, 0x93A4B5, 0xD9E2EB}
	case registry.Instructor:
		return tone{0xFFFDF7, 0xEFEDE7, 0x174A3C, 0xB08D3C, 0xF1F3EA}
	case registry.Honour:
		return tone{0xFFFDF7, 0xEFEDE7, 0x6A1F35, 0xB08D3C, 0xF8F0EA}
	}
	return tone{0xFFFDF7, 0xEFEDE7, 0x12305A, 0xB08D3C, 0xF1F1EC}
}

// drawing is one picture in the making.
type drawing struct {
	card    Card
	canvas  *canvas
	set     *typesetter
	tone    tone
	first   *i18n.Printer
	second  *i18n.Printer // nil: one language
	wording [2]*certtext.Wording
}

// The parts of the picture, in pixels.
const (
	margin   = 100
	inner    = Width - 2*margin
	headY    = 84
	headH    = 122
	middleY  = 226
	middleH  = 680
	factsY   = 922
	factsH   = 166
	panelX   = 76
	panelY   = 1106
	panelH   = 420
	codeSide = 372 // of the QR code with its quiet zone, at most
)

func (p *Press) begin(c Card) (*drawing, error) {
	d := &drawing{card: c, tone: toneOf(c.Snapshot.Kind), set: &typesetter{fonts: p.fonts, found: map[string]glyph{}}}
	primary := i18n.English
	if len(c.Snapshot.Languages) > 0 {
		short, _, _ := strings.Cut(c.Snapshot.Languages[0], "-")
		primary = i18n.Match(short)
	}
	d.first = i18n.For(primary)
	if primary != i18n.English {
		d.second = i18n.For(i18n.English)
	}
	for i, lang := range []i18n.Lang{primary, i18n.English} {
		var err error
		if d.wording[i], err = certtext.In(string(lang)); err != nil {
			return nil, err
		}
	}
	d.canvas = newCanvas(Width, Height, d.tone.paper)
	return d, nil
}

// both is a text in the first and, smaller and grey, in the second language; the
// second is left out where it says the same.
func (d *drawing) both(of func(p *i18n.Printer) string, st style, color ink, before int, sizes []size, small ...size) []text {
	first := text{words: of(d.first), style: st, color: color, before: before, sizes: sizes}
	if d.second == nil || of(d.second) == first.words || len(small) == 0 {
		return []text{first}
	}
	return []text{first, {words: of(d.second), style: plainStyle, color: grey, before: 2, sizes: small}}
}

// named is a name of something in a printer's language.
func (d *drawing) named(t registry.Text) func(p *i18n.Printer) string {
	return func(p *i18n.Printer) string {
		return t.In(append([]string{string(p.Lang())}, d.card.Snapshot.Languages...)...)
	}
}

// paper draws the frame, and across it what says that the data are invented.
func (d *drawing) paper() error {
	if d.card.Snapshot.Demo {
		if err := d.ghost("演示 DEMO"); err != nil {
			return err
		}
	}
	c := d.canvas
	c.frame(32, 32, Width-64, Height-64, 5, d.tone.main)
	c.frame(44, 44, Width-88, Height-88, 2, d.tone.trim)
	for _, corner := range [][2]int{{44, 44}, {Width - 44, 44}, {44, Height - 44}, {Width - 44, Height - 44}} {
		c.shape([][]vertex{diamond(corner[0], corner[1], 17)}, d.tone.paper)
		c.shape([][]vertex{diamond(corner[0], corner[1], 11)}, d.tone.trim)
	}
	if !d.card.Snapshot.Demo {
		return nil
	}
	words := d.first.T("page.demo")
	m, err := d.set.measure(words, strongStyle.stack(words))
	if err != nil {
		return err
	}
	w := m.width(0, len(m.runes), 27, 0)/one + 56
	c.round((Width-w)/2, 18, w, 46, 23, yellow)
	c.glyphs(m.glyphs, (Width-w)/2+28, 51, 27, 0, strongStyle.thick, black)
	return nil
}

// ghost writes large and pale from the lower left to the upper right, at the
// slope of the triangle of sides 3, 4 and 5.
func (d *drawing) ghost(words string) error {
	m, err := d.set.measure(words, plainStyle.han)
	if err != nil {
		return err
	}
	const points = 235
	half := m.width(0, len(m.runes), points, 0) / 2
	d.canvas.placed(m.glyphs, points, 0, 0, d.tone.ghost, func(along, up int) vertex {
		along, up = along-half, up-points*one/3
		return vertex{Width/2*one + (along*3-up*4)/5, 575*one - (along*4+up*3)/5}
	})
	return nil
}

func diamond(x, y, r int) []vertex {
	return []vertex{{x * one, (y - r) * one}, {(x + r) * one, y * one}, {x * one, (y + r) * one}, {(x - r) * one, y * one}}
}

func (d *drawing) header() error {
	issuer := d.both(d.named(d.card.Snapshot.Issuer.Name), plainStyle, d.tone.main, 0, []size{{40, 28, 2}, {28, 20, 3}}, size{27, 18, 2})
	return d.flow(margin, headY, inner, headH, center, false, issuer...)
}

// middle is the face: title, name, course and kind.
func (d *drawing) middle() error {
	s := d.card.Snapshot
	kind, other := d.wording[0].Kinds[string(s.Kind)], d.wording[1].Kinds[string(s.Kind)]
	title := text{words: kind.Title, style: serifStyle, color: d.tone.main, sizes: []size{{76, 48, 1}, {60, 40, 2}}, track: 1}
	if hasHan(kind.Title) {
		title.sizes, title.track = []size{{88, 60, 1}}, 14
	}
	texts := []text{title}
	if d.second != nil {
		texts = append(texts, text{words: other.Title, style: serifStyle, color: d.tone.main, sizes: []size{{38, 28, 1}}, before: 2, track: 2})
	}
	texts = append(texts, text{draw: d.divider, height: 22, before: 20})
	texts = append(texts, text{words: s.Name, style: serifStyle, color: black, before: 18, name: true,
		sizes: []size{{116, 72, 1}, {84, 50, 2}, {60, 48, 3}, {48, 40, 6}}})
	if s.LatinName != s.Name {
		texts = append(texts, text{words: s.LatinName, style: serifStyle, color: grey, name: true, sizes: []size{{38, 30, 1}, {30, 26, 3}}})
	}
	texts = append(texts, d.both(d.named(s.Course.Title), strongStyle, d.tone.main, 26, []size{{52, 36, 2}, {38, 26, 4}}, size{31, 24, 2}, size{26, 20, 4})...)
	chip, err := d.chip()
	if err != nil {
		return err
	}
	texts = append(texts, chip)
	if kind.Note != "" {
		texts = append(texts, text{words: kind.Note, style: strongStyle, color: d.tone.main, before: 18, sizes: []size{{31, 24, 3}}})
		if d.second != nil {
			texts = append(texts, text{words: other.Note, style: plainStyle, color: grey, before: 2, sizes: []size{{25, 20, 3}}})
		}
	}
	return d.flow(margin, middleY, inner, middleH, center, false, texts...)
}

// divider is a rule with a diamond in its middle.
func (d *drawing) divider(x, y, w int) error {
	const half = 170
	mid := x + w/2
	d.canvas.box(mid-half, y+10, half-24, 2, d.tone.trim)
	d.canvas.box(mid+24, y+10, half-24, 2, d.tone.trim)
	d.canvas.shape([][]vertex{diamond(mid, y+11, 10)}, d.tone.trim)
	return nil
}

// chip is the kind in a capsule: outlined where skills were assessed, solid
// where they were not.
func (d *drawing) chip() (text, error) {
	words := d.first.T("verdict.kind." + string(d.card.Snapshot.Kind))
	if d.second != nil {
		words += " · " + d.second.T("verdict.kind."+string(d.card.Snapshot.Kind))
	}
	const points, h = 33, 64
	m, err := d.set.measure(words, strongStyle.stack(words))
	if err != nil {
		return text{}, err
	}
	w := m.width(0, len(m.runes), points, 0)/one + 64
	kind := d.card.Snapshot.Kind
	solid := kind != registry.Competence && kind != registry.Instructor
	return text{height: h, before: 24, draw: func(x, y, room int) error {
		x += (room - w) / 2
		d.canvas.round(x, y, w, h, h/2, d.tone.main)
		color := white
		if !solid {
			d.canvas.round(x+3, y+3, w-6, h-6, h/2-3, d.tone.paper)
			color = d.tone.main
		}
		d.canvas.glyphs(m.glyphs, x+32, y+h/2+points*36/100, points, 0, strongStyle.thick, color)
		return nil
	}}, nil
}

// facts are two columns: until when, and where.
func (d *drawing) facts() error {
	d.canvas.box(margin, factsY-8, inner, 2, d.tone.trim)
	const gap = 40
	w := (inner - gap) * 45 / 100
	label, value := d.when()
	if err := d.fact(margin, w, label, value, strongStyle, size{46, 30, 1}); err != nil {
		return err
	}
	base := d.named(d.card.Snapshot.Base.Name)
	return d.fact(margin+w+gap, inner-gap-w, func(p *i18n.Printer) string { return p.T("result.base") }, base, plainStyle, size{36, 24, 3})
}

// when is the date that counts: the end, or for attendance and honour the days.
func (d *drawing) when() (label, value func(p *i18n.Printer) string) {
	s := d.card.Snapshot
	switch {
	case s.Kind == registry.Attendance:
		return d.term("result.class"), func(p *i18n.Printer) string { return p.DateRange(s.Class.StartsOn, s.Class.EndsOn) }
	case s.Kind == registry.Honour:
		return d.term("result.issued"), func(p *i18n.Printer) string { return p.Date(s.IssuedOn) }
	case s.ValidUntil.IsZero():
		return d.term("result.valid_until"), d.term("result.no_expiry")
	}
	return d.term("result.valid_until"), func(p *i18n.Printer) string { return p.Date(s.ValidUntil) }
}

func (d *drawing) term(key string) func(p *i18n.Printer) string {
	return func(p *i18n.Printer) string { return p.T(key) }
}

func (d *drawing) fact(x, w int, label, value func(p *i18n.Printer) string, st style, most size) error {
	head := label(d.first)
	if d.second != nil {
		head += "  " + label(d.second)
	}
	texts := []text{{words: head, style: plainStyle, color: grey, sizes: []size{{25, 18, 1}}}}
	texts = append(texts, d.both(value, st, black, 4, []size{most, {30, 18, 4}}, size{26, 18, 3})...)
	return d.flow(x, factsY+6, w, factsH, left, true, texts...)
}

// panel is the code that leads to the verdict, and what to do with it.
func (d *drawing) panel() error {
	c := d.canvas
	c.round(panelX, panelY, Width-2*panelX, panelH, 26, d.tone.main)
	c.round(panelX+3, panelY+3, Width-2*panelX-6, panelH-6, 23, d.tone.tint)
	side, err := d.code(panelX+24, panelY+24)
	if err != nil {
		return err
	}
	x := panelX + 24 + side + 34
	w := Width - panelX - 30 - x
	texts := d.both(d.term("share.picture.scan"), strongStyle, d.tone.main, 0, []size{{50, 34, 2}}, size{31, 24, 1})
	texts = append(texts, d.both(d.term("share.picture.proves"), plainStyle, black, 16, []size{{29, 22, 4}}, size{23, 18, 4})...)
	texts = append(texts, text{words: hostOf(d.card.URL), style: monoStyle, color: d.tone.main, before: 20, sizes: []size{{33, 20, 1}, {22, 14, 3}}},
		text{words: "/s/" + d.card.Code.String(), style: monoStyle, color: d.tone.main, sizes: []size{{33, 24, 1}}})
	return d.flow(x, panelY+18, w, panelH-36, left, false, texts...)
}

// code draws the QR code with its quiet zone, and returns the side of both. A
// module is a whole number of pixels.
func (d *drawing) code(x, y int) (side int, err error) {
	code, err := qr.Encode(d.card.URL, qr.M)
	if err != nil {
		return 0, err
	}
	const quiet = 4
	module := codeSide / (code.Size + 2*quiet)
	side = module * (code.Size + 2*quiet)
	d.canvas.box(x, y, side, side, white)
	for row := range code.Size {
		for col := range code.Size {
			if code.At(col, row) {
				d.canvas.box(x+(col+quiet)*module, y+(row+quiet)*module, module, module, 0)
			}
		}
	}
	return side, nil
}
