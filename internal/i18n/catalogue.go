package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
)

//go:embed catalog
var files embed.FS

// text is one message: its plural forms by CLDR category ("one", "few", "many",
// "other"). A message without plural forms has "other" alone.
type text map[string]string

// UnmarshalJSON reads a plain string or an object of plural forms.
func (t *text) UnmarshalJSON(b []byte) error {
	var plain string
	if json.Unmarshal(b, &plain) == nil {
		*t = text{"other": plain}
		return nil
	}
	var forms map[string]string
	if err := json.Unmarshal(b, &forms); err != nil {
		return err
	}
	*t = forms
	return nil
}

// catalogue is every message of one language by its key.
type catalogue map[string]text

// load reads catalog/<lang>/*.json for every language. It reads what it can:
// one broken file costs its own texts, and the error tells which.
func load(fsys fs.FS) (map[Lang]catalogue, error) {
	all := map[Lang]catalogue{}
	var faults []error
	for _, l := range Langs {
		c := catalogue{}
		names, err := fs.Glob(fsys, path.Join("catalog", string(l), "*.json"))
		faults = append(faults, err)
		for _, name := range names {
			faults = append(faults, c.read(fsys, name))
		}
		if l == Chinese {
			c.typeset()
		}
		all[l] = c
	}
	return all, errors.Join(faults...)
}

// read adds the texts of one file; a key belongs to one file alone.
func (c catalogue) read(fsys fs.FS, name string) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	var texts map[string]text
	if err := json.Unmarshal(b, &texts); err != nil {
		return fmt.Errorf("parse catalogue %s: %w", name, err)
	}
	var faults []error
	for key, t := range texts {
		if _, twice := c[key]; twice {
			faults = append(faults, fmt.Errorf("parse catalogue %s: %q is in another file too", name, key))
			continue
		}
		c[key] = t
	}
	return errors.Join(faults...)
}

// typeset gives every text of a Chinese catalogue its proper punctuation, so
// that those who write catalogues may type what their keyboard has.
func (c catalogue) typeset() {
	for _, t := range c {
		for form, s := range t {
			t[form] = typeset(s)
		}
	}
}

// catalogues are the embedded texts, read once. They are part of the program:
// that they load without an error is a test's business, not a reader's.
var catalogues = sync.OnceValue(func() map[Lang]catalogue {
	all, _ := load(files)
	return all
})
