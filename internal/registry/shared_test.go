package registry_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// TestSnapshotsShareAllButThePersonsOwn changes each field in turn, so that a
// new one is not forgotten.
func TestSnapshotsShareAllButThePersonsOwn(t *testing.T) {
	own := []string{"Number", "Code", "Subject", "Name", "LatinName", "IDLast4", "Salt", "Status"}
	full := func() *registry.Snapshot {
		s := &registry.Snapshot{Signatories: []registry.Signatory{{}}, Languages: []string{""}}
		fill(reflect.ValueOf(s).Elem(), false)
		return s
	}
	if !full().Shares(full()) {
		t.Fatal("equal snapshots share nothing")
	}
	kind := reflect.TypeFor[registry.Snapshot]()
	for i := range kind.NumField() {
		other := full()
		fill(reflect.ValueOf(other).Elem().Field(i), true)
		name := kind.Field(i).Name
		if got, want := full().Shares(other), slices.Contains(own, name); got != want {
			t.Errorf("another %s: shares %v, want %v", name, got, want)
		}
	}
	nested := map[string]func(s *registry.Snapshot){
		"title":              func(s *registry.Snapshot) { s.Course.Title = registry.Text{"en": "other"} },
		"base in a language": func(s *registry.Snapshot) { s.Base.Name = registry.Text{"zh": "text"} },
		"signatory's office": func(s *registry.Snapshot) { s.Signatories[0].Title = registry.Text{"en": "other"} },
		"a signatory more":   func(s *registry.Snapshot) { s.Signatories = append(s.Signatories, registry.Signatory{}) },
		"class ends":         func(s *registry.Snapshot) { s.Class.EndsOn = registry.NewDate(2020, 1, 1) },
	}
	for name, change := range nested {
		other := full()
		change(other)
		if full().Shares(other) {
			t.Errorf("%s: not noticed", name)
		}
	}
}

// fill sets every field to something, or to something else.
func fill(v reflect.Value, other bool) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
		if other {
			at = at.Add(time.Second)
		}
		v.Set(reflect.ValueOf(at))
		return
	case v.Kind() == reflect.Map:
		text := registry.Text{"en": "text"}
		if other {
			text["en"] = "other"
		}
		v.Set(reflect.ValueOf(text))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(map[bool]string{false: "text", true: "other"}[other])
	case reflect.Int:
		v.SetInt(map[bool]int64{false: 7, true: 8}[other])
	case reflect.Bool:
		v.SetBool(other)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), other)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), other)
		}
	}
}
