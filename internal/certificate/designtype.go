package certificate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/pdf"
)

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

// style checks a reference; empty is allowed where it is not required.
func (c *checker) style(path, name string, required bool) {
	if _, ok := c.design.styles[name]; !ok && (name != "" || required) {
		c.fault(path, "design.style", name)
	}
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
