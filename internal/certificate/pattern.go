package certificate

import "strings"

// fields are the strings that patterns are filled with.
type fields map[string]string

// fill puts fields into a pattern (see package certtext).
func (f fields) fill(pattern string) string { return string(f.append(nil, pattern)) }

// append is fill to the end of o.
func (f fields) append(o []byte, pattern string) []byte {
	for pattern != "" {
		open := strings.IndexByte(pattern, '[')
		if open < 0 {
			break
		}
		end := strings.IndexByte(pattern[open:], ']')
		if end < 0 {
			break
		}
		o, _ = f.part(o, pattern[:open])
		if with, complete := f.part(o, pattern[open+1:open+end]); complete {
			o = with
		}
		pattern = pattern[open+end+1:]
	}
	o, _ = f.part(o, pattern)
	return o
}

// part fills one part; it is complete if all its conditions hold.
func (f fields) part(o []byte, pattern string) (_ []byte, complete bool) {
	complete = true
	for {
		open := strings.IndexByte(pattern, '{')
		end := strings.IndexByte(pattern, '}')
		if open < 0 || end < open {
			return append(o, pattern...), complete
		}
		o = append(o, pattern[:open]...)
		name := pattern[open+1 : end]
		switch {
		case strings.HasPrefix(name, "+"):
			complete = complete && f[name[1:]] != ""
		case strings.HasPrefix(name, "-"):
			complete = complete && f[name[1:]] == ""
		default:
			complete = complete && f[name] != ""
			o = append(o, f[name]...)
		}
		pattern = pattern[end+1:]
	}
}
