package certificate

import "strings"

// fields are the strings that patterns are filled with.
type fields map[string]string

// fill puts fields into a pattern (see package certtext).
func (f fields) fill(pattern string) string {
	var out strings.Builder
	for pattern != "" {
		open := strings.IndexByte(pattern, '[')
		if open < 0 {
			break
		}
		end := strings.IndexByte(pattern[open:], ']')
		if end < 0 {
			break
		}
		text, _ := f.part(pattern[:open])
		out.WriteString(text)
		if text, complete := f.part(pattern[open+1 : open+end]); complete {
			out.WriteString(text)
		}
		pattern = pattern[open+end+1:]
	}
	text, _ := f.part(pattern)
	out.WriteString(text)
	return out.String()
}

// part fills one part; it is complete if all its conditions hold.
func (f fields) part(pattern string) (text string, complete bool) {
	var out strings.Builder
	complete = true
	for {
		open := strings.IndexByte(pattern, '{')
		end := strings.IndexByte(pattern, '}')
		if open < 0 || end < open {
			out.WriteString(pattern)
			return out.String(), complete
		}
		out.WriteString(pattern[:open])
		name := pattern[open+1 : end]
		switch {
		case strings.HasPrefix(name, "+"):
			complete = complete && f[name[1:]] != ""
		case strings.HasPrefix(name, "-"):
			complete = complete && f[name[1:]] == ""
		default:
			complete = complete && f[name] != ""
			out.WriteString(f[name])
		}
		pattern = pattern[end+1:]
	}
}
