package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

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
	Object  registry.ID   // "" for any
	Actors  []registry.ID // any of these accounts; nil: any
	Action  string        // exactly this, or what begins with it where it ends in a dot; "": any
	From    time.Time     // not before; zero: any
	Until   time.Time     // before; zero: any
	Before  registry.ID   // only ids smaller than this: the next page
	Limit   int           // 0: 50
}

// Audit records the act in this transaction. The sequencer chains it later, so
// that no change waits for another's.
func (t *Tx) Audit(ctx context.Context, a Act) error { return t.Audits(ctx, []Act{a}) }

// Audits is Audit for many acts, in their order.
func (t *Tx) Audits(ctx context.Context, acts []Act) error {
	rows, pending := make([]db.AddAuditParams, len(acts)), make([]registry.ID, len(acts))
	for i, a := range acts {
		row, err := t.auditRow(ctx, a)
		if err != nil {
			return fmt.Errorf("audit %s: %w", a.Action, err)
		}
		rows[i], pending[i] = row, row.ID
	}
	_, err := addRows(ctx, t, (*db.Queries).AddAudit, rows)
	if err == nil {
		_, err = addRows(ctx, t, (*db.Queries).AddAuditPending, pending)
	}
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

func (t *Tx) auditRow(ctx context.Context, a Act) (db.AddAuditParams, error) {
	before, err := t.digest(ctx, a.Before)
	if err != nil {
		return db.AddAuditParams{}, err
	}
	after, err := t.digest(ctx, a.After)
	if err != nil {
		return db.AddAuditParams{}, err
	}
	var c codec
	row := db.AddAuditParams{ID: NewID(), At: micros(a.At), Actor: a.Actor, Action: a.Action, ObjectType: a.ObjectType, Object: a.Object,
		Org: a.Org, BeforeSHA: before, AfterSHA: after, Detail: c.json(a.Detail)}
	return row, c.err
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
	if f.Actors != nil {
		w.in("actor", texts(f.Actors))
	}
	switch {
	case strings.HasSuffix(f.Action, "."):
		w.add("action >= ? AND action < ?", f.Action, f.Action+afterAll)
	case f.Action != "":
		w.add("action = ?", f.Action)
	}
	if !f.From.IsZero() {
		w.add("at >= ?", micros(f.From))
	}
	if !f.Until.IsZero() {
		w.add("at < ?", micros(f.Until))
	}
	return t.auditEntries(ctx, w, f.Limit)
}

// auditEntries reads a page of the trail, with its place in the chain, in one
// query.
func (t *Tx) auditEntries(ctx context.Context, w where, limit int) (list []AuditEntry, err error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	query := fmt.Sprintf(`SELECT a.id, a.at, a.actor, a.action, a.object_type, a.object, a.org, a.before_sha, a.after_sha, a.detail, COALESCE(c.position, 0), COALESCE(c.hash, '')
FROM (SELECT * FROM audit WHERE %s ORDER BY id DESC LIMIT %d) a LEFT JOIN audit_chain c ON c.entry = a.id ORDER BY a.id DESC`, w.text(), limit)
	rows, err := t.g.QueryContext(ctx, query, w.args...)
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r db.Audit
		var link db.AuditChain
		if err := rows.Scan(&r.ID, &r.At, &r.Actor, &r.Action, &r.ObjectType, &r.Object, &r.Org, &r.BeforeSHA, &r.AfterSHA, &r.Detail, &link.Position, &link.Hash); err != nil {
			return nil, fmt.Errorf("read audit: %w", err)
		}
		e, err := toAuditEntry(r)
		if err != nil {
			return nil, fmt.Errorf("read audit: %w", err)
		}
		e.Position, e.Hash = link.Position, link.Hash
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return list, nil
}

// AuditActions lists every action that the trail knows.
func (t *Tx) AuditActions(ctx context.Context) ([]string, error) {
	list, err := t.q.AuditActions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	return list, nil
}

func toAuditEntry(r db.Audit) (AuditEntry, error) {
	var c codec
	e := AuditEntry{ID: r.ID, At: instant(r.At), Actor: r.Actor, Action: r.Action, ObjectType: r.ObjectType, Object: r.Object, Org: r.Org,
		BeforeSHA: r.BeforeSHA, AfterSHA: r.AfterSHA}
	c.load(r.Detail, &e.Detail)
	return e, c.err
}
