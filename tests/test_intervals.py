"""Bootstrap intervals of ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlshare.intervals import ratios


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """95 % intervals of a ratio of sums, on data whose true ratio is known."""
    rng = np.random.default_rng(0)
    places = rng.integers(5, 15, size=(60, 300))  # (tests, repetitions)
    table = ratios(rng.binomial(places, 0.3), places, seed=1)
    covered = ((table["low"] <= 0.3) & (0.3 <= table["high"])).mean()
    assert 0.90 < covered < 0.98


def test_intervals_resample_test_examples_not_places() -> None:
    """Lists that are all one language or all the other are as uncertain as a few coin flips."""
    whole_lists = ratios(np.array([[100], [0]] * 5), np.full((10, 1), 100)).iloc[0]
    assert whole_lists["high"] - whole_lists["low"] > 0.4
    places = 100 * np.arange(1, 11)[:, None]  # lists of any length, half of each
    even_lists = ratios(places / 2, places).iloc[0]
    assert even_lists["low"] == even_lists["high"] == 0.5


def test_intervals_that_cannot_be_known_are_nan() -> None:
    single = ratios(np.array([[1]]), np.array([[2]])).iloc[0]
    assert single["share"] == 0.5 and np.isnan(single["low"]) and np.isnan(single["high"])
    nothing = ratios(np.zeros((3, 1)), np.zeros((3, 1))).iloc[0]
    assert nothing.isna().all()


def test_the_seed_decides_the_intervals() -> None:
    values, ones = np.random.default_rng(0).normal(size=(9, 3)), np.ones((9, 1))
    first, again, other = (ratios(values, ones, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["share"] == other["share"]).all() and (first["low"] != other["low"]).all()
