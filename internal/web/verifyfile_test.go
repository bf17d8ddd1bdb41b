package web_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// holderFile is the certificate of the demonstration's holder, as he has it.
func (w *world) holderFile(t testing.TB) []byte {
	t.Helper()
	link := w.sum.Links[registry.StatusValid][0]
	c, err := w.s.Issue.ByCode(t.Context(), registry.Code(link[strings.LastIndex(link, "/")+1:]))
	if err != nil {
		t.Fatal(err)
	}
	return must(w.s.Issue.Certificate(t.Context(), c)).Bytes()
}

func TestAFileIsCheckedWithoutAScript(t *testing.T) {
	w := newWorld(t)
	good := w.holderFile(t)
	p := w.visitor(t)
	p.get("/verify/file?lang=en").want(200, "not stored", "up to 5 MB")
	p.upload("/verify/file?lang=en", "DEMO.pdf", good).want(200, "VALID", "Every byte of the file is as it was signed", "Signed with a key of this registry", "It is the very file that the registry issued", "Status checked at")
	changed := bytes.Clone(good)
	changed[len(changed)/2] ^= 1
	p.upload("/verify/file?lang=en", "DEMO.pdf", changed).want(200, "FILE ALTERED", "The file is not as it was signed", "What the registry holds")
	p.upload("/verify/file?lang=en", "DEMO.pdf", append(bytes.Clone(good), '\n')).want(200, "FILE ALTERED", "Something was added")
	p.upload("/verify/file?lang=en", "DEMO.pdf", []byte("%PDF-1.4 "+w.url+"/v/7K3QD9XM2HRTW4BX")).want(200, "COULD NOT CHECK", "no sign of forgery", "Verification code").never("7K3Q", "Try again", "Receipt of this check")
	p.upload("/verify/file?lang=zh", "DEMO.png", []byte("\x89PNG\r\n\x1a\n")).want(200, "暂时无法核验", "照片或截图")
	p.upload("/verify/file?lang=ru", "DEMO.txt", []byte("DEMO")).want(415, "Это не файл PDF", "не сохраняется")
	p.upload("/verify/file?lang=en", "DEMO.pdf", make([]byte, check.MaxFile+1)).want(413, "larger than 5 MB")
	p.upload("/verify/file?lang=en", "DEMO.pdf", nil).want(422, "The file is empty")
	for range 80 {
		p.upload("/verify/file?lang=en", "DEMO.pdf", []byte("%PDF-1.4"))
	}
	p.upload("/verify/file?lang=en", "DEMO.pdf", []byte("%PDF-1.4")).want(429, "Try again in", "seconds")
	p.upload("/verify/file?lang=en", "DEMO.pdf", good).want(200, "VALID")
	if log := w.log.String(); log != "" {
		t.Errorf("the log: %s", log)
	}
}

func TestAFileWhileTheStoreIsAwayIsNoYes(t *testing.T) {
	w := newWorld(t)
	good, broken := w.holderFile(t), must(store.Open(t.Context(), store.Config{Dir: t.TempDir()}))
	defer func() { _ = broken.Close() }()
	w.s.Verify.DB = broken
	w.visitor(t).upload("/verify/file?lang=en", "DEMO.pdf", good).want(503, "COULD NOT CHECK", "Every byte of the file is as it was signed", "Try again").never("VALID")
}

// What is dropped on the page is checked; what cannot be a certificate is said
// before it travels.
func TestAFileIsDroppedOnAPhoneAndADesk(t *testing.T) {
	w := newWorld(t)
	p := w.visitor(t)
	s := p.look()
	mine := base64.StdEncoding.EncodeToString(w.holderFile(t))
	for _, at := range []struct {
		path  string
		width int
	}{{"/verify/file", 360}, {"/verify", 1280}} {
		for _, c := range []struct{ what, file, want string }{
			{"a picture", `new File(["x"], "DEMO.heic", {type: "image/heic"})`, "pictures carry no signature"},
			{"too large", fmt.Sprintf(`new File([new Uint8Array(%d)], "DEMO.pdf", {type: "application/pdf"})`, check.MaxFile+1), "larger than 5 MB"},
			{"a text", `new File(["DEMO"], "DEMO.pdf", {type: "application/pdf"})`, "not a PDF file"},
			{"nothing", `new File([], "DEMO.pdf", {type: "application/pdf"})`, "file is empty"},
		} {
			s.open(t, at.path, "en", at.width)
			s.drop(t, c.file)
			s.until(t, `!document.querySelector("[data-wrong]").hidden`)
			said := s.text(`document.querySelector("[data-wrong]").innerText`)
			if !strings.Contains(said, c.want) || s.number(t, `document.querySelector("[data-sending]").hidden ? 1 : 0`) != 1 {
				t.Errorf("%s on %s: %q", c.what, at.path, said)
			}
			if wide := s.number(t, tooWide); wide > 0 {
				t.Errorf("%s: %v px stick out at %d", at.path, wide, at.width)
			}
		}
		s.open(t, at.path, "en", at.width)
		s.drop(t, fmt.Sprintf(`new File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], "DEMO.pdf", {type: "application/pdf"})`, mine))
		s.until(t, `document.querySelector("h1.verdict") !== null`)
		if verdict := s.text(`document.querySelector("h1").innerText`); !strings.HasPrefix(verdict, "VALID") {
			t.Errorf("the certificate, dropped on %s: %q", at.path, verdict)
		}
		if wide := s.number(t, tooWide); wide > 0 {
			t.Errorf("the result: %v px stick out at %d", wide, at.width)
		}
	}
	// By the field, and by the keyboard.
	s.open(t, "/verify/file", "ru", 360)
	s.drop(t, `new File(["%PDF-1.4 DEMO"], "DEMO.pdf", {type: "application/pdf"})`)
	s.until(t, `document.querySelector("h1.verdict") !== null`)
	if verdict := s.text(`document.querySelector("h1").innerText`); !strings.Contains(verdict, "НЕ УДАЛОСЬ ПРОВЕРИТЬ") {
		t.Errorf("a printed copy: %q", verdict)
	}
}

// drop drops the file that the expression makes on the page, beside the field.
func (s *screen) drop(t testing.TB, file string) {
	t.Helper()
	s.number(t, `(async () => { const data = new DataTransfer(); data.items.add(`+file+`);
		document.body.dispatchEvent(new DragEvent("dragenter", {dataTransfer: data, bubbles: true, cancelable: true}));
		document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})); })(), 1`)
}

func TestAReceiptIsShownAndSaved(t *testing.T) {
	w := newWorld(t)
	at := func(status registry.Status) string { return strings.TrimPrefix(w.sum.Links[status][0], w.url) }
	p := w.visitor(t)
	p.get(at(registry.StatusValid)+"?lang=en").want(200, "Receipt of this check")
	p.get(at(registry.StatusValid)+"/receipt?lang=en").want(200, "Receipt of a check", "VALID", "Provable until", "data:image/png;base64,", "R-", "Certificate no.").never("id ends in", "256 of the code")
	for _, path := range []string{at(registry.StatusValid), at(registry.StatusRevoked), "/v/" + string(registry.NewCode([10]byte{9}))} {
		code := must(registry.ParseCode(strings.TrimPrefix(path, "/v/")))
		for _, lang := range []string{"zh", "en", "ru"} {
			// Only what stands on the screen alone, to switch the language, to save and to go back, leads to the code.
			sheet := regexp.MustCompile(`href="[^"]*"`).ReplaceAllString(p.get(path+"/receipt?lang="+lang).body, "")
			for _, shown := range []string{string(code), code.String(), strings.ToLower(string(code))} {
				if strings.Contains(sheet, shown) {
					t.Errorf("the sheet of %s in %s shows the code", path, lang)
				}
			}
		}
	}
	saved := p.get(at(registry.StatusValid) + "/receipt.jwt").want(200).body
	p.get(at(registry.StatusRevoked)+"/receipt?lang=zh").want(200, "核验回执", "已撤销")
	p.get("/v/"+string(registry.NewCode([10]byte{9}))+"/receipt?lang=ru").want(404, "НЕ НАЙДЕН", "SHA‑256 кода").never("Сертификат №")
	p.get("/v/7K3QD9XM2HRTW4BZ/receipt").want(400)
	for lang, said := range map[string]string{"zh": "核验回执", "en": "a receipt or a credential from eyJ on", "ru": "справка или VC-JWT — начиная с eyJ"} {
		p.get("/verify?lang="+lang).want(200, said)
	}
	// Pasted again, it tells what it said and what holds now.
	p.post("/verify?lang=en", "qr", saved).want(200, "VALID", "The receipt is genuine: VALID")
	p.post("/verify?lang=en", "code", saved).want(200, "The receipt is genuine: VALID")
	p.post("/verify?lang=en", "qr", saved[:len(saved)-4]+"AAAA").want(200, "ALTERED", "The receipt is not genuine")
	p.post("/verify?lang=en", "qr", "eyJ.eyJ.eyJ").want(422)
	broken := must(store.Open(t.Context(), store.Config{Dir: t.TempDir()}))
	defer func() { _ = broken.Close() }()
	w.s.Verify.DB = broken
	p.get(at(registry.StatusValid)+"/receipt?lang=en").want(503, "COULD NOT CHECK").never("Receipt no.", "VALID")
	p.get(at(registry.StatusValid)+"/receipt.jwt?lang=en").want(503, "COULD NOT CHECK")
}
