"""Top lists: which training examples influence a test example most (Section 5).

Proponents are the training examples with the highest positive scores, opponents those with the
lowest negative ones: a list of up to k stops where the sign of the scores changes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.study.names import OPPONENTS, PROPONENTS, ROLES

OF_TEST = {"test": "test", "content": "test_group", "test_lang": "test_lang"}
OF_TRAIN = ("train", "train_lang", "train_group", "train_label")
COORDINATES = ("test_lang", "test_group", "test_label", "train_lang", "train_group", "train_label")


def summed(scores: xr.DataArray) -> xr.DataArray:
    """Scores as (test, train): TracIn's sum over checkpoints where they are still apart (Eq. 2).

    Raises:
        ValueError: if a dimension is missing or unknown, or a score is not finite.
    """
    if "checkpoint" in scores.dims:
        scores = scores.sum("checkpoint", skipna=False)
    if set(scores.dims) != {"test", "train"}:
        raise ValueError(
            f"scores have dims {scores.dims}: give (test, train), with or without "
            "checkpoint before them"
        )
    scores = scores.transpose("test", "train").compute()  # read lazy scores once
    odd = np.argwhere(~np.isfinite(scores.values))
    if len(odd):
        test, train = scores["test"].values[odd[0][0]], scores["train"].values[odd[0][1]]
        raise ValueError(
            f"the score of test {test!r} and train {train!r} is not finite "
            f"({len(odd)} such scores): compute the influence again"
        )
    return scores


def tests_of(scores: xr.DataArray) -> pd.DataFrame:
    """The test examples: one row each, with test, content and test_lang."""
    size = scores.sizes["test"]
    return pd.DataFrame(
        {name: np.broadcast_to(scores[of].values, size) for name, of in OF_TEST.items()}
    )


def ranked(scores: xr.DataArray, k: int, role: str) -> tuple[np.ndarray, np.ndarray]:
    """The order of each test example's training examples, and how long its list is.

    Ties go to the example that comes first in `train`.

    Args:
        scores: (test, train), as `summed` returns them.
        k: how many places of the order to return.
        role: "proponents" ranks from the highest score down, "opponents" from the lowest up.

    Returns:
        Positions in train, (tests, k), and the number of examples among them whose score has the
        sign of the role, (tests,): the rest of the order is no part of the list.
    """
    sign = 1 if role == PROPONENTS else -1
    orders = [np.argsort(-sign * row, kind="stable")[:k] for row in scores.values]
    lengths = np.minimum((sign * scores.values > 0).sum(axis=1), k)
    return np.stack(orders), lengths


def top_examples(scores: xr.DataArray, k: int, role: str = PROPONENTS) -> pd.DataFrame:
    """Each test example's list of up to k training examples in a role (Section 5).

    Returns:
        Up to tests x k rows, with test, content, test_lang, test_label, role, rank, train,
        train_lang, train_group, train_label and score.

    Raises:
        ValueError: if k is not in 1..number of training examples, the role is unknown, a
            coordinate is missing, or a score is not finite.
    """
    scores = summed(scores)
    _check(scores, k, role)
    order, lengths = ranked(scores, k, role)
    listed = np.arange(k) < lengths[:, None]  # (tests, k)
    rows, places = np.nonzero(listed)
    columns = order[rows, places]
    tests = tests_of(scores).iloc[rows].reset_index(drop=True)
    labels = np.broadcast_to(scores["test_label"].values, len(order))[rows]
    of_train = {name: scores[name].values[columns] for name in OF_TRAIN}
    found = {"test_label": labels, "role": role, "rank": places + 1} | of_train
    return tests.assign(**found, score=scores.values[rows, columns])


def top_lists(scores: xr.DataArray, k: int) -> pd.DataFrame:
    """`top_examples` of both roles, proponents first, in one table."""
    scores = summed(scores)
    return pd.concat([top_examples(scores, k, role) for role in ROLES], ignore_index=True)


def _check(scores: xr.DataArray, k: int, role: str) -> None:
    missing = [name for name in COORDINATES if name not in scores.coords]
    if missing:
        raise ValueError(
            f"scores lack the coordinates {missing}: the rows given to influence() need the "
            "columns lang, group and label"
        )
    if not 1 <= k <= scores.sizes["train"]:
        raise ValueError(
            f"k={k}: choose it among 1 to {scores.sizes['train']}, the number of training examples"
        )
    if role not in (PROPONENTS, OPPONENTS):
        raise ValueError(f"role={role!r}: choose among {', '.join(ROLES)}")
