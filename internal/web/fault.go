package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/ui"
)

// ErrorPage answers with a page for people where something is refused or broken;
// edge calls it (edge.Options.ErrorPage).
func (s *Server) ErrorPage(c *gin.Context, p edge.Problem) {
	printer := i18n.For(p.Lang)
	page := pages.Fault{P: printer, Here: c.Request.URL, Status: p.Status, RequestID: p.RequestID, Demo: s.Demo}
	if p.Code != "internal" && p.Code != "route.unknown" && p.Code != "route.method" {
		page.Message, page.Fix = p.Detail, p.Fix
	}
	page.Link = p.Code == "invitation.link" || p.Code == "approve.link"
	for _, item := range p.Errors {
		text := item.Message
		if item.Row > 0 {
			text = printer.T("intake.row", item.Row) + " · " + text
		}
		if item.Message != p.Detail {
			page.Wrongs = append(page.Wrongs, ui.Wrong{Text: text, Fix: item.Fix})
		}
	}
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		page.Here, page.Shown = nil, shownBefore(c) // a deed is not repeated by a link
	}
	if v, ok := visitorOf(c); ok {
		page.Nav = s.nav(printer, v, "")
	}
	private(c)
	var b bytes.Buffer
	if err := pages.FaultPage(page).Render(c.Request.Context(), &b); err != nil {
		s.Log.Error("error page not written", "request", p.RequestID, "error", err)
		edge.WriteProblem(c, &p)
		return
	}
	c.Data(p.Status, "text/html; charset=utf-8", b.Bytes())
}

// shownBefore is the page from which a form of everybody's was sent: where the
// language switch leads after a deed that failed. Staff have their language kept.
func shownBefore(c *gin.Context) *url.URL {
	parts := strings.Split(strings.Trim(c.Request.URL.Path, "/"), "/")
	switch parts[0] {
	case "verify", "claim", "join", "invite", "signin":
		return inLanguage(c, &url.URL{Path: c.Request.URL.Path})
	case "my":
		return inLanguage(c, &url.URL{Path: "/" + strings.Join(parts[:min(2, len(parts))], "/")})
	}
	return nil
}

// sessionFault answers where the session could not be read or kept: the store is
// out of reach, and the reader's language is all that is known of him.
func (s *Server) sessionFault(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.Error("session not read or kept", "error", err)
	cookie, status := "", http.StatusServiceUnavailable
	if c, err := r.Cookie(langCookie); err == nil {
		cookie = c.Value
	}
	refusal := &registry.Error{Kind: registry.Unavailable, Code: "store.unavailable"}
	printer := i18n.For(i18n.Match(r.URL.Query().Get("lang"), cookie, r.Header.Get("Accept-Language")))
	page := pages.Fault{P: printer, Status: status, Error: refusal, Demo: s.Demo}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Retry-After", "5")
	var b bytes.Buffer
	if err := pages.FaultPage(page).Render(r.Context(), &b); err != nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader who left is no fault of ours
}
