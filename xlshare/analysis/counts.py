"""Counts: what every measure returns, and what `estimates.estimate` makes values of.

A table of counts has keys (test_lang, train_lang, role, epoch, k ...), then

    test          the test example that was counted for
    content       equal for translations of one test example
    seed          of the study that the counts are of
    numerator     for instance hits in the test example's list
    denominator   for instance places in the list
    expected      the share of the denominator that chance gives, NaN where there is no such thing

Whatever can be asked about a measure is asked of these rows; nothing is counted twice.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.names import counts_table
from xlshare.study.parameters import Study

COUNTS = ("test", "content", "seed", "numerator", "denominator", "expected")


def places(
    top: pd.DataFrame, found: pd.Series, keys: list[str], expected: pd.Series | float = np.nan
) -> pd.DataFrame:
    """How many places in each test example's list are `found`.

    Args:
        top: lists as `rankings.top_examples` returns them.
        found: (places,), true where the place counts.
        keys: the columns of `top` to keep.
        expected: the chance of each place to be found.
    """
    rows = top[[*keys, "test", "content"]].assign(found=found, expected=expected)
    counted = rows.groupby([*keys, "test", "content"], sort=False).agg(
        numerator=("found", "sum"), denominator=("found", "size"), expected=("expected", "mean")
    )
    return counted.reset_index()


def own(shares: pd.DataFrame) -> pd.DataFrame:
    """The rows of language shares in which a test language is counted in its own lists."""
    return shares[shares["test_lang"] == shares["train_lang"]]


def others(shares: pd.DataFrame) -> pd.DataFrame:
    """The rows of language shares in which a language is counted in another one's lists."""
    return shares[shares["test_lang"] != shares["train_lang"]]


def rest(counts: pd.DataFrame) -> pd.DataFrame:
    """The same counts of what was not found: numerators and chances are taken from the whole."""
    return counts.assign(
        numerator=counts["denominator"] - counts["numerator"], expected=1 - counts["expected"]
    )


def in_role(counts: pd.DataFrame, role: str) -> pd.DataFrame:
    """The counts of one role."""
    return counts[counts["role"] == role]


def accuracy(predictions: pd.DataFrame) -> pd.DataFrame:
    """Right answers on examples that the model was not trained on: test_lang, split."""
    columns = {"lang": "test_lang", "id": "test", "group": "content"}
    rows = predictions[["split", *columns]].rename(columns=columns)
    return rows.assign(numerator=predictions["correct"].astype(int), denominator=1, expected=np.nan)


def save(run: Run, measure: str, counts: pd.DataFrame) -> pd.DataFrame:
    """Save a measure's counts with the study's seed; returns them."""
    counts = counts.assign(seed=run.study.seed)
    keys = counts.columns.drop(list(COUNTS))
    return run.save_table(counts_table(measure), counts[[*keys, *COUNTS]])


def read(study: Study, measure: str) -> pd.DataFrame:
    """The counts that a study's stage saved, of all its seeds."""
    seeds = study.by_seed.values()
    tables = [artifacts.read_table(one, counts_table(measure)) for one in seeds]
    return pd.concat(tables, ignore_index=True)
