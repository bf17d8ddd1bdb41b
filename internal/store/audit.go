package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"database/sql"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Act is what somebody did, as the audit trail keeps it.
type Act struct {
	Actor      registry.ID // account; "" for the registry itself
	Action     string      // "class.submit"
	ObjectType string      // "class"
	Object     registry.ID
	Org        registry.ID // the scope of those who may read it
	Before     any         // digested, nil for none
	After      any         // digested, nil for none
	Detail     map[string]string
	At         time.Time
}

// AuditEntry is one row of the audit trail. It holds ids and digests and no
// personal data. Position and Hash are empty until the sequencer has chained it.
type AuditEntry struct {
	ID         registry.ID
	At         time.Time
	Actor      registry.ID
	Action     string
	ObjectType string
	Object     registry.ID
	Org        registry.ID
	BeforeSHA  string // hex; equal digests mean equal objects, within this registry
	AfterSHA   string
	Detail     map[string]string
	Position   int64
	Hash       string // hex
}

// AuditFilter chooses audit entries.
type AuditFilter struct {
	Orgs    []registry.ID // of these organizations; nil: none, see AllOrgs
	AllOrgs bool
	Object  registry.ID // "" for any
	Before  registry.ID // only ids smaller than this: the next page
	Limit   int         // 0: 50
}

// Audit records the act in this transaction. The sequencer chains it later, so
// that no change waits for another's.
func (t *Tx) Audit(ctx context.Context, a Act) error {
	before, err := t.digest(ctx, a.Before)
	if err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, err)
	}
	after, err := t.digest(ctx, a.After)
	if err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, err)
	}
	var c codec
	row := db.AddAuditParams{ID: NewID(), At: micros(a.At), Actor: a.Actor, Action: a.Action, ObjectType: a.ObjectType, Object: a.Object,
		Org: a.Org, BeforeSHA: before, AfterSHA: after, Detail: c.json(a.Detail)}
	if c.err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, c.err)
	}
	if _, err := t.q.AddAudit(ctx, row); err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, err)
	}
	if _, err := t.q.AddAuditPending(ctx, row.ID); err != nil {
		return fmt.Errorf("audit %s: %w", a.Action, err)
	}
	return nil
}

// saltSetting names the setting that the digests of the audit trail are salted
// with. The trail outlives erased persons: without the salt nobody can tell
// from a digest that it was theirs by trying names.
const saltSetting = "audit.salt"

// digest is the hex SHA-256 of the registry's salt and the canonical JSON of v,
// "" for nil.
func (t *Tx) digest(ctx context.Context, v any) (string, error) {
	if v == nil {
		return "", nil
	}
	text, err := canonical(v)
	if err != nil {
		return "", err
	}
	salt := t.d.salt.Load()
	if salt == nil {
		s, err := t.Setting(ctx, saltSetting)
		if err != nil {
			return "", err
		}
		if s == "" {
			return "", errors.New("this registry has no audit salt: migrate it first")
		}
		salt = &s
		t.d.salt.Store(salt)
	}
	sum := sha256.Sum256([]byte(*salt + text))
	return hex.EncodeToString(sum[:]), nil
}

// keepSalt makes the salt of a new registry. It is a fact about the registry
// and nobody's act, so it has no audit row.
func (d *DB) keepSalt(ctx context.Context) error {
	return d.run(ctx, writing, func(tx *Tx) error {
		tx.g.audited = true
		var b [32]byte
		_, _ = rand.Read(b[:]) // never fails
		_, err := tx.q.AddSetting(ctx, db.AddSettingParams{Name: saltSetting, Value: hex.EncodeToString(b[:])})
		return err
	})
}

// AuditEntries lists the entries that the filter chooses, newest first.
func (t *Tx) AuditEntries(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	var w where
	w.orgs(f.Orgs, f.AllOrgs)
	w.before(f.Before)
	if f.Object != "" {
		w.add("object = ?", string(f.Object))
	}
	ids, err := t.choose(ctx, "audit", w, "id DESC", f.Limit)
	if err != nil {
		return nil, err
	}
	return each(ctx, ids, t.auditEntry)
}

func (t *Tx) auditEntry(ctx context.Context, id registry.ID) (AuditEntry, error) {
	row, err := t.q.AuditEntry(ctx, id)
	e, err := one(row, err, toAuditEntry, "audit", id)
	if err != nil {
		return e, err
	}
	link, err := t.q.AuditLink(ctx, id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("read audit: %w", err)
	}
	e.Position, e.Hash = link.Position, link.Hash
	return e, nil
}

func toAuditEntry(r db.Audit) (AuditEntry, error) {
	var c codec
	e := AuditEntry{ID: r.ID, At: instant(r.At), Actor: r.Actor, Action: r.Action, ObjectType: r.ObjectType, Object: r.Object, Org: r.Org,
		BeforeSHA: r.BeforeSHA, AfterSHA: r.AfterSHA}
	c.load(r.Detail, &e.Detail)
	return e, c.err
}
