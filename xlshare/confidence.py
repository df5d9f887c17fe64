"""How confidence changed when the model was trained again without some examples (Section 6)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlshare.intervals import ratios


def mean_change(retrained: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """The mean relative change over the retrained test examples (Figures 1, 6, 7 and 8).

    Args:
        retrained: a row for each test, k and removed set, with `change` (a share of `before`).
        seed: of the bootstrap over test examples.

    Returns:
        A row for each k and removed: change, low, high, tests.
    """
    rows = []
    for (k, removed), some in retrained.groupby(["k", "removed"], sort=False):
        table = ratios(some[["change"]].to_numpy(), np.ones((len(some), 1)), seed, name="change")
        rows.append(table.assign(k=k, removed=removed, tests=len(some)))
    columns = ["k", "removed", "change", "low", "high", "tests"]
    return pd.concat(rows, ignore_index=True)[columns]
