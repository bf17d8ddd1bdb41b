package edge

import (
	"maps"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// policy lets a page load what this server holds and nothing else. A page that
// needs more (the scanner's WebAssembly) sets its own.
const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// bare is the policy of what is no page: it loads nothing, and nobody frames it.
const bare = "default-src 'none'; frame-ancestors 'none'"

// headers sets what every answer carries. Nothing may be stored on the way
// unless a handler of public data says so. What only a page heeds (its features,
// its windows, its links) is left out of the API's answers: a header costs the
// server about as much as reading a field of the answer does.
func headers(publicURL string) gin.HandlerFunc {
	data := map[string][]string{
		"Cache-Control":           {"no-store"},
		"Content-Security-Policy": {bare},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Robots-Tag":            {"noindex"},
	}
	if strings.HasPrefix(publicURL, "https://") {
		data["Strict-Transport-Security"] = []string{"max-age=63072000"}
	}
	page := maps.Clone(data)
	delete(page, "X-Robots-Tag") // some pages are for everybody to find
	maps.Copy(page, map[string][]string{
		"Content-Security-Policy":      {policy},
		"Referrer-Policy":              {"no-referrer"}, // codes and tokens stand in paths
		"Permissions-Policy":           {"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
	})
	for _, fixed := range []map[string][]string{data, page} {
		for name, values := range fixed {
			fixed[name] = values[:1:1] // whoever adds a value gets a slice of his own
		}
	}
	return func(c *gin.Context) {
		if isAPI(c) {
			maps.Copy(c.Writer.Header(), data)
			return
		}
		maps.Copy(c.Writer.Header(), page)
	}
}

// isAPI tells the API, which is for programs, from the pages.
func isAPI(c *gin.Context) bool { return strings.HasPrefix(c.Request.URL.Path, "/api/") }

// Public marks an answer as the same for everybody: caches and pages of other
// origins may have it. maxAge is in seconds.
func Public(c *gin.Context, cacheControl string) {
	c.Header("Cache-Control", cacheControl)
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Access-Control-Expose-Headers", "ETag, Content-Location")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin")
}

// NotModified answers a conditional request (RFC 9110 §13.1.2) and reports
// whether it did. tag is the quoted entity tag.
func NotModified(c *gin.Context, tag string) bool {
	c.Header("ETag", tag)
	for t := range strings.SplitSeq(c.GetHeader("If-None-Match"), ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == tag || t == "*" {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return true
		}
	}
	return false
}

// admit works on so many requests at a time and tells the others to come back:
// early and cheap, while there is memory left. Health checks always pass.
func (e *engine) admit(c *gin.Context) {
	if c.FullPath() == "/healthz" {
		return
	}
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
		c.Next()
	default:
		Fail(c, registry.Fail(registry.Unavailable, "edge.busy"))
	}
}

// sameOrigin refuses forms that another site sends with a visitor's cookies. The
// API reads no cookie, so there is nothing to protect there.
func (e *engine) sameOrigin(c *gin.Context) {
	if isAPI(c) {
		return
	}
	if err := e.origin.Check(c.Request); err != nil {
		Fail(c, registry.Fail(registry.Forbidden, "request.cross_origin"))
	}
}

// AllowBody sets another limit for this request's body, in bytes; it refuses one
// that announces to be larger. Call it before the body is read.
func AllowBody(c *gin.Context, limit int64) error {
	if c.Request.ContentLength > limit {
		return &http.MaxBytesError{Limit: limit}
	}
	body := c.Request.Body
	if s := about(c); s != nil && s.body != nil {
		body = s.body
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, body, limit)
	return nil
}
