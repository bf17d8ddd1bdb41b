// Package registry holds the words and the rules of the credential registry.
// It does no I/O and reads no clock: every rule is a function of its
// arguments, so it gives the same answer to everyone who asks.
package registry

// ID names an entity for ever: a UUIDv7 in its text form, made by the store.
type ID string

// Text is one string in several languages, keyed by BCP 47 tag ("zh", "en",
// "ru"). A missing language falls back, see In.
type Text map[string]string

// In returns the text in the first of the languages that it has, else in
// English, Chinese or Russian, else whatever there is (the smallest tag), else "".
func (t Text) In(langs ...string) string {
	for _, l := range langs {
		if s := t[l]; s != "" {
			return s
		}
	}
	for _, l := range []string{"en", "zh", "ru"} {
		if s := t[l]; s != "" {
			return s
		}
	}
	first, found := "", ""
	for tag, s := range t {
		if s != "" && (first == "" || tag < first) {
			first, found = tag, s
		}
	}
	return found
}
