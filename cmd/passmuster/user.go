package main

import (
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

type userCmd struct {
	Invite   userInviteCmd   `cmd:"" help:"Make a link by which somebody takes a role and sets a password."`
	Add      userAddCmd      `cmd:"" help:"Add an account; its password is asked for."`
	List     userListCmd     `cmd:"" help:"List the accounts."`
	Disable  userDisableCmd  `cmd:"" help:"Disable an account: its sessions and tokens end."`
	Password userPasswordCmd `cmd:"" help:"Set a new password."`
}

type userAddCmd struct {
	acting
	Email  string   `arg:"" help:"E-mail address, the name to sign in with."`
	Name   string   `help:"Name of the person." required:""`
	Grant  []string `help:"Role in an organization and below, as role@ORGANIZATION: trainer, coordinator, base_manager, approver, region, federation, hospital, auditor." required:""`
	Person string   `help:"Id of the person, where the registry knows him already (a trainer): four eyes count persons."`
}

// Run adds an account with a person behind it.
func (c *userAddCmd) Run(e *env) error {
	a, by, err := e.session(c.acting)
	if err != nil {
		return err
	}
	defer a.close()
	password, err := e.ask("Password of " + c.Email + ": ")
	if err != nil {
		return err
	}
	return a.db.Tx(e.ctx, func(tx *store.Tx) error {
		account := registry.Account{Email: c.Email, Name: c.Name, Person: registry.ID(c.Person)}
		for _, g := range c.Grant {
			grant, err := c.grant(e, tx, by, g)
			if err != nil {
				return err
			}
			account.Grants = append(account.Grants, grant)
		}
		if account.Person == "" {
			clean, err := registry.RequireName("name", c.Name)
			if err != nil {
				return err
			}
			p := registry.Person{ID: store.NewID(), Name: clean, NameKey: registry.NameKey(clean), Version: 1}
			if err := tx.AddPerson(e.ctx, p); err != nil {
				return err
			}
			account.Person = p.ID
		} else if _, err := tx.Person(e.ctx, account.Person); err != nil {
			return err
		}
		_, err := a.auth.Create(e.ctx, tx, by, account, password)
		return err
	})
}

// grant reads role@ORGANIZATION and checks that the actor may give it there.
func (c *userAddCmd) grant(e *env, tx *store.Tx, by registry.Actor, s string) (registry.Grant, error) {
	role, code, ok := strings.Cut(s, "@")
	known := false
	for _, r := range registry.Roles {
		known = known || string(r) == role
	}
	if !ok || !known {
		return registry.Grant{}, registry.FailField(registry.Invalid, "grant", "account.grant", s)
	}
	org, err := tx.OrganizationByCode(e.ctx, strings.ToUpper(code))
	if err != nil {
		return registry.Grant{}, err
	}
	err = access.Allow(e.ctx, tx, by, registry.ManageAccounts, registry.ManageAccounts, org.ID, "organization", code)
	return registry.Grant{Role: registry.Role(role), Org: org.ID}, err
}

type userInviteCmd struct {
	acting
	Grant string `help:"Role in an organization and below, as role@ORGANIZATION." required:""`
	Name  string `help:"Name of the person, if known."`
	Email string `help:"E-mail address, if known; the account then has this one."`
}

// Run prints the link, which works once.
func (c *userInviteCmd) Run(e *env) error {
	a, by, err := e.session(c.acting)
	if err != nil {
		return err
	}
	defer a.close()
	role, code, ok := strings.Cut(c.Grant, "@")
	if !ok {
		return registry.FailField(registry.Invalid, "grant", "account.grant", c.Grant)
	}
	var org registry.Organization
	if err := a.db.Read(e.ctx, func(tx *store.Tx) (err error) {
		org, err = tx.OrganizationByCode(e.ctx, strings.ToUpper(code))
		return err
	}); err != nil {
		return err
	}
	link, err := a.auth.Invite(e.ctx, by, registry.Invitation{Org: org.ID, Role: registry.Role(role), Name: c.Name, Email: c.Email})
	if err != nil {
		return err
	}
	address := a.origin + "/invite/" + link.Token
	if e.cli.JSON {
		return e.print(map[string]any{"link": address, "ends_at": link.EndsAt, "role": link.Role, "organization": org.Code})
	}
	e.say("%s", address)
	return nil
}

type userListCmd struct{ acting }

// Run lists accounts, for those who manage them.
func (c *userListCmd) Run(e *env) error {
	a, by, err := c.manager(e)
	if err != nil {
		return err
	}
	defer a.close()
	list, err := a.auth.Accounts(e.ctx, by)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(list)
	}
	for _, account := range list {
		e.say("%-32s %-9s %s", account.Email, account.Status, account.Name)
	}
	return nil
}

type userDisableCmd struct {
	acting
	Email string `arg:"" help:"E-mail of the account."`
}

// Run disables an account.
func (c *userDisableCmd) Run(e *env) error {
	a, by, err := c.manager(e)
	if err != nil {
		return err
	}
	defer a.close()
	return a.auth.Disable(e.ctx, by, c.Email)
}

// manager opens the registry for somebody who may manage accounts.
func (c acting) manager(e *env) (*app, registry.Actor, error) {
	a, by, err := e.session(c)
	if err != nil {
		return nil, by, err
	}
	if !registry.CanSomewhere(by, registry.ManageAccounts) {
		a.close()
		return nil, by, registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ManageAccounts))
	}
	return a, by, nil
}

type userPasswordCmd struct {
	acting
	Email string `arg:"" help:"E-mail of the account."`
}

// Run sets a password and ends what was signed in with the old one.
func (c *userPasswordCmd) Run(e *env) error {
	a, by, err := c.manager(e)
	if err != nil {
		return err
	}
	defer a.close()
	password, err := e.ask("New password of " + c.Email + ": ")
	if err != nil {
		return err
	}
	return a.auth.SetPassword(e.ctx, by, c.Email, password)
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an access token for an account."`
}

type tokenCreateCmd struct {
	Email string        `arg:"" help:"E-mail of the account; its password is asked for."`
	Life  time.Duration `help:"How long it is good for, at most 12h." default:"15m"`
}

// Run makes a token for whoever knows the password.
func (c *tokenCreateCmd) Run(e *env) error {
	if c.Life <= 0 || c.Life > 12*time.Hour {
		return registry.FailField(registry.Invalid, "life", "usage.life", 12)
	}
	a, err := e.open(opening{})
	if err != nil {
		return err
	}
	defer a.close()
	password, err := e.ask("Password of " + c.Email + ": ")
	if err != nil {
		return err
	}
	account, err := a.auth.SignIn(e.ctx, c.Email, password, "terminal")
	if err != nil {
		return err
	}
	token, err := a.auth.Token(account, c.Life)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(c.Life.Seconds())})
	}
	e.say("%s", token)
	return nil
}

type auditCmd struct {
	Check auditCheckCmd `cmd:"" help:"Walk the chain of the audit trail."`
}

type auditCheckCmd struct{}

// Run chains what is new and walks the chain.
func (auditCheckCmd) Run(e *env) error {
	a, err := e.open(opening{})
	if err != nil {
		return err
	}
	defer a.close()
	head, _, err := a.db.ChainAudit(e.ctx)
	if err != nil {
		return err
	}
	if err := a.db.CheckAuditChain(e.ctx); err != nil {
		return err
	}
	e.say("audit chain intact, head %s", head)
	return nil
}
