package interop_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/pdf/rules"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/training"
)

// paper is an issued certificate and what it must say.
type paper struct {
	name string
	qr   string
	file []byte
}

// TestRandomRecordsHoldBeforeOtherPrograms issues certificates for people with
// random names, on the way that every certificate takes: enrolled, submitted,
// approved, signed, stored, and built again for the holder. Then programs of
// others judge each file. Twelve in the everyday tests; PASSMUSTER_RELEASE=1
// takes 1,000 and another seed each time, and looks at every glyph of the names;
// PASSMUSTER_SEED takes a seed that failed.
func TestRandomRecordsHoldBeforeOtherPrograms(t *testing.T) {
	for _, tool := range []string{"pdfsig", "certutil", "qpdf", "openssl", "pdftoppm", "zbarimg", "pdftotext", "mutool"} {
		testkit.Tool(t, tool)
	}
	count, seed := 12, uint64(7)
	release := os.Getenv("PASSMUSTER_RELEASE") != ""
	if release {
		count, seed = 1000, rand.Uint64()
	}
	if s, err := strconv.ParseUint(os.Getenv("PASSMUSTER_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("seed %d", seed)
	w := world.New(t)
	random := &names{Rand: rand.New(rand.NewPCG(seed, 0))}
	papers, refused := certify(t, w, random.next, count)
	if refused["name.glyph"] == 0 || refused["name.bytes"] == 0 {
		t.Errorf("refused are %v: want characters that no font draws, and names that are too long", refused)
	}
	if len(papers) != count {
		t.Fatalf("%d certificates are issued, want %d", len(papers), count)
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "root.pem")
	write(t, root, w.Ring.RootPEM())
	store := nss(t, dir, root)
	var wait sync.WaitGroup
	next := make(chan int)
	var mu sync.Mutex
	good := 0
	for i := range 2 {
		own := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			for n := range next {
				wrong := judge(own, store, root, papers[n])
				if release {
					wrong = append(wrong, misdrawn(own, papers[n])...)
				}
				for _, what := range wrong {
					t.Errorf("%q: %s", papers[n].name, what)
				}
				mu.Lock()
				if good++; len(wrong) > 0 {
					good--
				}
				mu.Unlock()
			}
		})
	}
	for n := range papers {
		next <- n
	}
	close(next)
	wait.Wait()
	t.Logf("%d of %d certificates pass everywhere", good, count)
}

// certify enrols people until count of them have a certificate, and holds
// the refusals against what the registry's rules and fonts say on their own.
func certify(t *testing.T, w *world.World, next func() string, count int) (papers []paper, refused map[string]int) {
	t.Helper()
	classes := open(t, w)
	rows := make([][]intake.Row, len(classes))
	wanted := map[string]bool{}
	refused = map[string]int{}
	line := 0
	for len(wanted) < count {
		name := next()
		clean, faults := registry.CleanName(name)
		if i := slices.IndexFunc(faults, func(f registry.Fault) bool { return !f.Warn }); i >= 0 {
			refused[faults[i].Code]++
			continue
		}
		if wanted[clean] {
			continue
		}
		line++
		k := line % len(classes)
		row := world.Row(line)
		row.Name = clean
		if classes[k].Course == "SEM1" || classes[k].Course == "HON1" {
			row.Theory, row.Skills = nil, nil
		}
		missing := w.Training.Uncovered(clean)
		report, _, err := w.Training.Enrol(t.Context(), w.By("trainer"), classes[k].ID, []intake.Row{row}, training.EnrolOptions{Source: "import", Results: true, Statement: world.Statement})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case len(missing) == 0 && report.Rejected == 0:
			wanted[clean] = true
			rows[k] = append(rows[k], row)
		case len(missing) > 0 && report.Rejected == 1 && says(report.Faults, "name.glyph", registry.RuneLabel(missing[0])):
			refused["name.glyph"]++
		default:
			t.Errorf("%q lacks %q and is enrolled with %+v", clean, missing, report.Faults)
		}
	}
	t.Logf("refused: %v", refused)
	return approve(t, w, classes, rows, wanted), refused
}

// says reports whether a refusal has the code and names the character.
func says(faults []registry.Fault, code, label string) bool {
	return slices.ContainsFunc(faults, func(f registry.Fault) bool { return f.Code == code && slices.Contains(f.Args, any(label)) })
}

// open opens a class of each kind in each pair of languages.
func open(t *testing.T, w *world.World) (classes []registry.Class) {
	t.Helper()
	courses := world.Courses()
	instructor, honour := courses[0], courses[2]
	instructor.Code, instructor.Kind = "INS1", registry.Instructor
	honour.Code, honour.Kind = "HON1", registry.Honour
	for _, c := range []registry.Course{instructor, honour} {
		if _, err := w.Accredit.AddCourse(t.Context(), access.System, c); err != nil {
			t.Fatal(err)
		}
	}
	head, err := w.Accredit.AccreditTrainer(t.Context(), access.System, accredit.Trainer{Person: registry.Person{Name: "DEMO Head"},
		Courses: []string{"CPR1", "SEM1", "INS1", "HON1"}, Level: "lead", From: registry.NewDate(2024, 1, 1), Org: w.Orgs["CVF"]})
	if err != nil {
		t.Fatal(err)
	}
	for _, course := range []string{"CPR1", "SEM1", "INS1", "HON1"} {
		for _, langs := range training.CertificateLanguages {
			classes = append(classes, w.Open("trainer", world.Of(course), func(in *training.ClassInput) {
				in.Languages, in.Trainers = langs, []registry.ClassTrainer{{Person: head.ID, Role: "lead"}}
			}))
		}
	}
	return classes
}

// approve has the classes approved and fetches the certificates.
func approve(t *testing.T, w *world.World, classes []registry.Class, rows [][]intake.Row, wanted map[string]bool) (papers []paper) {
	t.Helper()
	for i, class := range classes {
		if len(rows[i]) == 0 {
			continue
		}
		lead := w.By("trainer")
		lead.Person = class.Trainers[0].Person // whoever leads a class hands it in
		if _, err := w.Training.Submit(t.Context(), lead, class.ID); err != nil {
			t.Fatal(err)
		}
		for _, c := range w.Approve(class.ID).Credentials {
			if !wanted[c.Snapshot.Name] {
				t.Errorf("%s is certified as %q, whom nobody enrolled, or twice", c.Number, c.Snapshot.Name)
			}
			delete(wanted, c.Snapshot.Name)
			file, err := w.Issue.Certificate(t.Context(), c)
			if err != nil {
				t.Fatalf("%q: %v", c.Snapshot.Name, err)
			}
			qr, err := w.Issue.QR(c)
			if err != nil {
				t.Fatal(err)
			}
			papers = append(papers, paper{c.Snapshot.Name, qr, file.Bytes()})
		}
	}
	return papers
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// nss makes a store for pdfsig that trusts the root.
func nss(t *testing.T, dir, root string) string {
	t.Helper()
	store := filepath.Join(dir, "nss")
	if err := os.Mkdir(store, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-N", "-d", "sql:" + store, "--empty-password"}, {"-A", "-d", "sql:" + store, "-n", "root", "-t", "CT,CT,CT", "-i", root}} {
		if out, err := exec.Command("certutil", args...).CombinedOutput(); err != nil {
			t.Fatalf("certutil: %v\n%s", err, out)
		}
	}
	return store
}

// judge shows the file to each program and returns what is wrong with it.
func judge(dir, store, root string, p paper) (wrong []string) {
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	file, page := filepath.Join(dir, "certificate.pdf"), filepath.Join(dir, "page")
	if err := os.WriteFile(file, p.file, 0o600); err != nil {
		return []string{err.Error()}
	}
	said, err := exec.Command("pdfsig", "-nssdir", store, file).CombinedOutput()
	for _, want := range []string{"Signature is Valid", "Certificate is Trusted", "Total document signed"} {
		if err != nil || !bytes.Contains(said, []byte(want)) {
			fail("pdfsig does not say %q: %v\n%s", want, err, said)
		}
	}
	if said, err := exec.Command("qpdf", "--check", file).CombinedOutput(); err != nil {
		fail("qpdf: %v\n%s", err, said)
	}
	if err := cades(dir, root, p.file); err != nil {
		fail("openssl: %v", err)
	}
	if said, err := exec.Command("pdftoppm", "-r", "150", "-gray", "-png", "-singlefile", file, page).CombinedOutput(); err != nil {
		fail("pdftoppm: %v\n%s", err, said)
	}
	if said, err := exec.Command("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", page+".png").Output(); err != nil || strings.TrimSpace(string(said)) != p.qr {
		fail("zbarimg reads %q, want %q: %v", said, p.qr, err)
	}
	if said, err := exec.Command("pdftotext", "-raw", "-enc", "UTF-8", file, "-").Output(); err != nil || !holds(string(said), p.name) {
		fail("pdftotext does not return the name: %v\n%s", err, said)
	}
	for _, f := range rules.Check(p.file) {
		fail("%s", f)
	}
	return wrong
}

// holds reports whether a page's text has the name, whose lines may end where a
// name may be broken.
func holds(text, name string) bool {
	between := func(s string) string { return strings.Join(strings.Fields(s), "") }
	return strings.Contains(strings.Join(strings.Fields(text), " "), name) || strings.Contains(between(text), between(name))
}

var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]`)

// cades cuts signature and signed bytes out and has openssl verify them.
func cades(dir, root string, file []byte) error {
	m := byteRange.FindSubmatch(file)
	if m == nil {
		return fmt.Errorf("there is no byte range")
	}
	var r [4]int
	for i := range r {
		r[i], _ = strconv.Atoi(string(m[i+1]))
	}
	if r[0] != 0 || r[2]+r[3] != len(file) || r[1] >= r[2] {
		return fmt.Errorf("the byte range %v is not of the whole file", r)
	}
	padded, err := hex.DecodeString(string(file[r[1]+1 : r[2]-1]))
	if err != nil {
		return fmt.Errorf("read signature: %w", err)
	}
	var message asn1.RawValue
	if _, err := asn1.Unmarshal(padded, &message); err != nil {
		return fmt.Errorf("read signature: %w", err)
	}
	signature, content := filepath.Join(dir, "signature.der"), filepath.Join(dir, "signed.bin")
	if err := os.WriteFile(signature, message.FullBytes, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(content, append(bytes.Clone(file[:r[1]]), file[r[2]:]...), 0o600); err != nil {
		return err
	}
	out, err := exec.Command("openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", signature, "-content", content, "-binary",
		"-CAfile", root, "-purpose", "any", "-out", os.DevNull).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
