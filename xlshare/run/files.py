"""Influence scores of two files of examples, which need no study (`xlshare influence`)."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import xarray as xr
from transformers import AutoTokenizer, PreTrainedModel

from xlshare.attribution import influence
from xlshare.data.formats import read_file
from xlshare.training import vocabulary

TEXTS = ("text", "text_a", "text_b")
KEPT = ("id", "lang", "group")


def score(
    folder: Path, train: Path, test: Path, *, max_length: int | None = None, **options
) -> xr.DataArray:
    """Score each row of `train` for each row of `test` (Section 4.2) at each checkpoint.

    Args:
        folder: holds checkpoints written by `save_pretrained`, or is one.
        train: a file with a row for each example, tokenized or not (`read_examples`).
        test: the same.
        max_length: tokens of a text, from which on it is cut; default the tokenizer's limit.
        **options: those of `influence`, such as `out`, `similarity` or `batch_size`.

    Returns:
        Scores with dims (checkpoint, test, train).

    Raises:
        ValueError: the folder holds no checkpoint, or a file cannot be read or scored.
    """
    checkpoints = find_checkpoints(folder)
    model = vocabulary.load(checkpoints[-1])
    rows = [read_examples(file, model, max_length) for file in (train, test)]
    return influence(model, checkpoints, *rows, **options)


def find_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder in the order of their numbers, or the folder if it is one.

    Raises:
        ValueError: there is none.
    """
    found = sorted((file.parent for file in folder.glob("*/config.json")), key=_number)
    if not found and (folder / "config.json").is_file():
        found = [folder]
    if not found:
        raise ValueError(
            f"{folder} holds no checkpoint: name a folder written by save_pretrained, "
            "or one with such folders in it (epoch-1, epoch-2 and so on)"
        )
    return found


def _number(folder: Path) -> tuple[int, str]:
    return int((re.findall(r"\d+", folder.name) or [0])[-1]), folder.name


def read_examples(file: Path, model: PreTrainedModel, max_length: int | None) -> pd.DataFrame:
    """The rows of a file as `influence` takes them.

    Args:
        file: parquet, JSON lines or CSV. Rows are tokenized, with `input_ids` and `labels`, or
            have a `text` (or `text_a` and `text_b`) and a `label`, a number or a class's name.
        model: gives the names of the classes; its tokenizer lies in its folder.
        max_length: tokens of a text.

    Raises:
        ValueError: the file cannot be read, lacks columns, or has a label that is no class.
    """
    table = read_file(str(file))
    if "input_ids" in table:
        return table.reset_index(drop=True)
    texts = [name for name in TEXTS if name in table]
    if not texts or "label" not in table:
        raise ValueError(
            f"{file} has the columns {', '.join(map(str, table.columns))}: it needs input_ids and "
            "labels, or a text in `text` (two in `text_a` and `text_b`) and its class in `label`"
        )
    for name in (*texts, "label"):
        if (missing := table[name].isna()).any():
            place = table.index[int(missing.argmax())]
            raise ValueError(f"{place}: {name!r} is missing: write it, or remove the row")
    tokenizer = AutoTokenizer.from_pretrained(model.name_or_path, trust_remote_code=False)
    columns = [table[name].astype(str).tolist() for name in texts]
    tokens = tokenizer(*columns, truncation=True, max_length=max_length)
    labels = [_class(place, label, model) for place, label in table["label"].items()]
    kept = {name: table[name].tolist() for name in KEPT if name in table}
    return pd.DataFrame({**tokens, "labels": labels, **kept})


def _class(place: object, label: object, model: PreTrainedModel) -> int:
    """A class's number, from its number or its name in the model's configuration."""
    names = {str(name): int(number) for number, name in (model.config.id2label or {}).items()}
    numbers = {str(number): number for number in names.values()}
    found = (names | numbers).get(str(label).strip())
    if found is None:
        raise ValueError(f"{place}: label {label!r} is no class of the model: {', '.join(names)}")
    return found
