package api_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
)

// What belongs to another base is not there: neither to read nor to change.
func TestOtherBasesObjectsAreNotFound(t *testing.T) {
	w := newWorld(t)
	class, list := w.issued(1)
	number := list[0]["number"].(string)
	upload := func() string {
		body, kind := form(t, "file", "r.csv", "姓名\n张伟\n")
		open := w.class()
		return w.do("trainerA", "POST", "/api/v1/classes/"+open+"/imports", body, "Content-Type", kind).want(201).text("id")
	}
	replace := strings.NewReplacer("{id}", class, "{number}", number, "{import}", upload())
	enrolment := "01999999-0000-7000-8000-000000000000"
	for _, tc := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/api/v1/classes/{id}", nil},
		{"PATCH", "/api/v1/classes/{id}", object{"venue": "x"}},
		{"GET", "/api/v1/classes/{id}/enrolments", nil},
		{"POST", "/api/v1/classes/{id}/enrolments", object{"people": roster(1)}},
		{"PUT", "/api/v1/classes/{id}/attendance", object{"marks": []object{{"enrolment": enrolment, "state": "present"}}}},
		{"POST", "/api/v1/classes/{id}/results", object{"results": []object{{"enrolment": enrolment, "kind": "theory", "score": 1}}}},
		{"POST", "/api/v1/classes/{id}/submit", nil},
		{"POST", "/api/v1/classes/{id}/approve", nil},
		{"POST", "/api/v1/classes/{id}/return", object{"reason": "x"}},
		{"POST", "/api/v1/classes/{id}/cancel", object{"reason": "x"}},
		{"GET", "/api/v1/imports/{import}", nil},
		{"POST", "/api/v1/imports/{import}/commit", nil},
		{"GET", "/api/v1/imports/{import}/rejected.xlsx", nil},
		{"PATCH", "/api/v1/imports/{import}", object{"leave_out": []int{2}}},
		{"DELETE", "/api/v1/imports/{import}", nil},
		{"GET", "/api/v1/credentials/{number}", nil},
		{"GET", "/api/v1/credentials/{number}/certificate.pdf", nil},
		{"POST", "/api/v1/credentials/{number}/suspend", nil},
		{"POST", "/api/v1/credentials/{number}/reinstate", nil},
		{"POST", "/api/v1/credentials/{number}/revoke", object{"reason": "misconduct"}},
		{"POST", "/api/v1/credentials/{number}/reissue", object{"name": "王芳", "reason": "x"}},
		{"GET", "/api/v1/credentials/nonsense", nil},
	} {
		for _, who := range []string{"trainerB", "foreign", "hospital"} {
			path := replace.Replace(tc.path)
			if a := w.do(who, tc.method, path, tc.body, "If-Match", `"v1"`); a.Code != 404 {
				t.Errorf("%s %s as %s: %d, want 404: %s", tc.method, tc.path, who, a.Code, a.Body)
			}
		}
	}
	for _, who := range []string{"trainerB", "foreign", "hospital"} {
		for _, path := range []string{"/api/v1/classes", "/api/v1/credentials"} {
			if n := len(w.do(who, "GET", path, nil).want(200).json()["items"].([]any)); n != 0 {
				t.Errorf("%s lists %d of %s", who, n, path)
			}
		}
	}
}

func TestFederationsDoNotSeeEachOther(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string][2]int{"organizations": {3, 1}, "programmes": {1, 0}, "bases": {2, 0}, "courses": {1, 0}} {
		for i, who := range []string{"federation", "foreign"} {
			if n := len(w.do(who, "GET", "/api/v1/"+path, nil).want(200).json()["items"].([]any)); n != want[i] {
				t.Errorf("%s sees %d %s, want %d", who, n, path, want[i])
			}
		}
	}
	if n := len(w.do("trainerA", "GET", "/api/v1/bases", nil).want(200).json()["items"].([]any)); n != 1 {
		t.Errorf("a trainer sees %d bases, want his own", n)
	}
	w.do("foreign", "PATCH", "/api/v1/bases/SJZ", object{"status": "suspended"}, "If-Match", `"v1"`).want(404)
	w.do("trainerA", "PATCH", "/api/v1/bases/SJZ", object{"status": "suspended"}, "If-Match", `"v1"`).want(403)
	w.do("trainerB", "PATCH", "/api/v1/bases/SJZ", object{"status": "suspended"}, "If-Match", `"v1"`).want(404)
}

func TestFederationKeepsTheRegisters(t *testing.T) {
	w := newWorld(t)
	org := object{"parent": "CVF", "code": "HOSC", "type": "hospital", "name": object{"en": "Hospital C DEMO"}, "tz": "Asia/Shanghai"}
	w.do("federation", "POST", "/api/v1/organizations", org).want(201)
	w.do("federation", "POST", "/api/v1/organizations", org).want(409)
	w.do("trainerA", "POST", "/api/v1/organizations", object{"parent": "CVF", "code": "HOSD", "type": "hospital", "name": object{"en": "D"}, "tz": "Asia/Shanghai"}).want(403)
	w.do("federation", "POST", "/api/v1/programmes", object{"code": "NEW", "owner": "CVF", "name": object{"en": "New"}, "starts_on": "2026-02-30"}).want(422)
	w.do("federation", "POST", "/api/v1/programmes", object{"code": "NEW", "owner": "CVF", "parent": "GAJK", "name": object{"en": "New"}, "starts_on": "2026-02-28"}).want(201)
	w.do("federation", "POST", "/api/v1/programmes", object{"code": "NEX", "owner": "OTHER", "name": object{"en": "New"}}).want(422)
	w.do("federation", "POST", "/api/v1/bases", object{"code": "HOC", "host": "HOSC", "accrediting": "CVF", "programmes": []string{"GAJK"}, "name": object{"en": "C base"},
		"tz": "Asia/Shanghai", "accredited_from": "2026-01-01"}).want(201)
	course := object{"code": "FA1", "version": 1, "programme": "GAJK", "title": object{"en": "First aid"}, "level": "public", "kind": "attendance", "delivery": "in_person",
		"minutes": 90, "practical_minutes": 0, "attendance_min": 90, "pass_mark": 0, "max_attempts": 0, "validity_months": 0}
	w.do("federation", "POST", "/api/v1/courses", course).want(201)
	w.do("foreign", "POST", "/api/v1/courses", course).want(404)
	trainer := w.do("federation", "POST", "/api/v1/trainers", object{"name": "孙立群", "courses": []string{"FA1"}, "level": "lead", "valid_from": "2026-01-01", "organization": "CVF"}).want(201)
	again := object{"person": trainer.text("person"), "courses": []string{"FA1"}, "level": "lead", "valid_from": "2026-01-01", "organization": "OTHER"}
	w.do("foreign", "POST", "/api/v1/trainers", again).want(404, "person.unknown")
	list := w.do("trainerA", "GET", "/api/v1/trainers?course=FA1&on=2026-11-20", nil).want(200)
	if !strings.Contains(string(list.Body), trainer.text("person")) {
		t.Errorf("trainers of the course: %s", list.Body)
	}
	w.do("hospital", "GET", "/api/v1/trainers?course=FA1", nil).want(403)
	base := w.do("federation", "GET", "/api/v1/bases/HOC", nil).want(200)
	w.do("federation", "PATCH", "/api/v1/bases/HOC", object{"status": "suspended"}).want(428)
	moved := w.do("federation", "PATCH", "/api/v1/bases/HOC", object{"status": "suspended"}, "If-Match", base.Header.Get("ETag")).want(200)
	w.do("federation", "PATCH", "/api/v1/bases/HOC", object{"status": "accredited"}, "If-Match", base.Header.Get("ETag")).want(412)
	w.do("federation", "PATCH", "/api/v1/bases/HOC", object{"status": "accredited"}, "If-Match", moved.Header.Get("ETag")).want(200)
}

func TestPeopleAreFoundByNameInOwnClassesOnly(t *testing.T) {
	w := newWorld(t)
	w.issued(2)
	if n := len(w.do("trainerA", "GET", "/api/v1/persons?name=%E5%BC%A0%E4%BC%9F", nil).want(200).json()["items"].([]any)); n != 1 {
		t.Errorf("the trainer finds %d, want 1", n)
	}
	for _, who := range []string{"trainerB", "hospital", "auditor", "foreign"} {
		if n := len(w.do(who, "GET", "/api/v1/persons?name=%E5%BC%A0%E4%BC%9F", nil).want(200).json()["items"].([]any)); n != 0 {
			t.Errorf("%s finds %d, want none", who, n)
		}
	}
	w.do("trainerA", "GET", "/api/v1/persons", nil).want(422)
}

func TestAuditTellsWhoDidWhat(t *testing.T) {
	w := newWorld(t)
	class, _ := w.issued(1)
	items := w.do("auditor", "GET", "/api/v1/audit?limit=200&object="+class, nil).want(200).json()["items"].([]any)
	var actions []string
	for _, v := range items {
		actions = append(actions, v.(object)["action"].(string))
	}
	all := strings.Join(actions, " ")
	for _, want := range []string{"class.create", "class.enrol", "class.submit", "class.approve", "class.issued"} {
		if !strings.Contains(all, want) {
			t.Errorf("the trail of the class lacks %s: %s", want, all)
		}
	}
	w.do("hospital", "GET", "/api/v1/audit", nil).want(403)
	own := w.do("trainerA", "GET", "/api/v1/audit?limit=200", nil).want(200).json()["items"].([]any)
	if len(own) == 0 {
		t.Error("a trainer does not see what he did")
	}
	for _, v := range own {
		if by := v.(object)["actor"]; by != own[0].(object)["actor"] || v.(object)["action"] == "class.approve" {
			t.Errorf("a trainer sees what others did: %v", v)
		}
	}
	if body := string(w.do("foreign", "GET", "/api/v1/audit", nil).want(200).Body); strings.Contains(body, class) {
		t.Error("another federation reads our trail")
	}
	for _, v := range w.do("auditor", "GET", "/api/v1/classes/"+class+"/enrolments", nil).want(200).json()["items"].([]any) {
		if m := v.(object); m["id_last4"] != nil || m["holder_link"] != nil {
			t.Errorf("an auditor sees ids or private links: %v", m)
		}
	}
}

func TestDisabledAccountFailsWithItsNextRequest(t *testing.T) {
	w := newWorld(t)
	w.do("trainerA", "GET", "/api/v1/me", nil).want(200)
	if err := w.s.Auth.Disable(t.Context(), access.System, "trainerA@demo.example"); err != nil {
		t.Fatal(err)
	}
	w.do("trainerA", "GET", "/api/v1/me", nil).want(401, "token.refused")
	w.do("", "POST", "/api/v1/session", object{"email": "trainerA@demo.example", "password": password}).want(401)
}
