package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
)

// newMember is one person to be enrolled. The texts are read by the same rules
// as a roster file.
type newMember struct {
	Name         string        `json:"name" maxLength:"400"`
	LatinName    string        `json:"latin_name,omitempty" maxLength:"400"`
	IDType       string        `json:"id_type,omitempty" maxLength:"40" doc:"cn_id, passport, snils, …; left out: told from the id"`
	ID           string        `json:"id,omitempty" maxLength:"60" doc:"The full personal id; only a keyed hash and four characters are kept"`
	BirthDate    registry.Date `json:"birth_date,omitzero"`
	Phone        string        `json:"phone,omitempty" maxLength:"40"`
	Email        string        `json:"email,omitempty" maxLength:"254"`
	Organization string        `json:"organization,omitempty" maxLength:"200"`
	Department   string        `json:"department,omitempty" maxLength:"200"`
	Title        string        `json:"title,omitempty" maxLength:"200"`
	Theory       *int          `json:"theory,omitempty" minimum:"0" maximum:"100"`
	Skills       *bool         `json:"skills,omitempty"`
}

type enrolBody struct {
	People        []newMember `json:"people" minItems:"1" maxItems:"5000" nullable:"false"`
	AllOrNothing  bool        `json:"all_or_nothing,omitempty" doc:"One bad row keeps all out (422); otherwise the good rows are taken"`
	RecordResults bool        `json:"record_results,omitempty" doc:"Also record that everybody was there, and the marks of the rows"`
	Statement     string      `json:"statement,omitempty" maxLength:"500" doc:"The assessor's word for skills marked in bulk"`
}

// enrolReport says what became of each row.
type enrolReport struct {
	Enrolled  int                `json:"enrolled"`
	Unchanged int                `json:"unchanged" doc:"Already in this class"`
	Rejected  int                `json:"rejected"`
	Recorded  int                `json:"recorded" doc:"People whose results were written"`
	Errors    []edge.ProblemItem `json:"errors" nullable:"false" doc:"Row by row; warnings do not stop a row"`
	People    []enrolled         `json:"people" nullable:"false"`
}

type enrolled struct {
	Row       int         `json:"row"`
	Enrolment registry.ID `json:"enrolment"`
	Name      string      `json:"name"`
	New       bool        `json:"new"`
}

type attendanceBody struct {
	Marks []attendanceMark `json:"marks" minItems:"1" maxItems:"50000" nullable:"false"`
}

type attendanceMark struct {
	Enrolment registry.ID `json:"enrolment"`
	Session   registry.ID `json:"session,omitempty" doc:"Left out: all sessions"`
	State     string      `json:"state" enum:"present,late,left_early,absent"`
	Minutes   int         `json:"minutes,omitempty" minimum:"0" maximum:"1440" doc:"For late and left_early"`
}

type resultsBody struct {
	Results []result `json:"results" minItems:"1" maxItems:"20000" nullable:"false"`
}

type result struct {
	Enrolment registry.ID     `json:"enrolment"`
	Kind      string          `json:"kind" enum:"theory,skills"`
	Score     *int            `json:"score,omitempty" minimum:"0" maximum:"100" doc:"Theory; left out where there is none: blank is not 0"`
	Items     map[string]bool `json:"items,omitempty" doc:"Skills, item by item"`
	Passed    *bool           `json:"passed,omitempty" doc:"The whole skills sheet at once; needs statement"`
	Statement string          `json:"statement,omitempty" maxLength:"500"`
	Note      string          `json:"note,omitempty" maxLength:"500"`
	Retake    bool            `json:"retake,omitempty" doc:"Begin a new attempt; otherwise the current one is corrected"`
	On        registry.Date   `json:"on,omitzero" doc:"Default: the last session, today at most"`
}

type (
	enrolInput struct {
		ClassParams
		Body enrolBody
	}
	enrolOutput struct {
		ETag string `header:"ETag"`
		Body enrolReport
	}
	attendanceInput struct {
		ClassParams
		Body attendanceBody
	}
	resultsInput struct {
		ClassParams
		Body resultsBody
	}
)

func (s *Server) mountRecord(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/api/v1/classes/{id}/enrolments", "listEnrolments", "The people of a class and where they stand",
		tag("classes"), s.staff, refuses(404)), s.listMembers)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/enrolments", "enrol", "Enrol people", tag("classes"), large, s.staff, s.once,
		refuses(404, 413), describe("Good rows are taken, bad ones come back with row, field, what is wrong and how to put it right. Somebody is found again by the full id and by nothing else.")), s.enrol)
	huma.Register(api, operation(http.MethodPut, "/api/v1/classes/{id}/attendance", "recordAttendance", "Write attendance", tag("classes"), large, s.staff,
		refuses(404, 409, 413), describe("Writing it again replaces what was there.")), s.recordAttendance)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/results", "recordResults", "Write theory and skills marks", tag("classes"), large,
		s.staff, s.once, refuses(404, 413), describe("Marks are appended: a correction keeps the entry that it corrects.")), s.recordResults)
}

func (s *Server) enrol(ctx context.Context, in *enrolInput) (*enrolOutput, error) {
	rows := make([]map[string]string, len(in.Body.People))
	for i, p := range in.Body.People {
		rows[i] = p.texts()
	}
	roster, err := s.Training.ReadRows(ctx, actor(ctx), in.ID, rows)
	if err != nil {
		return nil, err
	}
	o := training.EnrolOptions{Source: "api", AllOrNothing: in.Body.AllOrNothing, Results: in.Body.RecordResults, Statement: in.Body.Statement}
	report, class, err := s.Training.Enrol(ctx, actor(ctx), in.ID, roster.Rows, o)
	if err != nil {
		return nil, err
	}
	return &enrolOutput{ETag: etag(class.Version), Body: showReport(ctx, report)}, nil
}

// texts are the fields of a person as a roster file would have them; empty ones
// are left out.
func (p newMember) texts() map[string]string {
	row := map[string]string{}
	for name, v := range map[string]string{"name": p.Name, "latin_name": p.LatinName, "id_type": p.IDType, "id": p.ID, "birth_date": p.BirthDate.String(),
		"phone": p.Phone, "email": p.Email, "organization": p.Organization, "department": p.Department, "title": p.Title} {
		if v != "" || name == "name" {
			row[name] = v
		}
	}
	if p.Theory != nil {
		row["theory"] = strconv.Itoa(*p.Theory)
	}
	if p.Skills != nil {
		row["skills"] = strconv.FormatBool(*p.Skills)
	}
	return row
}

func showReport(ctx context.Context, r training.EnrolReport) enrolReport {
	out := enrolReport{Enrolled: r.Enrolled, Unchanged: r.Unchanged, Rejected: r.Rejected, Recorded: r.Recorded,
		Errors: items(ctx, r.Faults), People: make([]enrolled, len(r.People))}
	for i, p := range r.People {
		out.People[i] = enrolled{Row: p.Row, Enrolment: p.Enrolment, Name: p.Name, New: p.New}
	}
	return out
}

func items(ctx context.Context, faults []registry.Fault) []edge.ProblemItem {
	list := edge.Items(of(ctx).printer, faults)
	if list == nil {
		list = []edge.ProblemItem{}
	}
	return list
}

func (s *Server) recordAttendance(ctx context.Context, in *attendanceInput) (*classOutput, error) {
	marks := make([]training.AttendanceInput, len(in.Body.Marks))
	for i, m := range in.Body.Marks {
		marks[i] = training.AttendanceInput{Enrolment: m.Enrolment, Session: m.Session, State: registry.Presence(m.State), Minutes: m.Minutes}
	}
	c, err := s.Training.RecordAttendance(ctx, actor(ctx), in.ID, marks)
	if err != nil {
		return nil, err
	}
	return classAnswer(c), nil
}

func (s *Server) recordResults(ctx context.Context, in *resultsInput) (*classOutput, error) {
	results := make([]training.ResultInput, len(in.Body.Results))
	for i, r := range in.Body.Results {
		results[i] = training.ResultInput{Enrolment: r.Enrolment, Kind: registry.AssessmentKind(r.Kind), Score: r.Score, Items: r.Items, Passed: r.Passed,
			Statement: r.Statement, Note: r.Note, Retake: r.Retake, On: r.On}
	}
	c, err := s.Training.RecordResults(ctx, actor(ctx), in.ID, results)
	if err != nil {
		return nil, err
	}
	return classAnswer(c), nil
}
