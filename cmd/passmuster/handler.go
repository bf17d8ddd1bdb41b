package main

import (
	"net/http"

	"github.com/passmuster/passmuster/internal/api"
	"github.com/passmuster/passmuster/internal/edge"
)

// handler puts both faces behind one edge.
func (a *app) handler() (http.Handler, error) {
	engine, err := edge.New(edge.Options{Log: a.log, PublicURL: a.origin, TrustedProxies: a.settings.TrustedProxies, Now: a.clock.Now})
	if err != nil {
		return nil, err
	}
	lookups := edge.NewLookups(a.clock.Now)
	(&api.Server{DB: a.db, Keys: a.ring, Auth: a.auth, Accredit: a.accredit, Training: a.training, Issue: a.issue, Lifecycle: a.lifecycle,
		Verify: a.verify, Publish: a.publish, Lookups: lookups, Now: a.clock.Now, Origin: a.origin, Version: programVersion(), Log: a.log}).Mount(engine)
	return engine, nil
}
