package edge

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
)

// pacedBody is a body that has to arrive at a pace, and needs a place in the room of
// large files for what is longer than its beginning: so memory is bounded by the
// places, whatever the body holds, and who sends slowly may not keep one from others
// for long. It reads the clock of the machine, as the deadlines of connections do.
type pacedBody struct {
	io.Reader
	ctx     context.Context
	control *http.ResponseController
	upload  *upload
	start   time.Time
	size    int64 // as announced; -1: not
	read    int64
	headed  bool // the file itself has begun
	late    bool
}

func paced(c *gin.Context, u *upload) *pacedBody {
	return &pacedBody{Reader: c.Request.Body, ctx: c.Request.Context(), control: http.NewResponseController(c.Writer), upload: u, start: time.Now(), size: c.Request.ContentLength}
}

// Read gives what comes before the time is over that the bytes so far have earned.
// Its errors are those of the connection, file.busy and file.form.
func (b *pacedBody) Read(p []byte) (int, error) {
	if !b.headed && b.read >= fileEnvelope { // what stands before a file is kept as well
		return 0, registry.FailField(registry.Invalid, "file", "file.form")
	}
	if b.read >= fileHead {
		if err := b.grow(); err != nil {
			return 0, err
		}
	} else {
		p = p[:min(int64(len(p)), fileHead-b.read)]
	}
	earned := b.upload.d.grace + time.Duration(b.read)*time.Second/time.Duration(b.pace())
	_ = b.control.SetReadDeadline(b.start.Add(min(earned, fileRead))) // not every writer has a connection
	n, err := b.Reader.Read(p)
	b.read += int64(n)
	var slow net.Error
	b.late = b.late || errors.As(err, &slow) && slow.Timeout()
	return n, err
}

// pace is how many bytes have to come in a second: as many as bring the whole of the
// file here in time, so that a place is kept no longer for a sender who cannot do it.
func (b *pacedBody) pace() int64 {
	size := b.size
	if size < 0 && b.read >= fileHead {
		size = check.MaxFile
	}
	return max(filePace, size/int64((fileRead-fileGrace)/time.Second))
}

// grow moves on to the room of large files. The time of waiting is not the sender's.
func (b *pacedBody) grow() error {
	if b.upload.in[large] {
		return nil
	}
	began := time.Now()
	if err := b.upload.enter(b.ctx, large); err != nil {
		return err
	}
	b.upload.exit(arriving)
	b.start = b.start.Add(time.Since(began))
	return nil
}

// done lets the connection wait again: the deadline was the body's. For who was too
// slow it stays, or the server would wait for more of the body before it answers.
func (b *pacedBody) done() {
	if !b.late {
		_ = b.control.SetReadDeadline(time.Now().Add(fileRead))
	}
}
