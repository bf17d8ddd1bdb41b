package verify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/forge"
	"github.com/passmuster/passmuster/internal/verify"
)

// signed makes a QR text of one snapshot and a token of another with the
// registry's own keys, as a thief of those would.
func (r *registryOf) signed(t *testing.T, s, attached registry.Snapshot) (qr, token string) {
	t.Helper()
	claims := record.FromSnapshot(s)
	key, signer, err := r.ring.Record(claims.Issuer, r.now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := record.Sign(claims, s.Code, key.COSEKID, signer)
	if err != nil {
		t.Fatal(err)
	}
	attached.RecordKey = key.KID
	if token, _, err = badge.Sign(attached, key.KID, signer); err != nil {
		t.Fatal(err)
	}
	return record.URL(s.Origin, s.Code, b), token
}

func (r *registryOf) credential(t *testing.T, e map[string]string) string {
	t.Helper()
	s := r.codes["yes"].Snapshot
	if c, ok := r.codes[e["registry"]]; ok {
		s = c.Snapshot
	} else {
		s.Code = registry.NewCode([10]byte{7})
	}
	if e["says"] == "something else" {
		s.Name = "DEMO Somebody Else"
	}
	switch e["credential"] {
	case "foreign JSON":
		s.Origin = "https://verify.other.example"
		fallthrough
	case "JSON":
		return string(fatal[[]byte](t)(json.MarshalIndent(badge.Credential(s), "", "\t")))
	case "unknown key":
		seed := sha256.Sum256([]byte("a key of nobody"))
		stranger := fatal[*ecdsa.PrivateKey](t)(ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:]))
		s.RecordKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		token, _, err := badge.Sign(s, s.RecordKey, stranger)
		return fatal[string](t)(token, err)
	}
	_, token := r.signed(t, s, s)
	if e["credential"] == "altered" {
		parts := strings.Split(token, ".")
		s.Name += "x"
		_, other := r.signed(t, s, s)
		return parts[0] + "." + strings.Split(other, ".")[1] + "." + parts[2]
	}
	return token
}

func (r *registryOf) credentialFollowsTheTable(t *testing.T) {
	rows := testkit.Table(t, "../../docs/verdicts.md", "## A credential shown to the registry")
	used := make([]bool, len(rows))
	for _, storeIs := range []string{"answers", "out of reach"} {
		for _, made := range []string{"unknown key", "altered", "genuine", "JSON", "foreign JSON"} {
			for _, says := range []string{"the same", "something else"} {
				for _, registryIs := range []string{"yes", "no", "replaced", "never issued"} {
					e := map[string]string{"store": storeIs, "credential": made, "says": says, "registry": registryIs}
					used[r.walkCredential(t, rows, e)] = true
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

func (r *registryOf) walkCredential(t *testing.T, rows []map[string]string, e map[string]string) int {
	t.Helper()
	at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, e) })
	if at < 0 {
		t.Fatalf("no row covers %v", e)
	}
	service, own, text := r.answers, registry.Answer{}, r.credential(t, e)
	if e["store"] == "out of reach" {
		service = r.away
	}
	if c, ok := r.codes[e["registry"]]; ok {
		own = fatal[registry.Answer](t)(r.answers.Code(t.Context(), string(c.Code), verify.ChannelAPI))
	}
	var got registry.Answer
	var err error
	if verify.IsToken(text) {
		got, err = service.Token(t.Context(), text)
	} else {
		got, err = service.Unsigned(t.Context(), []byte(text))
	}
	if err != nil {
		t.Fatalf("%v: %v", e, err)
	}
	row := rows[at]
	for what, x := range map[string][3]string{
		"status":       {string(got.Status), row["status"], string(own.Status)},
		"verdict":      {string(got.Verdict), row["verdict"], string(own.Verdict)},
		"first reason": {firstReason(got), row["first reason"], firstReason(own)},
		"signature":    {string(got.Checks.Signature.Result), row["signature"]},
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

// The payload of a token says the same as its credential, with the registered
// claims beside it; a claim of another value is not what was issued.
func (r *registryOf) decodedCredentials(t *testing.T) {
	s := r.codes["yes"].Snapshot
	_, token := r.signed(t, s, s)
	payload := fatal[[]byte](t)(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1]))
	a := fatal[registry.Answer](t)(r.answers.Unsigned(t.Context(), payload))
	if a.Status != registry.StatusCouldNotCheck || firstReason(a) != "badge.unsigned" {
		t.Errorf("the payload of a genuine token: %s %s", a.Status, firstReason(a))
	}
	var said map[string]any
	if err := json.Unmarshal(payload, &said); err != nil {
		t.Fatal(err)
	}
	said["nbf"] = 1
	a = fatal[registry.Answer](t)(r.answers.Unsigned(t.Context(), fatal[[]byte](t)(json.Marshal(said))))
	if a.Status != registry.StatusAltered || firstReason(a) != "badge.registry" {
		t.Errorf("another beginning: %s %s", a.Status, firstReason(a))
	}
}

// Neither a forger nor a thief of the record key gets a yes.
func (r *registryOf) forgedCredentials(t *testing.T) {
	s := r.codes["yes"].Snapshot
	_, good := r.signed(t, s, s)
	seed := sha256.Sum256([]byte("a key of nobody"))
	key := fatal[*ecdsa.PrivateKey](t)(ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:]))
	for _, f := range forge.Tokens(t, good, key, "http://127.0.0.1:1") {
		if a, err := r.answers.Token(t.Context(), f.Text); err == nil && a.Verdict != registry.CannotTell && a.Status != registry.StatusAltered {
			t.Errorf("%s: %s %v", f.Name, a.Status, err)
		}
	}
}
