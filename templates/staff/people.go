package staff

import (
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

// People is the list of people that the reader may see.
type People struct {
	Frame
	Tabs                []RegisterTab
	Search, Class, Base string
	Bases               []ui.Option
	Filtered            bool
	Twins               int        // pairs that may be one person
	Asked               int        // merges that wait for a second person
	MergeOf             *PersonRow // whose other record is looked for
	Rows                []PersonRow
	Pages               ui.Pages
	Export              Export
}

// clear is the list without a filter.
func (l People) clear() string {
	if l.MergeOf != nil {
		return peoplePath + "?merge=" + l.MergeOf.ID
	}
	return peoplePath
}

// PersonRow is one person of a list, with ids masked.
type PersonRow struct {
	ID, URL, Name, Latin, Last4, Born, Phone, Org string
}

// Export offers the file of what a filter shows. Without an address none is
// offered.
type Export struct {
	URL, Text     string
	Keep          []Kept // the filter
	MayWhole      bool   // the reader may take whole names out, with a reason
	AlwaysWhole   bool   // there is no masked form
	Whole, Reason string
	Error, Fix    string
}

// Kept is a value that a form carries along.
type Kept struct{ Name, Value string }

// Twins are pairs of records that may be of one person.
type Twins struct {
	Frame
	Asked []TwinPair // that somebody asked to merge
	Pairs []TwinPair
}

// TwinPair is one of them.
type TwinPair struct {
	A, B              PersonRow
	Compare, Distinct string // Distinct is empty where the reader may not say so
	Told              string // who asked that they are merged, when and why
}

// Person is somebody with his history.
type Person struct {
	Frame
	ID, URL, Name             string
	Version                   int64
	Facts                     []FactLine
	History                   PersonHistory
	Changes                   []Event
	Twins                     []PersonRow
	CanEdit                   bool
	Find                      string // where the other record of the same person is looked for
	NewName, NewLatin, Reason string
	Wrong                     map[string]Refusal // of the form for another name
}

func (v Person) field(name, key, value string, required bool) ui.Input {
	in := ui.Input{P: v.P, Name: name, Label: v.P.T(key), Value: value, Required: required, MaxLength: 200, Autocomplete: "off", Error: v.Wrong[name].Message, Fix: v.Wrong[name].Fix}
	if v.P.Has(key + ".hint") {
		in.Hint, in.MaxLength = v.P.T(key+".hint"), 500
	}
	return in
}

// PersonHistory is where somebody learned and what came of it.
type PersonHistory struct {
	Classes     []PersonClass
	Credentials []PersonCredential
	Elsewhere   int
	Codes       bool // told with the certificates
}

// PersonClass is somebody's part in a class.
type PersonClass struct {
	URL, Code, Course, Base, Dates string
	As                             string // his name there, where it is another
	Outcome                        registry.Outcome
	Withdrawn                      bool
}

// PersonCredential is a certificate of somebody.
type PersonCredential struct {
	CertificateRow
	Code string
}

// Merge is the preview of taking one record into another.
type Merge struct {
	Frame
	URL, Swap, Once string
	Keep, Gone      Person
	Doubts          []string
	Barred          *Refusal     // why it cannot be done
	Second          *MergeSecond // two people decide; nil: one does
	Result, Reason  string
	Wrong           [2]string
}

// MergeSecond says how far a merge of records whose ids differ has come.
type MergeSecond struct {
	Asked    string // who asked, when and why; "" while nobody did
	Own      bool   // the reader did
	Turned   string // where the request leads if it was for the other way round
	MayGrant []string
	More     int // that are not named
}

// mayDo reports whether there is something left for the reader to do here.
func (m Merge) mayDo() bool {
	return m.Barred == nil && (m.Second == nil || !m.Second.Own && m.Second.Turned == "" && (m.Second.Asked != "" || len(m.Second.MayGrant) > 0))
}

// deed is where the form goes, and the key of its button.
func (m Merge) deed() (url, key string) {
	switch {
	case m.Second == nil:
		return m.URL, "people.merge.do"
	case m.Second.Asked == "":
		return m.URL + "/ask", "people.merge.ask"
	}
	return m.URL, "people.merge.grant"
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
