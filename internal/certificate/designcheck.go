package certificate

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

// Limits of a design.
const (
	mostElements = 80
	mostArt      = 80
	mostTexts    = 12 // of one element
	mostStyles   = 40
	mostText     = 400 // characters of one text
	leastType    = 4.0 // points
	mostType     = 72.0
	leastModule  = 0.42 // mm
	leastBand    = 1.0  // mm of a braid: thinner ones have no end of arches
	mostCurves   = 20000
)

// checker finds what is wrong with a design that is well written as JSON.
type checker struct {
	*strict
	design *Design
	qr     *boxSpec
	said   map[string]map[string]bool // by kind: fields and wordings that are printed
	words  []*certtext.Wording        // of every language
}

var (
	namePattern  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	colorPattern = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
	fieldPattern = regexp.MustCompile(`\{[+-]?([^{}]*)\}`)
)

// media are the pages there are, in millimetres.
var media = map[Medium]pageSpec{Paper: {297, 210}, Card: {85.6, 54}}

// edges is how near to the edge of the page a text may come, in millimetres.
var edges = map[Medium]float64{Paper: 8, Card: 1}

// conditions of an element.
var conditions = []string{"", "two languages", "one language", "own logo", "no own logo", "own seal", "no own seal"}

// knownFields are what a pattern may ask for.
var knownFields = strings.Fields("name latin last4 number number_a number_b code host course course_code version class dates issued until hours practical base base_code issuer credits key theory inperson one" +
	" signatories1 signatories2 signatories3 signatory1 signatory2 signatory3 title1 title2 title3 term1 term2 term3")

func (c *checker) check() {
	c.checkHead()
	c.checkColors()
	c.checkStyles()
	if len(c.faults) > 0 {
		return // the rest would only repeat it
	}
	c.said = map[string]map[string]bool{}
	for _, kind := range c.design.file.Kinds {
		c.said[kind] = map[string]bool{}
	}
	for _, lang := range certtext.Languages {
		w, err := certtext.In(lang)
		if err != nil {
			c.fault("", "design.wording", lang)
			return
		}
		c.words = append(c.words, w)
	}
	f := &c.design.file
	if len(f.Art) > mostArt {
		c.fault("art", "design.too_many", len(f.Art), mostArt)
	}
	if len(f.Elements) > mostElements {
		c.fault("elements", "design.too_many", len(f.Elements), mostElements)
	}
	if len(c.faults) > 0 {
		return
	}
	curves := 0
	for i, a := range f.Art {
		c.checkArt(fmt.Sprintf("art[%d]", i), a)
		curves += a.curves()
	}
	if curves > mostCurves {
		c.fault("art", "design.too_many", curves, mostCurves)
	}
	for i, e := range f.Elements {
		c.checkElement(fmt.Sprintf("elements[%d]", i), e)
	}
	if len(c.faults) == 0 {
		c.checkQuiet()
		c.checkContrast()
		c.checkComplete()
	}
}

func (c *checker) checkHead() {
	f := &c.design.file
	if f.Format != 1 {
		c.fault("format", "design.format", f.Format, 1)
	}
	if !namePattern.MatchString(f.Name) || len(f.Name) > 40 {
		c.fault("name", "design.name", f.Name)
	}
	if f.Version < 1 || f.Version > 9999 {
		c.fault("version", "design.range", f.Version, 1, 9999)
	}
	for _, lang := range certtext.Languages {
		if f.Title[lang] == "" {
			c.fault("title."+lang, "design.missing", lang)
		}
	}
	if len(f.Kinds) == 0 {
		c.fault("kinds", "design.missing", "kinds")
	}
	c.kinds("kinds", f.Kinds)
	page, ok := media[f.Medium]
	if !ok {
		c.fault("medium", "design.choice", string(f.Medium), "certificate, card")
		return
	}
	if f.Page != page {
		c.fault("page", "design.page", page.Width, page.Height)
	}
}

func (c *checker) kinds(path string, kinds []string) {
	all := []string{string(registry.Competence), string(registry.Attendance), string(registry.Instructor), string(registry.Honour)}
	for i, k := range kinds {
		if !slices.Contains(all, k) {
			c.fault(fmt.Sprintf("%s[%d]", path, i), "design.choice", k, strings.Join(all, ", "))
		}
	}
}

// fixedColors are there without being named.
var fixedColors = map[string]string{"ink": "#1B1E24", "grey": "#474E59", "white": "#FFFFFF"}

func (c *checker) checkColors() {
	for _, name := range slices.Sorted(maps.Keys(c.design.file.Colors)) {
		if v := c.design.file.Colors[name]; !colorPattern.MatchString(v) {
			c.fault("colors."+name, "design.color", v)
		}
	}
}

// color checks a reference to a colour.
func (c *checker) color(path, name string) {
	if _, ok := c.design.lookup(name); !ok {
		c.fault(path, "design.color", name)
	}
}

// lookup finds a colour by name, or one that is written out.
func (d *Design) lookup(name string) (pdf.Color, bool) {
	if v, ok := d.file.Colors[name]; ok {
		name = v
	} else if v, ok := fixedColors[name]; ok {
		name = v
	}
	if !colorPattern.MatchString(name) {
		return pdf.Color{}, false
	}
	n, err := strconv.ParseUint(name[1:], 16, 32)
	return pdf.Color{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n)}, err == nil
}

func (d *Design) color(name string) pdf.Color {
	found, _ := d.lookup(name)
	return found
}

// checkStyles follows what styles are like, and keeps them whole.
func (c *checker) checkStyles() {
	f := &c.design.file
	if len(f.Styles) > mostStyles {
		c.fault("styles", "design.too_many", len(f.Styles), mostStyles)
		return
	}
	c.design.styles = map[string]styleSpec{}
	for _, name := range slices.Sorted(maps.Keys(f.Styles)) {
		path := "styles." + name
		whole, ok := c.whole(path, name)
		if !ok {
			continue
		}
		c.design.styles[name] = whole
		if _, ok := styles()[whole.Face]; !ok {
			c.fault(path+".face", "design.choice", whole.Face, "sans, bold, serif, mono")
		}
		c.color(path+".color", whole.Color)
		c.checkSizes(path+".sizes", whole.Sizes)
		c.within(path+".leading", float64(whole.Leading), 90, 250)
		c.within(path+".track", whole.Track, -1, 20)
		c.within(path+".before", whole.Before, 0, 40)
		if h := whole.Han; h != nil {
			if h.Sizes != nil {
				c.checkSizes(path+".han.sizes", h.Sizes)
			}
			c.within(path+".han.track", h.Track, -1, 30)
			if h.Leading != 0 {
				c.within(path+".han.leading", float64(h.Leading), 90, 250)
			}
		}
	}
}

// whole merges a style with those it is like, and refuses a circle.
func (c *checker) whole(path, name string) (styleSpec, bool) {
	chain := []string{name}
	s := c.design.file.Styles[name]
	for like := s.Like; like != ""; {
		base, ok := c.design.file.Styles[like]
		if !ok {
			c.fault(path+".like", "design.style", like)
			return s, false
		}
		if slices.Contains(chain, like) {
			c.fault(path+".like", "design.cycle", strings.Join(append(chain, like), " → "))
			return s, false
		}
		chain = append(chain, like)
		s, like = s.merge(base), base.Like
	}
	return s, true
}

func (c *checker) checkSizes(path string, sizes []sizeSpec) {
	if len(sizes) == 0 || len(sizes) > 6 {
		c.fault(path, "design.range", len(sizes), 1, 6)
	}
	for i, s := range sizes {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.within(at+".from", s.From, leastType, mostType)
		c.within(at+".to", s.To, leastType, s.From)
		c.within(at+".lines", float64(s.Lines), 1, 8)
	}
}

func (c *checker) within(path string, v, least, most float64) {
	if v < least || v > most || math.IsNaN(v) {
		c.fault(path, "design.range", v, least, most)
	}
}

// style checks a reference; empty is allowed where it is not required.
func (c *checker) style(path, name string, required bool) {
	if _, ok := c.design.styles[name]; !ok && (name != "" || required) {
		c.fault(path, "design.style", name)
	}
}

// box checks that a box is there and lies on the page.
func (c *checker) box(path string, b *boxSpec, edge float64) bool {
	if b == nil {
		c.fault(path, "design.missing", "box")
		return false
	}
	page := c.design.file.Page
	if b.W <= 0 || b.H < 0 {
		c.fault(path, "design.box", b.W, b.H)
		return false
	}
	if b.X < edge || b.Y < edge || b.X+b.W > page.Width-edge+0.001 || b.Y+b.H > page.Height-edge+0.001 {
		c.fault(path, "design.off_page", edge, page.Width-edge, page.Height-edge)
		return false
	}
	return true
}

func (c *checker) checkArt(path string, a artSpec) {
	kind, ok := artKinds()[a.Draw]
	if !ok {
		c.fault(path+".draw", "design.choice", a.Draw, strings.Join(slices.Sorted(maps.Keys(artKinds())), ", "))
		return
	}
	c.kinds(path+".for", a.For)
	c.when(path, a.When)
	needs, takes := strings.Fields(kind.needs), strings.Fields(kind.takes)
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("json")
		set := !v.Field(i).IsZero()
		switch {
		case key == "draw" || key == "for" || key == "when":
		case !set && slices.Contains(needs, key):
			c.fault(path+"."+key, "design.missing", key)
			return
		case set && !slices.Contains(needs, key) && !slices.Contains(takes, key):
			c.fault(path+"."+key, "design.not_for", key, a.Draw, strings.Join(append(needs, takes...), ", "))
			return
		}
	}
	for key, name := range map[string]string{"color": a.Color, "second": a.Second, "fill": a.Fill} {
		if name != "" {
			c.color(path+"."+key, name)
		}
	}
	if a.Box != nil {
		c.box(path+".box", a.Box, 0)
	} else {
		around := a.around()
		c.box(path, &around, 0)
	}
	c.within(path+".line", a.Line, 0, 6)
	if a.Draw == "braid" {
		c.within(path+".band", a.Band, leastBand, 20)
	}
	c.within(path+".count", float64(a.Count), 0, 200)
	c.within(path+".lines", float64(a.Lines), 0, 24)
	c.within(path+".size", a.Size, 0, 40)
	if a.Draw == "micro" {
		c.within(path+".size", a.Size, 1, 8)
		c.wording(path+".say", a.Say, false)
	}
}

// curves is about how many pieces of curve the art takes: a design must not
// make the file large or the program slow.
func (a artSpec) curves() int {
	switch a.Draw {
	case "rosette":
		return 6 * max(a.Count, 12) * max(a.Lines, 6)
	case "waves":
		return 8 * max(a.Count, 4) * max(a.Lines, 8)
	case "braid":
		arch := max(a.Band, leastBand) * 0.9
		if a.Count > 0 && a.Box != nil {
			arch = min(arch, max(a.Box.W/float64(a.Count), 0.1))
		}
		if a.Box == nil {
			return 0
		}
		return int(4 * (a.Box.W + a.Box.H) / arch * float64(max(a.Lines, 2)))
	case "laurel":
		return 8 * max(a.Count, 8)
	}
	return 100
}

// around is the box of art that has a centre.
func (a artSpec) around() boxSpec {
	switch {
	case a.Box != nil:
		return *a.Box
	case a.R > 0:
		return boxSpec{a.X - a.R, a.Y - a.R, 2 * a.R, 2 * a.R}
	case a.Draw == "divider":
		return boxSpec{a.X - a.W/2, a.Y - 2.4, a.W, 4.2}
	}
	return boxSpec{a.X, a.Y, a.W, 0}
}

func (c *checker) when(path, when string) {
	if !slices.Contains(conditions, when) {
		c.fault(path+".when", "design.choice", when, strings.Join(conditions[1:], ", "))
	}
}

// elementKeys are the keys of each kind of element besides kind, about, for,
// when and box; those in front of the bar are needed.
var elementKeys = map[string]string{
	"text":        "texts | align place tag",
	"facts":       "columns row rows label value | gap second code also",
	"signatories": "name office | gap share align rule second term also",
	"qr":          "least module | long_names",
	"image":       "image | else align",
}

func (c *checker) checkElement(path string, e elementSpec) {
	keys, ok := elementKeys[e.Kind]
	if !ok {
		c.fault(path+".kind", "design.choice", e.Kind, "facts, image, qr, signatories, text")
		return
	}
	c.kinds(path+".for", e.For)
	c.when(path, e.When)
	need, may, _ := strings.Cut(keys, "|")
	v := reflect.ValueOf(e)
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("json")
		set := !v.Field(i).IsZero()
		switch {
		case slices.Contains([]string{"kind", "about", "for", "when", "box"}, key):
		case !set && slices.Contains(strings.Fields(need), key):
			c.fault(path+"."+key, "design.missing", key)
			return
		case set && !slices.Contains(strings.Fields(keys), key):
			c.fault(path+"."+key, "design.not_for", key, e.Kind, strings.Join(strings.Fields(need+may), ", "))
			return
		}
	}
	if !c.box(path+".box", e.Box, edges[c.design.file.Medium]) {
		return
	}
	c.choice(path+".align", e.Align, "", "left", "center", "right")
	c.choice(path+".place", e.Place, "", "top", "middle", "bottom")
	c.choice(path+".tag", e.Tag, "", "P", "H1", "H2")
	switch e.Kind {
	case "text":
		c.checkTexts(path, e)
	case "facts":
		c.checkFacts(path, e)
	case "signatories":
		c.checkSignatories(path, e)
	case "qr":
		c.checkQR(path, e)
	case "image":
		c.choice(path+".image", e.Image, "logo", "seal")
		for i, a := range e.Else {
			c.checkArt(fmt.Sprintf("%s.else[%d]", path, i), a)
		}
	}
}

func (c *checker) choice(path, v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		c.fault(path, "design.choice", v, strings.Trim(strings.Join(allowed, ", "), ", "))
	}
}

func (c *checker) checkTexts(path string, e elementSpec) {
	if len(e.Texts) > mostTexts {
		c.fault(path+".texts", "design.too_many", len(e.Texts), mostTexts)
	}
	for i, t := range e.Texts {
		at := fmt.Sprintf("%s.texts[%d]", path, i)
		c.style(at+".style", t.Style, true)
		c.style(at+".second", t.Second, false)
		c.when(at, t.When)
		sources := 0
		for _, there := range []bool{t.Say != "", t.Words != nil, t.Pattern != ""} {
			if there {
				sources++
			}
		}
		if sources != 1 {
			c.fault(at, "design.one_source")
			continue
		}
		kinds := c.kindsOf(e.For)
		always := e.When == "" && t.When == ""
		switch {
		case t.Say != "":
			if c.wording(at+".say", t.Say, true) && always {
				c.says(kinds, t.Say)
			}
		case t.Words != nil:
			for _, lang := range certtext.Languages {
				if t.Words[lang] == "" {
					c.fault(at+".words."+lang, "design.missing", lang)
				}
				c.pattern(at+".words."+lang, t.Words[lang])
			}
			for _, lang := range slices.Sorted(maps.Keys(t.Words)) {
				if !slices.Contains(certtext.Languages, lang) {
					c.fault(at+".words."+lang, "design.choice", lang, strings.Join(certtext.Languages, ", "))
				}
			}
			if always {
				c.prints(kinds, t.Words["zh"], t.Words["en"], t.Words["ru"])
			}
		default:
			c.pattern(at+".pattern", t.Pattern)
			if always {
				c.prints(kinds, t.Pattern)
			}
		}
	}
}

// kindsOf is what an element is for.
func (c *checker) kindsOf(kinds []string) []string {
	if len(kinds) == 0 {
		return c.design.file.Kinds
	}
	return kinds
}

// wording checks a key of the catalogue of wordings.
func (c *checker) wording(path, say string, mayBeEmpty bool) bool {
	area, key, _ := strings.Cut(say, ".")
	if area == "kind" && mayBeEmpty && slices.Contains([]string{"title", "lead", "body", "note", "foot"}, key) {
		return true
	}
	for _, w := range c.words {
		if wordingOf(w, registry.CredentialKind(c.design.file.Kinds[0]), say) == "" {
			c.fault(path, "design.wording", say)
			return false
		}
	}
	return true
}

// pattern checks the fields of a text.
func (c *checker) pattern(path, pattern string) {
	if n := len([]rune(pattern)); n > mostText {
		c.fault(path, "design.too_many", n, mostText)
	}
	for _, m := range fieldPattern.FindAllStringSubmatch(pattern, -1) {
		if !slices.Contains(knownFields, m[1]) {
			c.fault(path, "design.field", m[1], strings.Join(knownFields, ", "))
		}
	}
	if strings.Count(pattern, "{") != strings.Count(pattern, "}") || strings.Count(pattern, "[") != strings.Count(pattern, "]") {
		c.fault(path, "design.brackets")
	}
}

// says notes that a wording is printed, and with it the fields that it has in
// every language.
func (c *checker) says(kinds []string, say string) {
	for _, kind := range kinds {
		var all []string
		for _, w := range c.words {
			all = append(all, wordingOf(w, registry.CredentialKind(kind), say))
		}
		if c.said[kind] == nil {
			continue
		}
		if all[0] != "" {
			c.said[kind][say] = true
		}
		c.prints([]string{kind}, all...)
	}
}

// prints notes fields that all of the patterns print.
func (c *checker) prints(kinds []string, patterns ...string) {
	for _, field := range knownFields {
		everywhere := true
		for _, p := range patterns {
			everywhere = everywhere && (strings.Contains(p, "{"+field+"}") || strings.Contains(p, "{+"+field+"}"))
		}
		for _, kind := range kinds {
			if everywhere && c.said[kind] != nil {
				c.said[kind]["{"+field+"}"] = true
			}
		}
	}
}

func (c *checker) checkFacts(path string, e elementSpec) {
	c.style(path+".label", e.Label, true)
	c.style(path+".value", e.Value, true)
	c.style(path+".second", e.Second, false)
	c.style(path+".also", e.Also, false)
	c.style(path+".code", e.Code, false)
	width := -e.Gap
	for _, w := range e.Columns {
		width += w + e.Gap
	}
	if width > e.Box.W+0.001 {
		c.fault(path+".columns", "design.columns", width, e.Box.W)
	}
	if float64(len(e.Rows))*e.Row > e.Box.H+0.001 {
		c.fault(path+".rows", "design.rows", len(e.Rows), e.Row, e.Box.H)
	}
	for i, row := range e.Rows {
		for n, f := range row {
			at := fmt.Sprintf("%s.rows[%d][%d]", path, i, n)
			c.wording(at+".label", "label."+f.Label, false)
			c.style(at+".value", f.Value, false)
			c.kinds(at+".for", f.For)
			if f.Code != "" {
				c.pattern(at+".code", f.Code)
				c.style(path+".code", e.Code, true)
			}
			if !c.wording(at+".say", f.Say, false) || e.When != "" {
				continue
			}
			for _, kind := range c.kindsOf(e.For) {
				if len(f.For) == 0 || slices.Contains(f.For, kind) {
					c.says([]string{kind}, f.Say)
					c.prints([]string{kind}, f.Code)
				}
			}
		}
		for _, kind := range c.kindsOf(e.For) {
			n := 0
			for _, f := range row {
				if len(f.For) == 0 || slices.Contains(f.For, kind) {
					n++
				}
			}
			if n > len(e.Columns) {
				c.fault(fmt.Sprintf("%s.rows[%d]", path, i), "design.too_many", n, len(e.Columns))
			}
		}
	}
}

func (c *checker) checkSignatories(path string, e elementSpec) {
	c.style(path+".name", e.Name, true)
	c.style(path+".office", e.Office, true)
	c.style(path+".second", e.Second, false)
	c.style(path+".term", e.Term, false)
	c.style(path+".also", e.Also, false)
	c.within(path+".share", float64(e.Share), 0, maxSignatories)
	if w := (e.Box.W - 2*e.Gap) / 3; w < 18 {
		c.fault(path+".box.w", "design.narrow", w, 18)
	}
	if e.When == "" {
		for _, kind := range c.kindsOf(e.For) {
			c.said[kind]["signatories"] = true
		}
	}
}

func (c *checker) checkQR(path string, e elementSpec) {
	if c.qr != nil {
		c.fault(path, "design.one_qr")
		return
	}
	c.qr = e.Box
	if e.When != "" || len(e.For) > 0 {
		c.fault(path, "design.qr_always")
	}
	if math.Abs(e.Box.W-e.Box.H) > 0.001 {
		c.fault(path+".box", "design.qr_square", e.Box.W, e.Box.H)
	}
	c.within(path+".module", e.Module, leastModule, 2)
	if e.Long != 0 {
		c.within(path+".long_names", e.Long, leastModule, e.Module)
	}
	// Version 15 of the code, which holds the longest record, has 77 modules
	// and 4 of quiet zone on each side.
	module := e.Module
	if e.Long != 0 {
		module = e.Long
	}
	if need := module * (77 + 8); e.Box.W < need {
		c.fault(path+".box.w", "design.qr_small", e.Box.W, math.Ceil(need*10)/10)
	}
	c.within(path+".least", e.Least, 20, e.Box.W)
	for _, kind := range c.design.file.Kinds {
		c.said[kind]["qr"] = true
	}
}

// checkQuiet keeps everything out of the code's box, its quiet zone included.
func (c *checker) checkQuiet() {
	if c.qr == nil {
		return
	}
	for i, e := range c.design.file.Elements {
		if e.Kind != "qr" && overlap(*e.Box, *c.qr) {
			c.fault(fmt.Sprintf("elements[%d].box", i), "design.qr_quiet")
		}
	}
	for i, a := range c.design.file.Art {
		switch a.Draw {
		case "panel", "waves", "rosette": // the code has its own white ground
		case "frame", "braid", "corners", "twigs":
			if band := max(a.Band, a.Size); overlap(*a.Box, *c.qr) && !inside(*c.qr, *a.Box, band) {
				c.fault(fmt.Sprintf("art[%d].box", i), "design.qr_quiet")
			}
		default:
			if overlap(a.around(), *c.qr) {
				c.fault(fmt.Sprintf("art[%d]", i), "design.qr_quiet")
			}
		}
	}
}

func overlap(a, b boxSpec) bool {
	const touch = 0.01
	return a.X+a.W > b.X+touch && b.X+b.W > a.X+touch && a.Y+a.H > b.Y+touch && b.Y+b.H > a.Y+touch
}

// inside reports whether a lies in b and away from b's edge.
func inside(a, b boxSpec, edge float64) bool {
	return a.X >= b.X+edge && a.Y >= b.Y+edge && a.X+a.W <= b.X+b.W-edge && a.Y+a.H <= b.Y+b.H-edge
}

// checkContrast asks of every text the contrast of WCAG 2.2, 1.4.3, to all that
// it may stand on: 4.5, or 3 for large type.
func (c *checker) checkContrast() {
	f := &c.design.file
	for i, e := range f.Elements {
		grounds := []string{"white"}
		for _, a := range f.Art {
			if a.Draw == "panel" && overlap(*a.Box, *e.Box) {
				if inside(*e.Box, *a.Box, -0.01) {
					grounds = nil
				}
				grounds = append(grounds, a.Fill)
			}
		}
		path := fmt.Sprintf("elements[%d]", i)
		names := map[string]string{"label": e.Label, "second": e.Second, "code": e.Code, "value": e.Value, "also": e.Also, "name": e.Name, "office": e.Office, "term": e.Term}
		for n, t := range e.Texts {
			names[fmt.Sprintf("texts[%d].style", n)], names[fmt.Sprintf("texts[%d].second", n)] = t.Style, t.Second
		}
		for _, key := range slices.Sorted(maps.Keys(names)) {
			if s, ok := c.design.styles[names[key]]; ok {
				c.contrast(path+"."+key, s, grounds)
			}
		}
	}
}

func (c *checker) contrast(path string, s styleSpec, grounds []string) {
	need := 4.5
	if s.Sizes[len(s.Sizes)-1].To >= 18 {
		need = 3
	}
	for _, ground := range grounds {
		a, b := luminance(c.design.color(s.Color)), luminance(c.design.color(ground))
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < need {
			c.fault(path, "design.contrast", s.Color, ground, math.Floor(ratio*10)/10, need)
			return
		}
	}
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(c pdf.Color) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// must is what a certificate cannot do without; the demonstration's mark is
// added by the program and cannot be left out.
func must(medium Medium, kind string) []string {
	list := []string{"{name}", "{number}", "{code}", "{host}", "{course}", "kind.title", "qr"}
	if medium == Paper {
		list = append(list, "{latin}", "{issuer}", "{issued}", "signatories")
		if kind != string(registry.Honour) {
			list = append(list, "{base}", "{credits}", "{last4}")
		}
	}
	switch registry.CredentialKind(kind) {
	case registry.Competence:
		list = append(list, "{until}")
		if medium == Paper {
			list = append(list, "{hours}", "{practical}", "{dates}", "{theory}", "{inperson}")
		}
	case registry.Instructor:
		list = append(list, "{until}")
	case registry.Attendance:
		list = append(list, "kind.note")
		if medium == Paper {
			list = append(list, "{hours}", "{dates}")
		}
	case registry.Honour:
		list = append(list, "kind.note")
	}
	return list
}

func (c *checker) checkComplete() {
	for _, kind := range c.design.file.Kinds {
		for _, what := range must(c.design.file.Medium, kind) {
			if !c.said[kind][what] {
				c.fault("elements", "design.must", what, kind)
			}
		}
	}
}
