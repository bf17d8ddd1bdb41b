package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
)

// joinState is the way by which people write themselves into a class.
type joinState struct {
	Open     bool       `json:"open"`
	Code     string     `json:"code,omitempty" doc:"Of this half minute; absent while closed"`
	URL      string     `json:"url,omitempty" doc:"What the QR code says"`
	Changes  *time.Time `json:"changes_at,omitempty" doc:"When the code gives way to the next; it is taken for some minutes more"`
	ClosesAt *time.Time `json:"closes_at,omitempty" doc:"Half an hour after the day's last session"`
	OnList   int        `json:"on_list" doc:"People on the list, those who wait for the head-count included"`
	Waiting  int        `json:"waiting" doc:"People who wrote themselves onto the list and are not confirmed"`
}

type headCount struct {
	Heads  int           `json:"heads" minimum:"1" maximum:"5000" doc:"People in the room"`
	Away   int           `json:"away,omitempty" minimum:"0" maximum:"5000" doc:"Of those who were on the list otherwise: not in the room"`
	Strike []registry.ID `json:"strike,omitempty" maxItems:"5000" nullable:"false" doc:"Enrolments that wait and are not in the room: they are withdrawn"`
	Seen   []registry.ID `json:"seen,omitempty" maxItems:"5000" nullable:"false" doc:"Enrolments with a doubt, whose document was looked at"`
}

type (
	joinOutput struct{ Body joinState }
	headsInput struct {
		ClassParams
		Body headCount
	}
	headsOutput struct{ Body training.HeadsReport }
)

func (s *Server) mountJoin(api huma.API) {
	const path = "/api/v1/classes/{id}/join-code"
	huma.Register(api, operation(http.MethodGet, path, "showJoinCode", "The code by which people join a class", tag("classes"), s.staff, refuses(404)), s.showJoin)
	huma.Register(api, operation(http.MethodPost, path, "openJoin", "Let people join a class", tag("classes"), s.staff, refuses(404, 409),
		describe("Until half an hour after the day's last session. Opening it again changes nothing but that time. The code changes every 30 seconds: ask for it again.")), s.openJoin)
	huma.Register(api, operation(http.MethodDelete, path, "closeJoin", "Let nobody join any more", tag("classes"), s.staff, refuses(404)), s.closeJoin)
	huma.Register(api, operation(http.MethodPost, "/api/v1/classes/{id}/head-count", "confirmHeads", "Confirm who joined by a head-count", tag("classes"), s.staff, refuses(404, 409),
		describe("Room and list must agree; then everybody who waits is confirmed and who is struck out is withdrawn. A class with people who wait cannot be submitted.")), s.confirmHeads)
}

func (s *Server) showJoin(ctx context.Context, in *ClassParams) (*joinOutput, error) {
	v, err := s.Training.ShowJoin(ctx, actor(ctx), in.ID)
	return s.joinAnswer(v, err)
}

func (s *Server) openJoin(ctx context.Context, in *ClassParams) (*joinOutput, error) {
	v, err := s.Training.OpenJoin(ctx, actor(ctx), in.ID)
	return s.joinAnswer(v, err)
}

func (s *Server) joinAnswer(v training.JoinView, err error) (*joinOutput, error) {
	if err != nil {
		return nil, err
	}
	out := joinState{Open: v.Open, OnList: v.OnList, Waiting: v.Waiting}
	if v.Open {
		closes := v.Door.ClosesAt
		out.Code, out.URL, out.Changes, out.ClosesAt = v.Code, s.Origin+"/join/"+v.Code, &v.Until, &closes
	}
	return &joinOutput{out}, nil
}

func (s *Server) closeJoin(ctx context.Context, in *ClassParams) (*struct{}, error) {
	_, err := s.Training.CloseJoin(ctx, actor(ctx), in.ID)
	return nil, err
}

func (s *Server) confirmHeads(ctx context.Context, in *headsInput) (*headsOutput, error) {
	b := in.Body
	report, err := s.Training.ConfirmHeads(ctx, actor(ctx), in.ID, training.HeadsInput{Heads: b.Heads, Away: b.Away, Strike: b.Strike, Seen: b.Seen})
	if err != nil {
		return nil, err
	}
	return &headsOutput{report}, nil
}
