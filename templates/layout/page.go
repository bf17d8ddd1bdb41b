// Package layout holds what every page shares: the head, the language switch,
// the navigation of staff and the foot. A page says everything in its [Page];
// nothing is inline, so one strict [Policy] serves them all.
package layout

import (
	"encoding/json"
	"net/url"

	"github.com/a-h/templ"

	"github.com/passmuster/passmuster/internal/i18n"
)

// Policy is the Content-Security-Policy under which every page works: no inline
// script or style, nothing from another host.
const Policy = "default-src 'none'; style-src 'self'; script-src 'self'; worker-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Page is the frame of one page.
type Page struct {
	P        *i18n.Printer
	Title    string
	Here     *url.URL // address as asked, which the language switch keeps; nil leaves the switch out
	Form     string   // id of the form that was sent: the language switch sends what is typed in it along
	FormIdle bool     // Enter in a field of it does nothing
	Sheet    string   // style sheet, "css/site.css" when empty
	Scripts  []string // "js/code.js"
	Private  bool     // never indexed, cached by nobody, no referrer
	Preview  string   // og:title; "" where a chat may show the page's own title
	Demo     bool
	Nav      []NavLink // of signed-in staff; empty for the public
	User     string    // who is signed in
	Exit     string    // where the sign-out button posts to
	Mark     string    // names the account of User to what a device keeps
	Account  string    // the account itself, whose marks may wait on the device
	Refresh  int       // seconds after which the page loads itself again, 0 for never
	Manifest string    // of an application that the page can be installed as
	Live     bool      // a script keeps the page fresh: it loads itself again only without one
}

// NavLink is one entry of the navigation.
type NavLink struct {
	Label, URL string
	Here       bool
}

// LangLink is one entry of the language switch.
type LangLink struct {
	Lang i18n.Lang
	URL  string
	Here bool
}

// langs returns the language switch: this page, code and query kept, in each
// language. The query wins over cookie and header, so a link that is passed on
// keeps its language.
func (p Page) langs() []LangLink {
	if p.Here == nil {
		return nil
	}
	var links []LangLink
	for _, l := range i18n.Langs {
		query := p.Here.Query()
		query.Set("lang", string(l))
		u := url.URL{Path: p.Here.Path, RawPath: p.Here.RawPath, RawQuery: query.Encode()}
		links = append(links, LangLink{Lang: l, URL: u.String(), Here: l == p.P.Lang()})
	}
	return links
}

// To is the path in the language that the address here asks for; a page for
// everybody keeps it nowhere else.
func To(here *url.URL, path string) templ.SafeURL {
	if here == nil || here.Query().Get("lang") == "" {
		return templ.URL(path)
	}
	return templ.URL(path + "?" + url.Values{"lang": {here.Query().Get("lang")}}.Encode())
}

// leaving are the texts of the question at the sign-out whether marks that wait
// on the device are sent first, as JSON.
func (p Page) leaving() string {
	texts := map[string]string{}
	for _, key := range []string{"unsent", "unsent.text", "send", "discard", "discard.sure", "keep", "stay"} {
		texts[key] = p.P.T("page.leave." + key)
	}
	b, err := json.Marshal(texts)
	if err != nil { // strings
		return ""
	}
	return string(b)
}

func (p Page) sheet() string {
	if p.Sheet == "" {
		return "css/site.css"
	}
	return p.Sheet
}

// footLinks stand at the foot of public pages.
var footLinks = []struct{ path, key string }{{"/bases", "places.title"}, {"/courses", "courses.title"}, {"/help/verify", "poster.title"}, {"/report", "report.title"},
	{"/privacy", "page.privacy"}, {"/accessibility", "help.accessibility"}}
