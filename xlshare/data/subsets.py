"""Parts of the training data to train on: random halves, and all but a language."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlshare.study.names import without, without_fold


def random_halves(train: pd.DataFrame, count: int, seed: int) -> dict[str, set[str]]:
    """Random halves of the training examples, each followed by the other half.

    So over all subsets each example is in as often as out.

    Args:
        train: the training examples.
        count: how many subsets, rounded up to an even number.
        seed: of the drawing.

    Returns:
        The ids of the examples that each subset keeps, by its name.
    """
    rng, ids = np.random.default_rng(seed), train["id"].to_numpy()
    halves = {}
    for number in range(1, count + 1, 2):
        order = rng.permutation(len(ids))
        halves[f"half-{number:03}"] = set(ids[order[: len(ids) // 2]])
        halves[f"half-{number + 1:03}"] = set(ids[order[len(ids) // 2 :]])
    return halves


def languages_left_out(train: pd.DataFrame, seed: int) -> dict[str, set[str]]:
    """The training examples without each language and, as its control, without each random fold.

    There are as many folds as languages. Each has the whole's mix of languages and labels, and a
    language's size.

    Returns:
        The ids of the examples that are kept, by the name of what is left out.
    """
    languages, ids = train["lang"].unique(), train["id"]
    kept = {without(lang): set(ids[train["lang"] != lang]) for lang in languages}
    order = np.random.default_rng(seed).permutation(len(train))
    cells = train.iloc[order].groupby(["lang", "label"], sort=False).cumcount()
    fold = (cells % len(languages)).sort_index()
    return kept | {
        without_fold(number + 1): set(ids[fold != number]) for number in range(len(languages))
    }
