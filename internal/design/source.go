package design

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// setField replaces the value of a field of the outermost object and leaves
// everything else as it is written; ok is false where there is no such field.
func setField(source []byte, name, value string) (changed []byte, ok bool) {
	d := json.NewDecoder(bytes.NewReader(source))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return source, false
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return source, false
		}
		var old json.RawMessage
		if err := d.Decode(&old); err != nil {
			return source, false
		}
		if key == name {
			end := int(d.InputOffset())
			return slices.Concat(source[:end-len(old)], []byte(value), source[end:]), true
		}
	}
	return source, false
}

// Line is the line, from 1, on which the value with the path stands in the file
// ("elements[3].box.w"), or the nearest thing around it; 0 if nothing is known.
// It walks along the path alone: what a hostile file nests beside it, however
// deep, is read over and takes no memory.
func Line(source []byte, path string) int {
	s := seeker{file: json.NewDecoder(bytes.NewReader(source))}
	s.seek(path, false)
	if s.at == 0 {
		return 0
	}
	return 1 + bytes.Count(source[:s.at], []byte("\n"))
}

// seeker goes through a file after one path.
type seeker struct {
	file *json.Decoder
	at   int // behind the first token of the last value on the way
}

// seek reads one value and goes after the rest of the path in it; false where the
// file breaks off or cannot be read.
func (s *seeker) seek(rest string, onWay bool) bool {
	t, err := s.file.Token()
	if err != nil {
		return false
	}
	if onWay {
		s.at = int(s.file.InputOffset())
	}
	bracket, nested := t.(json.Delim)
	if !nested {
		return true
	}
	for i := 0; s.file.More(); i++ {
		step := "[" + strconv.Itoa(i) + "]"
		if bracket == '{' {
			key, err := s.file.Token()
			name, ok := key.(string)
			if err != nil || !ok {
				return false
			}
			step = name
		}
		after, on := further(rest, step)
		if on && !s.seek(after, true) || !on && !s.over() {
			return false
		}
	}
	_, err = s.file.Token()
	return err == nil
}

// over reads over a value; encoding/json refuses one that is nested too deeply.
func (s *seeker) over() bool {
	var value json.RawMessage
	return s.file.Decode(&value) == nil
}

// further is what is left of a path behind a step; on is false if the path does
// not begin with it.
func further(path, step string) (rest string, on bool) {
	rest, on = strings.CutPrefix(path, step)
	if !on || step == "" || rest == "" || rest[0] == '[' {
		return rest, on && step != ""
	}
	return strings.CutPrefix(rest, ".")
}
