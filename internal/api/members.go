package api

import (
	"context"
	"errors"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/training"
)

// member is one person in a class.
type member struct {
	Enrolment  registry.ID       `json:"enrolment"`
	Position   int               `json:"position" doc:"In the roster, from 1"`
	Name       string            `json:"name"`
	LatinName  string            `json:"latin_name,omitempty"`
	IDLast4    string            `json:"id_last4,omitempty"`
	Status     string            `json:"status" enum:"unconfirmed,enrolled,withdrawn" doc:"unconfirmed: wrote himself onto the list and waits for the head-count"`
	Attendance []presence        `json:"attendance" nullable:"false"`
	Theory     *mark             `json:"theory,omitempty" doc:"The attempt that counts"`
	Skills     *mark             `json:"skills,omitempty"`
	Outcome    registry.Outcomes `json:"outcome"`
	Held       string            `json:"held,omitempty" doc:"Why the approver held this person back"`
	HolderLink string            `json:"holder_link,omitempty" doc:"Private link of the holder: whoever has it has the certificate"`
}

// presence is attendance in one session.
type presence struct {
	Session registry.ID       `json:"session"`
	State   registry.Presence `json:"state"`
	Minutes int               `json:"minutes"`
}

// mark is one attempt.
type mark struct {
	Attempt  int             `json:"attempt"`
	Revision int             `json:"revision" doc:"From 1; a slip of the pen is corrected by a new revision"`
	Score    int             `json:"score,omitempty"`
	Items    map[string]bool `json:"items,omitempty"`
	Passed   bool            `json:"passed"`
	Bulk     bool            `json:"bulk,omitempty"`
	On       registry.Date   `json:"on"`
}

type membersList struct {
	ETag string `header:"ETag"`
	Body list[member]
}

func (s *Server) listMembers(ctx context.Context, in *ClassParams) (*membersList, error) {
	by := actor(ctx)
	v, err := s.Training.Class(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	links, err := s.Issue.HandsOut(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	out := list[member]{Items: make([]member, len(v.Members))}
	for i, m := range v.Members {
		out.Items[i] = showMember(m)
		if links {
			out.Items[i].HolderLink = s.Issue.HolderLink(m.Enrolment.ID)
		}
		if access.OnlyAuditor(by) {
			out.Items[i].IDLast4 = ""
		}
	}
	return &membersList{ETag: etag(v.Class.Version), Body: out}, nil
}

func showMember(m training.Member) member {
	e := m.Enrolment
	out := member{Enrolment: e.ID, Position: e.Position, Name: e.Name, LatinName: e.LatinName, IDLast4: e.IDLast4, Status: string(e.Status),
		Attendance: make([]presence, len(m.Attendance)), Theory: showMark(m.Theory), Skills: showMark(m.Skills), Outcome: m.Outcome, Held: m.Completion.Held}
	for i, a := range m.Attendance {
		out.Attendance[i] = presence{Session: a.Session, State: a.State, Minutes: a.Minutes}
	}
	return out
}

func showMark(a *registry.Assessment) *mark {
	if a == nil {
		return nil
	}
	return &mark{Attempt: a.Attempt, Revision: a.Revision, Score: a.Score, Items: a.Items, Passed: a.Passed, Bulk: a.Bulk, On: a.On}
}

// why says in the reader's language why something is refused; other errors are
// errors.
func why(ctx context.Context, err error) (string, error) {
	var e *registry.Error
	if !errors.As(err, &e) || e.Kind == registry.Unavailable {
		return "", err
	}
	message, _ := of(ctx).printer.Error(e)
	return message, nil
}
