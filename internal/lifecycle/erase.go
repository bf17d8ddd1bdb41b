package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Archive is where issued files are kept besides; removing one that is not there
// succeeds.
type Archive interface {
	Remove(ctx context.Context, sha string) error
}

// Erasure is what an erasure came to.
type Erasure struct {
	Credentials int  // revoked and emptied
	Classes     int  // rows of class lists that were emptied
	Kept        int  // classes of the person that other bodies answer for
	Person      bool // nothing needed the person's own record any more: it is emptied as well
}

// Erase asks for the erasure of the holder's data or, where another person has
// asked for it, grants it: every class and certificate of the person that both
// answer for, or with alone this certificate's class. What is granted is a
// revocation (registry.HolderRemoved) and cannot be taken back.
func (s *Service) Erase(ctx context.Context, by registry.Actor, n registry.Number, alone bool, private string) (Revocation, error) {
	return s.revoke(ctx, by, n, store.RevocationRequest{Reason: registry.HolderRemoved, Private: private, Alone: alone})
}

// erasing is one erasure on its way.
type erasing struct {
	*Service
	tx        *store.Tx
	asked, by registry.Actor
	words     []string // what stored answers would tell of the person
	files     []string
	done      Erasure
}

// erase grants an erasure: all of it in the one transaction.
func (s *Service) erase(ctx context.Context, tx *store.Tx, by, asked registry.Actor, c registry.Credential, r store.RevocationRequest) (Revocation, error) {
	e := erasing{Service: s, tx: tx, asked: asked, by: by}
	person, err := tx.Person(ctx, c.Person)
	if err != nil {
		return Revocation{}, err
	}
	e.words = append(e.words, person.Name, person.LatinName, person.Phone, person.Email)
	enrolments, err := e.scope(ctx, c, r.Alone)
	if err != nil {
		return Revocation{}, err
	}
	all, err := tx.CredentialsOfPerson(ctx, c.Person)
	if err != nil {
		return Revocation{}, err
	}
	for _, each := range enrolments {
		if err := e.enrolment(ctx, each, all); err != nil {
			return Revocation{}, err
		}
	}
	if !r.Alone {
		if err := e.person(ctx, person, c.Org); err != nil {
			return Revocation{}, err
		}
	}
	if err := e.finish(ctx); err != nil {
		return Revocation{}, err
	}
	if c, err = tx.Credential(ctx, c.ID); err != nil {
		return Revocation{}, err
	}
	r, err = tx.RevocationRequest(ctx, r.ID)
	return Revocation{Credential: c, Request: r, Done: true, Erased: &e.done}, err
}

// scope lists the enrolments to erase: those of the bodies that both persons
// answer for.
func (e *erasing) scope(ctx context.Context, c registry.Credential, alone bool) ([]registry.Enrolment, error) {
	if alone {
		one, err := e.tx.Enrolment(ctx, c.Enrolment)
		return []registry.Enrolment{one}, err
	}
	all, err := e.tx.EnrolmentsOfPerson(ctx, c.Person)
	if err != nil {
		return nil, err
	}
	var list []registry.Enrolment
	for _, each := range all {
		org, err := e.tx.ClassOrg(ctx, each.Class)
		if err != nil {
			return nil, err
		}
		path, err := access.Path(ctx, e.tx, org)
		switch {
		case err != nil:
			return nil, err
		case each.ID == c.Enrolment, registry.Can(e.by, registry.RevokeAction, path) && registry.Can(e.asked, registry.RevokeAction, path):
			list = append(list, each)
		case each.Name != "":
			e.done.Kept++
		}
	}
	return list, nil
}

// enrolment erases one row of a list with its certificates, the corrected ones
// among them.
func (e *erasing) enrolment(ctx context.Context, row registry.Enrolment, all []registry.Credential) error {
	certified := false
	for _, c := range all {
		if c.Enrolment != row.ID {
			continue
		}
		certified = true
		if c.Erased() {
			continue
		}
		if err := e.credential(ctx, c); err != nil {
			return err
		}
	}
	if row.Name == "" {
		return nil
	}
	e.words = append(e.words, row.Name, row.LatinName, string(row.ID))
	if !certified && row.Status != registry.Withdrawn { // a row without a name can never be certified
		row.Status = registry.Withdrawn
	}
	if err := e.tx.EraseEnrolment(ctx, row); err != nil {
		return err
	}
	e.done.Classes++
	org, err := e.tx.ClassOrg(ctx, row.Class)
	if err != nil {
		return err
	}
	return e.tx.Audit(ctx, store.Act{Actor: e.by.Account, Action: "enrolment.erase", ObjectType: "enrolment", Object: row.ID, Org: org, At: e.Now()})
}

func (e *erasing) credential(ctx context.Context, c registry.Credential) error {
	after, event, err := c.Erase(e.asked, e.by, e.Now())
	if err != nil {
		return err
	}
	e.words = append(e.words, c.Snapshot.Name, c.Snapshot.LatinName, string(c.Number))
	e.files = append(e.files, c.PDFSHA256)
	event.ID = store.NewID()
	if err := e.tx.AddStatusEvent(ctx, event); err != nil {
		return err
	}
	open, err := e.tx.OpenRevocationRequests(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range open {
		r.DecidedBy, r.DecidedAt, r.Granted = e.by.Account, e.Now(), true
		if err := e.tx.DecideRevocationRequest(ctx, r); err != nil {
			return err
		}
	}
	if err := e.wishes(ctx, c.ID); err != nil {
		return err
	}
	if _, err := e.tx.EraseCredential(ctx, after); err != nil {
		return err
	}
	e.done.Credentials++
	return e.tx.Audit(ctx, store.Act{Actor: e.by.Account, Action: "credential.erase", ObjectType: "credential", Object: c.ID, Org: c.Org, At: event.At,
		Detail: map[string]string{"number": string(c.Number), "from": string(event.From), "to": string(event.To), "reason": event.Reason}})
}

// wishes answers what the holder asked for on his own page.
func (e *erasing) wishes(ctx context.Context, credential registry.ID) error {
	list, err := e.tx.OpenErasureWishes(ctx, credential)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r, err = e.tx.SaveReport(ctx, r.Granted(e.by, e.Now())); err != nil {
			return err
		}
		if err := e.tx.Audit(ctx, store.Act{Actor: e.by.Account, Action: "report.answer", ObjectType: "report", Object: r.ID, Org: r.Org, At: r.AnsweredAt,
			Detail: map[string]string{"outcome": string(r.Outcome)}}); err != nil {
			return err
		}
	}
	return nil
}

// person empties the person's own record where nothing needs it any more.
func (e *erasing) person(ctx context.Context, p registry.Person, org registry.ID) error {
	needed, err := e.tx.PersonNeeded(ctx, p.ID)
	if err != nil || needed {
		return err
	}
	if err := e.tx.ErasePerson(ctx, p.ID, e.Now()); err != nil {
		return err
	}
	e.done.Person = true
	return e.tx.Audit(ctx, store.Act{Actor: e.by.Account, Action: "person.erase", ObjectType: "person", Object: p.ID, Org: org, At: e.Now(),
		Detail: map[string]string{"classes": strconv.Itoa(e.done.Classes), "credentials": strconv.Itoa(e.done.Credentials)}})
}

// finish forgets stored answers, tells whoever publishes, and leaves to a job what
// no transaction holds: archived files, and the journal.
func (e *erasing) finish(ctx context.Context) error {
	if err := e.tx.ForgetAnswers(ctx, e.words); err != nil {
		return err
	}
	if err := e.tx.RaiseMark(ctx, "bundle"); err != nil || len(e.files) == 0 {
		return err
	}
	return e.tx.Enqueue(ctx, EraseJob, eraseWork{e.files}, "", e.Now())
}

// EraseJob is the kind of job that removes archived files, and what the
// database's journal still holds.
const EraseJob = "erase.files"

type eraseWork struct {
	Files []string `json:"files"` // hex SHA-256
}

// WorkErase is the worker of [EraseJob].
func (s *Service) WorkErase(ctx context.Context, args json.RawMessage) error {
	var w eraseWork
	if err := json.Unmarshal(args, &w); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	for _, sha := range w.Files {
		if s.Archive == nil {
			break
		}
		if err := s.Archive.Remove(ctx, sha); err != nil {
			return fmt.Errorf("erase file: %w", err)
		}
	}
	return s.DB.Scrub(ctx)
}
