"""Datasets in the hub's layout as sources: what `datasets` loads, and files that it cannot."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from glob import has_magic
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from xlshare.data.folders import check_all_read, configurations, data_files, reading_options
from xlshare.data.formats import read_file
from xlshare.data.source import OWNERS_COLUMNS, Source, as_published, as_text, distinct, like
from xlshare.study.parameters import no_folder
from xlshare.study.tasks import Task

TEXTS = {"keep_default_na": False}  # of a CSV: "NA", "null" and their like are no missing values
FAULTS = (OSError, ValueError, RuntimeError, TypeError, KeyError, AttributeError)  # of `datasets`
COMMIT = re.compile("/([0-9a-f]{40})/")  # where `datasets` keeps what it got from the hub


class Hub(Source):
    """What `datasets` loads: a dataset of the hub, or a local folder in the same layout.

    It has one configuration per language, or a column that names the language of each row.
    """

    def __init__(
        self,
        task: Task,
        dataset: str,
        folder: str,
        config: str | None,
        revision: str | None,
        quoting: bool | None = None,
    ) -> None:
        super().__init__(task, dataset)
        if task.split is not None:
            raise ValueError(
                f"{dataset}: a dataset in the hub's layout names its splits itself: remove "
                f"own_tasks.{task.name}.split, or name its files, as my_data/all.csv"
            )
        self.config, self.quoting = config, quoting
        self.name = dataset
        self.options: dict[str, Any] = {"revision": revision}
        self.is_local = Path(dataset).is_dir()
        self.configs = configurations(Path(dataset)) if self.is_local else {}
        if self.is_local:  # the usual cache does not see that such a folder has changed
            self.options = {"revision": None, "cache_dir": f"{folder}/cache"}
            self.name = _without_magic(dataset, folder)
        self._load = cache(self._load_once)

    def languages(self) -> list[str]:
        """The languages that the configurations or the column name."""
        configs = self._configs()
        if self.task.language is None:
            return configs
        return distinct(self._load(self.config, "train"), self.task.language, self.place("train"))

    def has(self, lang: str) -> bool:
        """Offline, the list of a cached dataset's configurations is not whole."""
        if lang in self.languages():
            return True
        if self.task.language is not None:
            return False
        try:
            return bool(self._builder(lang))
        except FAULTS:
            return False

    def table(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split in one language."""
        if self.task.language is None:
            return as_published(self.task, self._load(lang, split))
        rows = self._load(self.config, split)
        return rows[as_text(rows[self.task.language]) == lang]

    def _load_once(self, config: str | None, split: str) -> pd.DataFrame:
        from datasets.packaged_modules.parquet.parquet import Parquet

        with self._named(split, config):
            builder, words = self._builder(config)
        if self.is_local:
            self._check_files(builder, config, split)
            if kind := _kind_of_text(builder):
                return self._read_files(builder, kind, split)
            if isinstance(builder, Parquet):
                self._check_parquet(builder, config, split)
        return self._read_table(builder, words, config, split)

    def _builder(self, config: str | None) -> tuple[Any, dict[str, Any]]:
        """What makes the tables of a configuration, and the words to load them with.

        To its CSV, too, "NA" and its like are texts. Such tables have a place of their own in the
        cache, which offline is found only when it is asked for.
        """
        from datasets import load_dataset_builder
        from datasets.packaged_modules.cache.cache import Cache
        from datasets.packaged_modules.csv.csv import Csv

        load = partial(load_dataset_builder, self.name, config, **self.options)
        try:
            builder = load()
        except (OSError, ValueError) as error:
            builder = error
        if isinstance(builder, (Exception, Cache)):
            with suppress(OSError, ValueError, TypeError):
                return load(**TEXTS), TEXTS
        if isinstance(builder, Exception):
            raise builder
        return builder, TEXTS if isinstance(builder, Csv) else {}

    @contextmanager
    def _named(self, split: str, config: str | None) -> Iterator[None]:
        """Errors of `datasets` name the part of the dataset that does not load."""
        from datasets.exceptions import DatasetsError

        try:
            yield
        except (*FAULTS, DatasetsError) as error:
            reason = _one_line(error.__cause__ or error)
            raise ValueError(f"{self.place(split, config)} does not load: {reason}") from error

    def _check_files(self, builder: Any, config: str | None, split: str) -> None:
        """A local folder must have the split, and no data that would be passed over."""
        files = builder.config.data_files or {}
        if not self.configs.get(builder.config.name, {}).get("data_files"):
            folder = Path(self.dataset, builder.config.data_dir or "")
            check_all_read(folder, chain.from_iterable(files.values()))
        if self.names[split] not in files:
            raise ValueError(
                f"{self.place(split, config)} does not load: the folder has the splits "
                f"{', '.join(map(str, files))}: add a file whose name begins with "
                f"{self.names[split]}, or say in the task which are which, as "
                "splits: {train: train, dev: test, test: test}; those of one name divide its rows"
            )

    def _read_files(self, builder: Any, kind: str, split: str) -> pd.DataFrame:
        """The CSV or JSON files of a local folder, as plain files are read."""
        name = builder.config.name
        place = f"{Path(self.dataset, 'README.md')}: configuration {name!r}"
        words = reading_options(place, kind, self.configs.get(name, {}))
        if self.quoting is not None:
            words["quoting"] = self.quoting
        files = [os.path.realpath(file) for file in builder.config.data_files[self.names[split]]]
        tables = {file: read_file(file, **words) for file in files}
        self._check_columns({file: list(table.columns) for file, table in tables.items()})
        return _with_codes(pd.concat(tables.values()), builder.info.features or {})

    def _check_parquet(self, builder: Any, config: str | None, split: str) -> None:
        from pyarrow.parquet import read_schema

        files = builder.config.data_files[self.names[split]]
        with self._named(split, config):
            columns = {os.path.realpath(file): read_schema(file).names for file in files}
        self._check_columns(columns)

    def _check_columns(self, tables: Mapping[str, list[str]]) -> None:
        """The files of a split have the same columns, as far as the task reads them."""
        for column in self.columns:
            having = [file for file, columns in tables.items() if column in columns]
            lacking = [file for file in tables if file not in having]
            if having and lacking:
                found = tables[lacking[0]]
                raise ValueError(
                    f"{lacking[0]} lacks {column!r}{like(column, found)}, which {having[0]} has: "
                    f"it has the columns {', '.join(found)}: give both files the same columns"
                )

    def _read_table(
        self, builder: Any, words: dict[str, Any], config: str | None, split: str
    ) -> pd.DataFrame:
        """A table as `datasets` makes it."""
        from datasets import load_dataset

        with self._named(split, config):
            rows = load_dataset(self.name, config, split=self.names[split], **self.options, **words)
        if commit := COMMIT.search(str(rows.cache_files)):
            self.commit = commit[1]
            self._check_commit(commit[1], self.place(split, config))
        used = [name for name in rows.column_names if name in {*self.columns, *OWNERS_COLUMNS}]
        whole = set(self.columns) <= set(used)
        table = _as_frame(rows.select_columns(used) if whole else rows)
        if words:
            _check_rows_apart(_as_frame(rows), self.place(split, config))
            self._check_texts(table, self.place(split, config))
        return table

    def _check_texts(self, table: pd.DataFrame, place: str) -> None:
        """Refuse texts of a CSV of the hub's that were taken for numbers."""
        for column in (self.task.text_a, self.task.text_b):
            if column in table and table[column].dtype.kind in "iufb":
                raise ValueError(
                    f"{place}: the texts of {column!r} were read as numbers "
                    f"({table[column].dtype}), so that 0075 became 75: download its files, and "
                    "name them as my_data/{lang}.csv"
                )

    def _check_commit(self, found: str, place: str) -> None:
        """Offline, `datasets` takes the newest tables of its cache, whatever commit it is asked."""
        wanted = self.options["revision"]
        if wanted != found and re.fullmatch("[0-9a-f]{40}", wanted or ""):
            raise ValueError(
                f"{place}: the cache holds commit {found}, not {wanted}: connect and try again, "
                "or set data.revision to the one that it holds"
            )

    def _configs(self) -> list[str]:
        from datasets import get_dataset_config_names

        try:
            return get_dataset_config_names(self.name, revision=self.options["revision"])
        except FAULTS as error:
            if self.is_local:
                raise _not_read(self.dataset, error) from error
            raise not_had(self, error, self.options["revision"]) from error


def _without_magic(dataset: str, folder: str) -> str:
    """A folder's name, or that of its image where `datasets` would read brackets as a pattern."""
    if not has_magic(str(Path(dataset).absolute())):
        return dataset
    shutil.copytree(Path(dataset).absolute(), f"{folder}/data", copy_function=os.symlink)
    return f"{folder}/data"


def _kind_of_text(builder: Any) -> str | None:
    """What it reads, where that is "csv" or "json"."""
    from datasets.packaged_modules.csv.csv import Csv
    from datasets.packaged_modules.json.json import Json

    kinds = {"csv": Csv, "json": Json}
    return next((name for name, kind in kinds.items() if isinstance(builder, kind)), None)


def _one_line(error: BaseException) -> str:
    """An error's own words, without line breaks and not too many."""
    words = " ".join(str(error).split())
    return words if len(words) <= 300 else f"{words[:300]} ..."


def _not_read(folder: str, error: Exception) -> ValueError:
    """What to say of a local folder that `datasets` does not take."""
    found = data_files(Path(folder))
    holds = ", ".join(found[:8]) or "no data"
    mixed = "same data file format" in str(error)
    reason = "its splits have several formats" if mixed else _one_line(error)
    return ValueError(
        f"folder {folder!r} does not load ({reason}): it holds {holds}: save its data in "
        "one format, in files whose names begin with train, validation or test and end with .csv, "
        ".jsonl or .parquet, in small letters, and see what its README.md says of them"
    )


def _with_codes(rows: pd.DataFrame, features: Mapping[str, Any]) -> pd.DataFrame:
    """The names of classes as the numbers that the folder's README gives them."""
    for column, feature in features.items():
        if column in rows and hasattr(feature, "str2int"):
            codes = {name: str(code) for code, name in enumerate(feature.names)}
            rows = rows.assign(**{column: rows[column].replace(codes)})
    return rows


def _as_frame(rows: Any) -> pd.DataFrame:
    """A `datasets.Dataset` as a table in which 75 is not 75.0 where another cell is missing."""
    return rows.with_format("arrow")[:].to_pandas(integer_object_nulls=True)


def _check_rows_apart(table: pd.DataFrame, place: str) -> None:
    """Refuse cells that hold whole rows of a TSV: a quotation mark began one without quoting."""
    for column in table.select_dtypes(["object", "str"]):
        cells = table[column].astype("str").fillna("")
        breaks = cells.str.count("\n")
        if ((breaks > 0) & (cells.str.count("\t") == breaks * (table.shape[1] - 1))).any():
            raise ValueError(
                f"{place}: a cell of {column!r} holds whole rows, as where texts begin with a "
                "quotation mark in a file without quoting: download its files, name them as "
                "my_data/{lang}.tsv, and set data.quoting to false"
            )


class HubFiles(Source):
    """A dataset that the hub offers with a script only: one file per language and split."""

    def __init__(self, task: Task, dataset: str, revision: str | None) -> None:
        super().__init__(task, dataset)
        self.revision = revision
        self._read = cache(lambda split, lang: read_file(self._downloaded(split, lang)))

    def languages(self) -> list[str]:
        """The languages that there are."""
        return [lang for lang in self.task.languages if self.has(lang)]

    def has(self, lang: str) -> bool:
        """Whether a language is there."""
        try:
            return bool(self._downloaded("train", lang))
        except FileNotFoundError:
            return False

    def table(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split in one language."""
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
        if commit := COMMIT.search(path):
            self.commit = commit[1]
        return path


def not_had(source: Source, error: Exception, revision: str | None) -> ValueError:
    """What to say of a dataset that is neither here nor to be had from the hub, and what helps."""
    from huggingface_hub.errors import RevisionNotFoundError

    dataset = f"dataset {source.dataset!r}"
    if words := no_folder(source.dataset):
        return ValueError(f"{dataset}: {words}, files, a hub id (owner/name), or 'mini'")
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
