"""How English, French, German, Russian and Spanish say a clause of the XNLI-like grammar.

A clause is meaning without language; each language chooses articles, cases, agreement, negation
and word order by its own rules: German puts the finite verb second and time before place, French
elides and negates with ne ... pas de, Spanish marks persons with a, Russian has no article and
tells the time before the verb.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from xlshare.data.mini.xnli_phrases import (
    MANY,
    agree,
    english_subject,
    english_time,
    french_denied,
    french_partner,
    french_plural,
    french_subject,
    french_time,
    german_partner,
    german_subject,
    german_thing,
    german_time,
    is_feminine,
    is_nobody,
    join,
    russian_partner,
    russian_past,
    russian_subject,
    russian_time,
    spanish_denied,
    spanish_partner,
    spanish_plural,
    spanish_subject,
    spanish_time,
)
from xlshare.data.mini.xnli_words import (
    DEEDS,
    PLACES,
    RUSSIAN_PEOPLE,
    SCALES,
    STATES,
    THINGS,
    VERBS,
)

AND = {"en": ", and ", "fr": " et ", "de": " und ", "ru": ", а ", "es": " y "}
BUT = {"en": ", but ", "fr": ", mais ", "de": ", aber ", "ru": ", а ", "es": ", pero "}


class Clause(NamedTuple):
    """Who did what, where and when; an empty string stands for what is not said.

    `verb` is a key of VERBS (with a `thing`), of DEEDS (with a `partner`), or "be" (the `thing` is
    a state). `quantifier` is "the", "all", "some" or "no"; `negative` denies the verb.
    """

    quantifier: str
    negative: bool
    adjective: str
    noun: str
    verb: str
    thing: str
    partner: str
    place: str
    day: str
    part: str


class Comparison(NamedTuple):
    """`first` was more (pole 0) or less (pole 1) than `second` on a scale, or was not."""

    scale: str
    pole: int
    first: str
    second: str
    negative: bool


def sentence(language: str, clauses: tuple[Clause | Comparison, ...], fronted: bool) -> str:
    """One sentence; `fronted` puts the first clause's time, or else its place, first."""
    say, compare = _LANGUAGES[language]
    said = [
        say(clause, fronted and not i) if isinstance(clause, Clause) else compare(clause)
        for i, clause in enumerate(clauses)
    ]
    text = (BUT if len({denies(c) for c in clauses}) > 1 else AND)[language].join(said)
    return text[0].upper() + text[1:] + "."


def denies(clause: Clause | Comparison) -> bool:
    """Whether the clause says that something is not so."""
    return clause.negative or clause[0] == "no"


def _about(clause: Clause) -> Clause:
    """The clause without what the predicate does not depend on, the key of its cache.

    "Nobody" is masculine, whatever the gender of "person".
    """
    noun = "man" if is_nobody(clause.quantifier, clause.adjective, clause.noun) else clause.noun
    return clause._replace(adjective="", noun=noun, place="", day="", part="")


def _plain(clause: Clause, fronted: bool, language: str, subject: str, predicate: str) -> str:
    """Subject, predicate, place, time; Russian has an unstressed time before its verb."""
    first, time, place = _setting(clause, fronted, language)
    if language == "ru":
        return join(first, subject, time, predicate, place)
    return join(first and f"{first},", subject, predicate, place, time)


def _setting(clause: Clause, fronted: bool, language: str) -> tuple[str, str, str]:
    """What stands first, and the time and the place that stand later.

    "In the kitchen, all the cooks" could be only those in there, so such a place stays behind.
    """
    place = PLACES[clause.place][language] if clause.place else ""
    time = _TIMES[language](clause.day, clause.part)
    if fronted and time:
        return time, "", place
    return (place, "", "") if fronted and clause.quantifier == "the" else ("", time, place)


# --- English -------------------------------------------------------------------------------------


@cache
def english_predicate(clause: Clause) -> str:
    """The verb with its object or partner, agreeing with the subject."""
    if clause.verb == "be":
        copula = "were" if clause.quantifier in MANY else "was"
        return join(copula, "not" if clause.negative else "", clause.thing)
    if clause.partner:
        past, base, tail = DEEDS[clause.verb]["en"].split(" ", 2)
        tail = tail.format(acc=f"the {clause.partner}")
    else:
        past, base = VERBS[clause.verb]["en"].split()
        tail = THINGS[clause.thing]["en"] if clause.thing else ""
    return join(f"did not {base}" if clause.negative else past, tail)


def _english(clause: Clause, fronted: bool) -> str:
    subject = english_subject(clause.quantifier, clause.adjective, clause.noun)
    return _plain(clause, fronted, "en", subject, english_predicate(_about(clause)))


def _compare_english(c: Comparison) -> str:
    word = SCALES[c.scale]["en"].split("/")[c.pole]
    return join("the", c.first, "was", "not" if c.negative else "", word, "than the", c.second)


# --- French --------------------------------------------------------------------------------------


@cache
def french_predicate(clause: Clause) -> str:
    """The verb with its object or partner, agreeing with the subject."""
    many, deny = clause.quantifier in MANY, denies(clause)
    pas = "pas" if clause.negative else ""  # "aucun ... ne" has no "pas"
    if clause.verb == "be":
        form = agree(STATES[clause.thing]["fr"], is_feminine(clause.noun))
        copula = "étaient" if many else "était"
        copula = f"n'{copula}" if deny else copula
        return join(copula, pas, french_plural(form) if many else form)
    auxiliary = ("n'" if deny else "") + ("ont" if many else "a")
    if clause.partner:
        deed = DEEDS[clause.verb]["fr"].format(**french_partner(clause.partner))
        return join(auxiliary, pas, deed)
    thing = THINGS[clause.thing]["fr"] if clause.thing else ""
    return join(auxiliary, pas, VERBS[clause.verb]["fr"], french_denied(thing) if deny else thing)


def _french(clause: Clause, fronted: bool) -> str:
    subject = french_subject(clause.quantifier, clause.adjective, clause.noun)
    return _plain(clause, fronted, "fr", subject, french_predicate(_about(clause)))


def _compare_french(c: Comparison) -> str:
    word = SCALES[c.scale]["fr"].split("/")[c.pole]
    word += "e" if is_feminine(c.first) and not word.endswith("e") else ""
    than = french_subject("the", "", c.second)
    copula = "n'était pas" if c.negative else "était"
    return join(french_subject("the", "", c.first), copula, word, "que", than)


# --- German --------------------------------------------------------------------------------------


@cache
def german_predicate(clause: Clause) -> tuple[str, str, str, str, str]:
    """The verb, what follows it, nicht before the place, nicht after it, and the last part."""
    many, deny = clause.quantifier in MANY, "nicht" if clause.negative else ""
    if clause.verb == "be":
        return "waren" if many else "war", "", "", deny, STATES[clause.thing]["de"]
    if clause.partner:
        said = DEEDS[clause.verb]["de"].format(**german_partner(clause.partner))
        verb, rest = said.split(" ", 1)
        middle, last = (part.strip() for part in rest.split("/"))
        return verb, middle, "" if last else deny, deny if last else "", last
    verb = VERBS[clause.verb]["de"]
    verb += ("n" if verb.endswith("e") else "en") if many else ""
    thing = THINGS[clause.thing]["de"] if clause.thing else ""
    if not thing or thing.split()[0] in ("den", "die", "das"):
        return verb, thing, deny, "", ""
    return verb, "", "", "", german_thing(thing, clause.negative)


def _german(clause: Clause, fronted: bool) -> str:
    subject = german_subject(clause.quantifier, clause.adjective, clause.noun)
    verb, middle, not_there, not_so, last = german_predicate(_about(clause))
    first, time, place = _setting(clause, fronted, "de")
    start = (first, verb, subject) if first else (subject, verb)  # the verb stays second
    return join(*start, middle, time, not_there, place, not_so, last)


def _compare_german(c: Comparison) -> str:
    first, second = (german_subject("the", "", noun) for noun in (c.first, c.second))
    word = SCALES[c.scale]["de"].split("/")[c.pole]
    return join(first, "war", "nicht" if c.negative else "", word, "als", second)


# --- Russian -------------------------------------------------------------------------------------


@cache
def russian_predicate(clause: Clause) -> str:
    """The verb with its object or partner, agreeing with the subject."""
    many, not_ = clause.quantifier in MANY, "не" if denies(clause) else ""
    feminine = RUSSIAN_PEOPLE[clause.noun]["gender"] == "f"
    if clause.verb == "be":
        state = russian_past(STATES[clause.thing]["ru"], feminine, many)
        return join(not_, russian_past("был", feminine, many), state)
    if clause.partner:
        said = DEEDS[clause.verb]["ru"].format(**russian_partner(clause.partner))
        verb, rest = said.split(" ", 1)
    else:
        verb, rest = VERBS[clause.verb]["ru"], THINGS[clause.thing]["ru"] if clause.thing else ""
    return join(not_, russian_past(verb, feminine, many), rest)


def _russian(clause: Clause, fronted: bool) -> str:
    subject = russian_subject(clause.quantifier, clause.adjective, clause.noun)
    return _plain(clause, fronted, "ru", subject, russian_predicate(_about(clause)))


def _compare_russian(c: Comparison) -> str:
    first, second = (russian_subject("the", "", noun) for noun in (c.first, c.second))
    word = SCALES[c.scale]["ru"].split("/")[c.pole]
    was = russian_past("был", RUSSIAN_PEOPLE[c.first]["gender"] == "f", False)
    return join(first, "не" if c.negative else "", was, f"{word},", "чем", second)


# --- Spanish -------------------------------------------------------------------------------------


@cache
def spanish_predicate(clause: Clause) -> str:
    """The verb with its object or partner, agreeing with the subject."""
    many, no = clause.quantifier in MANY, "no" if clause.negative else ""
    if clause.verb == "be":
        form = agree(STATES[clause.thing]["es"], is_feminine(clause.noun))
        return join(no, "estaban" if many else "estaba", spanish_plural(form) if many else form)
    if clause.partner:
        return join(no, DEEDS[clause.verb]["es"].format(**spanish_partner(clause.partner)))
    verb, verbs, *to = VERBS[clause.verb]["es"].split()
    thing = THINGS[clause.thing]["es"] if clause.thing else ""
    thing = spanish_denied(thing) if denies(clause) else thing
    return join(no, verbs if many else verb, *to, thing)


def _spanish(clause: Clause, fronted: bool) -> str:
    subject = spanish_subject(clause.quantifier, clause.adjective, clause.noun)
    return _plain(clause, fronted, "es", subject, spanish_predicate(_about(clause)))


def _compare_spanish(c: Comparison) -> str:
    word = SCALES[c.scale]["es"].split("/")[c.pole]
    word = f"{word[:-1]}a" if is_feminine(c.first) and word.endswith("o") else word
    first, second = (spanish_subject("the", "", noun) for noun in (c.first, c.second))
    return join(first, "no" if c.negative else "", "era", word, "que", second)


_TIMES = {
    "en": english_time,
    "fr": french_time,
    "de": german_time,
    "ru": russian_time,
    "es": spanish_time,
}
_LANGUAGES = {
    "en": (_english, _compare_english),
    "fr": (_french, _compare_french),
    "de": (_german, _compare_german),
    "ru": (_russian, _compare_russian),
    "es": (_spanish, _compare_spanish),
}
