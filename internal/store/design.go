package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Artwork is a picture as it is kept.
type Artwork struct {
	SHA256        string // hex, of PNG
	Width, Height int    // pixels
	PNG           []byte
}

// ArtworkUse is an organization's use of a picture from then on.
type ArtworkUse struct {
	ID          registry.ID
	Org         registry.ID
	Role        string // logo, seal
	SHA256      string // "": taken away
	Note        string // the permission, in words
	PermittedBy string
	By          registry.ID
	At          time.Time
}

// OwnDesign is one version of an organization's own design.
type OwnDesign struct {
	Org     registry.ID
	Name    string
	Version int
	Source  []byte // the file
	Note    string
	By      registry.ID
	At      time.Time
}

// DesignChoice is the design of an issuer's certificates of a kind from then on.
type DesignChoice struct {
	ID      registry.ID
	Org     registry.ID
	Kind    registry.CredentialKind
	Design  string // name of an own design, or id of a built-in one; "": the usual one
	Version int    // of an own design; 0: built in
	By      registry.ID
	At      time.Time
}

// historyPage is how many acts the histories of a design page tell of.
const historyPage = 100

// Artwork returns the picture with the hash.
func (t *Tx) Artwork(ctx context.Context, sha string) (Artwork, error) {
	row, err := t.q.Artwork(ctx, sha)
	return one(row, err, func(r db.Artwork) (Artwork, error) {
		var c codec
		return Artwork{SHA256: r.SHA256, Width: int(r.Width), Height: int(r.Height), PNG: c.bytes(r.Body)}, c.err
	}, "artwork", sha)
}

// UseArtwork keeps the picture, where it is not kept yet, and puts it to use; a
// use without a hash takes the last one away.
func (t *Tx) UseArtwork(ctx context.Context, use ArtworkUse, a Artwork) error {
	if use.SHA256 != "" {
		_, err := t.q.PutArtwork(ctx, db.PutArtworkParams{SHA256: a.SHA256, Width: int64(a.Width), Height: int64(a.Height), Body: base64url(a.PNG), CreatedAt: micros(use.At)})
		if err != nil {
			return fmt.Errorf("put artwork: %w", err)
		}
	}
	_, err := t.q.AddArtworkUse(ctx, db.AddArtworkUseParams{ID: use.ID, Org: use.Org, Role: use.Role, SHA256: use.SHA256, Note: use.Note,
		PermittedBy: use.PermittedBy, ByAccount: use.By, At: micros(use.At)})
	if err != nil {
		return fmt.Errorf("use artwork: %w", err)
	}
	return nil
}

// ArtworkUse returns the use that counts for the role; the zero value if there
// never was one.
func (t *Tx) ArtworkUse(ctx context.Context, org registry.ID, role string) (ArtworkUse, error) {
	row, err := t.q.ArtworkUse(ctx, db.ArtworkUseParams{Org: org, Role: role})
	if errors.Is(err, sql.ErrNoRows) {
		return ArtworkUse{}, nil
	}
	return one(row, err, toArtworkUse, "artwork", role)
}

// ArtworkUses lists the uses of an organization, newest first.
func (t *Tx) ArtworkUses(ctx context.Context, org registry.ID) ([]ArtworkUse, error) {
	rows, err := t.q.ArtworkUses(ctx, db.ArtworkUsesParams{Org: org, Limit: historyPage})
	return many(rows, err, toArtworkUse, "artwork")
}

func toArtworkUse(r db.ArtworkUse) (ArtworkUse, error) {
	return ArtworkUse{ID: r.ID, Org: r.Org, Role: r.Role, SHA256: r.SHA256, Note: r.Note, PermittedBy: r.PermittedBy, By: r.ByAccount, At: instant(r.At)}, nil
}

// OwnDesign returns one version of an organization's design.
func (t *Tx) OwnDesign(ctx context.Context, org registry.ID, name string, version int) (OwnDesign, error) {
	row, err := t.q.OwnDesign(ctx, db.OwnDesignParams{Org: org, Name: name, Version: int64(version)})
	return one(row, err, toOwnDesign, "design", name)
}

// OwnDesigns lists every version of an organization's designs by name, newest
// version first.
func (t *Tx) OwnDesigns(ctx context.Context, org registry.ID) ([]OwnDesign, error) {
	rows, err := t.q.OwnDesigns(ctx, org)
	return many(rows, err, toOwnDesign, "design")
}

// LastOwnDesign is the newest version of an organization's design, 0 for none.
func (t *Tx) LastOwnDesign(ctx context.Context, org registry.ID, name string) (int, error) {
	n, err := t.q.LastOwnDesign(ctx, db.LastOwnDesignParams{Org: org, Name: name})
	if err != nil {
		return 0, fmt.Errorf("read design: %w", err)
	}
	return int(n), nil
}

// AddOwnDesign stores a new version; one that is there already is a conflict.
func (t *Tx) AddOwnDesign(ctx context.Context, d OwnDesign) error {
	n, err := t.q.AddOwnDesign(ctx, db.AddOwnDesignParams{Org: d.Org, Name: d.Name, Version: int64(d.Version), Source: string(d.Source), Note: d.Note,
		ByAccount: d.By, At: micros(d.At)})
	return added(n, err, "design", d.Name)
}

func toOwnDesign(r db.OwnDesign) (OwnDesign, error) {
	return OwnDesign{Org: r.Org, Name: r.Name, Version: int(r.Version), Source: []byte(r.Source), Note: r.Note, By: r.ByAccount, At: instant(r.At)}, nil
}

// ChooseDesign stores a choice that counts from now on.
func (t *Tx) ChooseDesign(ctx context.Context, c DesignChoice) error {
	_, err := t.q.AddDesignChoice(ctx, db.AddDesignChoiceParams{ID: c.ID, Org: c.Org, Kind: string(c.Kind), Design: c.Design, Version: int64(c.Version),
		ByAccount: c.By, At: micros(c.At)})
	if err != nil {
		return fmt.Errorf("choose design: %w", err)
	}
	return nil
}

// DesignChoice returns the choice that counts for the kind; the zero value if
// nobody ever chose.
func (t *Tx) DesignChoice(ctx context.Context, org registry.ID, kind registry.CredentialKind) (DesignChoice, error) {
	row, err := t.q.DesignChoice(ctx, db.DesignChoiceParams{Org: org, Kind: string(kind)})
	if errors.Is(err, sql.ErrNoRows) {
		return DesignChoice{}, nil
	}
	return one(row, err, toDesignChoice, "design", kind)
}

// DesignChoices lists the choices of an issuer, newest first.
func (t *Tx) DesignChoices(ctx context.Context, org registry.ID) ([]DesignChoice, error) {
	rows, err := t.q.DesignChoices(ctx, db.DesignChoicesParams{Org: org, Limit: historyPage})
	return many(rows, err, toDesignChoice, "design")
}

func toDesignChoice(r db.DesignChoice) (DesignChoice, error) {
	return DesignChoice{ID: r.ID, Org: r.Org, Kind: registry.CredentialKind(r.Kind), Design: r.Design, Version: int(r.Version), By: r.ByAccount, At: instant(r.At)}, nil
}

// OrgSignatories returns who signs for an organization, and the version of the
// list: 0 where there never was one.
func (t *Tx) OrgSignatories(ctx context.Context, org registry.ID) ([]registry.Signatory, int64, error) {
	row, err := t.q.OrgSignatories(ctx, org)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read signatories: %w", err)
	}
	var c codec
	var list []registry.Signatory
	c.load(row.Signatories, &list)
	if c.err != nil {
		return nil, 0, fmt.Errorf("read signatories: %w", c.err)
	}
	return list, row.Version, nil
}

// SaveOrgSignatories stores who signs for an organization over the version that
// was read.
func (t *Tx) SaveOrgSignatories(ctx context.Context, org registry.ID, list []registry.Signatory, version int64) error {
	var c codec
	text := c.json(list)
	if c.err != nil {
		return fmt.Errorf("save signatories: %w", c.err)
	}
	var n int64
	var err error
	if version == 0 {
		n, err = t.q.AddOrgSignatories(ctx, db.AddOrgSignatoriesParams{Org: org, Signatories: text})
	} else {
		n, err = t.q.SaveOrgSignatories(ctx, db.SaveOrgSignatoriesParams{Org: org, Signatories: text, Version: version})
	}
	return saved(n, err, "signatory", "")
}
