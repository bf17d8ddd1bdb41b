package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// auditEntry is one act: ids and digests, no personal data.
type auditEntry struct {
	ID         registry.ID       `json:"id"`
	At         time.Time         `json:"at"`
	Actor      registry.ID       `json:"actor" doc:"Account"`
	Action     string            `json:"action"`
	ObjectType string            `json:"object_type"`
	Object     registry.ID       `json:"object"`
	Org        registry.ID       `json:"org,omitempty"`
	Before     string            `json:"before_sha256,omitempty" doc:"Salted digest of the object before"`
	After      string            `json:"after_sha256,omitempty"`
	Detail     map[string]string `json:"detail,omitempty"`
	Position   int64             `json:"position,omitempty" doc:"In the chain; absent for a second after the act"`
	Hash       string            `json:"hash,omitempty" doc:"Of the chain up to here"`
}

type auditParams struct {
	PageParams
	Object string `query:"object" maxLength:"64" doc:"Acts about this id only"`
	Actor  string `query:"actor" maxLength:"64" doc:"Acts of this account only"`
	Action string `query:"action" maxLength:"64" doc:"This act, or with a dot at its end all that begin so: class."`

	From  registry.Date `query:"from" doc:"UTC, inclusive"`
	Until registry.Date `query:"until" doc:"UTC, inclusive"`
}

type auditList struct{ Body list[auditEntry] }

func (s *Server) mountAudit(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/api/v1/audit", "listAudit", "Who did what, newest first", tag("audit"), strictQuery, s.staff), s.listAudit)
}

func (s *Server) listAudit(ctx context.Context, in *auditParams) (*auditList, error) {
	before, err := in.before()
	if err != nil {
		return nil, err
	}
	days, err := span("from", in.From, in.Until)
	if err != nil {
		return nil, err
	}
	f := store.AuditFilter{Object: registry.ID(in.Object), Action: in.Action, Before: before, Limit: in.Limit + 1}
	if in.Actor != "" {
		f.Actors = []registry.ID{registry.ID(in.Actor)}
	}
	if !days.From.IsZero() {
		f.From = days.From.Start(time.UTC)
	}
	if !days.Until.IsZero() {
		f.Until = days.Until.End(time.UTC)
	}
	all, err := access.Audit(ctx, s.DB, actor(ctx), f)
	if err != nil {
		return nil, err
	}
	page := pageOf(all, in.Limit, func(e store.AuditEntry) registry.ID { return e.ID }, func(e store.AuditEntry) auditEntry {
		return auditEntry{ID: e.ID, At: e.At, Actor: e.Actor, Action: e.Action, ObjectType: e.ObjectType, Object: e.Object, Org: e.Org,
			Before: e.BeforeSHA, After: e.AfterSHA, Detail: e.Detail, Position: e.Position, Hash: e.Hash}
	})
	return &auditList{page}, nil
}
