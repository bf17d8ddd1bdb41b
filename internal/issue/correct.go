package issue

import (
	"context"
	"errors"
	"strings"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

func isNotFound(err error) bool { return errors.Is(err, registry.NotFound) }

// Correction is what may be put right on a certificate: how the name is written
// and the last characters of the id. Another person is never a correction.
type Correction struct {
	Name      string `json:"name"`
	LatinName string `json:"latin_name,omitempty"`
	IDLast4   string `json:"id_last4,omitempty" maxLength:"4"`
	Reason    string `json:"reason" minLength:"1" maxLength:"500"`
}

// Reissue corrects a credential: a new one with a number and code of its own
// takes its place, the old one says so and leads to it.
// Nobody corrects his own.
func (s *Service) Reissue(ctx context.Context, by registry.Actor, n registry.Number, in Correction) (registry.Credential, error) {
	name, err := registry.RequireName("name", in.Name)
	if err != nil {
		return registry.Credential{}, err
	}
	if strings.TrimSpace(in.Reason) == "" {
		return registry.Credential{}, registry.FailField(registry.Invalid, "reason", "reason.needed")
	}
	in.Name = name
	var fresh registry.Credential
	err = s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		fresh, err = s.replace(ctx, tx, by, n, in)
		return err
	})
	if err != nil {
		return fresh, err
	}
	if err := s.SignClass(ctx, fresh.Class); err != nil {
		// The correction stands: the job stored with it signs what is left.
		s.Log.Error("credential corrected, signing left to the job", "number", fresh.Number, "error", err)
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		fresh, err = tx.Credential(ctx, fresh.ID)
		return err
	})
	return fresh, err
}

func (s *Service) replace(ctx context.Context, tx *store.Tx, by registry.Actor, n registry.Number, in Correction) (registry.Credential, error) {
	old, err := tx.CredentialByNumber(ctx, n)
	if err != nil {
		return old, err
	}
	if err := access.Allow(ctx, tx, by, registry.ReadCredential, registry.RevokeAction, old.Org, "credential", n); err != nil {
		return old, err
	}
	if by.Person != "" && by.Person == old.Person {
		return old, registry.Fail(registry.Forbidden, "four_eyes.trainee")
	}
	now := s.Now()
	replaced, event, err := old.Move(registry.StateSuperseded, "corrected", by.Account, "", now)
	if err != nil {
		return old, err
	}
	fresh, err := s.successor(ctx, tx, old, in)
	if err != nil {
		return old, err
	}
	replaced.SupersededBy, event.Private, event.ID = fresh.ID, in.Reason, store.NewID()
	if _, err := tx.SaveCredential(ctx, replaced); err != nil {
		return old, err
	}
	if err := tx.AddCredential(ctx, fresh); err != nil {
		return old, err
	}
	if err := tx.AddStatusEvent(ctx, event); err != nil {
		return old, err
	}
	if err := tx.RaiseMark(ctx, "bundle"); err != nil {
		return old, err
	}
	err = tx.Enqueue(ctx, JobKind, Job{Class: fresh.Class}, "reissue."+string(fresh.ID), now.Add(safetyDelay))
	if err != nil {
		return old, err
	}
	return fresh, tx.Audit(ctx, store.Act{Actor: by.Account, Action: "credential.reissue", ObjectType: "credential", Object: old.ID, Org: old.Org,
		At: now, Detail: map[string]string{"number": string(old.Number), "new": string(fresh.Number)}})
}

// successor describes the corrected credential: the same completion and the same
// end of validity, today's number, code and signatures.
func (s *Service) successor(ctx context.Context, tx *store.Tx, old registry.Credential, in Correction) (registry.Credential, error) {
	class, err := tx.Class(ctx, old.Class)
	if err != nil {
		return old, err
	}
	run, err := s.prepare(ctx, tx, class, old.Org)
	if err != nil {
		return old, err
	}
	enrolment, err := tx.Enrolment(ctx, old.Enrolment)
	if err != nil {
		return old, err
	}
	completion, err := tx.CompletionOf(ctx, old.Enrolment)
	if err != nil {
		return old, err
	}
	enrolment.Name, enrolment.LatinName = in.Name, strings.TrimSpace(in.LatinName)
	if in.IDLast4 != "" {
		enrolment.IDLast4 = in.IDLast4
	}
	if _, err := tx.SaveEnrolment(ctx, enrolment); err != nil {
		return old, err
	}
	if today := registry.DateOf(run.now.In(run.loc)); old.Snapshot.ValidFrom.After(today) {
		run.validFrom = old.Snapshot.ValidFrom // the ceremony is still to come
	}
	year := registry.DateOf(run.now.In(run.loc)).Year
	counter, err := tx.Reserve(ctx, run.programme.Code, run.base.Code, year, 1)
	if err != nil {
		return old, err
	}
	entries, err := tx.TakeStatusEntries(ctx, run.issuer.Code, 1, randomBelow)
	if err != nil {
		return old, err
	}
	c := candidate{enrolment: enrolment, completion: completion, supersedes: old.ID}
	fresh, err := s.describe(run, c, place{store.NewID(), registry.NewNumber(run.programme.Code, run.base.Code, year, counter), entries[0]})
	if err != nil {
		return old, err
	}
	return fresh, s.mint.Check(run.template, &fresh.Snapshot)
}
