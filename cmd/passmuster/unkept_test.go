package main

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/demo"
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

// asOften fails if a table holds one of the texts in more or fewer rows than before.
func asOften(t *testing.T, before, after map[string][]string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		was, is := holding(before, text), holding(after, text)
		for table := range after {
			if is[table] != was[table] {
				t.Errorf("%s: %d rows hold %q, before the checks %d", table, is[table], text, was[table])
			}
		}
	}
}

// unchanged fails if a table has other rows than before. Only counts may, and what
// work beside the answers writes.
func unchanged(t *testing.T, before, after map[string][]string) {
	t.Helper()
	for table, list := range after {
		if slices.Contains([]string{"verification_counts", "publications", "jobs", "runs"}, table) {
			continue
		}
		if slices.Sort(list); !slices.Equal(list, slices.Sorted(slices.Values(before[table]))) {
			t.Errorf("%s is not as it was: %d rows, before the checks %d", table, len(list), len(before[table]))
		}
	}
}

// silent fails if the log holds one of the texts; the server's own address is not
// one of a client.
func (s *served) silent(texts ...string) {
	s.t.Helper()
	log := strings.ReplaceAll(s.log.String(), s.base, "")
	log = strings.ReplaceAll(log, strings.TrimPrefix(s.base, "http://"), "")
	for _, text := range texts {
		if strings.Contains(log, text) {
			s.t.Errorf("the log holds %q:\n%s", text, log)
		}
	}
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
	asOften(t, before, after, append([]string{d.Number, d.Name, never}, asked...)...)
	for _, text := range []string{canary, agent, url.QueryEscape(canary), "CANARY"} {
		if is := holding(after, text); len(is) > 0 {
			t.Errorf("%q stands in %v", text, is)
		}
	}
	unchanged(t, before, after)
	s.silent(append([]string{canary, agent, d.Name, d.Number, never, "127.0.0.1:"}, asked...)...)
}

// A hospital that is signed in has its list checked, on the page and as a file, and
// the registry keeps nothing of it: not who was on it, not what was found.
func TestNothingOfAListIsKept(t *testing.T) {
	d := newDemo(t, freeAddr(t))
	const canary, form = "卡纳里奇鸟", "application/x-www-form-urlencoded"
	s := serveDemo(t, d)
	var cookie string
	ask := func(path string, values url.Values) string {
		t.Helper()
		status, header, body := s.do("POST", path, []byte(values.Encode()), "Content-Type", form, "Accept", "text/html", "Accept-Language", "en", "Sec-Fetch-Site", "same-origin", "Cookie", cookie)
		if status >= 400 {
			t.Fatalf("%s: %d %.300s", path, status, body)
		}
		for _, set := range header.Values("Set-Cookie") {
			cookie, _, _ = strings.Cut(set, ";")
		}
		return string(body)
	}
	ask("/signin", url.Values{"email": {demo.HospitalEmail}, "password": {d.Password}})
	s.stop()
	before := rows(t, d.Data)

	s = serveDemo(t, d)
	valid, revoked, never := code(d.Links[registry.StatusValid][0]), code(d.Links[registry.StatusRevoked][0]), string(registry.NewCode([10]byte{4, 2}))
	lines := []string{"name,code,number", canary + "," + valid + ",", d.Name + ",," + d.Number, canary + ",," + d.Number, "," + revoked + ",", "," + never + ","}
	page := ask("/lists", url.Values{"text": {strings.Join(lines, "\n")}})
	if !strings.Contains(page, "2 of 5 are valid") && !strings.Contains(page, "1 of 5 is valid") || !strings.Contains(page, canary) {
		t.Errorf("the list was not checked: %.2000s", page)
	}
	table := fmt.Sprintf(`[{"l":1,"c":["name","code"]},{"l":2,"c":[%q,%q]}]`, canary, valid)
	if back := ask("/lists/result.xlsx", url.Values{"list": {table}, "filename": {canary + ".csv"}, "name": {"0"}, "code": {"1"}}); !strings.HasPrefix(back, "PK") {
		t.Errorf("no file came back: %.300s", back)
	}
	s.stop()

	after := rows(t, d.Data)
	if len(after["sessions"]) == 0 || slices.Equal(after["verification_counts"], before["verification_counts"]) {
		t.Errorf("nobody was signed in (%d), or nothing was counted", len(after["sessions"]))
	}
	unchanged(t, before, after)
	asOften(t, before, after, d.Number, d.Name, valid, revoked, never)
	for _, text := range []string{canary, url.QueryEscape(canary)} {
		if is := holding(after, text); len(is) > 0 {
			t.Errorf("%q stands in %v", text, is)
		}
	}
	s.silent(canary, d.Name, d.Number, valid, revoked, never)
}
