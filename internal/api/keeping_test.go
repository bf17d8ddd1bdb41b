package api_test

import (
	"bytes"
	"mime/multipart"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// What the pages of the registers do, a machine can do, and no more.
func TestRegistersAreKeptByTheAPI(t *testing.T) {
	w := newWorld(t)
	taken := w.do("federation", "POST", "/api/v1/courses/starter", object{"organization": "CVF", "courses": []string{"PFA1", "CPR1"}}).want(201).json()
	if added := taken["added"].([]any); len(added) != 1 || added[0] != "PFA1" {
		t.Errorf("taken: %v", taken)
	}
	w.do("trainerA", "POST", "/api/v1/courses/starter", object{"organization": "CVF"}).want(404)
	course := w.do("federation", "GET", "/api/v1/courses/PFA1/versions/1", nil).want(200)
	if n := len(course.json()["skills"].(object)["items"].([]any)); n < 8 {
		t.Errorf("the skills sheet has %d steps", n)
	}
	w.do("federation", "PATCH", "/api/v1/courses/PFA1/versions/1", object{"title": object{"en": "Other"}}, "If-Match", course.Header.Get("ETag")).want(409, "course.not_draft")
	draft := w.do("federation", "POST", "/api/v1/courses/PFA1/versions", nil).want(201)
	w.do("federation", "PATCH", "/api/v1/courses/PFA1/versions/2", object{"title": object{"en": "Other"}}).want(428)
	w.do("federation", "PATCH", "/api/v1/courses/PFA1/versions/2", object{"title": object{"en": "Other"}, "status": "active"}, "If-Match", draft.Header.Get("ETag")).want(200)
	if old := w.do("federation", "GET", "/api/v1/courses/PFA1/versions/1", nil).want(200).json(); old["status"] != "retired" {
		t.Errorf("the version in use before is %v", old["status"])
	}

	org := w.do("federation", "GET", "/api/v1/organizations/HOSA", nil).want(200)
	w.do("federation", "PATCH", "/api/v1/organizations/HOSA", object{"aliases": []string{"Old name DEMO"}}, "If-Match", org.Header.Get("ETag")).want(200)
	w.do("federation", "PATCH", "/api/v1/organizations/HOSA", object{"region": "CN-HE"}, "If-Match", org.Header.Get("ETag")).want(412)
	w.do("trainerA", "PATCH", "/api/v1/organizations/HOSA", object{"region": "CN-HE"}, "If-Match", `"v2"`).want(403)

	link := w.do("federation", "POST", "/api/v1/invitations", object{"organization": "HOSA", "role": "base_manager", "name": "DEMO"}).want(201).json()
	if link["link"] == nil || link["state"] != "open" {
		t.Errorf("invitation: %v", link)
	}
	w.do("trainerA", "POST", "/api/v1/invitations", object{"organization": "HOSA", "role": "federation"}).want(403, "account.role")
	w.do("trainerA", "GET", "/api/v1/invitations", nil).want(403)
	w.do("federation", "DELETE", "/api/v1/invitations/"+link["id"].(string), nil).want(204)
	w.do("federation", "DELETE", "/api/v1/invitations/"+link["id"].(string), nil).want(409, "invitation.withdrawn")
}

// A base says where it is and when; its manager says so himself, and no more.
func TestABaseSaysWhereAndWhenByTheAPI(t *testing.T) {
	w := newWorld(t)
	w.account("manager", "", registry.RoleBaseManager, "HOSA")
	seen := w.do("manager", "GET", "/api/v1/bases/SJZ", nil).want(200)
	hours := []object{{"day": 1, "from": "08:00", "to": "12:00"}, {"day": 1, "from": "13:00", "to": "16:30"}}
	change := object{"contact": "DEMO 400-617-8120", "address": object{"zh": "建华大街 1 号 DEMO", "en": "1 Jianhua Street DEMO"}, "hours": hours}
	w.do("manager", "PATCH", "/api/v1/bases/SJZ", change).want(428)
	w.do("manager", "PATCH", "/api/v1/bases/SJZ", object{"hours": []object{{"day": 1, "from": "16:00", "to": "08:00"}}}, "If-Match", seen.Header.Get("ETag")).want(422, "base.hours")
	changed := w.do("manager", "PATCH", "/api/v1/bases/SJZ", change, "If-Match", seen.Header.Get("ETag")).want(200).json()
	if len(changed["hours"].([]any)) != 2 || changed["address"].(object)["en"] != "1 Jianhua Street DEMO" {
		t.Errorf("changed: %v", changed)
	}
	w.do("manager", "PATCH", "/api/v1/bases/SJZ", change, "If-Match", seen.Header.Get("ETag")).want(412)
	seen = w.do("manager", "GET", "/api/v1/bases/SJZ", nil).want(200)
	for _, more := range []object{{"name": object{"en": "Other"}}, {"status": "suspended"}, {"programmes": []string{"XX"}}, {"accredited_until": "2099-01-01"}} {
		w.do("manager", "PATCH", "/api/v1/bases/SJZ", more, "If-Match", seen.Header.Get("ETag")).want(403)
	}
	w.do("federation", "PATCH", "/api/v1/bases/SJZ", object{"hours": []object{}, "name": object{"zh": "新名 DEMO", "en": "New name DEMO"}, "status": "suspended"}, "If-Match", seen.Header.Get("ETag")).want(200)
	if b := w.do("federation", "GET", "/api/v1/bases/SJZ", nil).want(200).json(); b["hours"] != nil || b["status"] != "suspended" || b["name"].(object)["en"] != "New name DEMO" || b["contact"] != "DEMO 400-617-8120" {
		t.Errorf("the base: %v", b)
	}
}

// One request opens a base, and a list fills a register.
func TestARegistryIsBegunByTheAPI(t *testing.T) {
	w := newWorld(t)
	body := object{"organization": object{"parent": "CVF", "code": "NEW-H", "type": "hospital", "name": object{"zh": "新医院（演示）", "en": "New Hospital DEMO"}, "tz": "Asia/Shanghai"},
		"base": object{"code": "NEW", "accredited_from": "2026-01-01"}, "courses": []string{"PFA1"}, "manager": object{"name": "Max Manager DEMO"}}
	w.do("trainerA", "POST", "/api/v1/bases/open", body).want(403)
	opened := w.do("federation", "POST", "/api/v1/bases/open", body).want(201)
	if v := opened.json(); opened.Header.Get("Location") != "/api/v1/bases/NEW" || v["invitation"].(object)["link"] == nil || len(v["courses_added"].([]any)) != 1 || v["base"].(object)["name"].(object)["en"] != "New Hospital DEMO" {
		t.Errorf("opened: %s", opened.Body)
	}
	body["organization"].(object)["code"] = "NEW-2"
	w.do("federation", "POST", "/api/v1/bases/open", body).want(409)
	w.do("federation", "GET", "/api/v1/organizations/NEW-2", nil).want(404) // all or nothing

	list := "Code,Parent code,Type,Name in English,Time zone\nNEW-T,NEW-H,team,Team DEMO,Asia/Shanghai\nNEW-X,NOWHERE,team,Nowhere DEMO,Asia/Shanghai\n"
	w.list("trainerA", "organizations", list).want(403)
	w.list("federation", "nothing", list).want(404)
	kept := w.list("federation", "organizations", list).want(201)
	at := kept.Header.Get("Location")
	if v := kept.json(); v["created"] != 1.0 || v["rejected"] != 1.0 || len(v["errors"].([]any)) == 0 {
		t.Errorf("preview: %s", kept.Body)
	}
	w.do("foreign", "GET", at, nil).want(404)
	w.do("federation", "POST", at+"/commit", object{"all_or_nothing": true}).want(409)
	w.do("federation", "GET", "/api/v1/organizations/NEW-T", nil).want(404)
	w.do("federation", "POST", at+"/commit", nil).want(200)
	w.do("federation", "GET", "/api/v1/organizations/NEW-T", nil).want(200)
}

// How strict an issuer is holds for all its classes, and only its own people
// say so.
func TestAnIssuerSaysHowStrictItIs(t *testing.T) {
	w := newWorld(t)
	rules := func(code, want string) {
		t.Helper()
		if got := w.do("trainerA", "GET", "/api/v1/organizations/"+code+"/rules", nil).want(200).json(); got["preset"] != want {
			t.Errorf("%s: %v, want %s", code, got, want)
		}
	}
	rules("HOSA", "strict")
	w.do("trainerA", "PUT", "/api/v1/organizations/CVF/rules", object{"preset": "relaxed"}).want(404)
	w.do("federation", "PUT", "/api/v1/organizations/OTHER/rules", object{"preset": "relaxed"}).want(404)
	w.do("federation", "PUT", "/api/v1/organizations/HOSA/rules", object{"preset": "relaxed"}).want(409, "preset.owner")
	w.do("federation", "PUT", "/api/v1/organizations/CVF/rules", object{"preset": "lax"}).want(422)
	w.do("federation", "PUT", "/api/v1/organizations/CVF/rules", object{"preset": "relaxed"}).want(200)
	rules("HOSA", "relaxed")
	rules("CVF", "relaxed")
}

// list uploads a list of a register.
func (w *world) list(who, kind, text string) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	must(0, form.WriteField("kind", kind))
	must(must(form.CreateFormFile("file", "list.csv")).Write([]byte(text)))
	must(0, form.Close())
	return w.do(who, "POST", "/api/v1/register-imports", &b, "Content-Type", form.FormDataContentType())
}
