package registry

import (
	"strings"
	"sync"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// NameKey is the form in which names are compared: case, ё and е, dots, spaces,
// hyphens, apostrophes and traditional or simplified Han make no difference.
// It is never shown and never printed. Equal keys suggest one person, they do
// not prove it.
func NameKey(s string) string {
	s = cases.Fold().String(norm.NFC.String(dropInvisible(s)))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == 'ё':
			return 'е'
		case isSpace(r), isDot(r), isJoiner(r):
			return -1
		}
		if simple, ok := simplified()[r]; ok {
			return simple
		}
		return r
	}, s)
	return norm.NFC.String(s)
}

// mixesHan reports a name with a traditional-only and a simplified-only
// character: one of them is a slip, or the text was converted on its way.
func mixesHan(s string) bool {
	traditional, simple := false, false
	for _, r := range s {
		_, ok := simplified()[r]
		traditional = traditional || ok && !strings.ContainsRune(hanBoth, r)
		simple = simple || onlySimplified()[r]
	}
	return traditional && simple
}

// simplified leads from the traditional characters that names use to their
// simplified forms. It need not be whole: what is missing is compared as it is.
var simplified = sync.OnceValue(func() map[rune]rune {
	pairs := []rune(hanPairs)
	m := make(map[rune]rune, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
})

// onlySimplified holds the simplified forms that traditional texts do not have.
var onlySimplified = sync.OnceValue(func() map[rune]bool {
	m := map[rune]bool{}
	for _, r := range simplified() {
		m[r] = !strings.ContainsRune(hanBoth, r)
	}
	return m
})

// hanBoth are characters that both kinds of text use, in names above all.
const hanBoth = "咏秘昇淩於迴徵万丰于云价余党凌几划升台叶后哲回岩岳峰广征志愿据朴杰松极涌真确种筑群胜芸苹范谷适里"

// hanPairs are a traditional character and its simplified form, one after the other.
const hanPairs = "" +
	"張张陳陈劉刘楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢韓韩馮冯鄧邓許许蔣蒋蕭萧葉叶閻阎鍾钟譚谭陸陆賈贾韋韦" +
	"鄒邹閆闫龍龙萬万錢钱湯汤喬乔賀贺賴赖龔龚龐庞蘭兰齊齐嚴严溫温蘆芦盧卢顧顾魯鲁畢毕聶聂叢丛應应莊庄單单" +
	"駱骆衛卫紀纪項项陰阴歐欧陽阳諸诸東东聞闻淩凌寧宁婁娄闞阚鄔邬倫伦鄺邝儲储費费習习藺蔺竇窦饒饶榮荣勞劳" +
	"鞏巩關关師师儀仪慶庆國国華华偉伟麗丽強强軍军濤涛傑杰藝艺靜静艷艳豔艳鳳凤蓮莲潔洁瓊琼飛飞鵬鹏輝辉暉晖" +
	"煒炜瑋玮緯纬韻韵穎颖瑩莹螢萤瑤瑶繼继續续學学廣广義义賢贤順顺興兴樂乐愛爱夢梦雲云霧雾澤泽潤润濱滨漢汉" +
	"滿满淵渊瀾澜灝灏瀟潇鴻鸿鶴鹤鸞鸾鶯莺鷹鹰鳴鸣鵑鹃鸝鹂寶宝貝贝貞贞財财貴贵資资賓宾贊赞賜赐質质贇赟銀银" +
	"銘铭鋒锋鋼钢錦锦鎮镇鐵铁鏡镜鈞钧鈺钰銳锐錫锡鍵键鐘钟鑒鉴鑑鉴釗钊鈴铃銓铨鋭锐錚铮鎧铠鐸铎門门開开間间" +
	"閔闵閩闽閣阁閱阅闊阔闖闯闓闿陣阵際际隨随隊队雙双難难電电霽霁靈灵韜韬響响頂顶頌颂預预領领頤颐顏颜願愿" +
	"顯显風风養养館馆馳驰駿骏騰腾驊骅驍骁驥骥驕骄駒驹騏骐魚鱼鮑鲍鮮鲜鯤鲲麥麦點点貢贡賁贲賦赋躍跃軒轩軼轶" +
	"輔辅輪轮轅辕農农運运達达遠远適适選选遜逊遼辽邁迈鄉乡醫医釋释見见視视覺觉覽览觀观親亲記记訓训設设詠咏" +
	"評评詩诗詢询話话詳详誌志誠诚語语誼谊諒谅論论諾诺謀谋諭谕謙谦講讲謹谨識识譯译議议護护譽誉讀读讓让貫贯" +
	"負负責责賽赛紅红紋纹納纳純纯紗纱細细紹绍組组結结絢绚給给絡络統统絲丝經经綠绿維维綱纲網网綺绮綸纶緒绪" +
	"線线緣缘編编練练縈萦縣县績绩織织繡绣繩绳繪绘纓缨纖纤聖圣聰聪聲声職职聯联肅肃脈脉臨临舉举舊旧萊莱蒼苍" +
	"蓋盖蔭荫薈荟薔蔷蘇苏蘋苹蘊蕴處处號号蟬蝉術术補补壯壮壽寿奧奥妝妆姍姗娛娱婦妇媽妈嬌娇嫻娴嫺娴嬋婵嬡嫒" +
	"嬰婴實实寬宽審审寫写將将專专尋寻對对導导層层屬属島岛峽峡崗岗嵐岚嶺岭嶽岳巒峦帥帅帶带幾几庫库廬庐廳厅" +
	"彈弹彌弥彥彦徑径從从復复徵征憂忧憶忆懷怀戀恋戰战戶户執执揚扬換换擇择據据攜携攝摄數数斂敛斕斓晉晋時时" +
	"晝昼暢畅曉晓曄晔曠旷書书會会來来條条棟栋棗枣極极樓楼標标樞枢樣样樸朴樹树橋桥機机檢检櫻樱權权欄栏歡欢" +
	"歲岁歷历歸归氣气決决沖冲淺浅減减渾浑湧涌漁渔漣涟潛潜濟济瀅滢灣湾為为爲为無无煥焕煙烟煉炼燁烨燈灯燦灿" +
	"營营爍烁爾尔狀状獅狮獎奖獨独獻献現现璣玑環环璽玺瓏珑產产畫画異异當当疇畴發发盡尽監监盤盘眾众睞睐碩硕" +
	"確确禎祯禮礼禪禅稱称種种積积穩稳競竞筆笔節节範范築筑篤笃簡简籌筹緹缇縝缜繽缤翹翘聽听臺台與与億亿優优" +
	"兒儿兩两冊册凱凯別别則则剛刚創创劃划劍剑勁劲動动務务勛勋勳勋勝胜勢势勵励勸劝匯汇區区協协厲厉參参員员" +
	"啟启啓启喚唤嘯啸團团園园圖图圓圆堅坚堯尧報报場场塵尘壇坛壘垒倉仓個个側侧偵侦備备傳传傾倾僑侨價价儉俭" +
	"儷俪儼俨亞亚業业楨桢檸柠愷恺懇恳戲戏攬揽昇升曆历朧胧楓枫灑洒烏乌牽牵瑪玛畝亩祕秘穀谷筍笋縱纵羨羡翬翚" +
	"葦苇蓀荪薩萨虛虚覓觅誕诞諧谐謳讴豐丰貽贻賡赓踐践轉转迴回遙遥邊边鄰邻釵钗鉞钺鏗铿鐫镌長长閃闪闡阐陝陕" +
	"雋隽離离頓顿題题飄飘駐驻驗验鬆松鳶鸢鹽盐黨党齡龄樺桦檜桧渢沨湞浈溈沩潯浔澗涧瀏浏瀧泷煬炀熒荧燾焘璉琏" +
	"瑒玚璵玙瓔璎禕祎穠秾綬绶緗缃縉缙蕓芸藍蓝薊蓟詡诩諶谌賚赉軻轲逕迳鄆郓酈郦鉉铉錕锟鍇锴鏐镠鑲镶闌阑隴陇" +
	"韞韫頊顼頎颀駟驷騁骋鯉鲤鵠鹄鷺鹭於于餘余後后裡里裏里體体衆众羣群峯峰剎刹巖岩眞真"
