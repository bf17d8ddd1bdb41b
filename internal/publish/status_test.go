package publish_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/interop"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// outside is what somebody else's verifier finds.
type outside struct {
	Revocation, Suspension, Entries int
	Error                           string
}

// validate has the badges checked by a verifier that shares no code with ours,
// over everything that is published.
func validate(t *testing.T, w *world.World, s *publish.Service, list ...registry.Credential) []outside {
	t.Helper()
	var tokens []string
	for _, c := range list {
		token, err := w.Issue.Token(c)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	var answers []outside
	interop.Run(t, "statuslist.mjs", map[string]any{"at": w.Clock.Now(), "documents": served(t, s), "tokens": tokens}, &answers)
	return answers
}

// served is everything published, by address and media type.
func served(t *testing.T, s *publish.Service) map[string]map[string]string {
	t.Helper()
	files, err := s.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, f := range files {
		out[s.Origin+f.Path] = map[string]string{f.Type: string(f.Body)}
		if name, ok := strings.CutPrefix(f.Path, "/status/"); ok {
			for _, media := range []string{publish.TypeJWT, publish.TypeVCJWT} {
				form, err := s.StatusFile(t.Context(), name, media)
				if err != nil {
					t.Fatal(err)
				}
				out[s.Origin+f.Path][media] = string(form.Body)
			}
		}
	}
	return out
}

func TestStrangersFindRevokedAndSuspendedBadgesInTheLists(t *testing.T) {
	w := world.New(t)
	list := w.Issued(4)
	refresh(t, w.Publish)
	for _, a := range validate(t, w, w.Publish, list...) {
		if a != (outside{Entries: 131072}) {
			t.Errorf("a fresh badge: %+v", a)
		}
	}
	w.Clock.Add(time.Minute)
	must(t, second(w.Lifecycle.Suspend(t.Context(), w.By("approver"), list[0].Number, "under_review", "")))
	revoke(t, w, list[1])
	refresh(t, w.Publish)
	want := []outside{{Revocation: 1, Suspension: 1, Entries: 131072}, {Revocation: 1, Entries: 131072}, {Entries: 131072}, {Entries: 131072}}
	for i, a := range validate(t, w, w.Publish, list...) {
		if a != want[i] {
			t.Errorf("badge %d: %+v, want %+v", i, a, want[i])
		}
	}
	must(t, second(w.Lifecycle.Reinstate(t.Context(), w.By("approver"), list[0].Number, "")))
	refresh(t, w.Publish)
	if a := validate(t, w, w.Publish, list[0])[0]; a != (outside{Entries: 131072}) {
		t.Errorf("taken back: %+v", a)
	}
	w.Clock.Add(25 * time.Hour) // nothing was refreshed for a day: the list no longer counts
	if a := validate(t, w, w.Publish, list[2])[0]; a.Error == "" {
		t.Errorf("a list past its end: %+v", a)
	}
	refresh(t, w.Publish)
	if a := validate(t, w, w.Publish, list[2])[0]; a != (outside{Entries: 131072}) {
		t.Errorf("a day later: %+v", a)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func revoke(t *testing.T, w *world.World, c registry.Credential) {
	t.Helper()
	for _, by := range []string{"approver", "second"} {
		if _, err := w.Lifecycle.Revoke(t.Context(), w.By(by), c.Number, "identity", ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAListIsOfTheIssuerOfItsBadgesWhateverKeySigns(t *testing.T) {
	w := world.New(t)
	first := w.Issued(1)[0]
	refresh(t, w.Publish)
	for range 3 {
		w.Clock.Add(24 * time.Hour)
		must(t, second(w.Ring.Rotate(keys.Record, "CVF", w.Clock.Now())))
		refresh(t, w.Publish)
		if a := validate(t, w, w.Publish, first)[0]; a != (outside{Entries: 131072}) {
			t.Errorf("after a rotation: %+v", a)
		}
	}
	fresh := w.Issued(1)[0]
	old := w.Ring.RecordKeys()
	must(t, w.Ring.MarkCompromised(fresh.Snapshot.RecordKey, w.Clock.Now()))
	must(t, second(w.Ring.Rotate(keys.Record, "CVF", w.Clock.Now())))
	refresh(t, w.Publish)
	answers := validate(t, w, w.Publish, first, fresh)
	if answers[0] != (outside{Entries: 131072}) {
		t.Errorf("a badge by an older key, after another was stolen: %+v", answers[0])
	}
	if answers[1].Error == "" {
		t.Errorf("a badge by a stolen key: %+v", answers[1])
	}
	for url := range served(t, w.Publish) {
		if strings.HasSuffix(url, fresh.Snapshot.RecordKey) {
			t.Errorf("the stolen key is served: %s", url)
		}
	}
	if len(old) < 4 {
		t.Errorf("%d keys", len(old))
	}
}

func second[T any](_ T, err error) error { return err }

func TestStatusListsKeepTheSchema(t *testing.T) {
	w := world.New(t)
	w.Issued(1)
	refresh(t, w.Publish)
	var docs []json.RawMessage
	for _, name := range []string{"1", "1-suspension"} {
		f, err := w.Publish.StatusFile(t.Context(), name, publish.TypeVC)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, f.Body)
	}
	docs = append(docs, json.RawMessage(strings.ReplaceAll(string(docs[0]), `"BitstringStatusList"`, `"StatusList2021"`)))
	var faults [][]string
	interop.Run(t, "schema.mjs", map[string]any{"schema": filepath.Join(interop.Root(t), "internal", "badge", "testdata", "statuslist.schema.json"), "documents": docs}, &faults)
	for i, want := range []bool{true, true, false} {
		if (len(faults[i]) == 0) != want {
			t.Errorf("document %d: %v", i, faults[i])
		}
	}
	for _, name := range []string{"2", "0", "01", "1-other", "1-revocation", "-1", "x", ""} {
		if _, err := w.Publish.StatusFile(t.Context(), name, publish.TypeVC); world.Code(err) != "publication.unknown" {
			t.Errorf("list %q: %v", name, err)
		}
	}
}

func TestTheDIDDocumentSaysWhatTheKeySetSays(t *testing.T) {
	w := world.New(t)
	w.Issued(1)
	for range 3 {
		must(t, second(w.Ring.Rotate(keys.Record, "CVF", w.Clock.Now())))
		must(t, second(w.Ring.Rotate(keys.Publisher, "", w.Clock.Now())))
	}
	refresh(t, w.Publish)
	docs := served(t, w.Publish)
	var did badge.KeyDocument
	var set badge.JWKSet
	read(t, docs[w.Publish.Origin+"/.well-known/did.json"], &did)
	read(t, docs[w.Publish.Origin+"/.well-known/jwks.json"], &set)
	if did.ID != "did:web:verify.demo.example" {
		t.Errorf("id %q", did.ID)
	}
	jwks := map[string]badge.JWK{}
	for _, k := range set.Keys {
		jwks[k.KID] = k
	}
	ids, publishers := map[string]bool{}, 0
	for _, m := range did.Methods {
		if ids[m.ID] || m.Controller != did.ID || !strings.HasPrefix(m.ID, did.ID+"#") || m.JWK == nil {
			t.Errorf("method %+v", m)
		}
		ids[m.ID] = true
		k, listed := jwks[m.JWK.KID]
		key, _ := w.Ring.Find(strings.TrimPrefix(m.ID, did.ID+"#"))
		if asserts := slices.Contains(did.Assertion, m.ID); asserts != (key.Use == keys.Record) || !listed {
			t.Errorf("%s is a %s key; asserts: %v, in the key set: %v", m.ID, key.Use, asserts, listed)
		}
		if key.Use == keys.Publisher {
			publishers++
		}
		if fmt.Sprint(k) != fmt.Sprint(*m.JWK) {
			t.Errorf("%s: %v in the key set, %v here", m.ID, k, *m.JWK)
		}
		var one badge.JWK
		read(t, docs[m.JWK.KID], &one)
		if fmt.Sprint(one) != fmt.Sprint(k) {
			t.Errorf("%s: %v under its own address", m.ID, one)
		}
	}
	if len(did.Assertion)+publishers != len(set.Keys) || len(did.Assertion) < 4 || publishers == 0 {
		t.Errorf("%d assert, %d in the key set, %d publishers", len(did.Assertion), len(set.Keys), publishers)
	}
	for _, s := range did.Services {
		if !strings.HasPrefix(s.ID, did.ID+"#") || ids[s.ID] || !strings.HasPrefix(s.Endpoint, w.Publish.Origin+"/") {
			t.Errorf("service %+v", s)
		}
	}
	if got := badge.DIDOf("http://127.0.0.1:8080"); got != "did:web:127.0.0.1%3A8080" {
		t.Errorf("an origin with a port is %s", got)
	}
}

func read(t *testing.T, forms map[string]string, into any) {
	t.Helper()
	for _, text := range forms {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("not served")
}
