package api_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/store"
)

func (w *world) classes() int {
	w.t.Helper()
	return len(w.do("trainerA", "GET", "/api/v1/classes?limit=200", nil).want(200).json()["items"].([]any))
}

func TestOneKeyIsOneClass(t *testing.T) {
	w := newWorld(t)
	body := w.classBody("SJZ", "trainerA")
	w.token("trainerA")
	post := func() answer { return w.do("trainerA", "POST", "/api/v1/classes", body, "Idempotency-Key", "key-1") }
	codes := parallel(50, func(int) int { return post().Code })
	if codes[201] == 0 || codes[201]+codes[409] != 50 {
		t.Errorf("50 posts with one key: %v", codes)
	}
	first, second := post().want(201), post().want(201)
	if first.Header.Get("Idempotency-Replayed") != "true" || !bytes.Equal(first.Body, second.Body) || first.Header.Get("Location") == "" || first.Header.Get("ETag") == "" {
		t.Errorf("the answer given again: %v %s", first.Header, first.Body)
	}
	if n := w.classes(); n != 1 {
		t.Errorf("one key made %d classes", n)
	}
}

func TestKeyBelongsToOneRequest(t *testing.T) {
	w := newWorld(t)
	body := w.classBody("SJZ", "trainerA")
	first := w.do("trainerA", "POST", "/api/v1/classes", body, "Idempotency-Key", "k").want(201)
	other := w.classBody("SJZ", "trainerA")
	other["venue"] = "elsewhere"
	w.do("trainerA", "POST", "/api/v1/classes", other, "Idempotency-Key", "k").want(422, "idempotency.mismatch")
	if again := w.do("trainerB", "POST", "/api/v1/classes", w.classBody("TJX", "trainerB"), "Idempotency-Key", "k").want(201); again.text("id") == first.text("id") {
		t.Error("another account got this one's answer")
	}
	for _, key := range []string{"", strings.Repeat("k", 256), "a b", "ключ"} {
		w.do("trainerA", "POST", "/api/v1/classes", body, "Idempotency-Key", key).want(400, "idempotency.key")
	}
	if n := w.classes(); n != 1 { // none under a key that is none
		t.Errorf("%d classes, want 1", n)
	}
	w.do("", "POST", "/api/v1/classes", body, "Idempotency-Key", "k").want(401) // the key opens nothing
}

func TestRefusedRequestMayBeCorrectedUnderItsKey(t *testing.T) {
	w := newWorld(t)
	bad := w.classBody("SJZ", "trainerA")
	bad["setting"] = "moon"
	w.do("trainerA", "POST", "/api/v1/classes", bad, "Idempotency-Key", "k").want(422)
	w.do("trainerA", "POST", "/api/v1/classes", w.classBody("SJZ", "trainerA"), "Idempotency-Key", "k").want(201)
}

func TestApprovalIsGivenAgain(t *testing.T) {
	w := newWorld(t)
	id := w.submitted(2)
	first := w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil, "Idempotency-Key", "k").want(200)
	again := w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil, "Idempotency-Key", "k").want(200)
	if !bytes.Equal(first.Body, again.Body) {
		t.Error("the same approval, another answer")
	}
	w.do("approver", "POST", "/api/v1/classes/"+id+"/approve", nil).want(409)
}

func TestKeyOfADeadRequestComesFree(t *testing.T) {
	w := newWorld(t)
	w.token("trainerA")
	me := w.do("trainerA", "GET", "/api/v1/me", nil).want(200).text("id")
	body := w.classBody("SJZ", "trainerA")
	claim := store.IdempotencyKey{Principal: me, Route: "POST /api/v1/classes", Key: "k", BodySHA: "of a process that died", CreatedAt: w.now()}
	err := w.s.DB.Tx(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.ClaimKey(t.Context(), claim)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.do("trainerA", "POST", "/api/v1/classes", body, "Idempotency-Key", "k").want(422, "idempotency.mismatch")
	w.later(3 * time.Minute)
	w.do("trainerA", "POST", "/api/v1/classes", body, "Idempotency-Key", "k").want(201)
}
