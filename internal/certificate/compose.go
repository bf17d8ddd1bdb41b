package certificate

import (
	"strconv"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
)

// Columns of the facts: left edge and width, in millimetres.
var columns = [4][2]float64{{22, 82}, {110, 52}, {168, 50}, {224, 51}}

const (
	left   = 22.0
	right  = 275.0
	factsY = 118.4
	rowH   = 12.1
	qrX    = 256.0 // centre
	qrY    = 144.4
	qrMM   = 38.0
)

// compose lays the page out, in reading order.
func (d *designer) compose() {
	d.composeHeader()
	d.composeTitle()
	d.composeName()
	d.composeBody()
	d.composeFacts()
	d.composeSignatories()
	d.composeSeal()
	d.composeQR()
	d.composeFoot()
}

func (d *designer) composeHeader() {
	texts := []text{d.para(0, "{issuer}", "sans", d.palette.main, 125, size(12, 8, 2))}
	if d.two() {
		t := d.para(1, "{issuer}", "sans", grey, 125, size(7.6, 5.5, 2))
		t.Again, t.Before = true, 60
		texts = append(texts, t)
	}
	d.place(37.5, 18, 132, 15, "left", "middle", texts...)
	number := d.primary.Labels["number"]
	if d.two() {
		number += "  " + d.secondary.Labels["number"]
	}
	d.label("P", 0, "sans", pdf.Label{Text: number, Size: 7.6, X: right, Y: 23, Align: 1, Color: grey})
	d.place(185, 24, right-185, 6, "right", "top", d.para(0, "{number}", "mono", ink, 120, size(11, 7, 1)))
}

func (d *designer) composeTitle() {
	kind, other := d.primary.Kinds[string(d.kind)], d.secondary.Kinds[string(d.kind)]
	points, track := 34.0, 7.0
	if !hasHan(kind.Title) {
		points, track = 31, 0.8
	}
	y := 48.0
	if !d.two() {
		y = 51
	}
	d.label("H1", 0, "serif", pdf.Label{Text: kind.Title, Size: points, X: pageW / 2, Y: y, Align: 0.5, Track: track, Color: d.palette.main})
	if d.two() {
		d.label("P", 1, "serif", pdf.Label{Text: other.Title, Size: 14.5, X: pageW / 2, Y: 56.2, Align: 0.5, Track: 1.6, Color: d.palette.main})
	}
	lead := kind.Lead
	if d.two() {
		lead += "   " + other.Lead
	}
	d.label("P", 0, "sans", pdf.Label{Text: lead, Size: 9.5, X: pageW / 2, Y: 68.4, Align: 0.5, Color: grey})
}

func (d *designer) composeName() {
	name := d.para(0, "{name}", "serif", ink, 122,
		size(30, 18, 1), size(20, 16, 2), fit{From: 2000, To: 1600, Lines: 2, Hyphen: true}, fit{From: 1600, To: 1600, Lines: 3, Hyphen: true})
	name.Name = true
	d.elements[name.Mark].Lang = "" // a name is in no language
	latin := d.para(1, "{latin}", "serif", grey, 125, size(12, 9, 1), size(10, 7, 2))
	latin.Name, latin.Before = true, 100
	d.place(left, 70.4, right-left, 21.8, "center", "middle", name, latin)
}

func (d *designer) composeBody() {
	kind, other := d.primary.Kinds[string(d.kind)], d.secondary.Kinds[string(d.kind)]
	texts := []text{d.para(0, kind.Body, "sans", ink, 145, size(12, 8, 3))}
	if kind.Note != "" {
		texts = append(texts, d.para(0, kind.Note, "bold", d.palette.main, 145, size(10.5, 8, 2)))
	}
	if d.two() {
		t := d.para(1, other.Body, "sans", grey, 140, size(9.5, 6.5, 3))
		t.Before = 250
		texts = append(texts, t)
		if other.Note != "" {
			texts = append(texts, d.para(1, other.Note, "bold", grey, 140, size(8.5, 6.5, 2)))
		}
	}
	credits := d.para(0, "[{credits}]", "sans", d.palette.main, 140, size(9, 6.5, 2))
	credits.Before = 150
	d.place(36, 92.8, pageW-72, 23.4, "center", "middle", append(texts, credits)...)
}

// cell puts a fact under its label; code, if any, stands right of the label.
func (d *designer) cell(column, row int, label, cell, code, style string) {
	x, w := columns[column][0], columns[column][1]
	y := factsY + float64(row)*rowH
	d.pair(d.primary.Labels[label], d.secondary.Labels[label], x, y+3.7, 6.8)
	if code != "" {
		d.place(x, y+1.45, w, 3.4, "right", "top", d.para(0, code, "mono", grey, 120, size(6.6, 5, 1)))
	}
	lines := 1
	if code != "" || !d.two() {
		lines = 2
	}
	texts := d.both(d.cells(cell), style, ink, size(10, 6, lines), size(7, 5, lines), 0)
	if cell == "course" && len(texts) > 1 {
		texts[1].Spare = true // the sentence above says it in both languages
	}
	place := "top"
	if !d.two() {
		place = "middle"
	}
	d.place(x, y+4.6, w, rowH-4.9, "left", place, texts...)
}

func (d *designer) composeFacts() {
	course := "course"
	if d.kind == registry.Honour {
		course = "award"
	}
	d.cell(0, 0, course, "course", "{course_code} · v{version}", "sans")
	switch d.kind {
	case registry.Competence:
		d.cell(1, 0, "hours", "hours", "", "sans")
		d.cell(2, 0, "dates", "dates", "", "sans")
		d.cell(3, 0, "until", "until", "", "bold")
	case registry.Attendance:
		d.cell(1, 0, "hours", "hours", "", "sans")
		d.cell(2, 0, "dates", "dates", "", "sans")
		d.cell(3, 0, "class", "class", "", "sans")
	case registry.Instructor:
		d.cell(1, 0, "class", "class", "", "sans")
		d.cell(2, 0, "issued", "issued", "", "sans")
		d.cell(3, 0, "until", "until", "", "bold")
	default:
		d.cell(1, 0, "class", "class", "", "sans")
	}
	d.cell(0, 1, "base", "base", "{base_code}", "sans")
	switch d.kind {
	case registry.Competence:
		d.cell(1, 1, "assessed", "assessed", "", "sans")
		d.cell(2, 1, "issued", "issued", "", "sans")
		d.cell(3, 1, "class", "class", "", "sans")
	case registry.Attendance:
		d.cell(1, 1, "assessed", "unassessed", "", "sans")
		d.cell(2, 1, "issued", "issued", "", "sans")
	case registry.Honour:
		d.cell(1, 1, "issued", "issued", "", "sans")
	}
}

func (d *designer) drawFactRules(c *pdf.Canvas) {
	for i := range 3 {
		y := factsY + float64(i)*rowH
		pen := pdf.Pen{Stroke: &d.palette.trim, Width: 0.6}
		if i == 1 {
			pen = pdf.Pen{Stroke: &d.palette.faint, Width: 0.4}
		}
		c.Draw(new(pdf.Path).Move(left, y).Line(right, y), pen)
	}
}

// maxSignatories is how many find room.
const maxSignatories = 3

// composeSignatories makes one arrangement for each number of signatories, of
// which a certificate uses one. The space above each line is for a pen.
func (d *designer) composeSignatories() {
	const all, gap = 104.0, 6.0
	for n := 1; n <= maxSignatories; n++ {
		w := (all - gap*float64(max(n, 2)-1)) / float64(max(n, 2))
		for i := 1; i <= n; i++ {
			name := d.para(0, "{signatory"+strconv.Itoa(i)+"}", "sans", ink, 125, size(10.5, 7, 2))
			titles := d.both([2]string{"{title" + strconv.Itoa(i) + "}", "{title" + strconv.Itoa(i) + "}"}, "sans", grey, size(7.6, 5.5, 2), size(6.4, 5, 2), 0)
			f := d.place(left+float64(i-1)*(w+gap), 170.4, w, 15, "left", "top", append([]text{name}, titles...)...)
			f.If, f.Rule = "signatories"+strconv.Itoa(n), true
		}
	}
}

func (d *designer) composeSeal() {
	for i, pattern := range []string{"{number_a}", "{number_b}"} {
		t := text{Mark: pdf.Decoration, Lang: d.langs[0], Pattern: pattern, Style: "mono", Color: d.palette.seal, Leading: 120, Fits: []fit{size(6.4, 4, 1)}}
		d.place(sealX-10, sealY+3.4+2.5*float64(i), 20, 2.8, "center", "top", t)
	}
}

func (d *designer) composeQR() {
	verify := d.both(d.cells("verify"), "sans", grey, size(7.6, 6, 4), size(6.6, 5, 4), 2)
	d.pairRight(d.primary.Labels["verify"], d.secondary.Labels["verify"], 230, 156.4, 8.5)
	d.place(177, 158.4, 53, 24, "right", "top", verify...)
	mark := d.element("Figure", d.primary.Lang, true)
	d.elements[mark].Alt = d.primary.Labels["verify"]
	d.form.QR = qrBox{Mark: mark, CenterX: pdf.MM(qrX), Y: pdf.MM(qrY), Least: pdf.MM(qrMM), Most: pdf.MM(42), Module: 1276, LongNames: 1191}
	d.place(qrX-25, 185.0, 50, 5, "center", "top", d.para(0, "{code}", "mono", ink, 120, size(11, 8, 1)))
	d.place(qrX-25, 189.8, 50, 4.5, "center", "top", d.para(0, "{host}", "sans", grey, 120, size(9, 5, 1)))
}

// pairRight is a label in both languages that ends at x.
func (d *designer) pairRight(first, second string, x, y, size float64) {
	if d.two() {
		first += "  " + second
	}
	d.label("P", 0, "sans", pdf.Label{Text: first, Size: size, X: x, Y: y, Align: 1, Color: d.palette.main})
}

func (d *designer) composeFoot() {
	texts := []text{d.para(0, d.primary.Kinds[string(d.kind)].Foot, "sans", grey, 130, size(6.8, 4.8, 1))}
	if d.two() {
		texts = append(texts, d.para(1, d.secondary.Kinds[string(d.kind)].Foot, "sans", grey, 130, size(6.2, 4.8, 1)))
	}
	d.place(left, 188.4, 208, 6.6, "left", "middle", texts...)
}

// hot are the characters that nearly every certificate needs: letters, and
// the words of course titles, places and offices.
func hot() []pdf.Hot {
	const han = "的一不与个中为主了事人任会位体作供信健全公共关册出分创判利到制前力助务动化医协卫口合员命和品响国土地场城培基复外天大天头委学安完定实室家导展小少年广庆应康建开式张影心志急总意愿成所执技抢护报担指接控搬教文断方施日早时是普有期本术李杨林校格案检楼模正武毒民江河治法注洋活消海深测湖灾点焦爱特现理生用电疗疾病症盟直省知石社科程秩究空立站章第管红组细织经结统续综编网老者考联职育胸能脊自行街训证识评课资赛超路车转轻过运进述送适通避郑部重长院陈险障集青非预领题骨高黄龙"
	const cyrillic = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюяӘәҒғҚқҢңӨөҰұҮүҺһІі"
	const latin = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz·–—“”«»№"
	return []pdf.Hot{
		{Font: fontSansSC, Runes: han + "0123456789，。、（）“”：；·年月日至共学时其中实操考核合格特发此证于完成参加理论现场技能件尾号"},
		{Font: fontSans, Runes: latin + cyrillic + "ÀÁÂÄÇÈÉÊËÍÎÑÓÔÖÚÜàáâäçèéêëíîñóôöúüßŁłŃńŚśŻżŞşĞğıŠšČčŽž"},
		{Font: fontSerif, Runes: latin + cyrillic},
		{Font: fontSansBold, Runes: " ,.-0123456789" + "JFMASONDabcdefghilmnoprstuvyNo xpiry" + "абвгдеийклмнопрстуфьюяБ"},
		{Font: fontMono, Runes: "-· 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZv"},
	}
}
