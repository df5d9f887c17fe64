"""Ratios over test examples with bootstrap intervals: the one statistic behind every table.

A share such as "of the examples retrieved for Korean tests, how many are Korean" is a ratio of two
sums over test examples. Test examples are what the study samples, so they are what is resampled;
the training set and the trained model stay as they are, and the interval says nothing about them.
Where test examples of several languages are translations of each other, it is their contents that
are sampled: a mean over languages draws a content in all its languages at once.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy import stats

RESAMPLES = 2000
LEVEL = 0.95


def ratios(
    numerators: np.ndarray, denominators: np.ndarray, seed: int = 0, name: str = "share"
) -> pd.DataFrame:
    """Sums of `numerators` over sums of `denominators`, with 95 % percentile intervals.

    Args:
        numerators: (tests, m), one column a ratio; every column sees the same resamples.
        denominators: (tests, m), or (tests, 1) where all ratios share it.
        seed: of the resampling.
        name: of the ratio's column.

    Returns:
        m rows with columns `name`, low, high. A ratio of nothing is NaN; resamples without a
        denominator are left out; the interval of a single test example is NaN.
    """
    numerators = np.asarray(numerators, dtype=float)  # (tests, m)
    denominators = np.broadcast_to(np.asarray(denominators, dtype=float), numerators.shape)
    low, high = _interval(numerators, denominators, seed)
    value = divide(numerators.sum(axis=0), denominators.sum(axis=0))  # (m,)
    return pd.DataFrame({name: value, "low": low, "high": high})


def wilson(hits: int, tests: int) -> tuple[float, float]:
    """Wilson's 95 % interval of the share of hits."""
    interval = stats.binomtest(hits, tests).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def mean_over_languages(
    above: np.ndarray,
    below: np.ndarray,
    languages: np.ndarray,
    contents: np.ndarray,
    seed: int = 0,
    name: str = "share",
) -> pd.DataFrame:
    """The mean over languages of each one's sum of `above` over its sum of `below`.

    Args:
        above, below: (tests,).
        languages: (tests,), the language of each test example.
        contents: (tests,), equal where test examples are translations of each other.
        seed: of the resampling.
        name: of the mean's column.

    Returns:
        One row with columns `name`, low, high (NaN where there is a single content). A language
        with nothing below is left out of the mean.
    """
    counted = pd.DataFrame({"above": above, "below": below})
    table = counted.groupby([contents, languages]).sum().unstack(fill_value=0)
    parts = [table[kind].to_numpy(dtype=float) for kind in counted]  # 2 x (contents, languages)
    strata = _strata(contents, languages).loc[table.index].to_numpy()
    drawn = _draw_contents(strata, seed)  # (R, contents)
    resampled = mean_of_known(divide(drawn @ parts[0], drawn @ parts[1]).T)  # (R,)
    value, tail = mean_of_known(divide(*(part.sum(axis=0) for part in parts))), (1 - LEVEL) / 2
    known = resampled[~np.isnan(resampled)]
    few = len(table) < 2 or not len(known)
    low, high = (np.nan, np.nan) if few else np.quantile(known, [tail, 1 - tail])
    return pd.DataFrame({name: [float(value)], "low": low, "high": high})


def _strata(contents: np.ndarray, languages: np.ndarray) -> pd.Series:
    """The language of each content, "" if it has several."""
    found = pd.Series(languages).groupby(contents).agg(["nunique", "first"])
    return found["first"].where(found["nunique"] == 1, "")


def _draw_contents(strata: np.ndarray, seed: int) -> np.ndarray:
    """How often each content is drawn (RESAMPLES, contents), among those of its stratum.

    So contents of one language stay as many as they are, and those of several are one sample.
    """
    rng = np.random.default_rng(seed)
    drawn = np.zeros((RESAMPLES, len(strata)))
    for stratum in sorted(set(strata)):
        mine = np.flatnonzero(strata == stratum)
        size = len(mine)
        drawn[:, mine] = rng.multinomial(size, np.full(size, 1 / size), size=RESAMPLES)
    return drawn


def _interval(numerators: np.ndarray, denominators: np.ndarray, seed: int) -> np.ndarray:
    tests, m = numerators.shape
    if tests < 2:
        return np.full((2, m), np.nan)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(tests, np.full(tests, 1 / tests), size=RESAMPLES)
    drawn = drawn.astype(float)  # (resamples, tests): how often each test example was drawn
    resampled = divide(drawn @ numerators, drawn @ denominators)  # (resamples, m)
    tail = (1 - LEVEL) / 2
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(resampled, [tail, 1 - tail], axis=0)


def divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """`above` / `below`, NaN where nothing is below."""
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """Means over the first axis of what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    return divide(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))
