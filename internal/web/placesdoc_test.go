package web_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// What programs are given of bases and courses is what the document of the API
// describes: every member is one of the type that stands there.
func TestProgramsGetThePublicTypes(t *testing.T) {
	w := newWorld(t)
	read := func(path string, out any) {
		t.Helper()
		raw := map[string]any{}
		w.program(t, path, &raw)
		b, err := json.Marshal(raw)
		if err == nil {
			err = json.Unmarshal(b, out)
		}
		if err != nil {
			t.Fatal(err)
		}
		again, back := map[string]any{}, []byte(nil)
		if back, err = json.Marshal(out); err == nil {
			err = json.Unmarshal(back, &again)
		}
		if err != nil || !reflect.DeepEqual(raw, again) {
			t.Errorf("%s: %v is not %v: %v", path, raw, again, err)
		}
	}
	read("/bases", &struct {
		Items []registry.PublicBase `json:"items"`
	}{})
	read("/bases/SJZ", &registry.PublicBase{})
	read("/courses", &struct {
		Items []registry.PublicCourse `json:"items"`
	}{})
	read("/courses/CPR1", &registry.PublicCourse{})
}
