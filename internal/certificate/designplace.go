package certificate

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

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
