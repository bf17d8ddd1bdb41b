package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

func (s *Server) mountVerifyFile(e *gin.Engine) {
	get(e, "/verify/file", edge.Route(s.showFileForm))
	e.POST("/verify/file", edge.Route(s.verifyFile))
	get(e, "/v/:code/receipt", edge.Route(s.showReceipt))
	get(e, "/v/:code/receipt.jwt", edge.Route(s.saveReceipt))
}

// showFileForm handles GET /verify/file.
func (s *Server) showFileForm(c *gin.Context) error {
	return show(c, http.StatusOK, pages.FilePage(s.filePage(c)))
}

func (s *Server) filePage(c *gin.Context) pages.File {
	return pages.File{P: edge.Printer(c), Here: c.Request.URL, Demo: s.Demo}
}

// verifyFile handles POST /verify/file. It answers at once: there is nothing kept
// that a redirect could lead to.
func (s *Server) verifyFile(c *gin.Context) error {
	private(c)
	answer, err := s.Lookups.File(c, s.Verify.File)
	if err != nil {
		return s.fileWrong(c, err)
	}
	page := s.result(c, answer)
	return s.showAnswer(c, edge.AnswerStatus(answer), page)
}

// fileWrong shows the form again with what is wrong with the file.
func (s *Server) fileWrong(c *gin.Context, err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return err
	}
	if refusal.Code == string(check.NotPDF) {
		err = registry.Fail(edge.Unsupported, refusal.Code)
	}
	page, problem := s.filePage(c), edge.Describe(c, err)
	page.Wrong = [2]string{problem.Detail, problem.Fix}
	if refusal.Kind == registry.TooMany {
		page.Wrong = [2]string{}
		page.Wait = seconds(refusal)
	}
	return show(c, problem.Status, pages.FilePage(page))
}

// seconds is how long a TooMany refusal asks to wait.
func seconds(e *registry.Error) int {
	for _, a := range e.Args {
		if n, ok := a.(int); ok {
			return n
		}
	}
	return 0
}
