package badge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// words are the sentences of a badge in one language. They are signed: what
// stands here for snapshots of format 1 must never change, not by a letter, or
// no token that was issued can be built again. That is why they are not in the
// message catalogues.
type words struct {
	tag                                      string
	competence, attendance, instructor, note string
	class                                    string // class code
	dates                                    string // first and last day
	hours                                    string // academic hours
	practice                                 string // academic hours in practice
	theory, skills                           string
	stop, join                               string
}

var (
	english = words{
		tag:        "en",
		competence: "Took part in the course and passed its assessments.",
		attendance: "Proof of attendance, not of competence: no skills were assessed.",
		instructor: "Completed the instructor course and passed its assessments; may teach the course under the issuing body's rules.",
		note:       "Thanks for service: not proof of any skill.",
		class:      "Class %s", dates: "%s to %s", hours: "%s academic hours (45 min)", practice: "%s of them practical",
		theory: "theory test passed", skills: "practical skills assessed in person", stop: ".", join: ", ",
	}
	chinese = words{
		tag:        "zh",
		competence: "参加课程并通过考核。",
		attendance: "仅证明参加过培训，不证明具备相应技能：未进行技能考核。",
		instructor: "完成师资课程并通过考核，可按发证机构的规定讲授该课程。",
		note:       "感谢志愿服务，不证明任何技能。",
		class:      "班次 %s", dates: "%s 至 %s", hours: "%s 学时（每学时 45 分钟）", practice: "其中实操 %s 学时",
		theory: "理论考试合格", skills: "实操技能现场考核合格", stop: "。", join: "，",
	}
	russian = words{
		tag:        "ru",
		competence: "Курс пройден, итоговые проверки сданы.",
		attendance: "Подтверждает участие, но не умения: навыки не проверялись.",
		instructor: "Курс инструкторов пройден, итоговые проверки сданы; даёт право вести курс по правилам выдавшей организации.",
		note:       "Благодарность за помощь; никаких умений не подтверждает.",
		class:      "Группа %s", dates: "%s – %s", hours: "академических часов (45 мин): %s", practice: "из них практика: %s",
		theory: "теоретический тест сдан", skills: "практические навыки проверены очно", stop: ".", join: ", ",
	}
)

// wordsOf returns the sentences in the first of the languages that has them.
func wordsOf(languages []string) words {
	for _, l := range languages {
		switch l {
		case "zh":
			return chinese
		case "ru":
			return russian
		case "en":
			return english
		}
	}
	return english
}

// criteria tells what had to be done.
func (w words) criteria(k registry.CredentialKind) string {
	switch k {
	case registry.Competence:
		return w.competence
	case registry.Instructor:
		return w.instructor
	case registry.Honour:
		return w.note
	}
	return w.attendance
}

// narrative tells what was done: class, dates, hours, assessments.
func (w words) narrative(s registry.Snapshot) string {
	var parts []string
	if s.Class.Code != "" {
		parts = append(parts, fmt.Sprintf(w.class, s.Class.Code))
	}
	if !s.Class.StartsOn.IsZero() {
		parts = append(parts, fmt.Sprintf(w.dates, s.Class.StartsOn, s.Class.EndsOn))
	}
	if s.Minutes > 0 {
		parts = append(parts, fmt.Sprintf(w.hours, number(s.Minutes)))
	}
	if s.Practical > 0 {
		parts = append(parts, fmt.Sprintf(w.practice, number(s.Practical)))
	}
	if s.Theory {
		parts = append(parts, w.theory)
	}
	if s.InPerson {
		parts = append(parts, w.skills)
	}
	if len(parts) == 0 {
		return w.criteria(s.Kind)
	}
	return strings.Join(parts, w.join) + w.stop
}

func number(minutes int) string {
	return strconv.FormatFloat(registry.AcademicHours(minutes), 'f', -1, 64)
}
