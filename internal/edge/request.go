package edge

import (
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// newRequestID makes an id of our own: one from the client could break the log.
// A random UUID (RFC 9562 §5.4), though nobody must be unable to guess it.
func newRequestID() string {
	var id uuid.UUID
	binary.LittleEndian.PutUint64(id[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rand.Uint64())
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

// RequestID is the request's id, as it stands in the log and in every problem.
func RequestID(c *gin.Context) string {
	if s := about(c); s != nil {
		return s.id
	}
	return ""
}

// SetAccount names the account in the access log.
func SetAccount(c *gin.Context, id registry.ID) {
	if s := about(c); s != nil {
		s.account = string(id)
	}
}

// Lang is the reader's language: ?lang=, the cookie "lang", Accept-Language.
func Lang(c *gin.Context) i18n.Lang {
	query, cookie := "", ""
	if c.Request.URL.RawQuery != "" {
		query = c.Query("lang")
	}
	if c.Request.Header["Cookie"] != nil {
		cookie, _ = c.Cookie("lang")
	}
	return i18n.Match(query, cookie, c.GetHeader("Accept-Language"))
}

// Printer writes for the reader and marks the answer as depending on his language.
func Printer(c *gin.Context) *i18n.Printer {
	Vary(c, "Accept-Language")
	return i18n.For(Lang(c))
}

// Vary names a request header that the answer depends on (RFC 9110 §12.5.5).
func Vary(c *gin.Context, header string) {
	h := c.Writer.Header()
	for _, v := range h["Vary"] {
		if v == header {
			return
		}
	}
	h["Vary"] = append(h["Vary"], header)
}

// Client is the network that asks, to count by: an IPv4 address or the /64 of
// an IPv6 address, which is what one subscriber has.
func Client(c *gin.Context) string {
	addr, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	block, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return block.String()
}

// neighbourhood is what one stranger can have of addresses without effort, and
// a hospital shares with few others: the /24 of an IPv4 address, the /48 of an
// IPv6 address.
func neighbourhood(c *gin.Context) string {
	addr, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return "unknown"
	}
	addr, bits := addr.Unmap().WithZone(""), 48
	if addr.Is4() {
		bits = 24
	}
	block, err := addr.Prefix(bits)
	if err != nil {
		return addr.String()
	}
	return block.String()
}

// access writes one line for each request: its route, never its path, for codes
// and tokens stand in paths. Nobody's address is kept.
func (e *engine) access(c *gin.Context) {
	start := time.Now()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "unknown"
	}
	ctx := c.Request.Context()
	if !e.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	known := about(c)
	end := time.Now()
	line := slog.NewRecord(end, slog.LevelInfo, "request", 0) // without the place in the program, which the logger's own methods find out each time
	line.AddAttrs(slog.String("request", known.id), slog.String("method", method(c.Request.Method)), slog.String("route", route),
		slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(0, c.Writer.Size())), slog.Int64("ms", end.Sub(start).Milliseconds()))
	if known.account != "" {
		line.AddAttrs(slog.String("account", known.account))
	}
	if known.fault != "" {
		line.AddAttrs(slog.String("code", known.fault))
	}
	_ = e.Log.Handler().Handle(ctx, line) // a log that cannot be written has nobody to tell
}

// method keeps invented methods out of the log.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}

// recover answers for a panic: the log gets the stack, the client the request's
// id.
func (e *engine) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { // a stream that broke off: the server ends the connection, so nobody takes it for whole
			panic(v)
		}
		e.Log.Error("handler panicked", "request", RequestID(c), "route", c.FullPath(), "panic", v, slog.String("stack", string(debug.Stack())))
		Fail(c, errPanic)
	}()
	c.Next()
}
