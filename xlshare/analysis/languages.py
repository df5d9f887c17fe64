"""Whose data each language relies on (Section 7, Figure 2), and for how long lists it does so."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.analysis.rankings import ranked, summed, tests_of, top_lists
from xlshare.study.names import ROLES

OF_LIST = ["test_lang", "role", "test", "content"]


def language_shares(top: pd.DataFrame, train_languages: Iterable[str]) -> pd.DataFrame:
    """Places of each training language in the lists (Figure 2).

    Args:
        top: lists as `rankings.top_examples` returns them, of one or both roles.
        train_languages: the language of every example of the training set; chance is a
            language's part of it.

    Returns:
        Counts with keys test_lang, role and train_lang.

    Raises:
        ValueError: if a list holds a language that the training set lacks.
    """
    parts = pd.Series(list(train_languages)).value_counts(normalize=True, sort=False)
    unknown = set(top["train_lang"]) - set(parts.index)
    if unknown:
        raise ValueError(
            f"the top lists hold {sorted(unknown)}, train_languages only "
            f"{list(parts.index)}: give the languages of the same training set"
        )
    wide = top.groupby([*OF_LIST, "train_lang"]).size().unstack(fill_value=0)
    wide = wide.reindex(columns=parts.index.rename("train_lang"), fill_value=0)
    long = wide.reset_index().melt(OF_LIST, var_name="train_lang", value_name="numerator")
    long["denominator"] = np.tile(wide.sum(axis=1).to_numpy(), len(parts))
    return long.assign(expected=long["train_lang"].map(parts))


def list_lengths(scores: xr.DataArray, k: int) -> pd.DataFrame:
    """How many examples have the sign of a role, up to k: counts with keys test_lang, role, k.

    The denominator is one list, so that values are mean lengths.
    """
    scores = summed(scores)
    tables = []
    for role, sign in zip(ROLES, (1, -1)):
        lengths = np.minimum((sign * scores.values > 0).sum(axis=1), k)
        tables.append(tests_of(scores).assign(role=role, k=k, numerator=lengths))
    return pd.concat(tables, ignore_index=True).assign(denominator=1, expected=np.nan)


def own_share_by_k(scores: xr.DataArray, sizes: Iterable[int]) -> pd.DataFrame:
    """The own language's places in lists of up to each size: counts with test_lang, role, k.

    Raises:
        ValueError: as `rankings.summed`.
    """
    scores, sizes = summed(scores), np.array(sorted(set(sizes)))
    tests, languages = tests_of(scores), scores["train_lang"].values
    own_part = tests["test_lang"].map(pd.Series(languages).value_counts(normalize=True)).fillna(0)
    tables = []
    for role in ROLES:
        places = [_own_places(scores[[at]], role, sizes) for at in range(len(tests))]
        for k, column in zip(sizes, np.stack(places, axis=1)):  # (tests, 2)
            counted = {"numerator": column[:, 0], "denominator": column[:, 1]}
            tables.append(tests.assign(role=role, k=int(k), **counted, expected=own_part))
    return pd.concat(tables, ignore_index=True)


def _own_places(scores: xr.DataArray, role: str, sizes: np.ndarray) -> np.ndarray:
    """Of one test example, (sizes, 2): own places in each list, and places."""
    order, lengths = ranked(scores, int(sizes[-1]), role)
    own = scores["train_lang"].values[order[0]] == scores["test_lang"].values[0]
    until = np.minimum(sizes, lengths[0])
    return np.stack([np.concatenate([[0], own.cumsum()])[until], until], axis=1)


def shares_by_epoch(scores: xr.DataArray, k: int) -> pd.DataFrame:
    """`language_shares` of the lists by each epoch's own scores (Figures 3, 12 and 13).

    Args:
        scores: (checkpoint, test, train).
        k: the size of the lists.

    Returns:
        Counts with keys epoch, test_lang, role and train_lang.
    """
    languages = scores["train_lang"].values
    tables = [
        language_shares(top_lists(scores.sel(checkpoint=epoch), k), languages).assign(epoch=epoch)
        for epoch in epochs_of(scores)
    ]
    return pd.concat(tables, ignore_index=True)


def epochs_of(scores: xr.DataArray) -> list[int]:
    """The epochs of scores that are not summed. Raises ValueError where they are."""
    if "checkpoint" not in scores.dims:
        raise ValueError(
            f"scores have dims {scores.dims}: give them before summing, with dim checkpoint"
        )
    return scores["checkpoint"].values.tolist()
