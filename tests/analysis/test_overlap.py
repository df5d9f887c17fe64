"""Translations among retrieved examples, against plain loops and against simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import made_up_scores, training_set

from xlshare.analysis.estimates import estimate
from xlshare.analysis.overlap import require_translations, returned, translations
from xlshare.analysis.rankings import top_examples, top_lists
from xlshare.study.names import ROLES
from xlshare.study.parameters import Study

K = 9


@pytest.fixture
def train() -> pd.DataFrame:
    """Parallel but for some contents that stand in one or two languages only."""
    train = training_set(groups=14)
    gaps = (train["lang"] != "ko") & train["group"].isin([f"train-{g}" for g in range(4)])
    return train[~gaps | (train["lang"] == "de") & (train["group"] == "train-3")]


@pytest.fixture
def scores(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train, own=0.3)


def reinforcement(top: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """Places, hits and shares by language and role."""
    return summed_up(translations(top, train), ["test_lang", "role"])


def recovered(*words: object) -> pd.DataFrame:
    """The same of what returns without a language."""
    return summed_up(returned(*words), ["role", "what"])


def summed_up(counts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    sums = counts.groupby(keys, sort=False)[["numerator", "denominator"]].sum().reset_index()
    return estimate(counts, keys).merge(sums, on=keys)


def _hits_of_random_lists(places: pd.DataFrame, pool: pd.DataFrame, hit: pd.Series) -> np.ndarray:
    """Hits in each of 1000 lists with as many examples of each label as `places`, from the pool."""
    rng = np.random.default_rng(len(places))
    hits = np.zeros(1000)
    for label, count in places["train_label"].value_counts().items():
        deck = np.tile(hit[pool["label"] == label].to_numpy(), (1000, 1))
        hits += rng.permuted(deck, axis=1)[:, :count].sum(axis=1)
    return hits


def test_reinforcement_equals_a_plain_count(scores: xr.DataArray, train: pd.DataFrame) -> None:
    top = top_lists(scores, K)
    table = reinforcement(top, train).set_index(["test_lang", "role"])
    for (lang, role), row in table.iterrows():
        cross = translations = 0
        for _, places in top[(top["test_lang"] == lang) & (top["role"] == role)].groupby("test"):
            own = {p.train_group for p in places.itertuples() if p.train_lang == lang}
            others = [p.train_group for p in places.itertuples() if p.train_lang != lang]
            cross += len(others)
            translations += sum(group in own for group in others)
        assert (row["denominator"], row["numerator"]) == (cross, translations)
        assert row["value"] == pytest.approx(translations / cross)
        assert row["low"] <= row["value"] <= row["high"]


def test_chance_equals_random_cross_language_examples_with_the_same_labels(
    scores: xr.DataArray, train: pd.DataFrame
) -> None:
    top = top_examples(scores, K)
    table = reinforcement(top, train).set_index("test_lang")
    for lang in table.index:
        hits, pool = np.zeros(1000), train[train["lang"] != lang]
        for _, places in top[top["test_lang"] == lang].groupby("test"):
            own = places["train_lang"] == lang
            translations = pool["group"].isin(set(places.loc[own, "train_group"]))
            hits += _hits_of_random_lists(places[~own], pool, translations)
        simulated = hits.mean() / table.loc[lang, "denominator"]
        assert table.loc[lang, "expected"] == pytest.approx(simulated, abs=0.015)


def test_chance_knows_labels(train: pd.DataFrame) -> None:
    """All own examples of label 1, all others of label 0: no random draw can hit."""
    scores = made_up_scores(train, tests=2, languages=("en",), own=0)
    wanted = (train["lang"] == "en") == (train["label"] == 1)
    top = top_examples(scores + 100 * wanted.to_numpy(), K)
    row = reinforcement(top, train).iloc[0]
    assert row["denominator"] > 0 and row["expected"] == 0


def test_translations_only_gives_a_share_of_one(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, own=0)
    same_group = train["group"].isin(["train-7", "train-4"]).to_numpy()
    row = reinforcement(top_examples(scores + 100 * same_group, 6), train)
    assert (row["value"] == 1).all() and (row["high"] == 1).all() and (row["expected"] < 1).all()


def test_own_examples_of_another_test_example_do_not_count(train: pd.DataFrame) -> None:
    """Reinforcement is within one test example's list, not within a language's pooled lists."""
    scores = xr.zeros_like(made_up_scores(train, tests=2, languages=("en",)))
    scores.loc["test-0-en", ["train-5-en", "train-6-de"]] = 1
    scores.loc["test-1-en", ["train-6-en", "train-5-de"]] = 1
    row = reinforcement(top_examples(scores, 2), train).iloc[0]
    assert (row["denominator"], row["numerator"]) == (2, 0)


def test_lists_without_other_languages_have_no_share(train: pd.DataFrame) -> None:
    table = reinforcement(top_examples(made_up_scores(train, own=100), 3), train)
    assert (table["denominator"] == 0).all() and table[["value", "low"]].isna().all(axis=None)


def test_data_that_are_not_parallel_are_refused(scores: xr.DataArray, train: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="parallel"):
        reinforcement(top_examples(scores, K), train.assign(group=train["id"]))


def test_a_training_set_that_lacks_a_retrieved_example_is_refused(
    scores: xr.DataArray, train: pd.DataFrame
) -> None:
    with pytest.raises(ValueError, match="train-0-ko"):
        reinforcement(top_examples(scores, len(train)), train[train["id"] != "train-0-ko"])


@pytest.fixture
def without_korean(train: pd.DataFrame) -> xr.DataArray:
    return made_up_scores(train[train["lang"] != "ko"], own=0.3, seed=5)


def test_recovered_equals_a_plain_count(
    scores: xr.DataArray, without_korean: xr.DataArray, train: pd.DataFrame
) -> None:
    full, zero_shot = top_lists(scores, K), top_lists(without_korean, K)
    table = recovered(full, zero_shot, "ko", train).set_index(["role", "what"])
    for role in ROLES:
        translations = same = drawn = 0
        for test in [t for t in scores["test"].values if t.endswith("ko")]:
            before, after = (
                top[(top["test"] == test) & (top["role"] == role)] for top in (full, zero_shot)
            )
            own = set(before.loc[before["train_lang"] == "ko", "train_group"])
            others = set(before.loc[before["train_lang"] != "ko", "train"])
            drawn += len(after)
            translations += sum(group in own for group in after["train_group"])
            same += sum(example in others for example in after["train"])
        for what, count in (("translations", translations), ("same examples", same)):
            row = table.loc[(role, what)]
            assert (row["denominator"], row["numerator"]) == (drawn, count)
            assert row["value"] == pytest.approx(count / drawn)


def test_recovered_chance_equals_random_zero_shot_lists(
    scores: xr.DataArray, without_korean: xr.DataArray, train: pd.DataFrame
) -> None:
    full, zero_shot = top_examples(scores, K), top_examples(without_korean, K)
    table = recovered(full, zero_shot, "ko", train).set_index("what")
    pool = train[train["lang"] != "ko"]
    hits = {"translations": np.zeros(1000), "same examples": np.zeros(1000)}
    for test, places in zero_shot[zero_shot["test_lang"] == "ko"].groupby("test"):
        before = full[full["test"] == test]
        own = before["train_lang"] == "ko"
        translations = pool["group"].isin(set(before.loc[own, "train_group"]))
        same = pool["id"].isin(set(before.loc[~own, "train"]))
        hits["translations"] += _hits_of_random_lists(places, pool, translations)
        hits["same examples"] += _hits_of_random_lists(places, pool, same)
    for what, counts in hits.items():
        simulated = counts.mean() / table.loc[what, "denominator"]
        assert table.loc[what, "expected"] == pytest.approx(simulated, abs=0.015)


def test_a_zero_shot_model_that_ranks_as_before_recovers_all_others(
    scores: xr.DataArray, train: pd.DataFrame
) -> None:
    scores = scores + 10  # so that no list ends before k
    full = top_examples(scores, len(train))
    zero_shot = top_examples(scores.sel(train=scores["train_lang"] != "ko"), K)
    table = recovered(full, zero_shot, "ko", train)
    assert (table["value"] == 1).all() and (table["expected"] == 1).all()


def test_zero_shot_lists_must_fit_the_full_models(
    scores: xr.DataArray, without_korean: xr.DataArray, train: pd.DataFrame
) -> None:
    full, zero_shot = top_examples(scores, K), top_examples(without_korean, K)
    with pytest.raises(ValueError, match="zero-shot lists hold examples in 'ko'"):
        recovered(full, full, "ko", train)
    with pytest.raises(ValueError, match="no list is of a test example in 'fr'"):
        recovered(full, zero_shot, "fr", train)
    with pytest.raises(ValueError, match="test-8-ko"):
        recovered(full[full["test"] != "test-8-ko"], zero_shot, "ko", train)


def test_a_task_without_translations_is_refused_before_any_data_is_read() -> None:
    require_translations(Study.of({"task": "pawsx"}))
    with pytest.raises(ValueError, match="'marc' has no translations.*xnli, pawsx"):
        require_translations(Study.of({"task": "marc"}))
