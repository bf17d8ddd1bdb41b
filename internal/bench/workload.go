package bench

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// The shape of a year's work: classes of classSize people, each of a course at
// a base. The people are invented, and no file of theirs leaves the program's
// memory except those that the checks of peers look at.
const (
	classSize = 30
	origin    = "https://verify.example"
	issuerCN  = "GAJK"
	issuerRU  = "MYV"
	issuerINT = "IMV"
)

// day is the moment of issue.
var day = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// workload makes n snapshots of different people: class after class, in zh+en,
// ru+en and en. The same n gives the same people.
func workload(n int) []registry.Snapshot {
	r := rand.New(rand.NewPCG(20261121, 1))
	all := bases()
	out := make([]registry.Snapshot, 0, n)
	for class := 0; len(out) < n; class++ {
		// Steps without a common factor meet every pair of base and course.
		b, c := all[class*37%len(all)], courses[class*5%len(courses)]
		s := classOf(b, c, class)
		for range min(classSize, n-len(out)) {
			p := s
			b.person(r, &p)
			mark(&p, len(out))
			out = append(out, p)
		}
	}
	return out
}

// classOf is what the certificates of a class share.
func classOf(b base, c course, class int) registry.Snapshot {
	ends := registry.NewDate(2026, 1, 10).AddDays(class * 7 % 310)
	return registry.Snapshot{
		Format: 1, Kind: registry.Competence, Programme: registry.CodeName{Code: b.issuer.Code}, Issuer: b.issuer,
		Course:  registry.CourseName{Code: c.code, Version: 1 + class%3, Title: c.title},
		Class:   registry.ClassDates{Code: classCode(b.name.Code, class), StartsOn: ends.AddDays(-(class % 8)), EndsOn: ends},
		Minutes: c.hours * 45, Practical: c.hours * 45 / 2, InPerson: true, Theory: true,
		Base: b.name, Signatories: b.signatories, CompletedOn: ends, IssuedOn: registry.NewDate(2026, 11, 21), IssuedAt: day,
		ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
		StartsAt: day.Truncate(24 * time.Hour), ExpiresAt: time.Date(2028, 12, 1, 0, 0, 0, 0, time.UTC),
		Languages: b.langs, Origin: origin,
	}
}

func classCode(base string, class int) string { return base + "-2026-" + strconv.Itoa(1000+class%9000) }

// mark gives the i-th certificate its number, code, subject and salt. The last
// three are random in life; here the same i gives the same.
func mark(s *registry.Snapshot, i int) {
	source := rand.NewPCG(uint64(i), 20261121)
	var random [64]byte
	for at := 0; at < len(random); at += 8 {
		binary.LittleEndian.PutUint64(random[at:], source.Uint64())
	}
	number := append(append(make([]byte, 0, 24), s.Issuer.Code...), '-')
	number = append(append(number, s.Base.Code...), "-2026-"...)
	digits := strconv.Itoa(1_000_000 + i%1_000_000)
	s.Number = registry.Number(append(number, digits[1:]...))
	s.Code = registry.NewCode([10]byte(random[:10]))
	s.Subject = "urn:uuid:" + uuid([16]byte(random[10:26]))
	s.Salt = base64.RawURLEncoding.EncodeToString(random[32:])
	s.Status = registry.StatusEntry{List: i / 131072, Index: i % 131072}
}

// uuid writes 16 random bytes as a UUID of version 4 (RFC 9562).
func uuid(b [16]byte) string {
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	o := make([]byte, 0, 36)
	for i, size := range [5]int{4, 2, 2, 2, 6} {
		if i > 0 {
			o = append(o, '-')
		}
		from := [5]int{0, 4, 6, 8, 10}[i]
		o = hex.AppendEncode(o, b[from:from+size])
	}
	return string(o)
}

// base is a training base with all that it puts on paper.
type base struct {
	name        registry.BaseName
	issuer      registry.CodeName
	langs       []string
	signatories []registry.Signatory
	person      func(r *rand.Rand, s *registry.Snapshot)
}

// bases are 85: 55 in China, 20 in Russia, 10 elsewhere.
func bases() []base {
	issuers := map[string]registry.CodeName{
		"zh": {Code: issuerCN, Name: registry.Text{"zh": "国际医学志愿者联合会", "en": "International Federation of Medical Volunteers", "ru": "Международная федерация медицинских волонтёров"}},
		"ru": {Code: issuerRU, Name: registry.Text{"ru": "Движение волонтёров-медиков", "en": "Movement of Medical Volunteers"}},
		"en": {Code: issuerINT, Name: registry.Text{"en": "International Medical Volunteers"}},
	}
	var out []base
	add := func(lang, code, tz string, offset int, name registry.Text, by []registry.Signatory, person func(*rand.Rand, *registry.Snapshot)) {
		langs := []string{lang, "en"}
		if lang == "en" {
			langs = langs[1:]
		}
		out = append(out, base{registry.BaseName{Code: code, Name: name, TZ: tz, Offset: offset}, issuers[lang], langs, by, person})
	}
	for i, line := range chineseCities {
		city := strings.Split(line, " ")
		add("zh", city[2], "Asia/Shanghai", 480, registry.Text{"zh": city[0] + "志愿医疗培训基地", "en": city[1] + " Volunteer Medical Training Base"},
			[]registry.Signatory{{Name: surnames[i%len(surnames)] + "建国", Title: registry.Text{"zh": "培训基地主任", "en": "Director of the training base"}},
				{Name: surnames[(i+7)%len(surnames)] + "淑芳", Title: registry.Text{"zh": "首席培训师", "en": "Chief instructor"}}}, chinese)
	}
	for i, line := range russianCities {
		city := strings.Split(line, " ")
		add("ru", city[2], "Europe/Moscow", 180, registry.Text{"ru": city[0] + ": учебный центр волонтёров-медиков", "en": city[1] + " Training Centre of Medical Volunteers"},
			[]registry.Signatory{{Name: familiesRU[i%len(familiesRU)] + " Пётр Ильич", Title: registry.Text{"ru": "Руководитель учебного центра", "en": "Director of the training centre"}},
				{Name: familiesRU[(i+5)%len(familiesRU)] + "а Мария Андреевна", Title: registry.Text{"ru": "Старший инструктор", "en": "Chief instructor"}}}, russian)
	}
	for i, line := range otherCities {
		city := strings.Split(line, " ")
		add("en", city[1], "UTC", 0, registry.Text{"en": city[0] + " Training Centre"},
			[]registry.Signatory{{Name: lastPL[i%len(lastPL)] + " Jan", Title: registry.Text{"en": "Director of the training centre"}},
				{Name: "Anna " + lastPL[(i+3)%len(lastPL)], Title: registry.Text{"en": "Chief instructor"}}}, foreign)
	}
	return out
}

// words are the Chinese names of bases, courses and issuers, which an issuing
// run hands to its templates (see package issue).
func words() string {
	var out strings.Builder
	for _, b := range bases() {
		out.WriteString(b.name.Name["zh"] + b.issuer.Name["zh"])
		for _, by := range b.signatories {
			out.WriteString(by.Title["zh"])
		}
	}
	for _, c := range courses {
		out.WriteString(c.title["zh"])
	}
	return out.String()
}

// signatories are the names of those who sign for bases.
func signatories() string {
	var out strings.Builder
	for _, b := range bases() {
		for _, by := range b.signatories {
			out.WriteString(by.Name)
		}
	}
	return out.String()
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// chinese names: one in twenty holds a rare character or is long.
func chinese(r *rand.Rand, s *registry.Snapshot) {
	s.Name = pick(r, surnames) + pick(r, given)
	if r.IntN(20) == 0 {
		s.Name = pick(r, rare)
	}
	s.IDLast4 = fmt.Sprintf("%03d%c", r.IntN(1000), "0123456789X"[r.IntN(11)])
}

// russian names: one in ten is Kazakh.
func russian(r *rand.Rand, s *registry.Snapshot) {
	s.Name = pick(r, familiesRU) + " " + pick(r, firstRU) + " " + pick(r, middleRU)
	if r.IntN(10) == 0 {
		s.Name = pick(r, familiesKZ) + " " + pick(r, firstKZ)
	}
	s.IDLast4 = fmt.Sprintf("%04d", r.IntN(10000))
}

func foreign(r *rand.Rand, s *registry.Snapshot) {
	s.Name = pick(r, firstPL) + " " + pick(r, lastPL)
	s.IDLast4 = fmt.Sprintf("%04d", r.IntN(10000))
}
