package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"database/sql"

	"github.com/passmuster/passmuster/internal/store/db"
)

// Sessions keeps browser sessions for alexedwards/scs (its CtxStore). A row is
// found by the SHA-256 of the cookie's token, so a copy of the table opens no
// session.
type Sessions struct{ d *DB }

// Sessions returns the store of browser sessions.
func (d *DB) Sessions() *Sessions { return &Sessions{d} }

// FindCtx returns the data of a session that has not ended.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, ok bool, err error) {
	err = s.d.Read(ctx, func(tx *Tx) error {
		row, err := tx.q.Session(ctx, db.SessionParams{Token: tokenHash(token), ExpiresAt: s.d.now().UnixMicro()})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find session: %w", err)
		}
		var c codec
		data, ok = c.bytes(row), c.err == nil
		return c.err
	})
	return data, ok, err
}

// CommitCtx stores the session until the time given.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.q.PutSession(ctx, db.PutSessionParams{Token: tokenHash(token), Data: base64url(data), ExpiresAt: micros(expiry)})
		return err
	})
}

// DeleteCtx ends the session; an unknown one has ended.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.q.DropSession(ctx, tokenHash(token))
		return err
	})
}

// Sweep forgets the sessions that have ended.
func (s *Sessions) Sweep(ctx context.Context) error {
	return s.d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.q.SweepSessions(ctx, s.d.now().UnixMicro())
		return err
	})
}

// Find, Commit and Delete complete scs's Store; scs calls the forms with a
// context.

// Find is FindCtx without a context.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
