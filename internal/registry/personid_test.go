package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

var today = registry.NewDate(2026, time.November, 21)

// codeOf is the message code of a refusal, "" for none.
func codeOf(err error) string {
	var e *registry.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

func TestParseIDAccepts(t *testing.T) {
	for _, tc := range []struct {
		promise         string
		kind            registry.IDType
		in              string
		id, last4, born string
	}{
		{"a right id of the demo area", registry.IDChina, "99999919880229013X", "99999919880229013X", "013X", "1988-02-29"},
		{"a small x", registry.IDChina, "99999919880229013x", "99999919880229013X", "013X", "1988-02-29"},
		{"a full-width X", registry.IDChina, "99999919880229013Ｘ", "99999919880229013X", "013X", "1988-02-29"},
		{"a Cyrillic Х", registry.IDChina, "99999919880229013Х", "99999919880229013X", "013X", "1988-02-29"},
		{"full-width digits", registry.IDChina, "９９９９９９２００００１０１２４６３", "999999200001012463", "2463", "2000-01-01"},
		{"spaces inside", registry.IDChina, " 999999 20060704 1189 ", "999999200607041189", "1189", "2006-07-04"},
		{"another demo id", registry.IDChina, "99999919751231002X", "99999919751231002X", "002X", "1975-12-31"},
		{"a real area", registry.IDChina, "11010519491231002X", "11010519491231002X", "002X", "1949-12-31"},
		{"a permit of the old form", registry.IDHMT, "H12345678", "H12345678", "5678", ""},
		{"a passport in small letters", registry.IDPassport, "e1234 5678", "E12345678", "5678", ""},
		{"a volunteer's book with Cyrillic letters", registry.IDVolunteer, "ВМ-77-427757", "ВМ-77-427757", "7757", ""},
		{"a long hyphen", registry.IDVolunteer, "ВМ–77–427757", "ВМ-77-427757", "7757", ""},
		{"a short id shows nothing of itself", registry.IDOther, "A123", "A123", "", ""},
		{"a SNILS as it is printed", registry.IDSNILS, "112-233-445 95", "11223344595", "4595", ""},
		{"a SNILS too old for control digits", registry.IDSNILS, "001-001-998 00", "00100199800", "9800", ""},
		{"an IIN of the first weights", registry.IDIIN, "860904350504", "860904350504", "0504", "1986-09-04"},
		{"an IIN of this century", registry.IDIIN, iin("05070155123"), iin("05070155123"), iin("05070155123")[8:], "2005-07-01"},
		{"an IIN of a foreigner tells no birth date", registry.IDIIN, iin("05070105123"), iin("05070105123"), iin("05070105123")[8:], ""},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			id, last4, born, err := registry.ParseID(tc.kind, tc.in, registry.IDOptions{Demo: true, On: today})
			if err != nil || id != tc.id || last4 != tc.last4 || born.String() != tc.born {
				t.Errorf("ParseID(%s, %q) = %q, %q, %q, %v, want %q, %q, %q", tc.kind, tc.in, id, last4, born, err, tc.id, tc.last4, tc.born)
			}
		})
	}
}

// iin appends the control digit as its definition says, for numbers whose first
// round of weights gives one.
func iin(s string) string {
	sum := 0
	for i, r := range s {
		sum += (i + 1) * int(r-'0')
	}
	return s + fmt.Sprint(sum%11)
}

func TestParseIDRefuses(t *testing.T) {
	for _, tc := range []struct {
		promise string
		kind    registry.IDType
		in      string
		demo    bool
		code    string
	}{
		{"a day that never was", registry.IDChina, "999999199002290013", true, "id.date"},
		{"a wrong check digit", registry.IDChina, "999999198506036891", true, "id.check"},
		{"the demo area outside a demo", registry.IDChina, "99999919880229013X", false, "id.area"},
		{"an area that is no province", registry.IDChina, "01010519491231002X", true, "id.area"},
		{"an old id of 15 digits", registry.IDChina, "130503670401001", true, "id.old15"},
		{"17 characters", registry.IDChina, "9999991988022901X", true, "id.length"},
		{"a letter in the middle", registry.IDChina, "99999919A80229013X", true, "id.chars"},
		{"a birth in the future", registry.IDChina, chinaID("99999920270101001"), true, "id.age"},
		{"an age over 120", registry.IDChina, chinaID("99999919050101001"), true, "id.age"},
		{"a number in scientific notation", registry.IDChina, "1.30102E+17", true, "id.lost"},
		{"the same with a comma", registry.IDPassport, "1,30102E+17", true, "id.lost"},
		{"an id whose end became zeros", registry.IDChina, "130102199001011000", true, "id.lost"},
		{"nothing", registry.IDChina, " \u200b", true, "id.empty"},
		{"a wrong check digit of a permit", registry.IDHMT, "810000199408230020", true, "id.check"},
		{"too short", registry.IDPassport, "A12", true, "id.size"},
		{"too long", registry.IDOther, strings.Repeat("1", 31), true, "id.size"},
		{"signs", registry.IDOther, "=1+1|cmd", true, "id.chars"},
		{"letters without a digit", registry.IDPassport, "PASSPORT", true, "id.chars"},
		{"a SNILS with wrong control digits", registry.IDSNILS, "112-233-445 96", true, "id.check"},
		{"a SNILS too short", registry.IDSNILS, "112-233-445", true, "id.length"},
		{"an IIN with a wrong control digit", registry.IDIIN, "860904350505", true, "id.check"},
		{"an IIN too short", registry.IDIIN, "86090435050", true, "id.length"},
		{"an IIN of a month that is none", registry.IDIIN, iin("05130155123"), true, "id.date"},
		{"an unknown kind", "fishing", "123456", true, "id.type"},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			id, last4, _, err := registry.ParseID(tc.kind, tc.in, registry.IDOptions{Demo: tc.demo, On: today})
			if codeOf(err) != tc.code || !errors.Is(err, registry.Invalid) {
				t.Fatalf("ParseID(%s, %q) = %v, want %s", tc.kind, tc.in, err, tc.code)
			}
			if id != "" || last4 != "" {
				t.Errorf("ParseID(%s, %q) refuses and returns %q, %q", tc.kind, tc.in, id, last4)
			}
			if full := strings.TrimSpace(tc.in); len(full) > 11 && strings.Contains(err.Error(), full) {
				t.Errorf("the refusal %q holds the whole id", err)
			}
		})
	}
}

// chinaID appends the check character of MOD 11-2 by its definition: the sum of
// digit × 2^(place) over all 18 is 1 modulo 11.
func chinaID(s string) string {
	for _, c := range "0123456789X" {
		sum, last := 0, int(c-'0')
		if c == 'X' {
			last = 10
		}
		for i, r := range s {
			weight := 1
			for range 17 - i {
				weight = weight * 2 % 11
			}
			sum += weight * int(r-'0')
		}
		if (sum+last)%11 == 1 {
			return s + string(c)
		}
	}
	return s
}

func TestEveryWrongDigitOfAnIDIsCaught(t *testing.T) {
	const id = "999999200001012463"
	for i := 6; i < len(id); i++ {
		for c := byte('0'); c <= '9'; c++ {
			wrong := id[:i] + string(c) + id[i+1:]
			if _, _, _, err := registry.ParseID(registry.IDChina, wrong, registry.IDOptions{Demo: true}); wrong != id && err == nil {
				t.Errorf("%s passes", wrong)
			}
		}
	}
}

func TestIDTypeFromText(t *testing.T) {
	for in, want := range map[string]registry.IDType{
		"居民身份证": registry.IDChina, "身份证": registry.IDChina, "港澳居民来往内地通行证": registry.IDHMT, "台胞证": registry.IDHMT,
		"外国人永久居留身份证": registry.IDForeigner, "护照": registry.IDPassport, " Паспорт РФ ": registry.IDPassport, "Passport": registry.IDPassport,
		"СНИЛС": registry.IDSNILS, "ИИН": registry.IDIIN, "Удостоверение волонтёра": registry.IDVolunteer, "志愿者证": registry.IDVolunteer,
		"cn_id": registry.IDChina, "其他": registry.IDOther, "other": registry.IDOther,
	} {
		if got, ok := registry.IDTypeFromText(in); !ok || got != want {
			t.Errorf("IDTypeFromText(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	if got, ok := registry.IDTypeFromText("рыба"); ok {
		t.Errorf("IDTypeFromText of a fish = %q", got)
	}
	for _, kind := range registry.IDTypes {
		if got, ok := registry.IDTypeFromText(strings.ReplaceAll(string(kind), "ru_", "")); kind != registry.IDIIN && (!ok || got != kind) {
			t.Errorf("IDTypeFromText(%q) = %q, %v", kind, got, ok)
		}
	}
}

func TestIDTypeFromID(t *testing.T) {
	for in, want := range map[string]registry.IDType{
		"99999919880229013x": registry.IDChina, "130503670401001": registry.IDChina, "1.30102E+17": registry.IDChina, "ВМ-77-427757": registry.IDOther, "E12345678": registry.IDOther,
	} {
		if got := registry.IDTypeFromID(in); got != want {
			t.Errorf("IDTypeFromID(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]registry.IDType{"810000199408230021": registry.IDHMT, "911124198108030024": registry.IDForeigner, "999999200001012463": registry.IDChina, "110105": registry.IDChina} {
		if got := registry.ChinaIDType(in); got != want {
			t.Errorf("ChinaIDType(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAgeOn(t *testing.T) {
	leap := registry.NewDate(2004, time.February, 29)
	for on, want := range map[registry.Date]int{
		registry.NewDate(2022, time.February, 28): 17,
		registry.NewDate(2022, time.March, 1):     18,
		registry.NewDate(2024, time.February, 29): 20,
	} {
		if got := registry.AgeOn(leap, on); got != want {
			t.Errorf("AgeOn(%s, %s) = %d, want %d", leap, on, got, want)
		}
	}
}
