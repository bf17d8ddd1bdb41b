// Package i18n holds every text that a person reads, in Chinese, English and
// Russian, and writes dates, times and numbers the way each language does.
//
// The texts are flat JSON files under catalog/{zh,en,ru}, one file per area, the
// same keys in each language: a test names any key, plural form or placeholder
// that one of them lacks. A [Printer] is immutable and safe for concurrent use.
package i18n

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Lang is one of the languages the product speaks: "zh", "en" or "ru".
type Lang string

// The languages of the product.
const (
	Chinese Lang = "zh"
	English Lang = "en"
	Russian Lang = "ru"
)

// Langs lists the languages in the order in which a switch offers them.
var Langs = []Lang{Chinese, English, Russian}

// matched has the answer to every other language first, as the matcher wants it.
var matched = []Lang{English, Chinese, Russian}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Chinese, language.Russian})

// Match returns the language of the first candidate that names one we speak, or
// a close relative of one ("zh-TW", "kk"), and English when none does. A
// candidate is a tag ("ru", from ?lang= or a cookie) or a whole Accept-Language
// header (RFC 9110 §12.5.4); empty and malformed ones are passed over.
func Match(candidates ...string) Lang {
	for _, c := range candidates {
		if c == "" {
			continue
		}
		if l := headers.match(c); l != "" {
			return l
		}
	}
	return matched[0]
}

// match is the language that one candidate names, "" for none.
func match(candidate string) Lang {
	tags, _, err := language.ParseAcceptLanguage(candidate)
	if err != nil || len(tags) == 0 {
		return ""
	}
	// The tag that the matcher returns carries extensions of the request
	// ("ru-u-rg-ruzzzz"); the index is what it promises.
	if _, i, confidence := matcher.Match(tags...); confidence != language.No {
		return matched[i]
	}
	return ""
}

// headers remembers what candidates come to: most browsers send the same few, and
// to match one takes longer than the rest of a short answer.
var headers known

// known is what candidates came to. When it is full it begins anew.
type known struct {
	mu   sync.RWMutex
	lang map[string]Lang
}

const (
	mostKnown   = 1000
	longestKept = 100 // bytes of a candidate
)

func (k *known) match(candidate string) Lang {
	k.mu.RLock()
	l, ok := k.lang[candidate]
	k.mu.RUnlock()
	if ok {
		return l
	}
	l = match(candidate)
	if len(candidate) > longestKept {
		return l
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lang == nil || len(k.lang) >= mostKnown {
		k.lang = map[string]Lang{}
	}
	k.lang[strings.Clone(candidate)] = l
	return l
}

// tag is the language as x/text wants it.
func (l Lang) tag() language.Tag {
	switch l {
	case Chinese:
		return language.SimplifiedChinese
	case Russian:
		return language.Russian
	}
	return language.English
}

// Name is the language's name in itself, for the switch.
func (l Lang) Name() string {
	switch l {
	case Chinese:
		return "中文"
	case Russian:
		return "Русский"
	}
	return "English"
}

// Short is the language's name in itself where room is scarce.
func (l Lang) Short() string {
	switch l {
	case Chinese:
		return "中文"
	case Russian:
		return "Рус"
	}
	return "Eng"
}

// HTML is the language as a BCP 47 tag for lang attributes: "zh-CN", "en", "ru".
func (l Lang) HTML() string {
	if l == Chinese {
		return "zh-CN"
	}
	return string(l)
}
