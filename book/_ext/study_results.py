"""What one study left on disk, as the book's pages ask for it.

A page names a value, a figure or a table; this module finds the file, or says whether it is
missing (an error: the stage ran and did not save it) or was never asked for (the study did not
run that stage on that task).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from xlshare.study.artifacts import known_tasks, read_manifest
from xlshare.study.parameters import STAGES
from xlshare.study.tasks import Task


class MissingResult(ValueError):
    """A stage ran, but what a page quotes from it is not there."""


@dataclass(frozen=True)
class Results:
    """The folder `results/<study>`: one folder a task."""

    folder: Path

    @property
    def study(self) -> str:
        """The study's name."""
        return self.folder.name

    @cached_property
    def known(self) -> dict[str, Task]:
        """The paper's tasks and the study's own."""
        return known_tasks(self.folder)

    @cached_property
    def tasks(self) -> list[str]:
        """The tasks that the study ran, in the paper's order."""
        return [task for task in self.known if self.stages(task)]

    def title(self, task: str) -> str:
        """What a task is called."""
        return self.known[task].title

    def stages(self, task: str) -> list[str]:
        """The stages that ran on a task."""
        return [stage for stage in STAGES if self.ran(task, stage)]

    def ran(self, task: str, stage: str) -> bool:
        """Whether a stage ran on a task: its numbers or its executed notebook are there."""
        _check_known(task, self.known, "task")
        _check_known(stage, STAGES, "stage")
        return self._numbers_path(task, stage).is_file() or self.notebook(task, stage).is_file()

    def notebook(self, task: str, stage: str) -> Path:
        """Where a stage's executed notebook lies."""
        return self.folder / task / "notebooks" / f"{stage}.ipynb"

    def numbers(self, task: str, stage: str) -> dict[str, Any]:
        """All numbers that a stage saved for the prose."""
        path = self._numbers_path(task, stage)
        return json.loads(_there(path).read_text(encoding="utf-8"))

    def number(self, task: str, stage: str, name: str) -> Any:
        """One of them.

        Raises:
            MissingResult: it is not there; names the nearest that is.
        """
        numbers = self.numbers(task, stage)
        if name not in numbers:
            place = self._numbers_path(task, stage)
            raise MissingResult(f"{place} has no {name!r}{nearest(name, numbers)}")
        return numbers[name]

    def figure(self, task: str, name: str) -> Path:
        """A figure's file (plotly JSON)."""
        return _there(self.folder / task / "figures" / f"{name}.json")

    def table(self, task: str, name: str) -> Path:
        """A table's file (parquet)."""
        return _there(self.folder / task / "tables" / f"{name}.parquet")

    def signed_numbers(self, task: str, stage: str) -> Path:
        """The file of a stage's numbers."""
        return _there(self._numbers_path(task, stage))

    def manifest(self, task: str) -> dict[str, Any] | None:
        """Any manifest of a task, which holds the study's parameters."""
        found = sorted((self.folder / task / "numbers").glob("*.json.manifest.json"))
        return json.loads(found[0].read_text(encoding="utf-8")) if found else None

    def _numbers_path(self, task: str, stage: str) -> Path:
        return self.folder / task / "numbers" / f"{stage}.json"


def stage_of(name: str) -> str:
    """The stage that saves a figure or table: its name begins with the stage's.

    Raises:
        ValueError: no stage has such a name.
    """
    found = [stage for stage in STAGES if f"{name}_".startswith(f"{stage[3:]}_")]
    if not found:
        raise ValueError(f"{name!r} does not begin with the name of a stage ({', '.join(STAGES)})")
    return found[0]


def stamp(path: Path) -> dict[str, Any]:
    """How a file was made, for readers: stage, parameters, commit, device, seconds."""
    facts = read_manifest(path)
    return {
        "stage": facts["stage"],
        "parameters": main_parameters(facts["parameters"]),
        "commit": f"commit {short_commit(facts['commit'])}",
        "device": facts["device"],
        "seconds": facts["seconds"],
    }


def main_parameters(parameters: dict[str, Any]) -> str:
    """The few that decide most; the notebook's page has all of them."""
    data, influence = parameters.get("data", {}), parameters.get("influence", {})
    train, tests = data.get("train_per_language"), influence.get("tests_per_language")
    sizes = f"{train} training and {tests} test examples a language"
    return f"k = {influence.get('top_k')}, {sizes}, seed {parameters.get('seed')}"


def short_commit(commit: str) -> str:
    """A commit for readers."""
    commit, _, changes = commit.partition("+")
    return commit[:7] + (" with changes" if changes else "")


def _there(path: Path) -> Path:
    if not path.is_file():
        stems = [file.stem for file in path.parent.glob(f"*{path.suffix}")]
        names = [stem for stem in stems if not stem.endswith(".manifest")]
        raise MissingResult(f"{path} is not there{nearest(path.stem, names)}")
    return path


def _check_known(name: str, known: Iterable[str], kind: str) -> None:
    if name not in known:
        raise ValueError(f"unknown {kind} {name!r}{nearest(name, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error: the nearest valid name, else all of them."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    there = f" (there are: {', '.join(known) or 'none'})"
    return f": did you mean {close[0]!r}?" if close else there
