package documents_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf/rules"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

func service(w *world.World) *documents.Service {
	return &documents.Service{DB: w.DB, Keys: w.Ring, Now: w.Clock.Now, Origin: world.Origin, Demo: true, Certificate: w.Issue.Certificate, Cards: w.Issue.Cards}
}

// issued is a class of n people with certificates, opened by the approver.
func issued(t *testing.T, w *world.World, s *documents.Service, n int) *documents.Class {
	t.Helper()
	class := w.Submitted(n)
	w.Approve(class.ID)
	return opened(t, w, s, class.ID)
}

func opened(t *testing.T, w *world.World, s *documents.Service, class registry.ID) *documents.Class {
	t.Helper()
	c, err := s.Open(t.Context(), w.By("approver"), class)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func printed(t *testing.T, c *documents.Class) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	err := c.WritePrint(t.Context(), &b, i18n.English)
	return b.Bytes(), err
}

func TestThePrintFileHasEveryCertificateInTheOrderOfTheRoster(t *testing.T) {
	w := world.New(t)
	s := service(w)
	class := w.Submitted(5)
	list := w.Approve(class.ID).Credentials
	if _, err := w.Lifecycle.Suspend(t.Context(), w.By("approver"), list[3].Number, registry.SuspendReasons[0], "DEMO"); err != nil {
		t.Fatal(err)
	}
	c := opened(t, w, s, class.ID)
	if out := c.LeftOut(); len(out) != 1 || out[0].Number != list[3].Number {
		t.Errorf("left out: %v", out)
	}
	pdf, err := printed(t, c)
	if err != nil {
		t.Fatal(err)
	}
	testkit.RunOn(t, "qpdf", pdf, "--check", "FILE")
	info := testkit.RunOn(t, "pdfinfo", pdf, "FILE")
	for _, want := range []string{"Pages:           4\n", "Tagged:          yes", "Subject:         Print copy; the signed files are in the ZIP", "841.89 x 595.28"} {
		if !strings.Contains(info, want) {
			t.Errorf("no %q in %s", want, info)
		}
	}
	from, text := 0, testkit.RunOn(t, "pdftotext", pdf, "FILE", "-")
	for _, k := range c.Good() {
		i := strings.Index(text[from:], k.Snapshot.Name)
		if i < 0 {
			t.Fatalf("%s is not in his place", k.Snapshot.Name)
		}
		from += i
	}
	if structure := testkit.RunOn(t, "pdfinfo", pdf, "-struct-text", "FILE"); strings.Count(structure, "  H1 (block)") != 4 || !strings.Contains(structure, "Figure") {
		t.Error("the pages have lost their structure")
	}
	if strings.Contains(string(pdf), "/Sig") || strings.Contains(string(pdf), "/EmbeddedFile") {
		t.Error("the print copy carries a signature or an attachment")
	}
	for _, f := range rules.Check(pdf) {
		t.Errorf("%v", f)
	}
	if again, _ := printed(t, c); !bytes.Equal(again, pdf) {
		t.Error("the same class, other bytes")
	}
}

// The page that is printed looks like the signed one, to the pixel.
func TestAPrintedPageLooksLikeTheSignedFile(t *testing.T) {
	w := world.New(t)
	s := service(w)
	c := issued(t, w, s, 2)
	pdf, err := printed(t, c)
	if err != nil {
		t.Fatal(err)
	}
	file, err := w.Issue.Certificate(t.Context(), c.Copies[1].Credential)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	testkit.RunOn(t, "pdftoppm", pdf, "-r", "60", "-f", "2", "-l", "2", "-singlefile", "FILE", filepath.Join(dir, "print"))
	testkit.RunOn(t, "pdftoppm", file.Bytes(), "-r", "60", "-singlefile", "FILE", filepath.Join(dir, "signed"))
	a, e1 := os.ReadFile(filepath.Join(dir, "print.ppm"))
	b, e2 := os.ReadFile(filepath.Join(dir, "signed.ppm"))
	if err := errors.Join(e1, e2); err != nil || !bytes.Equal(a, b) {
		t.Errorf("the pages differ (%v)", err)
	}
}

func TestTheZIPHoldsTheSignedFilesAndAnIndex(t *testing.T) {
	w := world.New(t)
	c := issued(t, w, service(w), 3)
	var b bytes.Buffer
	if err := c.WriteZIP(t.Context(), &b, i18n.Chinese); err != nil {
		t.Fatal(err)
	}
	testkit.RunOn(t, "unzip", b.Bytes(), "-t", "FILE")
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range c.Good() {
		f := z.File[i]
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		file, e := w.Issue.Certificate(t.Context(), k.Credential)
		if err = errors.Join(err, e); err != nil || !bytes.Equal(got, file.Bytes()) || f.Name != string(k.Number)+".pdf" || f.Method != zip.Store ||
			!f.Modified.Equal(k.Snapshot.IssuedAt) {
			t.Errorf("%s of %s, method %d: %v", f.Name, f.Modified, f.Method, err)
		}
	}
	if len(z.File) != 4 || z.File[3].Name != "index.csv" {
		t.Errorf("%d files", len(z.File))
	}
}

func TestACertificateThatCannotBeRebuiltIsNamed(t *testing.T) {
	w := world.New(t)
	s := service(w)
	c := issued(t, w, s, 4)
	bad := c.Copies[2].Number
	s.Certificate = func(ctx context.Context, k registry.Credential) (*certificate.File, error) {
		switch k.Number {
		case bad:
			return nil, registry.Fail(registry.Unavailable, "certificate.drift", k.Number, "competence-1-zh-en")
		case c.Copies[3].Number:
			return nil, errors.New("secret: /var/lib/passmuster")
		}
		return w.Issue.Certificate(ctx, k)
	}
	missing := func(err error) []registry.Number {
		var broken *documents.Broken
		if !errors.As(err, &broken) || broken.Missing() != len(broken.Numbers) {
			t.Errorf("the error is %v", err)
			return nil
		}
		return broken.Numbers
	}
	want := []registry.Number{bad, c.Copies[3].Number}
	pdf, err := printed(t, c)
	if got := missing(err); !slices.Equal(got, want) {
		t.Errorf("missing in the print file: %v", got)
	}
	testkit.RunOn(t, "qpdf", pdf, "--check", "FILE")
	page := testkit.RunOn(t, "pdftotext", pdf, "-f", "3", "-l", "3", "FILE", "-")
	if !strings.Contains(page, string(bad)) || !strings.Contains(page, "A certificate is missing here") {
		t.Errorf("page 3: %s", page)
	}
	var b bytes.Buffer
	if got := missing(c.WriteZIP(t.Context(), &b, i18n.English)); !slices.Equal(got, want) {
		t.Errorf("missing in the ZIP: %v", got)
	}
	errorsTXT := testkit.RunOn(t, "unzip", b.Bytes(), "-p", "FILE", "ERRORS.txt")
	if !strings.Contains(errorsTXT, string(bad)) || strings.Contains(errorsTXT+page, "secret") {
		t.Errorf("ERRORS.txt: %s", errorsTXT)
	}
	if files := testkit.RunOn(t, "unzip", b.Bytes(), "-Z1", "FILE"); strings.Contains(files, string(bad)) || strings.Count(files, ".pdf") != 2 {
		t.Errorf("files: %s", files)
	}
}

func TestAReaderWhoGoesAwayStopsTheWork(t *testing.T) {
	w := world.New(t)
	s := service(w)
	c := issued(t, w, s, 6)
	for name, write := range map[string]func(context.Context, io.Writer) error{
		"print": func(ctx context.Context, out io.Writer) error { return c.WritePrint(ctx, out, i18n.English) },
		"ZIP":   func(ctx context.Context, out io.Writer) error { return c.WriteZIP(ctx, out, i18n.English) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		s.Certificate = func(_ context.Context, k registry.Credential) (*certificate.File, error) {
			if n++; n == 2 {
				cancel()
			}
			return w.Issue.Certificate(t.Context(), k)
		}
		if err := write(ctx, io.Discard); !errors.Is(err, context.Canceled) || n > 2 {
			t.Errorf("%s: %v after %d certificates", name, err, n)
		}
		cancel()
		n = 10
		if err := write(t.Context(), shut{}); !errors.Is(err, io.ErrClosedPipe) || n > 11 {
			t.Errorf("%s into a closed pipe: %v after %d certificates", name, err, n-10)
		}
	}
}

// shut takes nothing.
type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// meter counts what is written and looks at the heap now and then.
type meter struct {
	written int64
	next    int64
	heap    []uint64
}

func (m *meter) Write(p []byte) (int, error) {
	if m.written += int64(len(p)); m.written >= m.next {
		m.next += 4 << 20
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		m.heap = append(m.heap, s.HeapAlloc)
	}
	return len(p), nil
}

func TestAThousandCertificatesTakeTheMemoryOfAFew(t *testing.T) {
	w := world.New(t)
	s := service(w)
	c := issued(t, w, s, 5)
	files := map[registry.Number]*certificate.File{}
	for _, k := range c.Copies {
		var err error
		if files[k.Number], err = w.Issue.Certificate(t.Context(), k.Credential); err != nil {
			t.Fatal(err)
		}
	}
	s.Certificate = func(_ context.Context, k registry.Credential) (*certificate.File, error) { return files[k.Number], nil }
	c.Copies = slices.Repeat(c.Copies, 200)
	for name, write := range map[string]func(io.Writer) error{
		"print": func(out io.Writer) error { return c.WritePrint(t.Context(), out, i18n.English) },
		"ZIP":   func(out io.Writer) error { return c.WriteZIP(t.Context(), out, i18n.English) },
	} {
		m := &meter{}
		if err := write(m); err != nil {
			t.Fatal(err)
		}
		const most = 6 << 20
		if grown := int64(m.heap[len(m.heap)-1]) - int64(m.heap[1]); grown > most {
			t.Errorf("%s: %d MB written, and the heap grew by %d KB", name, m.written>>20, grown>>10)
		}
		t.Logf("%s: %d MB in all, heap %d KB at first and %d KB at the end", name, m.written>>20, m.heap[0]>>10, m.heap[len(m.heap)-1]>>10)
	}
}

func TestTheRecordSaysWhatIsRecorded(t *testing.T) {
	w := world.New(t)
	s := service(w)
	class := w.Submitted(4)
	w.Approve(class.ID)
	c := opened(t, w, s, class.ID)
	for lang, want := range map[i18n.Lang][]string{
		i18n.English: {"Class record", "Pass", "Approved in the registry on 21 November 2026", "two rooms", world.Statement},
		i18n.Chinese: {"培训班记录表", "合格", "已于 2026年11月21日"}, i18n.Russian: {"Ведомость учебной группы", "Утверждено в реестре 21"},
	} {
		var b bytes.Buffer
		if err := c.WriteRecord(t.Context(), &b, lang); err != nil {
			t.Fatal(err)
		}
		testkit.RunOn(t, "qpdf", b.Bytes(), "--check", "FILE")
		text := packed(testkit.RunOn(t, "pdftotext", b.Bytes(), "-raw", "FILE", "-"))
		for _, k := range c.Copies {
			want = append(want, string(k.Number), k.Snapshot.Name)
		}
		for _, part := range want {
			if !strings.Contains(text, packed(part)) {
				t.Errorf("%s: no %q", lang, part)
			}
		}
		if strings.Contains(text, "DEMO-000000") {
			t.Error("a whole id is on paper")
		}
	}
}

// packed leaves out what line breaks put in.
func packed(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '"' || r == '\u00a0' }), "")
}

func TestWhoMayHandOutSlips(t *testing.T) {
	w := world.New(t)
	s := service(w)
	class := w.Submitted(3)
	for who, want := range map[string]string{"trainer": "", "federation": "", "region": "", "approver": "access.forbidden", "other": "class.not_assigned",
		"tianjin": "class.unknown", "movement": "class.unknown"} {
		_, err := s.OpenSlips(t.Context(), w.By(who), class.ID)
		_, made := s.MakeSlips(t.Context(), w.By(who), class.ID, 1)
		if world.Code(err) != want || world.Code(made) != want {
			t.Errorf("%s: %v, %v; want %q", who, err, made, want)
		}
	}
	c, err := s.OpenSlips(t.Context(), w.By("trainer"), class.ID)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.WriteSlips(&b); err != nil {
		t.Fatal(err)
	}
	if text := testkit.RunOn(t, "pdftotext", b.Bytes(), "FILE", "-"); !strings.Contains(text, world.Name(2)) {
		t.Errorf("slips: %s", text)
	}
}

func TestABlankSlipIsLinkedToOnePerson(t *testing.T) {
	w := world.New(t)
	s := service(w)
	by, class := w.By("trainer"), w.Submitted(2)
	if _, err := s.MakeSlips(t.Context(), by, class.ID, registry.MaxSlips+1); world.Code(err) != "slip.count" {
		t.Errorf("too many: %v", err)
	}
	made, err := s.MakeSlips(t.Context(), by, class.ID, 3)
	if err != nil || len(made) != 3 || made[2].Number != 3 {
		t.Fatalf("made %v, %v", made, err)
	}
	var people []registry.Enrolment
	w.Read(func(tx *store.Tx) (err error) { people, err = tx.Enrolments(t.Context(), class.ID); return err })
	links := blank(t, s, w, class.ID)
	if claim, err := s.Claim(t.Context(), links[0]); err != nil || claim.Linked != "" || claim.Void || claim.Course.Code != "CPR1" {
		t.Errorf("before it is linked: %+v, %v", claim, err)
	}
	if _, err := s.Claim(t.Context(), strings.Repeat("A", 24)); !errors.Is(err, registry.NotFound) {
		t.Errorf("a guess: %v", err)
	}
	slip, err := s.LinkSlip(t.Context(), by, class.ID, world.Origin+"/claim/"+links[0], people[0].ID)
	if err != nil || slip.Enrolment != people[0].ID {
		t.Fatalf("linked: %+v, %v", slip, err)
	}
	claim, err := s.Claim(t.Context(), links[0])
	if err != nil {
		t.Fatal(err)
	}
	if h, err := w.Issue.Holder(t.Context(), claim.Linked); err != nil || h.Enrolment.ID != people[0].ID {
		t.Errorf("the slip leads to %+v, %v", h, err)
	}
	if _, err := s.LinkSlip(t.Context(), by, class.ID, fmt.Sprint(slip.Number), people[1].ID); world.Code(err) != "slip.linked" || strings.Contains(err.Error(), people[0].Name) {
		t.Errorf("somebody else: %v", err)
	}
	other := w.Submitted(1, func(in *training.ClassInput) { in.Venue = "another" })
	if _, err := s.LinkSlip(t.Context(), by, other.ID, links[1], people[1].ID); world.Code(err) != "slip.scanned" {
		t.Errorf("a slip of another class: %v", err)
	}
	if _, err := s.UnlinkSlip(t.Context(), by, class.ID, "1", "handed to the wrong person"); err != nil {
		t.Error(err)
	}
	if _, err := s.VoidSlip(t.Context(), by, class.ID, "2"); err != nil {
		t.Error(err)
	}
	if again := blank(t, s, w, class.ID); len(again) != 2 || again[0] != links[0] {
		t.Errorf("printed again: %v", again)
	}
	acts := w.Audit(slip.ID)
	if len(acts) != 2 || acts[0].Action != "slip.unlink" || acts[0].Detail["reason"] != "handed to the wrong person" || acts[1].Action != "slip.link" {
		t.Errorf("audit: %+v", acts)
	}
	for _, a := range acts {
		for _, v := range a.Detail {
			if strings.Contains(v, people[0].Name) || strings.Contains(v, links[0]) {
				t.Errorf("the audit holds %q", v)
			}
		}
	}
}

// blank prints the free slips and reads their QR codes: the secrets.
func blank(t *testing.T, s *documents.Service, w *world.World, class registry.ID) (tokens []string) {
	t.Helper()
	list, err := s.Slips(t.Context(), w.By("trainer"), class)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.OpenSlips(t.Context(), w.By("trainer"), class)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.WriteBlankSlips(&b, list); err != nil {
		t.Fatal(err)
	}
	for _, f := range rules.Check(b.Bytes()) {
		t.Errorf("%v", f)
	}
	dir := t.TempDir()
	testkit.RunOn(t, "pdftoppm", b.Bytes(), "-r", "300", "-gray", "-singlefile", "FILE", filepath.Join(dir, "page"))
	page, err := os.ReadFile(filepath.Join(dir, "page.pgm"))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range strings.Fields(testkit.RunOn(t, "zbarimg", page, "-q", "--raw", "FILE")) {
		token, ok := strings.CutPrefix(link, world.Origin+"/claim/")
		if !ok || len(token) != 24 {
			t.Fatalf("a slip says %q", link)
		}
		tokens = append(tokens, token)
	}
	slices.SortFunc(tokens, func(a, b string) int { return number(t, s, a) - number(t, s, b) })
	return tokens
}

func number(t *testing.T, s *documents.Service, token string) int {
	t.Helper()
	n := 0
	if err := s.DB.Read(t.Context(), func(tx *store.Tx) error {
		slip, err := tx.SlipByToken(t.Context(), access.TokenHash(token))
		n = slip.Number
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
