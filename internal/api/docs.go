package api

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

//go:embed docs.html
var docsText string

//go:embed docs.css
var docsStyle string

// page is the documentation as one page that loads nothing: the policy admits
// its own style by hash.
type page struct {
	body   []byte
	policy string
}

type docsView struct {
	Title, Version, Text string
	Style                template.CSS
	Groups               []docsGroup
	Kinds                []docsKind
}

type docsGroup struct {
	Name, Text string
	Operations []docsOperation
}

type docsOperation struct {
	Method, Path, ID, Summary, Text string
	Staff                           bool
}

// docsKind is what a problem's type points to.
type docsKind struct {
	Kind   string
	Status int
	Text   string
}

var kinds = []struct {
	kind registry.Kind
	text string
}{
	{registry.Invalid, "The input breaks a rule: errors name row and field. 400 where the request cannot be read at all, or a code is mistyped."},
	{registry.Unauthenticated, "No access token, or one that does not count."},
	{registry.Forbidden, "Signed in, but not allowed to; four eyes among the reasons."},
	{registry.NotFound, "No such thing, or not yours to know of."},
	{registry.Gone, "It was here, and was erased for good at the holder's request."},
	{registry.Conflict, "The present state does not allow it."},
	{registry.Stale, "Somebody changed it meanwhile: read it again."},
	{registry.Precondition, "The edit does not say which version it is based on: send If-Match."},
	{registry.TooLarge, "Over a stated limit."},
	{registry.TooMany, "Slow down: Retry-After says for how long."},
	{registry.Unavailable, "Could not be done or checked now: try again, with the same Idempotency-Key."},
	{edge.MethodNotAllowed, "The route does not take the method."},
	{edge.Unsupported, "The route does not read the body's format."},
	{"internal", "Our fault; it is logged under the request's id."},
}

func newPage(doc *huma.OpenAPI) page {
	v := docsView{Title: doc.Info.Title, Version: doc.Info.Version, Text: doc.Info.Description, Style: template.CSS(docsStyle)}
	for _, t := range doc.Tags {
		v.Groups = append(v.Groups, docsGroup{Name: t.Name, Text: t.Description, Operations: operationsOf(doc, t.Name)})
	}
	for _, k := range kinds {
		v.Kinds = append(v.Kinds, docsKind{string(k.kind), edge.Status(registry.Fail(k.kind, "")), k.text})
	}
	var b bytes.Buffer
	if err := template.Must(template.New("docs").Parse(docsText)).Execute(&b, v); err != nil {
		return page{body: []byte("<!doctype html><title>API</title>See /openapi.json")}
	}
	sum := sha256.Sum256([]byte(docsStyle))
	return page{body: b.Bytes(), policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
}

func operationsOf(doc *huma.OpenAPI, tag string) []docsOperation {
	var list []docsOperation
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch} {
			if op != nil && slices.Contains(op.Tags, tag) {
				list = append(list, docsOperation{Method: op.Method, Path: path, ID: op.OperationID, Summary: op.Summary, Text: op.Description, Staff: len(op.Security) > 0})
			}
		}
	}
	slices.SortFunc(list, func(a, b docsOperation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return list
}
