"""What fills the top lists besides languages: few or many examples, labels, scripts (Section 7.1).

Footnote 1: un-normalised scores let a few outliers fill every list. Section 7.1: most Korean
examples that other languages retrieve are not written in Hangul alone. Appendix A: proponents
mostly share the test example's label.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd

from xlshare.analysis.intervals import ratios
from xlshare.analysis.rankings import tidy


def concentration(top: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """How few training examples fill the lists, and which language dominates them (footnote 1).

    Returns:
        A row a sign: slots (places in all lists), distinct (examples that fill them), top_10_share
        (of the slots, by the 10 most frequent examples), train_lang (the most frequent language)
        and train_lang_share, both with _low and _high in the place of _share, for these ten
        examples and this language.
    """
    rows = []
    for sign, lists in top.groupby("sign", sort=False):
        row = {"sign": sign, "slots": len(lists), "distinct": lists["train"].nunique()}
        row |= {"train_lang": lists["train_lang"].value_counts().index[0]}
        for what, hits in most_frequent(lists).items():
            share = _share(hits, lists["test"], seed).iloc[0]
            row |= {f"{what}_{column}": share[column] for column in ("share", "low", "high")}
        rows.append(row)
    return pd.DataFrame(rows)


def most_frequent(lists: pd.DataFrame) -> dict[str, pd.Series]:
    """Which places are held by the ten most frequent examples, and by the most frequent language.

    Args:
        lists: of one sign.
    """
    ten = lists["train"].value_counts().index[:10]
    language = lists["train_lang"].value_counts().index[0]
    return {"top_10": lists["train"].isin(ten), "train_lang": lists["train_lang"] == language}


def same_label_share(
    top: pd.DataFrame, train_labels: Iterable[int] | None = None, seed: int = 0
) -> pd.DataFrame:
    """How many of the retrieved examples have the test example's label (Appendix A).

    Args:
        top: lists of one or both signs.
        train_labels: of every example of the training set, for the chance level: the mean, over
            test examples, of their label's part of the training set. NaN without.
        seed: of the bootstrap.

    Returns:
        A row for each test_lang and sign: count, share, low, high, chance.
    """
    labels = pd.Series([] if train_labels is None else list(train_labels), dtype=float)
    parts = labels.value_counts(normalize=True)
    tables = []
    for (test_lang, sign), lists in top.groupby(["test_lang", "sign"], sort=False):
        same = lists["train_label"] == lists["test_label"]
        table = _share(same, lists["test"], seed)
        chance = lists["test_label"].map(parts).fillna(0.0 if len(labels) else np.nan).mean()
        tables.append(table.assign(test_lang=test_lang, sign=sign, chance=chance))
    return tidy(tables, ["test_lang", "sign", "count", "share", "low", "high", "chance"])


def hangul_share(top: pd.DataFrame, examples: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """How many of the retrieved Korean examples are written in Hangul alone (Section 7.1).

    Only letters count: an example is in Hangul if it has letters and all are Hangul, in both texts;
    digits, punctuation and spaces may be anything.

    Args:
        top: lists of one or both signs.
        examples: the example table with columns id, split, lang, text_a, text_b.
        seed: of the bootstrap.

    Returns:
        A row for each sign and `tests` ("ko", "other" languages as in the paper, or "all"):
        retrieved (places in lists), count (of these in Hangul), share, low, high, chance (the
        share among all Korean training examples). Empty where no Korean was retrieved.

    Raises:
        ValueError: if a retrieved Korean example is not among the examples.
    """
    retrieved, chance = korean_places(top, examples)
    tables = []
    for sign, places in retrieved.groupby("sign", sort=False):
        own = places["test_lang"] == "ko"
        for tests, part in (("ko", places[own]), ("other", places[~own]), ("all", places)):
            table = _share(part["hangul"], part["test"], seed)
            tables.append(table.assign(sign=sign, tests=tests, retrieved=len(part), chance=chance))
    return tidy(tables, ["sign", "tests", "retrieved", "count", "share", "low", "high", "chance"])


def korean_places(top: pd.DataFrame, examples: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """The places that Korean examples hold, with a column `hangul`, and its share in training.

    Raises ValueError if such an example is not among the examples.
    """
    korean = examples[(examples["lang"] == "ko") & (examples["split"] == "train")].set_index("id")
    texts = korean["text_a"] + " " + korean["text_b"].fillna("")
    hangul = texts.map(is_hangul).astype(bool)
    retrieved = top[top["train_lang"] == "ko"]
    unknown = set(retrieved["train"]) - set(hangul.index)
    if unknown:
        raise ValueError(
            f"no Korean training example {min(unknown)!r} among the examples: give "
            "the table that the model was trained on"
        )
    return retrieved.assign(hangul=retrieved["train"].map(hangul).astype(bool)), hangul.mean()


def is_hangul(text: str) -> bool:
    """Whether `text` has letters and all of them are Hangul."""
    scripts = [_is_hangul_letter(char) for char in text if char.isalpha()]
    return bool(scripts) and all(scripts)


@cache
def _is_hangul_letter(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("HANGUL", "HALFWIDTH HANGUL"))


def _share(hits: pd.Series, tests: pd.Series, seed: int) -> pd.DataFrame:
    """One row: the share of True among places in lists, resampled by test example."""
    by_test = hits.groupby(tests.to_numpy()).agg(["sum", "size"]).to_numpy(dtype=float)
    return ratios(by_test[:, :1], by_test[:, 1:], seed).assign(count=int(hits.sum()))
