package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// proof is what was looked at after the run.
type proof struct {
	Credentials int `json:"credentials"`
	Numbers     int `json:"distinct_numbers"`
	Codes       int `json:"distinct_codes"`
	Rebuilt     int `json:"rebuilt_and_verified"`
}

// sampled is how many certificates are rebuilt and verified afterwards.
const sampled = 200

// check walks every class: each person has one issued credential with his own
// name, no number or code stands twice, the audit trail is whole. Then it
// rebuilds some certificates, which compares them with the issued bytes, and
// verifies what their QR codes say.
func (m *massRun) check(ctx context.Context, want int) (proof, error) {
	var p proof
	numbers, codes := map[registry.Number]bool{}, map[registry.Code]bool{}
	for _, h := range m.classes {
		list, err := m.whole(ctx, h)
		if err != nil {
			return p, err
		}
		for _, c := range list {
			p.Credentials++
			numbers[c.Number], codes[c.Code] = true, true
		}
		for range max(1, sampled/len(m.classes)) {
			if p.Rebuilt < sampled {
				if err := m.rebuild(ctx, list[rand.IntN(len(list))]); err != nil {
					return p, err
				}
				p.Rebuilt++
			}
		}
	}
	p.Numbers, p.Codes = len(numbers), len(codes)
	if p.Credentials != want || p.Numbers != want || p.Codes != want {
		return p, fmt.Errorf("%d credentials, %d numbers, %d codes of %d people", p.Credentials, p.Numbers, p.Codes, want)
	}
	return p, m.a.db.CheckAuditChain(ctx)
}

// whole returns the credentials of the class: exactly one, issued, for each of
// its people, under his name.
func (m *massRun) whole(ctx context.Context, h hall) (list []registry.Credential, err error) {
	names := map[registry.ID]string{}
	err = m.a.db.Read(ctx, func(tx *store.Tx) error {
		enrolled, err := tx.Enrolments(ctx, h.id)
		if err != nil {
			return err
		}
		for _, e := range enrolled {
			names[e.ID] = e.Name
		}
		list, err = tx.CredentialsOfClass(ctx, h.id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(list) != h.people || len(names) != h.people {
		return nil, fmt.Errorf("class %s: %d credentials for %d people", h.id, len(list), h.people)
	}
	for _, c := range list {
		name, ok := names[c.Enrolment]
		if !ok || c.Snapshot.Name != name || c.State != registry.StateIssued {
			return nil, fmt.Errorf("credential %s: %s, under another's name or twice", c.Number, c.State)
		}
		delete(names, c.Enrolment)
	}
	return list, nil
}

func (m *massRun) rebuild(ctx context.Context, c registry.Credential) error {
	if _, err := m.a.issue.Certificate(ctx, c); err != nil {
		return fmt.Errorf("rebuild %s: %w", c.Number, err)
	}
	text, err := m.a.issue.QR(c)
	if err != nil {
		return fmt.Errorf("rebuild %s: %w", c.Number, err)
	}
	answer, err := m.a.verify.QR(ctx, text)
	if err == nil && answer.Status != registry.StatusValid {
		err = fmt.Errorf("verify %s: %s", c.Number, answer.Status)
	}
	return err
}
