package edge

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// WriteAnswer answers a verification as JSON in the reader's language, with the
// HTTP status of AnswerStatus. The verdict stands in the body alone: 200 says
// that there is an answer, never that it is a yes.
func WriteAnswer(c *gin.Context, a registry.Answer) {
	a = inWords(c, a)
	c.PureJSON(AnswerStatus(a), a)
}

// WriteShared is WriteAnswer for the answer to a share code.
func WriteShared(c *gin.Context, a registry.Answer) {
	a = inWords(c, a)
	c.PureJSON(AnswerStatus(a), registry.NewSharedAnswer(a))
}

// inWords tells the reasons in the reader's language and sets the headers.
// An answer without reasons has no words, and is the same in each language.
func inWords(c *gin.Context, a registry.Answer) registry.Answer {
	if len(a.Reasons) == 0 {
		return a
	}
	printer := Printer(c)
	a.Reasons = slices.Clone(a.Reasons)
	for i, r := range a.Reasons {
		a.Reasons[i].Message, a.Reasons[i].Next = printer.Reason(r)
	}
	c.Writer.Header()["Content-Language"] = languages[printer.Lang()]
	if AnswerStatus(a) == http.StatusServiceUnavailable {
		c.Header("Retry-After", "5")
	}
	return a
}

// languages are values of Content-Language that all answers share.
var languages = map[i18n.Lang][]string{i18n.Chinese: {"zh"}, i18n.English: {"en"}, i18n.Russian: {"ru"}}

// unreachable is the reason of an answer for which the store could not be asked.
const unreachable = "store.unreachable"

// AnswerStatus is the HTTP status that goes with an answer (docs/verdicts.md):
// 404 for what is unknown, 503 while the store is out of reach. Whatever else
// could not be checked is 200: asking again would bring the same answer.
func AnswerStatus(a registry.Answer) int {
	switch {
	case a.Status == registry.StatusNotFound:
		return http.StatusNotFound
	case a.Status == registry.StatusCouldNotCheck && slices.ContainsFunc(a.Reasons, func(r registry.Reason) bool { return r.Code == unreachable }):
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}
