package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
)

// exportBatch is how many rows of an export are read at a time: each batch is a
// short read of its own, so a slow client holds no snapshot.
const exportBatch = 500

// mostExported is how many rows one file has: as many as a spreadsheet opens.
const mostExported = 1_000_000

// outList is an export: where it comes from and what its rows are.
type outList struct {
	register string
	head     []string
	// more calls put with the rows after the id, and returns the last id and how
	// many there were.
	more func(after registry.ID, put func(cells ...string) error) (last registry.ID, n int, err error)
}

// exportAsked reads the form of an export.
func exportAsked(c *gin.Context, register string) store.Export {
	e := store.Export{Register: register, Format: "xlsx", Reason: c.PostForm("reason"), Whole: c.PostForm("whole") != ""}
	if c.PostForm("format") == "csv" {
		e.Format = "csv"
	}
	return e
}

// sendList notes the export and answers with the file, written while it is read.
func (s *Server) sendList(c *gin.Context, v visitor, e store.Export, l outList) error {
	e.At = s.Now()
	if err := access.NoteExport(c.Request.Context(), s.DB, v.actor, e); err != nil {
		return err
	}
	media := xlsxType
	if e.Format == "csv" {
		media = "text/csv; charset=utf-8"
	}
	name := "passmuster-" + l.register + "-" + registry.DateOf(e.At.UTC()).String() + "." + e.Format
	return edge.Stream(c, edge.File{Name: name, Media: media}, func(w io.Writer) error {
		list := intake.CSVList(w)
		if e.Format == "xlsx" {
			list = intake.XLSXList(w, l.register)
		}
		if err := list.Row(l.head...); err != nil {
			return err
		}
		after := registry.ID("")
		for sent := 0; sent < mostExported; {
			last, n, err := l.more(after, list.Row)
			if err != nil {
				return err
			}
			if sent += n; n < exportBatch {
				break
			}
			after = last
		}
		return list.Close()
	})
}

// exportRefused tells on the page of the register why there is no file.
func exportRefused(c *gin.Context, e *staff.Export, err error) (status int, other error) {
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Field != "reason" {
		return 0, err
	}
	problem := edge.Describe(c, err)
	e.Error, e.Fix = problem.Detail, problem.Fix
	e.Reason = c.PostForm("reason")
	if c.PostForm("whole") != "" {
		e.Whole = "1"
	}
	return problem.Status, nil
}

// reader is as whom a register with people's names is read: for a file that may
// leave, only where the actor may export personal data.
func reader(c *gin.Context, v visitor) registry.Actor {
	if c.Request.Method == http.MethodPost && registry.Substantial(c.PostForm("reason")) {
		return access.Exporting(v.actor)
	}
	return v.actor
}

// kept are the values of a filter as a form carries them along.
func kept(values url.Values) []staff.Kept {
	var list []staff.Kept
	for name := range values {
		list = append(list, staff.Kept{Name: name, Value: values.Get(name)})
	}
	return list
}
