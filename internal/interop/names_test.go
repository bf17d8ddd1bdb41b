package interop_test

import (
	"math/rand/v2"
	"strings"
)

// names makes random names of 1 to 59 characters, of letters that people's
// documents have and that nobody's keyboard does. Some of them nobody can have
// on a certificate: with a character that no font draws, or longer than paper.
type names struct {
	*rand.Rand
	made int
}

// Ranges of letters: Han of the first block and of the extensions A and B, and
// the small letters of three alphabets.
var (
	basic   = [2]rune{0x4E00, 0x9FFF}
	extA    = [2]rune{0x3400, 0x4DBF}
	extB    = [2]rune{0x20000, 0x2A6DF}
	extG    = [2]rune{0x30000, 0x3134A} // in no font of ours
	russian = []rune("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
	kazakh  = []rune("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя")
	polish  = []rune("aąbcćdeęfghijklłmnńoóprsśtuwyzźż")
)

const longestName = 59

// next is a name.
func (n *names) next() string {
	length := 1 + n.IntN(longestName)
	n.made++
	switch {
	case n.made%9 == 5:
		return n.han(1+n.IntN(3), basic) + n.han(1, extG)
	case n.made%10 == 7:
		return n.han(longestName+n.IntN(60), extB)
	}
	switch n.IntN(7) {
	case 0, 1:
		return n.han(1+n.IntN(4), basic)
	case 2:
		return n.han(length, basic, basic, basic, extA)
	case 3:
		return n.han(length, basic, extA, extB)
	case 4:
		return n.words(length, russian)
	case 5:
		return n.words(length, kazakh)
	}
	return n.words(length, polish)
}

// han is a name in Chinese characters, a long one with dots between its parts.
func (n *names) han(length int, blocks ...[2]rune) string {
	out := make([]rune, length)
	for i := range out {
		b := blocks[n.IntN(len(blocks))]
		out[i] = b[0] + n.Int32N(b[1]-b[0]+1)
		if length > 6 && i > 0 && i < length-1 && out[i-1] != '·' && n.IntN(5) == 0 {
			out[i] = '·'
		}
	}
	return string(out)
}

// words are capitalised, with a space or a hyphen between them.
func (n *names) words(length int, letters []rune) string {
	var out []rune
	begin := true
	for i := range length {
		if !begin && i < length-1 && len(out) > 1 && n.IntN(8) == 0 {
			out, begin = append(out, []rune("  -")[n.IntN(3)]), true
			continue
		}
		letter := string(letters[n.IntN(len(letters))])
		if begin {
			letter = strings.ToUpper(letter)
		}
		out, begin = append(out, []rune(letter)...), false
	}
	return string(out)
}
