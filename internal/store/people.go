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

// PersonFilter chooses persons that have learned in one of the organizations, or
// train in the name of one. A person taken into another is never chosen, nor one
// that was erased.
type PersonFilter struct {
	Orgs    []registry.ID // nil: none, see AllOrgs
	AllOrgs bool          // whatever the organization
	Search  string        // beginning of a name, now or formerly, or last four of the id
	Class   string        // code of a class that they were in
	Base    string        // code of a base that they learned at
	Before  registry.ID   // only ids smaller than this: the next page
	Limit   int           // 0: 50
}

// Persons lists the persons that the filter chooses, newest first.
func (t *Tx) Persons(ctx context.Context, f PersonFilter) ([]registry.Person, error) {
	var w where
	w.add("merged_into = '' AND erased_at = 0")
	w.before(f.Before)
	if !f.AllOrgs {
		w.metIn("persons.id", f.Orgs)
	}
	if f.Class != "" {
		w.add("EXISTS (SELECT 1 FROM enrolments e JOIN classes c ON c.id = e.class WHERE e.person = persons.id AND c.code = ?)", f.Class)
	}
	if f.Base != "" {
		w.add("EXISTS (SELECT 1 FROM enrolments e JOIN classes c ON c.id = e.class WHERE e.person = persons.id AND c.base = ?)", f.Base)
	}
	w.person(strings.TrimSpace(f.Search))
	ids, err := t.choose(ctx, "persons", w, "id DESC", f.Limit)
	if err != nil {
		return nil, err
	}
	return each(ctx, ids, t.Person)
}

// metIn demands that the person learned or trains in one of the organizations.
func (w *where) metIn(person string, orgs []registry.ID) {
	if len(orgs) == 0 {
		w.add("FALSE")
		return
	}
	marks, args := "?"+strings.Repeat(", ?", len(orgs)-1), make([]any, 0, 2*len(orgs))
	for range 2 {
		for _, o := range orgs {
			args = append(args, string(o))
		}
	}
	w.add("(EXISTS (SELECT 1 FROM enrolments e JOIN classes c ON c.id = e.class WHERE e.person = "+person+" AND c.org IN ("+marks+"))"+
		" OR EXISTS (SELECT 1 FROM trainers t WHERE t.person = "+person+" AND t.org IN ("+marks+")))", args...)
}

// person matches the ways in which somebody is asked for.
func (w *where) person(s string) {
	if s == "" {
		return
	}
	condition, args := "(id_last4 = ?", []any{strings.ToUpper(s)}
	if key := registry.NameKey(s); key != "" {
		condition += " OR name_key >= ? AND name_key < ? OR id IN (SELECT h.person FROM person_changes h WHERE h.former_key >= ? AND h.former_key < ?)"
		args = append(args, key, key+afterAll, key, key+afterAll)
	}
	w.add(condition+")", args...)
}

// Twins are two records that may be of one person.
type Twins struct{ A, B registry.Person }

// twinPairs are records of one folded name that share the last four of the id, the
// birth date or the telephone, unless somebody said that they are two people.
const twinPairs = `a.merged_into = '' AND b.merged_into = '' AND a.name_key <> ''
AND (a.id_last4 <> '' AND a.id_last4 = b.id_last4 OR a.birth_date <> '' AND a.birth_date = b.birth_date OR a.phone <> '' AND a.phone = b.phone)
AND NOT EXISTS (SELECT 1 FROM person_changes n WHERE n.kind = 'distinct' AND (n.person = a.id AND n.other = b.id OR n.person = b.id AND n.other = a.id))`

// Twins lists pairs that may be one person, newest first, both met in the
// organizations; with of, only those of that person.
func (t *Tx) Twins(ctx context.Context, orgs []registry.ID, of registry.ID, limit int) ([]Twins, error) {
	var w where
	w.parts = append(w.parts, twinPairs)
	if of != "" {
		w.add("(a.id = ? OR b.id = ?)", string(of), string(of))
	}
	w.metIn("a.id", orgs)
	w.metIn("b.id", orgs)
	query := fmt.Sprintf("SELECT a.id, b.id FROM persons a JOIN persons b ON b.name_key = a.name_key AND b.id > a.id WHERE %s ORDER BY b.id DESC, a.id DESC LIMIT %d", w.text(), limit)
	pairs, err := t.pairs(ctx, query, w.args)
	if err != nil {
		return nil, fmt.Errorf("find twins: %w", err)
	}
	list := make([]Twins, len(pairs))
	for i, p := range pairs {
		if list[i].A, err = t.Person(ctx, p[0]); err != nil {
			return nil, err
		}
		if list[i].B, err = t.Person(ctx, p[1]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t *Tx) pairs(ctx context.Context, query string, args []any) (pairs [][2]registry.ID, err error) {
	rows, err := t.g.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p [2]registry.ID
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, rows.Err()
}

// The kinds of a PersonChange.
const (
	ChangeName     = "name"
	ChangeMerge    = "merge"
	ChangeDistinct = "distinct"
	ChangeAsk      = "ask" // somebody asked that the other is taken in; somebody else grants it
)

// PersonChange is what somebody changed about a person by hand.
type PersonChange struct {
	ID          registry.ID
	Person      registry.ID // the one that stays
	Kind        string
	Other       registry.ID // the record that was taken in, or that is of another person
	FormerName  string
	FormerLatin string
	FormerLast4 string
	Moved       Moved
	Reason      string
	By          registry.ID
	At          time.Time
}

// Moved is what came along with a record that was taken into another.
type Moved struct {
	Enrolments  []registry.ID `json:"enrolments"`
	Credentials []registry.ID `json:"credentials"`
}

// AddPersonChange stores a change.
func (t *Tx) AddPersonChange(ctx context.Context, p PersonChange) error {
	var c codec
	n, err := t.q.AddPersonChange(ctx, db.AddPersonChangeParams{ID: p.ID, Person: p.Person, Kind: p.Kind, Other: string(p.Other), FormerName: p.FormerName,
		FormerLatin: p.FormerLatin, FormerKey: registry.NameKey(p.FormerName), FormerLast4: p.FormerLast4, Moved: c.json(p.Moved), Reason: p.Reason, ByAccount: p.By, At: micros(p.At)})
	return added(n, errors.Join(err, c.err), "person_change", p.ID)
}

// PersonChanges lists what was changed about the person, newest first.
func (t *Tx) PersonChanges(ctx context.Context, person registry.ID) ([]PersonChange, error) {
	rows, err := t.q.PersonChanges(ctx, person)
	return many(rows, err, personChange, "person change")
}

func personChange(r db.PersonChange) (PersonChange, error) {
	var c codec
	p := PersonChange{ID: r.ID, Person: r.Person, Kind: r.Kind, Other: registry.ID(r.Other), FormerName: r.FormerName, FormerLatin: r.FormerLatin,
		FormerLast4: r.FormerLast4, Reason: r.Reason, By: r.ByAccount, At: instant(r.At)}
	c.load(r.Moved, &p.Moved)
	return p, c.err
}

// AskedMerges lists the merges that were asked for and neither made nor denied,
// newest first; with of, only those of that person, on either side.
func (t *Tx) AskedMerges(ctx context.Context, of registry.ID, limit int) ([]PersonChange, error) {
	rows, err := t.q.AskedMerges(ctx, db.AskedMergesParams{Person: string(of), Most: int64(limit)})
	return many(rows, err, personChange, "person change")
}

// MovePerson gives everything that one person has to another: enrolments,
// completions, credentials, and the records that were taken in before. Numbers
// and codes stay as they are. The caller saw to it that nothing of it is queued.
func (t *Tx) MovePerson(ctx context.Context, from, to registry.ID) (moved Moved, err error) {
	if moved.Enrolments, err = t.q.MoveEnrolments(ctx, db.MoveEnrolmentsParams{Person: from, Person_2: to}); err != nil {
		return moved, fmt.Errorf("move enrolments: %w", err)
	}
	if moved.Credentials, err = t.q.MoveCredentials(ctx, db.MoveCredentialsParams{Person: from, Person_2: to}); err != nil {
		return moved, fmt.Errorf("move credentials: %w", err)
	}
	if _, err = t.q.MoveCompletions(ctx, db.MoveCompletionsParams{Person: from, Person_2: to}); err != nil {
		return moved, fmt.Errorf("move completions: %w", err)
	}
	if _, err = t.q.MoveMerged(ctx, db.MoveMergedParams{MergedInto: from, MergedInto_2: to}); err != nil {
		return moved, fmt.Errorf("move former records: %w", err)
	}
	if _, err = t.q.MoveChanges(ctx, db.MoveChangesParams{Person: from, Person_2: to}); err != nil {
		return moved, fmt.Errorf("move changes: %w", err)
	}
	return moved, nil
}

// PersonTies counts what forbids that a record is taken into another: credentials
// that wait for their signature, which names the person, and accounts.
func (t *Tx) PersonTies(ctx context.Context, person registry.ID) (queued, accounts int, err error) {
	q, err := t.q.CountQueuedOfPerson(ctx, person)
	if err != nil {
		return 0, 0, fmt.Errorf("count queued credentials: %w", err)
	}
	a, err := t.q.CountAccountsOfPerson(ctx, person)
	if err != nil {
		return 0, 0, fmt.Errorf("count accounts: %w", err)
	}
	return int(q), int(a), nil
}

// Export is a list that somebody took out of the registry.
type Export struct {
	ID       registry.ID
	Register string // "credentials", "people", "audit"
	Format   string // "csv", "xlsx"
	Whole    bool   // with names; else masked
	Reason   string
	By       registry.ID
	At       time.Time
}

// AddExport notes an export.
func (t *Tx) AddExport(ctx context.Context, e Export) error {
	n, err := t.q.AddExport(ctx, db.AddExportParams{ID: e.ID, Register: e.Register, Format: e.Format, Whole: e.Whole, Reason: e.Reason, ByAccount: e.By, At: micros(e.At)})
	return added(n, err, "export", e.ID)
}
