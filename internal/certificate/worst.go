package certificate

import (
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Sample is a snapshot of invented people, to try a design with. DEMO.
type Sample struct {
	Key      string // names it in the catalogue: "design.sample.usual"
	Snapshot registry.Snapshot
}

// WorstNames lists what is hardest to print, beside what is usual: names of
// many scripts and lengths, titles that fill the page, one signatory and three.
func WorstNames(kind registry.CredentialKind, langs []string) []Sample {
	var list []Sample
	add := func(key string, change func(*registry.Snapshot)) {
		s := usual(kind, langs)
		change(&s)
		list = append(list, Sample{key, s})
	}
	name := func(name, latin string) func(*registry.Snapshot) {
		return func(s *registry.Snapshot) { s.Name, s.LatinName = name, latin }
	}
	add("usual", func(*registry.Snapshot) {})
	add("two_characters", name("吕一", ""))
	add("long_uyghur", name("阿卜杜热西提·阿布都克里木·麦麦提明江", "Abdurashit Abdukerim Memtimin"))
	add("rare", name("李𬱖䶮𠀀", "Li Di"))
	add("long_russian", name("Константинопольская-Преображенская Александра Владиславовна", "Konstantinopolskaia-Preobrazhenskaia Aleksandra Vladislavovna"))
	add("longest", name("Константинопольская-Преображенская-Задунайская Александра Владиславовна Константиновна Амвросиевна", "Konstantinopolskaia-Preobrazhenskaia-Zadunaiskaia Aleksandra Vladislavovna"))
	add("kazakh", name("Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "Qudaibergenov Nursultan Abdigapparuly"))
	add("long_latin", name("Wijayalath Pedige Don Christopher Alexander-Montgomery Fitzwilliam", ""))
	add("long_titles", longTitles)
	add("three_signatories", func(s *registry.Snapshot) { s.Signatories = append(s.Signatories, third) })
	add("one_signatory", func(s *registry.Snapshot) { s.Signatories = s.Signatories[:1] })
	add("everything", func(s *registry.Snapshot) {
		longTitles(s)
		name("Константинопольская-Преображенская Александра Владиславовна", "Konstantinopolskaia-Preobrazhenskaia Aleksandra Vladislavovna")(s)
		s.Signatories = append(s.Signatories, third)
		s.Credits = "Ⅱ类学分 10 分 · CME Class II, 10 credits"
	})
	return list
}

// third signs where three do.
var third = registry.Signatory{
	Name:  "Абдрахманова Гульнара",
	Title: registry.Text{"zh": "志愿医疗培训教研室主任、主任医师、教授", "en": "Head of the Department of Volunteer Medicine", "ru": "Заведующая кафедрой волонтёрской медицины"},
	From:  registry.NewDate(2024, 9, 1), Until: registry.NewDate(2029, 8, 31),
}

// longTitles are as long as course, base and issuer really get.
func longTitles(s *registry.Snapshot) {
	s.Course.Title = registry.Text{
		"zh": "院前急救与灾害现场检伤分类（含心肺复苏、自动体外除颤与创伤救护）骨干培训",
		"en": "Pre-hospital Emergency Care and Disaster Triage with CPR, AED and Trauma Care for Team Leaders",
		"ru": "Догоспитальная помощь и медицинская сортировка при чрезвычайных ситуациях с реанимацией и АНД",
	}
	s.Base.Name = registry.Text{
		"zh": "中国国际志愿医疗服务联合会石家庄市人民医院（建华院区）培训基地",
		"en": "Training Base of the Shijiazhuang People’s Hospital (Jianhua Campus), Federation of Medical Volunteers",
		"ru": "Учебная база волонтёров-медиков при Первом Московском государственном медицинском университете",
	}
	s.Issuer.Name = registry.Text{
		"zh": "中国国际志愿医疗服务联合会培训与认证委员会（演示）",
		"en": "Training and Accreditation Board, International Federation of Medical Volunteers (DEMO)",
		"ru": "Всероссийское общественное движение добровольцев в сфере здравоохранения (DEMO)",
	}
}

// usual is a typical snapshot of a kind.
func usual(kind registry.CredentialKind, langs []string) registry.Snapshot {
	s := registry.Snapshot{
		Format: 1, Number: "GAJK-SJZ-2026-000123", Code: registry.NewCode([10]byte{7, 3, 9, 200, 41, 5, 77, 130, 99, 18}), Kind: kind,
		Subject: "urn:uuid:0b8f0c5e-3d6a-4f6e-9a51-6a1f6f3c2d11", Name: "王秀英", LatinName: "Wang Xiuying", IDLast4: "013X",
		Course:  registry.CourseName{Code: "CPR-AED", Version: 3, Title: registry.Text{"zh": "心肺复苏与自动体外除颤（AED）", "en": "CPR and Automated External Defibrillation", "ru": "Сердечно-лёгочная реанимация и АНД"}},
		Class:   registry.ClassDates{Code: "SJZ-2026-11-CPR", StartsOn: registry.NewDate(2026, 11, 14), EndsOn: registry.NewDate(2026, 11, 21)},
		Minutes: 720, Practical: 450, InPerson: true, Theory: true,
		Base:   registry.BaseName{Code: "SJZ", TZ: "Asia/Shanghai", Offset: 480, Name: registry.Text{"zh": "石家庄志愿医疗培训基地（演示）", "en": "Shijiazhuang Volunteer Medical Training Base (DEMO)", "ru": "Шицзячжуанская учебная база (DEMO)"}},
		Issuer: registry.CodeName{Code: "GAJK", Name: registry.Text{"zh": "国际医学志愿者联合会（演示）", "en": "International Federation of Medical Volunteers (DEMO)", "ru": "Международная федерация медицинских волонтёров (DEMO)"}},
		Signatories: []registry.Signatory{
			{Name: "陈建国", Title: registry.Text{"zh": "培训基地主任", "en": "Director of the training base", "ru": "Руководитель учебной базы"}, From: registry.NewDate(2025, 1, 1), Until: registry.NewDate(2029, 12, 31)},
			{Name: "李淑芳", Title: registry.Text{"zh": "首席培训师", "en": "Chief instructor", "ru": "Старший инструктор"}},
		},
		CompletedOn: registry.NewDate(2026, 11, 21), IssuedOn: registry.NewDate(2026, 11, 21), IssuedAt: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC),
		ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
		Languages: langs, Origin: "https://verify.example",
	}
	if len(langs) > 0 && strings.HasPrefix(langs[0], "ru") {
		s.Name, s.LatinName = "Иванова Анна Сергеевна", "Ivanova Anna Sergeevna"
		s.Signatories[0].Name, s.Signatories[1].Name = "Соколов Пётр Ильич", "Белова Мария Андреевна"
	}
	if kind == registry.Honour {
		s.Course.Title = registry.Text{"zh": "2026 年高考志愿医疗保障", "en": "Medical Cover of the 2026 Examinations", "ru": "Медицинское сопровождение экзаменов 2026 года"}
	}
	if kind == registry.Attendance || kind == registry.Honour {
		s.ValidUntil = registry.Date{}
	}
	return s
}
