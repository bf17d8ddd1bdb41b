package training

import (
	"context"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Withdraw takes somebody off the roster of a class that is not submitted: the
// row, its records and its private link stay, and it gets no certificate. The
// same again changes nothing.
func (s *Service) Withdraw(ctx context.Context, by registry.Actor, class, enrolment registry.ID) (registry.Enrolment, error) {
	return s.setStatus(ctx, by, class, enrolment, registry.Withdrawn, "enrolment.withdraw")
}

// TakeBack puts somebody who was withdrawn on the roster again, with all that was
// recorded.
func (s *Service) TakeBack(ctx context.Context, by registry.Actor, class, enrolment registry.ID) (registry.Enrolment, error) {
	return s.setStatus(ctx, by, class, enrolment, registry.Enrolled, "enrolment.take_back")
}

func (s *Service) setStatus(ctx context.Context, by registry.Actor, id, enrolment registry.ID, to registry.EnrolmentStatus, action string) (registry.Enrolment, error) {
	var out registry.Enrolment
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, id)
		if err != nil {
			return err
		}
		if err := class.Recordable(); err != nil {
			return err
		}
		before, err := tx.Enrolment(ctx, enrolment)
		if err != nil {
			return err
		}
		if before.Class != id {
			return registry.Fail(registry.NotFound, "enrolment.unknown", enrolment)
		}
		if out = before; before.Status == to {
			return nil
		}
		out.Status = to
		if out, err = tx.SaveEnrolment(ctx, out); err != nil {
			return err
		}
		if _, err := tx.SaveClass(ctx, class); err != nil { // who edits the class sees that the roster changed
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: action, ObjectType: "enrolment", Object: enrolment, Org: org, Before: before, After: out,
			At: s.Now(), Detail: map[string]string{"class": class.Code}})
	})
	return out, err
}
