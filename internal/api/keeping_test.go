package api_test

import "testing"

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
