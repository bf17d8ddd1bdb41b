package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// What only the server decides cannot be sent, under any spelling; the row stays
// as it is.
func TestServerOwnedFieldsAreRefused(t *testing.T) {
	w := newWorld(t)
	id := w.class()
	tag := w.do("trainerA", "GET", "/api/v1/classes/"+id, nil).want(200).Header.Get("ETag")
	for _, field := range []string{"status", "approved_by", "base", "course", "id", "code", "version", "created_by", "flags", "Venue", "VENUE", "demo", "submitted_by", "nonsense"} {
		w.do("trainerA", "PATCH", "/api/v1/classes/"+id, object{field: "issued", "venue": "Hall"}, "If-Match", tag).want(422, "request.invalid")
	}
	for _, field := range []string{"status", "approved_by", "id", "code", "issued_at"} {
		body := w.classBody("SJZ", "trainerA")
		body[field] = "x"
		a := w.do("trainerA", "POST", "/api/v1/classes", body).want(422, "request.invalid")
		if item := a.json()["errors"].([]any)[0].(object); item["field"] != field || item["code"] != "request.unknown_field" || item["fix"] == "" {
			t.Errorf("%s: %v", field, item)
		}
	}
	for _, field := range []string{"id", "passed_by", "name_key"} {
		w.do("trainerA", "POST", "/api/v1/classes/"+id+"/results", object{"results": []object{{"enrolment": "x", "kind": "theory", field: "x"}}}).want(422)
	}
	for _, raw := range []string{`{"venue":"a","venue":"b"}`, `{"sessions":[{"on":"2026-11-20","on":"2026-11-21","minutes":60}]}`} {
		w.do("trainerA", "PATCH", "/api/v1/classes/"+id, raw, "If-Match", tag).want(400, "request.duplicate_key")
	}
	for _, raw := range []string{`{"venue":`, `{"venue":"a"} {"venue":"b"}`, strings.Repeat("[", 100_000)} {
		w.do("trainerA", "PATCH", "/api/v1/classes/"+id, raw, "If-Match", tag).want(400, "request.json")
	}
	w.do("trainerA", "PATCH", "/api/v1/classes/"+id, "venue=a", "If-Match", tag, "Content-Type", "application/x-www-form-urlencoded").want(415)
	w.do("trainerA", "PATCH", "/api/v1/classes/"+id, "", "If-Match", tag).want(400, "request.empty")
	w.do("trainerA", "GET", "/api/v1/classes?stauts=open", nil).want(422)
	if got := w.do("trainerA", "GET", "/api/v1/classes/"+id, nil).want(200); got.Header.Get("ETag") != tag {
		t.Errorf("the refused edits changed the class: %s", got.Body)
	}
}

func TestRefusalsRepeatNoValue(t *testing.T) {
	w := newWorld(t)
	id := w.class()
	for _, a := range []answer{
		w.do("", "POST", "/api/v1/session", object{"email": "CANARY@demo.example", "password": "CANARY-password"}),
		w.do("", "POST", "/api/v1/session", object{"email": "CANARY@demo.example", "password": strings.Repeat("CANARY", 200)}),
		w.do("", "POST", "/api/v1/session", object{"email": []string{"CANARY"}, "password": 5}),
		w.do("", "POST", "/api/v1/session", `{"email":"CANARY","email":"CANARY"}`),
		w.do("", "POST", "/api/v1/session", `{"email":"CANARY"`),
		w.do("trainerA", "POST", "/api/v1/classes", object{"course": "CANARY-CANARY", "base": "CANARY-CANARY"}),
		w.do("trainerA", "POST", "/api/v1/classes/"+id+"/results", object{"results": []object{{"enrolment": "x", "kind": "CANARY"}}}),
		w.do("trainerA", "GET", "/api/v1/classes?limit=CANARY", nil),
		w.do("trainerA", "GET", "/api/v1/classes?cursor=CANARY", nil),
		w.do("", "GET", "/api/v1/verify/CANARY", nil),
		w.do("", "POST", "/api/v1/verify", object{"qr": "CANARY"}),
		w.do("", "POST", "/api/v1/verify", object{"number": "CANARY", "name": "CANARY"}),
		w.do("", "GET", "/my/CANARY/certificate.pdf", nil),
		w.do("", "GET", "/keys/CANARY", nil),
		w.do("", "GET", "/credentials/CANARY", nil),
		w.do("", "GET", "/CANARY", nil),
	} {
		if a.Code < 400 || a.Code >= 500 || strings.Contains(string(a.Body), "CANARY") {
			t.Errorf("%s: %d %s", a.what, a.Code, a.Body)
		}
	}
	if strings.Contains(w.log.String(), "CANARY") {
		t.Error("the log holds what was refused")
	}
}

func TestErrorsNameRowAndField(t *testing.T) {
	w := newWorld(t)
	id := w.class()
	a := w.do("trainerA", "POST", "/api/v1/classes/"+id+"/results", object{"results": []object{{"enrolment": "x", "kind": "theory"}, {"enrolment": "x", "kind": "theory", "score": 101}, {"kind": "skills"}}},
		"Accept-Language", "ru").want(422)
	got := map[string]string{}
	for _, v := range a.json()["errors"].([]any) {
		m := v.(object)
		got[fmt.Sprint(m["row"], m["field"])] = m["code"].(string)
	}
	want := map[string]string{"2results.score": "request.too_great", "3results.enrolment": "request.missing_field"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("errors %v, want %v", got, want)
	}
	if a.Header.Get("Content-Language") != "ru" || !strings.Contains(a.text("detail"), "Ошибок") {
		t.Errorf("not in Russian: %s", a.Body)
	}
}

func TestEditsSayWhatTheySaw(t *testing.T) {
	w := newWorld(t)
	id := w.class()
	path := "/api/v1/classes/" + id
	w.do("trainerA", "PATCH", path, object{"venue": "Hall"}).want(428, "request.if_match")
	for _, tag := range []string{`"v9"`, `W/"v1"`, `v1`, `*`, `"v0"`, `"v1", "v2"`} {
		w.do("trainerA", "PATCH", path, object{"venue": "Hall"}, "If-Match", tag).want(412, "class.stale")
	}
	edited := w.do("trainerA", "PATCH", path, object{"venue": "Hall"}, "If-Match", `"v1"`).want(200)
	if edited.Header.Get("ETag") != `"v2"` || edited.text("venue") != "Hall" || edited.text("setting") != "hospital" {
		t.Errorf("edited: ETag %s, %s", edited.Header.Get("ETag"), edited.Body)
	}
}

func TestOneOfManyEditsWins(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/classes/" + w.class()
	w.token("trainerA")
	codes := parallel(100, func(i int) int {
		return w.do("trainerA", "PATCH", path, object{"venue": fmt.Sprint("Hall ", i)}, "If-Match", `"v1"`).Code
	})
	if codes[200] != 1 || codes[412] != 99 {
		t.Errorf("100 edits of one version: %v", codes)
	}
}

// parallel runs f n times at once and counts what it returns.
func parallel(n int, f func(i int) int) map[int]int {
	var mu sync.Mutex
	var wait sync.WaitGroup
	counts := map[int]int{}
	for i := range n {
		wait.Go(func() {
			code := f(i)
			mu.Lock()
			counts[code]++
			mu.Unlock()
		})
	}
	wait.Wait()
	return counts
}
