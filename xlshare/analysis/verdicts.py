"""How a claim is judged: one effect with its interval, and one of four verdicts.

A claim of the paper is turned into one number, its effect, that is positive where the paper is
right. Its interval over test contents (and seeds) decides:

    holds           all of it is above 0; of a claim about a p-value: p < 0.05
    contradicted    all of it is below 0
    undecided       it includes both, or p is larger: that shows neither a difference nor equality
    out of scope    these data cannot speak of it, for a reason that is given
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from xlshare.study.results import Results

VERDICTS = HOLDS, CONTRADICTED, UNDECIDED, OUT_OF_SCOPE = (
    "holds",
    "contradicted",
    "undecided",
    "out of scope",
)
LEVEL = 0.05
NEEDS_TEXT = "needs real text"  # what synthetic sentences are not


class OutOfScope(ValueError):
    """Why these data cannot speak of a claim; `measured` says in words what there is to see."""

    def __init__(self, reason: str, measured: str = "") -> None:
        super().__init__(reason)
        self.measured = measured


@dataclass(frozen=True)
class Effect:
    """What was measured, in words, and a row of an estimate; or a p-value, with an empty row."""

    measured: str
    row: pd.Series = field(default_factory=pd.Series)
    p: float | None = None

    def judged(self) -> tuple[str, str]:
        """The verdict, and why it is no plainer."""
        if self.p is not None:
            why = f"a p-value above {LEVEL} shows neither a difference nor equality"
            return (HOLDS, "") if self.p < LEVEL else (UNDECIDED, why)
        value, low, high = self.row["value"], self.row["low"], self.row["high"]
        if np.isnan(value):
            return OUT_OF_SCOPE, "there was nothing to measure"
        if np.isnan(low) or np.isnan(high):
            return UNDECIDED, "a single test content gives no interval"
        if low <= 0 <= high:
            return UNDECIDED, "the interval includes 0"
        return (HOLDS if low > 0 else CONTRADICTED), ""


@dataclass(frozen=True)
class Claim:
    """One thing that the paper says, of one task or of several together.

    Attributes:
        name: short.
        section: of the paper.
        says: the paper's claim, as it is tested here.
        tasks: those that the paper makes it of.
        measure: gives the effect; raises OutOfScope.
        of_languages: whether it is about real languages, of which synthetic sentences cannot speak.
        beside: the other tasks that it compares with.
    """

    name: str
    section: str
    says: str
    tasks: tuple[str, ...]
    measure: Callable[[Results, str], Effect]
    of_languages: bool = True
    beside: tuple[str, ...] = field(default=())

    def verdict(self, results: Results, task: str) -> dict[str, Any]:
        """One row of the scorecard.

        Returns:
            claim, section, task, says, measured, effect, low, high, contents, p, verdict, why. A
            p-value is no effect: of a claim about one, effect stays NaN.
        """
        row = {"claim": self.name, "section": self.section, "task": task, "says": self.says}
        row |= {"measured": "", "effect": np.nan, "low": np.nan, "high": np.nan}
        row |= {"contents": np.nan, "p": np.nan}
        try:
            effect = self.measure(results, task)
        except OutOfScope as reason:
            why = NEEDS_TEXT if self._needs_text(results, task) else str(reason)
            return row | {"measured": reason.measured, "verdict": OUT_OF_SCOPE, "why": why}
        row |= {"measured": effect.measured}
        if effect.p is not None:
            row |= {"p": effect.p}
        else:
            columns = {"effect": "value", "low": "low", "high": "high", "contents": "contents"}
            row |= {name: float(effect.row[column]) for name, column in columns.items()}
        verdict, why = self._in_scope(results, task) or effect.judged()
        return row | {"verdict": verdict, "why": why}

    def _in_scope(self, results: Results, task: str) -> tuple[str, str] | None:
        if self._needs_text(results, task):
            return OUT_OF_SCOPE, NEEDS_TEXT
        for one in (task, *self.beside):
            if not results.learned(one):
                return OUT_OF_SCOPE, f"the model of {results.title(one)} is not above its baselines"
        return None

    def _needs_text(self, results: Results, task: str) -> bool:
        return self.of_languages and results.is_synthetic(task)


def by_reason(card: pd.DataFrame) -> pd.DataFrame:
    """What is out of scope, one row per reason.

    Args:
        card: of `claims.scorecard`.

    Returns:
        Columns why, claims (how many), tests (of these claims, a claim being tested once per task),
        and names.
    """
    out = card[card["verdict"] == OUT_OF_SCOPE].groupby("why", sort=False)
    table = out.agg(
        claims=("claim", "nunique"),
        tests=("claim", "size"),
        names=("claim", lambda names: "; ".join(dict.fromkeys(names))),
    )
    return table.reset_index()


def tally(card: pd.DataFrame) -> dict[str, int]:
    """How many claims there are, how many tests of claims, and how many tests for each verdict."""
    found = card["verdict"].value_counts()
    each = {verdict: int(found.get(verdict, 0)) for verdict in VERDICTS}
    return {"claims": card["claim"].nunique(), "tests": len(card)} | each
