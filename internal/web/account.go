package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// accountPath is the page about one's own account.
const accountPath = "/staff/account"

// keyPasskey is what a session holds between the two steps of a registration.
const keyPasskey = "passkey"

func (s *Server) mountAccount(e *gin.Engine) {
	get(e, accountPath, s.staff(func(c *gin.Context, v visitor) error { return s.showAccount(c, v, "", nil) }))
	e.POST(accountPath+"/passkeys/begin", s.staff(s.beginPasskey))
	e.POST(accountPath+"/passkeys", s.staff(s.addPasskey))
	e.POST(accountPath+"/passkeys/:key/remove", s.staff(s.removePasskey))
}

// showAccount handles GET /staff/account, and shows the page again with what was
// typed and why it was refused.
func (s *Server) showAccount(c *gin.Context, v visitor, name string, refusal error) error {
	frame, status := s.frame(c, v, accountPath), http.StatusOK
	var wrong map[string]staff.Refusal
	if refusal != nil {
		var err error
		if status, wrong, err = explain(c, &frame, refusal); err != nil {
			return err
		}
	}
	page := staff.Account{Frame: frame, Name: v.account.Name, Email: v.account.Email, KeyName: name, Wrong: wrong}
	if s.Passkey == nil || !s.Passkey.Available() {
		return show(c, status, staff.AccountPage(page))
	}
	list, err := s.Passkey.List(c.Request.Context(), v.actor)
	if err != nil {
		return err
	}
	page.Can, page.Full = true, len(list) >= registry.MaxPasskeys
	for _, k := range list {
		row := staff.PasskeyRow{Name: k.Name, Made: frame.P.Time(k.MadeAt, nil), RemoveURL: accountPath + "/passkeys/" + string(k.ID) + "/remove"}
		if !k.UsedAt.IsZero() {
			row.Used = frame.P.Time(k.UsedAt, nil)
		}
		page.Keys = append(page.Keys, row)
	}
	return show(c, status, staff.AccountPage(page))
}

// beginPasskey handles POST /staff/account/passkeys/begin: what the browser needs
// to make a key, for somebody who knows the password. A session left open is no
// reason to trust a new key.
func (s *Server) beginPasskey(c *gin.Context, v visitor) error {
	ctx := c.Request.Context()
	if s.Passkey == nil {
		return registry.Fail(registry.Conflict, "passkey.origin")
	}
	if _, err := s.Auth.SignIn(ctx, v.account.Email, c.PostForm("password"), edge.Client(c)); err != nil {
		if errors.Is(err, registry.Unauthenticated) {
			return registry.FailField(registry.Invalid, "password", "passkey.password")
		}
		return err
	}
	options, state, err := s.Passkey.Begin(ctx, v.actor)
	if err != nil {
		return err
	}
	s.sessions.Put(ctx, keyPasskey, state)
	return sendJSON(c, options)
}

func sendJSON(c *gin.Context, b json.RawMessage) error {
	c.Data(http.StatusOK, "application/json", b)
	return nil
}

// addPasskey handles POST /staff/account/passkeys.
func (s *Server) addPasskey(c *gin.Context, v visitor) error {
	ctx, name := c.Request.Context(), strings.TrimSpace(c.PostForm("name"))
	if s.Passkey == nil {
		return registry.Fail(registry.Conflict, "passkey.origin")
	}
	key, err := s.Passkey.Register(ctx, v.actor, s.sessions.PopString(ctx, keyPasskey), name, []byte(c.PostForm("passkey")))
	if err != nil {
		return s.showAccount(c, v, name, err)
	}
	s.flash(c, ui.Good, "passkey.flash.added", key.Name)
	return to(c, accountPath)
}

// removePasskey handles POST /staff/account/passkeys/:key/remove.
func (s *Server) removePasskey(c *gin.Context, v visitor) error {
	if s.Passkey == nil {
		return registry.Fail(registry.Conflict, "passkey.origin")
	}
	if err := s.Passkey.Remove(c.Request.Context(), v.actor, registry.ID(c.Param("key"))); err != nil && !errors.Is(err, registry.NotFound) { // sent twice
		return err
	}
	s.flash(c, ui.Info, "passkey.flash.removed")
	return to(c, accountPath)
}
