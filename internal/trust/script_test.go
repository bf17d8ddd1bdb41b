package trust_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/record/cose"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

// scriptSheet is what the modules of verify/js answer for: each combination of
// evidence, and the registry's whole answer.
type scriptSheet struct {
	Root       string            `json:"root"`
	Now        time.Time         `json:"now"`
	Lists      map[string]string `json:"lists"`
	Bundles    map[string]string `json:"bundles"`
	Situations []scriptCase      `json:"situations"`
}

type scriptCase struct {
	What   string         `json:"what"`
	Origin string         `json:"origin"`
	Code   registry.Code  `json:"code"`
	Record *string        `json:"record"` // hex; null for the link alone
	List   string         `json:"list"`
	Bundle string         `json:"bundle"`
	Newest string         `json:"newest"`
	Answer map[string]any `json:"answer"`
}

// The scanner's own modules give the same answer as the registry's rules, to the
// last field, in every situation of docs/verdicts.md, "Without a network".
func TestTheScannersModulesFollowTheTable(t *testing.T) {
	node := testkit.Tool(t, "node")
	d := openDoor(t)
	point, err := cose.Point(&testKey(t, "root").PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	all := scriptSheet{Root: hex.EncodeToString(point), Now: now, Lists: hexed(d.signedLists), Bundles: hexed(d.signedBundles)}
	everyEvidence(func(e evidence) {
		scan, seen := d.scan(t, e), d.seen(e)
		s := scriptCase{What: fmt.Sprint(e), Origin: scan.Origin, Code: scan.Code, List: e["list"], Bundle: e["bundle"], Answer: answerAsJSON(t, d.answer(t, e))}
		if scan.Record != nil {
			text := hex.EncodeToString(scan.Record)
			s.Record = &text
		}
		if !seen.Newest.IsZero() {
			s.Newest = seen.Newest.Format(time.RFC3339)
		}
		all.Situations = append(all.Situations, s)
	})
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "situations.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), node, filepath.Join("..", "..", "verify", "js", "tests", "situations.mjs"), file).CombinedOutput()
	if err != nil {
		t.Errorf("situations.mjs: %v\n%s", err, out)
	}
	t.Log(strings.TrimSpace(string(out)))
}

// answerAsJSON is the answer as JSON has it, with the arguments of its reasons in the
// place of the words that the edge puts there.
func answerAsJSON(t *testing.T, a registry.Answer) map[string]any {
	t.Helper()
	b, err := json.Marshal(a)
	var out map[string]any
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	reasons := []any{}
	for _, r := range a.Reasons {
		reason := []any{r.Code}
		for _, arg := range r.Args {
			if at, ok := arg.(time.Time); ok {
				arg = at.UTC().Format(time.RFC3339)
			}
			reason = append(reason, arg)
		}
		reasons = append(reasons, reason)
	}
	out["reasons"] = reasons
	return out
}

func hexed(documents map[string][]byte) map[string]string {
	out := map[string]string{}
	for name, b := range documents {
		out[name] = hex.EncodeToString(b)
	}
	return out
}
