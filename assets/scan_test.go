package assets_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/testkit"
)

// What others made stands here as they made it, with where it comes from and
// their licence.
func TestTheReaderOfCodesIsTheOneOfTheManifest(t *testing.T) {
	var files []struct{ File, Package, Version, Path, Licence, SHA256 string }
	text, err := os.ReadFile("zxing/MANIFEST.json")
	if err == nil {
		err = json.Unmarshal(text, &files)
	}
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"MANIFEST.json": true}
	for _, f := range files {
		sum := sha256.Sum256(assets.File("zxing/" + f.File))
		if got := hex.EncodeToString(sum[:]); got != f.SHA256 {
			t.Errorf("%s has SHA-256 %s, the manifest says %s", f.File, got, f.SHA256)
		}
		if licence, err := os.ReadFile(filepath.Join("zxing", f.Licence)); err != nil || len(licence) < 1000 {
			t.Errorf("%s: licence %s: %d bytes, %v", f.File, f.Licence, len(licence), err)
		}
		if f.Package == "" || f.Version == "" || f.Path == "" {
			t.Errorf("%s: the manifest does not say where it comes from", f.File)
		}
		listed[f.File], listed[f.Licence] = true, true
	}
	there, err := os.ReadDir("zxing")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range there {
		if !listed[f.Name()] {
			t.Errorf("zxing/%s is not in the manifest", f.Name())
		}
	}
}

// inNode runs a script after some of the scanner's own, and returns what it
// prints.
func inNode(t *testing.T, scripts []string, then string) string {
	t.Helper()
	node := testkit.Tool(t, "node")
	var b strings.Builder
	b.WriteString("const window = globalThis, Scan = {};\n")
	for _, s := range scripts {
		b.Write(assets.File("js/scan/" + s))
	}
	b.WriteString(then)
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-")
	cmd.Stdin = strings.NewReader(b.String())
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, errs.String())
	}
	return string(out)
}

// combined is one combination of the evidence and what came of it.
type combined struct {
	Evidence            map[string]string
	Status, From, First string
}

// The scanner with a network answers as the table of docs/verdicts.md says, for
// every combination of the evidence.
func TestTheScannerHoldsTheRegistryAgainstTheDevice(t *testing.T) {
	rows := testkit.Table(t, "../docs/verdicts.md", "## The scanner with a network")
	var all []combined
	if err := json.Unmarshal([]byte(inNode(t, []string{"combine.js"}, combinations)), &all); err != nil {
		t.Fatal(err)
	}
	used := map[int]bool{}
	for _, c := range all {
		at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, c.Evidence) })
		if at < 0 {
			t.Errorf("no row for %v", c.Evidence)
			continue
		}
		used[at] = true
		row := rows[at]
		want, from := row["status"], "registry"
		switch want {
		case "the device's":
			want, from = deviceStatus[c.Evidence["device"]], "device"
		case "stays":
			want = registryStatus[c.Evidence["registry"]]
		}
		first := row["first reason"]
		if first == "stays" {
			first = "own." + from
		}
		if c.Status != want || c.From != from || c.First != first {
			t.Errorf("%v: %s of %s for %s, want %s of %s for %s", c.Evidence, c.Status, c.From, c.First, want, from, first)
		}
		if c.Status == "valid" && c.Evidence["registry"] != "yes" && c.Evidence["device"] != "yes" {
			t.Errorf("%v: a yes from nothing", c.Evidence)
		}
	}
	for i := range rows {
		if !used[i] {
			t.Errorf("row %d is never used: %v", i+1, rows[i])
		}
	}
	t.Logf("%d combinations", len(all))
}

var (
	deviceStatus   = map[string]string{"yes": "valid", "revoked for ever": "revoked", "no": "expired", "cannot tell": "could_not_check"}
	registryStatus = map[string]string{"yes": "valid", "no": "suspended", "replaced": "superseded", "never issued": "not_found", "cannot tell": "could_not_check"}
)

const combinations = `
const shown = (over) => ({ name: "DEMO 王伟", id_last4: "123X", kind: "competence", course: { code: "CPR1", version: 3 }, base: { code: "SJZ" }, hours: 4, practical_hours: 3, practical_assessed: true,
  issued_on: "2026-11-21", valid_from: "2026-11-21", valid_until: null, demo: true, ...over });
const registry = { failed: null, yes: ["valid", "yes"], no: ["suspended", "no"], replaced: ["superseded", "replaced"], "never issued": ["not_found", "no"], "cannot tell": ["could_not_check", "cannot_tell"] };
const device = { yes: ["valid", "yes"], "revoked for ever": ["revoked", "no"], no: ["expired", "no"], "cannot tell": ["could_not_check", "cannot_tell"] };
const record = { none: {}, altered: { result: "no" }, unreadable: { result: "could_not_check", reason: "record.unreadable" }, "unknown key": { result: "could_not_check", reason: "key.unknown" },
  different: { result: "yes" }, genuine: { result: "yes" }, "not judged": { result: "not_checked" } };
const out = [];
for (const [r, said] of Object.entries(registry)) for (const [d, found] of Object.entries(device)) for (const link of ["ours", "foreign"]) for (const [k, signature] of Object.entries(record)) {
  const online = said && { status: said[0], verdict: said[1], reasons: [{ code: "own.registry" }], checks: { signature: { result: "yes" } }, ...(["yes", "no", "replaced"].includes(r) && { credential: shown() }) };
  const offline = { status: found[0], verdict: found[1], reasons: [{ code: "own.device" }], checks: { signature } };
  const paper = { foreign: link === "foreign", origin: "https://x.example", record: k !== "none", says: k === "none" || k === "unreadable" ? null : shown(k === "different" ? { name: "DEMO 李娜" } : {}) };
  const a = Scan.combine.answer(online, offline, paper);
  out.push({ evidence: { registry: r, device: d, link, record: k }, status: a.status, from: a.from, first: a.reasons[0].code });
}
// A store that is out of reach is no answer, and an erased name no difference.
const unreachable = { status: "could_not_check", verdict: "cannot_tell", reasons: [{ code: "store.unreachable" }], checks: { signature: {} } };
const own = { status: "valid", verdict: "yes", reasons: [], checks: { signature: { result: "yes" } } };
if (Scan.combine.answer(unreachable, own, { record: true, says: shown() }).from !== "device") throw new Error("a store out of reach answers");
if (Scan.combine.differs(shown(), shown({ name: "", id_last4: "" }))) throw new Error("an erased name differs");
for (const field of Object.keys(shown())) if (!["course", "base", "valid_until", "demo"].includes(field) && !Scan.combine.differs(shown(), shown({ [field]: "other" }))) throw new Error(field + " is not compared");
for (const other of [{ course: { code: "CPR1", version: 4 } }, { course: { code: "AED", version: 3 } }, { base: { code: "MSK" } }, { valid_until: "2030-01-01" }, { demo: false }]) if (!Scan.combine.differs(shown(), shown(other))) throw new Error(JSON.stringify(other) + " is not compared");
console.log(JSON.stringify(out));
`

// Codes that the scanner draws are read by the readers of others, and what is
// packed comes out as it went in.
func TestTheScannerDrawsCodesThatOthersRead(t *testing.T) {
	out := inNode(t, []string{"qr.js", "pass.js"}, `
const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:", pictures = [];
for (const n of [1, 2, 17, 77, 154, 321, 600, 938, 1500, 1853]) {
  const text = Array.from({ length: n }, (_, i) => letters[(i * 7 + n) % letters.length]).join(""), s = Scan.qr.symbol(text);
  const rows = Array.from({ length: s.size }, (_, y) => Array.from({ length: s.size }, (_, x) => s.dark(x, y) ? "1" : "0").join(""));
  pictures.push({ text, rows });
}
const list = Uint8Array.from({ length: 1500 }, (_, i) => i % 7), bundle = crypto.getRandomValues(new Uint8Array(5001));
const file = await Scan.pass.pack(list, bundle), back = await Scan.pass.unpack(file), codes = await Scan.pass.frames(file), pieces = [];
for (let i = codes.count - 1; i >= 0; i--) { const f = Scan.pass.frame(codes.text(i)); pieces[f.index] = f.data; }
const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
if (!same(back.list, list) || !same(back.bundle, bundle) || !same(await Scan.pass.whole(pieces), file)) throw new Error("it comes out otherwise");
const refused = async (work) => { try { await work(); } catch (e) { return e.code === "scan.transfer"; } return false; };
const bent = file.slice(); bent[bent.length - 2] ^= 1;
const short = file.slice(0, -1), none = new Uint8Array(20);
pieces[1] = pieces[1].slice(); pieces[1][0] ^= 1;
for (const work of [() => Scan.pass.unpack(short), () => Scan.pass.unpack(none), () => Scan.pass.whole(pieces), () => Scan.pass.frame("PMT1:::::"), () => Scan.pass.frame("PMT1:")]) if (!await refused(work)) throw new Error("not refused: " + work);
if (Scan.pass.encode45(new TextEncoder().encode("Hello!!")) !== "%69 VD92EX0") throw new Error("not base45 (RFC 9285 §4.3)");
console.log(JSON.stringify(pictures));`)
	var pictures []struct {
		Text string
		Rows []string
	}
	if err := json.Unmarshal([]byte(out), &pictures); err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		if got := strings.TrimSuffix(testkit.RunOn(t, "zbarimg", pgm(p.Rows), "-q", "--raw", "FILE"), "\n"); got != p.Text {
			t.Errorf("%d modules: zbar reads %.40q, want %.40q", len(p.Rows), got, p.Text)
		}
	}
}

// pgm is a picture of the modules, four pixels each, with a quiet zone.
func pgm(rows []string) []byte {
	const scale, quiet = 4, 4
	side := (len(rows) + 2*quiet) * scale
	out := fmt.Appendf(nil, "P5 %d %d 255\n", side, side)
	for y := range side {
		for x := range side {
			shade, mx, my := byte(255), x/scale-quiet, y/scale-quiet
			if my >= 0 && my < len(rows) && mx >= 0 && mx < len(rows) && rows[my][mx] == '1' {
				shade = 0
			}
			out = append(out, shade)
		}
	}
	return out
}
