package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
)

// assertion is what a passkey answers (AuthenticationResponseJSON, WebAuthn
// Level 3 §5.1).
type assertion struct {
	ID         string            `json:"id" maxLength:"2000" doc:"Credential id, base64url"`
	RawID      string            `json:"rawId" maxLength:"2000"`
	Type       string            `json:"type" enum:"public-key"`
	Attachment string            `json:"authenticatorAttachment,omitempty" maxLength:"40"`
	Extensions map[string]any    `json:"clientExtensionResults,omitempty" nullable:"false"`
	Response   assertionResponse `json:"response"`
}

type assertionResponse struct {
	ClientDataJSON    string `json:"clientDataJSON" maxLength:"8000" doc:"base64url"`
	AuthenticatorData string `json:"authenticatorData" maxLength:"8000" doc:"base64url"`
	Signature         string `json:"signature" maxLength:"8000" doc:"base64url"`
	UserHandle        string `json:"userHandle,omitempty" maxLength:"200"`
}

func (a *assertion) json() ([]byte, error) {
	if a == nil {
		return nil, nil
	}
	if a.Extensions == nil {
		a.Extensions = map[string]any{}
	}
	b, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("write assertion: %w", err)
	}
	return b, nil
}

// challenge is what a passkey is to sign.
type challenge struct {
	Statement string          `json:"statement,omitempty" doc:"The decision in canonical JSON (RFC 8785)"`
	Challenge string          `json:"challenge" doc:"SHA-256 of the statement, base64url"`
	Options   json.RawMessage `json:"options,omitempty" doc:"For the browser: PublicKeyCredentialRequestOptionsJSON; absent where the account has no passkey"`
}

// approvalRecord is a kept decision, and what a check of it says now.
type approvalRecord struct {
	ID        registry.ID                `json:"id"`
	At        time.Time                  `json:"at"`
	By        registry.ID                `json:"by" doc:"Account"`
	People    int                        `json:"people" doc:"Who got a credential by it"`
	Content   string                     `json:"content" doc:"What was decided on, canonical JSON; names are salted digests"`
	SHA256    string                     `json:"content_sha256"`
	Statement string                     `json:"statement" doc:"The decision, canonical JSON; its SHA-256 is the challenge"`
	Passkey   *registry.PasskeySignature `json:"passkey,omitempty" doc:"The approver's assertion, base64"`
	Origin    string                     `json:"origin,omitempty" doc:"For which the assertion was made"`
	Check     string                     `json:"check" enum:"yes,no" doc:"Whether record, statement and assertion fit together now"`
	Reason    string                     `json:"reason,omitempty" doc:"Code of what does not fit"`
}

type laterBody struct {
	Enrolment registry.ID `json:"enrolment"`
	Note      string      `json:"note,omitempty" maxLength:"500" doc:"Needed where the base is no longer accredited"`
	Passkey   *assertion  `json:"passkey,omitempty"`
}

type ruleBody struct {
	Passkey bool `json:"passkey" doc:"Nothing of this issuer is approved without a passkey"`
}

type (
	challengeOutput struct{ Body challenge }
	approvalsOutput struct {
		Body struct {
			Items []approvalRecord `json:"items" nullable:"false"`
		}
	}
	laterInput struct {
		ClassParams
		Body laterBody
	}
	laterOutput struct{ Body issued }
	ruleInput   struct {
		Code string `path:"code" maxLength:"16" doc:"Code of the issuing organization"`
		Body ruleBody
	}
	ruleOutput struct{ Body ruleBody }
)

func (s *Server) mountApprovals(api huma.API) {
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/approve/challenge", "challengeApproval", "What a passkey signs for a decision", tag("classes"), refuses(404, 412), s.staff,
		describe("Takes the decision as approve does, changes nothing, and is refused where that would be. The answer's challenge fits this decision about this class as it is now, and nothing else.")), s.challengeApproval)
	huma.Register(api, operation(http.MethodGet, "/api/v1/classes/{id}/approvals", "listApprovals", "What was decided about a class, checked again", tag("classes"), refuses(404), s.staff), s.listApprovals)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/approve-later", "approveLater", "Approve somebody who was held back", tag("classes"), refuses(404), s.staff, s.once), s.approveLater)
	huma.Register(api, operation(http.MethodPut, "/api/v1/organizations/{code}/approval", "setApprovalRule", "Ask the approvers of an issuer for passkeys, or no longer", tag("registers"), refuses(404), s.staff), s.setApprovalRule)
}

func (s *Server) challengeApproval(ctx context.Context, in *approveInput) (*challengeOutput, error) {
	decision, err := in.Body.decision()
	if err != nil {
		return nil, err
	}
	if decision.Version, err = in.version(in.ID); err != nil {
		return nil, err
	}
	statement, hash, err := s.Issue.Challenge(ctx, actor(ctx), in.ID, decision)
	if err != nil {
		return nil, err
	}
	out := &challengeOutput{Body: challenge{Statement: statement, Challenge: base64.RawURLEncoding.EncodeToString(hash)}}
	if s.Passkey == nil {
		return out, nil
	}
	options, err := s.Passkey.Request(ctx, actor(ctx), hash)
	if err != nil && !errors.Is(err, registry.Conflict) { // without a passkey, or at an address where there are none
		return nil, err
	}
	out.Body.Options = options
	return out, nil
}

func (s *Server) listApprovals(ctx context.Context, in *ClassParams) (*approvalsOutput, error) {
	list, err := s.Issue.Approvals(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &approvalsOutput{}
	out.Body.Items = make([]approvalRecord, len(list))
	for i, a := range list {
		out.Body.Items[i] = recordOf(a)
	}
	return out, nil
}

func recordOf(a issue.CheckedApproval) approvalRecord {
	sum := sha256.Sum256([]byte(a.Record.Content))
	r := approvalRecord{ID: a.Record.ID, At: a.Record.At, By: a.Record.By, People: a.Record.People, Content: a.Record.Content, SHA256: hex.EncodeToString(sum[:]),
		Statement: a.Record.Statement, Passkey: a.Record.Passkey, Origin: a.Origin, Check: "yes"}
	if a.Err == nil {
		return r
	}
	r.Check, r.Reason = "no", "approve.record"
	var refusal *registry.Error
	if errors.As(a.Err, &refusal) {
		r.Reason = refusal.Code
	}
	return r
}

func (s *Server) approveLater(ctx context.Context, in *laterInput) (*laterOutput, error) {
	passkey, err := in.Body.Passkey.json()
	if err != nil {
		return nil, err
	}
	c, err := s.Issue.ApproveLater(ctx, actor(ctx), in.ID, issue.LaterInput{Enrolment: in.Body.Enrolment, Note: in.Body.Note, Passkey: passkey})
	if err != nil {
		return nil, err
	}
	return &laterOutput{issued{Number: c.Number, Enrolment: c.Enrolment, Name: c.Snapshot.Name}}, nil
}

func (s *Server) setApprovalRule(ctx context.Context, in *ruleInput) (*ruleOutput, error) {
	v, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	org, err := v.organization("code", in.Code)
	if err != nil {
		return nil, registry.Fail(registry.NotFound, "organization.unknown", in.Code)
	}
	if err := s.Issue.RequirePasskey(ctx, actor(ctx), org, in.Body.Passkey); err != nil {
		return nil, err
	}
	return &ruleOutput{in.Body}, nil
}
