package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// config sets huma up without the parts that reach outside or change bodies: no
// docs page of another host, no schema links.
func (s *Server) config() huma.Config {
	c := huma.DefaultConfig("Passmuster", s.Version)
	c.Info.Description = "Registry of training certificates: who was trained for what, the certificate, and whether it holds. " +
		"Refusals are problem documents (RFC 9457); their code is stable, their texts follow Accept-Language (zh, en, ru)."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.Servers = []*huma.Server{{URL: s.Origin}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearerScheme: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "From POST /api/v1/session"},
	}
	c.Tags = []*huma.Tag{
		{Name: "verify", Description: "For everybody, no login"}, {Name: "published", Description: "Keys, lists and files for verifiers and holders"},
		{Name: "session"}, {Name: "classes"}, {Name: "imports"}, {Name: "documents", Description: "Files and papers around a class"}, {Name: "jobs"}, {Name: "credentials"}, {Name: "templates"}, {Name: "registers"}, {Name: "people"}, {Name: "reports"}, {Name: "audit"}, {Name: "operation"},
	}
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[registry.Date](), reflect.TypeFor[civilDate]())
	return c
}

// civilDate is how the document describes a registry.Date.
type civilDate struct{}

// Schema is a date without a zone; the empty text is none.
func (civilDate) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?$`,
		Description: "Civil date, YYYY-MM-DD; empty: none", Examples: []any{"2026-11-21"}}
}

// documenter describes the routes that work on gin itself.
type documenter struct{ api huma.API }

// plain is such a route.
type plain struct {
	method, path, id, tag, summary, text string

	staff, once bool
	paced       bool // a body that comes too slowly is 503 there
	body        *huma.RequestBody
	status      int          // of success; 0: 200
	media       string       // of the answer; "": application/json
	also        []string     // other media types of the answer
	schema      *huma.Schema // of the answer; nil: binary
	answers     []int        // other statuses with the same kind of answer
	refuses     []int        // statuses with a problem document
	headers     []string
	query       map[string]string // what may be asked for, and what it means
}

// schema describes a Go type, by reference.
func (d documenter) schema(v any) *huma.Schema {
	return d.api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}

func (d documenter) body(v any) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: d.schema(v)}}}
}

func (d documenter) add(p plain) {
	op := &huma.Operation{Method: p.method, Path: p.path, OperationID: p.id, Summary: p.summary, Description: p.text, Tags: []string{p.tag},
		RequestBody: p.body, Responses: map[string]*huma.Response{}, Security: []map[string][]string{}, Metadata: map[string]any{"paced": p.paced}}
	for _, part := range strings.Split(p.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			op.Parameters = append(op.Parameters, &huma.Param{Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.query)) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Description: p.query[name], Schema: &huma.Schema{Type: huma.TypeString}})
	}
	if p.staff {
		op.Security = []map[string][]string{{bearerScheme: {}}}
		p.refuses = append(p.refuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	if p.once {
		op.Parameters = append(op.Parameters, keyParam())
		p.refuses = append(p.refuses, http.StatusConflict)
	}
	if p.status == 0 {
		p.status = http.StatusOK
	}
	for _, status := range append([]int{p.status}, p.answers...) {
		op.Responses[strconv.Itoa(status)] = p.answer(status)
	}
	for _, status := range append(p.refuses, http.StatusInternalServerError) {
		if op.Responses[strconv.Itoa(status)] == nil {
			op.Responses[strconv.Itoa(status)] = d.problem(status)
		}
	}
	d.api.OpenAPI().AddOperation(op)
}

func (p plain) answer(status int) *huma.Response {
	r := &huma.Response{Description: http.StatusText(status)}
	for _, h := range p.headers {
		if r.Headers == nil {
			r.Headers = map[string]*huma.Param{}
		}
		r.Headers[h] = &huma.Param{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	if status == http.StatusNotModified {
		return r
	}
	media := p.media
	if media == "" {
		media = "application/json"
	}
	schema := p.schema
	if schema == nil {
		schema = &huma.Schema{Type: huma.TypeString, Format: "binary"}
	}
	r.Content = map[string]*huma.MediaType{media: {Schema: schema}}
	for _, other := range p.also {
		r.Content[other] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		if other == "application/vc" {
			r.Content[other].Schema = &huma.Schema{Type: huma.TypeObject}
		}
	}
	return r
}

func (d documenter) problem(status int) *huma.Response {
	return &huma.Response{Description: http.StatusText(status),
		Content: map[string]*huma.MediaType{"application/problem+json": {Schema: d.schema(edge.Problem{})}}}
}

// common adds what is refused wherever it can happen: a body that does not come
// whole (400) or comes too slowly (408), and a server that has too much to do.
func (d documenter) common(op *huma.Operation) {
	var statuses []int
	if readsBody(op) {
		statuses = append(statuses, http.StatusBadRequest)
		if op.Metadata["paced"] != true {
			statuses = append(statuses, http.StatusRequestTimeout)
		}
	}
	for _, status := range statuses {
		if op.Responses[strconv.Itoa(status)] == nil {
			op.Responses[strconv.Itoa(status)] = d.problem(status)
		}
	}
	if r := op.Responses["503"]; r != nil { // also where it is an answer
		maps.Copy(r.Content, d.problem(http.StatusServiceUnavailable).Content)
	}
	op.Responses["default"] = d.problem(0)
	op.Responses["default"].Description = "Any other refusal"
}

// readsBody tells whether the route reads a body; one with an Idempotency-Key does,
// for it is compared.
func readsBody(op *huma.Operation) bool {
	return op.RequestBody != nil || slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == keyHeader })
}

// finish adds to each operation what any of them may answer, and the second
// success of those that have one.
func (d documenter) finish() {
	for _, item := range d.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				d.common(op)
			}
		}
		op := item.Post
		if op == nil {
			continue
		}
		more, ok := op.Metadata["also"].(alsoAnswer)
		if ok {
			op.Responses[strconv.Itoa(more.status)] = &huma.Response{Description: more.text, Content: op.Responses["200"].Content, Headers: op.Responses["200"].Headers}
		}
	}
}

// alsoAnswer is another success of a route.
type alsoAnswer struct {
	status int
	text   string
}

// mountDocument serves the document and its page. It comes last: what is mounted
// later is not in it.
func (s *Server) mountDocument(e *gin.Engine, api huma.API) {
	d := documenter{api}
	d.add(plain{method: http.MethodGet, path: "/openapi.json", id: "document", tag: "operation", summary: "This document (OpenAPI 3.1)",
		schema: &huma.Schema{Type: huma.TypeObject}})
	d.add(plain{method: http.MethodGet, path: "/docs", id: "docs", tag: "operation", summary: "This document as a page", media: "text/html"})
	d.finish()
	var err error
	if s.document, err = json.Marshal(api.OpenAPI()); err != nil {
		s.Log.Error("OpenAPI document not written", "error", err)
		s.document = []byte("{}")
	}
	s.docs = newPage(api.OpenAPI())
	e.GET("/openapi.json", func(c *gin.Context) {
		edge.Public(c, "public, max-age=300")
		c.Data(http.StatusOK, "application/json", s.document)
	})
	e.GET("/docs", func(c *gin.Context) {
		c.Header("Content-Security-Policy", s.docs.policy)
		c.Data(http.StatusOK, "text/html; charset=utf-8", s.docs.body)
	})
}
