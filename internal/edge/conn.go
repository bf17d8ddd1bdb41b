package edge

import (
	"context"
	"net"
	"sync"

	"github.com/gin-gonic/gin"
)

// Listener is the listener for [Server]: on its connections [Send] sends a whole
// answer at once.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp}, nil
	}
	return c, err
}

// Send answers with a body, in one piece where the connection can: the server of
// net/http sends what is longer than 4 KB in two, each a call of the kernel and a
// waking of who waits for it.
func Send(c *gin.Context, status int, body []byte) {
	if own, ok := c.Request.Context().Value(connKey{}).(*conn); ok && len(body) <= mostGathered {
		own.gather()
		defer own.release()
	}
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(body) // an error: who asked has gone
}

// mostGathered is the longest body that is copied to be sent at once. Of a longer
// one the copy costs as much as the call that it saves.
const mostGathered = 32 << 10

// conn gathers what is written while an answer is held back. Only the goroutine
// that serves the connection writes to it.
type conn struct {
	*net.TCPConn
	held *[]byte // nil: nothing is held back
}

// Write sends p, or keeps a copy of it.
func (c *conn) Write(p []byte) (int, error) {
	if c.held == nil {
		return c.TCPConn.Write(p)
	}
	*c.held = append(*c.held, p...)
	return len(p), nil
}

func (c *conn) gather() { c.held = gathered.Get().(*[]byte) }

// release sends what was held back. What the server still has in its own buffer
// follows it.
func (c *conn) release() {
	held := c.held
	c.held = nil
	if len(*held) > 0 {
		if _, err := c.TCPConn.Write(*held); err != nil { // the server was told that it is sent
			_ = c.Close()
		}
	}
	*held = (*held)[:0]
	gathered.Put(held)
}

var gathered = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

type connKey struct{}

// withConn puts the connection where Send finds it.
func withConn(ctx context.Context, c net.Conn) context.Context {
	if own, ok := c.(*conn); ok {
		return context.WithValue(ctx, connKey{}, own)
	}
	return ctx
}
