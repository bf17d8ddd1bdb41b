package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/registry"
)

type sessionInput struct {
	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"800"`
	}
}

type sessionOutput struct {
	Body struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type" enum:"Bearer"`
		ExpiresIn   int    `json:"expires_in" doc:"Seconds"`
	}
}

type meOutput struct{ Body account }

// account is a signed-in account as it sees itself.
type account struct {
	ID     registry.ID      `json:"id"`
	Email  string           `json:"email"`
	Name   string           `json:"name"`
	Person registry.ID      `json:"person,omitempty" doc:"Four eyes count persons, not accounts"`
	Lang   string           `json:"lang,omitempty"`
	Grants []registry.Grant `json:"grants" nullable:"false"`
}

func (s *Server) mountSession(api huma.API) {
	huma.Register(api, operation(http.MethodPost, "/api/v1/session", "signIn", "Sign in", tag("session"), refuses(401, 429),
		describe("Changes e-mail and password for an access token (JWT, ES256) that is sent as Authorization: Bearer. It is good for fifteen minutes and ends with the account.")),
		s.createSession)
	huma.Register(api, operation(http.MethodGet, "/api/v1/me", "me", "Who is signed in", tag("session"), s.staff), s.showMe)
}

func (s *Server) createSession(ctx context.Context, in *sessionInput) (*sessionOutput, error) {
	a, err := s.Auth.SignIn(ctx, in.Body.Email, in.Body.Password, of(ctx).client)
	if err != nil {
		return nil, err
	}
	token, err := s.Auth.Token(a, auth.TokenLife)
	if err != nil {
		return nil, err
	}
	out := &sessionOutput{}
	out.Body.AccessToken, out.Body.TokenType, out.Body.ExpiresIn = token, "Bearer", int(auth.TokenLife.Seconds())
	return out, nil
}

func (s *Server) showMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	a := of(ctx).account
	grants := a.Grants
	if grants == nil {
		grants = []registry.Grant{}
	}
	return &meOutput{account{ID: a.ID, Email: a.Email, Name: a.Name, Person: a.Person, Lang: a.Lang, Grants: grants}}, nil
}
