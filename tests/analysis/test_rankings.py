"""Top lists and language shares, against plain oracles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import LANGUAGES, made_up_scores, training_set

from xlshare.analysis.rankings import (
    language_shares,
    own_share_curve,
    summed,
    top_examples,
    top_of_both_signs,
)


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train)


@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_top_examples_equal_a_plain_sort(scores: xr.DataArray, sign: str) -> None:
    top = top_examples(scores, 5, sign)
    for test in scores["test"].values:
        row = scores.sel(test=test).to_series().sort_values(ascending=sign == "negative")
        found = top[top["test"] == test]
        assert found["train"].tolist() == row.index[:5].tolist()
        assert found["rank"].tolist() == [1, 2, 3, 4, 5]
        assert np.array_equal(found["score"], row.iloc[:5])


def test_every_label_belongs_to_its_example(scores: xr.DataArray, train: pd.DataFrame) -> None:
    top = top_of_both_signs(scores, 7)
    of_train = train.set_index("id").loc[top["train"]]
    for column in ("lang", "group", "label"):
        assert top[f"train_{column}"].tolist() == of_train[column].tolist()
    of_test = scores["test"].sel(test=top["test"].to_numpy())
    assert top["test_lang"].tolist() == of_test["test_lang"].values.tolist()
    assert top["test_label"].tolist() == of_test["test_label"].values.tolist()


@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_ties_go_to_the_earlier_training_example(sign: str) -> None:
    scores = made_up_scores(training_set(groups=100), tests=1).round()  # a handful of values
    direction = -1 if sign == "positive" else 1
    for test in scores:
        order = sorted(range(test.size), key=lambda i: direction * test.values[i])
        top = top_examples(test.expand_dims("test"), 200, sign)
        assert top["train"].tolist() == scores["train"].values[order[:200]].tolist()


def test_a_single_test_example_has_the_same_list_as_among_many(scores: xr.DataArray) -> None:
    test = scores["test"].values[3]
    alone = top_examples(scores.sel(test=test).expand_dims("test"), 4)
    among = top_examples(scores, 4).query("test == @test").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among)


def test_checkpoints_are_summed_and_dims_may_stand_in_any_order(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, epochs=3)
    expected = top_examples(scores.sum("checkpoint"), 5)
    pd.testing.assert_frame_equal(top_examples(scores.transpose(), 5), expected)


@pytest.mark.parametrize("k", [0, 37])
def test_k_outside_the_training_set_is_refused(scores: xr.DataArray, k: int) -> None:
    with pytest.raises(ValueError, match=f"k={k}.*36"):
        top_examples(scores, k)


def test_bad_scores_are_refused_by_name(scores: xr.DataArray) -> None:
    with pytest.raises(ValueError, match="sign='up'.*positive, negative"):
        top_examples(scores, 3, "up")
    with pytest.raises(ValueError, match="train_group"):
        top_examples(scores.drop_vars("train_group"), 3)
    with pytest.raises(ValueError, match="dims"):
        summed(scores.rename(train="example"))
    broken = scores.copy()
    broken[1, 2] = np.nan
    with pytest.raises(ValueError, match="test-1-en.*train-2-en"):
        top_examples(broken, 3)


def test_a_score_missing_at_one_checkpoint_is_not_summed_over(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, epochs=2)
    scores[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        summed(scores)


def test_language_shares_count_places(scores: xr.DataArray, train: pd.DataFrame) -> None:
    top = top_of_both_signs(scores, 6)
    table = language_shares(top, train["lang"])
    assert len(table) == 2 * len(LANGUAGES) ** 2
    for row in table.itertuples():
        lists = top[(top["test_lang"] == row.test_lang) & (top["sign"] == row.sign)]
        assert row.count == (lists["train_lang"] == row.train_lang).sum()
        assert row.share == pytest.approx(row.count / len(lists))
        assert 0 <= row.low <= row.share <= row.high <= 1
    assert table.groupby(["test_lang", "sign"])["share"].sum().to_numpy() == pytest.approx(1)


def test_chance_is_the_part_of_the_training_set(scores: xr.DataArray, train: pd.DataFrame) -> None:
    lopsided = ["en"] * 30 + ["de"] * 10 + ["ko"] * 20
    table = language_shares(top_examples(scores, 6), lopsided)
    assert dict(zip(table["train_lang"], table["chance"], strict=True)) == pytest.approx(
        {"en": 1 / 2, "de": 1 / 6, "ko": 1 / 3}
    )


def test_a_language_that_is_never_retrieved_has_a_row(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, own=100)
    table = language_shares(top_examples(scores, 6), train["lang"])
    own = table["test_lang"] == table["train_lang"]
    assert (table.loc[own, "share"] == 1).all()
    assert (table.loc[~own, ["count", "share", "low", "high"]] == 0).all(axis=None)


def test_a_list_of_another_training_set_is_refused(scores: xr.DataArray) -> None:
    with pytest.raises(ValueError, match="ko"):
        language_shares(top_examples(scores, 30), ["en", "de"])


def test_the_curve_equals_the_shares_at_each_k(scores: xr.DataArray, train: pd.DataFrame) -> None:
    curve = own_share_curve(scores, [8, 1, 3], seed=4)
    assert sorted(curve["k"].unique()) == [1, 3, 8]
    for k in (1, 3, 8):
        shares = language_shares(top_of_both_signs(scores, k), train["lang"])
        own = shares[shares["test_lang"] == shares["train_lang"]]
        merged = own.merge(curve[curve["k"] == k], on=["sign", "test_lang"])
        assert len(merged) == 2 * len(LANGUAGES)
        assert merged["share_x"].to_numpy() == pytest.approx(merged["share_y"].to_numpy())
        overall = curve[(curve["k"] == k) & (curve["test_lang"] == "all")].set_index("sign")
        assert overall["share"].to_dict() == pytest.approx(
            own.groupby("sign")["share"].mean().to_dict()
        )
    assert curve["chance"].to_numpy() == pytest.approx(1 / 3)


def test_the_curve_ends_at_the_part_of_the_training_set(scores: xr.DataArray) -> None:
    whole = own_share_curve(scores, [scores.sizes["train"]])
    assert whole["share"].to_numpy() == pytest.approx(whole["chance"].to_numpy())
