"""An XNLI-like task in one's own words: premise and hypothesis in five languages (Section 3).

A premise is drawn, its hypothesis is made by a few edits, and `judge` decides by natural logic
whether it is entailed (0), neutral (1) or contradictory (2): the same event is meant, so another
place or time contradicts; negation turns the direction round. Pairs in doubt are never written.
The same edits lead to all labels, and which forms (negated, quantified) a premise and a hypothesis
take is independent of the label, so that counting words does not tell it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from xlshare.data.mini.item import Item
from xlshare.data.mini.xnli_judge import (
    ABOVE_PEOPLE,
    ABOVE_PLACES,
    ABOVE_THINGS,
    CONTRADICTION,
    DOUBT,
    ENTAILMENT,
    NEUTRAL,
    Premise,
    event,
    judge,
    nested,
)
from xlshare.data.mini.xnli_sentences import Clause, Comparison, sentence
from xlshare.data.mini.xnli_words import (
    ADJECTIVES,
    DAYS,
    DEEDS,
    PARTS,
    PEOPLE,
    PLACES,
    SCALES,
    STATES,
    THINGS,
    VERBS,
)

LANGUAGES = ("en", "fr", "de", "ru", "es")
LABELS = (ENTAILMENT, NEUTRAL, CONTRADICTION)

Form = tuple[str, bool]  # quantifier, negative

# How often a premise of one form meets a hypothesis of another, for each label. Rows and columns
# have the same sums for all labels: a form alone tells nothing of the label.
SINGULAR_FORMS = {
    ENTAILMENT: {"++": 55, "+-": 20, "--": 25},
    NEUTRAL: {"++": 40, "+-": 35, "-+": 15, "--": 10},
    CONTRADICTION: {"++": 30, "+-": 45, "-+": 25},
}
QUANTIFIED_FORMS = {  # All, Some, None, some do nOt
    ENTAILMENT: {"AA": 20, "AS": 5, "AN": 10, "SS": 25, "NN": 15, "NO": 10, "OO": 15},
    NEUTRAL: {
        "AA": 5, "AS": 10, "AN": 10, "AO": 10, "SA": 5, "SS": 10, "SN": 5, "SO": 5,
        "NA": 5, "NS": 5, "NN": 5, "NO": 10, "OA": 5, "OS": 5, "ON": 5,
    },
    CONTRADICTION: {"AA": 5, "AS": 5, "AO": 25, "SN": 25, "NS": 25, "OA": 15},
}  # fmt: skip
FORMS = {
    "+": ("the", False),
    "-": ("the", True),
    "A": ("all", False),
    "S": ("some", False),
    "N": ("no", False),
    "O": ("some", True),
}
FAMILIES = {"event": 45, "quantity": 20, "deed": 20, "comparison": 15}


def draw(rng: random.Random, label: int | None = None) -> Item:
    """One pair in all languages; without a label, half of the pairs are entailed.

    Raises ValueError for a label that is not one of LABELS.
    """
    if label is None:
        label = rng.choices(LABELS, (2, 1, 1))[0]
    elif label not in LABELS:
        raise ValueError(f"draw: label {label!r} is unknown; use one of {LABELS} or None")
    premise, hypothesis, template = draw_pair(rng, label)
    fronted = rng.random() < 0.3, rng.random() < 0.3
    text = {
        language: (
            sentence(language, premise, fronted[0]),
            sentence(language, (hypothesis,), fronted[1]),
        )
        for language in LANGUAGES
    }
    return Item(content(premise), label, template, text, (premise, hypothesis, fronted))


def draw_pair(rng: random.Random, label: int) -> tuple[Premise, Clause | Comparison, str]:
    """A premise, a hypothesis that `judge` gives the label, and the pattern that made them."""
    family = rng.choices(tuple(FAMILIES), tuple(FAMILIES.values()))[0]
    forms = (QUANTIFIED_FORMS if family == "quantity" else SINGULAR_FORMS)[label]
    cell = rng.choices(tuple(forms), tuple(forms.values()))[0]
    premise_of, hypothesis_of = _FAMILIES[family]
    while True:
        premise, focus = premise_of(rng, FORMS[cell[0]])
        for _ in range(8):
            hypothesis = hypothesis_of(rng, premise, focus, FORMS[cell[1]])
            if (hypothesis,) != premise and judge(premise, hypothesis) == label:
                edits = _edited(premise[focus], hypothesis)
                return premise, hypothesis, f"{family} {cell} {edits}".strip()


def _edited(clause: Clause | Comparison, hypothesis: Clause | Comparison) -> str:
    """The names of what the hypothesis says otherwise, negation and quantifier aside."""
    if isinstance(hypothesis, Comparison):
        return ""
    pairs = zip(Clause._fields, clause, hypothesis, strict=True)
    return ",".join(name for name, old, new in list(pairs)[2:] if old != new)


def content(premise: Premise) -> str:
    """What a premise is about, whatever it says of it: equal for all its forms and orders."""
    return " & ".join(sorted(_frame(clause) for clause in premise))


def _frame(clause: Clause | Comparison) -> str:
    if isinstance(clause, Comparison):
        return "|".join([clause.scale, *sorted((clause.first, clause.second))])
    if clause.partner:
        verb = min(clause.verb, DEEDS[clause.verb]["converse"] or clause.verb)
        told = [verb, *sorted((clause.noun, clause.partner))]
    else:
        told = [clause.noun, clause.adjective, clause.verb, clause.thing]
    return "|".join([*told, clause.place, clause.day, clause.part])


# --- Premises ------------------------------------------------------------------------------------


def _near(above: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """The next wider and narrower words of each."""
    return {
        key: [k for k in above if k in wider[:1] or key in above[k][:1]]
        for key, wider in above.items()
    }


_NEAR_PEOPLE, _NEAR_PLACES = _near(ABOVE_PEOPLE), _near(ABOVE_PLACES)
_NEAR_ADJECTIVES = {key: [row["opposite"]] for key, row in ADJECTIVES.items()}
_NEAR_STATES = {key: [row["opposite"]] for key, row in STATES.items()}

# What the verbs take: each named thing with all under it.
TAKES = {
    verb: ["" if t == "-" else t for t in ("-", *THINGS) if {t, *ABOVE_THINGS.get(t, ())} & named]
    for verb, row in VERBS.items()
    for named in [set(row["things"].split())]
} | {"be": list(STATES)}
_VERBS_OF = {thing: [v for v in TAKES if thing in TAKES[v]] for v in TAKES for thing in TAKES[v]}
_VERBS, _DEEDS, _SCALES = list(TAKES), list(DEEDS), list(SCALES)
_VERB_WEIGHTS = [len(TAKES[verb]) ** 0.5 for verb in _VERBS]
NOUNS = [noun for noun in PEOPLE if noun != "person"]
VALUES = {"adjective": list(ADJECTIVES), "day": list(DAYS), "part": list(PARTS)}
PLACES_OF = {  # where each verb is plausible
    verb: [p for p in PLACES if where == "anywhere" or {p, *ABOVE_PLACES[p]} & set(where.split())]
    for verb in (*_VERBS, *DEEDS)
    for where in [(VERBS | DEEDS).get(verb, {}).get("where", "anywhere")]
}
_DETAILS = {"adjective": 4, "place": 4, "day": 3, "part": 2}  # weights of what may be said


def _event(rng: random.Random) -> tuple[str, str]:
    verb = rng.choices(_VERBS, _VERB_WEIGHTS)[0]
    return verb, rng.choice(TAKES[verb])


def _clause(
    rng: random.Random, form: Form, noun: str, details: list[str], event: tuple[str, str]
) -> Clause:
    values = VALUES | {"place": PLACES_OF[event[0]]}
    chosen = {name: rng.choice(values[name]) if name in details else "" for name in values}
    return Clause(*form, noun=noun, verb=event[0], thing=event[1], partner="", **chosen)


def _details(rng: random.Random, names: Iterable[str], number: int) -> list[str]:
    return rng.sample([name for name in names for _ in range(_DETAILS[name])], number)


def _events(rng: random.Random, form: Form) -> tuple[Premise, int]:
    """One clause, or two about two persons; the hypothesis is about the one at the focus."""
    noun, other = rng.sample(NOUNS, 2)
    event = _event(rng)
    if rng.random() < 0.55:
        return (_clause(rng, form, noun, _details(rng, _DETAILS, rng.choice((2, 3, 3))), event),), 0
    clause = _clause(rng, form, noun, _details(rng, _DETAILS, rng.choice((1, 2, 2))), event)
    if event[0] == "win" or rng.random() < 0.6:  # else the same deed, which many may do
        event = _event(rng)
    other_form = FORMS["-" if rng.random() < 0.3 else "+"]
    second = _clause(rng, other_form, other, _details(rng, _DETAILS, rng.choice((1, 1, 2))), event)
    focus = rng.randrange(2)
    return ((second, clause) if focus else (clause, second)), focus


def _quantities(rng: random.Random, form: Form) -> tuple[Premise, int]:
    details = _details(rng, _DETAILS, rng.choice((1, 2, 2, 3)))
    return (_clause(rng, form, rng.choice(NOUNS), details, _event(rng)),), 0


def _deeds(rng: random.Random, form: Form) -> tuple[Premise, int]:
    noun, partner = rng.sample(NOUNS, 2)
    details = _details(rng, ("place", "day", "part"), rng.choice((1, 2, 2)))
    clause = _clause(rng, form, noun, details, (rng.choice(_DEEDS), ""))
    return (clause._replace(partner=partner),), 0


def _comparisons(rng: random.Random, form: Form) -> tuple[Premise, int]:
    """Two comparisons that share a person, or one and an event."""
    first, second, third = rng.sample(NOUNS, 3)
    scale, negative = rng.choice(_SCALES), form[1]
    fact = Comparison(scale, rng.randrange(2), first, second, negative)
    if rng.random() < 0.4:
        details = _details(rng, _DETAILS, rng.choice((1, 2)))
        other = _clause(rng, FORMS["+"], third, details, _event(rng))
    else:
        scale = scale if rng.random() < 0.7 else rng.choice(_SCALES)
        low = rng.choice((first, second))
        pair = (third, low) if low == first or rng.random() < 0.5 else (low, third)
        other = Comparison(scale, rng.randrange(2), *pair, negative and rng.random() < 0.5)
    return ((fact, other) if rng.random() < 0.5 else (other, fact)), 0


# --- Hypotheses ----------------------------------------------------------------------------------


def _vary(rng: random.Random, value: str, values: list[str], near: list[str]) -> str:
    """Drop the value, put a related one, or put any."""
    choice = rng.random()
    if value and choice < 0.4:
        return ""
    return rng.choice(near) if near and choice < 0.7 else rng.choice(values)


def _edit_detail(rng: random.Random, clause: Clause, name: str) -> Clause:
    value = getattr(clause, name)
    values = PLACES_OF[clause.verb] if name == "place" else VALUES[name]
    near = {"adjective": _NEAR_ADJECTIVES, "place": _NEAR_PLACES}.get(name, {}).get(value, [])
    return clause._replace(**{name: _vary(rng, value, values, near)})


def _edit_thing(rng: random.Random, clause: Clause) -> Clause:
    if clause.verb == "be":
        return clause._replace(thing=rng.choice(_NEAR_STATES[clause.thing]))
    related = [t for t in TAKES[clause.verb] if _related_things(t, clause.thing)]
    return clause._replace(thing=rng.choice(related)) if related else clause


def _related_things(one: str, other: str) -> bool:
    return one != other and nested(ABOVE_THINGS, one, other, DOUBT) is not DOUBT


def _edit_verb(rng: random.Random, clause: Clause) -> Clause:
    """Another verb that fits the place, mostly with the same thing."""
    verb, thing = rng.choice(_VERBS_OF[clause.thing]), clause.thing
    if rng.random() < 0.3:
        verb, thing = _event(rng)
    return clause._replace(verb=verb, thing=thing) if _fits(verb, clause.place) else clause


def _fits(verb: str, place: str) -> bool:
    return not place or place in PLACES_OF[verb]


def _edit_noun(rng: random.Random, clause: Clause) -> Clause:
    return clause._replace(noun=rng.choice(_NEAR_PEOPLE[clause.noun]))


_EVENT_EDITS = ("adjective",) * 4 + ("place",) * 4 + ("day",) * 3 + ("part",) * 2
_EVENT_EDITS += ("thing",) * 3 + ("noun",) * 2 + ("verb",)


def _event_hypothesis(rng: random.Random, premise: Premise, focus: int, form: Form) -> Clause:
    clause = event(premise, focus)._replace(quantifier=form[0], negative=form[1])
    edits = {rng.choice(_EVENT_EDITS) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))}
    if len(premise) > 1:
        edits.discard("noun")
        if rng.random() < 0.25:  # the other person of the premise
            other = event(premise, 1 - focus)
            clause = clause._replace(noun=other.noun, adjective=other.adjective)
    for edit in sorted(edits):
        clause = _EDITS[edit](rng, clause) if edit in _EDITS else _edit_detail(rng, clause, edit)
    return clause


_EDITS = {"thing": _edit_thing, "noun": _edit_noun, "verb": _edit_verb}


def _deed_hypothesis(rng: random.Random, premise: Premise, focus: int, form: Form) -> Clause:
    """Exchanged persons, the deed from the other side, another deed, another setting."""
    clause = event(premise, focus)._replace(quantifier=form[0], negative=form[1])
    edits = {rng.choice(("place", "day", "part")) for _ in range(rng.choice((0, 0, 1, 1, 2)))}
    for edit in sorted(edits):
        clause = _edit_detail(rng, clause, edit)
    if rng.random() < 0.5:
        clause = clause._replace(noun=clause.partner, partner=clause.noun)
    if (converse := DEEDS[clause.verb]["converse"]) and rng.random() < 0.5:
        clause = clause._replace(verb=converse)
    elif rng.random() < 0.15:
        clause = clause._replace(verb=rng.choice([d for d in _DEEDS if _fits(d, clause.place)]))
    return clause


def _comparison_hypothesis(
    rng: random.Random, premise: Premise, focus: int, form: Form
) -> Comparison:
    facts = [fact for fact in premise if isinstance(fact, Comparison)]
    people = sorted({noun for fact in facts for noun in (fact.first, fact.second)})
    scale = rng.choice(facts).scale if rng.random() < 0.9 else rng.choice(_SCALES)
    pole, (first, second) = rng.randrange(2), rng.sample(people, 2)
    return Comparison(scale, pole, first, second, form[1])


_FAMILIES = {
    "event": (_events, _event_hypothesis),
    "quantity": (_quantities, _event_hypothesis),
    "deed": (_deeds, _deed_hypothesis),
    "comparison": (_comparisons, _comparison_hypothesis),
}
