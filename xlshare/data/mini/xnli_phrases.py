"""How five languages inflect the phrases of the XNLI-like grammar.

Subjects with their quantifier and adjective, the partner of a deed in its case, negated objects,
past forms and times: all that depends on words, not on their order.
"""

from __future__ import annotations

from functools import cache

from xlshare.data.mini.xnli_words import ADJECTIVES, DAYS, PARTS, PEOPLE, RUSSIAN_PEOPLE

MANY = ("all", "some")  # the quantifiers that take the plural
NOBODY = {"en": "nobody", "fr": "personne", "de": "niemand", "ru": "никто", "es": "nadie"}


def join(*words: str) -> str:
    """The words with blanks between them, empty ones left out."""
    return " ".join([word for word in words if word])


def agree(cell: str, feminine: bool) -> str:
    """The form for the gender, of "masculine/feminine" or of one form for both."""
    return cell.split("/")[-1 if feminine else 0]


def is_nobody(quantifier: str, adjective: str, noun: str) -> bool:
    """Whether "no person" is said in one word."""
    return (quantifier, adjective, noun) == ("no", "", "person")


# --- English -------------------------------------------------------------------------------------


def english_plural(noun: str) -> str:
    """The noun in the plural."""
    irregular = {"person": "people"}
    if noun.endswith("man"):
        return noun[:-2] + "en"
    return irregular.get(noun, noun + ("es" if noun.endswith("s") else "s"))


@cache
def english_subject(quantifier: str, adjective: str, noun: str) -> str:
    """A subject with its article or quantifier, and its adjective."""
    if is_nobody(quantifier, adjective, noun):
        return NOBODY["en"]
    article = {"all": "all the"}.get(quantifier, quantifier)
    adjective = "hard-working" if adjective == "hardworking" else adjective
    return join(article, adjective, english_plural(noun) if quantifier in MANY else noun)


@cache
def english_time(day: str, part: str) -> str:
    """Day and part of the day; either may be empty."""
    return join("on", day, part) if day else f"in the {part}" if part else ""


# --- French --------------------------------------------------------------------------------------

_FRENCH_ARTICLES = {  # masculine/feminine
    "the": "le/la",
    "all": "tous les/toutes les",
    "some": "certains/certaines",
    "no": "aucun/aucune",
}


def _vowel(word: str) -> bool:
    """Whether French elides before the word; no word of the tables has an aspirated h."""
    return word[0] in "aeiouhéèê"


def elide(article: str, rest: str) -> str:
    """Article and words, with an apostrophe before a vowel."""
    return f"{article[:-1]}'{rest}" if _vowel(rest) else f"{article} {rest}"


def french_plural(word: str) -> str:
    """A noun or adjective in the plural."""
    return word if word[-1] in "sx" or word.startswith("de ") else word + "s"


def is_feminine(noun: str) -> bool:
    """Whether the noun is feminine in French and Spanish."""
    return PEOPLE[noun]["gender"] == "f"


@cache
def french_subject(quantifier: str, adjective: str, noun: str) -> str:
    """A subject with its article or quantifier, and its adjective."""
    if is_nobody(quantifier, adjective, noun):
        return NOBODY["fr"]
    feminine, word = is_feminine(noun), PEOPLE[noun]["fr"]
    form = agree(ADJECTIVES[adjective]["fr"], feminine) if adjective else ""
    before = "*" in ADJECTIVES[adjective]["fr"] if adjective else False
    form = form.removeprefix("*")
    if quantifier in MANY:
        word, form = french_plural(word), form and french_plural(form)
    elif form == "vieux" and _vowel(word):
        form = "vieil"
    phrase = join(form, word) if before else join(word, form)
    article = agree(_FRENCH_ARTICLES[quantifier], feminine)
    return elide(article, phrase) if quantifier == "the" else f"{article} {phrase}"


def french_denied(thing: str) -> str:
    """The object under negation: indefinite and partitive articles become de."""
    for article in ("un ", "une ", "du ", "de la ", "de l'", "des ", "d'un "):
        if thing.startswith(article):
            return elide("de", thing.removeprefix(article))
    return thing


@cache
def french_partner(noun: str) -> dict[str, str]:
    """The partner of a deed, by the case or preposition that a deed asks for."""
    the = french_subject("the", "", noun)
    masculine = the.startswith("le ")
    return {
        "acc": the,
        "a": f"au {the[3:]}" if masculine else f"à {the}",
        "de": f"du {the[3:]}" if masculine else f"de {the}",
    }


@cache
def french_time(day: str, part: str) -> str:
    """Day and part of the day; either may be empty."""
    if not part:
        return DAYS[day]["fr"] if day else ""
    word = PARTS[part]["fr"]
    return f"{DAYS[day]['fr']} {word}" if day else elide("le", word)


# --- German --------------------------------------------------------------------------------------

_GERMAN_SUBJECTS = {  # article and adjective ending: masculine, feminine, neuter or plural
    "the": {"m": ("der", "e"), "f": ("die", "e")},
    "no": {"m": ("kein", "er"), "f": ("keine", "e")},
    "all": {"p": ("alle", "en")},
    "some": {"p": ("einige", "e")},
}


@cache
def german_subject(quantifier: str, adjective: str, noun: str) -> str:
    """A subject with its article or quantifier, and its adjective."""
    if is_nobody(quantifier, adjective, noun):
        return NOBODY["de"]
    gender, nominative, _, plural = PEOPLE[noun]["de"].split()
    many = quantifier in MANY
    article, ending = _GERMAN_SUBJECTS[quantifier]["p" if many else gender]
    adjective = ADJECTIVES[adjective]["de"] + ending if adjective else ""
    return join(article, adjective, plural if many else nominative)


@cache
def german_partner(noun: str) -> dict[str, str]:
    """The partner of a deed, by the case or preposition that a deed asks for."""
    gender, _, oblique, _ = PEOPLE[noun]["de"].split()
    if gender == "f":
        return {"acc": f"die {oblique}", "dat": f"der {oblique}", "von": f"von der {oblique}"}
    return {"acc": f"den {oblique}", "dat": f"dem {oblique}", "von": f"vom {oblique}"}


def german_thing(thing: str, negative: bool) -> str:
    """An indefinite object, with kein under negation."""
    if thing.startswith("["):
        bracket, noun = thing[1:].split("] ")
        return f"{bracket} {noun}" if negative else noun
    return f"k{thing}" if negative else thing


@cache
def german_time(day: str, part: str) -> str:
    """Day and part of the day; either may be empty."""
    if not day:
        return f"am {PARTS[part]['de']}" if part else ""
    return f"am {DAYS[day]['de']}{PARTS[part]['de'].lower() if part else ''}"


# --- Russian -------------------------------------------------------------------------------------


def russian_adjective(masculine: str, feminine: bool, plural: bool) -> str:
    """The adjective in its gender or in the plural, from the masculine."""
    stem = masculine[:-2]
    if plural:
        return stem + ("ие" if stem[-1] in "кгх" else "ые")
    return f"{stem}ая" if feminine else masculine


def russian_past(cell: str, feminine: bool, plural: bool) -> str:
    """The past form, of "masculine feminine plural" or of a regular masculine alone."""
    masculine, *rest = cell.split()
    forms = [masculine, *(rest or [f"{masculine}а", f"{masculine}и"])]
    return forms[2 if plural else feminine]


@cache
def russian_subject(quantifier: str, adjective: str, noun: str) -> str:
    """A subject with its article or quantifier, and its adjective."""
    if is_nobody(quantifier, adjective, noun):
        return NOBODY["ru"]
    row, many = RUSSIAN_PEOPLE[noun], quantifier in MANY
    feminine = row["gender"] == "f"
    none = "ни одна" if feminine else "ни один"
    word = {"the": "", "all": "все", "some": "некоторые", "no": none}[quantifier]
    if adjective:
        adjective = russian_adjective(ADJECTIVES[adjective]["ru"], feminine, many)
    return join(word, adjective, row["plural" if many else "nominative"])


@cache
def russian_partner(noun: str) -> dict[str, str]:
    """The partner of a deed, by the case or preposition that a deed asks for."""
    row = RUSSIAN_PEOPLE[noun]
    instrumental = row["instrumental"]
    hard = instrumental[0] in "сзшж" and instrumental[1] not in "аеёиоуыэюя"
    return {
        "gen": row["genitive"],
        "dat": row["dative"],
        "acc": row["accusative"],
        "ins": instrumental,
        "s": f"со {instrumental}" if hard else f"с {instrumental}",
    }


@cache
def russian_time(day: str, part: str) -> str:
    """Day and part of the day; either may be empty."""
    return join(DAYS[day]["ru"] if day else "", PARTS[part]["ru"] if part else "")


# --- Spanish -------------------------------------------------------------------------------------

_SPANISH_ARTICLES = {  # masculine/feminine
    "the": "el/la",
    "all": "todos los/todas las",
    "some": "algunos/algunas",
    "no": "ningún/ninguna",
}


def spanish_plural(word: str) -> str:
    """A noun or adjective in the plural."""
    if word == "joven":
        return "jóvenes"
    if word.endswith("z"):
        return word[:-1] + "ces"
    return word + ("s" if word[-1] in "aeiouáéíóú" else "es")


@cache
def spanish_subject(quantifier: str, adjective: str, noun: str) -> str:
    """A subject with its article or quantifier, and its adjective."""
    if is_nobody(quantifier, adjective, noun):
        return NOBODY["es"]
    feminine, word = is_feminine(noun), PEOPLE[noun]["es"]
    form = agree(ADJECTIVES[adjective]["es"], feminine) if adjective else ""
    if quantifier in MANY:
        word, form = spanish_plural(word), form and spanish_plural(form)
    return join(agree(_SPANISH_ARTICLES[quantifier], feminine), word, form)


@cache
def spanish_partner(noun: str) -> dict[str, str]:
    """The partner of a deed, by the case or preposition that a deed asks for."""
    the = spanish_subject("the", "", noun)
    masculine = the.startswith("el ")
    return {
        "acc": the,
        "a": f"al {the[3:]}" if masculine else f"a {the}",
        "de": f"del {the[3:]}" if masculine else f"de {the}",
    }


def spanish_denied(thing: str) -> str:
    """The object under negation: the indefinite article becomes ningún."""
    if thing.startswith(("un ", "una ")):
        return f"ning{'ún' if thing.startswith('un ') else 'una'} {thing.split(' ', 1)[1]}"
    return thing


@cache
def spanish_time(day: str, part: str) -> str:
    """Day and part of the day; either may be empty."""
    return join(f"el {DAYS[day]['es']}" if day else "", PARTS[part]["es"] if part else "")
