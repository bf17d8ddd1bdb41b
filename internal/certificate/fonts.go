package certificate

import (
	"fmt"
	"slices"
	"unicode"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/pdf"
)

// fontOrder are the fonts of new designs, by their names in the manifest.
var fontOrder = []string{"NotoSansSC", "NotoSerifSC-Medium", "NotoSans", "NotoSans-Bold", "NotoSerif-Medium", "NotoSansMono-Medium", "HanazonoRare"}

// Places in fontOrder.
const (
	fontSansSC = iota
	fontSerifSC
	fontSans
	fontSansBold
	fontSerif
	fontMono
	fontRare
)

func stack(fonts ...int) pdf.Stack { return fonts }

// everyFont is what a person's name can be set in; texts in sans serif have
// the same characters (a test holds this).
var everyFont = pdf.Stack{fontSerif, fontSerifSC, fontRare}

// openFonts lists the vendored fonts: those of fontOrder first, then any that
// only older designs use.
func openFonts() ([]*pdf.Font, error) {
	files, err := assets.Fonts()
	if err != nil {
		return nil, err
	}
	var fonts, older []*pdf.Font
	for _, name := range fontOrder {
		n := len(fonts)
		for _, f := range files {
			if f.Name == name && len(fonts) == n {
				fonts = append(fonts, fontOf(f))
			}
		}
		if len(fonts) == n {
			return nil, fmt.Errorf("font %s is not in the manifest", name)
		}
	}
	for _, f := range files {
		known := false
		for _, have := range fonts {
			known = known || have.SHA256 == f.SHA256
		}
		if !known {
			older = append(older, fontOf(f))
		}
	}
	return append(fonts, older...), nil
}

// fontOf defers the work: the rare characters are unpacked (31 MB) when the
// first of them is asked for.
func fontOf(f assets.FontFile) *pdf.Font {
	return &pdf.Font{Name: f.Name, SHA256: f.SHA256, Open: f.TrueType}
}

// printable reports whether r belongs to a script that is set right character
// by character, from left to right.
func printable(r rune) bool {
	return unicode.IsPrint(r) && unicode.In(r, unicode.Han, unicode.Latin, unicode.Cyrillic, unicode.Greek,
		unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Common, unicode.Inherited)
}

// hot are the characters that nearly every certificate needs: letters, and
// the words of course titles, places and offices.
func hot(spelled [2]string, f form, fonts []*pdf.Font) []pdf.Hot {
	const han = "的一不与个中为主了事人任会位体作供信健全公共关册出分创判利到制前力助务动化医协卫口合员命和品响国土地场城培基复外天大天头委学安完定实室家导展小少年广庆应康建开式张影心志急总意愿成所执技抢护报担指接控搬教文断方施日早时是普有期本术李杨林校格案检楼模正武毒民江河治法注洋活消海深测湖灾点焦爱特现理生用电疗疾病症盟直省知石社科程秩究空立站章第管红组细织经结统续综编网老者考联职育胸能脊自行街训证识评课资赛超路车转轻过运进述送适通避郑部重长院陈险障集青非预领题骨高黄龙"
	const cyrillic = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюяӘәҒғҚқҢңӨөҰұҮүҺһІі"
	const latin = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz·–—“”«»№"
	list := []pdf.Hot{
		{Font: fontSansSC, Runes: han + latin + "，。、（）“”：；·年月日至共学时其中实操考核合格特发此证于完成参加理论现场技能件尾号" + spelled[0]},
		{Font: fontSans, Runes: latin + cyrillic + "ÀÁÂÄÇÈÉÊËÍÎÑÓÔÖÚÜàáâäçèéêëíîñóôöúüßŁłŃńŚśŻżŞşĞğıŠšČčŽž"},
		{Font: fontSerifSC, Runes: spelled[1]},
		{Font: fontSerif, Runes: latin + cyrillic},
		{Font: fontSansBold, Runes: " ,.-0123456789" + "JFMASONDabcdefghilmnoprstuvyNo xpiry" + "абвгдеийклмнопрстуфьюяБ"},
		{Font: fontMono, Runes: "-· 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZv"},
	}
	fixed := len(list)
	for _, flow := range f.Flows { // what every certificate says
		for _, t := range flow.Texts {
			stack := f.Stacks[t.Style].Other
			if hasHan(t.Pattern) {
				stack = f.Stacks[t.Style].Han
			}
			for font, runes := range pdf.Share(fonts, stack, t.Pattern) {
				list = append(list, pdf.Hot{Font: font, Runes: runes})
			}
		}
	}
	slices.SortStableFunc(list[fixed:], func(a, b pdf.Hot) int { return a.Font - b.Font })
	return list
}

// spelled are the Chinese characters of a text, each once, in their order, as
// many as are kept.
func spelled(words string) string {
	var out []rune
	for _, r := range words {
		if han(r) && !slices.Contains(out, r) && len(out) < maxWords {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return string(out)
}
