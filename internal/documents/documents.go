// Package documents makes the papers and files around a class: its certificates
// as one print file and as a ZIP, claim slips, and the class record. It keeps
// the blank slips that are handed out before a class and linked to people later.
//
// It promises that nothing is left out in silence: a certificate that does not
// hold is listed, one that cannot be rebuilt leaves a page or a line that says
// so and an error at the end. What is long is streamed: a thousand certificates
// take the memory of one.
package documents

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/sheet"
	"github.com/passmuster/passmuster/internal/store"
)

// Service makes documents of classes.
type Service struct {
	DB     *store.DB
	Keys   *keys.Ring
	Now    func() time.Time
	Origin string // of links and QR codes
	Demo   bool
	// Certificate rebuilds an issued file.
	Certificate func(context.Context, registry.Credential) (*certificate.File, error)
	// Cards draws the wallet cards of one to ten credentials as one page.
	Cards func(context.Context, []registry.Credential) ([]byte, error)

	once  sync.Once
	press *sheet.Press
	err   error
}

// fonts returns the press of all documents, made when the first is asked for.
func (s *Service) fonts() (*sheet.Press, error) {
	s.once.Do(func() { s.press, s.err = sheet.NewPress() })
	return s.press, s.err
}

// Class is what the documents of a class are made of, as it was at one moment.
type Class struct {
	registry.Class
	Org    registry.ID
	Course registry.Course
	Base   registry.Base
	Loc    *time.Location
	At     time.Time
	Copies []Copy // one for each certificate, in the order of the roster

	service *Service
	people  []registry.Enrolment
}

// Copy is a certificate of the class.
type Copy struct {
	registry.Credential
	Position int  // in the roster
	Good     bool // issued and in force: it is printed
}

// Open reads the class for somebody who may see it.
func (s *Service) Open(ctx context.Context, by registry.Actor, id registry.ID) (*Class, error) {
	return s.open(ctx, by, registry.ReadClass, id)
}

func (s *Service) open(ctx context.Context, by registry.Actor, act registry.Action, id registry.ID) (*Class, error) {
	c := &Class{service: s, At: s.Now().UTC().Truncate(time.Second)}
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if c.Class, c.Org, err = access.Class(ctx, tx, by, act, id); err != nil {
			return err
		}
		if c.Base, err = tx.Base(ctx, c.Class.Base); err != nil {
			return err
		}
		if c.Course, err = tx.Course(ctx, c.Class.Course, c.CourseVersion); err != nil {
			return err
		}
		if c.people, err = tx.Enrolments(ctx, id); err != nil {
			return err
		}
		list, err := tx.CredentialsOfClass(ctx, id)
		c.collect(list)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.Loc, err = registry.Zone(c.Base.TZ)
	return c, err
}

// collect sorts the certificates by the roster, those of one person by age.
func (c *Class) collect(list []registry.Credential) {
	at := map[registry.ID]int{}
	for _, e := range c.people {
		at[e.ID] = e.Position
	}
	c.Copies = make([]Copy, len(list))
	for i, cred := range list {
		c.Copies[i] = Copy{Credential: cred, Position: at[cred.Enrolment], Good: cred.State == registry.StateIssued}
	}
	slices.SortStableFunc(c.Copies, func(a, b Copy) int { return cmp.Compare(a.Position, b.Position) })
}

// Good lists the certificates that are printed.
func (c *Class) Good() []Copy {
	return slices.DeleteFunc(slices.Clone(c.Copies), func(k Copy) bool { return !k.Good })
}

// LeftOut lists the certificates that are not printed: suspended, revoked,
// replaced by a corrected one, or not signed yet.
func (c *Class) LeftOut() []Copy {
	return slices.DeleteFunc(slices.Clone(c.Copies), func(k Copy) bool { return k.Good })
}
