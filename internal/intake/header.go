package intake

import (
	"sort"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/passmuster/passmuster/internal/registry"
)

// Field is what a column of a roster means. Its text is what an override of the
// mapping names.
type Field string

// The fields of a roster. Surname, given name and patronymic stand for Name in
// lists that keep them apart.
const (
	FieldOrdinal    Field = "ordinal"
	FieldName       Field = "name"
	FieldSurname    Field = "surname"
	FieldGiven      Field = "given_name"
	FieldPatronymic Field = "patronymic"
	FieldLatinName  Field = "latin_name"
	FieldIDType     Field = "id_type"
	FieldID         Field = "id"
	FieldBirthDate  Field = "birth_date"
	FieldPhone      Field = "phone"
	FieldEmail      Field = "email"
	FieldOrg        Field = "organization"
	FieldDepartment Field = "department"
	FieldTitle      Field = "title"
	FieldTheory     Field = "theory"
	FieldSkills     Field = "skills"
	FieldIgnored    Field = "ignored" // a column of our own report, or one the reader wants left out
)

// Fields lists every field that a column can be mapped to.
var Fields = []Field{FieldOrdinal, FieldName, FieldSurname, FieldGiven, FieldPatronymic, FieldLatinName, FieldIDType, FieldID,
	FieldBirthDate, FieldPhone, FieldEmail, FieldOrg, FieldDepartment, FieldTitle, FieldTheory, FieldSkills, FieldIgnored}

// headings are the words by which lists call a field, as headingKey writes them.
var headings = map[Field][]string{
	FieldOrdinal:    {"序号", "编号", "no", "n", "nпп", "noпп", "пп", "number", "номер"},
	FieldName:       {"姓名", "学员姓名", "名字", "name", "fullname", "trainee", "traineename", "фио", "фиослушателя", "фамилияимяотчество", "имяифамилия", "слушатель", "атыжөні", "тегіатыәкесініңаты"},
	FieldSurname:    {"фамилия", "surname", "lastname", "familyname", "тегі"},
	FieldGiven:      {"имя", "givenname", "firstname", "аты"},
	FieldPatronymic: {"отчество", "patronymic", "middlename", "әкесініңаты"},
	FieldLatinName:  {"拉丁姓名", "英文名", "英文姓名", "拼音", "姓名拼音", "护照姓名", "latinname", "nameinlatin", "nameinlatinletters", "имялатиницей", "фиолатиницей", "латиницей"},
	FieldIDType:     {"证件类型", "证件种类", "证件名称", "idtype", "documenttype", "typeofid", "kindofdocument", "видыдокумента", "виддокумента", "типдокумента", "документ"},
	FieldID: {"证件号码", "证件号", "身份证号", "身份证号码", "身份证", "居民身份证号码", "护照号", "护照号码", "id", "idno", "idnumber", "documentnumber", "passport", "passportno", "passportnumber",
		"номердокумента", "серияиномер", "паспорт", "номерпаспорта", "паспортныеданные", "снилс", "иин", "жсн", "удостоверениеволонтера", "номерудостоверенияволонтера", "книжкаволонтера", "志愿者证号", "志愿者编号", "志愿者号", "volunteerid", "volunteerno", "volunteernumber", "volunteercard"},
	FieldBirthDate:  {"出生日期", "出生年月日", "生日", "dateofbirth", "birthdate", "birthday", "dob", "датарождения", "др", "туғанкүні"},
	FieldPhone:      {"手机号", "手机", "手机号码", "联系电话", "电话", "联系方式", "phone", "phonenumber", "mobile", "mobilephone", "telephone", "tel", "телефон", "номертелефона", "мобильныйтелефон", "контактныйтелефон", "тел"},
	FieldEmail:      {"邮箱", "电子邮箱", "电子邮件", "email", "emailaddress", "mail", "почта", "электроннаяпочта", "адресэлектроннойпочты"},
	FieldOrg:        {"工作单位", "单位", "所在单位", "派出单位", "机构", "医院", "学校", "organization", "organisation", "employer", "institution", "hospital", "company", "организация", "местоработы", "учреждение", "ұйым"},
	FieldDepartment: {"科室", "部门", "所在科室", "department", "unit", "отделение", "отдел", "подразделение"},
	FieldTitle:      {"职称", "职务", "职务职称", "职称职务", "岗位", "title", "position", "jobtitle", "profession", "должность", "специальность", "лауазымы"},
	FieldTheory:     {"理论成绩", "理论", "理论考试", "理论分数", "理论考试成绩", "笔试成绩", "theory", "theoryscore", "score", "theorytest", "теория", "теориябаллы", "баллы", "теоретическийтест", "результаттеста", "тест"},
	FieldSkills:     {"实操考核", "实操", "实操成绩", "实践考核", "技能考核", "操作考核", "实操考核结果", "skills", "practice", "practical", "skillsassessment", "skillstest", "практика", "практическиенавыки", "проверкапрактическихнавыков", "навыки", "зачет"},
	FieldIgnored:    {"错误", "如何改正", "error", "howtofix", "ошибка", "какисправить"},
}

// telling are words that give a field away inside a longer heading; they are
// tried only for a column that no exact heading explains.
var telling = []struct {
	word string
	f    Field
}{
	{"身份证号", FieldID}, {"证件号", FieldID}, {"出生", FieldBirthDate}, {"датарождения", FieldBirthDate}, {"手机", FieldPhone}, {"телефон", FieldPhone},
	{"理论", FieldTheory}, {"теори", FieldTheory}, {"实操", FieldSkills}, {"практи", FieldSkills}, {"单位", FieldOrg}, {"организаци", FieldOrg},
	{"фио", FieldName}, {"姓名", FieldName}, {"fullname", FieldName},
}

// Columns say where each field stands in a table.
type Columns struct {
	At       map[Field]int   // column of the field, from 0
	Headings []string        // of every column, as the file has them
	Guessed  []Field         // recognized by a part of the heading: worth asking
	Unknown  []string        // headings that mean nothing to us; their columns are left alone
	IDType   registry.IDType // what the heading of the id itself says it is, "" if nothing
}

// Heading is the heading of the field's column, "" for a field without one.
func (c Columns) Heading(f Field) string {
	if i, ok := c.At[f]; ok {
		return c.Headings[i]
	}
	return ""
}

// nameHeading is the heading of the name, or of the surname where lists keep the
// parts apart.
func (c Columns) nameHeading() string {
	if _, ok := c.At[FieldName]; ok {
		return c.Heading(FieldName)
	}
	return c.Heading(FieldSurname)
}

// Map finds the meaning of each heading, in Chinese, English or Russian. An
// override names the field of a heading ("Слушатели": "name"), or "ignored",
// and counts before our own guess. Without a column for the name it fails with
// "intake.no_name" and the headings that were found.
func Map(found []string, override map[string]string) (Columns, error) {
	c := Columns{At: map[Field]int{}, Headings: found}
	taken := make([]bool, len(found))
	take := func(f Field, i int) bool {
		if _, have := c.At[f]; have && f != FieldIgnored {
			return false
		}
		taken[i] = true
		c.At[f] = i
		return true
	}
	if err := takeOverrides(found, override, take); err != nil {
		return c, err
	}
	for i, h := range found {
		if f, ok := exact()[headingKey(h)]; ok && !taken[i] {
			take(f, i)
		}
	}
	for _, t := range telling {
		for i, h := range found {
			if !taken[i] && strings.Contains(headingKey(h), t.word) && !aboutOthers(h) && take(t.f, i) {
				c.Guessed = append(c.Guessed, t.f)
			}
		}
	}
	for i, h := range found {
		if !taken[i] && strings.TrimSpace(h) != "" {
			c.Unknown = append(c.Unknown, strings.TrimSpace(h))
		}
	}
	c.IDType = idTypeOfHeading(c.Heading(FieldID))
	return c, c.check()
}

// check refuses a table without names.
func (c Columns) check() error {
	_, name := c.At[FieldName]
	_, surname := c.At[FieldSurname]
	if name || surname {
		return nil
	}
	var shown []string
	for _, h := range c.Headings {
		if h = strings.TrimSpace(h); h != "" {
			shown = append(shown, short(h))
		}
	}
	return registry.Fail(registry.Invalid, "intake.no_name", strings.Join(shown, " · "), "姓名 / name / ФИО")
}

func takeOverrides(found []string, override map[string]string, take func(Field, int) bool) error {
	names := make([]string, 0, len(override))
	for h := range override {
		names = append(names, h)
	}
	sort.Strings(names) // the same refusal every time
	for _, h := range names {
		f, i := Field(override[h]), indexOf(found, h)
		switch {
		case !knownField(f):
			return registry.Fail(registry.Invalid, "intake.field", short(override[h]))
		case i < 0:
			return registry.Fail(registry.Invalid, "intake.no_heading", short(h))
		case !take(f, i):
			return registry.Fail(registry.Invalid, "intake.field_twice", string(f))
		}
	}
	return nil
}

func indexOf(found []string, heading string) int {
	for i, h := range found {
		if headingKey(h) == headingKey(heading) {
			return i
		}
	}
	return -1
}

func knownField(f Field) bool {
	_, ok := headings[f]
	return ok
}

// aboutOthers keeps the name of a contact or of a trainer from being taken for
// the trainee's.
func aboutOthers(heading string) bool {
	k := headingKey(heading)
	for _, word := range []string{"联系人", "紧急", "教师", "讲师", "推荐人", "куратор", "инструктор", "contact", "trainer", "instructor"} {
		if strings.Contains(k, word) {
			return true
		}
	}
	return false
}

// idTypeOfHeading reads the kind of the id off its heading; a general one
// ("证件号码", "номер документа") tells nothing.
func idTypeOfHeading(heading string) registry.IDType {
	if t, ok := registry.IDTypeFromText(heading); ok && t != registry.IDOther {
		return t
	}
	return ""
}

// exact leads from the key of a heading to its field.
var exact = sync.OnceValue(func() map[string]Field {
	m := map[string]Field{}
	for f, words := range headings {
		for _, w := range words {
			m[w] = f
		}
	}
	return m
})

// headingKey is a heading in small letters, without brackets and what is in
// them, signs and spaces: "Теория, баллы (0–100) *" is "теориябаллы".
func headingKey(s string) string {
	s = strings.ReplaceAll(strings.ToLower(norm.NFKC.String(s)), "ё", "е")
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '(' || r == '[' || r == '【':
			depth++
		case r == ')' || r == ']' || r == '】':
			depth--
		case depth <= 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return r
		}
		return -1
	}, s)
}

// short keeps a foreign text from filling a message.
func short(s string) string {
	const most = 40
	if c, long := clip(s, most); long {
		return c + "…"
	}
	return s
}

// findHeadings returns the row of headings and its index: the first one, within
// the titles that lists have above, that has a column for the name and one
// more, or at least one for the name.
func findHeadings(rows []TableRow, override map[string]string) (Columns, int, error) {
	var best Columns
	at, first := -1, error(nil)
	for i, row := range rows[:min(len(rows), titleRows)] {
		c, err := Map(texts(row), override)
		switch {
		case err == nil && len(c.At) > 1:
			return c, i, nil
		case err == nil && at < 0:
			best, at = c, i
		case err != nil && (first == nil || len(c.Unknown)+len(c.At) > len(best.Unknown)+len(best.At)) && at < 0:
			best, first = c, err
		}
	}
	switch {
	case at >= 0:
		return best, at, nil
	case first == nil:
		first = registry.Fail(registry.Invalid, "intake.empty")
	}
	return Columns{}, 0, first
}

func texts(row TableRow) []string {
	all := make([]string, len(row.Cells))
	for i, c := range row.Cells {
		all[i] = strings.TrimSpace(c.Text)
	}
	return all
}
