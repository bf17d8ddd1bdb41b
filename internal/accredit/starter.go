package accredit

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

//go:embed starter.json
var starterFile []byte

// Starter lists the courses that a federation can begin with, in Chinese,
// English and Russian, with their skills sheets. They belong to nobody until
// they are taken, and can be changed like any other course then.
func Starter() ([]registry.Course, error) {
	var list []registry.Course
	if err := json.Unmarshal(starterFile, &list); err != nil {
		return nil, fmt.Errorf("read starter catalogue: %w", err)
	}
	return list, nil
}

// Taking is what a federation takes of the starter catalogue.
type Taking struct {
	Org       registry.ID // the scheme owner
	Programme string      // code of the one that will keep the courses; "": its first one, or a new one
	Codes     []string    // of courses; nil: all
}

// Taken is what became of it.
type Taken struct {
	Programme registry.Programme
	Added     []registry.Course
	Kept      []string // codes that were there already
}

// TakeStarter adds courses of the starter catalogue to a federation's own. Those
// that are there already stay as they are, so taking twice adds nothing.
func (s *Service) TakeStarter(ctx context.Context, by registry.Actor, t Taking) (Taken, error) {
	var taken Taken
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		taken, err = s.takeStarter(ctx, tx, by, t)
		return err
	})
	return taken, err
}

func (s *Service) takeStarter(ctx context.Context, tx *store.Tx, by registry.Actor, t Taking) (Taken, error) {
	if err := s.allow(ctx, tx, by, registry.EditCourse, t.Org); err != nil {
		return Taken{}, err
	}
	starter, err := Starter()
	if err != nil {
		return Taken{}, err
	}
	for _, code := range t.Codes {
		if !slices.ContainsFunc(starter, func(c registry.Course) bool { return c.Code == code }) {
			return Taken{}, registry.Fail(registry.NotFound, "course.unknown", code)
		}
	}
	taken := Taken{}
	if taken.Programme, err = s.programmeOf(ctx, tx, by, t); err != nil {
		return taken, err
	}
	have, err := tx.Courses(ctx)
	if err != nil {
		return taken, err
	}
	for _, c := range starter {
		switch {
		case t.Codes != nil && !slices.Contains(t.Codes, c.Code):
		case slices.ContainsFunc(have, func(h registry.Course) bool { return h.Code == c.Code }):
			taken.Kept = append(taken.Kept, c.Code)
		default:
			c.Programme = taken.Programme.Code
			added, err := s.addCourse(ctx, tx, by, c)
			if err != nil {
				return taken, err
			}
			taken.Added = append(taken.Added, added)
		}
	}
	return taken, nil
}

// programmeOf finds the programme that keeps the courses, or makes the
// federation's first one: its code begins the numbers of certificates.
func (s *Service) programmeOf(ctx context.Context, tx *store.Tx, by registry.Actor, t Taking) (registry.Programme, error) {
	all, err := tx.Programmes(ctx)
	if err != nil {
		return registry.Programme{}, err
	}
	for _, p := range all {
		if p.Owner == t.Org && (t.Programme == "" || p.Code == t.Programme) {
			return p, nil
		}
	}
	org, err := tx.Organization(ctx, t.Org)
	if err != nil {
		return registry.Programme{}, err
	}
	code := t.Programme
	if code == "" {
		code = freeCode(strings.ReplaceAll(org.Code, "-", ""), 10, func(code string) bool {
			return slices.ContainsFunc(all, func(p registry.Programme) bool { return p.Code == code })
		})
	}
	p := registry.Programme{ID: store.NewID(), Code: code, Owner: t.Org, Version: 1,
		Name: registry.Text{"zh": "医疗志愿者培训", "en": "Training of medical volunteers", "ru": "Обучение волонтёров-медиков"}}
	if err := p.Validate(); err != nil {
		return p, err
	}
	if err := tx.AddProgramme(ctx, p); err != nil {
		return p, err
	}
	return p, tx.Audit(ctx, s.act(by, "programme.add", "programme", p.ID, p.Owner, p))
}

// freeCode makes a code of at most n characters that is not taken, from a wanted
// one by counting up.
func freeCode(want string, n int, taken func(string) bool) string {
	want = want[:min(len(want), n)]
	code := want
	for i := 2; taken(code); i++ {
		tail := fmt.Sprint(i)
		code = want[:min(len(want), n-len(tail))] + tail
	}
	return code
}

// Opening is everything that a new training base needs.
type Opening struct {
	Organization registry.Organization // an existing one by ID, or a new one below Parent
	Base         registry.Base         // host and accrediting body are found
	Courses      []string              // of the starter catalogue, taken where they are missing
	Invite       bool                  // a manager
	Manager      registry.Invitation   // name, e-mail and language of the one invited
}

// Opened is what came of it, with the secret of the manager's link.
type Opened struct {
	Organization registry.Organization
	Base         registry.Base
	Taken        Taken
	Invitation   registry.Invitation
	Token        string
}

// OpenBase makes the organization, the base, the courses and the invitation of
// its manager, all of them or none.
func (s *Service) OpenBase(ctx context.Context, by registry.Actor, in Opening) (Opened, error) {
	var out Opened
	err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		out = Opened{}
		if out.Organization, err = s.hostOf(ctx, tx, by, in.Organization); err != nil {
			return err
		}
		all, err := access.ReadTree(ctx, tx)
		if err != nil {
			return err
		}
		issuer, err := all.Issuer(out.Organization.ID)
		if err != nil {
			return err
		}
		if out.Taken, err = s.takeStarter(ctx, tx, by, Taking{Org: issuer.ID, Codes: append([]string{}, in.Courses...)}); err != nil {
			return err
		}
		b := in.Base
		b.Host, b.Accrediting, b.Status = out.Organization.ID, issuer.ID, registry.BaseAccredited
		if len(b.Programmes) == 0 {
			b.Programmes = []string{out.Taken.Programme.Code}
		}
		if b.TZ == "" {
			b.TZ = out.Organization.TZ
		}
		if out.Base, err = s.addBase(ctx, tx, by, b); err != nil || !in.Invite {
			return err
		}
		m := in.Manager
		m.Org, m.Role = out.Organization.ID, registry.RoleBaseManager
		out.Invitation, out.Token, err = s.invite(ctx, tx, by, m)
		return err
	})
	return out, err
}

func (s *Service) hostOf(ctx context.Context, tx *store.Tx, by registry.Actor, o registry.Organization) (registry.Organization, error) {
	if o.ID != "" {
		return tx.Organization(ctx, o.ID)
	}
	if err := s.allow(ctx, tx, by, registry.EditOrganization, o.Parent); err != nil {
		return o, err
	}
	made, err := s.addOrganization(ctx, tx, by, o)
	var refusal *registry.Error
	if errors.As(err, &refusal) { // of the organization's field, where the base has one of the same name
		named := *refusal
		if named.Field = "org_" + named.Field; refusal.Field == "" {
			named.Field = "org_code"
		}
		return made, &named
	}
	return made, err
}
