package pages_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

// asForm is the page as a form makes it.
func asForm(t testing.TB, f *pages.Forms, r pages.Result) string {
	t.Helper()
	b, err := f.Append(context.Background(), []byte("before"), r)
	if err != nil {
		t.Fatal(err)
	}
	page, found := strings.CutPrefix(string(b), "before")
	if !found {
		t.Fatal("what stood before the page was changed")
	}
	return page
}

func sameBytes(t testing.TB, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	from := max(0, at-80)
	t.Fatalf("%s: the form differs from the page at byte %d:\n got %q\nwant %q", what, at, got[from:min(len(got), at+80)], want[from:min(len(want), at+80)])
}

// odd are texts that a careless page would break on.
var odd = []string{
	"李娜", "Семёнов Пётр", `O'Brien-Łukasiewicz "Siobhán" \ <b>&amp;`, longName, "阿卜杜热西提·阿布都克里木", "</script><script>alert(1)</script>",
	"<!--", "]]>", "\ue000<\ue10a>", "\ue000&lt;\ue10a&gt;", `\u003c\ue000`, "{0} {1}", "a\u2028b\u2029c", "\x00\x1f\x7f", "\xff\xfe broken", "7 March 9873", "9871-03-07",
	"976532", "tel:000000", "+86 311 0000 0000", "+7 (495) 000-00-00 <&>'\"", "desk@demo.example", "Q", "  ", "'", "\t\n", strings.Repeat("长", 60), strings.Repeat("W", 90), "محمد", "👩‍⚕️ Anna",
}

// anyResult is a page of the sample's kind with values by chance.
func anyResult(rnd *rand.Rand, l i18n.Lang) pages.Result {
	r := results[rnd.IntN(len(results))].resultIn(l)
	pick := func(texts ...string) string { return texts[rnd.IntN(len(texts))] }
	coin := func() bool { return rnd.IntN(2) == 0 }
	if coin() {
		var b [10]byte
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		c := registry.NewCode(b)
		r.Code = c.String()
		r.Here = &url.URL{Path: "/v/" + string(c), RawPath: pick("", "/v/"+string(c))}
	} else if coin() {
		r.Here = &url.URL{Path: "/v/" + strings.ReplaceAll(r.Code, "-", "")}
	}
	r.Here = &url.URL{Path: r.Here.Path, RawPath: r.Here.RawPath, RawQuery: pick("", "", "lang=en", "lang=zh", "lang=ru", "lang=xx", "lang=ru&a=<b>")}
	r.RequestID = pick("", "01JD7C5V3M", pick(odd...))
	r.Demo, r.Contact = coin(), pick("", "", pick(odd...))
	r.Loc = []*time.Location{nil, time.UTC, china, time.FixedZone("", -16200)}[rnd.IntN(4)]
	r.Answer.CheckedAt = checkedAt.Add(time.Duration(rnd.Int64N(int64(90*24*time.Hour))) - 45*24*time.Hour)
	if r.Mistyped {
		return r
	}
	if rnd.IntN(6) == 0 {
		r.SupersededURL = ""
		r.Answer.Status = registry.Statuses[rnd.IntN(len(registry.Statuses))]
		r.Answer.Verdict = r.Answer.Status.Verdict()
	}
	anyChecks(rnd, &r.Answer)
	if s := r.Answer.Credential; s != nil {
		anyShown(rnd, s)
	}
	if s := r.Answer.Credential; r.Answer.Status == registry.StatusExpiring && s != nil && s.ValidUntil == nil {
		s.ValidUntil = day(2026, 12, 3)
	}
	return r
}

func anyChecks(rnd *rand.Rand, a *registry.Answer) {
	outcomes := []registry.Result{registry.CheckYes, registry.CheckYes, registry.CheckNo, registry.CheckCould, registry.CheckNotNeeded, ""}
	for _, c := range []*registry.Check{&a.Checks.Signature, &a.Checks.Issuer, &a.Checks.Status} {
		if rnd.IntN(3) == 0 {
			*c = registry.Check{Result: outcomes[rnd.IntN(len(outcomes))]}
		}
		switch rnd.IntN(4) {
		case 0:
			at := a.CheckedAt.Add(-time.Duration(rnd.Int64N(int64(1000 * time.Hour))))
			c.AsOf = &at
		case 1:
			c.AsOf = &a.CheckedAt
		}
	}
	for _, code := range []string{"status." + string(a.Status), "signer.unknown", "signer.compromised", "store.unreachable", "no.such"} {
		if rnd.IntN(3) == 0 {
			a.Reasons = append(a.Reasons, registry.Reason{Code: code, Message: odd[2], Next: odd[5]})
		}
	}
}

func anyShown(rnd *rand.Rand, s *registry.Shown) {
	pick := func(texts ...string) string { return texts[rnd.IntN(len(texts))] }
	strange := func() string { return pick("", "DEMO 王芳", pick(odd...), pick(odd...)+pick(odd...)) }
	text := func() registry.Text {
		return []registry.Text{nil, {"en": strange()}, {"ru": strange(), "kk": "x"}, {"zh": pick(odd...), "en": pick(odd...), "ru": pick(odd...)}}[rnd.IntN(4)]
	}
	date := func() registry.Date {
		if rnd.IntN(8) == 0 {
			return registry.Date{}
		}
		return registry.NewDate(2020+rnd.IntN(12), time.Month(1+rnd.IntN(12)), 1+rnd.IntN(31))
	}
	s.Kind = registry.CredentialKind(pick(string(registry.Competence), string(registry.Attendance), string(registry.Honour), string(registry.Competence)))
	s.Name, s.LatinName, s.IDLast4, s.Number = strange(), strange(), pick("", "013X", pick(odd...)), registry.Number(strange())
	s.Course = registry.CourseName{Code: strange(), Version: rnd.IntN(3000), Title: text()}
	s.Hours, s.PracticalHours = float64(rnd.IntN(9))*1.5, float64(rnd.IntN(5))*1.25
	s.PracticalAssessed, s.Demo, s.Contact = rnd.IntN(2) == 0, rnd.IntN(2) == 0, strange()
	s.Issuer.Name, s.Base = text(), registry.CodeName{Code: strange(), Name: text()}
	s.ClassStartsOn, s.ClassEndsOn, s.IssuedOn, s.ValidFrom = date(), date(), date(), date()
	if rnd.IntN(2) == 0 {
		s.ValidFrom = s.IssuedOn
	}
	if rnd.IntN(3) == 0 {
		until := date()
		s.ValidUntil = &until
	}
	if rnd.IntN(4) == 0 {
		s.ValidUntil = nil
	}
	if s.StatusSince, s.StatusReason = nil, pick("", "under_review", "identity", odd[5]); rnd.IntN(2) == 0 {
		s.StatusSince = since(2026, 1+rnd.IntN(12), 1+rnd.IntN(28))
	}
	if rnd.IntN(4) == 0 {
		number := registry.Number(strange())
		s.RenewedBy = &number
	}
	if rnd.IntN(4) == 0 {
		s.SupersededByCode = registry.NewCode([10]byte{byte(rnd.Uint32()), 7, byte(rnd.Uint32())})
	}
}

// varied is a page with other values, and mostly of the same shape.
func varied(rnd *rand.Rand, r pages.Result) pages.Result {
	more := func(s string) string {
		if s == "" {
			return s
		}
		return s[:rnd.IntN(len(s))] + odd[rnd.IntN(len(odd))]
	}
	later := func(d registry.Date) registry.Date {
		if d.IsZero() {
			return d
		}
		return d.AddDays(rnd.IntN(100))
	}
	r.RequestID, r.Contact = more(r.RequestID), more(r.Contact)
	r.Answer.CheckedAt = r.Answer.CheckedAt.Add(time.Duration(rnd.Int64N(int64(time.Hour))))
	if r.Answer.Credential == nil {
		return r
	}
	s := *r.Answer.Credential
	s.Name, s.LatinName, s.IDLast4, s.Number, s.Contact = more(s.Name), more(s.LatinName), more(s.IDLast4), registry.Number(more(string(s.Number))), more(s.Contact)
	s.Course = registry.CourseName{Code: more(s.Course.Code), Version: s.Course.Version * 2, Title: registry.Text{"en": odd[rnd.IntN(len(odd))]}}
	s.Base, s.Issuer.Name = registry.CodeName{Code: more(s.Base.Code), Name: s.Course.Title}, s.Course.Title
	s.Hours, s.PracticalHours = s.Hours*1.5, s.PracticalHours*1.5
	s.ClassStartsOn, s.ClassEndsOn, s.ValidFrom = later(s.ClassStartsOn), later(s.ClassEndsOn), later(s.ValidFrom)
	if s.ValidUntil != nil {
		until := later(*s.ValidUntil)
		s.ValidUntil = &until
	}
	r.Answer.Credential = &s
	return r
}

// Whatever the answer, a form gives the bytes of the page: no value is missing,
// stands in a wrong place or in another page, or is written without its escapes.
func TestAFormGivesThePageByteForByte(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 11))
	var forms pages.Forms
	shaped := 0
	for _, s := range results {
		for _, l := range i18n.Langs {
			r := s.resultIn(l)
			want := render(t, resultPage(r))
			sameBytes(t, s.name+" for the first time", asForm(t, &forms, r), want)
			sameBytes(t, s.name+" from its form", asForm(t, &forms, r), want)
		}
	}
	for i := range 2000 {
		r := anyResult(rnd, i18n.Langs[i%len(i18n.Langs)])
		if pages.Shaped(r) {
			shaped++
		}
		what := fmt.Sprintf("page %d (%s, %s)", i, r.Answer.Status, r.P.Lang())
		want := render(t, resultPage(r))
		asForm(t, &forms, r)
		sameBytes(t, what, asForm(t, &forms, r), want)
		for range 2 { // another's values in the form that this one's page proved
			r = varied(rnd, r)
			sameBytes(t, what+" after another", asForm(t, &forms, r), render(t, resultPage(r)))
		}
	}
	if used, refused := forms.Kept(); shaped < 400 || used == 0 || refused > 0 {
		t.Errorf("of 2000 pages %d have a shape; %d forms are used, %d were refused", shaped, used, refused)
	}
}

// One form makes the pages of many certificates: only their values differ.
func TestOneFormServesManyCertificates(t *testing.T) {
	var forms pages.Forms
	for _, l := range i18n.Langs {
		for i, text := range odd {
			r := sampleOf("valid", l)
			r.Here = &url.URL{Path: "/v/" + strings.ReplaceAll(code, "-", "")}
			s := r.Answer.Credential
			s.LatinName, s.IDLast4, s.Contact = text, text, text
			s.Number, s.Course.Code, s.Base.Code = registry.Number(text), text, text
			s.Course.Title, s.Issuer.Name, s.Base.Name = registry.Text{"zh": text}, registry.Text{"en": text}, registry.Text{"ru": text}
			s.Hours, s.Course.Version, r.RequestID = float64(i)/4+0.25, i, text
			sameBytes(t, text, asForm(t, &forms, r), render(t, resultPage(r)))
		}
	}
	if used, refused := forms.Kept(); used != 3*2 || refused > 0 { // with a telephone and without
		t.Errorf("%d forms are used and %d refused, want 6 and none", used, refused)
	}
}

// FuzzForm looks for a text that a form writes in another way than the page.
func FuzzForm(f *testing.F) {
	for _, s := range odd {
		f.Add(s, s, s)
	}
	var forms pages.Forms
	f.Fuzz(func(t *testing.T, name, title, contact string) {
		for _, l := range i18n.Langs {
			r := sampleOf("expiring", l)
			r.Here = &url.URL{Path: "/v/" + strings.ReplaceAll(code, "-", "")}
			s := r.Answer.Credential
			s.Name, s.Course.Title, s.Contact = name, registry.Text{string(l): title}, contact
			s.LatinName, s.IDLast4, s.Course.Code = title, contact, name
			want := render(t, resultPage(r))
			asForm(t, &forms, r)
			sameBytes(t, "fuzzed", asForm(t, &forms, r), want)
		}
		if _, refused := forms.Kept(); refused > 0 {
			t.Fatal("a form was refused")
		}
	})
}

// Many ask at a time.
func TestFormsAreForManyAtATime(t *testing.T) {
	var forms pages.Forms
	want := map[string]string{}
	for _, s := range results {
		want[s.name] = render(t, resultPage(s.resultIn("en")))
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 5 {
				for _, s := range slices.Backward(results) {
					if b, err := forms.Append(context.Background(), nil, s.resultIn("en")); err != nil || string(b) != want[s.name] {
						t.Errorf("%s: another page, or %v", s.name, err)
					}
				}
			}
		})
	}
	wait.Wait()
}

func BenchmarkResult(b *testing.B) {
	r := sampleOf("valid", "en")
	r.Here = &url.URL{Path: "/v/" + strings.ReplaceAll(code, "-", "")}
	b.Run("form", func(b *testing.B) {
		var forms pages.Forms
		page := make([]byte, 0, 32<<10)
		b.ReportAllocs()
		for b.Loop() {
			page, _ = forms.Append(context.Background(), page[:0], r)
		}
	})
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			render(b, resultPage(r))
		}
	})
}
