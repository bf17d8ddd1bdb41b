package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/verify"
)

// maxQuery is the largest body of a verification, in bytes: a QR text and some.
const maxQuery = 32 << 10

// question is what somebody asks about, in one of its forms.
type question struct {
	Code   string `json:"code,omitempty" maxLength:"100" doc:"As printed; case, spaces and hyphens do not matter"`
	Number string `json:"number,omitempty" maxLength:"100" doc:"Certificate number, together with name"`
	Name   string `json:"name,omitempty" maxLength:"200" doc:"The holder's name as printed"`
	QR     string `json:"qr,omitempty" maxLength:"8192" doc:"The whole text of the QR code"`

	Credential json.RawMessage `json:"credential,omitempty" doc:"An Open Badges credential of this registry: the VC-JWT as text, or its JSON, which has no signature"`
	Receipt    string          `json:"receipt,omitempty" maxLength:"8192" doc:"A receipt of this registry (docs/receipts.md)"`
}

// questionFields are the names that a question may have.
var questionFields = []string{"code", "number", "name", "qr", "credential", "receipt"}

// is reports whether the question has just these fields.
func (q question) is(fields ...string) bool {
	for name, length := range map[string]int{"code": len(q.Code), "number": len(q.Number), "name": len(q.Name), "qr": len(q.QR), "credential": len(q.Credential), "receipt": len(q.Receipt)} {
		if (length > 0) != slices.Contains(fields, name) {
			return false
		}
	}
	return true
}

func (s *Server) mountVerify(e *gin.Engine, api huma.API) {
	e.GET("/api/v1/verify/:code", edge.Route(s.verifyCode))
	e.POST("/api/v1/verify", edge.Route(s.verifyQuestion))
	d := documenter{api}
	answer := d.schema(registry.Answer{})
	text := "What is unknown is 404, and 503 means that the registry's store is out of reach, both with an answer; whatever else could not be checked is 200. A code with a wrong check character is 400 (code.mistyped). " +
		"A look-up that finds something costs nothing and is always answered. After 60 within minutes that found nothing, from one network, further ones are 429 with Retry-After instead of 404, until those are forgotten."
	d.add(plain{method: http.MethodGet, path: "/api/v1/verify/{code}", id: "verifyCode", tag: "verify", summary: "Does the certificate with this code hold?",
		text:   text + " Who prefers application/jwt gets a signed receipt of the answer (docs/receipts.md), unless nothing could be checked.",
		schema: answer, also: []string{receiptMedia}, answers: []int{404, 503}, refuses: []int{400, 429}})
	d.add(plain{method: http.MethodPost, path: "/api/v1/verify", id: "verify", tag: "verify", summary: "Does the certificate hold? By code, number and name, QR text, credential, or receipt",
		text: text + " Exactly one of {code}, {number, name}, {qr}, {credential}, {receipt}. An answer to number and name leaves the last four of the id out; wrong pairs have budgets by neighbourhood, after which pairs from there are 429, right ones too (docs/api.md).",
		body: d.body(question{}), schema: answer, also: []string{receiptMedia}, answers: []int{404, 503}, refuses: []int{400, 413, 415, 422, 429}})
	s.mountVerifyFile(e, d)
	s.mountShares(e, d)
	s.mountVerifyList(e, d)
}

// verifyCode handles GET /api/v1/verify/{code}.
func (s *Server) verifyCode(c *gin.Context) error {
	return s.answerCode(c, c.Param("code"))
}

func (s *Server) answerCode(c *gin.Context, code string) error {
	if wantsReceipt(c) {
		a, err := s.Verify.Code(c.Request.Context(), code, verify.ChannelAPI)
		return s.answer(c, a, err, aboutCode(code))
	}
	a, err := s.Verify.Quick(c.Request.Context(), code, verify.ChannelAPI)
	if err = s.Lookups.Settle(c, a.Answer, err); err != nil {
		return err
	}
	edge.WritePlain(c, a.Answer, a.Shown)
	return nil
}

// answer counts what found nothing and answers.
func (s *Server) answer(c *gin.Context, a registry.Answer, err error, asked registry.Subject) error {
	if err = s.Lookups.Settle(c, a, err); err != nil {
		return err
	}
	return s.reply(c, a, asked)
}

// verifyQuestion handles POST /api/v1/verify.
func (s *Server) verifyQuestion(c *gin.Context) error {
	q, err := readQuestion(c)
	if err != nil {
		return err
	}
	switch {
	case q.is("code"):
		return s.answerCode(c, q.Code)
	case q.is("qr"):
		return s.answerQR(c, q.QR)
	case q.is("name", "number"):
		return s.answerPair(c, q.Number, q.Name)
	case q.is("credential"):
		return s.answerCredential(c, q.Credential)
	case q.is("receipt"):
		return s.answerReceipt(c, q.Receipt)
	}
	return registry.Fail(registry.Invalid, "verify.form")
}

func (s *Server) answerQR(c *gin.Context, text string) error {
	a, err := s.Verify.QR(c.Request.Context(), text)
	return s.answer(c, a, err, aboutQR(text))
}

func (s *Server) answerPair(c *gin.Context, number, name string) error {
	if err := s.Lookups.Pair(c, number, name); err != nil {
		return err
	}
	a, err := s.Verify.NumberName(c.Request.Context(), number, name)
	if err != nil || edge.Missed(a) {
		s.Lookups.PairMissed(c, number, name)
	}
	if err != nil {
		return err
	}
	if a.Credential != nil {
		a.Credential.IDLast4 = "" // who knows a name and a number need not have seen the paper
	}
	n, err := registry.ParseNumber(number)
	if err != nil {
		return err
	}
	return s.reply(c, a, registry.Subject{Pair: registry.Pair(n, name)})
}

// readQuestion reads the body as strictly as staff routes do theirs.
func readQuestion(c *gin.Context) (q question, err error) {
	err = readStrict(c, maxQuery, questionFields, "verify.form", &q)
	return q, err
}

// readStrict reads a body of at most limit bytes into v: one JSON object, no name
// twice, none but the fields; another form of it is refused with the code.
func readStrict(c *gin.Context, limit int64, names []string, form string, v any) error {
	if !isJSON(c.GetHeader("Content-Type")) {
		return registry.Fail(edge.Unsupported, "request.media_type")
	}
	if err := edge.AllowBody(c, limit); err != nil {
		return err
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return err
	}
	if err := checkJSON(body); err != nil {
		return unreadable(err.Error())
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return registry.Fail(registry.Invalid, form)
	}
	for name := range fields {
		if !slices.Contains(names, name) {
			return registry.Fail(registry.Invalid, "request.unknown_field")
		}
	}
	if err := json.Unmarshal(body, v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return registry.FailField(registry.Invalid, wrong.Field, "request.type")
		}
		return registry.Fail(registry.Invalid, "request.json")
	}
	return nil
}

// isJSON tells whether a body may be read as JSON: one that says so, or that
// says nothing, as on staff routes.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}
