package store

import (
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/store/db"
)

// Publication is something signed that is served: a trust list, an offline
// bundle, a CRL.
type Publication struct {
	Kind       string
	Number     int64 // rises with each one of the kind
	Body       []byte
	IssuedAt   time.Time
	ValidUntil time.Time
}

// Publication returns the newest of the kind.
func (t *Tx) Publication(ctx context.Context, kind string) (Publication, error) {
	row, err := t.q.Publication(ctx, kind)
	return one(row, err, toPublication, "publication", kind)
}

// NumberedPublication returns the one of the kind with the number.
func (t *Tx) NumberedPublication(ctx context.Context, kind string, number int64) (Publication, error) {
	row, err := t.q.NumberedPublication(ctx, db.NumberedPublicationParams{Kind: kind, Number: number})
	return one(row, err, toPublication, "publication", kind)
}

// PublicationHead is Publication without its body, which may be megabytes.
func (t *Tx) PublicationHead(ctx context.Context, kind string) (Publication, error) {
	row, err := t.q.PublicationHead(ctx, kind)
	return one(row, err, func(r db.PublicationHeadRow) (Publication, error) {
		return Publication{Kind: kind, Number: r.Number, IssuedAt: instant(r.IssuedAt), ValidUntil: instant(r.ValidUntil)}, nil
	}, "publication", kind)
}

func toPublication(r db.Publication) (Publication, error) {
	var c codec
	return Publication{Kind: r.Kind, Number: r.Number, Body: c.bytes(r.Body), IssuedAt: instant(r.IssuedAt), ValidUntil: instant(r.ValidUntil)}, c.err
}

// AddPublication stores the next of its kind, and lets go of all but the newest
// keep.
func (t *Tx) AddPublication(ctx context.Context, p Publication, keep int) error {
	n, err := t.q.AddPublication(ctx, db.AddPublicationParams{Kind: p.Kind, Number: p.Number, Body: base64url(p.Body),
		IssuedAt: micros(p.IssuedAt), ValidUntil: micros(p.ValidUntil)})
	if err := added(n, err, "publication", p.Kind); err != nil {
		return err
	}
	numbers, err := t.q.PublicationNumbers(ctx, p.Kind)
	if err != nil {
		return fmt.Errorf("read publications: %w", err)
	}
	if len(numbers) <= keep {
		return nil
	}
	if _, err := t.q.DropOldPublications(ctx, db.DropOldPublicationsParams{Kind: p.Kind, Number: numbers[keep-1]}); err != nil {
		return fmt.Errorf("drop old publications: %w", err)
	}
	return nil
}

// Mark is a number that rises whenever something changes that the named
// publication shows; 0 before the first change.
func (t *Tx) Mark(ctx context.Context, name string) (int64, error) {
	n, err := t.q.Mark(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("read mark: %w", err)
	}
	return n, nil
}

// RaiseMark notes such a change.
func (t *Tx) RaiseMark(ctx context.Context, name string) error {
	if _, err := t.q.RaiseMark(ctx, db.RaiseMarkParams{ID: NewID(), Name: name}); err != nil {
		return fmt.Errorf("raise mark: %w", err)
	}
	return nil
}

// foldRaises adds a number of raises to their marks, so that reading a mark
// stays quick. It returns how many it folded.
func (t *Tx) foldRaises(ctx context.Context) (int, error) {
	raises, err := t.q.Raises(ctx, pageSize)
	if err != nil {
		return 0, err
	}
	rises := map[string]int64{}
	for _, r := range raises {
		if _, err := t.q.DropRaise(ctx, r.ID); err != nil {
			return 0, err
		}
		rises[r.Name]++
	}
	for name, n := range rises {
		if _, err := t.q.FoldRaises(ctx, db.FoldRaisesParams{Name: name, Mark: n}); err != nil {
			return 0, err
		}
	}
	return len(raises), nil
}
