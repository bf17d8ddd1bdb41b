// Package issue turns approved completions into credentials: it reserves number,
// code and times in the transaction that approves (the intent), signs outside of
// it, and stores the signatures in another. A crash between the two leaves
// queued credentials that the next run signs; nothing is issued twice, because a
// class and a person have one live credential at most.
package issue

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/look"
	"github.com/passmuster/passmuster/internal/mint"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// AtOnce is how many credentials exist when the approval answers; a larger class
// is signed by a job that shows its progress.
const AtOnce = 100

// JobKind names the job that signs the queued credentials of a class.
const JobKind = "issue.class"

// Service approves classes and issues their credentials.
type Service struct {
	DB     *store.DB
	Keys   *keys.Ring
	Now    func() time.Time
	Origin string // of links and QR codes; no request can change it
	Demo   bool
	Log    *slog.Logger
	// Archive keeps every file as it was issued; nil: files are rebuilt when asked for.
	Archive Archive
	// Passkeys checks what approvers sign; nil: passkeys cannot be used here.
	Passkeys Passkeys

	looks   look.Shelf
	known   atomic.Pointer[words]
	mint    mint.Mint
	presses sync.Map     // hash of the signing chain → *certificate.Press
	thawed  sync.Map     // hex SHA-256 of a frozen template → *certificate.Template
	hands   atomic.Int64 // that sign for large classes
}

// Archive keeps files by the hex SHA-256 of their bytes, as package blobs does:
// Put of what is there already succeeds, Get gives nothing but what was put.
type Archive interface {
	Put(ctx context.Context, sha string, file []byte) error
	Get(ctx context.Context, sha string) ([]byte, error)
}

// intent is what one approval needs to describe its credentials.
type intent struct {
	class     registry.Class
	org       registry.ID
	course    registry.Course
	base      registry.Base
	loc       *time.Location
	issuer    registry.Organization
	programme registry.Programme
	press     *certificate.Press
	chain     string    // hash
	signsFrom time.Time // of the signing certificate
	template  *certificate.Template
	prefix    string // hash of the template's constant part
	sha       string
	kid       string
	now       time.Time
	validFrom registry.Date // ceremony day; zero: the day of issue
}

// prepare gathers what every credential of the class has in common and freezes
// the design.
func (s *Service) prepare(ctx context.Context, tx *store.Tx, class registry.Class, org registry.ID) (intent, error) {
	in := intent{class: class, org: org, now: s.Now().UTC().Truncate(time.Second)}
	var err error
	if in.course, err = tx.Course(ctx, class.Course, class.CourseVersion); err != nil {
		return in, err
	}
	if in.base, err = tx.Base(ctx, class.Base); err != nil {
		return in, err
	}
	if in.loc, err = registry.Zone(in.base.TZ); err != nil {
		return in, err
	}
	path, err := tx.OrganizationPath(ctx, in.base.Host)
	if err != nil {
		return in, err
	}
	if in.issuer, err = registry.IssuerOf(path); err != nil {
		return in, err
	}
	if in.programme, err = tx.Programme(ctx, class.Programme); err != nil {
		return in, err
	}
	return in, s.press(ctx, tx, &in)
}

// press picks the design and the issuer's key.
func (s *Service) press(ctx context.Context, tx *store.Tx, in *intent) error {
	if err := s.Keys.Suits(s.Demo); err != nil { // demo data is never signed by a production key
		return err
	}
	key, _, err := s.Keys.Record(in.issuer.Code, in.now)
	if err != nil {
		return err
	}
	in.kid = key.KID
	_, chain, err := s.Keys.PDFSigner(in.now)
	if err != nil {
		return err
	}
	in.chain, in.signsFrom = keys.ChainHash(chain), chain[0].NotBefore
	if in.press, err = s.pressOf(chain); err != nil {
		return err
	}
	how, err := s.looks.Of(ctx, tx, in.issuer.ID, in.course.Kind)
	if err != nil {
		return err
	}
	how.Langs, how.Demo = in.class.Languages, s.Demo
	known, err := s.words(ctx, tx, in)
	if err != nil {
		return err
	}
	how.Words, how.Names = known.texts, known.names
	if in.template, err = in.press.Template(how); err != nil {
		return err
	}
	frozen, err := in.template.Frozen()
	if err != nil {
		return fmt.Errorf("freeze template %s: %w", in.template.ID(), err)
	}
	in.sha, in.prefix = frozenHash(frozen), in.template.PrefixSHA256()
	s.thawed.Store(in.sha, in.template)
	return tx.PutTemplate(ctx, in.sha, in.template.ID(), frozen, in.now)
}

// pressOf returns the press for a chain. The chain is part of every file, so a
// renewed signing certificate means freshly compiled designs.
func (s *Service) pressOf(chain []*x509.Certificate) (*certificate.Press, error) {
	hash := keys.ChainHash(chain)
	if p, ok := s.presses.Load(hash); ok {
		return p.(*certificate.Press), nil
	}
	p, err := certificate.NewPress(chain)
	if err != nil {
		return nil, fmt.Errorf("set up the press: %w", err)
	}
	s.presses.Store(hash, p)
	return p, nil
}

// candidate is one person who gets a credential.
type candidate struct {
	enrolment  registry.Enrolment
	completion registry.Completion
	supersedes registry.ID
}

// describe composes the snapshot: from here on nothing else is printed or signed.
func (s *Service) describe(in intent, c candidate, p place) (registry.Credential, error) {
	code, salt, err := secrets()
	if err != nil {
		return registry.Credential{}, err
	}
	subject, err := uuid.NewRandom()
	if err != nil {
		return registry.Credential{}, fmt.Errorf("draw subject id: %w", err)
	}
	issuedOn := registry.DateOf(in.now.In(in.loc))
	validFrom := in.validFrom
	if validFrom.IsZero() {
		validFrom = issuedOn
	}
	until := in.course.ValidUntil(c.completion.CompletedOn)
	snapshot := registry.Snapshot{
		Format: 1, Number: p.number, Code: code, Kind: in.course.Kind, Subject: "urn:uuid:" + subject.String(),
		Name: c.enrolment.Name, LatinName: c.enrolment.LatinName, IDLast4: c.enrolment.IDLast4,
		Programme: registry.CodeName{Code: in.programme.Code, Name: in.programme.Name},
		Course:    registry.CourseName{Code: in.course.Code, Version: in.course.Version, Title: in.course.Title},
		Class:     registry.ClassDates{Code: in.class.Code, StartsOn: in.class.StartsOn(), EndsOn: in.class.EndsOn()},
		Minutes:   in.course.Minutes, Practical: in.course.Practical, InPerson: in.course.PracticalInPerson(), Theory: in.course.PassMark > 0,
		Base:        registry.BaseName{Code: in.base.Code, Name: in.base.Name, TZ: in.base.TZ},
		Issuer:      registry.CodeName{Code: in.issuer.Code, Name: in.issuer.Name},
		Signatories: in.class.Signatories, CompletedOn: c.completion.CompletedOn,
		IssuedOn: issuedOn, IssuedAt: in.now, ValidFrom: validFrom, ValidUntil: until, StartsAt: validFrom.Start(in.loc).UTC(),
		Languages: in.class.Languages, Origin: s.Origin, Salt: salt, Template: in.template.ID(),
		Hashes: registry.SnapshotHashes{Prefix: in.prefix, Chain: in.chain}, RecordKey: in.kid,
		Status: p.entry, Demo: s.Demo,
	}
	if snapshot.Signatories == nil {
		snapshot.Signatories = []registry.Signatory{}
	}
	if tenths := in.course.Credits(); tenths > 0 {
		snapshot.Credits = fmt.Sprintf("%d.%d", tenths/10, tenths%10)
	}
	at := in.now
	if !until.IsZero() {
		snapshot.ExpiresAt = until.End(in.loc).UTC()
		at = snapshot.ExpiresAt.Add(-time.Second) // the last valid one: a change of clocks at that midnight is not his
	}
	_, offset := at.In(in.loc).Zone()
	snapshot.Base.Offset = offset / 60
	return registry.Credential{
		ID: p.id, Number: p.number, Code: code, Completion: c.completion.ID, Enrolment: c.enrolment.ID, Class: in.class.ID,
		Person: c.enrolment.Person, Org: in.org, State: registry.StateQueued, StateSince: in.now, Supersedes: c.supersedes,
		Snapshot: snapshot, Template: in.sha, Version: 1,
	}, nil
}

// secrets draws a verification code and a salt.
func secrets() (registry.Code, string, error) {
	var b [10 + 32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", "", fmt.Errorf("draw code: %w", err)
	}
	return registry.NewCode([10]byte(b[:10])), base64.RawURLEncoding.EncodeToString(b[10:]), nil
}

// randomBelow draws a number in [0, n): places in a status list must not tell
// the order of issue.
func randomBelow(n int) int {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails (Go 1.24)
	return int(binary.BigEndian.Uint64(b[:]) % uint64(n))
}
