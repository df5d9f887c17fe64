"""Plain files as a source: one file per language or one for all languages, and so with splits."""

from __future__ import annotations

import re
from functools import cache, partial
from glob import escape, glob
from itertools import chain
from pathlib import Path

import pandas as pd

from xlshare.data.formats import SUFFIXES, read_file, suffix
from xlshare.data.source import Source, as_published, as_text, distinct
from xlshare.study.tasks import SPLITS, Task

OTHER_NAMES = {"validation": ("dev", "valid", "val")}  # of a split, in files
OTHER_FILES = (".xlsx", ".xls", ".ods", ".zip")  # which are refused, each by its name


def is_files(dataset: str) -> bool:
    """Whether a dataset's name is that of files, not of a folder or of a dataset on the hub."""
    named = "{lang}" in dataset or "{split}" in dataset or Path(dataset).is_file()
    return named or (suffix(dataset) in (*SUFFIXES, *OTHER_FILES) and not Path(dataset).is_dir())


class Files(Source):
    """One file per language ({lang} in its name), or one file with a column that names it.

    Splits may come in the same ways: one file per split ({split} in its name), or a column that
    names the split of each row. Where neither is there, rows are dealt to splits. See `formats` for
    what is read.
    """

    def __init__(self, task: Task, dataset: str, quoting: bool | None = None) -> None:
        super().__init__(task, dataset)
        self._read = cache(partial(read_file, quoting=quoting))
        if "{lang}" not in dataset and task.language is None:
            raise ValueError(
                f"{dataset}: nothing says which row is in which language: write {{lang}} into the "
                "name where each language has a file, or name the column with own_tasks."
                f"{task.name}.language"
            )
        if "{split}" not in dataset and task.split is None and task.splits is None:
            self.names = dict.fromkeys(SPLITS, "all")

    def languages(self) -> list[str]:
        """The languages that the files' names or the column say."""
        if self.task.language is not None:
            return distinct(self._read(self.file("train", "")), self.task.language, self.dataset)
        pattern = self._pattern("train")
        parts = [re.escape(part) for part in pattern.split("{lang}")]
        name = re.compile("([^/]+)".join(parts[:2]) + "".join(rf"\1{part}" for part in parts[2:]))
        found = (name.fullmatch(path) for path in _matching(pattern))
        return sorted(match[1] for match in found if match)

    def has(self, lang: str) -> bool:
        """Whether a language is there."""
        if self.task.language is not None:
            return lang in self.languages()
        return Path(self.file("train", lang)).is_file()

    def found(self) -> str:
        """What an error says of the languages that there are, or of the files."""
        if self.languages():
            return super().found()
        slashes = "; write / for \\" if "\\" in self.dataset else ""
        folder = Path(self._pattern("train").partition("{")[0] + "x").parent
        if not folder.is_dir():
            return f"there is no folder {str(folder)!r}{slashes}"
        names = sorted(path.name for path in folder.iterdir())
        return f"choose among none; {folder} holds {', '.join(names[:8]) or 'nothing'}{slashes}"

    def table(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split in one language."""
        file = self.file(split, lang)
        rows = self._read(file)
        if self.task.split is not None:
            rows = rows[self._in_split(file, rows, split)]
        if self.task.language is not None:
            distinct(rows, self.task.language, self.dataset)
            rows = rows[as_text(rows[self.task.language]) == lang]
        return as_published(self.task, rows)

    def _in_split(self, file: str, rows: pd.DataFrame, split: str) -> pd.Series:
        """Which rows are of a split by their column, capitals being the same as small letters.

        Where the task names splits, rows of others are left out; else each row must be of one.
        """
        column = str(self.task.split)
        found = distinct(rows, column, self.dataset)
        names = set(self.names.values())
        fold = str.casefold if len({name.casefold() for name in names}) == len(names) else str
        known = {split: [fold(name) for name in _names(self.names[split])] for split in self.names}
        others = {fold(one) for one in found} - {*chain.from_iterable(known.values())}
        is_ours = as_text(rows[column]).map(fold).isin(known[split])
        if not is_ours.any() or (others and self.task.splits is None):
            lacking = "" if is_ours.any() else f", no row being of {self.names[split]!r}"
            raise ValueError(
                f"{file}: {column!r} holds {', '.join(map(repr, found[:8]))}, and the splits are "
                f"{', '.join(self.names.values())}{lacking}: rename them, or name yours with "
                f"own_tasks.{self.task.name}.splits, which leaves out the rows of all others"
            )
        return is_ours

    def file(self, split: str, lang: str) -> str:
        """The file of a split in one language, by the one of its usual names that is there."""
        names = _names(self.names[split]) if "{split}" in self.dataset else ("",)
        files = [self.dataset.replace("{split}", name).replace("{lang}", lang) for name in names]
        found = [file for file in files if Path(file).is_file()]
        if len(found) > 1:
            raise ValueError(
                f"{found[0]} and {found[1]} are both there, and only one would be read: keep one, "
                "or name yours with splits"
            )
        return found[0] if found else files[0]

    def _pattern(self, split: str) -> str:
        """The name with the split's own, by any of its usual names, written in."""
        found = [self.dataset.replace("{split}", name) for name in _names(self.names[split])]
        return next(filter(_matching, found), found[0])


def _matching(pattern: str) -> list[str]:
    """The files of a name in which only {lang} is open: brackets and stars are themselves."""
    return glob("*".join(escape(part) for part in pattern.split("{lang}")))


def _names(split: str) -> tuple[str, ...]:
    return (split, *OTHER_NAMES.get(split, ()))
