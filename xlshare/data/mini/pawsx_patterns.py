"""What the paraphrase grammar says: relations between words, each in several wordings.

A pattern is a block of lines: name | slots and their tables | swaps of slots that keep the meaning
| swaps that break it ("Ay-Bz" swaps A with B and, at once, y with z), then its wordings. All
wordings mean the same, whatever a reader knows of the world, and the i-th of one language
translates the i-th of any other.

A slot is {slot} or {slot:form}: with the article, preposition, conjunction or particle that fuses
with the word by its sound (French le, de, du; Spanish y; Korean particles), or, instead of the
word, what agrees with it (German der, den, ihn; Spanish el, al, lo; French celui; participles and
adjectives). A person's gender is unknown, so nothing agrees with a person.
"""

from __future__ import annotations

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
ko {n}의 {X} 강은 {Y} 강의 지류이다.
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
en {P} lived in {A} until {y} and in {B} after that.
fr {P} a déménagé {A:de} à {B} en {y}.
fr En {y}, {P} a déménagé {A:de} à {B}.
fr {P} a quitté {A} pour {B} en {y}.
fr En {y}, {P} a emménagé à {B} après avoir quitté {A}.
fr {P} a vécu à {A} jusqu'en {y}, puis à {B}.
de {P} zog {y} von {A} nach {B}.
de Im Jahr {y} zog {P} von {A} nach {B}.
de {P} verließ {A} im Jahr {y} und ging nach {B}.
de Im Jahr {y} zog {P} nach {B} und gab den Wohnsitz in {A} auf.
de {P} lebte bis {y} in {A} und danach in {B}.
ko {P:은} {y}년에 {A}에서 {B:으로} 이사했다.
ko {y}년에 {P:은} {A}에서 {B:으로} 이사했다.
ko {P:은} {y}년에 {A:을} 떠나 {B:으로} 갔다.
ko {y}년에 {P:은} {B:으로} 거처를 옮기며 {A:을} 떠났다.
ko {P:은} {y}년까지 {A}에서 살다가 그 뒤로는 {B}에서 살았다.
es {P} se mudó de {A} a {B} en {y}.
es En {y}, {P} se mudó de {A} a {B}.
es {P} dejó {A} por {B} en {y}.
es En {y}, {P} se mudó a {B} tras dejar {A}.
es {P} vivió en {A} hasta {y} y después en {B}.

birth | P:person A:city B:city | | A-B
en {P} was born in {A} and died in {B}.
en The life of {P} began in {A} and ended in {B}.
en {P} died in {B} but was born in {A}.
en {A} was the birthplace of {P}, and {B} was the place of death.
fr {P} a vu le jour à {A} et a fini ses jours à {B}.
fr La vie {P:de} a commencé à {A} et a pris fin à {B}.
fr {P} a fini ses jours à {B}, mais avait vu le jour à {A}.
fr {A} est le lieu de naissance {P:de}, et {B} celui de sa mort.
de {P} wurde in {A} geboren und starb in {B}.
de Das Leben von {P} begann in {A} und endete in {B}.
de {P} starb in {B}, wurde aber in {A} geboren.
de {A} war der Geburtsort von {P} und {B} der Sterbeort.
ko {P:은} {A}에서 태어나 {B}에서 세상을 떠났다.
ko {P}의 생애는 {A}에서 시작되어 {B}에서 끝났다.
ko {P:은} {B}에서 세상을 떠났지만 태어난 곳은 {A}이다.
ko {A:은} {P}의 출생지이고 {B:은} 사망지이다.
es {P} nació en {A} y murió en {B}.
es La vida de {P} comenzó en {A} y terminó en {B}.
es {P} murió en {B}, pero nació en {A}.
es {A} fue el lugar de nacimiento de {P}, {B:y}, el de su muerte.

final | P:person Q:person c:city y:year | | P-Q
en {P} defeated {Q} in the final in {c} in {y}.
en In {y}, {P} won the final in {c} against {Q}.
en {Q} was beaten by {P} in the final in {c} in {y}.
en In the {y} final in {c}, {P} prevailed over {Q}.
en In the final that was played in {c} in {y}, it was {P} who beat {Q}.
fr {P} a battu {Q} en finale à {c} en {y}.
fr En {y}, {P} a remporté la finale contre {Q} à {c}.
fr {Q} a perdu en finale contre {P} à {c} en {y}.
fr Lors de la finale de {y} à {c}, {P} l'a emporté sur {Q}.
fr Dans la finale qui s'est jouée à {c} en {y}, c'est {P} qui a battu {Q}.
de {P} besiegte {Q} im Jahr {y} im Finale in {c}.
de Im Jahr {y} gewann {P} das Finale in {c} gegen {Q}.
de {Q} wurde {y} im Finale in {c} von {P} besiegt.
de Im Finale des Jahres {y} in {c} setzte sich {P} gegen {Q} durch.
de Im Finale, das im Jahr {y} in {c} stattfand, siegte {P} gegen {Q}.
ko {P:은} {y}년 {c} 결승전에서 {Q:을} 이겼다.
ko {y}년에 {P:은} {c} 결승전에서 {Q:을} 꺾고 우승했다.
ko {Q:은} {y}년 {c} 결승전에서 {P}에게 졌다.
ko {y}년 {c} 결승전에서 {P:이} {Q:을} 상대로 승리했다.
ko {y}년에 {c}에서 열린 결승전에서 {Q:을} 꺾은 사람은 {P:이었다}.
es {P} derrotó a {Q} en la final de {c} en {y}.
es En {y}, {P} ganó la final de {c} contra {Q}.
es {Q} perdió ante {P} en la final de {c} en {y}.
es En la final de {y} en {c}, {P} se impuso a {Q}.
es En la final que se disputó en {c} en {y}, fue {P} quien venció a {Q}.

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
ko {P:이} {y}년에 나온 {w:을} 썼고, 제작은 {Q:이} 맡았다.
ko {y}년에 나온 {w:은} {P:이} 쓴 것으로, {Q:이} 제작했다.
es {w:el} {w} de {y} fue {w:escrito} por {P} y {w:producido} por {Q}.
es {w:el} {w} de {y} fue {w:producido} por {Q} y {w:escrito} por {P}.
es {P} escribió {w:el} {w} de {y}, {Q:y} {w:lo} produjo.
es {w:escrito} por {P}, {w:el} {w} de {y} fue {w:producido} por {Q}.

succession | P:person Q:person t:company y:year | | P-Q
en {P} succeeded {Q} as head of {t} in {y}.
en In {y}, {P} took over from {Q} as head of {t}.
en {Q} handed the leadership of {t} to {P} in {y}.
en In {y}, {P} replaced {Q} at the head of {t}.
en When {Q} stepped down as head of {t} in {y}, it was {P} who took over.
fr {P} a succédé à {Q} à la tête {t:de} en {y}.
fr En {y}, {P} a pris la suite {Q:de} à la tête {t:de}.
fr {Q} a cédé la direction {t:de} à {P} en {y}.
fr En {y}, {P} a remplacé {Q} à la tête {t:de}.
fr Quand {Q} a quitté la direction {t:de} en {y}, c'est {P} qui a pris la suite.
de {P} folgte {y} auf {Q} an der Spitze von {t}.
de Im Jahr {y} übernahm {P} von {Q} die Leitung von {t}.
de {Q} übergab {y} die Leitung von {t} an {P}.
de Im Jahr {y} trat {P} bei {t} die Nachfolge von {Q} an.
de Als {Q} im Jahr {y} die Leitung von {t} abgab, trat {P} die Nachfolge an.
ko {P:은} {y}년에 {Q}의 뒤를 이어 {t} 대표가 되었다.
ko {y}년에 {P:은} {Q}에게서 {t} 대표직을 넘겨받았다.
ko {Q:은} {y}년에 {P}에게 {t} 대표직을 넘겨주었다.
ko {y}년에 {P:이} {Q:을} 대신해 {t} 대표 자리에 올랐다.
ko {y}년에 {Q:이} {t} 대표직에서 물러나자 {P:이} 그 뒤를 이었다.
es {P} sucedió a {Q} al frente de {t} en {y}.
es En {y}, {P} tomó el relevo de {Q} al frente de {t}.
es {Q} cedió la dirección de {t} a {P} en {y}.
es En {y}, {P} reemplazó a {Q} al frente de {t}.
es Cuando {Q} dejó la dirección de {t} en {y}, fue {P} quien tomó el relevo.

sale | X:company Y:company Z:company y:year | | X-Y X-Z Y-Z
en {X} bought the brand {Z} from {Y} in {y}.
en In {y}, {Y} sold the brand {Z} to {X}.
en The brand {Z} was sold by {Y} to {X} in {y}.
en In {y}, the brand {Z} was sold and passed from {Y} to {X}.
fr {X} a racheté la marque {Z} à {Y} en {y}.
fr En {y}, {Y} a vendu la marque {Z} à {X}.
fr La marque {Z} a été vendue par {Y} à {X} en {y}.
fr En {y}, la marque {Z} a été vendue et est passée {Y:de} à {X}.
de {X} kaufte {y} die Marke {Z} von {Y}.
de Im Jahr {y} verkaufte {Y} die Marke {Z} an {X}.
de Die Marke {Z} wurde {y} von {Y} an {X} verkauft.
de Im Jahr {y} wurde die Marke {Z} verkauft und ging von {Y} an {X} über.
ko {X:은} {y}년에 {Y:으로}부터 {Z} 브랜드를 사들였다.
ko {y}년에 {Y:은} {X}에 {Z} 브랜드를 팔았다.
ko {Z} 브랜드는 {y}년에 {Y:이} {X}에 팔았다.
ko {y}년에 {Z} 브랜드는 매각되어 {Y}에서 {X:으로} 넘어갔다.
es {X} compró la marca {Z} a {Y} en {y}.
es En {y}, {Y} vendió la marca {Z} a {X}.
es La marca {Z} fue vendida por {Y} a {X} en {y}.
es En {y}, la marca {Z} se vendió y pasó de {Y} a {X}.

north | X:city Y:city Z:city | | Y-Z X-Y X-Z
en {X} lies north of {Y} and south of {Z}.
en {X} lies south of {Z} and north of {Y}.
en {Y} lies south and {Z} lies north of {X}.
en North of {Y} and south of {Z} lies {X}.
en {X} lies between {Z} in the north and {Y} in the south.
fr {X} se trouve au nord {Y:de} et au sud {Z:de}.
fr {X} se trouve au sud {Z:de} et au nord {Y:de}.
fr {Y} se trouve au sud et {Z} au nord {X:de}.
fr Au nord {Y:de} et au sud {Z:de} se trouve {X}.
fr {X} se trouve entre {Z}, au nord, et {Y}, au sud.
de {X} liegt nördlich von {Y} und südlich von {Z}.
de {X} liegt südlich von {Z} und nördlich von {Y}.
de {Y} liegt südlich und {Z} nördlich von {X}.
de Nördlich von {Y} und südlich von {Z} liegt {X}.
de {X} liegt zwischen {Z} im Norden und {Y} im Süden.
ko {X:은} {Y}의 북쪽, {Z}의 남쪽에 있다.
ko {X:은} {Z}의 남쪽, {Y}의 북쪽에 있다.
ko {X}의 남쪽에는 {Y:이} 있고 북쪽에는 {Z:이} 있다.
ko {Y}의 북쪽이자 {Z}의 남쪽인 곳에 {X:이} 있다.
ko {X:은} 북쪽의 {Z:과} 남쪽의 {Y} 사이에 있다.
es {X} está al norte de {Y} y al sur de {Z}.
es {X} está al sur de {Z} y al norte de {Y}.
es {Y} está al sur {Z:y} al norte de {X}.
es Al norte de {Y} y al sur de {Z} está {X}.
es {X} está entre {Z}, al norte, {Y:y}, al sur.

marriage | P:person Q:person A:city B:city | P-Q | A-B
en {P} and {Q} married in {A} and then lived in {B}.
en After their wedding in {A}, {P} and {Q} lived in {B}.
en {P} and {Q} lived in {B} after their wedding in {A}.
en {P} married {Q} in {A}, and the couple then lived in {B}.
en {P} and {Q}, who had married in {A}, lived in {B} after that.
fr {P} et {Q} se sont mariés à {A}, puis ont vécu à {B}.
fr Après leur mariage à {A}, {P} et {Q} ont vécu à {B}.
fr {P} et {Q} ont vécu à {B} après leur mariage à {A}.
fr {P} a épousé {Q} à {A}, et le couple a ensuite vécu à {B}.
fr {P} et {Q}, qui s'étaient mariés à {A}, ont vécu ensuite à {B}.
de {P} und {Q} heirateten in {A} und lebten danach in {B}.
de Nach ihrer Hochzeit in {A} lebten {P} und {Q} in {B}.
de {P} und {Q} lebten in {B}, nachdem sie in {A} geheiratet hatten.
de {P} heiratete {Q} in {A}, und danach lebte das Paar in {B}.
de {P} und {Q}, die in {A} geheiratet hatten, lebten danach in {B}.
ko {P:과} {Q:은} {A}에서 결혼하고 그 뒤 {B}에서 살았다.
ko {A}에서 결혼식을 올린 뒤 {P:과} {Q:은} {B}에서 살았다.
ko {P:과} {Q:이} {B}에서 살게 된 것은 {A}에서 결혼한 뒤였다.
ko {P:은} {A}에서 {Q:과} 결혼했고 부부는 그 뒤 {B}에서 살았다.
ko {A}에서 결혼한 {P:과} {Q:은} 그 뒤로 {B}에서 살았다.
es {P} {Q:y} se casaron en {A} y luego vivieron en {B}.
es Tras su boda en {A}, {P} {Q:y} vivieron en {B}.
es {P} {Q:y} vivieron en {B} tras su boda en {A}.
es {P} se casó con {Q} en {A}, y la pareja vivió luego en {B}.
es {P} {Q:y}, que se habían casado en {A}, vivieron después en {B}.

piano | P:person Q:person c:city y:year | | P-Q
en {P} taught {Q} the piano in {c} in {y}.
en {P} gave {Q} piano lessons in {c} in {y}.
en In {c}, {Q} learned the piano from {P} in {y}.
en In {y}, {Q} took piano lessons from {P} in {c}.
fr {P} a enseigné le piano à {Q} à {c} en {y}.
fr {P} a donné à {Q} des leçons de piano à {c} en {y}.
fr À {c}, {Q} a appris le piano avec {P} en {y}.
fr En {y}, {Q} a pris des leçons de piano avec {P} à {c}.
de {P} unterrichtete {Q} im Jahr {y} in {c} am Klavier.
de {P} gab {Q} im Jahr {y} Klavierstunden in {c}.
de In {c} lernte {Q} im Jahr {y} bei {P} Klavier spielen.
de Im Jahr {y} nahm {Q} in {c} Klavierstunden bei {P}.
ko {P:은} {y}년에 {c}에서 {Q}에게 피아노를 가르쳤다.
ko {P:은} {y}년에 {c}에서 {Q}에게 피아노 레슨을 해 주었다.
ko {c}에서 {Q:은} {y}년에 {P}에게서 피아노를 배웠다.
ko {y}년에 {Q:은} {c}에서 {P}에게서 피아노 레슨을 받았다.
es {P} enseñó a {Q} a tocar el piano en {c} en {y}.
es {P} dio a {Q} clases de piano en {c} en {y}.
es En {c}, {Q} aprendió a tocar el piano con {P} en {y}.
es En {y}, {Q} tomó clases de piano con {P} en {c}.

languages | P:person A:language B:language C:language | A-B | A-C B-C
en {P} speaks {A} and {B}, but not {C}.
en Besides {A}, {P} also speaks {B}, but not {C}.
en {P} does not speak {C}, but does speak {A} and {B}.
en {P} can speak both {A} and {B}, but cannot speak {C}.
fr {P} parle {A} et {B}, mais pas {C}.
fr Outre {A:le}, {P} parle aussi {B:le}, mais pas {C:le}.
fr {P} ne parle pas {C}, mais parle {A} et {B}.
fr {P} sait parler {A} et {B}, mais ne sait pas parler {C}.
de {P} spricht {A} und {B}, aber kein {C}.
de Neben {A} spricht {P} auch {B}, aber kein {C}.
de {P} spricht kein {C}, dafür aber {A} und {B}.
de {P} kann sowohl {A} als auch {B} sprechen, aber kein {C}.
ko {P:은} {A:과} {B:을} 구사하지만 {C:은} 구사하지 못한다.
ko {P:은} {A} 외에 {B}도 할 줄 알지만 {C:은} 할 줄 모른다.
ko {P:은} {C:은} 못하지만 {A:과} {B:은} 할 줄 안다.
ko {P:은} {A:과} {B:을} 모두 말할 수 있지만 {C:은} 말하지 못한다.
es {P} habla {A} {B:y}, pero no {C}.
es Además de {A}, {P} habla también {B}, pero no {C}.
es {P} no habla {C}, pero sí {A} {B:y}.
es {P} sabe hablar tanto {A} como {B}, pero no sabe hablar {C}.

parents | A:person B:person P:person Q:person | A-B P-Q | A-P A-Q B-P B-Q AB-PQ
en {A} and {B} are the parents of {P} and {Q}.
en {P} and {Q} are the children of {A} and {B}.
en The parents of {P} and {Q} are {A} and {B}.
en The children of {A} and {B} are {P} and {Q}.
fr {A} et {B} sont les parents {P:de} et {Q:de}.
fr {P} et {Q} sont les enfants {A:de} et {B:de}.
fr Les parents {P:de} et {Q:de} sont {A} et {B}.
fr Les enfants {A:de} et {B:de} sont {P} et {Q}.
de {A} und {B} sind die Eltern von {P} und {Q}.
de {P} und {Q} sind die Kinder von {A} und {B}.
de Die Eltern von {P} und {Q} sind {A} und {B}.
de Die Kinder von {A} und {B} sind {P} und {Q}.
ko {A:과} {B:은} {P:과} {Q}의 부모이다.
ko {P:과} {Q:은} {A:과} {B}의 자녀이다.
ko {P:과} {Q}의 부모는 {A:과} {B}이다.
ko {A:과} {B}의 자녀는 {P:과} {Q}이다.
es {A} {B:y} son los padres de {P} {Q:y}.
es {P} {Q:y} son los hijos de {A} {B:y}.
es Los padres de {P} {Q:y} son {A} {B:y}.
es Los hijos de {A} {B:y} son {P} {Q:y}.

festival | X:company Y:company Z:company c:city d:city | X-Y | X-Z Y-Z c-d
en {X} and {Y} support the festival in {c}, and {Z} the one in {d}.
en {Z} supports the festival in {d}, and {X} and {Y} the one in {c}.
en The festival in {c} is supported by {X} and {Y}, and the one in {d} by {Z}.
en The festival in {d} has the support of {Z}, and the one in {c} that of {X} and {Y}.
fr {X} et {Y} soutiennent le festival {c:de}, et {Z} celui {d:de}.
fr {Z} soutient le festival {d:de}, et {X} et {Y} celui {c:de}.
fr Le festival {c:de} est soutenu par {X} et {Y}, et celui {d:de} par {Z}.
fr Le festival {d:de} reçoit le soutien {Z:de}, et celui {c:de} reçoit le soutien {X:de} et {Y:de}.
de {X} und {Y} unterstützen das Festival in {c}, und {Z} das in {d}.
de {Z} unterstützt das Festival in {d}, {X} und {Y} das in {c}.
de Das Festival in {c} wird von {X} und {Y} unterstützt, das in {d} von {Z}.
de Das Festival in {d} hat die Unterstützung von {Z}, das in {c} die von {X} und {Y}.
ko {X:과} {Y:은} {c} 축제를, {Z:은} {d} 축제를 후원한다.
ko {Z:은} {d} 축제를, {X:과} {Y:은} {c} 축제를 후원한다.
ko {c} 축제는 {X:과} {Y:이}, {d} 축제는 {Z:이} 후원한다.
ko {d} 축제는 {Z}의 후원을, {c} 축제는 {X:과} {Y}의 후원을 받는다.
es {X} {Y:y} apoyan el festival de {c}, {Z:y} el de {d}.
es {Z} apoya el festival de {d}, {X:y} {Y:y} el de {c}.
es El festival de {c} recibe apoyo de {X} {Y:y}, y el de {d}, de {Z}.
es El festival de {d} cuenta con el apoyo de {Z}, y el de {c}, con el de {X} {Y:y}.

travels | P:person A:city B:city y:year z:year | Ay-Bz | A-B y-z
en {P} visited {A} in {y} and {B} in {z}.
en In {y}, {P} travelled to {A}, and in {z} to {B}.
en {P} made a trip to {A} in {y} and another to {B} in {z}.
en The trip that {P} made in {y} was to {A}, and the one in {z} was to {B}.
fr {P} a visité {A} en {y} et {B} en {z}.
fr En {y}, {P} se rendit à {A}, et en {z}, à {B}.
fr {P} a fait un voyage à {A} en {y} et un autre à {B} en {z}.
fr Le voyage {P:de} en {y} avait {A} pour destination, et celui de {z}, {B}.
de {P} besuchte {A} im Jahr {y} und {B} im Jahr {z}.
de Im Jahr {y} reiste {P} nach {A} und im Jahr {z} nach {B}.
de {P} machte {y} eine Reise nach {A} und {z} eine weitere nach {B}.
de Die Reise, die {P} im Jahr {y} machte, ging nach {A}, und die im Jahr {z} ging nach {B}.
ko {P:은} {y}년에 {A:을}, {z}년에 {B:을} 방문했다.
ko {y}년에 {P:은} {A:으로}, {z}년에는 {B:으로} 여행했다.
ko {P:은} {y}년에 {A}에 한 번, {z}년에 {B}에 한 번 다녀왔다.
ko {P:이} {y}년에 떠난 여행의 목적지는 {A}, {z}년 여행의 목적지는 {B:이었다}.
es {P} visitó {A} en {y} {B:y} en {z}.
es En {y}, {P} viajó a {A}, y en {z}, a {B}.
es {P} hizo un viaje a {A} en {y} y otro a {B} en {z}.
es El viaje que {P} hizo en {y} fue a {A}, y el de {z} fue a {B}.

buildings | b:building A:city B:city | | A-B
en The {b} in {A} is older than the one in {B}.
en The {b} in {A} was built earlier than the one in {B}.
en The {b} in {B} is newer than the one in {A}.
en The {b} in {A} dates from an earlier time than the one in {B}.
en When the {b} in {A} was built, the one in {B} did not exist yet.
fr {b:le} {A:de} est plus {b:ancien} que {b:celui} {B:de}.
fr {b:le} {A:de} a été {b:construit} plus tôt que {b:celui} {B:de}.
fr {b:le} {B:de} est plus {b:récent} que {b:celui} {A:de}.
fr {b:le} {A:de} date d'une époque antérieure à {b:celui} {B:de}.
fr Quand {b:le} {A:de} a été {b:construit}, {b:celui} {B:de} n'existait pas encore.
de {b:der} {b} in {A} ist älter als {b:der} in {B}.
de {b:der} {b} in {A} wurde früher gebaut als {b:der} in {B}.
de {b:der} {b} in {B} ist neuer als {b:der} in {A}.
de {b:der} {b} in {A} stammt aus einer früheren Zeit als {b:der} in {B}.
de Als {b:der} {b} in {A} gebaut wurde, gab es {b:den} in {B} noch nicht.
ko {A}의 {b:은} {B}의 {b}보다 오래되었다.
ko {A}의 {b:은} {B}의 {b}보다 먼저 지어졌다.
ko {B}의 {b:은} {A}의 {b}보다 나중에 지어졌다.
ko {A}의 {b:은} {B}의 {b}보다 이른 시기에 세워졌다.
ko {A}의 {b:이} 지어졌을 때 {B}의 {b:은} 아직 없었다.
es {b:el} {b} de {A} es más {b:antiguo} que {b:el} de {B}.
es {b:el} {b} de {A} fue {b:construido} antes que {b:el} de {B}.
es {b:el} {b} de {B} es más {b:nuevo} que {b:el} de {A}.
es {b:el} {b} de {A} data de una época anterior {b:al} de {B}.
es Cuando se construyó {b:el} {b} de {A}, {b:el} de {B} todavía no existía.

translation | b:text A:language B:language y:year | | A-B
en The {b} was translated from {A} into {B} in {y}.
en In {y}, the {b} was translated from {A} into {B}.
en In {y}, the {b} was translated into {B} from the original in {A}.
en In {y}, the {b} written in {A} was translated into {B}.
en The {b}, which had been written in {A}, was translated into {B} in {y}.
fr {b:le} a été {b:traduit} {A:du} en {B} en {y}.
fr En {y}, {b:le} a été {b:traduit} {A:du} en {B}.
fr En {y}, {b:le} a été {b:traduit} en {B} à partir de l'original en {A}.
fr En {y}, {b:le} {b:écrit} en {A} a été {b:traduit} en {B}.
fr {b:le}, qui avait été {b:écrit} en {A}, a été {b:traduit} en {B} en {y}.
de {b:der} {b} wurde {y} aus dem {A}en ins {B}e übersetzt.
de Im Jahr {y} wurde {b:der} {b} aus dem {A}en ins {B}e übersetzt.
de Im Jahr {y} wurde {b:der} {b} ins {B}e übersetzt, und zwar aus dem {A}en.
de Im Jahr {y} wurde {b:der} auf {A} verfasste {b} ins {B}e übersetzt.
de {b:der} {b}, {b:der} auf {A} verfasst worden war, wurde {y} ins {B}e übersetzt.
ko 그 {b:은} {y}년에 {A}에서 {B:으로} 번역되었다.
ko {y}년에 그 {b:은} {A}에서 {B:으로} 번역되었다.
ko {y}년에 그 {b:은} {A} 원문에서 {B:으로} 번역되었다.
ko {y}년에 {A:으로} 쓰인 {b:이} {B:으로} 번역되었다.
ko 그 {b:은} {A:으로} 쓰였는데, {y}년에 {B:으로} 번역되었다.
es {b:el} {b} fue {b:traducido} del {A} al {B} en {y}.
es En {y}, {b:el} {b} fue {b:traducido} del {A} al {B}.
es En {y}, {b:el} {b} fue {b:traducido} al {B} a partir del original en {A}.
es En {y}, {b:el} {b} {b:escrito} en {A} fue {b:traducido} al {B}.
es {b:el} {b}, que había sido {b:escrito} en {A}, fue {b:traducido} al {B} en {y}.

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
de Im Jahr {y} erhielt {B} aus {A} mehr {g} als {C}.
ko {y}년에 {A:이} {B}에 수출한 {g}의 양은 {C}에 수출한 양보다 많았다.
ko {A:은} {y}년에 {C}에 판 것보다 더 많은 {g:을} {B}에 팔았다.
ko {y}년에 {A:이} {C}에 수출한 {g}의 양은 {B}에 수출한 양보다 적었다.
ko {y}년에 {A}에서 {g:을} 수입한 양은 {B:이} {C}보다 많았다.
es En {y}, {A} exportó más {g} a {B} que a {C}.
es {A} vendió más {g} a {B} que a {C} en {y}.
es En {y}, {A} exportó menos {g} a {C} que a {B}.
es En {y}, {B} recibió de {A} más {g} que {C}.

band | P:person Q:person R:person c:city | P-Q | P-R Q-R
en In the band from {c}, {P} and {Q} sing and {R} plays the guitar.
en The band from {c} has {R} on guitar and {P} and {Q} on vocals.
en {R} plays the guitar in the band from {c}, and {P} and {Q} sing.
en {P} and {Q} sing in the band from {c}, with {R} on guitar.
fr Dans le groupe {c:de}, {P} et {Q} chantent et {R} joue de la guitare.
fr Le groupe {c:de} compte {R} à la guitare, et {P} et {Q} au chant.
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
es El grupo de {c} cuenta con {R} a la guitarra y con {P} {Q:y} como cantantes.
es {R} toca la guitarra en el grupo de {c}, {P:y} {Q:y} cantan.
es {P} {Q:y} cantan en el grupo de {c}, con {R} a la guitarra.
"""
