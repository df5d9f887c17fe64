"""Truths planted in the training data, which an attribution should find again.

    noise   some rows of one language get another label
    cue     some rows of one language and label begin with a cue that no other row has
    copy    one language's rows give way to those of another, word for word, with their labels

The column `planted` says which rows were changed, and so do their ids.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from xlshare.study.parameters import Study

NOISE, CUE, COPY = "noise", "cue", "copy"
PLANTED = "planted"  # the column; empty where nothing was changed


class Hosts(NamedTuple):
    """The languages that the plants are in; `copy` holds a copy of `source`."""

    source: str
    noise: str
    cue: str
    copy: str


def hosts(study: Study) -> Hosts:
    """Four different languages, where the study has as many; fewer host several plants."""
    *others, copy = study.languages
    source, noise, cue = (others[number % len(others)] for number in range(3))
    return Hosts(source, noise, cue, copy)


def plant(examples: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The examples with all plants in their training rows, by the study's seed.

    Args:
        examples: as `examples.load` returns them.
        study: gives `planted`, the languages, the labels and the seed.

    Returns:
        As many rows in the same order, with the column `planted`. Copied rows keep the group of
        what they copy. Dev and test rows are as they were.
    """
    rng, at = np.random.default_rng(study.seed), hosts(study)
    table = examples.assign(**{PLANTED: ""})
    table = _with_noise(table, at.noise, study, rng)
    table = _with_cue(table, at.cue, study, rng)
    return _with_copy(table, at.source, at.copy)


def with_cue(rows: pd.DataFrame, cue: str) -> pd.DataFrame:
    """The same rows, their first text beginning with the cue."""
    return _changed(rows, CUE).assign(text_a=cue + " " + rows["text_a"])


def train_rows(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The training rows of a language."""
    return table[(table["split"] == "train") & (table["lang"] == lang)]


def cue_rows(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The training rows that could carry the cue: those of its language and label."""
    rows = train_rows(table, lang)
    carriers = rows[rows[PLANTED] == CUE]
    return rows[rows["label"].isin(carriers["label"])]


def _with_noise(
    table: pd.DataFrame, lang: str, study: Study, rng: np.random.Generator
) -> pd.DataFrame:
    rows = _some(train_rows(table, lang), study.planted.noise, rng)
    labels = len(study.definition.label_names)
    other = (rows["label"] + rng.integers(1, labels, size=len(rows))) % labels
    return _put(table, _changed(rows, NOISE).assign(label=other))


def _with_cue(
    table: pd.DataFrame, lang: str, study: Study, rng: np.random.Generator
) -> pd.DataFrame:
    rows = train_rows(table, lang)
    rows = rows[rows[PLANTED] == ""]
    rows = rows[rows["label"] == rows["label"].mode()[0]]
    return _put(table, with_cue(_some(rows, study.planted.cue_share, rng), study.planted.cue))


def _with_copy(table: pd.DataFrame, source: str, copy: str) -> pd.DataFrame:
    places = train_rows(table, copy).index
    rows = _changed(train_rows(table, source), COPY).assign(lang=copy)
    return _put(table, rows.set_axis(places))


def _some(rows: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """A share of the rows, one at least."""
    count = max(1, round(share * len(rows)))
    return rows.loc[rng.choice(rows.index, count, replace=False)]


def _changed(rows: pd.DataFrame, how: str) -> pd.DataFrame:
    """The rows with what was done to them, and ids that say so."""
    return rows.assign(**{PLANTED: how, "id": rows["id"] + f"-{how}"})


def _put(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The table with these rows in the places of their index."""
    return pd.concat([table.drop(rows.index), rows]).sort_index()
