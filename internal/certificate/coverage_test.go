package certificate_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
)

// Alphabets of the people who come to courses, with letters that fonts lack
// most often.
var alphabets = map[string]string{
	"Russian":    "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя",
	"Kazakh":     "ӘәҒғҚқҢңӨөҰұҮүҺһІі ÄäĞğİıÑñÖöŪūÜüŞş",
	"Tatar":      "ӘәӨөҮүҖҗҢңҺһ",
	"Bashkir":    "ҘҙҠҡҢңӨөҪҫҮүҺһӘә",
	"Tajik":      "ҒғӢӣҚқӮӯҲҳҶҷ",
	"Kyrgyz":     "ҢңӨөҮү",
	"Uzbek":      "ЎўҚқҒғҲҳ OʻoʻGʻgʻ",
	"Mongolian":  "ӨөҮү",
	"Ukrainian":  "ҐґЄєІіЇї’",
	"Belarusian": "ЎўІі",
	"Serbian":    "ЂђЈјЉљЊњЋћЏџ",
	"Chuvash":    "ӐӑӖӗҪҫӲӳ",
	"Yakut":      "ҔҕҤҥӨөҺһҮү",
	"Polish":     "ĄąĆćĘęŁłŃńÓóŚśŹźŻż",
	"Czech":      "ÁáČčĎďÉéĚěÍíŇňÓóŘřŠšŤťÚúŮůÝýŽž",
	"Hungarian":  "ŐőŰű",
	"Turkish":    "ÇçĞğİıÖöŞşÜü",
	"Romanian":   "ĂăÂâÎîȘșȚț",
	"Baltic":     "ĀāĒēĢģĪīĶķĻļŅņŪūĖėĮįŲų",
	"Nordic":     "ÅåÄäÆæØøÐðÞþ",
	"Vietnamese": "ĂăÂâĐđÊêÔôƠơƯưẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ",
	"Akan":       "ƐɛƆɔ",
	"Yoruba":     "ẸẹỌọṢṣ",
	"Hausa":      "ƁɓƊɗƘƙƳƴ",
	"Pinyin":     "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ",
	"Greek":      "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέήίόύώ",
	"Japanese":   "あいうえおかがぱゃゅょっんアイウエオヴー々",
}

// beyondBasic are characters of the Table of General Standard Chinese
// Characters (通用规范汉字表, 2013) in Extensions A to E; nearly all of its 8,105 lie
// in the basic block, which is tested whole, as are Extensions A and B.
const beyondBasic = "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮" +
	"𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜" +
	"𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"

func TestNamesOfAllTheseCanBePrinted(t *testing.T) {
	press, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	for language, letters := range alphabets {
		if missing := press.Uncovered(letters); len(missing) > 0 {
			t.Errorf("%s: %q cannot be printed", language, missing)
		}
	}
	if missing := press.Uncovered(beyondBasic); len(missing) > 0 {
		t.Errorf("standard characters beyond the basic block: %q cannot be printed", missing)
	}
	for name, block := range map[string][2]rune{"the basic block": {0x4E00, 0x9FFF}, "Extension A": {0x3400, 0x4DBF}, "Extension B": {0x20000, 0x2A6DF}} {
		var all []rune
		for r := block[0]; r <= block[1]; r++ {
			all = append(all, r)
		}
		missing := press.Uncovered(string(all))
		t.Logf("%s: %d of %d are missing: %.40q", name, len(missing), len(all), missing)
		if len(missing) > 20 {
			t.Errorf("%s: %d characters cannot be printed", name, len(missing))
		}
	}
}
