// Package web is the face for people: the pages that everyone may open, and the
// desk of signed-in staff, all of it server-rendered HTML that works without a
// script.
//
// It promises that no public page sets or needs a cookie, that a page is whole
// before its first byte leaves, that every deed is a POST answered by a redirect
// and safe to send twice, and that what was typed comes back with what is wrong
// with it. It holds no rule: services decide, pages tell.
package web

import (
	"bytes"
	"compress/gzip"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/picture"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
	"github.com/passmuster/passmuster/templates/pages"
)

// Server answers browsers with the services it is given.
type Server struct {
	Auth         *auth.Service
	Training     *training.Service
	Issue        *issue.Service
	Lifecycle    *lifecycle.Service
	Accredit     *accredit.Service
	Design       *design.Service
	Verify       *verify.Service
	Share        *share.Service
	Report       *report.Service
	Documents    *documents.Service
	Passkey      *passkey.Service // nil: no passkeys
	DB           *store.DB
	Lookups      *edge.Lookups  // shared with the API; nil: its own
	Watchers     *edge.Watchers // likewise
	Now          func() time.Time
	Origin       string   // fixed origin of links; https makes cookies secure
	Demo         bool     // every page says that its data is invented
	DemoAccounts []string // e-mail addresses that the sign-in page of a demonstration names
	Log          *slog.Logger

	setUp    sync.Once
	sessions *scs.SessionManager
	forms    pages.Forms
	held     held
	hostname string
	zones    sync.Map // code of a base → *time.Location
	chain    chainWalk
	pictures func() (*picture.Press, error)
}

// prepare fills what the zero value leaves open.
func (s *Server) prepare() {
	s.setUp.Do(func() {
		if s.Lookups == nil {
			s.Lookups = edge.NewLookups(s.Now)
		}
		if s.Watchers == nil {
			s.Watchers = &edge.Watchers{}
		}
		if s.Log == nil {
			s.Log = slog.New(slog.DiscardHandler)
		}
		if u, err := url.Parse(s.Origin); err == nil {
			s.hostname = u.Host
		}
		s.sessions = s.newSessions()
		s.pictures = sync.OnceValues(picture.New)
	})
}

// Mount adds the pages to the engine. It is called once; the engine is served
// behind [Server.Wrap], and its ErrorPage is [Server.ErrorPage].
func (s *Server) Mount(e *gin.Engine) {
	s.prepare()
	s.mountPublic(e)
	s.mountScan(e)
	s.mountPosters(e)
	s.mountShares(e)
	s.mountJoin(e)
	s.mountSession(e)
	s.mountClasses(e)
	s.mountRecorder(e)
	s.mountApproval(e)
	s.mountAccount(e)
	s.mountCredentials(e)
	s.mountRuns(e)
	s.mountPeople(e)
	s.mountAuditLog(e)
	s.mountDocuments(e)
	s.mountDesigns(e)
	s.mountRegisters(e)
	s.mountReports(e)
	s.mountLists(e)
	s.mountPlaces(e)
	s.mountHelp(e)
}

// get adds a page; HEAD answers as GET does, without the body, because mail
// programs and messengers look at links that way.
func get(e *gin.Engine, path string, h gin.HandlerFunc) {
	e.GET(path, h)
	e.HEAD(path, h)
}

func (s *Server) mountPublic(e *gin.Engine) {
	files := assets.Handler()
	get(e, "/assets/*path", func(c *gin.Context) {
		c.Header("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(c.Request.URL.Path, scanScripts) {
			c.Header("Content-Security-Policy", scanPolicy)
		}
		files.ServeHTTP(c.Writer, c.Request)
	})
	get(e, "/", edge.Route(s.showHome))
	get(e, "/claim", edge.Route(s.showClaim))
	get(e, "/verify", edge.Route(s.showVerify))
	e.POST("/verify", edge.Route(s.verifyForm))
	s.mountVerifyFile(e)
	get(e, "/v/:code", edge.Route(s.showResult))
	get(e, "/V/:code", edge.Route(s.showResult)) // a QR code or a person may write it in capitals
	get(e, "/my/:token", edge.Route(s.showMy))
	e.POST("/my/:token/confirm", edge.Route(s.confirmMine))
}

// show answers with a page, executed whole before its first byte leaves.
func show(c *gin.Context, status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(c.Request.Context(), &b); err != nil {
		return err
	}
	return showBody(c, status, b.Bytes())
}

// showBody sends a page that is made, in one piece. It keeps nothing of it.
func showBody(c *gin.Context, status int, body []byte) error {
	header := c.Writer.Header()
	header["Content-Language"] = spoken[edge.Lang(c)]
	header["Content-Type"] = htmlType
	if status == http.StatusServiceUnavailable {
		header["Retry-After"] = soon
	}
	if len(body) >= packedFrom && !repeats(c) {
		edge.Vary(c, "Accept-Encoding")
		if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
			packed, err := squeezed(body)
			if err != nil {
				return err
			}
			header["Content-Encoding"] = []string{"gzip"}
			body = packed
		}
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	edge.Send(c, status, body)
	return nil
}

// Values of headers that all pages share.
var (
	htmlType = []string{"text/html; charset=utf-8"}
	spoken   = map[i18n.Lang][]string{i18n.Chinese: {"zh"}, i18n.English: {"en"}, i18n.Russian: {"ru"}}
	soon     = []string{"5"} // seconds until it is worth asking again
	noStore  = []string{"no-store"}
	noRobots = []string{"noindex, nofollow, noarchive"}
)

func squeezed(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

// packedFrom is the length in bytes from which a page travels compressed: the
// sheet of a whole class is long, and its phone may be on 3G.
const packedFrom = 48 << 10

// repeats reports whether the page may repeat what somebody else put into the
// address. Compressed, its length would tell what else is on it (BREACH).
func repeats(c *gin.Context) bool {
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		return true
	}
	for key := range c.Request.URL.Query() {
		if key != "lang" {
			return true
		}
	}
	return false
}

// private marks a page about one person or certificate: kept by nobody, found by
// no search engine.
func private(c *gin.Context) {
	header := c.Writer.Header()
	header["Cache-Control"], header["X-Robots-Tag"] = noStore, noRobots
}

// to sends the browser on, so that reloading the next page repeats no deed.
func to(c *gin.Context, path string) error {
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// host is our own host, for people to compare with their address bar.
func (s *Server) host() string { return s.hostname }

func (s *Server) secure() bool { return strings.HasPrefix(s.Origin, "https://") }
