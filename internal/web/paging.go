package web

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

const pageSize = 50

var idShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// cursor is where a page of a list begins: after the last id of its trail, which
// holds the end of each page before. It stands in the address, with the filters,
// so a page of a list can be passed on.
type cursor struct {
	path   string
	values url.Values
	trail  []string
}

func cursorOf(c *gin.Context, keep ...string) cursor {
	cur := cursor{path: c.Request.URL.Path, values: url.Values{}}
	for _, name := range keep {
		if v := strings.TrimSpace(c.Query(name)); v != "" {
			cur.values.Set(name, v)
		}
	}
	const deepest = 40
	for id := range strings.SplitSeq(c.Query("after"), ",") {
		if idShape.MatchString(id) && len(cur.trail) < deepest {
			cur.trail = append(cur.trail, id)
		}
	}
	return cur
}

func (c cursor) before() registry.ID {
	if len(c.trail) == 0 {
		return ""
	}
	return registry.ID(c.trail[len(c.trail)-1])
}

func (c cursor) first() bool { return len(c.trail) == 0 }

func (c cursor) at(trail []string) string {
	values := url.Values{}
	for k, v := range c.values {
		values[k] = v
	}
	if len(trail) > 0 {
		values.Set("after", strings.Join(trail, ","))
	}
	if len(values) == 0 {
		return c.path
	}
	return c.path + "?" + values.Encode()
}

// pages returns the neighbours, and how many of the n things read are of this
// page: one more than it has room for says that there is a next one.
func (c cursor) pages(n int, id func(int) registry.ID) (ui.Pages, int) {
	var p ui.Pages
	if len(c.trail) > 0 {
		p.Prev = c.at(c.trail[:len(c.trail)-1])
	}
	if n <= pageSize {
		return p, n
	}
	p.Next = c.at(append(append([]string{}, c.trail...), string(id(pageSize-1))))
	return p, pageSize
}
