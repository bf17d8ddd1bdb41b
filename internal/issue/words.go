package issue

import (
	"context"
	"strings"

	"github.com/passmuster/passmuster/internal/store"
)

// fewNew is how many characters beyond the words at hand a class may have
// before the words are gathered anew: each gathering is a template more.
const fewNew = 8

// words are the texts that certificates of this registry share, names of
// organizations, bases and courses: templates hold their characters in the
// constant part. They are gathered once, and again when a class has much else.
func (s *Service) words(ctx context.Context, tx *store.Tx, in *intent) (string, error) {
	own := in.course.Title["zh"] + in.base.Name["zh"] + in.issuer.Name["zh"]
	for _, by := range in.class.Signatories {
		own += by.Title["zh"]
	}
	if have := s.known.Load(); have != nil && missing(*have, own) <= fewNew {
		return *have, nil
	}
	all, err := gather(ctx, tx)
	if err != nil {
		return "", err
	}
	all = own + all
	s.known.Store(&all)
	return all, nil
}

// gather reads the names in the order of the store, which is that of their codes.
func gather(ctx context.Context, tx *store.Tx) (string, error) {
	var out strings.Builder
	organizations, err := tx.Organizations(ctx)
	if err != nil {
		return "", err
	}
	courses, err := tx.Courses(ctx)
	if err != nil {
		return "", err
	}
	bases, err := tx.Bases(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range courses {
		out.WriteString(c.Title["zh"])
	}
	for _, b := range bases {
		out.WriteString(b.Name["zh"])
		for _, by := range b.Signatories {
			out.WriteString(by.Title["zh"])
		}
	}
	for _, o := range organizations {
		out.WriteString(o.Name["zh"])
	}
	return out.String(), nil
}

func missing(have, text string) (n int) {
	for _, r := range text {
		if r > '~' && !strings.ContainsRune(have, r) {
			n++
		}
	}
	return n
}
