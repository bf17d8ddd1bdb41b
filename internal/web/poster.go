package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/poster"
	"github.com/passmuster/passmuster/internal/registry"
)

// screenCode is the width of a QR code for a phone's screen, in pixels.
const screenCode = 720

func (s *Server) mountPosters(e *gin.Engine) {
	gate := &poster.Gate{Origin: s.Origin}
	get(e, "/help/verify.pdf", edge.Route(func(c *gin.Context) error {
		pdf, err := gate.PDF()
		if err != nil {
			return err
		}
		edge.Public(c, "public, max-age=3600")
		c.Data(http.StatusOK, "application/pdf", pdf)
		return nil
	}))
	get(e, "/my/:token/qr.png", edge.Route(s.showCode))
}

// showCode handles GET /my/:token/qr.png: the certificate's QR code, to be shown
// at a gate on the holder's own screen.
func (s *Server) showCode(c *gin.Context) error {
	private(c)
	holder, err := s.Issue.Holder(c.Request.Context(), c.Param("token"))
	if err == nil && holder.Credential == nil {
		return registry.Fail(registry.NotFound, "holder.unknown")
	}
	if errors.Is(err, registry.NotFound) {
		return s.Lookups.LinkMissed(c, registry.Fail(registry.NotFound, "holder.unknown"))
	}
	if err != nil {
		return err
	}
	text, err := s.Issue.QR(*holder.Credential)
	if err != nil {
		return err
	}
	png, err := poster.QR(text, screenCode)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "image/png", png)
	return nil
}
