package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// RecorderAct is one act of a recorder that was done: sent again it changes
// nothing, and one on many people can be taken back.
type RecorderAct struct {
	ID      string // made by the device, unique in the class
	Class   registry.ID
	Kind    string
	BodySHA string          // hex SHA-256 of what was sent
	Result  json.RawMessage // what it came to
	Undoes  string          // id of the act that it takes back, or ""
	By      registry.ID     // account
	ActedAt time.Time       // by the device's clock
	At      time.Time
}

// RecorderAct returns the act of the class with the id.
func (t *Tx) RecorderAct(ctx context.Context, class registry.ID, id string) (RecorderAct, error) {
	row, err := t.q.RecorderAct(ctx, db.RecorderActParams{Class: class, ID: registry.ID(id)})
	return one(row, err, toRecorderAct, "recorder_act", id)
}

// BulkActs lists the acts on many people that were not taken back, newest first.
func (t *Tx) BulkActs(ctx context.Context, class registry.ID) ([]RecorderAct, error) {
	rows, err := t.q.BulkActs(ctx, class)
	return many(rows, err, toRecorderAct, "recorder act")
}

// WrongClocks counts the acts of the class that came with a time that cannot be
// right, so that the server's was taken.
func (t *Tx) WrongClocks(ctx context.Context, class registry.ID) (int, error) {
	n, err := t.q.CountWrongClocks(ctx, class)
	if err != nil {
		return 0, fmt.Errorf("count wrong clocks: %w", err)
	}
	return int(n), nil
}

// AddRecorderAct keeps an act that was done.
func (t *Tx) AddRecorderAct(ctx context.Context, a RecorderAct) error {
	n, err := t.q.AddRecorderAct(ctx, db.AddRecorderActParams{ID: registry.ID(a.ID), Class: a.Class, Kind: a.Kind, BodySHA: a.BodySHA, Result: string(a.Result),
		Undoes: a.Undoes, ByAccount: a.By, ActedAt: micros(a.ActedAt), At: micros(a.At)})
	return added(n, err, "recorder_act", a.ID)
}

func toRecorderAct(r db.RecorderAct) (RecorderAct, error) {
	return RecorderAct{ID: string(r.ID), Class: r.Class, Kind: r.Kind, BodySHA: r.BodySHA, Result: json.RawMessage(r.Result), Undoes: r.Undoes,
		By: r.ByAccount, ActedAt: instant(r.ActedAt), At: instant(r.At)}, nil
}

// Stations lists the stations of the class, oldest first.
func (t *Tx) Stations(ctx context.Context, class registry.ID) ([]registry.Station, error) {
	rows, err := t.q.Stations(ctx, class)
	return many(rows, err, toStation, "station")
}

// Station returns the station with the id.
func (t *Tx) Station(ctx context.Context, id registry.ID) (registry.Station, error) {
	row, err := t.q.Station(ctx, id)
	return one(row, err, toStation, "station", id)
}

// AddStation stores a new station.
func (t *Tx) AddStation(ctx context.Context, s registry.Station) error {
	var c codec
	row := db.AddStationParams{ID: s.ID, Class: s.Class, Name: s.Name, Items: c.json(s.Items), Assessor: s.Assessor, ByAccount: s.By, OpenedAt: micros(s.OpenedAt)}
	if c.err != nil {
		return c.err
	}
	n, err := t.q.AddStation(ctx, row)
	return added(n, err, "station", s.Name)
}

// CloseStation ends a station; one that is closed already stays as it is.
func (t *Tx) CloseStation(ctx context.Context, id registry.ID, at time.Time) error {
	if _, err := t.q.CloseStation(ctx, db.CloseStationParams{ID: id, ClosedAt: micros(at)}); err != nil {
		return fmt.Errorf("close station: %w", err)
	}
	return nil
}

func toStation(r db.Station) (registry.Station, error) {
	var c codec
	s := registry.Station{ID: r.ID, Class: r.Class, Name: r.Name, Assessor: r.Assessor, By: r.ByAccount, OpenedAt: instant(r.OpenedAt), ClosedAt: instant(r.ClosedAt)}
	c.load(r.Items, &s.Items)
	return s, c.err
}
