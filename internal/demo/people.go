package demo

import (
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
)

// draw is a small deterministic generator (xorshift): the same people each time,
// whatever the Go version.
type draw uint64

func (d *draw) below(n int) int {
	x := uint64(*d)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*d = draw(x)
	return int(x % uint64(n))
}

func (d *draw) of(list []string) string { return list[d.below(len(list))] }

var (
	surnames = strings.Fields("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 欧阳 诸葛 上官")
	given    = strings.Fields("伟 芳 娜 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 子涵 梓萱 浩然 宇轩 琬珺 淼 昇 嘉怡 雨桐 思远 建华 晓峰 春梅 国栋 佳慧 志远 丹丹 海燕 文博 慧敏")
	rare     = []string{"张䶮", "李𬱖", "王㛃", "阿卜杜热西提·阿布都克里木·麦麦提明江", "扎西次仁", "卓玛", "吕一", "欧阳娜"}

	familyM = strings.Fields("Иванов Петров Кузнецов Соколов Попов Лебедев Козлов Новиков Морозов Волков Семёнов Павлов Голубев Виноградов")
	firstM  = strings.Fields("Алексей Дмитрий Сергей Пётр Николай Иван Михаил Артём Егор Фёдор")
	middleM = strings.Fields("Иванович Петрович Сергеевич Владиславович Алексеевич Николаевич")
	firstF  = strings.Fields("Анна Ольга Елена Мария Ксения Татьяна Дарья Алёна Полина Юлия")
	middleF = strings.Fields("Ивановна Петровна Сергеевна Владиславовна Алексеевна Николаевна")
	abroad  = []string{"Құдайбергенов Нұрсұлтан Әбдіғаппарұлы", "Төлеуова Гүлфайруз Өмірбекқызы", "Fatima-Zahra El Idrissi Boutaleb",
		"Nkosinathi van der Westhuizen", "Ɔkɔmfoɔ Akosua Ɛdwoa", "O'Brien-Łukasiewicz Siobhán",
		"Константинопольская-Преображенская Александра Владиславовна", "Семёнов Пётр"}

	hospitals   = []string{"石家庄市人民医院(演示)", "石家庄市中医院(演示)", "沧州市人民医院(演示)", "天津市胸科医院(演示)"}
	departments = []string{"急诊科", "全科医学科", "护理部", "重症医学科", "儿科"}
)

// people makes n invented trainees; the first of each class have names that are
// hard to print.
func people(d *draw, russian bool, n, tag int) []intake.Row {
	rows := make([]intake.Row, n)
	for i := range rows {
		if russian {
			rows[i] = russianRow(d, i)
		} else {
			rows[i] = chineseRow(d, i)
		}
		rows[i].Line = i + 2
		rows[i].Hash = fmt.Sprintf("demo-%d-%d", tag, i)
	}
	return rows
}

func chineseRow(d *draw, i int) intake.Row {
	name := d.of(surnames) + d.of(given)
	if i < len(rare) && d.below(3) == 0 {
		name = rare[i]
	}
	birth := registry.NewDate(1962+d.below(42), 1, 1).AddDays(d.below(365))
	id := chineseID(birth, d.below(1000))
	return intake.Row{Name: name, IDType: registry.IDChina, ID: id, IDLast4: id[14:], BirthDate: birth,
		Phone: fmt.Sprintf("139%08d", d.below(100_000_000)), Organization: d.of(hospitals), Department: d.of(departments)}
}

// chineseID makes a resident id of the area 999999, which does not exist, with a
// right check character (GB 11643, MOD 11-2).
func chineseID(birth registry.Date, order int) string {
	s := fmt.Sprintf("999999%04d%02d%02d%03d", birth.Year, int(birth.Month), birth.Day, order)
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(s[i]-'0')
	}
	return s + string("10X98765432"[sum%11])
}

func russianRow(d *draw, i int) intake.Row {
	name := d.of(familyM) + " " + d.of(firstM) + " " + d.of(middleM)
	if d.below(2) == 0 {
		name = d.of(familyM) + "а " + d.of(firstF) + " " + d.of(middleF)
	}
	if i < len(abroad) && d.below(3) == 0 {
		name = abroad[i]
	}
	serial := fmt.Sprintf("%06d", d.below(1_000_000))
	return intake.Row{Name: name, IDType: registry.IDVolunteer, ID: "ВМ-77-" + serial, IDLast4: serial[2:],
		BirthDate: registry.NewDate(1962+d.below(42), 1, 1).AddDays(d.below(365)), Phone: fmt.Sprintf("+7 9%09d", d.below(1_000_000_000)),
		Organization: "РО «Волонтёры-медики» (DEMO)"}
}
