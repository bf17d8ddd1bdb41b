package store

import (
	"context"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Slips lists the blank slips of the class by number.
func (t *Tx) Slips(ctx context.Context, class registry.ID) ([]registry.Slip, error) {
	rows, err := t.q.ClaimSlips(ctx, class)
	return many(rows, err, toSlip, "slip")
}

// Slip returns the class's slip with the number.
func (t *Tx) Slip(ctx context.Context, class registry.ID, number int) (registry.Slip, error) {
	row, err := t.q.ClaimSlip(ctx, db.ClaimSlipParams{Class: class, Number: int64(number)})
	return one(row, err, toSlip, "slip", number)
}

// SlipByToken returns a slip by the SHA-256 of its secret. The refusal does not
// repeat the hash.
func (t *Tx) SlipByToken(ctx context.Context, hash string) (registry.Slip, error) {
	row, err := t.q.ClaimSlipByToken(ctx, hash)
	return one(row, err, toSlip, "slip", "")
}

// AddSlip stores a new slip; hash is the SHA-256 of its secret, hex.
func (t *Tx) AddSlip(ctx context.Context, s registry.Slip, hash string) error {
	n, err := t.q.AddClaimSlip(ctx, db.AddClaimSlipParams{ID: s.ID, Class: s.Class, Number: int64(s.Number), TokenHash: hash,
		MadeBy: string(s.MadeBy), MadeAt: micros(s.MadeAt), Version: max(s.Version, 1)})
	return added(n, err, "slip", s.Number)
}

// SaveSlip stores a changed slip over the version it was read in; class, number
// and secret stay.
func (t *Tx) SaveSlip(ctx context.Context, s registry.Slip) (registry.Slip, error) {
	n, err := t.q.SaveClaimSlip(ctx, db.SaveClaimSlipParams{ID: s.ID, Enrolment: s.Enrolment, LinkedBy: string(s.LinkedBy), LinkedAt: micros(s.LinkedAt),
		VoidBy: string(s.VoidBy), VoidAt: micros(s.VoidAt), Version: s.Version})
	s.Version++
	return s, saved(n, err, "slip", s.Number)
}

func toSlip(r db.ClaimSlip) (registry.Slip, error) {
	return registry.Slip{ID: r.ID, Class: r.Class, Number: int(r.Number), MadeBy: registry.ID(r.MadeBy), MadeAt: instant(r.MadeAt),
		Enrolment: r.Enrolment, LinkedBy: registry.ID(r.LinkedBy), LinkedAt: instant(r.LinkedAt), VoidBy: registry.ID(r.VoidBy), VoidAt: instant(r.VoidAt),
		Version: r.Version}, nil
}
