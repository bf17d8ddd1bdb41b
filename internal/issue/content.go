package issue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Passkeys checks what approvers sign; package passkey does.
type Passkeys interface {
	// Available reports whether browsers allow passkeys at the registry's address.
	Available() bool
	// Assert checks an assertion of the actor over the challenge and returns what is kept of it.
	Assert(ctx context.Context, tx *store.Tx, by registry.Actor, challenge, assertion []byte) (registry.PasskeySignature, error)
	// Check checks a kept one again and returns the origin that it was made for.
	Check(signature registry.PasskeySignature, challenge []byte) (origin string, err error)
}

// content is what the approver decides on: the canonical JSON and its SHA-256 in
// hex. It is made anew from what is stored each time, so whatever changed since
// somebody signed makes it another one.
func (s *Service) content(ctx context.Context, tx *store.Tx, class registry.Class) (text, sha string, err error) {
	roster, err := tx.Enrolments(ctx, class.ID)
	if err != nil {
		return "", "", err
	}
	completions, err := tx.Completions(ctx, class.ID)
	if err != nil {
		return "", "", err
	}
	attempts, err := tx.Assessments(ctx, class.ID)
	if err != nil {
		return "", "", err
	}
	b, err := canonical.JSON(registry.ContentOf(class, roster, completions, attempts, s.salted))
	if err != nil {
		return "", "", err
	}
	return string(b), hexOf(b), nil
}

// salted digests what names somebody: nobody can tell from it whose it is, and
// the registry can show the salt of a single one to prove it.
func (s *Service) salted(of registry.ID, parts ...string) string {
	return hexOf([]byte(s.Keys.IDHash("approval-salt", string(of)) + "\n" + strings.Join(parts, "\n")))
}

func hexOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// statement is the decision in the form that is hashed; its SHA-256 is the
// challenge. people are those decided one by one, nil for a whole class.
func (s *Service) statement(class registry.Class, content string, by registry.Actor, in ApproveInput, people []registry.ID) (text string, challenge []byte, err error) {
	var hold []registry.ID
	for _, h := range in.Hold {
		hold = append(hold, h.Enrolment)
	}
	b, err := canonical.JSON(registry.StatementOf(class.Code, content, by.Account, people, hold, in.ValidFrom))
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(b)
	return string(b), sum[:], nil
}

// record makes the record of a decision and checks the approver's assertion over
// it. Without one it is refused where the issuer asks for passkeys.
func (s *Service) record(ctx context.Context, tx *store.Tx, by registry.Actor, run intent, in ApproveInput, people []registry.ID) (registry.ApprovalRecord, error) {
	r := registry.ApprovalRecord{ID: store.NewID(), Class: run.class.ID, By: by.Account, At: run.now}
	var sha string
	var challenge []byte
	var err error
	if r.Content, sha, err = s.content(ctx, tx, run.class); err != nil {
		return r, err
	}
	if r.Statement, challenge, err = s.statement(run.class, sha, by, in, people); err != nil {
		return r, err
	}
	switch {
	case len(in.Passkey) > 0 && s.Passkeys == nil:
		return r, registry.Fail(registry.Conflict, "passkey.origin")
	case len(in.Passkey) > 0:
		signature, err := s.Passkeys.Assert(ctx, tx, by, challenge, in.Passkey)
		if err != nil {
			return r, err
		}
		r.Passkey = &signature
		return r, nil
	}
	needed, err := tx.PasskeyNeeded(ctx, run.issuer.ID)
	if err == nil && needed {
		err = registry.FailField(registry.Forbidden, "passkey", "approve.passkey_needed")
	}
	return r, err
}

// Challenge is what an approver's passkey signs for this decision: 32 bytes, the
// SHA-256 of the statement. It is refused as the approval itself would be.
func (s *Service) Challenge(ctx context.Context, by registry.Actor, id registry.ID, in ApproveInput) (statement string, challenge []byte, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		class, _, err := s.submitted(ctx, tx, by, id, in.Version)
		if err != nil {
			return err
		}
		completions, err := tx.Completions(ctx, id)
		if err != nil {
			return err
		}
		if err := knownHolds(in.Hold, completions); err != nil {
			return err
		}
		_, sha, err := s.content(ctx, tx, class)
		if err != nil {
			return err
		}
		statement, challenge, err = s.statement(class, sha, by, in, nil)
		return err
	})
	return statement, challenge, err
}

// CheckedApproval is a kept decision and what a check of it says now.
type CheckedApproval struct {
	Record    registry.ApprovalRecord
	Content   registry.ApprovalContent
	Statement registry.ApprovalStatement
	Origin    string // that the assertion was made for; "" without one
	Err       error  // why it does not hold; nil where it does
}

// Approvals lists the decisions about a class, each checked again: the statement
// names this content, and the assertion, if there is one, signs this statement.
func (s *Service) Approvals(ctx context.Context, by registry.Actor, id registry.ID) ([]CheckedApproval, error) {
	var list []registry.ApprovalRecord
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		class, _, err := access.Class(ctx, tx, by, registry.ReadClass, id)
		if err != nil {
			return err
		}
		list, err = tx.Approvals(ctx, class.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]CheckedApproval, len(list))
	for i, r := range list {
		out[i] = s.check(r)
	}
	return out, nil
}

func (s *Service) check(r registry.ApprovalRecord) CheckedApproval {
	c := CheckedApproval{Record: r}
	if err := json.Unmarshal([]byte(r.Content), &c.Content); err != nil {
		c.Err = fmt.Errorf("read content: %w", err)
		return c
	}
	if err := json.Unmarshal([]byte(r.Statement), &c.Statement); err != nil {
		c.Err = fmt.Errorf("read statement: %w", err)
		return c
	}
	if c.Statement.Content != hexOf([]byte(r.Content)) || c.Content.Class != r.Class || c.Statement.Approver != r.By {
		c.Err = registry.Fail(registry.Invalid, "approve.record")
		return c
	}
	if r.Passkey != nil && s.Passkeys != nil {
		sum := sha256.Sum256([]byte(r.Statement))
		c.Origin, c.Err = s.Passkeys.Check(*r.Passkey, sum[:])
	}
	return c
}
