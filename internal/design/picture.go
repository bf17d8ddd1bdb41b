package design

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/passmuster/internal/artwork"
	"github.com/passmuster/passmuster/internal/look"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

func isNotFound(err error) bool { return errors.Is(err, registry.NotFound) }

// PictureInput puts a picture to use, or takes the last one away.
type PictureInput struct {
	Role        string // logo, seal
	File        []byte // PNG or JPEG; none takes away what is in use
	Note        string // the permission, in words or by its document; needed for a seal
	PermittedBy string // who gave it; needed for a seal
	Rights      bool   // that the issuer may use it, said by the one who uploads
}

// maxNote is the longest note, in characters.
const maxNote = 500

func (in *PictureInput) check() error {
	in.Note, in.PermittedBy = strings.TrimSpace(in.Note), strings.TrimSpace(in.PermittedBy)
	switch {
	case !slices.Contains(look.Roles, in.Role):
		return registry.FailField(registry.Invalid, "role", "artwork.role")
	case utf8.RuneCountInString(in.Note) > maxNote:
		return registry.FailField(registry.Invalid, "note", "artwork.note", maxNote)
	case utf8.RuneCountInString(in.PermittedBy) > maxNote:
		return registry.FailField(registry.Invalid, "permitted_by", "artwork.note", maxNote)
	case len(in.File) == 0:
		return nil
	case in.Role == look.Seal && in.PermittedBy == "":
		return registry.FailField(registry.Invalid, "permitted_by", "artwork.permission")
	case in.Role == look.Seal && in.Note == "":
		return registry.FailField(registry.Invalid, "note", "artwork.permission")
	case !in.Rights:
		return registry.FailField(registry.Invalid, "rights", "artwork.rights")
	}
	return nil
}

// UsePicture puts the picture on the issuer's certificates from now on. What was
// printed before stays as it is.
func (s *Service) UsePicture(ctx context.Context, by registry.Actor, code string, in PictureInput) (store.ArtworkUse, error) {
	if err := s.mayEdit(ctx, by, code); err != nil { // before any work is done for somebody who may not
		return store.ArtworkUse{}, err
	}
	if err := in.check(); err != nil {
		return store.ArtworkUse{}, err
	}
	var kept store.Artwork
	action := in.Role + ".remove"
	if len(in.File) > 0 {
		p, err := artwork.Read(in.File)
		if err != nil {
			return store.ArtworkUse{}, err
		}
		kept, action = store.Artwork{SHA256: p.SHA256, Width: p.Width, Height: p.Height, PNG: p.PNG}, in.Role+".use"
	}
	var use store.ArtworkUse
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		o, err := s.issuer(ctx, tx, by, code, registry.EditTemplate)
		if err != nil {
			return err
		}
		before, err := tx.ArtworkUse(ctx, o.ID, in.Role)
		if err != nil {
			return err
		}
		if before.SHA256 == kept.SHA256 && before.Note == in.Note && before.PermittedBy == in.PermittedBy {
			use = before // sent twice
			return nil
		}
		use = store.ArtworkUse{ID: store.NewID(), Org: o.ID, Role: in.Role, SHA256: kept.SHA256, Note: in.Note, PermittedBy: in.PermittedBy, By: by.Account, At: s.Now().UTC()}
		if err := tx.UseArtwork(ctx, use, kept); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Actor: by.Account, Action: action, ObjectType: "organization", Object: o.ID, Org: o.ID,
			Before: before, After: use, At: use.At, Detail: map[string]string{"sha256": kept.SHA256}})
	})
	return use, err
}

func (s *Service) mayEdit(ctx context.Context, by registry.Actor, code string) error {
	return s.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := s.issuer(ctx, tx, by, code, registry.EditTemplate)
		return err
	})
}

// Picture returns a picture that the issuer uses or used.
func (s *Service) Picture(ctx context.Context, by registry.Actor, code, sha string) (store.Artwork, error) {
	var a store.Artwork
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		o, err := s.issuer(ctx, tx, by, code, registry.ReadTemplate)
		if err != nil {
			return err
		}
		uses, err := tx.ArtworkUses(ctx, o.ID)
		if err != nil {
			return err
		}
		if sha == "" || !slices.ContainsFunc(uses, func(u store.ArtworkUse) bool { return u.SHA256 == sha }) {
			return registry.Fail(registry.NotFound, "artwork.unknown")
		}
		a, err = tx.Artwork(ctx, sha)
		return err
	})
	return a, err
}

// ownID names a version of an own design, as its file's name and version do.
func ownID(name string, version int) string { return name + "-" + strconv.Itoa(version) }

// splitID is the way back; ok is false for what cannot be such an id.
func splitID(id string) (name string, version int, ok bool) {
	i := strings.LastIndexByte(id, '-')
	if i < 1 {
		return "", 0, false
	}
	version, err := strconv.Atoi(id[i+1:])
	return id[:i], version, err == nil && version > 0 && ownID(id[:i], version) == id
}
