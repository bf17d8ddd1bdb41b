package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/config"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

type initCmd struct {
	Organization string `help:"Name of the federation or movement that answers for the credentials." required:""`
	Code         string `help:"Its code, 2 to 16 of A–Z, 0–9 and '-'; stands in QR codes." required:""`
	TZ           string `name:"tz" help:"Its time zone (IANA name)." default:"Asia/Shanghai"`
	Admin        string `help:"E-mail of the first administrator." required:"" placeholder:"EMAIL"`
	AdminName    string `help:"Name of the first administrator." required:""`
	Starter      bool   `help:"Take the starter catalogue of courses."`
	Seal         bool   `help:"Seal the private keys under a passphrase, which every start then needs."`
}

// Run creates keys, store and administrator. Stopped half-way, it leaves a
// directory that it refuses the next time, so nothing is half made by two runs.
func (c *initCmd) Run(e *env) error {
	s := e.cli.Settings
	if s.PublicURL == "" {
		return registry.Fail(registry.Invalid, "usage.public_url")
	}
	if err := config.CheckOrigin(s.PublicURL); err != nil {
		return err
	}
	if err := empty(s.Data); err != nil {
		return err
	}
	password, err := e.ask("Password of the administrator: ")
	if err != nil {
		return err
	}
	if err := c.keys(e); err != nil {
		return err
	}
	a, err := e.open(opening{serving: true, migrate: true, create: true})
	if err != nil {
		return err
	}
	defer a.close()
	if err := c.plant(e, a, password); err != nil {
		return err
	}
	if err := a.publish.Refresh(e.ctx); err != nil {
		return err
	}
	e.say("Registry of %s made in %s.", c.Organization, s.Data)
	e.say("Next: passmuster key backup FILE   (keep it apart from the database's backup)")
	e.say("      passmuster serve, then sign in at %s/signin: under Registers three steps lead to the first class", strings.TrimRight(s.PublicURL, "/"))
	return nil
}

func (c *initCmd) keys(e *env) error {
	o := keys.Options{Now: time.Now().UTC(), Organization: c.Organization, PublicURL: e.cli.PublicURL, DocumentRSA: e.cli.DocumentRSA()}
	if c.Seal {
		p, err := e.passphrase()
		if err != nil {
			return err
		}
		if len(p) < 12 {
			return registry.Fail(registry.Invalid, "usage.passphrase", 12)
		}
		o.Passphrase = p
	}
	_, err := keys.Init(e.cli.KeyDir(), o)
	return err
}

// plant makes the scheme owner and the administrator, who is a person of it.
func (c *initCmd) plant(e *env, a *app, password string) error {
	name := registry.Text{"en": c.Organization}
	for _, r := range c.Organization {
		if r >= 0x2E80 {
			name = registry.Text{"zh": c.Organization}
		} else if r >= 0x400 && r < 0x530 {
			name = registry.Text{"ru": c.Organization}
		}
	}
	org, err := a.accredit.AddOrganization(e.ctx, access.System, registry.Organization{Code: c.Code, Type: registry.OrgFederation, Name: name, TZ: c.TZ, SchemeOwner: true})
	if err != nil {
		return fmt.Errorf("make organization: %w", err)
	}
	if c.Starter {
		if _, err := a.accredit.TakeStarter(e.ctx, access.System, accredit.Taking{Org: org.ID}); err != nil {
			return fmt.Errorf("take starter catalogue: %w", err)
		}
	}
	return a.db.Tx(e.ctx, func(tx *store.Tx) error {
		clean, err := registry.RequireName("admin-name", c.AdminName)
		if err != nil {
			return err
		}
		p := registry.Person{ID: store.NewID(), Name: clean, NameKey: registry.NameKey(clean), Version: 1}
		if err := tx.AddPerson(e.ctx, p); err != nil {
			return err
		}
		_, err = a.auth.Create(e.ctx, tx, access.System, registry.Account{Email: c.Admin, Name: clean, Person: p.ID,
			Grants: []registry.Grant{{Role: registry.RoleFederation, Org: org.ID}}}, password)
		return err
	})
}

type migrateCmd struct{}

// Run brings the schema up.
func (migrateCmd) Run(e *env) error {
	a, err := e.open(opening{serving: true, migrate: true})
	if err != nil {
		return err
	}
	defer a.close()
	e.say("schema is up to date (%s)", a.db.Dialect())
	return nil
}
