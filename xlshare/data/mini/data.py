"""The embedded datasets: rows of each grammar, in the columns of the dataset they stand in for.

Contents are dealt to splits by a hash, so that no two of train, validation, test and the text that
the encoder was pre-trained on can share one, however much is drawn.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pandas as pd

from xlshare.data.mini import marc, pawsx, xnli
from xlshare.data.mini.item import Item

GRAMMARS: dict[str, ModuleType] = {"xnli": xnli, "pawsx": pawsx, "marc": marc}
LANGUAGES = {task: grammar.LANGUAGES for task, grammar in GRAMMARS.items()}

# Raw labels in the order they are dealt: entailment or not is half and half, stars are balanced.
LABELS = {"xnli": (0, 1, 0, 2), "pawsx": (0, 1), "marc": (0, 1, 2, 3, 4)}
SHARES = {"pretrain": 70, "train": 20, "validation": 5, "test": 5}  # percent of the contents
ROWS = {"train": 500, "validation": 150, "test": 150}  # a language
SEED = 2023


def rows(task: str, lang: str, split: str) -> pd.DataFrame:
    """All rows of a split in one language, as the hub's dataset would give them.

    Translations share a row number, which PAWS-X keeps in its id column; each language's reviews
    are about contents of its own. Raises ValueError on an unknown language or split.
    """
    if lang not in LANGUAGES[task]:
        raise ValueError(f"mini {task} has no language {lang!r}: choose among {LANGUAGES[task]}")
    if split not in ROWS:
        raise ValueError(f"mini {task} has no split {split!r}: choose among {tuple(ROWS)}")
    items = enumerate(_items(task, lang, split))
    return pd.DataFrame([_row(task, item, lang, number) for number, item in items])


def draws(task: str, split: str, rng: random.Random) -> Iterator[Item]:
    """An endless stream of items whose contents belong to `split`, labels dealt in turn."""
    draw = GRAMMARS[task].draw
    for label in itertools.cycle(LABELS[task]):
        item = draw(rng, label)
        while split_of(task, item.content) != split:
            item = draw(rng, label)
        yield item


def split_of(task: str, content: str) -> str:
    """The split that a content belongs to, by its hash alone."""
    number = int.from_bytes(hashlib.blake2b(f"{task}:{content}".encode(), digest_size=4).digest())
    edges = itertools.accumulate(SHARES.values())
    return next(name for name, edge in zip(SHARES, edges) if number % 100 < edge)


def _items(task: str, lang: str, split: str) -> list[Item]:
    """The items of one language's split; of non-parallel tasks each language gets its own."""
    if task != "marc":
        return _distinct(task, split, ROWS[split])
    mine = LANGUAGES[task].index(lang)
    return _distinct(task, split, ROWS[split] * len(LANGUAGES[task]))[
        mine * ROWS[split] : (mine + 1) * ROWS[split]
    ]


@cache
def _distinct(task: str, split: str, count: int) -> list[Item]:
    """The first `count` items of a split with distinct contents."""
    items: dict[str, Item] = {}
    wanted = itertools.cycle(LABELS[task])
    label = next(wanted)
    for item in draws(task, split, random.Random(f"{SEED}-{task}-{split}")):
        if item.label == label and item.content not in items:
            items[item.content] = item
            label = next(wanted)
        if len(items) == count:
            break
    return list(items.values())


def _row(task: str, item: Item, lang: str, number: int) -> dict[str, object]:
    first, second = item.text[lang]
    if task == "xnli":
        return {"premise": first, "hypothesis": second, "label": item.label}
    if task == "pawsx":
        return {"id": number, "sentence1": first, "sentence2": second, "label": item.label}
    return {"id": f"{lang}_{number}", "text": f"{first}\n\n{second}", "label": item.label}
