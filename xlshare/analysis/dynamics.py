"""Are the rankings of two epochs different? Wilcoxon's signed-rank test (Section 8.2).

TracIn sums over checkpoints; here each epoch's own scores are ranked and compared. A score at epoch
e is about the gradients at that checkpoint alone, not about training up to it.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import rankdata, wilcoxon

from xlshare.analysis.estimates import holm
from xlshare.analysis.languages import epochs_of
from xlshare.analysis.rankings import tests_of, top_examples
from xlshare.study.names import ROLES

COLUMNS = ["earlier", "later", "n", "statistic", "p", "p_holm", "effect"]


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
    - measure "own share": each test example is one observation, its value the share of its own
      language in its list of up to k, for each role: the change that Figure 3 shows.

    Args:
        scores: (checkpoint, test, train); the ranks of all pairs must fit in memory.
        k: the size of the lists.

    Returns:
        One row for each measure, role ("both" for ranks) and two epochs, with earlier, later,
        n, statistic (the smaller rank sum), p (two-sided), p_holm (Holm's correction over the pairs
        of epochs of one measure and role), effect (matched-pairs rank-biserial correlation in
        [-1, 1], positive where the later epoch is higher). Without any difference p is 1 and
        effect 0.
    """
    tables = []
    for measure, role in (("rank", "both"), *(("own share", role) for role in ROLES)):
        values = {e: _values(scores.sel(checkpoint=e), k, role) for e in epochs_of(scores)}
        rows = [
            {"earlier": earlier, "later": later, **_signed_rank(values[later] - values[earlier])}
            for earlier, later in combinations(values, 2)
        ]
        table = pd.DataFrame(rows, columns=COLUMNS)
        tables.append(table.assign(measure=measure, role=role, p_holm=holm(table["p"])))
    return pd.concat(tables, ignore_index=True)[["measure", "role", *COLUMNS]]


def _values(scores: xr.DataArray, k: int, role: str) -> np.ndarray:
    """What one epoch's observations are: ranks for role "both", else own shares of the lists."""
    if role == "both":
        return rankdata(scores.values, axis=1).ravel()  # (tests * train,)
    top = top_examples(scores, k, role)
    own = (top["train_lang"] == top["test_lang"]).groupby(top["test"]).mean()
    return own.reindex(tests_of(scores)["test"]).to_numpy()  # (tests,), NaN of an empty list


def _signed_rank(differences: np.ndarray) -> dict[str, float]:
    known = differences[~np.isnan(differences)].round(9)  # equal shares of lists tie
    changed = known[known != 0]
    if not len(changed):
        return {"n": len(known), "statistic": 0.0, "p": 1.0, "effect": 0.0}
    ranks = rankdata(np.abs(changed))
    statistic, p = wilcoxon(changed)
    effect = np.sum(ranks * np.sign(changed)) / np.sum(ranks)
    return {"n": len(known), "statistic": statistic, "p": p, "effect": effect}
