package verify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/verify"
)

func code(t *testing.T, w *world.World, text string) registry.Answer {
	t.Helper()
	a, err := w.Verify.Code(t.Context(), text, verify.ChannelAPI)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func scan(t *testing.T, w *world.World, text string) registry.Answer {
	t.Helper()
	a, err := w.Verify.QR(t.Context(), text)
	if err != nil {
		t.Fatalf("QR %.60s: %v", text, err)
	}
	return a
}

func qr(t *testing.T, w *world.World, c registry.Credential) string {
	t.Helper()
	text, err := w.Issue.QR(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func reasons(a registry.Answer) (codes []string) {
	for _, r := range a.Reasons {
		codes = append(codes, r.Code)
	}
	return codes
}

// unknown is a code that was never given out.
var unknown = registry.NewCode([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9})

func TestEveryStatusIsAnswered(t *testing.T) {
	w := world.New(t)
	list := w.Issued(4)
	suspended, revoked, corrected := list[1], list[2], list[3]
	ctx := t.Context()
	for _, err := range []error{
		second(w.Lifecycle.Suspend(ctx, w.By("approver"), suspended.Number, "under_review", "")),
		second(w.Lifecycle.Revoke(ctx, w.By("approver"), revoked.Number, "identity", "")),
		second(w.Lifecycle.Revoke(ctx, w.By("second"), revoked.Number, "identity", "")),
		second(w.Issue.Reissue(ctx, w.By("approver"), corrected.Number, issue.Correction{Name: corrected.Snapshot.Name + "芬", Reason: "misspelt"})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	later := w.Submitted(1)
	out, err := w.Issue.Approve(ctx, w.By("approver"), later.ID, issue.ApproveInput{ValidFrom: world.Day("2026-12-01")})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		promise string
		code    registry.Code
		at      time.Time
		status  registry.Status
		verdict registry.Verdict
	}{
		{"valid", list[0].Code, world.Start, registry.StatusValid, registry.Yes},
		{"sixty days before its end", list[0].Code, time.Date(2028, 10, 1, 16, 0, 0, 0, time.UTC), registry.StatusExpiring, registry.Yes},
		{"the second before", list[0].Code, time.Date(2028, 10, 1, 15, 59, 59, 0, time.UTC), registry.StatusValid, registry.Yes},
		{"after its end", list[0].Code, time.Date(2028, 11, 30, 16, 0, 0, 0, time.UTC), registry.StatusExpired, registry.No},
		{"before the ceremony", out.Credentials[0].Code, world.Start, registry.StatusNotYetValid, registry.No},
		{"suspended", suspended.Code, world.Start, registry.StatusSuspended, registry.No},
		{"revoked", revoked.Code, world.Start, registry.StatusRevoked, registry.No},
		{"revoked outlives its end", revoked.Code, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), registry.StatusRevoked, registry.No},
		{"corrected", corrected.Code, world.Start, registry.StatusSuperseded, registry.Replaced},
		{"never issued", unknown, world.Start, registry.StatusNotFound, registry.No},
	} {
		w.Clock.Set(tc.at)
		for _, text := range []string{string(tc.code), strings.ToLower(tc.code.String()), " " + strings.ReplaceAll(string(tc.code), "1", "l")} {
			if a := code(t, w, text); a.Status != tc.status || a.Verdict != tc.verdict || !a.CheckedAt.Equal(tc.at) {
				t.Errorf("%s, %q: %s, %s at %s", tc.promise, text, a.Status, a.Verdict, a.CheckedAt)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAMistypedCodeNeedsNoStore(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	wrong := []byte(c.Code)
	wrong[3] = "0123456789"[(bytes.IndexByte([]byte("0123456789"), wrong[3])+1)%10]
	down := stopped(t, w)
	for _, text := range []string{string(wrong), "", "hello", strings.Repeat("0", 1<<20), "' OR 1=1 --"} {
		if _, err := down.Code(t.Context(), text, verify.ChannelPage); world.Code(err) != "code.mistyped" {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := down.NumberName(t.Context(), "GAJK-SJZ", "王"); world.Code(err) != "number.format" {
		t.Errorf("number: %v", err)
	}
	if _, err := down.NumberName(t.Context(), string(c.Number), " · "); world.Code(err) != "name.empty" {
		t.Errorf("name: %v", err)
	}
}

// stopped is the service over a store that has gone away.
func stopped(t *testing.T, w *world.World) *verify.Service {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return &verify.Service{DB: db, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin, Log: slog.New(slog.DiscardHandler)}
}

func TestWithoutItsStoreTheRegistryCannotTell(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	down := stopped(t, w)
	answers := map[string]registry.Answer{}
	var err error
	if answers["code"], err = down.Code(t.Context(), string(c.Code), verify.ChannelPage); err != nil {
		t.Error(err)
	}
	if answers["number and name"], err = down.NumberName(t.Context(), string(c.Number), c.Snapshot.Name); err != nil {
		t.Error(err)
	}
	if answers["QR"], err = down.QR(t.Context(), qr(t, w, c)); err != nil {
		t.Error(err)
	}
	for what, a := range answers {
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != registry.StatusCouldNotCheck || a.Verdict != registry.CannotTell || a.Credential != nil {
			t.Errorf("%s: %s", what, text)
		}
		for _, inner := range []string{"sql", "SELECT", "goroutine", "conn", ".go:", "closed"} {
			if strings.Contains(string(text), inner) {
				t.Errorf("%s tells of %q: %s", what, inner, text)
			}
		}
	}
}

func TestAMissingLinkIsNoNotFound(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	c.SupersededBy = "gone"
	w.Tx(func(tx *store.Tx) error {
		if _, err := tx.SaveCredential(t.Context(), c); err != nil {
			return err
		}
		return tx.Audit(t.Context(), store.Act{Action: "credential.damage", ObjectType: "credential", Object: c.ID, At: w.Clock.Now()})
	})
	if a := code(t, w, string(c.Code)); a.Status != registry.StatusCouldNotCheck {
		t.Errorf("a credential whose successor is missing: %s", a.Status)
	}
}

// named issues one credential to each of the names.
func named(w *world.World, names ...string) []registry.Credential {
	w.T.Helper()
	class := w.Open("trainer")
	var rows []intake.Row
	for i, name := range names {
		row := world.Row(i)
		row.Name = name
		rows = append(rows, row)
	}
	w.Enrol("trainer", class.ID, rows...)
	if _, err := w.Training.Submit(w.T.Context(), w.By("trainer"), class.ID); err != nil {
		w.T.Fatal(err)
	}
	return w.Approve(class.ID).Credentials
}

func TestANameIsTheSameHoweverItIsTyped(t *testing.T) {
	w := world.New(t)
	list := named(w, "Семёнов Пётр", "张丽", "阿卜杜热西提·阿布都克里木", "O'Brien-Łukasiewicz Siobhán")
	for i, typed := range [][]string{
		{"Семёнов Пётр", "семенов петр", " СЕМЁНОВ   ПЁТР "},
		{"张丽", "張麗", "张 丽"},
		{"阿卜杜热西提·阿布都克里木", "阿卜杜热西提•阿布都克里木", "阿卜杜热西提 阿布都克里木"},
		{"O'Brien-Łukasiewicz Siobhán", "o’brien łukasiewicz siobhán"},
	} {
		for _, name := range typed {
			a, err := w.Verify.NumberName(t.Context(), strings.ToLower(string(list[i].Number)), name)
			if err != nil || a.Status != registry.StatusValid {
				t.Errorf("%q for %q: %s, %v", name, list[i].Snapshot.Name, a.Status, err)
			}
		}
	}
}

func TestAWrongNameAndAnUnknownNumberAreOneAnswer(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	ask := func(number, name string) string {
		t.Helper()
		a, err := w.Verify.NumberName(t.Context(), number, name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	none := ask("GAJK-SJZ-2026-009999", c.Snapshot.Name)
	for _, name := range []string{"李四", c.Snapshot.Name + "芬", c.Snapshot.IDLast4, string([]rune(c.Snapshot.Name)[:2])} {
		if got := ask(string(c.Number), name); got != none {
			t.Errorf("name %q: %s\nunknown number: %s", name, got, none)
		}
	}
	if !strings.Contains(none, `"not_found"`) || strings.Contains(none, "GAJK") {
		t.Errorf("unknown number: %s", none)
	}
}

func TestAQRCodeIsHeldAgainstTheRegistry(t *testing.T) {
	w := world.New(t)
	list := w.Issued(3)
	a, b := qr(t, w, list[0]), qr(t, w, list[1])
	link, digits, _ := strings.Cut(a, "#")
	_, others, _ := strings.Cut(b, "#")
	if _, err := w.Lifecycle.Suspend(t.Context(), w.By("approver"), list[2].Number, "under_review", ""); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		promise, text string
		status        registry.Status
		first         string
	}{
		{"as printed", a, registry.StatusValid, ""},
		{"as a scanner in capitals returns it", strings.ToUpper(a), registry.StatusValid, ""},
		{"the link alone", link, registry.StatusValid, ""},
		{"the record of another certificate", link + "#" + others, registry.StatusAltered, "record.signature"},
		{"a foreign address", strings.Replace(a, world.Origin, "https://verify.demo.examp1e", 1), registry.StatusCouldNotCheck, "origin.foreign"},
		{"a foreign address, and suspended", strings.Replace(qr(t, w, list[2]), world.Origin, "https://evil.example", 1), registry.StatusSuspended, "origin.foreign"},
		{"a foreign address without a record", strings.Replace(link, world.Origin, "https://evil.example", 1), registry.StatusCouldNotCheck, "origin.foreign"},
		{"digits that were cut off", link + "#" + digits[:len(digits)-40], registry.StatusCouldNotCheck, "record.unreadable"},
		{"digits with a smudge", link + "#" + digits[:50] + "x" + digits[51:], registry.StatusCouldNotCheck, "record.unreadable"},
		{"no digits after the sign", link + "#", registry.StatusCouldNotCheck, "record.unreadable"},
		{"digits that are none", link + "#hello", registry.StatusCouldNotCheck, "record.unreadable"},
		{"a smudge on a suspended one", strings.TrimRight(qr(t, w, list[2]), "0123456789") + "12", registry.StatusSuspended, "record.unreadable"},
		{"one changed digit in the signature", link + "#" + flip(digits), registry.StatusAltered, "record.signature"},
		{"a code that was never issued", world.Origin + "/v/" + string(unknown), registry.StatusNotFound, "status.not_found"},
		{"a code that was never issued, with a record of ours", world.Origin + "/v/" + string(unknown) + "#" + digits, registry.StatusAltered, "record.signature"},
	} {
		got := scan(t, w, tc.text)
		if got.Status != tc.status || append(reasons(got), "")[0] != tc.first {
			t.Errorf("%s: %s %v, want %s %s", tc.promise, got.Status, reasons(got), tc.status, tc.first)
		}
		if tc.status == registry.StatusAltered && got.Verdict != registry.No || tc.status == registry.StatusCouldNotCheck && got.Verdict != registry.CannotTell {
			t.Errorf("%s: verdict %s", tc.promise, got.Verdict)
		}
	}
	for text, want := range map[string]string{"": "record.scan", "https://x/y": "record.scan", link[:len(link)-1]: "code.mistyped", "http" + link[len("https"):]: "record.scan_http"} {
		if _, err := w.Verify.QR(t.Context(), text); world.Code(err) != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// flip changes the last bit of the number: of the signature's s.
func flip(digits string) string {
	n, _ := new(big.Int).SetString(digits, 10)
	return n.Xor(n, big.NewInt(1)).String()
}

func TestARecordByAnotherKeyProvesNothing(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	thief, err := keys.Init(t.TempDir(), keys.Options{Now: world.Start.Add(-time.Hour), Organization: "Evil", PublicURL: world.Origin, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := thief.EnsureIssuer("CVF", world.Start); err != nil {
		t.Fatal(err)
	}
	key, signer, err := thief.Record("CVF", world.Start)
	if err != nil {
		t.Fatal(err)
	}
	claims := record.FromSnapshot(c.Snapshot)
	claims.Name = "李四"
	forged, err := record.Sign(claims, c.Code, key.COSEKID, signer)
	if err != nil {
		t.Fatal(err)
	}
	if a := scan(t, w, record.URL(world.Origin, c.Code, forged)); a.Status != registry.StatusCouldNotCheck || a.Checks.Signature.Reason != "signer.unknown" {
		t.Errorf("a key that is not ours: %s %+v", a.Status, a.Checks.Signature)
	}
	key, signer, err = w.Ring.Record("CVF", world.Start)
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := record.Sign(claims, c.Code, key.COSEKID, signer)
	if err != nil {
		t.Fatal(err)
	}
	text := record.URL(world.Origin, c.Code, stolen)
	if a := scan(t, w, text); a.Status != registry.StatusAltered || reasons(a)[0] != "record.differs" {
		t.Errorf("our key, another name: %s %v", a.Status, reasons(a))
	}
	if err := w.Ring.MarkCompromised(key.KID, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	a := scan(t, w, qr(t, w, c))
	if a.Status != registry.StatusValid || a.Checks.Signature.Result == registry.CheckYes || !slices.Contains(reasons(a), "signer.compromised") {
		t.Errorf("genuine, the key is compromised: %s, signature %+v, %v", a.Status, a.Checks.Signature, reasons(a))
	}
	if a := scan(t, w, text); a.Status != registry.StatusAltered {
		t.Errorf("forged, the key is compromised: %s", a.Status)
	}
}

func TestWhatIsCountedTellsNothingOfThePerson(t *testing.T) {
	w := world.New(t)
	list := w.Issued(2)
	a, b := qr(t, w, list[0]), qr(t, w, list[1])
	link, _, _ := strings.Cut(a, "#")
	_, others, _ := strings.Cut(b, "#")
	code(t, w, string(list[0].Code))
	code(t, w, string(list[0].Code))
	code(t, w, string(unknown))
	scan(t, w, link+"#"+others)
	if _, err := w.Verify.NumberName(t.Context(), string(list[0].Number), "李四"); err != nil {
		t.Fatal(err)
	}
	if err := w.Verify.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Verify.Flush(t.Context()); err != nil { // nothing is counted twice
		t.Fatal(err)
	}
	var got []string
	w.Read(func(tx *store.Tx) error {
		counts, err := tx.Counts(t.Context(), world.Day("2026-01-01"), world.Day("2027-01-01"))
		for _, c := range counts {
			got = append(got, fmt.Sprintf("%s %s %s %s %d", c.Day, c.Base, c.Channel, c.Status, c.N))
		}
		return err
	})
	slices.Sort(got)
	want := []string{"2026-11-21  api not_found 1", "2026-11-21  number_name not_found 1", "2026-11-21 SJZ api valid 2", "2026-11-21 SJZ qr altered 1"}
	if !slices.Equal(got, want) {
		t.Errorf("counted %q, want %q", got, want)
	}
}

func TestCountsThatCannotBeWrittenAreKept(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	code(t, w, string(c.Code))
	db := w.Verify.DB
	w.Verify.DB = stopped(t, w).DB
	if err := w.Verify.Flush(t.Context()); err == nil {
		t.Fatal("written to a store that is gone")
	}
	w.Verify.DB = db
	if err := w.Verify.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Read(func(tx *store.Tx) error {
		counts, err := tx.Counts(t.Context(), world.Day("2026-01-01"), world.Day("2027-01-01"))
		if len(counts) != 1 || counts[0].N != 1 {
			t.Errorf("%+v", counts)
		}
		return err
	})
}

func TestPostgreSQLAnswersTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, "")
		c := w.Issued(2)[0]
		if a := scan(t, w, qr(t, w, c)); a.Status != registry.StatusValid {
			t.Errorf("%s", a.Status)
		}
	})
}
