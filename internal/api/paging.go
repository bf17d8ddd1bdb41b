package api

import (
	"encoding/base64"
	"regexp"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// PageParams ask for a page of a list, newest first.
type PageParams struct {
	Cursor string `query:"cursor" maxLength:"80" doc:"From \"next\" of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Lang   string `query:"lang" maxLength:"35" doc:"Language of messages, over Accept-Language"`
}

// list is a page of a list.
type list[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
}

var idShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// before reads the cursor: the id that the next page comes after.
func (p PageParams) before() (registry.ID, error) {
	if p.Cursor == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || !idShape.Match(b) {
		return "", registry.Fail(registry.Invalid, "request.cursor")
	}
	return registry.ID(b), nil
}

// pageOf makes a page of up to limit+1 things: the one too many says that there
// is a next page.
func pageOf[S, T any](all []S, limit int, id func(S) registry.ID, view func(S) T) list[T] {
	p := list[T]{Items: make([]T, 0, len(all))}
	for i, v := range all {
		if i == limit {
			p.Next = base64.RawURLEncoding.EncodeToString([]byte(id(all[i-1])))
			break
		}
		p.Items = append(p.Items, view(v))
	}
	return p
}

// span is a range of days from two parameters of a query, of which field is the
// first.
func span(field string, from, until registry.Date) (store.Span, error) {
	if !from.IsZero() && !until.IsZero() && from.After(until) {
		return store.Span{}, registry.FailField(registry.Invalid, field, "filter.dates")
	}
	return store.Span{From: from, Until: until}, nil
}
