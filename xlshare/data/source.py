"""What all sources of a task's rows share.

A source gives all rows of one split in one language, in the dataset's own columns. Whatever does
not load is an error that names the place and the ways out.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import pandas as pd

from xlshare.study.tasks import SPLITS, Task

PARTS = {"train": 8, "dev": 1, "test": 1}  # how a split is dealt that several of ours share


class Source:
    """The names of splits, which columns the task reads, and how places are named."""

    def __init__(self, task: Task, dataset: str) -> None:
        self.task, self.dataset = task, dataset
        self.commit: str | None = None  # of the hub's dataset, once some was read
        self.names = dict(task.splits or SPLITS)  # our splits: the dataset's

    def languages(self) -> list[str]:
        """The languages that there are."""
        raise NotImplementedError

    def has(self, lang: str) -> bool:
        """Whether a language is there."""
        return lang in self.languages()

    def found(self) -> str:
        """What an error says of the languages that there are."""
        return f"choose among {', '.join(self.languages()) or 'none'}"

    def table(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split (by our name) in one language; of files, indexed by their places."""
        raise NotImplementedError

    @property
    def id_column(self) -> str | None:
        """The column by which translations find each other; None: by row, or not at all."""
        return None if self.task.align == "row" else self.task.align

    @property
    def columns(self) -> list[str]:
        """The columns that the task reads."""
        task = self.task
        wanted = [task.text_a, task.text_b, task.label, self.id_column, task.language, task.split]
        return list(dict.fromkeys(name for name in wanted if name is not None))

    def place(self, split: str, lang: str | None = None, head: str | None = None) -> str:
        """Names a part of the dataset in an error; `head` is a row's file and line."""
        language = f", language {lang!r}" if lang else ""
        return f"{head or self.dataset}{language}, split {self.names[split]!r}"

    def read(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split in one language, in the columns that the task reads.

        They are indexed by where they come from: a file and line, or the dataset's name.
        """
        table = self.table(split, lang)
        if missing := [name for name in self.columns if name not in table.columns]:
            raise ValueError(
                f"{self.place(split, lang, self.file(split, lang))} lacks "
                f"{', '.join(map(repr, missing))}{like(missing[0], table.columns)}: it has the "
                f"columns {', '.join(map(str, table.columns))}, and {self.task.name} needs "
                f"{', '.join(self.columns)}"
            )
        if isinstance(table.index, pd.RangeIndex) or table.index.dtype.kind in "iu":
            table = table.set_axis([self.dataset] * len(table))
        return table[self.columns]

    def file(self, split: str, lang: str) -> str | None:
        """The file of a split in one language, where there is one."""
        return None

    def sharing(self, split: str) -> list[str]:
        """Our splits that take their rows from the same split of the dataset."""
        return [other for other, name in self.names.items() if name == self.names[split]]

    def deal(self, keys: pd.Series, split: str) -> pd.Series:
        """Which rows of a shared split are ours, by a hash of `keys` alone: no key is in two."""
        sharing = self.sharing(split)
        edges = pd.Series([PARTS[name] for name in sharing], sharing).cumsum()
        number = pd.util.hash_pandas_object(keys.astype("str"), index=False) % edges.iloc[-1]
        first = edges[split] - PARTS[split]
        return (number >= first) & (number < edges[split])


def like(name: object, known: Iterable[object]) -> str:
    """Words for an error, "did you mean ...?", where a known name is much like this one."""
    names = {str(one).strip().casefold(): str(one) for one in known}
    close = get_close_matches(str(name).strip().casefold(), names, n=1, cutoff=0.75)
    return f" (did you mean {names[close[0]]!r}?)" if close else ""


def distinct(rows: pd.DataFrame, column: str, place: str) -> list[str]:
    """The distinct values of a column that says where each row belongs; it must say so in each.

    Raises:
        ValueError: where the column or one of its values is missing.
    """
    if column not in rows:
        raise ValueError(
            f"{place} lacks {column!r}{like(column, rows.columns)}: it has the columns "
            f"{', '.join(map(str, rows.columns))}"
        )
    values = as_text(rows[column])
    if (missing := values.isna() | (values == "")).any():
        row = int(missing.argmax())
        head = rows.index[row] if rows.index.dtype.kind not in "iu" else place
        raise ValueError(f"{head}, row {row}: {column!r} is missing: write it, or remove the row")
    return sorted(values.unique())


def as_text(column: pd.Series) -> pd.Series:
    """A column's values as text without white space around them; missing ones stay missing."""
    return column.astype("object").astype("str").str.strip()


# The owners' files of MARC; the hub's entry joined title and body, and counted stars from 0.
OWNERS_COLUMNS = ("review_title", "review_body", "stars")


def as_published(task: Task, rows: pd.DataFrame) -> pd.DataFrame:
    """MARC's rows in the hub's columns, whoever published them; any other task's as they are."""
    if task.name != "marc" or "text" in rows or not set(OWNERS_COLUMNS) <= set(rows):
        return rows
    text = rows["review_title"].astype("str") + "\n\n" + rows["review_body"].astype("str")
    stars = pd.to_numeric(rows["stars"], errors="coerce")
    counted = (stars - 1).astype("object").where(stars.notna(), rows["stars"])
    return rows.assign(text=text, label=counted)


def known_labels(task: Task) -> Iterable[int | str]:
    """All raw labels that the task knows, used or not, in order."""
    return sorted([*task.labels, *task.unused])
