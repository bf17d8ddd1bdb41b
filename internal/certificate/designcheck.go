package certificate

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

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

func (c *checker) within(path string, v, least, most float64) {
	if v < least || v > most || math.IsNaN(v) {
		c.fault(path, "design.range", v, least, most)
	}
}

func (c *checker) when(path, when string) {
	if !slices.Contains(conditions, when) {
		c.fault(path+".when", "design.choice", when, strings.Join(conditions[1:], ", "))
	}
}

func (c *checker) choice(path, v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		c.fault(path, "design.choice", v, strings.Trim(strings.Join(allowed, ", "), ", "))
	}
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
