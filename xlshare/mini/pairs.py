"""What the mini encoder is shown in pre-training: pairs of texts, whole or corrupted, or labelled.

Two parts of a run show two things. First translations, half of them corrupted by a word that was
swapped, replaced or inserted. Then labelled pairs of the three tasks (an intermediate task), from
easy to hard: short texts and English first, since what labels mean is learnt from few words and
passed on along the translations; and, of the PAWS-like task, sentences beside themselves or beside
their like with two names exchanged, since who does what to whom is hard to see.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from transformers import PreTrainedTokenizerFast

from xlshare.mini import data
from xlshare.mini.item import Item
from xlshare.tasks import TASKS

IGNORE = -1
LONGEST = 62  # tokens a text
SHARES = {"xnli": 0.4, "pawsx": 0.38, "marc": 0.22}  # of the translations
LABELLED_SHARES = {"xnli": 0.16, "pawsx": 0.73, "marc": 0.11}  # of the labelled pairs
LABELLED_FROM = 0.5  # the part of a run after which labelled pairs are shown
ENGLISH_UNTIL = 0.22  # the part of that time in which they are in English
SHORTEST, GROWTH = 105, 1000  # characters of the longest labelled pair at first, and added later
USES = 3  # pairs made of one item


@dataclass(frozen=True)
class Pair:
    """Two texts as token ids, with what is to be detected about them (-1: nothing)."""

    ids: list[int]
    corrupted: list[int]  # a token: 1 if its word was put there by the corruption
    faithful: int = IGNORE  # 1 if the second text translates the first
    label: int = IGNORE  # of the task that the pair belongs to
    task: int = 0  # its place in SHARES


class PairWriter:
    """Draws texts for a moment of the run (`progress`, 0 to 1); a seed always writes the same."""

    def __init__(self, tok: PreTrainedTokenizerFast, seed: str, progress: float) -> None:
        self.tok = tok
        self.rng = random.Random(seed)
        self.late = (progress - LABELLED_FROM) / (1 - LABELLED_FROM)
        self.easy = max(0.1, 0.6 - 3 * progress)  # share of word-for-word translations
        self.items = {task: self._reuse(task) for task in SHARES}
        self.fresh = {task: data.draws(task, "pretrain", self.rng) for task in SHARES}
        self.seen: dict[tuple[str, str], deque[Word]] = {}

    def pair(self) -> Pair:
        if self.late >= 0 and self.rng.random() < 0.9:
            return self._labelled(self._choose(LABELLED_SHARES))
        task = self._choose(SHARES)
        item = next(self.items[task])
        if self.rng.random() < 0.15:
            return self._framed(task, *item.text[self.rng.choice(list(item.text))])
        return self._translated(task, item)

    def _choose(self, shares: dict[str, float]) -> str:
        return self.rng.choices(list(shares), list(shares.values()))[0]

    def _reuse(self, task: str) -> Iterator[Item]:
        """Each item a few times, for other languages and corruptions: drawing one takes long."""
        for item in data.draws(task, "pretrain", self.rng):
            yield from [item] * USES

    def _labelled(self, task: str) -> Pair:
        """One item as fine-tuning frames it, with its label."""
        item = self._short(task)
        lang = "en" if self.late < ENGLISH_UNTIL else self.rng.choice(list(item.text))
        first, second = item.text[lang]
        label = TASKS[task].labels.get(item.label, IGNORE)
        if task == "pawsx" and self.rng.random() < max(0.3, 1 - 2.2 * self.late):
            while item.label == 1:
                item = self._short(task)
            label = self.rng.randrange(2)
            first, second = item.text[lang][0], item.text[lang][1 - label]
        return replace(self._framed(task, first, second), label=label)

    def _short(self, task: str) -> Item:
        """The next item that is short enough for this moment; none is too long later on."""
        longest = SHORTEST + GROWTH * self.late
        return next(i for i in self.fresh[task] if sum(map(len, i.text["en"])) <= longest)

    def _framed(self, task: str, first: str, second: str) -> Pair:
        """One or two texts, as the task has them, with nothing to be detected."""
        place = list(SHARES).index(task)
        if TASKS[task].text_b is not None:
            return _frame(self._ids(first), [Word(self._ids(second))], task=place)
        ids = [0, *self._ids(f"{first} {second}", 2 * LONGEST), 2]
        return Pair(ids, [IGNORE] * len(ids), task=place)

    def _translated(self, task: str, item: Item) -> Pair:
        """A text and its translation, corrupted in half of the cases."""
        first, second, lang = self._translation(task, item)
        words = self._words(second)
        faithful = not (self.rng.random() < 0.5 and self._corrupt(words, task, lang))
        self._remember(words, task, lang)
        if self.rng.random() < 0.3 and len(words) > 4:  # translations may also leave a word out
            words.pop(self.rng.choice([i for i, word in enumerate(words) if not word.corrupted]))
        return _frame(self._ids(first), words, faithful=int(faithful))

    def _translation(self, task: str, item: Item) -> tuple[str, str, str]:
        """A text and its like in the same (60%) or another language, and that language.

        Usually word for word at first; later mostly freely, in another wording of the same
        content, where the grammar has one.
        """
        lang, other = self.rng.sample(list(item.text), 2)
        if self.rng.random() < 0.6:
            other = lang
        if task == "marc":
            return " ".join(item.text[lang]), " ".join(item.text[other]), other
        place = self.rng.randrange(2)
        if task == "pawsx" and self.rng.random() > self.easy:
            while item.label == 0:
                item = next(self.items[task])
            return item.text[lang][place], item.text[other][1 - place], other
        return item.text[lang][place], item.text[other][place], other

    def _corrupt(self, words: list[Word], task: str, lang: str) -> bool:
        """Swap, replace or insert one word; names swap with names. False if none fits."""
        chosen = [i for i, word in enumerate(words) if word.content]
        names = [i for i in chosen if words[i].capital and i > 0]
        swap_names = 0.8 if task == "pawsx" else 0.3
        among = names if len(names) > 1 and self.rng.random() < swap_names else chosen
        if not among:
            return False
        i = self.rng.choice(among)
        way = self.rng.choices(("swap", "replace", "insert"), (0.6, 0.3, 0.1))[0]
        pool = words if way == "swap" else list(self.seen.get((task, lang), ()))
        others = [w for w in pool if w.content and w.capital == words[i].capital]
        others = [w for w in others if w.ids != words[i].ids]
        if not others:
            return False
        other = self.rng.choice(others)
        if way == "swap":
            j = words.index(other)
            words[i], words[j] = words[j].moved(), words[i].moved()
        elif way == "replace":
            words[i] = other.moved()
        else:
            words.insert(i, other.moved())
        return True

    def _remember(self, words: list[Word], task: str, lang: str) -> None:
        seen = self.seen.setdefault((task, lang), deque(maxlen=200))
        seen.extend(word for word in words if word.content and not word.corrupted)

    def _ids(self, text: str, longest: int = LONGEST) -> list[int]:
        return self.tok.backend_tokenizer.encode(text, add_special_tokens=False).ids[:longest]

    def _words(self, text: str) -> list[Word]:
        """The tokens of a text, word by word; Han characters count as words."""
        encoding = self.tok.backend_tokenizer.encode(text, add_special_tokens=False)
        words: list[Word] = []
        for piece, number in zip(encoding.tokens[:LONGEST], encoding.ids):
            if piece[0] == "▁" or not words or not piece[0].isalnum() or _is_han(piece[0]):
                capital = piece.lstrip("▁")[:1].isupper()
                words.append(Word([], capital, content=any(map(str.isalnum, piece))))
            words[-1].ids.append(number)
        return words


@dataclass
class Word:
    """The tokens of a word, and whether the corruption put it where it stands."""

    ids: list[int]
    capital: bool = False
    content: bool = False
    corrupted: bool = False

    def moved(self) -> Word:
        return Word(self.ids, self.capital, self.content, corrupted=True)


def _frame(first: list[int], words: list[Word], faithful: int = IGNORE, **verdicts: int) -> Pair:
    """<s> first </s></s> second </s>"""
    second = [number for word in words for number in word.ids][:LONGEST]
    flags = [int(word.corrupted) for word in words for _ in word.ids][:LONGEST]
    if faithful == IGNORE:
        flags = [IGNORE] * len(flags)
    unjudged = [IGNORE] * (len(first) + 3)
    return Pair([0, *first, 2, 2, *second, 2], [*unjudged, *flags, IGNORE], faithful, **verdicts)


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"
