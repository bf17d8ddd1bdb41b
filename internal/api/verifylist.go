package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/verify"
)

// maxCodes is the largest body of a list of codes, in bytes: a thousand texts of
// QR codes, each with a long name in its record.
const maxCodes = 1 << 20

// codesBody is a list of codes.
type codesBody struct {
	Codes []codeText `json:"codes" minItems:"1" maxItems:"1000" nullable:"false" doc:"Each a code as printed (case, spaces and hyphens do not matter), the link of a certificate, or the whole text of its QR code"`
}

// codeText is a code of a list, or what leads to it. What is no text is refused by its type, null too.
type codeText string

// UnmarshalJSON reads a JSON string.
func (t *codeText) UnmarshalJSON(b []byte) error {
	var text *string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	if text == nil {
		return &json.UnmarshalTypeError{Value: "null", Type: reflect.TypeFor[string](), Field: "codes"}
	}
	*t = codeText(*text)
	return nil
}

// codesAnswer is the answer to a list, in its order.
type codesAnswer struct {
	CheckedAt time.Time    `json:"checked_at"`
	Items     []codeAnswer `json:"items" nullable:"false" doc:"One for each code, in the order of the request"`
}

// codeAnswer is the short answer to one code.
type codeAnswer struct {
	Row        int               `json:"row" doc:"From 1"`
	Code       registry.Code     `json:"code,omitempty" doc:"In its canonical form; absent where the text has none"`
	Status     registry.Status   `json:"status,omitempty" doc:"Absent where there is an error"`
	Verdict    registry.Verdict  `json:"verdict,omitempty"`
	Reasons    []registry.Reason `json:"reasons,omitempty"`
	Error      *edge.ProblemItem `json:"error,omitempty" doc:"Why there is no answer: code.mistyped, or record.scan and record.scan_http for a link to something else"`
	Credential *shortCredential  `json:"credential,omitempty"`
}

// shortCredential is what of a credential stands in a list.
type shortCredential struct {
	Number       registry.Number         `json:"number"`
	Kind         registry.CredentialKind `json:"kind"`
	Name         string                  `json:"name"`
	Course       registry.CourseName     `json:"course"`
	Base         registry.CodeName       `json:"base"`
	ValidFrom    registry.Date           `json:"valid_from"`
	ValidUntil   *registry.Date          `json:"valid_until"` // null: no expiry
	SupersededBy *registry.Number        `json:"superseded_by"`
	Demo         bool                    `json:"demo,omitempty"`
}

func (s *Server) mountVerifyList(e *gin.Engine, d documenter) {
	e.POST("/api/v1/verify/list", edge.Route(s.verifyList))
	d.add(plain{method: http.MethodPost, path: "/api/v1/verify/list", id: "verifyList", tag: "verify", summary: "Do these certificates hold? Up to 1,000 codes",
		text: "One short answer for each code, in their order, all from one moment. In place of a code stands the link of a certificate, or the whole text of its QR code: the record in it is then checked as POST /api/v1/verify checks {qr}. " +
			"A mistyped code has an error in place of an answer and stops no other; one that the registry never issued has the status not_found. " +
			"200 says that every code was answered; 503, with the same body, that the registry's store is out of reach and nothing could be checked. Lists hold codes alone: numbers with names need a login (page /lists). " +
			"Unknown codes count as guesses: a list with some tens of them passes, a list of guesses is followed by 429 for lists that hold an unknown code, for ten minutes at most. A list in which every code is found is always answered.",
		body: d.body(codesBody{}), schema: d.schema(codesAnswer{}), answers: []int{503}, refuses: []int{400, 413, 415, 422, 429}})
}

// verifyList handles POST /api/v1/verify/list.
func (s *Server) verifyList(c *gin.Context) error {
	var body codesBody
	if err := readStrict(c, maxCodes, []string{"codes"}, "checklist.form", &body); err != nil {
		return err
	}
	switch n := len(body.Codes); {
	case n == 0:
		return registry.FailField(registry.Invalid, "codes", "checklist.none")
	case n > verify.MostListed:
		return registry.FailField(registry.TooLarge, "codes", "checklist.many", verify.MostListed)
	}
	rows := make([]verify.Row, len(body.Codes))
	for i, code := range body.Codes {
		rows[i].Code = string(code)
	}
	list := s.Verify.List(c.Request.Context(), rows)
	if err := s.Lookups.List(c, unknownCodes(list)); err != nil {
		return err
	}
	answer, status := s.codesAnswer(c, list)
	c.Header("Content-Language", string(edge.Lang(c)))
	if status == http.StatusServiceUnavailable {
		c.Header("Retry-After", "5")
	}
	c.PureJSON(status, answer)
	return nil
}

// unknownCodes counts the different codes that the registry does not know.
func unknownCodes(list []verify.Listed) int {
	unknown := map[registry.Code]bool{}
	for _, l := range list {
		if l.Refusal == nil && edge.Missed(l.Answer) {
			unknown[l.Code] = true
		}
	}
	return len(unknown)
}

func (s *Server) codesAnswer(c *gin.Context, list []verify.Listed) (codesAnswer, int) {
	p, status := edge.Printer(c), http.StatusOK
	out := codesAnswer{CheckedAt: s.Now().UTC().Truncate(time.Second), Items: make([]codeAnswer, len(list))}
	for i, l := range list {
		item := codeAnswer{Row: i + 1, Code: l.Code, Status: l.Answer.Status, Verdict: l.Answer.Verdict}
		if l.Refusal != nil {
			message, fix := p.Error(l.Refusal)
			out.Items[i] = codeAnswer{Row: i + 1, Error: &edge.ProblemItem{Row: i + 1, Field: "codes", Code: l.Refusal.Code, Message: message, Fix: fix}}
			continue
		}
		for _, r := range l.Answer.Reasons {
			r.Message, r.Next = p.Reason(r)
			item.Reasons = append(item.Reasons, r)
		}
		if edge.AnswerStatus(l.Answer) == http.StatusServiceUnavailable {
			status = http.StatusServiceUnavailable
		}
		item.Credential = short(l.Answer.Credential)
		out.Items[i] = item
	}
	return out, status
}

func short(s *registry.Shown) *shortCredential {
	if s == nil {
		return nil
	}
	return &shortCredential{Number: s.Number, Kind: s.Kind, Name: s.Name, Course: s.Course, Base: s.Base, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil,
		SupersededBy: s.SupersededBy, Demo: s.Demo}
}
