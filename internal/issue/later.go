package issue

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// LaterInput decides about one person who was held back when the class was
// approved.
type LaterInput struct {
	Enrolment registry.ID `json:"enrolment"`
	Note      string      `json:"note,omitempty"` // needed where the base is no longer accredited
	Passkey   []byte      `json:"-"`              // as in ApproveInput
}

// ApproveLater approves one person who was held back, once the reason is settled:
// same rules, same four eyes, a certificate of today. Asked again, it is refused
// as approved already.
func (s *Service) ApproveLater(ctx context.Context, by registry.Actor, id registry.ID, in LaterInput) (registry.Credential, error) {
	var fresh registry.Credential
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		fresh, err = s.later(ctx, tx, by, id, in)
		return err
	})
	if err != nil {
		return fresh, err
	}
	if err := s.SignClass(ctx, id); err != nil {
		// The approval stands: the job stored with it signs what is left.
		s.Log.Error("person approved later, signing left to the job", "class", id, "error", err)
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		fresh, err = tx.CredentialOfEnrolment(ctx, in.Enrolment)
		return err
	})
	return fresh, err
}

func (s *Service) later(ctx context.Context, tx *store.Tx, by registry.Actor, id registry.ID, in LaterInput) (registry.Credential, error) {
	var none registry.Credential
	class, org, who, err := s.heldBack(ctx, tx, by, id, in.Enrolment)
	if err != nil {
		return none, err
	}
	run, err := s.prepare(ctx, tx, class, org)
	if err != nil {
		return none, err
	}
	if err := stillAccredited(run.base, in.Note); err != nil {
		return none, err
	}
	record, err := s.record(ctx, tx, by, run, ApproveInput{Passkey: in.Passkey}, []registry.ID{in.Enrolment})
	if err != nil {
		return none, err
	}
	record.People = 1
	why := who.completion.Held
	who.completion.Held, who.completion.ApprovedBy, who.completion.ApprovedAt = "", by.Account, run.now
	if err := tx.ApproveCompletion(ctx, who.completion); err != nil {
		return none, err
	}
	if err := s.reserve(ctx, tx, run, []candidate{who}); err != nil {
		return none, err
	}
	if err := tx.AddApproval(ctx, record); err != nil {
		return none, err
	}
	if err := tx.Enqueue(ctx, JobKind, Job{Class: id}, "later."+string(in.Enrolment), run.now.Add(safetyDelay)); err != nil {
		return none, err
	}
	return none, tx.Audit(ctx, store.Act{Actor: by.Account, Action: "class.approve_later", ObjectType: "class", Object: id, Org: org, At: run.now,
		Before: why, After: who.completion, Detail: map[string]string{"code": class.Code, "enrolment": string(in.Enrolment), "approval": string(record.ID)}})
}

// heldBack loads somebody who passed and was held back in a class that is
// decided, for an approver who may decide about it.
func (s *Service) heldBack(ctx context.Context, tx *store.Tx, by registry.Actor, id, enrolment registry.ID) (class registry.Class, org registry.ID, who candidate, err error) {
	if class, err = tx.Class(ctx, id); err != nil {
		return class, org, who, err
	}
	if org, err = tx.ClassOrg(ctx, id); err != nil {
		return class, org, who, err
	}
	if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.ApproveClass, org, "class", id); err != nil {
		return class, org, who, err
	}
	if class.ApprovedAt.IsZero() {
		return class, org, who, registry.Fail(registry.Conflict, "approve.not_yet", class.Code)
	}
	if err := s.fourEyes(ctx, tx, by, class); err != nil {
		return class, org, who, err
	}
	if who.enrolment, err = tx.Enrolment(ctx, enrolment); err != nil {
		return class, org, who, err
	}
	if who.enrolment.Class != id {
		return class, org, who, registry.Fail(registry.NotFound, "enrolment.unknown", enrolment)
	}
	if who.completion, err = tx.CompletionOf(ctx, enrolment); err != nil {
		return class, org, who, err
	}
	switch {
	case !who.completion.ApprovedAt.IsZero():
		err = registry.Fail(registry.Conflict, "completion.approved")
	case who.completion.Held == "" || who.completion.Outcome != registry.Pass || who.enrolment.Status != registry.Enrolled:
		err = registry.Fail(registry.Conflict, "approve.not_held")
	}
	return class, org, who, err
}

// LaterChallenge is what an approver's passkey signs for ApproveLater.
func (s *Service) LaterChallenge(ctx context.Context, by registry.Actor, id, enrolment registry.ID) (challenge []byte, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		class, _, _, err := s.heldBack(ctx, tx, by, id, enrolment)
		if err != nil {
			return err
		}
		_, sha, err := s.content(ctx, tx, class)
		if err != nil {
			return err
		}
		_, challenge, err = s.statement(class, sha, by, ApproveInput{}, []registry.ID{enrolment})
		return err
	})
	return challenge, err
}
