package store

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Door returns the class's way in; one that was never opened is unknown.
func (t *Tx) Door(ctx context.Context, class registry.ID) (registry.Door, error) {
	row, err := t.q.JoinDoor(ctx, class)
	return one(row, err, toDoor, "join", class)
}

// DoorByRoom returns the way in by the part of its codes that stays. The refusal
// does not repeat it.
func (t *Tx) DoorByRoom(ctx context.Context, room string) (registry.Door, error) {
	row, err := t.q.JoinDoorByRoom(ctx, room)
	return one(row, err, toDoor, "join", "")
}

// AddDoor stores the way into a class that had none.
func (t *Tx) AddDoor(ctx context.Context, d registry.Door) error {
	n, err := t.q.AddJoinDoor(ctx, db.AddJoinDoorParams{Class: d.Class, Room: d.Room, OpenedBy: string(d.OpenedBy), OpenedAt: micros(d.OpenedAt),
		ClosesAt: micros(d.ClosesAt), ClosedAt: micros(d.ClosedAt), Heads: int64(d.Heads), HeadsBy: string(d.HeadsBy), HeadsAt: micros(d.HeadsAt), Version: max(d.Version, 1)})
	return added(n, err, "join", d.Class)
}

// SaveDoor stores a changed way in over the version it was read in; its room
// stays.
func (t *Tx) SaveDoor(ctx context.Context, d registry.Door) (registry.Door, error) {
	n, err := t.q.SaveJoinDoor(ctx, db.SaveJoinDoorParams{Class: d.Class, OpenedBy: string(d.OpenedBy), OpenedAt: micros(d.OpenedAt),
		ClosesAt: micros(d.ClosesAt), ClosedAt: micros(d.ClosedAt), Heads: int64(d.Heads), HeadsBy: string(d.HeadsBy), HeadsAt: micros(d.HeadsAt), Version: d.Version})
	d.Version++
	return d, saved(n, err, "join", d.Class)
}

// SelfEntries lists the rows of the class that their persons wrote.
func (t *Tx) SelfEntries(ctx context.Context, class registry.ID) ([]registry.SelfEntry, error) {
	rows, err := t.q.SelfEntries(ctx, class)
	return many(rows, err, toSelfEntry, "self entry")
}

// SelfEntryByKey returns the row that a form made, by the SHA-256 of the form's
// key. The refusal does not repeat the hash.
func (t *Tx) SelfEntryByKey(ctx context.Context, keyHash string) (registry.SelfEntry, error) {
	row, err := t.q.SelfEntryByKey(ctx, keyHash)
	return one(row, err, toSelfEntry, "join", "")
}

// AddSelfEntry notes that a row was written by its person; keyHash is the
// SHA-256 of the form's key, hex.
func (t *Tx) AddSelfEntry(ctx context.Context, s registry.SelfEntry, keyHash string) error {
	n, err := t.q.AddSelfEntry(ctx, db.AddSelfEntryParams{Enrolment: s.Enrolment, Class: s.Class, KeyHash: keyHash, Doubt: s.Doubt, At: micros(s.At)})
	return added(n, err, "join", s.Enrolment)
}

func toDoor(r db.JoinDoor) (registry.Door, error) {
	return registry.Door{Class: r.Class, Room: r.Room, OpenedBy: registry.ID(r.OpenedBy), OpenedAt: instant(r.OpenedAt), ClosesAt: instant(r.ClosesAt),
		ClosedAt: instant(r.ClosedAt), Heads: int(r.Heads), HeadsBy: registry.ID(r.HeadsBy), HeadsAt: instant(r.HeadsAt), Version: r.Version}, nil
}

func toSelfEntry(r db.SelfEntry) (registry.SelfEntry, error) {
	return registry.SelfEntry{Enrolment: r.Enrolment, Class: r.Class, Doubt: r.Doubt, At: instant(r.At)}, nil
}
