package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
)

func TestTheFilesOfAClass(t *testing.T) {
	w := newWorld(t)
	class, list := w.issued(3)
	at := "/api/v1/classes/" + class
	number := list[1]["number"].(string)
	w.do("approver", "POST", "/api/v1/credentials/"+number+"/suspend", object{"note": "DEMO"}).want(200)
	what := w.do("trainerA", "GET", at+"/documents", nil).want(200).json()
	out := what["left_out"].([]any)
	if len(what["certificates"].([]any)) != 2 || len(out) != 1 || out[0].(object)["number"] != number || out[0].(object)["state"] != "suspended" {
		t.Errorf("documents: %v", what)
	}
	for _, name := range []string{"print.pdf", "slips.pdf", "record.pdf", "record-empty.pdf"} {
		a := w.do("trainerA", "GET", at+"/"+name, nil).want(200)
		if !bytes.HasPrefix(a.Body, []byte("%PDF-1.7")) || !bytes.HasSuffix(a.Body, []byte("%%EOF\n")) || a.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %.20q, %v", name, a.Body, a.Header)
		}
	}
	z := w.do("approver", "GET", at+"/certificates.zip", nil).want(200)
	files, err := zip.NewReader(bytes.NewReader(z.Body), int64(len(z.Body)))
	if err != nil || len(files.File) != 3 {
		t.Fatalf("ZIP: %v, %v", files, err)
	}
	for _, f := range files.File {
		if f.Method != zip.Store || strings.Contains(f.Name, number) {
			t.Errorf("%s is in the ZIP, method %d", f.Name, f.Method)
		}
	}
	f, err := files.Open("index.csv")
	if err != nil {
		t.Fatal(err)
	}
	index, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(index), "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[2][1] != number || rows[2][4] != "" || rows[1][4] != rows[1][1]+".pdf" {
		t.Errorf("index: %v, %v", rows, err)
	}
	w.do("approver", "GET", at+"/slips.pdf", nil).want(403)
	w.do("trainerB", "GET", at+"/print.pdf", nil).want(404, "class.unknown")
	w.do("", "GET", at+"/certificates.zip", nil).want(401)
	w.do("trainerA", "GET", "/api/v1/classes/"+w.class()+"/print.pdf", nil).want(404, "documents.no_certificates")
}

func TestBlankSlips(t *testing.T) {
	w := newWorld(t)
	class, _ := w.issued(2)
	at := "/api/v1/classes/" + class + "/slips"
	w.do("trainerA", "POST", at, object{"count": 0}).want(422)
	w.do("trainerA", "GET", at+"-blank.pdf", nil).want(404, "slip.none")
	made := w.do("trainerA", "POST", at, object{"count": 4}, "Idempotency-Key", "slips").want(201).json()["items"].([]any)
	w.do("trainerA", "POST", at, object{"count": 4}, "Idempotency-Key", "slips").want(201) // the same answer, no more slips
	if all := w.do("trainerA", "GET", at, nil).want(200).json()["items"].([]any); len(made) != 4 || len(all) != 4 || !strings.HasSuffix(all[3].(object)["name"].(string), "-004") {
		t.Errorf("slips: %v", all)
	}
	w.do("trainerA", "GET", at+"-blank.pdf", nil).want(200)
	people := w.do("trainerA", "GET", "/api/v1/classes/"+class+"/enrolments", nil).want(200).json()["items"].([]any)
	first, second := people[0].(object)["enrolment"], people[1].(object)["enrolment"]
	for range 2 { // twice is once
		if got := w.do("trainerA", "POST", at+"/link", object{"slip": "003", "enrolment": first}).want(200).json(); got["enrolment"] != first {
			t.Errorf("linked: %v", got)
		}
	}
	w.do("trainerA", "POST", at+"/link", object{"slip": "3", "enrolment": second}).want(409, "slip.linked")
	w.do("trainerA", "POST", at+"/link", object{"slip": "77", "enrolment": second}).want(422, "slip.unknown")
	w.do("trainerA", "POST", at+"/link", object{"slip": "2", "enrolment": "nobody"}).want(422, "slip.person")
	w.do("trainerA", "POST", at+"/unlink", object{"slip": "3", "reason": " "}).want(422, "reason.needed")
	w.do("trainerA", "POST", at+"/unlink", object{"slip": "3", "reason": "handed to the wrong person"}).want(200)
	w.do("trainerA", "POST", at+"/void", object{"slip": "3"}).want(200)
	w.do("trainerA", "POST", at+"/link", object{"slip": "3", "enrolment": second}).want(409, "slip.void")
	w.do("approver", "POST", at+"/void", object{"slip": "1"}).want(403)
	w.do("trainerB", "GET", at, nil).want(404)
}
