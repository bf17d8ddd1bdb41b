package verify

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// thin is what an answer needs of a credential: what its status is computed
// from, and what it shows, as JSON.
type thin struct {
	registry.Standing
	recordKey string
	base      string
	version   int64
	shown     []byte // the members of registry.Shown
}

// errPlain says that the credential is to be read the long way: it has no facts of
// its own, or links to others, which are read with it.
var errPlain = errors.New("no facts that are an answer by themselves")

// thinOf keeps what an answer needs of the facts.
func thinOf(f store.Facts) (*thin, error) {
	if f.SupersededBy != "" || f.RenewedBy != "" {
		return nil, errPlain
	}
	t := &thin{Standing: f.Standing, recordKey: strings.Clone(f.RecordKey), base: strings.Clone(f.Base), version: f.Version}
	t.State = registry.State(strings.Clone(string(f.State)))
	t.shown = appendShown(make([]byte, 0, len(f.What)+len(f.Days)+len(f.Name)+len(f.LatinName)+len(f.Contact)+256), f)
	return t, nil
}

// appendShown writes what registry.Shown says; a test holds the two together.
func appendShown(b []byte, f store.Facts) []byte {
	add := func(name, json string) { b = append(append(b, name...), json...) }
	say := func(name, text string) { b = quoted(append(b, name...), text) }
	say(`{"number":`, string(f.Number))
	add(`,"kind":`, f.Kind)
	say(`,"name":`, f.Name)
	if f.LatinName != "" {
		say(`,"latin_name":`, f.LatinName)
	}
	if f.IDLast4 != "" {
		say(`,"id_last4":`, f.IDLast4)
	}
	add(`,`, f.What)
	if f.Contact != "" {
		say(`,"base_contact":`, f.Contact)
	}
	add(`,`, f.Days)
	if f.State != registry.StateIssued {
		say(`,"status_since":`, f.StateSince.Format(time.RFC3339Nano))
		if f.Reason != "" {
			say(`,"status_reason":`, f.Reason)
		}
	}
	add(`,"superseded_by":`, "null")
	if f.Demo {
		add(`,"demo":`, "true")
	}
	return append(b, '}')
}

// quoted appends a JSON string.
func quoted(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' {
			return escaped(b, s)
		}
	}
	if !utf8.ValidString(s) {
		return escaped(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

func escaped(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // a string has nothing to fail
		return append(b, `""`...)
	}
	return append(b, text...)
}
