package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// The header by which a client says that two requests are one
// (draft-ietf-httpapi-idempotency-key-header), and the one that tells an answer
// given again.
const (
	keyHeader    = "Idempotency-Key"
	replayHeader = "Idempotency-Replayed"
)

// A request that has run for longer than this died with its process: no request
// of ours lives so long. Its key may be taken by the next one.
const claimLife = 2 * time.Minute

// once lets a creating route take an Idempotency-Key. Put it after staff.
func (s *Server) once(op *huma.Operation) {
	op.Parameters = append(op.Parameters, keyParam())
	op.Errors = append(op.Errors, http.StatusConflict)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		if !hasKey(c) {
			next(ctx)
			return
		}
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			edge.Fail(c, err)
			return
		}
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		sum := sha256.Sum256(body)
		s.replay(c, hex.EncodeToString(sum[:]), func() { next(ctx) })
	})
}

// hasKey tells whether the request has the header. A blank one counts: a client
// whose key came out empty believes that it may safely send again.
func hasKey(c *gin.Context) bool { return len(c.Request.Header.Values(keyHeader)) > 0 }

const maxKey = 255

func keyParam() *huma.Param {
	return &huma.Param{Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(maxKey)},
		Description: "Names this request for seven days: sent again with the same body it gets the stored answer, and nothing is done twice. " +
			"Only successful answers are stored; a refused request changed nothing and may be corrected."}
}

// replay runs do under the request's key, or answers as the request answered
// that brought the key first.
func (s *Server) replay(c *gin.Context, bodySHA string, do func()) {
	if !hasKey(c) {
		do()
		return
	}
	claim, done, err := s.claim(c, c.GetHeader(keyHeader), bodySHA)
	if err != nil {
		edge.Fail(c, err)
		return
	}
	if done {
		answerAgain(c, claim)
		return
	}
	inner := c.Writer
	held := &heldAnswer{ResponseWriter: inner, status: http.StatusOK}
	c.Writer = held
	finished := false
	// The client may be gone by now; what was done must be remembered all the same.
	ctx := context.WithoutCancel(c.Request.Context())
	defer func() {
		c.Writer = inner
		if !finished { // a panic: answered further out
			s.settle(ctx, claim, nil)
		}
	}()
	do()
	finished = true
	s.settle(ctx, claim, held)
	inner.WriteHeader(held.status)
	if _, err := inner.Write(held.body.Bytes()); err != nil {
		_ = c.Error(err) // the client is gone
	}
}

// claim takes the key, or returns the answer stored under it.
func (s *Server) claim(c *gin.Context, key, bodySHA string) (k store.IdempotencyKey, done bool, err error) {
	if key == "" || len(key) > maxKey || !visible(key) {
		return k, false, registry.Fail(registry.Invalid, "idempotency.key")
	}
	ctx, now := c.Request.Context(), s.Now()
	k = store.IdempotencyKey{Principal: string(of(ctx).account.ID), Route: c.Request.Method + " " + c.Request.URL.Path, Key: key, BodySHA: bodySHA, CreatedAt: now}
	var stored store.IdempotencyKey
	claimed := false
	err = s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		if stored, claimed, err = tx.ClaimKey(ctx, k); err != nil || claimed {
			return err
		}
		if stored.Status == 0 && now.Sub(stored.CreatedAt) > claimLife {
			if err := tx.DropKey(ctx, k); err != nil {
				return err
			}
			stored, claimed, err = tx.ClaimKey(ctx, k)
		}
		return err
	})
	switch {
	case err != nil || claimed:
		return k, false, err
	case stored.BodySHA != bodySHA:
		return k, false, registry.Fail(registry.Invalid, "idempotency.mismatch")
	case stored.Status == 0:
		return k, false, registry.Fail(registry.Conflict, "idempotency.running")
	}
	return stored, true, nil
}

func visible(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// settle stores a successful answer under its key and gives the key back after
// any other: a refusal changed nothing.
func (s *Server) settle(ctx context.Context, k store.IdempotencyKey, a *heldAnswer) {
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		if a == nil || a.status >= http.StatusBadRequest {
			return tx.DropKey(ctx, k)
		}
		k.Status, k.Response, k.Headers = a.status, a.body.Bytes(), map[string]string{}
		for _, name := range []string{"Content-Type", "Content-Language", "Location", "ETag"} {
			if v := a.Header().Get(name); v != "" {
				k.Headers[name] = v
			}
		}
		return tx.FinishKey(ctx, k)
	})
	if err != nil {
		s.Log.Error("idempotency key not settled", "error", err)
	}
}

func answerAgain(c *gin.Context, k store.IdempotencyKey) {
	for name, v := range k.Headers {
		c.Header(name, v)
	}
	c.Header(replayHeader, "true")
	c.Status(k.Status)
	if _, err := c.Writer.Write(k.Response); err != nil {
		_ = c.Error(err)
	}
}

// heldAnswer keeps an answer until it is stored: an answer that the client has
// is one that it gets again.
type heldAnswer struct {
	gin.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) WriteHeader(status int)            { h.status = status }
func (h *heldAnswer) WriteHeaderNow()                   {}
func (h *heldAnswer) Write(b []byte) (int, error)       { return h.body.Write(b) }
func (h *heldAnswer) WriteString(t string) (int, error) { return h.body.WriteString(t) }
func (h *heldAnswer) Status() int                       { return h.status }
func (h *heldAnswer) Size() int                         { return h.body.Len() }
func (h *heldAnswer) Written() bool                     { return h.body.Len() > 0 }
func (h *heldAnswer) Flush()                            {}
