"""What fills the top lists besides languages."""

from __future__ import annotations

import pandas as pd
import pytest
import xarray as xr
from made_up_scores import LANGUAGES, made_up_scores, training_set

from xlshare.analysis.composition import concentration, hangul, is_hangul, same_label
from xlshare.analysis.estimates import estimate
from xlshare.analysis.rankings import top_examples, top_lists


@pytest.fixture
def train() -> pd.DataFrame:
    return training_set()


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train)


def shares(top: pd.DataFrame) -> dict[str, float]:
    found = estimate(concentration(top), ["what"])
    return dict(zip(found["what"], found["value"]))


def test_concentration_tells_one_outlier_from_many(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, own=0)
    outlier = scores.copy()
    outlier[:, -1] = 99
    assert shares(top_examples(outlier, 1)) == {"ten examples": 1, "one language": 1}
    assert shares(top_examples(scores, 1))["one language"] < 1


def test_concentration_counts_the_ten_most_frequent(scores: xr.DataArray) -> None:
    top = top_examples(scores, 12)
    counts = sorted((sum(top["train"] == t) for t in set(top["train"])), reverse=True)
    assert shares(top)["ten examples"] == pytest.approx(sum(counts[:10]) / len(top))
    languages = [sum(top["train_lang"] == lang) for lang in LANGUAGES]
    assert shares(top)["one language"] == pytest.approx(max(languages) / len(top))


def test_same_labels_and_their_chance(scores: xr.DataArray, train: pd.DataFrame) -> None:
    top = top_examples(scores, 6)
    table = estimate(same_label(top, train["label"]), ["test_lang"]).set_index("test_lang")
    for lang in LANGUAGES:
        lists = top[top["test_lang"] == lang]
        assert table.loc[lang, "value"] == (lists["train_label"] == lists["test_label"]).mean()
    # labels: a third is 1; half of the test examples have it
    assert table["expected"].to_numpy() == pytest.approx((1 / 3 + 2 / 3) / 2)


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


def test_hangul_among_retrieved_korean_examples(scores: xr.DataArray, train: pd.DataFrame) -> None:
    texts = ["한국 사람", "Juan 사람"]
    examples = train.assign(split="train", text_a="사람")
    examples["text_b"] = [texts[g % 2] for g in range(len(train))]
    top = top_lists(scores, 12)
    counts = hangul(top, examples)
    pure = set(examples.loc[(examples["lang"] == "ko") & (examples["text_b"] == texts[0]), "id"])
    korean = top[top["train_lang"] == "ko"]
    assert len(counts) == len(korean.groupby(["role", "test"])) > 5
    for row in counts.itertuples():
        places = korean[(korean["role"] == row.role) & (korean["test"] == row.test)]
        assert row.denominator == len(places) and row.expected == 0.5
        assert row.numerator == sum(example in pure for example in places["train"])


def test_hangul_without_korean_is_empty() -> None:
    train = training_set(languages=("en", "de"))
    top = top_examples(made_up_scores(train, languages=("en", "de")), 3)
    counts = hangul(top, train.assign(split="train", text_a="a", text_b=None))
    assert counts.empty and "numerator" in counts
    assert estimate(counts)["value"].isna().all()
