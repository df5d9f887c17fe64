"""The examples of a task: samples aligned across languages, with stable ids (Section 4.1).

Parallel data give the same groups of translations in every language. What a group's rows must
share, and which rows are odd, is checked for all rows of a split, not only for the drawn ones:
whether a dataset is good does not hang on the seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from xlshare.data.source import Source, as_text, known_labels, like
from xlshare.data.sources import open_source
from xlshare.study.parameters import nearest
from xlshare.study.tasks import TASKS, Task, raw_label

COLUMNS = ["id", "split", "lang", "group", "text_a", "text_b", "label"]


def load(
    task: str | Task,
    *,
    dataset: str | None = None,
    languages: list[str] | None = None,
    train_per_language: int,
    dev_per_language: int | str = 0,
    test_per_language: int | str = 0,
    extra: Mapping[str, int] | None = None,
    seed: int = 1,
    revision: str | None = None,
    config: str | None = None,
    skip_empty: bool = False,
    quoting: bool | None = None,
) -> pd.DataFrame:
    """A sample of a task's examples that keeps its source's proportions of raw labels.

    Args:
        task: a name in `TASKS`, or a task of your own.
        dataset: "mini" (None), a hub id, a local folder in the hub's layout, or files as
            `sources.open_source` reads them.
        languages: None means the task's.
        train_per_language: examples of each language.
        dev_per_language: the same; "all" usable rows may be asked for.
        test_per_language: the same.
        extra: of a language, how many more training examples, none of them among the others
            (Section 8.4).
        seed: of the sample.
        revision: the hub's commit to pin.
        config: the dataset's configuration, where languages do not have one each.
        skip_empty: leave out what has an empty text in any language, which else is an error.
        quoting: whether quotation marks enclose the cells of CSV and TSV; None: content decides.

    Returns:
        One row per example, with the columns `COLUMNS`. `group` is equal across translations, `id`
        is unique, and both name the same row of the dataset whatever is drawn; `label` is the
        paper's binary one; `text_b` is missing where a task has one text. `attrs["dropped"]` counts
        the groups that were left out, by reason; `attrs["dataset_commit"]` is the hub's, if it is
        from there.

    Raises:
        ValueError: on an unknown task or language, a dataset that is not there, rows that are not
            as the task needs them, translations that do not align, or too few rows.
    """
    if isinstance(task, str):
        if task not in TASKS:
            raise ValueError(f"unknown task {task!r}{nearest(task, TASKS)}")
        task = TASKS[task]
    languages = list(task.languages if languages is None else languages)
    counts = {"train": train_per_language, "dev": dev_per_language, "test": test_per_language}
    _check_request(counts, extra or {}, languages)
    with TemporaryDirectory(prefix="xlshare-", ignore_cleanup_errors=True) as folder:
        words = {"config": config, "revision": revision, "quoting": quoting}
        source = open_source(task, dataset or "mini", languages, folder, **words)
        return _samples(source, languages, counts, extra or {}, seed, skip_empty)


def _samples(
    source: Source,
    languages: list[str],
    counts: dict[str, int],
    extra: Mapping[str, int],
    seed: int,
    skip_empty: bool,
) -> pd.DataFrame:
    dropped: Counter[str] = Counter()
    drawn = []
    for split in (split for split, count in counts.items() if count):
        rows, odd = _groups(source, languages, split, skip_empty)
        wanted = {lang: (counts[split], 0) for lang in languages}
        if split == "train":
            wanted |= {lang: (counts[split], more) for lang, more in extra.items()}
        drawn.append(_sample(source, rows, split, wanted, seed))
        dropped.update(odd)
    frame = pd.concat(drawn, ignore_index=True)[COLUMNS]
    frame.attrs["dropped"] = dict(dropped)
    if source.commit is not None:
        frame.attrs["dataset_commit"] = source.commit
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
        if count == "all" and name in ("dev_per_language", "test_per_language"):
            continue
        if not isinstance(count, (int, np.integer)) or count < 0:
            raise ValueError(f"{name}={count!r} must be a whole number, 0 or more")
    if counts["train"] < 1:
        raise ValueError("train_per_language must be 1 or more")


def _groups(
    source: Source, languages: list[str], split: str, skip_empty: bool
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The usable rows of a split in all languages, and how many groups were left out, by reason."""
    parts = [_rows(source, split, lang) for lang in languages]
    rows = pd.concat(parts, ignore_index=True)
    dropped = {}
    if source.task.parallel:
        _check_alignment(source, languages, rows, split)
        rows, dropped["not in every language"] = _complete(source, languages, rows, split)
    for reason, is_odd in _oddities(source.task, skip_empty).items():
        odd = rows.loc[is_odd(rows), "group"].unique()
        rows, dropped[reason] = rows[~rows["group"].isin(odd)], len(odd)
    _check_texts(source, rows, split)
    rows = rows[rows["raw"].isin([raw_label(raw) for raw in source.task.labels])]
    return rows, {reason: count for reason, count in dropped.items() if count}


def _rows(source: Source, split: str, lang: str) -> pd.DataFrame:
    """One language's rows: lang, row, place, group, raw (label), text_a, text_b."""
    task, table = source.task, source.read(split, lang)
    places, table = table.index, table.reset_index(drop=True)
    row = pd.Series(np.arange(len(table)))

    def where(number: int) -> str:
        return f"{source.place(split, lang, places[number])}, row {number}"

    key = _ids(table[source.id_column], where) if source.id_column else row
    group = f"{split}-" + key.astype("str")
    rows = pd.DataFrame(
        {
            "lang": lang,
            "row": row,
            "place": places,
            "group": group if task.parallel else group + f"-{lang}",
            "raw": _labels(table[task.label], task, where),
            "text_a": _texts(table[task.text_a], where),
            "text_b": _texts(table[task.text_b], where)
            if task.text_b
            else pd.Series(pd.NA, row, "str"),
        }
    )
    if len(source.sharing(split)) == 1:
        return rows
    contents = rows["text_a"] + "\n" + rows["text_b"].fillna("")  # equal texts are dealt together
    return rows[source.deal(key if task.parallel else contents, split)]


def _texts(column: pd.Series, where: Callable[[int], str]) -> pd.Series:
    """Stripped of the white space around them; "" where missing."""
    other = (list, dict, np.ndarray, bytes)
    nested = column.astype("object").map(lambda cell: isinstance(cell, other))
    if nested.any():
        row = int(nested.argmax())
        raise ValueError(
            f"{where(row)}: {column.name!r} is {str(column[row])[:60]}, not a text: save it as one"
        )
    return as_text(column).fillna("")


def _labels(column: pd.Series, task: Task, where: Callable[[int], str]) -> pd.Series:
    """The raw labels as text, which must be among those that the task knows.

    Where a label is missing, a class called "None" or "nan" is not meant.
    """
    if (missing := column.isna()).any():
        raise ValueError(
            f"{where(int(missing.argmax()))}: label is missing from {column.name!r}: write it, or "
            "remove the row"
        )
    known = known_labels(task)
    raw = column.astype("object").map(raw_label).astype("str")
    bad = ~raw.isin([raw_label(label) for label in known])
    if bad.any():
        row = int(bad.argmax())
        value = column.astype("object")[row]
        raise ValueError(
            f"{where(row)}: label {value!r} is not one of {task.name}'s "
            f"{', '.join(map(str, known))}{like(value, known)}: recode the labels or remove the row"
        )
    return raw


def _ids(column: pd.Series, where: Callable[[int], str]) -> pd.Series:
    """The ids that translations share, as text; each must be there once in a language."""
    ids = as_text(column.convert_dtypes()) if column.dtype.kind == "f" else as_text(column)
    missing = ids.isna() | (ids == "")
    for bad, what in ((missing, "is missing"), (ids.duplicated(), "was there before")):
        if bad.any():
            row = int(bad.argmax())
            raise ValueError(
                f"{where(row)}: {column.name} {ids[row]} {what}: translations are found by it, so "
                "that each row needs its own"
            )
    return ids


def _check_alignment(source: Source, languages: list[str], rows: pd.DataFrame, split: str) -> None:
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
    lengths = rows.groupby("lang", sort=False).size().reindex(languages, fill_value=0)
    if by == "row" and lengths.nunique() > 1:
        raise ValueError(
            f"{source.place(split)}: the languages do not align by row: row {lengths.min()} is in "
            f"{lengths.idxmax()!r} ({lengths.max()} rows) and not in {lengths.idxmin()!r} "
            f"({lengths.min()} rows); take all languages from one release of the dataset"
        )


def _complete(
    source: Source, languages: list[str], rows: pd.DataFrame, split: str
) -> tuple[pd.DataFrame, int]:
    """The rows of the groups that are in every language, and the number of the other groups."""
    count = rows["group"].map(rows["group"].value_counts())
    complete = rows[count == len(languages)]
    groups, whole = rows["group"].nunique(), complete["group"].nunique()
    if whole < groups / 2:
        raise ValueError(
            f"{source.place(split)}: the languages do not align by {source.task.align}: only "
            f"{whole} of {groups} are in all of {', '.join(languages)}; take all languages "
            "from one release of the dataset"
        )
    return complete, groups - whole


def _oddities(task: Task, skip_empty: bool) -> dict[str, Callable[[pd.DataFrame], pd.Series]]:
    """Reasons to leave a group out, in order: a group counts for the first that holds."""
    tests = {}
    texts = ["text_a", "text_b"] if task.text_b else ["text_a"]
    if task.placeholders:
        tests["placeholder"] = lambda rows: rows[texts].isin(task.placeholders).any(axis=1)
    if not task.equal_texts:
        tests["equal texts"] = lambda rows: rows["text_a"] == rows["text_b"]
    if skip_empty:
        tests["empty text"] = lambda rows: (rows[texts] == "").any(axis=1)
    return tests


def _check_texts(source: Source, rows: pd.DataFrame, split: str) -> None:
    for text, column in (("text_a", source.task.text_a), ("text_b", source.task.text_b)):
        empty = rows[rows[text] == ""] if column else rows[:0]
        if len(empty):
            lang, row, head = empty.iloc[0][["lang", "row", "place"]]
            where = " in every language" if source.task.parallel else ""
            raise ValueError(
                f"{source.place(split, lang, head)}, row {row}: {column!r} is empty: write "
                f"its text, remove the row{where}, or set data.skip_empty"
            )


def _sample(
    source: Source, rows: pd.DataFrame, split: str, wanted: dict[str, tuple], seed: int
) -> pd.DataFrame:
    """A sample in all columns of the example table; `wanted`: of a language, count and more."""
    drawn = []
    for lang, (count, more) in wanted.items():
        mine = rows[rows["lang"] == lang]
        count = len(mine) if count == "all" else count
        if count + more > len(mine):
            asked = f"{split}_per_language={count}" + (f" and {more} extra" if more else "")
            has = f"only {len(mine)} usable rows, not {count + more}: ask for fewer"
            has = has if len(mine) else "no usable rows: see that they are there"
            raise ValueError(f"{asked}: {source.place(split, lang)} has {has}")
        drawn.append(_draw(mine, count, more, seed))
    frame = pd.concat(drawn, ignore_index=True)
    frame["id"] = frame["group"] + ("-" + frame["lang"] if source.task.parallel else "")
    frame["split"] = split
    codes = {raw_label(raw): code for raw, code in source.task.labels.items()}
    frame["label"] = frame["raw"].map(codes).astype("int64")
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
