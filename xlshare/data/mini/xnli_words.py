"""The words of the XNLI-like grammar in five languages (paper, Section 3).

Each table holds one entry a line; its first line names the columns. Phrases stand as in a positive
sentence; `xnli_sentences` declines, agrees and negates them.
"""

from __future__ import annotations


def _table(*texts: str) -> dict[str, dict[str, str]]:
    """Read lines of cells parted by "|" as key -> column -> cell; further texts add columns."""
    table: dict[str, dict[str, str]] = {}
    for text in texts:
        head, *rows = [[c.strip() for c in line.split("|")] for line in text.strip().split("\n")]
        for key, *cells in rows:
            table.setdefault(key, {}).update(zip(head[1:], cells, strict=True))
    return table


# gender: of French and Spanish. de: gender, nominative, the other cases, plural.
PEOPLE = _table("""
key        | parent | gender | de                                        | fr           | es
person     |        | f      | f Person Person Personen                  | personne     | persona
woman      | person | f      | f Frau Frau Frauen                        | femme        | mujer
man        | person | m      | m Mann Mann Männer                        | homme        | hombre
waitress   | woman  | f      | f Kellnerin Kellnerin Kellnerinnen        | serveuse     | camarera
actress    | woman  | f      | f Schauspielerin Schauspielerin Schauspielerinnen | actrice | actriz
saleswoman | woman  | f      | f Verkäuferin Verkäuferin Verkäuferinnen  | vendeuse     | vendedora
fisherman  | man    | m      | m Fischer Fischer Fischer                 | pêcheur      | pescador
policeman  | man    | m      | m Polizist Polizisten Polizisten          | policier     | policía
postman    | man    | m      | m Briefträger Briefträger Briefträger     | facteur      | cartero
nurse  | person | f | f Krankenschwester Krankenschwester Krankenschwestern | infirmière | enfermera
singer     | person | f      | f Sängerin Sängerin Sängerinnen           | chanteuse    | cantante
teacher    | person | f      | f Lehrerin Lehrerin Lehrerinnen           | institutrice | maestra
student    | person | f      | f Studentin Studentin Studentinnen        | étudiante    | estudiante
tourist    | person | f      | f Touristin Touristin Touristinnen        | touriste     | turista
journalist | person | f     | f Journalistin Journalistin Journalistinnen | journaliste | periodista
dancer     | person | f      | f Tänzerin Tänzerin Tänzerinnen           | danseuse     | bailarina
baker      | person | m      | m Bäcker Bäcker Bäcker                    | boulanger    | panadero
pilot      | person | m      | m Pilot Piloten Piloten                   | pilote       | piloto
farmer     | person | m      | m Bauer Bauern Bauern                     | fermier      | granjero
painter    | person | m      | m Maler Maler Maler                       | peintre      | pintor
neighbour  | person | m      | m Nachbar Nachbarn Nachbarn               | voisin       | vecino
doctor     | person | m      | m Arzt Arzt Ärzte                         | médecin      | médico
lawyer     | person | m      | m Anwalt Anwalt Anwälte                   | avocat       | abogado
soldier    | person | m      | m Soldat Soldaten Soldaten                | soldat       | soldado
gardener   | person | m      | m Gärtner Gärtner Gärtner                 | jardinier    | jardinero
musician   | person | m      | m Musiker Musiker Musiker                 | musicien     | músico
cook       | person | m      | m Koch Koch Köche                         | cuisinier    | cocinero
engineer   | person | m      | m Ingenieur Ingenieur Ingenieure          | ingénieur    | ingeniero
""")

RUSSIAN_PEOPLE = _table("""
key       | gender | nominative | genitive  | dative      | accusative  | instrumental | plural
person    | m    | человек    | человека    | человеку    | человека    | человеком    | люди
woman     | f    | женщина    | женщины     | женщине     | женщину     | женщиной     | женщины
man       | m    | мужчина    | мужчины     | мужчине     | мужчину     | мужчиной     | мужчины
waitress  | f    | официантка | официантки  | официантке  | официантку  | официанткой  | официантки
actress   | f    | актриса    | актрисы     | актрисе     | актрису     | актрисой     | актрисы
saleswoman | f   | продавщица | продавщицы  | продавщице  | продавщицу  | продавщицей  | продавщицы
fisherman | m    | рыбак      | рыбака      | рыбаку      | рыбака      | рыбаком      | рыбаки
policeman | m | полицейский | полицейского | полицейскому | полицейского | полицейским | полицейские
postman   | m    | почтальон  | почтальона  | почтальону  | почтальона  | почтальоном  | почтальоны
nurse     | f    | медсестра  | медсестры   | медсестре   | медсестру   | медсестрой   | медсёстры
singer    | f    | певица     | певицы      | певице      | певицу      | певицей      | певицы
teacher   | f   | учительница | учительницы | учительнице | учительницу | учительницей | учительницы
student   | f    | студентка  | студентки   | студентке   | студентку   | студенткой   | студентки
tourist   | f    | туристка   | туристки    | туристке    | туристку    | туристкой    | туристки
journalist | f  | журналистка | журналистки | журналистке | журналистку | журналисткой | журналистки
dancer    | f    | танцовщица | танцовщицы  | танцовщице  | танцовщицу  | танцовщицей  | танцовщицы
baker     | m    | пекарь     | пекаря      | пекарю      | пекаря      | пекарем      | пекари
pilot     | m    | пилот      | пилота      | пилоту      | пилота      | пилотом      | пилоты
farmer    | m    | фермер     | фермера     | фермеру     | фермера     | фермером     | фермеры
painter   | m    | художник   | художника   | художнику   | художника   | художником   | художники
neighbour | m    | сосед      | соседа      | соседу      | соседа      | соседом      | соседи
doctor    | m    | врач       | врача       | врачу       | врача       | врачом       | врачи
lawyer    | m    | адвокат    | адвоката    | адвокату    | адвоката    | адвокатом    | адвокаты
soldier   | m    | солдат     | солдата     | солдату     | солдата     | солдатом     | солдаты
gardener  | m    | садовник   | садовника   | садовнику   | садовника   | садовником   | садовники
musician  | m    | музыкант   | музыканта   | музыканту   | музыканта   | музыкантом   | музыканты
cook      | m    | повар      | повара      | повару      | повара      | поваром      | повара
engineer  | m    | инженер    | инженера    | инженеру    | инженера    | инженером    | инженеры
""")

# fr and es: masculine/feminine, or one form for both; French "*" stands before its noun.
ADJECTIVES = _table("""
key         | opposite    | de           | fr                   | es                 | ru
young       | old         | jung         | *jeune               | joven              | молодой
old         | young       | alt          | *vieux/vieille       | mayor              | старый
tall        | short       | groß         | de grande taille     | alto/alta          | высокий
short       | tall        | klein        | de petite taille     | bajo/baja          | невысокий
rich        | poor        | reich        | riche                | rico/rica          | богатый
poor        | rich        | arm          | pauvre               | pobre              | бедный
famous      | unknown     | berühmt      | célèbre              | famoso/famosa      | известный
unknown     | famous      | unbekannt    | inconnu/inconnue  | desconocido/desconocida | неизвестный
friendly    | unfriendly  | freundlich   | sympathique          | simpático/simpática | дружелюбный
unfriendly  | friendly    | unfreundlich | antipathique      | antipático/antipática | недружелюбный
lazy        | hardworking | faul         | paresseux/paresseuse | perezoso/perezosa  | ленивый
hardworking | lazy      | fleißig | travailleur/travailleuse | trabajador/trabajadora | трудолюбивый
""")

# de: accusative; a word in brackets is written only under negation: "[keinen] Tee" is "Tee" or
# "keinen Tee". ru: accusative.
THINGS = _table("""
key       | parent   | en          | de              | fr             | es             | ru
fruit     |          | fruit       | [kein] Obst     | un fruit       | fruta          | фрукты
apple     | fruit    | an apple    | einen Apfel     | une pomme      | una manzana    | яблоко
pear      | fruit    | a pear      | eine Birne      | une poire      | una pera       | грушу
dessert   |          | a dessert   | einen Nachtisch | un dessert     | un postre      | десерт
cake      | dessert  | a cake      | einen Kuchen    | un gâteau      | un pastel      | торт
ice_cream | dessert  | an ice cream | ein Eis        | une glace      | un helado      | мороженое
hot  |  | a hot drink | ein Heißgetränk | une boisson chaude | una bebida caliente | горячий напиток
tea       | hot      | tea         | [keinen] Tee    | du thé         | té             | чай
coffee    | hot      | coffee      | [keinen] Kaffee | du café        | café           | кофе
alcohol   |          | alcohol     | [keinen] Alkohol | de l'alcool   | alcohol        | алкоголь
wine      | alcohol  | wine        | [keinen] Wein   | du vin         | vino           | вино
beer      | alcohol  | beer        | [kein] Bier     | de la bière    | cerveza        | пиво
animal    |          | an animal   | ein Tier        | un animal      | un animal      | животное
dog       | animal   | a dog       | einen Hund      | un chien       | un perro       | собаку
cat       | animal   | a cat       | eine Katze      | un chat        | un gato        | кошку
horse     | animal   | a horse     | ein Pferd       | un cheval      | un caballo     | лошадь
vehicle   |          | a vehicle  | ein Fahrzeug | un véhicule | un vehículo | транспортное средство
car       | vehicle  | a car       | ein Auto        | une voiture    | un coche       | машину
truck     | vehicle  | a truck     | einen Lastwagen | un camion      | un camión      | грузовик
bicycle   | vehicle  | a bicycle   | ein Fahrrad     | un vélo        | una bicicleta  | велосипед
book      |          | a book      | ein Buch        | un livre       | un libro       | книгу
novel     | book     | a novel     | einen Roman     | un roman       | una novela     | роман
textbook  | book     | a textbook  | ein Lehrbuch    | un manuel      | un manual      | учебник
text      |          | a text      | einen Text      | un texte       | un texto       | текст
letter    | text     | a letter    | einen Brief     | une lettre     | una carta      | письмо
poem      | text     | a poem      | ein Gedicht     | un poème       | un poema     | стихотворение
flowers   |          | flowers     | [keine] Blumen  | des fleurs     | flores         | цветы
roses     | flowers  | roses       | [keine] Rosen   | des roses      | rosas          | розы
tulips    | flowers  | tulips      | [keine] Tulpen  | des tulipes    | tulipanes      | тюльпаны
furniture |          | a piece of furniture | ein Möbelstück | un meuble | un mueble   | мебель
table     | furniture | a table    | einen Tisch     | une table      | una mesa       | стол
chair     | furniture | a chair    | einen Stuhl     | une chaise     | una silla      | стул
sofa      | furniture | a sofa     | ein Sofa        | un canapé      | un sofá        | диван
garment   |          | a garment   | ein Kleidungsstück | un vêtement | una prenda de ropa | одежду
coat      | garment  | a coat      | einen Mantel    | un manteau     | un abrigo      | пальто
shirt     | garment  | a shirt     | ein Hemd        | une chemise    | una camisa     | рубашку
skirt     | garment  | a skirt     | einen Rock      | une jupe       | una falda      | юбку
jewel     |          | a piece of jewellery | ein Schmuckstück | un bijou | una joya   | украшение
ring      | jewel    | a ring      | einen Ring      | une bague      | un anillo      | кольцо
necklace  | jewel    | a necklace  | eine Halskette  | un collier     | un collar      | ожерелье
instrument |    | an instrument | ein Instrument | d'un instrument | un instrumento | на инструменте
guitar    | instrument | the guitar | [keine] Gitarre | de la guitare | la guitarra    | на гитаре
piano     | instrument | the piano | [kein] Klavier  | du piano       | el piano       | на пианино
violin    | instrument | the violin | [keine] Geige  | du violon      | el violín      | на скрипке
waltz     |          | a waltz     | einen Walzer    | une valse      | un vals        | вальс
tango     |          | a tango     | einen Tango     | un tango       | un tango       | танго
soup      |          | soup        | [keine] Suppe   | de la soupe    | sopa           | суп
pasta     |          | pasta       | [keine] Nudeln  | des pâtes      | pasta          | макароны
lullaby   |          | a lullaby   | ein Wiegenlied  | une berceuse   | una nana       | колыбельную
hymn      |          | a hymn      | eine Hymne      | un hymne       | un himno       | гимн
match     |          | the match   | das Spiel       | le match       | el partido     | матч
race      |          | the race    | das Rennen      | la course      | la carrera     | гонку
film      |          | the film    | den Film        | le film        | la película    | фильм
concert   |          | the concert | das Konzert     | le concert     | el concierto   | концерт
door      |          | the door    | die Tür         | la porte       | la puerta      | дверь
window    |          | the window  | das Fenster     | la fenêtre     | la ventana     | окно
""")

# things: what the verb takes, a thing with all that it covers; "-" stands for nothing at all.
# where: the plausible places or groups of them. es: singular, plural, what follows both.
# ru: masculine (feminine, plural where irregular).
VERBS = _table(
    """
key       | things                               | where          | en               | de
eat       | fruit dessert                        | anywhere       | ate eat          | aß
drink     | hot alcohol                          | anywhere       | drank drink      | trank
feed      | animal                               | outdoors       | fed feed         | fütterte
draw      | animal vehicle flowers               | anywhere       | drew draw        | zeichnete
buy       | book flowers furniture garment jewel | town           | bought buy       | kaufte
sell      | vehicle furniture garment jewel      | outdoors town  | sold sell        | verkaufte
repair    | vehicle furniture                    | house outdoors | repaired repair  | reparierte
read      | book text                            | anywhere       | read read        | las
write     | book text                            | anywhere       | wrote write      | schrieb
plant     | flowers                              | outdoors       | planted plant    | pflanzte
sew       | garment                              | anywhere       | sewed sew        | nähte
find      | jewel animal                         | anywhere       | found find       | fand
lose      | jewel garment                        | anywhere       | lost lose        | verlor
steal     | jewel vehicle                        | anywhere       | stole steal      | stahl
play      | instrument                           | anywhere       | played play      | spielte
dance     | - waltz tango                        | anywhere       | danced dance     | tanzte
cook      | - soup pasta                         | house town     | cooked cook      | kochte
sing      | - lullaby hymn                       | anywhere       | sang sing        | sang
win       | match race                           | outdoors school | won win          | gewann
be beaten | match race                           | outdoors school | lost lose        | verlor
see  | film concert              | outdoors church museum hotel school | saw see          | sah
clean     | door window                          | house town     | cleaned clean    | putzte
open      | door window                          | house town     | opened open      | öffnete
sleep     | -                                    | anywhere       | slept sleep      | schlief
work      | -                                    | anywhere       | worked work      | arbeitete
whistle   | -                                    | anywhere       | whistled whistle | pfiff
wait      | -                                    | anywhere       | waited wait      | wartete
smoke     | -                                    | anywhere       | smoked smoke     | rauchte
""",
    """
key       | fr        | es                     | ru
eat       | mangé     | comió comieron         | ел
drink     | bu        | bebió bebieron         | пил
feed      | nourri    | dio dieron de comer a  | кормил
draw      | dessiné   | dibujó dibujaron       | рисовал
buy       | acheté    | compró compraron       | купил
sell      | vendu     | vendió vendieron       | продал
repair    | réparé    | reparó repararon       | чинил
read      | lu        | leyó leyeron           | читал
write     | écrit     | escribió escribieron   | писал
plant     | planté    | plantó plantaron       | сажал
sew       | cousu     | cosió cosieron         | шил
find      | trouvé    | encontró encontraron   | нашёл нашла нашли
lose      | perdu     | perdió perdieron       | потерял
steal     | volé      | robó robaron           | украл
play      | joué      | tocó tocaron           | играл
dance     | dansé     | bailó bailaron         | танцевал
cook      | cuisiné   | cocinó cocinaron       | готовил
sing      | chanté    | cantó cantaron         | пел
win       | gagné     | ganó ganaron           | выиграл
be beaten | perdu     | perdió perdieron       | проиграл
see       | vu        | vio vieron             | смотрел
clean     | nettoyé   | limpió limpiaron       | мыл
open      | ouvert    | abrió abrieron         | открыл
sleep     | dormi     | durmió durmieron       | спал
work      | travaillé | trabajó trabajaron     | работал
whistle   | sifflé    | silbó silbaron         | свистел
wait      | attendu   | esperó esperaron       | ждал
smoke     | fumé      | fumó fumaron           | курил
""",
)

# What somebody was: Spanish estar, Russian short forms.
STATES = _table(
    """
key     | opposite | de        | fr                 | es
happy   | sad      | glücklich | heureux/heureuse   | contento/contenta
sad     | happy    | traurig   | triste             | triste
calm    | nervous  | ruhig     | calme              | tranquilo/tranquila
nervous | calm     | nervös    | nerveux/nerveuse   | nervioso/nerviosa
hungry  | full     | hungrig   | affamé/affamée     | hambriento/hambrienta
full    | hungry   | satt      | rassasié/rassasiée | saciado/saciada
tired   | rested   | müde      | fatigué/fatiguée   | cansado/cansada
rested  | tired    | ausgeruht | reposé/reposée     | descansado/descansada
""",
    """
key     | ru
happy   | счастлив счастлива счастливы
sad     | печален печальна печальны
calm    | спокоен спокойна спокойны
nervous | взволнован взволнована взволнованы
hungry  | голоден голодна голодны
full    | сыт сыта сыты
tired   | уставшим уставшей уставшими
rested  | отдохнувшим отдохнувшей отдохнувшими
""",
)

# What one person did with another. swap: does the deed with both persons exchanged follow (same),
# stay open (open) or contradict (other)? converse: the verb that tells it from the other side.
# {...}: the partner in that case, or with that preposition. de: verb, middle part / last part.
# where: the plausible places or groups of them, anywhere unless said.
DEEDS = _table(
    """
key        | swap  | converse   | en                              | de
help       | open  |            | helped help {acc}               | half {dat} /
greet      | open  |            | greeted greet {acc}             | begrüßte {acc} /
watch      | open  |            | watched watch {acc}             | beobachtete {acc} /
await      | open  |            | waited wait for {acc}           | wartete / auf {acc}
thank      | open  |            | thanked thank {acc}             | dankte {dat} /
dance with | same  |            | danced dance with {acc}         | tanzte / mit {dat}
talk to    | same  |            | talked talk with {acc}          | sprach / mit {dat}
work with  | same  |            | worked work with {acc}          | arbeitete / mit {dat}
chess      | same  |            | played play chess with {acc}    | spielte / mit {dat} Schach
beat       | other | lose to    | beat beat {acc} at chess        | schlug {acc} / beim Schach
lose to    | other | beat       | lost lose to {acc} at chess     | verlor / beim Schach gegen {acc}
give ring  | other | get ring   | gave give the ring to {acc}     | gab {dat} den Ring /
get ring   | other | give ring  | got get the ring from {acc}     | bekam den Ring / {von}
give key   | other | get key    | gave give the key to {acc}      | gab {dat} den Schlüssel /
get key    | other | give key   | got get the key from {acc}      | bekam den Schlüssel / {von}
sell house | other | buy house  | sold sell the house to {acc}    | verkaufte {dat} das Haus /
buy house  | other | sell house | bought buy the house from {acc} | kaufte das Haus / {von}
sell boat  | other | buy boat   | sold sell the boat to {acc}     | verkaufte {dat} das Boot /
buy boat   | other | sell boat  | bought buy the boat from {acc}  | kaufte das Boot / {von}
""",
    """
key        | fr                          | es                             | ru
help       | aidé {acc}                  | ayudó {a}                      | помогал {dat}
greet      | salué {acc}                 | saludó {a}                     | поприветствовал {acc}
watch      | observé {acc}               | observó {a}                    | наблюдал за {ins}
await      | attendu {acc}               | esperó {a}                     | ждал {acc}
thank      | remercié {acc}              | le dio las gracias {a}         | поблагодарил {acc}
dance with | dansé avec {acc}            | bailó con {acc}                | танцевал {s}
talk to    | parlé avec {acc}            | habló con {acc}                | разговаривал {s}
work with  | travaillé avec {acc}        | trabajó con {acc}              | работал {s}
chess      | joué aux échecs avec {acc}  | jugó al ajedrez con {acc}      | играл в шахматы {s}
beat       | battu {acc} aux échecs      | venció {a} al ajedrez          | обыграл {acc} в шахматы
lose to  | perdu aux échecs contre {acc} | perdió al ajedrez contra {acc} | проиграл {dat} в шахматы
give ring  | donné la bague {a}          | le dio el anillo {a}           | отдал {dat} кольцо
get ring   | reçu la bague {de}          | recibió el anillo {de}         | получил кольцо от {gen}
give key   | donné la clé {a}            | le dio la llave {a}            | отдал {dat} ключ
get key    | reçu la clé {de}            | recibió la llave {de}          | получил ключ от {gen}
sell house | vendu la maison {a}         | le vendió la casa {a}          | продал {dat} дом
buy house  | acheté la maison {a}        | le compró la casa {a}          | купил дом у {gen}
sell boat  | vendu le bateau {a}         | le vendió el barco {a}         | продал {dat} лодку
buy boat   | acheté le bateau {a}        | le compró el barco {a}         | купил лодку у {gen}
""",
    """
key        | where
sell house | outdoors town
buy house  | outdoors town
""",
)

# How persons compare: the greater word / the lesser word.
SCALES = _table(
    """
key      | en              | de                  | fr
height   | taller/shorter  | größer/kleiner      | plus grand/plus petit
age      | older/younger   | älter/jünger        | plus âgé/plus jeune
wealth   | richer/poorer   | reicher/ärmer       | plus riche/plus pauvre
strength | stronger/weaker | stärker/schwächer   | plus fort/plus faible
speed    | faster/slower   | schneller/langsamer | plus rapide/plus lent
""",
    """
key      | es                   | ru
height   | más alto/más bajo    | выше/ниже
age      | mayor/menor          | старше/моложе
wealth   | más rico/más pobre   | богаче/беднее
strength | más fuerte/más débil | сильнее/слабее
speed    | más rápido/más lento | быстрее/медленнее
""",
)

PLACES = _table("""
key      | group    | en              | de           | fr             | es             | ru
house    |          | in the house    | im Haus      | dans la maison | en la casa     | в доме
kitchen  | house    | in the kitchen  | in der Küche | dans la cuisine | en la cocina  | на кухне
cellar   | house    | in the cellar   | im Keller    | dans la cave   | en el sótano   | в подвале
attic    | house    | in the attic    | auf dem Dachboden | au grenier | en el desván  | на чердаке
outdoors |          | outdoors      | im Freien | en plein air | al aire libre | на открытом воздухе
park     | outdoors | in the park     | im Park      | dans le parc   | en el parque   | в парке
forest   | outdoors | in the forest   | im Wald      | dans la forêt  | en el bosque   | в лесу
beach    | outdoors | on the beach    | am Strand    | sur la plage   | en la playa    | на пляже
bridge   | outdoors | on the bridge   | auf der Brücke | sur le pont  | en el puente   | на мосту
office   | town     | in the office   | im Büro      | au bureau      | en la oficina  | в офисе
church   | town     | in the church   | in der Kirche | à l'église    | en la iglesia  | в церкви
museum   | town     | in the museum   | im Museum    | au musée       | en el museo    | в музее
hospital | town     | in the hospital | im Krankenhaus | à l'hôpital  | en el hospital | в больнице
hotel    | town     | in the hotel    | im Hotel     | à l'hôtel      | en el hotel    | в гостинице
school   | town     | at the school   | in der Schule | à l'école     | en la escuela  | в школе
""")

DAYS = _table("""
key       | de         | fr       | es        | ru
Monday    | Montag     | lundi    | lunes     | в понедельник
Tuesday   | Dienstag   | mardi    | martes    | во вторник
Wednesday | Mittwoch   | mercredi | miércoles | в среду
Thursday  | Donnerstag | jeudi    | jueves    | в четверг
Friday    | Freitag    | vendredi | viernes   | в пятницу
Saturday  | Samstag    | samedi   | sábado    | в субботу
Sunday    | Sonntag    | dimanche | domingo   | в воскресенье
""")

PARTS = _table("""
key       | de         | fr         | es            | ru
morning   | Morgen     | matin      | por la mañana | утром
afternoon | Nachmittag | après-midi | por la tarde  | днём
evening   | Abend      | soir       | por la noche  | вечером
""")
