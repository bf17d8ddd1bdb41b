package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
)

type heldRow struct {
	Enrolment registry.ID `json:"enrolment"`
	Reason    string      `json:"reason" minLength:"1" maxLength:"500"`
}

type approveBody struct {
	Hold      []heldRow     `json:"hold,omitempty" maxItems:"5000" nullable:"false" doc:"People who get no certificate now, with the reason"`
	ValidFrom registry.Date `json:"valid_from,omitzero" doc:"Ceremony day; default: the day of issue. Never moves the end of validity"`
	Note      string        `json:"note,omitempty" maxLength:"500" doc:"Needed where the base is no longer accredited"`
	Passkey   *assertion    `json:"passkey,omitempty" doc:"The approver's signature over this decision, as the browser's passkey gives it (WebAuthn AuthenticationResponseJSON); needed where the issuer asks for it"`
}

type returnBody struct {
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
	Rows   []heldRow `json:"rows,omitempty" maxItems:"5000" nullable:"false" doc:"Reasons for single people"`
}

type cancelBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// OptionalMatch lets a decision say which version it is about: an edit since
// then voids it.
type OptionalMatch struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version that was looked at; without it the class is decided as it is"`
}

// version is the version that was looked at, 0 where none is named.
func (m OptionalMatch) version(class registry.ID) (int64, error) {
	if m.IfMatch == "" {
		return 0, nil
	}
	return ifMatch(m.IfMatch, "class", class)
}

type (
	approveInput struct {
		ClassParams
		OptionalMatch
		Body *approveBody
	}
	returnInput struct {
		ClassParams
		OptionalMatch
		Body returnBody
	}
	cancelInput struct {
		ClassParams
		Body cancelBody
	}
	approveOutput struct {
		Status   int
		Location string `header:"Location"`
		ETag     string `header:"ETag"`
		Body     approval
	}
)

// approval is what an approval led to.
type approval struct {
	Class       registry.Class `json:"class"`
	Total       int            `json:"total" doc:"Credentials of this approval"`
	Issued      int            `json:"issued" doc:"Of them signed by now"`
	Job         registry.ID    `json:"job,omitempty" doc:"To watch, where signing goes on"`
	Credentials []issued       `json:"credentials" nullable:"false"`
}

type issued struct {
	Number    registry.Number `json:"number"`
	Enrolment registry.ID     `json:"enrolment"`
	Name      string          `json:"name"`
}

func (s *Server) mountDecisions(api huma.API) {
	act := s.acting("/api/v1/classes/{id}/", "classes")
	huma.Register(api, act("submit", "submitClass", "Hand a class to an approver",
		describe("Whoever is still without attendance, theory or skills keeps it back (409), by name.")), s.submitClass)
	huma.Register(api, act("approve", "approveClass", "Approve a class and issue its certificates", refuses(412),
		describe("Another person than trainer, assessor, submitter and trainee. Up to 100 certificates exist when this answers (200); above, a job goes on (202, Location)."),
		s.alsoAnswers(http.StatusAccepted, "Approved; a job signs the certificates")), s.approveClass)
	huma.Register(api, act("return", "returnClass", "Send a submitted class back to its trainers", refuses(412)), s.returnClass)
	huma.Register(api, act("cancel", "cancelClass", "End a class before it is submitted"), s.cancelClass)
}

// acting describes decisions about one thing: posts below its path, each done
// once.
func (s *Server) acting(below, noun string) func(path, id, summary string, more ...func(*huma.Operation)) huma.Operation {
	return func(path, id, summary string, more ...func(*huma.Operation)) huma.Operation {
		all := []func(*huma.Operation){tag(noun), refuses(404), s.staff, s.once}
		return operation(http.MethodPost, below+path, id, summary, append(all, more...)...)
	}
}

// alsoAnswers documents another success of the route, with the same body.
func (s *Server) alsoAnswers(status int, text string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		if op.Metadata == nil {
			op.Metadata = map[string]any{}
		}
		op.Metadata["also"] = alsoAnswer{status, text}
	}
}

func (s *Server) submitClass(ctx context.Context, in *ClassParams) (*classOutput, error) {
	c, err := s.Training.Submit(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return classAnswer(c), nil
}

func (s *Server) approveClass(ctx context.Context, in *approveInput) (*approveOutput, error) {
	decision, err := in.Body.decision()
	if err != nil {
		return nil, err
	}
	if decision.Version, err = in.version(in.ID); err != nil {
		return nil, err
	}
	a, err := s.Issue.Approve(ctx, actor(ctx), in.ID, decision)
	if err != nil {
		return nil, err
	}
	out := &approveOutput{Status: http.StatusOK, ETag: etag(a.Class.Version),
		Body: approval{Class: a.Class, Total: a.Total, Issued: a.Issued, Credentials: make([]issued, len(a.Credentials))}}
	for i, c := range a.Credentials {
		out.Body.Credentials[i] = issued{Number: c.Number, Enrolment: c.Enrolment, Name: c.Snapshot.Name}
	}
	if a.Issued < a.Total {
		out.Status, out.Body.Job, out.Location = http.StatusAccepted, a.Run, "/api/v1/jobs/"+string(a.Run)
	}
	return out, nil
}

func (b *approveBody) decision() (issue.ApproveInput, error) {
	if b == nil {
		return issue.ApproveInput{}, nil
	}
	passkey, err := b.Passkey.json()
	return issue.ApproveInput{Hold: holds(b.Hold), ValidFrom: b.ValidFrom, Note: b.Note, Passkey: passkey}, err
}

func holds(rows []heldRow) []issue.Held {
	var out []issue.Held
	for _, r := range rows {
		out = append(out, issue.Held{Enrolment: r.Enrolment, Reason: r.Reason})
	}
	return out
}

func (s *Server) returnClass(ctx context.Context, in *returnInput) (*classOutput, error) {
	version, err := in.version(in.ID)
	if err != nil {
		return nil, err
	}
	c, err := s.Issue.Return(ctx, actor(ctx), in.ID, in.Body.Reason, holds(in.Body.Rows), version)
	if err != nil {
		return nil, err
	}
	return classAnswer(c), nil
}

func (s *Server) cancelClass(ctx context.Context, in *cancelInput) (*classOutput, error) {
	c, err := s.Training.CancelClass(ctx, actor(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return classAnswer(c), nil
}
