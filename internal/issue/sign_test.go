package issue_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

// raw runs SQL on the store's file past every guard, as somebody at the disk
// could.
func raw(w *world.World, statements ...string) {
	w.T.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.Dir, "passmuster.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		w.T.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		if _, err := db.ExecContext(w.T.Context(), s); err != nil {
			w.T.Fatalf("%s: %v", s, err)
		}
	}
}

// failAt makes the store refuse the signature of one person's credential, as a
// full disk or a broken page could.
func failAt(w *world.World, name string) (heal func()) {
	raw(w, `CREATE TRIGGER canary BEFORE UPDATE ON credentials WHEN NEW.state = 'issued' AND NEW.name = '`+name+`' BEGIN SELECT RAISE(ABORT, 'canary'); END`)
	return func() { raw(w, `DROP TRIGGER canary`) }
}

func TestAHundredExistWhenTheApprovalAnswers(t *testing.T) {
	w := world.New(t)
	out := w.Approve(w.Submitted(issue.AtOnce).ID)
	if out.Issued != issue.AtOnce || out.Class.Status != registry.ClassIssued {
		t.Fatalf("%d of %d, class %s", out.Issued, out.Total, out.Class.Status)
	}
	for i, c := range out.Credentials {
		if want := fmt.Sprintf("GAJK-SJZ-2026-%06d", i+1); string(c.Number) != want || c.State != registry.StateIssued || c.SignedAt.IsZero() || c.Enrolment == "" {
			t.Fatalf("credential %d: %s %s, want %s in the order of the roster", i, c.Number, c.State, want)
		}
	}
	if err := w.DB.Drain(t.Context(), workers(w)); err != nil {
		t.Errorf("the safety net: %v", err)
	}
}

func workers(w *world.World) map[string]store.Worker {
	return map[string]store.Worker{issue.JobKind: w.Issue.Work}
}

func TestALargeClassIsSignedByAJobThatShowsHowFarItIs(t *testing.T) {
	w := world.New(t)
	two := func(in *training.ClassInput) {
		in.Trainers = append(in.Trainers, registry.ClassTrainer{Person: w.People["other"].ID})
	}
	out := w.Approve(w.Submitted(300, two).ID)
	run := func() store.Run {
		t.Helper()
		r, err := w.Issue.Run(t.Context(), w.By("approver"), out.Run)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if out.Issued != 0 || out.Total != 300 || run().Status != "queued" || run().Total != 300 {
		t.Fatalf("%+v, run %+v", out, run())
	}
	if _, err := w.Issue.Run(t.Context(), w.By("movement"), out.Run); world.Code(err) != "run.unknown" {
		t.Errorf("another federation watches: %v", err)
	}
	heal := failAt(w, world.Name(260))
	if err := w.DB.Drain(t.Context(), workers(w)); err == nil {
		t.Error("the job did not say that it failed")
	}
	if r := run(); r.Done != 250 || r.Status == "done" {
		t.Errorf("after a fault in the second chunk: %+v", r)
	}
	before := numbers(w, out.Class.ID)
	if !slices.IsSorted(before) {
		t.Error("as they are stored, they are not in the order of the roster")
	}
	heal()
	if err := w.Issue.SignClass(t.Context(), out.Class.ID); err != nil {
		t.Fatal(err)
	}
	if r := run(); r.Done != 300 || r.Status != "done" {
		t.Errorf("when done: %+v", r)
	}
	if after := numbers(w, out.Class.ID); !slices.Equal(before, after) || len(after) != 300 {
		t.Errorf("numbers changed over the fault: %d and %d", len(before), len(after))
	}
}

func numbers(w *world.World, class registry.ID) (list []string) {
	w.T.Helper()
	w.Read(func(tx *store.Tx) error {
		all, err := tx.CredentialsOfClass(w.T.Context(), class)
		for _, c := range all {
			list = append(list, string(c.Number)+" "+string(c.Code)+" "+c.Snapshot.Salt)
		}
		return err
	})
	return list
}

// crashed approves a class and stops before anything is signed: the store has
// the intents and nothing more.
func crashed(w *world.World, class registry.ID) []string {
	w.T.Helper()
	raw(w, `CREATE TRIGGER crash BEFORE UPDATE ON credentials WHEN NEW.state = 'issued' BEGIN SELECT RAISE(ABORT, 'crash'); END`)
	out, err := w.Issue.Approve(w.T.Context(), w.By("approver"), class, issue.ApproveInput{})
	if err != nil || out.Issued != 0 {
		w.T.Fatalf("the approval stands and says that nothing is signed: %+v, %v", out, err)
	}
	raw(w, `DROP TRIGGER crash`)
	return numbers(w, class)
}

func TestACrashBetweenIntentAndSignatureIsFinishedOnce(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(3)
	before := crashed(w, class.ID)
	w.Read(func(tx *store.Tx) error {
		all, err := tx.CredentialsOfClass(t.Context(), class.ID)
		for _, c := range all {
			if a, err := w.Verify.Code(t.Context(), string(c.Code), "api"); err != nil || a.Status != registry.StatusNotFound || a.Credential != nil {
				t.Errorf("an intent is answered %s, %v", a.Status, err)
			}
			if _, err := w.Issue.ByCode(t.Context(), c.Code); world.Code(err) != "credential.unknown" {
				t.Errorf("an intent has a page: %v", err)
			}
			if _, err := w.Issue.Certificate(t.Context(), c); world.Code(err) != "credential.unknown" {
				t.Errorf("an intent has a file: %v", err)
			}
		}
		return err
	})
	var wait sync.WaitGroup
	for range 3 { // three processes find it
		wait.Go(func() {
			if _, err := w.NewIssue().Resume(t.Context()); err != nil {
				t.Errorf("resume: %v", err)
			}
		})
	}
	wait.Wait()
	if after := numbers(w, class.ID); !slices.Equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	list, err := w.Issue.OfClass(t.Context(), w.By("approver"), class.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		issued := 0
		for _, act := range w.Audit(c.ID) {
			if act.Action == "credential.issue" {
				issued++
			}
		}
		if c.State != registry.StateIssued || issued != 1 {
			t.Errorf("%s: %s, issued %d times", c.Number, c.State, issued)
		}
	}
	if n, err := w.Issue.Resume(t.Context()); n != 0 || err != nil {
		t.Errorf("nothing is left: %d, %v", n, err)
	}
}

func TestAClassThatCannotBeSignedKeepsNoOtherBack(t *testing.T) {
	w := world.New(t)
	broken, good := w.Submitted(1), w.SubmittedBy("tianjin", 2, w.At("TJX", "tianjin"))
	crashed(w, broken.ID)
	crashed(w, good.ID)
	raw(w, `INSERT INTO templates SELECT 'damaged', id, body, created_at FROM templates LIMIT 1; UPDATE credentials SET template = 'damaged' WHERE class = '`+string(broken.ID)+`'`)
	n, err := w.NewIssue().Resume(t.Context())
	if n != 1 || world.Code(err) != "template.damaged" {
		t.Errorf("finished %d classes, %v", n, err)
	}
	if list, _ := w.Issue.OfClass(t.Context(), w.By("approver"), good.ID); len(list) != 2 || list[0].State != registry.StateIssued {
		t.Errorf("the good class: %+v", list)
	}
}

func TestACredentialThatCannotBeSignedKeepsNoOtherBack(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(5)
	crashed(w, class.ID)
	raw(w, `INSERT INTO templates SELECT 'damaged', id, body, created_at FROM templates LIMIT 1`, `UPDATE credentials SET template = 'damaged' WHERE name = '`+world.Name(2)+`'`)
	if err := w.Issue.SignClass(t.Context(), class.ID); world.Code(err) != "template.damaged" {
		t.Fatalf("sign: %v", err)
	}
	states := map[registry.State]int{}
	list, err := w.Issue.OfClass(t.Context(), w.By("approver"), class.ID)
	for _, c := range list {
		states[c.State]++
	}
	if err != nil || states[registry.StateIssued] != 4 || states[registry.StateQueued] != 1 {
		t.Errorf("states %v, %v", states, err)
	}
	w.Read(func(tx *store.Tx) error {
		run, err := tx.RunFor(t.Context(), issue.JobKind, class.ID)
		if run.Status != "failed" || run.Done != 4 || run.Failed != 1 {
			t.Errorf("run %+v", run)
		}
		return err
	})
}

func TestKeysThatWereReplacedDoNotHoldAClassBack(t *testing.T) {
	for _, tc := range []struct {
		promise string
		change  func(w *world.World) error
	}{
		{"the record key is rotated", func(w *world.World) error { _, err := w.Ring.Rotate(keys.Record, "CVF", w.Clock.Now()); return err }},
		{"the document signer is rotated", func(w *world.World) error { _, err := w.Ring.Rotate(keys.PDFSigner, "", w.Clock.Now()); return err }},
		{"the record key is stolen, and replaced two days later", func(w *world.World) error {
			old := w.Ring.RecordKeys()[0]
			if err := w.Ring.MarkCompromised(old.KID, w.Clock.Now()); err != nil {
				return err
			}
			var class registry.ID
			w.Read(func(tx *store.Tx) error {
				queued, err := tx.QueuedCredentials(w.T.Context(), "", 1)
				class = queued[0].Class
				return err
			})
			if err := w.Issue.SignClass(w.T.Context(), class); world.Code(err) != "keys.compromised" {
				w.T.Errorf("signed with a stolen key: %v", err)
			}
			w.Clock.Add(48 * time.Hour)
			_, err := w.Ring.Rotate(keys.Record, "CVF", w.Clock.Now())
			return err
		}},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			w := world.New(t)
			class := w.Submitted(2)
			before := crashed(w, class.ID)
			if err := tc.change(w); err != nil {
				t.Fatal(err)
			}
			if n, err := w.NewIssue().Resume(t.Context()); n != 1 || err != nil {
				t.Fatalf("resume: %d, %v", n, err)
			}
			if after := numbers(w, class.ID); !slices.Equal(before, after) {
				t.Errorf("numbers, codes or salts changed: %v, %v", before, after)
			}
			list, err := w.Issue.OfClass(t.Context(), w.By("approver"), class.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				checkOffline(t, w, c, registry.StatusValid)
				if _, err := w.NewIssue().Certificate(t.Context(), c); err != nil {
					t.Errorf("certificate of %s: %v", c.Number, err)
				}
			}
		})
	}
}

func TestTheSameFileComesFromAnyProcessAndAfterAnyRotation(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	first, err := w.Issue.Certificate(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, use := range []keys.Use{"", keys.PDFSigner, keys.Record, keys.PDFCA, keys.Publisher} {
		if use != "" {
			issuer := map[bool]string{true: "CVF"}[use == keys.Record]
			if _, err := w.Ring.Rotate(use, issuer, w.Clock.Now()); err != nil {
				t.Fatalf("rotate %s: %v", use, err)
			}
		}
		again, err := w.NewIssue().Certificate(t.Context(), w.Credential(c.ID))
		if err != nil || !bytes.Equal(again.Bytes(), first.Bytes()) {
			t.Errorf("after rotating %q: another file, %v", use, err)
		}
		if a, err := w.Verify.Code(t.Context(), string(c.Code), "api"); err != nil || a.Status != registry.StatusValid {
			t.Errorf("after rotating %q: %s, %v", use, a.Status, err)
		}
	}
	w.Clock.Add(24 * time.Hour)
	sum := sha256.Sum256(first.Bytes())
	if hex.EncodeToString(sum[:]) != c.PDFSHA256 {
		t.Error("the record's hash is not the file's")
	}
}

func TestAnotherFileNeverComesUnderAnOldNumber(t *testing.T) {
	w := world.New(t)
	for _, c := range []struct{ promise, statement, code string }{
		{"the stored hash differs", `UPDATE credentials SET pdf_sha256 = '00' || substr(pdf_sha256, 3)`, "certificate.drift"},
		{"the stored name differs", `UPDATE credentials SET snapshot = replace(snapshot, '"name":"王伟伟"', '"name":"王伟芳"')`, "certificate.drift"},
		{"the file's signature differs", `UPDATE credentials SET pdf_sig = jwt_sig`, "certificate.drift"},
		{"the record's signature differs", `UPDATE credentials SET record_sig = jwt_sig`, "certificate.drift"},
		{"the token's signature differs", `UPDATE credentials SET jwt_sig = record_sig`, "certificate.drift"},
		{"everything is another's", `UPDATE credentials SET (snapshot, template, record_sig, jwt_sig, pdf_sig, pdf_sha256) = ` +
			`(SELECT snapshot, template, record_sig, jwt_sig, pdf_sig, pdf_sha256 FROM credentials AS o WHERE o.id <> credentials.id AND o.pdf_sha256 <> '' ORDER BY o.id LIMIT 1)`, "certificate.drift"},
		{"the design is broken", `UPDATE templates SET body = substr(body, 1, 1001)`, "template.damaged"},
		{"the design is gone", `DELETE FROM templates`, "template.damaged"},
	} {
		credential := w.Issued(1)[0]
		where := ` WHERE id = '` + string(credential.ID) + `'`
		if strings.Contains(c.statement, "templates") {
			where = ""
		}
		raw(w, c.statement+where)
		file, err := w.NewIssue().Certificate(t.Context(), w.Credential(credential.ID))
		if err == nil || file != nil {
			t.Errorf("%s: a file, %v", c.promise, err)
		}
		if world.Code(err) != c.code {
			t.Errorf("%s: %v, want %s", c.promise, err, c.code)
		}
		w.Clock.Add(time.Hour)
	}
}

func TestTheSnapshotIsCanonicalAndTheLeafCanBeMadeAgain(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.Dir, "passmuster.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var stored string
	if err := db.QueryRowContext(t.Context(), `SELECT snapshot FROM credentials`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	canonical, err := jcs.Transform([]byte(stored))
	if err != nil || string(canonical) != stored {
		t.Errorf("stored as %s, canonical is %s, %v", stored, canonical, err)
	}
	// docs: SHA-256(salt || SHA-256(canonical snapshot)), hex
	var printed struct{ Salt string }
	if err := json.Unmarshal([]byte(stored), &printed); err != nil {
		t.Fatal(err)
	}
	salt, err := base64.RawURLEncoding.DecodeString(printed.Salt)
	if err != nil || len(salt) != 32 {
		t.Fatalf("salt of %d bytes, %v", len(salt), err)
	}
	inner := sha256.Sum256([]byte(stored))
	outer := sha256.Sum256(append(salt, inner[:]...))
	if hex.EncodeToString(outer[:]) != c.LeafHash {
		t.Errorf("leaf %s, want %x", c.LeafHash, outer)
	}
}

func TestNumbersOfAClassHaveNoGapsAndEachBaseCountsForItself(t *testing.T) {
	w := world.New(t)
	var got []string
	for _, c := range append(w.Issued(2), w.Issued(2)...) {
		got = append(got, string(c.Number))
	}
	for _, tc := range []struct{ base, who, approver string }{{"TJX", "tianjin", "approver"}, {"KZN", "kazan", "movement"}} {
		class := w.SubmittedBy(tc.who, 1, w.At(tc.base, tc.who))
		out, err := w.Issue.Approve(t.Context(), w.By(tc.approver), class.ID, issue.ApproveInput{})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(out.Credentials[0].Number))
	}
	want := []string{"GAJK-SJZ-2026-000001", "GAJK-SJZ-2026-000002", "GAJK-SJZ-2026-000003", "GAJK-SJZ-2026-000004", "GAJK-TJX-2026-000001", "MYV-KZN-2026-000001"}
	if !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
}

func TestTheYearOfANumberIsTheBasesOwn(t *testing.T) {
	w := world.New(t)
	w.Clock.Set(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)) // 2027 in Shijiazhuang, 19:00 in Kazan
	day := func(in *training.ClassInput) { world.On("2026-12-30")(in) }
	c := w.Issued(1, day)[0]
	class := w.SubmittedBy("kazan", 1, w.At("KZN", "kazan"), day)
	out, err := w.Issue.Approve(t.Context(), w.By("movement"), class.ID, issue.ApproveInput{})
	if err != nil {
		t.Fatal(err)
	}
	if k := out.Credentials[0]; c.Number != "GAJK-SJZ-2027-000001" || k.Number != "MYV-KZN-2026-000001" || c.Snapshot.IssuedOn != world.Day("2027-01-01") || k.Snapshot.IssuedOn != world.Day("2026-12-31") {
		t.Errorf("%s on %s, %s on %s", c.Number, c.Snapshot.IssuedOn, k.Number, k.Snapshot.IssuedOn)
	}
}

func TestACredentialEndsWithItsDayAtTheBase(t *testing.T) {
	for _, tc := range []struct {
		promise, base, who, approver, course, day, until string
		ends                                             time.Time
	}{
		{"Shijiazhuang, month's end", "SJZ", "trainer", "approver", "CPR1", "2026-11-21", "2028-11-30", time.Date(2028, 11, 30, 16, 0, 0, 0, time.UTC)},
		{"Kazan, month's end", "KZN", "kazan", "movement", "CPR1", "2026-11-21", "2028-11-30", time.Date(2028, 11, 30, 21, 0, 0, 0, time.UTC)},
		{"the same day a year later", "SJZ", "trainer", "approver", "FAR1", "2026-11-21", "2027-11-21", time.Date(2027, 11, 21, 16, 0, 0, 0, time.UTC)},
		{"29 February ends on the 28th", "SJZ", "trainer", "approver", "FAR1", "2028-02-29", "2029-02-28", time.Date(2029, 2, 28, 16, 0, 0, 0, time.UTC)},
		{"29 February, month's end", "KZN", "kazan", "movement", "CPR1", "2028-02-29", "2030-02-28", time.Date(2030, 2, 28, 21, 0, 0, 0, time.UTC)},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			w := world.New(t)
			w.Clock.Set(world.Day(tc.day).Start(time.UTC).Add(13 * time.Hour))
			class := w.SubmittedBy(tc.who, 1, w.At(tc.base, tc.who), world.Of(tc.course), world.On(tc.day))
			out, err := w.Issue.Approve(t.Context(), w.By(tc.approver), class.ID, issue.ApproveInput{})
			if err != nil {
				t.Fatal(err)
			}
			c := out.Credentials[0]
			if c.Snapshot.ValidUntil != world.Day(tc.until) || !c.Snapshot.ExpiresAt.Equal(tc.ends) {
				t.Errorf("until %s, %s; want %s, %s", c.Snapshot.ValidUntil, c.Snapshot.ExpiresAt, tc.until, tc.ends)
			}
			for _, at := range []struct {
				t    time.Time
				want registry.Status
			}{{tc.ends.Add(-time.Second), registry.StatusExpiring}, {tc.ends, registry.StatusExpired}} {
				w.Clock.Set(at.t)
				if a, err := w.Verify.Code(t.Context(), string(c.Code), "api"); err != nil || a.Status != at.want {
					t.Errorf("at %s: %s, want %s, %v", at.t, a.Status, at.want, err)
				}
				checkOffline(t, w, c, at.want)
			}
		})
	}
}
