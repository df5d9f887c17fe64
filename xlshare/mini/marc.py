"""The grammar of product reviews, like MARC: a title and a body, one to five stars.

A drawn plan (product, scene, judged aspects) is written in all five languages, so that each
review has translations to pre-train on; the data set takes other contents for each language, as
the paper's reviews are not parallel (section 4.1). Label 0..4 means stars 1..5: all bad, bad with
a concession, mixed, good with a concession, all good. Negation, concessions, failed expectations
and quoted opinions use the words of the other polarity, so that no bag of words solves the task.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import NamedTuple

from xlshare.mini import marc_words as words
from xlshare.mini.item import Item

LANGUAGES = ("zh", "en", "fr", "de", "es")
LABELS = (0, 1, 2, 3, 4)
Forms = dict[str, str]  # the name of a form, as the patterns call it -> its words


# ---- Morphology: product forms ---------------------------------------------------------------


def product_forms_en(cell: str) -> Forms:
    """Forms of an English product such as "p headphones"."""
    code, name = cell.split(" ", 1)
    if code == "p":
        return {"name": name, "this": f"these {name}", "one": "these", "old": f"my old {name}",
                "o": "them", "s": "they", "is": "are"}
    return {"name": name, "this": f"this {name}", "one": "this one", "old": f"my old {name}",
            "o": "it", "s": "it", "is": "is"}


# nominative, accusative, dative endings of "dies-"
GERMAN_DIES = {"m": ("er", "en", "em"), "f": ("e", "e", "er"), "n": ("es", "es", "em"),
               "p": ("e", "e", "en")}
# nominative, accusative, dative of "mein alt-"
GERMAN_MEIN = {"m": ("mein alter", "meinen alten", "meinem alten"),
               "f": ("meine alte", "meine alte", "meiner alten"),
               "n": ("mein altes", "mein altes", "meinem alten"),
               "p": ("meine alten", "meine alten", "meinen alten")}
GERMAN_PRONOUNS = {"m": ("er", "ihn", "sein"), "f": ("sie", "sie", "ihr"),
                   "n": ("es", "es", "sein"), "p": ("sie", "sie", "ihr")}


def german_dative(code: str, noun: str) -> str:
    """The noun in the dative: a plural gains -n unless it ends in n or s."""
    return noun + "n" if code == "p" and noun[-1] not in "ns" else noun


def product_forms_de(cell: str) -> Forms:
    """Forms of a German product such as "m Rucksack", in three cases."""
    code, name = cell.split(" ", 1)
    nominative, accusative, dative = (f"dies{ending}" for ending in GERMAN_DIES[code])
    old, old_acc, old_dat = GERMAN_MEIN[code]
    s, o, his = GERMAN_PRONOUNS[code]
    verbs = ("sind waren haben gefallen hatten" if code == "p" else "ist war hat gefällt hatte")
    return {"name": name, "this": f"{nominative} {name}", "acc": f"{accusative} {name}",
            "dat": f"{dative} {german_dative(code, name)}", "one": accusative,
            "old": f"{old} {name}", "old_acc": f"{old_acc} {name}",
            "old_dat": f"{old_dat} {german_dative(code, name)}", "s": s, "o": o, "his": his,
            **dict(zip(("is", "was", "has", "pleases", "had"), verbs.split()))}


def vowel(word: str) -> bool:
    """Whether a French word elides what stands before it (every h of the tables is mute)."""
    return word[0] in "aeiouhâéèêîôû"


FRENCH_POINTING = {"m": ("ce", "celui"), "f": ("cette", "celle"), "mp": ("ces", "ceux"),
                   "fp": ("ces", "celles")}
FRENCH_OLD = {"m": "mon ancien", "f": "mon ancienne", "mp": "mes anciens", "fp": "mes anciennes"}
FRENCH_NEW = {"m": "neuf", "f": "neuve", "mp": "neufs", "fp": "neuves"}
FRENCH_PRONOUNS = {"m": ("il", "le"), "f": ("elle", "la"), "mp": ("ils", "les"),
                   "fp": ("elles", "les")}


def product_forms_fr(cell: str) -> Forms:
    """Forms of a French product such as "fp chaussures"."""
    code, name = cell.split(" ", 1)
    this, that = FRENCH_POINTING[code]
    this = "cet" if this == "ce" and vowel(name) else this
    s, o = FRENCH_PRONOUNS[code]
    verbs = ("sont,ont,avaient,plaisent,valent,leur,se sont" if "p" in code
             else "est,a,avait,plaît,vaut,son,s'est")
    names = ("is", "has", "had", "pleases", "is_worth", "his", "itself")
    return {"name": name, "this": f"{this} {name}", "one": f"{that}-ci",
            "old": f"{FRENCH_OLD[code]} {name}", "s": s, "o": o, "new": FRENCH_NEW[code],
            "o_vowel": "les " if "p" in code else "l'",
            "worn": "usé" + "e" * ("f" in code) + "s" * ("p" in code),
            **dict(zip(names, verbs.split(",")))}


SPANISH_FORMS = {"m": ("este", "lo", "él", "nuevo"), "f": ("esta", "la", "ella", "nueva"),
                 "mp": ("estos", "los", "ellos", "nuevos"),
                 "fp": ("estas", "las", "ellas", "nuevas")}


def product_forms_es(cell: str) -> Forms:
    """Forms of a Spanish product such as "mp auriculares"."""
    code, name = cell.split(" ", 1)
    this, o, him, new = SPANISH_FORMS[code]
    plural = "p" in code
    mine, after, n, past = ("mis", "anteriores", "n", "aron") if plural else (
        "mi", "anterior", "", "ó")
    return {"name": name, "this": f"{this} {name}", "one": this, "old": f"{mine} {name} {after}",
            "o": o, "him": him, "new": new, "n": n, "had": f"tenía{n}",
            "met": "cumplieron" if plural else "cumplió", "disappointed": f"decepcion{past}",
            "wore_out": f"desgast{past}"}


def product_forms_zh(cell: str) -> Forms:
    """Forms of a Chinese product such as "副 耳机": measure word, noun."""
    measure, name = cell.split()
    return {"name": name, "this": f"这{measure}{name}", "one": f"这{measure}",
            "old": f"我的旧{name}"}


# ---- Morphology: aspect forms with an adjective ----------------------------------------------


def english_article(phrase: str) -> str:
    """The phrase with a or an."""
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def aspect_forms_en(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of "the sound" with an adjective: copula, object phrase."""
    plural = code == "p"
    phrase = f"{adjective.replace(' ', '-')} {noun}"
    return {"asp": f"the {noun}", "is": ("were" if plural else "was") if past else
            ("are" if plural else "is"), "x": adjective, "that": "those" if plural else "that",
            "np": english_article(phrase) if code == "s" else phrase}


# the indefinite article and the adjective's ending after it, in the accusative
GERMAN_INDEFINITE = {"m": ("einen ", "en"), "f": ("eine ", "e"), "n": ("ein ", "es"),
                     "p": ("", "e")}
GERMAN_THE = {"m": ("der", "den"), "f": ("die", "die"), "n": ("das", "das"), "p": ("die", "die")}


def aspect_forms_de(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of "der Klang": uninflected predicate, accusative with an inflected attribute."""
    nominative, accusative = GERMAN_THE[code]
    article, ending = GERMAN_INDEFINITE[code]
    singular, plural = ("war", "waren") if past else ("ist", "sind")
    return {"asp": f"{nominative} {noun}", "acc": f"{accusative} {noun}", "x": adjective,
            "is": plural if code == "p" else singular,
            "could": "könnten" if code == "p" else "könnte",
            "np": f"{article}{adjective}{ending} {noun}"}


def french_plural(word: str) -> str:
    """The plural of a French adjective: +s, eau +x, unchanged after s and x."""
    return word if word[-1] in "sx" else word + ("x" if word.endswith("eau") else "s")


def french_noun_phrase(code: str, noun: str, adjective: str, before: bool) -> str:
    """Indefinite phrase: "un bon son", "des touches solides", "de bonnes touches"."""
    article = {"m": "un", "f": "une"}.get(code) or ("de" if before else "des")
    if adjective == "beau" and vowel(noun):
        adjective = "bel"
    return " ".join((article, adjective, noun) if before else (article, noun, adjective))


def romance(cell: str, code: str) -> str:
    """The form of a "masculine feminine" cell for a gender; + abbreviates the masculine."""
    masculine, feminine = cell.strip("<~").split()
    form = feminine.replace("+", masculine) if code[0] == "f" else masculine
    return form.replace("_", " ")


def aspect_forms_fr(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of "le son" with an agreeing adjective."""
    x = romance(adjective, code)
    x = french_plural(x) if "p" in code else x
    singular, plural = ("était", "étaient") if past else ("est", "sont")
    copula = plural if "p" in code else singular
    the = "les " if "p" in code else "l'" if vowel(noun) else {"m": "le ", "f": "la "}[code]
    return {"asp": the + noun, "is": copula, "x": x, "that": FRENCH_POINTING[code][1],
            "ne_is": f"n'{copula}" if vowel(copula) else f"ne {copula}",
            "could": "pourraient" if "p" in code else "pourrait",
            "np": french_noun_phrase(code, noun, x, adjective[0] == "<")}


SPANISH_THE = {"m": "el", "f": "la", "mp": "los", "fp": "las"}
STRESSED_A = ("asa",)  # feminine nouns that take el and un
SPANISH_COPULA = {("ser", False): ("es", "son"), ("ser", True): ("fue", "fueron"),
                  ("estar", False): ("está", "están"), ("estar", True): ("estaba", "estaban")}


def spanish_plural(word: str) -> str:
    """The plural of a Spanish adjective: +s after a vowel, else +es; "bien hecho" inflects."""
    return word + ("s" if word[-1] in "aeo" else "es")


def spanish_noun_phrase(code: str, noun: str, adjective: str, before: bool) -> str:
    """Indefinite phrase: "un buen sonido", "un asa resistente", "teclas resistentes"."""
    if before and code == "m":
        adjective = {"bueno": "buen", "malo": "mal"}[adjective]
    phrase = f"{adjective} {noun}" if before else f"{noun} {adjective}"
    masculine = code == "m" or phrase.split()[0] in STRESSED_A
    return phrase if "p" in code else ("un " if masculine else "una ") + phrase


def aspect_forms_es(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of "el sonido" with an agreeing adjective, ser or estar."""
    x = romance(adjective, code)
    x = spanish_plural(x) if "p" in code else x
    verb = "estar" if adjective[0] == "~" else "ser"
    the = "el" if noun in STRESSED_A else SPANISH_THE[code]
    return {"asp": f"{the} {noun}", "is": SPANISH_COPULA[verb, past]["p" in code], "x": x,
            "that": SPANISH_THE[code], "seems": "parecen" if "p" in code else "parece",
            "could": "podrían" if "p" in code else "podría",
            "np": spanish_noun_phrase(code, noun, x, adjective[0] == "<")}


def aspect_forms_zh(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of a Chinese aspect; "做得 好" splits into the verb with 得 and the adjective."""
    do, _, x = adjective.rpartition(" ")
    return {"asp": noun, "do": do, "x": x}


PRODUCT_FORMS = {"en": product_forms_en, "de": product_forms_de, "fr": product_forms_fr,
                 "es": product_forms_es, "zh": product_forms_zh}
ASPECT_FORMS = {"en": aspect_forms_en, "de": aspect_forms_de, "fr": aspect_forms_fr,
                "es": aspect_forms_es, "zh": aspect_forms_zh}


@lru_cache(None)
def product_forms(lang: str, product: str) -> Forms:
    """The forms of a product in a language, under the names that the patterns use."""
    return PRODUCT_FORMS[lang](words.PRODUCTS[product][lang])


@lru_cache(None)
def aspect_forms(lang: str, product: str, aspect: str, adjective: str) -> Forms:
    """The forms of an aspect with an adjective such as "good+"; "itself" is the whole product."""
    noun = words.PRODUCTS[product] if aspect == "itself" else words.ASPECTS[aspect]
    code, _, name = noun[lang].rpartition(" ") if lang == "zh" else noun[lang].partition(" ")
    adjective = words.ADJECTIVES[adjective][lang]
    forms = ASPECT_FORMS[lang](code, name, adjective, aspect in words.PAST)
    if aspect == "itself":
        whole = product_forms(lang, product)
        forms |= {"asp": whole["this"], "acc": whole.get("acc", "")}
    return forms


@lru_cache(None)
def person_forms(lang: str, person: str) -> Forms:
    """The forms of a person: nominative with a pronoun; in German all cases."""
    cell = words.PERSONS[person][lang]
    if lang == "es":
        return {"person": cell}
    pronoun, name = cell.split(" ", 1)
    if lang != "de":
        return {"person": name, "he": pronoun}
    nominative, oblique = (name.split() * 2)[:2]
    mine = ("mein", "meinen", "meinem") if pronoun == "m" else ("meine", "meine", "meiner")
    return {"he": GERMAN_PRONOUNS[pronoun][0], "person": f"{mine[0]} {nominative}",
            "person_acc": f"{mine[1]} {oblique}", "person_dat": f"{mine[2]} {oblique}"}


# ---- The plan: what a review says, in no language --------------------------------------------


class Clause(NamedTuple):
    """A judgement of an aspect on a scale, or an overall statement; end: the words' polarity."""

    form: str
    topic: str
    scale: str
    end: str


class Sentence(NamedTuple):
    """A sentence pattern with its clauses and, where somebody is quoted, a person."""

    frame: str
    clauses: tuple[Clause, ...] = ()
    person: str = ""


class Plan(NamedTuple):
    """A review before wording; `title` and `scene` are (key, argument)."""

    product: str
    title: tuple[str, str]
    scene: tuple[str, str]
    sentences: tuple[Sentence, ...]


SHORT_FORMS = ("plain", "plain", "really", "not", "not_at_all", "anything_but")
COMPARING = ("than_old", "old_had")  # with an old product of the same kind
COMPARATIVE = COMPARING + ("could_be", "could_not")
FORMS = SHORT_FORMS + COMPARATIVE
FLIPPING = ("not", "not_at_all", "anything_but", "old_had", "could_be")  # against their adjective
# frame -> slots: j judgement, m judgement or statement, r statement with a reason, s judgement
# in a short form, x bare adjective, t statement of another person; capitals: of the other polarity
FRAMES = {"single": "m", "and": "jm", "because": "rj", "although": "Jm", "but": "Jm",
          "even_though": "Jm", "granted": "Jm", "still": "Jm", "hands": "jJ", "while": "jJ",
          "expected_right": "x", "expected_wrong": "X", "says_right": "s", "says_wrong": "S",
          "finds_right": "x", "finds_wrong": "X", "agree": "t", "disagree": "T",
          "undecided": "", "neither": ""}
ALIKE = ("and", "and", "because")
CONCEDING = ("although", "but", "even_though", "granted", "still")
MIXING = ("hands", "while")
CLOSING = ("undecided", "neither")
REPORTING = ("expected_right", "expected_wrong", "says_right", "says_wrong", "finds_right",
             "finds_wrong", "agree", "disagree")


class Drafter:
    """Draws the parts of one review; no aspect, statement, person or report comes twice."""

    def __init__(self, rng: random.Random, product: str):
        self.rng, self.product = rng, product
        self.kind, own = words.KINDS[product]
        self.topics = self.shuffled([*words.UNIVERSAL, *own])
        durable = "durable" if self.kind else ""
        self.tags = {*self.kind, durable}
        self.statements = self.shuffled(
            [key for key in words.STATEMENTS["en"] if durable or key not in words.FOR_DURABLES])
        self.persons = self.shuffled(words.PERSONS)
        self.reports = self.shuffled(REPORTING)

    def shuffled(self, items) -> list[str]:
        """The items in random order, to be taken from the end."""
        return self.rng.sample(list(items), len(items))

    def judgement(self, good: bool, forms: tuple[str, ...], whole: bool) -> Clause:
        """A clause that judges an aspect not judged yet, the product as a `whole` if allowed."""
        topic = next(topic for topic in self.topics if whole or topic != "itself")
        self.topics.remove(topic)
        form = self.rng.choice(forms)
        if form in COMPARING and (topic in words.NOT_COMPARED or not self.kind):
            form = self.rng.choice(SHORT_FORMS)
        if form in COMPARATIVE and topic in words.PAST:
            form = self.rng.choice(SHORT_FORMS)
        if form == "could_be" and good:  # "could be worse" is no praise
            form = "could_not"
        scale = "better" if form in COMPARATIVE else self.rng.choice(words.SCALES[topic])
        return Clause(form, topic, scale, "+-"[good == (form in FLIPPING)])

    def statement(self, good: bool, keys, form: str = "statement") -> Clause:
        """An overall statement not made yet, of the writer or of another person ("other")."""
        key = next(key for key in self.statements if key in keys)
        self.statements.remove(key)
        return Clause(form, key, "", "-+"[good])

    def clause(self, slot: str, good: bool, whole: bool) -> Clause:
        """Fills one slot of a frame (see FRAMES) in a sentence of the given polarity."""
        good = good == slot.islower()
        if slot in "tT":
            return self.statement(good, words.OTHERS["en"], "other")
        if slot == "r":
            return self.statement(good, words.REASONED)
        if slot == "m" and self.rng.random() < 0.15:
            return self.statement(good, self.statements)
        forms = {"x": ("plain",), "s": SHORT_FORMS}.get(slot.lower(), FORMS)
        return self.judgement(good, forms, whole and slot != "J")

    def sentence(self, frame: str, good: bool) -> Sentence:
        """A sentence that leans to one polarity as a whole."""
        quotes = frame.startswith(("says", "finds", "agree", "disagree"))
        whole = frame not in MIXING  # praise or blame of the whole would outweigh the rest
        clauses = tuple(self.clause(slot, good, whole) for slot in FRAMES[frame])
        return Sentence(frame, clauses, self.persons.pop() if quotes else "")

    def leaning(self, good: bool, clauses: int) -> list[Sentence]:
        """Sentences of one polarity with so many clauses in all."""
        sentences = []
        while clauses:
            if clauses > 1 and self.rng.random() < 0.4:
                frame = self.rng.choice(ALIKE)
            else:
                frame = self.reports.pop() if self.rng.random() < 0.6 else "single"
            sentences.append(self.sentence(frame, good))
            clauses -= len(FRAMES[frame])
        return sentences

    def judging(self, label: int, room: int) -> list[Sentence]:
        """The judging sentences of a label (stars - 1), with at most 2 + room clauses."""
        good, choice = label > 2, self.rng.choice
        if label in (0, 4):
            return self.leaning(good, 2 + self.rng.randint(0, room))
        if label == 2:
            frames = self.shuffled(MIXING)[:choice((1, 1, 2))]
            mixed = [self.sentence(frame, choice((True, False))) for frame in frames]
            return mixed + [Sentence(choice(CLOSING))] * choice((0, 1))
        conceding = self.sentence(choice(CONCEDING), good)
        others = self.leaning(good, self.rng.randint(0, room))
        return [conceding, *others] if choice((True, False)) else [*others, conceding]

    def scene(self) -> tuple[str, str]:
        """How the product came to the writer or is used, with its argument."""
        key = self.rng.choice([key for key in words.ARGUMENTS
                               if words.NEEDS.get(key, "") in self.tags | {""}])
        if words.ARGUMENTS[key] is words.PERSONS:
            return key, self.persons.pop()
        return key, self.rng.choice(list(words.ARGUMENTS[key]))

    def title(self, label: int, scene: str) -> tuple[str, str]:
        """A title, mostly neutral; without a scene it names the product."""
        if not scene:
            return self.rng.choice(words.NAMING), ""
        if self.rng.random() < 0.2:
            return (self.rng.choice(words.MIXED), "") if label == 2 else (
                self.rng.choice(words.POLAR), "-+"[label > 2])
        own = {"since": ("after",), "gift": ("present",)}.get(scene, ())
        return self.rng.choice(words.NAMING + words.PLAIN + own), ""


def draw_plan(rng: random.Random, label: int) -> Plan:
    """A review of label + 1 stars, in no language yet."""
    drafter = Drafter(rng, rng.choice(list(words.PRODUCTS)))
    scene = drafter.scene() if rng.random() < 0.65 else ("", "")
    title = drafter.title(label, scene[0])
    sentences = drafter.judging(label, room=1 if scene[0] else 2)
    return Plan(drafter.product, title, scene, tuple(sentences))


def content(plan: Plan) -> str:
    """The key of what a review is about: product, scene and topics, not how they are judged."""
    topics = {f"{clause.topic}.{clause.scale}" for s in plan.sentences for clause in s.clauses}
    return "|".join([plan.product, *plan.scene, *sorted(topics)])


# ---- Wording ---------------------------------------------------------------------------------


@lru_cache(1 << 17)
def clause_forms(lang: str, product: str, clause: Clause, slot: str) -> Forms:
    """A clause as `slot`; in German as subordinate `slot`_sub and inverted `slot`_inv too."""
    forms = product_forms(lang, product)
    if clause.form == "statement":
        pattern, other = words.STATEMENTS[lang][clause.topic]["+-".index(clause.end)], {}
    else:
        other = aspect_forms(lang, product, clause.topic, clause.scale + clause.end)
        pattern = words.CLAUSES[lang][clause.form][0]
    text = pattern.format_map({**forms, **other})
    if lang != "de":
        return {**other, slot: text}
    subject, verb, rest, *tail = text.split(" / ")
    orders = {slot: (subject, verb, rest), f"{slot}_sub": (subject, rest, verb),
              f"{slot}_inv": (verb, subject, rest)}
    return other | {name: " ".join([*order, *tail]) for name, order in orders.items()}


def sentence_text(lang: str, product: str, sentence: Sentence) -> str:
    """A sentence without its capital and full stop."""
    forms = person_forms(lang, sentence.person) if sentence.person else {}
    for slot, clause in zip("ab", sentence.clauses):
        if clause.form == "other":
            pattern = words.OTHERS[lang][clause.topic]["+-".index(clause.end)]
            forms = {"other": pattern.format_map(product_forms(lang, product) | forms)}
        else:
            forms = forms | clause_forms(lang, product, clause, slot)
    return words.SENTENCES[lang][sentence.frame][0].format_map(forms)


@lru_cache(1 << 17)
def scene_forms(lang: str, product: str, key: str, argument: str) -> Forms:
    """The product's forms with those of the scene's argument."""
    forms = product_forms(lang, product)
    if not key:
        return forms
    if words.ARGUMENTS[key] is words.PERSONS:
        return forms | person_forms(lang, argument)
    verb = next(iter(words.KINDS[product][0]), "use")
    return forms | {"arg": words.ARGUMENTS[key][argument][lang], "use": words.VERBS[verb][lang],
                    "using": words.PARTICIPLES[verb]}


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[0].upper() + text[1:]


def write(plan: Plan, lang: str) -> tuple[str, str]:
    """Title and body of a review in a language."""
    forms = scene_forms(lang, plan.product, *plan.scene)
    title, polarity = plan.title
    title = words.TITLES[lang][title]["+-".index(polarity) if polarity else 0].format_map(forms)
    parts = [words.SCENES[lang][plan.scene[0]][0].format_map(forms)] if plan.scene[0] else []
    for sentence in plan.sentences:
        parts += sentence_text(lang, plan.product, sentence).split(" # ")
    stop, blank = ("。", "") if lang == "zh" else (".", " ")
    return capital(title), blank.join(capital(part) + stop for part in parts)


def draw(rng: random.Random, label: int | None = None) -> Item:
    """A review of the given label, 0..4 for 1..5 stars (None: drawn uniformly).

    Raises ValueError for another label.
    """
    if label is None:
        label = rng.choice(LABELS)
    if label not in LABELS:
        raise ValueError(f"label {label!r} of a review: give one of {LABELS} (stars - 1) or None")
    plan = draw_plan(rng, label)
    template = "/".join([plan.title[0], plan.scene[0], *(s.frame for s in plan.sentences)])
    return Item(content(plan), label, template, {lang: write(plan, lang) for lang in LANGUAGES})
