package verify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

const origin = "https://verify.demo.example"

// registryOf is a registry with the demonstration in it, and one that is out of
// reach.
type registryOf struct {
	ring    *keys.Ring
	issuer  *issue.Service
	now     time.Time
	answers *verify.Service
	away    *verify.Service
	codes   map[string]registry.Credential // by what the registry says: "yes", "no", "replaced"
}

func open(t *testing.T) *registryOf {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r := &registryOf{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), codes: map[string]registry.Credential{}}
	var err error
	r.ring, err = keys.Init(t.TempDir(), keys.Options{Now: r.now.Add(-demo.History - 24*time.Hour), Organization: "DEMO", PublicURL: origin, Demo: true})
	must(err)
	clock, log := &demo.Clock{}, slog.New(slog.DiscardHandler)
	db := storetest.Open(t, store.Config{Dir: t.TempDir(), Now: clock.Now})
	accounts, err := auth.New(db, r.ring, origin, clock.Now)
	must(err)
	press, err := certificate.NewPress(nil)
	must(err)
	r.issuer = &issue.Service{DB: db, Keys: r.ring, Now: clock.Now, Origin: origin, Demo: true, Log: log}
	sum, err := demo.Fill(t.Context(), demo.Services{
		DB: db, Clock: clock, Auth: accounts,
		Accredit:  &accredit.Service{DB: db, Keys: r.ring, Now: clock.Now, Demo: true},
		Training:  &training.Service{DB: db, Keys: r.ring, Now: clock.Now, Uncovered: press.Uncovered, Demo: true},
		Issue:     r.issuer,
		Lifecycle: &lifecycle.Service{DB: db, Now: clock.Now},
	}, r.now, "correct horse battery")
	must(err)
	now := func() time.Time { return r.now }
	r.answers = &verify.Service{DB: db, Keys: r.ring, Now: now, Origin: origin, Log: log}
	must(db.Read(t.Context(), func(tx *store.Tx) error {
		for says, status := range map[string]registry.Status{"yes": registry.StatusValid, "no": registry.StatusRevoked, "replaced": registry.StatusSuperseded} {
			link := sum.Links[status][0]
			c, err := tx.CredentialByCode(t.Context(), registry.Code(link[strings.LastIndex(link, "/")+1:]))
			if err != nil {
				return err
			}
			r.codes[says] = c
		}
		return nil
	}))
	closed, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	must(err)
	must(closed.Close())
	r.away = &verify.Service{DB: closed, Keys: r.ring, Now: now, Origin: origin, Log: log}
	return r
}

// text is the QR text that the evidence describes.
func (r *registryOf) text(t *testing.T, e map[string]string) string {
	t.Helper()
	code, claims := registry.NewCode([10]byte{7}), record.FromSnapshot(r.codes["yes"].Snapshot)
	if c, ok := r.codes[e["registry"]]; ok {
		code, claims = c.Code, record.FromSnapshot(c.Snapshot)
	}
	host := origin
	if e["link"] == "foreign" {
		host = "https://verify.evil.example"
	}
	key, signer, err := r.ring.Record(claims.Issuer, r.now)
	if err != nil {
		t.Fatal(err)
	}
	made := func(c record.Claims, kid [4]byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		b, err := record.Sign(c, code, kid, signer)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var b []byte
	switch e["record"] {
	case "genuine":
		b = made(claims, key.COSEKID, nil)
	case "genuine but different":
		claims.Name = "DEMO Somebody Else"
		b = made(claims, key.COSEKID, nil)
	case "altered":
		b = slices.Clone(made(claims, key.COSEKID, nil))
		b[len(b)-1] ^= 1
	case "unreadable":
		b = []byte{0xd2, 1, 2, 3}
	case "unknown key":
		seed := sha256.Sum256([]byte("a key of nobody"))
		stranger, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
		if err != nil {
			t.Fatal(err)
		}
		signer = stranger
		kid, err := cose.KID(&stranger.PublicKey)
		b = made(claims, kid, err)
	}
	return record.URL(host, code, b)
}

func TestVerify(t *testing.T) {
	r := open(t)
	t.Run("a QR text is answered as the table says", r.qrFollowsTheTable)
	t.Run("a record moved to another code is altered", r.movedRecord)
	t.Run("number and name answer together or not at all", r.numberAndName)
	t.Run("a typing error needs no look-up", r.typingError)
	t.Run("a credential is answered as the table says", r.credentialFollowsTheTable)
	t.Run("the payload of a credential says the same", r.decodedCredentials)
	t.Run("a receipt that cannot be read is refused", r.unreadableReceipts)
	t.Run("a forged credential is never a yes", r.forgedCredentials)
	t.Run("a receipt is signed once for a state, and never of what could not be checked", r.receiptOncePerState)
	t.Run("a receipt is answered as the table says", r.receiptFollowsTheTable)
	t.Run("a file is answered as the table says", r.fileFollowsTheTable)
	t.Run("a file leaves nothing in the log", r.fileIsNotLogged)
}

// qrFollowsTheTable tries every combination of the evidence.
func (r *registryOf) qrFollowsTheTable(t *testing.T) {
	rows := testkit.Table(t, "../../docs/verdicts.md", "## A QR code shown to the registry")
	used := make([]bool, len(rows))
	for _, storeIs := range []string{"answers", "out of reach"} {
		for _, link := range []string{"ours", "foreign"} {
			for _, made := range []string{"none", "unreadable", "unknown key", "altered", "genuine but different", "genuine"} {
				for _, says := range []string{"yes", "no", "replaced", "never issued"} {
					if made == "genuine" && says == "never issued" {
						continue // there is nothing that it could agree with
					}
					e := map[string]string{"store": storeIs, "link": link, "record": made, "registry": says}
					used[r.walk(t, rows, e)] = true
				}
			}
		}
	}
	for i, u := range used {
		if !u {
			t.Errorf("row %d of the table is never reached: %v", i+1, rows[i])
		}
	}
}

func (r *registryOf) walk(t *testing.T, rows []map[string]string, e map[string]string) int {
	t.Helper()
	at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, e) })
	if at < 0 {
		t.Fatalf("no row covers %v", e)
	}
	service := r.answers
	if e["store"] == "out of reach" {
		service = r.away
	}
	text := r.text(t, e)
	code, _, _ := strings.Cut(text[strings.LastIndex(text, "/")+1:], "#")
	own, err := r.answers.Code(t.Context(), code, verify.ChannelAPI)
	if err != nil {
		t.Fatal(err)
	}
	got, err := service.QR(t.Context(), text)
	if err != nil {
		t.Fatalf("%v: %v", e, err)
	}
	first := func(a registry.Answer) string {
		if len(a.Reasons) == 0 {
			return ""
		}
		return a.Reasons[0].Code
	}
	for what, x := range map[string][3]string{
		"status":       {string(got.Status), rows[at]["status"], string(own.Status)},
		"verdict":      {string(got.Verdict), rows[at]["verdict"], string(own.Verdict)},
		"first reason": {first(got), rows[at]["first reason"], first(own)},
		"signature":    {string(got.Checks.Signature.Result), rows[at]["signature"], string(own.Checks.Signature.Result)},
	} {
		want := x[1]
		if want == "stays" {
			want = x[2]
		}
		if x[0] != want {
			t.Errorf("%v: %s is %q, row %d says %q", e, what, x[0], at+1, want)
		}
	}
	return at
}

func (r *registryOf) movedRecord(t *testing.T) {
	text := r.text(t, map[string]string{"link": "ours", "record": "genuine", "registry": "yes"})
	_, digits, _ := strings.Cut(text, "#")
	got, err := r.answers.QR(t.Context(), origin+"/v/"+string(r.codes["replaced"].Code)+"#"+digits)
	if err != nil || got.Status != registry.StatusAltered {
		t.Errorf("%s, %v, want altered", got.Status, err)
	}
}

// An unknown number and a wrong name cannot be told apart.
func (r *registryOf) numberAndName(t *testing.T) {
	s := r.codes["yes"].Snapshot
	ask := func(number, name string) registry.Answer {
		t.Helper()
		a, err := r.answers.NumberName(t.Context(), number, name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := ask(strings.ToLower(string(s.Number)), " "+s.Name+" "); a.Status != registry.StatusValid || a.Credential.Number != s.Number {
		t.Errorf("the right name: %s", a.Status)
	}
	wrong, unknown := ask(string(s.Number), "DEMO Somebody Else"), ask("GAJK-SJZ-2026-999999", s.Name)
	for _, a := range []registry.Answer{wrong, unknown} {
		if a.Status != registry.StatusNotFound || a.Credential != nil {
			t.Errorf("%+v, want not_found and nothing shown", a)
		}
	}
	if !reflect.DeepEqual(wrong, unknown) {
		t.Errorf("a wrong name answers %+v, an unknown number %+v", wrong, unknown)
	}
}

func (r *registryOf) typingError(t *testing.T) {
	var refusal *registry.Error
	if _, err := r.away.Code(t.Context(), "7K3Q-D9XM-2HRT-W4BZ", verify.ChannelAPI); !errors.As(err, &refusal) || refusal.Code != "code.mistyped" {
		t.Errorf("%v, want code.mistyped", err)
	}
}
