package intake_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
)

// codeOf is the message code of a refusal.
func codeOf(err error) string {
	var e *registry.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestMapKnowsHeadingsOfThreeLanguages(t *testing.T) {
	for _, tc := range []struct {
		headings string
		want     string
	}{
		{"序号|姓名|证件类型|证件号码|手机号|工作单位|科室|职称|理论成绩|实操考核", "ordinal|name|id_type|id|phone|organization|department|title|theory|skills"},
		{"№|ФИО|Дата рождения|Удостоверение волонтёра|Телефон|Организация|Должность|Теория, баллы|Практика", "ordinal|name|birth_date|id|phone|organization|title|theory|skills"},
		{"No.|Full name *|Date of birth|Passport No.|E-mail|Hospital|Theory score (0–100)|Skills", "ordinal|name|birth_date|id|email|organization|theory|skills"},
		{"学员姓名（必填）|身份证号码|联系电话|单位|理论成绩(满分100)", "name|id|phone|organization|theory"},
		{"ФИО слушателя|Теория (из 100 баллов)|Практические навыки (зачёт)", "name|theory|skills"},
	} {
		found := strings.Split(tc.headings, "|")
		c, err := intake.Map(found, nil)
		if err != nil || len(c.Unknown) > 0 || len(c.Guessed) > 0 {
			t.Errorf("Map(%s): %v, unknown %v, guessed %v", tc.headings, err, c.Unknown, c.Guessed)
		}
		for i, f := range strings.Split(tc.want, "|") {
			if at, ok := c.At[intake.Field(f)]; !ok || at != i {
				t.Errorf("%q is not %s but %v", found[i], f, c.At)
			}
		}
	}
}

func TestMapKnowsTheHeadingsOfItsTemplateAndReport(t *testing.T) {
	for _, l := range i18n.Langs {
		p := i18n.For(l)
		for _, f := range intake.Fields {
			key := "intake.heading." + string(f)
			if c, _ := intake.Map([]string{p.T(key)}, nil); p.Has(key) && c.Heading(f) != p.T(key) {
				t.Errorf("%s heading %q is not recognized as %s", l, p.T(key), f)
			}
		}
		for _, key := range []string{"intake.heading.error", "intake.heading.fix"} {
			if c, _ := intake.Map([]string{p.T(key)}, nil); c.Heading(intake.FieldIgnored) == "" {
				t.Errorf("%s heading %q of the report is not left alone", l, p.T(key))
			}
		}
	}
}

func TestMapGuessesAndLeavesTheRest(t *testing.T) {
	c, err := intake.Map([]string{"参训人员姓名", "紧急联系人姓名", "学员手机(本人)", "理论(百分制)成绩", "民族", ""}, nil)
	if err != nil || c.Heading(intake.FieldName) != "参训人员姓名" || c.Heading(intake.FieldPhone) != "学员手机(本人)" || c.Heading(intake.FieldTheory) != "理论(百分制)成绩" {
		t.Errorf("Map = %+v, %v", c, err)
	}
	if len(c.Guessed) != 2 || strings.Join(c.Unknown, "|") != "紧急联系人姓名|民族" {
		t.Errorf("guessed %v, unknown %v", c.Guessed, c.Unknown)
	}
}

func TestMapRefuses(t *testing.T) {
	for _, tc := range []struct {
		promise, headings string
		override          map[string]string
		code, in          string
	}{
		{"a table without names, naming what it has", "序号|手机号|职称", nil, "intake.no_name", "序号 · 手机号 · 职称"},
		{"a field that is none", "姓名", map[string]string{"姓名": "nome"}, "intake.field", "nome"},
		{"a heading that is not there", "姓名", map[string]string{"名": "name"}, "intake.no_heading", "名"},
		{"one field for two columns", "甲|乙", map[string]string{"甲": "name", "乙": "name"}, "intake.field_twice", "name"},
	} {
		_, err := intake.Map(strings.Split(tc.headings, "|"), tc.override)
		if codeOf(err) != tc.code || !strings.Contains(err.Error(), tc.in) {
			t.Errorf("%s: %v, want %s with %q", tc.promise, err, tc.code, tc.in)
		}
	}
}

func TestOverridesComeFirst(t *testing.T) {
	c, err := intake.Map([]string{"Участник", "姓名", "Код"}, map[string]string{"участник": "name", "姓名": "ignored", "Код": "id"})
	if err != nil || c.Heading(intake.FieldName) != "Участник" || c.Heading(intake.FieldID) != "Код" || len(c.Unknown) > 0 {
		t.Errorf("Map = %+v, %v", c, err)
	}
	r := read(t, "a.csv", []byte("Список;;\nУчастник;姓名;Код\nИванов Пётр;x;AB-1234\n"), intake.Options{Override: map[string]string{"Участник": "name", "姓名": "ignored", "Код": "id"}})
	if r.Rows[0].Name != "Иванов Пётр" || r.Rows[0].ID != "AB-1234" {
		t.Errorf("row is %+v", r.Rows[0])
	}
}
