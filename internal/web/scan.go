package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/templates/pages"
)

// scanPolicy is that of every page, with WebAssembly for the reader of QR codes
// and pictures that the page itself makes.
const scanPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// scanScripts is where the scanner's scripts are: a worker goes by the policy of
// its own answer, not by that of the page that started it.
const scanScripts = "/assets/js/scan/"

// mountScan adds the offline scanner: its page, what makes it an application, and
// the worker that opens it without a network. None of them depends on who asks.
func (s *Server) mountScan(e *gin.Engine) {
	kit := &scanner{demo: s.Demo}
	get(e, "/scan", edge.Route(kit.show))
	get(e, "/scan.webmanifest", edge.Route(kit.manifest))
	get(e, "/worker.js", edge.Route(kit.worker))
}

// scanner is what a device keeps of the scanner, made once.
type scanner struct {
	demo bool
	once sync.Once
	kept release
	err  error
}

// release is one version of the scanner: its pages and files, named by a checksum
// over all of them, so that a device keeps one version whole or none.
type release struct {
	Version string   `json:"version"`
	Pages   []string `json:"pages"` // in each language; the answer's header says the version
	Files   []string `json:"files"` // under names that carry their checksums

	bodies, packed map[i18n.Lang][]byte // the pages, as they are and compressed
}

func (k *scanner) page(l i18n.Lang) pages.Scan {
	return pages.Scan{P: i18n.For(l), Demo: k.demo, Verifier: assets.Modules("verify/index.js")[0]}
}

// release renders the pages and sums them up with the worker's own text.
func (k *scanner) release() (release, error) {
	k.once.Do(func() {
		k.kept.bodies, k.kept.packed = map[i18n.Lang][]byte{}, map[i18n.Lang][]byte{}
		sum := sha256.New()
		for _, l := range i18n.Langs {
			var b bytes.Buffer
			if k.err = pages.ScanPage(k.page(l)).Render(context.Background(), &b); k.err != nil {
				return
			}
			k.kept.bodies[l] = b.Bytes()
			if k.kept.packed[l], k.err = squeezed(b.Bytes()); k.err != nil {
				return
			}
			k.kept.Pages = append(k.kept.Pages, "/scan?lang="+string(l))
			sum.Write(b.Bytes())
		}
		for _, name := range append(append([]string{}, pages.ScanScripts...), pages.ScanFiles...) {
			k.kept.Files = append(k.kept.Files, assets.Path(name))
		}
		k.kept.Files = append(k.kept.Files, assets.Modules("verify/index.js")...)
		sum.Write([]byte(strings.Join(k.kept.Files, "\n")))
		sum.Write(assets.File("js/scan/worker.js"))
		k.kept.Version = hex.EncodeToString(sum.Sum(nil)[:8])
	})
	return k.kept, k.err
}

// show handles GET /scan.
func (k *scanner) show(c *gin.Context) error {
	r, err := k.release()
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", scanPolicy)
	c.Header("Cache-Control", "no-cache")
	c.Header("Passmuster-Scanner", r.Version)
	edge.Vary(c, "Accept-Language")
	edge.Vary(c, "Accept-Encoding")
	c.Header("Content-Language", string(edge.Lang(c)))
	body := r.bodies[edge.Lang(c)]
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		c.Header("Content-Encoding", "gzip")
		body = r.packed[edge.Lang(c)]
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", body)
	return nil
}

// worker handles GET /worker.js. Its bytes change with the version, which is how
// browsers find out that there is a newer one. Its scope is everything but /t/,
// where the recorder has a worker of its own.
func (k *scanner) worker(c *gin.Context) error {
	r, err := k.release()
	if err != nil {
		return err
	}
	head, err := json.Marshal(r)
	if err != nil {
		return err
	}
	c.Header("Service-Worker-Allowed", "/")
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", append([]byte("const release = "+string(head)+";\n"), assets.File("js/scan/worker.js")...))
	return nil
}

// manifest handles GET /scan.webmanifest (W3C Web Application Manifest).
func (k *scanner) manifest(c *gin.Context) error {
	p := edge.Printer(c)
	start := "/scan?lang=" + string(p.Lang())
	icon := func(name, size, purpose string) map[string]string {
		return map[string]string{"src": assets.Path(name), "sizes": size, "type": "image/png", "purpose": purpose}
	}
	body, err := json.Marshal(map[string]any{
		"id": "/scan", "start_url": start, "scope": "/", "display": "standalone", "lang": p.HTMLLang(),
		"name": p.T("scan.app"), "short_name": p.T("scan.app.short"), "background_color": "#f5f7fa", "theme_color": "#12305a",
		"icons": []map[string]string{icon("img/scan-192.png", "192x192", "any"), icon("img/scan-512.png", "512x512", "any"), icon("img/scan-512.png", "512x512", "maskable")},
	})
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "application/manifest+json", body)
	return nil
}
