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
func Line(source []byte, path string) int {
	places := map[string]int{}
	index(source, places)
	for path != "" {
		if at, ok := places[path]; ok {
			return 1 + bytes.Count(source[:at], []byte("\n"))
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}

// index notes where each value of the file begins, as far as it can be read.
func index(source []byte, places map[string]int) {
	d := json.NewDecoder(bytes.NewReader(source))
	d.UseNumber()
	value(d, "", places)
}

func value(d *json.Decoder, path string, places map[string]int) bool {
	t, err := d.Token()
	if err != nil {
		return false
	}
	end := int(d.InputOffset())
	if path != "" {
		places[path] = end
	}
	switch t {
	case json.Delim('{'):
		for d.More() {
			key, err := d.Token()
			name, ok := key.(string)
			if err != nil || !ok {
				return false
			}
			if path != "" {
				name = path + "." + name
			}
			if !value(d, name, places) {
				return false
			}
		}
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if !value(d, path+"["+strconv.Itoa(i)+"]", places) {
				return false
			}
		}
	default:
		return true
	}
	_, err = d.Token()
	return err == nil
}
