package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

type health struct {
	Status  string `json:"status" enum:"ok"`
	Version string `json:"version,omitempty"`
}

func (s *Server) mountHealth(e *gin.Engine, api huma.API) {
	e.GET("/healthz", func(c *gin.Context) { c.PureJSON(http.StatusOK, health{"ok", s.Version}) })
	e.GET("/readyz", edge.Route(s.ready))
	d := documenter{api}
	d.add(plain{method: http.MethodGet, path: "/healthz", id: "health", tag: "operation", summary: "The process runs", schema: d.schema(health{})})
	d.add(plain{method: http.MethodGet, path: "/readyz", id: "ready", tag: "operation", summary: "Store and keys are there: requests can be served",
		schema: d.schema(health{}), refuses: []int{503}})
}

// readyWithin is how long the store may take to say that it is there.
const readyWithin = 3 * time.Second

// ready handles GET /readyz.
func (s *Server) ready(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyWithin)
	defer cancel()
	if err := s.DB.Ready(ctx); err != nil {
		return err
	}
	if err := s.Keys.Ready(s.Now()); err != nil {
		return err
	}
	if err := s.together(ctx); err != nil {
		return err
	}
	c.PureJSON(http.StatusOK, health{"ok", s.Version})
	return nil
}

// together refuses keys that were exchanged for those of another registry: no
// genuine certificate can be told by them.
func (s *Server) together(ctx context.Context) error {
	return s.DB.Read(ctx, func(tx *store.Tx) error {
		root, err := tx.Setting(ctx, store.RootSetting)
		if err != nil || root == "" { // a database that was never tied to keys
			return err
		}
		if k, ok := s.Keys.Find(root); !ok || k.Use != keys.Root {
			return registry.Fail(registry.Unavailable, "data.foreign")
		}
		return nil
	})
}
