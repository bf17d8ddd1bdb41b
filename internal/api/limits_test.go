package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// behind serves the world behind a proxy at the address that httptest's requests
// come from.
func behind(w *world) http.Handler {
	w.t.Helper()
	engine := must(edge.New(edge.Options{PublicURL: origin, Now: w.now, TrustedProxies: []string{"192.0.2.1"}}))
	s := *w.s
	s.Lookups = edge.NewLookups(w.now)
	s.Mount(engine)
	return engine
}

// throughPair asks for a number with a name likewise.
func throughPair(h http.Handler, number, name, forwarded string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, "/api/v1/verify", strings.NewReader(fmt.Sprintf(`{"number":%q,"name":%q}`, number, name)))
	q.Header.Set("X-Forwarded-For", forwarded)
	q.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, q)
	return rec
}

// TestGuessingAtANumberLocksOutTheGuesserAlone tries names for one number until
// they are refused. From there the right name is refused in the same words as a
// wrong one; a hospital elsewhere is answered.
func TestGuessingAtANumberLocksOutTheGuesserAlone(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	h, number, name := behind(w), list[0]["number"].(string), names[0]
	for i := range edge.NumberBudget.Burst {
		if got := throughPair(h, number, fmt.Sprint("某", i), "203.0.113.9"); got.Code != http.StatusNotFound {
			t.Fatalf("wrong name %d: %d %s", i+1, got.Code, got.Body)
		}
	}
	ids := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	var refused []string
	for _, guess := range []string{name, "某某"} {
		got := throughPair(h, number, guess, "203.0.113.9, 203.0.113.77") // another address of the same stranger
		if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
			t.Errorf("after the budget %s gets %d %s", guess, got.Code, got.Body)
		}
		refused = append(refused, ids.ReplaceAllString(got.Body.String()+got.Header().Get("Retry-After"), "ID"))
	}
	if refused[0] != refused[1] {
		t.Errorf("a refusal tells the right name from a wrong one:\n%s\n%s", refused[0], refused[1])
	}
	if got := throughPair(h, number, name, "198.51.100.20"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"status":"valid"`) {
		t.Errorf("the hospital gets %d %s", got.Code, got.Body)
	}
	if got := throughPair(h, number, "某某", "198.51.100.20"); got.Code != http.StatusNotFound {
		t.Errorf("a slip of the hospital: %d", got.Code)
	}
	if got := through(h, registry.Code(list[0]["code"].(string)), "203.0.113.9"); got != http.StatusOK {
		t.Errorf("the code from the guesser's network: %d", got)
	}
}

// through asks for a code with the X-Forwarded-For of the proxy.
func through(h http.Handler, code registry.Code, forwarded string) int {
	return ask(h, "/api/v1/verify/"+string(code), forwarded)
}

func ask(h http.Handler, path, forwarded string) int {
	q := httptest.NewRequest(http.MethodGet, path, nil)
	q.Header.Set("X-Forwarded-For", forwarded)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, q)
	return rec.Code
}

func TestAHospitalScansThreeHundredDifferentCertificates(t *testing.T) {
	w := newWorld(t)
	var codes []string
	for range 3 {
		_, list := w.issued(100)
		for _, c := range list {
			codes = append(codes, c["code"].(string))
		}
	}
	for i, c := range codes {
		w.later(2 * time.Second)
		if a := w.do("", "GET", "/api/v1/verify/"+c, nil); a.Code != 200 || a.text("status") != "valid" {
			t.Fatalf("scan %d: %d %s", i, a.Code, a.Body)
		}
	}
}

// TestAHospitalGoesOnScanningWhereOthersGuessed scans three hundred certificates
// in ten minutes from one address, from which somebody guesses all the while: his
// network's budget is used up before the first scan and after the last.
func TestAHospitalGoesOnScanningWhereOthersGuessed(t *testing.T) {
	w := newWorld(t)
	var codes []registry.Code
	for range 3 {
		_, list := w.issued(100)
		for _, c := range list {
			codes = append(codes, registry.Code(c["code"].(string)))
		}
	}
	h, guessed := behind(w), 0
	const address = "203.0.113.9"
	guess := func() int { guessed++; return through(h, code(guessed), address) }
	for range edge.ClientBudget.Burst {
		if got := guess(); got != http.StatusNotFound {
			t.Fatalf("guess %d: %d", guessed, got)
		}
	}
	for i, c := range codes {
		if i%3 == 0 { // more often than misses are forgotten
			_ = guess()
		}
		if got := through(h, c, address); got != http.StatusOK {
			t.Fatalf("scan %d after %d guesses from there: %d", i+1, guessed, got)
		}
		w.later(2 * time.Second)
	}
	for range 3 {
		_ = guess()
	}
	if got := guess(); got != http.StatusTooManyRequests {
		t.Errorf("the last guess: %d, want 429", got)
	}
	for path, want := range map[string]int{"/credentials/" + string(codes[0]): http.StatusOK, "/credentials/" + string(code(1)): http.StatusTooManyRequests} {
		if got := ask(h, path, address); got != want {
			t.Errorf("a badge, %s: %d, want %d", path, got, want)
		}
	}
}

// TestWhoIsNoProxyIsCountedByHisOwnAddress guesses with another X-Forwarded-For
// each time, straight from a peer that no setting trusts.
func TestWhoIsNoProxyIsCountedByHisOwnAddress(t *testing.T) {
	w := newWorld(t)
	h := must(edge.New(edge.Options{PublicURL: origin, Now: w.now, TrustedProxies: []string{"198.51.100.1"}}))
	s := *w.s
	s.Lookups = edge.NewLookups(w.now)
	s.Mount(h)
	for i := range edge.ClientBudget.Burst {
		if got := through(h, code(i), fmt.Sprintf("203.0.%d.%d", i/200, i%200)); got != http.StatusNotFound {
			t.Fatalf("guess %d: %d", i+1, got)
		}
	}
	for _, forwarded := range []string{"203.0.113.200", "198.51.100.1", "::1", "", "unknown"} {
		if got := through(h, code(9), forwarded); got != http.StatusTooManyRequests {
			t.Errorf("X-Forwarded-For %q: %d, want 429", forwarded, got)
		}
	}
}

// TestABudgetCannotBeDodgedByAHeader guesses through a proxy: what the guesser
// writes into the header himself does not count, nor does the last half of his
// IPv6 address.
func TestABudgetCannotBeDodgedByAHeader(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name    string
		address func(i int) string
		other   string // a client who has guessed nothing
	}{
		{"a made-up client before his own", func(i int) string { return fmt.Sprintf("198.51.%d.%d, 203.0.113.9", i/250, i%250) }, "203.0.113.10"},
		{"addresses of one subscriber", func(i int) string { return fmt.Sprintf("2001:db8:1:1:%x::%x", i, i*7) }, "2001:db8:1:2::1"},
		{"the same address in other words", func(i int) string { return []string{"::ffff:203.0.113.77", "203.0.113.77"}[i%2] }, "203.0.113.78"},
		{"what is no address", func(i int) string { return fmt.Sprintf("client-%d", i) }, "203.0.113.79"},
	} {
		h := behind(w)
		first := 0
		for i := range 5000 {
			if through(h, code(i), tc.address(i)) == http.StatusTooManyRequests {
				first = i
				break
			}
		}
		if first == 0 || first >= 100 {
			t.Errorf("%s: the first 429 came after %d guesses", tc.name, first)
		}
		if got := through(h, code(1), tc.other); got != http.StatusNotFound {
			t.Errorf("%s: another client gets %d", tc.name, got)
		}
	}
}

var changing = regexp.MustCompile(`"(checked_at|as_of)":"[^"]*"`)

// TestWhatIsNotThereIsAlwaysTheSameAnswer compares what is told of a code that
// was never given out, by three doors, and of one that waits to be signed.
func TestWhatIsNotThereIsAlwaysTheSameAnswer(t *testing.T) {
	w := newWorld(t)
	class := w.submitted(issue.AtOnce + 1) // more than are signed before the approval answers: nothing here signs the rest
	if a := w.do("approver", "POST", "/api/v1/classes/"+class+"/approve", object{}); a.Code >= 300 {
		t.Fatalf("approve: %d %s", a.Code, a.Body)
	}
	var drafts []registry.Code
	if err := w.s.DB.Read(t.Context(), func(tx *store.Tx) error {
		drafts = nil
		return tx.EachIssued(t.Context(), func(c registry.Code) error { drafts = append(drafts, c); return nil })
	}); err != nil || len(drafts) == 0 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	link := func(c registry.Code) object { return object{"qr": origin + "/v/" + string(c)} }
	var first []byte
	for name, a := range map[string]answer{
		"never given out":          w.do("", "GET", "/api/v1/verify/"+string(code(1)), nil),
		"never given out, by body": w.do("", "POST", "/api/v1/verify", object{"code": code(2)}),
		"never given out, by link": w.do("", "POST", "/api/v1/verify", link(code(3))),
		"waits to be signed":       w.do("", "GET", "/api/v1/verify/"+string(drafts[0]), nil),
		"waits, by link":           w.do("", "POST", "/api/v1/verify", link(drafts[1])),
	} {
		body := changing.ReplaceAll(a.want(404).Body, []byte(`"$1":""`))
		body = bytes.TrimSpace(body)
		if first == nil {
			first = body
		}
		if !bytes.Equal(body, first) {
			t.Errorf("%s: %s\nanother: %s", name, body, first)
		}
		if strings.Contains(string(body), "credential") {
			t.Errorf("%s shows a credential: %s", name, body)
		}
	}
}
