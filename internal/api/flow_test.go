package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// The whole way of a class: create, enrol, attendance, marks, submit, approve by
// another person, certificates that anybody verifies.
func TestClassToCertificate(t *testing.T) {
	w := newWorld(t)
	created := w.do("trainerA", "POST", "/api/v1/classes", w.classBody("SJZ", "trainerA")).want(201)
	id := created.text("id")
	if created.Header.Get("Location") != "/api/v1/classes/"+id || created.Header.Get("ETag") != `"v1"` {
		t.Errorf("created class: Location %q, ETag %q", created.Header.Get("Location"), created.Header.Get("ETag"))
	}
	report := w.do("trainerA", "POST", "/api/v1/classes/"+id+"/enrolments", object{"people": []object{
		{"name": "张伟", "id_type": "volunteer", "id": "DEMO-000001"}, {"name": "", "id": "DEMO-000002"}, {"name": "王芳", "id_type": "volunteer", "id": "DEMO-000003"},
	}}).want(200).json()
	if report["enrolled"] != 2.0 || report["rejected"] != 1.0 {
		t.Fatalf("report: %v", report)
	}
	if first := report["errors"].([]any)[0].(object); first["row"] != 2.0 || first["code"] != "name.empty" || first["fix"] == "" {
		t.Errorf("the bad row came back as %v", first)
	}
	if again := w.do("trainerA", "POST", "/api/v1/classes/"+id+"/enrolments", object{"people": []object{{"name": "张伟", "id_type": "volunteer", "id": "DEMO-000001"}}}).want(200).json(); again["unchanged"] != 1.0 {
		t.Errorf("the same person again: %v", again)
	}
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/submit", nil).want(409, "class.pending")
	var marks, results []object
	for _, v := range w.do("trainerA", "GET", "/api/v1/classes/"+id+"/enrolments", nil).want(200).json()["items"].([]any) {
		e := v.(object)["enrolment"]
		marks = append(marks, object{"enrolment": e, "state": "present"})
		results = append(results, object{"enrolment": e, "kind": "theory", "score": 88}, object{"enrolment": e, "kind": "skills", "items": object{"compress": true, "aed": true}})
	}
	w.do("trainerA", "PUT", "/api/v1/classes/"+id+"/attendance", object{"marks": marks}).want(200)
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/results", object{"results": results}).want(200)
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/submit", nil).want(200)
	view := w.do("approver", "GET", "/api/v1/classes/"+id, nil).want(200).json()
	if view["people"] != 2.0 || view["outcomes"].(object)["pass"] != 2.0 || view["decision"] != nil {
		t.Errorf("the approver sees %v", view)
	}
	approval := w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil).want(200).json()
	if approval["total"] != 2.0 || approval["issued"] != 2.0 {
		t.Fatalf("approval: %v", approval)
	}
	number := approval["credentials"].([]any)[0].(object)["number"].(string)
	cred := w.do("approver", "GET", "/api/v1/credentials/"+number, nil).want(200).json()
	w.checkVerified(cred["code"].(string), number)
	w.checkSameBytes(id, number)
}

func (w *world) checkVerified(code, number string) {
	w.t.Helper()
	a := w.do("", "GET", "/api/v1/verify/"+code, nil, "Accept-Language", "zh").want(200).json()
	if a["status"] != "valid" || a["verdict"] != "yes" || a["credential"].(object)["number"] != number {
		w.t.Errorf("verify by code: %v", a)
	}
	lower := w.do("", "GET", "/api/v1/verify/"+strings.ToLower(code), nil).want(200)
	posted := w.do("", "POST", "/api/v1/verify", object{"code": code}).want(200)
	if lower.text("status") != "valid" || posted.text("status") != "valid" {
		w.t.Error("lower case or posted code is not valid")
	}
	pair := w.do("", "POST", "/api/v1/verify", object{"number": number, "name": "张伟"}).want(200).json()
	if _, shown := pair["credential"].(object)["id_last4"]; shown || pair["status"] != "valid" {
		w.t.Errorf("number and name: %v", pair)
	}
}

func (w *world) checkSameBytes(class, number string) {
	w.t.Helper()
	first := w.do("approver", "GET", "/api/v1/credentials/"+number+"/certificate.pdf", nil).want(200)
	second := w.do("trainerA", "GET", "/api/v1/credentials/"+number+"/certificate.pdf", nil).want(200)
	link := ""
	for _, v := range w.do("trainerA", "GET", "/api/v1/classes/"+class+"/enrolments", nil).want(200).json()["items"].([]any) {
		if m := v.(object); m["name"] == "张伟" {
			link = m["holder_link"].(string)
		}
	}
	third := w.do("", "GET", strings.TrimPrefix(link, origin)+"/certificate.pdf", nil).want(200)
	if !bytes.HasPrefix(first.Body, []byte("%PDF")) || !bytes.Equal(first.Body, second.Body) || !bytes.Equal(first.Body, third.Body) {
		w.t.Error("three downloads are not the same file")
	}
	if first.Header.Get("ETag") == "" || w.do("", "GET", strings.TrimPrefix(link, origin)+"/certificate.pdf", nil, "If-None-Match", first.Header.Get("ETag")).Code != 304 {
		w.t.Error("the file's entity tag does not save a download")
	}
}

func TestNobodyApprovesHisOwn(t *testing.T) {
	w := newWorld(t)
	w.account("both", "second", "trainer", "HOSA")
	id := w.submitted(2)
	for _, tc := range []struct {
		name, who string
		status    int
	}{
		{"a trainer has no such right", "trainerA", 403},
		{"second account of the trainer", "twin", 403},
		{"federation account without a person", "federation", 403},
		{"approver of another base", "approverB", 404},
		{"somebody of another federation", "foreign", 404},
		{"an auditor only reads", "auditor", 403},
	} {
		for range 2 { // and the same the next time
			if a := w.do(tc.who, "POST", "/api/v1/classes/"+id+"/approve", nil); a.Code != tc.status {
				t.Errorf("%s: %d, want %d: %s", tc.name, a.Code, tc.status, a.Body)
			}
		}
	}
	if d := w.do("twin", "GET", "/api/v1/classes/"+id, nil).want(200).text("decision"); d == "" {
		t.Error("the class does not say why the second account may not approve")
	}
	w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil, "If-Match", `"v1"`).want(412)
	w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil).want(200)
	w.do("second", "POST", "/api/v1/classes/"+id+"/approve", nil).want(409)
}

func TestReturnedClassComesBack(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(2)
	w.do("approver", "POST", "/api/v1/classes/"+id+"/return", object{"reason": ""}).want(422)
	w.do("approver", "POST", "/api/v1/classes/"+id+"/return", object{"reason": "Score of row 2?"}).want(200)
	if got := w.do("trainerA", "GET", "/api/v1/classes/"+id, nil).want(200); got.text("status") != "returned" || got.text("return_reason") == "" {
		t.Errorf("returned class: %s", got.Body)
	}
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/submit", nil).want(200)
	w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil).want(200)
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/cancel", object{"reason": "too late"}).want(409)
}

func TestHeldPeopleGetNothing(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(3)
	first := w.do("approver", "GET", "/api/v1/classes/"+id+"/enrolments", nil).want(200).json()["items"].([]any)[0].(object)["enrolment"]
	a := w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", object{"hold": []object{{"enrolment": first, "reason": "photo id missing"}}}).want(200).json()
	if a["total"] != 2.0 {
		t.Errorf("approval with one held: %v", a)
	}
}

func TestRevocationNeedsTwo(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(2)
	number, code := list[0]["number"].(string), list[0]["code"].(string)
	path := "/api/v1/credentials/" + number
	w.do("trainerA", "POST", path+"/revoke", object{"reason": "misconduct"}).want(403)
	asked := w.do("approver", "POST", path+"/revoke", object{"reason": "misconduct", "note": "CANARY-NOTE"}).want(202).json()
	if asked["done"] != false {
		t.Errorf("the first call: %v", asked)
	}
	if s := w.do("", "GET", "/api/v1/verify/"+code, nil).want(200); s.text("status") != "suspended" || strings.Contains(string(s.Body), "CANARY") {
		t.Errorf("asked for: the public sees %s", s.Body)
	}
	w.do("approver", "POST", path+"/revoke", object{"reason": "misconduct"}).want(403, "four_eyes.revocation")
	if got := w.do("second", "GET", path, nil).want(200).json()["requests"].([]any); len(got) != 1 {
		t.Errorf("the second person sees the requests %v", got)
	}
	w.do("second", "POST", path+"/revoke", object{"reason": "misconduct"}).want(200)
	if s := w.do("", "GET", "/api/v1/verify/"+code, nil).want(200); s.text("status") != "revoked" || s.text("verdict") != "no" {
		t.Errorf("granted: the public sees %s", s.Body)
	}
	w.do("second", "POST", path+"/reinstate", nil).want(409)
}

func TestSuspendReinstateReissue(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(2)
	path := "/api/v1/credentials/" + list[0]["number"].(string)
	w.do("approver", "POST", path+"/suspend", nil).want(200)
	w.do("approver", "POST", path+"/reinstate", object{"note": "cleared"}).want(200)
	fresh := w.do("approver", "POST", path+"/reissue", object{"name": "张炜", "reason": "misspelt"}).want(201)
	if fresh.text("name") != "张炜" || fresh.text("number") == list[0]["number"] || fresh.Header.Get("Location") == "" {
		t.Errorf("reissued: %s", fresh.Body)
	}
	old := w.do("", "GET", "/api/v1/verify/"+list[0]["code"].(string), nil).want(200)
	if old.text("status") != "superseded" || old.text("verdict") != "replaced" || old.text("credential", "superseded_by") != fresh.text("number") {
		t.Errorf("the old one: %s", old.Body)
	}
}

func TestLargeClassGoesOnAsJob(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(101)
	a := w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil).want(202)
	job := a.Header.Get("Location")
	if !strings.HasPrefix(job, "/api/v1/jobs/") || a.json()["total"] != 101.0 {
		t.Fatalf("approval: Location %q, %s", job, a.Body)
	}
	if got := w.do("approver", "GET", job, nil).want(200); got.text("status") != "queued" {
		t.Errorf("job before it ran: %s", got.Body)
	}
	w.do("trainerB", "GET", job, nil).want(404)
	if err := w.s.Issue.SignClass(t.Context(), registryID(id)); err != nil {
		t.Fatal(err)
	}
	done := w.do("approver", "GET", job, nil).want(200).json()
	if done["status"] != "done" || done["done"] != 101.0 {
		t.Errorf("job after it ran: %v", done)
	}
	stream := w.do("approver", "GET", job, nil, "Accept", "text/event-stream").want(200)
	if stream.Header.Get("Content-Type") != "text/event-stream" || !regexp.MustCompile(`^retry: 3000\n\nid: done\.101\.0\.\d+\nevent: done\ndata: \{`).Match(stream.Body) {
		t.Errorf("stream: %s %s", stream.Header.Get("Content-Type"), stream.Body)
	}
	var page struct {
		Items []json.RawMessage
		Next  string
	}
	seen := 0
	for next := ""; ; next = page.Next {
		page.Next = ""
		body := w.do("approver", "GET", "/api/v1/credentials?limit=40&cursor="+next, nil).want(200).Body
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		seen += len(page.Items)
		if page.Next == "" {
			break
		}
	}
	if seen != 101 {
		t.Errorf("paging through the credentials gave %d of 101", seen)
	}
}

func TestRosterFileIsPreviewedAndCommitted(t *testing.T) {
	w := newWorld(t)
	id := w.class()
	var csv strings.Builder
	csv.WriteString("姓名,证件类型,证件号码,理论成绩,实操考核\n")
	for i := range 4 {
		fmt.Fprintf(&csv, "%s,志愿者证,DEMO-00001%d,90,合格\n", names[i], i)
	}
	csv.WriteString(",志愿者证,DEMO-000019,90,合格\n")
	body, kind := form(t, "file", "roster.csv", csv.String())
	up := w.do("trainerA", "POST", "/api/v1/classes/"+id+"/imports", body, "Content-Type", kind, "Idempotency-Key", "upload-1").want(201)
	if v := up.json(); v["rows"] != 5.0 || v["enrolled"] != 4.0 || v["rejected"] != 1.0 || v["status"] != "previewed" {
		t.Fatalf("preview: %v", v)
	}
	if up.Header.Get("Location") != "/api/v1/imports/"+up.text("id") {
		t.Errorf("Location %q", up.Header.Get("Location"))
	}
	body, kind = form(t, "file", "roster.csv", csv.String()) // another boundary, the same file
	if again := w.do("trainerA", "POST", "/api/v1/classes/"+id+"/imports", body, "Content-Type", kind, "Idempotency-Key", "upload-1").want(201); again.text("id") != up.text("id") {
		t.Error("the same upload under one key gave another import")
	}
	imported := "/api/v1/imports/" + up.text("id")
	w.do("trainerA", "GET", imported, nil).want(200)
	w.do("trainerB", "GET", imported, nil).want(404)
	file := w.do("trainerA", "GET", imported+"/rejected.xlsx", nil).want(200)
	if !bytes.HasPrefix(file.Body, []byte("PK")) {
		t.Error("rejected.xlsx is no workbook")
	}
	w.do("trainerA", "POST", imported+"/commit", object{"all_or_nothing": true}).want(422, "import.rejected")
	w.do("trainerA", "PATCH", imported, object{"cells": []object{{"row": 9, "column": 1, "text": "x"}}}).want(404, "wizard.no_row")
	if v := w.do("trainerA", "PATCH", imported, object{"leave_out": []int{6}}).want(200).json(); v["rejected"] != 0.0 || v["rows"] != 4.0 {
		t.Errorf("a row left out: %v", v)
	}
	if v := w.do("trainerA", "PATCH", imported, object{"take_back": []int{6}, "cells": []object{{"row": 6, "column": 1, "text": "x\u202e"}}}).want(200).json(); v["rejected"] != 1.0 {
		t.Errorf("taken back in, and still wrong: %v", v)
	}
	done := w.do("trainerA", "POST", imported+"/commit", object{"record_results": true, "statement": "Watched by me"}).want(200).json()
	if done["enrolled"] != 4.0 || done["rejected"] != 1.0 || done["status"] != "done_with_skips" {
		t.Errorf("commit: %v", done)
	}
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/submit", nil).want(200)
}

func TestUploadsAreBounded(t *testing.T) {
	w := newWorld(t)
	id := w.class()
	post := func(field, name, content string) answer {
		body, kind := form(t, field, name, content)
		return w.do("trainerA", "POST", "/api/v1/classes/"+id+"/imports", body, "Content-Type", kind)
	}
	post("file", "big.csv", strings.Repeat("x", 10<<20+1)).want(413)
	post("other", "a.csv", "姓名\n").want(422, "request.unknown_field")
	post("file", "a.csv", "no heading that means anything\nx\n").want(422)
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/imports", "{}", "Content-Type", "application/json").want(400, "request.form")
}
