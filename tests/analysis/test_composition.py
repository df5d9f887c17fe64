"""What fills the top lists besides languages."""

from __future__ import annotations

import pandas as pd
import pytest
import xarray as xr
from made_up_scores import LANGUAGES, made_up_scores, training_set

from xlshare.analysis.composition import concentration, hangul_share, is_hangul, same_label_share
from xlshare.analysis.rankings import top_examples, top_of_both_signs


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train)


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
