package poster

import (
	"math"
	"strings"

	"github.com/jung-kurt/gofpdf"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// verdictBox is a verdict as its page shows it: colour, sign and word.
type verdictBox struct {
	status     registry.Status
	back, text rgb
	stripes    bool // revoked: told apart in grey as well
	dashed     bool // could not check
	sign       func(doc *gofpdf.Fpdf, x, y, r float64, c rgb)
}

type rgb struct{ r, g, b int }

var (
	white = rgb{255, 255, 255}
	ink   = rgb{26, 26, 26}
	navy  = rgb{18, 48, 90}
)

// verdictBoxes are the words that a door must know, with the colours of the
// result page.
var verdictBoxes = []verdictBox{
	{registry.StatusValid, rgb{11, 122, 69}, white, false, false, signTick},
	{registry.StatusExpired, rgb{255, 213, 74}, ink, false, false, signGlass},
	{registry.StatusSuspended, rgb{244, 162, 97}, ink, false, false, signBars},
	{registry.StatusRevoked, rgb{125, 10, 20}, white, true, false, signOctagon},
	{registry.StatusSuperseded, rgb{29, 79, 145}, white, false, false, signSheets},
	{registry.StatusCouldNotCheck, white, ink, false, true, signCloud},
}

// Measures of the boxes, in millimetres.
const (
	boxWidth  = 40.0
	boxHeight = 21.5
	boxGap    = 3.0
)

// steps writes look, compare, decide, each in three languages, and returns where
// they end.
func steps(doc *gofpdf.Fpdf, host string, y float64) float64 {
	size := 8.2
	if len(host) > 22 { // it stands in six of the sentences, and the sheet is full
		size = 7.4
	}
	for i, step := range []string{"look", "compare", "decide"} {
		y = oneStep(doc, i+1, step, host, size, y)
	}
	return y
}

func oneStep(doc *gofpdf.Fpdf, n int, step, host string, size, y float64) float64 {
	const indent = 15.0
	doc.SetFillColor(navy.r, navy.g, navy.b)
	doc.Circle(margin+5.5, y+5.5, 5.5, "F")
	doc.SetTextColor(255, 255, 255)
	doc.SetFont("bold", "", 15)
	digit := string(rune('0' + n))
	doc.Text(margin+5.5-doc.GetStringWidth(digit)/2, y+7.5, digit)
	x := margin + indent
	doc.SetTextColor(navy.r, navy.g, navy.b)
	for i, lang := range i18n.Langs {
		word := i18n.For(lang).T("help.step." + step)
		if i > 0 {
			doc.SetFont("latin", "", 11)
			doc.Text(x, y+5, "·")
			x += 4
		}
		face(doc, lang, true, 13)
		doc.Text(x, y+5, word)
		x += doc.GetStringWidth(word) + 3
	}
	doc.SetTextColor(ink.r, ink.g, ink.b)
	doc.SetXY(margin+indent-1, y+7)
	for _, lang := range i18n.Langs {
		p := i18n.For(lang)
		face(doc, lang, false, size)
		text := p.T("poster."+step+".text", host)
		if lang == i18n.Chinese {
			text = breakHan(doc, text, column-indent)
		}
		doc.SetX(margin + indent - 1)
		doc.MultiCell(column-indent+2, size*0.457, text, "", "L", false)
		doc.Ln(0.7)
	}
	return doc.GetY() + 2.2
}

// boxes draws the words of the verdicts, three to a row.
func boxes(doc *gofpdf.Fpdf, y float64) {
	for i, b := range verdictBoxes {
		b.draw(doc, margin+float64(i%3)*(boxWidth+boxGap), y+float64(i/3)*(boxHeight+boxGap))
	}
}

func (b verdictBox) draw(doc *gofpdf.Fpdf, x, y float64) {
	doc.SetFillColor(b.back.r, b.back.g, b.back.b)
	doc.SetDrawColor(ink.r, ink.g, ink.b)
	doc.SetLineWidth(0.25)
	style := "F"
	if b.dashed {
		style = "D"
		doc.SetLineWidth(0.6)
		doc.SetDashPattern([]float64{2, 1.4}, 0)
	}
	doc.RoundedRect(x, y, boxWidth, boxHeight, 2, "1234", style)
	doc.SetDashPattern(nil, 0)
	if b.stripes {
		stripe(doc, x, y)
	}
	b.sign(doc, x+7, y+boxHeight/2, 4.2, b.text)
	doc.SetTextColor(b.text.r, b.text.g, b.text.b)
	for i, lang := range i18n.Langs {
		word := i18n.For(lang).T("verdict.word." + string(b.status))
		size := 8.6
		for face(doc, lang, true, size); doc.GetStringWidth(word) > boxWidth-15 && size > 4; size -= 0.2 {
			face(doc, lang, true, size-0.2)
		}
		doc.Text(x+13.5, y+6.6+float64(i)*5.4, word)
	}
}

// stripe darkens the box in slanting bands, so that a copy without colours still
// tells it from the green one.
func stripe(doc *gofpdf.Fpdf, x, y float64) {
	doc.ClipRoundedRect(x, y, boxWidth, boxHeight, 2, false)
	doc.SetDrawColor(92, 5, 12)
	doc.SetLineWidth(1.6)
	for at := x - boxHeight; at < x+boxWidth; at += 5 {
		doc.Line(at, y+boxHeight, at+boxHeight, y)
	}
	doc.ClipEnd()
}

func pen(doc *gofpdf.Fpdf, c rgb, width float64) {
	doc.SetDrawColor(c.r, c.g, c.b)
	doc.SetFillColor(c.r, c.g, c.b)
	doc.SetLineWidth(width)
	doc.SetLineCapStyle("round")
	doc.SetLineJoinStyle("round")
}

// line draws through points given as pairs around (x, y), in parts of r.
func line(doc *gofpdf.Fpdf, x, y, r float64, points ...float64) {
	for i := 0; i+3 < len(points); i += 2 {
		doc.Line(x+r*points[i], y+r*points[i+1], x+r*points[i+2], y+r*points[i+3])
	}
}

func signTick(doc *gofpdf.Fpdf, x, y, r float64, c rgb) {
	pen(doc, c, 0.9)
	doc.Circle(x, y, r, "D")
	line(doc, x, y, r, -0.45, 0.05, -0.1, 0.42, 0.5, -0.35)
}

func signGlass(doc *gofpdf.Fpdf, x, y, r float64, c rgb) {
	pen(doc, c, 0.9)
	line(doc, x, y, r, -0.7, -1, 0.7, -1)
	line(doc, x, y, r, -0.7, 1, 0.7, 1)
	line(doc, x, y, r, -0.55, -1, -0.55, -0.6, 0.55, 0.6, 0.55, 1)
	line(doc, x, y, r, 0.55, -1, 0.55, -0.6, -0.55, 0.6, -0.55, 1)
}

func signBars(doc *gofpdf.Fpdf, x, y, r float64, c rgb) {
	pen(doc, c, 0.4)
	doc.Rect(x-0.62*r, y-0.9*r, 0.45*r, 1.8*r, "F")
	doc.Rect(x+0.17*r, y-0.9*r, 0.45*r, 1.8*r, "F")
}

func signOctagon(doc *gofpdf.Fpdf, x, y, r float64, c rgb) {
	pen(doc, c, 0.9)
	var corners []gofpdf.PointType
	for i := range 8 {
		a := math.Pi/8 + float64(i)*math.Pi/4
		corners = append(corners, gofpdf.PointType{X: x + 1.05*r*math.Cos(a), Y: y + 1.05*r*math.Sin(a)})
	}
	doc.Polygon(corners, "D")
	line(doc, x, y, r, -0.38, -0.38, 0.38, 0.38)
	line(doc, x, y, r, 0.38, -0.38, -0.38, 0.38)
}

func signSheets(doc *gofpdf.Fpdf, x, y, r float64, c rgb) {
	pen(doc, c, 0.7)
	line(doc, x, y, r, -0.35, -0.55, -0.35, -1, 0.95, -1, 0.95, 0.55, 0.55, 0.55)
	doc.Rect(x-0.9*r, y-0.55*r, 1.3*r, 1.5*r, "D")
	line(doc, x, y, r, -0.6, 0.2, 0.1, 0.2)
	line(doc, x, y, r, -0.15, -0.05, 0.1, 0.2, -0.15, 0.45)
}

func signCloud(doc *gofpdf.Fpdf, x, y, r float64, c rgb) {
	pen(doc, c, 0.8)
	doc.Arc(x-0.55*r, y+0.2*r, 0.42*r, 0.42*r, 0, 60, 270, "D")
	doc.Arc(x-0.05*r, y-0.15*r, 0.55*r, 0.55*r, 0, 10, 165, "D")
	doc.Arc(x+0.6*r, y+0.2*r, 0.42*r, 0.42*r, 0, -90, 100, "D")
	line(doc, x, y, r, -0.55, 0.62, 0.6, 0.62)
	line(doc, x, y, r, -0.8, 0.95, 0.85, -0.85)
}

// breakHan breaks Chinese text into lines of the width; no line begins with a
// mark that belongs to the one before (GB/T 15834 §5.1). gofpdf breaks anywhere.
func breakHan(doc *gofpdf.Fpdf, text string, width float64) string {
	const closing = "，。：；、？！”）》"
	var lines []string
	var line []rune
	for _, r := range text {
		line = append(line, r)
		if doc.GetStringWidth(string(line)) <= width-2 {
			continue
		}
		keep := len(line) - 1
		for keep > 1 && (strings.ContainsRune(closing, line[keep]) || line[keep] < 0x2E80 && line[keep-1] < 0x2E80) {
			keep-- // take the character before the mark, or the whole Latin word, along
		}
		lines, line = append(lines, string(line[:keep])), []rune(strings.TrimSpace(string(line[keep:])))
	}
	return strings.Join(append(lines, string(line)), "\n")
}
