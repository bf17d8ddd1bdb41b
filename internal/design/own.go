package design

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Item is one design that the issuer can choose: a built-in one, or a version of
// its own.
type Item struct {
	ID      string // "competence-1"
	Name    string
	Version int
	Own     *store.OwnDesign // nil: built in
	Info    certificate.DesignInfo
	Design  *certificate.Design
}

// Design finds a design of the issuer by its id. A stored version that this
// program can no longer read is refused with what it cannot read.
func (s *Service) Design(ctx context.Context, by registry.Actor, code, id string) (Item, error) {
	var item Item
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		o, err := s.issuer(ctx, tx, by, code, registry.ReadTemplate)
		if err != nil {
			return err
		}
		item, err = s.find(ctx, tx, o.ID, id)
		return err
	})
	return item, err
}

func (s *Service) find(ctx context.Context, tx *store.Tx, org registry.ID, id string) (Item, error) {
	if d, err := certificate.BuiltIn(id); err == nil {
		info := d.Info()
		return Item{ID: id, Name: info.Name, Version: info.Version, Info: info, Design: d}, nil
	}
	name, version, ok := splitID(id)
	if !ok {
		return Item{}, registry.Fail(registry.NotFound, "look.unknown", id)
	}
	own, err := tx.OwnDesign(ctx, org, name, version)
	if isNotFound(err) {
		return Item{}, registry.Fail(registry.NotFound, "look.unknown", id)
	}
	if err != nil {
		return Item{}, err
	}
	d, err := s.shelf.Design(ctx, tx, org, name, version)
	if err != nil {
		return Item{}, err
	}
	return Item{ID: id, Name: name, Version: version, Own: &own, Info: d.Info(), Design: d}, nil
}

// Check reads the file of a design and tries it: each kind that it is made for,
// each pair of languages, each of the names that are hardest to print. The name
// of a built-in design is not free.
func (s *Service) Check(source []byte) (*certificate.Design, error) {
	d, err := certificate.ParseDesign(source)
	if err != nil {
		return nil, err
	}
	name := d.Info().Name
	if slices.ContainsFunc(certificate.Designs(), func(i certificate.DesignInfo) bool { return i.Name == name }) {
		return nil, registry.FailField(registry.Invalid, "name", "look.name_taken", name)
	}
	return d, s.try(d)
}

func (s *Service) try(d *certificate.Design) error {
	press, err := s.opening()
	if err != nil {
		return err
	}
	return press.Try(certificate.Look{Design: d, Demo: s.Demo})
}

// Save stores the file as the next version of the issuer's design of that name;
// the number in the file is set to it. It is not used before it is chosen.
func (s *Service) Save(ctx context.Context, by registry.Actor, code string, source []byte, note string) (store.OwnDesign, error) {
	if err := s.mayEdit(ctx, by, code); err != nil {
		return store.OwnDesign{}, err
	}
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > maxNote {
		return store.OwnDesign{}, registry.FailField(registry.Invalid, "note", "artwork.note", maxNote)
	}
	source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n")) // forms send them so
	d, err := s.Check(source)
	if err != nil {
		return store.OwnDesign{}, err
	}
	var own store.OwnDesign
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		own, err = s.add(ctx, tx, by, code, d.Info().Name, source, note)
		return err
	})
	return own, err
}

func (s *Service) add(ctx context.Context, tx *store.Tx, by registry.Actor, code, name string, source []byte, note string) (store.OwnDesign, error) {
	o, err := s.issuer(ctx, tx, by, code, registry.EditTemplate)
	if err != nil {
		return store.OwnDesign{}, err
	}
	last, err := tx.LastOwnDesign(ctx, o.ID, name)
	if err != nil {
		return store.OwnDesign{}, err
	}
	own := store.OwnDesign{Org: o.ID, Name: name, Version: last + 1, Note: note, By: by.Account, At: s.Now().UTC()}
	var ok bool
	if own.Source, ok = setField(source, "version", strconv.Itoa(own.Version)); !ok {
		return own, registry.FailField(registry.Invalid, "version", "look.version")
	}
	if last > 0 {
		before, err := tx.OwnDesign(ctx, o.ID, name, last)
		if err != nil {
			return own, err
		}
		if same, _ := setField(source, "version", strconv.Itoa(last)); bytes.Equal(same, before.Source) {
			return own, registry.Fail(registry.Conflict, "look.same", last)
		}
	}
	if err := tx.AddOwnDesign(ctx, own); err != nil {
		return own, err
	}
	return own, tx.Audit(ctx, store.Act{Actor: by.Account, Action: "design.save", ObjectType: "organization", Object: o.ID, Org: o.ID,
		After: own, At: own.At, Detail: map[string]string{"design": ownID(name, own.Version)}})
}

// Choose makes the design that of the issuer's certificates of the kind, for the
// classes that are approved from now on; "" is the usual one. Going back is
// choosing an earlier version.
func (s *Service) Choose(ctx context.Context, by registry.Actor, code string, kind registry.CredentialKind, id string) (store.DesignChoice, error) {
	if !slices.Contains(Kinds, kind) {
		return store.DesignChoice{}, registry.FailField(registry.Invalid, "kind", "look.kind", string(kind))
	}
	var choice store.DesignChoice
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		o, err := s.issuer(ctx, tx, by, code, registry.EditTemplate)
		if err != nil {
			return err
		}
		choice = store.DesignChoice{ID: store.NewID(), Org: o.ID, Kind: kind, By: by.Account, At: s.Now().UTC()}
		if id != "" {
			item, err := s.find(ctx, tx, o.ID, id)
			if err != nil {
				return err
			}
			if err := item.suits(kind); err != nil {
				return err
			}
			choice.Design = id
			if item.Own != nil {
				choice.Design, choice.Version = item.Name, item.Version
			}
		}
		before, err := tx.DesignChoice(ctx, o.ID, kind)
		if err != nil {
			return err
		}
		if before.Design == choice.Design && before.Version == choice.Version {
			choice = before // sent twice
			return nil
		}
		if err := tx.ChooseDesign(ctx, choice); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "design.choose", ObjectType: "organization", Object: o.ID, Org: o.ID,
			Before: before, After: choice, At: choice.At, Detail: map[string]string{"kind": string(kind), "design": id}})
	})
	return choice, err
}

// suits refuses a design for a kind that it is not made for.
func (i Item) suits(kind registry.CredentialKind) error {
	switch {
	case i.Info.Medium != certificate.Paper:
		return registry.FailField(registry.Invalid, "design", "look.not_paper", i.ID)
	case !slices.Contains(i.Info.Kinds, kind):
		return registry.FailField(registry.Invalid, "design", "look.not_for", i.ID)
	}
	return nil
}

// ChosenID is the id of the design that a choice names, "" for the usual one.
func ChosenID(c store.DesignChoice) string {
	if c.Version > 0 {
		return ownID(c.Design, c.Version)
	}
	return c.Design
}

// Draft is the text to begin a new version with: that of the design itself, or
// with a built-in one a copy that has a name of the issuer's own.
func (s *Service) Draft(ctx context.Context, by registry.Actor, code, id string) ([]byte, error) {
	item, err := s.Design(ctx, by, code, id)
	if err != nil {
		return nil, err
	}
	if item.Own != nil {
		return item.Own.Source, nil
	}
	name := strings.ToLower(code) + "-" + item.Name
	source, ok := setField(item.Info.Source, "name", strconv.Quote(name))
	if !ok {
		return item.Info.Source, nil
	}
	return source, nil
}
