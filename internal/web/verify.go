package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/verify"
	"github.com/passmuster/passmuster/templates/pages"
)

// showResult handles GET /v/:code, where every QR code leads. A program that
// asks for JSON gets the answer of the API.
func (s *Server) showResult(c *gin.Context) error {
	private(c)
	asJSON := edge.Prefers(c, "text/html", "application/json") == "application/json"
	channel := verify.ChannelPage
	if asJSON {
		channel = verify.ChannelAPI
	}
	plain, err := s.Verify.Quick(c.Request.Context(), c.Param("code"), channel)
	if err = s.Lookups.Settle(c, plain.Answer, err); errors.Is(err, registry.TooMany) {
		return err
	}
	if asJSON {
		if err == nil {
			edge.WritePlain(c, plain.Answer, plain.Shown)
		}
		return err
	}
	if err != nil { // the only error is a code that cannot be one
		return s.showCodePage(c, http.StatusBadRequest, registry.Answer{}, true)
	}
	key, hold := s.keyOf(c, plain)
	if hold {
		if body, ok := s.held.get(key, plain); ok {
			return showBody(c, http.StatusOK, body)
		}
	}
	answer, err := plain.Whole()
	if err != nil {
		return err
	}
	if !hold {
		return s.showCodePage(c, edge.AnswerStatus(answer), answer, false)
	}
	body, err := s.forms.Append(c.Request.Context(), make([]byte, 0, roomForResult), s.codePage(c, answer, false))
	if err != nil {
		return err
	}
	s.held.put(key, plain, body)
	return showBody(c, http.StatusOK, body)
}

// roomForResult is as many bytes as most results have.
const roomForResult = 14 << 10

// codePage is the page of the code in the address.
func (s *Server) codePage(c *gin.Context, a registry.Answer, mistyped bool) pages.Result {
	page := s.result(c, a)
	page.Code = grouped(c.Param("code"))
	page.Here = addressOf(c, page.Code)
	page.Mistyped = mistyped
	return page
}

func (s *Server) showCodePage(c *gin.Context, status int, a registry.Answer, mistyped bool) error {
	return s.showAnswer(c, status, s.codePage(c, a, mistyped))
}

// result is the page of an answer.
func (s *Server) result(c *gin.Context, a registry.Answer) pages.Result {
	page := pages.Result{P: edge.Printer(c), Answer: a, Host: s.host(), Here: c.Request.URL, Demo: s.Demo, RequestID: edge.RequestID(c)}
	if a.Credential != nil {
		page.Loc = s.zone(c.Request.Context(), a.Credential.Base.Code)
	}
	return page
}

func (s *Server) showAnswer(c *gin.Context, status int, page pages.Result) error {
	private(c)
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	body, err := s.forms.Append(c.Request.Context(), (*room)[:0], page)
	if err != nil {
		return err
	}
	*room = body[:0]
	return showBody(c, status, body)
}

// rooms are for pages that are sent and forgotten.
var rooms = sync.Pool{New: func() any { b := make([]byte, 0, roomForResult); return &b }}

// mostEchoed is how many characters of a mistyped code are shown again.
const mostEchoed = 32

// grouped writes what was asked for as a code is printed, if it is one; else as
// it came, cut to what a page has room for.
func grouped(text string) string {
	if code, err := registry.ParseCode(text); err == nil {
		return code.String()
	}
	if r := []rune(text); len(r) > mostEchoed {
		return string(r[:mostEchoed]) + "…"
	}
	return text
}

// addressOf is the address of a code's page in the language asked for. The one
// that the request came with may be of any length. A code that was cut keeps its
// "…" here, which no code has: what is left of it must not become another's.
func addressOf(c *gin.Context, code string) *url.URL {
	if parsed, err := registry.ParseCode(code); err == nil {
		code = string(parsed)
	}
	u := &url.URL{Path: "/v/" + code, RawPath: "/v/" + url.PathEscape(code)}
	if lang := c.Query("lang"); lang != "" {
		u.RawQuery = url.Values{"lang": {string(i18n.Match(lang))}}.Encode()
	}
	return u
}

// zone is where the base is; UTC while that cannot be told. A base does not
// move, so it is asked once.
func (s *Server) zone(ctx context.Context, base string) *time.Location {
	if loc, ok := s.zones.Load(base); ok {
		return loc.(*time.Location)
	}
	var loc *time.Location
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		b, err := tx.Base(ctx, base)
		if err != nil {
			return err
		}
		loc, err = registry.Zone(b.TZ)
		return err
	})
	if err != nil {
		return time.UTC
	}
	s.zones.Store(base, loc)
	return loc
}

// verifyForm handles POST /verify: by code, by number and name, or by the text
// of a QR code.
func (s *Server) verifyForm(c *gin.Context) error {
	page := s.verifyPage(c)
	page.Sent = true
	page.Code, page.Number = strings.TrimSpace(c.PostForm("code")), strings.TrimSpace(c.PostForm("number"))
	page.Name, page.QR = strings.TrimSpace(c.PostForm("name")), strings.TrimSpace(c.PostForm("qr"))
	if err := edge.FormText(c); err != nil {
		return err
	}
	if switching(c) {
		return show(c, http.StatusOK, pages.VerifyPage(page))
	}
	for _, text := range []string{page.Code, page.QR} {
		if code, ok := sharedIn(text); ok {
			return to(c, "/s/"+string(code))
		}
	}
	if strings.Contains(page.Code, "/") || verify.IsToken(page.Code) { // a link or a receipt was pasted into the field of the code
		page.Code, page.QR = "", page.Code
	}
	switch {
	case page.QR != "":
		return s.verifyQR(c, page)
	case page.Number != "" || page.Name != "":
		return s.verifyPair(c, page)
	}
	code, err := registry.ParseCode(page.Code)
	if err != nil {
		page.Code = grouped(page.Code)
		return s.verifyWrong(c, page, "code", s.Lookups.Settle(c, registry.Answer{}, err))
	}
	return to(c, "/v/"+string(code))
}

// verifyPair answers at once: a name never stands in an address.
func (s *Server) verifyPair(c *gin.Context, page pages.Verify) error {
	if err := s.Lookups.Pair(c, page.Number, page.Name); err != nil {
		return s.verifyWrong(c, page, "number", err)
	}
	answer, err := s.Verify.NumberName(c.Request.Context(), page.Number, page.Name)
	if err != nil || edge.Missed(answer) {
		s.Lookups.PairMissed(c, page.Number, page.Name)
	}
	if err != nil {
		return s.verifyWrong(c, page, "number", err)
	}
	if answer.Credential != nil {
		answer.Credential.IDLast4 = "" // who knows a name and a number need not have seen the paper
	}
	return s.showAnswer(c, edge.AnswerStatus(answer), s.result(c, answer))
}

// verifyQR checks the record in the text; our link without one is the code alone.
// A record that is damaged leaves the code, and the answer to it, which says that
// the record could not be read.
func (s *Server) verifyQR(c *gin.Context, page pages.Verify) error {
	if verify.IsToken(page.QR) {
		return s.verifyToken(c, page)
	}
	text := verify.Typed(page.QR, s.Verify.Origin)
	scan, err := record.ParseScan(text)
	if err == nil && scan.Record == nil && scan.Origin == s.Verify.Origin {
		return to(c, "/v/"+string(scan.Code))
	}
	var answer registry.Answer
	if scan.Code != "" {
		answer, err = s.Verify.QR(c.Request.Context(), text)
	}
	if err = s.Lookups.Settle(c, answer, err); err != nil {
		return s.verifyWrong(c, page, "qr", err)
	}
	result := s.result(c, answer)
	result.Code = scan.Code.String()
	result.Here = addressOf(c, string(scan.Code))
	return s.showAnswer(c, edge.AnswerStatus(answer), result)
}

// verifyToken answers for a receipt, or for the credential inside a certificate,
// whose text was pasted.
func (s *Server) verifyToken(c *gin.Context, page pages.Verify) error {
	check := s.Verify.Token
	if verify.IsReceipt(page.QR) {
		check = s.Verify.CheckReceipt
	}
	answer, err := check(c.Request.Context(), page.QR)
	if err = s.Lookups.Settle(c, answer, err); err != nil {
		return s.verifyWrong(c, page, "qr", err)
	}
	return s.showAnswer(c, edge.AnswerStatus(answer), s.result(c, answer))
}

// verifyWrong shows the form again with what was typed and what is wrong with it.
func (s *Server) verifyWrong(c *gin.Context, page pages.Verify, field string, err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return err
	}
	problem := edge.Describe(c, err)
	if refusal.Kind == registry.TooMany {
		page.Wait = seconds(refusal)
	} else {
		if refusal.Field != "" {
			field = refusal.Field
		}
		page.Wrong[field] = [2]string{problem.Detail, problem.Fix}
	}
	return show(c, problem.Status, pages.VerifyPage(page))
}
