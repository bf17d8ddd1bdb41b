package web_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit"
)

// scanned lists what the QR codes of a PDF say, as print shows it.
func scanned(t *testing.T, pdf string) []string {
	t.Helper()
	zbar, ppm := testkit.Tool(t, "zbarimg"), testkit.Tool(t, "pdftoppm")
	dir := t.TempDir()
	file := filepath.Join(dir, "sheet.pdf")
	must(0, os.WriteFile(file, []byte(pdf), 0o600))
	must(exec.CommandContext(t.Context(), ppm, "-r", "300", "-gray", file, filepath.Join(dir, "page")).Output())
	pages := must(filepath.Glob(filepath.Join(dir, "page*")))
	out := must(exec.CommandContext(t.Context(), zbar, append([]string{"-q", "--raw"}, pages...)...).Output())
	return strings.Fields(string(out))
}

// regexpOptions finds the people that a slip can be linked to.
var regexpOptions = regexp.MustCompile(`<option value="([0-9a-f-]{36})"`)

// issuedClass is a class of the demonstration with certificates.
func (w *world) issuedClass() string {
	return "/t/classes/" + string(w.credentials(registry.StatusValid)[0].Class)
}

// A slip on paper opens the holder's page: another program reads its QR code.
func TestASlipCanBeScanned(t *testing.T) {
	w := newWorld(t)
	links := scanned(t, w.signIn(t, demo.TrainerEmail).get(w.issuedClass()+"/slips.pdf").want(200).body)
	if len(links) == 0 || !strings.HasPrefix(links[0], w.url+"/my/") {
		t.Fatalf("the slips say %q", links)
	}
	w.visitor(t).get(links[0][len(w.url):]).want(200, "My certificate")
}

func TestABlankSlipLeadsToItsPersonOnceItIsLinked(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	class := w.issuedClass()
	p.get(class+"/documents").want(200, "Blank slips")
	p.post(class+"/slips", "count", "0").want(422, "blank slips can be made")
	p.post(class+"/slips", "count", "12", "once", "a form").want(200, "12 blank slips made")
	p.post(class+"/slips", "count", "12", "once", "a form").want(200) // sent twice
	links := scanned(t, p.get(class+"/slips-blank.pdf").want(200).body)
	if len(links) != 12 || !strings.HasPrefix(links[0], w.url+"/claim/") {
		t.Fatalf("%d blank slips, %q", len(links), links)
	}
	path := links[0][len(w.url):]
	for lang, text := range map[string]string{"zh": "这张领取单尚未登记", "en": "This slip is not linked yet", "ru": "Этот талон ещё не привязан"} {
		v := w.visitor(t)
		v.lang = lang
		v.get(path).want(200, text)
		if v.header.Get("Cache-Control") != "no-store" {
			t.Error("the slip's page may be kept")
		}
	}
	w.visitor(t).get("/claim/AAAAAAAAAAAAAAAAAAAAAAAA").want(404)

	options := regexpOptions.FindAllStringSubmatch(p.get(class+"/documents").body, -1)
	if len(options) < 2 {
		t.Fatal("there is nobody to link a slip to")
	}
	first, second := options[0][1], options[1][1]
	p.post(class+"/slips/link", "slip", "999", "enrolment", first).want(422, "There is no slip 999")
	p.post(class+"/slips/link", "slip", links[0], "enrolment", first).want(200, "is linked to")
	v := w.visitor(t)
	if v.get(path).want(200, "My certificate"); !strings.HasPrefix(v.path, "/my/") {
		t.Errorf("the slip leads to %s", v.path)
	}
	taken := p.post(class+"/slips/link", "slip", links[0], "enrolment", second).want(409, "is linked already")
	var name string
	must(0, w.db.Read(t.Context(), func(tx *store.Tx) error {
		e, err := tx.Enrolment(t.Context(), registry.ID(first))
		name = e.Name
		return err
	}))
	if notice := between(taken.body, "is linked already", "</ul>"); strings.Contains(notice, name) {
		t.Error("the refusal tells who has the slip")
	}
	row := rowOf(t, p.get(class+"/documents").body, name)
	p.post(class+"/slips/unlink", "slip", row, "reason-"+row, "").want(422)
	p.post(class+"/slips/unlink", "slip", row, "reason-"+row, "handed to the wrong person").want(200, "is unlinked")
	p.post(class+"/slips/link", "slip", row, "enrolment", second).want(200, "is linked to")
	p.post(class+"/slips/void", "slip", row).want(200, "is void")
	w.visitor(t).get(path).want(200, "no longer in use")
	p.post(class+"/slips/link", "slip", row, "enrolment", first).want(409, "is void")
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// rowOf finds the number of the slip in the row with the name.
func rowOf(t *testing.T, body, name string) string {
	t.Helper()
	for _, row := range strings.Split(body, `<tr id="slip-`)[1:] {
		if strings.Contains(row, name) {
			return row[:3]
		}
	}
	t.Fatalf("no slip of %s", name)
	return ""
}

func TestTheFilesOfAClassAreForThoseWhoMaySeeIt(t *testing.T) {
	w := newWorld(t)
	class := w.issuedClass()
	trainer, approver := w.signIn(t, demo.TrainerEmail), w.signIn(t, demo.ApproverEmail)
	z := trainer.get(class + "/certificates.zip").want(200)
	if z.header.Get("Content-Type") != "application/zip" || z.header.Get("Content-Length") != "" {
		t.Errorf("headers of the ZIP: %v", z.header)
	}
	files := must(zip.NewReader(strings.NewReader(z.body), int64(len(z.body)))).File
	if len(files) < 2 || files[len(files)-1].Name != "index.csv" {
		t.Errorf("%d files in the ZIP", len(files))
	}
	f := must(files[0].Open())
	signed := must(io.ReadAll(f))
	number := strings.TrimSuffix(files[0].Name, ".pdf")
	if got := trainer.get("/registry/credentials/" + number + "/certificate.pdf").want(200); !bytes.Equal([]byte(got.body), signed) {
		t.Error("the file in the ZIP is not the issued one")
	}
	for _, name := range []string{"/print.pdf", "/record.pdf", "/record-empty.pdf"} {
		if got := approver.get(class + name).want(200); !strings.HasPrefix(got.body, "%PDF-") {
			t.Errorf("%s is no PDF", name)
		}
	}
	approver.get(class + "/slips.pdf").want(http.StatusForbidden)
	approver.get(class + "/slips-blank.pdf").want(http.StatusForbidden)
	approver.post(class+"/slips", "count", "3").want(http.StatusForbidden)
	approver.get(class+"/documents").want(200, "Slips bear the private links")
	stranger := w.visitor(t)
	if stranger.get(class + "/print.pdf"); !strings.HasPrefix(stranger.path, "/signin") {
		t.Errorf("a stranger comes to %s", stranger.path)
	}
	w.signIn(t, demo.HospitalEmail).get(class + "/print.pdf").want(http.StatusNotFound)
}

// The slips of a class that waits for approval say so: what is printed now, the
// page of one that nobody has yet, and the page of its person.
func TestSlipsSayThatTheirClassWaits(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.TrainerEmail)
	class := "/t" + strings.TrimPrefix(w.signIn(t, demo.ApproverEmail).waiting(), "/a")
	p.post(class+"/slips", "count", "1", "once", "a form").want(200)
	blank := p.get(class + "/slips-blank.pdf").want(200).body
	for what, body := range map[string]string{"blank": blank, "named": p.get(class + "/slips.pdf").want(200).body} {
		if text := testkit.RunOn(t, "pdftotext", []byte(body), "FILE", "-"); !strings.Contains(text, "等待审核") || !strings.Contains(text, "waiting for approval since") {
			t.Errorf("%s: %s", what, text)
		}
	}
	path := scanned(t, blank)[0][len(w.url):]
	w.visitor(t).get(path).want(200, "not linked yet", "Recorded, waiting for approval since")
	person := regexpOptions.FindAllStringSubmatch(p.get(class+"/documents").body, -1)[0][1]
	p.post(class+"/slips/link", "slip", "1", "enrolment", person).want(200, "is linked to")
	w.visitor(t).get(path).want(200, "My certificate", "Recorded, waiting for approval since")
}
