package edge

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
)

// Limits of files that anybody may show. In memory are at most filesArriving
// beginnings and largeAtOnce whole files: 40 MB.
const (
	filesArriving    = 60               // of which the beginning is here, at a time
	arrivingOfClient = 8                // of them from one neighbourhood (/24, /48): none holds the door
	fileHead         = 256 << 10        // bytes of a beginning; a certificate has 200 KB
	largeAtOnce      = 5                // longer ones that are here, MaxFile each at most
	largeOfClient    = 2                // of them from one neighbourhood
	filesAtOnce      = 8                // that are looked at
	filesOfClient    = 3                // of them from one neighbourhood
	filesWaiting     = 128              // uploads that wait for their turn, unread
	waitOfClient     = 104              // of them from one neighbourhood
	fileWait         = 20 * time.Second // for all turns of one file
	fileRead         = 40 * time.Second // for the whole of one file to arrive
	fileGrace        = 6 * time.Second  // before the pace is asked for
	filePace         = 16 << 10         // bytes in a second: a certificate in the slowest networks of phones
	fileEnvelope     = 64 << 10         // bytes around the file in the body
	fileDrain        = 24 << 20         // bytes of a body too large that are read, unkept, so that a browser sees the answer
)

// FileBudget is how many files that are not the registry's one network may show.
// A file that one of our keys signed costs nothing, whatever its status.
var FileBudget = Budget{Burst: 60, Every: 5 * time.Second}

// File reads the one file of a multipart form, its field "file", and has it
// judged: a few files at a time, so that a hundred uploads at once take no more
// memory than those few, fewer from one neighbourhood. A file is received before it
// takes a desk, and who sends too slowly is sent away, so slow senders do not keep
// others out. Nothing of a file is written anywhere. A client who
// shows many files that are not ours is slowed down; ours are always answered.
// Refusals: file.media_type, file.form, file.empty, pdf.too_large, file.busy,
// file.slow, edge.misses, and those of judge.
func (l *Lookups) File(c *gin.Context, judge func(context.Context, []byte) (registry.Answer, error)) (registry.Answer, error) {
	upload, err := l.desks.receive(c.Request.Context(), neighbourhood(c))
	if err != nil {
		return registry.Answer{}, err
	}
	defer upload.leave()
	b, err := readFile(c, upload)
	if err != nil {
		upload.leave()
		drain(c, err)
		return registry.Answer{}, err
	}
	if err := upload.enter(c.Request.Context(), desk); err != nil {
		return registry.Answer{}, err
	}
	a, err := judge(c.Request.Context(), b)
	if err == nil && a.Checks.File != nil && a.Checks.File.Signer.Result != registry.CheckNo && a.Checks.File.Signer.Result != registry.CheckNotNeeded {
		return a, nil
	}
	if busy := l.files.Check(Client(c)); busy != nil {
		return registry.Answer{}, busy
	}
	l.files.Miss(Client(c))
	return a, err
}

// readFile reads the form; a file too large is not read to its end.
func readFile(c *gin.Context, u *upload) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, registry.Fail(Unsupported, "file.media_type")
	}
	if err := AllowBody(c, check.MaxFile+fileEnvelope); err != nil {
		return nil, tooLarge()
	}
	body := paced(c, u)
	defer body.done()
	form := multipart.NewReader(body, params["boundary"])
	part, err := form.NextPart()
	if err != nil {
		return nil, wrongForm(err)
	}
	body.headed = true
	if part.FormName() != "file" {
		return nil, registry.FailField(registry.Invalid, "file", "file.form")
	}
	room := check.MaxFile + 1
	if n := c.Request.ContentLength; n > 0 { // what is announced bounds the file; never more than the limit
		room = int(min(n, check.MaxFile+1))
	}
	b, err := readPart(part, room)
	if err != nil {
		return nil, wrongForm(err)
	}
	if len(b) > check.MaxFile {
		return nil, tooLarge()
	}
	if _, err := form.NextPart(); err != io.EOF { // one file, and nothing else
		return nil, wrongForm(err)
	}
	if len(b) == 0 {
		return nil, registry.FailField(registry.Invalid, "file", "file.empty")
	}
	return b, nil
}

// readPart reads as far as there is room, which is one byte beyond the limit. It
// takes the whole of it when more than a beginning has come, and not before.
func readPart(r io.Reader, room int) ([]byte, error) {
	b := make([]byte, 0, min(room, fileHead))
	for {
		if len(b) == cap(b) && cap(b) < room {
			b = append(make([]byte, 0, room), b...)
		}
		if len(b) == room {
			return b, nil
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

func tooLarge() error {
	return registry.FailField(registry.TooLarge, "file", string(check.TooLarge), check.MaxFile>>20)
}

// wrongForm words why a form could not be read.
func wrongForm(err error) error {
	var over *http.MaxBytesError
	var late interface{ Timeout() bool }
	var refusal *registry.Error
	switch {
	case errors.As(err, &refusal): // of the body's own: there was no place for the rest
		return refusal
	case errors.As(err, &over):
		return tooLarge()
	case errors.As(err, &late) && late.Timeout():
		return registry.Fail(registry.Unavailable, "file.slow")
	case IsUnread(err):
		return err
	}
	return registry.FailField(registry.Invalid, "file", "file.form")
}

// drain takes the rest of a body that was refused for its size: a browser that
// is still sending would show a broken connection in place of the answer.
func drain(c *gin.Context, err error) {
	if Status(err) != http.StatusRequestEntityTooLarge || AllowBody(c, fileDrain) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, c.Request.Body)
}
