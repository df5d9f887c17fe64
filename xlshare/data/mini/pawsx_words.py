"""The words of the paraphrase grammar: names, nouns, and what agrees with them, as tables.

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
oil    | pétrole | Erdöl  | petróleo | 석유
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
comedy  | comédie f          | Komödie f      | comedia f        | 희극
film    | film m             | Film m         | película f       | 영화
musical | comédie musicale f | Musical n      | musical m        | 뮤지컬
opera   | opéra m            | Oper f         | ópera f          | 오페라
play    | pièce de théâtre f | Theaterstück n | obra de teatro f | 연극
series  | série f            | Serie f        | serie f          | 드라마
song    | chanson f          | Lied n         | canción f        | 노래
"""
TEXTS = """
article | article m        | Artikel m   | artículo m | 기사
book    | livre m          | Buch n      | libro m    | 책
diary   | journal intime m | Tagebuch n  | diario m   | 일기
essay   | essai m          | Essay m     | ensayo m   | 수필
letter  | lettre f         | Brief m     | carta f    | 편지
novel   | roman m          | Roman m     | novela f   | 소설
poem    | poème m          | Gedicht n   | poema m    | 시
speech  | discours m       | Rede f      | discurso m | 연설
story   | conte m          | Erzählung f | cuento m   | 이야기
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
    "m": ("el", "al", "lo", "nuevo", "antiguo", "escrito", "traducido", "producido", "construido"),
    "f": (
        "la",
        "a la",
        "la",
        "nueva",
        "antigua",
        "escrita",
        "traducida",
        "producida",
        "construida",
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
    "이었다": ("이었다", "이었다", "였다"),
}
