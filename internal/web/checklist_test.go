package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/templates/staff"
)

// codeOf is the code of a certificate of the demonstration in that state.
func (w *world) codeOf(s registry.Status) string {
	link := w.sum.Links[s][0]
	return link[strings.LastIndex(link, "/")+1:]
}

// credential is the first certificate of the demonstration in that state.
func (w *world) credential(s registry.Status) (c registry.Credential) {
	w.t.Helper()
	must(0, w.db.Read(w.t.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.CredentialByCode(w.t.Context(), registry.Code(w.codeOf(s)))
		return err
	}))
	return c
}

// sendFile sends a file by the form of a page.
func (p *person) sendFile(path, name, content string) *person {
	p.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	must(must(m.CreateFormFile("file", name)).Write([]byte(content)))
	must(0, m.Close())
	r := must(http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.at(path), &b))
	r.Header.Set("Content-Type", m.FormDataContentType())
	return p.do(r)
}

// carried is what the page sends along to have its file.
func (p *person) carried() url.Values {
	p.t.Helper()
	form := p.find(`(?s)action="/lists/result.xlsx">(.*?)</form>`)
	values := url.Values{}
	for _, name := range []string{"list", "filename", "code", "number", "name"} {
		_, rest, ok := strings.Cut(form, `name="`+name+`" value="`)
		if !ok {
			p.t.Fatalf("the form carries no %s", name)
		}
		value, _, _ := strings.Cut(rest, `"`)
		values.Set(name, html.UnescapeString(value))
	}
	return values
}

func TestAHospitalHasItsListCheckedAndBack(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.HospitalEmail)
	if !strings.HasPrefix(p.path, "/lists") {
		t.Errorf("a hospital begins at %s", p.path)
	}
	number, name := string(w.sum.Number), w.sum.Name
	list := "名单,,,\n姓名,验证码,证书编号,备注\n," + w.codeOf(registry.StatusExpiring) + ",,=1+1\n别人," + w.codeOf(registry.StatusExpiring) + ",,\n," + w.codeOf(registry.StatusRevoked) + ",,\n" +
		name + ",," + number + ",\n别人,," + number + ",\n,7K3Q-D9XM,,\n"
	p.sendFile("/lists", "名单.csv", list).want(200, "2 of 6 are valid", "Name differs", "Revoked or suspended", "Cannot be read", "名单.csv", "21\u00a0November 2026, 17:00:00\u00a0(UTC+8)")
	p.never("ok to accept")
	answer := p.postForm("/lists/result.xlsx", p.carried())
	answer.want(200)
	table := must(intake.ReadTable("back.xlsx", []byte(answer.body), intake.Limits{}))
	if len(table.Rows) != 8 {
		t.Fatalf("%d rows came back", len(table.Rows))
	}
	for i, want := range []string{"", "Result", "VALID", "name differs", "REVOKED", "VALID", "name differs", "cannot be read"} {
		row := table.Rows[i]
		got := ""
		if len(row.Cells) > 4 {
			got = row.Cells[4].Text
		}
		if got != want {
			t.Errorf("row %d says %q, want %q", i+1, got, want)
		}
		for _, c := range row.Cells {
			if c.Formula {
				t.Errorf("row %d holds a formula", i+1)
			}
		}
	}
	if cells := table.Rows[2].Cells; cells[3].Text != "=1+1" || cells[6].Text == "" || !strings.HasPrefix(cells[7].Text, "2026-11-21T17:00:00+08:00") {
		t.Errorf("the first row came back as %v", cells)
	}
	if strings.Contains(answer.body, "别人 holds") {
		t.Error("a name that was sent comes back as a holder's")
	}
}

func TestPastedListsAndColumnsThatMustBeChosen(t *testing.T) {
	w := newWorld(t)
	p := w.signIn(t, demo.HospitalEmail)
	p.post("/lists", "text", w.codeOf(registry.StatusExpiring)+"\n"+w.codeOf(registry.StatusSuspended)).want(200, "1 of 2 is valid", "SUSPENDED")
	p.post("/lists", "text", "verify.demo.example/v/"+w.codeOf(registry.StatusSuspended)+"?lang=ru").want(200, "SUSPENDED")
	holds := w.credential(registry.StatusExpiring)
	qr, other := must(w.s.Issue.QR(holds)), must(w.s.Issue.QR(w.credential(registry.StatusSuspended)))
	p.post("/lists", "text", qr).want(200, "1 of 1 is valid")
	p.post("/lists", "text", strings.ToLower(holds.Code.String())+"\n"+qr).want(200, "1 of 2 is valid", "Twice in the list")
	p.post("/lists", "text", qr[:strings.Index(qr, "#")]+other[strings.Index(other, "#"):]).want(200, "0 of 1", "Altered")
	p.post("/lists", "text", qr+"\nhttps://elsewhere.example/list").want(200, "1 of 2 is valid", "This is not the QR code of a certificate")
	p.post("/lists", "text", "").want(422, "The list is empty")
	p.post("/lists", "text", strings.Repeat("7K3Q-D9XM\n", 1001)).want(413, "1,000")
	p.post("/lists", "text", "a,b\n1,2").want(422, "It is not clear which column", `name="code"`)
	packed := must(json.Marshal([]map[string]any{{"l": 1, "c": []string{"x", w.codeOf(registry.StatusExpiring)}}}))
	p.post("/lists", "list", string(packed), "filename", "a.csv", "code", "1").want(200, "1 of 1 is valid")
	p.post("/lists", "list", "no list", "code", "1").want(422)
	p.post("/lists/result.xlsx", "list", string(packed), "filename", "a.csv", "name", "0").want(422, "It is not clear")
}

func TestOnlyWhoChecksListsMay(t *testing.T) {
	w := newWorld(t)
	w.visitor(t).get("/lists")
	trainer := w.signIn(t, demo.TrainerEmail)
	trainer.get("/lists").want(403)
	trainer.post("/lists", "text", w.codeOf(registry.StatusExpiring)).want(403)
	v := w.visitor(t)
	v.post("/lists", "text", w.codeOf(registry.StatusExpiring)).want(401)
}

// TestAHospitalDoesNotPayForItsNetwork sends a thousand guesses, and sixty links that
// nobody has, from the network on which a hospital and a holder sit.
func TestAHospitalDoesNotPayForItsNetwork(t *testing.T) {
	w := newWorld(t)
	visitor, p := w.visitor(t), w.signIn(t, demo.HospitalEmail)
	invented := func(i int) string { return string(registry.NewCode([10]byte{0, 0, byte(i), byte(i >> 8), 7})) }
	for i := range edge.ClientBudget.Burst {
		visitor.get("/my/" + fmt.Sprintf("%032d", i)).want(404)
	}
	visitor.get("/my/" + strings.Repeat("a", 32)).want(429)
	mine := "/my/" + access.HolderToken(w.s.Issue.Keys, w.credential(registry.StatusExpiring).Enrolment, 1)
	for _, path := range []string{"", "/qr.png", "/erasure", "/joined"} {
		visitor.get(mine + path).want(200)
	}
	visitor.post(mine+"/shares", "days", "7").want(200)
	p.post("/lists", "text", w.codeOf(registry.StatusExpiring)+"\n"+invented(1)).want(200, "1 of 2 is valid")
	var guesses []string
	for i := range 1000 {
		guesses = append(guesses, invented(i))
	}
	p.post("/lists", "text", strings.Join(guesses, "\n")).want(200, "0 of 1,000")
	p.post("/lists", "text", invented(1)).want(429)
	p.post("/lists", "text", w.codeOf(registry.StatusExpiring)).want(200, "1 of 1 is valid")
}

// While the registry cannot be asked no row is a yes, and the page says when to come
// again: with its store away, and with its keys.
func TestAListThatCannotBeCheckedIsAskedAgain(t *testing.T) {
	for what, lose := range map[string]func(*world){
		"the keys":  func(w *world) { w.s.Verify.Keys = must(keys.Open(w.keys, nil)); must(0, os.RemoveAll(w.keys)) },
		"the store": func(w *world) { w.s.Verify.DB = must(store.Open(w.t.Context(), store.Config{Dir: w.t.TempDir()})) }, // without a schema
		"all":       func(w *world) { must(0, w.db.Close()) },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			p := w.signIn(t, demo.HospitalEmail)
			list := w.codeOf(registry.StatusExpiring) + "\n" + w.codeOf(registry.StatusRevoked)
			lose(w)
			p.post("/lists", "text", list).want(503).never("1 of 2 is valid", "ok to accept")
			again := []string{p.header.Get("Retry-After")}
			if what != "all" {
				p.want(503, "0 of 2 are valid", "COULD NOT CHECK")
			} else {
				again = append(again, p.get("/lists").want(503).header.Get("Retry-After"))
			}
			for _, seconds := range again {
				if seconds == "" {
					t.Error("nothing says when to come again")
				}
			}
		})
	}
}

func TestTheFamiliesOfRowsHaveTheirWords(t *testing.T) {
	for _, as := range registry.AllListed {
		if as != registry.ListedValid && (staff.ListGroup{As: as}).Tone() == "good" {
			t.Errorf("%s is green", as)
		}
	}
}
