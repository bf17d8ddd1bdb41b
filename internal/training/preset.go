package training

import (
	"context"
	"errors"
	"slices"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// presetSetting names the setting of a scheme owner; without the id it is the
// one of the registry, for all who have none of their own.
const presetSetting = "class preset"

func presetOf(org registry.ID) string { return presetSetting + " " + string(org) }

// presetAt is how strictly the issuer of an organization holds its classes.
func presetAt(ctx context.Context, tx *store.Tx, org registry.ID) (registry.Preset, error) {
	path, err := tx.OrganizationPath(ctx, org)
	if err != nil {
		return registry.Strict, err
	}
	issuer, err := registry.IssuerOf(path)
	if err == nil {
		own, err := tx.Setting(ctx, presetOf(issuer.ID))
		if err != nil || own != "" {
			return knownPreset(own), err
		}
	}
	all, err := tx.Setting(ctx, presetSetting)
	return knownPreset(all), err
}

func knownPreset(s string) registry.Preset {
	if registry.Preset(s) == registry.Relaxed {
		return registry.Relaxed
	}
	return registry.Strict
}

// PresetAt is how strictly classes of an organization are held.
func (s *Service) PresetAt(ctx context.Context, org registry.ID) (p registry.Preset, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = presetAt(ctx, tx, org)
		return err
	})
	return p, err
}

// SchemePreset is how strictly a scheme owner holds its classes.
type SchemePreset struct {
	Org    registry.Organization
	Preset registry.Preset
	Own    bool // its own word, and not that of the whole registry
}

// Presets lists the scheme owners that the actor may set, with how strictly each
// holds its classes.
func (s *Service) Presets(ctx context.Context, by registry.Actor) ([]SchemePreset, error) {
	var list []SchemePreset
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		list = nil
		orgs, err := access.Visible(ctx, tx, by, registry.EditOrganization)
		if err != nil {
			return err
		}
		for _, id := range orgs {
			org, err := tx.Organization(ctx, id)
			if err != nil {
				return err
			}
			if !org.SchemeOwner {
				continue
			}
			preset, err := presetAt(ctx, tx, id)
			if err != nil {
				return err
			}
			own, err := tx.Setting(ctx, presetOf(id))
			if err != nil {
				return err
			}
			list = append(list, SchemePreset{org, preset, own != ""})
		}
		return nil
	})
	return list, err
}

// RegistryPreset is how strictly classes are held where the scheme owner says
// nothing, and whether the actor may say: he may edit every scheme owner.
func (s *Service) RegistryPreset(ctx context.Context, by registry.Actor) (p registry.Preset, may bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Setting(ctx, presetSetting)
		if err != nil {
			return err
		}
		p = knownPreset(all)
		may, err = speaksForAll(ctx, tx, by)
		return err
	})
	return p, may, err
}

// speaksForAll reports whether the actor may edit every scheme owner there is.
func speaksForAll(ctx context.Context, tx *store.Tx, by registry.Actor) (bool, error) {
	visible, err := access.Visible(ctx, tx, by, registry.EditOrganization)
	if err != nil || len(visible) == 0 {
		return false, err
	}
	orgs, err := tx.Organizations(ctx)
	return !slices.ContainsFunc(orgs, func(o registry.Organization) bool { return o.SchemeOwner && !slices.Contains(visible, o.ID) }), err
}

// SetRegistryPreset says how strictly classes are held where the scheme owner
// says nothing of its own.
func (s *Service) SetRegistryPreset(ctx context.Context, by registry.Actor, p registry.Preset) error {
	if p != registry.Strict && p != registry.Relaxed {
		return registry.FailField(registry.Invalid, "preset", "preset.unknown", string(p))
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		may, err := speaksForAll(ctx, tx, by)
		if err != nil {
			return err
		}
		if !may {
			return registry.Fail(registry.Forbidden, "preset.registry")
		}
		before, err := tx.Setting(ctx, presetSetting)
		if err != nil {
			return err
		}
		return errors.Join(tx.PutSetting(ctx, presetSetting, string(p)), tx.Audit(ctx, store.Act{Actor: by.Account, Action: "preset.set", ObjectType: "organization",
			Object: "registry", Org: registry.ScopesFor(by, registry.EditOrganization)[0], Before: knownPreset(before), After: p, At: s.Now(), Detail: map[string]string{"preset": string(p)}}))
	})
}

// SetPreset says how strictly the classes of a scheme owner are held to ratios
// and manikins, or with "" that they are held as the registry's are. It fails
// with "preset.unknown" for another word, and with
// "preset.owner" for an organization that is no scheme owner.
func (s *Service) SetPreset(ctx context.Context, by registry.Actor, id registry.ID, p registry.Preset) error {
	if p != registry.Strict && p != registry.Relaxed && p != "" {
		return registry.FailField(registry.Invalid, "preset", "preset.unknown", string(p))
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		org, err := tx.Organization(ctx, id)
		if err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.EditOrganization, id, "organization", id); err != nil {
			return err
		}
		if !org.SchemeOwner {
			return registry.Fail(registry.Conflict, "preset.owner", org.Code)
		}
		before, err := presetAt(ctx, tx, id)
		if err != nil {
			return err
		}
		return errors.Join(tx.PutSetting(ctx, presetOf(id), string(p)), tx.Audit(ctx, store.Act{Actor: by.Account, Action: "preset.set", ObjectType: "organization",
			Object: id, Org: id, Before: before, After: p, At: s.Now(), Detail: map[string]string{"preset": string(p)}}))
	})
}
