package certificate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// strict reads JSON into Go values and says of everything that does not belong
// where it is: "elements[3].box.w". Nothing is guessed and nothing overlooked:
// a key twice, a key nobody knows and a value of another type are faults.
type strict struct {
	faults []registry.Fault
}

// maxDepth of brackets in a file, and maxKey bytes of a key: what is told about
// a place repeats its path, so a path must stay short.
const (
	maxDepth = 12
	maxKey   = 100
)

// object keeps the keys of a JSON object in their order.
type object struct {
	keys   []string
	values map[string]any
}

func (s *strict) fault(path, code string, args ...any) {
	s.faults = append(s.faults, registry.Fault{Field: path, Code: code, Args: args})
}

// read fills the struct that into points to.
func (s *strict) read(data []byte, into any) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	tree, err := s.value(d, "", 0)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("something follows the closing bracket")
		}
	}
	if err != nil {
		line, column := position(data, int(d.InputOffset()))
		s.fault(fmt.Sprintf("%d:%d", line, column), "design.json", err.Error())
		return
	}
	s.assign(reflect.ValueOf(into).Elem(), tree, "")
}

func position(data []byte, at int) (line, column int) {
	before := data[:min(at, len(data))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

func (s *strict) value(d *json.Decoder, path string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d brackets inside each other", maxDepth)
	}
	token, err := d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return s.object(d, path, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := s.value(d, fmt.Sprintf("%s[%d]", path, len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

func (s *strict) object(d *json.Decoder, path string, depth int) (any, error) {
	o := &object{values: map[string]any{}}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, errors.New("a key is not a text")
		}
		if len(key) > maxKey {
			return nil, fmt.Errorf("a key of more than %d bytes", maxKey)
		}
		v, err := s.value(d, under(path, key), depth+1)
		if err != nil {
			return nil, err
		}
		if _, twice := o.values[key]; twice {
			s.fault(under(path, key), "design.twice")
			continue
		}
		o.keys, o.values[key] = append(o.keys, key), v
	}
	_, err := d.Token()
	return o, err
}

func under(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// assign puts a tree into a value.
func (s *strict) assign(v reflect.Value, tree any, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		s.assign(v.Elem(), tree, path)
	case reflect.Struct:
		s.assignStruct(v, tree, path)
	case reflect.Map:
		o, ok := tree.(*object)
		if !ok {
			s.fault(path, "design.type", "{ }")
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for _, key := range o.keys {
			item := reflect.New(v.Type().Elem()).Elem()
			s.assign(item, o.values[key], under(path, key))
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
		}
	case reflect.Slice:
		list, ok := tree.([]any)
		if !ok {
			s.fault(path, "design.type", "[ ]")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, item := range list {
			s.assign(v.Index(i), item, fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		s.assignPlain(v, tree, path)
	}
}

func (s *strict) assignStruct(v reflect.Value, tree any, path string) {
	o, ok := tree.(*object)
	if !ok {
		s.fault(path, "design.type", "{ }")
		return
	}
	places := map[string]int{}
	var known []string
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("json"); name != "" {
			places[name] = i
			known = append(known, name)
		}
	}
	for _, key := range o.keys {
		i, ok := places[key]
		if !ok {
			slices.Sort(known)
			s.fault(under(path, key), "design.unknown_key", key, strings.Join(known, ", "))
			continue
		}
		s.assign(v.Field(i), o.values[key], under(path, key))
	}
}

func (s *strict) assignPlain(v reflect.Value, tree any, path string) {
	switch v.Kind() {
	case reflect.String:
		if text, ok := tree.(string); ok {
			v.SetString(text)
			return
		}
		s.fault(path, "design.type", `"…"`)
	case reflect.Bool:
		if b, ok := tree.(bool); ok {
			v.SetBool(b)
			return
		}
		s.fault(path, "design.type", "true, false")
	case reflect.Int:
		if n, ok := tree.(json.Number); ok {
			if i, err := strconv.Atoi(n.String()); err == nil {
				v.SetInt(int64(i))
				return
			}
		}
		s.fault(path, "design.type", "12")
	case reflect.Float64:
		if n, ok := tree.(json.Number); ok {
			if f, err := n.Float64(); err == nil {
				v.SetFloat(f)
				return
			}
		}
		s.fault(path, "design.type", "12.5")
	}
}
