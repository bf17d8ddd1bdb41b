package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// decider fills in what the reader may do about the class, and why not.
func (s *Server) decider(ctx context.Context, v visitor, page *staff.Decision, view training.View) error {
	if err := s.passkeyPart(ctx, v, page, view.Class.ID); err != nil {
		return err
	}
	var why error
	if page.Open {
		refusal, err := s.bars(ctx, v, view.Class.ID)
		if err != nil {
			return err
		}
		if refusal != nil {
			why = refusal
		}
		desk, err := s.Issue.Desk(ctx, v.actor, view.Class.ID)
		if err != nil {
			return err
		}
		page.Nobody, page.Regional = desk.Org == "", desk.Org != "" && !desk.Own
	} else if err := s.decidedPart(ctx, v, page, view); err != nil {
		return err
	}
	if len(page.Held) > 0 {
		_, err := s.Issue.LaterChallenge(ctx, v.actor, view.Class.ID, page.Held[0].ID)
		if why = err; err != nil && !errors.Is(err, registry.Forbidden) && !errors.Is(err, registry.Conflict) {
			return err
		}
	}
	var refusal *registry.Error
	if errors.As(why, &refusal) {
		message, fix := page.P.Error(refusal)
		page.Barred = &staff.Refusal{Message: message, Fix: fix}
	}
	return nil
}

func (s *Server) passkeyPart(ctx context.Context, v visitor, page *staff.Decision, class registry.ID) (err error) {
	if page.Key.Needed, err = s.Issue.PasskeyNeeded(ctx, v.actor, class); err != nil {
		return err
	}
	if s.Passkey == nil || !s.Passkey.Available() {
		return nil
	}
	list, err := s.Passkey.List(ctx, v.actor)
	page.Key.Can, page.Key.Has = true, len(list) > 0
	return err
}

// decidedPart tells what was decided about the class, and who still waits.
func (s *Server) decidedPart(ctx context.Context, v visitor, page *staff.Decision, view training.View) error {
	for _, m := range view.Members {
		if m.Completion.Held != "" && m.Completion.ApprovedAt.IsZero() && !view.Class.ApprovedAt.IsZero() && m.Enrolment.Status == registry.Enrolled {
			page.Held = append(page.Held, staff.HeldRow{ID: m.Enrolment.ID, Position: m.Enrolment.Position, Name: m.Enrolment.Name, Why: m.Completion.Held})
		}
	}
	list, err := s.Issue.Approvals(ctx, v.actor, view.Class.ID)
	if err != nil || len(list) == 0 {
		return err
	}
	ids := make([]registry.ID, len(list))
	for i, a := range list {
		ids[i] = a.Record.By
	}
	var names map[registry.ID]string
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		names, err = accountNames(ctx, tx, page.Frame, ids...)
		return err
	})
	loc := s.zone(ctx, view.Base.Code)
	for _, a := range list {
		sum := sha256.Sum256([]byte(a.Record.Content))
		line := staff.DecidedLine{When: page.P.Time(a.Record.At, loc), Who: names[a.Record.By], People: a.Record.People, Passkey: a.Record.Passkey != nil, Hash: hex.EncodeToString(sum[:])}
		if a.Err != nil {
			line.Wrong = page.P.T("approve.decided.wrong")
		}
		page.Decided = append(page.Decided, line)
	}
	return err
}

// askPasskey handles POST /a/classes/:id/passkey: what the browser needs to sign
// the decision in the form. A decision that would be refused is refused here.
func (s *Server) askPasskey(c *gin.Context, v visitor) error {
	typed, rows, version, err := decisionForm(c)
	if err != nil {
		return err
	}
	in, err := approveInput(typed, rows, version)
	if err != nil {
		return err
	}
	_, challenge, err := s.Issue.Challenge(c.Request.Context(), v.actor, registry.ID(c.Param("id")), in)
	if err != nil {
		return plainRefusal(err)
	}
	return s.sendChallenge(c, v, challenge)
}

func (s *Server) sendChallenge(c *gin.Context, v visitor, challenge []byte) error {
	if s.Passkey == nil {
		return registry.Fail(registry.Conflict, "passkey.origin")
	}
	options, err := s.Passkey.Request(c.Request.Context(), v.actor, challenge)
	if err != nil {
		return err
	}
	return sendJSON(c, json.RawMessage(options))
}

// plainRefusal says the first thing that is wrong with the rows, for a reader who
// gets one sentence.
func plainRefusal(err error) error {
	var refusal *registry.Error
	if errors.As(err, &refusal) && len(refusal.Faults) > 0 {
		f := refusal.Faults[0]
		return registry.Fail(refusal.Kind, f.Code, f.Args...)
	}
	return err
}

// approveLater handles POST /a/classes/:id/later.
func (s *Server) approveLater(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	in := issue.LaterInput{Enrolment: registry.ID(c.PostForm("enrolment")), Note: c.PostForm("note"), Passkey: []byte(c.PostForm("passkey"))}
	credential, err := s.Issue.ApproveLater(c.Request.Context(), v.actor, id, in)
	switch {
	case isCode(err, "completion.approved"): // sent twice
		return to(c, "/registry/classes/"+string(id))
	case err != nil:
		return s.showSubmitted(c, v, staff.DecisionInput{}, err)
	}
	s.flash(c, ui.Good, "approve.flash.later", credential.Snapshot.Name, string(credential.Number))
	return to(c, "/registry/classes/"+string(id))
}

// askPasskeyLater handles POST /a/classes/:id/later/passkey.
func (s *Server) askPasskeyLater(c *gin.Context, v visitor) error {
	challenge, err := s.Issue.LaterChallenge(c.Request.Context(), v.actor, registry.ID(c.Param("id")), registry.ID(c.PostForm("enrolment")))
	if err != nil {
		return err
	}
	return s.sendChallenge(c, v, challenge)
}

// settleDenial handles POST /a/denials/:enrolment.
func (s *Server) settleDenial(c *gin.Context, v visitor) error {
	_, err := s.Issue.SettleDenial(c.Request.Context(), v.actor, registry.ID(c.Param("enrolment")), c.PostForm("note"))
	switch {
	case isCode(err, "confirm.settled"): // sent twice
	case err != nil:
		return s.queue(c, v, err)
	default:
		s.flash(c, ui.Good, "confirm.flash.settled")
	}
	return to(c, "/a")
}

// setPasskeyRule handles POST /a/rules.
func (s *Server) setPasskeyRule(c *gin.Context, v visitor) error {
	needed := c.PostForm("passkey") == "needed"
	if err := s.Issue.RequirePasskey(c.Request.Context(), v.actor, registry.ID(c.PostForm("org")), needed); err != nil {
		return s.queue(c, v, err)
	}
	key := "approve.flash.rule_off"
	if needed {
		key = "approve.flash.rule_on"
	}
	s.flash(c, ui.Good, key)
	return to(c, "/a")
}
