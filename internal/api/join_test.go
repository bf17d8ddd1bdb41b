package api_test

import (
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/training"
)

// What a trainer does on the screen for the room can be done by a program.
func TestPeopleJoinAClassAndAreConfirmed(t *testing.T) {
	w := newWorld(t)
	body := w.classBody("SJZ", "trainerA")
	body["sessions"] = []object{{"on": "2026-11-22", "from": "09:00", "minutes": 180, "practical": true}}
	id := w.do("trainerA", "POST", "/api/v1/classes", body).want(201).text("id")
	path := "/api/v1/classes/" + id
	if state := w.do("trainerA", "GET", path+"/join-code", nil).want(200).json(); state["open"] != false || state["code"] != nil {
		t.Errorf("before it is opened: %v", state)
	}
	for who, status := range map[string]int{"trainerB": 404, "approver": 403, "": 401} {
		w.do(who, "POST", path+"/join-code", nil).want(status)
		w.do(who, "DELETE", path+"/join-code", nil).want(status)
		w.do(who, "POST", path+"/head-count", object{"heads": 1}).want(status)
	}
	state := w.do("trainerA", "POST", path+"/join-code", nil).want(200).json()
	code, _ := state["code"].(string)
	if state["open"] != true || len(code) != 12 || state["url"] != origin+"/join/"+code {
		t.Fatalf("opened: %v", state)
	}
	room, err := w.s.Training.EnterJoin(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"王芳", "李娜", "张伟"} {
		in := training.SelfInput{Key: "the-key-of-form-" + name, Name: name, IDType: "volunteer", ID: "DEMO-00000" + string(rune('1'+i))}
		if _, err := w.s.Training.JoinSelf(t.Context(), training.Pass{Ticket: room.Ticket}, in); err != nil {
			t.Fatal(err)
		}
	}
	if state := w.do("trainerA", "GET", path+"/join-code", nil).want(200).json(); state["on_list"] != 3.0 || state["waiting"] != 3.0 {
		t.Errorf("three have come: %v", state)
	}
	members := w.do("trainerA", "GET", path+"/enrolments", nil).want(200).json()["items"].([]any)
	last := members[2].(object)
	if last["status"] != "unconfirmed" {
		t.Errorf("who wrote himself down is %v", last["status"])
	}
	w.later(24 * time.Hour)
	clear(w.tokens) // a day has passed
	w.do("trainerA", "POST", path+"/submit", nil).want(409, "join.unconfirmed")
	w.do("trainerA", "POST", path+"/head-count", object{"heads": 4}).want(409, "join.heads")
	report := w.do("trainerA", "POST", path+"/head-count", object{"heads": 2, "strike": []any{last["enrolment"]}}).want(200).json()
	if report["confirmed"] != 2.0 || report["struck"] != 1.0 || report["on_list"] != 2.0 {
		t.Errorf("head-count: %v", report)
	}
	w.do("trainerA", "DELETE", path+"/join-code", nil).want(204)
	if state := w.do("trainerA", "GET", path+"/join-code", nil).want(200).json(); state["open"] != false || state["waiting"] != 0.0 {
		t.Errorf("closed: %v", state)
	}
}
