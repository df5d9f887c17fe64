"""Where a task's rows come from: the embedded grammars, the hub, a local folder, or plain files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from xlshare.data.files import Files, is_files
from xlshare.data.hub_datasets import Hub, HubFiles
from xlshare.data.source import Source, like
from xlshare.study.tasks import SPLITS, Task


def open_source(
    task: Task,
    dataset: str,
    languages: list[str],
    folder: str,
    *,
    config: str | None = None,
    revision: str | None = None,
    quoting: bool | None = None,
) -> Source:
    """The source that `dataset` names.

    Args:
        task: says which columns and splits to read.
        dataset: "mini", files (a path with {lang} or {split} in it, or the name of a file), a local
            folder, or a hub id.
        languages: those that must be there.
        folder: an empty one for the time of reading.
        config: of a hub dataset whose languages do not have one each.
        revision: of the hub's dataset, a commit.
        quoting: whether quotation marks enclose cells of CSV and TSV; None: decided by content.

    Raises:
        ValueError: unless the dataset is there and has every language.
    """
    if dataset == "mini":
        source: Source = Mini(task, dataset)
    elif is_files(dataset):
        source = Files(task, dataset, quoting)
    elif task.hub_files and dataset == task.dataset and not Path(dataset).is_dir():
        source = HubFiles(task, dataset, revision)
    else:
        source = Hub(task, dataset, folder, config, revision, quoting)
    if missing := [lang for lang in languages if not source.has(lang)]:
        raise ValueError(
            f"dataset {dataset!r} has no language {missing[0]!r} for {task.name}"
            f"{like(missing[0], source.languages())}: {source.found()}"
        )
    return source


class Mini(Source):
    """The embedded grammars."""

    def languages(self) -> list[str]:
        """The languages that there are."""
        from xlshare.data.mini.data import LANGUAGES

        return list(LANGUAGES[self.task.name])

    def table(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split in one language."""
        from xlshare.data.mini import data

        return data.rows(self.task.name, lang, SPLITS[split])
