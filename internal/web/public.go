package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/templates/pages"
)

// showHome handles GET /, four doors.
func (s *Server) showHome(c *gin.Context) error {
	return show(c, http.StatusOK, pages.HomePage(pages.Home{P: edge.Printer(c), Here: c.Request.URL, Demo: s.Demo}))
}

// showVerify handles GET /verify.
func (s *Server) showVerify(c *gin.Context) error {
	return show(c, http.StatusOK, pages.VerifyPage(s.verifyPage(c)))
}

func (s *Server) verifyPage(c *gin.Context) pages.Verify {
	return pages.Verify{P: edge.Printer(c), Here: c.Request.URL, Demo: s.Demo, Wrong: map[string][2]string{}}
}
