"""What fills the top lists besides languages: few or many examples, labels, scripts (Section 7.1).

Section 4.2: without normalisation a few outliers would fill every list. Section 7.1: most Korean
examples that other languages retrieve are not written in Hangul alone. Appendix A: proponents
mostly share the test example's label.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

import pandas as pd

from xlshare.analysis.counts import places


def concentration(top: pd.DataFrame) -> pd.DataFrame:
    """Places of the ten most frequent examples, and of the most frequent language.

    Normalised scores are meant to keep a few outliers from filling every list (Section 4.2).

    Returns:
        Counts with keys test_lang, role and what ("ten examples" or "one language").
    """
    tables = []
    for _, lists in top.groupby("role", sort=False):
        ten = lists["train"].value_counts().index[:10]
        found = {
            "ten examples": lists["train"].isin(ten),
            "one language": lists["train_lang"] == main_language(lists),
        }
        for what, hits in found.items():
            tables.append(places(lists, hits, ["test_lang", "role"]).assign(what=what))
    return pd.concat(tables, ignore_index=True)


def main_language(lists: pd.DataFrame) -> str:
    """The most frequent training language in some lists."""
    return lists["train_lang"].value_counts().index[0]


def same_label(top: pd.DataFrame, train_labels: Iterable[int]) -> pd.DataFrame:
    """Retrieved examples with the test example's label (Appendix A).

    Args:
        top: lists of one or both roles.
        train_labels: of every example of the training set; chance is the part that has the test
            example's label.

    Returns:
        Counts with keys test_lang and role.
    """
    parts = pd.Series(list(train_labels)).value_counts(normalize=True)
    chance = top["test_label"].map(parts).fillna(0.0)
    return places(top, top["train_label"] == top["test_label"], ["test_lang", "role"], chance)


def hangul(top: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """Retrieved Korean examples that are written in Hangul alone (Section 7.1).

    Only letters count: an example is in Hangul if it has letters and all are Hangul, in both texts;
    digits, punctuation and spaces may be anything.

    Args:
        top: lists of one or both roles.
        examples: the example table with columns id, split, lang, text_a, text_b; chance is the
            share among all its Korean training examples.

    Returns:
        Counts with keys test_lang and role; the denominator is the number of Korean examples in
        the list. Empty where no Korean was retrieved.

    Raises:
        ValueError: if a retrieved Korean example is not among the examples.
    """
    korean = examples[(examples["lang"] == "ko") & (examples["split"] == "train")].set_index("id")
    texts = korean["text_a"] + " " + korean["text_b"].fillna("")
    written = texts.map(is_hangul).astype(bool)
    retrieved = top[top["train_lang"] == "ko"]
    unknown = set(retrieved["train"]) - set(written.index)
    if unknown:
        raise ValueError(
            f"no Korean training example {min(unknown)!r} among the examples: give "
            "the table that the model was trained on"
        )
    found = retrieved["train"].map(written).astype(bool)
    return places(retrieved, found, ["test_lang", "role"], written.mean())


def is_hangul(text: str) -> bool:
    """Whether `text` has letters and all of them are Hangul."""
    scripts = [_is_hangul_letter(char) for char in text if char.isalpha()]
    return bool(scripts) and all(scripts)


@cache
def _is_hangul_letter(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("HANGUL", "HALFWIDTH HANGUL"))
