package api_test

import (
	"encoding/hex"
	"testing"

	"github.com/passmuster/passmuster/internal/keys"
)

// Whoever has a QR code in hand knows 4 bytes of its key's name: they lead to the
// same key as the whole name, and to keys of records alone.
func TestAKeyIsFoundByTheKidOfAQRCode(t *testing.T) {
	w := newWorld(t)
	for _, k := range w.s.Keys.List() {
		short := "/keys/" + hex.EncodeToString(k.COSEKID[:])
		if k.Use != keys.Record {
			w.do("", "GET", short, nil).want(404)
			continue
		}
		whole := w.do("", "GET", "/keys/"+k.KID, nil).want(200)
		if found := w.do("", "GET", short, nil).want(200); found.text("x") != whole.text("x") || found.text("kid") != whole.text("kid") {
			t.Errorf("%s is %s, want %s", short, found.Body, whole.Body)
		}
	}
	w.do("", "GET", "/keys/00000000", nil).want(404)
}
