// Package look puts together how an issuer's certificates look: the design that
// was chosen for their kind, the issuer's logo and the image of its seal.
//
// It promises that the look is that of the moment of the transaction it is asked
// in. What was printed before keeps its own: a frozen template holds everything.
package look

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/passmuster/passmuster/internal/artwork"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/pdf"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// The roles of an issuer's pictures.
const (
	Logo = "logo"
	Seal = "seal"
)

// Roles lists them.
var Roles = []string{Logo, Seal}

// Shelf keeps what was read before: pictures by their hash, and versions of
// designs, never change. The zero value is empty; it is safe for concurrent use.
type Shelf struct {
	pictures sync.Map // hex SHA-256 → *pdf.Image
	designs  sync.Map // issuer, name and version → *certificate.Design
}

// Of returns the look of the certificates of a kind that the issuer's bodies
// give out now.
func (s *Shelf) Of(ctx context.Context, tx *store.Tx, issuer registry.ID, kind registry.CredentialKind) (certificate.Look, error) {
	l := certificate.Look{Kind: kind}
	choice, err := tx.DesignChoice(ctx, issuer, kind)
	if err != nil {
		return l, err
	}
	if l.Design, err = s.Design(ctx, tx, issuer, choice.Design, choice.Version); err != nil {
		return l, fmt.Errorf("read chosen design: %w", err)
	}
	l.Logo, l.Seal, err = s.Pictures(ctx, tx, issuer)
	return l, err
}

// Design returns an own design of the issuer by name and version, or with
// version 0 a built-in one by its id; nil for the usual one.
func (s *Shelf) Design(ctx context.Context, tx *store.Tx, issuer registry.ID, name string, version int) (*certificate.Design, error) {
	switch {
	case name == "":
		return nil, nil
	case version == 0:
		return certificate.BuiltIn(name)
	}
	key := string(issuer) + "/" + name + "/" + strconv.Itoa(version)
	if d, ok := s.designs.Load(key); ok {
		return d.(*certificate.Design), nil
	}
	own, err := tx.OwnDesign(ctx, issuer, name, version)
	if err != nil {
		return nil, err
	}
	d, err := certificate.ParseDesign(own.Source)
	if err != nil {
		return nil, err
	}
	s.designs.Store(key, d)
	return d, nil
}

// Pictures returns the issuer's logo and seal as they are in use; nil where
// there is none.
func (s *Shelf) Pictures(ctx context.Context, tx *store.Tx, issuer registry.ID) (logo, seal *pdf.Image, err error) {
	if logo, err = s.picture(ctx, tx, issuer, Logo); err != nil {
		return nil, nil, err
	}
	seal, err = s.picture(ctx, tx, issuer, Seal)
	return logo, seal, err
}

func (s *Shelf) picture(ctx context.Context, tx *store.Tx, issuer registry.ID, role string) (*pdf.Image, error) {
	use, err := tx.ArtworkUse(ctx, issuer, role)
	if err != nil || use.SHA256 == "" {
		return nil, err
	}
	if p, ok := s.pictures.Load(use.SHA256); ok {
		return p.(*pdf.Image), nil
	}
	kept, err := tx.Artwork(ctx, use.SHA256)
	if err != nil {
		return nil, err
	}
	px, err := artwork.Open(kept.PNG)
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", role, use.SHA256, err)
	}
	p := &pdf.Image{Width: px.Width, Height: px.Height, RGB: px.RGB, Alpha: px.Alpha}
	s.pictures.Store(use.SHA256, p)
	return p, nil
}
