"""Marks: what they say of a pair's words follows from what the grammar says with them."""

from __future__ import annotations

import itertools
import random

import pytest

from xlshare.data.mini import data, marc, marks, pawsx
from xlshare.data.mini import xnli_judge as logic
from xlshare.data.mini.item import Item
from xlshare.data.mini.xnli_sentences import Clause, sentence


def items(task: str, count: int):
    return itertools.islice(data.draws(task, "pretrain", random.Random(5)), count)


def words(marked: marks.Marked) -> dict[str, str]:
    return {marked.text[m.start : m.stop]: m.role for m in marked.marks}


def test_a_paraphrase_is_the_item_and_its_like_of_the_other_label() -> None:
    rng = random.Random(1)
    for item in items("pawsx", 60):
        lang = rng.choice(pawsx.LANGUAGES)
        first, same, other = marks.paraphrase(item, (lang, lang), rng)
        assert first.text == item.text[lang][0]
        if item.label:
            assert same.text == item.text[lang][1]
        assert other.text != same.text
        assert len(other.marks) == len(same.marks)


def test_exchanged_names_are_those_marked_apart() -> None:
    for item in items("pawsx", 60):
        _, same, other = marks.paraphrase(item, ("en", "en"), random.Random(2))
        for before, after in zip(same.marks, other.marks):
            name, now = same.text[slice(*before[:2])], other.text[slice(*after[:2])]
            assert (before.relation, after.relation) in {("", ""), (logic.EQUAL, logic.APART)}
            assert (name != now) == (after.relation == logic.APART)
            assert before.role == after.role


def test_a_name_plays_one_role_in_every_wording_and_language() -> None:
    for item in items("pawsx", 40):
        names = [item.meaning.fillers[s] for s in item.meaning.pattern.slots.get("person", ())]
        for name, lang in itertools.product(names, pawsx.LANGUAGES):
            first, same, _ = marks.paraphrase(item, ("en", lang), random.Random(3))
            (role,) = {role for text, role in words(first).items() if name in text}
            assert {r for text, r in words(same).items() if name in text} == {role}


def test_roles_that_may_be_exchanged_are_one() -> None:
    marriage = next(p for p in pawsx.PATTERNS if p.name == "marriage")
    assert marriage.role("P") == marriage.role("Q") != marriage.role("A")


@pytest.mark.parametrize("lang", ["en", "fr", "de", "ru", "es"])
def test_each_part_of_a_clause_is_marked_where_it_is_said(lang: str) -> None:
    clause = Clause(
        "the", False, "tall", "nurse", "buy", "book", "", "kitchen", "Friday", "evening"
    )
    marked = marks._marked(lang, (clause,), False, {}, random.Random(0))
    assert marked.text == sentence(lang, (clause,), False)
    found = {m.role.split()[0]: marked.text[m.start : m.stop] for m in marked.marks}
    assert set(found) == {"event", "noun", "adjective", "place", "day", "part"}
    without = sentence(lang, (clause._replace(place="park"),), False)
    assert found["place"] in marked.text and found["place"] not in without
    assert all(text.strip() for text in found.values())


def test_relations_are_those_of_the_judge() -> None:
    premise = Clause("the", False, "", "nurse", "buy", "book", "", "kitchen", "Friday", "")
    hypothesis = premise._replace(noun="person", place="", day="Monday", part="evening")
    assert dict(marks._relations((premise,), hypothesis)) == {
        "noun": logic.WIDER,
        "adjective": logic.EQUAL,
        "event": logic.EQUAL,
        "place": logic.WIDER,
        "day": logic.APART,
        "part": logic.NARROWER,
    }


def test_an_entailed_affirmative_pair_has_no_part_apart_or_narrower() -> None:
    seen = 0
    for item in items("xnli", 400):
        premise, hypothesis, _ = item.meaning
        if item.template.startswith("event ++") and item.label == logic.ENTAILMENT:
            found = set(dict(marks._relations(premise, hypothesis)).values())
            assert found <= {logic.EQUAL, logic.WIDER}
            seen += 1
    assert seen > 10


def test_the_agent_is_one_person_from_either_side_of_a_deed() -> None:
    gave = Clause("the", False, "", "nurse", "give ring", "", "cook", "", "", "")
    got = gave._replace(noun="cook", verb="get ring", partner="nurse")
    rng = random.Random(0)
    first, second = (words(marks._marked("en", (c,), False, {}, rng)) for c in (gave, got))
    agent = lambda found: next(w for w, r in found.items() if r == "agent said")  # noqa: E731
    assert agent(first) in "cook" and agent(second) in "cook"


def test_all_roles_and_relations_have_a_place() -> None:
    rng = random.Random(4)
    for task, mark in (("pawsx", marks.paraphrase), ("xnli", marks.inference)):
        for item in items(task, 200):
            languages = rng.choice(list(item.text)), rng.choice(list(item.text))
            for m in itertools.chain(*(marked.marks for marked in mark(item, languages, rng))):
                assert m.role in marks.ROLES
                assert m.relation in ("", *marks.RELATIONS)
                assert m.start < m.stop
    for item in items("marc", 200):
        for m in marks.review(item, rng.choice(marc.LANGUAGES)).marks:
            assert m.role in marks.ROLES
            assert m.relation in ("", *marks.RELATIONS)


def test_each_judgement_of_a_review_is_marked_with_what_the_stars_say() -> None:
    seen = set()
    for item in items("marc", 200):
        judged = [c for s in item.meaning.sentences for c in s.clauses]
        for lang in marc.LANGUAGES:
            marked = marks.review(item, lang)
            assert marked.text == " ".join(item.text[lang])
            assert len(marked.marks) == len(judged) + bool(item.meaning.title[1])
            assert all(marked.text[m.start : m.stop].strip() for m in marked.marks)
            told = {m.relation for m in marked.marks if not m.role.startswith("title")}
            seen.add((item.label, *sorted(told)))
    assert seen == {(0, "bad"), (1, "bad"), (2, ""), (3, "good"), (4, "good")}


@pytest.mark.parametrize(
    "frame, clauses, expected",
    [
        ("single", ["not -"], ["good"]),
        ("but", ["plain +", "really -"], ["bad", "bad"]),
        ("expected_wrong", ["plain +"], ["bad"]),
        ("hands", ["plain +", "not +"], ["", ""]),
    ],
)
def test_turned_and_conceded_words_are_told_from_plain_ones(
    frame: str, clauses: list[str], expected: list[str]
) -> None:
    said = tuple(
        marc.Clause(form, topic, "good", end)
        for topic, (form, end) in zip(("sound", "delivery"), (c.split() for c in clauses))
    )
    sentences = (marc.Sentence(frame, said),)
    plan = marc.Plan("headphones", (marc.words.NAMING[0], ""), ("", ""), sentences)
    marked = marks.review(Item("", 0, "", {}, plan), "en")
    assert [(m.role, m.relation) for m in marked.marks] == list(zip(clauses, expected))
