package verify_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/verify"
)

// receiptFor is the receipt of an answer about what the evidence names.
func (r *registryOf) receiptFor(t *testing.T, registryIs string) string {
	t.Helper()
	code := registry.NewCode([10]byte{7})
	if c, ok := r.codes[registryIs]; ok {
		code = c.Code
	}
	a := fatal[registry.Answer](t)(r.answers.Code(t.Context(), string(code), verify.ChannelAPI))
	if registryIs == "object" {
		yes := fatal[registry.Answer](t)(r.answers.Code(t.Context(), string(r.codes["yes"].Code), verify.ChannelAPI))
		shown := registry.Subject{Code: r.codes["yes"].Code, File: registry.SumOf([]byte("an altered file"))}
		return fatal[verify.SignedReceipt](t)(r.answers.Receipt(yes.Altered("pdf.altered"), shown)).Token
	}
	return fatal[verify.SignedReceipt](t)(r.answers.Receipt(a, registry.Subject{Code: code})).Token
}

func (r *registryOf) receiptFollowsTheTable(t *testing.T) {
	rows := testkit.Table(t, "../../docs/verdicts.md", "## A receipt shown to the registry")
	used := make([]bool, len(rows))
	tokens := map[string]string{}
	for _, is := range []string{"none", "object", "yes", "no", "replaced"} {
		tokens[is] = r.receiptFor(t, is)
	}
	every := func(key string, receipts ...string) {
		for _, receipt := range receipts {
			for _, storeIs := range []string{"answers", "out of reach"} {
				for is, token := range tokens {
					e := map[string]string{"receipt": receipt, "key": key, "store": storeIs, "registry": is}
					used[r.walkReceipt(t, rows, e, token)] = true
				}
			}
		}
	}
	every("good", "unknown key", "altered", "genuine")
	before := r.now
	r.now = r.now.AddDate(0, 6, 0)
	every("ended", "genuine")
	r.now = before
	publisher, _, err := r.ring.Publisher(r.now)
	if err == nil {
		err = r.ring.MarkCompromised(publisher.KID, r.now)
	}
	if err != nil {
		t.Fatal(err)
	}
	every("lost", "genuine")
	for i, u := range used {
		if !u {
			t.Errorf("row %d of the table is never reached: %v", i+1, rows[i])
		}
	}
}

func (r *registryOf) walkReceipt(t *testing.T, rows []map[string]string, e map[string]string, token string) int {
	t.Helper()
	at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, e) })
	if at < 0 {
		t.Fatalf("no row covers %v", e)
	}
	service, own := r.answers, registry.Answer{}
	if e["store"] == "out of reach" {
		service = r.away
	}
	if c, ok := r.codes[e["registry"]]; ok {
		own = fatal[registry.Answer](t)(r.answers.Code(t.Context(), string(c.Code), verify.ChannelAPI))
	}
	switch e["receipt"] {
	case "altered":
		parts := strings.Split(token, ".")
		parts[2] = strings.Split(r.receiptFor(t, map[string]string{"yes": "no", "no": "yes", "none": "yes", "object": "yes", "replaced": "yes"}[e["registry"]]), ".")[2]
		token = strings.Join(parts, ".")
	case "unknown key":
		service = &verify.Service{DB: service.DB, Keys: r.others(t), Now: service.Now, Origin: origin, Log: service.Log}
	}
	got, err := service.CheckReceipt(t.Context(), token)
	if err != nil {
		t.Fatalf("%v: %v", e, err)
	}
	row := rows[at]
	for what, x := range map[string][3]string{
		"status":       {string(got.Status), row["status"], string(own.Status)},
		"verdict":      {string(got.Verdict), row["verdict"], string(own.Verdict)},
		"first reason": {firstReason(got), row["first reason"], firstReason(own)},
		"genuine":      {string(got.Receipt.Genuine.Result), row["genuine"]},
	} {
		want := x[1]
		if want == "stays" {
			want = x[2]
		}
		if x[0] != want {
			t.Errorf("%v: %s is %q, row %d says %q", e, what, x[0], at+1, want)
		}
	}
	if said := got.Receipt.Said != nil; said != (row["genuine"] == "yes") {
		t.Errorf("%v: what it says is shown: %v", e, said)
	}
	return at
}

// others is the ring of another registry.
func (r *registryOf) others(t *testing.T) *keys.Ring {
	t.Helper()
	return fatal[*keys.Ring](t)(keys.Init(t.TempDir(), keys.Options{Now: r.now.Add(-24 * time.Hour), Organization: "DEMO others", PublicURL: origin, Demo: true}))
}

func (r *registryOf) receiptOncePerState(t *testing.T) {
	before := r.now
	defer func() { r.now = before }()
	first := r.receiptFor(t, "yes")
	r.now = before.Add(59 * time.Second)
	if r.receiptFor(t, "yes") != first {
		t.Error("the same answer within a minute is signed twice")
	}
	if r.receiptFor(t, "no") == first {
		t.Error("two answers have one receipt")
	}
	r.now = before.Add(61 * time.Second)
	if r.receiptFor(t, "yes") == first {
		t.Error("a receipt serves for more than a minute")
	}
	c := r.codes["yes"]
	could := fatal[registry.Answer](t)(r.away.Code(t.Context(), string(c.Code), verify.ChannelAPI))
	yes := fatal[registry.Answer](t)(r.answers.Code(t.Context(), string(c.Code), verify.ChannelAPI))
	dressed := could
	dressed.Verdict = registry.Yes // says yes about what could not be checked
	for what, a := range map[string]registry.Answer{"could not be checked": could, "doubted": yes.Doubt("signer.unknown"), "contradictory": dressed} {
		if _, err := r.answers.Receipt(a, registry.Subject{Code: c.Code}); !errors.Is(err, registry.Unavailable) {
			t.Errorf("an answer that %s has a receipt: %v", what, err)
		}
	}
	for _, text := range []string{"", "eyJ", "eyJ.eyJ.eyJ", first + "x", strings.Replace(first, ".", "..", 1), strings.Repeat("e", 9000), " " + first, first[:200] + "\n" + first[200:]} {
		if a, err := r.answers.CheckReceipt(t.Context(), text); err == nil && a.Receipt.Said != nil {
			t.Errorf("%.20q is taken for a receipt", text)
		}
	}
}

// What cannot be read as a token is refused as such; altered is one thing alone:
// a signature that can be read and fails under the key that the header names.
func (r *registryOf) unreadableReceipts(t *testing.T) {
	good := r.receiptFor(t, "yes")
	parts := strings.Split(good, ".")
	body := parts[0] + "." + parts[1] + "."
	sig := fatal[[]byte](t)(base64.RawURLEncoding.DecodeString(parts[2]))
	der := append([]byte{0x30, 68, 2, 32}, append(append(sig[:32:32], 2, 32), sig[32:]...)...)
	for what, text := range map[string]string{
		"padded": good + "==", "a fourth part": good + ".AAAA", "no signature": body, "two parts": parts[0] + "." + parts[1],
		"a signature in DER": body + base64.RawURLEncoding.EncodeToString(der), "a short signature": body + parts[2][:84],
		"a body that is no base64": parts[0] + ".*." + parts[2],
	} {
		if a, err := r.answers.CheckReceipt(t.Context(), text); !errors.Is(err, registry.Invalid) || !strings.Contains(err.Error(), "receipt.malformed") {
			t.Errorf("%s: %s %v, want receipt.malformed", what, a.Status, err)
		}
	}
	sig[40] ^= 1
	a := fatal[registry.Answer](t)(r.answers.CheckReceipt(t.Context(), body+base64.RawURLEncoding.EncodeToString(sig)))
	if a.Status != registry.StatusAltered || firstReason(a) != "receipt.signature" {
		t.Errorf("another signature: %s %s", a.Status, firstReason(a))
	}
}
