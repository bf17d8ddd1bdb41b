package registry

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// IDType says which document a personal id is of.
type IDType string

// The kinds of personal id.
const (
	IDChina     IDType = "cn_id"     // resident identity card, 18 characters
	IDHMT       IDType = "cn_hmt"    // permit of a resident of Hong Kong, Macao or Taiwan
	IDForeigner IDType = "cn_fpr"    // permanent residence card of a foreigner in China
	IDPassport  IDType = "passport"  // of any country
	IDSNILS     IDType = "ru_snils"  // Russian insurance number, 11 digits
	IDIIN       IDType = "kz_iin"    // Kazakh individual number, 12 digits
	IDVolunteer IDType = "volunteer" // number of a volunteer's book or card
	IDOther     IDType = "other"
)

// IDTypes lists every kind.
var IDTypes = []IDType{IDChina, IDHMT, IDForeigner, IDPassport, IDSNILS, IDIIN, IDVolunteer, IDOther}

// oldestAge is the age from which a birth date is taken for a slip.
const oldestAge = 120

// IDOptions say where and when an id is read.
type IDOptions struct {
	Demo bool // the area 999999, which does not exist, is accepted
	On   Date // the day of reading, for the age; zero leaves the age unchecked
}

var (
	lostDigits = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+?\d+$`)
	oldChina   = regexp.MustCompile(`^\d{15}$`)
	chinaID    = regexp.MustCompile(`^\d{17}[\dX]$`)
	elevenNums = regexp.MustCompile(`^\d{11}$`)
	twelveNums = regexp.MustCompile(`^\d{12}$`)
)

// ParseID reads a personal id as people type it and checks all that its kind
// lets check. It returns the id in the form that is compared and hashed
// (capitals, no spaces, ASCII digits), the end of it that may be shown (four
// characters, none of a short id) and the birth date where the id has one.
//
// It fails with Invalid and a code "id.…": empty, lost (a spreadsheet kept only
// 15 digits), old15, length, chars, area, date, age, check, type. No message
// holds more of the id than its mask.
func ParseID(t IDType, s string, o IDOptions) (id, last4 string, birth Date, err error) {
	id = tidyID(t, s)
	switch {
	case id == "":
		err = Fail(Invalid, "id.empty")
	case lostDigits.MatchString(id):
		err = Fail(Invalid, "id.lost", id)
	default:
		birth, err = checkID(t, id, o)
	}
	if err != nil {
		return "", "", Date{}, err
	}
	runes := []rune(id)
	return id, shown(runes), birth, nil
}

// tidyID brings full-width forms to ASCII, drops spaces and invisible
// characters, and writes capitals.
func tidyID(t IDType, s string) string {
	s = strings.ToUpper(dropInvisible(width.Fold.String(s)))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case unicode.Is(unicode.Pd, r):
			return '-'
		}
		return r
	}, s)
	switch t {
	case IDChina, IDHMT, IDForeigner:
		s = strings.ReplaceAll(s, "Х", "X") // the Cyrillic letter looks the same
	case IDSNILS, IDIIN:
		s = strings.ReplaceAll(s, "-", "")
	}
	return s
}

func checkID(t IDType, id string, o IDOptions) (Date, error) {
	switch t {
	case IDChina:
		return checkChina(id, o)
	case IDHMT, IDForeigner:
		if chinaID.MatchString(id) {
			return checkChina(id, o)
		}
		return Date{}, checkFree(id)
	case IDSNILS:
		return Date{}, checkSNILS(id)
	case IDIIN:
		return checkIIN(id, o)
	case IDPassport, IDVolunteer, IDOther:
		return Date{}, checkFree(id)
	}
	return Date{}, Fail(Invalid, "id.type", string(t))
}

// checkChina checks the 18 characters of GB 11643: area, birth date, serial
// number and a check character (ISO 7064, MOD 11-2).
func checkChina(id string, o IDOptions) (Date, error) {
	switch n := len([]rune(id)); {
	case oldChina.MatchString(id):
		return Date{}, Fail(Invalid, "id.old15", MaskID(id))
	case n != 18:
		return Date{}, Fail(Invalid, "id.length", MaskID(id), n, 18)
	case !chinaID.MatchString(id):
		return Date{}, Fail(Invalid, "id.chars", MaskID(id))
	case !knownArea(id, o.Demo):
		return Date{}, Fail(Invalid, "id.area", MaskID(id))
	}
	birth, err := birthOf(id, id[6:10], id[10:12], id[12:14], o.On)
	if err == nil && !chinaCheck(id) {
		if strings.HasSuffix(id, "000") {
			return Date{}, Fail(Invalid, "id.lost", MaskID(id))
		}
		return Date{}, Fail(Invalid, "id.check", MaskID(id))
	}
	return birth, err
}

// knownArea accepts the provinces, the permits 81 to 83, the cards of
// foreigners (9…), and 999999 in a demo.
func knownArea(id string, demo bool) bool {
	if id[:6] == "999999" {
		return demo
	}
	n, _ := strconv.Atoi(id[:2])
	switch n / 10 {
	case 1:
		return n >= 11 && n <= 15
	case 2:
		return n >= 21 && n <= 23
	case 3:
		return n >= 31 && n <= 37
	case 4:
		return n >= 41 && n <= 46
	case 5:
		return n >= 50 && n <= 54
	case 6:
		return n >= 61 && n <= 65
	case 7:
		return n == 71
	case 8:
		return n >= 81 && n <= 83
	}
	return n/10 == 9
}

func chinaCheck(id string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(id[i]-'0')
	}
	return "10X98765432"[sum%11] == id[17]
}

// birthOf reads the birth date out of an id; the date never stands in a message.
func birthOf(id, year, month, day string, on Date) (Date, error) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	birth, ok := validDate(y, m, d)
	switch {
	case !ok:
		return Date{}, Fail(Invalid, "id.date", MaskID(id))
	case !on.IsZero() && (birth.After(on) || AgeOn(birth, on) > oldestAge):
		return Date{}, Fail(Invalid, "id.age", MaskID(id))
	}
	return birth, nil
}

// AgeOn is the number of whole years from birth to the day; a person born on
// 29 February is a year older on 1 March.
func AgeOn(birth, on Date) int {
	years := on.Year - birth.Year
	if on.Month < birth.Month || on.Month == birth.Month && on.Day < birth.Day {
		years--
	}
	return years
}

// checkSNILS checks the two control digits of a Russian insurance number; the
// numbers up to 001-001-998 have none.
func checkSNILS(id string) error {
	if !elevenNums.MatchString(id) {
		return Fail(Invalid, "id.length", MaskID(id), len([]rune(id)), 11)
	}
	if id[:9] <= "001001998" {
		return nil
	}
	sum := 0
	for i := range 9 {
		sum += (9 - i) * int(id[i]-'0')
	}
	if control, _ := strconv.Atoi(id[9:]); sum%101%100 != control {
		return Fail(Invalid, "id.check", MaskID(id))
	}
	return nil
}

// checkIIN checks a Kazakh individual number: birth date, century and the
// control digit with its second round of weights. The century 0 is a
// foreigner's, and tells no birth date.
func checkIIN(id string, o IDOptions) (Date, error) {
	if !twelveNums.MatchString(id) {
		return Date{}, Fail(Invalid, "id.length", MaskID(id), len([]rune(id)), 12)
	}
	if iinControl(id) != int(id[11]-'0') {
		return Date{}, Fail(Invalid, "id.check", MaskID(id))
	}
	century := int(id[6] - '0')
	switch {
	case century == 0:
		return Date{}, nil
	case century > 6:
		return Date{}, Fail(Invalid, "id.date", MaskID(id))
	}
	return birthOf(id, strconv.Itoa(18+(century-1)/2)+id[:2], id[2:4], id[4:6], o.On)
}

// iinControl returns the control digit, or 10, which is never given out.
func iinControl(id string) int {
	sum := func(first int) (n int) {
		for i := range 11 {
			n += ((first+i-1)%11 + 1) * int(id[i]-'0')
		}
		return n % 11
	}
	if n := sum(1); n != 10 {
		return n
	}
	return sum(3)
}

// checkFree checks an id whose inner rule we do not know: 4 to 30 letters,
// digits and hyphens, one digit at least.
func checkFree(id string) error {
	runes := []rune(id)
	if len(runes) < 4 || len(runes) > 30 {
		return Fail(Invalid, "id.size", MaskID(id), len(runes))
	}
	digit := false
	for _, r := range runes {
		digit = digit || r >= '0' && r <= '9'
		if r != '-' && (r < '0' || r > '9') && !(unicode.IsLetter(r) && isNameLetter(r)) {
			return Fail(Invalid, "id.chars", MaskID(id))
		}
	}
	if !digit {
		return Fail(Invalid, "id.chars", MaskID(id))
	}
	return nil
}

// shown is the end of an id that may be printed: its last four characters, or
// nothing where they would be more than half of it, or are not all letters and
// digits that a QR record can hold.
func shown(id []rune) string {
	if len(id) < 8 {
		return ""
	}
	end := id[len(id)-4:]
	for _, r := range end {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return ""
		}
	}
	return string(end)
}
