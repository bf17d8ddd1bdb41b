package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// receiptMedia is the media type of a receipt.
const receiptMedia = "application/jwt"

func (s *Server) mountVerifyFile(e *gin.Engine, d documenter) {
	e.POST("/api/v1/verify/file", edge.Route(s.verifyFile))
	file := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "A PDF of at most 5 MB"}}}
	d.add(plain{method: http.MethodPost, path: "/api/v1/verify/file", id: "verifyFile", tag: "verify", paced: true, summary: "Is this file a certificate of this registry, and does it hold?",
		text: "One PDF of at most 5 MB; it is looked at in memory and not kept. checks.file tells apart whether it is intact, signed by this registry, and the very file that was issued; the status is the registry's own then. " +
			"A file without a signature (printed to PDF, a scan, a photo) is could_not_check: it proves nothing either way, its code does (docs/verdicts.md).",
		body:   &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: file}}},
		schema: d.schema(registry.Answer{}), also: []string{receiptMedia}, answers: []int{404, 503}, refuses: []int{413, 415, 422, 429}})
}

// verifyFile handles POST /api/v1/verify/file.
func (s *Server) verifyFile(c *gin.Context) error {
	var sum [sha256.Size]byte
	a, err := s.Lookups.File(c, func(ctx context.Context, b []byte) (registry.Answer, error) {
		sum = sha256.Sum256(b)
		return s.Verify.File(ctx, b)
	})
	var refusal *registry.Error
	if errors.As(err, &refusal) && refusal.Code == string(check.NotPDF) {
		return registry.Fail(edge.Unsupported, refusal.Code)
	}
	if err != nil {
		return err
	}
	return s.reply(c, a, registry.Subject{File: &sum})
}

// answerCredential answers for a VC-JWT, or for a credential as JSON.
func (s *Server) answerCredential(c *gin.Context, credential json.RawMessage) error {
	var token string
	if err := json.Unmarshal(credential, &token); err == nil {
		token = strings.TrimSpace(token)
		a, err := s.Verify.Token(c.Request.Context(), token)
		return s.answer(c, a, err, registry.Subject{Text: registry.SumOf([]byte(token))})
	}
	a, err := s.Verify.Unsigned(c.Request.Context(), credential)
	return s.answer(c, a, err, registry.Subject{Text: registry.SumOf(credential)})
}

// answerReceipt answers for a receipt that came back.
func (s *Server) answerReceipt(c *gin.Context, token string) error {
	a, err := s.Verify.CheckReceipt(c.Request.Context(), strings.TrimSpace(token))
	if err = s.Lookups.Settle(c, a, err); err != nil {
		return err
	}
	edge.WriteAnswer(c, a)
	return nil
}

// wantsReceipt reports whether the client would rather have a signed receipt.
func wantsReceipt(c *gin.Context) bool {
	edge.Vary(c, "Accept")
	return strings.Contains(c.GetHeader("Accept"), receiptMedia) && edge.Prefers(c, "application/json", receiptMedia) == receiptMedia
}

// reply answers in JSON, or with the signed receipt for who would rather have
// that. There is no receipt of what could not be checked: that is JSON.
func (s *Server) reply(c *gin.Context, a registry.Answer, asked registry.Subject) error {
	if !wantsReceipt(c) || a.Verdict == registry.CannotTell {
		edge.WriteAnswer(c, a)
		return nil
	}
	r, err := s.Verify.Receipt(a, asked)
	if err != nil {
		return err
	}
	c.Data(edge.AnswerStatus(a), receiptMedia, []byte(r.Token))
	return nil
}

func aboutCode(text string) registry.Subject {
	code, err := registry.ParseCode(text)
	if err != nil {
		return registry.Subject{}
	}
	return registry.Subject{Code: code}
}

func aboutQR(text string) registry.Subject {
	scan, err := record.ParseScan(text)
	if err != nil {
		return registry.Subject{Text: registry.SumOf([]byte(text))}
	}
	return registry.Subject{Code: scan.Code, Text: registry.SumOf([]byte(text))}
}
