package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/keys"
)

type serveCmd struct{}

// Run brings the schema up and serves until the process is told to stop.
func (serveCmd) Run(e *env) error {
	a, err := e.open(opening{serving: true, migrate: true})
	if err != nil {
		return err
	}
	defer a.close()
	listener, err := net.Listen("tcp", a.settings.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", a.settings.Addr, err)
	}
	return serve(e, a, listener)
}

// collectAt is how much garbage may gather beside what is in use, in percent, unless GOGC says otherwise: an answer leaves little behind, and looking
// through the texts and tables that stay takes longer than the answer.
const collectAt = 300

// stopTimeout is how long requests may take to finish when the server stops.
const stopTimeout = 9 * time.Second

// serve answers requests and does the jobs until the context ends; then it takes
// no new request, finishes the ones that it has, and stops. Nothing is made ready
// before it listens: what is published is made beside it, with the jobs, and is
// 503 until it is there.
func serve(e *env, a *app, listener net.Listener) error {
	if e.getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	handler, err := a.handler()
	if err != nil {
		return err
	}
	server := edge.Server(a.settings.Addr, handler, a.log)
	server.RegisterOnShutdown(a.watchers.Close)
	work, stopWork := context.WithCancel(e.ctx)
	defer stopWork()
	var wait sync.WaitGroup
	wait.Go(func() { a.jobs.Run(work) })
	stopped := make(chan error, 1)
	go func() {
		<-e.ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), stopTimeout)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	}()
	for _, k := range a.ring.Keys(keys.PDFSigner) {
		if k.EndsSoon(a.clock.Now()) {
			a.log.Warn("certificate from outside ends soon; nothing renews it", "until", k.SignUntil, "kid", k.KID)
		}
	}
	a.log.Info("serving", "addr", listener.Addr().String(), "origin", a.origin, "version", programVersion(), "demo", a.ring.Demo())
	if err := server.Serve(edge.Listener(listener)); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	err = <-stopped
	stopWork()
	wait.Wait()
	a.log.Info("stopped")
	return err
}
