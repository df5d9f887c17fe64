"""A study at a glance: who relies on whom, by task and test language, beside the paper's values.

Two shares of each list of proponents: of examples in the test's own language (Section 7), and,
where data are parallel, of translations among the examples from other languages (Section 8.1).
"""

from __future__ import annotations

import pandas as pd

from xlshare.analysis import published
from xlshare.analysis.claims import counted
from xlshare.analysis.counts import in_role, own
from xlshare.analysis.estimates import estimate
from xlshare.analysis.verdicts import OutOfScope
from xlshare.study.names import PROPONENTS
from xlshare.study.results import Results

OWN, TRANSLATIONS = MEASURES = ("own", "translations")


def overview(results: Results) -> pd.DataFrame:
    """Both shares, of every task that has them.

    Returns:
        One row per measure, task and test language, with the columns of an estimate and paper, the
        paper's value (NaN where it printed none).
    """
    parts = [_of_task(results, task, name) for name in MEASURES for task in results.tasks]
    return pd.concat(parts, ignore_index=True)


def _of_task(results: Results, task: str, measure: str) -> pd.DataFrame:
    try:
        counts = counted(results, task, "language_shares" if measure == OWN else measure)
    except OutOfScope:
        return pd.DataFrame()
    counts = in_role(counts, PROPONENTS)
    found = estimate(own(counts) if measure == OWN else counts, ["test_lang"])
    found = found.assign(measure=measure, task=task, role=PROPONENTS)
    if measure == OWN:
        return found.assign(paper=float("nan"))
    return published.beside(found, measure, task)
