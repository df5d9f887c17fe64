"""The examples of a task: samples aligned across languages, with stable ids (Section 4.1).

Parallel data give the same groups of translations in every language. What a group's rows must
share, and which rows are odd, is checked for all rows of a split, not only for the drawn ones:
whether a dataset is good does not hang on the seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from xlshare.study import nearest
from xlshare.tasks import TASKS, Task

COLUMNS = ["id", "split", "lang", "group", "text_a", "text_b", "label"]
HUB_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


def load(
    task: str,
    *,
    dataset: str | None = None,
    languages: list[str] | None = None,
    train_per_language: int,
    dev_per_language: int = 0,
    test_per_language: int = 0,
    extra: Mapping[str, int] | None = None,
    seed: int = 1,
    revision: str | None = None,
) -> pd.DataFrame:
    """A sample of a task's examples that keeps its source's proportions of raw labels.

    `task` is a name in `TASKS`; `dataset` "mini" (None), a hub id, or a local folder in the hub's
    layout, and `revision` the hub commit to pin; `languages` None means the paper's five. `extra`
    asks for more training rows of a language, none of them among the others (Section 8.4).

    Returns one row an example, with the columns `COLUMNS`. `group` is equal across translations,
    `id` is unique, and both name the same row of the dataset whatever is drawn; `label` is the
    paper's binary one; `text_b` is missing where a task has one text. `attrs["dropped"]` counts
    the groups that were left out, by reason.

    Raises ValueError on an unknown task or language, a dataset that is not there, rows that are
    not as the task needs them, translations that do not align, or too few rows.
    """
    if task not in TASKS:
        raise ValueError(f"unknown task {task!r}{nearest(task, TASKS)}")
    languages = list(TASKS[task].languages if languages is None else languages)
    counts = {"train": train_per_language, "dev": dev_per_language, "test": test_per_language}
    _check_request(counts, extra or {}, languages)
    with TemporaryDirectory(prefix="xlshare-", ignore_cleanup_errors=True) as cache:
        source = _Source(TASKS[task], dataset or "mini", revision, languages, cache)
        source.check_languages()
        return _samples(source, counts, extra or {}, seed)


def _samples(
    source: _Source, counts: dict[str, int], extra: Mapping[str, int], seed: int
) -> pd.DataFrame:
    dropped: Counter[str] = Counter()
    drawn = []
    for split in (split for split, count in counts.items() if count):
        rows, odd = _groups(source, split)
        more = extra if split == "train" else {}
        drawn.append(_sample(source, rows, split, counts[split], more, seed))
        dropped.update(odd)
    frame = pd.concat(drawn, ignore_index=True)[COLUMNS]
    frame.attrs["dropped"] = dict(dropped)
    return frame


def _check_request(counts: dict[str, int], extra: Mapping[str, int], languages: list[str]) -> None:
    if not languages or len(set(languages)) < len(languages):
        raise ValueError(f"languages={languages}: name at least one, each once")
    for lang in extra:
        if lang not in languages:
            raise ValueError(f"extra: {lang!r} is not among the languages {languages}")
    named = {f"{split}_per_language": n for split, n in counts.items()}
    named |= {f"extra[{lang!r}]": n for lang, n in extra.items()}
    for name, count in named.items():
        if not isinstance(count, (int, np.integer)) or count < 0:
            raise ValueError(f"{name}={count!r} must be a whole number, 0 or more")
    if counts["train"] < 1:
        raise ValueError("train_per_language must be 1 or more")


@dataclass(frozen=True)
class _Source:
    """Where rows come from: the embedded grammar, or what `datasets` loads."""

    task: Task
    dataset: str
    revision: str | None
    languages: list[str]
    cache: str  # of a local folder: the usual cache does not see that such a folder has changed

    @property
    def id_column(self) -> str | None:
        """The column by which translations find each other; None: by row, or not at all."""
        return None if self.task.align == "row" else self.task.align

    def place(self, split: str, lang: str | None = None) -> str:
        """Names a part of the dataset in an error."""
        language = f", language {lang!r}" if lang else ""
        return f"{self.dataset}{language}, split {HUB_SPLITS[split]!r}"

    def check_languages(self) -> None:
        """Raises ValueError unless the dataset is there and has every language."""
        if self.dataset == "mini":
            from xlshare.mini.data import LANGUAGES

            valid = list(LANGUAGES[self.task.name])
            missing = [lang for lang in self.languages if lang not in valid]
        else:
            valid = self._configs()
            missing = [lang for lang in self.languages if not self._has(lang, valid)]
        if missing:
            raise ValueError(
                f"dataset {self.dataset!r} has no language {missing[0]!r} for {self.task.name}: "
                f"choose among {', '.join(valid)}"
            )

    def read(self, split: str, lang: str) -> pd.DataFrame:
        """All rows of a split in one language, in the dataset's own columns."""
        if self.dataset == "mini":
            from xlshare.mini import data

            table = data.rows(self.task.name, lang, HUB_SPLITS[split])
            return table[self._columns(table.columns, split, lang)]
        from datasets import load_dataset
        from datasets.exceptions import DatasetsError

        options = {"split": HUB_SPLITS[split], "revision": self.revision}
        if Path(self.dataset).is_dir():
            options["cache_dir"] = self.cache
        try:
            table = load_dataset(self.dataset, lang, **options)
        except (OSError, ValueError, DatasetsError) as error:
            reason = error.__cause__ or error
            raise ValueError(f"{self.place(split, lang)} does not load: {reason}") from error
        return table.select_columns(self._columns(table.column_names, split, lang)).to_pandas()

    def _columns(self, found: Iterable[str], split: str, lang: str) -> list[str]:
        """The columns that the task reads, all of which must be there."""
        task = self.task
        wanted = [task.text_a, task.text_b, "label", self.id_column]
        wanted = [name for name in wanted if name is not None]
        if missing := [name for name in wanted if name not in found]:
            raise ValueError(
                f"{self.place(split, lang)} lacks {', '.join(map(repr, missing))}: it has the "
                f"columns {', '.join(found)}, and {task.name} needs {', '.join(wanted)}"
            )
        return wanted

    def _configs(self) -> list[str]:
        from datasets import get_dataset_config_names

        try:
            return get_dataset_config_names(self.dataset, revision=self.revision)
        except (OSError, ValueError, RuntimeError) as error:
            raise ValueError(
                f"dataset {self.dataset!r} is neither a local folder with data nor to be had from "
                f"the hub ({error}): connect and try again, name a local folder in the layout of "
                f"{self.task.dataset!r}, or use the embedded dataset 'mini'"
            ) from error

    def _has(self, lang: str, configs: list[str]) -> bool:
        """Whether a language is there; offline, the list of a cached dataset is not whole."""
        from datasets import load_dataset_builder

        if lang in configs:
            return True
        try:
            return bool(load_dataset_builder(self.dataset, lang, revision=self.revision))
        except (OSError, ValueError):
            return False


def _groups(source: _Source, split: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """The usable rows of a split in all languages, and how many groups were left out, by reason."""
    parts = [_rows(source, split, lang) for lang in source.languages]
    rows = pd.concat(parts, ignore_index=True)
    dropped = {}
    if source.task.parallel:
        _check_alignment(source, rows, split)
        rows, dropped["not in every language"] = _complete(source, rows, split)
    for reason, is_odd in _oddities(source.task).items():
        odd = rows.loc[is_odd(rows), "group"].unique()
        rows, dropped[reason] = rows[~rows["group"].isin(odd)], len(odd)
    _check_texts(source, rows, split)
    rows = rows[rows["raw"].isin(list(source.task.labels))]
    return rows, {reason: count for reason, count in dropped.items() if count}


def _rows(source: _Source, split: str, lang: str) -> pd.DataFrame:
    """One language's rows with columns lang, row, group, raw (label), text_a, text_b."""
    task, table = source.task, source.read(split, lang)
    row = pd.Series(np.arange(len(table)))
    place = source.place(split, lang)
    key = _ids(table[source.id_column], place) if source.id_column else row
    group = f"{split}-" + key.astype("str")
    return pd.DataFrame(
        {
            "lang": lang,
            "row": row,
            "group": group if task.parallel else group + f"-{lang}",
            "raw": _labels(table["label"], task, place),
            "text_a": _texts(table[task.text_a]),
            "text_b": _texts(table[task.text_b]) if task.text_b else pd.Series(pd.NA, row, "str"),
        }
    )


def _texts(column: pd.Series) -> pd.Series:
    """Stripped of the white space around them; "" where missing."""
    return column.astype("str").fillna("").str.strip()


def _labels(column: pd.Series, task: Task, place: str) -> pd.Series:
    """The raw labels as integers, which must be among those that the dataset defines."""
    known = range(max(task.labels) + 1)  # one that the task leaves out, three stars, is known too
    bad = ~column.isin(known)
    if bad.any():
        row = int(bad.argmax())
        value = column.astype("object")[row]
        raise ValueError(
            f"{place}, row {row}: label {value!r} is not one of {task.name}'s "
            f"{', '.join(map(str, known))}: recode the labels or remove the row"
        )
    return column.astype("int64")


def _ids(column: pd.Series, place: str) -> pd.Series:
    """The ids that translations share, each of which must be there once in a language."""
    for bad, what in ((column.isna(), "is missing"), (column.duplicated(), "was there before")):
        if bad.any():
            row = int(bad.argmax())
            raise ValueError(
                f"{place}, row {row}: {column.name} {column[row]} {what}: translations are found "
                "by it, so that each row needs its own"
            )
    return column


def _check_alignment(source: _Source, rows: pd.DataFrame, split: str) -> None:
    """Translations have one label and, where they are aligned by row, are as many everywhere."""
    first = rows.drop_duplicates("group").set_index("group")
    at = rows["group"].map(first["raw"])
    by = source.task.align
    if (at != rows["raw"]).any():
        worst = rows[at != rows["raw"]].sort_values("row", kind="stable").iloc[0]
        other = first.loc[worst["group"]]
        raise ValueError(
            f"{source.place(split)}: the languages do not align by {by}: {by} "
            f"{worst['group'].removeprefix(f'{split}-')} has label {other['raw']} in "
            f"{other['lang']!r} and {worst['raw']} in {worst['lang']!r}; take all languages from "
            "one release of the dataset"
        )
    lengths = rows.groupby("lang", sort=False).size().reindex(source.languages, fill_value=0)
    if by == "row" and lengths.nunique() > 1:
        raise ValueError(
            f"{source.place(split)}: the languages do not align by row: row {lengths.min()} is in "
            f"{lengths.idxmax()!r} ({lengths.max()} rows) and not in {lengths.idxmin()!r} "
            f"({lengths.min()} rows); take all languages from one release of the dataset"
        )


def _complete(source: _Source, rows: pd.DataFrame, split: str) -> tuple[pd.DataFrame, int]:
    """The rows of the groups that are in every language, and the number of the other groups."""
    languages = rows["group"].map(rows["group"].value_counts())
    complete = rows[languages == len(source.languages)]
    groups, whole = rows["group"].nunique(), complete["group"].nunique()
    if whole < groups / 2:
        raise ValueError(
            f"{source.place(split)}: the languages do not align by {source.task.align}: only "
            f"{whole} of {groups} are in all of {', '.join(source.languages)}; take all languages "
            "from one release of the dataset"
        )
    return complete, groups - whole


def _oddities(task: Task) -> dict[str, Callable[[pd.DataFrame], pd.Series]]:
    """Reasons to leave a group out, in order: a group counts for the first that holds."""
    tests = {}
    if task.placeholders:
        texts = ["text_a", "text_b"] if task.text_b else ["text_a"]
        tests["placeholder"] = lambda rows: rows[texts].isin(task.placeholders).any(axis=1)
    if not task.equal_texts:
        tests["equal texts"] = lambda rows: rows["text_a"] == rows["text_b"]
    return tests


def _check_texts(source: _Source, rows: pd.DataFrame, split: str) -> None:
    for text, column in (("text_a", source.task.text_a), ("text_b", source.task.text_b)):
        empty = rows[rows[text] == ""] if column else rows[:0]
        if len(empty):
            lang, row = empty.iloc[0][["lang", "row"]]
            where = " in every language" if source.task.parallel else ""
            raise ValueError(
                f"{source.place(split, lang)}, row {row}: {column!r} is empty: write its text or "
                f"remove the row{where}"
            )


def _sample(
    source: _Source, rows: pd.DataFrame, split: str, count: int, extra: Mapping[str, int], seed: int
) -> pd.DataFrame:
    """`count` rows a language, and `extra` training rows, with all columns of the example table."""
    drawn = []
    for lang in source.languages:
        mine = rows[rows["lang"] == lang]
        more = extra.get(lang, 0)
        if count + more > len(mine):
            asked = f"{split}_per_language={count}" + (f" and {more} extra" if more else "")
            raise ValueError(
                f"{asked}: {source.place(split, lang)} has only {len(mine)} usable rows, "
                f"not {count + more}: ask for fewer"
            )
        drawn.append(_draw(mine, count, more, seed))
    frame = pd.concat(drawn, ignore_index=True)
    frame["id"] = frame["group"] + ("-" + frame["lang"] if source.task.parallel else "")
    frame["split"] = split
    frame["label"] = frame["raw"].map(dict(source.task.labels)).astype("int64")
    return frame


def _draw(rows: pd.DataFrame, count: int, more: int, seed: int) -> pd.DataFrame:
    """`count` rows of one language, then `more`: in both, each raw label has its share.

    The order is that of a seeded hash of the group: the same in every language, and whatever else
    is drawn or left out.
    """
    keys = pd.util.hash_pandas_object(rows["group"], index=False, hash_key=f"{seed:016x}")
    shuffled = rows.iloc[np.argsort(keys.to_numpy(), kind="stable")]
    sizes = shuffled["raw"].value_counts().sort_index()
    base = _shares(sizes, count)
    whole = base + _shares(sizes - base, more)
    place = shuffled.groupby("raw").cumcount()
    in_base = place < shuffled["raw"].map(base)
    in_whole = place < shuffled["raw"].map(whole)
    return pd.concat([shuffled[in_base], shuffled[in_whole & ~in_base]])


def _shares(sizes: pd.Series, count: int) -> pd.Series:
    """`count` dealt in proportion to `sizes`, by largest remainder; never more than there are."""
    exact = sizes * count / max(sizes.sum(), 1)
    shares = np.floor(exact).astype("int64")
    left = count - shares.sum()
    shares[(exact - shares).sort_values(ascending=False, kind="stable").index[:left]] += 1
    return shares
