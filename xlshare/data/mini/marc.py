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

from xlshare.data.mini import marc_words as words
from xlshare.data.mini.item import Item
from xlshare.data.mini.marc_forms import Forms, aspect_forms, person_forms, product_forms

LANGUAGES = ("zh", "en", "fr", "de", "es")
LABELS = (0, 1, 2, 3, 4)


# ---- The plan: what a review says, in no language --------------------------------------------


class Clause(NamedTuple):
    """A judgement of an aspect on a scale, or an overall statement; end: the words' polarity."""

    form: str
    topic: str
    scale: str
    end: str


class Sentence(NamedTuple):
    """A sentence pattern with its clauses, a person where one is quoted, and which wording."""

    frame: str
    clauses: tuple[Clause, ...] = ()
    person: str = ""
    wording: int = 0


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
WEAK = ("not", "could_be")  # too weak for one star or five
FLIPPING = ("not", "not_at_all", "anything_but", "old_had", "could_be")  # against their adjective
# frame -> slots: j judgement, m judgement or statement, r statement with a reason, s judgement
# in a short form, x bare adjective, t statement of another person; capitals: of the other polarity
FRAMES = {
    "single": "m",
    "and": "jm",
    "because": "rj",
    "although": "Jm",
    "but": "Jm",
    "even_though": "Jm",
    "granted": "Jm",
    "still": "Jm",
    "hands": "jJ",
    "while": "jJ",
    "expected_right": "x",
    "expected_wrong": "X",
    "says_right": "s",
    "says_wrong": "S",
    "finds_right": "x",
    "finds_wrong": "X",
    "agree": "t",
    "disagree": "T",
    "undecided": "",
    "neither": "",
}
ALIKE = ("and", "and", "because")
CONCEDING = ("although", "but", "even_though", "granted", "still")
MIXING = ("hands", "while")
CLOSING = ("undecided", "neither")
REPORTING = (
    "expected_right",
    "expected_wrong",
    "says_right",
    "says_wrong",
    "finds_right",
    "finds_wrong",
    "agree",
    "disagree",
)


class Drafter:
    """Draws the parts of one review; no aspect, statement, person or report comes twice."""

    def __init__(self, rng: random.Random, product: str, label: int):
        self.rng, self.product, self.wholehearted = rng, product, label in (0, 4)
        self.kind, own = words.KINDS[product]
        self.said: set[str] = set()  # forms of judgement that would sound repetitive now
        self.topics = self.shuffled([*words.UNIVERSAL, *own])
        durable = "durable" if self.kind else ""
        self.tags = {*self.kind, durable}
        barred = () if durable else words.FOR_DURABLES
        barred += () if self.wholehearted else words.ABSOLUTE
        self.statements = self.shuffled(
            [key for key in words.STATEMENTS["en"] if key not in barred]
        )
        self.persons = self.shuffled(words.PERSONS)
        self.reports = self.shuffled(REPORTING)

    def shuffled(self, items) -> list[str]:
        """The items in random order, to be taken from the end."""
        return self.rng.sample(list(items), len(items))

    def judgement(self, good: bool, forms: tuple[str, ...], barred: set[str]) -> Clause:
        """A clause that judges an aspect, or the whole product, not judged yet nor `barred`."""
        topic = next(topic for topic in self.topics if topic not in barred)
        self.topics.remove(topic)
        form = self.rng.choice([form for form in forms if self.suits(form, topic, good)])
        self.said |= {form} - {"plain"}
        scale = "better" if form in COMPARATIVE else self.rng.choice(words.SCALES[topic])
        if topic == "price":
            self.bar("worth")
        return Clause(form, topic, scale, "+-"[good == (form in FLIPPING)])

    def suits(self, form: str, topic: str, good: bool) -> bool:
        """Whether a form is new in this review, fits the topic, and is as strong as the stars."""
        if form in self.said or (form == "could_be" and good):  # "could be worse" is no praise
            return False
        if form in COMPARATIVE and topic in words.NEVER_BETTER:
            return False
        if form in COMPARING and (topic in words.NOT_COMPARED or not self.kind):
            return False
        if self.wholehearted:
            return form not in WEAK
        return (form, topic) != ("could_not", "itself")  # what could not be better has no drawback

    def bar(self, key: str) -> None:
        """Takes a topic or statement out of those to be drawn."""
        self.topics = [topic for topic in self.topics if topic != key]
        self.statements = [other for other in self.statements if other != key]

    def statement(self, good: bool, keys, form: str = "statement") -> Clause:
        """An overall statement not made yet, of the writer or of another person ("other")."""
        key = next(key for key in self.statements if key in keys)
        self.statements.remove(key)
        if key == "worth":
            self.bar("price")
        return Clause(form, key, "", "-+"[good])

    def clause(self, slot: str, good: bool, barred: set[str]) -> Clause:
        """Fills one slot of a frame (see FRAMES) in a sentence of the given polarity."""
        good = good == slot.islower()
        if slot in "tT":
            return self.statement(good, words.OTHERS["en"], "other")
        if slot == "r":
            return self.statement(good, words.REASONED)
        if slot == "m" and self.rng.random() < 0.15:
            return self.statement(good, self.statements)
        forms = {"x": ("plain",), "s": SHORT_FORMS}.get(slot.lower(), FORMS)
        return self.judgement(good, forms, barred | ({"itself"} if slot == "J" else set()))

    def sentence(self, frame: str, good: bool) -> Sentence:
        """A sentence that leans to one polarity as a whole."""
        quotes = frame.startswith(("says", "finds", "agree", "disagree"))
        # praise or blame of the whole would outweigh the rest of MIXING, and repeat that of ALIKE
        barred = {"itself"} if frame in MIXING + ALIKE else set()
        barred |= {words.POOR_REASON} if frame == "because" else set()
        clauses = tuple(self.clause(slot, good, barred) for slot in FRAMES[frame])
        person = self.persons.pop() if quotes else ""
        return Sentence(frame, clauses, person, self.rng.randrange(2))

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
            frames = self.shuffled(MIXING)[: choice((1, 1, 2))]
            mixed = [self.sentence(frame, choice((True, False))) for frame in frames]
            return mixed + [self.sentence(choice(CLOSING), good)] * choice((0, 1))
        conceding = self.sentence(choice(CONCEDING), good)
        others = self.leaning(good, self.rng.randint(0, room))
        return [conceding, *others] if choice((True, False)) else [*others, conceding]

    def scene(self) -> tuple[str, str]:
        """How the product came to the writer or is used, with its argument."""
        key = self.rng.choice(
            [key for key in words.ARGUMENTS if words.NEEDS.get(key, "") in self.tags | {""}]
        )
        if key == "gift":  # whoever gives it away does without
            self.bar("miss")
        if words.ARGUMENTS[key] is words.PERSONS:
            return key, self.persons.pop()
        return key, self.rng.choice(list(words.ARGUMENTS[key]))

    def title(self, label: int, scene: str) -> tuple[str, str]:
        """A title, mostly neutral; without a scene it names the product."""
        if not scene:
            return self.rng.choice(words.NAMING), ""
        if self.rng.random() < 0.2:
            polar = [key for key in words.POLAR if self.wholehearted or key not in words.ABSOLUTE]
            return (
                (self.rng.choice(words.MIXED), "")
                if label == 2
                else (self.rng.choice(polar), "-+"[label > 2])
            )
        own = {"since": ("after",), "gift": ("present",)}.get(scene, ())
        first = ("impression",) if scene in words.FIRST else ()
        return self.rng.choice(words.NAMING + words.PLAIN + own + first), ""


def draw_plan(rng: random.Random, label: int) -> Plan:
    """A review of label + 1 stars, in no language yet."""
    drafter = Drafter(rng, rng.choice(list(words.PRODUCTS)), label)
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
    orders = {
        slot: (subject, verb, rest),
        f"{slot}_sub": (subject, rest, verb),
        f"{slot}_inv": (verb, subject, rest),
    }
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
    wordings = words.SENTENCES[lang][sentence.frame]
    return wordings[sentence.wording % len(wordings)].format_map(forms)


@lru_cache(1 << 17)
def scene_forms(lang: str, product: str, key: str, argument: str) -> Forms:
    """The product's forms with those of the scene's argument."""
    forms = product_forms(lang, product)
    if not key:
        return forms
    if words.ARGUMENTS[key] is words.PERSONS:
        return forms | person_forms(lang, argument)
    verb = next(iter(words.KINDS[product][0]), "use")
    return forms | {
        "arg": words.ARGUMENTS[key][argument][lang],
        "use": words.VERBS[verb][lang],
        "using": words.PARTICIPLES[verb],
    }


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
    text = {lang: write(plan, lang) for lang in LANGUAGES}
    return Item(content(plan), label, template, text, plan)
