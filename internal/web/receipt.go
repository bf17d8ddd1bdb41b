package web

import (
	"encoding/base64"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/skip2/go-qrcode"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/verify"
	"github.com/passmuster/passmuster/templates/pages"
)

// showReceipt handles GET /v/:code/receipt: the check is made, and its receipt is
// shown to be printed. Without a result there is the page that says so.
func (s *Server) showReceipt(c *gin.Context) error {
	private(c)
	code, answer, signed, err := s.receipt(c)
	if err != nil {
		return err
	}
	if signed.Token == "" {
		return s.noReceipt(c, code, answer)
	}
	page := pages.Receipt{P: edge.Printer(c), Here: addressOf(c, string(code)), Said: signed.Receipt, Code: code, Host: s.host(), Origin: s.Origin,
		Demo: s.Demo, RequestID: edge.RequestID(c)}
	page.Here.Path, page.Here.RawPath = page.Here.Path+"/receipt", ""
	if answer.Credential != nil {
		page.Loc = s.zone(c.Request.Context(), answer.Credential.Base.Code)
	}
	if page.QR, err = receiptPicture(signed.Token); err != nil {
		return err
	}
	return show(c, edge.AnswerStatus(answer), pages.ReceiptPage(page))
}

// saveReceipt handles GET /v/:code/receipt.jwt: the signed receipt as a file.
func (s *Server) saveReceipt(c *gin.Context) error {
	private(c)
	code, answer, signed, err := s.receipt(c)
	if err != nil {
		return err
	}
	if signed.Token == "" {
		return s.noReceipt(c, code, answer)
	}
	c.Header("Content-Disposition", `attachment; filename="passmuster-`+signed.ID+`.jwt"`)
	c.Data(http.StatusOK, "application/jwt", []byte(signed.Token))
	return nil
}

// receipt checks the code and signs the answer; the token is empty where nothing
// could be checked.
func (s *Server) receipt(c *gin.Context) (code registry.Code, a registry.Answer, signed verify.SignedReceipt, err error) {
	if code, err = registry.ParseCode(c.Param("code")); err == nil {
		a, err = s.Verify.Code(c.Request.Context(), string(code), verify.ChannelPage)
	}
	if err = s.Lookups.Settle(c, a, err); err != nil {
		return code, a, signed, err
	}
	if a.Verdict != registry.CannotTell {
		signed, err = s.Verify.Receipt(a, registry.Subject{Code: code})
	}
	return code, a, signed, err
}

// noReceipt says what the page of the code says: that nobody knows.
func (s *Server) noReceipt(c *gin.Context, code registry.Code, a registry.Answer) error {
	page := s.result(c, a)
	page.Code, page.Here = code.String(), addressOf(c, string(code))
	return s.showAnswer(c, edge.AnswerStatus(a), page)
}

// modulePixels is how many pixels a module of a receipt's QR code has.
const modulePixels = 4

// receiptPicture draws a receipt as a QR code, to be scanned from paper.
func receiptPicture(token string) (string, error) {
	code, err := qrcode.New(token, qrcode.Low)
	if err != nil {
		return "", err
	}
	png, err := code.PNG(-modulePixels)
	if err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png), nil
}
