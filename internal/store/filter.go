package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// ClassFilter chooses classes.
type ClassFilter struct {
	Orgs            []registry.ID          // of these organizations; nil: none, see AllOrgs
	AllOrgs         bool                   // whatever the organization
	Status          []registry.ClassStatus // any of these; nil: any
	Search          string                 // part of code, course, venue or a trainer's name
	Before          registry.ID            // only ids smaller than this: the next page
	Limit           int                    // 0: 50
	OldestSubmitted bool                   // by time of submission, oldest first; else newest first
}

// CredentialFilter chooses credentials.
type CredentialFilter struct {
	Orgs    []registry.ID   // of these organizations; nil: none, see AllOrgs
	AllOrgs bool            // whatever the organization
	Search  string          // number or its beginning, code, beginning of a name, last four of the id
	Course  string          // code
	Base    string          // code
	Status  registry.Status // as shown at Now; "": any, queued included
	Now     time.Time       // for Status
	Issued  Span            // by the civil date on the paper
	Ends    Span            // by the last day of validity; what has no end never ends
	Before  registry.ID     // only ids smaller than this: the next page
	Limit   int             // 0: 50
}

// Span is a range of days, both inclusive; a zero end is open.
type Span struct{ From, Until registry.Date }

const defaultLimit = 50

// Classes lists the classes that the filter chooses.
func (t *Tx) Classes(ctx context.Context, f ClassFilter) ([]registry.Class, error) {
	var w where
	w.orgs(f.Orgs, f.AllOrgs)
	w.before(f.Before)
	if len(f.Status) > 0 {
		w.in("status", texts(f.Status))
	}
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		w.add(`search LIKE ? ESCAPE '\'`, "%"+escapeLike(s)+"%")
	}
	order := "id DESC"
	if f.OldestSubmitted {
		order = "submitted_at, id"
	}
	ids, err := t.choose(ctx, "classes", w, order, f.Limit)
	if err != nil {
		return nil, err
	}
	return each(ctx, ids, t.Class)
}

// Credentials lists the credentials that the filter chooses, newest first.
func (t *Tx) Credentials(ctx context.Context, f CredentialFilter) ([]registry.Credential, error) {
	var w where
	w.orgs(f.Orgs, f.AllOrgs)
	w.before(f.Before)
	if f.Course != "" {
		w.add("course = ?", f.Course)
	}
	if f.Base != "" {
		w.add("base = ?", f.Base)
	}
	w.search(strings.TrimSpace(f.Search))
	w.status(f.Status, f.Now)
	w.days("issued_at", t.inSnapshot("issued_on"), f.Issued)
	w.days("expires_at", t.inSnapshot("valid_until"), f.Ends)
	return t.credentials(ctx, w, f.Limit)
}

// inSnapshot is the expression of the engine for a text of the snapshot.
func (t *Tx) inSnapshot(name string) string {
	if t.d.Dialect() == "postgres" {
		return "(snapshot::json->>'" + name + "')"
	}
	return "json_extract(snapshot, '$." + name + "')"
}

// days demands a civil date in the span. It is compared as it is printed; the
// instant beside it, which has an index, cuts the rows to some days around first.
func (w *where) days(instant, date string, span Span) {
	if !span.From.IsZero() {
		w.add(instant+" >= ? AND "+date+" >= ?", span.From.AddDays(-2).Start(time.UTC).UnixMicro(), span.From.String())
	}
	if !span.Until.IsZero() {
		w.add(instant+" <> 0 AND "+instant+" < ? AND "+date+" <> '' AND "+date+" <= ?", span.Until.AddDays(3).Start(time.UTC).UnixMicro(), span.Until.String())
	}
}

// credentialColumns are the columns of the table in the order of db.Credential.
const credentialColumns = `id, number, code, completion, enrolment, class, person, org, state, state_since, reason, supersedes, superseded_by, renewed_by, name, name_key, id_last4, course, base, issuer, issued_at, starts_at, expires_at, list, list_index, snapshot, template, record_sig, jwt_sig, pdf_sig, pdf_sha256, leaf_hash, signed_at, version, input_hash, latin_name, what, days`

// credentials reads a page of the table in one query.
func (t *Tx) credentials(ctx context.Context, w where, limit int) (list []registry.Credential, err error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	query := fmt.Sprintf("SELECT %s FROM credentials WHERE %s ORDER BY id DESC LIMIT %d", credentialColumns, w.text(), limit)
	rows, err := t.g.QueryContext(ctx, query, w.args...)
	if err != nil {
		return nil, fmt.Errorf("choose credentials: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r db.Credential
		if err := rows.Scan(&r.ID, &r.Number, &r.Code, &r.Completion, &r.Enrolment, &r.Class, &r.Person, &r.Org, &r.State, &r.StateSince, &r.Reason, &r.Supersedes,
			&r.SupersededBy, &r.RenewedBy, &r.Name, &r.NameKey, &r.IDLast4, &r.Course, &r.Base, &r.Issuer, &r.IssuedAt, &r.StartsAt, &r.ExpiresAt, &r.List, &r.ListIndex,
			&r.Snapshot, &r.Template, &r.RecordSig, &r.JWTSig, &r.PDFSig, &r.PDFSHA256, &r.LeafHash, &r.SignedAt, &r.Version, &r.InputHash, &r.LatinName, &r.What, &r.Days); err != nil {
			return nil, fmt.Errorf("choose credentials: %w", err)
		}
		c, err := toCredential(r)
		if err != nil {
			return nil, fmt.Errorf("read credential: %w", err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("choose credentials: %w", err)
	}
	return list, nil
}

// choose returns the ids of the table that meet every condition. Table and
// order are constants of this file; everything that a person typed is an
// argument.
func (t *Tx) choose(ctx context.Context, table string, w where, order string, limit int) ([]registry.ID, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	query := fmt.Sprintf("SELECT id FROM %s WHERE %s ORDER BY %s LIMIT %d", table, w.text(), order, limit)
	rows, err := t.g.QueryContext(ctx, query, w.args...)
	if err != nil {
		return nil, fmt.Errorf("choose %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	var ids []registry.ID
	for rows.Next() {
		var id registry.ID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("choose %s: %w", table, err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("choose %s: %w", table, err)
	}
	return ids, nil
}

func each[T any](ctx context.Context, ids []registry.ID, read func(context.Context, registry.ID) (T, error)) ([]T, error) {
	list := make([]T, 0, len(ids))
	for _, id := range ids {
		v, err := read(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// where collects conditions that must all hold, and their arguments.
type where struct {
	parts []string
	args  []any
}

// add takes a condition with a ? for each argument.
func (w *where) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.parts = append(w.parts, condition)
}

func (w *where) text() string {
	if len(w.parts) == 0 {
		return "TRUE"
	}
	return strings.Join(w.parts, " AND ")
}

func (w *where) in(column string, values []string) {
	if len(values) == 0 {
		w.add("FALSE")
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

func (w *where) orgs(orgs []registry.ID, all bool) {
	if !all {
		w.in("org", texts(orgs))
	}
}

func (w *where) before(id registry.ID) {
	if id != "" {
		w.add("id < ?", string(id))
	}
}

// search matches the ways in which a certificate is asked for. The beginning of
// a name or number is a range, so that the index is used.
func (w *where) search(s string) {
	if s == "" {
		return
	}
	number, name := strings.ToUpper(s), registry.NameKey(s)
	condition := `(number >= ? AND number < ? OR id_last4 = ? OR code = ?`
	code, _ := registry.ParseCode(s) // not a code: matches none
	args := []any{number, number + afterAll, number, string(code)}
	if name != "" {
		condition += ` OR name_key >= ? AND name_key < ?`
		args = append(args, name, name+afterAll)
	}
	w.add(condition+`)`, args...)
}

// afterAll sorts after every character that a name or number may have.
const afterAll = "\U0010FFFF"

// status translates registry.Credential.StatusAt into conditions.
func (w *where) status(s registry.Status, now time.Time) {
	at, soon := now.UnixMicro(), now.AddDate(0, 0, registry.ExpiringDays).UnixMicro()
	switch s {
	case "":
	case registry.StatusRevoked, registry.StatusSuperseded, registry.StatusSuspended:
		w.add("state = ?", string(s))
	case registry.StatusNotFound:
		w.add("state = 'queued'")
	case registry.StatusNotYetValid:
		w.add("state = 'issued' AND starts_at > ?", at)
	case registry.StatusValid:
		w.add("state = 'issued' AND starts_at <= ? AND (expires_at = 0 OR expires_at > ?)", at, soon)
	case registry.StatusExpiring:
		w.add("state = 'issued' AND starts_at <= ? AND expires_at > ? AND expires_at <= ?", at, at, soon)
	case registry.StatusExpired:
		w.add("state = 'issued' AND starts_at <= ? AND expires_at <> 0 AND expires_at <= ?", at, at)
	default:
		w.add("FALSE")
	}
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
