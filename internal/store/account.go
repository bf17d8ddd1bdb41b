package store

import (
	"context"
	"fmt"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Account returns the account with the id, with its grants.
func (t *Tx) Account(ctx context.Context, id registry.ID) (registry.Account, error) {
	row, err := t.q.Account(ctx, id)
	return t.granted(ctx, row, found(err, "account", id))
}

// AccountByEmail returns the account with the address, which is stored in lower
// case.
func (t *Tx) AccountByEmail(ctx context.Context, email string) (registry.Account, error) {
	row, err := t.q.AccountByEmail(ctx, email)
	return t.granted(ctx, row, found(err, "account", ""))
}

func (t *Tx) granted(ctx context.Context, row db.Account, err error) (registry.Account, error) {
	if err != nil {
		return registry.Account{}, err
	}
	grants, err := t.q.Grants(ctx, row.ID)
	if err != nil {
		return registry.Account{}, fmt.Errorf("read grants: %w", err)
	}
	return toAccount(row, grants), nil
}

// Accounts lists every account by address.
func (t *Tx) Accounts(ctx context.Context) ([]registry.Account, error) {
	rows, err := t.q.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	grants, err := t.q.AllGrants(ctx)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	of := map[registry.ID][]db.Grant{}
	for _, g := range grants {
		of[g.Account] = append(of[g.Account], g)
	}
	list := make([]registry.Account, 0, len(rows))
	for _, r := range rows {
		list = append(list, toAccount(r, of[r.ID]))
	}
	return list, nil
}

// AddAccount stores a new account with its grants.
func (t *Tx) AddAccount(ctx context.Context, a registry.Account) error {
	a.Version = max(a.Version, 1)
	n, err := t.q.AddAccount(ctx, db.AddAccountParams(fromAccount(a)))
	if err := added(n, err, "account", a.ID); err != nil {
		return err
	}
	return t.addGrants(ctx, a)
}

// SaveAccount stores a changed account over the version it was read in; its
// grants replace the former ones.
func (t *Tx) SaveAccount(ctx context.Context, a registry.Account) (registry.Account, error) {
	n, err := t.q.SaveAccount(ctx, db.SaveAccountParams(fromAccount(a)))
	if err := saved(n, err, "account", a.ID); err != nil {
		return a, err
	}
	a.Version++
	if _, err := t.q.DropGrants(ctx, a.ID); err != nil {
		return a, fmt.Errorf("drop grants: %w", err)
	}
	return a, t.addGrants(ctx, a)
}

func (t *Tx) addGrants(ctx context.Context, a registry.Account) error {
	for _, g := range a.Grants {
		if _, err := t.q.AddGrant(ctx, db.AddGrantParams{Account: a.ID, Role: string(g.Role), Org: g.Org}); err != nil {
			return fmt.Errorf("add grant: %w", err)
		}
	}
	return nil
}

func toAccount(r db.Account, grants []db.Grant) registry.Account {
	a := registry.Account{ID: r.ID, Email: r.Email, Name: r.Name, Person: r.Person, Password: r.Password, Lang: r.Lang,
		Status: registry.AccountStatus(r.Status), Epoch: r.Epoch, Version: r.Version}
	for _, g := range grants {
		a.Grants = append(a.Grants, registry.Grant{Role: registry.Role(g.Role), Org: g.Org})
	}
	return a
}

func fromAccount(a registry.Account) db.Account {
	return db.Account{ID: a.ID, Email: a.Email, Name: a.Name, Person: a.Person, Password: a.Password, Lang: a.Lang,
		Status: string(a.Status), Epoch: a.Epoch, Version: a.Version}
}
