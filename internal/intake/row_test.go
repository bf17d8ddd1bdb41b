package intake_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestRowFaults(t *testing.T) {
	const head = "姓名,证件类型,证件号码,出生日期,手机号,邮箱,理论成绩,实操考核,拉丁姓名\n"
	for _, tc := range []struct {
		promise, row string
		faults       []string
	}{
		{"a right row has none", "李明,居民身份证,99999919880229013X,1988-02-29,13957595320,li@example.org,90,合格,Li Ming", nil},
		{"an id without its kind is read by its look", "李明,,99999919880229013X,,,,90,合格,", nil},
		{"an unknown kind of id", "李明,鱼证,99999919880229013X,,,,90,合格,", []string{"2 证件类型 id.type! 鱼证"}},
		{"an id in scientific notation", "李明,身份证,1.30102E+17,,,,90,合格,", []string{"2 证件号码 id.lost! 1.30102E+17"}},
		{"an id whose end became zeros", "李明,身份证,130102199001011000,,,,90,合格,", []string{"2 证件号码 id.lost! **************1000"}},
		{"no id where the class asks for one", "李明,,,1988-02-29,,,90,合格,", []string{"2 证件号码 id.empty!"}},
		{"an id as the text formula of Excel is read", `李明,身份证,"=""99999919880229013X""",,,,90,合格,`, nil},
		{"a formula as a name", `"=HYPERLINK(""http://example"",""李四"")",身份证,99999919880229013X,,,,90,合格,`, []string{"2 姓名 intake.formula!"}},
		{"a full-width formula as a name", "＝1,身份证,99999919880229013X,,,,90,合格,", []string{"2 姓名 intake.formula!"}},
		{"a name of more than 1,000 characters", strings.Repeat("长", 1001) + ",身份证,99999919880229013X,,,,90,合格,", []string{"2 姓名 intake.long!"}},
		{"a birth date that is not the id's", "李明,身份证,99999919880229013X,1988-02-28,,,90,合格,", []string{"2 出生日期 intake.birth_differs 1988-02-28 1988-02-29"}},
		{"a birth date that can be read two ways", "李明,身份证,99999919880229013X,04/11/1988,,,90,合格,", []string{"2 出生日期 date.ambiguous! 04/11/1988"}},
		{"a birth date to come", "李明,护照,E12345678,2027-01-01,,,90,合格,", []string{"2 出生日期 intake.birth_future! 2027-01-01"}},
		{"under age by the date", "李明,护照,E12345678,2012-11-05,,,90,合格,", []string{"2 出生日期 intake.young! 13 14"}},
		{"of age on the day", "李明,护照,E12345678,2012-11-04,,,90,合格,", nil},
		{"under age by the id", "李明,身份证," + "999999201303010011" + ",,,,90,合格,", []string{"2 证件号码 intake.young! 13 14"}},
		{"an incomplete e-mail is left out", "李明,身份证,99999919880229013X,,,li@,90,合格,", []string{"2 邮箱 intake.email"}},
		{"half a point", "李明,身份证,99999919880229013X,,,,90.5,合格,", []string{"2 理论成绩 intake.score_whole! 90.5"}},
		{"a score below zero", "李明,身份证,99999919880229013X,,,,-1,合格,", []string{"2 理论成绩 intake.score_range! -1"}},
		{"a word for a score", "李明,身份证,99999919880229013X,,,,缺考,合格,", []string{"2 理论成绩 intake.score_number! 缺考"}},
		{"no number at all", "李明,身份证,99999919880229013X,,,,NaN,合格,", []string{"2 理论成绩 intake.score_number! NaN"}},
		{"a score with its unit", "李明,身份证,99999919880229013X,,,,９０分,合格,", nil},
		{"zero is a score", "李明,身份证,99999919880229013X,,,,0,不合格,", nil},
		{"an unknown outcome", "李明,身份证,99999919880229013X,,,,90,也许,", []string{"2 实操考核 intake.skills_unknown! 也许"}},
		{"a Latin name in Cyrillic is left out", "李明,身份证,99999919880229013X,,,,90,合格,Ли Мин", []string{"2 拉丁姓名 name.latin Ли Мин"}},
		{"lost characters in a text", "李明,身份证,99999919880229013X,,,,90,合格,Li\ufffd", []string{"2 拉丁姓名 name.lost! U+FFFD"}},
		{"several faults are all told", "王\u202e明,身份证,1.3E+17,,123,,184,也许,", []string{"2 姓名 name.bidi! U+202E", "2 证件号码 id.lost! 1.3E+17", "2 手机号 phone.short **3 3", "2 理论成绩 intake.score_range! 184", "2 实操考核 intake.skills_unknown! 也许"}},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			r := read(t, "a.csv", []byte(head+tc.row+"\n"), cpr)
			equal(t, "faults", describe(r.Faults()), tc.faults)
		})
	}
}

func TestRowsAreComparedWithTheOnesBefore(t *testing.T) {
	const head = "姓名,证件号码,出生日期,手机号\n"
	for _, tc := range []struct {
		promise, rows string
		requireID     bool
		faults        []string
	}{
		{"the same id and name", "李明,99999919880229013X,,\n李明,99999919880229013x,,\n", true, []string{"3 证件号码 intake.duplicate! 2"}},
		{"three times: both later ones name the first", "李明,99999919880229013X,,\n李明,99999919880229013X,,\n李明,99999919880229013X,,\n", true, []string{"3 证件号码 intake.duplicate! 2", "4 证件号码 intake.duplicate! 2"}},
		{"the same id under another name", "李明,99999919880229013X,,\n王芳,99999919880229013X,,\n", true, []string{"3 证件号码 intake.id_taken! **************013X 2"}},
		{"one name, two ids: two people", "李明,99999919880229013X,,\n李明,999999200001012463,,\n", true, []string{"3 姓名 intake.same_name 2"}},
		{"traditional and simplified are one name", "劉曉華,99999919880229013X,,\n刘晓华,999999200001012463,,\n", true, []string{"3 姓名 intake.same_name 2"}},
		{"without ids: the same birth date", "李明,,1988-02-29,\n李明,,1988-02-29,\n", false, []string{"3 姓名 intake.duplicate! 2"}},
		{"without ids: the same telephone", "李明,,,13957595320\n李明,,,139 5759 5320\n", false, []string{"3 姓名 intake.duplicate! 2"}},
		{"without ids: another birth date", "李明,,1988-02-29,\n李明,,1990-02-28,\n", false, []string{"3 姓名 intake.same_name 2"}},
		{"without anything to tell them apart", "李明,,,\n李明,,,\n", false, []string{"3 姓名 intake.undistinguished! 2"}},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			o := cpr
			o.RequireID = tc.requireID
			equal(t, "faults", describe(read(t, "a.csv", []byte(head+tc.rows), o).Faults()), tc.faults)
		})
	}
}

func TestMissingResults(t *testing.T) {
	const two = "姓名,理论成绩,实操考核\n李明,90,合格\n王芳,,\n"
	o := intake.Options{PassMark: 84}
	equal(t, "a blank among results", describe(read(t, "a.csv", []byte(two), o).Faults()), []string{"3 理论成绩 intake.score_missing!", "3 实操考核 intake.skills_missing!"})
	equal(t, "a course without a theory test", describe(read(t, "a.csv", []byte(two), intake.Options{}).Faults()), []string{"3 实操考核 intake.skills_missing!"})
	before := read(t, "a.csv", []byte("姓名,理论成绩,实操考核\n李明,,\n王芳,,\n"), o)
	equal(t, "a list from before the test", describe(before.Faults()), nil)
	equal(t, "what is said of it", describe(before.Notes), []string{"0 理论成绩 intake.no_scores"})
}

func TestCharactersThatNoFontHasAreFoundAtEnrolment(t *testing.T) {
	o := intake.Options{Uncovered: func(s string) (missing []rune) {
		for _, r := range s {
			if r == '𬱖' {
				missing = append(missing, r)
			}
		}
		return missing
	}}
	equal(t, "faults", describe(read(t, "a.csv", []byte("姓名\n李𬱖\n李明\n"), o).Faults()), []string{"2 姓名 name.glyph! U+2CC56"})
}

func TestLinesThatAreNobodyAreLeftOut(t *testing.T) {
	r := read(t, "a.csv", []byte("石家庄培训班花名册,,\n\n序号,姓名,手机号,民族\nDEMO,张示例,,\n1,李明,13957595320,x\n2,,,\n3,王芳,,\n合计：2 人,,,\n"), intake.Options{})
	if len(r.Rows) != 2 || r.Rows[0].Line != 5 || r.Rows[1].Line != 7 {
		t.Errorf("rows are %+v", r.Rows)
	}
	equal(t, "notes", describe(r.Notes), []string{"4  intake.example", "8  intake.skipped", "0  intake.unknown_columns 民族"})
}

func TestNamesInPartsArePutTogether(t *testing.T) {
	r := read(t, "a.csv", []byte("Фамилия;Имя;Отчество;СНИЛС\nСемёнов;Пётр;Иванович;112-233-445 95\nИванова;;;112-233-445 95\n"), intake.Options{})
	if r.Rows[0].Name != "Семёнов Пётр Иванович" || r.Rows[0].IDType != registry.IDSNILS {
		t.Errorf("row 2 is %+v", r.Rows[0])
	}
	equal(t, "faults", describe(r.Faults()), []string{"3 СНИЛС intake.id_taken! *******4595 2"})
}

func TestScoresThatAreAllFullAreDoubted(t *testing.T) {
	csv := "姓名,理论成绩\n李明,100\n王芳,100\n张三,100\n赵六,100\n孙七,100\n"
	equal(t, "notes", describe(read(t, "a.csv", []byte(csv), cpr).Notes), []string{"0 理论成绩 intake.all_hundred"})
}
