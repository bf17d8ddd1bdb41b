package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestAListOfCodesIsAnsweredInItsOrder(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(2)
	one, other := list[0]["code"].(string), list[1]["code"].(string)
	asked := []string{strings.ToLower(one), "7K3Q-D9XM", string(code(1)), other, "https://verify.example/v/" + one}
	a := w.do("", "POST", "/api/v1/verify/list", object{"codes": asked}, "Accept-Language", "zh").want(200)
	if strings.Contains(string(a.Body), "7K3Q") {
		t.Errorf("what is no code comes back: %s", a.Body)
	}
	items := a.json()["items"].([]any)
	if len(items) != len(asked) {
		t.Fatalf("%d answers to %d codes", len(items), len(asked))
	}
	for i, want := range []struct{ code, status, problem string }{{one, "valid", ""}, {"", "", "code.mistyped"}, {string(code(1)), "not_found", ""}, {other, "valid", ""}, {"", "", "code.mistyped"}} {
		item := items[i].(object)
		text := func(name string) string { s, _ := item[name].(string); return s }
		problem := ""
		if e, ok := item["error"].(object); ok {
			problem, _ = e["code"].(string)
		}
		if text("code") != want.code || text("status") != want.status || problem != want.problem || item["row"] != float64(i+1) {
			t.Errorf("row %d: %v, want %+v", i+1, item, want)
		}
		if c, ok := item["credential"].(object); ok {
			for _, name := range []string{"id_last4", "base_contact", "class_starts_on"} {
				if _, has := c[name]; has {
					t.Errorf("a short answer has %s", name)
				}
			}
		}
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Language") != "zh" {
		t.Errorf("headers: %v", a.Header)
	}
}

func TestAListOfCodesHasItsForm(t *testing.T) {
	w := newWorld(t)
	const path = "/api/v1/verify/list"
	many := make([]string, 1001)
	for i := range many {
		many[i] = string(registry.NewCode([10]byte{0, 0, byte(i), byte(i >> 8), 7}))
	}
	w.do("", "POST", path, object{"codes": many}).want(413, "checklist.many")
	w.do("", "POST", path, object{"codes": many[:1000]}).want(200)
	w.do("", "POST", path, object{"codes": many[:1]}).want(429) // a thousand guesses are paid for
	for body, want := range map[string]string{`[]`: "checklist.form", `{}`: "checklist.none", `{"codes":[]}`: "checklist.none", `{"codes":"x"}`: "request.type", `{"codes":["A",null]}`: "request.type", `{"codes":[1]}`: "request.type", `{"code":"x"}`: "request.unknown_field"} {
		fresh := newWorld(t)
		fresh.do("", "POST", path, body).want(422, want)
		if body == `[]` {
			fresh.do("", "POST", path, `{"codes":[1]}`).want(422, "request.type")
			fresh.do("", "POST", path, `{"codes":[],"codes":[]}`).want(400, "request.duplicate_key")
			fresh.do("", "POST", path, `{"codes":["`+strings.Repeat("x", 70_000)+`"]}`).want(413)
		}
	}
}

func TestAListWithoutAStoreIsCouldNotCheck(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	if err := w.s.DB.Close(); err != nil {
		t.Fatal(err)
	}
	a := w.do("", "POST", "/api/v1/verify/list", object{"codes": []string{list[0]["code"].(string), string(code(1)), "x"}}).want(503)
	if a.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to come again")
	}
	for i, item := range a.json()["items"].([]any) {
		if got := fmt.Sprint(item.(object)["status"]); i < 2 && got != string(registry.StatusCouldNotCheck) {
			t.Errorf("row %d: %s", i+1, got)
		}
	}
}
