package registry

import (
	"strings"

	"golang.org/x/text/width"
)

// idWords are the words that name a document, in the order in which they are
// looked for: the residence card of a foreigner is also an identity card.
var idWords = []struct {
	t     IDType
	words []string
}{
	{IDForeigner, []string{"永久居留", "外国人", "permanent residence", "внж в китае", "cn_fpr"}},
	{IDHMT, []string{"港澳", "台湾", "台胞", "回乡证", "hong kong", "macao", "taiwan", "гонконг", "cn_hmt"}},
	{IDPassport, []string{"护照", "passport", "паспорт", "төлқұжат"}},
	{IDSNILS, []string{"снилс", "snils"}},
	{IDIIN, []string{"иин", "жсн", "iin"}},
	{IDVolunteer, []string{"志愿者", "volunteer", "волонтер", "добровол"}},
	{IDChina, []string{"居民身份证", "身份证", "二代证", "cn_id", "resident identity card", "chinese id", "удостоверение личности кнр"}},
	{IDOther, []string{"其他", "其它", "军官证", "other", "друг", "иной", "иное"}},
}

// IDTypeFromText recognizes the kind of an id by what a list calls it
// ("居民身份证", "Паспорт РФ", "passport") or by its own name ("cn_id"), and
// reports whether it did. A plain "身份证" is the resident identity card.
func IDTypeFromText(s string) (IDType, bool) {
	s = strings.ToLower(strings.TrimSpace(width.Fold.String(s)))
	s = strings.ReplaceAll(s, "ё", "е")
	for _, w := range idWords {
		for _, word := range w.words {
			if strings.Contains(s, word) {
				return w.t, true
			}
		}
	}
	return "", false
}

// IDTypeFromID tells the kind by the id alone, for a list that has no column
// for it: 18 characters of China's form by their first digits, else IDOther.
func IDTypeFromID(s string) IDType {
	id := tidyID(IDChina, s)
	switch {
	case oldChina.MatchString(id), lostDigits.MatchString(id), len(id) == 18 && chinaID.MatchString(id):
		return ChinaIDType(id)
	}
	return IDOther
}

// ChinaIDType tells the three cards of China's 18-character form apart by the
// first digits, for lists that call all of them 身份证.
func ChinaIDType(id string) IDType {
	switch {
	case strings.HasPrefix(id, "81"), strings.HasPrefix(id, "82"), strings.HasPrefix(id, "83"):
		return IDHMT
	case strings.HasPrefix(id, "9") && !strings.HasPrefix(id, "999999"):
		return IDForeigner
	}
	return IDChina
}
