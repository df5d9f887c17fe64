"""How influence scores are distributed, before anything is ranked (Tables 3 and 5, Appendix B).

The average over all training examples of a language need not agree with its part of the top lists:
the paper finds English highest on average and not in the lists (Section 7.1).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.analysis.rankings import summed, tests_of

KEPT = ["test_lang", "train_lang", "left", "right", "count"]


def average_scores(scores: xr.DataArray) -> pd.DataFrame:
    """Mean scores of each test example with a language's training examples (Tables 3 and 5).

    Returns:
        Counts with keys test_lang and train_lang; the numerator is a mean, in the unit of the
        scores, and the denominator 1.
    """
    scores = summed(scores)
    tests, languages = tests_of(scores), scores["train_lang"].values
    tables = []
    for lang in pd.unique(languages):
        mean = scores.values[:, languages == lang].mean(axis=1, dtype=float)
        tables.append(tests.assign(train_lang=lang, numerator=mean))
    return pd.concat(tables, ignore_index=True).assign(denominator=1, expected=np.nan)


def scores_by_epoch(scores: xr.DataArray) -> pd.DataFrame:
    """Mean score of each test example with all training examples, at each epoch.

    Args:
        scores: dims (checkpoint, test, train).

    Returns:
        Counts with keys test_lang and epoch; the numerator is a mean, in the unit of the scores,
        and the denominator 1.
    """
    tests, tables = tests_of(scores), []
    for epoch in range(1, scores.sizes["checkpoint"] + 1):
        mean = scores.isel(checkpoint=epoch - 1).mean("train", dtype=float)
        tables.append(tests.assign(epoch=epoch, numerator=mean.values))
    return pd.concat(tables, ignore_index=True).assign(denominator=1, expected=np.nan)


def score_histogram(scores: xr.DataArray, bins: int = 40) -> pd.DataFrame:
    """How the scores of each pair of languages are distributed (Figures 9 to 11).

    All pairs share the bins, and none lies across 0: a bin is either negative (right <= 0) or not
    (left >= 0; a score of exactly 0 counts there). There are `bins` bins, or one more where 0 does
    not divide the range evenly.

    Returns:
        One row for each test_lang, train_lang and bin, with left, right and count.
    """
    scores = summed(scores)
    edges = _edges(scores.values, bins)
    tables = []
    for test_lang in pd.unique(scores["test_lang"].values):
        for train_lang in pd.unique(scores["train_lang"].values):
            rows = scores["test_lang"].values == test_lang
            columns = scores["train_lang"].values == train_lang
            table = _histogram(scores.values[np.ix_(rows, columns)], edges)
            tables.append(table.assign(test_lang=test_lang, train_lang=train_lang))
    return pd.concat(tables, ignore_index=True)[KEPT]


def histogram_by_label(scores: xr.DataArray, bins: int = 40) -> pd.DataFrame:
    """How scores are distributed where both labels are the same, and where they differ.

    Returns:
        One row for each `labels` ("same", "different") and bin, with left, right and count;
        the bins are those of `score_histogram`.
    """
    scores = summed(scores)
    edges = _edges(scores.values, bins)
    same = scores["test_label"].values[:, None] == scores["train_label"].values  # (tests, train)
    return pd.concat(
        [
            _histogram(scores.values[same], edges).assign(labels="same"),
            _histogram(scores.values[~same], edges).assign(labels="different"),
        ],
        ignore_index=True,
    )[["labels", "left", "right", "count"]]


def _histogram(values: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    inside = np.clip(values.astype(float), edges[0], edges[-1])  # rounding may put one outside
    count, _ = np.histogram(inside, edges)
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "count": count})


def _edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Multiples of one width, from below the lowest value to above the highest."""
    low, high = float(values.min()), float(values.max())
    width = (high - low) / bins or 1 / bins  # all scores equal: any width will do
    first = np.floor(low / width)
    return width * np.arange(first, max(np.ceil(high / width), first + 1) + 1)
