package web_test

import (
	"bytes"
	"html"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
)

// disc is a picture that nobody has a right in. DEMO.
func disc(side int, c color.NRGBA) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if dx, dy := 2*x-side, 2*y-side; dx*dx+dy*dy < side*side && dx*dx+dy*dy > side*side/3 {
				m.SetNRGBA(x, y, c)
			}
		}
	}
	var b bytes.Buffer
	must(0, png.Encode(&b, m))
	return b.Bytes()
}

// artwork sends a form with a picture.
func (p *person) artwork(path string, file []byte, fields ...string) *person {
	p.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		must(0, form.WriteField(fields[i], fields[i+1]))
	}
	must(must(form.CreateFormFile("file", "seal.png")).Write(file))
	must(0, form.Close())
	r := must(http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.at(path), &b))
	r.Header.Set("Content-Type", form.FormDataContentType())
	return p.do(r)
}

const templates = "/registry/templates"

// issuer is the code of the body whose templates are shown first.
func (p *person) issuer() string { return p.get(templates).find(`name="issuer" value="([^"]+)"`) }

func TestTheFederationKeepsItsTemplatesWithoutAScript(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.FederationEmail)
	p.get(templates).want(200, "Templates", "Certificate of training", "There is no logo", "Protected emblems", "red crescent")
	issuer := p.issuer()
	green := color.NRGBA{G: 120, B: 60, A: 255}

	t.Run("a seal", func(t *testing.T) {
		p := p.with(t)
		p.artwork(templates+"/artwork", disc(300, green), "issuer", issuer, "role", "seal", "rights", "1", "note", "may be used").
			want(422, "There is no permission for the seal", "may be used") // what was typed is kept
		p.artwork(templates+"/artwork", []byte("<svg/>"), "issuer", issuer, "role", "seal", "rights", "1", "note", "x", "permitted_by", "y").want(422, "SVG")
		p.artwork(templates+"/artwork", make([]byte, 3<<20), "issuer", issuer, "role", "logo", "rights", "1").want(413, "2 MB")
		p.artwork(templates+"/artwork", disc(300, green), "issuer", issuer, "role", "seal", "rights", "1", "note", "Letter 7 (DEMO)", "permitted_by", "President (DEMO)").
			want(200, "The picture stands on certificates", "Letter 7 (DEMO)")
		src := html.UnescapeString(p.find(`<figure class="artwork"><img src="([^"]+)"`))
		if p.get(src).want(200); p.header.Get("Content-Type") != "image/png" {
			t.Errorf("the picture is %s", p.header.Get("Content-Type"))
		}
		p.post(templates+"/artwork", "issuer", issuer, "role", "seal", "remove", "1").want(200, "There is no seal")
		p.get(templates).want(200, "Image of the seal taken away by")
	})

	t.Run("a design of its own", func(t *testing.T) {
		p := p.with(t)
		p.get(templates+"/competence-1?tab=text&issuer="+issuer).want(200, "This is a copy of a built-in design")
		source := html.UnescapeString(p.find(`(?s)<textarea[^>]*id="f-source"[^>]*>\n(.*?)</textarea>`))
		text := templates + "/competence-1/text"
		wrong := strings.Replace(source, `"kinds"`, `"kind"`, 1)
		p.post(text, "issuer", issuer, "source", wrong, "note", "my note", "do", "save").want(422, "To be put right", "Line ", "my note", "&#34;kind&#34;")
		p.post(text, "issuer", issuer, "source", "{", "do", "try").want(422, "To be put right")
		p.post(text, "issuer", issuer, "source", source, "do", "try").want(200, "every sample could be printed")
		p.post(text, "issuer", issuer, "source", strings.ReplaceAll(source, "\n", "\r\n"), "note", "a first one", "do", "save").want(200, "Saved as version 1")
		id := p.find(`translate="no">([a-z-]+-1)<`)
		p.post(templates+"/choose", "issuer", issuer, "kind", "competence", "design", id).want(200, "Chosen.")
		p.post(templates+"/choose", "issuer", issuer, "kind", "attendance", "design", id).want(422, "not made for certificates of this kind")
		p.get(templates+"/"+id+"?issuer="+issuer).want(200, "in use: Competence")
		p.post(templates+"/choose", "issuer", issuer, "kind", "competence", "design", "").want(200, "Chosen.", "a first one")
	})

	t.Run("a preview that is framed by its page alone", func(t *testing.T) {
		p := p.with(t)
		p.get(templates+"/competence-1?issuer="+issuer+"&sample=long_russian&langs=ru%2Ben&signatories=3&plain=1").want(200, "<iframe", `value="long_russian" selected`, `value="ru+en" selected`)
		if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("policy of the page: %s", csp)
		}
		src := html.UnescapeString(p.find(`<iframe[^>]* src="([^"#]+)`))
		p.get(src).want(200)
		if !strings.HasPrefix(p.body, "%PDF-") || p.header.Get("Content-Security-Policy") != "frame-ancestors 'self'" || !strings.HasPrefix(p.header.Get("Content-Disposition"), "inline") {
			t.Errorf("the preview: %v %.20q", p.header, p.body)
		}
		p.get(templates+"/competence-1?issuer="+issuer+"&tab=names").want(200, "Константинопольская-Преображенская")
		p.get(templates+"/competence-1/sketch.svg?issuer="+issuer).want(200, "<svg")
		p.get(templates + "/nothing-1?issuer=" + issuer).want(404)
		p.get(templates).want(200)
		if csp := p.header.Get("Content-Security-Policy"); strings.Contains(csp, "frame-src") {
			t.Errorf("policy of other pages: %s", csp)
		}
	})

	t.Run("who signs", func(t *testing.T) {
		p := p.with(t)
		page := "/registry/signatories/SJZ?issuer=" + issuer
		version := p.get(page).want(200, "At most three people").find(`name="version" value="(\d+)"`)
		form := []string{"issuer", issuer, "version", version, "g0-name", "旧主任", "g0-zh", "主任", "g0-until", "2026-12-31", "g2-name", "新主任", "g2-zh", "主任", "g2-from", "2027-01-01"}
		p.post("/registry/signatories/SJZ", append(form, "g3-name", "X", "g3-from", "31.12.26")...).want(422, "A date of a term is wrong", "新主任")
		p.post("/registry/signatories/SJZ", form...).want(200, "Saved.", "旧主任", "2026")
		p.post("/registry/signatories/SJZ", form...).want(412)
		p.post("/registry/signatories/issuer", "issuer", issuer, "version", "0", "g0-name", "何晓峰", "g0-en", "President").want(200, "Saved.", "何晓峰")
	})
}

func TestOthersLookAtTemplatesOrAreToldWhoMay(t *testing.T) {
	w := newWorld(t)
	issuer := w.signIn(t, demo.FederationEmail).issuer()
	approver := w.signIn(t, demo.ApproverEmail)
	approver.get(templates).want(200, "You may look at everything here").never("Put it on certificates", `action="/registry/templates/choose"`)
	approver.get(templates+"/competence-1?tab=text").want(200, "readonly").never("Save as a new version")
	approver.get("/registry/signatories/SJZ?issuer="+issuer).want(200, "disabled").never(">Save<")
	approver.post(templates+"/choose", "issuer", issuer, "kind", "competence", "design", "").want(403)
	approver.artwork(templates+"/artwork", disc(200, color.NRGBA{A: 255}), "issuer", issuer, "role", "logo", "rights", "1").want(403)
	for _, email := range []string{demo.TrainerEmail, demo.HospitalEmail} {
		p := w.signIn(t, email)
		p.get(templates).want(403).never("Certificate of training")
		p.get(templates + "/competence-1/preview.pdf?issuer=" + issuer).want(404)
	}
	w.visitor(t).get(templates).want(200, "Sign in")
}

func TestTheLookOfTemplates(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.FederationEmail)
	issuer := p.issuer()
	p.artwork(templates+"/artwork", disc(400, color.NRGBA{R: 150, G: 30, B: 40, A: 255}), "issuer", issuer, "role", "seal", "rights", "1", "note", "DEMO 2026-07", "permitted_by", "DEMO").want(200)
	p.get(templates + "/competence-1?tab=text&issuer=" + issuer)
	source := html.UnescapeString(p.find(`(?s)<textarea[^>]*id="f-source"[^>]*>\n(.*?)</textarea>`))
	p.post(templates+"/competence-1/text", "issuer", issuer, "source", source, "note", "DEMO", "do", "save").want(200)
	look(t, p, []view{{"templates", templates + "?issuer=" + issuer}, {"template", templates + "/competence-1?issuer=" + issuer},
		{"template_text", templates + "/competence-1?tab=text&issuer=" + issuer}, {"signatories", "/registry/signatories/SJZ?issuer=" + issuer}})
}
