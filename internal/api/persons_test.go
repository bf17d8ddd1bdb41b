package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// ids asks for a list and gives the ids of its items.
func (w *world) ids(who, path string) (list []string) {
	w.t.Helper()
	for _, v := range w.do(who, "GET", path, nil).want(200).json()["items"].([]any) {
		list = append(list, v.(object)["id"].(string))
	}
	return list
}

// What the pages about people do, a machine can do: find, look, correct a name,
// and make one of two records.
func TestPeopleAreKeptByTheAPI(t *testing.T) {
	w := newWorld(t)
	class, _ := w.issued(2)
	code := w.do("trainerA", "GET", "/api/v1/classes/"+class, nil).want(200).text("code")
	second := w.class()
	w.do("trainerA", "POST", "/api/v1/classes/"+second+"/enrolments", object{"people": []object{{"name": "张伟", "id_type": "other", "id": "DEMO-9999"}}}).want(200)
	for query, want := range map[string]int{"q=" + url.QueryEscape("张"): 2, "q=9999": 1, "class=" + strings.ToLower(code): 2, "base=SJZ": 3, "base=TJX": 0, "q=9999&class=" + code: 0} {
		if got := w.ids("trainerA", "/api/v1/persons?"+query); len(got) != want {
			t.Errorf("%s finds %d, want %d", query, len(got), want)
		}
	}
	w.do("trainerA", "GET", "/api/v1/persons?name=x&base=SJZ", nil).want(422, "person.search")
	w.do("hospital", "GET", "/api/v1/persons?base=SJZ", nil).want(403)
	first := w.do("trainerA", "GET", "/api/v1/persons?base=SJZ&limit=2", nil).want(200).json()
	if rest := w.ids("trainerA", "/api/v1/persons?base=SJZ&limit=2&cursor="+first["next"].(string)); len(rest) != 1 {
		t.Errorf("the second page has %d of 1", len(rest))
	}

	gone := "/api/v1/persons/" + w.ids("federation", "/api/v1/persons?q=9999")[0]
	keep := "/api/v1/persons/" + w.ids("federation", "/api/v1/persons?q=0001")[0]
	w.do("trainerB", "GET", keep, nil).want(404)
	seen := w.do("federation", "GET", keep, nil).want(200)
	if v := seen.json(); len(v["classes"].([]any)) != 1 || len(v["credentials"].([]any)) != 1 || v["may_edit"] != true {
		t.Errorf("the person: %s", seen.Body)
	}
	w.do("federation", "PATCH", keep, object{"name": "张炜", "reason": "misheard"}).want(428)
	w.do("trainerA", "PATCH", keep, object{"name": "张炜", "reason": "misheard"}, "If-Match", seen.Header.Get("ETag")).want(403)
	w.do("federation", "PATCH", keep, object{"name": "张炜", "reason": " "}, "If-Match", seen.Header.Get("ETag")).want(422)
	named := w.do("federation", "PATCH", keep, object{"name": "张炜", "reason": "misheard"}, "If-Match", seen.Header.Get("ETag")).want(200)
	w.do("federation", "PATCH", keep, object{"name": "张伟", "reason": "misheard"}, "If-Match", seen.Header.Get("ETag")).want(412)
	if named.text("name") != "张炜" {
		t.Errorf("renamed: %s", named.Body)
	}

	id := strings.TrimPrefix(gone, "/api/v1/persons/")
	preview := w.do("federation", "GET", keep+"/merge?with="+id, nil).want(200).json()
	if preview["refusal"] != nil || len(preview["keep"].(object)["classes"].([]any)) != 1 {
		t.Errorf("preview: %v", preview)
	}
	other := strings.TrimPrefix(keep, "/api/v1/persons/")
	if same := w.do("federation", "GET", keep+"/merge?with="+other, nil).want(200).json(); same["refusal"] == nil {
		t.Errorf("a record and itself: %v", same)
	}
	w.do("trainerA", "POST", keep+"/distinct", object{"other": id}).want(403)
	body := object{"version": 1, "gone": id, "gone_version": preview["gone"].(object)["version"], "reason": "one person with two cards"}
	w.do("federation", "POST", keep+"/merge", body).want(412)
	body["version"] = preview["keep"].(object)["version"]
	w.do("federation", "POST", keep+"/merge", body).want(403, "person.merge.second") // the ids differ
	w.do("trainerA", "POST", keep+"/merge/ask", body).want(403)
	w.do("federation", "POST", keep+"/merge/ask", body).want(200)
	w.do("federation", "POST", keep+"/merge/ask", body).want(409, "person.merge.asked")
	w.do("federation", "POST", keep+"/merge", body).want(403, "person.merge.own")
	own := w.do("federation", "GET", keep+"/merge?with="+id, nil).want(200).json()["second_person"].(object)
	if own["own"] != true || own["asked"] == nil || len(own["may_grant"].([]any)) == 0 {
		t.Errorf("who must grant: %v", own)
	}
	merged := w.do("approver", "POST", keep+"/merge", body).want(200)
	if v := w.do("federation", "GET", gone, nil).want(200); v.text("id") != merged.text("id") || len(v.json()["classes"].([]any)) != 2 {
		t.Errorf("what was taken in leads to %s", v.Body)
	}
}

func TestListsAreChosenByDate(t *testing.T) {
	w := newWorld(t)
	w.issued(2)
	count := func(path string, want int) {
		t.Helper()
		if n := len(w.do("federation", "GET", path, nil).want(200).json()["items"].([]any)); n != want {
			t.Errorf("%s: %d, want %d", path, n, want)
		}
	}
	count("/api/v1/credentials?issued_from=2026-11-21&issued_until=2026-11-21", 2)
	count("/api/v1/credentials?issued_from=2026-11-22", 0)
	count("/api/v1/credentials?ends_until=2026-12-31", 0)
	w.do("federation", "GET", "/api/v1/credentials?issued_from=2026-11-22&issued_until=2026-11-21", nil).want(422, "filter.dates")

	count("/api/v1/audit?action=class.approve", 1)
	count("/api/v1/audit?action=class.approve&until=2026-11-20", 0)
	count("/api/v1/audit?action=class.approve&from=2026-11-21&until=2026-11-21", 1)
	by := w.do("federation", "GET", "/api/v1/audit?action=class.approve", nil).want(200).json()["items"].([]any)[0].(object)["actor"].(string)
	count("/api/v1/audit?action=class.&actor="+by, 1)
	w.do("federation", "GET", "/api/v1/audit?from=2026-11-22&until=2026-11-21", nil).want(422, "filter.dates")
}

func TestALongRosterIsTakenByAJob(t *testing.T) {
	w := newWorld(t)
	var csv strings.Builder
	csv.WriteString("姓名,证件类型,证件号码\n")
	for i := range 501 {
		fmt.Fprintf(&csv, "%s,志愿者证,DEMO-%06d\n", names[i%len(names)], i)
	}
	body, kind := form(t, "file", "roster.csv", csv.String())
	id := w.do("trainerA", "POST", "/api/v1/classes/"+w.class()+"/imports", body, "Content-Type", kind).want(201).text("id")
	started := w.do("trainerA", "POST", "/api/v1/imports/"+id+"/commit", nil).want(202)
	if started.text("status") != "committing" {
		t.Errorf("started: %s", started.Body)
	}
	if job := w.do("trainerA", "GET", started.Header.Get("Location"), nil).want(200).json(); job["status"] != "queued" || job["total"] != 501.0 || job["object"] != id {
		t.Errorf("job: %v", job)
	}
	w.do("trainerA", "POST", "/api/v1/imports/"+id+"/commit", nil).want(409, "wizard.busy")
}
