"""Marks on the words of a pair: which role each plays, and how it relates to the other text.

The grammars know who does what; pre-training asks for it, word by word (semantic roles, and the
relations of natural logic), because a verdict on a pair is learnt much sooner where the words'
part in it is known. A mark is a span of characters with a role and a relation.

In the PAWS-like pairs a name has the role of its slot, whatever the wording or the language, and
relates to the first text as equal or, where two names were exchanged, apart. In the XNLI-like pairs
a word has the part of its clause that it tells (person, place, day, ...), in clauses that say so
and in clauses that deny; where both texts tell that part of the same event, it relates as `judge`
has it: equal, wider, narrower, apart or free. In the reviews the words that praise or blame have
the form of their clause and its end of the scale ("not bad": not -), and relate as what their
sentence comes to: good or bad, whoever says it and whatever is conceded.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import NamedTuple

from xlshare.data.mini import marc, pawsx, xnli
from xlshare.data.mini import xnli_judge as logic
from xlshare.data.mini.item import Item
from xlshare.data.mini.xnli_sentences import Clause, Comparison, denies, sentence
from xlshare.data.mini.xnli_words import PEOPLE

GOOD, BAD = "good", "bad"  # what a sentence of a review comes to
RELATIONS = (logic.EQUAL, logic.WIDER, logic.NARROWER, logic.APART, logic.FREE, GOOD, BAD)
PARTS = ("noun", "agent", "partner", "adjective", "event", "place", "day", "part", "high", "low")
SLOTS = [(p, slot) for p in pawsx.PATTERNS for slots in p.slots.values() for slot in slots]
ROLES = (
    *sorted({f"{pattern.name} {pattern.role(slot)}" for pattern, slot in SLOTS}),
    *(f"{part} {said}" for part in PARTS for said in ("said", "denied")),
    *(f"{form} {end}" for form in (*marc.FORMS, "statement", "other", "title") for end in "+-"),
)


class Mark(NamedTuple):
    """Characters from `start` to `stop`, the role they play, how they relate ("": not told)."""

    start: int
    stop: int
    role: str
    relation: str = ""


class Marked(NamedTuple):
    """A text and its marks."""

    text: str
    marks: tuple[Mark, ...]


# ---- Paraphrases ----------------------------------------------------------------------------


def paraphrase(item: Item, languages: tuple[str, str], rng: random.Random) -> tuple[Marked, ...]:
    """The first text, the second one that means the same, and the second one that does not.

    Names that the last two tell apart relate to the first text; both have as many marks.
    """
    pair: pawsx.Paraphrase = item.meaning
    turned = pair.turned(rng)
    first, second = (
        pair.pattern.wordings[lang][number] for lang, number in zip(languages, pair.wordings)
    )
    moved = {slot for slot in turned if turned[slot] != pair.kept[slot]}
    return (
        _told(pair, first, pair.fillers, languages[0], {}),
        _told(pair, second, pair.kept, languages[1], dict.fromkeys(moved, logic.EQUAL)),
        _told(pair, second, turned, languages[1], dict.fromkeys(moved, logic.APART)),
    )


def _told(
    pair: pawsx.Paraphrase, wording: str, fillers: dict, language: str, relations: dict[str, str]
) -> Marked:
    text, marks = "", []
    for slot, words in pawsx.parts(wording, fillers, language):
        if slot:
            role = f"{pair.pattern.name} {pair.pattern.role(slot)}"
            marks.append(Mark(len(text), len(text) + len(words), role, relations.get(slot, "")))
        text += words
    return Marked(text[0].upper() + text[1:], tuple(marks))


# ---- Inference ------------------------------------------------------------------------------


def inference(item: Item, languages: tuple[str, str], rng: random.Random) -> tuple[Marked, Marked]:
    """Premise and hypothesis."""
    premise, hypothesis, fronted = item.meaning
    relations = dict(_relations(premise, hypothesis))
    about = _about(premise, hypothesis)
    first = _marked(languages[0], premise, fronted[0], {about: relations}, rng)
    return first, _marked(languages[1], (hypothesis,), fronted[1], {0: relations}, rng)


def _about(premise: logic.Premise, hypothesis: Clause | Comparison) -> int:
    """The number of the premise's clause that the hypothesis is held against."""
    if isinstance(hypothesis, Comparison):
        people = {hypothesis.first, hypothesis.second}
        shared = [
            len(people & {c.first, c.second})
            if isinstance(c, Comparison) and c.scale == hypothesis.scale
            else 0
            for c in premise
        ]
    else:
        shared = [isinstance(c, Clause) and c.noun == hypothesis.noun for c in premise]
    return max(range(len(premise)), key=lambda i: shared[i])


def _relations(
    premise: logic.Premise, hypothesis: Clause | Comparison
) -> Iterator[tuple[str, str]]:
    """How each part of the hypothesis relates to the same part of the premise's clause."""
    about = _about(premise, hypothesis)
    if isinstance(hypothesis, Comparison):
        ranks = _ranks(premise[about])
        if {*ranks} == {*_ranks(hypothesis)}:
            relation = logic.EQUAL if ranks == _ranks(hypothesis) else logic.APART
            yield from dict.fromkeys(("high", "low"), relation).items()
        return
    clause = logic.event(premise, about)
    if hypothesis.partner:
        roles = logic.roles_relate(clause, hypothesis) or logic.FREE
        yield from dict.fromkeys(("agent", "partner", "event"), roles).items()
    else:
        opposite = logic.who(clause, clause._replace(adjective=hypothesis.adjective))
        yield "noun", logic.nested(logic.ABOVE_PEOPLE, clause.noun, hypothesis.noun, logic.APART)
        yield "adjective", opposite or logic.FREE
        yield "event", logic.deeds_relate(clause, hypothesis) or logic.FREE
    yield "place", logic.places_relate(clause.place, hypothesis.place) or logic.FREE
    yield "day", logic.nested({}, clause.day, hypothesis.day, logic.APART)
    yield "part", logic.nested({}, clause.part, hypothesis.part, logic.APART)


def _ranks(c: Clause | Comparison) -> tuple[str, ...]:
    """Who is said to have more, and who less."""
    if isinstance(c, Clause):
        return ()
    return (c.second, c.first) if c.pole else (c.first, c.second)


def _marked(
    language: str,
    clauses: tuple[Clause | Comparison, ...],
    fronted: bool,
    relations: dict[int, dict[str, str]],
    rng: random.Random,
) -> Marked:
    """A sentence, and for each part of its clauses the characters that tell it."""
    text, marks = sentence(language, clauses, fronted), []
    for number, clause in enumerate(clauses):
        said = "denied" if denies(clause) else "said"
        for part, others in _variants(clause, rng):
            told = [(*clauses[:number], other, *clauses[number + 1 :]) for other in others]
            spans = [_changed(text, sentence(language, other, fronted)) for other in told]
            start, stop = min(spans, key=lambda span: span[1] - span[0])
            relation = relations.get(number, {}).get(part, "")
            marks.append(Mark(start, stop, f"{part} {said}", relation))
    return Marked(text, tuple(marks))


def _variants(
    clause: Clause | Comparison, rng: random.Random
) -> Iterator[tuple[str, list[Clause | Comparison]]]:
    """For each part that a clause tells, clauses that differ in it alone."""
    if isinstance(clause, Comparison):
        high, low = ("second", "first") if clause.pole else ("first", "second")
        yield "high", _others(clause, high, xnli.NOUNS, rng)
        yield "low", _others(clause, low, xnli.NOUNS, rng)
        return
    agent, partner = ("agent", "partner") if clause.partner else ("noun", "")
    if partner:
        if logic.from_one_side(clause)[0] != clause.verb:  # told from the other side
            agent, partner = partner, agent
        yield partner, _others(clause, "partner", xnli.NOUNS, rng)
    elif clause.thing:
        yield "event", _others(clause, "thing", xnli.TAKES[clause.verb], rng)
    yield agent, _others(clause, "noun", list(PEOPLE), rng)
    for part, values in (xnli.VALUES | {"place": xnli.PLACES_OF[clause.verb]}).items():
        if getattr(clause, part):
            yield part, _others(clause, part, values, rng)


def _others(
    clause: Clause | Comparison, name: str, values: list[str], rng: random.Random
) -> list[Clause | Comparison]:
    """The clause with some other values; in several, since gender may change further words."""
    own = getattr(clause, name)
    return [clause._replace(**{name: v}) for v in rng.choices(values, k=4) if v and v != own] or [
        clause._replace(**{name: next(v for v in values if v and v != own)})
    ]


def _changed(text: str, other: str) -> tuple[int, int]:
    """The characters of a text between what it shares with another at its start and its end.

    Where only the other has more words, the one that follows theirs.
    """
    start = len(os.path.commonprefix([text, other]))
    end = len(os.path.commonprefix([text[start:][::-1], other[start:][::-1]]))
    return start, max(start + 1, len(text) - end)


# ---- Reviews --------------------------------------------------------------------------------


def review(item: Item, language: str) -> Marked:
    """Title and body, with marks where the words of the other polarity would stand."""
    plan: marc.Plan = item.meaning
    text, marks = " ".join(marc.write(plan, language)), []
    for other, role, relation in _judged(plan):
        span = _changed(text, " ".join(marc.write(other, language)))
        marks.append(Mark(*span, role, relation))
    return Marked(text, tuple(marks))


def _judged(plan: marc.Plan) -> Iterator[tuple[marc.Plan, str, str]]:
    """For each judgement the plan with its words turned round, its role and what it comes to."""
    key, end = plan.title
    if end:
        yield plan._replace(title=(key, _turned(end))), f"title {end}", (BAD, GOOD)[end == "+"]
    for place, said in enumerate(plan.sentences):
        for slot, clause in enumerate(said.clauses):
            turned = clause._replace(end=_turned(clause.end))
            clauses = (*said.clauses[:slot], turned, *said.clauses[slot + 1 :])
            other = said._replace(clauses=clauses)
            sentences = (*plan.sentences[:place], other, *plan.sentences[place + 1 :])
            role = f"{clause.form} {clause.end}"
            yield plan._replace(sentences=sentences), role, _comes_to(said, slot)


def _turned(end: str) -> str:
    return "-" if end == "+" else "+"


def _comes_to(sentence: marc.Sentence, slot: int) -> str:
    """What a sentence comes to by one of its clauses; a mixed one is not told."""
    if sentence.frame in marc.MIXING:
        return ""
    clause = sentence.clauses[slot]
    good = (clause.end == "+") != (clause.form in marc.FLIPPING)
    return (BAD, GOOD)[good == marc.FRAMES[sentence.frame][slot].islower()]
