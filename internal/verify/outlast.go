package verify

import (
	"context"
	"errors"
	"time"
)

// longest is how long a read may take whose asker ended the connection.
const longest = 5 * time.Second

// ended reports that the asker closed his side of the connection. Who only says
// so that he has sent everything (a half-closed connection, RFC 9112 §9.6) still
// reads the answer, and a read that failed for it is no failure of the store.
func ended(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// outlast is for doing such a read once more.
func outlast(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), longest)
}
