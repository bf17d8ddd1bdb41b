package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
)

type seedCmd struct {
	Scale int `help:"How many certificates the registry has in the end." default:"1000000"`
}

// Run makes a fresh registry of invented people as large as wanted: a registry of
// a nation to try things on.
func (c *seedCmd) Run(e *env) error {
	if err := empty(e.cli.Data); err != nil {
		return err
	}
	a, err := c.fresh(e)
	if err != nil {
		return err
	}
	defer a.close()
	began := time.Now()
	if err := c.fill(e, a); err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(map[string]any{"credentials": c.Scale, "seconds": time.Since(began).Seconds()})
	}
	e.say("%d certificates of invented people in %.0f s, in %s", c.Scale, time.Since(began).Seconds(), e.cli.Data)
	return nil
}

// fresh makes the keys and the registry, in the database of the settings.
func (c *seedCmd) fresh(e *env) (*app, error) {
	s := &e.cli.Settings
	if s.PublicURL == "" {
		s.PublicURL = "https://verify.demo.example"
	}
	_, err := keys.Init(s.KeyDir(), keys.Options{Now: time.Now().Add(-demo.History - 24*time.Hour), Organization: "Passmuster", PublicURL: s.Origin(), Demo: true})
	if err != nil {
		return nil, err
	}
	return e.open(opening{serving: true, migrate: true, create: true})
}

// people is how many of one base are issued as they would be; the rest are
// copies of them.
const seedPeople = 100

func (c *seedCmd) fill(e *env, a *app) error {
	m := &massRun{e: e, a: a, per: seedPeople}
	if err := m.set(min(c.Scale, seedPeople*benchBases), 0); err != nil {
		return err
	}
	var models []registry.ID
	issued := 0
	for i := range m.classes {
		h := &m.classes[i]
		if err := m.recordOne(e.ctx, h); err != nil {
			return fmt.Errorf("record class: %w", err)
		}
		if err := m.approveOne(e.ctx, h); err != nil {
			return fmt.Errorf("issue class: %w", err)
		}
		models, issued = append(models, h.id), issued+h.people
		e.progress("certificates", issued, c.Scale)
	}
	err := demo.Copy(e.ctx, a.db, models, c.Scale-issued, func(n int) { e.progress("certificates", issued+n, c.Scale) })
	if err != nil {
		return err
	}
	if _, _, err := a.db.ChainAudit(e.ctx); err != nil { // what a served registry does every second
		return err
	}
	return a.publish.Refresh(e.ctx)
}

// hasRegistry reports whether the directory holds one.
func hasRegistry(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "keys"))
	return err == nil && len(found) > 0
}
