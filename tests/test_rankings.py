"""Top lists and language shares, against plain oracles."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import LANGUAGES, made_up_scores, training_set

from xlshare.composition import concentration, hangul_share, is_hangul, same_label_share
from xlshare.distributions import average_scores, histogram_by_label, score_histogram
from xlshare.intervals import ratios
from xlshare.rankings import (
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
def test_ties_go_to_the_earlier_training_example(scores: xr.DataArray, sign: str) -> None:
    top = top_examples(xr.zeros_like(scores), 4, sign)
    assert top["train"].tolist() == scores["train"].values[:4].tolist() * scores.sizes["test"]


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


def test_average_scores_equal_plain_means(scores: xr.DataArray) -> None:
    frame = scores.to_dataframe("score").reset_index()
    means = frame.groupby(["test_lang", "train_lang"])["score"].mean()
    table = average_scores(scores).set_index(["test_lang", "train_lang"])
    assert table["mean"].to_dict() == pytest.approx(means.to_dict(), abs=1e-6)
    assert ((table["low"] <= table["mean"]) & (table["mean"] <= table["high"])).all()


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


def test_concentration_tells_one_outlier_from_many(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, own=0)
    outlier = scores.copy()
    outlier[:, -1] = 99
    even, lopsided = (concentration(top_examples(s, 1)).iloc[0] for s in (scores, outlier))
    assert lopsided["distinct"] == 1 < even["distinct"]
    assert lopsided["train_lang"] == "ko" and lopsided["train_lang_share"] == 1
    assert lopsided["slots"] == scores.sizes["test"]


def test_concentration_counts_the_ten_most_frequent(scores: xr.DataArray) -> None:
    top = top_examples(scores, 12)
    row = concentration(top).iloc[0]
    counts = sorted((sum(top["train"] == t) for t in set(top["train"])), reverse=True)
    assert row["top_10_share"] == pytest.approx(sum(counts[:10]) / len(top))
    assert row["distinct"] == len(counts)


def test_same_label_share_and_its_chance(scores: xr.DataArray, train: pd.DataFrame) -> None:
    top = top_examples(scores, 6)
    table = same_label_share(top, train["label"]).set_index("test_lang")
    for lang in LANGUAGES:
        lists = top[top["test_lang"] == lang]
        assert table.loc[lang, "share"] == (lists["train_label"] == lists["test_label"]).mean()
    # labels: a third is 1; half of the test examples have it
    assert table["chance"].to_numpy() == pytest.approx((1 / 3 + 2 / 3) / 2)
    assert same_label_share(top)["chance"].isna().all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("나는 2019년에 왔다!", True),
        ("나는 Juan의 아들", False),
        ("漢字를 쓴다", False),
        ("1999 — 2000.", False),
        ("é", False),
        ("\u1112\u1161\u11ab", True),  # a syllable in its three jamo
    ],
)
def test_only_letters_decide_whether_a_text_is_hangul(text: str, expected: bool) -> None:
    assert is_hangul(text) is expected


def test_hangul_share_by_who_retrieved(scores: xr.DataArray, train: pd.DataFrame) -> None:
    texts = ["한국 사람", "Juan 사람"]
    examples = train.assign(split="train", text_a="사람")
    examples["text_b"] = [texts[g % 2] for g in range(len(train))]
    top = top_of_both_signs(scores, 12)
    table = hangul_share(top, examples).set_index(["sign", "tests"])
    pure = set(examples.loc[(examples["lang"] == "ko") & (examples["text_b"] == texts[0]), "id"])
    for sign in ("positive", "negative"):
        korean = top[(top["train_lang"] == "ko") & (top["sign"] == sign)]
        other = korean[korean["test_lang"] != "ko"]
        for tests, part in (("all", korean), ("other", other)):
            row = table.loc[(sign, tests)]
            assert row["retrieved"] == len(part) > 0
            assert row["count"] == part["train"].isin(pure).sum()
            assert row["share"] == pytest.approx(row["count"] / row["retrieved"])
    assert (table["chance"] == 0.5).all()


def test_hangul_share_without_korean_is_empty() -> None:
    train = training_set(languages=("en", "de"))
    top = top_examples(made_up_scores(train, languages=("en", "de")), 3)
    table = hangul_share(top, train.assign(split="train", text_a="a", text_b=None))
    assert table.empty and "share" in table


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
    even_lists = ratios(np.full((10, 1), 50), np.full((10, 1), 100)).iloc[0]
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


def test_the_tables_never_import_torch() -> None:
    modules = "rankings distributions composition overlap dynamics baselines".split()
    imports = "; ".join(f"import xlshare.{module}" for module in modules)
    code = f"{imports}; import sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
