package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// newOnce names a form, so that it is done once however often it is sent.
func newOnce() string { return rand.Text() }

// once does a deed that makes something, under the name that its form carries,
// and returns where it led to; the same form sent again leads to the same place.
// A form without a name is done as it comes.
func (s *Server) once(c *gin.Context, v visitor, do func() (string, error)) (string, error) {
	return s.onceBy(c, string(v.account.ID), do)
}

// onceBy is once for whoever acts without an account.
func (s *Server) onceBy(c *gin.Context, principal string, do func() (string, error)) (string, error) {
	name := c.PostForm("once")
	if name == "" || len(name) > 64 {
		return do()
	}
	ctx := context.WithoutCancel(c.Request.Context()) // a browser that gave up must not leave the name taken
	sum := sha256.Sum256([]byte(name))
	key := store.IdempotencyKey{Principal: principal, Route: "page " + c.FullPath(), Key: hex.EncodeToString(sum[:]), CreatedAt: s.Now()}
	stored, claimed, err := s.claimOrWait(ctx, key)
	switch {
	case err != nil:
		return "", err
	case !claimed && stored.Status == 0:
		return "", registry.Fail(registry.Conflict, "web.again")
	case !claimed:
		return stored.Headers["Location"], nil
	}
	place, err := do()
	if err != nil {
		if dropped := s.DB.Tx(ctx, func(tx *store.Tx) error { return tx.DropKey(ctx, key) }); dropped != nil {
			s.Log.Warn("form stays marked as running", "error", dropped)
		}
		return "", err
	}
	key.Status, key.Headers = http.StatusSeeOther, map[string]string{"Location": place}
	if err := s.DB.Tx(ctx, func(tx *store.Tx) error { return tx.FinishKey(ctx, key) }); err != nil {
		s.Log.Warn("form not remembered", "error", err) // the deed is done: what counts
	}
	return place, nil
}

// How long the second of two equal forms waits for the first, and how often it
// looks: a double click is answered with what the first came to.
const (
	waitForFirst = 5 * time.Second
	lookForFirst = 50 * time.Millisecond
)

// claimOrWait is claim, after a while of waiting where the form is being done
// just now.
func (s *Server) claimOrWait(ctx context.Context, key store.IdempotencyKey) (stored store.IdempotencyKey, claimed bool, err error) {
	for range int(waitForFirst / lookForFirst) {
		stored, claimed, err = s.claim(ctx, key)
		if err != nil || claimed || stored.Status != 0 {
			return stored, claimed, err
		}
		time.Sleep(lookForFirst)
	}
	return stored, claimed, err
}

// claimLife is after how long a claim is of a process that died.
const claimLife = 2 * time.Minute

func (s *Server) claim(ctx context.Context, key store.IdempotencyKey) (stored store.IdempotencyKey, claimed bool, err error) {
	err = s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		stored, claimed, err = tx.ClaimKey(ctx, key)
		if err != nil || claimed || stored.Status != 0 || s.Now().Sub(stored.CreatedAt) < claimLife {
			return err
		}
		if err := tx.DropKey(ctx, key); err != nil {
			return err
		}
		stored, claimed, err = tx.ClaimKey(ctx, key)
		return err
	})
	return stored, claimed, err
}
