"""What the mini encoder is shown in pre-training: pairs of texts with what is to be told of them.

- Translations: a review, or a paraphrase whose names are hidden, beside its like in the same or
  another language; hidden pieces are to be restored.
- Labelled pairs of the three tasks (an intermediate task, Phang et al. 2018), with marks on their
  words where the grammar knows them: who does what, and how it relates to the other text.

English alone comes first, since what is learnt in one language is passed on along translations.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from transformers import PreTrainedTokenizerFast

from xlshare.data.mini import data, marks
from xlshare.data.mini.item import Item
from xlshare.data.mini.marks import Mark, Marked
from xlshare.study.tasks import TASKS

IGNORE = -1
LONGEST = 62  # tokens per text
MASK = 4  # the token that hides another
SHARES = {"xnli": 0.42, "pawsx": 0.38, "marc": 0.2}  # of the pairs
HIDDEN = 0.2  # of the paraphrases: names to be restored from the other text
TRANSLATED = 0.3  # of the reviews: without a label, beside a translation
MASKED = 0.3  # of the other pairs: some pieces are to be restored
CROSS = 0.25  # of the pairs: the second text in another language
ENGLISH_UNTIL, ALL_FROM = 0.08, 0.2  # parts of the run: English alone, all languages alike
USES = 3  # pairs made of one item: drawing one takes long


@dataclass(frozen=True)
class Pair:
    """Two texts as token ids, and what is to be told of each token and of the pair (-1: nothing).

    roles, relations: indices into `marks.ROLES` and `marks.RELATIONS`; original: the token that
    stood, or stands, in a place that names were exchanged in or hidden; label: of the task.
    """

    ids: list[int]
    roles: list[int]
    relations: list[int]
    original: list[int]
    label: int = IGNORE
    task: int = 0  # its place in SHARES
    masked: bool = False  # may pieces be hidden?


@dataclass
class Text:
    """The tokens of a marked text."""

    ids: list[int]
    roles: list[int] = field(default_factory=list)
    relations: list[int] = field(default_factory=list)
    original: list[int] = field(default_factory=list)


class PairWriter:
    """Draws texts for a moment of the run (`progress`, 0 to 1); a seed always writes the same."""

    def __init__(self, tok: PreTrainedTokenizerFast, seed: str, progress: float) -> None:
        self.encode = tok.backend_tokenizer.encode
        self.rng = random.Random(seed)
        late = (progress - ENGLISH_UNTIL) / (ALL_FROM - ENGLISH_UNTIL)
        self.english = min(1, max(0, 1 - late))  # share of the pairs that begin in English
        self.items = {task: self._reuse(task) for task in SHARES}
        self.writers = {"xnli": self._inference, "pawsx": self._paraphrase, "marc": self._review}

    def pair(self) -> Pair:
        """The next pair of texts, of a task drawn by its share."""
        task = self.rng.choices(list(SHARES), list(SHARES.values()))[0]
        item = next(self.items[task])
        pair = self.writers[task](item, self._languages(item))
        masked = pair.masked or self.rng.random() < MASKED
        return replace(pair, task=list(SHARES).index(task), masked=masked)

    def _reuse(self, task: str) -> Iterator[Item]:
        for item in data.draws(task, "pretrain", self.rng):
            yield from [item] * USES

    def _languages(self, item: Item) -> tuple[str, str]:
        """Those of the two texts."""
        lang = "en" if self.rng.random() < self.english else self.rng.choice(list(item.text))
        return lang, self.rng.choice(list(item.text)) if self.rng.random() < CROSS else lang

    def _inference(self, item: Item, languages: tuple[str, str]) -> Pair:
        texts = [self._text(text) for text in marks.inference(item, languages, self.rng)]
        return _frame(texts, label=TASKS["xnli"].labels[item.label])

    def _paraphrase(self, item: Item, languages: tuple[str, str]) -> Pair:
        """The pair as it is, or the one that means the same with what could be exchanged hidden."""
        first, same, other = marks.paraphrase(item, languages, self.rng)
        faithful = self._text(same)
        movable = [relation != IGNORE for relation in faithful.relations]
        faithful.original = [i if m else IGNORE for i, m in zip(faithful.ids, movable)]
        if self.rng.random() < HIDDEN:
            faithful.ids = [MASK if m else i for i, m in zip(faithful.ids, movable)]
            faithful.relations = [IGNORE] * len(movable)
            return _frame([self._text(first), faithful])
        if item.label:
            return _frame([self._text(first), faithful], label=1)
        turned = self._text(other)
        if [relation != IGNORE for relation in turned.relations] == movable:
            turned.original = faithful.original  # names of as many pieces were exchanged
        return _frame([self._text(first), turned], label=0)

    def _review(self, item: Item, languages: tuple[str, str]) -> Pair:
        """Title and body with the label, or the body beside a translation."""
        if self.rng.random() < TRANSLATED:
            both = self.rng.sample(list(item.text), 2)
            return replace(_frame([self._body(item, lang) for lang in both]), masked=True)
        whole = self._text(marks.review(item, languages[0]), 2 * LONGEST)
        return _frame([whole], label=TASKS["marc"].labels.get(item.label, IGNORE))

    def _body(self, item: Item, lang: str) -> Text:
        return self._text(Marked(item.text[lang][1], ()))

    def _text(self, marked: Marked, longest: int = LONGEST) -> Text:
        """The tokens of a text, each with the mark that it lies in."""
        encoding = self.encode(marked.text, add_special_tokens=False)
        found = [_mark_at(marked.marks, *span) for span in encoding.offsets[:longest]]
        return Text(
            encoding.ids[:longest],
            [marks.ROLES.index(m.role) if m else IGNORE for m in found],
            [marks.RELATIONS.index(m.relation) if m and m.relation else IGNORE for m in found],
            [IGNORE] * len(found),
        )


def _mark_at(found: Sequence[Mark], start: int, stop: int) -> Mark | None:
    """The last of the marks that share a character with a span."""
    return next((m for m in reversed(found) if m.start < stop and start < m.stop), None)


def _frame(texts: Sequence[Text], label: int = IGNORE) -> Pair:
    """The pair as a model reads it: <s> first </s></s> second </s>."""
    ends = [(0,), (2, 2), (2,)] if len(texts) > 1 else [(0,), (2,)]

    def framed(name: str, special: bool = False) -> list[int]:
        parts: list[int] = []
        for end, text in zip(ends, [*texts, None]):
            parts += end if special else [IGNORE] * len(end)
            parts += getattr(text, name) if text else []
        return parts

    return Pair(
        framed("ids", special=True),
        framed("roles"),
        framed("relations"),
        framed("original"),
        label,
    )
