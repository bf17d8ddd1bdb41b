package report

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// AskErasure takes the wish of the holder with this private link that his data be
// erased, and gives it to those who answer for his certificate. While one waits a
// second one is that one: made is false. Nothing of the certificate changes until
// staff asks for the erasure and a second person grants it (lifecycle.Erase), which
// also answers the wish. note is what the holder adds, at most
// registry.ReportTextMost characters. An unknown link is NotFound,
// "holder.unknown"; without a certificate there is nothing to erase yet:
// "erasure.early".
func (s *Service) AskErasure(ctx context.Context, token, note, lang string) (wish Followed, made bool, err error) {
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > registry.ReportTextMost {
		return wish, false, registry.FailField(registry.Invalid, "note", "report.long", registry.ReportTextMost)
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		c, err := holding(ctx, tx, token)
		if err != nil {
			return err
		}
		wish, err = wishOf(ctx, tx, c.Enrolment)
		if made = errors.Is(err, registry.NotFound) || err == nil && wish.Outcome != ""; !made {
			return err
		}
		wish, err = s.wish(ctx, tx, c, note, lang)
		return err
	})
	return wish, made, err
}

// wish stores the wish of a certificate's holder.
func (s *Service) wish(ctx context.Context, tx *store.Tx, c registry.Credential, note, lang string) (f Followed, err error) {
	r := registry.Report{ID: store.NewID(), About: string(c.Code), Kind: registry.ReportErasure, Text: note, Lang: lang, MadeAt: s.Now().UTC(), Version: 1}
	if err := s.place(ctx, tx, &r, ""); err != nil {
		return f, err
	}
	if err := tx.AddReport(ctx, r, access.TokenHash(s.token(r.ID)), hashOf(string(r.ID))); err != nil {
		return f, err
	}
	f.Report = r
	if f.Owner, err = tx.Organization(ctx, r.Org); err != nil {
		return f, err
	}
	return f, tx.Audit(ctx, store.Act{Action: "report.file", ObjectType: "report", Object: r.ID, Org: r.Org, At: r.MadeAt, Detail: map[string]string{"kind": string(r.Kind)}})
}

// TakeBackErasure ends the holder's wish while it waits; "report.answered" once it
// was answered. Without one, or twice, it changes nothing.
func (s *Service) TakeBackErasure(ctx context.Context, token string) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		c, err := holding(ctx, tx, token)
		if err != nil {
			return err
		}
		f, err := wishOf(ctx, tx, c.Enrolment)
		if errors.Is(err, registry.NotFound) || f.Outcome == registry.ReportWithdrawn {
			return nil
		}
		if err != nil {
			return err
		}
		r, err := f.TakenBack(s.Now().UTC())
		if err != nil {
			return err
		}
		if r, err = tx.SaveReport(ctx, r); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Action: "report.answer", ObjectType: "report", Object: r.ID, Org: r.Org, At: r.AnsweredAt, Detail: map[string]string{"outcome": string(r.Outcome)}})
	})
}

// ErasureWish is the newest wish of the enrolment's holder to be erased; the second
// result tells whether there is one.
func (s *Service) ErasureWish(ctx context.Context, enrolment registry.ID) (f Followed, ok bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		f, err = wishOf(ctx, tx, enrolment)
		return err
	})
	if errors.Is(err, registry.NotFound) {
		return Followed{}, false, nil
	}
	return f, err == nil, err
}

func wishOf(ctx context.Context, tx *store.Tx, enrolment registry.ID) (f Followed, err error) {
	if f.Report, err = tx.ErasureWish(ctx, enrolment); err != nil {
		return f, err
	}
	f.Owner, err = tx.Organization(ctx, f.Org)
	return f, err
}

// holding is the certificate of a private link's holder.
func holding(ctx context.Context, tx *store.Tx, token string) (registry.Credential, error) {
	e, err := tx.EnrolmentByLink(ctx, access.TokenHash(token))
	if errors.Is(err, registry.NotFound) {
		return registry.Credential{}, registry.Fail(registry.NotFound, "holder.unknown")
	}
	if err != nil {
		return registry.Credential{}, err
	}
	c, err := tx.CredentialOfEnrolment(ctx, e.ID)
	switch {
	case errors.Is(err, registry.NotFound) || err == nil && c.State == registry.StateQueued:
		return c, registry.Fail(registry.Conflict, "erasure.early")
	case err == nil && c.Erased():
		return c, registry.Fail(registry.Gone, "credential.erased", c.Number)
	}
	return c, err
}
