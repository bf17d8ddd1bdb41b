package web

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// refused turns the refusal of a deed into what its page says about it, with the
// status that goes with it. What has no place on that page (no such thing, a
// change by somebody else, a fault of ours) stays an error, with a page of its
// own.
func refused(c *gin.Context, err error) (*staff.Refusal, int, error) {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return nil, 0, err
	}
	switch refusal.Kind {
	case registry.Invalid, registry.Conflict, registry.Forbidden, registry.TooLarge:
	default:
		return nil, 0, err
	}
	problem := edge.Describe(c, err)
	out := &staff.Refusal{Message: problem.Detail, Fix: problem.Fix}
	p := edge.Printer(c)
	for _, item := range problem.Errors {
		if item.Message == problem.Detail {
			continue // the refusal itself, told once
		}
		text := item.Message
		if item.Row > 0 && refusal.Code == "import.rejected" {
			text = p.T("intake.row", item.Row) + " · " + text
		}
		out.Wrongs = append(out.Wrongs, ui.Wrong{Text: text, Fix: item.Fix})
	}
	return out, problem.Status, nil
}

// fieldOf is the field that a refusal is about, "" for the whole form.
func fieldOf(err error) string {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		return refusal.Field
	}
	return ""
}

// wrong says in the reader's language what is wrong with a field.
func wrong(c *gin.Context, code string, args ...any) [2]string {
	message, fix := edge.Printer(c).Error(&registry.Error{Code: code, Args: args})
	return [2]string{message, fix}
}

// said is a refusal of the page itself.
func said(c *gin.Context, code string, args ...any) *staff.Refusal {
	w := wrong(c, code, args...)
	return &staff.Refusal{Message: w[0], Fix: w[1]}
}

func wrongAt(field string, w [2]string) ui.Wrong {
	return ui.Wrong{FieldID: field, Text: w[0], Fix: w[1]}
}
