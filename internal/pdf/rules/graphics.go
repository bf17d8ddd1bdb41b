package rules

import (
	"encoding/binary"
	"slices"
)

// graphicsRules are those of what is drawn.
var graphicsRules = []Rule{
	{pdfa + "6.2.2", "content streams have the standard's operators only, whole, with their own resources", contentStreams},
	{pdfa + "6.2.3", "one output intent for PDF/A, with a valid ICC profile whose colours N counts", outputIntent},
	{pdfa + "6.2.4.2", "profiles of ICCBased colour spaces are valid", iccSpaces},
	{pdfa + "6.2.4.3", "device colours are those of the output intent", deviceColours},
	{pdfa + "6.2.5", "extended graphics states have no transfer functions and no halftone names", graphicsStates},
	{pdfa + "6.2.6", "rendering intents are the four standard ones", renderingIntents},
	{pdfa + "6.2.8", "images have no alternates, no OPI and no interpolation", images},
	{pdfa + "6.2.9", "there are no reference and PostScript objects to draw", xobjects},
	{pdfa + "6.2.10", "blend modes are standard; transparency has a colour space to blend in", transparency},
}

func contentStreams(d *document, report reporter) {
	for _, p := range d.pages {
		for _, op := range p.unknown {
			report(p.name(), "operator %q is not in ISO 32000-1", op)
		}
		for _, what := range p.wrong {
			report(p.name(), "%s", what)
		}
		if d.dict(d.objects[p.number].value)["Resources"] == nil {
			report(p.name(), "the page has no resources of its own")
		}
		for _, o := range p.forms {
			if d.dict(o.value)["Resources"] == nil {
				report(objectName(o.number), "the form has no resources of its own")
			}
		}
	}
}

// intent is the PDF/A output intent's profile; components is 0 without one.
func (d *document) intent() (profile *object, components int) {
	for _, one := range d.array(d.catalog["OutputIntents"]) {
		if i := d.dict(one); d.name(i["S"]) == "GTS_PDFA1" {
			if profile = d.stream(i["DestOutputProfile"]); profile != nil {
				return profile, d.int(d.dict(profile.value)["N"])
			}
		}
	}
	return nil, 0
}

func outputIntent(d *document, report reporter) {
	profile, n := d.intent()
	if profile == nil {
		report("catalog", "there is no output intent GTS_PDFA1 with a profile")
		return
	}
	for _, one := range d.array(d.catalog["OutputIntents"]) {
		i := d.dict(one)
		if i["DestOutputProfileRef"] != nil {
			report("catalog", "an output intent has DestOutputProfileRef")
		}
		if o := d.stream(i["DestOutputProfile"]); o != nil && o != profile {
			report("catalog", "output intents have two profiles")
		}
		if d.text(i["OutputConditionIdentifier"]) == "" {
			report("catalog", "an output intent has no OutputConditionIdentifier")
		}
	}
	space, ok := checkProfile(profile, []string{"prtr", "mntr"}, report)
	if ok && map[string]int{"GRAY": 1, "RGB ": 3, "CMYK": 4}[space] != n {
		report(objectName(profile.number), "N is %d, but the profile's colours are %q", n, space)
	}
}

// checkProfile reads an ICC profile's header and table of tags (ICC.1:2001-04).
func checkProfile(o *object, classes []string, report reporter) (space string, ok bool) {
	be, b, where := binary.BigEndian, o.decoded, objectName(o.number)
	if o.err != nil || len(b) < 132 {
		report(where, "the ICC profile is missing or short")
		return "", false
	}
	if int(be.Uint32(b)) != len(b) {
		report(where, "the ICC profile says that it has %d bytes and has %d", be.Uint32(b), len(b))
	}
	if b[8] < 2 || b[8] > 4 || string(b[36:40]) != "acsp" {
		report(where, "the ICC profile is not one of version 2 to 4")
	}
	if !slices.Contains(classes, string(b[12:16])) {
		report(where, "the ICC profile is of class %q", b[12:16])
	}
	tags := map[string]bool{}
	for i := range int(be.Uint32(b[128:])) {
		at := 132 + 12*i
		if at+12 > len(b) || uint64(be.Uint32(b[at+4:]))+uint64(be.Uint32(b[at+8:])) > uint64(len(b)) {
			report(where, "a tag of the ICC profile lies outside of it")
			return "", false
		}
		tags[string(b[at:at+4])] = true
	}
	need := []string{"desc", "cprt", "wtpt"}
	switch space = string(b[16:20]); space {
	case "RGB ":
		if !tags["A2B0"] {
			need = append(need, "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC")
		}
	case "GRAY":
		need = append(need, "kTRC")
	case "CMYK":
		need = append(need, "A2B0", "B2A0")
	default:
		report(where, "the ICC profile's colours are %q", space)
	}
	for _, tag := range need {
		if !tags[tag] {
			report(where, "the ICC profile has no %q", tag)
		}
	}
	return space, true
}

func iccSpaces(d *document, report reporter) {
	visit := func(v any) {
		list, ok := v.([]any)
		if !ok || len(list) < 2 || list[0] != name("ICCBased") {
			return
		}
		o := d.stream(list[1])
		if o == nil {
			report("", "an ICCBased colour space has no profile")
			return
		}
		if space, ok := checkProfile(o, []string{"prtr", "mntr", "scnr", "spac"}, report); ok &&
			map[string]int{"GRAY": 1, "RGB ": 3, "Lab ": 3, "CMYK": 4}[space] != d.int(d.dict(o.value)["N"]) {
			report(objectName(o.number), "N does not count the profile's colours %q", space)
		}
	}
	for _, i := range d.order {
		visit(d.objects[i].value)
	}
	d.walk(func(_ string, v dict) {
		for _, one := range v {
			visit(one)
		}
	})
}

func deviceColours(d *document, report reporter) {
	_, n := d.intent()
	for _, p := range d.pages {
		for _, c := range []struct {
			space name
			ok    bool
		}{{"DeviceRGB", n == 3}, {"DeviceCMYK", n == 4}, {"DeviceGray", n > 0}} {
			if p.colours[c.space] && !c.ok {
				report(p.name(), "%s is used, which the output intent does not define", c.space)
			}
		}
	}
}

// states calls visit with every extended graphics state of the file.
func (d *document) states(visit func(where string, s dict)) {
	d.walk(func(where string, v dict) {
		if v["Type"] == name("ExtGState") {
			visit(where, v)
		}
		for _, one := range d.dict(v["ExtGState"]) {
			visit(where, d.dict(one))
		}
	})
}

func graphicsStates(d *document, report reporter) {
	d.states(func(where string, s dict) {
		if s["TR"] != nil || s["HTP"] != nil || s["TR2"] != nil && d.name(s["TR2"]) != "Default" {
			report(where, "a graphics state has a transfer function or HTP")
		}
		half := d.dict(s["HT"])
		if len(half) > 0 && (half["HalftoneName"] != nil || d.int(half["HalftoneType"]) != 1 && d.int(half["HalftoneType"]) != 5) {
			report(where, "a halftone is of another type than 1 and 5, or has a name")
		}
	})
}

var intents = []name{"RelativeColorimetric", "AbsoluteColorimetric", "Perceptual", "Saturation"}

func renderingIntents(d *document, report reporter) {
	one := func(where string, n name) {
		if !slices.Contains(intents, n) {
			report(where, "the rendering intent is %q", n)
		}
	}
	for _, p := range d.pages {
		for _, n := range p.intents {
			one(p.name(), n)
		}
	}
	d.states(func(where string, s dict) {
		if s["RI"] != nil {
			one(where, d.name(s["RI"]))
		}
	})
	d.images(func(o *object, v dict) {
		if v["Intent"] != nil {
			one(objectName(o.number), d.name(v["Intent"]))
		}
	})
}

// images calls visit with every image of the file.
func (d *document) images(visit func(o *object, v dict)) {
	for _, i := range d.order {
		if o := d.objects[i]; o.isStream && d.name(o.value.(dict)["Subtype"]) == "Image" {
			visit(o, o.value.(dict))
		}
	}
}

func images(d *document, report reporter) {
	d.images(func(o *object, v dict) {
		for _, key := range []name{"Alternates", "OPI"} {
			if v[key] != nil {
				report(objectName(o.number), "the image has %s", key)
			}
		}
		if v["Interpolate"] != nil && v["Interpolate"] != false {
			report(objectName(o.number), "the image is interpolated")
		}
		if v["BitsPerComponent"] != nil && !slices.Contains([]int{1, 2, 4, 8, 16}, d.int(v["BitsPerComponent"])) {
			report(objectName(o.number), "the image has %d bits for a colour", d.int(v["BitsPerComponent"]))
		}
	})
}

func xobjects(d *document, report reporter) {
	for _, i := range d.order {
		v, _ := d.objects[i].value.(dict)
		switch {
		case !d.objects[i].isStream:
		case d.name(v["Subtype"]) == "PS" || d.name(v["Subtype2"]) == "PS" || v["PS"] != nil:
			report(objectName(i), "it is PostScript")
		case d.name(v["Subtype"]) == "Form" && (v["Ref"] != nil || v["OPI"] != nil):
			report(objectName(i), "the form stands for content in another file")
		}
	}
}

var blendModes = []name{"Normal", "Compatible", "Multiply", "Screen", "Overlay", "Darken", "Lighten", "ColorDodge", "ColorBurn", "HardLight",
	"SoftLight", "Difference", "Exclusion", "Hue", "Saturation", "Color", "Luminosity"}

func transparency(d *document, report reporter) {
	d.states(func(where string, s dict) {
		modes := d.array(s["BM"])
		if modes == nil && s["BM"] != nil {
			modes = []any{s["BM"]}
		}
		for _, m := range modes {
			if !slices.Contains(blendModes, d.name(m)) {
				report(where, "the blend mode is %q", d.name(m))
			}
		}
	})
	if _, n := d.intent(); n > 0 {
		return
	}
	for _, p := range d.pages {
		if d.transparent(p) && d.dict(p.dict["Group"])["CS"] == nil {
			report(p.name(), "there is transparency, and neither an output intent nor a group's colour space to blend in")
		}
	}
}

// transparent reports whether anything of the page lets what is below shine through.
func (d *document) transparent(p *page) bool {
	for _, s := range p.states {
		for _, key := range []name{"ca", "CA"} {
			if v, ok := d.number(s[key]); ok && v < 1 {
				return true
			}
		}
		if s["SMask"] != nil && d.name(s["SMask"]) != "None" || s["BM"] != nil && d.name(s["BM"]) != "Normal" {
			return true
		}
	}
	return slices.ContainsFunc(p.images, func(o *object) bool { return d.dict(o.value)["SMask"] != nil })
}
