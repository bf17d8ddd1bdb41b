package pages_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

// public are the other pages, by the name of their picture.
func public(l i18n.Lang) map[string]templ.Component {
	p, here := i18n.For(l), &url.URL{Path: "/verify", RawQuery: "from=poster"}
	s := credential()
	joined := pages.My{P: p, Here: here, Name: s.Name, Course: s.Course.Title, Base: s.Base.Name, Contact: s.Contact, Demo: true,
		Now: pages.StepApproved, Done: map[pages.Step]pages.Date{pages.StepJoined: registry.NewDate(2026, 11, 14), pages.StepAttended: registry.NewDate(2026, 11, 15)}}
	issued := joined
	issued.Now, issued.Status, issued.Number, issued.Code, issued.ValidUntil = "", registry.StatusValid, s.Number, code, s.ValidUntil
	issued.DownloadURL, issued.VerifyURL = "/my/TOKEN/certificate.pdf", "/v/"+code
	revoked := issued
	revoked.Status, revoked.InApp = registry.StatusRevoked, true
	refusal, _ := registry.FailField(registry.Invalid, "code", "code.mistyped").(*registry.Error)
	message, fix := p.Error(refusal)
	all := map[string]templ.Component{
		"home":         pages.HomePage(pages.Home{P: p, Here: here, Issued: 12345, Bases: 3, Demo: true}),
		"verify":       pages.VerifyPage(pages.Verify{P: p, Here: here}),
		"verify_wrong": pages.VerifyPage(pages.Verify{P: p, Here: here, Code: "7K3Q-D9XM-2HRT-W4BZ", Wrong: map[string][2]string{"code": {message, fix}}}),
		"verify_slow":  pages.VerifyPage(pages.Verify{P: p, Here: here, Number: "GAJK-SJZ-2026-000123", Name: longName, Wait: 40}),
		"claim":        pages.ClaimPage(pages.Claim{P: p, Here: here}),
		"my_waiting":   pages.MyPage(joined),
		"my_issued":    pages.MyPage(issued),
		"my_revoked":   pages.MyPage(revoked),
		"signin":       pages.SignInPage(pages.SignIn{P: p, Here: here, Next: "/t/classes/1"}),
		"signin_demo": pages.SignInPage(pages.SignIn{P: p, Here: here, Email: "trainer@demo.example", Error: refusal, Demo: true,
			Accounts: []pages.Account{{Email: "trainer@demo.example", Role: p.T("verdict.kind.instructor"), Password: "demo-demo-demo"}}}),
	}
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503} {
		name := "fault_" + strconv.Itoa(status)
		all[name] = pages.FaultPage(pages.Fault{P: p, Here: here, Status: status, RetryAfter: 30, RequestID: "01JD7C5V3M"})
	}
	return all
}

func TestPublicPagesKeepTheirPromises(t *testing.T) {
	for _, l := range i18n.Langs {
		for name, page := range public(l) {
			t.Run(name+"."+string(l), func(t *testing.T) {
				html := render(t, page)
				checkFrame(t, html, l)
				if n := strings.Count(html, "<h1"); n != 1 {
					t.Errorf("page has %d main headings, want 1", n)
				}
				for _, other := range i18n.Langs {
					if want := "lang=" + string(other); other != l && !strings.Contains(html, "/verify?from=poster&amp;"+want) {
						t.Errorf("the switch to %s loses the address", other)
					}
				}
				if len(html) > 30<<10 {
					t.Errorf("page has %d bytes", len(html))
				}
			})
		}
	}
}

func TestFaultPages(t *testing.T) {
	p := i18n.For("en")
	refusal, _ := registry.Fail(registry.Invalid, "number.format").(*registry.Error)
	html := render(t, pages.FaultPage(pages.Fault{P: p, Status: 422, Error: refusal, RequestID: "R-1"}))
	for _, want := range []string{p.T("error.number.format"), p.T("error.number.format.fix"), "R-1", `href="/"`} {
		if !strings.Contains(html, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if html = render(t, pages.FaultPage(pages.Fault{P: p, Status: 404})); !strings.Contains(html, `action="/verify"`) {
		t.Error("the page for nothing found does not keep the form")
	}
	if html = render(t, pages.FaultPage(pages.Fault{P: p, Status: 429, RetryAfter: 30})); !strings.Contains(html, "30 seconds") {
		t.Error("the page for too many requests does not say how long to wait")
	}
}

// What a person typed comes back as text, never as markup.
func TestInputIsEscaped(t *testing.T) {
	p, evil := i18n.For("en"), `"><script>alert(1)</script>`
	for name, page := range map[string]templ.Component{
		"verify":   pages.VerifyPage(pages.Verify{P: p, Code: evil, Number: evil, Name: evil, QR: evil}),
		"mistyped": pages.ResultPage(pages.Result{P: p, Mistyped: true, Code: evil, Host: evil}),
		"my":       pages.MyPage(pages.My{P: p, Name: evil, Contact: evil}),
		"signin":   pages.SignInPage(pages.SignIn{P: p, Email: evil, Next: evil}),
	} {
		if strings.Contains(render(t, page), "<script>alert") {
			t.Errorf("%s shows markup that was typed", name)
		}
	}
}
