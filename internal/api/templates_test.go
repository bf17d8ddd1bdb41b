package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"mime/multipart"
	"strings"
	"testing"
)

// square is a picture that nobody has a right in. DEMO.
func square() string {
	m := image.NewNRGBA(image.Rect(0, 0, 200, 200))
	draw.Draw(m, m.Rect, image.NewUniform(color.NRGBA{R: 20, G: 90, B: 160, A: 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	must(0, png.Encode(&b, m))
	return b.String()
}

// upload sends a picture as a form.
func (w *world) upload(who, role, file string, fields ...string) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		must(0, form.WriteField(fields[i], fields[i+1]))
	}
	must(must(form.CreateFormFile("file", "x.png")).Write([]byte(file)))
	must(0, form.Close())
	return w.do(who, "PUT", "/api/v1/templates/artwork/"+role, &b, "Content-Type", form.FormDataContentType())
}

func TestTemplatesAreKeptOverTheAPI(t *testing.T) {
	w := newWorld(t)
	list := w.do("federation", "GET", "/api/v1/templates?issuer=CVF", nil).want(200)
	var builtIn string
	for _, item := range list.json()["items"].([]any) {
		if i := item.(object); i["name"] == "competence" {
			builtIn = i["id"].(string)
		}
	}
	one := w.do("federation", "GET", "/api/v1/templates/"+builtIn, nil).want(200)
	source := strings.Replace(one.text("source"), `"name": "competence"`, `"name": "cvf-blue"`, 1)
	saved := w.do("federation", "POST", "/api/v1/templates", object{"issuer": "CVF", "source": source, "note": "DEMO"}).want(201)
	if saved.text("id") != "cvf-blue-1" || saved.json()["built_in"] != false {
		t.Errorf("saved as %s", saved.Body)
	}
	w.do("federation", "POST", "/api/v1/templates", object{"issuer": "CVF", "source": source}).want(409, "look.same")
	next := object{"issuer": "CVF", "source": strings.Replace(source, `"format":`, ` "format":`, 1)}
	first := w.do("federation", "POST", "/api/v1/templates", next, "Idempotency-Key", "design-2").want(201)
	if again := w.do("federation", "POST", "/api/v1/templates", next, "Idempotency-Key", "design-2").want(201); !bytes.Equal(again.Body, first.Body) {
		t.Error("the same key gave another answer")
	}
	broken := w.do("federation", "POST", "/api/v1/templates", object{"issuer": "CVF", "source": strings.Replace(source, `"kinds"`, `"kind"`, 1)}).want(422, "design.broken")
	if len(broken.json()["errors"].([]any)) == 0 {
		t.Errorf("nothing is said about what is wrong: %s", broken.Body)
	}
	chosen := w.do("federation", "PUT", "/api/v1/templates/choices/competence", object{"issuer": "CVF", "template": "cvf-blue-1"}).want(200)
	if chosen.text("template") != "cvf-blue-1" || chosen.text("chosen_at") == "" {
		t.Errorf("chosen: %s", chosen.Body)
	}
	w.do("federation", "PUT", "/api/v1/templates/choices/competence", object{"issuer": "CVF", "template": "cvf-blue-9"}).want(404, "look.unknown")
	if a := w.do("approver", "GET", "/api/v1/templates/cvf-blue-1/preview.pdf?issuer=CVF&langs=ru%2Ben&sample=long_russian&signatories=3", nil).want(200); !bytes.HasPrefix(a.Body, []byte("%PDF-")) {
		t.Errorf("the preview is no PDF: %.40s", a.Body)
	}
	w.do("approver", "GET", "/api/v1/templates/cvf-blue-1/preview.pdf?sample=nobody", nil).want(422, "look.sample")

	w.upload("federation", "seal", square(), "issuer", "CVF", "rights", "true").want(422, "artwork.permission")
	w.upload("federation", "seal", square(), "issuer", "CVF", "permitted_by", "DEMO", "note", "DEMO").want(422, "artwork.rights")
	w.upload("federation", "logo", "GIF89a", "issuer", "CVF", "rights", "true").want(422, "artwork.format")
	w.upload("federation", "logo", strings.Repeat("x", 3<<20), "issuer", "CVF", "rights", "true").want(413, "artwork.bytes")
	w.upload("federation", "logo", square(), "issuer", "CVF", "rights", "true", "colour", "blue").want(422, "request.unknown_field")
	w.upload("federation", "seal", square(), "issuer", "CVF", "rights", "true", "permitted_by", "DEMO", "note", "DEMO").want(200)
	if a := w.do("approver", "GET", "/api/v1/templates/artwork/seal", nil).want(200); !strings.HasPrefix(string(a.Body), "\x89PNG") {
		t.Errorf("the seal is no PNG: %.20q", a.Body)
	}
	w.do("approver", "GET", "/api/v1/templates/artwork/logo", nil).want(404, "artwork.unknown")
	w.do("federation", "DELETE", "/api/v1/templates/artwork/seal?issuer=CVF", nil).want(204)
	w.do("approver", "GET", "/api/v1/templates/artwork/seal", nil).want(404)

	signers := "/api/v1/organizations/CVF/signatories"
	tag := w.do("federation", "GET", signers, nil).want(200).Header.Get("ETag")
	body := object{"items": []object{{"name": "旧", "title": object{"zh": "主任"}, "until": "2026-06-30"}, {"name": "新", "title": object{"zh": "主任"}, "from": "2026-07-01"}}}
	w.do("federation", "PUT", signers, body).want(428)
	w.do("federation", "PUT", signers, body, "If-Match", tag).want(200)
	w.do("federation", "PUT", signers, body, "If-Match", tag).want(412, "signatory.stale")

	for _, path := range []string{"/api/v1/templates?issuer=CVF", "/api/v1/templates/cvf-blue-1?issuer=CVF", "/api/v1/templates/cvf-blue-1/preview.pdf?issuer=CVF", signers} {
		w.do("foreign", "GET", path, nil).want(404)
		w.do("trainerA", "GET", path, nil).want(404)
	}
	w.do("foreign", "GET", "/api/v1/templates/cvf-blue-1", nil).want(404, "look.unknown") // among its own
	w.do("trainerA", "GET", "/api/v1/templates", nil).want(403, "access.forbidden")
	w.do("approver", "POST", "/api/v1/templates", object{"issuer": "CVF", "source": source}).want(403, "access.forbidden")
	w.upload("approver", "logo", square(), "issuer", "CVF", "rights", "true").want(403, "access.forbidden")
	w.do("", "GET", "/api/v1/templates", nil).want(401)
}
