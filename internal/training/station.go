package training

import (
	"context"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Sheet is what a recorder shows of a class: every place with what stands in it,
// the stations, and the acts on many that can be taken back.
type Sheet struct {
	Cells    map[string]Cell            `json:"cells"`
	Stations []StationView              `json:"stations"`
	Bulk     []BulkAct                  `json:"bulk"`
	Attempts map[registry.ID]SkillState `json:"-"` // by enrolment
}

// SkillState is how far somebody's skills sheet is.
type SkillState struct {
	Attempt int  // the current one, 0 before the first
	Open    bool // it is begun and not every item is marked
	Again   bool // it is over and not passed, and another is allowed
}

// StationView is a station with who stands there and how far it is.
type StationView struct {
	registry.Station
	Name string `json:"assessor_name"`
	Done int    `json:"done" doc:"People of whom each of its items is marked"`
}

// BulkAct is an act on many people that can be taken back.
type BulkAct struct {
	ID    string    `json:"id"`
	Kind  ActKind   `json:"kind"`
	Count int       `json:"count"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// Sheet reads the record of a class, as one moment has it.
func (s *Service) Sheet(ctx context.Context, by registry.Actor, id registry.ID) (Sheet, error) {
	var out Sheet
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		r, err := s.openRecorder(ctx, tx, by, id)
		if err != nil {
			return err
		}
		out = Sheet{Cells: map[string]Cell{}, Stations: []StationView{}, Bulk: []BulkAct{}, Attempts: map[registry.ID]SkillState{}}
		for _, e := range r.order {
			if err := r.sheet(e, &out); err != nil {
				return err
			}
		}
		return r.around(&out)
	})
	return out, err
}

// sheet adds what stands of one person.
func (r *recorder) sheet(e registry.ID, out *Sheet) error {
	var err error
	for _, s := range r.class.Sessions {
		if out.Cells[attendancePlace(string(e), s.ID)], err = r.attendanceCell(e, s.ID); err != nil {
			return err
		}
	}
	if out.Cells[theoryPlace(string(e))], err = r.theoryCell(e); err != nil {
		return err
	}
	cells, err := r.skillsCells(e)
	if err != nil {
		return err
	}
	for _, item := range r.course.Skills.Items {
		out.Cells[skillsPlace(string(e), item.Code)] = cells[item.Code]
	}
	if last, ok := registry.LastEntry(registry.Skills, r.attempts[e]); ok {
		over := last.State == ""
		out.Attempts[e] = SkillState{Attempt: last.Attempt, Open: last.State == registry.AttemptOpen,
			Again: over && !last.Passed && (r.course.MaxAttempts == 0 || last.Attempt < r.course.MaxAttempts)}
	}
	return nil
}

// around adds the stations and the acts on many.
func (r *recorder) around(out *Sheet) error {
	stations, err := r.tx.Stations(r.ctx, r.class.ID)
	if err != nil {
		return err
	}
	for _, st := range stations {
		v := StationView{Station: st}
		if v.Name, err = r.name(st.By); err != nil {
			return err
		}
		for _, e := range r.order {
			if r.seenAt(e, st, out.Cells) {
				v.Done++
			}
		}
		out.Stations = append(out.Stations, v)
	}
	acts, err := r.tx.BulkActs(r.ctx, r.class.ID)
	if err != nil {
		return err
	}
	for _, a := range acts {
		was, err := resultOf(a)
		if err != nil {
			return err
		}
		if was.Count == 0 {
			continue
		}
		name, err := r.name(a.By)
		if err != nil {
			return err
		}
		out.Bulk = append(out.Bulk, BulkAct{ID: a.ID, Kind: ActKind(a.Kind), Count: was.Count, By: name, At: a.At})
	}
	return nil
}

func (r *recorder) seenAt(e registry.ID, st registry.Station, cells map[string]Cell) bool {
	for _, code := range st.Items {
		if cells[skillsPlace(string(e), code)].Value == "" {
			return false
		}
	}
	return true
}

// OpenStation opens a station of the items, of all where none is named.
func (s *Service) OpenStation(ctx context.Context, by registry.Actor, id registry.ID, name string, items []string) (registry.Station, error) {
	var out registry.Station
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, err := s.openRecorder(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := r.may(registry.RecordResults); err != nil {
			return err
		}
		if err := r.class.Recordable(); err != nil {
			return err
		}
		if by.Person == "" {
			return registry.Fail(registry.Forbidden, "four_eyes.no_person")
		}
		if out, err = r.course.Skills.NewStation(name, items); err != nil {
			return err
		}
		out.ID, out.Class, out.Assessor, out.By, out.OpenedAt = store.NewID(), id, by.Person, by.Account, r.now
		if err := tx.AddStation(ctx, out); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "station.open", ObjectType: "station", Object: out.ID, Org: r.org, After: out, At: r.now,
			Detail: map[string]string{"class": r.class.Code}})
	})
	return out, err
}

// CloseStation ends a station; its marks stay.
func (s *Service) CloseStation(ctx context.Context, by registry.Actor, id, station registry.ID) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, err := s.openRecorder(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := r.may(registry.RecordResults); err != nil {
			return err
		}
		before, err := tx.Station(ctx, station)
		if err != nil {
			return err
		}
		if before.Class != id {
			return registry.Fail(registry.NotFound, "station.unknown", station)
		}
		if !before.Open() {
			return nil
		}
		after := before
		after.ClosedAt = r.now
		if err := tx.CloseStation(ctx, station, r.now); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "station.close", ObjectType: "station", Object: station, Org: r.org, Before: before, After: after,
			At: r.now, Detail: map[string]string{"class": r.class.Code}})
	})
}
