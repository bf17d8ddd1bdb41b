package edge

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// Trailer is the header after a streamed file that counts what is missing in it.
const Trailer = "Passmuster-Missing"

// streamStep is how long a client may take for one piece of a streamed file; a
// long file may take as long as it needs.
const streamStep = time.Minute

// File is an answer that is written while it is made.
type File struct {
	Name   string // for the browser to keep it under
	Media  string
	Inline bool // shown rather than kept
}

// Incomplete is an error after which a file is whole but lacks some parts, which
// the file itself names.
type Incomplete interface {
	error
	Missing() int
}

// Stream answers with a file of unknown length. An error before its first byte
// is answered as any other; one that is Incomplete goes into the trailer; after
// any other the connection breaks, so that nobody takes half a file for whole.
// A client that goes away stops write with the request's context.
func Stream(c *gin.Context, f File, write func(w io.Writer) error) error {
	s := &stream{c: c, f: f, control: http.NewResponseController(c.Writer)}
	err := write(s)
	var part Incomplete
	switch {
	case errors.As(err, &part):
		s.begin()
		c.Header(Trailer, strconv.Itoa(part.Missing()))
		return nil
	case err == nil:
		s.begin()
		c.Header(Trailer, "0")
		return nil
	case !s.begun:
		return err
	}
	if c.Request.Context().Err() == nil { // else the client is gone, and that is nobody's fault
		of(c).Log.Error("file broke off", "request", RequestID(c), "route", c.FullPath(), "error", err)
	}
	panic(http.ErrAbortHandler)
}

// stream sends the headers with the first byte.
type stream struct {
	c       *gin.Context
	f       File
	control *http.ResponseController
	begun   bool
	until   time.Time // of the write deadline
}

func (s *stream) begin() {
	if s.begun {
		return
	}
	s.begun = true
	disposition := "attachment"
	if s.f.Inline {
		disposition = "inline"
	}
	s.c.Header("Content-Type", s.f.Media)
	s.c.Header("Content-Disposition", disposition+`; filename="`+s.f.Name+`"`)
	s.c.Header("Cache-Control", "private, no-store")
	s.c.Header("X-Robots-Tag", "noindex")
	s.c.Header("Trailer", Trailer)
	s.c.Status(http.StatusOK)
}

// Write gives the client another while, now and then.
func (s *stream) Write(p []byte) (int, error) {
	s.begin()
	if err := s.c.Request.Context().Err(); err != nil {
		return 0, err
	}
	if now := time.Now(); now.Add(streamStep / 2).After(s.until) {
		s.until = now.Add(streamStep)
		if err := s.control.SetWriteDeadline(s.until); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	return s.c.Writer.Write(p)
}
