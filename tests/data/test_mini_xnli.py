"""The XNLI-like grammar: every label is right in small worlds, every language inflects well."""

from __future__ import annotations

import random
import re
from functools import cache
from itertools import combinations, product

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from xlshare.data.mini import xnli
from xlshare.data.mini import xnli_phrases as say
from xlshare.data.mini.xnli_sentences import Clause, Comparison, sentence
from xlshare.data.mini.xnli_words import ADJECTIVES, DEEDS, PEOPLE, PLACES, STATES, THINGS

EVENT = Clause("the", False, "", "nurse", "read", "novel", "", "", "", "")
ALL = EVENT._replace(quantifier="all")
FOUND = EVENT._replace(verb="find", thing="ring")


@pytest.fixture(scope="module")
def items():
    rng = random.Random(12)
    return [xnli.draw(rng) for _ in range(3000)]


# --- Labels: an oracle that counts through small worlds ------------------------------------------


def is_a(table, column, value, kind):
    """Whether a value counts as a kind; an unsaid kind is anything."""
    while value and value != kind:
        value = table.get(value, {}).get(column, "")
    return value == kind


def settings(p, h):
    """Whether a scene at each place, day and part of the day fits what p and h say of it."""
    options = [{getattr(p, f), getattr(h, f), "other"} - {""} for f in ("place", "day", "part")]
    for place, day, part in product(*options):
        yield tuple(
            is_a(PLACES, "group", place, c.place) and c.day in ("", day) and c.part in ("", part)
            for c in (p, h)
        )


def told(c):
    """A deed from the side that comes first in the alphabet."""
    other = DEEDS[c.verb]["converse"]
    return (other, c.partner, c.noun) if other and other < c.verb else (c.verb, c.noun, c.partner)


def scenes(p, h):
    """For each thing that may have happened, once, whether it is what p and what h say."""
    if p.partner:
        (verb, *a), (other, *b) = told(p), told(h)
        open_ = verb != other or (a != b and DEEDS[verb]["swap"] == "open")
        both = DEEDS[verb]["swap"] == "same"
        cores = None if open_ else [(True, a == b or both), (a == b or both, True)]
    elif {p.verb, h.verb} == {"win", "be beaten"}:
        cores = [(True, False), (False, True)] if p.thing == h.thing else None
    elif p.verb != h.verb:
        cores = None
    elif p.verb == "be":
        bound = p.thing == h.thing or STATES[p.thing]["opposite"] == h.thing
        cores = [(s == p.thing, s == h.thing) for s in (p.thing, h.thing)] if bound else None
    else:
        cores = [
            tuple(is_a(THINGS, "parent", t, c.thing) for c in (p, h)) for t in (p.thing, h.thing)
        ]
    if cores is None:  # two things that do not touch each other
        return set(product((True, False), repeat=2))
    happened = {
        (core[0] and fits[0], core[1] and fits[1]) for core in cores for fits in settings(p, h)
    }
    return happened | {(False, False)}


def people(p, h):
    """For each person that may exist, whether p and h describe him or her."""
    names = sorted({p.adjective, h.adjective} - {""})
    opposed = len(names) == 2 and ADJECTIVES[names[0]]["opposite"] == names[1]
    for noun, has in product({p.noun, h.noun}, product((True, False), repeat=len(names))):
        if opposed and all(has):
            continue
        adjectives = {"", *(name for name, yes in zip(names, has, strict=True) if yes)}
        yield tuple(
            is_a(PEOPLE, "parent", noun, c.noun) and c.adjective in adjectives for c in (p, h)
        )


def statement(quantifier, negative, world, who, what):
    done = [person[what] != negative for person in world if person[who]]
    if quantifier == "some":
        return any(done)
    return not any(done) if quantifier == "no" else all(done)


@cache
def oracle_label(kinds, singular, forms):
    """The label by all worlds of up to four persons; both descriptions fit somebody."""
    truths = set()
    for size in range(1, 2 if singular else 5):
        for world in combinations(sorted(kinds), size):
            exists = [any(person[i] for person in world) for i in (0, 1)]
            if singular:
                premise, hypothesis = (
                    exists[i] and statement(*forms[i], world, i, 2 + i) for i in (0, 1)
                )
            elif not all(exists):
                continue
            else:
                premise, hypothesis = (statement(*forms[i], world, i, 2 + i) for i in (0, 1))
            if premise:
                truths.add(hypothesis)
    return 1 if len(truths) == 2 else 0 if truths == {True} else 2


def oracle(premise, hypothesis):
    if isinstance(hypothesis, Comparison):
        return oracle_comparison(premise, hypothesis)
    if len(premise) > 1:
        premise = [c for c in premise if c.noun == hypothesis.noun]
    (p,), h = premise, hypothesis
    described = {(True, True)} if p.partner else set(people(p, h))
    kinds = frozenset(w + s for w, s in product(described, scenes(p, h)))
    forms = (p.quantifier, p.negative), (h.quantifier, h.negative)
    return oracle_label(kinds, h.quantifier == "the", forms)


def oracle_comparison(premise, hypothesis):
    """Follow the paths of "at least as much as", strict where one step is."""
    steps = set()  # (high, low, strict)
    for c in premise:
        if isinstance(c, Comparison) and c.scale == hypothesis.scale:
            high, low = (c.second, c.first) if c.pole else (c.first, c.second)
            steps.add((low, high, False) if c.negative else (high, low, True))
    for _ in range(3):
        steps |= {(a, d, s or t) for (a, b, s), (c, d, t) in product(steps, steps) if b == c}
    high, low = hypothesis.first, hypothesis.second
    if hypothesis.pole:
        high, low = low, high
    more, not_more = (high, low, True) in steps, {(low, high, True), (low, high, False)} & steps
    if hypothesis.negative:
        more, not_more = not_more, more
    return 0 if more else 2 if not_more else 1


@pytest.mark.parametrize("label", xnli.LABELS)
def test_label_holds_in_all_small_worlds(label):
    rng = random.Random(label)
    for _ in range(600):
        premise, hypothesis, template = xnli.draw_pair(rng, label)
        assert oracle(premise, hypothesis) == label, (premise, hypothesis, template)


@pytest.mark.parametrize(
    ("premise", "hypothesis", "label"),
    [
        (EVENT, EVENT._replace(thing="book"), 0),
        (EVENT._replace(thing="book"), EVENT, 1),
        (EVENT, EVENT._replace(noun="person"), 0),
        (EVENT, EVENT._replace(adjective="young"), 1),
        (EVENT._replace(adjective="old"), EVENT._replace(adjective="young"), 2),
        (EVENT._replace(adjective="old"), EVENT._replace(adjective="rich"), 1),
        (EVENT._replace(place="kitchen"), EVENT._replace(place="house"), 0),
        (EVENT._replace(place="kitchen"), EVENT._replace(place="park"), 2),
        (EVENT._replace(place="kitchen"), EVENT._replace(place="hotel"), None),
        (EVENT._replace(place="school"), EVENT._replace(place="office"), None),
        (EVENT._replace(place="school"), EVENT._replace(place="museum"), 2),
        (EVENT._replace(place="park"), EVENT._replace(place="bridge"), None),
        (EVENT._replace(place="beach"), EVENT._replace(place="bridge"), 2),
        (EVENT._replace(place="park"), EVENT._replace(place="kitchen", negative=True), 0),
        (EVENT, EVENT._replace(place="park", negative=True), 1),
        (EVENT._replace(place="park"), EVENT._replace(negative=True), 2),
        (EVENT._replace(negative=True), EVENT._replace(negative=True, day="Monday"), 0),
        (EVENT._replace(negative=True, day="Monday"), EVENT._replace(negative=True), 1),
        (EVENT._replace(negative=True), EVENT._replace(day="Monday"), 2),
        (EVENT, EVENT._replace(verb="write"), 1),
        (EVENT, EVENT._replace(verb="sleep", thing=""), None),
        (EVENT, EVENT._replace(verb="work", thing=""), None),
        (FOUND, FOUND._replace(verb="lose"), None),
        (FOUND, FOUND._replace(verb="steal"), None),
        (FOUND, FOUND._replace(verb="sell"), 1),
        (EVENT._replace(adjective="old"), EVENT._replace(adjective="young", verb="buy"), None),
        (ALL, ALL._replace(quantifier="some"), 0),
        (ALL, ALL._replace(adjective="young"), 0),
        (ALL, ALL._replace(noun="person"), 1),
        (ALL, ALL._replace(quantifier="no"), 2),
        (ALL, ALL._replace(quantifier="some", negative=True), 2),
        (ALL._replace(quantifier="some"), ALL, 1),
        (ALL._replace(quantifier="no", thing="book"), ALL._replace(quantifier="no"), 0),
        (ALL._replace(quantifier="no"), ALL._replace(quantifier="no", thing="book"), 1),
        (ALL, ALL._replace(quantifier="some", adjective="young"), None),
    ],
)
def test_judge(premise, hypothesis, label):
    assert xnli.judge((premise,), hypothesis) == label


@pytest.mark.parametrize(
    ("verb", "converse", "swapped", "told"),
    [
        ("help", "thank", 1, 1),
        ("dance with", "chess", 0, 1),
        ("beat", "chess", 2, None),
        ("lose to", "chess", 2, None),
        ("give ring", "get ring", 2, 0),
    ],
)
def test_judge_roles(verb, converse, swapped, told):
    """Exchanged persons follow, contradict or stay open as the verb says."""
    deed = EVENT._replace(verb=verb, thing="", partner="baker")
    swap = deed._replace(noun="baker", partner="nurse")
    assert xnli.judge((deed,), swap) == swapped
    assert xnli.judge((deed,), swap._replace(verb=converse)) == told


OLDER = Comparison("age", 0, "nurse", "baker", False)


@pytest.mark.parametrize(
    ("premise", "hypothesis", "label"),
    [
        ((OLDER,), OLDER._replace(pole=1, first="baker", second="nurse"), 0),
        ((OLDER,), OLDER._replace(pole=1), 2),
        ((OLDER,), OLDER._replace(first="baker", second="nurse"), 2),
        ((OLDER,), OLDER._replace(pole=1, negative=True), 0),
        ((OLDER,), OLDER._replace(scale="height"), 1),
        ((OLDER._replace(negative=True),), OLDER._replace(pole=1), 1),  # of the same age?
        ((OLDER, OLDER._replace(first="baker", second="cook")), OLDER._replace(second="cook"), 0),
        ((OLDER, OLDER._replace(first="cook")), OLDER._replace(second="cook"), 1),
    ],
)
def test_judge_comparisons(premise, hypothesis, label):
    assert xnli.judge(premise, hypothesis) == label


# --- Balance -------------------------------------------------------------------------------------


@pytest.mark.parametrize("forms", [xnli.SINGULAR_FORMS, xnli.QUANTIFIED_FORMS])
@pytest.mark.parametrize("side", [0, 1])
def test_forms_tell_nothing_of_the_label(forms, side):
    def share(cells):
        return {f: sum(n for cell, n in cells.items() if cell[side] == f) for f in "+-ASNO"}

    assert share(forms[0]) == share(forms[1]) == share(forms[2])


@pytest.mark.slow
def test_half_of_the_pairs_are_entailed(items):
    shares = np.bincount([item.label for item in items]) / len(items)
    assert np.allclose(shares, [0.5, 0.25, 0.25], atol=0.03)


def test_families_and_labels_are_independent(items):
    for family, percent in xnli.FAMILIES.items():
        for label in xnli.LABELS:
            drawn = [i.template.split()[0] == family for i in items if i.label == label]
            assert abs(np.mean(drawn) - percent / 100) < 0.05


def test_words_alone_do_not_tell_the_label(items):
    """Word counts of premise and hypothesis stay within 8 points of the majority."""
    words = CountVectorizer(token_pattern=r"\w+")
    words.fit([text for item in items for text in item.text["en"]])
    counts = [words.transform([item.text["en"][i] for item in items]).toarray() for i in (0, 1)]
    entailed = np.array([item.label == 0 for item in items])
    train, test = slice(0, 2000), slice(2000, None)
    majority = max(entailed[test].mean(), 1 - entailed[test].mean())
    for features in (counts[0] + counts[1], counts[1], np.hstack(counts)):
        model = LogisticRegression(C=0.3, max_iter=1000).fit(features[train], entailed[train])
        assert model.score(features[test], entailed[test]) < majority + 0.08


# --- Items ---------------------------------------------------------------------------------------


def test_same_seed_same_items():
    first, second = (xnli.draw(random.Random(3)) for _ in range(2))
    assert first == second != xnli.draw(random.Random(4))


@pytest.mark.parametrize("label", xnli.LABELS)
def test_draws_the_wanted_label(label):
    rng = random.Random(0)
    assert {xnli.draw(rng, label).label for _ in range(50)} == {label}


def test_unknown_label_is_refused():
    with pytest.raises(ValueError, match="label 3 is unknown"):
        xnli.draw(random.Random(0), 3)


def test_texts_are_finished_sentences(items):
    for item in items:
        assert tuple(item.text) == xnli.LANGUAGES
        for text in (text for pair in item.text.values() for text in pair):
            assert text[0].isupper() and text.endswith(".") and "  " not in text
            assert not re.search(r" [.,]|[{}\[\]*/_|]|\.\.|,,", text), text
            assert 2 <= len(text.split()) <= 32
        assert all(len(" ".join(pair).split()) <= 45 for pair in item.text.values())
        for language in xnli.LANGUAGES:
            script = "а-яё" if language == "ru" else "a-zàâäçéèêëíîïñóôöœúûüßáù"
            assert re.fullmatch(rf"[{script}' ,.-]+", " ".join(item.text[language]).lower())


def test_pairs_are_distinct_in_every_language(items):
    for language in xnli.LANGUAGES:
        assert len({item.text[language] for item in items}) > 0.995 * len(items)
        assert all(a != b for a, b in (item.text[language] for item in items))


def test_a_million_contents(items):
    """With a million equally likely contents, 3,000 draws meet an old one 4.5 times."""
    assert len(items) - len({item.content for item in items}) <= 9


def test_content_is_equal_for_all_forms_of_a_premise():
    denied = EVENT._replace(negative=True)
    assert xnli.content((EVENT,)) == xnli.content((denied,)) == xnli.content((ALL,))
    given = EVENT._replace(verb="give ring", thing="", partner="baker")
    got = given._replace(verb="get ring", noun="baker", partner="nurse")
    assert xnli.content((given, denied)) == xnli.content((EVENT, got))
    older = Comparison("age", 0, "nurse", "baker", False)
    younger = Comparison("age", 1, "baker", "nurse", True)
    assert xnli.content((older,)) == xnli.content((younger,))
    assert xnli.content((EVENT,)) != xnli.content((EVENT._replace(place="park"),))


def test_equal_premise_texts_have_equal_content(items):
    contents = {}
    for item in items:
        assert contents.setdefault(item.text["de"][0], item.content) == item.content


def test_no_house_is_sold_inside_a_house(items):
    for text in (text for item in items for text in item.text["en"]):
        assert not re.search(r"the house (to|from) .* in the (house|attic|kitchen)", text), text


# --- Morphology ----------------------------------------------------------------------------------


def clause(noun, verb, thing="", *, partner="", place="", day="", part="", **form):
    form = {"quantifier": "the", "negative": False, "adjective": "", **form}
    return Clause(
        **form, noun=noun, verb=verb, thing=thing, partner=partner, place=place, day=day, part=part
    )


@pytest.mark.parametrize(
    ("language", "quantifier", "adjective", "noun", "expected"),
    [
        ("english", "all", "hardworking", "policeman", "all the hard-working policemen"),
        ("english", "some", "old", "actress", "some old actresses"),
        ("english", "all", "", "person", "all the people"),
        ("french", "the", "", "actress", "l'actrice"),
        ("french", "the", "old", "actress", "la vieille actrice"),
        ("french", "the", "old", "lawyer", "le vieil avocat"),
        ("french", "some", "old", "lawyer", "certains vieux avocats"),
        ("french", "no", "lazy", "nurse", "aucune infirmière paresseuse"),
        ("french", "all", "lazy", "cook", "tous les cuisiniers paresseux"),
        ("french", "all", "tall", "woman", "toutes les femmes de grande taille"),
        ("german", "the", "young", "baker", "der junge Bäcker"),
        ("german", "no", "young", "baker", "kein junger Bäcker"),
        ("german", "no", "young", "nurse", "keine junge Krankenschwester"),
        ("german", "all", "tall", "doctor", "alle großen Ärzte"),
        ("german", "some", "tall", "soldier", "einige große Soldaten"),
        ("russian", "the", "tall", "nurse", "высокая медсестра"),
        ("russian", "all", "tall", "nurse", "все высокие медсёстры"),
        ("russian", "no", "young", "man", "ни один молодой мужчина"),
        ("russian", "no", "young", "actress", "ни одна молодая актриса"),
        ("russian", "some", "", "person", "некоторые люди"),
        ("spanish", "all", "young", "actress", "todas las actrices jóvenes"),
        ("spanish", "no", "hardworking", "soldier", "ningún soldado trabajador"),
        ("spanish", "some", "hardworking", "painter", "algunos pintores trabajadores"),
        ("spanish", "the", "old", "singer", "la cantante mayor"),
    ],
)
def test_subjects(language, quantifier, adjective, noun, expected):
    assert getattr(say, f"{language}_subject")(quantifier, adjective, noun) == expected


SENTENCES = [
    (
        clause("nurse", "drink", "tea", negative=True, place="office", day="Sunday"),
        "The nurse did not drink tea in the office on Sunday.",
        "L'infirmière n'a pas bu de thé au bureau dimanche.",
        "Die Krankenschwester trank am Sonntag im Büro keinen Tee.",
        "Медсестра в воскресенье не пила чай в офисе.",
        "La enfermera no bebió té en la oficina el domingo.",
    ),
    (
        clause("painter", "feed", "horse", negative=True, part="morning"),
        "The painter did not feed a horse in the morning.",
        "Le peintre n'a pas nourri de cheval le matin.",
        "Der Maler fütterte am Morgen kein Pferd.",
        "Художник утром не кормил лошадь.",
        "El pintor no dio de comer a ningún caballo por la mañana.",
    ),
    (
        clause(
            "musician", "win", "match", negative=True, place="park", day="Friday", part="evening"
        ),
        "The musician did not win the match in the park on Friday evening.",
        "Le musicien n'a pas gagné le match dans le parc vendredi soir.",
        "Der Musiker gewann das Spiel am Freitagabend nicht im Park.",
        "Музыкант в пятницу вечером не выиграл матч в парке.",
        "El músico no ganó el partido en el parque el viernes por la noche.",
    ),
    (
        clause("teacher", "play", "instrument", quantifier="no"),
        "No teacher played an instrument.",
        "Aucune institutrice n'a joué d'instrument.",
        "Keine Lehrerin spielte ein Instrument.",
        "Ни одна учительница не играла на инструменте.",
        "Ninguna maestra tocó ningún instrumento.",
    ),
    (
        clause("student", "be", "happy", quantifier="some", negative=True),
        "Some students were not happy.",
        "Certaines étudiantes n'étaient pas heureuses.",
        "Einige Studentinnen waren nicht glücklich.",
        "Некоторые студентки не были счастливы.",
        "Algunas estudiantes no estaban contentas.",
    ),
    (
        clause("person", "be", "happy", quantifier="no", day="Monday"),
        "Nobody was happy on Monday.",
        "Personne n'était heureux lundi.",
        "Niemand war am Montag glücklich.",
        "Никто в понедельник не был счастлив.",
        "Nadie estaba contento el lunes.",
    ),
    (
        clause("person", "be", "happy", quantifier="no", adjective="lazy"),
        "No lazy person was happy.",
        "Aucune personne paresseuse n'était heureuse.",
        "Keine faule Person war glücklich.",
        "Ни один ленивый человек не был счастлив.",
        "Ninguna persona perezosa estaba contenta.",
    ),
    (
        clause("person", "find", "ring", place="beach"),
        "The person found a ring on the beach.",
        "La personne a trouvé une bague sur la plage.",
        "Die Person fand am Strand einen Ring.",
        "Человек нашёл кольцо на пляже.",
        "La persona encontró un anillo en la playa.",
    ),
    (
        clause("doctor", "whistle", quantifier="all", part="afternoon"),
        "All the doctors whistled in the afternoon.",
        "Tous les médecins ont sifflé l'après-midi.",
        "Alle Ärzte pfiffen am Nachmittag.",
        "Все врачи днём свистели.",
        "Todos los médicos silbaron por la tarde.",
    ),
    (
        clause("nurse", "get key", partner="postman", negative=True, day="Tuesday"),
        "The nurse did not get the key from the postman on Tuesday.",
        "L'infirmière n'a pas reçu la clé du facteur mardi.",
        "Die Krankenschwester bekam den Schlüssel am Dienstag nicht vom Briefträger.",
        "Медсестра во вторник не получила ключ от почтальона.",
        "La enfermera no recibió la llave del cartero el martes.",
    ),
    (
        clause("farmer", "dance with", partner="student", negative=True),
        "The farmer did not dance with the student.",
        "Le fermier n'a pas dansé avec l'étudiante.",
        "Der Bauer tanzte nicht mit der Studentin.",
        "Фермер не танцевал со студенткой.",
        "El granjero no bailó con la estudiante.",
    ),
    (
        clause("actress", "thank", partner="soldier", place="hotel"),
        "The actress thanked the soldier in the hotel.",
        "L'actrice a remercié le soldat à l'hôtel.",
        "Die Schauspielerin dankte dem Soldaten im Hotel.",
        "Актриса поблагодарила солдата в гостинице.",
        "La actriz le dio las gracias al soldado en el hotel.",
    ),
    (
        clause("tourist", "await", partner="lawyer", negative=True, place="beach", day="Sunday"),
        "The tourist did not wait for the lawyer on the beach on Sunday.",
        "La touriste n'a pas attendu l'avocat sur la plage dimanche.",
        "Die Touristin wartete am Sonntag am Strand nicht auf den Anwalt.",
        "Туристка в воскресенье не ждала адвоката на пляже.",
        "La turista no esperó al abogado en la playa el domingo.",
    ),
    (
        clause("cook", "lose to", partner="pilot", place="school", part="evening"),
        "The cook lost to the pilot at chess at the school in the evening.",
        "Le cuisinier a perdu aux échecs contre le pilote à l'école le soir.",
        "Der Koch verlor am Abend in der Schule beim Schach gegen den Piloten.",
        "Повар вечером проиграл пилоту в шахматы в школе.",
        "El cocinero perdió al ajedrez contra el piloto en la escuela por la noche.",
    ),
    (
        Comparison("height", 0, "nurse", "lawyer", True),
        "The nurse was not taller than the lawyer.",
        "L'infirmière n'était pas plus grande que l'avocat.",
        "Die Krankenschwester war nicht größer als der Anwalt.",
        "Медсестра не была выше, чем адвокат.",
        "La enfermera no era más alta que el abogado.",
    ),
]


@pytest.mark.parametrize("row", SENTENCES, ids=[row[1] for row in SENTENCES])
def test_sentences(row):
    assert tuple(sentence(lang, (row[0],), False) for lang in xnli.LANGUAGES) == row[1:]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "On Monday, the nurse opened the door, but the cook did not sleep."),
        ("fr", "Lundi, l'infirmière a ouvert la porte, mais le cuisinier n'a pas dormi."),
        ("de", "Am Montag öffnete die Krankenschwester die Tür, aber der Koch schlief nicht."),
        ("ru", "В понедельник медсестра открыла дверь, а повар не спал."),
        ("es", "El lunes, la enfermera abrió la puerta, pero el cocinero no durmió."),
    ],
)
def test_time_in_front_and_second_clause(language, expected):
    first = clause("nurse", "open", "door", day="Monday")
    second = clause("cook", "sleep", negative=True)
    assert sentence(language, (first, second), True) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "In the park, the nurse did not open the door."),
        ("fr", "Dans le parc, l'infirmière n'a pas ouvert la porte."),
        ("de", "Im Park öffnete die Krankenschwester die Tür nicht."),
        ("ru", "В парке медсестра не открыла дверь."),
        ("es", "En el parque, la enfermera no abrió la puerta."),
    ],
)
def test_place_in_front(language, expected):
    """Without a time the place may stand first, but not before a quantifier."""
    said = clause("nurse", "open", "door", place="park", negative=True)
    assert sentence(language, (said,), True) == expected
    said = said._replace(quantifier="some")
    assert sentence(language, (said,), True) == sentence(language, (said,), False)


def test_russian_past():
    assert say.russian_past("читал", False, True) == "читали"
    assert say.russian_past("нашёл нашла нашли", False, True) == "нашли"
    assert say.russian_past("ел", True, False) == "ела"


@pytest.mark.parametrize("thing", THINGS)
def test_negated_objects(thing):
    """No indefinite article survives negation in German, French and Spanish."""
    row = THINGS[thing]
    assert not re.match(r"(ein|einen|eine) |\[", say.german_thing(row["de"], True))
    assert re.match(r"(de |d'|le |la |l')", say.french_denied(row["fr"]))
    assert not re.match(r"(un|una) ", say.spanish_denied(row["es"]))
    assert "[" not in say.german_thing(row["de"], False)


def test_german_verb_stands_second(items):
    """After a time or place in front comes the verb, not the subject."""
    for item in items:
        for text in item.text["de"]:
            if match := re.match(r"(?:Am|Im|In der|Auf de[mr]) (\w+) (\w+) ", text):
                assert match[2] not in ("der", "die", "alle", "einige", "kein", "keine", "niemand")


def test_french_elides_and_contracts(items):
    for item in items:
        text = " ".join(item.text["fr"]).lower()
        assert not re.search(r"\b(le|la|de|ne) [aeiouéèêh]", text), text
        assert not re.search(r"\b(à|de) les? ", text), text


def test_spanish_contracts(items):
    assert not any(re.search(r"\b(a|de) el\b", " ".join(i.text["es"]).lower()) for i in items)
