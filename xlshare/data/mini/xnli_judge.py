"""The label of an XNLI-like pair, by natural logic (paper, Section 3: the task).

Premise and hypothesis mean the same persons and the same event, so another place or time of it
contradicts; what the premise leaves unsaid is neutral; negation turns the direction round. Where
readers could differ the judge says DOUBT, and such a pair is never written.
"""

from __future__ import annotations

from itertools import product
from typing import TypeVar

from xlshare.data.mini.xnli_sentences import Clause, Comparison, denies
from xlshare.data.mini.xnli_words import ADJECTIVES, DEEDS, PEOPLE, PLACES, STATES, THINGS

ENTAILMENT, NEUTRAL, CONTRADICTION = 0, 1, 2
DOUBT = None

Premise = tuple[Clause | Comparison, ...]
Otherwise = TypeVar("Otherwise", bound=str | None)

# Deeds of which few would expect two of one thing: it came, or it went, in two ways.
_CLASHING = ({"buy", "steal", "find"}, {"sell", "lose"}, {"buy", "sell"}, {"find", "lose"})

# How a part of the hypothesis relates to the same part of the premise.
EQUAL, WIDER, NARROWER, APART, FREE = "equal", "wider", "narrower", "apart", "free"


def event(premise: Premise, number: int) -> Clause:
    """The clause with this number, of a premise that tells an event there."""
    clause = premise[number]
    assert isinstance(clause, Clause), clause
    return clause


def judge(premise: Premise, hypothesis: Clause | Comparison) -> int | None:
    """The label of a pair by natural logic, None where readers could differ."""
    if isinstance(hypothesis, Comparison):
        return _judge_comparison(premise, hypothesis)
    events = [c for c in premise if isinstance(c, Clause)]
    if hypothesis.partner:
        return _judge_event(events[0], hypothesis, EQUAL)
    about = [c for c in events if c.noun == hypothesis.noun] if len(premise) > 1 else events
    if len(about) != 1:  # "the person" after two persons
        return DOUBT
    person = who(about[0], hypothesis)
    if hypothesis.quantifier == "the":
        return _judge_event(about[0], hypothesis, person)
    return _judge_quantity(about[0], hypothesis, person)


def _judge_event(premise: Clause, hypothesis: Clause, person: str | None) -> int | None:
    """Both are about the same person, so a wrong description of who did the deed contradicts."""
    event = happened(premise, hypothesis)
    if event is None or person is None:
        return DOUBT
    sign, other = not denies(premise), not denies(hypothesis)
    clash = _exclude(sign, event, other)
    if person == APART:
        unlike = clash or sign != other or premise.verb != hypothesis.verb
        return DOUBT if unlike else CONTRADICTION
    if clash:  # is "the tall baker" the young one?
        return DOUBT if person == FREE else CONTRADICTION
    known = person in (EQUAL, WIDER)
    return ENTAILMENT if known and _exclude(sign, event, not other) else NEUTRAL


def _judge_quantity(premise: Clause, hypothesis: Clause, people: str | None) -> int | None:
    """The square of opposition: all, some, none, some not."""
    event = happened(premise, hypothesis)
    if event is None or people is None:
        return DOUBT
    sign, other = not denies(premise), not denies(hypothesis)
    every, each = premise.quantifier != "some", hypothesis.quantifier != "some"
    if _exclude(sign, event, other) and _meet(every, people, each):
        return CONTRADICTION
    if _exclude(sign, event, not other) and _meet(every, people, not each):
        # "some young nurses" after "all the nurses": are there any?
        return DOUBT if every and not each and people == NARROWER else ENTAILMENT
    return NEUTRAL


def _exclude(sign: bool, event: str, other: bool) -> bool:
    """Whether nobody can do what the premise says (or denies) and what the hypothesis does."""
    if sign and other:
        return event == APART
    if sign:
        return event in (EQUAL, WIDER)
    return other and event in (EQUAL, NARROWER)


def _meet(every: bool, people: str, each: bool) -> bool:
    """Whether two statements of all (True) or some (False) of the people share a person."""
    if every and each:
        return people in (EQUAL, WIDER, NARROWER)
    if every or each:
        return people in ((EQUAL, NARROWER) if every else (EQUAL, WIDER))
    return False


def _judge_comparison(premise: Premise, hypothesis: Comparison) -> int:
    """Try all rankings of the persons that fit the premise."""
    facts = [c for c in premise if isinstance(c, Comparison) and c.scale == hypothesis.scale]
    people = sorted({noun for c in (*facts, hypothesis) for noun in (c.first, c.second)})
    truths = set()
    for levels in product(range(len(people)), repeat=len(people)):
        level = dict(zip(people, levels, strict=True))
        if all(_holds(fact, level) for fact in facts):
            truths.add(_holds(hypothesis, level))
    return NEUTRAL if len(truths) == 2 else ENTAILMENT if True in truths else CONTRADICTION


def _holds(c: Comparison, level: dict[str, int]) -> bool:
    high, low = (c.second, c.first) if c.pole else (c.first, c.second)
    return (level[high] > level[low]) != c.negative


def who(premise: Clause, hypothesis: Clause) -> str | None:
    """How the described people relate."""
    nouns = nested(ABOVE_PEOPLE, premise.noun, hypothesis.noun, DOUBT)
    opposite = ADJECTIVES.get(premise.adjective, {}).get("opposite")
    unlike = APART if opposite == hypothesis.adjective else FREE
    return _all_of(nouns, nested({}, premise.adjective, hypothesis.adjective, unlike))


def happened(premise: Clause, hypothesis: Clause) -> str | None:
    """How the described events relate, negation aside."""
    deed = deeds_relate(premise, hypothesis)
    if deed in (DOUBT, FREE):
        return deed
    setting = _all_of(
        places_relate(premise.place, hypothesis.place),
        nested({}, premise.day, hypothesis.day, APART),
        nested({}, premise.part, hypothesis.part, APART),
    )
    if deed == APART:  # one may win on Monday and lose on Tuesday
        return APART if setting in (EQUAL, WIDER) else DOUBT
    if setting == APART:  # one may be happy here and there
        return DOUBT if premise.verb == "be" else APART
    return _all_of(deed, setting)


def places_relate(premise: str, hypothesis: str) -> str | None:
    """Two places exclude each other, but a hotel may have a kitchen, a park a bridge."""
    places = {premise, hypothesis}
    roots = {PLACES[place]["group"] or place for place in places if place}
    inside = roots == {"house", "town"} or (roots == {"town"} and "office" in places)
    crossed = "bridge" in places and places & {"park", "forest"}
    otherwise: str | None = DOUBT if inside or crossed else APART
    return nested(ABOVE_PLACES, premise, hypothesis, otherwise)


def deeds_relate(premise: Clause, hypothesis: Clause) -> str | None:
    """What is done, with what or with whom; where, when and by whom aside."""
    if premise.partner:
        return roles_relate(premise, hypothesis)
    verbs = {premise.verb, hypothesis.verb}
    if verbs == {"win", "be beaten"}:
        return APART if premise.thing == hypothesis.thing else FREE
    if len(verbs) > 1:  # a sleeper does nothing else, and what is work?
        clash = any(verbs <= ways for ways in _CLASHING)
        return DOUBT if clash or verbs & {"sleep", "work"} else FREE
    if premise.verb == "be":
        opposite = STATES[premise.thing]["opposite"] == hypothesis.thing
        return nested({}, premise.thing, hypothesis.thing, APART if opposite else FREE)
    return nested(ABOVE_THINGS, premise.thing, hypothesis.thing, DOUBT)


def roles_relate(premise: Clause, hypothesis: Clause) -> str | None:
    """What two people do with each other."""
    (verb, *people), (other, *swapped) = from_one_side(premise), from_one_side(hypothesis)
    swap = DEEDS[verb]["swap"]
    if verb != other:  # who beats somebody at chess plays chess
        at_chess = {verb, other} == {"beat", "chess"}
        return DOUBT if at_chess or swap == DEEDS[other]["swap"] == "other" else FREE
    if people == swapped or swap == "same":
        return EQUAL
    return APART if swap == "other" else FREE


def from_one_side(clause: Clause) -> tuple[str, str, str]:
    """Verb, agent and partner, told from one of its two sides."""
    converse = DEEDS[clause.verb]["converse"]
    if converse and converse < clause.verb:
        return converse, clause.partner, clause.noun
    return clause.verb, clause.noun, clause.partner


def nested(
    above: dict[str, tuple[str, ...]], premise: str, hypothesis: str, otherwise: Otherwise
) -> str | Otherwise:
    """Nothing is wider than anything, a thing wider than what lies under it."""
    if premise == hypothesis:
        return EQUAL
    if not hypothesis or hypothesis in above.get(premise, ()):
        return WIDER
    if not premise or premise in above.get(hypothesis, ()):
        return NARROWER
    return otherwise


def _all_of(*relations: str | None) -> str | None:
    """How two wholes relate whose parts relate so."""
    unequal = set(relations) - {EQUAL}
    if DOUBT in unequal:
        return DOUBT
    if APART in unequal:
        return APART
    return FREE if len(unequal) > 1 else unequal.pop() if unequal else EQUAL


def _above(table: dict[str, dict[str, str]], column: str) -> dict[str, tuple[str, ...]]:
    above: dict[str, tuple[str, ...]] = {}
    for key, row in table.items():  # parents stand before their children
        above[key] = (row[column], *above.get(row[column], ())) if row[column] else ()
    return above


ABOVE_PEOPLE = _above(PEOPLE, "parent")
ABOVE_THINGS = _above(THINGS, "parent")
ABOVE_PLACES = _above(PLACES, "group")
