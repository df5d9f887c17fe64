"""Train again on parts of the training data: what then becomes of each test's margin.

Random halves show whether the scores predict what a change of the training data does (the linear
datamodeling score, Park et al. 2023). Leaving out a language shows what it was worth to each test
language, which is how its share of the lists is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
import pandas as pd
from tqdm import tqdm

from xlshare.study.parameters import Study
from xlshare.training.interventions import of_shard, retrained

STAGE = "11_counterfactual"
SURE = 1e-6  # how near to 0 and 1 a probability may come, so that its margin is finite


def after_training(
    study: Study, kept: Mapping[str, Set[str]], examples: pd.DataFrame, tests: pd.DataFrame
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
        One row per subset, seed and test, with columns subset, model_seed, test and margin, the
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
