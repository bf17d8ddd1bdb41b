package pages

import (
	"encoding/json"
	"net/url"

	"github.com/a-h/templ"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/layout"
	"github.com/passmuster/passmuster/templates/ui"
)

// Scan is the scanner: one page that a phone keeps, with every text that its
// scripts may need, so that it speaks without a network too. Nothing on it
// depends on who asks.
type Scan struct {
	P    *i18n.Printer
	Demo bool
	// Verifier is where the modules begin that check signatures.
	Verifier string
}

// ScanScripts are the scripts of the scanner, in the order in which they run.
var ScanScripts = []string{
	"js/scan/base.js", "js/scan/store.js", "js/scan/trust.js", "js/scan/combine.js", "js/scan/sound.js", "js/scan/result.js", "js/scan/reader.js",
	"js/scan/keyboard.js", "js/scan/qr.js", "js/scan/pass.js", "js/scan/passing.js", "js/scan/ready.js", "js/scan/start.js",
}

// ScanFiles are all other files that the scanner needs.
var ScanFiles = []string{"css/scan.css", "img/icon.svg", "img/scan-192.png", "img/scan-512.png", "js/scan/decode.js", "zxing/reader.js", "zxing/reader.wasm"}

func (s Scan) page() layout.Page {
	return layout.Page{P: s.P, Title: s.P.T("scan.title"), Here: &url.URL{Path: "/scan", RawQuery: "lang=" + string(s.P.Lang())}, Sheet: "css/scan.css",
		Scripts: ScanScripts, Manifest: s.manifest(), Demo: s.Demo}
}

func (s Scan) manifest() string { return "/scan.webmanifest?lang=" + string(s.P.Lang()) }

// scanTexts are beginnings of the keys that the scripts print.
var scanTexts = []string{"scan.", "verdict.", "reason.", "status.reason", "result.", "error.scan.", "error.trust.", "error.bundle.", "error.record.scan", "error.code.", "page.yes", "page.no", "page.skip", "time."}

// paths are the files that the scripts start by themselves.
func (s Scan) paths() string {
	b, _ := json.Marshal(map[string]string{"verifier": s.Verifier, "decode": assets.Path("js/scan/decode.js"), // a map of texts always marshals
		"zxing": assets.Path("zxing/reader.js"), "wasm": assets.Path("zxing/reader.wasm")})
	return string(b)
}

// scanSigns are the looks that a verdict on the scanner may have.
func scanSigns() []ui.Sign {
	signs := []ui.Sign{ui.Mistyped}
	for _, s := range registry.Statuses {
		signs = append(signs, ui.SignOf(s))
	}
	return signs
}

func (s Scan) texts() templ.Component { return templ.JSONScript("scan-texts", s.P.Texts(scanTexts...)) }
