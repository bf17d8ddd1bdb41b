package main

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
)

type demoCmd struct {
	Lan      bool   `help:"Listen on this machine's network address, so that a phone on the same network opens the QR codes."`
	Password string `help:"Password of the demonstration's accounts; default: a new one, printed."`
	NoServe  bool   `help:"Make the demonstration and stop."`
}

// Run fills a fresh directory (or goes on with the demonstration that is in it),
// prints where to look, and serves.
func (c *demoCmd) Run(e *env) error {
	s := &e.cli.Settings
	if c.Lan && s.PublicURL == "" {
		if err := lan(s.Addr, &s.Addr, &s.PublicURL); err != nil {
			return err
		}
	}
	if e.getenv("PASSMUSTER_DATA") == "" && s.Data == absolute("./data") {
		s.Data = absolute("./demo") // never by accident beside real data
	}
	fresh, err := c.prepare(e)
	if err != nil {
		return err
	}
	var listener net.Listener
	if !c.NoServe { // first: a port in use must not be found after the links were printed
		if listener, err = net.Listen("tcp", s.Addr); err != nil {
			return fmt.Errorf("listen on %s: %w", s.Addr, err)
		}
	}
	a, err := e.open(opening{serving: true, migrate: true, create: fresh})
	if err != nil {
		return err
	}
	defer a.close()
	if !a.ring.Demo() {
		return registry.Fail(registry.Conflict, "demo.production", s.Data)
	}
	if fresh {
		if err := c.fill(e, a); err != nil {
			return err
		}
	}
	if err := c.announce(e, a); err != nil || c.NoServe {
		return err
	}
	return serve(e, a, listener)
}

func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}

// prepare makes the keys of a new demonstration, valid since before its first
// class. It reports whether the directory was fresh.
func (c *demoCmd) prepare(e *env) (bool, error) {
	s := e.cli.Settings
	if _, err := os.Stat(s.KeyDir()); err == nil {
		return false, nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	if err := empty(s.Data); err != nil {
		return false, err
	}
	_, err := keys.Init(s.KeyDir(), keys.Options{Now: time.Now().Add(-demo.History - 24*time.Hour), Organization: "Passmuster", PublicURL: s.Origin(), DocumentRSA: s.DocumentRSA(), Demo: true})
	return true, err
}

func (c *demoCmd) fill(e *env, a *app) error {
	password := c.Password
	if password == "" {
		var b [10]byte
		_, _ = rand.Read(b[:])
		password = "demo-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
	}
	began := time.Now()
	sum, err := demo.Fill(e.ctx, a.demoServices(), time.Now().UTC(), password)
	if err != nil {
		return fmt.Errorf("fill the demonstration: %w", err)
	}
	if err := a.publish.Refresh(e.ctx); err != nil {
		return err
	}
	if _, _, err := a.db.ChainAudit(e.ctx); err != nil {
		return err
	}
	a.log.Debug("demonstration made", "credentials", sum.Credentials, "took", time.Since(began).String())
	return saveSummary(filepath.Join(a.settings.Data, "demo.json"), sum)
}

// announce prints where to look. The clock may have been set since, so the links
// are sorted by what they answer now.
func (c *demoCmd) announce(e *env, a *app) error {
	sum, err := loadSummary(filepath.Join(a.settings.Data, "demo.json"))
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(struct {
			Address string `json:"address"`
			Data    string `json:"data"`
			demo.Summary
		}{a.origin, a.settings.Data, sum})
	}
	e.say("Passmuster, demonstration (演示 DEMO): %d credentials of invented people\n", sum.Credentials)
	e.say("  address    %s", a.origin)
	e.say("  scanner    %s/scan", a.origin)
	e.say("  data       %s", a.settings.Data)
	e.say("  password   %s   (of all accounts)", sum.Password)
	for _, email := range sum.Accounts {
		e.say("  account    %s", email)
	}
	e.say("")
	for _, status := range registry.Statuses {
		if links := sum.Links[status]; len(links) > 0 {
			e.say("  %-13s %s", status, links[0])
		}
	}
	e.say("  %-13s %s", "holder", sum.Holder)
	e.say("\n  number + name: %s · %s", sum.Number, sum.Name)
	return nil
}

// lan finds this machine's address on its network.
func lan(addr string, listen, origin *string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return fmt.Errorf("find the network address: %w", err)
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsPrivate() {
			*listen, *origin = net.JoinHostPort("0.0.0.0", port), "http://"+net.JoinHostPort(n.IP.String(), port)
			return nil
		}
	}
	return registry.Fail(registry.Unavailable, "demo.no_lan")
}
