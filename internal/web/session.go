package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/pages"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// sessionLife is how long somebody stays signed in: a long day of work.
const sessionLife = 12 * time.Hour

// langCookie keeps the language that a member of staff chose; public pages never
// set it.
const langCookie = "lang"

// staffPaths are where a session exists. Everything else is the public's, and
// answers the same with and without cookies.
var staffPaths = []string{"/signin", "/signout", "/staff", "/t", "/a", "/jobs", "/registry", "/invite", "/lists"}

func staffPath(path string) bool {
	for _, p := range staffPaths {
		if path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// Wrap puts browser sessions around the engine, for the paths of staff alone.
// Forms of other sites are refused by edge before they reach a handler.
func (s *Server) Wrap(h http.Handler) http.Handler {
	s.prepare()
	withSession := s.sessions.LoadAndSave(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if staffPath(r.URL.Path) {
			withSession.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Lifetime = sessionLife
	m.Store = sessionStore{s.DB.Sessions(), s.Now}
	m.ErrorFunc = s.sessionFault
	m.Cookie = scs.SessionCookie{Name: "passmuster", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure()}
	if s.secure() {
		m.Cookie.Name = "__Host-passmuster" // no other host, and no plain connection, can set it
	}
	return m
}

// sessionStore counts the life of a session by the server's clock, which scs
// does not know.
type sessionStore struct {
	*store.Sessions
	now func() time.Time
}

// CommitCtx stores the session for at most its life from now; when it was begun
// stands in it and is checked at each request.
func (st sessionStore) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	return st.Sessions.CommitCtx(ctx, token, data, st.now().Add(sessionLife))
}

// What a session holds.
const (
	keyAccount = "account"
	keyEpoch   = "epoch"
	keyUntil   = "until" // Unix seconds
	keyFlash   = "flash"
)

func (s *Server) mountSession(e *gin.Engine) {
	get(e, "/signin", edge.Route(s.showSignIn))
	e.POST("/signin", edge.Route(s.signIn))
	e.POST("/signout", edge.Route(s.signOut))
	get(e, "/staff", s.staff(s.showDesk))
}

// visitor is who asks, where somebody is signed in.
type visitor struct {
	account registry.Account
	actor   registry.Actor
}

const visitorKey = "passmuster.visitor"

func visitorOf(c *gin.Context) (visitor, bool) {
	v, ok := c.Get(visitorKey)
	if !ok {
		return visitor{}, false
	}
	who, ok := v.(visitor)
	return who, ok
}

// signedIn reads who is signed in; an account that was disabled, or whose
// password was changed, is out with its next request.
func (s *Server) signedIn(c *gin.Context) (visitor, error) {
	ctx := c.Request.Context()
	id := s.sessions.GetString(ctx, keyAccount)
	if id == "" || s.Now().Unix() >= s.sessions.GetInt64(ctx, keyUntil) {
		return visitor{}, registry.Fail(registry.Unauthenticated, "signin.needed")
	}
	account, err := s.Auth.ByID(ctx, registry.ID(id), s.sessions.GetInt64(ctx, keyEpoch))
	if err != nil {
		return visitor{}, err
	}
	return visitor{account, account.Actor()}, nil
}

// staff adapts a handler for signed-in people. Who is not signed in is led to
// the door and back; what he wanted to send is told to be one step back.
func (s *Server) staff(h func(c *gin.Context, v visitor) error) gin.HandlerFunc {
	return edge.Route(func(c *gin.Context) error {
		private(c)
		s.keepLanguage(c)
		v, err := s.signedIn(c)
		if errors.Is(err, registry.Unauthenticated) && c.Request.Method != http.MethodPost {
			return to(c, "/signin?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		}
		if err != nil {
			return err
		}
		c.Set(visitorKey, v)
		edge.SetAccount(c, v.account.ID)
		c.Header(markHeader, deviceMark(v.account.ID))
		return h(c, v)
	})
}

// markHeader says for whom an answer was made, to what a device keeps.
const markHeader = "Passmuster-Account"

// deviceMark names an account where a device keeps pages, 16 hex digits: a copy
// is shown to nobody else, and the name itself tells nothing.
func deviceMark(id registry.ID) string {
	sum := sha256.Sum256([]byte("passmuster device\n" + string(id)))
	return hex.EncodeToString(sum[:8])
}

// keepLanguage remembers the language chosen by the switch.
func (s *Server) keepLanguage(c *gin.Context) {
	if c.Query("lang") == "" {
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: langCookie, Value: string(i18n.Match(c.Query("lang"))), Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure()})
}

// showSignIn handles GET /signin.
func (s *Server) showSignIn(c *gin.Context) error {
	private(c)
	s.keepLanguage(c)
	next := localPath(c.Query("next"))
	if v, err := s.signedIn(c); err == nil {
		return to(c, first(next, landing(v.actor)))
	}
	return show(c, http.StatusOK, pages.SignInPage(s.signInPage(c, "", next)))
}

func (s *Server) signInPage(c *gin.Context, email, next string) pages.SignIn {
	p := edge.Printer(c)
	page := pages.SignIn{P: p, Here: c.Request.URL, Email: email, Next: next, Demo: s.Demo}
	for _, address := range s.DemoAccounts {
		page.Accounts = append(page.Accounts, pages.Account{Email: address, Role: demoRole(p, address)})
	}
	return page
}

// demoRole says what an account of the demonstration is for.
func demoRole(p *i18n.Printer, email string) string {
	name, _, _ := strings.Cut(email, "@")
	if key := "web.demo." + name; p.Has(key) {
		return p.T(key)
	}
	return ""
}

// signIn handles POST /signin.
func (s *Server) signIn(c *gin.Context) error {
	private(c)
	ctx := c.Request.Context()
	email, next := strings.TrimSpace(c.PostForm("email")), localPath(c.PostForm("next"))
	account, err := s.Auth.SignIn(ctx, email, c.PostForm("password"), edge.Client(c))
	if err != nil {
		return s.notSignedIn(c, email, next, err)
	}
	if err := s.begin(c, account); err != nil {
		return err
	}
	return to(c, first(next, landing(account.Actor())))
}

// begin begins a session of the account.
func (s *Server) begin(c *gin.Context, account registry.Account) error {
	ctx := c.Request.Context()
	// A new token: one that somebody planted before is worth nothing now.
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, keyAccount, string(account.ID))
	s.sessions.Put(ctx, keyEpoch, account.Epoch)
	s.sessions.Put(ctx, keyUntil, s.Now().Add(sessionLife).Unix())
	edge.SetAccount(c, account.ID)
	return nil
}

func (s *Server) notSignedIn(c *gin.Context, email, next string, err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Kind == registry.Unavailable {
		return err
	}
	problem := edge.Describe(c, err)
	c.Writer.Header().Del("WWW-Authenticate") // it asks for a token, which is the API's way
	page := s.signInPage(c, email, next)
	page.Here = inLanguage(c, &url.URL{Path: "/signin", RawQuery: url.Values{"next": {next}}.Encode()})
	page.Error = refusal
	return show(c, problem.Status, pages.SignInPage(page))
}

// signOut handles POST /signout.
func (s *Server) signOut(c *gin.Context) error {
	if err := s.sessions.Destroy(c.Request.Context()); err != nil {
		return err
	}
	return to(c, "/signin")
}

// localPath lets through a path of staff and nothing that a browser would read
// as another site ("//host", "/\host", a scheme). A path that is not clean is
// none, whether written plainly or in percent signs: "/staff/../..//host" begins
// as one of ours and ends elsewhere.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || len(next) > 512 {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || strings.ContainsFunc(next, unsafeInPath) || strings.ContainsFunc(u.Path, unsafeInPath) {
		return ""
	}
	if u.Path != path.Clean(u.Path) || !staffPath(u.Path) || u.Path == "/signout" {
		return ""
	}
	return next
}

func unsafeInPath(c rune) bool { return c == '\\' || unicode.IsControl(c) }

func first(paths ...string) string {
	for _, p := range paths {
		if p != "" {
			return p
		}
	}
	return "/"
}

// flash keeps a line for the next page.
func (s *Server) flash(c *gin.Context, tone ui.Tone, key string, args ...any) {
	b, err := json.Marshal(flashed{tone, key, args})
	if err != nil {
		s.Log.Warn("flash not kept", "key", key, "error", err)
		return
	}
	s.sessions.Put(c.Request.Context(), keyFlash, string(b))
}

type flashed struct {
	Tone ui.Tone `json:"tone"`
	Key  string  `json:"key"`
	Args []any   `json:"args"`
}

// frame is what every page of staff shares.
func (s *Server) frame(c *gin.Context, v visitor, here string) staff.Frame {
	p := edge.Printer(c)
	f := staff.Frame{P: p, Here: c.Request.URL, Nav: s.nav(p, v, here), User: v.account.Name, Mark: deviceMark(v.account.ID), Account: string(v.account.ID), Demo: s.Demo}
	if c.Request.Method != http.MethodGet { // the language switch leads to a page that can be asked for
		f.Here = nil
	}
	if text := s.sessions.PopString(c.Request.Context(), keyFlash); text != "" {
		var kept flashed
		if json.Unmarshal([]byte(text), &kept) == nil {
			f.Flash, f.FlashTone = p.T(kept.Key, kept.Args...), kept.Tone
		}
	}
	return f
}
