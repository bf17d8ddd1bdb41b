package edge

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// Prefers returns the media type of the offers that the Accept header ranks
// highest (RFC 9110 §12.5.1); the first offer wins a tie and a missing header,
// and is returned when none is acceptable.
func Prefers(c *gin.Context, offers ...string) string {
	Vary(c, "Accept")
	header := c.GetHeader("Accept")
	if all := c.Request.Header["Accept"]; len(all) > 1 {
		header = strings.Join(all, ",")
	}
	if len(header) > 1024 || strings.TrimSpace(header) == "" {
		return offers[0]
	}
	best, rank := offers[0], 0.0
	for _, offer := range offers {
		if q := quality(header, offer); q > rank {
			best, rank = offer, q
		}
	}
	return best
}

// quality is the weight that the header gives to the media type, by the most
// specific range that covers it.
func quality(header, media string) float64 {
	kind, _, _ := strings.Cut(media, "/")
	q, specific := 0.0, 0
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		level := 0
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, media):
			level = 3
		case len(name) == len(kind)+2 && strings.EqualFold(name[:len(kind)], kind) && name[len(kind):] == "/*":
			level = 2
		case name == "*/*":
			level = 1
		}
		if level > specific {
			q, specific = weight(params), level
		}
	}
	return q
}

func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || q < 0 || q > 1 {
				return 0
			}
			return q
		}
	}
	return 1
}
