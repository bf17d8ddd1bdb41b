package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// huma is set up by package variables; they are set once, before any route
// exists. Its own errors are English and repeat the value that was refused, a
// password among them: ours name the field and speak by code.
func init() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return &edge.Problem{Status: status}
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return edge.Describe(humagin.Unwrap(ctx), refusal(status, message, errs))
	}
}

// refusal turns what huma reports into an error of ours. A handler's own error
// comes alone and is returned as it is.
func refusal(status int, message string, errs []error) error {
	var details []*huma.ErrorDetail
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			return err
		}
		details = append(details, d)
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return registry.Fail(registry.TooLarge, "request.too_large", strconv.Itoa(maxList>>20)+" MiB")
	case status == http.StatusUnsupportedMediaType:
		return registry.Fail(edge.Unsupported, "request.media_type")
	case status == http.StatusNotAcceptable:
		return registry.Fail(registry.Unavailable, "request.ended")
	case status == http.StatusRequestTimeout:
		return registry.Fail(registry.Unavailable, "request.slow")
	case status == http.StatusBadRequest && len(details) == 0:
		return registry.Fail(registry.Invalid, "request.empty")
	case status == http.StatusBadRequest:
		return unreadable(details[0].Message)
	}
	e := &registry.Error{Kind: registry.Invalid, Code: "request.invalid", Args: []any{len(details)}}
	for _, d := range details {
		e.Faults = append(e.Faults, fault(d))
	}
	return e
}

func unreadable(message string) error {
	switch message {
	case errDuplicate.Error():
		return registry.Fail(registry.Invalid, "request.duplicate_key")
	case errEncoding.Error():
		return registry.Fail(registry.Invalid, "request.encoding")
	}
	return registry.Fail(registry.Invalid, "request.json")
}

// maxField is the longest field name repeated in a problem.
const maxField = 80

// fault writes one finding of huma's as a fault of ours: where, and which rule,
// never the value.
func fault(d *huma.ErrorDetail) registry.Fault {
	code, args, child := rule(d.Message)
	f := registry.Fault{Code: code, Args: args}
	f.Row, f.Field = place(d.Location)
	if child != "" {
		f.Field = strings.TrimPrefix(f.Field+"."+child, ".")
	}
	if len(f.Field) > maxField {
		f.Field = strings.ToValidUTF8(f.Field[:maxField], "") + "…"
	}
	return f
}

// place reads "body.people[3].name" as row 4, field "people.name". A row is the
// item of the outermost list.
func place(location string) (row int, field string) {
	parts := strings.Split(location, ".")
	switch parts[0] {
	case "body", "query", "path", "header":
		parts = parts[1:]
	}
	for i, p := range parts {
		name, index, ok := strings.Cut(p, "[")
		if n, err := strconv.Atoi(strings.TrimSuffix(index, "]")); ok && err == nil {
			if row == 0 {
				row = n + 1
			}
			parts[i] = name
		}
	}
	return row, strings.Trim(strings.Join(parts, "."), ".")
}

// rules are huma's messages by how they begin, and the code of ours for each.
var rules = []struct{ begins, code string }{
	{validation.MsgUnexpectedProperty, "request.unknown_field"},
	{"unknown query parameter", "request.unknown_field"},
	{"expected required property ", "request.missing_field"},
	{"required ", "request.missing_field"},
	{"expected value to be one of ", "request.choice"},
	{"expected length <= ", "request.too_long"},
	{"expected array length <= ", "request.too_many_items"},
	{"expected length >= ", "request.too_short"},
	{"expected array length >= ", "request.too_few_items"},
	{"expected number >= ", "request.too_small"},
	{"expected number > ", "request.too_small"},
	{"expected number <= ", "request.too_great"},
	{"expected number < ", "request.too_great"},
	{"expected string to ", "request.format"},
	{"invalid: date.format", "request.format"},
	{"expected ", "request.type"},
	{"invalid ", "request.type"},
}

// rule finds the code of a message, what the rule asks for, and the name of the
// property that is missing.
func rule(message string) (code string, args []any, child string) {
	for _, r := range rules {
		rest, ok := strings.CutPrefix(message, r.begins)
		if !ok {
			continue
		}
		switch r.code {
		case "request.missing_field":
			if name, ok := strings.CutSuffix(rest, " to be present"); ok {
				child = name
			}
		case "request.choice":
			args = []any{strings.Trim(rest, `"`)}
		case "request.too_long", "request.too_short", "request.too_small", "request.too_great", "request.too_many_items", "request.too_few_items":
			args = []any{rest}
		}
		return r.code, args, child
	}
	return "request.value", nil, ""
}
