package issue

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Confirm takes what a holder says of his part in the class: he was there, or
// this is not him. It is asked once, never needed, and may be corrected within a
// day; an unknown token is holder.unknown and says nothing else.
func (s *Service) Confirm(ctx context.Context, token string, answer registry.ConfirmAnswer) (registry.Confirmation, error) {
	var out registry.Confirmation
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		e, err := tx.EnrolmentByLink(ctx, access.TokenHash(token))
		if isNotFound(err) {
			return registry.Fail(registry.NotFound, "holder.unknown")
		}
		if err != nil {
			return err
		}
		class, err := tx.Class(ctx, e.Class)
		if err != nil {
			return err
		}
		base, err := tx.Base(ctx, class.Base)
		if err != nil {
			return err
		}
		loc, err := registry.Zone(base.TZ)
		if err != nil {
			return err
		}
		now := s.Now()
		if !registry.Asked(class, e, registry.DateOf(now.In(loc))) {
			return registry.Fail(registry.Conflict, "confirm.early")
		}
		before, err := tx.Confirmation(ctx, e.ID)
		if isNotFound(err) {
			before, err = registry.Confirmation{Enrolment: e.ID, Class: class.ID}, nil
		}
		if err != nil {
			return err
		}
		if out, err = before.Say(answer, now); err != nil || out == before {
			return err
		}
		if err := tx.PutConfirmation(ctx, out); err != nil {
			return err
		}
		org, err := tx.ClassOrg(ctx, class.ID)
		if err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "enrolment.confirm", ObjectType: "enrolment", Object: e.ID, Org: org, Before: before, After: out,
			At: now, Detail: map[string]string{"answer": string(answer)}})
	})
	return out, err
}

// Answers are what the class's holders said, by enrolment, for somebody who may
// see the class.
func (s *Service) Answers(ctx context.Context, by registry.Actor, class registry.ID) (map[registry.ID]registry.Confirmation, error) {
	out := map[registry.ID]registry.Confirmation{}
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		if _, _, err := access.Class(ctx, tx, by, registry.ReadClass, class); err != nil {
			return err
		}
		list, err := tx.Confirmations(ctx, class)
		for _, c := range list {
			out[c.Enrolment] = c
		}
		return err
	})
	return out, err
}

// Denials lists the certificates whose holders say that it was not them and into
// which nobody has looked, where the actor may decide.
func (s *Service) Denials(ctx context.Context, by registry.Actor) ([]store.Denial, error) {
	var list []store.Denial
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		orgs, err := access.Visible(ctx, tx, by, registry.ApproveClass)
		if err != nil || len(orgs) == 0 {
			return err
		}
		if list, err = tx.Denials(ctx); err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(d store.Denial) bool { return !slices.Contains(orgs, d.Credential.Org) })
		return nil
	})
	return list, err
}

// SettleDenial notes that an approver looked into a "not me", and what came of
// it: the queue shows it no more.
func (s *Service) SettleDenial(ctx context.Context, by registry.Actor, enrolment registry.ID, note string) (registry.Confirmation, error) {
	var out registry.Confirmation
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.Confirmation(ctx, enrolment)
		if isNotFound(err) {
			return registry.Fail(registry.NotFound, "enrolment.unknown", enrolment)
		}
		if err != nil {
			return err
		}
		org, err := tx.ClassOrg(ctx, before.Class)
		if err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.ApproveClass, org, "enrolment", enrolment); err != nil {
			return err
		}
		if out, err = before.Settle(by.Account, note, s.Now()); err != nil {
			return err
		}
		if err := tx.PutConfirmation(ctx, out); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "enrolment.denial_settled", ObjectType: "enrolment", Object: enrolment, Org: org, Before: before, After: out, At: s.Now()})
	})
	return out, err
}
