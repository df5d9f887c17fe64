"""Train again on parts of the training data: what then becomes of each test's margin.

Random halves show whether the scores predict what a change of the training data does (the linear
datamodeling score, Park et al. 2023). Leaving out a language shows what it was worth to each test
language, which is how its share of the lists is read.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from tqdm import tqdm

from xlshare.study.names import without
from xlshare.study.parameters import Study
from xlshare.training.interventions import of_shard, retrained

STAGE = "11_counterfactual"
SURE = 1e-6  # how near to 0 and 1 a probability may come, so that its margin is finite


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
        without(f"fold-{number + 1}"): set(ids[fold != number]) for number in range(len(languages))
    }


def margins(
    study: Study, kept: Mapping[str, set[str]], examples: pd.DataFrame, tests: pd.DataFrame
) -> pd.DataFrame:
    """Train on each subset, with each of `counterfactual.seeds` seeds; a shard does its part.

    Training ends at the epoch of the full run, on its learning rates, so that models can be
    compared.

    Args:
        study: gives the seeds and the shard.
        kept: the training examples of each subset, by its name.
        examples: the study's, of all splits.
        tests: the test examples whose margins are measured.

    Returns:
        One row per subset, seed and test, with columns subset, model_seed, test and margin: the
        log-odds of the right answer (Park et al. 2023, Section 3).
    """
    seeds = range(study.seed, study.seed + study.counterfactual.seeds)
    jobs = [(name, seed) for name in kept for seed in seeds]
    tables = []
    for name, seed in tqdm(of_shard(study, jobs), desc=f"{study.task} subsets", mininterval=1):
        left = examples[(examples["split"] != "train") | examples["id"].isin(kept[name])]
        variant = f"counterfactual/{name}-seed-{seed}"
        found = retrained(study, STAGE, variant, left, tests, seed=seed)
        right = found["confidence"].astype(float).clip(SURE, 1 - SURE)
        facts = {"subset": name, "model_seed": seed, "test": found["id"]}
        tables.append(pd.DataFrame(facts | {"margin": np.log(right / (1 - right))}))
    return pd.concat(tables, ignore_index=True)
