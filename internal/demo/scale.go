package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/google/uuid"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// classesAtOnce is how many copied classes one transaction stores.
const classesAtOnce = 10

// Copy copies issued classes, in turns and under codes of their own, until the
// registry has n more credentials: what a registry of a nation weighs, without
// the days that it takes to issue it. Each copy has its own number, code and
// status entry, and every answer about it is a real one; its signatures are those
// of the model, so its file and its QR code are not. Only for registries of
// invented people. tell is told how many there are.
func Copy(ctx context.Context, db *store.DB, models []registry.ID, n int, tell func(done int)) error {
	originals := make([]model, len(models))
	err := db.Read(ctx, func(tx *store.Tx) (err error) {
		for i, id := range models {
			m := &originals[i]
			if m.class, err = tx.Class(ctx, id); err != nil {
				return err
			}
			if m.org, err = tx.ClassOrg(ctx, id); err != nil {
				return err
			}
			if m.credentials, err = tx.CredentialsOfClass(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what is copied: %w", err)
	}
	for done, turn := 0, 0; done < n; {
		var copied int
		err := db.Tx(ctx, func(tx *store.Tx) error {
			copied = 0
			for i := 0; i < classesAtOnce && done+copied < n; i++ {
				m := originals[(turn+i)%len(originals)]
				most := min(len(m.credentials), n-done-copied)
				if err := m.copy(ctx, tx, 1+(turn+i)/len(originals), most); err != nil {
					return err
				}
				copied += most
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("copy class: %w", err)
		}
		done, turn = done+copied, turn+classesAtOnce
		tell(done)
	}
	return nil
}

// model is a class that is copied.
type model struct {
	class       registry.Class
	org         registry.ID
	credentials []registry.Credential
}

// copy stores the k-th copy of the class with its first most credentials.
func (m model) copy(ctx context.Context, tx *store.Tx, k, most int) error {
	class := m.class
	class.ID, class.Code, class.Version = store.NewID(), m.class.Code+"-"+strconv.Itoa(k), 0
	class.Sessions = slices.Clone(class.Sessions)
	for i := range class.Sessions { // on days of its own: what a class shows is stored once
		class.Sessions[i].ID, class.Sessions[i].On = store.NewID(), class.Sessions[i].On.AddDays(-k)
	}
	list := m.credentials[:most]
	s := list[0].Snapshot
	if err := tx.AddClass(ctx, class, m.org, s.IssuedAt); err != nil {
		return err
	}
	first, err := tx.Reserve(ctx, s.Programme.Code, s.Base.Code, s.IssuedOn.Year, most)
	if err != nil {
		return err
	}
	entries, err := tx.TakeStatusEntries(ctx, s.Issuer.Code, most, mrand.IntN)
	if err != nil {
		return err
	}
	rows, errs := make([]store.PreparedCredential, most), make([]error, most)
	var wait sync.WaitGroup
	hands := runtime.GOMAXPROCS(0)
	for hand := range hands {
		wait.Go(func() {
			for i := hand; i < most; i += hands {
				number := registry.NewNumber(s.Programme.Code, s.Base.Code, s.IssuedOn.Year, first+i)
				rows[i], errs[i] = store.PrepareCopy(twin(list[i], class, number, entries[i]))
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := tx.AddPrepared(ctx, rows); err != nil {
		return err
	}
	return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "class.copy", ObjectType: "class", Object: class.ID, Org: m.org, At: s.IssuedAt})
}

// twin is a copy of the credential under another number and code.
func twin(c registry.Credential, class registry.Class, number registry.Number, entry registry.StatusEntry) registry.Credential {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails
	c.ID, c.Class, c.Number, c.Code, c.Version = store.NewID(), class.ID, number, registry.NewCode(random), 0
	c.Snapshot.Number, c.Snapshot.Code, c.Snapshot.Status = number, c.Code, entry
	c.Snapshot.Class = registry.ClassDates{Code: class.Code, StartsOn: class.StartsOn(), EndsOn: class.EndsOn()}
	c.Snapshot.Subject = "urn:uuid:" + uuid.NewString()
	return c
}
