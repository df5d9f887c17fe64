"""The words of the review grammar: tables only, one entry a line.

Nouns carry a code: English s/u/p (countable, uncountable, plural), German m/f/n/p, French and
Spanish m/f with p for plural. Adjectives: "<" stands before its noun, "~" takes Spanish estar.
Patterns name the forms that `xlshare.data.mini.marc` inflects; German clauses are written
"subject / finite verb / rest" (and "/ what follows the verb in every order"), from which main,
subordinate and inverted order follow.
"""

from __future__ import annotations

COLUMNS = ("en", "de", "fr", "es", "zh")


def rows(table: str) -> dict[str, list[str]]:
    """Rows of a table `key | cell | cell ...` as key -> cells."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return {line[0]: line[1:] for line in lines}


def columns(table: str) -> dict[str, dict[str, str]]:
    """Rows of a table with one cell a language as key -> language -> cell."""
    return {key: dict(zip(COLUMNS, cells)) for key, cells in rows(table).items()}


# product: the noun in each language; Chinese with its measure word
PRODUCTS = columns("""
phone       | s phone          | n Handy          | m téléphone         | m teléfono        | 款 手机
headphones  | p headphones     | p Kopfhörer      | mp écouteurs        | mp auriculares    | 副 耳机
lamp        | s lamp           | f Lampe          | f lampe             | f lámpara         | 盏 台灯
backpack    | s backpack       | m Rucksack       | m sac à dos         | f mochila         | 个 背包
kettle      | s kettle         | m Wasserkocher   | f bouilloire        | m hervidor        | 个 电水壶
novel       | s novel          | m Roman          | m roman             | f novela          | 本 小说
picturebook | s picture book   | n Bilderbuch     | m album illustré    | m libro ilustrado | 本 绘本
jacket      | s jacket         | f Jacke          | f veste             | f chaqueta        | 件 夹克
keyboard    | s keyboard       | f Tastatur       | m clavier           | m teclado         | 个 键盘
shoes       | p shoes          | p Schuhe         | fp chaussures       | mp zapatos        | 双 鞋子
suitcase    | s suitcase       | m Koffer         | f valise            | f maleta          | 个 行李箱
watch       | s watch          | f Uhr            | f montre            | m reloj           | 块 手表
coffeemaker | s coffee machine | f Kaffeemaschine | f machine à café    | f cafetera        | 台 咖啡机
vacuum      | s vacuum cleaner | m Staubsauger    | m aspirateur        | f aspiradora      | 台 吸尘器
hairdryer   | s hairdryer      | m Föhn           | m sèche-cheveux     | m secador         | 个 吹风机
tent        | s tent           | n Zelt           | f tente             | f tienda de campaña | 顶 帐篷
umbrella    | s umbrella       | m Regenschirm    | m parapluie         | m paraguas        | 把 雨伞
camera      | s camera         | f Kamera         | m appareil photo    | f cámara          | 台 相机
tea         | s tea            | m Tee            | m thé               | m té              | 款 茶
chocolate   | s chocolate      | f Schokolade     | m chocolat          | m chocolate       | 盒 巧克力
perfume     | s perfume        | n Parfüm         | m parfum            | m perfume         | 瓶 香水
candle      | s candle         | f Kerze          | f bougie            | f vela            | 支 蜡烛
boardgame   | s board game     | n Brettspiel     | m jeu de société    | m juego de mesa   | 款 桌游
film        | s film           | m Film           | m film              | f película        | 部 电影
gloves      | p gloves         | p Handschuhe     | mp gants            | mp guantes        | 双 手套
sunglasses  | p sunglasses     | f Sonnenbrille   | fp lunettes de soleil | fp gafas de sol | 副 太阳镜
trousers    | p trousers       | f Hose           | m pantalon          | m pantalón        | 条 裤子
pan         | s pan            | f Pfanne         | f poêle             | f sartén          | 个 平底锅
""")

# product: what one does with it (Chinese puts shoes on, wear, but dons gloves; only English and its
# neighbours merely use headphones, ears), then where, if anywhere; its own aspects
KINDS = {
    key: [cell.split() for cell in cells]
    for key, cells in rows("""
phone       | use travel | workmanship battery sound screen design manual
headphones  | ears travel| workmanship battery sound cable material design
lamp        | use home   | workmanship light cable material colour design
backpack    | use travel | workmanship material zip colour design handle
kettle      | use home   | workmanship handle cable material design manual
novel       |            | story
picturebook |            | story pictures
jacket      | wear travel| workmanship fabric zip colour
keyboard    | use home   | workmanship keys cable material design manual
shoes       | wear travel| workmanship material soles colour design
suitcase    | use travel | workmanship handle wheels zip colour material
watch       | don travel | workmanship battery screen material design manual
coffeemaker | use home   | workmanship motor cable design manual
vacuum      | use home   | workmanship motor cable handle wheels manual
hairdryer   | use home   | workmanship motor cable handle colour
tent        | use travel | workmanship material zip colour manual
umbrella    | use travel | workmanship material handle colour
camera      | use travel | workmanship battery screen pictures design manual
tea         |            | taste scent
chocolate   |            | taste
perfume     |            | scent
candle      |            | scent light colour
boardgame   |            | rules material design
film        |            | story pictures sound
gloves      | don travel | workmanship fabric colour
sunglasses  | don travel | workmanship material colour design
trousers    | wear travel| workmanship fabric zip colour
pan         | use home   | workmanship handle material
""").items()
}
UNIVERSAL = ("itself", "price", "delivery", "packaging", "service")  # aspects of every product
PAST = ("delivery", "packaging", "service")  # over when the review is written
NEVER_BETTER = PAST + ("colour",)  # a colour is more beautiful, not better
POOR_REASON = "packaging"  # to like a novel or not
NOT_COMPARED = ("itself", "price")  # with those of the old product

ASPECTS = columns("""
price       | s price            | m Preis        | m prix           | m precio              | 价格
delivery    | s delivery         | f Lieferung    | f livraison      | f entrega             | 物流
packaging   | u packaging        | f Verpackung   | m emballage      | m embalaje            | 包装
service     | u customer service | m Kundendienst | m service client | f atención al cliente | 客服
workmanship | u workmanship      | f Verarbeitung | f finition       | m acabado             | 做工
battery     | s battery          | m Akku         | f batterie       | f batería             | 电池
sound       | s sound            | m Klang        | m son            | m sonido              | 音质
screen      | s screen           | m Bildschirm   | m écran          | f pantalla            | 屏幕
motor       | s motor            | m Motor        | m moteur         | m motor               | 电机
cable       | s cable            | n Kabel        | m câble          | m cable               | 电线
handle      | s handle           | m Griff        | f poignée        | f asa                 | 把手
material    | u material         | n Material     | f matière        | m material            | 材质
fabric      | s fabric           | m Stoff        | m tissu          | m tejido              | 面料
zip         | s zip              | m Reißverschluss | f fermeture éclair | f cremallera          | 拉链
colour      | s colour           | f Farbe        | f couleur        | m color               | 颜色
design      | s design           | n Design       | m design         | m diseño              | 设计
manual      | s manual           | f Anleitung    | f notice         | m manual              | 说明书
scent       | s scent            | m Duft         | f odeur          | m aroma               | 香味
taste       | s taste            | m Geschmack    | m goût           | m sabor               | 味道
story       | s story            | f Geschichte   | f histoire       | f historia            | 故事
pictures    | p pictures         | p Bilder       | fp images        | fp imágenes           | 画面
keys        | p keys             | p Tasten       | fp touches       | fp teclas             | 按键
light       | u light            | n Licht        | f lumière        | f luz                 | 光线
wheels      | p wheels           | p Räder        | fp roues         | fp ruedas             | 轮子
soles       | p soles            | p Sohlen       | fp semelles      | fp suelas             | 鞋底
rules       | p rules            | p Regeln       | fp règles        | fp reglas             | 规则
""")

# aspect: the scales on which it is judged
SCALES = {
    key: cells[0].split()
    for key, cells in rows("""
itself      | good impressive
price       | low reasonable
delivery    | good fast impressive
packaging   | good careful sturdy
service     | good prompt friendly impressive
workmanship | good careful impressive
battery     | good impressive
sound       | good clean impressive
screen      | good sharp impressive
motor       | good strong impressive
cable       | good sturdy well_made
handle      | good sturdy well_made
material    | good sturdy
fabric      | good sturdy soft
zip         | good sturdy well_made
colour      | beautiful
design      | good beautiful impressive
manual      | good clear well_made
scent       | good pleasant impressive
taste       | good rich impressive
story       | good exciting impressive
pictures    | good sharp beautiful impressive
keys        | good sturdy well_made
light       | good strong impressive
wheels      | good sturdy well_made
soles       | good sturdy soft well_made
rules       | good clear
""").items()
}

# the two ends of a scale, such that "not" at one end means the other end; better: comparisons only
ADJECTIVES = columns("""
good+       | good          | gut              | <bon bonne           | <bueno buena          | 好
good-       | bad           | schlecht         | <mauvais mauvaise    | <malo mala            | 差
impressive+ | impressive    | beeindruckend    | impressionnant +e    | impresionante +       | 出色
impressive- | disappointing | enttäuschend     | décevant +e          | decepcionante +       | 令人失望
sturdy+     | sturdy        | robust           | solide +             | resistente +          | 结实
sturdy-     | flimsy        | empfindlich      | fragile +            | frágil +              | 单薄
fast+       | fast          | schnell          | rapide +             | rápido rápida         | 快
fast-       | slow          | langsam          | lent +e              | lento lenta           | 慢
prompt+     | fast          | schnell          | rapide +             | rápido rápida         | 反应 快
prompt-     | slow          | langsam          | lent +e              | lento lenta           | 反应 慢
beautiful+  | beautiful     | schön            | <beau belle          | bonito bonita         | 好看
beautiful-  | ugly          | hässlich         | laid +e              | feo fea               | 难看
low+        | low           | niedrig          | bas basse            | bajo baja             | 低
low-        | high          | hoch             | élevé +e             | alto alta             | 高
reasonable+ | reasonable    | angemessen       | raisonnable +        | razonable +           | 合理
reasonable- | excessive     | überhöht         | excessif excessive   | excesivo excesiva     | 离谱
pleasant+   | pleasant      | angenehm         | agréable +           | agradable +           | 好闻
pleasant-   | unpleasant    | unangenehm       | désagréable +        | desagradable +        | 难闻
exciting+   | exciting      | spannend         | passionnant +e       | emocionante +         | 精彩
exciting-   | boring        | langweilig       | ennuyeux ennuyeuse   | aburrido aburrida     | 无聊
clear+      | clear         | verständlich     | clair +e             | claro clara           | 清楚
clear-      | confusing     | verwirrend       | confus +e            | confuso confusa       | 混乱
clean+      | clear         | klar             | clair +e             | claro clara           | 清晰
clean-      | muffled       | dumpf            | étouffé +e           | ~apagado apagada      | 沉闷
sharp+      | sharp         | scharf           | net nette            | nítido nítida         | 清晰
sharp-      | blurry        | unscharf         | flou +e              | borroso borrosa       | 模糊
friendly+   | friendly      | freundlich       | aimable +            | amable +              | 热情
friendly-   | rude          | unfreundlich     | impoli +e            | grosero grosera       | 冷漠
careful+    | neat          | ordentlich       | soigné +e            | ~cuidado cuidada      | 用心
careful-    | sloppy        | schlampig        | négligé +e           | ~descuidado descuidada| 马虎
well_made+  | well made     | gut gemacht      | bien_fait +e         | ~bien_hecho bien_hecha| 做得 好
well_made-  | badly made    | schlecht gemacht | mal_fait +e          | ~mal_hecho mal_hecha  | 做得 差
soft+       | soft          | weich            | doux douce           | suave +               | 柔软
soft-       | rough         | rau              | rêche +              | áspero áspera         | 粗糙
rich+       | rich          | kräftig          | riche +              | intenso intensa       | 浓郁
rich-       | bland         | fad              | fade +               | soso sosa             | 寡淡
strong+     | strong        | stark            | puissant +e          | potente +             | 强
strong-     | weak          | schwach          | faible +             | débil +               | 弱
better+     | better        | besser           | <meilleur +e         | mejor +               | 好
better-     | worse         | schlechter       | <pire +              | peor +                | 差
""")

PERSONS = columns("""
brother   | he my brother    | m Bruder          | il mon frère     | mi hermano   | 他 我哥哥
sister    | she my sister    | f Schwester       | elle ma sœur     | mi hermana   | 她 我姐姐
mother    | she my mother    | f Mutter          | elle ma mère     | mi madre     | 她 我妈妈
father    | he my father     | m Vater           | il mon père      | mi padre     | 他 我爸爸
son       | he my son        | m Sohn            | il mon fils      | mi hijo      | 他 我儿子
neighbour | she my neighbour | f Nachbarin       | elle ma voisine  | mi vecina    | 她 我邻居
colleague | he my colleague  | m Kollege Kollegen| il mon collègue  | mi compañero | 他 我同事
friend    | she my friend    | f Freundin        | elle mon amie    | mi amiga     | 她 我朋友
""")

# scene: its arguments, each with its words in every language
TIMES = columns("""
week      | last week        | letzte Woche     | la semaine dernière  | la semana pasada     | 上周
months    | two months ago   | vor zwei Monaten | il y a deux mois     | hace dos meses       | 两个月前
year      | a year ago       | vor einem Jahr   | il y a un an         | hace un año          | 一年前
may       | in May           | im Mai           | en mai               | en mayo              | 五月份
winter    | last winter      | letzten Winter   | l'hiver dernier      | el invierno pasado   | 去年冬天
christmas | before Christmas | vor Weihnachten  | avant Noël           | antes de Navidad     | 圣诞节前
""")
DURATIONS = columns("""
weeks     | two weeks        | zwei Wochen      | deux semaines        | dos semanas          | 两周
month     | a month          | einem Monat      | un mois              | un mes               | 一个月
months    | three months     | drei Monaten     | trois mois           | tres meses           | 三个月
half      | half a year      | einem halben Jahr| six mois             | medio año            | 半年
year      | a year           | einem Jahr       | un an                | un año               | 一年
""")
PLACES = columns("""
italy     | Italy            | Italien          | en Italie            | Italia               | 意大利
norway    | Norway           | Norwegen         | en Norvège           | Noruega              | 挪威
japan     | Japan            | Japan            | au Japon             | Japón                | 日本
rome      | Rome             | Rom              | à Rome               | Roma                 | 罗马
berlin    | Berlin           | Berlin           | à Berlin             | Berlín               | 柏林
""")
HABITS = columns("""
daily     | every day        | jeden Tag        | tous les jours       | todos los días       | 每天都
home      | at home          | zu Hause         | à la maison          | en casa              | 在家
weekend   | at the weekend   | am Wochenende    | le week-end          | los fines de semana  | 周末
morning   | every morning    | jeden Morgen     | tous les matins     | todas las mañanas  | 每天早上都
""")
ARGUMENTS = {
    "gift": PERSONS,
    "advice": PERSONS,
    "order": TIMES,
    "since": DURATIONS,
    "trip": PLACES,
    "habit": HABITS,
    "replace": PERSONS,
}
NEEDS = {"since": "durable", "replace": "durable", "trip": "travel", "habit": "home"}
VERBS = columns("""
use  | use  | benutze | j'utilise | uso   | 用
ears | use  | benutze | j'utilise | uso   | 戴
don  | wear | trage   | je porte  | llevo | 戴
wear | wear | trage   | je porte  | llevo | 穿
""")
PARTICIPLES = {"use": "using", "ears": "using", "don": "wearing", "wear": "wearing"}

# overall judgements, positive and negative; half of the positive ones are the negated ones
STATEMENTS = {
    "en": rows("""
rebuy      | I would buy {o} again               | I would not buy {o} again
recommend  | I recommend {o}                     | I do not recommend {o}
like       | I like {o}                          | I do not like {o}
worth      | {this} {is} worth the money         | {this} {is} not worth the money
expected   | {this} met my expectations          | {this} did not meet my expectations
regret     | I do not regret the purchase        | I regret the purchase
return     | I will not return {this}            | I will return {this}
letdown    | {this} did not disappoint me        | {this} disappointed me
miss       | I can no longer do without {this}   | I can do without {this}
complain   | I have nothing to complain about    | I have a lot to complain about
problems   | there was not a single problem      | there were problems from the first day
lasting    | {this} {is} still like new           | {this} soon wore out
"""),
    "de": rows("""
rebuy      | ich / würde / {o} wieder kaufen     | ich / würde / {o} nicht wieder kaufen
recommend  | ich / kann / {o} empfehlen          | ich / kann / {o} nicht empfehlen
like       | mir / {pleases} / {this}            | mir / {pleases} / {this} nicht
worth      | {this} / {is} / {his} Geld wert     | {this} / {is} / {his} Geld nicht wert
expected   | {this} / {has} / meine Erwartungen erfüllt | {this} / {has} / meine Erwartungen nicht erfüllt
regret     | ich / bereue / den Kauf nicht       | ich / bereue / den Kauf
return     | ich / werde / {acc} nicht zurückgeben | ich / werde / {acc} zurückgeben
letdown    | mich / {has} / {this} nicht enttäuscht | mich / {has} / {this} enttäuscht
miss       | ich / kann / nicht mehr auf {acc} verzichten | ich / kann / auf {acc} verzichten
complain   | ich / habe / nichts zu bemängeln    | ich / habe / viel zu bemängeln
problems   | es / gab / kein einziges Problem    | es / gab / vom ersten Tag an Probleme
lasting    | {this} / {is} / noch wie neu        | {this} / {was} / bald abgenutzt
"""),
    "fr": rows("""
rebuy      | je {o} rachèterais                  | je ne {o} rachèterais pas
recommend  | je {o} recommande                   | je ne {o} recommande pas
like       | {this} me {pleases}                 | {this} ne me {pleases} pas
worth      | {this} {is_worth} {his} prix        | {this} ne {is_worth} pas {his} prix
expected   | {this} {has} répondu à mes attentes | {this} n'{has} pas répondu à mes attentes
regret     | je ne regrette pas cet achat        | je regrette cet achat
return     | je ne rendrai pas {this}            | je rendrai {this}
letdown    | {this} ne m'{has} pas déçu          | {this} m'{has} déçu
miss       | je ne peux plus me passer de {this} | je peux me passer de {this}
complain   | je n'ai rien à redire               | j'ai beaucoup à redire
problems   | il n'y a pas eu un seul problème    | il y a eu des problèmes dès le premier jour
lasting    | {this} {is} encore comme {new}      | {this} {itself} vite {worn}
"""),
    "es": rows("""
rebuy      | {o} volvería a comprar              | no {o} volvería a comprar
recommend  | {o} recomiendo                      | no {o} recomiendo
like       | me gusta{n} {this}                  | no me gusta{n} {this}
worth      | {this} vale{n} lo que cuesta{n}     | {this} no vale{n} lo que cuesta{n}
expected   | {this} {met} mis expectativas       | {this} no {met} mis expectativas
regret     | no me arrepiento de la compra       | me arrepiento de la compra
return     | no devolveré {this}                 | devolveré {this}
letdown    | {this} no me {disappointed}         | {this} me {disappointed}
miss       | ya no puedo vivir sin {this}        | puedo vivir sin {this}
complain   | no tengo nada que objetar           | tengo mucho que objetar
problems   | no hubo ni un solo problema         | hubo problemas desde el primer día
lasting    | {this} sigue{n} como {new}          | {this} se {wore_out} pronto
"""),
    "zh": rows("""
rebuy      | 我以后会再买                         | 我以后不会再买
recommend  | 我推荐大家购买                       | 我不推荐大家购买
like       | 我很喜欢{this}                       | 我不喜欢{this}
worth      | {this}值这个价                       | {this}不值这个价
expected   | {this}达到了我的期望                 | {this}没有达到我的期望
regret     | 我不后悔买了{this}                   | 我后悔买了{this}
return     | 我不会退货                           | 我会退货
letdown    | {this}没有让我失望                   | {this}让我失望了
miss       | 我已经离不开{this}了                 | 没有{this}我也无所谓
complain   | 我没什么可抱怨的                     | 我有很多可抱怨的
problems   | 我一次问题也没遇到                   | 从第一天起就有问题
lasting    | {this}现在还像新的一样               | {this}很快就旧了
"""),
}
# the same of another person, who is "{person}"
OTHERS = {
    "en": rows("""
rebuy      | {person} would buy {o} again        | {person} would not buy {o} again
recommend  | {person} recommends {o}             | {person} does not recommend {o}
like       | {person} likes {o}                  | {person} does not like {o}
regret     | {person} does not regret the purchase | {person} regrets the purchase
return     | {person} would not return {o}       | {person} would return {o}
worth      | {person} finds {o} worth the money | {person} does not find {o} worth the money
"""),
    "de": rows("""
rebuy      | {person} würde {o} wieder kaufen    | {person} würde {o} nicht wieder kaufen
recommend  | {person} empfiehlt {o}              | {person} empfiehlt {o} nicht
like       | {person} mag {o}                    | {person} mag {o} nicht
regret     | {person} bereut den Kauf nicht      | {person} bereut den Kauf
return     | {person} würde {o} nicht zurückgeben | {person} würde {o} zurückgeben
worth | für {person_acc} {is} {this} {his} Geld wert | für {person_acc} {is} {this} {his} Geld nicht wert
"""),
    "fr": rows("""
rebuy      | {person} {o} rachèterait            | {person} ne {o} rachèterait pas
recommend  | {person} {o} recommande             | {person} ne {o} recommande pas
like       | {person} {o_vowel}aime bien         | {person} ne {o_vowel}aime pas
regret     | {person} ne regrette pas cet achat  | {person} regrette cet achat
return     | {person} ne {o} rendrait pas        | {person} {o} rendrait
worth | pour {person}, {this} {is_worth} {his} prix | pour {person}, {this} ne {is_worth} pas {his} prix
"""),
    "es": rows("""
rebuy      | {person} {o} volvería a comprar     | {person} no {o} volvería a comprar
recommend  | {person} {o} recomienda             | {person} no {o} recomienda
like       | a {person} le gusta{n} {this}       | a {person} no le gusta{n} {this}
regret     | {person} no se arrepiente de la compra | {person} se arrepiente de la compra
return     | {person} no {o} devolvería          | {person} {o} devolvería
worth      | para {person} {this} vale{n} lo que cuesta{n} | para {person} {this} no vale{n} lo que cuesta{n}
"""),
    "zh": rows("""
rebuy      | {person}以后会再买                   | {person}以后不会再买
recommend  | {person}推荐大家购买                 | {person}不推荐大家购买
like       | {person}很喜欢{this}                 | {person}不喜欢{this}
regret     | {person}不后悔买了{this}             | {person}后悔买了{this}
return     | {person}不会退货                     | {person}会退货
worth      | {person}觉得{this}值这个价           | {person}觉得{this}不值这个价
"""),
}
REASONED = ("rebuy", "recommend", "like", "worth", "regret", "return")  # may be given a reason
FOR_DURABLES = ("miss", "problems", "lasting")
ABSOLUTE = ("complain", "problems", "problem")  # leave no room for a concession

CLAUSES = {
    "en": rows("""
plain        | {asp} {is} {x}
really       | {asp} {is} really {x}
not          | {asp} {is} not {x}
not_at_all   | {asp} {is} not {x} at all
anything_but | {asp} {is} anything but {x}
than_old     | {asp} {is} {x} than {that} of {old}
old_had      | {old} had {np}
could_be     | {asp} could be much {x}
could_not    | {asp} could not be {x}
"""),
    "de": rows("""
plain        | {asp} / {is} / {x}
really       | {asp} / {is} / wirklich {x}
not          | {asp} / {is} / nicht {x}
not_at_all   | {asp} / {is} / überhaupt nicht {x}
anything_but | {asp} / {is} / alles andere als {x}
than_old     | {asp} / {is} / {x} / als bei {old_dat}
old_had      | {old} / {had} / {np}
could_be     | {asp} / {could} / viel {x} sein
could_not    | {asp} / {could} / nicht {x} sein
"""),
    "fr": rows("""
plain        | {asp} {is} {x}
really       | {asp} {is} vraiment {x}
not          | {asp} {ne_is} pas {x}
not_at_all   | {asp} {ne_is} pas du tout {x}
anything_but | {asp} {is} tout sauf {x}
than_old     | {asp} {is} {x} que {that} de {old}
old_had      | {old} {had} {np}
could_be     | {asp} {could} être bien {x}
could_not    | {asp} ne {could} pas être {x}
"""),
    "es": rows("""
plain        | {asp} {is} {x}
really       | {asp} {is} realmente {x}
not          | {asp} no {is} {x}
not_at_all   | {asp} no {is} nada {x}
anything_but | {asp} {is} todo menos {x}
than_old     | {asp} {is} {x} que {that} de {old}
old_had      | {old} {had} {np}
could_be     | {asp} {could} ser mucho {x}
could_not    | {asp} no {could} ser {x}
"""),
    "zh": rows("""
plain        | {asp}{do}很{x}
really       | {asp}{do}真的很{x}
not          | {asp}不能算{do}很{x}
not_at_all   | {asp}{do}一点也不{x}
anything_but | {asp}跟{do}{x}完全不沾边
than_old     | {asp}比{old_one}的要{x}
old_had      | {old_one}{asp}更{x}
could_be     | {asp}本来可以{x}得多
could_not    | {asp}再{x}不过了
"""),
}

# each with one wording or two; "#" parts two sentences
SENTENCES = {
    "en": rows("""
single         | {a}
and            | {a}, and {b}
because        | {a}, because {b} | {a}, since {b}
although       | although {a}, {b}
but            | {a}, but {b}
even_though    | {b}, even though {a}
granted        | it is true that {a}, but {b}
still          | {a} # still, {b} | {a} # even so, {b}
hands          | on the one hand {a}, on the other hand {b}
while          | {a}, while {b}
undecided      | I am undecided | I do not know what to think
neither        | all in all neither good nor bad | overall just average
expected_right | I had expected {np}, and I was right
expected_wrong | I had expected {np}, but I was wrong
says_right     | {person} says that {a}, and {he} is right
says_wrong     | {person} says that {a}, but {he} is wrong
finds_right    | {person} finds {asp} {x}, and so do I
finds_wrong    | {person} finds {asp} {x}, but I do not
agree         | {other}, and I see it the same way | {other}, and I agree
disagree      | {other}, but I see it differently | {other}, but I disagree
"""),
    "de": rows("""
single         | {a}
and            | {a}, und {b}
because        | {a}, weil {b_sub} | {a}, da {b_sub}
although       | obwohl {a_sub}, {b_inv}
but            | {a}, aber {b}
even_though    | {b}, obwohl {a_sub}
granted        | zwar {a_inv}, aber {b}
still          | {a} # trotzdem {b_inv} | {a} # dennoch {b_inv}
hands          | einerseits {a_inv}, andererseits {b_inv}
while          | {a}, während {b_sub}
undecided      | ich bin unentschlossen | ich weiß nicht, was ich davon halten soll
neither        | alles in allem weder gut noch schlecht | insgesamt nur Durchschnitt
expected_right | ich hatte {np} erwartet, und ich hatte recht
expected_wrong | ich hatte {np} erwartet, aber ich habe mich geirrt
says_right     | {person} sagt, dass {a_sub}, und {he} hat recht
says_wrong     | {person} sagt, dass {a_sub}, aber {he} irrt sich
finds_right    | {person} findet {acc} {x}, und ich auch
finds_wrong    | {person} findet {acc} {x}, aber ich nicht
agree         | {other}, und ich sehe das genauso | {other}, und ich stimme zu
disagree      | {other}, aber ich sehe das anders | {other}, aber ich bin anderer Meinung
"""),
    "fr": rows("""
single         | {a}
and            | {a}, et {b}
because        | {a}, parce que {b} | {a}, car {b}
although       | même si {a}, {b}
but            | {a}, mais {b}
even_though    | {b}, même si {a}
granted        | il est vrai que {a}, mais {b}
still          | {a} # malgré cela, {b} | {a} # pourtant, {b}
hands          | d'un côté {a}, de l'autre {b}
while          | {a}, tandis que {b}
undecided      | je ne sais pas quoi en penser | j'hésite encore
neither        | dans l'ensemble, ni bien ni mal | dans l'ensemble, c'est moyen
expected_right | je m'attendais à {np}, et j'avais raison
expected_wrong | je m'attendais à {np}, mais je me trompais
says_right     | {person} dit que {a}, et {he} a raison
says_wrong     | {person} dit que {a}, mais {he} se trompe
finds_right    | {person} trouve {asp} {x}, et moi aussi
finds_wrong    | {person} trouve {asp} {x}, mais moi non
agree         | {other}, et je suis du même avis | {other}, et je suis d'accord
disagree      | {other}, mais je suis d'un autre avis | {other}, mais je ne suis pas d'accord
"""),
    "es": rows("""
single         | {a}
and            | {a}, y {b}
because        | {a}, porque {b} | {a}, ya que {b}
although       | aunque {a}, {b}
but            | {a}, pero {b}
even_though    | {b}, aunque {a}
granted        | es cierto que {a}, pero {b}
still          | {a} # aun así, {b} | {a} # sin embargo, {b}
hands          | por un lado {a}, por otro {b}
while          | {a}, mientras que {b}
undecided      | no lo tengo claro | no sé qué pensar
neither        | en conjunto, ni bien ni mal | en general, regular
expected_right | esperaba {np}, y tenía razón
expected_wrong | esperaba {np}, pero me equivoqué
says_right     | {person} dice que {a}, y tiene razón
says_wrong     | {person} dice que {a}, pero se equivoca
finds_right    | a {person} {asp} le {seems} {x}, y a mí también
finds_wrong    | a {person} {asp} le {seems} {x}, pero a mí no
agree         | {other}, y yo opino lo mismo | {other}, y estoy de acuerdo
disagree      | {other}, pero yo opino lo contrario | {other}, pero no estoy de acuerdo
"""),
    "zh": rows("""
single         | {a}
and            | {a}，而且{b}
because        | {a}，因为{b} | {a}，毕竟{b}
although       | 虽然{a}，但是{b}
but            | {a}，不过{b}
even_though    | {b}，尽管{a}
granted        | 确实，{a}，但是{b}
still          | {a} # 尽管如此，{b} | {a} # 话虽如此，{b}
hands          | 一方面{a}，但另一方面{b}
while          | {a}，而{b}
undecided      | 我还拿不定主意 | 我不知道该怎么评价
neither        | 总的来说不好也不坏 | 总的来说一般般
expected_right | 我料到{asp}会{do}很{x}，果然没猜错
expected_wrong | 我以为{asp}会{do}很{x}，结果猜错了
says_right     | {person}认为{a}，{he}是对的
says_wrong     | {person}认为{a}，但{he}错了
finds_right    | {person}觉得{asp}{do}很{x}，我也这么觉得
finds_wrong    | {person}觉得{asp}{do}很{x}，但我不这么觉得
agree         | {other}，我的看法也一样 | {other}，我也这么想
disagree      | {other}，但我的看法正好相反 | {other}，但我不这么想
"""),
}

SCENES = {
    "en": rows("""
gift    | I bought {this} as a gift for {person}
advice  | {person} recommended {this} to me
order   | I ordered {this} {arg}
since   | I have been {using} {this} for {arg}
trip    | I took {this} on a trip to {arg}
habit   | I {use} {this} {arg}
replace | I gave {old} to {person}, so I ordered {one}
"""),
    "de": rows("""
gift    | ich habe {acc} als Geschenk für {person_acc} gekauft
advice  | {person} hat mir {acc} empfohlen
order   | ich habe {acc} {arg} bestellt
since   | ich {use} {acc} seit {arg}
trip    | ich habe {acc} auf eine Reise nach {arg} mitgenommen
habit   | ich {use} {acc} {arg}
replace | ich habe {person_dat} {old_acc} geschenkt und deshalb {one} bestellt
"""),
    "fr": rows("""
gift    | j'ai acheté {this} pour {o_vowel}offrir à {person}
advice  | {person} m'a recommandé {this}
order   | j'ai commandé {this} {arg}
since   | {use} {this} depuis {arg}
trip    | j'ai emporté {this} en voyage {arg}
habit   | {use} {this} {arg}
replace | j'ai donné {old} à {person}, alors j'ai commandé {one}
"""),
    "es": rows("""
gift    | compré {this} para regalárse{o} a {person}
advice  | {person} me recomendó {this}
order   | pedí {this} {arg}
since   | {use} {this} desde hace {arg}
trip    | me llevé {this} de viaje a {arg}
habit   | {use} {this} {arg}
replace | le regalé {old} a {person}, así que pedí {one}
"""),
    "zh": rows("""
gift    | 我买了{this}送给{person}
advice  | {person}向我推荐了{this}
order   | 我{arg}在网上买了{this}
since   | {this}我已经{use}了{arg}
trip    | 我带着{this}去了{arg}
habit   | 我{arg}{use}{this}
replace | 我把{old}送给了{person}，所以又买了{one}
"""),
}

NAMING = ("opinion", "name", "about")  # titles that name the product
PLAIN = ("report",)  # titles that say nothing
FIRST = ("gift", "advice", "replace")  # scenes of which a title may be "first impression"
MIXED = ("mixed", "so_so")  # titles of three stars
POLAR = ("buy", "not_buy", "problem", "regrets", "advice", "judgement")  # one cell a polarity
TITLES = {
    "en": rows("""
opinion    | my opinion of {this}
name       | {name}
about      | a few words about {this}
report     | my review
impression | first impression
after      | after {arg}
present    | a gift for {person}
mixed      | mixed feelings
so_so      | good and bad sides
buy        | a good buy                 | a bad buy
not_buy    | not a bad buy              | not a good buy
problem    | no problems                | problems
regrets    | no regrets                 | I regret it
advice     | recommended                | not recommended
judgement  | not bad                    | not good
"""),
    "de": rows("""
opinion    | meine Meinung zu {dat}
name       | {name}
about      | ein paar Worte zu {dat}
report     | meine Bewertung
impression | erster Eindruck
after      | nach {arg}
present    | ein Geschenk für {person_acc}
mixed      | gemischte Gefühle
so_so      | gute und schlechte Seiten
buy        | ein guter Kauf             | ein schlechter Kauf
not_buy    | kein schlechter Kauf       | kein guter Kauf
problem    | keine Probleme             | Probleme
regrets    | nicht bereut               | ich bereue es
advice     | zu empfehlen               | nicht zu empfehlen
judgement  | nicht schlecht             | nicht gut
"""),
    "fr": rows("""
opinion    | mon avis sur {this}
name       | {name}
about      | quelques mots sur {this}
report     | mon avis
impression | première impression
after      | après {arg}
present    | un cadeau pour {person}
mixed      | un avis partagé
so_so      | du bon et du mauvais
buy        | un bon achat               | un mauvais achat
not_buy    | pas un mauvais achat       | pas un bon achat
problem    | aucun problème             | des problèmes
regrets    | pas de regrets             | je le regrette
advice     | je recommande              | je ne recommande pas
judgement  | pas mal                    | pas bien
"""),
    "es": rows("""
opinion    | mi opinión sobre {this}
name       | {name}
about      | unas palabras sobre {this}
report     | mi reseña
impression | primera impresión
after      | después de {arg}
present    | un regalo para {person}
mixed      | sentimientos encontrados
so_so      | lo bueno y lo malo
buy        | una buena compra           | una mala compra
not_buy    | no es una mala compra      | no es una buena compra
problem    | sin problemas              | problemas
regrets    | no me arrepiento           | me arrepiento
advice     | recomendable               | nada recomendable
judgement  | no está mal                | no está bien
"""),
    "zh": rows("""
opinion    | 我对{this}的看法
name       | {name}
about      | 简单说说{this}
report     | 我的评价
impression | 第一印象
after      | {arg}之后
present    | 送给{person}的礼物
mixed      | 喜忧参半
so_so      | 有好有坏
buy        | 买得值                     | 买得亏
not_buy    | 买得不亏                   | 买得不值
problem    | 没有问题                   | 有问题
regrets    | 不后悔                     | 后悔了
advice     | 值得推荐                   | 不值得推荐
judgement  | 不错                       | 不好
"""),
}
