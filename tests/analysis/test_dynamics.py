"""Shares and signed-rank tests by epoch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import made_up_scores, training_set
from scipy.stats import rankdata, wilcoxon

from xlshare.analysis.dynamics import own_change, shares_by_epoch, wilcoxon_between_epochs
from xlshare.analysis.rankings import language_shares, top_of_both_signs


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train, epochs=3)


def test_each_epoch_has_the_shares_of_its_own_scores(
    scores: xr.DataArray, train: pd.DataFrame
) -> None:
    table = shares_by_epoch(scores, 5, seed=3)
    for epoch in (1, 2, 3):
        top = top_of_both_signs(scores.sel(checkpoint=epoch), 5)
        expected = language_shares(top, train["lang"], seed=3)
        found = table[table["epoch"] == epoch].drop(columns="epoch").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)


def test_the_change_is_from_the_first_epoch_to_the_last(scores: xr.DataArray) -> None:
    table = shares_by_epoch(scores, 5)
    own = table[(table["test_lang"] == table["train_lang"]) & (table["sign"] == "positive")]
    means = own.groupby("epoch")["share"].mean()
    row = own_change(scores, 5).iloc[0]
    assert row["change"] == pytest.approx(means[3] - means[1])
    assert row["low"] < row["change"] < row["high"]
    assert own_change(scores[:1], 5).iloc[0].tolist() == [0, 0, 0]


def test_every_two_epochs_are_compared_in_every_measure(scores: xr.DataArray) -> None:
    table = wilcoxon_between_epochs(scores, 5)
    assert len(table) == 3 * 3
    pairs = set(zip(table["earlier"], table["later"], strict=True))
    assert pairs == {(1, 2), (1, 3), (2, 3)}
    assert set(table.loc[table["measure"] == "rank", "n"]) == {scores[0].size}
    assert set(table.loc[table["measure"] == "own share", "n"]) == {scores.sizes["test"]}


def test_ranks_are_compared_within_each_test_example(scores: xr.DataArray) -> None:
    """Shifting and scaling one test example's scores changes nothing."""
    moved = scores.copy()
    moved[:, 2] = moved[:, 2] * 10 + 7
    pd.testing.assert_frame_equal(
        wilcoxon_between_epochs(moved, 5), wilcoxon_between_epochs(scores, 5)
    )


def test_the_rank_test_equals_scipy_on_the_paired_ranks(scores: xr.DataArray) -> None:
    first, second = (
        np.concatenate([rankdata(row) for row in scores.sel(checkpoint=e).values]) for e in (1, 2)
    )
    expected = wilcoxon(second, first)
    row = wilcoxon_between_epochs(scores, 5).query("measure == 'rank'").iloc[0]
    assert row["p"] == pytest.approx(expected.pvalue)
    assert row["statistic"] == pytest.approx(expected.statistic)


def test_effect_is_one_where_every_test_example_rises(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, epochs=2, own=0)
    own = (scores["test_lang"] == scores["train_lang"]).transpose("test", "train").values
    scores[0] -= 100 * own
    scores[1] += 100 * own
    table = wilcoxon_between_epochs(scores, 5).set_index(["measure", "sign"])
    assert table.loc[("own share", "positive"), "effect"].item() == 1
    assert table.loc[("own share", "negative"), "effect"].item() == -1
    assert table.loc[("own share", "positive"), "p"].item() < 0.001


def test_epochs_without_a_difference_have_p_one_and_no_effect(scores: xr.DataArray) -> None:
    still = xr.concat([scores[0]] * 2, dim="checkpoint").assign_coords(checkpoint=[1, 2])
    table = wilcoxon_between_epochs(still, 5)
    assert (table["p"] == 1).all() and (table["p_holm"] == 1).all()
    assert (table["effect"] == 0).all()


def test_holm_never_lowers_p_and_multiplies_the_smallest(scores: xr.DataArray) -> None:
    for _, family in wilcoxon_between_epochs(scores, 5).groupby(["measure", "sign"]):
        ordered = family.sort_values("p")
        by_hand, highest = [], 0.0
        for step, p in enumerate(ordered["p"]):
            highest = min(1.0, max(highest, p * (len(ordered) - step)))
            by_hand.append(highest)
        assert ordered["p_holm"].tolist() == pytest.approx(by_hand)


def test_a_single_epoch_has_nothing_to_compare(scores: xr.DataArray) -> None:
    table = wilcoxon_between_epochs(scores[:1], 5)
    assert table.empty and {"p", "p_holm", "effect"} <= set(table.columns)


def test_summed_scores_are_refused(scores: xr.DataArray) -> None:
    with pytest.raises(ValueError, match="before summing"):
        shares_by_epoch(scores.sum("checkpoint"), 5)
