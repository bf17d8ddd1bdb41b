package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/pages"
)

func (s *Server) mountHelp(e *gin.Engine) {
	get(e, "/help/verify", edge.Route(s.showHowTo))
	get(e, "/privacy", edge.Route(s.showPrivacy))
	get(e, "/accessibility", edge.Route(s.showAccessibility))
}

// showHowTo handles GET /help/verify.
func (s *Server) showHowTo(c *gin.Context) error {
	forEverybody(c)
	return show(c, http.StatusOK, pages.HowToPage(pages.HowTo{P: edge.Printer(c), Here: c.Request.URL, Demo: s.Demo, Host: s.host()}))
}

// The parts of the two statements. Each sentence says what the program does:
// change it with the program.
var (
	privacyParts       = []string{"check", "address", "log", "cookies", "files", "device", "holder", "published", "reports", "rights"}
	accessibilityParts = []string{"can", "tested", "limits"}
)

// patience is how long a page waits for what it can do without.
const patience = 2 * time.Second

// showPrivacy handles GET /privacy. While the store is out of reach it says
// everything but who answers for the data.
func (s *Server) showPrivacy(c *gin.Context) error {
	p := edge.Printer(c)
	ctx, stop := context.WithTimeout(c.Request.Context(), patience)
	defer stop()
	issuers, err := s.Report.Issuers(ctx)
	page := s.statement(c, p, "privacy", privacyParts, map[string][]any{"reports": {registry.ReportKeptDays}, "holder": {int(training.ImportsKept.Hours() / 24)},
		"cookies": {int(sessionLife.Hours())}})
	var names []string
	for _, o := range issuers {
		names = append(names, p.Text(o.Name))
	}
	if len(names) > 0 {
		page.Sections = append(page.Sections, pages.StatementPart{Title: p.T("help.privacy.who"), Lines: append([]string{p.T("help.privacy.who.text")}, names...)})
	}
	if err != nil { // what is kept can be read all the same; and nobody keeps a page without names
		s.Log.Warn("privacy page without who answers for the data", "request", edge.RequestID(c), "error", err)
		c.Writer.Header()["Cache-Control"] = noStore
	}
	return show(c, http.StatusOK, pages.StatementPage(page))
}

// showAccessibility handles GET /accessibility.
func (s *Server) showAccessibility(c *gin.Context) error {
	return show(c, http.StatusOK, pages.StatementPage(s.statement(c, edge.Printer(c), "accessibility", accessibilityParts, nil)))
}

func (s *Server) statement(c *gin.Context, p *i18n.Printer, name string, parts []string, args map[string][]any) pages.Statement {
	forEverybody(c)
	prefix := "help." + name
	page := pages.Statement{P: p, Here: c.Request.URL, Demo: s.Demo, Title: p.T(prefix), Lead: p.T(prefix + ".lead"), Close: p.T(prefix + ".close"), Link: p.T("report.title")}
	for _, part := range parts {
		page.Sections = append(page.Sections, pages.StatementPart{Title: p.T(prefix + "." + part), Lines: strings.Split(p.T(prefix+"."+part+".text", args[part]...), "\n")})
	}
	return page
}
