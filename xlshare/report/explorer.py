"""The explorer's data: the top lists of every test example, as scripts that a page loads.

A page opened from a disk may load scripts and nothing else, so each file is one call that hands
its value over. What is left out is what no list shows: of each test example's scores the page gets
the highest and the lowest few hundred, for each epoch and for their sum. Numbers travel as base64
of little-endian arrays.

    tasks.js                  which tasks there are
    <task>/examples.js        test examples; language, label and content of each training example
    <task>/sum.js, <n>.js     top lists by the summed scores, and by the scores of epoch n
    <task>/texts.js           id and texts of the training examples
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.analysis import rankings
from xlshare.attribution import store
from xlshare.report import style
from xlshare.study.names import ROLES
from xlshare.study.results import Results
from xlshare.study.tasks import Task, language_name

LONGER = 2.5  # lists go on beyond the study's k, as far as the paper's retraining does
TESTS = 100  # test examples per language, so that studies of whole test sets stay light


def write(results: Results, folder: Path) -> list[str]:
    """Write the data of each task that has scores; returns these tasks."""
    tasks = [task for task in results.known if results.manifest(task, "influence.zarr")]
    for task in tasks:
        _write_task(results, task, folder)
    titles = [{"name": task, "title": results.title(task)} for task in tasks]
    _hand_over(folder, "tasks", titles)
    return tasks


def _write_task(results: Results, task: str, folder: Path) -> None:
    influence = _some_tests(store.load(results.path(task, "influence.zarr")).compute())
    rows = pd.read_parquet(results.path(task, "examples.parquet"))
    examples = rows.set_index("id", drop=False)
    k = results.manifest(task, "influence.zarr")["parameters"]["influence"]["top_k"]
    kept = min(round(LONGER * k), influence.sizes["train"])
    facts = {"k": k, "kept": kept, "epochs": influence["checkpoint"].values.tolist()}
    described = facts | _described(results.known[task]) | _examples(influence, examples)
    _hand_over(folder, f"{task}/examples", described)
    _hand_over(folder, f"{task}/texts", _texts(examples.loc[influence["train"].values]))
    _hand_over(folder, f"{task}/sum", _lists(rankings.summed(influence), kept))
    for epoch in facts["epochs"]:
        _hand_over(folder, f"{task}/{epoch}", _lists(influence.sel(checkpoint=epoch), kept))


def _some_tests(influence: xr.DataArray) -> xr.DataArray:
    """The first `TESTS` test examples of each language."""
    place = pd.Series(influence["test_lang"].values).groupby(influence["test_lang"].values)
    return influence.isel(test=(place.cumcount() < TESTS).to_numpy())


def _described(task: Task) -> dict[str, Any]:
    return {"parallel": task.parallel, "question": task.question, "labels": task.label_names}


def _examples(influence: xr.DataArray, examples: pd.DataFrame) -> dict[str, Any]:
    """Who the test examples are, and by number what the training examples are."""
    languages = style.ordered([*influence["train_lang"].values, *influence["test_lang"].values])
    tests = examples.loc[influence["test"].values]
    rows: Any = tests.itertuples()
    return {
        "languages": [
            {"code": code, "name": language_name(code), "colour": style.language_colour(code)}
            for code in languages
        ],
        "tests": [
            {"id": row.id, "lang": languages.index(row.lang), "label": row.label, "texts": texts}
            for row, texts in zip(rows, _pairs(tests), strict=True)
        ],
        "train": {
            "lang": _packed([languages.index(code) for code in influence["train_lang"].values], 1),
            "label": _packed(influence["train_label"].values, 1),
            "group": _packed(pd.factorize(influence["train_group"].values)[0], 4),
        },
    }


def _lists(influence: xr.DataArray, kept: int) -> dict[str, dict[str, str]]:
    """For each role: positions of the top examples in the training set, and their scores.

    Both are (test, rank), flattened; `lengths` says how many of a test example's ranks have the
    sign of the role, which are those that belong to its list.
    """
    size = 2 if influence.sizes["train"] <= 2**16 else 4
    found = {}
    for role in ROLES:
        order, lengths = rankings.ranked(influence, kept, role)
        scores = np.take_along_axis(influence.values, order, axis=1)
        found[role] = {
            "order": _packed(order, size),
            "scores": _packed(scores, 4, "f"),
            "lengths": _packed(lengths, 4),
        }
    return found


def _texts(examples: pd.DataFrame) -> list[list[str]]:
    return [[id, *texts] for id, texts in zip(examples["id"], _pairs(examples), strict=True)]


def _pairs(examples: pd.DataFrame) -> list[list[str]]:
    """The one or two texts of each example."""
    return [
        [first] if pd.isna(second) else [first, second]
        for first, second in zip(examples["text_a"], examples["text_b"])
    ]


def _packed(values: Any, size: int, kind: str = "u") -> str:
    return base64.b64encode(np.asarray(values).astype(f"<{kind}{size}").tobytes()).decode()


def _hand_over(folder: Path, name: str, value: Any) -> None:
    """Write the script that gives `value` to the page under its name."""
    path = folder / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.write_text(f"explorer.receive({json.dumps(name)},{text});\n", encoding="utf-8")
