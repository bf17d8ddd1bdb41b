// Package rules checks a PDF against clauses of PDF/A-3 (ISO 19005-3, levels A,
// B and U), PDF/UA-1 (ISO 14289-1) and of the standard below both, ISO 32000-1.
// It reads the file with a reader of its own, which shares nothing with what
// wrote it.
//
// It is no validator: it knows the clauses in its table and the kind of file
// that Passmuster writes (one revision, a cross-reference stream, Flate,
// composite TrueType fonts), and reports what it cannot read instead of passing
// it. Clauses are named as in the veraPDF validation profiles. Tests use it; the
// program does not, and a file that passes may still not claim conformance.
package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// Finding is one breach of a clause.
type Finding struct {
	Clause string // "ISO 19005-3, 6.1.2"
	Says   string // what is wrong, in English
	Where  string // "object 12", "page 1", "" for the file as a whole
}

func (f Finding) String() string {
	if f.Where == "" {
		return f.Clause + ": " + f.Says
	}
	return f.Clause + ": " + f.Where + ": " + f.Says
}

// Rule is a clause that is checked.
type Rule struct {
	Clause  string
	Demands string // in one line
	check   func(d *document, report reporter)
}

// reporter notes a breach of the rule that is being checked.
type reporter func(where, format string, args ...any)

// document is a file with all that the rules ask of it, read once.
type document struct {
	*file
	catalog dict
	fonts   map[int]*font
	pages   []*page
	tree    *tree // nil: none
}

const (
	pdfa   = "ISO 19005-3, "
	pdfua  = "ISO 14289-1, "
	pdfISO = "ISO 32000-1, "
)

// Rules are the clauses that Check knows, in the order of the standards.
func Rules() []Rule {
	return slices.Concat(fileRules, graphicsRules, fontRules, interactiveRules, metadataRules, structureRules, accessRules)
}

// Check returns every breach of the rules in a file; none where it keeps all of
// them. It never panics, whatever the file is.
func Check(data []byte) []Finding {
	f, err := read(data)
	if err != nil {
		return []Finding{{Clause: pdfISO + "7.5", Says: "the file cannot be taken apart: " + err.Error()}}
	}
	d := &document{file: f, catalog: f.dict(f.trailer["Root"]), fonts: f.fonts()}
	if d.pages, err = f.pages(d.fonts); err != nil {
		return []Finding{{Clause: pdfISO + "7.7.3", Says: err.Error()}}
	}
	d.tree = f.structure()
	var found []Finding
	for _, r := range Rules() {
		r.check(d, func(where, format string, args ...any) {
			found = append(found, Finding{r.Clause, fmt.Sprintf(format, args...), where})
		})
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Clause, b.Clause) })
	return slices.Compact(found)
}

func objectName(n int) string { return fmt.Sprintf("object %d", n) }

func (p *page) name() string { return fmt.Sprintf("page %d", p.place) }

// repeat reports findings that the reader made.
func repeat(list []Finding, report reporter) {
	for _, f := range list {
		report(f.Where, "%s", f.Says)
	}
}
