package issue

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// QR rebuilds the text of the credential's QR code.
func (s *Service) QR(c registry.Credential) (string, error) {
	if err := kept(c); err != nil {
		return "", err
	}
	key, ok := s.Keys.Find(c.Snapshot.RecordKey)
	if !ok {
		return "", registry.Fail(registry.Unavailable, "keys.unknown", c.Snapshot.RecordKey)
	}
	signed, err := record.Rebuild(record.FromSnapshot(c.Snapshot), key.COSEKID, c.RecordSig)
	if err != nil {
		return "", err
	}
	return record.URL(c.Snapshot.Origin, c.Code, signed), nil
}

// Token rebuilds the credential's VC-JWT.
func (s *Service) Token(c registry.Credential) (string, error) {
	if err := kept(c); err != nil {
		return "", err
	}
	return badge.Rebuild(c.Snapshot, c.Snapshot.RecordKey, c.JWTSig)
}

// Certificate rebuilds the signed PDF from the record, the frozen design and the
// stored signature, without a private key, and checks that it is the issued file
// to the byte. A difference is an error that names the template: never another
// file under the old number. Where files are archived, the archived one is given
// instead, which has been checked to be the issued one, and the error is logged.
// Where the holder's data were erased there is none: Gone, credential.erased.
func (s *Service) Certificate(ctx context.Context, c registry.Credential) (*certificate.File, error) {
	if c.State == registry.StateQueued {
		return nil, registry.Fail(registry.NotFound, "credential.unknown", c.Number)
	}
	if err := kept(c); err != nil {
		return nil, err
	}
	file, err := s.rebuild(ctx, c)
	if err == nil || s.Archive == nil || ctx.Err() != nil {
		return file, err
	}
	kept, missing := s.Archive.Get(ctx, c.PDFSHA256)
	if missing != nil {
		return nil, err
	}
	s.Log.Error("certificate not rebuilt, given from the archive", "number", c.Number, "template", c.Snapshot.Template, "error", err)
	return &certificate.File{Suffix: kept, Signature: c.PDFSig, SHA256: sha256.Sum256(kept)}, nil
}

func (s *Service) rebuild(ctx context.Context, c registry.Credential) (*certificate.File, error) {
	return s.rebuildBy(ctx, &s.mint, c)
}

// rebuildBy rebuilds with a mint: one that knows nothing yet prepares everything
// from the credential itself.
func (s *Service) rebuildBy(ctx context.Context, by *mint.Mint, c registry.Credential) (*certificate.File, error) {
	template, err := s.template(ctx, c.Template)
	if err != nil {
		return nil, err
	}
	key, ok := s.Keys.Find(c.Snapshot.RecordKey)
	if !ok {
		return nil, registry.Fail(registry.Unavailable, "keys.unknown", c.Snapshot.RecordKey)
	}
	made, err := by.Rebuild(template, &c.Snapshot, key.COSEKID, mint.Signatures{Record: c.RecordSig, JWT: c.JWTSig, PDF: c.PDFSig})
	switch {
	case err != nil: // what is stored is not what was signed, or the program sets it otherwise
	case c.Snapshot.Number != c.Number || c.Snapshot.Code != c.Code:
		err = errors.New("the snapshot is another credential's")
	case hex.EncodeToString(made.File.SHA256[:]) != c.PDFSHA256:
		err = errors.New("the file has another SHA-256")
	default:
		return &made.File, nil
	}
	s.Log.Error("certificate not rebuilt", "number", c.Number, "template", c.Snapshot.Template, "error", err)
	return nil, registry.Fail(registry.Unavailable, "certificate.drift", c.Number, c.Snapshot.Template)
}

// Credential returns a credential that the actor may see.
func (s *Service) Credential(ctx context.Context, by registry.Actor, n registry.Number) (registry.Credential, []registry.StatusEvent, error) {
	var c registry.Credential
	var events []registry.StatusEvent
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if c, err = tx.CredentialByNumber(ctx, n); err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadCredential, registry.ReadCredential, c.Org, "credential", n); err != nil {
			return err
		}
		events, err = tx.StatusEvents(ctx, c.ID)
		return err
	})
	return c, events, err
}

// Credentials lists the credentials that the actor may see, newest first.
func (s *Service) Credentials(ctx context.Context, by registry.Actor, f store.CredentialFilter) ([]registry.Credential, error) {
	var list []registry.Credential
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if f.Orgs, err = access.Visible(ctx, tx, by, registry.ReadCredential); err != nil {
			return err
		}
		f.AllOrgs, f.Now = false, s.Now()
		list, err = tx.Credentials(ctx, f)
		return err
	})
	return list, err
}

// OfClass lists the credentials of a class that the actor may see.
func (s *Service) OfClass(ctx context.Context, by registry.Actor, class registry.ID) ([]registry.Credential, error) {
	var list []registry.Credential
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		org, err := tx.ClassOrg(ctx, class)
		if err != nil {
			return err
		}
		if err := access.Allow(ctx, tx, by, registry.ReadClass, registry.ReadClass, org, "class", class); err != nil {
			return err
		}
		list, err = tx.CredentialsOfClass(ctx, class)
		return err
	})
	return list, err
}

// Holder is what a private link shows: one person's part in a class.
type Holder struct {
	Token      string
	Enrolment  registry.Enrolment
	Class      registry.Class
	Course     registry.Course
	Base       registry.Base
	Completion registry.Completion // zero before submission
	Credential *registry.Credential
}

// Holder finds what a private link leads to; an unknown token is NotFound, and
// says nothing else. Of somebody whose data were erased nothing is left to show:
// Gone, credential.erased.
func (s *Service) Holder(ctx context.Context, token string) (Holder, error) {
	h := Holder{Token: token}
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if h.Enrolment, err = tx.EnrolmentByLink(ctx, access.TokenHash(token)); err != nil {
			return err
		}
		if h.Class, err = tx.Class(ctx, h.Enrolment.Class); err != nil {
			return err
		}
		if h.Course, err = tx.Course(ctx, h.Class.Course, h.Class.CourseVersion); err != nil {
			return err
		}
		if h.Base, err = tx.Base(ctx, h.Class.Base); err != nil {
			return err
		}
		if h.Completion, err = tx.CompletionOf(ctx, h.Enrolment.ID); err != nil && !isNotFound(err) {
			return err
		}
		c, err := tx.CredentialOfEnrolment(ctx, h.Enrolment.ID)
		if isNotFound(err) {
			return nil
		}
		if err == nil && c.State != registry.StateQueued {
			h.Credential = &c
			return kept(c)
		}
		return err
	})
	if err == nil && h.Credential == nil && h.Enrolment.Name == "" {
		err = registry.Fail(registry.Gone, "credential.erased", "")
	}
	return h, err
}

// HandsOut reports whether the actor gives the class's people their private
// links: a link opens the certificate, so only who may enrol people in this class
// has them.
func (s *Service) HandsOut(ctx context.Context, by registry.Actor, class registry.ID) (bool, error) {
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		_, _, err := access.Class(ctx, tx, by, registry.EnrolPerson, class)
		return err
	})
	if errors.Is(err, registry.Forbidden) || errors.Is(err, registry.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// HolderLink is the private link of the enrolment's holder; it is shown to whom
// HandsOut lets.
func (s *Service) HolderLink(enrolment registry.ID) string {
	return s.Origin + "/my/" + access.HolderToken(s.Keys, enrolment, 1)
}

func frozenHash(frozen []byte) string {
	sum := sha256.Sum256(frozen)
	return hex.EncodeToString(sum[:])
}

// template thaws the frozen design that the credential names.
func (s *Service) template(ctx context.Context, sha string) (*certificate.Template, error) {
	if t, ok := s.thawed.Load(sha); ok {
		return t.(*certificate.Template), nil
	}
	var id string
	var frozen []byte
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		id, frozen, err = tx.Template(ctx, sha)
		return err
	})
	var corrupt base64.CorruptInputError
	if isNotFound(err) || errors.As(err, &corrupt) { // gone, or no longer what was stored
		return nil, registry.Fail(registry.Unavailable, "template.damaged", sha[:min(len(sha), 12)])
	}
	if err != nil {
		return nil, err
	}
	if frozenHash(frozen) != sha {
		return nil, registry.Fail(registry.Unavailable, "template.damaged", id)
	}
	press, err := s.pressOf(nil) // rebuilding needs no chain: it is frozen with the design
	if err != nil {
		return nil, err
	}
	t, err := press.Thaw(frozen)
	if err != nil {
		return nil, fmt.Errorf("thaw template %s: %w", id, err)
	}
	s.thawed.Store(sha, t)
	return t, nil
}
