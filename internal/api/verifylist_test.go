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
	asked := []string{strings.ToLower(one), "7K3Q-D9XM", string(code(1)), other, "https://verify.example/list/" + one}
	a := w.do("", "POST", "/api/v1/verify/list", object{"codes": asked}, "Accept-Language", "zh").want(200)
	if strings.Contains(string(a.Body), "7K3Q") {
		t.Errorf("what is no code comes back: %s", a.Body)
	}
	items := a.json()["items"].([]any)
	if len(items) != len(asked) {
		t.Fatalf("%d answers to %d codes", len(items), len(asked))
	}
	for i, want := range []struct{ code, status, problem string }{{one, "valid", ""}, {"", "", "code.mistyped"}, {string(code(1)), "not_found", ""}, {other, "valid", ""}, {"", "", "record.scan"}} {
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

// TestAListTakesWhatPeopleHave asks about each text in a list and alone: whatever
// leads to a code gets the same answer by both doors, its record checked.
func TestAListTakesWhatPeopleHave(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(3)
	var qrs []string
	for _, c := range list {
		qrs = append(qrs, must(w.s.Issue.QR(w.credential(c["number"].(string)))))
	}
	gone := w.credential(list[2]["number"].(string))
	w.do("approver", "POST", "/api/v1/credentials/"+string(gone.Number)+"/suspend", object{"note": "DEMO"}).want(200)
	one := list[0]["code"].(string)
	link, digits, _ := strings.Cut(qrs[0], "#")
	_, others, _ := strings.Cut(qrs[1], "#")
	last := "1"
	if strings.HasSuffix(digits, last) {
		last = "2"
	}
	rows := []struct{ name, text, alone, want, reason string }{
		{"a code", one, "code", "valid", ""},
		{"a code as it is printed", " " + strings.ToLower(registry.Code(one).String()) + " ", "code", "valid", ""},
		{"a code with letters that are digits", strings.NewReplacer("0", "o", "1", "l").Replace(one), "code", "valid", ""},
		{"a link", link, "qr", "valid", ""},
		{"a link in capitals", strings.ToUpper(link), "qr", "valid", ""},
		{"a whole QR text", qrs[0], "qr", "valid", ""},
		{"a QR text of what is suspended", qrs[2], "qr", "suspended", "status.suspended"},
		{"the record of another", link + "#" + others, "qr", "altered", "record.signature"},
		{"an altered record", qrs[0][:len(qrs[0])-1] + last, "qr", "altered", "record.signature"},
		{"a damaged record", link + "#12x", "", "could_not_check", "record.unreadable"},
		{"a foreign address", "https://bait.example/v/" + one + "#" + digits, "qr", "could_not_check", "origin.foreign"},
		{"a link to what was never issued", origin + "/v/" + string(code(1)), "qr", "not_found", "status.not_found"},
		{"a link without a scheme", strings.TrimPrefix(link, "https://"), "", "valid", ""},
	}
	var asked []string
	for _, r := range rows {
		asked = append(asked, r.text)
	}
	items := w.do("", "POST", "/api/v1/verify/list", object{"codes": asked}).want(200).json()["items"].([]any)
	for i, r := range rows {
		item := items[i].(object)
		status, _ := item["status"].(string)
		if status != r.want || r.reason != "" && reasonOf(item) != r.reason {
			t.Errorf("%s: %s (%s), want %s (%s)", r.name, status, reasonOf(item), r.want, r.reason)
		}
		if r.alone == "" {
			continue
		}
		alone := w.do("", "POST", "/api/v1/verify", object{r.alone: r.text}).json()
		if alone["status"] != item["status"] || alone["verdict"] != item["verdict"] || reasonOf(alone) != reasonOf(item) {
			t.Errorf("%s: %v (%s) alone, %v (%s) in the list", r.name, alone["status"], reasonOf(alone), item["status"], reasonOf(item))
		}
	}
}

// reasonOf is the code of the first reason.
func reasonOf(a object) string {
	if list, ok := a["reasons"].([]any); ok && len(list) > 0 {
		return list[0].(object)["code"].(string)
	}
	return ""
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
	_, list := w.issued(1)
	w.do("", "POST", path, object{"codes": []any{list[0]["code"]}}).want(200) // what is there is told all the same
	for body, want := range map[string]string{`[]`: "checklist.form", `{}`: "checklist.none", `{"codes":[]}`: "checklist.none", `{"codes":"x"}`: "request.type", `{"codes":["A",null]}`: "request.type", `{"codes":[1]}`: "request.type", `{"code":"x"}`: "request.unknown_field"} {
		fresh := newWorld(t)
		fresh.do("", "POST", path, body).want(422, want)
		if body == `[]` {
			fresh.do("", "POST", path, `{"codes":[1]}`).want(422, "request.type")
			fresh.do("", "POST", path, `{"codes":[],"codes":[]}`).want(400, "request.duplicate_key")
			fresh.do("", "POST", path, `{"codes":["`+strings.Repeat("x", 1<<20)+`"]}`).want(413)
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
