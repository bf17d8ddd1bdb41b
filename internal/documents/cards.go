package documents

import (
	"context"
	"io"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// header is how much of a sheet's file no object stands in: sheets share nothing.
const header = len("%PDF-1.7")

// WriteCards writes the wallet cards of the class, ten to an A4 page with marks
// where they are cut, in the order of the roster. In the place of a page that
// cannot be drawn stands one that says so.
func (c *Class) WriteCards(ctx context.Context, out io.Writer, lang i18n.Lang) error {
	return c.book(ctx, out, lang, "cards", c.cardPages(), func(ctx context.Context, page []registry.Credential) (shared, own []byte, err error) {
		file, err := c.service.Cards(ctx, page)
		if err != nil {
			return nil, nil, err
		}
		return file[:header], file[header:], nil
	})
}

// cardPages puts cards that go together on pages.
func (c *Class) cardPages() (pages [][]registry.Credential) {
	for _, k := range c.Good() {
		n := len(pages) - 1
		if n < 0 || len(pages[n]) == certificate.CardsPerSheet || !certificate.SameSheet(pages[n][0].Snapshot, k.Snapshot) {
			pages, n = append(pages, nil), n+1
		}
		pages[n] = append(pages[n], k.Credential)
	}
	return pages
}
