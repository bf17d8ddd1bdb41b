package web

import (
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/ui"
)

// dayMonth writes a date as short as a head of a column wants it.
func dayMonth(c *gin.Context, d registry.Date) string { return edge.Printer(c).ShortDate(d) }

func toneIf(yes bool, tone ui.Tone) ui.Tone {
	if yes {
		return tone
	}
	return ui.Plain
}
