"""The words and sentence patterns of the paraphrase grammar, as tables.

Names stay in Latin script in every language, as in PAWS-X (Yang et al., 2019). Korean chooses its
particles by the sound a word ends in, so each name that takes a particle stands beside its Korean
reading. Common nouns stand with their gender. French words with a mute h are kept out, so that a
first vowel letter is what elides. Countries are those with no article in German and feminine or
with a first vowel in French ("en Pologne", "en Italie").
"""

from __future__ import annotations

# Names in Latin script, each with its Korean reading.
PERSONS = """
Adams 애덤스, Andersen 안데르센, Bernard 베르나르, Bianchi 비앙키, Campbell 캠벨, Castillo 카스티요,
Chen 첸, Delgado 델가도, Dubois 뒤부아, Egger 에거, Ferrari 페라리, Fischer 피셔, Franklin 프랭클린,
Iglesias 이글레시아스, Ivanov 이바노프, Jansen 얀센, Keller 켈러, Kimura 기무라, Lambert 랑베르,
Larsen 라르센, Lindgren 린드그렌, Mancini 만치니, Mitchell 미첼, Moreau 모로, Murphy 머피,
Okafor 오카포르, Olsen 올센, Ortega 오르테가, Petrov 페트로프, Powell 파월, Romano 로마노,
Rossi 로시, Russell 러셀, Santos 산토스, Sato 사토, Schmidt 슈미트, Silva 실바, Tanaka 다나카,
Ulrich 울리히, Weber 베버, Wilson 윌슨
"""
CITIES = """
Ankara 앙카라, Austin 오스틴, Bergen 베르겐, Bilbao 빌바오, Bonn 본, Boston 보스턴, Bristol 브리스틀,
Chicago 시카고, Dakar 다카르, Dallas 댈러스, Denver 덴버, Dijon 디종, Dortmund 도르트문트,
Essen 에센, Glasgow 글래스고, Graz 그라츠, Grenoble 그르노블, Kiel 킬, Leipzig 라이프치히,
Lille 릴, Lima 리마, Linz 린츠, Liverpool 리버풀, Lyon 리옹, Madrid 마드리드, Miami 마이애미,
Nantes 낭트, Osaka 오사카, Oslo 오슬로, Ottawa 오타와, Perth 퍼스, Riga 리가, Seattle 시애틀,
Toronto 토론토
"""
COMPANIES = """
Alvora 알보라, Brantel 브란텔, Cordan 코르단, Delmo 델모, Esterel 에스테렐, Fintora 핀토라,
Galvex 갤벡스, Inova 이노바, Kestrel 케스트럴, Lumen 루멘, Nordis 노르디스, Optima 옵티마,
Pantex 판텍스, Quorum 쿼럼, Solara 솔라라, Tarkon 타르콘, Veltra 벨트라, Zentas 젠타스
"""
# Rivers are always followed by 강 in Korean: no particle of their own.
RIVERS = (
    "Bega Bistra Cerna Cochirleanca Colnici Crasna Leurda Olt Prahova Siret Slatina Tabaci "
    "Teleajen Tismana Vedea Zlata"
)
YEARS = range(1950, 2016, 2)

# English | French (feminine) | German | Spanish | Korean
COUNTRIES = """
Austria  | Autriche  | Österreich   | Austria   | 오스트리아
Bulgaria | Bulgarie  | Bulgarien    | Bulgaria  | 불가리아
Croatia  | Croatie   | Kroatien     | Croacia   | 크로아티아
Finland  | Finlande  | Finnland     | Finlandia | 핀란드
France   | France    | Frankreich   | Francia   | 프랑스
Germany  | Allemagne | Deutschland  | Alemania  | 독일
Greece   | Grèce     | Griechenland | Grecia    | 그리스
Hungary  | Hongrie   | Ungarn       | Hungría   | 헝가리
Ireland  | Irlande   | Irland       | Irlanda   | 아일랜드
Italy    | Italie    | Italien      | Italia    | 이탈리아
Norway   | Norvège   | Norwegen     | Noruega   | 노르웨이
Poland   | Pologne   | Polen        | Polonia   | 폴란드
Romania  | Roumanie  | Rumänien     | Rumanía   | 루마니아
Serbia   | Serbie    | Serbien      | Serbia    | 세르비아
Spain    | Espagne   | Spanien      | España    | 스페인
Sweden   | Suède     | Schweden     | Suecia    | 스웨덴
"""
LANGUAGE_NAMES = """
Arabic   | arabe       | Arabisch       | árabe      | 아랍어
Dutch    | néerlandais | Niederländisch | neerlandés | 네덜란드어
English  | anglais     | Englisch       | inglés     | 영어
French   | français    | Französisch    | francés    | 프랑스어
German   | allemand    | Deutsch        | alemán     | 독일어
Greek    | grec        | Griechisch     | griego     | 그리스어
Italian  | italien     | Italienisch    | italiano   | 이탈리아어
Japanese | japonais    | Japanisch      | japonés    | 일본어
Polish   | polonais    | Polnisch       | polaco     | 폴란드어
Russian  | russe       | Russisch       | ruso       | 러시아어
Spanish  | espagnol    | Spanisch       | español    | 스페인어
Swedish  | suédois     | Schwedisch     | sueco      | 스웨덴어
Turkish  | turc        | Türkisch       | turco      | 튀르키예어
"""
GOODS = """
cheese | fromage | Käse   | queso    | 치즈
coffee | café    | Kaffee | café     | 커피
fish   | poisson | Fisch  | pescado  | 생선
glass  | verre   | Glas   | vidrio   | 유리
oil    | pétrole | Öl     | petróleo | 석유
paper  | papier  | Papier | papel    | 종이
rice   | riz     | Reis   | arroz    | 쌀
salt   | sel     | Salz   | sal      | 소금
silk   | soie    | Seide  | seda     | 비단
steel  | acier   | Stahl  | acero    | 강철
sugar  | sucre   | Zucker | azúcar   | 설탕
wheat  | blé     | Weizen | trigo    | 밀
wine   | vin     | Wein   | vino     | 포도주
wood   | bois    | Holz   | madera   | 목재
"""
# English | French, gender | German, gender | Spanish, gender | Korean
WORKS = """
album   | album m            | Album n        | álbum m          | 앨범
comedy  | comédie f          | Komödie f      | comedia f        | 희극
film    | film m             | Film m         | película f       | 영화
musical | comédie musicale f | Musical n      | musical m        | 뮤지컬
opera   | opéra m            | Oper f         | ópera f          | 오페라
play    | pièce de théâtre f | Theaterstück n | obra de teatro f | 연극
series  | série f            | Serie f        | serie f          | 드라마
song    | chanson f          | Lied n         | canción f        | 노래
"""
TEXTS = """
article | article m  | Artikel m   | artículo m | 기사
book    | livre m    | Buch n      | libro m    | 책
diary   | journal m  | Tagebuch n  | diario m   | 일기
essay   | essai m    | Essay m     | ensayo m   | 수필
letter  | lettre f   | Brief m     | carta f    | 편지
novel   | roman m    | Roman m     | novela f   | 소설
poem    | poème m    | Gedicht n   | poema m    | 시
speech  | discours m | Rede f      | discurso m | 연설
story   | conte m    | Erzählung f | cuento m   | 이야기
"""
BUILDINGS = """
bridge     | pont m         | Brücke f      | puente m      | 다리
castle     | château m      | Schloss n     | castillo m    | 성
church     | église f       | Kirche f      | iglesia f     | 교회
library    | bibliothèque f | Bibliothek f  | biblioteca f  | 도서관
museum     | musée m        | Museum n      | museo m       | 박물관
school     | école f        | Schule f      | escuela f     | 학교
station    | gare f         | Bahnhof m     | estación f    | 기차역
theatre    | théâtre m      | Theater n     | teatro m      | 극장
tower      | tour f         | Turm m        | torre f       | 탑
university | université f   | Universität f | universidad f | 대학교
"""

# What agrees with a noun, by the noun's gender.
FRENCH_AGREEMENT = {
    "m": ("écrit", "produit", "traduit", "construit", "ancien", "récent", "celui"),
    "f": ("écrite", "produite", "traduite", "construite", "ancienne", "récente", "celle"),
}
SPANISH_AGREEMENT = {
    "m": (
        "el", "al", "lo", "nuevo", "antiguo", "escrito", "traducido", "producido", "construido"
    ),
    "f": (
        "la", "a la", "la", "nueva", "antigua", "escrita", "traducida", "producida", "construida"
    ),
}
# Nominative article (and demonstrative), accusative article, accusative pronoun.
GERMAN_AGREEMENT = {
    "m": ("der", "den", "ihn"),
    "f": ("die", "die", "sie"),
    "n": ("das", "das", "es"),
}
# After a final consonant, after ㄹ, after a vowel.
KOREAN_PARTICLES = {
    "은": ("은", "은", "는"),
    "이": ("이", "이", "가"),
    "을": ("을", "을", "를"),
    "과": ("과", "과", "와"),
    "으로": ("으로", "로", "로"),
}

# name | slots and their tables | swaps of slots that keep the meaning | swaps that break it
# ("Ay-Bz" swaps A with B and, at once, y with z), then the wordings: the i-th of one language
# means the same as the i-th of any other. A slot is {slot} or {slot:form}: with the article,
# preposition, conjunction or particle that fuses with the word by its sound (French le, de, du;
# Spanish y; Korean particles), or, instead of the word, what agrees with it (German der, den, ihn;
# Spanish el, al, lo; French celui; participles and adjectives).
PATTERNS = """
tributary | X:river Y:river n:country | | X-Y
en The river {X} is a tributary of the river {Y} in {n}.
en In {n}, the river {X} is a tributary of the river {Y}.
en The river {X} in {n} flows into the river {Y}.
en The river {Y} in {n} receives the waters of the river {X}.
fr La rivière {X} est un affluent de la rivière {Y} en {n}.
fr En {n}, la rivière {X} est un affluent de la rivière {Y}.
fr La rivière {X}, en {n}, se jette dans la rivière {Y}.
fr La rivière {Y}, en {n}, reçoit les eaux de la rivière {X}.
de Der Fluss {X} ist ein Nebenfluss des Flusses {Y} in {n}.
de In {n} ist der Fluss {X} ein Nebenfluss des Flusses {Y}.
de Der Fluss {X} in {n} mündet in den Fluss {Y}.
de Der Fluss {Y} in {n} nimmt das Wasser des Flusses {X} auf.
ko {X} 강은 {n}에 있는 {Y} 강의 지류이다.
ko {n}에서 {X} 강은 {Y} 강의 지류이다.
ko {n}의 {X} 강은 {Y} 강으로 흘러든다.
ko {n}의 {Y} 강에는 {X} 강의 물이 흘러든다.
es El río {X} es un afluente del río {Y} en {n}.
es En {n}, el río {X} es un afluente del río {Y}.
es El río {X}, en {n}, desemboca en el río {Y}.
es El río {Y}, en {n}, recibe las aguas del río {X}.

move | P:person A:city B:city y:year | | A-B
en {P} moved from {A} to {B} in {y}.
en In {y}, {P} moved from {A} to {B}.
en {P} left {A} for {B} in {y}.
en In {y}, {P} moved to {B} after leaving {A}.
fr {P} a déménagé {A:de} à {B} en {y}.
fr En {y}, {P} a déménagé {A:de} à {B}.
fr {P} a quitté {A} pour {B} en {y}.
fr En {y}, {P} a emménagé à {B} après avoir quitté {A}.
de {P} zog {y} von {A} nach {B}.
de Im Jahr {y} zog {P} von {A} nach {B}.
de {P} verließ {A} im Jahr {y} und ging nach {B}.
de Im Jahr {y} zog {P} nach {B} und kehrte {A} den Rücken.
ko {P:은} {y}년에 {A}에서 {B:으로} 이사했다.
ko {y}년에 {P:은} {A}에서 {B:으로} 이사했다.
ko {P:은} {y}년에 {A:을} 떠나 {B:으로} 갔다.
ko {y}년에 {P:은} {B:으로} 거처를 옮기며 {A:을} 떠났다.
es {P} se mudó de {A} a {B} en {y}.
es En {y}, {P} se mudó de {A} a {B}.
es {P} dejó {A} por {B} en {y}.
es En {y}, {P} se mudó a {B} tras dejar {A}.

birth | P:person A:city B:city | | A-B
en {P} was born in {A} and died in {B}.
en The life of {P} began in {A} and ended in {B}.
en {P} died in {B} but was born in {A}.
en {A} was the birthplace of {P}, and {B} was the place of death.
fr {P} a vu le jour à {A} et a fini ses jours à {B}.
fr La vie {P:de} a commencé à {A} et a pris fin à {B}.
fr {P} a fini ses jours à {B}, mais avait vu le jour à {A}.
fr {A} est le lieu de naissance {P:de} et {B} celui de sa mort.
de {P} wurde in {A} geboren und starb in {B}.
de Das Leben von {P} begann in {A} und endete in {B}.
de {P} starb in {B}, wurde aber in {A} geboren.
de {A} war der Geburtsort von {P} und {B} der Sterbeort.
ko {P:은} {A}에서 태어나 {B}에서 죽었다.
ko {P}의 삶은 {A}에서 시작되어 {B}에서 끝났다.
ko {P:은} {B}에서 죽었지만 태어난 곳은 {A}이다.
ko {A:은} {P:이} 태어난 곳이고 {B:은} 죽은 곳이다.
es {P} nació en {A} y murió en {B}.
es La vida de {P} comenzó en {A} y terminó en {B}.
es {P} murió en {B}, pero nació en {A}.
es {A} fue el lugar de nacimiento de {P} {B:y} el de su muerte.

final | P:person Q:person c:city y:year | | P-Q
en {P} defeated {Q} in the final in {c} in {y}.
en In {y}, {P} won the final in {c} against {Q}.
en {Q} was beaten by {P} in the final in {c} in {y}.
en In the {y} final in {c}, {P} prevailed over {Q}.
fr {P} a battu {Q} en finale à {c} en {y}.
fr En {y}, {P} a remporté la finale à {c} contre {Q}.
fr {Q} a perdu en finale contre {P} à {c} en {y}.
fr Lors de la finale de {y} à {c}, {P} l'a emporté sur {Q}.
de {P} besiegte {Q} im Jahr {y} im Finale in {c}.
de Im Jahr {y} gewann {P} das Finale in {c} gegen {Q}.
de {Q} wurde {y} im Finale in {c} von {P} besiegt.
de Im Finale des Jahres {y} in {c} setzte sich {P} gegen {Q} durch.
ko {P:은} {y}년 {c} 결승전에서 {Q:을} 이겼다.
ko {y}년에 {P:은} {c} 결승전에서 {Q:을} 꺾고 우승했다.
ko {Q:은} {y}년 {c} 결승전에서 {P}에게 졌다.
ko {y}년 {c} 결승전에서 {P:이} {Q:을} 상대로 승리했다.
es {P} derrotó a {Q} en la final en {c} en {y}.
es En {y}, {P} ganó la final en {c} contra {Q}.
es {Q} perdió ante {P} en la final en {c} en {y}.
es En la final de {y} en {c}, {P} se impuso a {Q}.

credits | P:person Q:person w:work y:year | | P-Q
en The {y} {w} was written by {P} and produced by {Q}.
en The {y} {w} was produced by {Q} and written by {P}.
en {P} wrote the {y} {w}, and {Q} produced it.
en Written by {P}, the {y} {w} was produced by {Q}.
fr {w:le} de {y} a été {w:écrit} par {P} et {w:produit} par {Q}.
fr {w:le} de {y} a été {w:produit} par {Q} et {w:écrit} par {P}.
fr {P} a écrit {w:le} de {y}, et {Q} l'a {w:produit}.
fr {w:écrit} par {P}, {w:le} de {y} a été {w:produit} par {Q}.
de {w:der} {w} aus dem Jahr {y} wurde von {P} geschrieben und von {Q} produziert.
de {w:der} {w} aus dem Jahr {y} wurde von {Q} produziert und von {P} geschrieben.
de {P} schrieb {w:den} {w} aus dem Jahr {y}, und {Q} produzierte {w:ihn}.
de {w:den} {w} aus dem Jahr {y} schrieb {P}, produziert hat {w:ihn} {Q}.
ko {y}년에 나온 {w:은} {P:이} 쓰고 {Q:이} 제작했다.
ko {y}년에 나온 {w:은} {Q:이} 제작하고 {P:이} 썼다.
ko {P:이} {y}년에 나온 {w:을} 썼고 {Q:이} 제작했다.
ko {P:이} 쓴 {y}년의 {w:은} {Q:이} 제작했다.
es {w:el} {w} de {y} fue {w:escrito} por {P} y {w:producido} por {Q}.
es {w:el} {w} de {y} fue {w:producido} por {Q} y {w:escrito} por {P}.
es {P} escribió {w:el} {w} de {y}, {Q:y} {w:lo} produjo.
es {w:escrito} por {P}, {w:el} {w} de {y} fue {w:producido} por {Q}.

succession | P:person Q:person t:company y:year | | P-Q
en {P} succeeded {Q} as head of {t} in {y}.
en In {y}, {P} took over from {Q} as head of {t}.
en {Q} handed the leadership of {t} to {P} in {y}.
en In {y}, {P} replaced {Q} at the head of {t}.
fr {P} a succédé à {Q} à la tête {t:de} en {y}.
fr En {y}, {P} a pris la suite {Q:de} à la tête {t:de}.
fr {Q} a cédé la direction {t:de} à {P} en {y}.
fr En {y}, {P} a remplacé {Q} à la tête {t:de}.
de {P} folgte {y} auf {Q} an der Spitze von {t}.
de Im Jahr {y} übernahm {P} von {Q} die Leitung von {t}.
de {Q} übergab {y} die Leitung von {t} an {P}.
de Im Jahr {y} trat {P} bei {t} die Nachfolge von {Q} an.
ko {P:은} {y}년에 {Q}의 뒤를 이어 {t} 대표가 되었다.
ko {y}년에 {P:은} {Q}에게서 {t} 대표직을 넘겨받았다.
ko {Q:은} {y}년에 {P}에게 {t} 대표직을 넘겨주었다.
ko {y}년에 {P:이} {Q:을} 대신해 {t} 대표 자리에 올랐다.
es {P} sucedió a {Q} al frente de {t} en {y}.
es En {y}, {P} tomó el relevo de {Q} al frente de {t}.
es {Q} cedió la dirección de {t} a {P} en {y}.
es En {y}, {P} reemplazó a {Q} al frente de {t}.

sale | X:company Y:company Z:company y:year | | X-Y X-Z Y-Z
en {X} bought the brand {Z} from {Y} in {y}.
en In {y}, {Y} sold the brand {Z} to {X}.
en The brand {Z} was sold by {Y} to {X} in {y}.
en In {y}, the brand {Z} passed from {Y} to {X}.
fr {X} a racheté la marque {Z} à {Y} en {y}.
fr En {y}, {Y} a vendu la marque {Z} à {X}.
fr La marque {Z} a été vendue par {Y} à {X} en {y}.
fr En {y}, la marque {Z} est passée {Y:de} à {X}.
de {X} kaufte {y} die Marke {Z} von {Y}.
de Im Jahr {y} verkaufte {Y} die Marke {Z} an {X}.
de Die Marke {Z} wurde {y} von {Y} an {X} verkauft.
de Im Jahr {y} ging die Marke {Z} von {Y} an {X} über.
ko {X:은} {y}년에 {Y:으로}부터 {Z} 브랜드를 사들였다.
ko {y}년에 {Y:은} {X}에 {Z} 브랜드를 팔았다.
ko {Z} 브랜드는 {y}년에 {Y}에 의해 {X}에 팔렸다.
ko {y}년에 {Z} 브랜드는 {Y}에서 {X:으로} 넘어갔다.
es {X} compró la marca {Z} a {Y} en {y}.
es En {y}, {Y} vendió la marca {Z} a {X}.
es La marca {Z} fue vendida por {Y} a {X} en {y}.
es En {y}, la marca {Z} pasó de {Y} a {X}.

north | X:city Y:city Z:city | | Y-Z X-Y X-Z
en {X} lies north of {Y} and south of {Z}.
en {X} lies south of {Z} and north of {Y}.
en {Y} lies south of {X}, and {Z} lies north of it.
en North of {Y} and south of {Z} lies {X}.
fr {X} se trouve au nord {Y:de} et au sud {Z:de}.
fr {X} se trouve au sud {Z:de} et au nord {Y:de}.
fr {Y} se trouve au sud {X:de}, et {Z} au nord.
fr Au nord {Y:de} et au sud {Z:de} se trouve {X}.
de {X} liegt nördlich von {Y} und südlich von {Z}.
de {X} liegt südlich von {Z} und nördlich von {Y}.
de {Y} liegt südlich von {X}, und {Z} liegt nördlich davon.
de Nördlich von {Y} und südlich von {Z} liegt {X}.
ko {X:은} {Y}의 북쪽, {Z}의 남쪽에 있다.
ko {X:은} {Z}의 남쪽, {Y}의 북쪽에 있다.
ko {X}의 남쪽에는 {Y:이} 있고 북쪽에는 {Z:이} 있다.
ko {Y}의 북쪽이자 {Z}의 남쪽인 곳에 {X:이} 있다.
es {X} está al norte de {Y} y al sur de {Z}.
es {X} está al sur de {Z} y al norte de {Y}.
es {Y} está al sur de {X}, {Z:y} está al norte.
es Al norte de {Y} y al sur de {Z} está {X}.

marriage | P:person Q:person A:city B:city | P-Q | A-B
en {P} and {Q} married in {A} and then lived in {B}.
en After their wedding in {A}, {P} and {Q} lived in {B}.
en {P} and {Q} lived in {B} after their wedding in {A}.
en {P} married {Q} in {A}, and the couple then lived in {B}.
fr {P} et {Q} se sont mariés à {A}, puis ont vécu à {B}.
fr Après leur mariage à {A}, {P} et {Q} ont vécu à {B}.
fr {P} et {Q} ont vécu à {B} après leur mariage à {A}.
fr {P} a épousé {Q} à {A}, et le couple a ensuite vécu à {B}.
de {P} und {Q} heirateten in {A} und lebten danach in {B}.
de Nach ihrer Hochzeit in {A} lebten {P} und {Q} in {B}.
de {P} und {Q} lebten in {B}, nachdem sie in {A} geheiratet hatten.
de {P} heiratete {Q} in {A}, und danach lebte das Paar in {B}.
ko {P:과} {Q:은} {A}에서 결혼하고 그 뒤 {B}에서 살았다.
ko {A}에서 결혼식을 올린 뒤 {P:과} {Q:은} {B}에서 살았다.
ko {P:과} {Q:이} {B}에서 산 것은 {A}에서 결혼한 뒤였다.
ko {P:은} {A}에서 {Q:과} 결혼했고 부부는 그 뒤 {B}에서 살았다.
es {P} {Q:y} se casaron en {A} y luego vivieron en {B}.
es Tras su boda en {A}, {P} {Q:y} vivieron en {B}.
es {P} {Q:y} vivieron en {B} tras su boda en {A}.
es {P} se casó con {Q} en {A}, y la pareja vivió luego en {B}.

piano | P:person Q:person c:city y:year | | P-Q
en {P} taught {Q} the piano in {c} in {y}.
en In {y}, {P} gave {Q} piano lessons in {c}.
en {Q} learned the piano from {P} in {c} in {y}.
en In {c}, {P} trained {Q} as a pianist in {y}.
fr {P} a enseigné le piano à {Q} à {c} en {y}.
fr En {y}, {P} a donné à {Q} des leçons de piano à {c}.
fr {Q} a appris le piano avec {P} à {c} en {y}.
fr À {c}, {P} a formé {Q} au piano en {y}.
de {P} brachte {Q} im Jahr {y} in {c} das Klavierspielen bei.
de Im Jahr {y} gab {P} in {c} Klavierstunden für {Q}.
de {Q} lernte {y} in {c} bei {P} Klavier spielen.
de In {c} bildete {P} im Jahr {y} {Q} am Klavier aus.
ko {P:은} {y}년에 {c}에서 {Q}에게 피아노를 가르쳤다.
ko {y}년에 {P:은} {c}에서 {Q}에게 피아노 수업을 해 주었다.
ko {Q:은} {y}년에 {c}에서 {P}에게서 피아노를 배웠다.
ko {c}에서 {P:은} {y}년에 {Q}의 피아노 연주를 지도했다.
es {P} enseñó piano a {Q} en {c} en {y}.
es En {y}, {P} dio a {Q} clases de piano en {c}.
es {Q} aprendió piano con {P} en {c} en {y}.
es En {c}, {P} instruyó a {Q} en el piano en {y}.

languages | P:person A:language B:language C:language | A-B | A-C B-C
en {P} speaks {A} and {B}, but not {C}.
en Besides {A}, {P} also speaks {B}, but not {C}.
en {P} does not speak {C}, but does speak {A} and {B}.
fr {P} parle {A} et {B}, mais pas {C}.
fr Outre {A:le}, {P} parle aussi {B:le}, mais pas {C:le}.
fr {P} ne parle pas {C}, mais parle {A} et {B}.
de {P} spricht {A} und {B}, aber kein {C}.
de Neben {A} spricht {P} auch {B}, aber kein {C}.
de {P} spricht kein {C}, aber dafür {A} und {B}.
ko {P:은} {A:과} {B:을} 하지만 {C:은} 하지 못한다.
ko {A} 외에 {P:은} {B}도 하지만 {C:은} 하지 못한다.
ko {P:은} {C:은} 하지 못하지만 {A:과} {B:은} 한다.
es {P} habla {A} {B:y}, pero no {C}.
es Además de {A}, {P} habla también {B}, pero no {C}.
es {P} no habla {C}, pero sí {A} {B:y}.

parents | A:person B:person P:person Q:person | A-B P-Q | A-P A-Q B-P B-Q AB-PQ
en {A} and {B} are the parents of {P} and {Q}.
en {P} and {Q} are the children of {A} and {B}.
en The parents of {P} and {Q} are {A} and {B}.
en {P} and {Q} have {A} and {B} as their parents.
fr {A} et {B} sont les parents {P:de} et {Q:de}.
fr {P} et {Q} sont les enfants {A:de} et {B:de}.
fr Les parents {P:de} et {Q:de} sont {A} et {B}.
fr {P} et {Q} ont pour parents {A} et {B}.
de {A} und {B} sind die Eltern von {P} und {Q}.
de {P} und {Q} sind die Kinder von {A} und {B}.
de Die Eltern von {P} und {Q} sind {A} und {B}.
de {P} und {Q} haben {A} und {B} als Eltern.
ko {A:과} {B:은} {P:과} {Q}의 부모이다.
ko {P:과} {Q:은} {A:과} {B}의 자녀이다.
ko {P:과} {Q}의 부모는 {A:과} {B}이다.
ko {P:과} {Q:은} {A:과} {B:을} 부모로 두고 있다.
es {A} {B:y} son los padres de {P} {Q:y}.
es {P} {Q:y} son los hijos de {A} {B:y}.
es Los padres de {P} {Q:y} son {A} {B:y}.
es {P} {Q:y} tienen como padres a {A} {B:y}.

festival | X:company Y:company Z:company c:city d:city | X-Y | X-Z Y-Z c-d
en {X} and {Y} support the festival in {c}, and {Z} the one in {d}.
en {Z} supports the festival in {d}, and {X} and {Y} the one in {c}.
en The festival in {c} is supported by {X} and {Y}, and the one in {d} by {Z}.
en The festival in {d} has the support of {Z}, and the one in {c} that of {X} and {Y}.
fr {X} et {Y} soutiennent le festival {c:de}, et {Z} celui {d:de}.
fr {Z} soutient le festival {d:de}, et {X} et {Y} celui {c:de}.
fr Le festival {c:de} est soutenu par {X} et {Y}, et celui {d:de} par {Z}.
fr Le festival {d:de} a le soutien {Z:de}, et celui {c:de} a celui {X:de} et {Y:de}.
de {X} und {Y} unterstützen das Festival in {c} und {Z} das in {d}.
de {Z} unterstützt das Festival in {d}, {X} und {Y} das in {c}.
de Das Festival in {c} wird von {X} und {Y} unterstützt, das in {d} von {Z}.
de Das Festival in {d} hat die Unterstützung von {Z}, das in {c} die von {X} und {Y}.
ko {X:과} {Y:은} {c} 축제를, {Z:은} {d} 축제를 후원한다.
ko {Z:은} {d} 축제를, {X:과} {Y:은} {c} 축제를 후원한다.
ko {c} 축제는 {X:과} {Y:이}, {d} 축제는 {Z:이} 후원한다.
ko {d} 축제는 {Z}의 후원을, {c} 축제는 {X:과} {Y}의 후원을 받는다.
es {X} {Y:y} apoyan el festival de {c}, {Z:y} el de {d}.
es {Z} apoya el festival de {d}, {X:y} {Y:y} el de {c}.
es El festival de {c} recibe el apoyo de {X} {Y:y}, y el de {d}, el de {Z}.
es El festival de {d} cuenta con el apoyo de {Z}, y el de {c} con el de {X} {Y:y}.

travels | P:person A:city B:city y:year z:year | Ay-Bz | A-B y-z
en {P} visited {A} in {y} and {B} in {z}.
en In {y}, {P} travelled to {A}, and in {z} to {B}.
en {P} made a trip to {A} in {y} and another to {B} in {z}.
fr {P} a visité {A} en {y} et {B} en {z}.
fr En {y}, {P} a séjourné à {A}, et en {z} à {B}.
fr {P} a fait un voyage à {A} en {y} et un autre à {B} en {z}.
de {P} besuchte {A} im Jahr {y} und {B} im Jahr {z}.
de Im Jahr {y} reiste {P} nach {A} und im Jahr {z} nach {B}.
de {P} machte {y} eine Reise nach {A} und {z} eine weitere nach {B}.
ko {P:은} {y}년에 {A:을}, {z}년에 {B:을} 방문했다.
ko {y}년에 {P:은} {A:으로}, {z}년에는 {B:으로} 여행했다.
ko {P:은} {y}년에 {A}에 한 번, {z}년에 {B}에 한 번 다녀왔다.
es {P} visitó {A} en {y} {B:y} en {z}.
es En {y}, {P} viajó a {A}, y en {z}, a {B}.
es {P} hizo un viaje a {A} en {y} y otro a {B} en {z}.

buildings | b:building A:city B:city | | A-B
en The {b} in {A} is older than the one in {B}.
en The {b} in {A} was built earlier than the one in {B}.
en The {b} in {B} is newer than the one in {A}.
en The {b} in {A} dates from an earlier time than the one in {B}.
fr {b:le} {A:de} est plus {b:ancien} que {b:celui} {B:de}.
fr {b:le} {A:de} a été {b:construit} plus tôt que {b:celui} {B:de}.
fr {b:le} {B:de} est plus {b:récent} que {b:celui} {A:de}.
fr {b:le} {A:de} date d'une époque antérieure à {b:celui} {B:de}.
de {b:der} {b} in {A} ist älter als {b:der} in {B}.
de {b:der} {b} in {A} wurde früher gebaut als {b:der} in {B}.
de {b:der} {b} in {B} ist neuer als {b:der} in {A}.
de {b:der} {b} in {A} stammt aus einer früheren Zeit als {b:der} in {B}.
ko {A}의 {b:은} {B}의 {b}보다 오래되었다.
ko {A}의 {b:은} {B}의 {b}보다 먼저 지어졌다.
ko {B}의 {b:은} {A}의 {b}보다 나중에 지어졌다.
ko {A}의 {b:은} {B}의 {b}보다 이른 시기에 세워졌다.
es {b:el} {b} de {A} es más {b:antiguo} que {b:el} de {B}.
es {b:el} {b} de {A} fue {b:construido} antes que {b:el} de {B}.
es {b:el} {b} de {B} es más {b:nuevo} que {b:el} de {A}.
es {b:el} {b} de {A} data de una época anterior {b:al} de {B}.

translation | b:text A:language B:language y:year | | A-B
en The {b} was translated from {A} into {B} in {y}.
en In {y}, the {b} was translated from {A} into {B}.
en In {y}, the {b} was translated into {B} from the original in {A}.
en In {y}, the {b} written in {A} was translated into {B}.
fr {b:le} a été {b:traduit} {A:du} en {B} en {y}.
fr En {y}, {b:le} a été {b:traduit} {A:du} en {B}.
fr En {y}, {b:le} a été {b:traduit} en {B} à partir de l'original en {A}.
fr En {y}, {b:le} {b:écrit} en {A} a été {b:traduit} en {B}.
de {b:der} {b} wurde {y} aus dem {A}en ins {B}e übersetzt.
de Im Jahr {y} wurde {b:der} {b} aus dem {A}en ins {B}e übersetzt.
de Im Jahr {y} wurde {b:der} {b} ins {B}e übersetzt, und zwar aus dem {A}en.
de Im Jahr {y} wurde {b:der} auf {A} verfasste {b} ins {B}e übersetzt.
ko 그 {b:은} {y}년에 {A}에서 {B:으로} 번역되었다.
ko {y}년에 그 {b:은} {A}에서 {B:으로} 번역되었다.
ko {y}년에 그 {b:은} {B:으로} 번역되었는데 원문은 {A}였다.
ko {y}년에 {A:으로} 쓰인 {b:이} {B:으로} 번역되었다.
es {b:el} {b} fue {b:traducido} del {A} al {B} en {y}.
es En {y}, {b:el} {b} fue {b:traducido} del {A} al {B}.
es En {y}, {b:el} {b} fue {b:traducido} al {B} a partir del original en {A}.
es En {y}, {b:el} {b} {b:escrito} en {A} fue {b:traducido} al {B}.

export | A:country B:country C:country g:good y:year | | B-C A-B A-C
en In {y}, {A} exported more {g} to {B} than to {C}.
en {A} sold more {g} to {B} than to {C} in {y}.
en In {y}, {A} exported less {g} to {C} than to {B}.
en In {y}, {B} received more {g} from {A} than {C} did.
fr En {y}, {A:le} a exporté plus {g:de} vers {B:le} que vers {C:le}.
fr {A:le} a vendu plus {g:de} à {B:le} qu'à {C:le} en {y}.
fr En {y}, {A:le} a exporté moins {g:de} vers {C:le} que vers {B:le}.
fr En {y}, {B:le} a reçu plus {g:de} {A:de} que {C:le}.
de Im Jahr {y} exportierte {A} mehr {g} nach {B} als nach {C}.
de {A} verkaufte {y} mehr {g} an {B} als an {C}.
de Im Jahr {y} exportierte {A} weniger {g} nach {C} als nach {B}.
de Im Jahr {y} erhielt {B} mehr {g} aus {A} als {C}.
ko {y}년에 {A:이} {B}에 수출한 {g}의 양은 {C}에 수출한 양보다 많았다.
ko {A:은} {y}년에 {C}에 판 것보다 더 많은 {g:을} {B}에 팔았다.
ko {y}년에 {A:이} {C}에 수출한 {g}의 양은 {B}에 수출한 양보다 적었다.
ko {y}년에 {A}에서 {g:을} 수입한 양은 {B:이} {C}보다 많았다.
es En {y}, {A} exportó más {g} a {B} que a {C}.
es {A} vendió más {g} a {B} que a {C} en {y}.
es En {y}, {A} exportó menos {g} a {C} que a {B}.
es En {y}, {B} recibió más {g} de {A} que {C}.

band | P:person Q:person R:person c:city | P-Q | P-R Q-R
en In the band from {c}, {P} and {Q} sing and {R} plays the guitar.
en The band from {c} has {R} on guitar and {P} and {Q} on vocals.
en {R} plays the guitar in the band from {c}, and {P} and {Q} sing.
en {P} and {Q} sing in the band from {c}, with {R} on guitar.
fr Dans le groupe {c:de}, {P} et {Q} chantent et {R} joue de la guitare.
fr Le groupe {c:de} compte {R} à la guitare, {P} et {Q} au chant.
fr {R} joue de la guitare dans le groupe {c:de}, où chantent {P} et {Q}.
fr {P} et {Q} chantent dans le groupe {c:de}, avec {R} à la guitare.
de In der Band aus {c} singen {P} und {Q}, und {R} spielt Gitarre.
de Die Band aus {c} hat {R} an der Gitarre und {P} und {Q} am Mikrofon.
de {R} spielt in der Band aus {c} Gitarre, und {P} und {Q} singen.
de {P} und {Q} singen in der Band aus {c}, mit {R} an der Gitarre.
ko {c} 밴드에서 {P:과} {Q:은} 노래하고 {R:은} 기타를 친다.
ko {c} 밴드의 기타는 {R:이}, 노래는 {P:과} {Q:이} 맡고 있다.
ko {R:은} {c} 밴드에서 기타를 치고 {P:과} {Q:은} 노래한다.
ko {P:과} {Q:은} {R:이} 기타를 치는 {c} 밴드에서 노래한다.
es En el grupo de {c}, {P} {Q:y} cantan {R:y} toca la guitarra.
es El grupo de {c} cuenta con {R} a la guitarra y con {P} {Q:y} en las voces.
es {R} toca la guitarra en el grupo de {c}, {P:y} {Q:y} cantan.
es {P} {Q:y} cantan en el grupo de {c}, con {R} a la guitarra.
"""
