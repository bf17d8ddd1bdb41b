package store

import (
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// AddStatusEvent appends a decision about a credential; it is never changed.
func (t *Tx) AddStatusEvent(ctx context.Context, e registry.StatusEvent) error {
	if e.ID == "" {
		e.ID = NewID()
	}
	n, err := t.q.AddStatusEvent(ctx, db.AddStatusEventParams{ID: e.ID, Credential: e.Credential, FromState: string(e.From), ToState: string(e.To),
		Reason: e.Reason, Private: e.Private, ByAccount: e.By, Second: e.Second, At: micros(e.At)})
	return added(n, err, "status_event", e.ID)
}

// StatusEvents lists the decisions about the credential, oldest first.
func (t *Tx) StatusEvents(ctx context.Context, credential registry.ID) ([]registry.StatusEvent, error) {
	rows, err := t.q.StatusEvents(ctx, credential)
	return many(rows, err, func(r db.StatusEvent) (registry.StatusEvent, error) {
		return registry.StatusEvent{ID: r.ID, Credential: r.Credential, From: registry.State(r.FromState), To: registry.State(r.ToState),
			Reason: r.Reason, Private: r.Private, By: r.ByAccount, Second: r.Second, At: instant(r.At)}, nil
	}, "status event")
}

// RevocationRequest is a revocation that one person asked for and another
// decides.
type RevocationRequest struct {
	ID         registry.ID
	Credential registry.ID
	Reason     string // public code
	Private    string // for the registry's staff
	By         registry.ID
	At         time.Time
	DecidedBy  registry.ID // "" while it is open
	DecidedAt  time.Time
	Granted    bool
	Alone      bool // an erasure of one class's certificates, not of the person
}

// AddRevocationRequest stores a new request; it is open.
func (t *Tx) AddRevocationRequest(ctx context.Context, r RevocationRequest) error {
	n, err := t.q.AddRevocationRequest(ctx, db.AddRevocationRequestParams{ID: r.ID, Credential: r.Credential, Reason: r.Reason,
		Private: r.Private, ByAccount: r.By, At: micros(r.At), Alone: r.Alone})
	return added(n, err, "revocation_request", r.ID)
}

// RevocationRequest returns the request with the id.
func (t *Tx) RevocationRequest(ctx context.Context, id registry.ID) (RevocationRequest, error) {
	row, err := t.q.RevocationRequest(ctx, id)
	return one(row, err, toRevocationRequest, "revocation_request", id)
}

// OpenRevocationRequests lists the requests about the credential that nobody
// has decided, oldest first.
func (t *Tx) OpenRevocationRequests(ctx context.Context, credential registry.ID) ([]RevocationRequest, error) {
	rows, err := t.q.OpenRevocationRequests(ctx, credential)
	return many(rows, err, toRevocationRequest, "revocation request")
}

// DecideRevocationRequest records who decided the request, when and how; a
// request is decided once.
func (t *Tx) DecideRevocationRequest(ctx context.Context, r RevocationRequest) error {
	n, err := t.q.DecideRevocationRequest(ctx, db.DecideRevocationRequestParams{ID: r.ID, DecidedBy: r.DecidedBy,
		DecidedAt: micros(r.DecidedAt), Granted: r.Granted})
	if err != nil {
		return fmt.Errorf("decide revocation request: %w", err)
	}
	if n > 0 {
		return nil
	}
	if _, err := t.RevocationRequest(ctx, r.ID); err != nil {
		return err
	}
	return registry.Fail(registry.Conflict, "revocation_request.decided")
}

func toRevocationRequest(r db.RevocationRequest) (RevocationRequest, error) {
	return RevocationRequest{ID: r.ID, Credential: r.Credential, Reason: r.Reason, Private: r.Private, By: r.ByAccount, At: instant(r.At),
		DecidedBy: r.DecidedBy, DecidedAt: instant(r.DecidedAt), Granted: r.Granted, Alone: r.Alone}, nil
}
