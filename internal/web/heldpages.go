package web

import (
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/verify"
)

// mostHeld is how many bytes of pages are held.
const mostHeld = 16 << 20

// mostWritten is how long a code may be written whose page is held.
const mostWritten = 40

// held are the pages of one second: where a hall full of people opens the same
// certificates, each is made once a second. A page is shown again only for the
// same facts in memory (verify.Plain.Shown is the very same bytes), so a change of
// the certificate ends it at once; its foot names the request that it was made
// for.
type held struct {
	mu     sync.Mutex
	second int64
	bytes  int
	pages  map[heldKey]heldPage
}

type heldKey struct {
	code        string    // as it was written
	lang, asked i18n.Lang // asked: by ?lang=, which stands in the page's links
}

type heldPage struct {
	shown  *byte
	status registry.Status
	body   []byte
}

// keyOf names the page of an answer; false where it is not to be held.
func (s *Server) keyOf(c *gin.Context, p verify.Plain) (heldKey, bool) {
	code := c.Param("code")
	if s.Verify.Cache == 0 || len(p.Shown) == 0 || len(code) > mostWritten {
		return heldKey{}, false
	}
	k := heldKey{code: code, lang: edge.Printer(c).Lang()}
	if c.Request.URL.RawQuery != "" {
		if lang := c.Query("lang"); lang != "" {
			k.asked = i18n.Match(lang)
		}
	}
	return k, true
}

// get returns the page of this second for the same facts.
func (h *held) get(k heldKey, p verify.Plain) ([]byte, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	page, ok := h.pages[k]
	if !ok || h.second != p.CheckedAt.Unix() || page.shown != &p.Shown[0] || page.status != p.Status {
		return nil, false
	}
	return page.body, true
}

func (h *held) put(k heldKey, p verify.Plain, body []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := p.CheckedAt.Unix(); h.second != now || h.pages == nil {
		h.second, h.bytes, h.pages = now, 0, map[heldKey]heldPage{}
	}
	if h.bytes+len(body) > mostHeld {
		return
	}
	h.bytes += len(body)
	h.pages[k] = heldPage{shown: &p.Shown[0], status: p.Status, body: body}
}
