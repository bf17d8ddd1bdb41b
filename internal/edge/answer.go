package edge

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// WriteAnswer answers a verification as JSON in the reader's language. What is
// unknown is 404 and what could not be checked 503, so that a client that looks
// at the status alone is never told "valid".
func WriteAnswer(c *gin.Context, a registry.Answer) {
	printer := Printer(c)
	a.Reasons = slices.Clone(a.Reasons)
	for i, r := range a.Reasons {
		a.Reasons[i].Message, a.Reasons[i].Next = printer.Reason(r)
	}
	c.Header("Content-Language", string(printer.Lang()))
	status := AnswerStatus(a)
	if status == http.StatusServiceUnavailable {
		c.Header("Retry-After", "5")
	}
	c.PureJSON(status, a)
}

// AnswerStatus is the HTTP status that goes with an answer.
func AnswerStatus(a registry.Answer) int {
	switch a.Status {
	case registry.StatusNotFound:
		return http.StatusNotFound
	case registry.StatusCouldNotCheck:
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}
