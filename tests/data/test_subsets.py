"""Parts of the training data to train on."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from made_up_scores import LANGUAGES, training_set

from xlshare.data.subsets import languages_left_out, random_halves

TRAIN = training_set(groups=24)


def test_each_half_is_followed_by_the_other() -> None:
    halves = list(random_halves(TRAIN, 5, seed=1).values())
    assert len(halves) == 6
    for one, other in zip(halves[::2], halves[1::2]):
        assert not one & other and one | other == set(TRAIN["id"]) and len(one) == len(other)
    assert len({frozenset(half) for half in halves}) == 6


def test_the_same_seed_draws_the_same(seed: int = 3) -> None:
    assert random_halves(TRAIN, 4, seed) == random_halves(TRAIN, 4, seed)
    assert random_halves(TRAIN, 4, seed) != random_halves(TRAIN, 4, seed + 1)
    assert languages_left_out(TRAIN, seed) == languages_left_out(TRAIN, seed)


def test_a_language_and_a_fold_are_left_out_whole() -> None:
    kept = languages_left_out(TRAIN, seed=1)
    assert list(kept) == [f"without-{lang}" for lang in LANGUAGES] + [
        f"random-fold-{number}" for number in (1, 2, 3)
    ]
    for lang in LANGUAGES:
        assert kept[f"without-{lang}"] == set(TRAIN["id"][TRAIN["lang"] != lang])


def test_folds_have_a_languages_size_and_the_wholes_mix() -> None:
    kept = languages_left_out(TRAIN, seed=1)
    folds = [set(TRAIN["id"]) - kept[f"random-fold-{number}"] for number in (1, 2, 3)]
    assert set.union(*folds) == set(TRAIN["id"]) and sum(map(len, folds)) == len(TRAIN)
    kinds = TRAIN.set_index("id")[["lang", "label"]].apply(tuple, axis=1)
    whole = Counter(kinds)
    for fold in folds:
        assert len(fold) == pytest.approx(len(TRAIN) / 3, abs=len(whole))
        for kind, count in Counter(kinds[sorted(fold)]).items():
            assert abs(count - whole[kind] / 3) < 1


def test_rows_in_any_order_give_folds_of_the_same_mix() -> None:
    mixed = TRAIN.sample(frac=1, random_state=0)
    kept = languages_left_out(mixed, seed=1)
    fold = mixed[~mixed["id"].isin(kept["random-fold-2"])]
    counts = pd.crosstab(fold["lang"], fold["label"])
    assert (counts.max() - counts.min()).max() == 0
