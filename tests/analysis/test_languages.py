"""Whose examples fill the lists: counts against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import LANGUAGES, made_up_scores, training_set

from xlshare.analysis.counts import own
from xlshare.analysis.estimates import estimate
from xlshare.analysis.languages import (
    language_shares,
    list_lengths,
    own_share_by_k,
    shares_by_epoch,
)
from xlshare.analysis.rankings import top_examples, top_lists
from xlshare.study.names import ROLES


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train)


def listed(scores: xr.DataArray, test: str, role: str, k: int) -> list[str]:
    """The languages in one test example's list, the slow and plain way."""
    sign = 1 if role == "proponents" else -1
    pairs = zip(sign * scores.sel(test=test).values, scores["train_lang"].values)
    return [lang for score, lang in sorted(pairs, key=lambda pair: -pair[0])[:k] if score > 0]


def test_language_shares_count_places(scores: xr.DataArray, train: pd.DataFrame) -> None:
    counts = language_shares(top_lists(scores, 20), train["lang"])
    assert len(counts) == 2 * scores.sizes["test"] * len(LANGUAGES)
    for row in counts.itertuples():
        languages = listed(scores, row.test, row.role, 20)
        assert row.numerator == languages.count(row.train_lang)
        assert row.denominator == len(languages) and row.expected == pytest.approx(1 / 3)
        assert row.test.endswith(row.test_lang)
        assert row.content == str(scores["test_group"].sel(test=row.test).item())


def test_chance_is_the_part_of_the_training_set(scores: xr.DataArray) -> None:
    lopsided = ["en"] * 30 + ["de"] * 10 + ["ko"] * 20
    table = estimate(language_shares(top_examples(scores, 6), lopsided), ["train_lang"])
    assert dict(zip(table["train_lang"], table["expected"], strict=True)) == pytest.approx(
        {"en": 1 / 2, "de": 1 / 6, "ko": 1 / 3}
    )


def test_a_language_that_is_never_retrieved_has_rows(train: pd.DataFrame) -> None:
    counts = language_shares(top_examples(made_up_scores(train, own=100), 6), train["lang"])
    assert (own(counts)["numerator"] == 6).all()
    others = counts[counts["test_lang"] != counts["train_lang"]]
    assert len(others) == 24 and (others["numerator"] == 0).all()


def test_a_list_of_another_training_set_is_refused(scores: xr.DataArray) -> None:
    with pytest.raises(ValueError, match="ko"):
        language_shares(top_examples(scores, 30), ["en", "de"])


def test_own_places_for_every_size_equal_a_plain_count(scores: xr.DataArray) -> None:
    counts = own_share_by_k(scores, [8, 1, 3, 36])
    assert sorted(counts["k"].unique()) == [1, 3, 8, 36]
    assert len(counts) == 2 * 4 * scores.sizes["test"]
    for row in counts.itertuples():
        languages = listed(scores, row.test, row.role, row.k)
        assert row.numerator == languages.count(row.test_lang)
        assert row.denominator == len(languages) and row.expected == pytest.approx(1 / 3)


def test_lengths_are_how_many_scores_have_the_sign(scores: xr.DataArray) -> None:
    counts = list_lengths(scores - 1.5, 20).set_index(["role", "test"])["numerator"]
    for role in ROLES:
        for test in scores["test"].values:
            assert counts[role, test] == len(listed(scores - 1.5, test, role, 20))
    assert counts["proponents"].mean() < counts["opponents"].mean() == 20


def test_each_epoch_has_the_shares_of_its_own_scores(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, epochs=3)
    table = shares_by_epoch(scores, 5)
    for epoch in (1, 2, 3):
        expected = language_shares(top_lists(scores.sel(checkpoint=epoch), 5), train["lang"])
        found = table[table["epoch"] == epoch].drop(columns="epoch").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)
    with pytest.raises(ValueError, match="before summing"):
        shares_by_epoch(scores.sum("checkpoint"), 5)


def test_where_no_score_is_negative_there_are_no_opponents(scores: xr.DataArray) -> None:
    positive = abs(scores) + 1
    counts = own_share_by_k(positive, [5])
    opponents = counts[counts["role"] == "opponents"]
    assert (opponents["denominator"] == 0).all()
    assert estimate(opponents, ["test_lang"])["value"].isna().all()
    assert np.isfinite(estimate(counts, ["role"])["value"]).sum() == 1
