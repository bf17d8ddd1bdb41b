package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/api"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/passkey"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/report"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

const (
	origin   = "https://verify.demo.example"
	password = "correct horse battery"
)

// world is a small federation with two bases, served over HTTP.
type world struct {
	t      testing.TB
	s      *api.Server
	engine *gin.Engine
	http   http.Handler
	log    *syncBuffer
	clock  time.Time
	mu     sync.Mutex
	orgs   map[string]registry.ID
	people map[string]registry.ID
	tokens map[string]string
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Errorf("set up: %w", err))
	}
	return v
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, log: &syncBuffer{}, clock: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		orgs: map[string]registry.ID{}, people: map[string]registry.ID{}, tokens: map[string]string{}}
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	db := storetest.New(t)
	ring := must(keys.Init(t.TempDir(), keys.Options{Now: w.now().Add(-time.Hour), Organization: "DEMO Federation", PublicURL: origin, Demo: true}))
	_, chain, err := ring.PDFSigner(w.now())
	press := must(certificate.NewPress(chain))
	if err != nil {
		t.Fatal(err)
	}
	w.s = &api.Server{DB: db, Keys: ring, Auth: must(auth.New(db, ring, origin, w.now)), Accredit: &accredit.Service{DB: db, Keys: ring, Now: w.now, Demo: true},
		Design:    &design.Service{DB: db, Now: w.now, Demo: true},
		Training:  &training.Service{DB: db, Keys: ring, Now: w.now, Uncovered: press.Uncovered, Demo: true},
		Issue:     &issue.Service{DB: db, Keys: ring, Now: w.now, Origin: origin, Demo: true, Log: log},
		Lifecycle: &lifecycle.Service{DB: db, Now: w.now}, Verify: &verify.Service{DB: db, Keys: ring, Now: w.now, Origin: origin, Log: log},
		Report:  &report.Service{DB: db, Keys: ring, Now: w.now},
		Publish: &publish.Service{DB: db, Keys: ring, Now: w.now, Origin: origin, Log: log}, Now: w.now, Origin: origin, Version: "test", Log: log}
	w.s.Passkey = must(passkey.New(db, origin, w.now))
	w.s.Issue.Passkeys = w.s.Passkey
	w.s.Documents = &documents.Service{DB: db, Keys: ring, Now: w.now, Origin: origin, Demo: true, Certificate: w.s.Issue.Certificate, Cards: w.s.Issue.Cards}
	w.plant()
	w.engine = must(edge.New(edge.Options{Log: log, PublicURL: origin, Now: w.now}))
	w.s.Mount(w.engine)
	w.http = w.engine
	return w
}

// plant makes the registers, the people behind the accounts and the accounts.
func (w *world) plant() {
	ctx, acc := w.t.Context(), w.s.Accredit
	add := func(code, parent string, kind registry.OrgType, owner bool) {
		o := must(acc.AddOrganization(ctx, access.System, registry.Organization{Code: code, Parent: w.orgs[parent], Type: kind, TZ: "Asia/Shanghai",
			SchemeOwner: owner, Name: registry.Text{"en": code + " DEMO", "zh": code + "（演示）"}}))
		w.orgs[code] = o.ID
	}
	add("CVF", "", registry.OrgFederation, true)
	add("HOSA", "CVF", registry.OrgHospital, false)
	add("HOSB", "CVF", registry.OrgHospital, false)
	add("OTHER", "", registry.OrgFederation, true)
	must(acc.AddProgramme(ctx, access.System, registry.Programme{Code: "GAJK", Owner: w.orgs["CVF"], Name: registry.Text{"zh": "关爱健康", "en": "Care"}}))
	for code, host := range map[string]string{"SJZ": "HOSA", "TJX": "HOSB"} {
		must(acc.AddBase(ctx, access.System, registry.Base{Code: code, Host: w.orgs[host], Accrediting: w.orgs["CVF"], Programmes: []string{"GAJK"}, TZ: "Asia/Shanghai",
			Name: registry.Text{"zh": code + "培训基地", "en": code + " base"}, Contact: "0311 0000 0000", AccreditedFrom: registry.NewDate(2026, 1, 1), Status: registry.BaseAccredited}))
	}
	must(acc.AddCourse(ctx, access.System, registry.Course{Code: "CPR1", Version: 3, Programme: "GAJK", Title: registry.Text{"zh": "心肺复苏与AED", "en": "CPR and AED"},
		Level: "public", Kind: registry.Competence, Delivery: registry.InPerson, Minutes: 180, Practical: 135, AttendanceMin: 90, PassMark: 80, MaxAttempts: 3,
		Skills:         registry.SkillsSheet{Items: []registry.SkillItem{{Code: "compress", Text: registry.Text{"en": "Compress"}, Critical: true}, {Code: "aed", Text: registry.Text{"en": "AED"}}}, OthersPass: 1},
		ValidityMonths: 24, Expiry: registry.MonthEnd, Status: registry.CourseActive}))
	for name, courses := range map[string][]string{"trainerA": {"CPR1"}, "trainerB": {"CPR1"}, "approver": {"CPR1"}, "second": {"CPR1"}} {
		p := must(acc.AccreditTrainer(ctx, access.System, accredit.Trainer{Person: registry.Person{Name: map[string]string{"trainerA": "李明哲", "trainerB": "赵静怡", "approver": "周文静", "second": "郑国栋"}[name]},
			Courses: courses, Level: "lead", From: registry.NewDate(2026, 1, 1), Org: w.orgs["CVF"]}))
		w.people[name] = p.ID
	}
	w.account("trainerA", "trainerA", registry.RoleTrainer, "HOSA")
	w.account("twin", "trainerA", registry.RoleApprover, "CVF") // a second account of the trainer
	w.account("trainerB", "trainerB", registry.RoleTrainer, "HOSB")
	w.account("approver", "approver", registry.RoleApprover, "CVF")
	w.account("second", "second", registry.RoleApprover, "CVF")
	w.account("approverB", "approver", registry.RoleApprover, "HOSB")
	w.account("federation", "", registry.RoleFederation, "CVF")
	w.account("auditor", "", registry.RoleAuditor, "CVF")
	w.account("hospital", "", registry.RoleHospital, "HOSA")
	w.account("foreign", "", registry.RoleFederation, "OTHER")
}

func (w *world) account(name, person string, role registry.Role, org string) {
	a := registry.Account{Email: name + "@demo.example", Name: name, Person: w.people[person], Grants: []registry.Grant{{Role: role, Org: w.orgs[org]}}}
	err := w.s.DB.Tx(w.t.Context(), func(tx *store.Tx) error {
		_, err := w.s.Auth.Create(w.t.Context(), tx, access.System, a, password)
		return err
	})
	if err != nil {
		w.t.Fatalf("account %s: %v", name, err)
	}
}

// answer is an HTTP answer with its body read.
type answer struct {
	t      testing.TB
	what   string
	Code   int
	Header http.Header
	Body   []byte
}

// json reads the body into a map.
func (a answer) json() map[string]any {
	a.t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.Body, &v); err != nil {
		a.t.Fatalf("%s: %d, no JSON: %s", a.what, a.Code, a.Body)
	}
	return v
}

func (a answer) text(path ...string) string {
	a.t.Helper()
	var v any = a.json()
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	s, _ := v.(string)
	return s
}

// want fails unless the answer has the status (and the problem code, if given).
func (a answer) want(status int, code ...string) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.Code, status, a.Body)
	}
	if len(code) > 0 && a.text("code") != code[0] {
		a.t.Fatalf("%s: code %q, want %q: %s", a.what, a.text("code"), code[0], a.Body)
	}
	return a
}

func (w *world) token(name string) string {
	w.t.Helper()
	if w.tokens[name] == "" {
		w.tokens[name] = w.do("", "POST", "/api/v1/session", map[string]string{"email": name + "@demo.example", "password": password}).want(200).text("access_token")
	}
	return w.tokens[name]
}

// do sends a request as the account; a body that is not text is sent as JSON.
func (w *world) do(who, method, path string, body any, header ...string) answer {
	w.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	case io.Reader:
		r = b
	default:
		r = bytes.NewReader(must(json.Marshal(b)))
	}
	q := httptest.NewRequest(method, path, r)
	if r != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		q.Header.Set("Authorization", "Bearer "+w.token(who))
	}
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.http.ServeHTTP(rec, q)
	a := answer{w.t, who + " " + method + " " + path, rec.Code, rec.Result().Header, rec.Body.Bytes()}
	w.conforms(q, a)
	return a
}

type object = map[string]any

func (w *world) classBody(base string, trainers ...string) object {
	list := []object{}
	for _, t := range trainers {
		list = append(list, object{"person": w.people[t], "role": "lead"})
	}
	return object{"course": "CPR1", "base": base, "sessions": []object{{"on": "2026-11-20", "from": "09:00", "minutes": 180, "practical": true}}, "trainers": list,
		"signatories": []object{{"name": "何晓峰", "title": object{"zh": "理事长", "en": "President"}}}}
}

// class creates a class of trainer A's base and returns its id.
func (w *world) class() string {
	w.t.Helper()
	return w.do("trainerA", "POST", "/api/v1/classes", w.classBody("SJZ", "trainerA")).want(201).text("id")
}

var names = []string{"张伟", "王芳", "李娜", "刘洋", "陈静", "杨帆"}

func roster(n int) []object {
	list := []object{}
	for i := range n {
		name := names[i%len(names)]
		if i >= len(names) {
			name += string(rune(0x4e00 + i))
		}
		list = append(list, object{"name": name, "id_type": "volunteer", "id": fmt.Sprintf("DEMO-%06d", i+1), "theory": 90, "skills": true})
	}
	return list
}

// submitted brings a class of n people up to its submission.
func (w *world) submitted(n int) string {
	w.t.Helper()
	id := w.class()
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/enrolments", object{"people": roster(n), "record_results": true, "statement": "Watched by me", "all_or_nothing": true}).want(200)
	w.do("trainerA", "POST", "/api/v1/classes/"+id+"/submit", nil).want(200)
	return id
}

// issued brings a class of n people up to their certificates and returns the
// credentials as staff see them.
func (w *world) issued(n int) (class string, list []object) {
	w.t.Helper()
	class = w.submitted(n)
	w.do("approver", "POST", "/api/v1/classes/"+class+"/approve", nil).want(200)
	items, _ := w.do("approver", "GET", "/api/v1/credentials?limit=200", nil).want(200).json()["items"].([]any)
	for _, v := range items {
		if m := v.(object); m["class"] == class {
			list = append(list, m)
		}
	}
	if len(list) != n {
		w.t.Fatalf("%d credentials of the class, want %d", len(list), n)
	}
	return class, list
}
