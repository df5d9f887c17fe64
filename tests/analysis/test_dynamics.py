"""Signed-rank tests between epochs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import made_up_scores, training_set
from scipy.stats import rankdata, wilcoxon

from xlshare.analysis.dynamics import wilcoxon_between_epochs


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train, epochs=3)


@pytest.mark.slow
def test_every_two_epochs_are_compared_in_every_measure(scores: xr.DataArray) -> None:
    table = wilcoxon_between_epochs(scores, 5)
    assert len(table) == 3 * 3
    pairs = set(zip(table["earlier"], table["later"], strict=True))
    assert pairs == {(1, 2), (1, 3), (2, 3)}
    assert set(table.loc[table["measure"] == "rank", "n"]) == {scores[0].size}
    assert set(table.loc[table["measure"] == "own share", "n"]) == {scores.sizes["test"]}


@pytest.mark.slow
def test_ranks_are_compared_within_each_test_example(scores: xr.DataArray) -> None:
    """Shifting and scaling one test example's scores changes nothing."""
    moved = scores.copy()
    moved[:, 2] = moved[:, 2] * 10 + 7
    pd.testing.assert_frame_equal(
        wilcoxon_between_epochs(moved, 5), wilcoxon_between_epochs(scores, 5)
    )


@pytest.mark.slow
def test_the_rank_test_equals_scipy_on_the_paired_ranks(scores: xr.DataArray) -> None:
    first, second = (
        np.concatenate([rankdata(row) for row in scores.sel(checkpoint=e).values]) for e in (1, 2)
    )
    expected = wilcoxon(second, first)
    row = wilcoxon_between_epochs(scores, 5).query("measure == 'rank'").iloc[0]
    assert row["p"] == pytest.approx(expected.pvalue)
    assert row["statistic"] == pytest.approx(expected.statistic)


@pytest.mark.slow
def test_effect_is_one_where_every_test_example_rises(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, epochs=2, own=0)
    own = (scores["test_lang"] == scores["train_lang"]).transpose("test", "train").values
    scores[0] -= 100 * own
    scores[1] += 100 * own
    table = wilcoxon_between_epochs(scores, 5).set_index(["measure", "role"])
    assert table.loc[("own share", "proponents"), "effect"].item() == 1
    assert table.loc[("own share", "opponents"), "effect"].item() == -1
    assert table.loc[("own share", "proponents"), "p"].item() < 0.001


def test_epochs_without_a_difference_have_p_one_and_no_effect(scores: xr.DataArray) -> None:
    still = xr.concat([scores[0]] * 2, dim="checkpoint").assign_coords(checkpoint=[1, 2])
    table = wilcoxon_between_epochs(still, 5)
    assert (table["p"] == 1).all() and (table["p_holm"] == 1).all()
    assert (table["effect"] == 0).all()


@pytest.mark.slow
def test_holm_never_lowers_p_and_multiplies_the_smallest(scores: xr.DataArray) -> None:
    for _, family in wilcoxon_between_epochs(scores, 5).groupby(["measure", "role"]):
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
        wilcoxon_between_epochs(scores.sum("checkpoint"), 5)
