// Package certtext holds the wording of certificates: every text on paper, by
// language and kind of credential. A pattern's {field} is filled from the
// credential; a part in [brackets] is left out where one of its fields is
// empty; {+field} and {-field} print nothing and ask for the field to be there
// or not to be. Russian needs no declension: names stand in the nominative.
package certtext

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed *.json
var files embed.FS

// Languages that certificates are worded in.
var Languages = []string{"zh", "en", "ru"}

// Wording is everything that one language says on paper.
type Wording struct {
	Lang       string            `json:"lang"`    // BCP 47, for the file's tags
	Decimal    string            `json:"decimal"` // between a number's whole and its fraction
	Months     [12]string        `json:"months"`
	Date       string            `json:"date"`        // {d} {m} {y}
	RangeMonth string            `json:"range_month"` // both days in one month: {d} {d2} {m} {y}
	RangeYear  string            `json:"range_year"`  // in one year
	Range      string            `json:"range"`       // {d} {m} {y} {d2} {m2} {y2}
	Term       string            `json:"term"`        // of office: {y} {y2}
	TermFrom   string            `json:"term_from"`   // {y}: it has no end yet
	TermUntil  string            `json:"term_until"`  // {y2}: nobody said when it began
	Labels     map[string]string `json:"labels"`
	Cells      map[string]string `json:"cells"` // patterns of the facts
	Seal       string            `json:"seal"`
	SealRing   string            `json:"seal_ring"`
	Kinds      map[string]Kind   `json:"kinds"` // by registry.CredentialKind
}

// Kind is what a certificate of one kind says.
type Kind struct {
	Title string `json:"title"`
	Lead  string `json:"lead"` // above the name
	Body  string `json:"body"` // below it
	Note  string `json:"note"` // what it does not prove
	Foot  string `json:"foot"`
}

// In returns the wording in one of Languages.
func In(lang string) (*Wording, error) {
	data, err := files.ReadFile(lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("no certificate wording in %q: %w", lang, err)
	}
	w := &Wording{}
	if err := json.Unmarshal(data, w); err != nil {
		return nil, fmt.Errorf("read certificate wording %q: %w", lang, err)
	}
	return w, nil
}

//go:embed designs/*.json
var designs embed.FS

// Designs returns the built-in designs as they are written down, by name. How
// to read one is said in docs/templates.md.
func Designs() [][]byte {
	list, err := designs.ReadDir("designs")
	if err != nil {
		return nil
	}
	var out [][]byte
	for _, f := range list {
		if data, err := designs.ReadFile("designs/" + f.Name()); err == nil {
			out = append(out, data)
		}
	}
	return out
}
