package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

// describe writes faults as "code arg, arg; code!" with ! for an error.
func describe(faults []registry.Fault) string {
	var all []string
	for _, f := range faults {
		s := f.Code
		if !f.Warn {
			s += "!"
		}
		for _, a := range f.Args {
			s += fmt.Sprintf(" %v", a)
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

func TestCleanName(t *testing.T) {
	long := strings.Repeat("аб ", 34)
	for _, tc := range []struct{ promise, in, want, faults string }{
		{"a plain Chinese name stays", "欧阳娜", "欧阳娜", ""},
		{"one word is a name", "卓玛", "卓玛", ""},
		{"one character is a name", "吕", "吕", ""},
		{"a name of 19 characters with dots stays", "阿卜杜热西提·阿布都克里木·麦麦提明江", "阿卜杜热西提·阿布都克里木·麦麦提明江", ""},
		{"rare characters of Extension A pass", "张䶮", "张䶮", ""},
		{"rare characters of Extension F pass", "李𬱖", "李𬱖", ""},
		{"characters of Extension I, younger than Go's tables, pass", "张\U0002EBF0", "张\U0002EBF0", ""},
		{"the ideographic zero passes", "李〇", "李〇", ""},
		{"59 characters in Russian pass", "Константинопольская-Преображенская Александра Владиславовна", "Константинопольская-Преображенская Александра Владиславовна", ""},
		{"ё is kept", "Семёнов Пётр", "Семёнов Пётр", ""},
		{"Kazakh letters pass", "Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", ""},
		{"small particles stay small", "Nkosinathi van der Westhuizen", "Nkosinathi van der Westhuizen", ""},
		{"Akan letters pass", "Ɔkɔmfoɔ Akosua Ɛdwoa", "Ɔkɔmfoɔ Akosua Ɛdwoa", ""},
		{"apostrophe and hyphen pass", "O'Brien-Łukasiewicz Siobhán", "O'Brien-Łukasiewicz Siobhán", ""},
		{"a decomposed accent is composed", "Siobha\u0301n", "Siobhán", ""},
		{"an accent that has no composed form passes", "Ɔ\u0301kɔ", "Ɔ\u0301kɔ", ""},
		{"initials pass", "Иванов П. С.", "Иванов П. С.", ""},

		{"edges are trimmed without a word", " \t李明\n", "李明", ""},
		{"the padding of short names goes", "张　三", "张三", "name.spaces"},
		{"two kinds of padding are one warning", "张 \u00a0三", "张三", "name.spaces"},
		{"runs of spaces are folded", "Иванов   Пётр", "Иванов Пётр", "name.spaces"},
		{"zero-width characters go", "王\u200b小明", "王小明", "name.invisible"},
		{"each dot variant becomes the middle dot", "扎西•顿珠", "扎西·顿珠", "name.dot"},
		{"‧ too", "扎西‧顿珠", "扎西·顿珠", "name.dot"},
		{"・ too", "扎西・顿珠", "扎西·顿珠", "name.dot"},
		{"･ too", "扎西･顿珠", "扎西·顿珠", "name.dot"},
		{"∙ too", "扎西∙顿珠", "扎西·顿珠", "name.dot"},
		{"⋅ too", "扎西⋅顿珠", "扎西·顿珠", "name.dot"},
		{"● too", "扎西●顿珠", "扎西·顿珠", "name.dot"},
		{"． too", "扎西．顿珠", "扎西·顿珠", "name.dot"},
		{"a full stop between Han too", "扎西.顿珠", "扎西·顿珠", "name.dot"},
		{"spaces around the dot go with it", "扎西 · 顿珠", "扎西·顿珠", "name.dot"},
		{"every dot of a long name is changed", "阿•布•都", "阿·布·都", "name.dot"},

		{"nothing is no name", " 　\u200b", "", "name.empty!"},
		{"more than 100 characters are refused", strings.TrimSpace(long), "", "name.long! 101 100"},
		{"more than 200 bytes are refused", strings.Repeat("张", 67), "", "name.bytes! 201 200"},
		{"a control character is refused", "王\u0007明", "", "name.control! U+0007"},
		{"a line break inside is refused", "王\n明", "", "name.control! U+000A"},
		{"a C1 control is refused", "王\u0085明", "", "name.control! U+0085"},
		{"a byte order mark inside is refused", "王\ufeff明", "", "name.control! U+FEFF"},
		{"a turned direction is refused", "王\u202e小明", "", "name.bidi! U+202E"},
		{"an isolate is refused", "a\u2066b\u2069", "", "name.bidi! U+2066, U+2069"},
		{"a character is named once", "a\u202eb\u202e", "", "name.bidi! U+202E"},
		{"an unassigned character is refused", "张\U0003FFFF", "", "name.unassigned! U+3FFFF"},
		{"private use is refused", "张\ue863", "", "name.private! U+E863"},
		{"an emoji is refused", "Ann 😀", "", "name.emoji! U+1F600"},
		{"a lost character is refused", "张\ufffd", "", "name.lost! U+FFFD"},
		{"invalid UTF-8 is refused", "张\xff", "", "name.lost! U+FFFD"},
		{"a question mark for a Han character is refused", "张?明", "", "name.lost! U+003F"},
		{"a radical is no character", "⽟兰", "", "name.radical! U+2F5F"},
		{"Arabic script is refused by name", "محمد", "", "name.script! U+0645, U+062D, U+062F"},
		{"Tibetan script is refused by name", "བཀྲ", "", "name.script! U+0F56, U+0F40, U+0FB2"},
		{"Mongolian script is refused by name", "ᠮᠣ", "", "name.script! U+182E, U+1823"},
		{"markup is refused", "<b>Ann</b>", "", "name.char! U+003C, U+003E, U+002F"},
		{"a pile of accents is refused", "a\u0316\u0317\u0318\u0319", "", "name.char! U+0319"},
		{"a name needs a letter", "12345", "", "name.letters!"},
		{"two kinds of refusal are both told", "王\u202e😀", "", "name.bidi! U+202E; name.emoji! U+1F600"},

		{"a Latin letter in a Cyrillic word is doubted", "Ивaнов Пётр", "Ивaнов Пётр", "name.mixed Ивaнов U+0061"},
		{"two scripts in two words are fine", "李明 Li Ming", "李明 Li Ming", ""},
		{"capitals alone are doubted, not changed", "IVANOV PETR", "IVANOV PETR", "name.caps"},
		{"small letters alone are doubted, not changed", "иванов пётр", "иванов пётр", "name.lower"},
		{"digits are doubted", "王芳2", "王芳2", "name.extra 2"},
		{"traditional and simplified in one name are doubted", "劉晓华", "劉晓华", "name.variants"},
		{"a traditional name is fine", "劉曉華", "劉曉華", ""},
		{"a surname of both writings is fine", "余曉華", "余曉華", ""},
	} {
		t.Run(tc.promise, func(t *testing.T) {
			got, faults := registry.CleanName(tc.in)
			if got != tc.want || describe(faults) != tc.faults {
				t.Errorf("CleanName(%q) = %q [%s], want %q [%s]", tc.in, got, describe(faults), tc.want, tc.faults)
			}
		})
	}
}

func TestCleanNameIsStable(t *testing.T) {
	for _, s := range []string{"扎西• 顿珠", "张　三", "Иванов   Пётр", "Siobha\u0301n", "a\u200b 张 . 三", "a\u200b\u0301"} {
		once, _ := registry.CleanName(s)
		twice, faults := registry.CleanName(once)
		if once != twice || len(faults) > 0 && faults[0].Code == "name.dot" {
			t.Errorf("CleanName(%q) = %q, cleaned again %q [%s]", s, once, twice, describe(faults))
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"扎西•顿珠", "Ивaнов", "\ufffd", "张\U0003FFFF", "a\u0301\u0302"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, faults := registry.CleanName(s)
		if name == "" && len(faults) == 0 {
			t.Fatalf("CleanName(%q) refuses without a word", s)
		}
		if again, _ := registry.CleanName(name); name != "" && again != name {
			t.Fatalf("CleanName(%q) = %q, and again %q", s, name, again)
		}
	})
}

func TestNameKeyComparesWhatPeopleMean(t *testing.T) {
	for _, tc := range []struct {
		promise, a, b string
		same          bool
	}{
		{"case makes no difference", "IVANOV Petr", "Ivanov PETR", true},
		{"е may stand for ё", "Семенов Петр", "Семёнов Пётр", true},
		{"dots of any kind make none", "扎西·顿珠", "扎西•顿珠", true},
		{"a missing dot makes none", "扎西·顿珠", "扎西顿珠", true},
		{"spaces and hyphens make none", "Fatima-Zahra El Idrissi", "fatima zahra el-idrissi", true},
		{"apostrophes make none", "O'Brien", "O’Brien", true},
		{"traditional is simplified", "劉曉華", "刘晓华", true},
		{"composition makes none", "Siobha\u0301n", "Siobhán", true},
		{"Kazakh capitals are folded", "ҚҰДАЙБЕРГЕНОВ", "құдайбергенов", true},
		{"another character is another name", "张䶮", "张龑", false},
		{"й is not и", "Андрей", "Андреи", false},
		{"a Latin letter is not a Cyrillic one", "Ивaнов", "Иванов", false},
	} {
		if same := registry.NameKey(tc.a) == registry.NameKey(tc.b); same != tc.same {
			t.Errorf("%s: NameKey(%q) = %q, NameKey(%q) = %q", tc.promise, tc.a, registry.NameKey(tc.a), tc.b, registry.NameKey(tc.b))
		}
	}
}

func TestMasksHide(t *testing.T) {
	for _, tc := range []struct{ promise, got, want string }{
		{"a Chinese name keeps its first character", registry.MaskName("张三丰"), "张*"},
		{"a rare surname is one character", registry.MaskName("𬱖一"), "𬱖*"},
		{"a Russian name keeps its first letter", registry.MaskName("Иванов Пётр"), "И***"},
		{"no name stays none", registry.MaskName(" "), ""},
		{"a Chinese mobile number", registry.MaskPhone("13812341234"), "138****1234"},
		{"the same with its country", registry.MaskPhone("+8613812341234"), "138****1234"},
		{"a Russian number", registry.MaskPhone("+79912099012"), "+799****9012"},
		{"a short number keeps two digits", registry.MaskPhone("12345"), "***45"},
		{"an id keeps four characters", registry.MaskID("99999919880229013X"), "**************013X"},
		{"a short id keeps fewer", registry.MaskID("AB12"), "***2"},
		{"no id stays none", registry.MaskID(""), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.promise, tc.got, tc.want)
		}
	}
}
