package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// pageSize is how many rows a streaming read takes at a time.
const pageSize = 2000

// AddCredential stores a credential in the state queued, as the intent that a
// crash before signing leaves to be found. A number, code, status entry or live
// credential of the same class and person that is there already is refused as
// credential.exists.
func (t *Tx) AddCredential(ctx context.Context, c registry.Credential) error {
	p, err := PrepareCredential(c)
	if err != nil {
		return err
	}
	return t.AddPrepared(ctx, []PreparedCredential{p})
}

// PreparedCredential is a credential in the form in which it is stored. Making
// it is most of the work of AddCredential and needs no transaction.
type PreparedCredential struct {
	row    db.AddCredentialParams
	common common
}

func prepared(row db.Credential) PreparedCredential {
	return PreparedCredential{row: db.AddCredentialParams(row), common: commonFacts(row.Snapshot)}
}

// PrepareCredential does what AddCredential can do ahead of its transaction.
func PrepareCredential(c registry.Credential) (PreparedCredential, error) {
	row, err := fromCredential(c)
	if err != nil {
		return PreparedCredential{}, err
	}
	row.State, row.SignedAt, row.InputHash = string(registry.StateQueued), 0, inputHash(c, row.Snapshot)
	return prepared(row), nil
}

// AddPrepared is AddCredential for those that were prepared: all of them, or none.
func (t *Tx) AddPrepared(ctx context.Context, list []PreparedCredential) error {
	rows, shared := make([]db.AddCredentialParams, len(list)), make([]common, len(list))
	for i, p := range list {
		shared[i] = p.common
		t.touched.codes = append(t.touched.codes, registry.Code(p.row.Code))
	}
	ids, err := t.commonIDs(ctx, shared...)
	if err != nil {
		return err
	}
	for i, p := range list {
		rows[i] = p.row
		rows[i].What, rows[i].Days = ids[p.common.what.SHA256], ids[p.common.days.SHA256]
	}
	return addAll(ctx, t, (*db.Queries).AddCredential, rows, "credential", func(r db.AddCredentialParams) any { return registry.Number(r.Number) })
}

// InputHash is what ties signatures to the intent that they were made for: the
// hex SHA-256 of the credential's id, its enrolment, its person and the
// canonical snapshot, which is all that will be printed and signed.
func InputHash(c registry.Credential) (string, error) {
	snapshot, err := canonical(c.Snapshot)
	return inputHash(c, snapshot), err
}

// InputHashOf is InputHash for somebody who has the canonical snapshot at hand.
func InputHashOf(c registry.Credential, snapshot []byte) string {
	return inputHash(c, string(snapshot))
}

func inputHash(c registry.Credential, snapshot string) string {
	h := sha256.New()
	for _, part := range []string{string(c.ID), string(c.Enrolment), string(c.Person), snapshot} {
		_, _ = io.WriteString(h, part+"\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}

// SignCredential turns a queued credential into an issued one, with its
// signatures, the hashes and the time of signing. The hash is InputHash of what
// was signed; where the intent has another, nothing is stored: the refusal
// credential.mixed. One that is no longer queued is refused as
// credential.signed.
func (t *Tx) SignCredential(ctx context.Context, c registry.Credential, hash string) error {
	if len(c.RecordSig) == 0 || len(c.JWTSig) == 0 || len(c.PDFSig) == 0 || c.PDFSHA256 == "" || c.SignedAt.IsZero() {
		return fmt.Errorf("sign credential %s: signatures, hash or time are missing", c.ID)
	}
	n, err := t.q.SignCredential(ctx, db.SignCredentialParams{ID: c.ID, StateSince: micros(c.SignedAt), RecordSig: base64url(c.RecordSig),
		JWTSig: base64url(c.JWTSig), PDFSig: base64url(c.PDFSig), PDFSHA256: c.PDFSHA256, LeafHash: c.LeafHash, SignedAt: micros(c.SignedAt), InputHash: hash})
	if err != nil {
		return fmt.Errorf("sign credential %s: %w", c.ID, err)
	}
	if n > 0 {
		return nil
	}
	stored, err := t.Credential(ctx, c.ID)
	if err != nil {
		return err
	}
	if stored.State == registry.StateQueued {
		return registry.Fail(registry.Unavailable, "credential.mixed", stored.Number)
	}
	return registry.Fail(registry.Conflict, "credential.signed", c.Number)
}

// SaveCredential stores a changed state, its reason and the links to other
// credentials, over the version it was read in. Everything else of a credential
// stays as it was issued.
func (t *Tx) SaveCredential(ctx context.Context, c registry.Credential) (registry.Credential, error) {
	n, err := t.q.SaveCredential(ctx, db.SaveCredentialParams{ID: c.ID, State: string(c.State), StateSince: micros(c.StateSince), Reason: c.Reason,
		Supersedes: c.Supersedes, SupersededBy: c.SupersededBy, RenewedBy: c.RenewedBy, Version: c.Version})
	c.Version++
	if err := saved(n, err, "credential", c.Number); err != nil {
		return c, err
	}
	t.touched.answers = true
	return c, t.RaiseMark(ctx, StatusKind(c.Snapshot.Status.List)) // what its status list shows may have changed
}

// Credential returns the credential with the id.
func (t *Tx) Credential(ctx context.Context, id registry.ID) (registry.Credential, error) {
	row, err := t.q.Credential(ctx, id)
	return one(row, err, toCredential, "credential", id)
}

// CredentialByNumber returns the credential with the number.
func (t *Tx) CredentialByNumber(ctx context.Context, n registry.Number) (registry.Credential, error) {
	row, err := t.q.CredentialByNumber(ctx, string(n))
	return one(row, err, toCredential, "credential", n)
}

// neighbour finds the number, or else a credential that the number's hash picks
// among all: another one for each number, so that it is no sooner at hand than one
// with the number would be.
const neighbour = `SELECT number, snapshot FROM credentials WHERE id =
COALESCE((SELECT id FROM credentials WHERE number = $1),
(SELECT id FROM credentials WHERE code >= $2 ORDER BY code LIMIT 1), (SELECT id FROM credentials ORDER BY code LIMIT 1))`

// NumberIsOf reports whether the credential with the number was issued to the
// name, as registry.NameKey or in Latin letters. For a number that is not there
// another's names are read and compared, so that the time an answer takes does not
// tell which numbers exist.
func (t *Tx) NumberIsOf(ctx context.Context, n registry.Number, nameKey string) (bool, error) {
	var number, snapshot string
	sum := sha256.Sum256([]byte(n))
	near := registry.NewCode([10]byte(sum[:10]))
	err := t.g.QueryRowContext(ctx, neighbour, string(n), string(near)).Scan(&number, &snapshot)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil // nothing was issued yet
	}
	if err != nil {
		return false, fmt.Errorf("read names by number: %w", err)
	}
	var s struct {
		Name  string `json:"name"`
		Latin string `json:"latin_name"`
	}
	err = json.Unmarshal([]byte(snapshot), &s)
	name, latin := registry.NameKey(s.Name) == nameKey, registry.NameKey(s.Latin) == nameKey
	if number != string(n) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read names by number: %w", err)
	}
	return name || latin, nil
}

// CredentialByCode returns the credential with the code, by one prepared
// statement: this is what every scan asks. The refusal does not repeat the code,
// which gives access.
func (t *Tx) CredentialByCode(ctx context.Context, code registry.Code) (registry.Credential, error) {
	row, err := t.q.CredentialByCode(ctx, string(code))
	return one(row, err, toCredential, "credential", "")
}

// CredentialsOfClass lists the credentials of the class, oldest first.
func (t *Tx) CredentialsOfClass(ctx context.Context, class registry.ID) ([]registry.Credential, error) {
	rows, err := t.q.CredentialsOfClass(ctx, class)
	return many(rows, err, toCredential, "credential")
}

// CredentialsOfPerson lists the credentials of the person, newest first.
func (t *Tx) CredentialsOfPerson(ctx context.Context, person registry.ID) ([]registry.Credential, error) {
	rows, err := t.q.CredentialsOfPerson(ctx, person)
	return many(rows, err, toCredential, "credential")
}

// CredentialOfEnrolment returns the live credential of the enrolment, or else
// its newest.
func (t *Tx) CredentialOfEnrolment(ctx context.Context, enrolment registry.ID) (registry.Credential, error) {
	row, err := t.q.CredentialOfEnrolment(ctx, enrolment)
	return one(row, err, toCredential, "credential", enrolment)
}

// QueuedCredentials lists credentials that wait to be signed, oldest first, at
// most limit; class "" means of any class.
func (t *Tx) QueuedCredentials(ctx context.Context, class registry.ID, limit int) ([]registry.Credential, error) {
	if class != "" {
		return t.QueuedAfter(ctx, class, "", limit)
	}
	rows, err := t.q.QueuedCredentials(ctx, int32(limit))
	return many(rows, err, toCredential, "credential")
}

// QueuedAfter lists the credentials of the class that wait to be signed and have
// a greater id than after, oldest first, at most limit.
func (t *Tx) QueuedAfter(ctx context.Context, class, after registry.ID, limit int) ([]registry.Credential, error) {
	rows, err := t.q.QueuedCredentialsOfClass(ctx, db.QueuedCredentialsOfClassParams{Class: class, ID: after, Limit: int32(limit)})
	return many(rows, err, toCredential, "credential")
}

// CountQueued counts the credentials that wait to be signed; class "" means of
// any class.
func (t *Tx) CountQueued(ctx context.Context, class registry.ID) (int, error) {
	n, err := int64(0), error(nil)
	if class == "" {
		n, err = t.q.CountQueued(ctx)
	} else {
		n, err = t.q.CountQueuedOfClass(ctx, class)
	}
	if err != nil {
		return 0, fmt.Errorf("count queued credentials: %w", err)
	}
	return int(n), nil
}

// EachIssued calls fn with every code that was given out, in the order of the
// codes: also those that wait for their signature, because one that is signed a
// minute later must not look foreign to whoever holds today's bundle.
func (t *Tx) EachIssued(ctx context.Context, fn func(code registry.Code) error) error {
	for after := ""; ; {
		codes, err := t.q.IssuedCodes(ctx, db.IssuedCodesParams{Code: after, Limit: pageSize})
		if err != nil {
			return fmt.Errorf("read issued codes: %w", err)
		}
		for _, c := range codes {
			if err := fn(registry.Code(c)); err != nil {
				return err
			}
			after = c
		}
		if len(codes) < pageSize {
			return nil
		}
	}
}

// Exception is a credential that is not plainly good.
type Exception struct {
	Code   registry.Code
	State  registry.State // suspended, revoked or superseded
	Since  time.Time
	Reason string // public code
}

// EachException calls fn with every credential that is suspended, revoked or
// superseded, oldest first.
func (t *Tx) EachException(ctx context.Context, fn func(Exception) error) error {
	for after := registry.ID(""); ; {
		rows, err := t.q.Exceptions(ctx, db.ExceptionsParams{ID: after, Limit: pageSize})
		if err != nil {
			return fmt.Errorf("read exceptions: %w", err)
		}
		for _, r := range rows {
			if err := fn(Exception{registry.Code(r.Code), registry.State(r.State), instant(r.StateSince), r.Reason}); err != nil {
				return err
			}
			after = r.ID
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}

func toCredential(r db.Credential) (registry.Credential, error) {
	var c codec
	cred := registry.Credential{ID: r.ID, Number: registry.Number(r.Number), Code: registry.Code(r.Code), Completion: r.Completion,
		Enrolment: r.Enrolment, Class: r.Class, Person: r.Person, Org: r.Org, State: registry.State(r.State), StateSince: instant(r.StateSince),
		Reason: r.Reason, Supersedes: r.Supersedes, SupersededBy: r.SupersededBy, RenewedBy: r.RenewedBy, Template: r.Template,
		RecordSig: c.bytes(r.RecordSig), JWTSig: c.bytes(r.JWTSig), PDFSig: c.bytes(r.PDFSig), PDFSHA256: r.PDFSHA256, LeafHash: r.LeafHash,
		SignedAt: instant(r.SignedAt), Version: r.Version}
	c.load(r.Snapshot, &cred.Snapshot)
	return cred, c.err
}

func fromCredential(c registry.Credential) (db.Credential, error) {
	snapshot, err := canonical(c.Snapshot)
	if err != nil {
		return db.Credential{}, err
	}
	s := c.Snapshot
	if s.Number != c.Number || s.Code != c.Code {
		return db.Credential{}, errors.New("add credential: the snapshot names another number or code")
	}
	return db.Credential{ID: c.ID, Number: string(c.Number), Code: string(c.Code), Completion: c.Completion, Enrolment: c.Enrolment,
		Class: c.Class, Person: c.Person, Org: c.Org, StateSince: micros(c.StateSince), Reason: c.Reason, Supersedes: c.Supersedes,
		SupersededBy: c.SupersededBy, RenewedBy: c.RenewedBy, Name: s.Name, NameKey: registry.NameKey(s.Name), IDLast4: s.IDLast4,
		Course: s.Course.Code, Base: s.Base.Code, Issuer: s.Issuer.Code, IssuedAt: micros(s.IssuedAt), StartsAt: micros(s.StartsAt),
		ExpiresAt: micros(s.ExpiresAt), List: int64(s.Status.List), ListIndex: int64(s.Status.Index), Snapshot: snapshot,
		Template: c.Template, LeafHash: c.LeafHash, Version: max(c.Version, 1), LatinName: s.LatinName}, nil
}

// ReviseCredential describes a reserved credential anew, because what it was
// reserved with (a key, a design) changed before it was signed. One that is
// signed already is left alone: Conflict, credential.signed.
func (t *Tx) ReviseCredential(ctx context.Context, c registry.Credential) error {
	snapshot, err := canonical(c.Snapshot)
	if err != nil {
		return err
	}
	shared := commonFacts(snapshot)
	ids, err := t.commonIDs(ctx, shared)
	if err != nil {
		return err
	}
	n, err := t.q.ReviseCredential(ctx, db.ReviseCredentialParams{ID: c.ID, Snapshot: snapshot, Template: c.Template,
		IssuedAt: micros(c.Snapshot.IssuedAt), StartsAt: micros(c.Snapshot.StartsAt), InputHash: inputHash(c, snapshot),
		What: ids[shared.what.SHA256], Days: ids[shared.days.SHA256]})
	if err != nil {
		return fmt.Errorf("revise credential: %w", err)
	}
	if n == 0 {
		return registry.Fail(registry.Conflict, "credential.signed", c.Number)
	}
	return nil
}
