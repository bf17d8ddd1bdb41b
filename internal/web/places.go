package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/ui"
)

// publicAge is how long a page about bases and courses may be shown again: a
// suspended base must not look accredited for long.
const publicAge = "public, max-age=60"

// mostPlaces is how many bases one page shows.
const mostPlaces = 200

func (s *Server) mountPlaces(e *gin.Engine) {
	get(e, "/bases", edge.Route(s.showPlaces))
	get(e, "/bases/:code", edge.Route(s.showPublicBase))
	get(e, "/courses", edge.Route(s.showPublicCourses))
	get(e, "/courses/:code", edge.Route(s.showPublicCourse))
}

// forEverybody marks a page as the same for all who read its language. The cookie
// of staff holds a language too.
func forEverybody(c *gin.Context) {
	c.Header("Cache-Control", publicAge)
	for _, header := range []string{"Accept", "Accept-Language", "Cookie"} {
		edge.Vary(c, header)
	}
}

// wantsJSON reports whether a program asks for the page.
func wantsJSON(c *gin.Context) bool {
	return edge.Prefers(c, "text/html", "application/json") == "application/json"
}

// sendPublic answers a program that asks for a public page.
func sendPublic(c *gin.Context, v any) error {
	edge.Public(c, publicAge)
	edge.Vary(c, "Accept")
	c.PureJSON(http.StatusOK, v)
	return nil
}

// publicPlace is a base with what it is searched by.
type publicPlace struct {
	registry.PublicBase
	above []registry.ID
	words string // folded
}

// atlas is the registers of places, read at once.
type atlas struct {
	tree       access.Tree
	bases      []registry.Base
	programmes map[string]registry.Programme
	courses    []registry.Course
}

func (s *Server) atlas(ctx context.Context) (a atlas, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		a = atlas{programmes: map[string]registry.Programme{}}
		if a.tree, err = access.ReadTree(ctx, tx); err != nil {
			return err
		}
		if a.bases, err = tx.Bases(ctx); err != nil {
			return err
		}
		programmes, err := tx.Programmes(ctx)
		for _, p := range programmes {
			a.programmes[p.Code] = p
		}
		if err != nil {
			return err
		}
		a.courses, err = tx.Courses(ctx)
		return err
	})
	return a, err
}

// base is what everybody may know of b.
func (a atlas) base(s *Server, b registry.Base) (publicPlace, error) {
	loc, err := registry.Zone(b.TZ)
	if err != nil {
		return publicPlace{}, err
	}
	host := a.tree[b.Host]
	above := host.ID
	if host.Parent != "" {
		above = host.Parent
	}
	out := publicPlace{PublicBase: registry.PublicBase{Code: b.Code, Name: b.Name, Status: publicState(b, registry.DateOf(s.Now().In(loc))), Host: host.Name, Campus: b.Campus,
		Region: a.tree[above].Name, Issuer: a.tree[b.Accrediting].Name, Contact: b.Contact, Address: b.Address, OpeningHours: b.Hours, AccreditedFrom: b.AccreditedFrom, AccreditedUntil: b.AccreditedUntil,
		Programmes: []registry.PublicName{}}, above: a.tree.Path(b.Host)}
	for _, code := range slices.Sorted(slices.Values(b.Programmes)) {
		if p, ok := a.programmes[code]; ok {
			out.Programmes = append(out.Programmes, registry.PublicName{Code: code, Name: p.Name})
		}
	}
	words := append([]string{b.Code, b.Campus}, host.Aliases...)
	for _, text := range []registry.Text{b.Name, host.Name, out.Region} {
		for _, name := range text {
			words = append(words, name)
		}
	}
	out.words = registry.NameKey(strings.Join(words, "\n"))
	return out, nil
}

// places are the bases that match what the address asks for, by region and code.
func (a atlas) places(s *Server, q, org, status string) ([]publicPlace, error) {
	list, key := []publicPlace{}, registry.NameKey(q)
	for _, b := range a.bases {
		p, err := a.base(s, b)
		if err != nil {
			return nil, err
		}
		in := org == "" || slices.ContainsFunc(p.above, func(id registry.ID) bool { return a.tree[id].Code == org })
		if in && (status == "" || p.Status == status) && strings.Contains(p.words, key) {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(x, y publicPlace) int { return strings.Compare(x.Region.In("zh"), y.Region.In("zh")) })
	return list, nil
}

// showPlaces handles GET /bases.
func (s *Server) showPlaces(c *gin.Context) error {
	a, err := s.atlas(c.Request.Context())
	if err != nil {
		return err
	}
	q, org, status := clipped(c.Query("q")), clipped(c.Query("org")), clipped(c.Query("status"))
	list, err := a.places(s, q, org, status)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return sendPublic(c, map[string]any{"items": list})
	}
	forEverybody(c)
	p := edge.Printer(c)
	page := pages.Places{P: p, Here: c.Request.URL, Demo: s.Demo, Search: q, Org: org, Status: status, Filtered: q != "" || org != "" || status != "",
		Orgs: a.regions(p), Found: len(list), More: len(list) > mostPlaces, All: len(a.bases)}
	for _, state := range placeStates {
		page.States = append(page.States, ui.Option{Value: state, Label: p.T("confirm.base.status." + state)})
	}
	for _, b := range list[:min(mostPlaces, len(list))] {
		region := p.Text(b.Region)
		if n := len(page.Regions); n == 0 || page.Regions[n-1].Name != region {
			page.Regions = append(page.Regions, pages.Region{Name: region})
		}
		last := &page.Regions[len(page.Regions)-1]
		place := pages.Place{Code: b.Code, Name: p.Text(b.Name), Host: p.Text(b.Host), Campus: b.Campus, Status: b.Status, Contact: b.Contact, Hours: strings.Join(hoursText(p, b.OpeningHours), " · ")}
		for _, programme := range b.Programmes {
			place.Programmes = append(place.Programmes, p.Text(programme.Name))
		}
		last.Places = append(last.Places, place)
	}
	return show(c, http.StatusOK, pages.PlacesPage(page))
}

var placeStates = []string{string(registry.BaseAccredited), string(registry.BaseSuspended), "lapsed", string(registry.BaseWithdrawn), string(registry.BaseCandidate)}

// clipped is a filter as it stands in an address, cut to what one can be.
func clipped(s string) string {
	if r := []rune(strings.TrimSpace(s)); len(r) > 100 {
		return string(r[:100])
	}
	return strings.TrimSpace(s)
}

// regions are the organizations under which there are bases, as a tree.
func (a atlas) regions(p *i18n.Printer) []ui.Option {
	used := map[registry.ID]int{} // depth
	for _, b := range a.bases {
		path := a.tree.Path(b.Host)
		for i, id := range path[min(1, len(path)-1):] {
			used[id] = len(path) - min(1, len(path)-1) - i - 1
		}
	}
	list := []ui.Option{{Value: "", Label: p.T("places.region.any")}}
	var walk func(parent registry.ID)
	walk = func(parent registry.ID) {
		var below []registry.Organization
		for id := range used {
			if o := a.tree[id]; o.Parent == parent || parent == "" && used[id] == 0 {
				below = append(below, o)
			}
		}
		slices.SortFunc(below, func(x, y registry.Organization) int { return strings.Compare(x.Code, y.Code) })
		for _, o := range below {
			list = append(list, ui.Option{Value: o.Code, Label: strings.Repeat("\u2003", used[o.ID]) + p.Text(o.Name)})
			if parent != o.ID && len(list) < 1000 {
				walk(o.ID)
			}
		}
	}
	walk("")
	return list
}
