package picture_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/picture"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
)

var update = flag.Bool("update", false, "write the pictures anew")

const origin = "https://verify.demo.example"

// card is what a picture of invented people is drawn of. DEMO.
func card(kind registry.CredentialKind, lang, name string) picture.Card {
	s := registry.Snapshot{
		Number: "GAJK-SJZ-2026-000123", Code: registry.NewCode([10]byte{7, 3, 9, 200, 41, 5, 77, 130, 99, 18}), Kind: kind, Name: name, IDLast4: "013X",
		Course:   registry.CourseName{Code: "CPR1", Version: 3, Title: registry.Text{"zh": "心肺复苏与自动体外除颤（AED）", "en": "CPR and Automated External Defibrillation", "ru": "Сердечно-лёгочная реанимация и АНД"}},
		Class:    registry.ClassDates{Code: "SJZ-2026-11-CPR", StartsOn: registry.NewDate(2026, 11, 14), EndsOn: registry.NewDate(2026, 11, 21)},
		Base:     registry.BaseName{Code: "SJZ", Name: registry.Text{"zh": "石家庄志愿医疗培训基地", "en": "Shijiazhuang Volunteer Medical Training Base", "ru": "Шицзячжуанская учебная база медиков-добровольцев"}},
		Issuer:   registry.CodeName{Code: "GAJK", Name: registry.Text{"zh": "国际医学志愿者联合会", "en": "International Federation of Medical Volunteers", "ru": "Международная федерация медицинских волонтёров"}},
		IssuedOn: registry.NewDate(2026, 11, 21), ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
		Languages: []string{lang}, Origin: origin, Demo: true,
	}
	if kind == registry.Attendance || kind == registry.Honour {
		s.ValidUntil = registry.Date{}
	}
	code := registry.NewShareCode([10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	return picture.Card{Snapshot: s, URL: origin + "/s/" + string(code), Code: code}
}

// The longest name, of 59 characters, and names of rare characters.
const (
	longest = "Константинопольская-Рождественская Александра Владиславовна"
	uyghur  = "阿卜杜热合曼·阿卜杜克热木·买买提艾力江"
	kazakh  = "Құрманғазы Әлімханұлы Бөкейханов"
	rareHan = "䶮𬱖𠮷"
	latin   = "María-José Ñuñez Łukasiewicz-Kwabena Ɔkɛ van der Straaten"
)

var cases = map[string]picture.Card{
	"competence-zh":          card(registry.Competence, "zh", "王秀英"),
	"attendance-ru":          card(registry.Attendance, "ru", "Иванова Анна Сергеевна"),
	"instructor-en":          card(registry.Instructor, "en", "Amina Okonkwo"),
	"honour-zh":              card(registry.Honour, "zh", "李"),
	"attendance-zh-uyghur":   card(registry.Attendance, "zh", uyghur),
	"competence-ru-longest":  card(registry.Competence, "ru", longest),
	"competence-zh-rare":     card(registry.Competence, "zh", rareHan),
	"competence-ru-kazakh":   card(registry.Competence, "ru", kazakh),
	"competence-en-latin":    card(registry.Competence, "en", latin),
	"attendance-en":          card(registry.Attendance, "en", "Amina Okonkwo"),
	"competence-en-unbroken": card(registry.Competence, "en", strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 5)),
}

func press(t testing.TB) *picture.Press {
	t.Helper()
	p, err := picture.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func draw(t testing.TB, p *picture.Press, c picture.Card) []byte {
	t.Helper()
	b, err := p.PNG(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var _ = []any{bytes.Equal, image.Rect, color.Black, jpeg.Encode, png.Encode, exec.Command, testkit.Tool}

func TestX(t *testing.T) {
	p := press(t)
	for name, c := range cases {
		b := draw(t, p, c)
		t.Log(name, len(b))
		if err := os.WriteFile(filepath.Join("/tmp/pm/pic", name+".png"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
