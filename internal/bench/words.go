package bench

import (
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

type course struct {
	code  string
	hours int // academic
	title registry.Text
}

var courses = []course{
	{"CPR1", 4, registry.Text{"zh": "心肺复苏与自动体外除颤（AED）", "en": "CPR and Automated External Defibrillation", "ru": "Сердечно-лёгочная реанимация и АНД"}},
	{"FAR1", 16, registry.Text{"zh": "救护员", "en": "First Aider", "ru": "Первая помощь: спасатель"}},
	{"FA-KIDS", 8, registry.Text{"zh": "儿童急救", "en": "First Aid for Children", "ru": "Первая помощь детям"}},
	{"BLEED", 3, registry.Text{"zh": "创伤止血与包扎", "en": "Bleeding Control and Bandaging", "ru": "Остановка кровотечения"}},
	{"BP-MEAS", 4, registry.Text{"zh": "规范血压测量", "en": "Correct Measurement of Blood Pressure", "ru": "Измерение артериального давления"}},
	{"CHEST", 6, registry.Text{"zh": "急性胸痛识别与处置", "en": "Acute Chest Pain: Recognition and First Response", "ru": "Острая боль в груди: первые действия"}},
	{"STROKE", 4, registry.Text{"zh": "脑卒中识别“中风120”", "en": "Stroke Recognition", "ru": "Распознавание инсульта"}},
	{"INJECT", 6, registry.Text{"zh": "肌内注射基本技能", "en": "Intramuscular Injection", "ru": "Внутримышечная инъекция"}},
	{"TRIAGE", 8, registry.Text{"zh": "灾害现场检伤分类", "en": "Triage at the Scene of a Disaster", "ru": "Сортировка пострадавших"}},
	{"PSY", 12, registry.Text{"zh": "心理急救", "en": "Psychological First Aid", "ru": "Психологическая первая помощь"}},
	{"HYGIENE", 3, registry.Text{"zh": "手卫生与个人防护", "en": "Hand Hygiene and Personal Protection", "ru": "Гигиена рук и защита"}},
	{"ELDER", 24, registry.Text{"zh": "老年人居家照护", "en": "Care of the Elderly at Home", "ru": "Уход за пожилыми на дому"}},
}

// Cities: name, name in English, code of the base.
var chineseCities = []string{
	"石家庄 Shijiazhuang SJZ",
	"天津 Tianjin TJN",
	"北京 Beijing BJG",
	"上海 Shanghai SHH",
	"重庆 Chongqing CQG",
	"哈尔滨 Harbin HEB",
	"长春 Changchun CCN",
	"沈阳 Shenyang SYG",
	"大连 Dalian DLN",
	"呼和浩特 Hohhot HHT",
	"包头 Baotou BTU",
	"太原 Taiyuan TYN",
	"大同 Datong DTG",
	"济南 Jinan JNN",
	"青岛 Qingdao QDO",
	"烟台 Yantai YTI",
	"郑州 Zhengzhou ZZH",
	"洛阳 Luoyang LYG",
	"开封 Kaifeng KFG",
	"西安 Xi’an XAN",
	"宝鸡 Baoji BJI",
	"兰州 Lanzhou LZH",
	"银川 Yinchuan YCN",
	"西宁 Xining XNG",
	"乌鲁木齐 Ürümqi WLM",
	"喀什 Kashgar KSI",
	"拉萨 Lhasa LSA",
	"日喀则 Shigatse RKZ",
	"成都 Chengdu CDU",
	"绵阳 Mianyang MYG",
	"昆明 Kunming KMG",
	"大理 Dali DLI",
	"贵阳 Guiyang GYG",
	"遵义 Zunyi ZYI",
	"南宁 Nanning NNG",
	"桂林 Guilin GLN",
	"海口 Haikou HKU",
	"广州 Guangzhou GZU",
	"深圳 Shenzhen SZN",
	"珠海 Zhuhai ZHI",
	"长沙 Changsha CSA",
	"岳阳 Yueyang YYG",
	"武汉 Wuhan WHN",
	"宜昌 Yichang YCG",
	"南昌 Nanchang NCG",
	"九江 Jiujiang JJG",
	"合肥 Hefei HFI",
	"芜湖 Wuhu WHU",
	"南京 Nanjing NJG",
	"苏州 Suzhou SZU",
	"杭州 Hangzhou HZU",
	"宁波 Ningbo NBO",
	"福州 Fuzhou FZU",
	"厦门 Xiamen XMN",
	"唐山 Tangshan TSN",
}

var russianCities = []string{
	"Москва Moscow MSK",
	"Санкт-Петербург Saint-Petersburg SPB",
	"Казань Kazan KZN",
	"Новосибирск Novosibirsk NVS",
	"Екатеринбург Yekaterinburg EKB",
	"Самара Samara SAM",
	"Омск Omsk OMS",
	"Челябинск Chelyabinsk CHL",
	"Уфа Ufa UFA",
	"Красноярск Krasnoyarsk KRS",
	"Пермь Perm PRM",
	"Воронеж Voronezh VRN",
	"Волгоград Volgograd VLG",
	"Краснодар Krasnodar KRD",
	"Саратов Saratov SRT",
	"Тюмень Tyumen TMN",
	"Ижевск Izhevsk IZH",
	"Барнаул Barnaul BRN",
	"Иркутск Irkutsk IRK",
	"Хабаровск Khabarovsk KHB",
}

// otherCities: name, code of the base.
var otherCities = []string{
	"Warsaw WAW",
	"Kraków KRK",
	"Gdańsk GDN",
	"Łódź LDZ",
	"Wrocław WRO",
	"Poznań POZ",
	"Nairobi NBI",
	"Lisbon LIS",
	"Lagos LOS",
	"Bogotá BOG",
}

// Parts of invented names.
var (
	surnames = strings.Fields("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 苏 卢 蒋 蔡 贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 孟 龙 万 段 雷 钱 汤 尹 黎 易 常 武 乔 贺 赖 龚 文 欧阳 诸葛 上官 司马")
	given    = strings.Fields("伟 芳 娜 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 子涵 梓萱 浩然 宇轩 琬珺 淼 昇 嘉怡 雨桐 思远 建华 晓峰 春梅 国栋 佳慧 志远 丹丹 海燕 文博 慧敏 婷婷 雪梅 鹏飞 俊杰 梦琪 欣怡 一诺 沐宸 奕辰 若曦 玉兰 桂英 翠花 德胜 振华 立新 晨曦 泽楷 语嫣 芷若 承恩 靖雯 瑞霖 皓轩 钰彤 沛然 怀瑾 清扬 知夏 望舒")
	rare     = []string{"张䶮", "李𬱖", "王㛃", "陈喆", "赵堃", "刘翀", "周彧", "吴甡", "阿卜杜热西提·阿布都克里木·麦麦提明江", "古丽巴哈尔·艾合买提", "扎西次仁", "卓玛央金", "林𫖮", "郭昉", "宋祎", "许珺"}

	familiesRU = strings.Fields("Иванов Петров Кузнецов Соколов Попов Лебедев Козлов Новиков Морозов Волков Семёнов Павлов Голубев Виноградов Богданов Воробьёв Фёдоров Михайлов Беляев Тарасов Белов Комаров Орлов Киселёв Макаров Андреев Ковалёв Ильин Гусев Титов Кузьмин Кудрявцев Баранов Куликов Алексеев Степанов Яковлев Сорокин Сергеев Романов")
	firstRU    = strings.Fields("Алексей Дмитрий Сергей Пётр Николай Иван Михаил Артём Егор Фёдор Андрей Кирилл Илья Тимофей Юрий Григорий Всеволод Эдуард Яков")
	middleRU   = strings.Fields("Иванович Петрович Сергеевич Владиславович Алексеевич Николаевич Юрьевич Андреевич Фёдорович Игоревич Эдуардович Кириллович")
	familiesKZ = strings.Fields("Құдайбергенов Әбдіғаппаров Өмірбеков Нұрмағамбетов Жүнісов Сәрсенбаев Төлеуов Қасымов Мұқанов Ықыласов Ермекұлы Шәріпов")
	firstKZ    = strings.Fields("Нұрсұлтан Әлихан Ерлан Мәди Бауыржан Қайрат Гүлфайруз Айгүл Жанғали Өмірзақ Үміт Іңкәр")

	firstPL = strings.Fields("Łukasz Małgorzata Wojciech Agnieszka Paweł Żaneta Siobhán Fatima-Zahra Nkosinathi Akosua José Zoë François Jürgen Søren Åsa Matěj Ștefan Ayşe Giulia Đorđe Katarzyna Mikołaj Bronisława")
	lastPL  = strings.Fields("Wiśniewski Wójcik Kowalczyk Zieliński Szymański Woźniak Dąbrowski Kozłowska Jabłońska Mazur Krawczyk Gómez Müller O’Brien Nguyễn Çelik Sørensen Łukasiewicz Okonkwo Boutaleb Mensah Horváth Šimůnek Ionescu")
)
