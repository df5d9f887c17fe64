"""The one reader of what a study left on disk.

Claims, the book's chapters, the explorer and the notebooks' banner ask here for tables, numbers,
figures and manifests by name. What a study did not run is known (`ran`); what a stage should have
saved and did not is an error that names the nearest name there is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from xlshare.study.artifacts import MANIFEST, checked, folder_of, read_manifest
from xlshare.study.parameters import STAGES, Study, nearest
from xlshare.study.tasks import TASKS, OwnTask, Task

READ = (  # what a book is made of
    "tables/*.parquet",
    "figures/*.json",
    "numbers/*.json",
    "notebooks/*.ipynb",
    "examples.parquet",
    "influence.zarr",
)


class MissingResult(ValueError):
    """A result that was asked for by name is not there."""


@dataclass(frozen=True)
class Results:
    """The folder `results/<study>`: one folder for each task.

    `words` are titles and questions of a reader's own tasks, where they have changed since.
    """

    folder: Path
    left_out: frozenset[tuple[str, str]] = frozenset()  # tasks and stages that do not count
    words: Mapping[str, dict[str, str]] = field(default_factory=dict, hash=False)  # of own tasks

    @classmethod
    def of(cls, study: Study) -> Results:
        """The results of a study, by its parameters."""
        return cls(folder_of(study).parent)

    @property
    def study(self) -> str:
        """The study's name."""
        return self.folder.name

    @cached_property
    def known(self) -> dict[str, Task]:
        """The paper's tasks, and the own ones that the manifests describe."""
        own: dict[str, dict[str, Any]] = {}
        for path in sorted(self.folder.glob("*/numbers/*.manifest.json")):
            facts = self.manifest(path.parts[-3], f"numbers/{path.name.removesuffix(MANIFEST)}")
            own |= facts.get("parameters", {}).get("own_tasks", {})
        described = {
            name: OwnTask.model_validate(values | self.words.get(name, {})).task(name)
            for name, values in own.items()
        }
        return TASKS | described

    @cached_property
    def tasks(self) -> list[str]:
        """The tasks that the study ran, in the paper's order, its own ones last."""
        return [task for task in self.known if self.stages(task)]

    def title(self, task: str) -> str:
        """A task's name as a label; that of embedded sentences says that they are synthetic."""
        return title_of(self.known[task], self.is_synthetic(task))

    def data(self, task: str) -> str:
        """A task's name within a sentence ("on ...")."""
        return self.short(task) + (" synthetic data" if self.is_synthetic(task) else "")

    def short(self, task: str) -> str:
        """A task's name in a list."""
        return self.known[task].title + ("-like" if self.is_synthetic(task) else "")

    def stages(self, task: str) -> list[str]:
        """The stages that ran on a task, in order."""
        return [stage for stage in STAGES if self.ran(task, stage)]

    def ran(self, task: str, stage: str) -> bool:
        """Whether a stage ran on a task: its numbers or its executed notebook are there.

        Raises:
            ValueError: there is no such task or stage; names the nearest.
        """
        for kind, name, valid in (("task", task, self.known), ("stage", stage, STAGES)):
            if name not in valid:
                raise ValueError(f"unknown {kind} {name!r}{nearest(name, valid)}")
        if (task, stage) in self.left_out:
            return False
        files = (f"numbers/{stage}.json", f"notebooks/{stage}.ipynb")
        return any((self.folder / task / file).is_file() for file in files)

    def that_ran(self, stage: str) -> list[str]:
        """The tasks that ran a stage."""
        return [task for task in self.known if self.ran(task, stage)]

    def path(self, task: str, name: str) -> Path:
        """Where the artifact `name` of a task lies ("tables/history.parquet").

        Raises:
            MissingResult: it is not there; names the nearest of its kind.
            ValueError: it is not what was saved.
        """
        path = self.folder / task / name
        if not path.exists():
            found = path.parent.glob(f"*{path.suffix}")
            stems = [file.stem for file in found if not file.stem.endswith(".manifest")]
            raise MissingResult(f"{path} is not there{_meant(path.stem, stems)}")
        return checked(self.folder / task, path)

    def require_whole(self) -> None:
        """Raise ValueError unless all that a book is made of is there and is what was saved."""
        for task in self.tasks:
            home = self.folder / task
            found = {path for kind in READ for path in home.glob(kind)}
            found |= {
                path.with_name(path.name.removesuffix(MANIFEST))
                for kind in READ
                for path in home.glob(f"{kind}{MANIFEST}")
            }
            for path in sorted(path for path in found if not path.name.endswith(MANIFEST)):
                if not self._is_left_out(task, path):
                    self.path(task, path.relative_to(home).as_posix())

    def table(self, task: str, name: str) -> pd.DataFrame:
        """A table that a stage saved.

        Raises:
            MissingResult: it is not there; names the nearest.
        """
        return pd.read_parquet(self.path(task, f"tables/{name}.parquet"))

    def figure(self, task: str, name: str) -> dict[str, Any]:
        """A figure that a stage saved, as plotly's JSON.

        Raises:
            MissingResult: it is not there; names the nearest.
        """
        return self._json(task, f"figures/{name}.json")

    def numbers(self, task: str, stage: str) -> dict[str, Any]:
        """All numbers that a stage saved for the prose.

        Raises:
            MissingResult: the stage saved none.
        """
        return self._json(task, f"numbers/{stage}.json")

    def number(self, task: str, stage: str, name: str) -> Any:
        """One of them.

        Raises:
            MissingResult: it is not there; names the nearest.
        """
        numbers = self.numbers(task, stage)
        if name not in numbers:
            place = self.path(task, f"numbers/{stage}.json")
            raise MissingResult(f"{place} has no {name!r}{_meant(name, numbers)}")
        return numbers[name]

    def manifest(self, task: str, name: str) -> dict[str, Any]:
        """How the artifact `name` was made, {} where none that counts lies there."""
        path = self.folder / task / name
        facts = read_manifest(path) if path.with_name(f"{path.name}{MANIFEST}").is_file() else {}
        return {} if (task, facts.get("stage")) in self.left_out else facts

    def _is_left_out(self, task: str, path: Path) -> bool:
        try:
            return (task, read_manifest(path).get("stage")) in self.left_out
        except ValueError:  # which says whose it is: nobody knows
            return False

    def parameters(self, task: str) -> dict[str, Any]:
        """The study's parameters for a task, by the manifest of the last stage that saved one."""
        kinds = ("numbers/{}.json", "notebooks/{}.ipynb")
        names = [kind.format(stage) for stage in reversed(STAGES) for kind in kinds]
        signed = filter(None, (self.manifest(task, name) for name in names))
        return next(signed, {}).get("parameters", {})

    def learned(self, task: str) -> bool:
        """Whether the model is surely above what needs no model.

        The lower end of the interval of its test accuracy is above both the majority label and the
        bag of words. A study that cannot say so (01_finetune did not run) counts as not learned,
        since every finding rests on it.
        """
        if not (self.folder / task / "numbers/01_finetune.json").is_file():
            return False
        facts = self.numbers(task, "01_finetune")
        return facts["test_accuracy_low"] > facts["best_baseline"]

    @cached_property
    def synthetic(self) -> bool:
        """Whether any task's sentences come from the embedded grammars."""
        return any(self.is_synthetic(task) for task in self.tasks)

    def is_synthetic(self, task: str) -> bool:
        """Whether a task's sentences come from the embedded grammars."""
        return self.parameters(task).get("data", {}).get("dataset") == "mini"

    def _json(self, task: str, name: str) -> dict[str, Any]:
        return json.loads(self.path(task, name).read_text(encoding="utf-8"))


def title_of(task: Task, synthetic: bool) -> str:
    """A task's name as a label; synthetic data never carry a real dataset's bare name."""
    return f"{task.title}-like, synthetic" if synthetic else task.title


def _meant(name: str, valid: Any) -> str:
    return nearest(name, valid) if valid else " (nothing of its kind is)"
