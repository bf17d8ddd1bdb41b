package pages_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

var (
	titleText = regexp.MustCompile(`(?s)<title>(.*?)</title>`)
	metaTags  = regexp.MustCompile(`<meta [^>]*>`)
	heading   = regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`)
	tags      = regexp.MustCompile(`<[^>]*>`)
	assetURL  = regexp.MustCompile(`"(/assets/[^"]+)"`)
	rawKey    = regexp.MustCompile(`>[^<]*\b(error|reason|verdict|result|page|fault|my|verify|home|signin|claim|time)\.[a-z_.]+[^<]*<`)
)

func TestResultKeepsItsPromises(t *testing.T) {
	for _, s := range results {
		for _, l := range i18n.Langs {
			t.Run(s.name+"."+string(l), func(t *testing.T) {
				r := s.resultIn(l)
				html := render(t, resultPage(r))
				word := verdictWord(r.P, s)
				if title := titleText.FindStringSubmatch(html)[1]; !strings.HasPrefix(title, word) {
					t.Errorf("title %q does not start with the verdict %q", title, word)
				}
				h1 := heading.FindAllStringSubmatch(kept.ReplaceAllString(html, ""), -1)
				if len(h1) != 1 || !strings.HasPrefix(strings.TrimSpace(tags.ReplaceAllString(h1[0][1], "")), word) {
					t.Errorf("the one heading is not the verdict %q: %q", word, h1)
				}
				checkFrame(t, html, l)
				for _, want := range []string{`content="noindex`, `name="referrer" content="no-referrer"`, "verify.example"} {
					if !strings.Contains(html, want) {
						t.Errorf("page lacks %s", want)
					}
				}
				checkScripts(t, html)
				if r.Answer.Credential != nil && !r.Mistyped {
					checkShown(t, html, r.P, r.Answer.Credential)
				}
			})
		}
	}
}

// kept is what no browser shows until a script takes it out.
var kept = regexp.MustCompile(`(?s)<template.*?</template>`)

var scripts = regexp.MustCompile(`<script[^>]*>`)

// checkScripts finds that the page is whole before a script runs: one waits until
// the page is read, what it reads is data, and what it says is not shown yet.
func checkScripts(t *testing.T, html string) {
	t.Helper()
	for _, tag := range scripts.FindAllString(html, -1) {
		if !strings.HasSuffix(tag, " defer>") && !strings.Contains(tag, `type="application/json"`) {
			t.Errorf("the result page runs %s", tag)
		}
	}
	if strings.Contains(html, `id="own"`) && !strings.Contains(html, `id="own" class="own" role="status" hidden`) {
		t.Error("the page says something of a record that no script has checked")
	}
}

// verdictWord is the word of the sample's status, or of its own state.
func verdictWord(p *i18n.Printer, s sample) string {
	if s.name == "mistyped" {
		return ui.Mistyped.Word(p)
	}
	return ui.SignOf(s.resultIn(p.Lang()).Answer.Status).Word(p)
}

// checkFrame checks what holds for every page of ours.
func checkFrame(t *testing.T, html string, l i18n.Lang) {
	t.Helper()
	if !strings.Contains(html, `<html lang="`+i18n.For(l).HTMLLang()+`"`) {
		t.Error("the page does not say its language")
	}
	if key := rawKey.FindString(strings.ReplaceAll(html, "verify.example", "")); key != "" {
		t.Errorf("the page shows the key of a text: %s", key)
	}
	if strings.Contains(html, " style=") || strings.Contains(html, "<style") || strings.Contains(html, " onclick=") || strings.Contains(html, "javascript:") {
		t.Error("the page has inline style or script, which its policy forbids")
	}
	if strings.Contains(html, "{0}") || strings.Contains(html, "{1}") {
		t.Error("a placeholder was not filled")
	}
	if strings.Count(html, `id="main"`) != 1 || !strings.Contains(html, `href="#main"`) {
		t.Error("the page has no content to skip to")
	}
	head, _, _ := strings.Cut(html, "</head>")
	for _, secret := range []string{"阿卜杜热西提", longName, "013X", "CPR", "000123"} {
		for _, place := range append(metaTags.FindAllString(head, -1), titleText.FindString(head)) {
			if strings.Contains(place, secret) {
				t.Errorf("%s says %q: a chat would show it", place, secret)
			}
		}
	}
}

// checkShown checks that everything the paper shows is on the page.
func checkShown(t *testing.T, html string, p *i18n.Printer, s *registry.Shown) {
	t.Helper()
	want := []string{s.Name, s.IDLast4, string(s.Number), p.Text(s.Course.Title), p.Text(s.Issuer.Name), p.Text(s.Base.Name),
		p.T("result.practical"), p.T("result.paper"), p.T("result.photo_id"), p.T("verdict.kind." + string(s.Kind)), code, p.Date(s.IssuedOn)}
	if s.ValidUntil != nil {
		want = append(want, p.Date(*s.ValidUntil))
	}
	for _, w := range want {
		if !strings.Contains(html, strings.ReplaceAll(w, "'", "&#39;")) {
			t.Errorf("page lacks %q", w)
		}
	}
}

func TestOnlyGoodNewsIsGreen(t *testing.T) {
	for _, s := range results {
		r := s.resultIn("en")
		green := strings.Contains(render(t, resultPage(r)), `class="band yes"`)
		good := s.name != "mistyped" && r.Answer.Status.Verdict() == registry.Yes && r.Answer.Credential.Kind == registry.Competence
		if green != good {
			t.Errorf("%s: green is %v, want %v", s.name, green, good)
		}
	}
	for _, status := range []registry.Status{"", "nonsense"} {
		if got := ui.SignOf(status); got != ui.Sign(registry.StatusCouldNotCheck) {
			t.Errorf("status %q looks like %q, want could_not_check", status, got)
		}
	}
}

// A suspension and a revocation say why; a reason without words is left out.
func TestStoppedCertificateSaysWhy(t *testing.T) {
	for _, l := range i18n.Langs {
		for _, s := range results {
			r := s.resultIn(l)
			if r.Answer.Status != registry.StatusSuspended && r.Answer.Status != registry.StatusRevoked {
				continue
			}
			if why := r.P.T("status.reason", r.P.T("status.reason."+r.Answer.Credential.StatusReason)); !strings.Contains(render(t, resultPage(r)), why) {
				t.Errorf("%s.%s: page lacks %q", s.name, l, why)
			}
			r.Answer.Credential.StatusReason = "no_such_reason"
			if strings.Contains(render(t, resultPage(r)), "no_such_reason") {
				t.Errorf("%s.%s: page shows a reason that has no words", s.name, l)
			}
		}
	}
}

// An open check is never drawn as a tick.
func TestMissingCheckIsNoTick(t *testing.T) {
	r := results[0].resultIn("en")
	r.Answer.Checks.Issuer = registry.Check{Result: registry.CheckCould}
	html := render(t, resultPage(r))
	if !strings.Contains(html, r.P.T("verdict.check.issuer.unknown")) || strings.Contains(html, r.P.T("verdict.check.issuer")) {
		t.Error("a check that could not be made is shown as made")
	}
}

// data is what the script reads: with addresses that are fetched when there is a
// record to be checked.
var data = regexp.MustCompile(`(?s)<script id="[^"]*" type="application/json">.*?</script>`)

// TestResultWeight adds up what a browser fetches for the page, as it travels.
func TestResultWeight(t *testing.T) {
	const limit = 30 << 10
	for _, s := range results {
		for _, l := range i18n.Langs {
			html := render(t, resultPage(s.resultIn(l)))
			plain, packed := len(html), gzipped(t, html)
			for _, m := range assetURL.FindAllStringSubmatch(data.ReplaceAllString(html, ""), -1) {
				a, z := assetSize(t, m[1])
				plain, packed = plain+a, packed+z
			}
			if plain > limit {
				t.Errorf("%s.%s weighs %d bytes with its style sheet, want %d at most", s.name, l, plain, limit)
			}
			if s.name == "valid" {
				t.Logf("%s.%s: %d bytes, %d compressed", s.name, l, plain, packed)
			}
		}
	}
}

func gzipped(t *testing.T, s string) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// assetSize is the size of an asset as it is, and as it travels.
func assetSize(t *testing.T, url string) (plain, packed int) {
	for _, encoding := range []string{"", "gzip"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, url, nil)
		r.Header.Set("Accept-Encoding", encoding)
		assets.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatalf("%s answers %d", url, w.Code)
		}
		plain, packed = max(plain, w.Body.Len()), w.Body.Len()
	}
	return plain, packed
}
