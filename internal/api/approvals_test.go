package api_test

import (
	"encoding/json"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit"
)

// phone gives an account a passkey.
func (w *world) phone(email string) *testkit.Authenticator {
	w.t.Helper()
	var by registry.Actor
	err := w.s.DB.Read(w.t.Context(), func(tx *store.Tx) error {
		account, err := tx.AccountByEmail(w.t.Context(), email)
		by = account.Actor()
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	phone := testkit.NewAuthenticator(w.t, origin)
	options, state, err := w.s.Passkey.Begin(w.t.Context(), by)
	if err != nil {
		w.t.Fatal(err)
	}
	must(w.s.Passkey.Register(w.t.Context(), by, state, "DEMO", phone.Create(options)))
	return phone
}

func TestAnApprovalIsSignedOverTheAPI(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/classes/" + w.submitted(2)
	without := w.do("approver", "POST", path+"/approve/challenge", nil).want(200).json()
	if without["options"] != nil || len(without["challenge"].(string)) != 43 {
		t.Errorf("without a passkey: %v", without)
	}
	phone := w.phone("approver@demo.example")
	asked := w.do("approver", "POST", path+"/approve/challenge", nil).want(200).json()
	var signed object
	if err := json.Unmarshal(phone.Sign(must(json.Marshal(asked["options"]))), &signed); err != nil {
		t.Fatal(err)
	}
	w.do("trainerA", "POST", path+"/approve/challenge", nil).want(403)
	w.do("approverB", "POST", path+"/approve/challenge", nil).want(404)
	other := "/api/v1/classes/" + w.submitted(2)
	w.do("approver", "POST", other+"/approve", object{"passkey": signed}).want(412)
	w.do("approver", "POST", path+"/approve", object{"passkey": signed}).want(200)
	kept := w.do("approver", "GET", path+"/approvals", nil).want(200).json()["items"].([]any)[0].(object)
	if kept["check"] != "yes" || kept["origin"] != origin || kept["passkey"] == nil || kept["statement"] != asked["statement"] {
		t.Errorf("kept: %v", kept)
	}
	w.do("approverB", "GET", path+"/approvals", nil).want(404)
}

func TestAnIssuersRuleHoldsOverTheAPI(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/classes/" + w.submitted(2)
	w.do("approver", "PUT", "/api/v1/organizations/CVF/approval", object{"passkey": true}).want(403)
	w.do("federation", "PUT", "/api/v1/organizations/CVF/approval", object{"passkey": true}).want(200)
	w.do("approver", "POST", path+"/approve", nil).want(403)
	w.do("federation", "PUT", "/api/v1/organizations/CVF/approval", object{"passkey": false}).want(200)
	w.do("approver", "POST", path+"/return", object{"reason": "DEMO"}, "If-Match", `"v1"`).want(412)
	w.do("approver", "POST", path+"/approve", nil).want(200)
}
