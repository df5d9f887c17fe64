"""Averages and histograms of scores."""

from __future__ import annotations

import pandas as pd
import pytest
import xarray as xr
from made_up_scores import made_up_scores, training_set

from xlshare.analysis.distributions import (
    average_scores,
    histogram_by_label,
    score_histogram,
    scores_by_epoch,
)
from xlshare.analysis.estimates import estimate


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train)


def test_average_scores_equal_plain_means(scores: xr.DataArray) -> None:
    frame = scores.to_dataframe("score").reset_index()
    means = frame.groupby(["test_lang", "train_lang"])["score"].mean()
    table = estimate(average_scores(scores), ["test_lang", "train_lang"])
    table = table.set_index(["test_lang", "train_lang"])
    assert table["value"].to_dict() == pytest.approx(means.to_dict(), abs=1e-6)
    assert ((table["low"] < table["value"]) & (table["value"] < table["high"])).all()


def test_mean_scores_of_each_epoch_equal_plain_means(scores: xr.DataArray) -> None:
    epochs = xr.concat([scores, -scores, 2 * scores], "checkpoint")
    table = estimate(scores_by_epoch(epochs), ["epoch"]).set_index("epoch")["value"]
    mean = float(scores.values.mean())
    assert table.to_dict() == pytest.approx({1: mean, 2: -mean, 3: 2 * mean}, abs=1e-6)


@pytest.mark.parametrize("shift", [0.0, 50.0, -50.0])
def test_histograms_keep_every_score_on_its_side_of_zero(
    scores: xr.DataArray, shift: float
) -> None:
    scores = scores + shift
    table = score_histogram(scores, bins=11)
    assert table["count"].sum() == scores.size
    assert (table["left"] < table["right"]).all()
    assert not ((table["left"] < 0) & (table["right"] > 0)).any()
    assert table.loc[table["right"] <= 0, "count"].sum() == int((scores < 0).sum())
    assert len(table.groupby(["test_lang", "train_lang"])) == 9
    assert table.groupby(["test_lang", "train_lang"])["left"].nunique().between(11, 13).all()


def test_histograms_by_label_split_the_same_scores(scores: xr.DataArray) -> None:
    table = histogram_by_label(scores, bins=11)
    whole = score_histogram(scores, bins=11).groupby("left")["count"].sum()
    assert table.groupby("left")["count"].sum().tolist() == whole.tolist()
    same = (scores["test_label"] == scores["train_label"]).sum().item()
    assert table.groupby("labels")["count"].sum().to_dict() == {
        "same": same,
        "different": scores.size - same,
    }


def test_a_histogram_of_equal_scores_has_one_full_bin(scores: xr.DataArray) -> None:
    table = score_histogram(xr.zeros_like(scores))
    assert table["count"].sum() == scores.size
    assert (table[table["count"] > 0]["left"] == 0).all()
