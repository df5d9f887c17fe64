"""Where a task's rows come from: the embedded grammars, the hub, a local folder, or plain files.

A source gives all rows of one split in one language, in the dataset's own columns. Whatever does
not load is an error that names the place and the ways out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from glob import glob
from pathlib import Path

import pandas as pd

from xlshare.study.tasks import SPLITS, Task

FILES = (".csv", ".tsv", ".json", ".jsonl", ".parquet")
COMMIT = re.compile("/([0-9a-f]{40})/")  # where `datasets` keeps what it got from the hub
PARTS = {"train": 8, "dev": 1, "test": 1}  # how a split is dealt that several of ours share
OTHER_NAMES = {"validation": ("dev", "valid", "val")}  # of a split, in files


def open_source(
    task: Task,
    dataset: str,
    languages: list[str],
    folder: str,
    *,
    config: str | None = None,
    revision: str | None = None,
) -> Source:
    """The source that `dataset` names: "mini", files (a path with {lang} or {split} in it, or one
    that ends in .csv, .tsv, .json, .jsonl or .parquet), a local folder, or a hub id.

    Args:
        folder: an empty one for the time of reading.
        config: of a hub dataset whose languages do not have one each.
        revision: of the hub's dataset, a commit.

    Raises ValueError unless the dataset is there and has every language.
    """
    if dataset == "mini":
        source: Source = Mini(task, dataset)
    elif is_files(dataset):
        source = Files(task, dataset)
    elif task.hub_files and dataset == task.dataset and not Path(dataset).is_dir():
        source = HubFiles(task, dataset, revision)
    else:
        source = Hub(task, dataset, folder, config, revision)
    if missing := [lang for lang in languages if not source.has(lang)]:
        raise ValueError(
            f"dataset {dataset!r} has no language {missing[0]!r} for {task.name}: "
            f"choose among {', '.join(source.languages()) or 'none'}"
        )
    return source


def is_files(dataset: str) -> bool:
    """Whether a dataset's name is that of files, not of a folder or of a dataset on the hub."""
    suffixes = Path(dataset.removesuffix(".gz")).suffix
    return "{lang}" in dataset or "{split}" in dataset or suffixes in FILES


class Source:
    """What all sources share: the names of splits, and which columns the task reads."""

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

    def table(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split (by our name) in one language."""
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

    def place(self, split: str, lang: str | None = None) -> str:
        """Names a part of the dataset in an error."""
        language = f", language {lang!r}" if lang else ""
        return f"{self.dataset}{language}, split {self.names[split]!r}"

    def read(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split in one language, in the columns that the task reads."""
        table = self.table(split, lang)
        if missing := [name for name in self.columns if name not in table.columns]:
            raise ValueError(
                f"{self.place(split, lang)} lacks {', '.join(map(repr, missing))}: it has the "
                f"columns {', '.join(table.columns)}, and {self.task.name} needs "
                f"{', '.join(self.columns)}"
            )
        return table[self.columns].reset_index(drop=True)

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


class Mini(Source):
    """The embedded grammars."""

    def languages(self) -> list[str]:
        from xlshare.data.mini.data import LANGUAGES

        return list(LANGUAGES[self.task.name])

    def table(self, split: str, lang: str) -> pd.DataFrame:
        from xlshare.data.mini import data

        return data.rows(self.task.name, lang, SPLITS[split])


class Hub(Source):
    """What `datasets` loads: a dataset of the hub, or a local folder in the same layout.

    A configuration a language, or a column that names the language of each row.
    """

    def __init__(
        self, task: Task, dataset: str, folder: str, config: str | None, revision: str | None
    ) -> None:
        super().__init__(task, dataset)
        self.config = config
        self.options = {"revision": revision}
        if Path(dataset).is_dir():  # the usual cache does not see that such a folder has changed
            self.options = {"revision": None, "cache_dir": folder}
        self._load = cache(self._load_once)

    def languages(self) -> list[str]:
        configs = self._configs()
        if self.task.language is None:
            return configs
        return _values(self._load(self.config, "train"), self.task.language, self.place("train"))

    def has(self, lang: str) -> bool:
        """Offline, the list of a cached dataset's configurations is not whole."""
        from datasets import load_dataset_builder

        if lang in self.languages():
            return True
        if self.task.language is not None:
            return False
        try:
            return bool(load_dataset_builder(self.dataset, lang, **self.options))
        except (OSError, ValueError):
            return False

    def table(self, split: str, lang: str) -> pd.DataFrame:
        if self.task.language is None:
            return as_published(self.task, self._load(lang, split))
        rows = self._load(self.config, split)
        return rows[rows[self.task.language].astype("str") == lang]

    def _load_once(self, config: str | None, split: str) -> pd.DataFrame:
        from datasets import load_dataset
        from datasets.exceptions import DatasetsError

        try:
            rows = load_dataset(self.dataset, config, split=self.names[split], **self.options)
        except (OSError, ValueError, DatasetsError) as error:
            reason = error.__cause__ or error
            raise ValueError(f"{self.place(split, config)} does not load: {reason}") from error
        if commit := COMMIT.search(str(rows.cache_files)):
            self.commit = commit[1]
        used = [name for name in rows.column_names if name in {*self.columns, *OWNERS_COLUMNS}]
        return (rows.select_columns(used) if set(self.columns) <= set(used) else rows).to_pandas()

    def _configs(self) -> list[str]:
        from datasets import get_dataset_config_names

        try:
            return get_dataset_config_names(self.dataset, revision=self.options["revision"])
        except (OSError, ValueError, RuntimeError) as error:
            raise not_had(self, error, self.options["revision"]) from error


class HubFiles(Source):
    """Files of a dataset that the hub offers with a script only: a file a language and split."""

    def __init__(self, task: Task, dataset: str, revision: str | None) -> None:
        super().__init__(task, dataset)
        self.revision = revision
        self._read = cache(lambda split, lang: read_file(self._downloaded(split, lang)))

    def languages(self) -> list[str]:
        return [lang for lang in self.task.languages if self.has(lang)]

    def has(self, lang: str) -> bool:
        try:
            return bool(self._downloaded("train", lang))
        except FileNotFoundError:
            return False

    def table(self, split: str, lang: str) -> pd.DataFrame:
        return self._read(split, lang)

    def _downloaded(self, split: str, lang: str) -> str:
        """The file's path in the hub's cache. Raises FileNotFoundError where the hub has none."""
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import RemoteEntryNotFoundError

        file = self.task.hub_file(split, lang)
        words = {"repo_type": "dataset", "revision": self.revision}
        try:
            path = hf_hub_download(self.dataset, file, **words)
        except RemoteEntryNotFoundError:
            raise FileNotFoundError(f"{self.dataset} has no file {file!r} on the hub") from None
        except (OSError, ValueError) as error:
            raise not_had(self, error, self.revision) from error
        self.commit = COMMIT.search(path)[1]
        return path


def not_had(source: Source, error: Exception, revision: str | None) -> ValueError:
    """What to say of a dataset that is neither here nor to be had from the hub, and what helps."""
    from huggingface_hub.errors import RevisionNotFoundError

    dataset = f"dataset {source.dataset!r}"
    if any(isinstance(one, RevisionNotFoundError) for one in (error, error.__cause__)):
        return ValueError(
            f"{dataset} has no commit {revision!r} on the hub: set data.revision to one that it "
            "has, or to null for the newest, which the manifest records"
        )
    if "scripts are no longer supported" in str(error):
        return ValueError(
            f"{dataset} loads by a script of its own, and such code is never run: download its "
            "files and name them, as my_data/{lang}/{split}.jsonl"
        )
    like = f" in the layout of {source.task.dataset!r}" if source.task.dataset else ""
    return ValueError(
        f"{dataset} is neither a local folder with data nor to be had from the hub ({error}): "
        f"connect and try again, name a local folder{like} or files, or use the embedded dataset "
        "'mini'"
    )


class Files(Source):
    """CSV, TSV, JSON lines or parquet: a file a language ({lang} in its name) or one for all.

    The same with splits: a file a split ({split} in its name), a column that names the split of
    each row, or neither, and then the rows are dealt.
    """

    def __init__(self, task: Task, dataset: str) -> None:
        super().__init__(task, dataset)
        self._read = cache(read_file)
        if "{lang}" not in dataset and task.language is None:
            raise ValueError(
                f"{dataset}: nothing says which row is in which language: write {{lang}} into the "
                "name where each language has a file, or name the column with own_tasks."
                f"{task.name}.language"
            )
        if "{split}" not in dataset and task.split is None and task.splits is None:
            self.names = dict.fromkeys(SPLITS, "all")

    def languages(self) -> list[str]:
        if self.task.language is not None:
            rows = self._read(self._path("train", ""))
            return _values(rows, self.task.language, self.dataset)
        before, _, after = self._pattern("train").partition("{lang}")
        found = glob(f"{before}*{after}".replace("{lang}", "*"))
        return sorted(path[len(before) : len(path) - len(after)] for path in found)

    def has(self, lang: str) -> bool:
        if self.task.language is not None:
            return lang in self.languages()
        return Path(self._pattern("train").replace("{lang}", lang)).is_file()

    def table(self, split: str, lang: str) -> pd.DataFrame:
        rows = self._read(self._path(split, lang))
        for column, values in (
            (self.task.language, [lang]),
            (self.task.split, _names(self.names[split])),
        ):
            if column is not None:
                _values(rows, column, self.dataset)
                rows = rows[rows[column].astype("str").isin(values)]
        return as_published(self.task, rows)

    def _path(self, split: str, lang: str) -> str:
        return self._pattern(split).replace("{lang}", lang)

    def _pattern(self, split: str) -> str:
        """The name with the split's own, by any of its usual names, written in."""
        found = [self.dataset.replace("{split}", name) for name in _names(self.names[split])]
        there = (name for name in found if glob(name.replace("{lang}", "*")))
        return next(there, found[0])


# The owners' files of MARC; the hub's entry joined title and body, and counted stars from 0.
OWNERS_COLUMNS = ("review_title", "review_body", "stars")


def as_published(task: Task, rows: pd.DataFrame) -> pd.DataFrame:
    """MARC's rows in the hub's columns, whoever published them; any other task's as they are."""
    if task.name != "marc" or "text" in rows or not set(OWNERS_COLUMNS) <= set(rows):
        return rows
    text = rows["review_title"].astype("str") + "\n\n" + rows["review_body"].astype("str")
    stars = pd.to_numeric(rows["stars"], errors="coerce")
    return rows.assign(text=text, label=stars - 1)


def read_file(path: str) -> pd.DataFrame:
    """A table from a file, every cell of a CSV as the text that it is.

    Raises ValueError where it is not there or cannot be read.
    """
    kind = Path(path.removesuffix(".gz")).suffix
    try:
        if kind == ".parquet":
            return pd.read_parquet(path)
        if kind in (".csv", ".tsv"):
            words = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
            return pd.read_csv(path, sep="\t" if kind == ".tsv" else ",", **words)
        return pd.read_json(path, lines=not _is_array(path), dtype=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{path} does not load: {reason}: see that it is there and whole"
        ) from error


def _is_array(path: str) -> bool:
    if path.endswith(".gz"):
        return False
    with open(path, encoding="utf-8-sig") as file:
        return file.read(1) == "["


def _names(split: str) -> tuple[str, ...]:
    return (split, *OTHER_NAMES.get(split, ()))


def _values(rows: pd.DataFrame, column: str, place: str) -> list[str]:
    """The distinct values of a column, which must be there."""
    if column not in rows:
        raise ValueError(f"{place} lacks {column!r}: it has the columns {', '.join(rows.columns)}")
    return sorted(rows[column].astype("str").unique())


def known_labels(task: Task) -> Iterable[int | str]:
    """All raw labels that the task knows, used or not, in order."""
    return sorted([*task.labels, *task.unused])
