"""The paraphrase grammar: labels are true, morphology is right, and the surface tells nothing."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from functools import cache

import pytest

from xlshare.data.mini import pawsx

# How a reader of one language finds who does what to whom, without the grammar's slots.
READERS = {
    ("en", "final"): (
        r"^(?P<a>\w+) defeated (?P<b>\w+)",
        r", (?P<a>\w+) won the final in \w+ against (?P<b>\w+)",
        r"^(?P<b>\w+) was beaten by (?P<a>\w+)",
        r", (?P<a>\w+) prevailed over (?P<b>\w+)",
        r"it was (?P<a>\w+) who beat (?P<b>\w+)",
    ),
    ("de", "final"): (
        r"^(?P<a>\w+) besiegte (?P<b>\w+)",
        r"gewann (?P<a>\w+) das Finale in \w+ gegen (?P<b>\w+)",
        r"^(?P<b>\w+) wurde .* von (?P<a>\w+) besiegt",
        r"setzte sich (?P<a>\w+) gegen (?P<b>\w+) durch",
        r"siegte (?P<a>\w+) gegen (?P<b>\w+)",
    ),
    ("ko", "final"): (
        r"^(?:\d+년에 )?(?P<a>[A-z]+)[은는] .* (?P<b>[A-z]+)[을를] (?:이겼|꺾)",
        r"^(?P<b>[A-z]+)[은는] .* (?P<a>[A-z]+)에게 졌다",
        r"(?P<a>[A-z]+)[이가] (?P<b>[A-z]+)[을를] 상대로 승리했다",
        r"(?P<b>[A-z]+)[을를] 꺾은 사람은 (?P<a>[A-z]+?)(?:이었다|였다)",
    ),
    ("en", "sale"): (
        r"(?P<a>\w+) bought the brand (?P<c>\w+) from (?P<b>\w+)",
        r"(?P<b>\w+) sold the brand (?P<c>\w+) to (?P<a>\w+)",
        r"brand (?P<c>\w+) was sold by (?P<b>\w+) to (?P<a>\w+)",
        r"brand (?P<c>\w+) was sold and passed from (?P<b>\w+) to (?P<a>\w+)",
    ),
    ("fr", "sale"): (
        r"(?P<a>\w+) a racheté la marque (?P<c>\w+) à (?P<b>\w+)",
        r"(?P<b>\w+) a vendu la marque (?P<c>\w+) à (?P<a>\w+)",
        r"marque (?P<c>\w+) a été vendue par (?P<b>\w+) à (?P<a>\w+)",
        r"marque (?P<c>\w+) a été vendue et est passée d(?:e |')(?P<b>\w+) à (?P<a>\w+)",
    ),
    ("ko", "sale"): (
        r"(?P<a>[A-z]+)[은는] .* (?P<b>[A-z]+?)(?:으로|로)부터 (?P<c>[A-z]+) 브랜드를 사들였다",
        r"(?P<b>[A-z]+)[은는] (?P<a>[A-z]+)에 (?P<c>[A-z]+) 브랜드를 팔았다",
        r"(?P<c>[A-z]+) 브랜드는 .* (?P<b>[A-z]+)[이가] (?P<a>[A-z]+)에 팔았다",
        r"(?P<c>[A-z]+) 브랜드는 매각되어 (?P<b>[A-z]+)에서 (?P<a>[A-z]+?)(?:으로|로) 넘어갔다",
    ),
    ("es", "succession"): (
        r"(?P<a>\w+) (?:sucedió|reemplazó) a (?P<b>\w+) al",
        r"(?P<a>\w+) tomó el relevo de (?P<b>\w+) al",
        r"(?P<b>\w+) cedió la dirección de \w+ a (?P<a>\w+)",
        r"Cuando (?P<b>\w+) dejó la dirección de .* fue (?P<a>\w+) quien",
    ),
    ("en", "north"): (
        r"(?P<x>\w+) lies north of (?P<s>\w+) and south of (?P<n>\w+)",
        r"(?P<x>\w+) lies south of (?P<n>\w+) and north of (?P<s>\w+)",
        r"(?P<s>\w+) lies south and (?P<n>\w+) lies north of (?P<x>\w+)",
        r"North of (?P<s>\w+) and south of (?P<n>\w+) lies (?P<x>\w+)",
        r"(?P<x>\w+) lies between (?P<n>\w+) in the north and (?P<s>\w+) in the south",
    ),
    ("ko", "north"): (
        r"(?P<x>[A-z]+)[은는] (?P<s>[A-z]+)의 북쪽, (?P<n>[A-z]+)의 남쪽에 있다",
        r"(?P<x>[A-z]+)[은는] (?P<n>[A-z]+)의 남쪽, (?P<s>[A-z]+)의 북쪽에 있다",
        r"(?P<x>[A-z]+)의 남쪽에는 (?P<s>[A-z]+)[이가] 있고 북쪽에는 (?P<n>[A-z]+)[이가] 있다",
        r"(?P<s>[A-z]+)의 북쪽이자 (?P<n>[A-z]+)의 남쪽인 곳에 (?P<x>[A-z]+)[이가]",
        r"(?P<x>[A-z]+)[은는] 북쪽의 (?P<n>[A-z]+)[과와] 남쪽의 (?P<s>[A-z]+) 사이",
    ),
    ("de", "piano"): (
        r"(?P<a>\w+) unterrichtete (?P<b>\w+)",
        r"(?P<a>\w+) gab (?P<b>\w+) .* Klavierstunden",
        r"lernte (?P<b>\w+) .* bei (?P<a>\w+) Klavier",
        r"nahm (?P<b>\w+) .* Klavierstunden bei (?P<a>\w+)",
    ),
    ("en", "export"): (
        r"(?P<of>\w+) (?:exported|sold) more \w+ to (?P<more>\w+) than to (?P<less>\w+)",
        r"(?P<of>\w+) exported less \w+ to (?P<less>\w+) than to (?P<more>\w+)",
        r"(?P<more>\w+) received more \w+ from (?P<of>\w+) than (?P<less>\w+) did",
    ),
    ("en", "parents"): (
        r"(?P<_a>\w+) and (?P<_b>\w+) are the parents of \w+ and \w+",
        r"are the children of (?P<_a>\w+) and (?P<_b>\w+)",
        r"The parents of \w+ and \w+ are (?P<_a>\w+) and (?P<_b>\w+)",
        r"The children of (?P<_a>\w+) and (?P<_b>\w+) are",
    ),
    ("de", "languages"): (r"kein (?P<not>\w+)",),
    ("ko", "languages"): (r"(?P<not>[가-힣]+어)는 (?:구사하지|할 줄 모|못하|말하지)",),
    ("ko", "travels"): (
        r"(?P<y>\d+)년에 (?P<_A>[A-z]+)[을를], (?P<z>\d+)년에 (?P<_B>[A-z]+)[을를] 방문",
        r"(?P<y>\d+)년에 [A-z]+[은는] (?P<_A>[A-z]+?)(?:으로|로), (?P<z>\d+)년에는 (?P<_B>[A-z]+?)(?:으로|로)",
        r"(?P<y>\d+)년에 (?P<_A>[A-z]+)에 한 번, (?P<z>\d+)년에 (?P<_B>[A-z]+)에 한 번",
        r"(?P<y>\d+)년에 떠난 .* (?P<_A>[A-z]+), (?P<z>\d+)년 여행의 목적지는 (?P<_B>[A-z]+?)(?:이었다|였다)",
    ),
}


@cache
def items(count: int = 6000, seed: int = 7) -> list[pawsx.Item]:
    rng = random.Random(seed)
    return [pawsx.draw(rng) for _ in range(count)]


def texts(language: str) -> list[str]:
    return [text for item in items() for text in item.text[language]]


def said(template: str, wording: int, language: str, **fillers: str) -> str:
    pattern = next(p for p in pawsx.PATTERNS if p.name == template)
    return pawsx.say(pattern.wordings[language][wording], fillers, language)


def meaning(sentence: str, readers: tuple[str, ...]) -> object:
    """What a sentence says; names read as _x are unordered, each with its year if it has one."""
    found = next(match for reader in readers if (match := re.search(reader, sentence)))
    groups = found.groupdict()
    if "_A" in groups:
        return {(groups["_A"], groups["y"]), (groups["_B"], groups["z"])}
    together = {value for name, value in groups.items() if name.startswith("_")}
    return together, {name: value for name, value in groups.items() if not name.startswith("_")}


@pytest.mark.parametrize(("language", "template"), READERS)
def test_reader_who_knows_the_verbs_finds_the_label(language: str, template: str) -> None:
    """Label 1 exactly where both sentences say that the same did the same to the same."""
    chosen = [item for item in items() if item.template == template]
    assert len(chosen) > 100
    for item in chosen:
        first, second = (meaning(text, READERS[language, template]) for text in item.text[language])
        assert (first == second) == bool(item.label), item.text[language]


def test_breaking_swap_is_never_undone_by_keeping_swaps() -> None:
    """No mix of meaning-keeping swaps makes of the fillers what a breaking swap makes of them."""
    for pattern in pawsx.PATTERNS:
        slots = tuple(slot for group in pattern.slots.values() for slot in group)
        same = reach(slots, pattern.keep)
        for turn in pattern.turn:
            assert swapped(slots, turn) not in same, (pattern.name, turn)


def swapped(order: tuple[str, ...], swap: pawsx.Swap) -> tuple[str, ...]:
    new = {a: b for pair in swap for a, b in (pair, pair[::-1])}
    return tuple(new.get(slot, slot) for slot in order)


def reach(start: tuple[str, ...], swaps: tuple[pawsx.Swap, ...]) -> set[tuple[str, ...]]:
    """All orders that any number of the swaps can make of the start."""
    found = {start}
    while more := {swapped(order, swap) for order in found for swap in swaps} - found:
        found |= more
    return found


SURFACE = [
    ("fr", "move", 0, "Ortega a déménagé d'Oslo à Lyon en 1990."),
    ("de", "move", 0, "Ortega zog 1990 von Oslo nach Lyon."),
    ("de", "move", 1, "Im Jahr 1990 zog Ortega von Oslo nach Lyon."),
    ("ko", "move", 0, "Ortega는 1990년에 Oslo에서 Lyon으로 이사했다."),
    ("es", "move", 3, "En 1990, Ortega se mudó a Lyon tras dejar Oslo."),
    ("fr", "credits", 0, "La chanson de 1990 a été écrite par Ortega et produite par Ivanov."),
    ("fr", "credits", 2, "Ortega a écrit la chanson de 1990, et Ivanov l'a produite."),
    ("de", "credits", 2, "Ortega schrieb das Lied aus dem Jahr 1990, und Ivanov produzierte es."),
    ("es", "credits", 2, "Ortega escribió la canción de 1990, e Ivanov la produjo."),
    ("ko", "credits", 0, "1990년에 나온 노래는 Ortega가 쓰고 Ivanov가 제작했다."),
    ("fr", "birth", 0, "Ortega a vu le jour à Oslo et a fini ses jours à Lyon."),
    ("fr", "buildings", 0, "L'école d'Oslo est plus ancienne que celle de Lyon."),
    ("de", "buildings", 2, "Die Schule in Lyon ist neuer als die in Oslo."),
    ("es", "buildings", 3, "La escuela de Oslo data de una época anterior a la de Lyon."),
    ("fr", "translation", 0, "Le roman a été traduit de l'anglais en russe en 1990."),
    ("de", "translation", 0, "Der Roman wurde 1990 aus dem Englischen ins Russische übersetzt."),
    ("es", "translation", 0, "La novela fue traducida del inglés al ruso en 1990."),
    ("ko", "translation", 3, "1990년에 영어로 쓰인 소설이 러시아어로 번역되었다."),
    (
        "fr",
        "buildings",
        4,
        "Quand l'école d'Oslo a été construite, celle de Lyon n'existait pas encore.",
    ),
    (
        "es",
        "buildings",
        4,
        "Cuando se construyó la escuela de Oslo, la de Lyon todavía no existía.",
    ),
    (
        "fr",
        "translation",
        4,
        "Le roman, qui avait été écrit en anglais, a été traduit en russe en 1990.",
    ),
    (
        "de",
        "translation",
        4,
        "Der Roman, der auf Englisch verfasst worden war, wurde 1990 ins Russische übersetzt.",
    ),
    (
        "ko",
        "travels",
        3,
        "Ortega가 1990년에 떠난 여행의 목적지는 Oslo, 1996년 여행의 목적지는 Lyon이었다.",
    ),
    ("es", "birth", 3, "Oslo fue el lugar de nacimiento de Ortega, y Lyon, el de su muerte."),
    ("de", "export", 3, "Im Jahr 1990 erhielt Polen aus Italien mehr Stahl als Deutschland."),
    ("fr", "export", 3, "En 1990, la Pologne a reçu plus d'acier d'Italie que l'Allemagne."),
    ("fr", "export", 1, "L'Italie a vendu plus d'acier à la Pologne qu'à l'Allemagne en 1990."),
    ("ko", "export", 1, "이탈리아는 1990년에 독일에 판 것보다 더 많은 강철을 폴란드에 팔았다."),
]
FILLERS = {
    "move": {"P": "Ortega", "A": "Oslo", "B": "Lyon", "y": "1990"},
    "birth": {"P": "Ortega", "A": "Oslo", "B": "Lyon"},
    "travels": {"P": "Ortega", "A": "Oslo", "B": "Lyon", "y": "1990", "z": "1996"},
    "credits": {"P": "Ortega", "Q": "Ivanov", "w": "song", "y": "1990"},
    "buildings": {"b": "school", "A": "Oslo", "B": "Lyon"},
    "translation": {"b": "novel", "A": "English", "B": "Russian", "y": "1990"},
    "export": {"A": "Italy", "B": "Poland", "C": "Germany", "g": "steel", "y": "1990"},
}


@pytest.mark.parametrize(("language", "template", "wording", "expected"), SURFACE)
def test_surface_form(language: str, template: str, wording: int, expected: str) -> None:
    """Articles, agreement, elision, cases and particles as a native writer has them."""
    assert said(template, wording, language, **FILLERS[template]) == expected


def test_german_objects_take_the_accusative() -> None:
    fillers = FILLERS["credits"] | {"w": "film"}
    expected = "Den Film aus dem Jahr 1990 schrieb Ortega, produziert hat ihn Ivanov."
    assert said("credits", 3, "de", **fillers) == expected
    assert "schrieb die Oper" in said("credits", 2, "de", **fillers | {"w": "opera"})
    stations = FILLERS["buildings"] | {"b": "station"}
    expected = "Als der Bahnhof in Oslo gebaut wurde, gab es den in Lyon noch nicht."
    assert said("buildings", 4, "de", **stations) == expected


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("person", "Schmidt", "Schmidt는 Schmidt가 Schmidt를 Schmidt와 Schmidt로"),
        ("person", "Wilson", "Wilson은 Wilson이 Wilson을 Wilson과 Wilson으로"),
        ("person", "Campbell", "Campbell은 Campbell이 Campbell을 Campbell과 Campbell로"),
        ("person", "Dubois", "Dubois는 Dubois가 Dubois를 Dubois와 Dubois로"),
        ("city", "Lille", "Lille은 Lille이 Lille을 Lille과 Lille로"),
        ("city", "Nantes", "Nantes는 Nantes가 Nantes를 Nantes와 Nantes로"),
        ("city", "Lyon", "Lyon은 Lyon이 Lyon을 Lyon과 Lyon으로"),
        ("country", "Germany", "독일은 독일이 독일을 독일과 독일로"),
        ("country", "Sweden", "스웨덴은 스웨덴이 스웨덴을 스웨덴과 스웨덴으로"),
        ("good", "wheat", "밀은 밀이 밀을 밀과 밀로"),
    ],
)
def test_korean_particles_follow_the_sound(kind: str, name: str, expected: str) -> None:
    forms = pawsx.TABLES[kind][name]["ko"]
    assert [forms[p] for p in ("은", "이", "을", "과", "으로")] == expected.split()


@pytest.mark.parametrize(
    ("language", "wrong"),
    [
        ("en", r"\bthe The\b|\ba [aeiou]"),
        (
            "fr",
            r"(?i)\b(de|la|le|(?:lors|puis)?que|du|se|ne) [aeiouéèêô]|\bde le\b|\bà le\b|\bde les\b",
        ),
        ("de", r"\bin \d{4}|\bin dem\b|\bzu dem\b"),
        ("es", r"\by (?=[Iiíí])|\be (?![Iií])|\bde el\b|\ba el\b"),
        ("ko", r"[A-z]\+|[ㄱ-ㅎ]|\(|/"),
    ],
)
def test_no_sentence_breaks_its_languages_rule(language: str, wrong: str) -> None:
    """Elision, contraction, y before i, bare years: nothing that a native writer never writes."""
    assert not [text for text in texts(language) if re.search(wrong, text)]


def test_korean_readings_are_hangul_and_names_are_unique() -> None:
    names = [name for table in pawsx.TABLES.values() for name in table]
    assert len(set(names)) == len(names)
    for table in (pawsx.words.PERSONS, pawsx.words.CITIES, pawsx.words.COMPANIES):
        readings = [entry.split()[1] for entry in table.replace("\n", " ").split(", ")]
        assert all(re.fullmatch("[가-힣]+", reading) for reading in readings)


def test_french_words_have_no_h_whose_elision_spelling_hides() -> None:
    """Hungary's h is aspirated; no other word may begin with h."""
    starts_with_h = {
        forms["fr"][""]
        for t in pawsx.TABLES.values()
        for forms in t.values()
        if forms["fr"][""][0] in "hH"
    }
    assert starts_with_h <= {"Hongrie"}


def test_every_language_has_each_wording_with_the_same_slots() -> None:
    for pattern in pawsx.PATTERNS:
        slots = {slot for group in pattern.slots.values() for slot in group}
        counts = {len(pattern.wordings[language]) for language in pawsx.LANGUAGES}
        assert len(counts) == 1 and 4 <= counts.pop() <= 5
        for language, wordings in pattern.wordings.items():
            assert len(set(wordings)) == len(wordings)
            for wording in wordings:
                assert set(re.findall(r"{(\w)[:}]", wording)) == slots, (language, wording)


def test_final_surface_form() -> None:
    for language in pawsx.LANGUAGES:
        for text in texts(language):
            assert text.endswith(".") and not text[0].islower()
            assert not re.search(r"  | [.,:]|[{}|’]|\.\.", text), text
            assert 5 <= len(text.split()) <= 22, text


def test_both_sentences_differ_and_share_their_names() -> None:
    for item in items():
        for first, second in item.text.values():
            assert first != second
        latin = [Counter(re.findall(r"[A-Z][a-z]+|\d{4}", text)) for text in item.text["ko"]]
        assert latin[0] == latin[1]


def test_content_is_equal_for_all_orders_of_its_names() -> None:
    """Swapped versions share a content, whose parts are the template and the words in it."""
    by_content = defaultdict(set)
    for item in items():
        template, *names = item.content.split("|")
        assert template == item.template and names == sorted(names)
        assert all(name in " ".join(item.text["en"]) for name in names)
        by_content[item.content].add(item.text["en"][0])
    assert max(len(first) for first in by_content.values()) > 1


def test_draws_repeat_by_seed_and_are_mostly_distinct() -> None:
    assert [pawsx.draw(random.Random(3)) for _ in range(2)] == [pawsx.draw(random.Random(3))] * 2
    assert len({item.text["en"] for item in items()}) > 0.99 * len(items())


def test_labels_are_half_and_half_and_can_be_asked_for() -> None:
    assert 0.47 < sum(item.label for item in items()) / len(items()) < 0.53
    assert {pawsx.draw(random.Random(n), n % 2).label == n % 2 for n in range(200)} == {True}
    with pytest.raises(ValueError, match="label 2"):
        pawsx.draw(random.Random(0), 2)


def test_about_a_tenth_of_the_korean_items_has_no_latin_letter() -> None:
    hangul = [not re.search("[A-Za-z]", " ".join(item.text["ko"])) for item in items()]
    assert 0.09 < sum(hangul) / len(hangul) < 0.15


def skeletons(language: str) -> list[tuple[str, str]]:
    """Both sentences of each item with every name, noun and number masked."""
    names = {forms[language][""] for table in pawsx.TABLES.values() for forms in table.values()}
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    mask = re.compile(rf"\b(?:{longest_first})\b")
    return [tuple(mask.sub("_", text) for text in item.text[language]) for item in items()]


def test_every_wording_comes_with_both_labels_first_and_second() -> None:
    for which in (0, 1):
        seen = {(pair[which], item.label) for pair, item in zip(skeletons("en"), items())}
        assert {(wording, 1 - label) for wording, label in seen} == seen


@pytest.mark.parametrize("which", [0, 1])
def test_one_sentence_without_its_names_hardly_tells_the_label(which: int) -> None:
    """The best guess from the wording of either sentence is right at most 56% of the time."""
    wordings, half = [pair[which] for pair in skeletons("en")], len(items()) // 2
    votes = defaultdict(Counter)
    for wording, item in zip(wordings[:half], items()):
        votes[wording][item.label] += 1
    right = [
        item.label == (votes[wording].most_common(1)[0][0] if votes[wording] else 0)
        for wording, item in zip(wordings[half:], items()[half:])
    ]
    assert sum(right) / len(right) < 0.56


def test_bag_of_words_is_weak() -> None:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    both = [" ".join(item.text["en"]) for item in items()[:1500]]
    labels = [item.label for item in items()[:1500]]
    counts = CountVectorizer(lowercase=False).fit_transform(both)
    model = LogisticRegression(max_iter=1000).fit(counts[:1000], labels[:1000])
    assert model.score(counts[1000:], labels[1000:]) < 0.58
