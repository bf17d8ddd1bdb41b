// Package assets holds the style sheets, scripts and pictures of the pages and
// serves them under names that carry their checksum, so that a browser may keep
// each for ever and still never shows an old one.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
)

//go:embed css img js zxing
var files embed.FS

// prefix is where Handler is mounted.
const prefix = "/assets/"

// sheets are the style sheets that pages link, put together from parts so that
// each page makes one request and no rule is written twice.
var sheets = map[string][]string{
	"css/result.css":     {"css/tokens.css", "css/base.css", "css/verdict.css", "css/record.css"},
	"css/join.css":       {"css/tokens.css", "css/base.css", "css/forms.css", "css/join.css"},
	"css/joinscreen.css": {"css/tokens.css", "css/base.css", "css/forms.css", "css/joinscreen.css"},
	"css/scan.css":       {"css/tokens.css", "css/base.css", "css/verdict.css", "css/record.css", "css/forms.css", "css/scan.css"},
	"css/receipt.css":    {"css/tokens.css", "css/base.css", "css/verdict.css", "css/proof.css"},
	"css/site.css":       {"css/tokens.css", "css/base.css", "css/verdict.css", "css/forms.css", "css/lists.css", "css/class.css", "css/recorder.css", "css/import.css", "css/plan.css", "css/public.css", "css/file.css", "css/heads.css", "css/decide.css", "css/approval.css", "css/design.css", "css/registers.css", "css/people.css", "css/checklist.css", "css/places.css"},
}

// asset is one file as it is sent.
type asset struct {
	path    string // "/assets/css/site.1f2e3d4c5b6a.css"
	kind    string
	body    []byte
	gzipped func() []byte // nil where it saves nothing; made when it is first asked for
}

// table finds assets by name and by path.
type table struct{ byName, byPath map[string]*asset }

var all = sync.OnceValue(func() table { return build(files) })

// Path returns the address of an asset, "css/site.css" gives
// "/assets/css/site.1f2e3d4c5b6a.css". A name that does not exist keeps its
// plain address, which answers 404.
func Path(name string) string {
	if a, ok := all().byName[name]; ok {
		return a.path
	}
	return prefix + name
}

// Handler answers GET and HEAD under /assets/ for the addresses that Path
// returns, with a year of immutable caching, and 404 for everything else.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := all().byPath[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		a.send(w, r)
	})
}

func (a *asset) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	body := a.body
	if packed := a.gzipped(); packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = packed
		}
	}
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a reader who left is no fault of ours
}

// build names every file and every put-together sheet.
func build(fsys fs.FS) table {
	t := table{map[string]*asset{}, map[string]*asset{}}
	for name, parts := range sheets {
		var b bytes.Buffer
		for _, part := range parts {
			text, _ := fs.ReadFile(fsys, part) // a missing part is a test's business
			b.WriteString(squeeze(string(text)))
		}
		t.add(name, b.Bytes())
	}
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".css" {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		t.add(name, body)
		return err
	})
	t.addModules()
	return t
}

func (t table) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	a := &asset{
		path: prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		kind: contentType(ext),
		body: body,
	}
	a.gzipped = sync.OnceValue(func() []byte {
		if packed := pack(body); len(packed) < len(body)*9/10 {
			return packed
		}
		return nil
	})
	t.byName[name], t.byPath[a.path] = a, a
}

// contentType does not ask the machine for what the product itself sends: the
// tables of operating systems differ.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".wasm":
		return "application/wasm"
	}
	if kind := mime.TypeByExtension(ext); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a constant that exists
	_, _ = z.Write(body)
	_ = z.Close()
	return b.Bytes()
}

var (
	comments = regexp.MustCompile(`(?s)/\*.*?\*/`)
	indents  = regexp.MustCompile(`\n\s*`)
)

// squeeze drops comments and indents of a style sheet: ours hold no string in
// which these could mean something.
func squeeze(css string) string {
	return strings.TrimSpace(indents.ReplaceAllString(comments.ReplaceAllString(css, ""), "\n")) + "\n"
}

// File is an embedded file as it is, "js/worker.js", for what has an address of
// its own; nil where there is none.
func File(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil
	}
	return b
}
