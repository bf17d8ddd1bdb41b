package issue

import (
	"context"
	"strings"

	"github.com/passmuster/passmuster/internal/store"
)

// fewNew is how many characters beyond the words at hand a class may have
// before the words are gathered anew: each gathering is a template more.
const fewNew = 8

// words are the texts that certificates of this registry share: names of
// organizations, bases and courses, and of those who sign. Templates hold their
// characters in the constant part.
type words struct{ texts, names string }

// words are gathered once, and again when a class has much else.
func (s *Service) words(ctx context.Context, tx *store.Tx, in *intent) (words, error) {
	own := words{texts: in.course.Title["zh"] + in.base.Name["zh"] + in.issuer.Name["zh"]}
	for _, by := range in.class.Signatories {
		own.texts += by.Title["zh"]
		own.names += by.Name
	}
	if have := s.known.Load(); have != nil && missing(have.texts, own.texts)+missing(have.names, own.names) <= fewNew {
		return *have, nil
	}
	all, err := gather(ctx, tx)
	if err != nil {
		return words{}, err
	}
	all = words{own.texts + all.texts, own.names + all.names}
	s.known.Store(&all)
	return all, nil
}

// gather reads the names in the order of the store, which is that of their codes.
func gather(ctx context.Context, tx *store.Tx) (words, error) {
	var out, names strings.Builder
	organizations, err := tx.Organizations(ctx)
	if err != nil {
		return words{}, err
	}
	courses, err := tx.Courses(ctx)
	if err != nil {
		return words{}, err
	}
	bases, err := tx.Bases(ctx)
	if err != nil {
		return words{}, err
	}
	for _, c := range courses {
		out.WriteString(c.Title["zh"])
	}
	for _, b := range bases {
		out.WriteString(b.Name["zh"])
		for _, by := range b.Signatories {
			out.WriteString(by.Title["zh"])
			names.WriteString(by.Name)
		}
	}
	for _, o := range organizations {
		out.WriteString(o.Name["zh"])
	}
	return words{out.String(), names.String()}, nil
}

func missing(have, text string) (n int) {
	for _, r := range text {
		if r > '~' && !strings.ContainsRune(have, r) {
			n++
		}
	}
	return n
}
