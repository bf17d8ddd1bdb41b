package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/picture"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/share"
	"github.com/passmuster/passmuster/templates/pages"
)

func (s *Server) mountShares(e *gin.Engine) {
	get(e, "/s/:code", edge.Route(s.showShare))
	get(e, "/S/:code", edge.Route(s.showShare)) // a QR code or a person may write it in capitals
	get(e, "/my/:token/certificate.png", edge.Route(s.sendPicture))
	e.POST("/my/:token/picture", edge.Route(s.makePicture))
	e.POST("/my/:token/shares", edge.Route(s.makeShare))
	e.POST("/my/:token/shares/revoke", edge.Route(s.revokeShares))
	e.POST("/my/:token/shares/:id/revoke", edge.Route(s.revokeShare))
}

// showShare handles GET /s/:code, where the QR code of a picture leads. What
// never was, has ended or was taken back is one and the same answer.
func (s *Server) showShare(c *gin.Context) error {
	private(c)
	if err := s.Lookups.Code(c); err != nil {
		return err
	}
	asJSON := edge.Prefers(c, "text/html", "application/json") == "application/json"
	answer, err := s.Verify.Share(c.Request.Context(), c.Param("code"))
	gone := errors.Is(err, registry.NotFound)
	if gone {
		s.Lookups.CodeMissed(c)
	}
	here := shareAddress(c)
	switch {
	case gone && !asJSON:
		return show(c, http.StatusNotFound, pages.ShareGonePage(pages.ShareGone{P: edge.Printer(c), Here: here, Demo: s.Demo}))
	case err != nil:
		return err
	case asJSON:
		edge.WriteShared(c, answer)
		return nil
	}
	page := s.result(c, answer)
	page.Here = here
	return show(c, edge.AnswerStatus(answer), pages.SharePage(page))
}

// shareAddress is the address of a share's page in the language asked for; what
// can be no share code is cut to what a page has room for.
func shareAddress(c *gin.Context) *url.URL {
	code := c.Param("code")
	if parsed, err := registry.ParseShareCode(code); err == nil {
		code = string(parsed)
	} else if r := []rune(code); len(r) > mostEchoed {
		code = string(r[:mostEchoed]) + "…"
	}
	return inLanguage(c, &url.URL{Path: "/s/" + code, RawPath: "/s/" + url.PathEscape(code)})
}

// sharedIn is the share code that somebody typed, or pasted with its link, where
// a certificate's code is asked for.
func sharedIn(text string) (registry.ShareCode, bool) {
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	if i := strings.LastIndex(strings.ToLower(text), "/s/"); i >= 0 {
		text = text[i+len("/s/"):]
	}
	code, err := registry.ParseShareCode(text)
	return code, err == nil
}

// switching reports whether a form was sent for the sake of another language: it
// is shown again with what was typed, and nothing is done.
func switching(c *gin.Context) bool { return c.PostForm("switch") != "" }

// inLanguage keeps the language that the address asks for.
func inLanguage(c *gin.Context, u *url.URL) *url.URL {
	if lang := c.Query("lang"); lang != "" {
		query := u.Query()
		query.Set("lang", string(i18n.Match(lang)))
		u.RawQuery = query.Encode()
	}
	return u
}

// myPath is a path below the holder's page, in the language asked for.
func myPath(c *gin.Context, rest string, query ...string) string {
	u := &url.URL{Path: "/my/" + c.Param("token") + rest}
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	u.RawQuery = values.Encode()
	return inLanguage(c, u).String()
}

// myShares fills the part of the holder's page that is about shares; told is
// what was just done, "made" or "revoked".
func (s *Server) myShares(c *gin.Context, page *pages.My, credential *registry.Credential) error {
	list, err := s.Share.Shares(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	m := pages.MyShares{P: page.P, Name: newOnce(), MakeURL: myPath(c, "/shares"), AllURL: myPath(c, "/shares/revoke")}
	if credential.State == registry.StateIssued || credential.State == registry.StateSuspended {
		m.PictureURL = myPath(c, "/picture")
	}
	for _, each := range list {
		m.List = append(m.List, pages.MyShare{Last: each.Code.Last(), Former: each.Credential != credential.ID,
			Made: registry.DateOf(each.MadeAt.In(page.Loc)), Until: registry.DateOf(each.EndsAt.In(page.Loc)),
			PictureURL: myPath(c, "/certificate.png", "share", string(each.ID)), RevokeURL: myPath(c, "/shares/"+string(each.ID)+"/revoke")})
	}
	switch c.Query("shared") {
	case "made":
		m.Told = page.P.T("share.my.made_now")
	case "revoked":
		m.Told = page.P.T("share.my.revoked")
	}
	page.Shares = m
	return nil
}

// holders does what the holder of a private link asks for; a link that nobody
// has counts as a guess.
func (s *Server) holders(c *gin.Context, do func() error) error {
	private(c)
	err := do()
	var refusal *registry.Error
	if errors.As(err, &refusal) && refusal.Code == "holder.unknown" {
		return s.Lookups.LinkMissed(c, err)
	}
	return err
}

// makePicture handles POST /my/:token/picture: the picture of the newest share,
// made if there is none. Sent twice, it leads to the same picture.
func (s *Server) makePicture(c *gin.Context) error {
	return s.holders(c, func() error {
		latest, err := s.Share.Latest(c.Request.Context(), c.Param("token"))
		if err != nil {
			return err
		}
		return to(c, myPath(c, "/certificate.png", "share", string(latest.ID)))
	})
}

// makeShare handles POST /my/:token/shares.
func (s *Server) makeShare(c *gin.Context) error {
	return s.holders(c, func() error {
		days, err := strconv.Atoi(c.DefaultPostForm("days", strconv.Itoa(registry.ShareDefaultDays)))
		if err != nil {
			return registry.FailField(registry.Invalid, "days", "share.days")
		}
		ctx, token := c.Request.Context(), c.Param("token")
		holder, err := s.Issue.Holder(ctx, token)
		if errors.Is(err, registry.NotFound) {
			return registry.Fail(registry.NotFound, "holder.unknown")
		}
		if err != nil {
			return err
		}
		place, err := s.onceBy(c, "holder "+string(holder.Enrolment.ID), func() (string, error) {
			_, err := s.Share.Make(ctx, token, days)
			return myPath(c, "", "shared", "made") + "#shares", err
		})
		if err != nil {
			return err
		}
		return to(c, place)
	})
}

// revokeShare handles POST /my/:token/shares/:id/revoke.
func (s *Server) revokeShare(c *gin.Context) error {
	return s.holders(c, func() error {
		if err := s.Share.Revoke(c.Request.Context(), c.Param("token"), registry.ID(c.Param("id"))); err != nil {
			return err
		}
		return to(c, myPath(c, "", "shared", "revoked")+"#shares")
	})
}

// revokeShares handles POST /my/:token/shares/revoke.
func (s *Server) revokeShares(c *gin.Context) error {
	return s.holders(c, func() error {
		if err := s.Share.RevokeAll(c.Request.Context(), c.Param("token")); err != nil {
			return err
		}
		return to(c, myPath(c, "", "shared", "revoked")+"#shares")
	})
}

// sendPicture handles GET /my/:token/certificate.png?share=ID.
func (s *Server) sendPicture(c *gin.Context) error {
	return s.holders(c, func() error {
		found, err := s.Share.Find(c.Request.Context(), c.Param("token"), registry.ID(c.Query("share")))
		if err != nil {
			return err
		}
		png, err := s.drawPicture(found)
		if err != nil {
			return err
		}
		// On a phone a picture is held to be sent on; at a desk it is a file.
		disposition := "attachment"
		if agent := c.GetHeader("User-Agent"); strings.Contains(agent, "Mobile") || inApp(agent) {
			disposition = "inline"
		}
		c.Header("Content-Disposition", disposition+`; filename="certificate.png"`)
		c.Data(http.StatusOK, "image/png", png)
		return nil
	})
}

func (s *Server) drawPicture(of share.Share) ([]byte, error) {
	press, err := s.pictures()
	if err != nil {
		return nil, err
	}
	return press.PNG(picture.Card{Snapshot: of.Of.Snapshot, URL: s.Share.URL(of.Code), Code: of.Code})
}
