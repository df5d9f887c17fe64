"""Top lists: which training examples influence a test example most, and their languages.

The paper ranks all training examples for each test example and reads the k with the highest scores
(proponents, sign "positive") and the k with the lowest (opponents, sign "negative"), Section 5.
What languages fill these lists is its main result (Section 7). Every table is tidy; shares lie in
[0, 1], with a 95 % interval from resampling test examples (`low`, `high`) and the share that a
random list would have (`chance`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.analysis.intervals import mean_over_languages, ratios

Sign = Literal["positive", "negative"]
SIGNS: tuple[Sign, ...] = ("positive", "negative")
COORDINATES = ("test_lang", "test_label", "train_lang", "train_group", "train_label")


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


def top_examples(scores: xr.DataArray, k: int, sign: Sign = "positive") -> pd.DataFrame:
    """The k most influential training examples of each test example (Section 5).

    "positive" takes the highest scores, rank 1 first; "negative" the lowest, rank 1 the lowest,
    whatever the sign of the score itself. Ties go to the example that stands first in `train`.

    Returns:
        tests x k rows: test, test_lang, test_label, rank, train, train_lang, train_group,
        train_label, score, sign.

    Raises:
        ValueError: if k is not in 1..number of training examples, the sign is unknown, a
            coordinate is missing, or a score is not finite.
    """
    scores = summed(scores)
    _check(scores, k, sign)
    order = _order(scores.values, k, sign)  # (test, k): positions in train
    rows, columns = np.repeat(np.arange(len(order)), k), order.ravel()
    tests = len(order)  # a coordinate is a scalar where one test example was picked out
    of_test = {
        name: np.broadcast_to(scores[name].values, tests)[rows]
        for name in ("test", "test_lang", "test_label")
    }
    of_train = {
        name: scores[name].values[columns]
        for name in ("train", "train_lang", "train_group", "train_label")
    }
    ranks = np.tile(np.arange(1, k + 1), tests)
    values = scores.values[rows, columns]
    return pd.DataFrame({**of_test, "rank": ranks, **of_train, "score": values, "sign": sign})


def top_of_both_signs(scores: xr.DataArray, k: int) -> pd.DataFrame:
    """`top_examples` of the proponents, then of the opponents, in one table."""
    return pd.concat([top_examples(scores, k, sign) for sign in SIGNS], ignore_index=True)


def language_shares(
    top: pd.DataFrame, train_languages: Iterable[str], seed: int = 0
) -> pd.DataFrame:
    """Which languages the top lists of each test language come from (Figure 2).

    Args:
        top: lists as `top_examples` returns them, of one or both signs.
        train_languages: the language of every example of the training set.
        seed: of the bootstrap.

    Returns:
        A row for each test_lang, train_lang and sign: count (places in lists), share, low, high,
        chance (the language's part of the training set).

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
    tables = []
    for (test_lang, sign), lists in top.groupby(["test_lang", "sign"], sort=False):
        counts = pd.crosstab(lists["test"], lists["train_lang"])  # (tests, languages)
        counts = counts.reindex(columns=parts.index, fill_value=0).to_numpy()
        table = ratios(counts, counts.sum(axis=1, keepdims=True), seed)
        tables.append(
            table.assign(
                test_lang=test_lang,
                train_lang=parts.index,
                sign=sign,
                count=counts.sum(axis=0),
                chance=parts.to_numpy(),
            )
        )
    return tidy(
        tables, ["test_lang", "train_lang", "sign", "count", "share", "low", "high", "chance"]
    )


def own_places(top: pd.DataFrame) -> pd.DataFrame:
    """The own language's places in each list: a row a sign and test, with count and places."""
    own = top["train_lang"] == top["test_lang"]
    counted = own.groupby([top["sign"], top["test"]], sort=False).agg(count="sum", places="size")
    return counted.reset_index()


def mean_own_share(top: pd.DataFrame, tests: xr.DataArray, seed: int = 0) -> pd.DataFrame:
    """The own language's share of the lists, on average over test languages (Section 7).

    Args:
        top: lists as `top_examples` returns them, of one or both signs.
        tests: the scores' coordinate `test`, with test_lang and test_group.
        seed: of the bootstrap over test contents.

    Returns:
        A row a sign: sign, share, low, high.
    """
    tables = []
    for sign, counted in own_places(top).groupby("sign", sort=False):
        tables.append(over_tests(counted["count"], counted, tests, seed).assign(sign=sign))
    return tidy(tables, ["sign", "share", "low", "high"])


def over_tests(
    above: pd.Series, counted: pd.DataFrame, tests: xr.DataArray, seed: int, name: str = "share"
) -> pd.DataFrame:
    """`mean_over_languages` of `above` over the places of the lists that `own_places` counted."""
    of = tests.sel(test=counted["test"].to_numpy())
    coords = of["test_lang"].values, of["test_group"].values
    return mean_over_languages(above.to_numpy(), counted["places"].to_numpy(), *coords, seed, name)


def own_share_curve(scores: xr.DataArray, ks: Sequence[int], seed: int = 0) -> pd.DataFrame:
    """The test language's own share of the top k, for every k: how far k decides the answer.

    Returns:
        A row for each k, sign and test_lang, and test_lang "all" (every test example counts the
        same): share, low, high, chance.

    Raises:
        ValueError: as `top_examples`.
    """
    scores, ks = summed(scores), sorted(set(ks))
    train_lang, test_lang = scores["train_lang"].values, scores["test_lang"].values
    chance = np.array([np.mean(train_lang == lang) for lang in test_lang])  # (tests,)
    tables = []
    for sign in SIGNS:
        top = top_examples(scores, ks[-1], sign)
        own = (top["train_lang"] == top["test_lang"]).to_numpy().reshape(-1, ks[-1])
        counts = own.cumsum(axis=1)[:, np.array(ks) - 1]  # (tests, ks)
        for lang in [*pd.unique(test_lang), "all"]:
            of_lang = (test_lang == lang) | (lang == "all")
            table = ratios(counts[of_lang], np.array([ks]), seed)
            tables.append(
                table.assign(k=ks, sign=sign, test_lang=lang, chance=chance[of_lang].mean())
            )
    return tidy(tables, ["k", "sign", "test_lang", "share", "low", "high", "chance"])


def tidy(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """The tables below each other with these columns; empty with them where there is no table."""
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables, ignore_index=True)[columns]


def _check(scores: xr.DataArray, k: int, sign: str) -> None:
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
    if sign not in SIGNS:
        raise ValueError(f"sign={sign!r}: choose among {', '.join(SIGNS)}")


def _order(values: np.ndarray, k: int, sign: Sign) -> np.ndarray:
    """Positions of the top k in each row; row by row, since a sort of all is as large as all."""
    direction = -1 if sign == "positive" else 1
    return np.stack([np.argsort(direction * row, kind="stable")[:k] for row in values])
