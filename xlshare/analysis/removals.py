"""How confidence changed when the model was trained again without some examples (Section 6)."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from xlshare.analysis.intervals import LEVEL


def mean_change(retrained: pd.DataFrame) -> pd.DataFrame:
    """The mean relative change over the retrained test examples (Figures 1, 6, 7 and 8).

    Args:
        retrained: a row for each test, k and removed set, with `change` (a share of `before`).

    Returns:
        A row for each k and removed: change, low, high, tests.
    """
    return _mean_over_tests(retrained, ["k", "removed"], "change")


def against_control(retrained: pd.DataFrame) -> pd.DataFrame:
    """How much further confidence moves than without random examples of the same labels.

    Both changes are of the same test example, so their difference is taken test by test. The paper
    has no such control, and warns of what it controls for (Appendix A).

    Args:
        retrained: as for `mean_change`, with columns test and test_lang.

    Returns:
        A row for each removed ("proponents", "opponents"), k and test: test_lang, difference (of
        the two changes; negative where confidence falls further than in the control).
    """
    keys = ["k", "test", "test_lang"]
    wide = retrained.pivot(index=keys, columns="removed", values="change")
    tables = [
        (wide[removed] - wide[f"random like {removed}"])
        .rename("difference")
        .reset_index()
        .assign(removed=removed)
        for removed in ("proponents", "opponents")
    ]
    return pd.concat(tables, ignore_index=True)[["removed", *keys, "difference"]]


def mean_difference(apart: pd.DataFrame) -> pd.DataFrame:
    """The mean of `against_control` over test examples.

    Returns:
        A row for each removed and k: difference, low, high, tests.
    """
    return _mean_over_tests(apart, ["removed", "k"], "difference")


def _mean_over_tests(frame: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """The mean with Student's t interval (NaN of a single test example).

    A bootstrap of the few examples that are retrained for would be too sure of itself.
    """
    found = frame.groupby(keys, sort=False)[value]
    table = found.agg(**{value: "mean"}, error="sem", tests="size").reset_index()
    half = stats.t.ppf(0.5 + LEVEL / 2, table["tests"] - 1) * table["error"]
    table = table.assign(low=table[value] - half, high=table[value] + half)
    return table[[*keys, value, "low", "high", "tests"]]
