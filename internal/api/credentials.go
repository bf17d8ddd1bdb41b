package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Credential is a credential as staff see it.
type Credential struct {
	Number      registry.Number `json:"number"`
	Code        registry.Code   `json:"code" doc:"Opens the public result"`
	VerifyURL   string          `json:"verify_url"`
	Status      registry.Status `json:"status" doc:"As shown now"`
	StatusSince time.Time       `json:"status_since"`
	Reason      string          `json:"reason,omitempty" doc:"Public reason of the last decision"`
	Kind        string          `json:"kind" enum:"competence,attendance,instructor,honour"`
	Name        string          `json:"name"`
	LatinName   string          `json:"latin_name,omitempty"`
	IDLast4     string          `json:"id_last4,omitempty"`
	Course      string          `json:"course"`
	CourseTitle registry.Text   `json:"course_title"`
	Base        string          `json:"base"`
	Class       registry.ID     `json:"class"`
	ClassCode   string          `json:"class_code"`
	IssuedOn    registry.Date   `json:"issued_on"`
	ValidFrom   registry.Date   `json:"valid_from"`
	ValidUntil  registry.Date   `json:"valid_until" doc:"Inclusive; empty: no expiry"`
	PDFSHA256   string          `json:"pdf_sha256,omitempty" doc:"Hex, of the issued file"`
	Demo        bool            `json:"demo,omitempty"`
}

// credentialView adds the decisions about a credential.
type credentialView struct {
	Credential
	Events   []event      `json:"events" nullable:"false" doc:"Every decision, oldest first"`
	Requests []revocation `json:"requests" nullable:"false" doc:"Revocations that wait for a second person"`
}

type event struct {
	From   registry.State `json:"from"`
	To     registry.State `json:"to"`
	Reason string         `json:"reason"`
	Note   string         `json:"note,omitempty"`
	By     registry.ID    `json:"by" doc:"Account"`
	Second registry.ID    `json:"second,omitempty" doc:"Account of the second person"`
	At     time.Time      `json:"at"`
}

type credentialsParams struct {
	PageParams
	Search string `query:"q" maxLength:"100" doc:"Number or its beginning, code, beginning of a name, last four of the id"`
	Course string `query:"course" maxLength:"10"`
	Base   string `query:"base" maxLength:"6"`
	Status string `query:"status" enum:"valid,expiring,expired,not_yet_valid,suspended,revoked,superseded"`

	IssuedFrom  registry.Date `query:"issued_from" doc:"By the date on the paper, inclusive"`
	IssuedUntil registry.Date `query:"issued_until" doc:"Inclusive"`
	EndsFrom    registry.Date `query:"ends_from" doc:"By the last day of validity, inclusive; what has no end never ends"`
	EndsUntil   registry.Date `query:"ends_until" doc:"Inclusive"`
}

// revocation is a request to revoke.
type revocation struct {
	ID     registry.ID `json:"id"`
	Reason string      `json:"reason"`
	Alone  bool        `json:"alone,omitempty" doc:"An erasure of this class alone"`
	Note   string      `json:"note,omitempty"`
	By     registry.ID `json:"by"`
	At     time.Time   `json:"at"`
}

type NumberParams struct {
	Number string `path:"number" maxLength:"60"`
}

type noteBody struct {
	Note string `json:"note,omitempty" maxLength:"500" doc:"For the registry's staff"`
}

type revokeBody struct {
	Reason string `json:"reason" enum:"issued_in_error,identity,exam_irregularity,misconduct,holder_request,holder.removed" doc:"Public"`
	Note   string `json:"note,omitempty" maxLength:"500" doc:"For the registry's staff"`
	Alone  bool   `json:"alone,omitempty" doc:"With holder.removed: this certificate's class alone, not all of the person"`
}

// erasure is what an erasure came to.
type erasure struct {
	Credentials int  `json:"credentials" doc:"Revoked and emptied"`
	Classes     int  `json:"classes" doc:"Rows of class lists that were emptied"`
	Kept        int  `json:"kept" doc:"Classes of the person that other bodies answer for"`
	Person      bool `json:"person" doc:"The person's own record is emptied as well"`
}

type reissueBody struct {
	Name      string `json:"name" maxLength:"400" doc:"As it should have been written; another person is never a correction"`
	LatinName string `json:"latin_name,omitempty" maxLength:"400"`
	IDLast4   string `json:"id_last4,omitempty" maxLength:"4"`
	Reason    string `json:"reason" minLength:"1" maxLength:"500"`
}

type (
	noteInput struct {
		NumberParams
		Body *noteBody
	}
	revokeInput struct {
		NumberParams
		Body revokeBody
	}
	reissueInput struct {
		NumberParams
		Body reissueBody
	}
	credentialsList      struct{ Body list[Credential] }
	credentialOutput     struct{ Body Credential }
	credentialViewOutput struct{ Body credentialView }
	reissueOutput        struct {
		Location string `header:"Location"`
		Body     Credential
	}
	revokeOutput struct {
		Status int
		Body   struct {
			Done       bool       `json:"done" doc:"Granted: the credential is revoked"`
			Request    revocation `json:"request"`
			Credential Credential `json:"credential"`
			Erased     *erasure   `json:"erased,omitempty" doc:"With holder.removed, when it is granted"`
		}
	}
)

func (s *Server) mountCredentials(api huma.API) {
	act := s.acting("/api/v1/credentials/{number}/", "credentials")
	huma.Register(api, operation(http.MethodGet, "/api/v1/credentials", "listCredentials", "Find credentials, newest first", tag("credentials"), strictQuery, s.staff), s.listCredentials)
	huma.Register(api, operation(http.MethodGet, "/api/v1/credentials/{number}", "showCredential", "One credential and every decision about it",
		tag("credentials"), s.staff, refuses(404)), s.showCredential)
	huma.Register(api, act("suspend", "suspendCredential", "Stop a credential at once"), s.suspend)
	huma.Register(api, act("reinstate", "reinstateCredential", "Lift a suspension"), s.reinstate)
	huma.Register(api, act("revoke", "revokeCredential", "Ask for a revocation, or grant the one that another person asked for",
		describe("The first call suspends the credential and waits (202). Another person's call revokes it for ever (200). With the reason holder.removed the second call erases the holder's data as well: of every class and certificate of the person that both answer for, or with alone of this class. From then on its files are 410."),
		s.alsoAnswers(http.StatusAccepted, "Asked for; suspended until another person grants it")), s.revoke)
	huma.Register(api, act("reissue", "reissueCredential", "Correct a credential: a new one takes its place", created), s.reissue)
}

func (s *Server) view(ctx context.Context, c registry.Credential) Credential {
	n := c.Snapshot
	v := Credential{Number: c.Number, Code: c.Code, VerifyURL: n.Origin + "/v/" + string(c.Code), Status: c.StatusAt(s.Now()), StatusSince: c.StateSince,
		Reason: c.Reason, Kind: string(n.Kind), Name: n.Name, LatinName: n.LatinName, IDLast4: n.IDLast4, Course: n.Course.Code, CourseTitle: n.Course.Title,
		Base: n.Base.Code, Class: c.Class, ClassCode: n.Class.Code, IssuedOn: n.IssuedOn, ValidFrom: n.ValidFrom, ValidUntil: n.ValidUntil,
		PDFSHA256: c.PDFSHA256, Demo: n.Demo}
	if access.OnlyAuditor(actor(ctx)) {
		v.IDLast4 = ""
	}
	return v
}

func (s *Server) listCredentials(ctx context.Context, in *credentialsParams) (*credentialsList, error) {
	before, err := in.before()
	if err != nil {
		return nil, err
	}
	f := store.CredentialFilter{Search: in.Search, Course: in.Course, Base: in.Base, Status: registry.Status(in.Status), Before: before, Limit: in.Limit + 1}
	if f.Issued, err = span("issued_from", in.IssuedFrom, in.IssuedUntil); err != nil {
		return nil, err
	}
	if f.Ends, err = span("ends_from", in.EndsFrom, in.EndsUntil); err != nil {
		return nil, err
	}
	all, err := s.Issue.Credentials(ctx, actor(ctx), f)
	if err != nil {
		return nil, err
	}
	page := pageOf(all, in.Limit, func(c registry.Credential) registry.ID { return c.ID }, func(c registry.Credential) Credential { return s.view(ctx, c) })
	return &credentialsList{page}, nil
}

// number reads a number from a path. What cannot be one is nobody's.
func number(text string) (registry.Number, error) {
	n, err := registry.ParseNumber(text)
	if err != nil {
		return "", registry.Fail(registry.NotFound, "credential.unknown", "")
	}
	return n, nil
}

func (s *Server) showCredential(ctx context.Context, in *NumberParams) (*credentialViewOutput, error) {
	n, err := number(in.Number)
	if err != nil {
		return nil, err
	}
	by := actor(ctx)
	c, events, err := s.Issue.Credential(ctx, by, n)
	if err != nil {
		return nil, err
	}
	out := credentialView{Credential: s.view(ctx, c), Events: make([]event, len(events)), Requests: []revocation{}}
	for i, e := range events {
		out.Events[i] = event{From: e.From, To: e.To, Reason: e.Reason, Note: e.Private, By: e.By, Second: e.Second, At: e.At}
	}
	if registry.CanSomewhere(by, registry.RevokeAction) && c.Person != by.Person {
		open, err := s.Lifecycle.Requests(ctx, by, n)
		if err != nil {
			return nil, err
		}
		for _, r := range open {
			out.Requests = append(out.Requests, showRevocation(r))
		}
	}
	return &credentialViewOutput{out}, nil
}

func showRevocation(r store.RevocationRequest) revocation {
	return revocation{ID: r.ID, Reason: r.Reason, Alone: r.Alone, Note: r.Private, By: r.By, At: r.At}
}

func (n *noteBody) note() string {
	if n == nil {
		return ""
	}
	return n.Note
}

func (s *Server) suspend(ctx context.Context, in *noteInput) (*credentialOutput, error) {
	n, err := number(in.Number)
	if err != nil {
		return nil, err
	}
	c, err := s.Lifecycle.Suspend(ctx, actor(ctx), n, registry.SuspendReasons[0], in.Body.note())
	if err != nil {
		return nil, err
	}
	return &credentialOutput{s.view(ctx, c)}, nil
}

func (s *Server) reinstate(ctx context.Context, in *noteInput) (*credentialOutput, error) {
	n, err := number(in.Number)
	if err != nil {
		return nil, err
	}
	c, err := s.Lifecycle.Reinstate(ctx, actor(ctx), n, in.Body.note())
	if err != nil {
		return nil, err
	}
	return &credentialOutput{s.view(ctx, c)}, nil
}

func (s *Server) revoke(ctx context.Context, in *revokeInput) (*revokeOutput, error) {
	n, err := number(in.Number)
	if err != nil {
		return nil, err
	}
	r, err := s.revokeOrErase(ctx, n, in.Body)
	if err != nil {
		return nil, err
	}
	out := &revokeOutput{Status: http.StatusAccepted}
	if r.Done {
		out.Status = http.StatusOK
	}
	out.Body.Done, out.Body.Request, out.Body.Credential = r.Done, showRevocation(r.Request), s.view(ctx, r.Credential)
	if e := r.Erased; e != nil {
		out.Body.Erased = &erasure{e.Credentials, e.Classes, e.Kept, e.Person}
	}
	return out, nil
}

func (s *Server) revokeOrErase(ctx context.Context, n registry.Number, b revokeBody) (lifecycle.Revocation, error) {
	switch {
	case b.Reason == registry.HolderRemoved:
		return s.Lifecycle.Erase(ctx, actor(ctx), n, b.Alone, b.Note)
	case b.Alone:
		return lifecycle.Revocation{}, registry.FailField(registry.Invalid, "alone", "erasure.alone")
	}
	return s.Lifecycle.Revoke(ctx, actor(ctx), n, b.Reason, b.Note)
}

func (s *Server) reissue(ctx context.Context, in *reissueInput) (*reissueOutput, error) {
	n, err := number(in.Number)
	if err != nil {
		return nil, err
	}
	b := in.Body
	c, err := s.Issue.Reissue(ctx, actor(ctx), n, issue.Correction{Name: b.Name, LatinName: b.LatinName, IDLast4: b.IDLast4, Reason: b.Reason})
	if err != nil {
		return nil, err
	}
	return &reissueOutput{Location: "/api/v1/credentials/" + string(c.Number), Body: s.view(ctx, c)}, nil
}
