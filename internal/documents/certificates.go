package documents

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/sheet"
)

// Broken says that certificates could not be rebuilt. What was written names
// them, and is otherwise whole.
type Broken struct{ Numbers []registry.Number }

func (e *Broken) Error() string {
	return fmt.Sprintf("%d certificates could not be rebuilt, the first %s", len(e.Numbers), e.Numbers[0])
}

// Missing is how many are missing.
func (e *Broken) Missing() int { return len(e.Numbers) }

// HasCertificates refuses where there is nothing to print.
func (c *Class) HasCertificates() error {
	if len(c.Good()) == 0 {
		return registry.Fail(registry.NotFound, "documents.no_certificates", c.Code)
	}
	return nil
}

// WriteZIP writes the signed files as NUMBER.pdf, as they are, with an index of
// all the class's certificates; ERRORS.txt names those that could not be
// rebuilt, and so does the error. It stops when ctx ends.
func (c *Class) WriteZIP(ctx context.Context, out io.Writer, lang i18n.Lang) error {
	z := zip.NewWriter(out)
	files := map[registry.Number]bool{}
	faults, err := c.each(ctx, func(k Copy, file []byte) error {
		files[k.Number] = true
		return put(z, string(k.Number)+".pdf", file, k.Snapshot.IssuedAt)
	})
	if err != nil {
		return err
	}
	index, err := c.index(i18n.For(lang), files)
	if err == nil {
		err = put(z, "index.csv", index, c.At)
	}
	if err == nil && len(faults) > 0 {
		err = put(z, "ERRORS.txt", report(i18n.For(lang), faults), c.At)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		return fmt.Errorf("write ZIP: %w", err)
	}
	return broken(faults)
}

// fault is a certificate that could not be rebuilt, and why.
type fault struct {
	number registry.Number
	err    error
}

func broken(faults []fault) error {
	if len(faults) == 0 {
		return nil
	}
	e := &Broken{}
	for _, f := range faults {
		e.Numbers = append(e.Numbers, f.number)
	}
	return e
}

// each rebuilds the good certificates one after the other.
func (c *Class) each(ctx context.Context, take func(Copy, []byte) error) ([]fault, error) {
	var faults []fault
	for _, k := range c.Good() {
		if err := ctx.Err(); err != nil {
			return faults, err
		}
		file, err := c.service.Certificate(ctx, k.Credential)
		if err != nil && ctx.Err() != nil {
			return faults, ctx.Err()
		}
		if err != nil {
			faults = append(faults, fault{k.Number, err})
			continue
		}
		if err := take(k, file.Bytes()); err != nil {
			return faults, err
		}
	}
	return faults, nil
}

// put adds a file as it is, with its size before it: readers that cannot look
// ahead, and the program may be one, then know where it ends.
func put(z *zip.Writer, name string, data []byte, at time.Time) error {
	h := &zip.FileHeader{Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))}
	at = at.UTC()
	//lint:ignore SA1019 CreateRaw writes these two and does not look at Modified
	h.ModifiedDate = uint16(at.Day() + int(at.Month())<<5 + (at.Year()-1980)<<9)
	//lint:ignore SA1019 see above
	h.ModifiedTime = uint16(at.Second()/2 + at.Minute()<<5 + at.Hour()<<11)
	h.Extra = binary.LittleEndian.AppendUint32([]byte{0x55, 0x54, 5, 0, 1}, uint32(at.Unix())) // to the second, in UTC
	w, err := z.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// index lists every certificate of the class as CSV (RFC 4180), in UTF-8 with
// the mark that spreadsheets want; no cell is run as a formula.
func (c *Class) index(p *i18n.Printer, files map[registry.Number]bool) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\uFEFF")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{{p.T("sheet.col.no"), p.T("sheet.col.number"), p.T("sheet.col.name"), p.T("documents.col.status"), p.T("documents.col.file")}}
	for _, k := range c.Copies {
		name, file := k.Snapshot.Name, ""
		if k.Erased() {
			name = p.T("result.removed")
		}
		if files[k.Number] {
			file = string(k.Number) + ".pdf"
		}
		rows = append(rows, []string{strconv.Itoa(k.Position), string(k.Number), intake.Inert(name), c.Status(p, k), file})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// Status is what the registry says of a certificate now, in words.
func (c *Class) Status(p *i18n.Printer, k Copy) string {
	if k.State == registry.StateQueued {
		return p.T("documents.queued")
	}
	return p.T("credentials.status." + string(k.StatusAt(c.At)))
}

// report says of each fault what is wrong and what to do.
func report(p *i18n.Printer, faults []fault) []byte {
	out := "\uFEFF" + p.T("documents.errors", len(faults)) + "\r\n\r\n"
	for _, f := range faults {
		out += string(f.number) + "\t" + cause(p, f.err) + "\r\n"
	}
	return []byte(out)
}

// cause is a refusal in the reader's language; of a fault nothing leaves the
// house but that it was one.
func cause(p *i18n.Printer, err error) string {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		message, _ := p.Error(refusal)
		return message
	}
	return p.T("documents.fault")
}

// WritePrint writes the certificates as one file for a print shop, a page for
// each person in the order of the roster, without signatures. In the place of a
// certificate that could not be rebuilt stands a page that says so.
func (c *Class) WritePrint(ctx context.Context, out io.Writer, lang i18n.Lang) error {
	var pages [][]registry.Credential
	for _, k := range c.Good() {
		pages = append(pages, []registry.Credential{k.Credential})
	}
	return c.book(ctx, out, lang, "documents.print", pages, func(ctx context.Context, page []registry.Credential) (shared, own []byte, err error) {
		file, err := c.service.Certificate(ctx, page[0])
		if err != nil {
			return nil, nil, err
		}
		return file.Prefix, file.Suffix, nil
	})
}

// draw makes the file of one page, in two parts: objects stand in the second, and
// in the first those that pages share.
type draw func(context.Context, []registry.Credential) (shared, own []byte, err error)

// book writes a document of pages that bear certificates each; its title and note
// are texts of the area. In the place of a page that cannot be drawn stands one
// for each of its certificates that says so.
func (c *Class) book(ctx context.Context, out io.Writer, lang i18n.Lang, area string, pages [][]registry.Credential, of draw) error {
	press, err := c.service.fonts()
	if err != nil {
		return err
	}
	p := i18n.For(lang)
	b := press.Book(out, pdf.BookInfo{Title: p.T(area+".title", c.Code), Author: p.Text(c.Base.Name), Subject: p.T(area + ".note"), Lang: p.HTMLLang(), At: c.At})
	var faults []fault
	for _, page := range pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		shared, own, err := of(ctx, page)
		if err == nil {
			err = b.Place(shared, own)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if e := b.Err(); e != nil {
			return e
		}
		if err == nil {
			continue
		}
		for _, k := range page {
			faults = append(faults, fault{k.Number, err})
			sheet.Missing(b, p, string(k.Number), cause(p, err))
		}
	}
	if err := b.Close(); err != nil {
		return err
	}
	return broken(faults)
}
