"""How sharing changes while fine-tuning: the checkpoints' scores one by one (Section 8.2).

TracIn sums over checkpoints; here each epoch's own scores are ranked and compared. A share at epoch
e is about the gradients at that checkpoint alone, not about training up to it.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import rankdata, wilcoxon

from xlshare.analysis.rankings import (
    SIGNS,
    language_shares,
    over_tests,
    own_places,
    tidy,
    top_examples,
    top_of_both_signs,
)


def shares_by_epoch(scores: xr.DataArray, k: int, seed: int = 0) -> pd.DataFrame:
    """`language_shares` of each epoch's top lists (Figures 12, 13; Figure 3 is its own languages).

    Args:
        scores: (checkpoint, test, train).
        k: length of the lists.
        seed: of the bootstrap.

    Returns:
        The columns of `language_shares`, after epoch.
    """
    languages = scores["train_lang"].values
    tables = []
    for epoch in _epochs(scores):
        top = top_of_both_signs(scores.sel(checkpoint=epoch), k)
        tables.append(language_shares(top, languages, seed).assign(epoch=epoch))
    table = pd.concat(tables, ignore_index=True)
    return table[["epoch", *table.columns.drop("epoch")]]


def own_change(scores: xr.DataArray, k: int, seed: int = 0) -> pd.DataFrame:
    """How far the own share of proponents moves from the first epoch to the last (Figure 3).

    On average over test languages, with an interval over test contents.

    Returns:
        One row: change, low, high (all 0 where there is one epoch only).
    """
    epochs = _epochs(scores)
    ends = (scores.sel(checkpoint=epoch) for epoch in (epochs[0], epochs[-1]))
    first, last = (own_places(top_examples(one, k)) for one in ends)
    return over_tests(last["count"] - first["count"], first, scores["test"], seed, "change")


def wilcoxon_between_epochs(scores: xr.DataArray, k: int) -> pd.DataFrame:
    """Wilcoxon signed-rank tests between every two epochs (Section 8.2), with effect sizes.

    Two things are compared, the later epoch against the earlier:

    - measure "rank" (the paper's): each pair of a test and a training example is one observation,
      its value the training example's rank by score among all training examples for that test
      example (every test example has the same ranks to give, so none weighs more). Mean ranks
      never differ; the test asks whether changes are lopsided: many small rises against few large
      falls. n is tests x train, over a million at the paper's size, and the pairs of one test
      example depend on each other: almost any change has a tiny p, which says little. Read the
      effect.
    - measure "own share": each test example is one observation, its value the number of examples
      in its own language among its top k, apart for both signs: the change that Figure 3 shows.

    Args:
        scores: (checkpoint, test, train); the ranks of all pairs must fit in memory.
        k: length of the lists.

    Returns:
        A row for each measure, sign ("both" for ranks) and two epochs: earlier, later, n, statistic
        (the smaller rank sum), p (two-sided), p_holm (Holm's correction over the pairs of epochs of
        one measure and sign), effect (matched-pairs rank-biserial correlation in [-1, 1], positive
        where the later epoch is higher). Without any difference p is 1 and effect 0.
    """
    columns = ["earlier", "later", "n", "statistic", "p", "p_holm", "effect"]
    tables = []
    for measure, sign in (("rank", "both"), *(("own share", sign) for sign in SIGNS)):
        values = {e: _values(scores.sel(checkpoint=e), k, sign) for e in _epochs(scores)}
        rows = [
            {"earlier": earlier, "later": later, **_signed_rank(values[later] - values[earlier])}
            for earlier, later in combinations(values, 2)
        ]
        table = pd.DataFrame(rows, columns=columns)
        tables.append(table.assign(measure=measure, sign=sign, p_holm=holm(table["p"])))
    return tidy(tables, ["measure", "sign", *columns])


def _values(scores: xr.DataArray, k: int, sign: str) -> np.ndarray:
    """What one epoch's observations are: ranks for sign "both", else own examples in the top k."""
    if sign == "both":
        return rankdata(scores.values, axis=1).ravel()  # (tests * train,)
    top = top_examples(scores, k, sign)
    return (top["train_lang"] == top["test_lang"]).groupby(top["test"]).sum().to_numpy()  # (tests,)


def _signed_rank(differences: np.ndarray) -> dict[str, float]:
    changed = differences[differences != 0]
    if not len(changed):
        return {"n": len(differences), "statistic": 0.0, "p": 1.0, "effect": 0.0}
    ranks = rankdata(np.abs(changed))
    statistic, p = wilcoxon(changed)
    effect = np.sum(ranks * np.sign(changed)) / np.sum(ranks)
    return {"n": len(differences), "statistic": statistic, "p": p, "effect": effect}


def holm(p: pd.Series) -> pd.Series:
    """Holm's step-down correction: the smallest p times m, the next times m - 1, and so on."""
    ordered = p.sort_values()
    corrected = (ordered * np.arange(len(p), 0, -1)).cummax().clip(upper=1)
    return corrected.reindex(p.index)


def _epochs(scores: xr.DataArray) -> list[int]:
    if "checkpoint" not in scores.dims:
        raise ValueError(
            f"scores have dims {scores.dims}: give them before summing, with dim checkpoint"
        )
    return scores["checkpoint"].values.tolist()
