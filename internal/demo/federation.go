package demo

import (
	"context"
	"fmt"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// text is a name in three languages.
func text(zh, en, ru string) registry.Text { return registry.Text{"zh": zh, "en": en, "ru": ru} }

type org struct {
	code, parent string
	kind         registry.OrgType
	name         registry.Text
	region, tz   string
	owner        bool
	aliases      []string
}

const (
	shanghai = "Asia/Shanghai"
	moscow   = "Europe/Moscow"
)

var organizations = []org{
	{"CVF", "", registry.OrgFederation, text("中国志愿服务联合会（演示）", "China Volunteer Federation (DEMO)", "Федерация волонтёров Китая (DEMO)"), "CN", shanghai, true, nil},
	{"CVF-HE", "CVF", registry.OrgBranch, text("河北省志愿服务联合会（演示）", "Hebei Volunteer Federation (DEMO)", "Федерация волонтёров Хэбэя (DEMO)"), "CN-HE", shanghai, false, nil},
	{"SJZ-H", "CVF-HE", registry.OrgHospital, text("石家庄市人民医院（演示）", "Shijiazhuang People’s Hospital (DEMO)", "Народная больница Шицзячжуана (DEMO)"), "CN-HE", shanghai, false, []string{"北京大学人民医院石家庄医院", "北大人民医院石家庄医院"}},
	{"SJZ-ZY", "CVF-HE", registry.OrgHospital, text("石家庄市中医院（演示）", "Shijiazhuang Hospital of TCM (DEMO)", "Больница традиционной медицины Шицзячжуана (DEMO)"), "CN-HE", shanghai, false, nil},
	{"XLWM", "SJZ-ZY", registry.OrgTeam, text("杏林为民志愿服务队（演示）", "Xinglin Weimin Team (DEMO)", "Отряд «Синлинь» (DEMO)"), "CN-HE", shanghai, false, nil},
	{"CVF-TJ", "CVF", registry.OrgBranch, text("天津市志愿服务联合会（演示）", "Tianjin Volunteer Federation (DEMO)", "Федерация волонтёров Тяньцзиня (DEMO)"), "CN-TJ", shanghai, false, nil},
	{"TJX-H", "CVF-TJ", registry.OrgHospital, text("天津市胸科医院（演示）", "Tianjin Chest Hospital (DEMO)", "Тяньцзиньская торакальная больница (DEMO)"), "CN-TJ", shanghai, false, nil},
	{"TJX-POOL", "TJX-H", registry.OrgAlliance, text("胸痛中心联盟专家库（演示）", "Chest Pain Centre Alliance (DEMO)", "Альянс центров боли в груди (DEMO)"), "CN-TJ", shanghai, false, nil},
	{"MV", "", registry.OrgMovement, text("医疗志愿者运动（演示）", "Medical Volunteers (DEMO)", "Волонтёры-медики (DEMO)"), "RU", moscow, true, nil},
	{"MV-MSK", "MV", registry.OrgBranch, text("医疗志愿者莫斯科分会（演示）", "Medical Volunteers, Moscow (DEMO)", "Волонтёры-медики, Москва (DEMO)"), "RU-MOW", moscow, false, nil},
	{"MSK-H", "MV-MSK", registry.OrgHospital, text("莫斯科第一教学医院（演示）", "Moscow Teaching Hospital No. 1 (DEMO)", "Московская учебная больница № 1 (DEMO)"), "RU-MOW", moscow, false, nil},
}

// programme codes begin the credential numbers.
var programmes = []struct {
	code, parent, owner string
	name                registry.Text
	target              int
}{
	{"GAJK", "", "CVF", text("“关爱健康”医疗志愿者培训（演示）", "Caring for Health: volunteer training (DEMO)", "Программа «Забота о здоровье» (DEMO)"), 100},
	{"ZSXY", "GAJK", "CVF", text("真实血压世界（演示）", "True Blood Pressure World (DEMO)", "«Мир верного давления» (DEMO)"), 0},
	{"HYTX", "GAJK", "CVF", text("护佑童心（演示）", "Protecting Young Hearts (DEMO)", "«Защитим детские сердца» (DEMO)"), 0},
	{"MYV", "", "MV", text("“我们在一起”培训（演示）", "We Are Together: training (DEMO)", "#МыВместе: обучение (DEMO)"), 0},
}

var bases = []struct {
	code, host, accrediting string
	programmes              []string
	campus                  string
	name                    registry.Text
	tz, contact             string
}{
	{"SJZ", "SJZ-H", "CVF", []string{"GAJK", "ZSXY", "HYTX"}, "建华院区", text("石家庄市人民医院（建华院区）培训基地", "Shijiazhuang People’s Hospital Training Base", "Учебная база Народной больницы Шицзячжуана"), shanghai, "+86 311 0000 0000 (DEMO)"},
	{"TJX", "TJX-H", "CVF", []string{"GAJK"}, "", text("天津市胸科医院培训基地", "Tianjin Chest Hospital Training Base", "Учебная база Тяньцзиньской торакальной больницы"), shanghai, "+86 22 0000 0000 (DEMO)"},
	{"MSK", "MSK-H", "MV", []string{"MYV"}, "", text("莫斯科培训基地", "Moscow Training Base", "Московская учебная база"), moscow, "+7 495 000-00-00 (DEMO)"},
}

// plant creates the organizations, programmes, bases and courses.
func (w *world) plant(ctx context.Context) error {
	for _, o := range organizations {
		made, err := w.s.Accredit.AddOrganization(ctx, access.System, registry.Organization{Code: o.code, Parent: w.orgs[o.parent], Type: o.kind,
			Name: o.name, Region: o.region, TZ: o.tz, SchemeOwner: o.owner, Aliases: o.aliases})
		if err != nil {
			return fmt.Errorf("organization %s: %w", o.code, err)
		}
		w.orgs[o.code] = made.ID
	}
	ids := map[string]registry.ID{}
	for _, p := range programmes {
		made, err := w.s.Accredit.AddProgramme(ctx, access.System, registry.Programme{Code: p.code, Parent: ids[p.parent], Owner: w.orgs[p.owner],
			Name: p.name, Target: p.target, StartsOn: w.begin})
		if err != nil {
			return fmt.Errorf("programme %s: %w", p.code, err)
		}
		ids[p.code] = made.ID
	}
	for _, b := range bases {
		_, err := w.s.Accredit.AddBase(ctx, access.System, registry.Base{Code: b.code, Host: w.orgs[b.host], Accrediting: w.orgs[b.accrediting],
			Programmes: b.programmes, Campus: b.campus, Name: b.name, TZ: b.tz, Contact: b.contact, AccreditedFrom: w.begin,
			Status: registry.BaseAccredited, Manikins: 10, Signatories: signatories(b.code)})
		if err != nil {
			return fmt.Errorf("base %s: %w", b.code, err)
		}
	}
	if err := w.roles(ctx); err != nil {
		return err
	}
	for _, c := range courses() {
		if _, err := w.s.Accredit.AddCourse(ctx, access.System, c); err != nil {
			return fmt.Errorf("course %s: %w", c.Code, err)
		}
	}
	return nil
}

// roles says who else has a part in the programme, as banners print it.
func (w *world) roles(ctx context.Context) error {
	return w.s.DB.Tx(ctx, func(tx *store.Tx) error {
		p, err := tx.Programme(ctx, "GAJK")
		if err != nil {
			return err
		}
		for code, role := range map[string]string{"CVF": "host", "CVF-HE": "organiser", "SJZ-H": "undertaker"} {
			if err := tx.AddOrganizationRole(ctx, w.orgs[code], p.ID, role); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, store.Act{Actor: access.System.Account, Action: "programme.roles", ObjectType: "programme", Object: p.ID, At: w.s.Clock.Now()})
	})
}

// hour is an academic hour in minutes.
const hour = 45

func courses() []registry.Course {
	both := []string{"MYV"}
	base := func(code string, title registry.Text, hours, practice, months int) registry.Course {
		return registry.Course{Code: code, Version: 1, Programme: "GAJK", AlsoIn: both, Title: title, Level: "public", Kind: registry.Competence,
			Delivery: registry.InPerson, Minutes: hours * hour, Practical: practice * hour, AttendanceMin: 90, PassMark: 80, MaxAttempts: 2,
			MinAge: 14, ValidityMonths: months, Expiry: registry.ExactDay, RatioWarn: 12, RatioMax: 60, Status: registry.CourseActive, RequireID: true}
	}
	cpr := base("CPR1", text("心肺复苏与AED", "CPR and AED", "СЛР и применение АНД"), 4, 3, 24)
	cpr.PassMark, cpr.Expiry, cpr.RatioWarn, cpr.Version, cpr.GuidelineYear = 84, registry.MonthEnd, 20, 3, 2025
	cpr.Skills = sheet(
		"scene", true, "现场安全与判断意识", "Scene safety and responsiveness", "Безопасность и оценка сознания",
		"compress", true, "胸外按压：深度与频率", "Chest compressions: depth and rate", "Компрессии: глубина и частота",
		"breath", false, "人工呼吸", "Rescue breaths", "Искусственное дыхание",
		"aed", true, "AED 操作", "Use of the AED", "Применение АНД")
	first := base("FAR1", text("救护员", "First Aider", "Первая помощь: спасатель"), 16, 8, 36)
	first.RatioWarn = 20
	first.Skills = sheet(
		"bleed", true, "止血包扎", "Bleeding control and dressing", "Остановка кровотечения и перевязка",
		"splint", false, "骨折固定", "Splinting", "Иммобилизация",
		"move", false, "伤员搬运", "Moving a casualty", "Переноска пострадавшего",
		"cpr", true, "心肺复苏", "CPR", "СЛР")
	recert := base("FARR", text("救护员复训", "First Aider, recertification", "Спасатель: переаттестация"), 8, 5, 36)
	recert.RecertOf, recert.Skills = "FAR1", first.Skills
	pfa := base("PFA1", text("心理急救", "Psychological First Aid", "Первая психологическая помощь"), 8, 4, 36)
	pfa.Skills = sheet("look", true, "看·听·联", "Look, listen, link", "Смотреть, слушать, направить")
	remote := base("PFAO", text("远程心理急救", "Remote Psychological First Aid", "Дистанционная психологическая помощь"), 6, 0, 12)
	remote.Delivery = registry.Online
	tele := base("TEL1", text("远程医疗基础", "Telemedicine Basics", "Основы телемедицины"), 4, 0, 24)
	tele.Delivery = registry.Online
	pressure := base("BPM1", text("标准血压测量", "Standard Blood Pressure Measurement", "Стандартное измерение давления"), 3, 2, 24)
	pressure.Programme, pressure.AlsoIn = "ZSXY", []string{"GAJK"}
	pressure.Skills = sheet("cuff", true, "袖带选择与佩戴", "Choosing and fitting the cuff", "Выбор и наложение манжеты")
	child := base("CHD1", text("儿童急救", "Paediatric First Aid", "Первая помощь детям"), 8, 5, 24)
	child.Programme, child.AlsoIn = "HYTX", []string{"GAJK"}
	child.Skills = sheet("choke", true, "气道异物梗阻", "Choking", "Обструкция дыхательных путей")
	outreach := attendance(base("OUT1", text("义诊流程与跨文化照护", "Outreach and Cross-cultural Care", "Выездной приём и межкультурная помощь"), 4, 0, 0))
	lead := base("TLD1", text("志愿服务队长", "Volunteer Team Leader", "Руководитель волонтёрского отряда"), 12, 6, 36)
	lead.Skills = sheet("brief", true, "任务简报", "Briefing a team", "Постановка задачи")
	instructor := base("INS1", text("培训师", "Instructor", "Инструктор"), 40, 24, 24)
	instructor.Kind, instructor.MinAge, instructor.Level = registry.Instructor, 18, "professional"
	instructor.Skills = sheet("teach", true, "试讲", "Micro-teaching", "Пробное занятие")
	seminar := attendance(base("SEM1", text("急救新指南研讨会", "Seminar: New Resuscitation Guidelines", "Семинар: новые рекомендации по реанимации"), 3, 0, 0))
	seminar.CME = &registry.CME{Class: "II", Level: "provincial", ProjectNo: "2026-DEMO-01", HoursPerPoint: 6, CapTenths: 100}
	return []registry.Course{cpr, first, recert, pfa, remote, tele, pressure, child, outreach, lead, instructor, seminar}
}

func attendance(c registry.Course) registry.Course {
	c.Kind, c.PassMark, c.RequireID = registry.Attendance, 0, false
	return c
}

// sheet reads items as code, critical, zh, en, ru.
func sheet(items ...any) registry.SkillsSheet {
	var s registry.SkillsSheet
	for i := 0; i+4 < len(items); i += 5 {
		s.Items = append(s.Items, registry.SkillItem{Code: items[i].(string), Critical: items[i+1].(bool),
			Text: text(items[i+2].(string), items[i+3].(string), items[i+4].(string))})
	}
	return s
}

// trainer accredits an invented person for courses, in the name of the organization.
func (w *world) trainer(ctx context.Context, org string, person registry.Person, courses ...string) (registry.Person, error) {
	return w.s.Accredit.AccreditTrainer(ctx, access.System, accredit.Trainer{Person: person, Courses: courses, Level: "lead",
		From: w.begin, Org: w.orgs[org]})
}
