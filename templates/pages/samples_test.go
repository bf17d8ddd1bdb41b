package pages_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/templates/pages"
)

// The people are invented.
var (
	checkedAt = time.Date(2026, 11, 21, 6, 32, 5, 0, time.UTC)
	china     = time.FixedZone("", 8*3600)
	code      = "7K3Q-D9XM-2HRT-W4BX"
)

const longName = "Константинопольская-Преображенская Александра Владиславовна"

// credential is the certificate that the samples are about.
func credential() *registry.Shown {
	until := registry.NewDate(2028, 11, 30)
	return &registry.Shown{
		Number: "GAJK-SJZ-2026-000123", Kind: registry.Competence, Name: "阿卜杜热西提·阿布都克里木", IDLast4: "013X",
		Course: registry.CourseName{Code: "CPR1", Version: 3, Title: registry.Text{
			"zh": "心肺复苏与AED", "en": "CPR and AED", "ru": "Сердечно-лёгочная реанимация и АНД"}},
		Hours: 4, PracticalHours: 3, PracticalAssessed: true,
		Issuer: registry.ShownIssuer{Name: registry.Text{"zh": "河北省志愿服务联合会(演示)", "en": "Hebei Volunteer Service Federation (demo)",
			"ru": "Федерация волонтёров провинции Хэбэй (демо)"}},
		Base: registry.CodeName{Code: "SJZ", Name: registry.Text{"zh": "石家庄市人民医院建华院区(演示)",
			"en": "Shijiazhuang People's Hospital, Jianhua Campus (demo)", "ru": "Народная больница Шицзячжуана, корпус Цзяньхуа (демо)"}},
		Contact:       "+86 311 0000 0000",
		ClassStartsOn: registry.NewDate(2026, 11, 14), ClassEndsOn: registry.NewDate(2026, 11, 15),
		IssuedOn: registry.NewDate(2026, 11, 16), ValidFrom: registry.NewDate(2026, 11, 16), ValidUntil: &until, Demo: true,
	}
}

// sample is one page to look at: a name for its picture and how to make it.
type sample struct {
	name string
	make func(*pages.Result)
}

func with(status registry.Status, change func(*registry.Shown)) func(*pages.Result) {
	return func(r *pages.Result) {
		r.Answer.Status = status
		if change == nil {
			r.Answer.Credential = nil
			return
		}
		change(r.Answer.Credential)
	}
}

func same(*registry.Shown) {}

func day(y, m, d int) *registry.Date {
	date := registry.NewDate(y, time.Month(m), d)
	return &date
}

func since(y, m, d int) *time.Time {
	t := time.Date(y, time.Month(m), d, 3, 0, 0, 0, time.UTC)
	return &t
}

// results are every state that the result page can be in.
var results = []sample{
	{"valid", with(registry.StatusValid, same)},
	{"expiring", with(registry.StatusExpiring, func(s *registry.Shown) { s.ValidUntil = day(2026, 12, 3) })},
	{"expired", with(registry.StatusExpired, func(s *registry.Shown) { s.ValidUntil = day(2026, 3, 3) })},
	{"not_yet_valid", with(registry.StatusNotYetValid, func(s *registry.Shown) { s.ValidFrom = registry.NewDate(2026, 11, 28) })},
	{"suspended", with(registry.StatusSuspended, func(s *registry.Shown) { s.StatusSince, s.StatusReason = since(2026, 11, 2), "under_review" })},
	{"revoked", with(registry.StatusRevoked, func(s *registry.Shown) { s.StatusSince, s.StatusReason = since(2026, 10, 9), "exam_irregularity" })},
	{"superseded", func(r *pages.Result) {
		with(registry.StatusSuperseded, same)(r)
		r.SupersededURL = "/v/QZ7M-41XT-9KRB-HC0W"
	}},
	{"not_found", with(registry.StatusNotFound, nil)},
	{"altered", with(registry.StatusAltered, same)},
	{"could_not_check", with(registry.StatusCouldNotCheck, nil)},
	{"could_not_check_aged", func(r *pages.Result) {
		with(registry.StatusCouldNotCheck, same)(r)
		at := checkedAt.Add(-26 * time.Hour)
		r.Answer.Checks.Status = registry.Check{Result: registry.CheckCould, AsOf: &at}
	}},
	{"mistyped", func(r *pages.Result) {
		*r = pages.Result{P: r.P, Host: r.Host, Here: r.Here, Mistyped: true, Code: r.Code}
	}},
	{"attendance", with(registry.StatusValid, func(s *registry.Shown) {
		s.Kind, s.PracticalAssessed, s.PracticalHours, s.ValidUntil = registry.Attendance, false, 0, nil
		s.Course.Title = registry.Text{"zh": "义诊与跨文化照护", "en": "Outreach and cross-cultural care", "ru": "Выездной приём и уход в разных культурах"}
	})},
	{"valid_aged", func(r *pages.Result) {
		with(registry.StatusValid, same)(r)
		at := checkedAt.Add(-2 * time.Hour)
		r.Answer.Checks.Status.AsOf = &at
	}},
	{"long_name", with(registry.StatusValid, func(s *registry.Shown) { s.Name = longName })},
}

// resultIn is the sample in a language.
func (s sample) resultIn(l i18n.Lang) pages.Result {
	issued := time.Date(2026, 11, 16, 2, 0, 0, 0, time.UTC)
	r := pages.Result{
		P: i18n.For(l), Code: code, Host: "verify.example", Loc: china,
		Here: &url.URL{Path: "/v/" + code},
		Answer: registry.Answer{CheckedAt: checkedAt, Credential: credential(), Checks: registry.Checks{
			Signature: registry.Check{Result: registry.CheckYes, AsOf: &issued},
			Dates:     registry.Check{Result: registry.CheckYes},
			Issuer:    registry.Check{Result: registry.CheckYes},
			Status:    registry.Check{Result: registry.CheckYes},
		}},
		RequestID: "01JD7C5V3M",
	}
	s.make(&r)
	r.Answer.Verdict = r.Answer.Status.Verdict()
	return r
}

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func resultPage(r pages.Result) templ.Component { return pages.ResultPage(r) }
