package store

import (
	"context"
	"fmt"
	"math"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// AddPasskey stores a new passkey; a key is registered once, for one account.
func (t *Tx) AddPasskey(ctx context.Context, k registry.Passkey) error {
	n, err := t.q.AddPasskey(ctx, db.AddPasskeyParams{ID: k.ID, Account: k.Account, Name: k.Name, KeyID: base64url(k.KeyID), PublicKey: base64url(k.PublicKey),
		Document: k.Document, MadeAt: micros(k.MadeAt), UsedAt: micros(k.UsedAt), RemovedAt: micros(k.RemovedAt), Version: max(k.Version, 1)})
	return added(n, err, "passkey", "")
}

// Passkeys lists the passkeys of the account that are in use, oldest first.
func (t *Tx) Passkeys(ctx context.Context, account registry.ID) ([]registry.Passkey, error) {
	rows, err := t.q.Passkeys(ctx, account)
	return many(rows, err, toPasskey, "passkey")
}

// SavePasskey stores when a passkey was used or taken away, and its counter.
func (t *Tx) SavePasskey(ctx context.Context, k registry.Passkey) error {
	n, err := t.q.SavePasskey(ctx, db.SavePasskeyParams{ID: k.ID, Document: k.Document, UsedAt: micros(k.UsedAt), RemovedAt: micros(k.RemovedAt), Version: k.Version})
	return saved(n, err, "passkey", k.ID)
}

func toPasskey(r db.Passkey) (registry.Passkey, error) {
	var c codec
	return registry.Passkey{ID: r.ID, Account: r.Account, Name: r.Name, KeyID: c.bytes(r.KeyID), PublicKey: c.bytes(r.PublicKey), Document: r.Document,
		MadeAt: instant(r.MadeAt), UsedAt: instant(r.UsedAt), RemovedAt: instant(r.RemovedAt), Version: r.Version}, c.err
}

// AddApproval stores what was decided about a class.
func (t *Tx) AddApproval(ctx context.Context, a registry.ApprovalRecord) error {
	row := db.AddApprovalParams{ID: a.ID, Class: a.Class, ByAccount: a.By, At: micros(a.At), People: int64(a.People), Content: a.Content, Statement: a.Statement}
	if k := a.Passkey; k != nil {
		row.KeyID, row.PublicKey, row.AuthData = base64url(k.KeyID), base64url(k.PublicKey), base64url(k.AuthData)
		row.ClientData, row.Signature = base64url(k.ClientData), base64url(k.Signature)
	}
	n, err := t.q.AddApproval(ctx, row)
	return added(n, err, "approval", a.ID)
}

// Approvals lists what was decided about the class, oldest first.
func (t *Tx) Approvals(ctx context.Context, class registry.ID) ([]registry.ApprovalRecord, error) {
	rows, err := t.q.Approvals(ctx, class)
	return many(rows, err, toApproval, "approval")
}

func toApproval(r db.Approval) (registry.ApprovalRecord, error) {
	var c codec
	a := registry.ApprovalRecord{ID: r.ID, Class: r.Class, By: r.ByAccount, At: instant(r.At), People: int(r.People), Content: r.Content, Statement: r.Statement}
	if r.KeyID != "" {
		a.Passkey = &registry.PasskeySignature{KeyID: c.bytes(r.KeyID), PublicKey: c.bytes(r.PublicKey), AuthData: c.bytes(r.AuthData),
			ClientData: c.bytes(r.ClientData), Signature: c.bytes(r.Signature)}
	}
	return a, c.err
}

// PasskeyNeeded reports whether the issuer lets nothing be approved without a
// passkey.
func (t *Tx) PasskeyNeeded(ctx context.Context, issuer registry.ID) (bool, error) {
	rows, err := t.q.ApprovalRule(ctx, issuer)
	if err != nil {
		return false, fmt.Errorf("read approval rule: %w", err)
	}
	return len(rows) > 0 && rows[0].Passkey, nil
}

// PutPasskeyNeeded stores what the issuer asks of its approvers.
func (t *Tx) PutPasskeyNeeded(ctx context.Context, issuer registry.ID, needed bool) error {
	if _, err := t.q.PutApprovalRule(ctx, db.PutApprovalRuleParams{Org: issuer, Passkey: needed}); err != nil {
		return fmt.Errorf("put approval rule: %w", err)
	}
	return nil
}

// Deciders lists the active accounts that hold a role of approvers at the
// organization itself.
func (t *Tx) Deciders(ctx context.Context, org registry.ID) ([]registry.Account, error) {
	rows, err := t.q.GrantedAt(ctx, org)
	if err != nil {
		return nil, fmt.Errorf("read deciders: %w", err)
	}
	list := make([]registry.Account, len(rows))
	for i, r := range rows {
		if list[i], err = t.granted(ctx, r, nil); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Confirmation returns the holder's answer; NotFound where there is none.
func (t *Tx) Confirmation(ctx context.Context, enrolment registry.ID) (registry.Confirmation, error) {
	row, err := t.q.Confirmation(ctx, enrolment)
	return one(row, err, toConfirmation, "confirmation", enrolment)
}

// Confirmations lists the answers of the class's holders.
func (t *Tx) Confirmations(ctx context.Context, class registry.ID) ([]registry.Confirmation, error) {
	rows, err := t.q.ConfirmationsOfClass(ctx, class)
	return many(rows, err, toConfirmation, "confirmation")
}

// PutConfirmation stores a first answer, or one over the version it was read in.
func (t *Tx) PutConfirmation(ctx context.Context, f registry.Confirmation) error {
	if f.Version == 0 {
		n, err := t.q.AddConfirmation(ctx, db.AddConfirmationParams{Enrolment: f.Enrolment, Class: f.Class, Answer: string(f.Answer), AnsweredAt: micros(f.At),
			ChangedAt: micros(f.ChangedAt), SettledBy: string(f.SettledBy), SettledAt: micros(f.SettledAt), Note: f.Note, Version: 1})
		return added(n, err, "confirmation", f.Enrolment)
	}
	n, err := t.q.SaveConfirmation(ctx, db.SaveConfirmationParams{Enrolment: f.Enrolment, Answer: string(f.Answer), ChangedAt: micros(f.ChangedAt),
		SettledBy: string(f.SettledBy), SettledAt: micros(f.SettledAt), Note: f.Note, Version: f.Version})
	return saved(n, err, "confirmation", f.Enrolment)
}

func toConfirmation(r db.Confirmation) (registry.Confirmation, error) {
	return registry.Confirmation{Enrolment: r.Enrolment, Class: r.Class, Answer: registry.ConfirmAnswer(r.Answer), At: instant(r.AnsweredAt), ChangedAt: instant(r.ChangedAt),
		SettledBy: registry.ID(r.SettledBy), SettledAt: instant(r.SettledAt), Note: r.Note, Version: r.Version}, nil
}

// Denial is a live credential whose holder says that it was not him, into which
// nobody has looked.
type Denial struct {
	Confirmation registry.Confirmation
	Credential   registry.Credential
}

// Denials lists the denials of the whole registry; they are few.
func (t *Tx) Denials(ctx context.Context) ([]Denial, error) {
	rows, err := t.q.OpenDenials(ctx, math.MaxInt16)
	return many(rows, err, func(r db.OpenDenialsRow) (d Denial, err error) {
		if d.Confirmation, err = toConfirmation(r.Confirmation); err != nil {
			return d, err
		}
		d.Credential, err = toCredential(r.Credential)
		return d, err
	}, "denial")
}

// Confirmed counts the certificates of the base's classes that ended since then,
// and what their holders said.
func (t *Tx) Confirmed(ctx context.Context, base string, since registry.Date) (registry.Confirmed, error) {
	row, err := t.q.BaseConfirmed(ctx, db.BaseConfirmedParams{Base: base, EndsOn: since.String()})
	if err != nil {
		return registry.Confirmed{}, fmt.Errorf("count confirmations: %w", err)
	}
	return registry.Confirmed{Certificates: int(row.Asked), There: int(row.Confirmed), NotMe: int(row.Denied)}, nil
}
