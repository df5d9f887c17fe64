"""The inflected forms of the review grammar's words, under the names that its patterns use.

Every language's agreement of products, aspects, adjectives and persons is here: gender, number,
case, articles, elision, measure words. What a review says is `xlshare.data.mini.marc`'s concern.
"""

from __future__ import annotations

from functools import lru_cache

from xlshare.data.mini import marc_words as words

Forms = dict[str, str]  # the name of a form, as the patterns call it -> its words


# ---- Products --------------------------------------------------------------------------------


def product_forms_en(cell: str) -> Forms:
    """Forms of an English product such as "p headphones"."""
    code, name = cell.split(" ", 1)
    if code == "p":
        return {
            "name": name,
            "this": f"these {name}",
            "one": "these",
            "old": f"my old {name}",
            "o": "them",
            "s": "they",
            "is": "are",
        }
    return {
        "name": name,
        "this": f"this {name}",
        "one": "this one",
        "old": f"my old {name}",
        "o": "it",
        "s": "it",
        "is": "is",
    }


# nominative, accusative, dative endings of "dies-"
GERMAN_DIES = {
    "m": ("er", "en", "em"),
    "f": ("e", "e", "er"),
    "n": ("es", "es", "em"),
    "p": ("e", "e", "en"),
}
# nominative, accusative, dative of "mein alt-"
GERMAN_MEIN = {
    "m": ("mein alter", "meinen alten", "meinem alten"),
    "f": ("meine alte", "meine alte", "meiner alten"),
    "n": ("mein altes", "mein altes", "meinem alten"),
    "p": ("meine alten", "meine alten", "meinen alten"),
}
GERMAN_PRONOUNS = {
    "m": ("er", "ihn", "sein"),
    "f": ("sie", "sie", "ihr"),
    "n": ("es", "es", "sein"),
    "p": ("sie", "sie", "ihr"),
}


def german_dative(code: str, noun: str) -> str:
    """The noun in the dative: a plural gains -n unless it ends in n or s."""
    return noun + "n" if code == "p" and noun[-1] not in "ns" else noun


def product_forms_de(cell: str) -> Forms:
    """Forms of a German product such as "m Rucksack", in three cases."""
    code, name = cell.split(" ", 1)
    nominative, accusative, dative = (f"dies{ending}" for ending in GERMAN_DIES[code])
    old, old_acc, old_dat = GERMAN_MEIN[code]
    s, o, his = GERMAN_PRONOUNS[code]
    verbs = "sind waren haben gefallen hatten" if code == "p" else "ist war hat gefällt hatte"
    return {
        "name": name,
        "this": f"{nominative} {name}",
        "acc": f"{accusative} {name}",
        "dat": f"{dative} {german_dative(code, name)}",
        "one": accusative,
        "old": f"{old} {name}",
        "old_acc": f"{old_acc} {name}",
        "old_dat": f"{old_dat} {german_dative(code, name)}",
        "s": s,
        "o": o,
        "his": his,
        **dict(zip(("is", "was", "has", "pleases", "had"), verbs.split())),
    }


def vowel(word: str) -> bool:
    """Whether a French word elides what stands before it (every h of the tables is mute)."""
    return word[0] in "aeiouhâéèêîôû"


FRENCH_POINTING = {
    "m": ("ce", "celui"),
    "f": ("cette", "celle"),
    "mp": ("ces", "ceux"),
    "fp": ("ces", "celles"),
}
FRENCH_OLD = {"m": "mon ancien", "f": "mon ancienne", "mp": "mes anciens", "fp": "mes anciennes"}
FRENCH_NEW = {"m": "neuf", "f": "neuve", "mp": "neufs", "fp": "neuves"}
FRENCH_PRONOUNS = {
    "m": ("il", "le"),
    "f": ("elle", "la"),
    "mp": ("ils", "les"),
    "fp": ("elles", "les"),
}


def product_forms_fr(cell: str) -> Forms:
    """Forms of a French product such as "fp chaussures"."""
    code, name = cell.split(" ", 1)
    this, that = FRENCH_POINTING[code]
    this = "cet" if this == "ce" and vowel(name) else this
    s, o = FRENCH_PRONOUNS[code]
    verbs = (
        "sont,ont,avaient,plaisent,valent,leur,se sont"
        if "p" in code
        else "est,a,avait,plaît,vaut,son,s'est"
    )
    names = ("is", "has", "had", "pleases", "is_worth", "his", "itself")
    return {
        "name": name,
        "this": f"{this} {name}",
        "one": f"{that}-ci",
        "old": f"{FRENCH_OLD[code]} {name}",
        "s": s,
        "o": o,
        "new": FRENCH_NEW[code],
        "o_vowel": "les " if "p" in code else "l'",
        "worn": "usé" + "e" * ("f" in code) + "s" * ("p" in code),
        **dict(zip(names, verbs.split(","))),
    }


SPANISH_FORMS = {
    "m": ("este", "lo", "nuevo"),
    "f": ("esta", "la", "nueva"),
    "mp": ("estos", "los", "nuevos"),
    "fp": ("estas", "las", "nuevas"),
}


def product_forms_es(cell: str) -> Forms:
    """Forms of a Spanish product such as "mp auriculares"."""
    code, name = cell.split(" ", 1)
    this, o, new = SPANISH_FORMS[code]
    plural = "p" in code
    mine, after, n, past = (
        ("mis", "anteriores", "n", "aron") if plural else ("mi", "anterior", "", "ó")
    )
    return {
        "name": name,
        "this": f"{this} {name}",
        "one": this,
        "old": f"{mine} {name} {after}",
        "o": o,
        "new": new,
        "n": n,
        "had": f"tenía{n}",
        "met": "cumplieron" if plural else "cumplió",
        "disappointed": f"decepcion{past}",
        "wore_out": f"desgast{past}",
    }


def product_forms_zh(cell: str) -> Forms:
    """Forms of a Chinese product such as "副 耳机": measure word, noun."""
    measure, name = cell.split()
    return {
        "name": name,
        "this": f"这{measure}{name}",
        "one": f"这{measure}",
        "old": f"旧{name}",
        "old_one": f"我以前那{measure}",
    }


# ---- Aspects with an adjective ---------------------------------------------------------------


def english_article(phrase: str) -> str:
    """The phrase with a or an."""
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def aspect_forms_en(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of "the sound" with an adjective: copula, object phrase."""
    plural = code == "p"
    attribute = adjective.replace("well ", "well-")  # but "badly made": none after -ly
    phrase = f"{attribute} {noun}"
    return {
        "asp": f"the {noun}",
        "is": ("were" if plural else "was") if past else ("are" if plural else "is"),
        "x": adjective,
        "that": "those" if plural else "that",
        "np": english_article(phrase) if code == "s" else phrase,
    }


# the indefinite article and the adjective's ending after it, in the accusative
GERMAN_INDEFINITE = {
    "m": ("einen ", "en"),
    "f": ("eine ", "e"),
    "n": ("ein ", "es"),
    "p": ("", "e"),
}
GERMAN_THE = {"m": ("der", "den"), "f": ("die", "die"), "n": ("das", "das"), "p": ("die", "die")}


def aspect_forms_de(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of "der Klang": uninflected predicate, accusative with an inflected attribute."""
    nominative, accusative = GERMAN_THE[code]
    article, ending = GERMAN_INDEFINITE[code]
    stem = "hoh" if adjective == "hoch" else adjective
    singular, plural = ("war", "waren") if past else ("ist", "sind")
    return {
        "asp": f"{nominative} {noun}",
        "acc": f"{accusative} {noun}",
        "x": adjective,
        "is": plural if code == "p" else singular,
        "could": "könnten" if code == "p" else "könnte",
        "np": f"{article}{stem}{ending} {noun}",
    }


def french_plural(word: str) -> str:
    """The plural of a French adjective: +s, eau +x, unchanged after s and x."""
    return word if word[-1] in "sx" else word + ("x" if word.endswith("eau") else "s")


# "pire" stands badly before a noun
FRENCH_WORSE = {"m": "moins bon", "f": "moins bonne", "mp": "moins bons", "fp": "moins bonnes"}


def french_noun_phrase(code: str, noun: str, adjective: str, before: bool) -> str:
    """Indefinite phrase: "un bon son", "des touches solides", "de bonnes touches"."""
    article = {"m": "un", "f": "une"}.get(code) or ("de" if before else "des")
    if adjective == "beau" and vowel(noun):
        adjective = "bel"
    if adjective in ("pire", "pires"):
        adjective = FRENCH_WORSE[code]
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
    return {
        "asp": the + noun,
        "is": copula,
        "x": x,
        "that": FRENCH_POINTING[code][1],
        "ne_is": f"n'{copula}" if vowel(copula) else f"ne {copula}",
        "could": "pourraient" if "p" in code else "pourrait",
        "np": french_noun_phrase(code, noun, x, adjective[0] == "<"),
    }


SPANISH_THE = {"m": "el", "f": "la", "mp": "los", "fp": "las"}
LASTING = ("embalaje",)  # a thing, not an event: era in the past
STRESSED_A = ("asa",)  # feminine nouns that take el and un
SPANISH_COPULA = {
    ("ser", False): ("es", "son"),
    ("ser", True): ("fue", "fueron"),
    ("lasting", False): ("es", "son"),
    ("lasting", True): ("era", "eran"),
    ("estar", False): ("está", "están"),
    ("estar", True): ("estaba", "estaban"),
}


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
    verb = "estar" if adjective[0] == "~" else "lasting" if noun in LASTING else "ser"
    the = "el" if noun in STRESSED_A else SPANISH_THE[code]
    return {
        "asp": f"{the} {noun}",
        "is": SPANISH_COPULA[verb, past]["p" in code],
        "x": x,
        "that": SPANISH_THE[code],
        "seems": "parecen" if "p" in code else "parece",
        "could": "podrían" if "p" in code else "podría",
        "np": spanish_noun_phrase(code, noun, x, adjective[0] == "<"),
    }


def aspect_forms_zh(code: str, noun: str, adjective: str, past: bool) -> Forms:
    """Forms of a Chinese aspect; "做得 好" splits into the verb with 得 and the adjective."""
    do, _, x = adjective.rpartition(" ")
    return {"asp": noun, "do": do, "x": x}


PRODUCT_FORMS = {
    "en": product_forms_en,
    "de": product_forms_de,
    "fr": product_forms_fr,
    "es": product_forms_es,
    "zh": product_forms_zh,
}
ASPECT_FORMS = {
    "en": aspect_forms_en,
    "de": aspect_forms_de,
    "fr": aspect_forms_fr,
    "es": aspect_forms_es,
    "zh": aspect_forms_zh,
}


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
    return {
        "he": GERMAN_PRONOUNS[pronoun][0],
        "person": f"{mine[0]} {nominative}",
        "person_acc": f"{mine[1]} {oblique}",
        "person_dat": f"{mine[2]} {oblique}",
    }
