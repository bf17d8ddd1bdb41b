package edge

import (
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/registry"
)

// FormText refuses a form with a value that is not UTF-8: a name in another
// encoding is not found, and that would read as a no. Call it when the form is read
// and nothing is looked up yet.
func FormText(c *gin.Context) error {
	for name, values := range c.Request.PostForm {
		for _, v := range values {
			if !utf8.ValidString(name) || !utf8.ValidString(v) {
				return registry.Fail(registry.Invalid, "request.encoding")
			}
		}
	}
	return nil
}
