"""Names and sizes that several packages need, typed once."""

from __future__ import annotations

import numpy as np

PROPONENTS, OPPONENTS = ROLES = ("proponents", "opponents")
FOLD = "random-fold"
WITH_PLANTS = "planted"  # the variant of a run that is trained on planted truths

# The measures that each stage counts test example by test example; saved as tables counts_<name>.
COUNTED = {
    "01_finetune": ("accuracy",),
    "03_quality": ("confidence",),
    "04_language_shares": (
        "language_shares",
        "list_lengths",
        "own_share_by_k",
        "average_scores",
        "concentration",
        "labels",
        "hangul",
    ),
    "05_reinforcement": ("translations",),
    "06_dynamics": ("shares_by_epoch", "scores_by_epoch"),
    "07_zero_shot": ("zero_shot_shares", "returned", "zero_shot_accuracy"),
    "08_imbalance": ("imbalance_shares",),
    "10_planted": (
        "planted_noise",
        "planted_copy",
        "planted_shares",
        "planted_cue",
        "planted_confidence",
    ),
    "11_counterfactual": (
        "lds",
        "language_effects",
        "agreement",
        "own_share_by_score",
        "same_label_by_score",
    ),
}


def counts_table(measure: str) -> str:
    """The table that holds a measure's counts."""
    return f"counts_{measure}"


def without(lang: str) -> str:
    """The variant of a run that is trained without a language (Section 8.3)."""
    return f"without-{lang}"


def without_fold(number: int) -> str:
    """The variant that is trained without a random part of the data; no language is called so."""
    return f"{FOLD}-{number}"


def with_more(lang: str, percent: int) -> str:
    """The variant of a run that is trained with `percent` % more of a language (Section 8.4)."""
    return f"more-{lang}-{percent}"


def control_of(removed: str) -> str:
    """The control of a removed set: random examples of the same labels and languages."""
    return f"random like {removed}"


def list_sizes(train_size: int) -> list[int]:
    """The lengths of lists, up to the whole training set, that shares are computed for."""
    return np.unique(np.geomspace(1, train_size, 16).round().astype(int)).tolist()
