package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// errDuplicate refuses an object with one name twice: two readers of it could
// take two different values (RFC 8259 §4).
var errDuplicate = errors.New("duplicate key")

// errEncoding refuses text that is not UTF-8 (RFC 8259 §8.1), and half of a
// surrogate pair (§8.2): a decoder makes U+FFFD of it, and the name that is then
// looked up is not the one that was asked about.
var errEncoding = errors.New("not UTF-8")

// maxDepth is how deep a body may nest.
const maxDepth = 32

// format reads and writes JSON for huma.
var format = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if err := checkJSON(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}

// checkJSON accepts one JSON value, not nested too deep, without an object that
// has a name twice, all of it Unicode.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) || halfPair(data) {
		return errEncoding
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}

// halfPair finds an escape of half a surrogate pair. Outside of strings JSON has
// no backslash.
func halfPair(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		r, ok := escape(data[i:])
		i++ // also over an escaped backslash
		if !ok || !utf16.IsSurrogate(r) {
			continue
		}
		low, _ := escape(data[i+5:])
		if utf16.DecodeRune(r, low) == utf8.RuneError {
			return true
		}
		i += 10
	}
	return false
}

// escape reads \uXXXX at the beginning of data.
func escape(data []byte) (rune, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(v), err == nil
}

func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return errors.New("nested too deep")
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			key, _ := name.(string)
			if seen[key] {
				return errDuplicate
			}
			seen[key] = true
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing bracket
	return err
}
