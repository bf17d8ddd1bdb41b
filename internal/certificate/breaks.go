package certificate

// The ranges below are written out, because the tables of the standard library
// change with each version of Unicode, and a line must break for ever where it
// once did.

// han reports whether r is set like a Chinese character.
func han(r rune) bool {
	return r >= 0x2E80 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0xFF00 && r <= 0xFFEF || r >= 0x20000 && r <= 0x3FFFF
}

func hasHan[T string | []byte](s T) bool {
	for _, r := range string(s) {
		if han(r) {
			return true
		}
	}
	return false
}

// mayBegin reports whether a line may begin with r, as far as punctuation says.
func mayBegin(r rune) bool {
	switch r {
	case '，', '。', '、', '；', '：', '？', '！', '）', '》', '」', '』', '〉', '】', '〕', '”', '’', '…', '—', '·',
		',', '.', ';', ':', '!', '?', ')', ']', '}', '»', '%':
		return false
	}
	return true
}

// mayEnd reports whether a line may end with r.
func mayEnd(r rune) bool {
	switch r {
	case '（', '《', '「', '『', '〈', '【', '〔', '“', '‘', '(', '[', '{', '«', '№':
		return false
	}
	return true
}

// rule says where a line may break.
type rule struct {
	name     bool // only as a person's name may
	hyphen   bool // a name also after its hyphen
	anywhere bool // at last between any two characters
}

// before reports whether a line may begin with next, the character in front of
// it being last. Spaces at a break are dropped.
func (r rule) before(last, next rune) bool {
	switch {
	case last == ' ':
		return true
	case next == ' ':
		return false
	case r.name:
		return last == '·' || last == '-' && r.hyphen
	case !mayBegin(next) || !mayEnd(last):
		return false
	case last == '-' || last == '–' || last == '—' || last == '/':
		return true
	}
	return han(last) || han(next)
}
