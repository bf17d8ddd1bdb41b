package pages

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
)

// Forms makes result pages without laying each out anew: pages of one [shape]
// differ in a few values alone, so the page of a shape is rendered once, with
// stand-ins for the values, and cut where these stand. A page is then the pieces
// with its own values between them.
//
// ResultPage stays the one source of what a page says. A form is made of its shape
// and of nothing else, so no value of one certificate can ever stand in another's
// page; and it is used only after its first page came out byte for byte as
// ResultPage writes it. The zero value is ready, for many at a time.
type Forms struct {
	mu   sync.RWMutex
	made map[shape]*form
}

// mostForms is how many forms are kept, of about 14 KB each. When there are more
// it begins anew.
const mostForms = 1000

// Append appends the page of r to b: the bytes that ResultPage renders.
func (f *Forms) Append(ctx context.Context, b []byte, r Result) ([]byte, error) {
	s, ok := shapeOf(r)
	if !ok {
		page, err := rendered(ctx, r)
		return append(b, page...), err
	}
	f.mu.RLock()
	made := f.made[s]
	f.mu.RUnlock()
	if made != nil && made.pieces != nil {
		return made.append(b, r), nil
	}
	page, err := rendered(ctx, r)
	if err == nil && made == nil {
		err = f.make(ctx, s, r, page)
	}
	return append(b, page...), err
}

// make keeps the form of the shape; one whose first page is not the page that was
// rendered stays without pieces.
func (f *Forms) make(ctx context.Context, s shape, r Result, page string) error {
	standIn := s.standIn()
	html, err := rendered(ctx, standIn)
	if err != nil {
		return err
	}
	made := cut(html, standIn)
	if string(made.append(nil, r)) != page {
		made = &form{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.made == nil || len(f.made) >= mostForms {
		f.made = map[shape]*form{}
	}
	f.made[s] = made
	return nil
}

func rendered(ctx context.Context, r Result) (string, error) {
	var b bytes.Buffer
	err := ResultPage(r).Render(ctx, &b)
	return b.String(), err
}

// form is the page of a shape, cut where its values stand.
type form struct {
	pieces []piece
	gaps   []gap // those that occur in it
}

// piece is a text and the value that follows it, none after the last.
type piece struct {
	text   string
	gap    gap
	script bool // the value stands in a JSON string, else in HTML
}

// cut finds in the page of a stand-in the places of its values. How a value is
// written in a place is told by how the page wrote the stand-in there.
func cut(html string, standIn Result) *form {
	type needle struct {
		text string
		piece
	}
	var needles []needle
	for g := range gaps {
		text := ""
		if standIn.has(g) {
			text = standIn.value(g)
		}
		if text == "" {
			continue
		}
		inHTML, inScript := string(appendHTML(nil, text)), string(appendScript(nil, text))
		needles = append(needles, needle{inHTML, piece{gap: g}})
		if inScript != inHTML {
			needles = append(needles, needle{inScript, piece{gap: g, script: true}})
		}
	}
	f := &form{}
	for {
		at, next := len(html), needle{}
		for _, n := range needles { // the first of them, and of those that begin there the longest
			if i := strings.Index(html[:min(len(html), at+len(n.text))], n.text); i >= 0 && (i < at || i == at && len(n.text) > len(next.text)) {
				at, next = i, n
			}
		}
		next.piece.text = html[:at]
		f.pieces = append(f.pieces, next.piece)
		if next.text == "" {
			return f
		}
		if !slices.Contains(f.gaps, next.gap) {
			f.gaps = append(f.gaps, next.gap)
		}
		html = html[at+len(next.text):]
	}
}

// append writes the page of r.
func (f *form) append(b []byte, r Result) []byte {
	var values [gaps]string
	for _, g := range f.gaps {
		values[g] = r.value(g)
	}
	for _, p := range f.pieces[:len(f.pieces)-1] {
		b = append(b, p.text...)
		if p.script {
			b = appendScript(b, values[p.gap])
		} else {
			b = appendHTML(b, values[p.gap])
		}
	}
	return append(b, f.pieces[len(f.pieces)-1].text...)
}
