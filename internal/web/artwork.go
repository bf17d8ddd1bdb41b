package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/artwork"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

// maxArtwork is the largest form with a picture, in bytes.
const maxArtwork = artwork.MaxBytes + 64<<10

// usePicture handles POST /registry/templates/artwork: a logo or a seal is put
// to use or taken away.
func (s *Server) usePicture(c *gin.Context, v visitor) error {
	file, err := pictureOf(c)
	in := design.PictureInput{Role: c.PostForm("role"), File: file, Note: c.PostForm("note"), PermittedBy: c.PostForm("permitted_by"), Rights: c.PostForm("rights") != ""}
	issuer, key := c.PostForm("issuer"), "designs.flash.used"
	switch {
	case err != nil:
	case c.PostForm("remove") != "":
		in, key = design.PictureInput{Role: in.Role}, "designs.flash.removed"
	case len(file) == 0:
		err = registry.FailField(registry.Invalid, "file", "artwork.empty")
	}
	if err == nil {
		_, err = s.Design.UsePicture(c.Request.Context(), v.actor, issuer, in)
	}
	if err != nil {
		return s.designsRefused(c, v, issuer, in.Role, staff.PictureInput{Note: in.Note, PermittedBy: in.PermittedBy, Rights: c.PostForm("rights")}, err)
	}
	s.flash(c, ui.Good, key)
	return to(c, designsPath+"?issuer="+url.QueryEscape(issuer))
}

// pictureOf reads the picture of a form; a form without one has none.
func pictureOf(c *gin.Context) ([]byte, error) {
	if err := edge.AllowBody(c, maxArtwork); err != nil {
		return nil, registry.FailField(registry.TooLarge, "file", "artwork.bytes", artwork.MaxBytes>>20)
	}
	if c.ContentType() != gin.MIMEMultipartPOSTForm {
		return nil, nil
	}
	_, file, err := uploadedUpTo(c, maxArtwork)
	var tooLarge *http.MaxBytesError
	var refusal *registry.Error
	switch {
	case errors.As(err, &tooLarge):
		return nil, registry.FailField(registry.TooLarge, "file", "artwork.bytes", artwork.MaxBytes>>20)
	case errors.As(err, &refusal):
		return nil, nil
	}
	return file, err
}
