package edge

import (
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// Unread is why a request's body did not come whole: the client's connection ended,
// broke the rules of HTTP or was too slow. What lies behind it names the client's
// address, so Error does not repeat it.
type Unread struct{ err error }

// Error is fit for a log.
func (u *Unread) Error() string {
	switch {
	case u.Timeout():
		return "read body: too slow"
	case errors.Is(u.err, io.ErrUnexpectedEOF):
		return "read body: ended too early"
	}
	return "read body: connection broke"
}

// Unwrap is the error of the connection.
func (u *Unread) Unwrap() error { return u.err }

// Timeout reports whether the client was too slow.
func (u *Unread) Timeout() bool {
	var late net.Error
	return errors.As(u.err, &late) && late.Timeout()
}

// Temporary makes it a net.Error.
func (u *Unread) Temporary() bool { return false }

// refusal is what the client hears.
func (u *Unread) refusal() *registry.Error {
	if u.Timeout() {
		return &registry.Error{Kind: registry.Unavailable, Code: "request.slow"}
	}
	return &registry.Error{Kind: registry.Invalid, Code: "request.cut"}
}

// clientBody tells errors of the client's connection from ours.
type clientBody struct{ io.ReadCloser }

func (b clientBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF || errors.Is(err, http.ErrBodyReadAfterClose) { // the last one is a fault of ours
		return n, err
	}
	return n, &Unread{err}
}

// IsUnread reports whether err says that a body did not come whole, or was too
// large: who reads a form passes it on, and words what else is wrong with it.
func IsUnread(err error) bool {
	return errors.As(err, new(*Unread)) || errors.As(err, new(*http.MaxBytesError))
}

// body limits what is read of a request.
func (e *engine) body(c *gin.Context) {
	if c.Request.Body == nil || c.Request.Body == http.NoBody {
		return
	}
	about(c).body = clientBody{c.Request.Body}
	c.Request.Body = http.MaxBytesReader(c.Writer, about(c).body, e.MaxBody)
}
