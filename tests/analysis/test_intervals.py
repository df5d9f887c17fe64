"""Bootstrap intervals of ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from xlshare.analysis.intervals import mean_over_languages, ratios, wilson


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


# ---- Means over languages ----


def made_up_tests(rng: np.random.Generator, shared: bool) -> tuple[np.ndarray, ...]:
    """Own places of 25 tests in each of five languages; of the same contents if `shared`."""
    languages = np.repeat(list("abcde"), 25)
    contents = np.tile(np.arange(25), 5) if shared else np.arange(125)
    of_content = rng.normal(0, 0.2, size=125)[contents]  # what makes a content easy in all of them
    level = np.repeat([0.3, 0.4, 0.5, 0.6, 0.7], 25)  # languages differ: no source of error
    return level + of_content + rng.normal(0, 0.05, size=125), np.ones(125), languages, contents


def test_a_mean_over_languages_covers_the_truth_where_their_tests_are_translations() -> None:
    """Taken as independent, tests of the same contents give an interval that is too sure."""
    rng, covered, alone = np.random.default_rng(0), {True: 0, False: 0}, 0
    for trial in range(100):
        for shared in covered:
            tests = made_up_tests(rng, shared)
            row = mean_over_languages(*tests, seed=trial).iloc[0]
            covered[shared] += row["low"] <= 0.5 <= row["high"]
            if shared:
                row = mean_over_languages(*tests[:3], np.arange(125), seed=trial).iloc[0]
                alone += row["low"] <= 0.5 <= row["high"]
    assert covered[True] >= 88 and covered[False] >= 88 and alone < 75


def test_a_mean_over_languages_weighs_each_language_the_same() -> None:
    above, below = np.array([1.0, 2.0, 3.0, 0.0]), np.array([10.0, 10.0, 10.0, 10.0])
    row = mean_over_languages(above, below, np.array(["a", "a", "a", "b"]), np.arange(4)).iloc[0]
    assert row["share"] == (0.2 + 0.0) / 2
    below[3] = 0
    row = mean_over_languages(above, below, np.array(["a", "a", "a", "b"]), np.arange(4)).iloc[0]
    assert row["share"] == 0.2 and row["low"] == 0.1 and row["high"] == 0.3
    single = mean_over_languages(above[:1], below[:1], np.array(["a"]), np.arange(1)).iloc[0]
    assert single["share"] == 0.1 and np.isnan(single["low"])


def test_what_contents_are_called_and_where_they_stand_changes_nothing() -> None:
    above, below, languages, contents = made_up_tests(np.random.default_rng(3), shared=True)
    single = np.arange(125) < 10  # in language a alone
    found = []
    for alone, several in (("a", "b"), ("b", "a")):
        names = np.where(single, alone, several).astype(object) + [f"{i:03d}" for i in contents]
        for order in (np.arange(125), np.random.default_rng(0).permutation(125)):
            tests = (values[order] for values in (above, below, languages, names))
            found.append(mean_over_languages(*tests).round(12))
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other)
    assert found[0]["low"].item() < found[0]["share"].item() < found[0]["high"].item()


def test_wilsons_interval_is_the_textbooks() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
