package api

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

func (s *Server) mountShares(e *gin.Engine, d documenter) {
	e.GET("/api/v1/verify/share/:code", edge.Route(s.verifyShare))
	d.add(plain{method: http.MethodGet, path: "/api/v1/verify/share/{code}", id: "verifyShare", tag: "verify", summary: "Does the certificate hold that its holder shared?",
		text: "What the QR code of a picture for a chat leads to, as GET /s/{code} gives it with Accept: application/json: the verdict, the course, the kind and the name, and nothing that leads to the certificate. " +
			"A share that never was, has ended or was taken back is 404 (share.gone), a problem and not a verdict.",
		schema: d.schema(registry.SharedAnswer{}), answers: []int{503}, refuses: []int{404, 429}})
}

// verifyShare handles GET /api/v1/verify/share/{code}.
func (s *Server) verifyShare(c *gin.Context) error {
	if err := s.Lookups.Code(c); err != nil {
		return err
	}
	a, err := s.Verify.Share(c.Request.Context(), c.Param("code"))
	if errors.Is(err, registry.NotFound) {
		s.Lookups.CodeMissed(c)
	}
	if err != nil {
		return err
	}
	edge.WriteShared(c, a)
	return nil
}
