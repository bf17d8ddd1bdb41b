package publish_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

// copies makes n credentials of one, past every rule: each with an id, a number,
// a code and a status entry of its own, one in a hundred revoked.
const copies = `
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO credentials (id, number, code, completion, enrolment, class, person, org, state, state_since, reason, supersedes, superseded_by, renewed_by, name, name_key,
	id_last4, course, base, issuer, issued_at, starts_at, expires_at, list, list_index, snapshot, template, record_sig, jwt_sig, pdf_sig, pdf_sha256, leaf_hash, signed_at, version, input_hash)
SELECT printf('%%08x-%%04x-7000-8000-%%012x', (1763000000000 + i * 30000) / 65536, (1763000000000 + i * 30000) %% 65536, i), c.number || '-' || i, substr(upper(hex(randomblob(8))), 1, 16), c.completion, c.enrolment, c.class,
	'p' || i, c.org, CASE WHEN abs(random()) %% 100 = 0 THEN 'revoked' ELSE c.state END, c.state_since, '', '', '', '', c.name, c.name_key,
	c.id_last4, c.course, c.base, c.issuer, c.issued_at, c.starts_at, c.expires_at, 2 + i / 98304, (i * 40503) %% 131072, c.snapshot, c.template, c.record_sig, c.jwt_sig, c.pdf_sig,
	c.pdf_sha256, c.leaf_hash, c.signed_at, c.version, c.input_hash
FROM n, (SELECT * FROM credentials LIMIT 1) c`

// crowd is a world of as many credentials as the benchmark asks for: 20,000, or
// what PASSMUSTER_SCALE says.
func crowd(b *testing.B) (*world.World, []registry.Credential, int) {
	b.Helper()
	n := 20_000
	if s, err := strconv.Atoi(os.Getenv("PASSMUSTER_SCALE")); err == nil {
		n = s
	}
	w := world.New(b)
	list := w.Issued(3)
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(w.Dir, "passmuster.db")+"?_pragma=busy_timeout(60000)&_pragma=synchronous(off)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	for _, statement := range []string{fmt.Sprintf(copies, n), "INSERT INTO status_lists (id, size, taken, issuer) SELECT DISTINCT list, 131072, 98304, 'CVF' FROM credentials WHERE list > 1"} {
		if _, err := raw.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	return w, list, n
}

// BenchmarkPublication measures what follows a decision about one of many: the
// bundle and the status list that show it, made, signed and stored. The first
// of a process reads all codes; the next only what is new.
func BenchmarkPublication(b *testing.B) {
	w, list, n := crowd(b)
	start := time.Now()
	if err := w.Publish.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	first := time.Since(start)
	size := map[string]int{}
	bundle, err := w.Publish.Bundle(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	size["bundle"] = len(bundle.Body)
	f, err := w.Publish.StatusFile(b.Context(), "3", publish.TypeVCJWT)
	if err != nil {
		f, err = w.Publish.StatusFile(b.Context(), "2", publish.TypeVCJWT)
	}
	if err != nil {
		b.Fatal(err)
	}
	size["list"] = len(f.Body)
	suspended := false
	for b.Loop() {
		w.Clock.Add(time.Minute)
		if suspended {
			_, err = w.Lifecycle.Reinstate(b.Context(), w.By("approver"), list[0].Number, "")
		} else {
			_, err = w.Lifecycle.Suspend(b.Context(), w.By("approver"), list[0].Number, "under_review", "")
		}
		if err != nil {
			b.Fatal(err)
		}
		suspended = !suspended
		if err := w.Publish.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "credentials")
	b.ReportMetric(first.Seconds(), "s/first")
	b.ReportMetric(float64(size["bundle"]), "bundle-bytes")
	b.ReportMetric(float64(size["list"]), "list-bytes")
	var lists []store.StatusList
	if err := w.DB.Read(b.Context(), func(tx *store.Tx) (err error) { lists, err = tx.StatusLists(b.Context()); return err }); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(lists)), "lists")
}
