package documents

import (
	"context"
	"io"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/sheet"
)

// header is how much of a sheet's file no object stands in: sheets share nothing.
const header = len("%PDF-1.7")

// WriteCards writes the wallet cards of the class, ten to an A4 page with marks
// where they are cut, in the order of the roster. In the place of a page that
// cannot be drawn stands one that says so.
func (c *Class) WriteCards(ctx context.Context, out io.Writer, lang i18n.Lang) error {
	press, err := c.service.fonts()
	if err != nil {
		return err
	}
	p := i18n.For(lang)
	b := press.Book(out, pdf.BookInfo{Title: p.T("cards.title", c.Code), Author: p.Text(c.Base.Name), Subject: p.T("cards.note"), Lang: p.HTMLLang(), At: c.At})
	var faults []fault
	for _, page := range c.cardPages() {
		if err := ctx.Err(); err != nil {
			return err
		}
		file, err := c.service.Cards(ctx, page)
		if err == nil {
			err = b.Place(file[:header], file[header:])
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if e := b.Err(); e != nil {
			return e
		}
		if err != nil {
			for _, k := range page {
				faults = append(faults, fault{k.Number, err})
				sheet.Missing(b, p, string(k.Number), cause(p, err))
			}
		}
	}
	if err := b.Close(); err != nil {
		return err
	}
	return broken(faults)
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
