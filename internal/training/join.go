package training

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// JoinView is the way into a class as its trainer sees it.
type JoinView struct {
	View
	Door  registry.Door // zero where it was never opened
	Open  bool
	Code  string    // of the slot that runs; "" while it is closed
	Until time.Time // when the code changes
	// OnList counts who is enrolled or waits, Waiting who waits for the head-count.
	OnList, Waiting int
	Entries         map[registry.ID]registry.SelfEntry // by enrolment
}

// Unconfirmed lists who waits for the head-count, in the order of coming.
func (v View) Unconfirmed() []registry.Enrolment {
	var list []registry.Enrolment
	for _, m := range v.Members {
		if m.Enrolment.Status == registry.Unconfirmed {
			list = append(list, m.Enrolment)
		}
	}
	return list
}

// ShowJoin returns the way into a class to somebody who enrols people in it.
func (s *Service) ShowJoin(ctx context.Context, by registry.Actor, id registry.ID) (JoinView, error) {
	var v JoinView
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, id)
		if err != nil {
			return err
		}
		door, err := tx.Door(ctx, id)
		if err != nil && !isNotFound(err) {
			return err
		}
		v, err = s.joinView(ctx, tx, class, org, door)
		return err
	})
	return v, err
}

func (s *Service) joinView(ctx context.Context, tx *store.Tx, class registry.Class, org registry.ID, door registry.Door) (JoinView, error) {
	view, err := s.view(ctx, tx, class)
	if err != nil {
		return JoinView{}, err
	}
	view.Org = org
	v := JoinView{View: view, Door: door, Entries: map[registry.ID]registry.SelfEntry{}}
	v.Waiting = len(v.Unconfirmed())
	v.OnList = v.Active() + v.Waiting
	list, err := tx.SelfEntries(ctx, class.ID)
	if err != nil {
		return v, err
	}
	for _, e := range list {
		v.Entries[e.Enrolment] = e
	}
	if now := s.Now(); door.OpenAt(now) && class.Recordable() == nil {
		slot := registry.JoinSlotOf(now)
		v.Open, v.Code, v.Until = true, s.joinCode(door.Room, slot), registry.JoinSlotEnd(slot)
	}
	return v, nil
}

// OpenJoin lets people write themselves into the class, until half an hour after
// the day's last session. Opening it again changes nothing but that time.
func (s *Service) OpenJoin(ctx context.Context, by registry.Actor, id registry.ID) (JoinView, error) {
	return s.changeDoor(ctx, by, id, "join.open", func(class registry.Class, base registry.Base, d registry.Door) (registry.Door, error) {
		if err := class.Recordable(); err != nil {
			return d, err
		}
		loc, err := registry.Zone(base.TZ)
		if err != nil {
			return d, fmt.Errorf("read zone of base %s: %w", base.Code, err)
		}
		until, err := class.JoinUntil(s.Now(), loc)
		if err != nil {
			return d, err
		}
		if !d.OpenAt(s.Now()) {
			d.OpenedBy, d.OpenedAt = by.Account, s.Now()
		}
		d.ClosesAt, d.ClosedAt = until, time.Time{}
		return d, nil
	})
}

// CloseJoin closes the way in at once. Forms that are open already are refused
// too; closing twice changes nothing.
func (s *Service) CloseJoin(ctx context.Context, by registry.Actor, id registry.ID) (JoinView, error) {
	return s.changeDoor(ctx, by, id, "join.close", func(_ registry.Class, _ registry.Base, d registry.Door) (registry.Door, error) {
		if d.OpenAt(s.Now()) {
			d.ClosedAt = s.Now()
		}
		return d, nil
	})
}

func (s *Service) changeDoor(ctx context.Context, by registry.Actor, id registry.ID, action string,
	decide func(registry.Class, registry.Base, registry.Door) (registry.Door, error)) (JoinView, error) {
	var v JoinView
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		class, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, id)
		if err != nil {
			return err
		}
		base, err := tx.Base(ctx, class.Base)
		if err != nil {
			return err
		}
		before, err := tx.Door(ctx, id)
		if err != nil && !isNotFound(err) {
			return err
		}
		door, err := decide(class, base, before)
		if err != nil {
			return err
		}
		if door != before {
			if door, err = s.keepDoor(ctx, tx, class.ID, door); err != nil {
				return err
			}
			a := store.Act{Actor: by.Account, Action: action, ObjectType: "class", Object: id, Org: org, Before: before, After: door, At: s.Now(),
				Detail: map[string]string{"code": class.Code, "closes_at": door.ClosesAt.UTC().Format(time.RFC3339)}}
			if err := tx.Audit(ctx, a); err != nil {
				return err
			}
		}
		v, err = s.joinView(ctx, tx, class, org, door)
		return err
	})
	return v, err
}

// keepDoor stores the way in; a new one gets a room of its own.
func (s *Service) keepDoor(ctx context.Context, tx *store.Tx, class registry.ID, d registry.Door) (registry.Door, error) {
	if d.Class != "" {
		return tx.SaveDoor(ctx, d)
	}
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		return d, fmt.Errorf("draw join room: %w", err)
	}
	d.Class, d.Room, d.Version = class, registry.NewJoinRoom(random), 1
	return d, tx.AddDoor(ctx, d)
}

func (s *Service) joinCode(room string, slot int64) string {
	proof, _ := base64.RawURLEncoding.DecodeString(s.Keys.IDHash("join-slot", room+"|"+strconv.FormatInt(slot, 10))) // its own alphabet: no error
	return registry.JoinCode(room, proof)
}

// slotOf finds the slot that the code was made for, looking back as far as most
// slots.
func (s *Service) slotOf(code, room string, most int64) (back int64, ok bool) {
	now := registry.JoinSlotOf(s.Now())
	for back = range most {
		if subtle.ConstantTimeCompare([]byte(s.joinCode(room, now-back)), []byte(code)) == 1 {
			return back, true
		}
	}
	return 0, false
}

// ticket lets an opened form be sent until a time: room, time and a keyed digest
// of both.
func (s *Service) ticket(room string, until time.Time) string {
	text := room + "." + strconv.FormatInt(until.Unix(), 36)
	return text + "." + s.Keys.IDHash("join-ticket", text)[:22]
}

// readTicket returns the room of a ticket that is ours, and until when it is
// good.
func (s *Service) readTicket(ticket string) (room string, until time.Time, ok bool) {
	cut := strings.LastIndexByte(ticket, '.')
	if cut < 0 {
		return "", until, false
	}
	room, end, found := strings.Cut(ticket[:cut], ".")
	seconds, err := strconv.ParseInt(end, 36, 64)
	want := s.Keys.IDHash("join-ticket", ticket[:cut])[:22]
	if !found || err != nil || subtle.ConstantTimeCompare([]byte(want), []byte(ticket[cut+1:])) != 1 {
		return "", until, false
	}
	return room, time.Unix(seconds, 0).UTC(), true
}
