package lifecycle_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

// canary is somebody whose every word can be looked for.
func canary() intake.Row {
	r := world.Row(7)
	r.Name, r.LatinName, r.Phone, r.Email = "羊驼鸸鹋", "ALPACA EMU", "13900004242", "alpaca@example.test"
	r.Organization, r.Department, r.Title = "Canary Works", "Canary Ward", "Canary Officer"
	r.ID, r.IDLast4, r.Hash = "DEMO-CNRY77", "RY77", "row-hash-of-the-canary"
	return r
}

// canaries are what must be nowhere afterwards.
func canaries() []string {
	r := canary()
	return []string{r.Name, registry.NameKey(r.Name), r.LatinName, registry.NameKey(r.LatinName), r.Phone, r.Email, r.Organization, r.Department, r.Title, r.ID, r.IDLast4,
		r.Hash, "a note that names 羊驼"}
}

// found lists the canaries in b, as they are and in base64.
func found(b []byte) (list []string) {
	for _, c := range canaries() {
		for shift := range 3 { // where it stands in a longer text changes its base64
			text := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + c))
			if inner := text[(shift*8+5)/6 : len(text)-1]; len(inner) > 6 && bytes.Contains(b, []byte(inner)) {
				list = append(list, c+" in base64")
			}
		}
		if bytes.Contains(b, []byte(c)) {
			list = append(list, c)
		}
	}
	return list
}

// issuedTo issues a certificate of the course to the canary and one to somebody else.
func issuedTo(w *world.World, change ...func(*training.ClassInput)) (his, other registry.Credential) {
	w.T.Helper()
	class := w.Open("trainer", change...)
	w.Enrol("trainer", class.ID, canary(), world.Row(1))
	class, err := w.Training.Submit(w.T.Context(), w.By("trainer"), class.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, c := range w.Approve(class.ID).Credentials {
		if c.Snapshot.Name == canary().Name {
			his = c
		} else {
			other = c
		}
	}
	return w.Credential(his.ID), w.Credential(other.ID)
}

// erase asks and grants.
func erase(w *world.World, n registry.Number, alone bool) lifecycle.Erasure {
	w.T.Helper()
	ctx := w.T.Context()
	asked, err := w.Lifecycle.Erase(ctx, w.By("approver"), n, alone, "a note that names 羊驼")
	if err != nil || asked.Done {
		w.T.Fatalf("asked: %+v, %v", asked, err)
	}
	if _, err := w.Lifecycle.Erase(ctx, w.By("approver"), n, alone, ""); world.Code(err) != "four_eyes.revocation" {
		w.T.Fatalf("granted by who asked: %v", err)
	}
	granted, err := w.Lifecycle.Erase(ctx, w.By("second"), n, alone, "")
	if err != nil || !granted.Done || granted.Erased == nil {
		w.T.Fatalf("granted: %+v, %v", granted, err)
	}
	return *granted.Erased
}

func TestAnErasureLeavesNothingOfThePersonInAnyRow(t *testing.T) {
	w := world.New(t)
	eraseAll(t, w, func() {})
	if err := w.DB.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(w.Dir, "passmuster.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if left := found(b); len(left) > 0 {
			t.Errorf("%s still holds %q", filepath.Base(name), left)
		}
	}
}

// TestAnErasureLeavesNothingOfThePersonInAnyRowOfPostgreSQL reads every row of
// every table, before, when the same search finds the person, and afterwards.
func TestAnErasureLeavesNothingOfThePersonInAnyRowOfPostgreSQL(t *testing.T) {
	dsn := storetest.Postgres(t)
	w := world.Over(t, storetest.Open(t, store.Config{URL: dsn}), t.TempDir())
	search := func() map[string][]string {
		storetest.Analyze(t, dsn)
		tables := map[string][]string{}
		storetest.EachRow(t, dsn, func(table, row string) { tables[table] = append(tables[table], found([]byte(row))...) })
		return tables
	}
	eraseAll(t, w, func() {
		before := search()
		for _, table := range []string{"public.persons", "public.enrolments", "public.credentials", "public.idempotency_keys", "pg_catalog.pg_stats"} {
			if len(before[table]) == 0 {
				t.Errorf("before the erasure the search finds nothing in %s", table)
			}
		}
	})
	for table, left := range search() {
		if len(left) > 0 {
			t.Errorf("%s still holds %q", table, left)
		}
	}
}

// eraseAll gives the canary whatever the registry can know of a person, erases it
// and looks what is answered then; before is called in between.
func eraseAll(t *testing.T, w *world.World, before func()) {
	t.Helper()
	ctx := t.Context()
	first, other := issuedTo(w)
	second, _ := issuedTo(w, world.On("2026-11-19"))
	shares := &share.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin}
	link := access.HolderToken(w.Ring, first.Enrolment, 1)
	shown, err := shares.Make(ctx, link, 90)
	if err != nil {
		t.Fatal(err)
	}
	w.Tx(func(tx *store.Tx) error { // an answer that a client may ask for again
		key := store.IdempotencyKey{Principal: "p", Route: "r", Key: "k", BodySHA: "s", CreatedAt: w.Clock.Now()}
		_, _, err1 := tx.ClaimKey(ctx, key)
		key.Status, key.Response = 200, []byte(`{"name":"`+canary().Name+`"}`)
		return errors.Join(err1, tx.FinishKey(ctx, key))
	})
	qr, err1 := w.Issue.QR(first)
	token, err2 := w.Issue.Token(first)
	plain, err3 := json.Marshal(badge.Credential(first.Snapshot))
	file, err4 := w.Issue.Certificate(ctx, first)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	before()
	if done := erase(w, first.Number, false); done != (lifecycle.Erasure{Credentials: 2, Classes: 2, Person: true}) {
		t.Errorf("%+v", done)
	}

	for _, c := range []registry.Credential{first, second} {
		after := w.Credential(c.ID)
		if !after.Erased() || after.Number != c.Number || after.Code != c.Code || after.PDFSHA256 != c.PDFSHA256 || len(after.RecordSig)+len(after.JWTSig)+len(after.PDFSig) != 0 {
			t.Errorf("after: %+v", after)
		}
		answers(t, w, "code", func() (registry.Answer, error) { return w.Verify.Code(ctx, string(c.Code), verify.ChannelAPI) })
		if _, err := w.Issue.Certificate(ctx, after); !errors.Is(err, registry.Gone) || world.Code(err) != "credential.erased" {
			t.Errorf("certificate: %v", err)
		}
		if _, err := w.Issue.ByCode(ctx, c.Code); !errors.Is(err, registry.Gone) {
			t.Errorf("badge: %v", err)
		}
		if _, err := w.Issue.Holder(ctx, access.HolderToken(w.Ring, c.Enrolment, 1)); !errors.Is(err, registry.Gone) {
			t.Errorf("holder's page: %v", err)
		}
		a, err := w.Verify.NumberName(ctx, string(c.Number), canary().Name)
		if err != nil || a.Status != registry.StatusNotFound {
			t.Errorf("number and name: %+v, %v", a, err)
		}
	}
	answers(t, w, "QR code", func() (registry.Answer, error) { return w.Verify.QR(ctx, qr) })
	answers(t, w, "credential", func() (registry.Answer, error) { return w.Verify.Token(ctx, token) })
	answers(t, w, "credential without its signature", func() (registry.Answer, error) { return w.Verify.Unsigned(ctx, plain) })
	answers(t, w, "file", func() (registry.Answer, error) { return w.Verify.File(ctx, file.Bytes()) })
	if _, err := w.Verify.Share(ctx, string(shown.Code)); world.Code(err) != "share.gone" {
		t.Errorf("share: %v", err)
	}
	if a, err := w.Verify.Code(ctx, string(other.Code), verify.ChannelAPI); err != nil || a.Status != registry.StatusValid || a.Credential.Name == "" {
		t.Errorf("another person's: %+v, %v", a, err)
	}
	if _, err := w.Lifecycle.Erase(ctx, w.By("approver"), first.Number, false, ""); world.Code(err) != "credential.final" {
		t.Errorf("erased again: %v", err)
	}
	if err := w.DB.CheckAuditChain(ctx); err != nil {
		t.Errorf("audit: %v", err)
	}
	if err := w.Lifecycle.WorkErase(ctx, []byte("{}")); err != nil {
		t.Fatal(err)
	}
}

// answers fails unless the answer is "revoked, at the holder's request" and names
// nobody.
func answers(t *testing.T, w *world.World, what string, ask func() (registry.Answer, error)) {
	t.Helper()
	a, err := ask()
	if err != nil || a.Status != registry.StatusRevoked || a.Credential == nil || a.Credential.StatusReason != registry.HolderRemoved {
		t.Errorf("%s: %+v, %v", what, a, err)
		return
	}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if left := found(b); len(left) > 0 {
		t.Errorf("%s names %q: %s", what, left, b)
	}
	receipt, err := w.Verify.Receipt(a, registry.Subject{})
	if err != nil {
		t.Errorf("receipt of %s: %v", what, err)
	} else if left := found([]byte(receipt.Token)); len(left) > 0 {
		t.Errorf("receipt of %s names %q", what, left)
	}
}

func TestAnErasureOfOneClassKeepsTheOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d *store.DB) {
		w := world.Over(t, d, t.TempDir())
		first, _ := issuedTo(w)
		second, _ := issuedTo(w, world.On("2026-11-19"))
		if done := erase(w, first.Number, true); done != (lifecycle.Erasure{Credentials: 1, Classes: 1}) {
			t.Errorf("%+v", done)
		}
		if !w.Credential(first.ID).Erased() {
			t.Error("the one that was asked for stays")
		}
		if c := w.Credential(second.ID); c.State != registry.StateIssued || c.Snapshot.Name != canary().Name {
			t.Errorf("the other one: %s %q", c.State, c.Snapshot.Name)
		}
		if done := erase(w, second.Number, false); done != (lifecycle.Erasure{Credentials: 1, Classes: 1, Person: true}) {
			t.Errorf("then the rest: %+v", done)
		}
		w.Read(func(tx *store.Tx) error {
			p, err := tx.Person(t.Context(), first.Person)
			if p.Name+p.NameKey+p.LatinName+p.IDHash+p.IDLast4+p.Phone+p.Email != "" || p.ErasedAt.IsZero() {
				t.Errorf("person: %+v", p)
			}
			return err
		})
	})
}

func TestAnErasureReachesWhatWasReplacedOrRevokedBefore(t *testing.T) {
	w := world.New(t)
	c, _ := issuedTo(w)
	if err := revoke(w, "approver", c.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Lifecycle.Erase(t.Context(), w.By("second"), c.Number, false, ""); world.Code(err) != "credential.another_request" {
		t.Errorf("an erasure grants a revocation: %v", err)
	}
	if err := revoke(w, "second", c.Number); err != nil {
		t.Fatal(err)
	}
	if done := erase(w, c.Number, false); done.Credentials != 1 {
		t.Errorf("%+v", done)
	}
	_, events, err := w.Issue.Credential(t.Context(), w.By("approver"), c.Number)
	if err != nil || len(events) != 3 || events[1].Reason != "misconduct" || events[2].Reason != registry.HolderRemoved {
		t.Errorf("history: %+v, %v", events, err)
	}
	for _, e := range events {
		if e.Private != "" {
			t.Errorf("a note stays: %+v", e)
		}
	}
}

func TestARevocationNeverGrantsAnErasure(t *testing.T) {
	w := world.New(t)
	c, _ := issuedTo(w)
	if _, err := w.Lifecycle.Erase(t.Context(), w.By("approver"), c.Number, true, ""); err != nil {
		t.Fatal(err)
	}
	if err := revoke(w, "second", c.Number); world.Code(err) != "credential.another_request" || w.Credential(c.ID).Erased() {
		t.Errorf("granted by another word: %v", err)
	}
	if err := reinstate(w, "second", c.Number); err != nil || w.Credential(c.ID).Snapshot.Name == "" {
		t.Errorf("declined: %v", err)
	}
}

// removals remembers what was removed.
type removals []string

func (r *removals) Remove(_ context.Context, sha string) error { *r = append(*r, sha); return nil }

func TestArchivedFilesAreRemoved(t *testing.T) {
	w := world.New(t)
	var gone removals
	w.Lifecycle.Archive = &gone
	args, err := json.Marshal(map[string][]string{"files": {"aa", "bb"}})
	if err == nil {
		err = w.Lifecycle.WorkErase(t.Context(), args)
	}
	if err != nil || len(gone) != 2 {
		t.Errorf("%v, %v", gone, err)
	}
}
