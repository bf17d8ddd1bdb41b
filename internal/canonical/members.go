package canonical

import "strings"

// Members calls take with the name and the JSON of each member of an object, in
// their order, and reports whether it was one, without spaces (RFC 8785). Names
// with escapes are not ours.
func Members(s string, take func(name, value string) bool) bool {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return false
	}
	for i := 1; i < len(s)-1; {
		if s[i] != '"' {
			return false
		}
		colon := i + 1 + strings.IndexByte(s[i+1:], '"') + 1
		if colon == i+1 || colon >= len(s) || s[colon] != ':' {
			return false
		}
		end := value(s, colon+1)
		if end < 0 || end > len(s)-1 || s[end] != ',' && end != len(s)-1 || !take(s[i+1:colon-1], s[colon+1:end]) {
			return false
		}
		if end == len(s)-2 { // a comma, and nothing after it
			return false
		}
		i = end + 1
	}
	return true
}

// value returns where the JSON value that begins at i ends, -1 where it does not.
func value(s string, i int) int {
	for depth := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			if i = quote(s, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// quote returns where the string that begins at i has its closing mark.
func quote(s string, i int) int {
	for i++; i < len(s); i++ {
		j := strings.IndexByte(s[i:], '"')
		if j < 0 {
			return -1
		}
		k := strings.IndexByte(s[i:i+j], '\\')
		if k < 0 {
			return i + j
		}
		i += k + 1 // what is escaped
	}
	return -1
}
