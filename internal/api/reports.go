package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
)

// Report is a report of a problem as those see it who answer for it.
type Report struct {
	ID         registry.ID     `json:"id"`
	Owner      string          `json:"owner" doc:"Code of the organization that answers for it"`
	Number     registry.Number `json:"number,omitempty" doc:"Certificate it is about, where one was found"`
	About      string          `json:"about,omitempty" doc:"Code or number as it was typed"`
	Kind       string          `json:"kind" enum:"paper,person,data,training,service,other,erasure"`
	Text       string          `json:"text,omitempty" doc:"The reporter's words"`
	Contact    string          `json:"contact,omitempty" doc:"How to reach the reporter; only for a question about this report"`
	Lang       string          `json:"lang" doc:"Language of the reporter's page"`
	MadeAt     time.Time       `json:"made_at"`
	DueOn      registry.Date   `json:"due_on" doc:"Last day for the answer"`
	Overdue    bool            `json:"overdue"`
	Outcome    string          `json:"outcome,omitempty" enum:"holds,corrected,stopped,not_ours,erased,declined,withdrawn" doc:"Absent while it waits; the last three answer kind erasure, a holder's wish that his data be erased"`
	Answer     string          `json:"answer,omitempty"`
	AnsweredBy registry.ID     `json:"answered_by,omitempty" doc:"Account"`
	AnsweredAt *time.Time      `json:"answered_at,omitempty"`
	ErasedAt   *time.Time      `json:"erased_at,omitempty" doc:"Since when the reporter's words are gone"`
}

type reportsParams struct {
	PageParams
	State string `query:"state" enum:"waiting,answered" default:"waiting"`
}

type ReportParams struct {
	ID registry.ID `path:"id" maxLength:"36"`
}

type (
	answerInput struct {
		ReportParams
		Body answerBody
	}
	answerBody struct {
		Outcome string `json:"outcome" enum:"holds,corrected,stopped,not_ours,declined,withdrawn" doc:"declined or withdrawn for kind erasure, which an erasure itself grants; else one of the others"`
		Answer  string `json:"answer" minLength:"1" maxLength:"1000" doc:"The reporter reads it"`
	}
	reportsList  struct{ Body list[Report] }
	reportOutput struct{ Body Report }
)

func (s *Server) mountReports(api huma.API) {
	const path = "/api/v1/reports"
	huma.Register(api, operation(http.MethodGet, path, "listReports", "Reports of problems that you answer for", tag("reports"), strictQuery, s.staff,
		describe("Those that wait, the most urgent first, or those that were answered, the newest first. People file reports without an account, at /report and on every result page.")), s.listReports)
	huma.Register(api, operation(http.MethodGet, path+"/{id}", "showReport", "One report", tag("reports"), s.staff, refuses(404)), s.showReport)
	huma.Register(api, operation(http.MethodPost, path+"/{id}/answer", "answerReport", "Answer a report, once", tag("reports"), s.staff, s.once, refuses(404, 409)), s.answerReport)
	huma.Register(api, operation(http.MethodPost, path+"/{id}/erase", "eraseReport", "Take out what the reporter wrote, for good", tag("reports"), s.staff, s.once, refuses(404)), s.eraseReport)
}

func (s *Server) listReports(ctx context.Context, in *reportsParams) (*reportsList, error) {
	after, err := in.before()
	if err != nil {
		return nil, err
	}
	all, err := s.Report.Reports(ctx, actor(ctx), store.ReportFilter{Closed: in.State == "answered", After: after, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	return &reportsList{pageOf(all, in.Limit, func(e report.Entry) registry.ID { return e.ID }, reportView)}, nil
}

func reportView(e report.Entry) Report {
	v := Report{ID: e.ID, Owner: e.Owner.Code, Number: e.Number, About: e.About, Kind: string(e.Kind), Text: e.Text, Contact: e.Contact, Lang: e.Lang,
		MadeAt: e.MadeAt, DueOn: e.DueOn, Overdue: e.Overdue, Outcome: string(e.Outcome), Answer: e.Answer, AnsweredBy: e.AnsweredBy}
	if !e.AnsweredAt.IsZero() {
		v.AnsweredAt = &e.AnsweredAt
	}
	if !e.ErasedAt.IsZero() {
		v.ErasedAt = &e.ErasedAt
	}
	return v
}

func (s *Server) showReport(ctx context.Context, in *ReportParams) (*reportOutput, error) {
	e, err := s.Report.Report(ctx, actor(ctx), in.ID)
	return &reportOutput{reportView(e)}, err
}

func (s *Server) answerReport(ctx context.Context, in *answerInput) (*reportOutput, error) {
	e, err := s.Report.Answer(ctx, actor(ctx), in.ID, registry.ReportOutcome(in.Body.Outcome), in.Body.Answer)
	return &reportOutput{reportView(e)}, err
}

func (s *Server) eraseReport(ctx context.Context, in *ReportParams) (*reportOutput, error) {
	if err := s.Report.Erase(ctx, actor(ctx), in.ID); err != nil {
		return nil, err
	}
	return s.showReport(ctx, in)
}
