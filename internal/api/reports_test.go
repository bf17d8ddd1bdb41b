package api_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
)

func TestReportsAreReadAnsweredAndErased(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	if _, err := w.s.Report.File(t.Context(), report.Filed{About: list[0]["code"].(string), Kind: registry.ReportData, Text: "A name is wrong. DEMO", Contact: "DEMO 0000", Lang: "ru"}); err != nil {
		t.Fatal(err)
	}
	items := w.do("approver", "GET", "/api/v1/reports", nil).want(200).json()["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("%d reports", len(items))
	}
	one := items[0].(object)
	if one["owner"] != "HOSA" || one["kind"] != "data" || one["contact"] != "DEMO 0000" || one["number"] != list[0]["number"] || one["overdue"] != false {
		t.Errorf("the report: %v", one)
	}
	path := "/api/v1/reports/" + one["id"].(string)
	for _, who := range []string{"foreign", "approverB"} {
		w.do(who, "GET", path, nil).want(404, "report.unknown")
		w.do(who, "POST", path+"/answer", object{"outcome": "holds", "answer": "no"}).want(404, "report.unknown")
		w.do(who, "POST", path+"/erase", nil).want(404, "report.unknown")
	}
	for _, who := range []string{"trainerA", "hospital", "auditor"} {
		w.do(who, "GET", "/api/v1/reports", nil).want(403)
	}
	w.do("", "GET", "/api/v1/reports", nil).want(401)
	w.do("approver", "POST", path+"/answer", object{"outcome": "corrected", "answer": ""}).want(422)
	done := w.do("approver", "POST", path+"/answer", object{"outcome": "corrected", "answer": "Put right. DEMO"}).want(200)
	if done.text("outcome") != "corrected" || done.text("answered_at") == "" {
		t.Errorf("answered: %s", done.Body)
	}
	w.do("approver", "POST", path+"/answer", object{"outcome": "holds", "answer": "again"}).want(409, "report.answered")
	gone := w.do("approver", "POST", path+"/erase", nil).want(200)
	if gone.text("text")+gone.text("contact")+gone.text("about") != "" || gone.text("erased_at") == "" || gone.text("answer") == "" {
		t.Errorf("erased: %s", gone.Body)
	}
	if n := len(w.do("approver", "GET", "/api/v1/reports?state=answered", nil).want(200).json()["items"].([]any)); n != 1 {
		t.Errorf("%d answered reports", n)
	}
}
