package design_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/look"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Errorf("set up: %w", err))
	}
	return v
}

// drawing is a disc of one colour on nothing. DEMO.
func drawing(side int, c color.NRGBA) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if dx, dy := 2*x-side, 2*y-side; dx*dx+dy*dy < side*side {
				m.SetNRGBA(x, y, c)
			}
		}
	}
	var b bytes.Buffer
	must(0, png.Encode(&b, m))
	return b.Bytes()
}

var (
	magenta = color.NRGBA{R: 200, B: 200, A: 255}
	green   = color.NRGBA{G: 150, B: 40, A: 255}
)

func logo() design.PictureInput {
	return design.PictureInput{Role: look.Logo, File: drawing(700, magenta), Rights: true}
}

func seal() design.PictureInput {
	return design.PictureInput{Role: look.Seal, File: drawing(400, green), Note: "DEMO: may stand on certificates", PermittedBy: "何晓峰, President (DEMO)", Rights: true}
}

// own is a built-in design under a name of one's own.
func own(w *world.World, by, issuer string) []byte {
	w.T.Helper()
	return must(w.Design.Draft(w.T.Context(), w.By(by), issuer, must(certificate.DesignFor(registry.Competence, certificate.Paper)).ID()))
}

func TestOnlyTheFederationChangesItsTemplatesAndOthersMayLook(t *testing.T) {
	w := world.New(t)
	w.Account("manager", "", "SJZ-H", registry.RoleBaseManager)
	w.Account("auditor", "", "CVF", registry.RoleAuditor)
	w.Account("hospital", "", "SJZ-H", registry.RoleHospital)
	ctx, draft := t.Context(), own(w, "federation", "CVF")
	deeds := map[string]func(by registry.Actor) error{
		"use a logo":  func(by registry.Actor) error { _, err := w.Design.UsePicture(ctx, by, "CVF", logo()); return err },
		"save a text": func(by registry.Actor) error { _, err := w.Design.Save(ctx, by, "CVF", draft, ""); return err },
		"choose": func(by registry.Actor) error {
			_, err := w.Design.Choose(ctx, by, "CVF", registry.Competence, "")
			return err
		},
		"say who signs": func(by registry.Actor) error {
			return w.Design.SaveSignatories(ctx, by, "CVF", 0, []registry.Signatory{{Name: "DEMO"}})
		},
	}
	for _, tc := range []struct{ who, look, change string }{
		{"region", "", "access.forbidden"},
		{"approver", "", "access.forbidden"},
		{"manager", "", "access.forbidden"},
		{"auditor", "", "access.forbidden"},
		{"movement", "organization.unknown", "organization.unknown"},
		{"trainer", "organization.unknown", "organization.unknown"},
		{"hospital", "organization.unknown", "organization.unknown"},
		{"federation", "", ""},
	} {
		o, err := w.Design.Overview(ctx, w.By(tc.who), "CVF")
		if world.Code(err) != tc.look || err == nil && o.MayEdit != (tc.change == "") {
			t.Errorf("%s looks: %v, want %q; may edit: %t", tc.who, err, tc.look, o.MayEdit)
		}
		for what, deed := range deeds {
			if err := deed(w.By(tc.who)); world.Code(err) != tc.change {
				t.Errorf("%s, %s: %v, want %q", tc.who, what, err, tc.change)
			}
		}
		_, err = w.Design.Preview(ctx, w.By(tc.who), "CVF", design.PreviewInput{})
		if world.Code(err) != tc.look {
			t.Errorf("%s, preview: %v, want %q", tc.who, err, tc.look)
		}
	}
	if _, err := w.Design.Overview(ctx, w.By("federation"), "SJZ-H"); world.Code(err) != "look.issuer" {
		t.Errorf("a hospital: %v", err)
	}
	if _, err := w.Design.Issuers(ctx, w.By("trainer")); world.Code(err) != "access.forbidden" {
		t.Errorf("a trainer's issuers: %v", err)
	}
	if list, err := w.Design.Issuers(ctx, w.By("manager")); err != nil || len(list) != 1 || list[0].Code != "CVF" {
		t.Errorf("a base manager's issuers: %v, %v", list, err)
	}
}

func TestAPictureIsUsedWithPermissionAndItsHistoryStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, t.TempDir())
		ctx, by := t.Context(), w.By("federation")
		for promise, tc := range map[string]struct {
			change func(*design.PictureInput)
			want   string
		}{
			"a seal that nobody permitted":     {func(in *design.PictureInput) { in.PermittedBy = " " }, "artwork.permission"},
			"a seal permitted without words":   {func(in *design.PictureInput) { in.Note = "" }, "artwork.permission"},
			"a seal without a right to it":     {func(in *design.PictureInput) { in.Rights = false }, "artwork.rights"},
			"a picture for nothing":            {func(in *design.PictureInput) { in.Role = "watermark" }, "artwork.role"},
			"a page in place of a picture":     {func(in *design.PictureInput) { in.File = []byte("<svg/>") }, "artwork.svg"},
			"a permission that is a whole law": {func(in *design.PictureInput) { in.Note = strings.Repeat("章", 501) }, "artwork.note"},
		} {
			in := seal()
			tc.change(&in)
			if _, err := w.Design.UsePicture(ctx, by, "CVF", in); world.Code(err) != tc.want {
				t.Errorf("%s: %v, want %s", promise, err, tc.want)
			}
		}
		if o := must(w.Design.Overview(ctx, by, "CVF")); len(o.Uses) != 0 || o.Pictures[look.Seal].SHA256 != "" {
			t.Errorf("what was refused left %+v", o.Uses)
		}
		first := must(w.Design.UsePicture(ctx, by, "CVF", seal()))
		again := must(w.Design.UsePicture(ctx, by, "CVF", seal()))
		if first.ID != again.ID {
			t.Error("a form that is sent twice makes two uses")
		}
		if kept := must(w.Design.Picture(ctx, w.By("approver"), "CVF", first.SHA256)); kept.Width != 400 || len(kept.PNG) == 0 {
			t.Errorf("kept %d × %d", kept.Width, kept.Height)
		}
		if _, err := w.Design.Picture(ctx, w.By("movement"), "MV", first.SHA256); world.Code(err) != "artwork.unknown" {
			t.Errorf("another issuer's picture: %v", err)
		}
		must(w.Design.UsePicture(ctx, by, "CVF", design.PictureInput{Role: look.Seal}))
		o := must(w.Design.Overview(ctx, by, "CVF"))
		if o.Pictures[look.Seal].SHA256 != "" || len(o.Uses) != 2 || o.Uses[1].PermittedBy != seal().PermittedBy || o.Names[by.Account] != "federation" {
			t.Errorf("after it was taken away: %+v, by %v", o.Uses, o.Names)
		}
		if acts := w.Audit(o.Issuer.ID); len(acts) < 2 || acts[0].Action != "seal.remove" || acts[1].Action != "seal.use" {
			t.Errorf("the audit trail has %+v", acts)
		}
	})
}

func TestADesignIsStoredOnlyIfItCanBePrinted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world.Over(t, db, t.TempDir())
		ctx, by := t.Context(), w.By("federation")
		good := string(own(w, "federation", "CVF"))
		for promise, tc := range map[string]struct{ text, want string }{
			"no design":                   {"hello", "design.broken"},
			"half a design":               {good[:len(good)/2], "design.broken"},
			"a name of a built-in one":    {strings.Replace(good, `"cvf-competence"`, `"competence"`, 1), "look.name_taken"},
			"one that is much too long":   {good + strings.Repeat(" ", 300<<10), "design.too_large"},
			"an emoji in its own words":   {strings.Replace(good, `{"say": "kind.title"`, `{"words": {"zh": "好", "en": "Well done 🎉", "ru": "Да"}, "style": "title"}, {"say": "kind.title"`, 1), "design.broken"},
			"a box in which no name fits": {regexp.MustCompile(`("about": "name",[^}]*"w": )\d+`).ReplaceAllString(good, "${1}40"), "design.does_not_fit"},
		} {
			if _, err := w.Design.Save(ctx, by, "CVF", []byte(tc.text), ""); world.Code(err) != tc.want {
				t.Errorf("%s: %v, want %s", promise, err, tc.want)
			}
		}
		if o := must(w.Design.Overview(ctx, by, "CVF")); len(o.Own) != 0 {
			t.Errorf("what was refused is stored: %d", len(o.Own))
		}
		one := must(w.Design.Save(ctx, by, "CVF", []byte(strings.ReplaceAll(good, "\n", "\r\n")), "first"))
		if string(one.Source) != good || one.Version != 1 {
			t.Errorf("stored as version %d, changed: %t", one.Version, string(one.Source) != good)
		}
		if _, err := w.Design.Save(ctx, by, "CVF", one.Source, ""); world.Code(err) != "look.same" {
			t.Errorf("the same again: %v", err)
		}
		two := must(w.Design.Save(ctx, by, "CVF", bytes.Replace(one.Source, []byte("#12305A"), []byte("#0B3D2E"), 1), "green"))
		if two.Version != 2 || !bytes.Contains(two.Source, []byte(`"version": 2,`)) || must(certificate.ParseDesign(two.Source)).ID() != "cvf-competence-2" {
			t.Errorf("the second is version %d", two.Version)
		}
		for _, tc := range []struct {
			kind registry.CredentialKind
			id   string
			want string
		}{
			{registry.Competence, "cvf-competence-2", ""}, {registry.Competence, "cvf-competence-2", ""}, {registry.Competence, "cvf-competence-3", "look.unknown"},
			{registry.Attendance, "cvf-competence-1", "look.not_for"}, {"licence", "", "look.kind"}, {registry.Competence, "../x", "look.unknown"},
			{registry.Competence, "cvf-competence-1", ""}, {registry.Competence, "", ""},
		} {
			if _, err := w.Design.Choose(ctx, by, "CVF", tc.kind, tc.id); world.Code(err) != tc.want {
				t.Errorf("%s as %s: %v, want %q", tc.kind, tc.id, err, tc.want)
			}
		}
		o := must(w.Design.Overview(ctx, by, "CVF"))
		if len(o.History) != 3 || len(o.Own) != 2 || design.ChosenID(o.Choices[registry.Competence]) != "" {
			t.Errorf("%d choices, %d versions, now %+v", len(o.History), len(o.Own), o.Choices)
		}
		if _, err := w.Design.Choose(ctx, w.By("movement"), "MV", registry.Competence, "cvf-competence-1"); world.Code(err) != "look.unknown" {
			t.Errorf("another issuer's design: %v", err)
		}
	})
}

func TestWhatAnIssuerChoseIsOnItsCertificatesFromThenOn(t *testing.T) {
	images, sig, ppm := testkit.Tool(t, "pdfimages"), testkit.Tool(t, "pdfsig"), testkit.Tool(t, "pdftoppm")
	w := world.New(t)
	ctx, by := t.Context(), w.By("federation")
	before := w.Issued(2)[0]
	old := must(w.Issue.Certificate(ctx, before)).Bytes()
	running := w.Submitted(2, world.On("2026-11-19", "2026-11-20"))

	text := bytes.Replace(own(w, "federation", "CVF"), []byte("#12305A"), []byte("#0B3D2E"), 1)
	saved := must(w.Design.Save(ctx, by, "CVF", text, ""))
	must(w.Design.Choose(ctx, by, "CVF", registry.Competence, "cvf-competence-1"))
	must(w.Design.UsePicture(ctx, by, "CVF", logo()))
	must(w.Design.UsePicture(ctx, by, "CVF", seal()))

	after := w.Approve(running.ID).Credentials[0]
	if !strings.HasPrefix(after.Snapshot.Template, "cvf-competence-1-zh-en") || saved.Version != 1 || after.Snapshot.Hashes.Prefix == before.Snapshot.Hashes.Prefix {
		t.Errorf("the certificate's template is %s", after.Snapshot.Template)
	}
	file := must(w.Issue.Certificate(ctx, after)).Bytes()
	path := filepath.Join(t.TempDir(), "after.pdf")
	must(0, os.WriteFile(path, file, 0o600))
	if out := string(must(exec.CommandContext(ctx, images, "-list", path).Output())); !strings.Contains(out, " 600   600 ") || !strings.Contains(out, " 400   400 ") {
		t.Errorf("its pictures: %s", out)
	}
	if out, _ := exec.CommandContext(ctx, sig, "-nocert", path).Output(); !strings.Contains(string(out), "Signature is Valid") {
		t.Errorf("pdfsig: %s", out)
	}
	must(exec.CommandContext(ctx, ppm, "-r", "50", "-png", "-singlefile", path, path).Output())
	for name, want := range map[string]color.NRGBA{"logo": magenta, "seal": green} {
		if !has(must(png.Decode(must(os.Open(path+".png")))), want) {
			t.Errorf("the %s cannot be seen", name)
		}
	}

	fresh := w.NewIssue() // another process, which compiled nothing
	if again := must(fresh.Certificate(ctx, before)).Bytes(); !bytes.Equal(again, old) {
		t.Error("an old certificate is rebuilt otherwise")
	}
	must(w.Design.UsePicture(ctx, by, "CVF", design.PictureInput{Role: look.Seal}))
	must(w.Design.Choose(ctx, by, "CVF", registry.Competence, ""))
	if again := must(w.NewIssue().Certificate(ctx, after)).Bytes(); !bytes.Equal(again, file) {
		t.Error("a certificate loses its seal when the issuer no longer uses it")
	}
	if _, err := w.Design.Preview(ctx, w.By("movement"), "MV", design.PreviewInput{}); err != nil {
		t.Errorf("another issuer: %v", err)
	}
}

// has reports whether the colour is anywhere in the picture.
func has(m image.Image, c color.NRGBA) bool {
	near := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return d > -12 && d < 12 }
	n := 0
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			if r, g, b, _ := m.At(x, y).RGBA(); near(r, c.R) && near(g, c.G) && near(b, c.B) {
				n++
			}
		}
	}
	return n > 20
}

func TestAPreviewShowsEveryNameThatIsHardToPrint(t *testing.T) {
	text := testkit.Tool(t, "pdftotext")
	w := world.New(t)
	by := w.By("region") // who may look may see it
	for pair, langs := range design.Pairs {
		for _, sample := range certificate.WorstNames(registry.Competence, langs) {
			file, err := w.Design.Preview(t.Context(), by, "CVF", design.PreviewInput{Kind: registry.Competence, Langs: langs, Sample: sample.Key, Signatories: 3})
			if err != nil {
				t.Errorf("%s, %s: %v", pair, sample.Key, err)
				continue
			}
			path := filepath.Join(t.TempDir(), "p.pdf")
			must(0, os.WriteFile(path, file, 0o600))
			out := strings.Join(strings.Fields(string(must(exec.CommandContext(t.Context(), text, "-raw", path, "-").Output()))), "")
			if !strings.Contains(strings.ReplaceAll(out, "-", ""), strings.ReplaceAll(strings.ReplaceAll(sample.Snapshot.Name, " ", ""), "-", "")) {
				t.Errorf("%s, %s: the name cannot be read", pair, sample.Key)
			}
		}
	}
	for promise, tc := range map[string]struct {
		in   design.PreviewInput
		want string
	}{
		"a sample that there is not": {design.PreviewInput{Sample: "nobody"}, "look.sample"},
		"a kind that there is not":   {design.PreviewInput{Kind: "licence"}, "look.kind"},
		"a design that there is not": {design.PreviewInput{Design: "x-1"}, "look.unknown"},
		"a text that is none":        {design.PreviewInput{Source: []byte("{")}, "design.broken"},
	} {
		if _, err := w.Design.Preview(t.Context(), by, "CVF", tc.in); world.Code(err) != tc.want {
			t.Errorf("%s: %v, want %s", promise, err, tc.want)
		}
	}
}

func TestAClassIsSignedByWhoIsInOffice(t *testing.T) {
	w := world.New(t)
	ctx, by := t.Context(), w.By("federation")
	list := []registry.Signatory{{Name: "旧主任", Title: registry.Text{"zh": "主任"}, Until: world.Day("2026-11-20")}, {Name: "新主任", Title: registry.Text{"zh": "主任"}, From: world.Day("2026-11-21")}}
	if err := w.Design.SaveSignatories(ctx, by, "CVF", 0, list); err != nil {
		t.Fatal(err)
	}
	if err := w.Design.SaveSignatories(ctx, by, "CVF", 0, list); world.Code(err) != "signatory.stale" {
		t.Errorf("over what somebody else saved: %v", err)
	}
	base := must(w.Accredit.Registers(ctx)).Bases[1]
	base = must(w.Accredit.EditBase(ctx, by, "SJZ", base.Version, "", []registry.Signatory{}))
	if len(base.Signatories) != 0 {
		t.Fatalf("the base keeps %v", base.Signatories)
	}
	for day, want := range map[string]string{"2026-11-20": "旧主任", "2026-11-21": "新主任"} {
		if class := w.Open("trainer", world.On(day, day)); len(class.Signatories) != 1 || class.Signatories[0].Name != want {
			t.Errorf("on %s %v sign", day, class.Signatories)
		}
	}
	in := w.Class(world.On("2026-11-21", "2026-11-21"))
	in.Signatories = []registry.Signatory{{Name: "旧主任", Title: registry.Text{"zh": "主任"}}}
	if _, err := w.Training.CreateClass(ctx, w.By("trainer"), in); world.Code(err) != "signatory.term" {
		t.Errorf("signed by somebody whose term is over: %v", err)
	}
}

func TestAFaultIsShownOnItsLine(t *testing.T) {
	source := []byte("{\n  \"name\": \"x\",\n  \"elements\": [\n    {\"kind\": \"text\"},\n    {\"kind\": \"text\",\n     \"box\": {\"x\": 1,\n       \"w\": -2}}\n  ]\n}")
	for path, want := range map[string]int{"name": 2, "elements": 3, "elements[1].box.w": 7, "elements[1].box.h": 6, "elements[1].tag": 5, "elements[9]": 3, "nothing": 0, "": 0} {
		if got := design.Line(source, path); got != want {
			t.Errorf("%q is on line %d, want %d", path, got, want)
		}
	}
}

func TestALineIsFoundInAHostileFileWithoutMuchMemory(t *testing.T) {
	for name, source := range map[string]string{
		"brackets":   strings.Repeat("[", 200_000),
		"braces":     strings.Repeat(`{"styles":`, 25_000),
		"a long key": `{"` + strings.Repeat("k", 100_000) + `":[` + strings.Repeat("0,", 70_000) + `0]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for _, path := range []string{"1:14", "styles", "styles.styles", "[0][0]"} {
				design.Line([]byte(source), path)
			}
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 64 {
				t.Errorf("%d MB for four lines of a file of %d kB", used, len(source)>>10)
			}
		})
	}
}

func TestASketchIsAPicture(t *testing.T) {
	for _, info := range certificate.Designs() {
		svg, err := design.Sketch(info.Source)
		if err != nil || !bytes.HasPrefix(svg, []byte("<svg")) || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte(`width="-`)) {
			t.Errorf("%s: %v: %.200s", info.ID, err, svg)
		}
	}
	svg := must(design.Sketch([]byte(`{"page":{"width":297,"height":210},"colors":{"a":"#\"><x"},"art":[{"draw":"panel","box":{"w":1,"h":1},"fill":"a"}]}`)))
	if bytes.Contains(svg, []byte("<x")) {
		t.Errorf("a colour breaks out: %s", svg)
	}
}
