package main

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// rows are those of every table, as texts.
func rows(t *testing.T, data string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "passmuster.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	read := func(query string) (out [][]any) {
		found, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = found.Close() }()
		names, err := found.Columns()
		for err == nil && found.Next() {
			row, into := make([]any, len(names)), make([]any, len(names))
			for i := range row {
				into[i] = &row[i]
			}
			err = found.Scan(into...)
			out = append(out, row)
		}
		if err != nil || found.Err() != nil {
			t.Fatal(err, found.Err())
		}
		return out
	}
	all := map[string][]string{}
	for _, table := range read(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`) {
		name := fmt.Sprint(table[0])
		for _, row := range read(`SELECT * FROM "` + name + `"`) {
			all[name] = append(all[name], fmt.Sprintf("%s", row))
		}
	}
	return all
}

// holding counts the rows in which the text stands.
func holding(all map[string][]string, text string) map[string]int {
	n := map[string]int{}
	for table, list := range all {
		for _, row := range list {
			if strings.Contains(row, text) {
				n[table]++
			}
		}
	}
	return n
}

// Whoever is checked, by whatever door, leaves a count and nothing else: no row of
// any table and no line of the log tells of him, of who asked, or of what was sent.
func TestOfACheckACountIsKeptAndNothingElse(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	first := serveDemo(t, d) // what a start writes is not a check's doing
	_, _, pdf := first.get("/my/" + code(d.Holder) + "/certificate.pdf")
	first.stop()
	before := rows(t, d.Data)

	const canary, agent = "卡纳里奇鸟", "CANARY-AGENT/1"
	never := string(registry.NewCode([10]byte{4, 2}))
	s := serveDemo(t, d)
	ask := func(method, path, kind, body string) {
		t.Helper()
		status, _, answer := s.do(method, path, []byte(body), "Content-Type", kind, "Accept", "text/html, application/json;q=0.9", "Sec-Fetch-Site", "same-origin", "User-Agent", agent)
		if status >= 500 || status == 429 || status == 403 {
			t.Errorf("%s %s: %d %.200s", method, path, status, answer)
		}
	}
	asked := []string{}
	for _, status := range []registry.Status{registry.StatusValid, registry.StatusRevoked, registry.StatusExpired} {
		asked = append(asked, code(d.Links[status][0]))
	}
	for _, c := range append(asked, never) {
		for _, path := range []string{"/v/" + c, "/v/" + c + "/receipt", "/v/" + c + "/receipt.jwt", "/api/v1/verify/" + c, "/credentials/" + c} {
			ask("GET", path, "", "")
		}
	}
	const js, form = "application/json", "application/x-www-form-urlencoded"
	for _, name := range []string{d.Name, canary} {
		ask("POST", "/api/v1/verify", js, fmt.Sprintf(`{"number":%q,"name":%q}`, d.Number, name))
		ask("POST", "/verify", form, url.Values{"number": {d.Number}, "name": {name}}.Encode())
	}
	ask("POST", "/api/v1/verify", js, fmt.Sprintf(`{"qr":%q}`, d.QR))
	ask("POST", "/verify", form, url.Values{"qr": {d.QR}}.Encode())
	ask("POST", "/api/v1/verify/list", js, fmt.Sprintf(`{"codes":[%q,%q,%q]}`, asked[0], d.QR, never))
	for _, file := range []string{string(pdf), string(pdf) + canary, "%PDF-1.4 " + canary} {
		part := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + canary + ".pdf\"\r\nContent-Type: application/pdf\r\n\r\n" + file + "\r\n--b--\r\n"
		ask("POST", "/api/v1/verify/file", "multipart/form-data; boundary=b", part)
		ask("POST", "/verify/file", "multipart/form-data; boundary=b", part)
	}
	s.stop()

	after := rows(t, d.Data)
	if len(holding(before, d.Number)) == 0 || len(after["verification_counts"]) <= len(before["verification_counts"]) {
		t.Errorf("of %d tables nothing was read, or nothing was counted: %d, before %d", len(after), len(after["verification_counts"]), len(before["verification_counts"]))
	}
	for _, text := range append([]string{d.Number, d.Name, string(never)}, asked...) {
		was, is := holding(before, text), holding(after, text)
		for table, n := range is {
			if n != was[table] {
				t.Errorf("%s: %d rows hold %q, before the checks %d", table, n, text, was[table])
			}
		}
	}
	for _, text := range []string{canary, agent, url.QueryEscape(canary), "CANARY"} {
		if is := holding(after, text); len(is) > 0 {
			t.Errorf("%q stands in %v", text, is)
		}
	}
	// Only these may have other rows than before: counts, and what work beside the
	// answers writes.
	for table, list := range after {
		if slices.Contains([]string{"verification_counts", "publications", "jobs", "runs"}, table) {
			continue
		}
		if slices.Sort(list); !slices.Equal(list, slices.Sorted(slices.Values(before[table]))) {
			t.Errorf("%s is not as it was: %d rows, before the checks %d", table, len(list), len(before[table]))
		}
	}
	for _, text := range append([]string{canary, agent, d.Name, d.Number, never, "127.0.0.1:"}, asked...) {
		log := strings.ReplaceAll(s.log.String(), s.base, "")
		log = strings.ReplaceAll(log, strings.TrimPrefix(s.base, "http://"), "")
		if strings.Contains(log, text) {
			t.Errorf("the log holds %q:\n%s", text, log)
		}
	}
}
