"""What a chapter's template can name: the study, its tasks and their numbers, the scorecard.

    tasks                                   every task that ran, in the paper's order
    task.title, task.short, task.data       "XNLI-like, synthetic", "XNLI-like" and "XNLI-like
                                            synthetic data"
    task.learned                            whether the model is surely above its baselines
    task.language_shares                    a stage, by its name without the number; false where it
                                            did not run
    task.language_shares.own_share_positive a number of that stage, with its interval
    scorecard.claims, .tests, .count("holds")
    recorded.tasks, .scorecard              the same of the recorded study
    recorded.hours, .hardware, .command     how it was computed
    recorded.parameters("marc").data        the values that it ran with
    benchmarks.peers["loop"].times_the_pass a number of book/benchmarks, by row and column
    benchmarks.scaling.where(tests=128)     such a row, by its values

A name that is not there is an error that names the nearest one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from xlshare.analysis import claims
from xlshare.analysis.verdicts import VERDICTS, tally
from xlshare.report.values import Measured
from xlshare.study.parameters import STAGES, nearest
from xlshare.study.results import MissingResult, Results

STAGE_NAMES = {stage[3:]: stage for stage in STAGES}


class View:
    """Something whose names are looked up: properties first, then what `find` finds."""

    def find(self, name: str) -> Any:
        """The value of a name that is no property.

        Raises:
            MissingResult: there is none; names the nearest.
        """
        valid = [one for one in dir(type(self)) if not one.startswith("_") and one != "find"]
        kind = type(self).__name__.removesuffix("View").lower()
        raise MissingResult(f"a {kind} has no {name!r}{nearest(name, valid)}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.find(name)


@dataclass(frozen=True)
class StageView(View):
    """The numbers of a stage on a task; false where it did not run."""

    results: Results
    task: str
    stage: str

    def __bool__(self) -> bool:
        return self.results.ran(self.task, self.stage)

    def find(self, name: str) -> Any:
        """A number with its interval; a stage that did not run has none."""
        if not self:
            where = f"{self.stage} did not run on {self.task!r}"
            raise MissingResult(f"{where}: ask `if task.{self.stage[3:]}` before `.{name}`")
        self.results.number(self.task, self.stage, name)
        return Measured.of(self.results.numbers(self.task, self.stage), name)


@dataclass(frozen=True)
class TaskView(View):
    """A task that the study ran."""

    results: Results
    name: str

    @cached_property
    def title(self) -> str:
        """Its name, as a label."""
        return self.results.title(self.name)

    @cached_property
    def short(self) -> str:
        """Its name in a list."""
        return self.results.short(self.name)

    @cached_property
    def data(self) -> str:
        """Its data, within a sentence."""
        return self.results.data(self.name)

    @cached_property
    def learned(self) -> bool:
        """Whether its model is surely above its baselines."""
        return self.results.learned(self.name)

    def find(self, name: str) -> StageView:
        """A stage, by its name without the number."""
        if name not in STAGE_NAMES:
            known = ["title", "short", "data", "learned", *STAGE_NAMES]
            raise MissingResult(f"a task has no {name!r}{nearest(name, known)}")
        return StageView(self.results, self.name, STAGE_NAMES[name])


@dataclass(frozen=True)
class StudyView(View):
    """The study that the book shows."""

    results: Results

    @property
    def name(self) -> str:
        """What it is called."""
        return self.results.study

    @property
    def synthetic(self) -> bool:
        """Whether its sentences come from the embedded grammars."""
        return self.results.synthetic


@dataclass(frozen=True)
class ScorecardView(View):
    """How many claims there are, how often they were tested, and with which verdicts."""

    results: Results

    @cached_property
    def _card(self) -> pd.DataFrame:
        return claims.scorecard(self.results)

    @cached_property
    def _tally(self) -> dict[str, int]:
        return tally(self._card)

    @property
    def claims(self) -> int:
        """Different claims."""
        return self._tally["claims"]

    @property
    def tests(self) -> int:
        """Claims times the tasks that each is about."""
        return self._tally["tests"]

    def count(self, verdict: str) -> int:
        """Tests with a verdict."""
        if verdict not in VERDICTS:
            raise MissingResult(f"no verdict {verdict!r}{nearest(verdict, VERDICTS)}")
        return self._tally[verdict]

    def named(self, verdict: str) -> str:
        """The claims with a verdict, each with the tasks that it was tested on."""
        found = self._card[self._card["verdict"] == verdict].groupby("claim", sort=False)["task"]
        tasks = found.agg(lambda tasks: ", ".join(map(self.results.short, tasks)))
        return "; ".join(f"{claim} ({names})" for claim, names in tasks.items())


@dataclass(frozen=True)
class RecordedView(StudyView):
    """The recorded study: its tasks and scorecard, and how it was computed."""

    @cached_property
    def tasks(self) -> list[TaskView]:
        """Its tasks, in the paper's order."""
        return [TaskView(self.results, task) for task in self.results.tasks]

    @cached_property
    def scorecard(self) -> ScorecardView:
        """The paper's claims, judged by it."""
        return ScorecardView(self.results)

    def parameters(self, task: str) -> dict[str, Any]:
        """The values that a task ran with."""
        return self.results.parameters(task)

    def find(self, name: str) -> Any:
        """A fact that was recorded with it."""
        facts = json.loads((self.results.folder / "recorded.json").read_text(encoding="utf-8"))
        return Measured(facts[name]) if name in facts else super().find(name)


@dataclass(frozen=True)
class Benchmarks(View):
    """The tables of book/benchmarks, by name."""

    folder: Path

    def find(self, name: str) -> TableView:
        """A table."""
        files = {path.stem: path for path in self.folder.glob("*.csv")}
        if name not in files:
            raise MissingResult(f"no benchmark {name!r}{nearest(name, files)}")
        return TableView(name, pd.read_csv(files[name]))


@dataclass(frozen=True)
class TableView:
    """The rows of a table, by the entry of their first column or by values of several columns."""

    name: str
    frame: pd.DataFrame

    def __getitem__(self, entry: str) -> RowView:
        """The row whose first column says so."""
        first = self.frame.columns[0]
        if entry not in set(self.frame[first]):
            raise MissingResult(f"no row {entry!r}{nearest(entry, self.frame[first].astype(str))}")
        return self.where(**{first: entry})

    def where(self, **values: Any) -> RowView:
        """The only row that has these values."""
        found = self.frame[(self.frame[list(values)] == pd.Series(values)).all(axis=1)]
        if len(found) != 1:
            raise MissingResult(f"{self.name} has {len(found)} rows with {values}, not one")
        return RowView(self.name, found.iloc[0])


@dataclass(frozen=True)
class RowView(View):
    """One row of a table."""

    table: str
    row: pd.Series

    def find(self, name: str) -> Measured:
        """The value of a column."""
        if name not in self.row:
            columns = self.row.index
            raise MissingResult(f"{self.table} has no column {name!r}{nearest(name, columns)}")
        return Measured(self.row[name])


def context(results: Results, recorded: Results, benchmarks: Path) -> dict[str, Any]:
    """All that a template can name."""
    return {
        "recorded": RecordedView(recorded),
        "study": StudyView(results),
        "tasks": [TaskView(results, task) for task in results.tasks],
        "scorecard": ScorecardView(results),
        "benchmarks": Benchmarks(benchmarks),
    }
