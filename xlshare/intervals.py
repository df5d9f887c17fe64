"""Ratios over test examples with bootstrap intervals: the one statistic behind every table.

A share such as "of the examples retrieved for Korean tests, how many are Korean" is a ratio of two
sums over test examples. Test examples are what the study samples, so they are what is resampled;
the training set and the trained model stay as they are, and the interval says nothing about them.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

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
    value = _divide(numerators.sum(axis=0), denominators.sum(axis=0))  # (m,)
    return pd.DataFrame({name: value, "low": low, "high": high})


def _interval(numerators: np.ndarray, denominators: np.ndarray, seed: int) -> np.ndarray:
    tests, m = numerators.shape
    if tests < 2:
        return np.full((2, m), np.nan)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(tests, np.full(tests, 1 / tests), size=RESAMPLES)
    drawn = drawn.astype(float)  # (resamples, tests): how often each test example was drawn
    resampled = _divide(drawn @ numerators, drawn @ denominators)  # (resamples, m)
    tail = (1 - LEVEL) / 2
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(resampled, [tail, 1 - tail], axis=0)


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
