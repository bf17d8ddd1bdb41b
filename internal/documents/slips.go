package documents

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/sheet"
	"github.com/passmuster/passmuster/internal/store"
)

// slipToken is the secret of a blank slip: 144 bits, derived from its id with the
// registry's HMAC key, so a sheet that was spoiled can be printed again although
// the store holds only the secret's hash.
func slipToken(ring *keys.Ring, slip registry.ID) string {
	return ring.IDHash("claim-slip", string(slip))[:slipTokenLen]
}

// slipTokenLen is how many characters a slip's secret has.
const slipTokenLen = 24

// OpenSlips reads the class for somebody who hands out private links: a link
// opens the certificate, so only who enrols people has them.
func (s *Service) OpenSlips(ctx context.Context, by registry.Actor, id registry.ID) (*Class, error) {
	return s.open(ctx, by, registry.EnrolPerson, id)
}

func (c *Class) occasion() sheet.Occasion {
	host := c.service.Origin
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Host
	}
	o := sheet.Occasion{Class: c.Code, Course: c.Course.Title, Base: c.Base.Name, From: c.StartsOn(), To: c.EndsOn(), Languages: c.Languages, Host: host,
		Loc: c.Loc, Demo: c.service.Demo || c.Demo, At: c.At}
	if c.Class.Status == registry.ClassSubmitted {
		o.Waits = c.SubmittedAt
	}
	return o
}

// WriteSlips writes a slip with the private link of each person who is enrolled,
// in the order of the roster. The class comes from [Service.OpenSlips].
func (c *Class) WriteSlips(out io.Writer) error {
	var slips []sheet.Slip
	gone := map[registry.ID]bool{}
	for _, k := range c.Copies {
		gone[k.Enrolment] = gone[k.Enrolment] || k.Erased()
	}
	for _, e := range c.people {
		if e.Status == registry.Enrolled && !gone[e.ID] {
			slips = append(slips, sheet.Slip{Name: e.Name, Position: e.Position, Link: c.service.Origin + "/my/" + access.HolderToken(c.service.Keys, e.ID, 1)})
		}
	}
	if len(slips) == 0 {
		return registry.Fail(registry.NotFound, "documents.nobody", c.Code)
	}
	return c.writeSlips(out, slips)
}

func (c *Class) writeSlips(out io.Writer, slips []sheet.Slip) error {
	press, err := c.service.fonts()
	if err != nil {
		return err
	}
	return press.Slips(out, c.occasion(), slips)
}

// WriteBlankSlips writes the slips that wait for a person.
func (c *Class) WriteBlankSlips(out io.Writer, slips []registry.Slip) error {
	var list []sheet.Slip
	for _, s := range slips {
		if s.Free() {
			list = append(list, sheet.Slip{Number: s.Name(c.Code), Link: c.service.Origin + "/claim/" + slipToken(c.service.Keys, s.ID)})
		}
	}
	if len(list) == 0 {
		return registry.Fail(registry.NotFound, "slip.none", c.Code)
	}
	return c.writeSlips(out, list)
}

// Slips lists the blank slips that were made for the class.
func (s *Service) Slips(ctx context.Context, by registry.Actor, class registry.ID) ([]registry.Slip, error) {
	var list []registry.Slip
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		if _, _, err := access.Class(ctx, tx, by, registry.EnrolPerson, class); err != nil {
			return err
		}
		var err error
		list, err = tx.Slips(ctx, class)
		return err
	})
	return list, err
}

// MakeSlips makes n more blank slips for a class that is not over.
func (s *Service) MakeSlips(ctx context.Context, by registry.Actor, class registry.ID, n int) ([]registry.Slip, error) {
	var made []registry.Slip
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		made = nil
		c, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, class)
		if err != nil {
			return err
		}
		if c.Status == registry.ClassCancelled || c.Status == registry.ClassArchived {
			return registry.Fail(registry.Conflict, "slip.over", c.Code)
		}
		have, err := tx.Slips(ctx, class)
		if err != nil {
			return err
		}
		if n < 1 || len(have)+n > registry.MaxSlips {
			return registry.FailField(registry.Invalid, "count", "slip.count", registry.MaxSlips-len(have))
		}
		next := 0
		for _, slip := range have {
			next = max(next, slip.Number)
		}
		for i := range n {
			slip := registry.Slip{ID: store.NewID(), Class: class, Number: next + 1 + i, MadeBy: by.Account, MadeAt: s.Now(), Version: 1}
			if err := tx.AddSlip(ctx, slip, access.TokenHash(slipToken(s.Keys, slip.ID))); err != nil {
				return err
			}
			made = append(made, slip)
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: "slip.make", ObjectType: "class", Object: class, Org: org, At: s.Now(),
			Detail: map[string]string{"count": strconv.Itoa(n), "from": strconv.Itoa(next + 1)}})
	})
	return made, err
}

// LinkSlip gives a slip to a person of the class. The slip is named by its number
// or by what its QR code says; linking it again to the same person changes
// nothing.
func (s *Service) LinkSlip(ctx context.Context, by registry.Actor, class registry.ID, typed string, enrolment registry.ID) (registry.Slip, error) {
	return s.change(ctx, by, class, typed, "slip.link", nil, func(tx *store.Tx, slip registry.Slip) (registry.Slip, error) {
		e, err := tx.Enrolment(ctx, enrolment)
		if errors.Is(err, registry.NotFound) {
			return slip, registry.FailField(registry.Invalid, "enrolment", "slip.person")
		}
		if err != nil {
			return slip, err
		}
		return slip.Link(e, by.Account, s.Now())
	})
}

// UnlinkSlip takes a slip from its person, with a reason, so that it can be
// linked to the right one.
func (s *Service) UnlinkSlip(ctx context.Context, by registry.Actor, class registry.ID, typed, reason string) (registry.Slip, error) {
	return s.change(ctx, by, class, typed, "slip.unlink", map[string]string{"reason": strings.TrimSpace(reason)},
		func(_ *store.Tx, slip registry.Slip) (registry.Slip, error) { return slip.Unlink(reason) })
}

// VoidSlip puts a slip out of use, for one that was lost.
func (s *Service) VoidSlip(ctx context.Context, by registry.Actor, class registry.ID, typed string) (registry.Slip, error) {
	return s.change(ctx, by, class, typed, "slip.void", nil,
		func(_ *store.Tx, slip registry.Slip) (registry.Slip, error) {
			return slip.Void(by.Account, s.Now()), nil
		})
}

func (s *Service) change(ctx context.Context, by registry.Actor, class registry.ID, typed, action string, detail map[string]string,
	decide func(*store.Tx, registry.Slip) (registry.Slip, error)) (registry.Slip, error) {
	var out registry.Slip
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		c, org, err := access.Class(ctx, tx, by, registry.EnrolPerson, class)
		if err != nil {
			return err
		}
		before, err := s.slip(ctx, tx, c, typed)
		if err != nil {
			return err
		}
		if out, err = decide(tx, before); err != nil || out == before {
			return err
		}
		act := store.Act{Actor: by.Account, Action: action, ObjectType: "slip", Object: before.ID, Org: org, Before: before, After: out, At: s.Now(),
			Detail: map[string]string{"number": before.Name(c.Code)}}
		for k, v := range detail {
			act.Detail[k] = v
		}
		if out, err = tx.SaveSlip(ctx, out); err != nil {
			return err
		}
		return tx.Audit(ctx, act)
	})
	return out, err
}

// slip finds a slip of the class by what somebody typed or a scanner read.
func (s *Service) slip(ctx context.Context, tx *store.Tx, class registry.Class, typed string) (registry.Slip, error) {
	typed = strings.TrimSpace(typed)
	n, isNumber := registry.SlipNumber(typed, class.Code)
	var slip registry.Slip
	var err error
	if isNumber {
		slip, err = tx.Slip(ctx, class.ID, n)
	} else {
		slip, err = tx.SlipByToken(ctx, access.TokenHash(typed[strings.LastIndexByte(typed, '/')+1:]))
	}
	if errors.Is(err, registry.NotFound) || err == nil && slip.Class != class.ID { // what belongs to another class is as good as unknown
		switch {
		case isNumber:
			return slip, registry.FailField(registry.Invalid, "slip", "slip.unknown", typed)
		case len(typed) < slipTokenLen:
			return slip, registry.FailField(registry.Invalid, "slip", "slip.number", registry.MaxSlips)
		}
		return slip, registry.FailField(registry.Invalid, "slip", "slip.scanned") // a secret is not repeated
	}
	return slip, err
}

// Claim is what a blank slip's QR code leads to.
type Claim struct {
	Linked string // token of the holder's private page, "" until it is linked
	Void   bool
	Number int    // in the class
	Name   string // what is printed on it; "" once it is linked
	Class  registry.Class
	Course registry.Course
	Base   registry.Base
}

// Claim finds what the secret of a blank slip leads to. One that nobody has is
// NotFound, and says nothing else.
func (s *Service) Claim(ctx context.Context, token string) (Claim, error) {
	var c Claim
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		slip, err := tx.SlipByToken(ctx, access.TokenHash(token))
		if err != nil {
			return err
		}
		c.Void = !slip.VoidAt.IsZero()
		if slip.Enrolment != "" && !c.Void {
			c.Linked = access.HolderToken(s.Keys, slip.Enrolment, 1)
			return nil
		}
		if c.Class, err = tx.Class(ctx, slip.Class); err != nil {
			return err
		}
		if c.Course, err = tx.Course(ctx, c.Class.Course, c.Class.CourseVersion); err != nil {
			return err
		}
		c.Number, c.Name = slip.Number, slip.Name(c.Class.Code)
		c.Base, err = tx.Base(ctx, c.Class.Base)
		return err
	})
	return c, err
}
