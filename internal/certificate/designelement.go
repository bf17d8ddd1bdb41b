package certificate

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

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
