package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
)

// maxRoster is the largest roster file, in bytes; the form around it may take a
// little more.
const (
	maxRoster = 10 << 20
	maxForm   = maxRoster + 64<<10
)

// importView is a roster file as it would be, or was, taken into a class.
type importView struct {
	ID        registry.ID        `json:"id"`
	Class     registry.ID        `json:"class"`
	Filename  string             `json:"filename"`
	SHA256    string             `json:"sha256"`
	Status    string             `json:"status" enum:"needs_mapping,previewed,committing,done,done_with_skips,discarded"`
	Columns   []importColumn     `json:"columns" nullable:"false"`
	Rows      int                `json:"rows"`
	Enrolled  int                `json:"enrolled" doc:"That it would enrol, or has enrolled"`
	Unchanged int                `json:"unchanged"`
	Rejected  int                `json:"rejected"`
	Recorded  int                `json:"recorded"`
	Errors    []edge.ProblemItem `json:"errors" nullable:"false"`
	Notes     []edge.ProblemItem `json:"notes" nullable:"false" doc:"About the file as a whole"`
	LeftOut   []int              `json:"left_out,omitempty" doc:"Rows that were left out by hand"`
	CreatedAt time.Time          `json:"created_at"`
}

// importColumn is a column of the file and what it was taken for.
type importColumn struct {
	Heading string `json:"heading"`
	Field   string `json:"field,omitempty" doc:"Absent: the column means nothing here"`
}

type commitBody struct {
	AllOrNothing  bool   `json:"all_or_nothing,omitempty" doc:"One bad row keeps all out (422)"`
	RecordResults bool   `json:"record_results,omitempty" doc:"Also record that everybody was there, and the marks of the rows"`
	Statement     string `json:"statement,omitempty" maxLength:"500" doc:"The assessor's word for skills marked in bulk"`
}

// importEdit corrects a stored roster; the uploaded file stays as it was.
type importEdit struct {
	Mapping  map[string]string `json:"mapping,omitempty" doc:"Field of each heading, or ignored; remembered for the base and these headings"`
	Cells    []importCell      `json:"cells,omitempty" maxItems:"1000" nullable:"false"`
	LeaveOut []int             `json:"leave_out,omitempty" maxItems:"5000" nullable:"false" doc:"Rows that are not taken"`
	TakeBack []int             `json:"take_back,omitempty" maxItems:"5000" nullable:"false" doc:"Rows left out before"`
}

// importCell is the new text of one cell.
type importCell struct {
	Row    int    `json:"row" minimum:"1" doc:"As a spreadsheet shows it"`
	Column int    `json:"column" minimum:"1" maximum:"64" doc:"From 1, in the order of columns"`
	Text   string `json:"text" maxLength:"1000"`
}

type editImportInput struct {
	ImportParams
	Body importEdit
}

type ImportParams struct {
	ID registry.ID `path:"id" maxLength:"64"`
}

type commitInput struct {
	ImportParams
	Body *commitBody
}

type importOutput struct{ Body importView }

type commitOutput struct {
	Status   int
	Location string `header:"Location" doc:"Of the job, for a long roster"`
	Body     importView
}

// upload is what came in the form.
type upload struct {
	filename string
	data     []byte
	mapping  map[string]string
	kind     string // of a register's list
}

// hash stands for the request's content: a form that is sent again has another
// boundary, and is the same request.
func (u upload) hash() string {
	b, err := json.Marshal([]any{u.filename, u.mapping, u.kind})
	if err != nil { // strings
		return ""
	}
	sum := sha256.Sum256(slices.Concat(b, u.data))
	return hex.EncodeToString(sum[:])
}

// uploadRoster handles POST /api/v1/classes/{id}/imports, a form with the file.
func (s *Server) uploadRoster(c *gin.Context, by registry.Actor) error {
	u, err := readUpload(c)
	if err != nil {
		return err
	}
	if u.kind != "" {
		return registry.Fail(registry.Invalid, "request.unknown_field")
	}
	s.replay(c, u.hash(), func() {
		p, err := s.Training.StoreImport(c.Request.Context(), by, registry.ID(c.Param("id")), u.filename, u.data, u.mapping)
		if err != nil {
			edge.Fail(c, err)
			return
		}
		c.Header("Location", "/api/v1/imports/"+string(p.Import.ID))
		c.PureJSON(http.StatusCreated, showImport(c.Request.Context(), p))
	})
	return nil
}

func readUpload(c *gin.Context) (upload, error) {
	var u upload
	if err := edge.AllowBody(c, maxForm); err != nil {
		return u, err
	}
	form, err := c.Request.MultipartReader()
	if err != nil {
		return u, registry.Fail(registry.Invalid, "request.form")
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return u, formFault(err)
		}
		if err := u.take(part); err != nil {
			return u, err
		}
	}
	if u.data == nil {
		return u, registry.FailField(registry.Invalid, "file", "request.file")
	}
	return u, nil
}

func formFault(err error) error {
	if edge.IsUnread(err) {
		return err
	}
	return registry.Fail(registry.Invalid, "request.form")
}

func (u *upload) take(part *multipart.Part) error {
	body, err := io.ReadAll(io.LimitReader(part, maxRoster+1))
	if err != nil {
		return formFault(err)
	}
	if len(body) > maxRoster {
		return registry.Fail(registry.TooLarge, "request.too_large", "10 MiB")
	}
	switch name := part.FormName(); {
	case name == "file" && u.data == nil:
		u.filename, u.data = part.FileName(), body
		if r := []rune(u.filename); len(r) > 200 {
			u.filename = string(r[len(r)-200:]) // its end tells the format
		}
	case name == "mapping" && u.mapping == nil:
		if checkJSON(body) != nil || json.Unmarshal(body, &u.mapping) != nil {
			return registry.FailField(registry.Invalid, "mapping", "request.json")
		}
	case name == "kind" && u.kind == "" && len(body) <= 40:
		u.kind = string(body)
	default:
		return registry.Fail(registry.Invalid, "request.unknown_field")
	}
	return nil
}

func showImport(ctx context.Context, p training.Preview) importView {
	i, r := p.Import, p.Report
	v := importView{ID: i.ID, Class: i.Class, Filename: i.Filename, SHA256: i.SHA256, Status: i.Status, Enrolled: r.Enrolled,
		Unchanged: r.Unchanged, Rejected: r.Rejected, Recorded: r.Recorded, Errors: items(ctx, r.Faults), Notes: items(ctx, nil),
		CreatedAt: i.CreatedAt, Columns: []importColumn{}, LeftOut: p.Edits.Out}
	if p.Roster == nil { // a job is at it, it waits for its mapping, or the file is no longer kept
		for _, c := range p.Look.Columns {
			v.Columns = append(v.Columns, importColumn{Heading: c.Heading, Field: string(c.Field)})
		}
		return v
	}
	v.Rows, v.Notes, v.Columns = len(p.Roster.Rows), items(ctx, p.Roster.Notes), make([]importColumn, len(p.Roster.Columns.Headings))
	for n, h := range p.Roster.Columns.Headings {
		v.Columns[n].Heading = h
	}
	for field, n := range p.Roster.Columns.At {
		v.Columns[n].Field = string(field)
	}
	return v
}

func (s *Server) showImport(ctx context.Context, in *ImportParams) (*importOutput, error) {
	p, err := s.Training.PreviewImport(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &importOutput{showImport(ctx, p)}, nil
}

func (s *Server) editImport(ctx context.Context, in *editImportInput) (*importOutput, error) {
	e := training.ImportEdit{Mapping: in.Body.Mapping, Out: map[int]bool{}}
	for _, c := range in.Body.Cells {
		e.Cells = append(e.Cells, training.CellEdit{Line: c.Row, Column: c.Column - 1, Text: c.Text})
	}
	for _, row := range in.Body.TakeBack {
		e.Out[row] = false
	}
	for _, row := range in.Body.LeaveOut {
		e.Out[row] = true
	}
	p, err := s.Training.EditImport(ctx, actor(ctx), in.ID, e)
	if err != nil {
		return nil, err
	}
	return &importOutput{showImport(ctx, p)}, nil
}

func (s *Server) discardImport(ctx context.Context, in *ImportParams) (*struct{}, error) {
	return nil, s.Training.DiscardImport(ctx, actor(ctx), in.ID)
}

func (s *Server) commitImport(ctx context.Context, in *commitInput) (*commitOutput, error) {
	o := training.EnrolOptions{}
	if b := in.Body; b != nil {
		o.AllOrNothing, o.Results, o.Statement = b.AllOrNothing, b.RecordResults, b.Statement
	}
	p, err := s.Training.PreviewImport(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if p.Roster != nil && len(p.Roster.Rows) > training.ImportAtOnce {
		return s.startImport(ctx, p, o)
	}
	if p, err = s.Training.CommitImport(ctx, actor(ctx), in.ID, o); err != nil {
		return nil, err
	}
	return &commitOutput{Status: http.StatusOK, Body: showImport(ctx, p)}, nil
}

// startImport leaves a long roster to a job.
func (s *Server) startImport(ctx context.Context, p training.Preview, o training.EnrolOptions) (*commitOutput, error) {
	run, err := s.Training.StartImport(ctx, actor(ctx), p.Import.ID, o)
	if err != nil {
		return nil, err
	}
	p.Import.Status = training.ImportCommitting
	return &commitOutput{Status: http.StatusAccepted, Location: "/api/v1/jobs/" + string(run.ID), Body: showImport(ctx, p)}, nil
}

// rejectedRows handles GET /api/v1/imports/{id}/rejected.xlsx: the rows that
// were not taken, with what is wrong, to be repaired and sent again.
func (s *Server) rejectedRows(c *gin.Context, by registry.Actor) error {
	p, err := s.Training.PreviewImport(c.Request.Context(), by, registry.ID(c.Param("id")))
	if err != nil {
		return err
	}
	if p.Roster == nil {
		return registry.Fail(registry.Conflict, "wizard.discarded")
	}
	for i, row := range p.Roster.Rows { // what the class has against a row stands in the report alone
		p.Roster.Rows[i].Faults = faultsOf(p.Report.Faults, row.Line)
	}
	file, err := intake.RejectedXLSX(p.Roster, edge.Lang(c))
	if err != nil {
		return err
	}
	download(c, "rejected.xlsx")
	c.Data(http.StatusOK, xlsxType, file)
	return nil
}

func faultsOf(all []registry.Fault, line int) []registry.Fault {
	return filter(all, func(f registry.Fault) bool { return f.Row == line })
}

// download names the file that a browser keeps.
func download(c *gin.Context, name string) {
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
}
