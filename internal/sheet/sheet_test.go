package sheet_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/sheet"
)

var at = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestTry(t *testing.T) {
	p, err := sheet.NewPress()
	if err != nil {
		t.Fatal(err)
	}
	for name, langs := range map[string][]string{"zh": {"zh", "en"}, "ru": {"ru", "en"}, "en": {"en"}} {
		o := sheet.Occasion{Class: "SJZ-CPR1-20261121-2", Course: registry.Text{"zh": "心肺复苏与AED（演示）", "en": "CPR and AED DEMO", "ru": "СЛР и АНД DEMO"},
			Base: registry.Text{"zh": "石家庄市人民医院建华院区培训基地（演示）", "en": "Shijiazhuang People's Hospital, Jianhua campus DEMO", "ru": "Учебная база, Шицзячжуан DEMO"},
			From: registry.NewDate(2026, 11, 21), To: registry.NewDate(2026, 11, 22), Languages: langs, Host: "verify.demo.example", Demo: true, At: at}
		var slips []sheet.Slip
		for i, n := range []string{"欧阳娜", "阿卜杜热西提·阿布都克里木·麦麦提明江", "张䶮", "李𬱖", "Константинопольская-Преображенская Александра Владиславовна", "Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "Ɔkɔmfoɔ Akosua Ɛdwoa", "Nkosinathi van der Westhuizen", "吕一"} {
			slips = append(slips, sheet.Slip{Name: n, Position: i + 1, Link: "https://verify.demo.example/my/AbCdEfGhIjKlMnOpQrStUvWxYz012345"})
		}
		slips = append(slips, sheet.Slip{Number: "SJZ-CPR1-20261121-2-017", Link: "https://verify.demo.example/claim/AbCdEfGhIjKlMnOpQrStUvWx"})
		var b bytes.Buffer
		if err := p.Slips(&b, o, slips); err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile(filepath.Join("/tmp/pm", "slips-"+name+".pdf"), b.Bytes(), 0o644)
	}
}

func TestTryRecord(t *testing.T) {
	p, err := sheet.NewPress()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		lang                  string
		sessions, rows, blank int
	}{{"zh", 2, 40, 0}, {"en", 6, 30, 0}, {"ru", 3, 12, 0}, {"en", 30, 25, 0}, {"zh", 3, 0, 30}} {
		base := registry.Base{Code: "SJZ", Name: registry.Text{"zh": "石家庄市人民医院建华院区培训基地（演示）", "en": "Shijiazhuang People's Hospital, Jianhua campus DEMO", "ru": "Учебная база, Шицзячжуан DEMO"}}
		course := registry.Course{Code: "CPR1", Version: 3, Title: registry.Text{"zh": "心肺复苏与AED（演示）", "en": "CPR and AED DEMO", "ru": "СЛР и АНД DEMO"}, Minutes: 180, Practical: 135, AttendanceMin: 90, PassMark: 84,
			Skills: registry.SkillsSheet{Items: []registry.SkillItem{{Code: "compress", Critical: true}, {Code: "aed", Critical: true}}}}
		r := sheet.Record{Course: course, Base: base, Blank: tc.blank, Approver: "周文静", Statements: []string{"每位学员均在我面前完成全部关键步骤（演示）"}, At: at, Lang: i18n.Lang(tc.lang), Demo: true, Loc: time.FixedZone("", 8*3600)}
		r.Class = registry.Class{Code: "SJZ-CPR1-20261121-2", Venue: "春城驿家·朝阳25℃南湖新村党群服务站妇女微家", Status: registry.ClassIssued, Version: 7, RatioReason: "two rooms", ApprovedAt: at,
			Trainers: []registry.ClassTrainer{{Name: "李明哲", Role: "lead"}, {Name: "赵静怡", Role: "assistant"}}}
		for i := range tc.sessions {
			r.Class.Sessions = append(r.Class.Sessions, registry.Session{ID: registry.ID(string(rune('a' + i))), On: registry.NewDate(2026, 11, 1+i%28), From: "09:00", To: "12:00", Minutes: 90, Practical: i%2 == 1, Topic: "AED"})
		}
		names := []string{"欧阳娜", "阿卜杜热西提·阿布都克里木·麦麦提明江", "张䶮", "李𬱖", "Константинопольская-Преображенская Александра Владиславовна", "Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "Ɔkɔmfoɔ Akosua Ɛdwoa", "Nkosinathi van der Westhuizen", "吕一"}
		for i := range tc.rows {
			row := sheet.RecordRow{Position: i + 1, Name: names[i%len(names)], Last4: "013X", Attendance: map[registry.ID]registry.SessionAttendance{}, Outcome: registry.Pass, Number: "GAJK-SJZ-2026-000123"}
			for k, s := range r.Class.Sessions {
				st := registry.Present
				if (i+k)%7 == 3 {
					st = registry.Late
				}
				row.Attendance[s.ID] = registry.SessionAttendance{State: st, Minutes: 80}
			}
			row.Theory = []registry.Assessment{{Score: 78}, {Score: 90}}
			row.Skills = []registry.Assessment{{Items: map[string]bool{"aed": true}}, {Passed: true, Bulk: true}}
			if i%3 > 0 {
				row.Theory, row.Skills = row.Theory[1:], row.Skills[1:]
			}
			if i == 4 {
				row.Outcome, row.Number, row.Withdrawn = registry.Pending, "", true
			}
			r.Rows = append(r.Rows, row)
		}
		var b bytes.Buffer
		if err := p.WriteRecord(&b, r); err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile(filepath.Join("/tmp/pm", fmt.Sprintf("record-%s-%d-%d.pdf", tc.lang, tc.sessions, tc.rows)), b.Bytes(), 0o644)
	}
}
