package web_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// The first page of its shape is laid out, the others come from its form: nobody
// can tell them apart, each says its own request, and what changes is seen at once.
func TestAResultIsTheSameHoweverItWasMade(t *testing.T) {
	w := newWorld(t)
	for status, links := range w.sum.Links {
		for _, l := range i18n.Langs {
			first := ""
			for i := range 3 {
				p := w.visitor(t).get(strings.TrimPrefix(links[0], w.url) + "?lang=" + string(l))
				id := p.header.Get("X-Request-Id")
				if strings.Count(p.body, id) != 1 {
					t.Errorf("%s.%s: the page does not say its request", status, l)
				}
				page := strings.Replace(p.body, id, "", 1)
				if i == 0 {
					first = page
				}
				if page != first || page == "" {
					t.Errorf("%s.%s, page %d: not the page of before", status, l, i+1)
				}
				if p.header.Get("Content-Language") != string(l) || p.header.Get("Cache-Control") != "no-store" || p.header.Get("Content-Security-Policy") == "" {
					t.Errorf("%s.%s: headers %v", status, l, p.header)
				}
			}
		}
	}
}

// Time goes on between two pages of one form.
func TestAResultTellsWhenItWasAsked(t *testing.T) {
	w := newWorld(t)
	valid := strings.TrimPrefix(w.sum.Links[registry.StatusValid][0], w.url) + "?lang=en"
	w.visitor(t).get(valid).want(200, "17:00:00")
	w.visitor(t).get(valid).want(200, "17:00:00")
	w.clock.Set(now.Add(61 * 1e9))
	w.visitor(t).get(valid).want(200, "17:01:01").never("17:00:00")
	w.clock.Set(now.AddDate(9, 0, 0))
	w.visitor(t).get(valid).want(200, "EXPIRED").never("VALID ")
}
