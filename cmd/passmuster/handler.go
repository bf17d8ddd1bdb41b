package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/api"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/internal/web"
)

// handler answers all requests.
func (a *app) handler() (http.Handler, error) {
	pages, engine, err := a.faces()
	if err != nil {
		return nil, err
	}
	return pages.Wrap(engine), nil
}

// faces puts pages and API behind one edge, with one budget of wrong guesses.
func (a *app) faces() (*web.Server, *gin.Engine, error) {
	lookups := edge.NewLookups(a.clock.Now)
	pages := &web.Server{Auth: a.auth, Training: a.training, Issue: a.issue, Lifecycle: a.lifecycle, Passkey: a.passkey, Accredit: a.accredit, Design: a.design, Verify: a.verify,
		Share:     &share.Service{DB: a.db, Keys: a.ring, Now: a.clock.Now, Origin: a.origin},
		Documents: a.documents(), Report: a.report,
		DB: a.db, Lookups: lookups, Watchers: &a.watchers, Now: a.clock.Now, Origin: a.origin, Demo: a.ring.Demo(), Log: a.log}
	if a.ring.Demo() {
		pages.DemoAccounts = []string{demo.TrainerEmail, demo.ApproverEmail, demo.FederationEmail, demo.HospitalEmail}
	}
	engine, err := edge.New(edge.Options{Log: a.log, PublicURL: a.origin, TrustedProxies: a.settings.TrustedProxies, Now: a.clock.Now, ErrorPage: pages.ErrorPage})
	if err != nil {
		return nil, nil, err
	}
	(&api.Server{DB: a.db, Keys: a.ring, Auth: a.auth, Accredit: a.accredit, Design: a.design, Training: a.training, Issue: a.issue, Documents: a.documents(), Lifecycle: a.lifecycle, Passkey: a.passkey,
		Verify: a.verify, Report: a.report, Publish: a.publish, Lookups: lookups, Watchers: &a.watchers, Now: a.clock.Now, Origin: a.origin, Version: programVersion(), Log: a.log}).Mount(engine)
	pages.Mount(engine)
	return pages, engine, nil
}
