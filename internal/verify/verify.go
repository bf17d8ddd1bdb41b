// Package verify answers whether a credential holds: by code, by number and
// name, by the text of a QR code. A failure of ours is "could not check", never
// a yes and never a no; the status comes from one place (registry.Decide), so
// that page, JSON and command line agree.
package verify

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service answers from the store.
type Service struct {
	DB     *store.DB
	Keys   *keys.Ring
	Now    func() time.Time
	Origin string
	Log    *slog.Logger
	Cache  int // credentials whose facts Watch keeps in memory; 0: none

	memory   atomic.Pointer[memory] // from Watch on
	counts   counters
	receipts receipts
}

// Channels through which people ask; counted, with nothing about who was checked.
const (
	ChannelPage = "page"
	ChannelAPI  = "api"
	ChannelName = "number_name"
	ChannelQR   = "qr"
	ChannelFile = "file"
	ChannelVC   = "credential"
)

// Code answers for a code as people type it. The only error is a code that
// cannot be one ("code.mistyped"), which needs no look-up.
func (s *Service) Code(ctx context.Context, text, channel string) (registry.Answer, error) {
	p, err := s.Quick(ctx, text, channel)
	if err != nil {
		return registry.Answer{}, err
	}
	a, err := p.Whole()
	if err != nil { // ours, never the reader's
		s.Log.Error("answer not read", "error", err)
		return s.judge(lookup{}, err), nil
	}
	return a, nil
}

func (s *Service) answer(ctx context.Context, code registry.Code, channel string) registry.Answer {
	found, err := s.byCode(ctx, code)
	a := s.judge(found, err)
	s.count(found, a.Status, channel)
	return a
}

func (s *Service) byCode(ctx context.Context, code registry.Code) (lookup, error) {
	if s.lacks(ctx, code) {
		return lookup{}, unknown
	}
	return s.find(ctx, func(ctx context.Context, tx *store.Tx) (registry.Credential, error) {
		return tx.CredentialByCode(ctx, code)
	})
}

// NumberName answers for a number with the holder's name as printed. An unknown
// number and a wrong name get the same answer after the same work.
func (s *Service) NumberName(ctx context.Context, number, name string) (registry.Answer, error) {
	n, err := registry.ParseNumber(number)
	if err != nil {
		return registry.Answer{}, err
	}
	key := registry.NameKey(name)
	if key == "" {
		return registry.Answer{}, registry.FailField(registry.Invalid, "name", "name.empty")
	}
	found, err := s.find(ctx, func(ctx context.Context, tx *store.Tx) (registry.Credential, error) {
		switch his, err := tx.NumberIsOf(ctx, n, key); {
		case err != nil:
			return registry.Credential{}, err
		case !his: // the rest is read for the right name alone
			return registry.Credential{}, registry.Fail(registry.NotFound, "credential.unknown", n)
		}
		return tx.CredentialByNumber(ctx, n)
	})
	a := s.judge(found, err)
	if a.Credential != nil {
		a.Credential.IDLast4 = "" // who has no paper in hand learns no more of the id
	}
	s.count(found, a.Status, ChannelName)
	return a, nil
}

// QR answers for the text of a QR code: the record in it is checked with our
// keys and compared with the registry. A code of one certificate beside the
// record of another is "altered".
func (s *Service) QR(ctx context.Context, text string) (registry.Answer, error) {
	scan, err := record.ParseScan(text)
	if err != nil && scan.Code == "" {
		return registry.Answer{}, err
	}
	found, err := s.byCode(ctx, scan.Code)
	a := s.hold(s.judge(found, err), found, scan)
	s.count(found, a.Status, ChannelQR)
	return a, nil
}

// hold holds what was scanned against the registry's own answer.
func (s *Service) hold(a registry.Answer, found lookup, scan record.Scan) registry.Answer {
	if a.Status == registry.StatusCouldNotCheck {
		return a
	}
	if scan.Origin != s.Origin { // a genuine code under a foreign address may be bait
		return a.Doubt("origin.foreign", scan.Origin)
	}
	if scan.Record == nil {
		return a
	}
	check := s.record(scan)
	switch {
	case check.Result == registry.CheckNo:
		a.Checks.Signature = check
		return a.Altered(check.Reason)
	case a.Credential == nil:
		return a
	case check.Result == registry.CheckCould:
		a.Checks.Signature = check
		return a.Doubt(check.Reason)
	}
	return agree(a, found, scan, check)
}

// record checks the signature of a scanned record with the key it names. What
// cannot be read proves nothing: a later format, a smudge in the print.
func (s *Service) record(scan record.Scan) registry.Check {
	message, err := record.Parse(scan.Record)
	if err != nil {
		return registry.Check{Result: registry.CheckCould, Reason: "record.unreadable"}
	}
	now := s.Now().UTC().Truncate(time.Second)
	for _, key := range s.Keys.RecordKeys() {
		if key.COSEKID != message.KID() {
			continue
		}
		public, ok := key.Public.(*ecdsa.PublicKey)
		if !ok || message.Verify(public, scan.Code) != nil {
			return registry.Check{Result: registry.CheckNo, Reason: "record.signature", AsOf: &now}
		}
		return registry.Check{Result: registry.CheckYes, AsOf: &now}
	}
	return registry.Check{Result: registry.CheckCould, Reason: "signer.unknown"}
}

// agree compares the record with what the registry issued under the code. That
// its signature holds does not lift a doubt about the key.
func agree(a registry.Answer, found lookup, scan record.Scan, check registry.Check) registry.Answer {
	message, err := record.Parse(scan.Record)
	if err != nil || !sameRecord(message.Claims(), found.credential) {
		return a.Altered("record.differs")
	}
	if a.Checks.Signature.Result == registry.CheckYes {
		a.Checks.Signature = check
	}
	return a
}

// sameRecord compares what a record says with what was issued; of a holder whose
// data were erased, everything but who it was.
func sameRecord(said record.Claims, c registry.Credential) bool {
	if c.Erased() {
		said.Name, said.IDLast4 = "", ""
	}
	return said == record.FromSnapshot(c.Snapshot)
}

// lookup is a credential with what an answer shows beside it.
type lookup struct {
	credential registry.Credential
	successor  *registry.Credential
	renewed    *registry.Credential
	contact    string
}

// getter reads the credential that is asked about.
type getter func(ctx context.Context, tx *store.Tx) (registry.Credential, error)

func (s *Service) find(ctx context.Context, get getter) (lookup, error) {
	l, err := s.findOnce(ctx, get)
	if err != nil && ended(ctx) {
		late, cancel := outlast(ctx)
		defer cancel()
		return s.findOnce(late, get)
	}
	return l, err
}

func (s *Service) findOnce(ctx context.Context, get getter) (lookup, error) {
	var l lookup
	ctx, cancel := within(ctx)
	defer cancel()
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		l = lookup{}
		if l.credential, err = get(ctx, tx); err != nil {
			return err
		}
		if err := l.surround(ctx, tx); err != nil {
			// Not %w: that something beside it is missing must never read as "no such credential".
			return fmt.Errorf("read what goes with credential %s: %v", l.credential.ID, err)
		}
		return nil
	})
	return l, err
}

// surround reads what an answer shows beside the credential.
func (l *lookup) surround(ctx context.Context, tx *store.Tx) (err error) {
	if l.successor, err = linked(ctx, tx, l.credential.SupersededBy); err != nil {
		return err
	}
	if l.renewed, err = linked(ctx, tx, l.credential.RenewedBy); err != nil {
		return err
	}
	base, err := tx.Base(ctx, l.credential.Snapshot.Base.Code)
	l.contact = base.Contact
	return err
}

func linked(ctx context.Context, tx *store.Tx, id registry.ID) (*registry.Credential, error) {
	if id == "" {
		return nil, nil
	}
	c, err := tx.Credential(ctx, id)
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// judge turns a look-up and its error into an answer.
func (s *Service) judge(l lookup, err error) registry.Answer {
	e := s.evidence(l.credential.State, l.credential.Snapshot.RecordKey, err)
	if err == nil {
		e.Credential = &l.credential
	}
	a := registry.Decide(e)
	if a.Credential != nil {
		complete(&a, l)
	}
	return a
}

// evidence is what a look-up of a credential in the state, signed with the record
// key, came to, but for the credential.
func (s *Service) evidence(state registry.State, recordKey string, err error) registry.Evidence {
	now := s.Now()
	e := registry.Evidence{Now: now.UTC().Truncate(time.Second)}
	switch {
	case errors.Is(err, registry.NotFound):
		e.Looked = true
	case err != nil:
		s.Log.Error("credential not looked up", "error", err)
	case state == registry.StateQueued: // not issued: that needs no key
		e.Looked = true
	default:
		key, ok, err := s.Keys.Look(recordKey, now)
		if err != nil { // without its keys the registry knows no better than without its store
			s.Log.Error("keys not read", "error", err)
			return e
		}
		e.Looked = true
		if ok {
			e.KeyKnown, e.KeyCompromised = true, !key.CompromisedAt.IsZero()
		}
	}
	return e
}

func complete(a *registry.Answer, l lookup) {
	a.Credential.Contact = l.contact
	if l.successor != nil && l.successor.State != registry.StateQueued {
		a.Credential.SupersededBy, a.Credential.SupersededByCode = &l.successor.Number, l.successor.Code
	}
	if l.renewed != nil {
		a.Credential.RenewedBy = &l.renewed.Number
	}
}

// count adds one to the day's counter. A counter that cannot be written changes
// no answer.
func (s *Service) count(l lookup, status registry.Status, channel string) {
	s.tally(l.credential.Snapshot.Base.Code, status, channel)
}

func (s *Service) tally(base string, status registry.Status, channel string) {
	if status == registry.StatusCouldNotCheck {
		return
	}
	s.counts.add(countKey{registry.DateOf(s.Now().UTC()), base, channel, status}, 1)
}
