package training

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// HeadsInput is what a trainer says after counting the room.
type HeadsInput struct {
	Heads  int           // people in the room
	Away   int           // of those enrolled otherwise: not in the room
	Strike []registry.ID // enrolments that wait and are not in the room
	Seen   []registry.ID // enrolments with a doubt, whose document was looked at
}

// HeadsReport says what the count came to.
type HeadsReport struct {
	Confirmed int `json:"confirmed"`
	Struck    int `json:"struck"`
	OnList    int `json:"on_list"`
}

// ConfirmHeads compares the room with the list and, where they agree, confirms
// who wrote himself onto it; those who are struck out are withdrawn. Nothing
// changes where they do not.
func (s *Service) ConfirmHeads(ctx context.Context, by registry.Actor, id registry.ID, in HeadsInput) (HeadsReport, error) {
	var report HeadsReport
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, id)
		if err != nil {
			return err
		}
		if err := class.Recordable(); err != nil {
			return err
		}
		view, err := s.joinView(ctx, tx, class, org, registry.Door{})
		if err != nil {
			return err
		}
		if report, err = s.count(view, in); err != nil {
			return err
		}
		for _, e := range view.Unconfirmed() {
			e.Status = registry.Enrolled
			if slices.Contains(in.Strike, e.ID) {
				e.Status = registry.Withdrawn
			}
			if _, err := tx.SaveEnrolment(ctx, e); err != nil {
				return err
			}
		}
		if err := s.noteHeads(ctx, tx, by, id, in.Heads); err != nil {
			return err
		}
		a := s.act(by, "join.heads", class, org, nil)
		a.Detail["heads"], a.Detail["confirmed"], a.Detail["struck"] = itoa(in.Heads), itoa(report.Confirmed), itoa(report.Struck)
		return tx.Audit(ctx, a)
	})
	return report, err
}

// count decides whether room and list agree, and whether every doubt was looked
// at.
func (s *Service) count(v JoinView, in HeadsInput) (HeadsReport, error) {
	var report HeadsReport
	var faults []registry.Fault
	for _, e := range v.Unconfirmed() {
		if slices.Contains(in.Strike, e.ID) {
			report.Struck++
			continue
		}
		report.Confirmed++
		doubt := v.Entries[e.ID].Doubt
		switch {
		case doubt == registry.DoubtID && v.Course.RequireID: // its id is another's: the course wants one of its own
			faults = append(faults, registry.Fault{Row: e.Position, Field: "strike", Code: "join.doubt_id", Args: []any{e.Name}})
		case doubt != "" && !slices.Contains(in.Seen, e.ID):
			faults = append(faults, registry.Fault{Row: e.Position, Field: "seen", Code: "join.doubt", Args: []any{e.Name}})
		}
	}
	if in.Away < 0 || in.Away > v.Active() {
		return report, registry.FailField(registry.Invalid, "away", "join.away", v.Active())
	}
	report.OnList = v.Active() + report.Confirmed
	if err := registry.HeadCount(in.Heads, report.OnList-in.Away); err != nil {
		return report, err
	}
	if len(faults) > 0 {
		return report, &registry.Error{Kind: registry.Conflict, Code: "join.doubts", Args: []any{len(faults)}, Faults: faults}
	}
	return report, nil
}

// noteHeads keeps the count beside the way in, where there is one.
func (s *Service) noteHeads(ctx context.Context, tx *store.Tx, by registry.Actor, class registry.ID, heads int) error {
	door, err := tx.Door(ctx, class)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	door.Heads, door.HeadsBy, door.HeadsAt = heads, by.Account, s.Now()
	_, err = tx.SaveDoor(ctx, door)
	return err
}

// PutBack puts somebody who was struck out by mistake back among those who wait
// for the head-count. Only a row that its person wrote can be put back.
func (s *Service) PutBack(ctx context.Context, by registry.Actor, id, enrolment registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, id)
		if err != nil {
			return err
		}
		if err := class.Recordable(); err != nil {
			return err
		}
		e, err := tx.Enrolment(ctx, enrolment)
		if err != nil {
			return err
		}
		if e.Class != id || e.Source != "self" {
			return registry.Fail(registry.NotFound, "enrolment.unknown", enrolment)
		}
		if e.Status != registry.Withdrawn {
			return nil
		}
		before := e
		e.Status = registry.Unconfirmed
		if e, err = tx.SaveEnrolment(ctx, e); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "join.back", ObjectType: "enrolment", Object: e.ID, Org: org, Before: before, After: e, At: s.Now(),
			Detail: map[string]string{"class": class.Code}})
	})
}
