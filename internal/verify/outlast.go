package verify

import (
	"context"
	"errors"
	"time"
)

// patience is how long the store may take for one read. Whoever stands at a gate
// is told before he gives up that nobody can tell.
const patience = 3 * time.Second

// within is for such a read.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}

// ended reports that the asker closed his side of the connection. Who only says
// so that he has sent everything (a half-closed connection, RFC 9112 §9.6) still
// reads the answer, and a read that failed for it is no failure of the store.
func ended(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// outlast is for doing such a read once more.
func outlast(ctx context.Context) (context.Context, context.CancelFunc) {
	return within(context.WithoutCancel(ctx))
}
