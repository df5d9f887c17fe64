"""Top lists and language shares, against plain oracles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import made_up_scores, training_set

from xlshare.analysis.rankings import ranked, summed, top_examples, top_lists


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train)


@pytest.mark.parametrize("role", ["proponents", "opponents"])
def test_top_examples_equal_a_plain_sort(scores: xr.DataArray, role: str) -> None:
    top = top_examples(scores, 5, role)
    for test in scores["test"].values:
        row = scores.sel(test=test).to_series().sort_values(ascending=role == "opponents")
        found = top[top["test"] == test]
        assert found["train"].tolist() == row.index[:5].tolist()
        assert found["rank"].tolist() == [1, 2, 3, 4, 5]
        assert np.array_equal(found["score"], row.iloc[:5])


def test_every_label_belongs_to_its_example(scores: xr.DataArray, train: pd.DataFrame) -> None:
    top = top_lists(scores, 7)
    of_train = train.set_index("id").loc[top["train"]]
    for column in ("lang", "group", "label"):
        assert top[f"train_{column}"].tolist() == of_train[column].tolist()
    of_test = scores["test"].sel(test=top["test"].to_numpy())
    assert top["test_lang"].tolist() == of_test["test_lang"].values.tolist()
    assert top["content"].tolist() == of_test["test_group"].values.tolist()
    assert top["test_label"].tolist() == of_test["test_label"].values.tolist()


@pytest.mark.parametrize("role", ["proponents", "opponents"])
def test_ties_go_to_the_earlier_training_example(role: str) -> None:
    scores = made_up_scores(training_set(groups=100), tests=1).round()  # a handful of values
    direction = -1 if role == "proponents" else 1
    for test in scores:
        order = sorted(range(test.size), key=lambda i: direction * test.values[i])
        order = [i for i in order[:200] if direction * test.values[i] < 0]
        top = top_examples(test.expand_dims("test"), 200, role)
        assert top["train"].tolist() == scores["train"].values[order].tolist()


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
    with pytest.raises(ValueError, match="role='up'.*proponents, opponents"):
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


@pytest.mark.parametrize("k", [1, 12, 36])
def test_lists_stop_where_the_sign_changes(scores: xr.DataArray, k: int) -> None:
    lists = top_lists(scores, k)
    assert (lists.loc[lists["role"] == "proponents", "score"] > 0).all()
    assert (lists.loc[lists["role"] == "opponents", "score"] < 0).all()
    for test in scores["test"].values:
        row, found = scores.sel(test=test).values, lists[lists["test"] == test]
        lengths = found["role"].value_counts().to_dict()
        assert lengths == {
            "proponents": min(k, (row > 0).sum()),
            "opponents": min(k, (row < 0).sum()),
        }


def test_a_score_of_zero_is_in_no_list_and_a_list_may_be_empty(scores: xr.DataArray) -> None:
    lists = top_lists(abs(scores).where(scores > 0, 0.0), 36)
    assert set(lists["role"]) == {"proponents"} and (lists["score"] > 0).all()
    order, lengths = ranked(abs(scores), 5, "opponents")
    assert order.shape == (scores.sizes["test"], 5) and not lengths.any()
