package publish_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/trust"
)

// erased asks for the erasure of the holder's data and grants it.
func erased(t *testing.T, w *world.World, c registry.Credential) {
	t.Helper()
	for _, by := range []string{"approver", "second"} {
		must(t, second(w.Lifecycle.Erase(t.Context(), w.By(by), c.Number, false, "")))
	}
}

// docs/erasure.md: the bundle has an exception with its reason, so a phone without
// a network says "revoked" of the paper that is held before it.
func TestAnErasureIsAnExceptionInTheNextBundle(t *testing.T) {
	w := world.New(t)
	list := w.Issued(2)
	refresh(t, w.Publish)
	before := download(t, w.Publish)
	text, name := qr(t, w, list[0]), []byte(list[0].Snapshot.Name)
	if a := before.check(t, text); a.Status != registry.StatusValid {
		t.Fatalf("before: %s", a.Status)
	}
	w.Clock.Add(time.Minute)
	erased(t, w, list[0])
	refresh(t, w.Publish)

	d := download(t, w.Publish)
	key := trust.KeyOf(list[0].Code)
	var found []trust.Exception
	for _, e := range d.bundle.Exceptions {
		if e.Key == key {
			found = append(found, e)
		}
	}
	if len(found) != 1 || found[0].Status != registry.StatusRevoked || found[0].Reason != registry.HolderRemoved {
		t.Errorf("exceptions of the code: %+v", found)
	}
	if a := d.check(t, text); a.Status != registry.StatusRevoked || a.Verdict != registry.No {
		t.Errorf("without a network: %s %s", a.Status, a.Verdict)
	}
	if a := d.check(t, qr(t, w, list[1])); a.Status != registry.StatusValid {
		t.Errorf("the other one: %s", a.Status)
	}
	files, err := w.Publish.Files(t.Context())
	must(t, err)
	for _, f := range files {
		if bytes.Contains(f.Body, name) {
			t.Errorf("%s names the holder", f.Path)
		}
	}
}

// docs/erasure.md: the bit is set, so that a stranger who was given the badge
// before finds it revoked.
func TestAnErasedBadgeIsRevokedInTheStatusList(t *testing.T) {
	w := world.New(t)
	list := w.Issued(2)
	refresh(t, w.Publish)
	kept := w.Credential(list[0].ID) // with its signature, as its holder gave it out
	w.Clock.Add(time.Minute)
	erased(t, w, list[0])
	refresh(t, w.Publish)
	want := []outside{{Revocation: 1, Entries: 131072}, {Entries: 131072}}
	for i, a := range validate(t, w, w.Publish, kept, list[1]) {
		if a != want[i] {
			t.Errorf("badge %d: %+v, want %+v", i, a, want[i])
		}
	}
	if _, err := w.Issue.Token(w.Credential(list[0].ID)); err == nil {
		t.Error("the badge can be made again")
	}
}
