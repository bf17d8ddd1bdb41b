package edge

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

var jsonType = []string{"application/json; charset=utf-8"}

// WritePlain is WriteAnswer for an answer whose credential is JSON already (nil:
// it has none); it writes the same members.
func WritePlain(c *gin.Context, a registry.Answer, shown []byte) {
	a = inWords(c, a)
	if a.Checks.File != nil || a.Receipt != nil || a.Credential != nil {
		c.PureJSON(AnswerStatus(a), a)
		return
	}
	buf := buffers.Get().(*[]byte)
	*buf = appendAnswer((*buf)[:0], a, shown)
	header := c.Writer.Header()
	header["Content-Type"] = jsonType
	if len(*buf) >= counted {
		header["Content-Length"] = []string{strconv.Itoa(len(*buf))}
	}
	c.Writer.WriteHeader(AnswerStatus(a))
	if c.Request.Method != http.MethodHead {
		_, _ = c.Writer.Write(*buf)
	}
	buffers.Put(buf)
}

// counted is how long an answer is that net/http no longer counts itself, in bytes.
const counted = 2 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// appendAnswer writes the answer as json.Marshal does, without looking at the
// types anew for each.
func appendAnswer(b []byte, a registry.Answer, shown []byte) []byte {
	b = appendMember(b, `{"status":`, string(a.Status))
	b = appendMember(b, `,"verdict":`, string(a.Verdict))
	b = appendInstant(append(b, `,"checked_at":`...), a.CheckedAt)
	b = appendCheck(append(b, `,"checks":{"signature":`...), a.Checks.Signature)
	b = appendCheck(append(b, `,"dates":`...), a.Checks.Dates)
	b = appendCheck(append(b, `,"status":`...), a.Checks.Status)
	b = appendCheck(append(b, `,"issuer":`...), a.Checks.Issuer)
	b = appendCheck(append(b, `,"ledger":`...), a.Checks.Ledger)
	b = append(b, `},"reasons":[`...)
	for i, r := range a.Reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMember(b, `{"code":`, r.Code)
		b = appendMember(b, `,"message":`, r.Message)
		b = append(appendMember(b, `,"next":`, r.Next), '}')
	}
	b = append(b, ']')
	if shown != nil {
		b = append(append(b, `,"credential":`...), shown...)
	}
	return append(b, '}', '\n')
}

func appendCheck(b []byte, c registry.Check) []byte {
	b = appendMember(b, `{"result":`, string(c.Result))
	if c.AsOf != nil {
		b = appendInstant(append(b, `,"as_of":`...), *c.AsOf)
	}
	if c.Reason != "" {
		b = appendMember(b, `,"reason":`, c.Reason)
	}
	return append(b, '}')
}

func appendInstant(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// appendMember writes a name and a string. What would need an escape goes the long way.
func appendMember(b []byte, name, s string) []byte {
	b = append(b, name...)
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] >= 0x7f {
			return appendText(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendText(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // a string has nothing to fail
		return append(b, `""`...)
	}
	return append(b, quoted...)
}
