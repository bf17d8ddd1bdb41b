package pages

import (
	"encoding/json"
	"html"
	"unicode/utf8"
)

// appendHTML writes a value as templ does in text and attributes.
func appendHTML(b []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '<', '>', '&', '\'', '"':
			return append(b, html.EscapeString(s)...)
		}
	}
	return append(b, s...)
}

// appendScript writes a value as templ.JSONScript does inside a string, or where it
// is a number.
func appendScript(b []byte, s string) []byte {
	if asItIs(s) {
		return append(b, s...)
	}
	quoted, err := json.Marshal(s)
	if err != nil { // a string has nothing to fail
		return b
	}
	return append(b, quoted[1:len(quoted)-1]...)
}

// asItIs tells whether JSON that stands in HTML has the text without an escape.
func asItIs(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		case c == 0xe2: // U+2028 and U+2029 begin so, which end a line of a script
			return false
		}
	}
	return utf8.ValidString(s)
}
