"""Effects of training on parts of the data, and how well scores predict them, by plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import LANGUAGES, made_up_scores, training_set
from scipy import stats

from xlshare.analysis import subset_effects
from xlshare.analysis.estimates import estimate
from xlshare.analysis.languages import language_shares
from xlshare.analysis.rankings import top_lists
from xlshare.study.names import without, without_fold

SEEDS = (1, 2)


@pytest.fixture(scope="module")
def scores() -> xr.DataArray:
    return made_up_scores(training_set())


def made_up_margins(scores: xr.DataArray, kept: dict[str, set[str]]) -> pd.DataFrame:
    """Margins that are the sum of scores and noise, with each of two seeds."""
    rng = np.random.default_rng(3)
    rows = [
        {
            "subset": name,
            "model_seed": seed,
            "test": test,
            "margin": scores.sel(test=test, train=sorted(ids)).sum().item() + rng.normal(),
        }
        for name, ids in kept.items()
        for seed in SEEDS
        for test in scores["test"].values
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)  # their order does not matter


@pytest.fixture(scope="module")
def halves(scores: xr.DataArray) -> dict[str, set[str]]:
    rng, ids = np.random.default_rng(0), scores["train"].values
    return {f"half-{n}": set(rng.choice(ids, len(ids) // 2, replace=False)) for n in range(12)}


@pytest.fixture(scope="module")
def left_out(scores: xr.DataArray) -> dict[str, set[str]]:
    ids, langs = scores["train"].values, scores["train_lang"].values
    kept = {without(lang): set(ids[langs != lang]) for lang in LANGUAGES}
    folds = {without_fold(n): set(np.delete(ids, slice(n, None, 3))) for n in range(3)}
    return kept | folds


def test_lds_is_spearmans_correlation_over_subsets(
    scores: xr.DataArray, halves: dict[str, set[str]]
) -> None:
    margins = made_up_margins(scores, halves)
    counts = subset_effects.lds(scores, halves, margins).set_index("test")
    for test in scores["test"].values:
        mine = margins[margins["test"] == test].groupby("subset")["margin"].mean()
        sums = [scores.sel(test=test, train=sorted(halves[name])).sum().item() for name in halves]
        expected = stats.spearmanr(sums, [mine[name] for name in halves]).statistic
        assert counts["numerator"][test] == pytest.approx(expected)
    assert (counts["denominator"] == 1).all() and (counts["expected"] == 0).all()
    assert estimate(counts.reset_index().assign(seed=1))["value"].item() > 0.5


def test_what_never_changes_has_no_correlation(
    scores: xr.DataArray, halves: dict[str, set[str]]
) -> None:
    margins = made_up_margins(scores, halves).assign(margin=0.0)
    counts = subset_effects.lds(scores, halves, margins)
    assert (counts["denominator"] == 0).all() and (counts["numerator"] == 0).all()


def test_a_languages_effect_is_what_is_lost_without_it_beyond_random_examples(
    scores: xr.DataArray, left_out: dict[str, set[str]]
) -> None:
    margins = made_up_margins(scores, left_out)
    effects = subset_effects.language_effects(scores, margins)
    means = margins.groupby(["test", "subset"])["margin"].mean()
    assert len(effects) == scores.sizes["test"] * len(LANGUAGES)
    for row in effects.itertuples():
        control = np.mean([means[row.test, without_fold(n)] for n in range(3)])
        expected = control - means[row.test, without(str(row.train_lang))]
        assert row.numerator == pytest.approx(expected)
        assert row.test_lang == scores["test_lang"].sel(test=row.test).item()


def test_predictions_agree_with_effects_as_spearman_says(
    scores: xr.DataArray, left_out: dict[str, set[str]]
) -> None:
    effects = subset_effects.language_effects(scores, made_up_margins(scores, left_out))
    sums = subset_effects.language_scores(scores)
    first = scores["test"].values[0]
    of_first = sums[sums["test"] == first].set_index("train_lang")["numerator"]
    plain = pd.Series(
        {
            lang: scores.sel(test=first)[scores["train_lang"].values == lang].sum().item()
            for lang in LANGUAGES
        }
    )
    assert of_first.to_dict() == pytest.approx((plain - plain.mean()).to_dict(), abs=1e-5)
    found = subset_effects.agreement(effects, sums).set_index("test")
    for test in scores["test"].values:
        both = [t[t["test"] == test].set_index("train_lang")["numerator"] for t in (effects, sums)]
        expected = stats.spearmanr(both[0], both[1].loc[both[0].index]).statistic
        assert found["numerator"][test] == pytest.approx(expected)


def test_shares_of_lists_predict_too_where_there_is_a_list(
    scores: xr.DataArray, left_out: dict[str, set[str]]
) -> None:
    effects = subset_effects.language_effects(scores, made_up_margins(scores, left_out))
    shares = language_shares(top_lists(scores, 6), scores["train_lang"].values)
    proponents = shares[
        (shares["role"] == "proponents") & (shares["test"] != shares["test"].iloc[0])
    ]
    places = subset_effects.language_places(proponents)
    sums = places.groupby("test")["numerator"].sum()
    assert sums.to_numpy() == pytest.approx(1)
    found = subset_effects.agreement(effects, places)
    assert set(found["test"]) == set(proponents["test"])
