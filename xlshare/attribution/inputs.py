"""Examples: the rows whose influence is computed, checked, and batches of them.

A column is an input if the model's `forward` takes one of its name. Columns that become
coordinates (`id`, `lang`, `group`, `label`), text, single values, and what a tokenizer leaves
beside its inputs (`UNREAD`) are no inputs and are left alone; any other column of numbers for each
token is refused, since the model was not trained with it.

Whatever is wrong with a row is said before anything is computed, naming the row.
"""

from __future__ import annotations

import difflib
import hashlib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import PretrainedConfig, PreTrainedModel

from xlshare.attribution.labels import are_of_tokens, as_labels, check_labels

if TYPE_CHECKING:
    from datasets import Dataset
    from pandas import DataFrame

Rows: TypeAlias = "Sequence[Mapping] | Dataset | DataFrame"

COORDINATES = ("lang", "group", "label")
TOKEN = "token"  # of a token classifier: a column that chooses tokens, and a coordinate
UNREAD = ("special_tokens_mask", "offset_mapping", "word_ids", "length", "tokens")
NO_INPUTS = ("labels", "inputs_embeds", "past_key_values", "use_cache", "return_dict")


# ---- What a model reads ---------------------------------------------------------------------


def input_names(model: nn.Module) -> list[str]:
    """What the model's `forward` takes; of a wrapper also what it passes on to the model in it."""
    taken = inspect.signature(model.forward).parameters
    names = [name for name, p in taken.items() if p.kind is not p.VAR_KEYWORD]
    if len(names) < len(taken) and not isinstance(model, PreTrainedModel):
        inner = next((m for m in model.modules() if isinstance(m, PreTrainedModel)), None)
        names += [] if inner is None else input_names(inner)
    return [name for name in dict.fromkeys(names) if name not in NO_INPUTS]


def configuration(model: nn.Module) -> PretrainedConfig:
    """The model's configuration; a PEFT wrapper has that of the model in it."""
    return cast(PretrainedConfig, model.config)


def labels_of(model: nn.Module) -> int:
    """How many labels the model tells apart."""
    return cast(int, configuration(model).num_labels)


def vocabulary(model: nn.Module) -> int | None:
    """How many tokens the model knows; None if it has no table of them (CANINE, Perceiver)."""
    try:
        return getattr(cast(PreTrainedModel, model).get_input_embeddings(), "num_embeddings", None)
    except (AttributeError, NotImplementedError):
        return None


def padding(model: nn.Module) -> dict[str, int]:
    """With what each of the model's inputs is padded: 0, a valid index that its mask hides.

    Only the padding token has a number of its own. A number that is no token of the model (-1 in
    old Llama configurations) cannot be read, so 0 takes its place.
    """
    own = getattr(configuration(model).get_text_config(), "pad_token_id", None)
    known = vocabulary(model)
    is_token = own is not None and 0 <= own and (known is None or own < known)
    return dict.fromkeys(input_names(model), 0) | {"input_ids": own if own and is_token else 0}


def collate(
    rows: Sequence[Mapping], padding: Mapping[str, int], device: torch.device
) -> dict[str, Tensor]:
    """A batch of model inputs of ragged rows, padded on the right.

    Args:
        rows: Values by name; what has a length is a value for each token, [T] or [T, ...].
        padding: The padding value of each input (`padding`); labels and others are left out.
        device: Where the batch goes.

    Returns:
        Tensors [B, T, ...], those of single values [B]. An attention mask is added if the model
        takes one and the rows have none.
    """
    batch = {name: [torch.as_tensor(r[name]) for r in rows] for name in padding if name in rows[0]}
    if "attention_mask" in padding:
        batch.setdefault("attention_mask", [torch.ones_like(x) for x in batch["input_ids"]])
    return {name: _stack(values, padding[name]).to(device) for name, values in batch.items()}


def _stack(values: Sequence[Tensor], padding: int) -> Tensor:
    if values[0].dim() in (0, *IMAGE):
        return torch.stack(list(values))
    return pad_sequence(list(values), batch_first=True, padding_value=padding)


# ---- Examples and their labels --------------------------------------------------------------

IMAGE = 3, 4, 5  # dimensions of what belongs to a text as a whole


@dataclass(frozen=True)
class Text:
    """A text that is read once, and the examples that are differentiated of it."""

    row: Mapping  # its inputs
    numbers: list[int]  # of the examples
    labels: list  # of each of them: a label, or the tokens' labels [T]


class Examples:
    """Rows to compute gradients of, checked, with their coordinates and the hash of their content.

    Args:
        rows: A `datasets.Dataset`, a pandas DataFrame or a sequence of mappings.
        role: "train" or "test", for messages and coordinates.
        model: The classifier that is to read them.

    Attributes:
        columns: The model's inputs that the rows have.
        coords: Coordinates of the scores: `role`, `role_lang` and so on.
        hash: SHA-256 of what the gradients depend on.
        extremes: The rows with the largest or smallest value of an input, or length.
        lengths: How many tokens each row has.
        of_tokens: Whether each token has a label, and not the text.
        sentences: Themselves; of `Tokens`, the examples that these are tokens of.

    Raises:
        ValueError: Naming the row and what is wrong with it.
    """

    granularity = "example"

    def __init__(self, rows: Rows, role: str, model: nn.Module):
        self.rows, self.role = _as_rows(rows, role), role
        first, names = self.rows[0], input_names(model)
        self.of_tokens, self.sentences = are_of_tokens(first.get("labels")), self
        self.columns = [name for name in names if first.get(name) is not None]
        labels = self._column("id") if "id" in first else np.arange(len(self))
        self.ids = labels.tolist()
        self._refuse_unread(first, names)
        self.hash = self._check(names, vocabulary(model), labels_of(model))
        self.coords: dict[str, Any] = {role: labels}
        for name in COORDINATES:
            source = "labels" if name == "label" and "label" not in first else name
            if source in first and not (name == "label" and are_of_tokens(first[source])):
                self.coords[f"{role}_{name}"] = (role, self._column(source))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        """The inputs of a row, int64 or float32 arrays, and its label or labels in `labels`."""
        row = self.rows[index]
        return {n: as_array(row[n]) for n in self.columns} | {
            "labels": as_labels(row["labels"], self.of_tokens)
        }

    def given(self, number: int) -> Mapping:
        """A row as it was given."""
        return self.rows[number]

    def groups(self, numbers: Iterable[int]) -> list[list[int]]:
        """The examples that one text has, text by text: here each its own."""
        return [[number] for number in numbers]

    def text(self, group: Sequence[int]) -> Text:
        """The text of a group of examples."""
        row = self[group[0]]
        return Text(row, [*group], [row["labels"]])

    def audited(self, sentence: int) -> list[int]:
        """The examples that stand for a row where it is audited."""
        return [sentence]

    def where(self, index: int) -> str:
        """How messages call a row."""
        return f"{self.role} row {index} (id {self.ids[index]!r})"

    def _column(self, name: str) -> np.ndarray:
        if hasattr(self.rows, "column_names"):
            values = cast(Any, self.rows)[name]
        else:
            values = [row.get(name) for row in self.rows]
        if None in values:
            raise ValueError(f"{self.role} row {values.index(None)} lacks {name!r}, row 0 has it")
        return np.array([getattr(v, "item", lambda v=v: v)() for v in values])

    def _refuse_unread(self, first: Mapping, names: Sequence[str]) -> None:
        """Refuse columns that look like inputs, or like the misspelt name of one."""
        known = {*names, *UNREAD, *COORDINATES, "id", "labels", *[TOKEN] * self.of_tokens}
        for name, value in first.items():
            if name in known:
                continue
            meant = difflib.get_close_matches(name, names, 1, cutoff=0.85)
            if meant or _is_for_tokens(value):
                raise ValueError(
                    f"{self.role} has a column {name!r}, which is no input of the model: "
                    + (f"did you mean {meant[0]!r}?" if meant else "remove it.")
                    + f" The inputs are {', '.join(names)}"
                )

    def _check(self, names: Sequence[str], known: int | None, num_labels: int) -> str:
        """Look at every row once; returns the SHA-256 of what the gradients depend on."""
        digest = hashlib.sha256(repr(self.columns).encode())
        shapes: dict[str, tuple] = {}
        most: dict[tuple, tuple] = {}
        self.lengths = np.empty(len(self), np.int64)
        for index in range(len(self)):
            self._check_columns(index, names)
            row = self._read(index)
            _check_row(self.where(index), row, known, num_labels)
            _check_shapes(self.where(index), row, shapes)
            _note_extremes(index, row, most)
            self.lengths[index] = len(row["input_ids"])
            for value in row.values():
                digest.update(np.asarray(value).tobytes() + b"|")
        self.extremes = sorted({index for _, index in most.values()})
        return digest.hexdigest()

    def _read(self, index: int) -> dict:
        try:
            row = self[index]
            row["input_ids"]  # which is no column where it is missing from the first row
            return row
        except (KeyError, TypeError, ValueError) as error:
            labels = "a label for each of them" if self.of_tokens else "a label"
            raise ValueError(
                f"{self.where(index)} needs input_ids and {labels} in `labels`, whole numbers: "
                f"{error!r}"
            ) from None

    def _check_columns(self, index: int, names: Sequence[str]) -> None:
        """An input is there for all rows or for none."""
        row = self.rows[index]
        for name in names:
            if (row.get(name) is not None) != (name in self.columns):
                has, lacks = ("row 0", "it") if name in self.columns else ("it", "row 0")
                raise ValueError(
                    f"{self.where(index)}: {has} has {name!r}, {lacks} lacks it; "
                    "give the column to all rows or to none"
                )


def _as_rows(rows, role: str) -> Sequence[Mapping]:
    if hasattr(rows, "to_dict") and hasattr(rows, "iloc"):  # a pandas DataFrame
        rows = rows.astype(object).where(rows.notna(), None).to_dict("records")
    if isinstance(rows, Mapping) or not hasattr(rows, "__len__"):
        raise ValueError(
            f"{role} is a {type(rows).__name__}; give a sequence of rows: a datasets.Dataset, a "
            "pandas DataFrame or a list of dicts"
        )
    if len(rows) == 0:
        raise ValueError(f"{role} holds no examples")
    if not isinstance(rows[0], Mapping):
        raise ValueError(f"{role}'s rows are of type {type(rows[0]).__name__}; give mappings")
    return rows


def as_array(value) -> np.ndarray:
    """Whole numbers as int64, others as float32."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{value!r} is no number")
    return array.astype(np.float32 if array.dtype.kind == "f" else np.int64)


def _is_for_tokens(value) -> bool:
    try:
        return np.asarray(value).ndim > 0 and np.asarray(value).dtype.kind in "biuf"
    except ValueError:  # ragged
        return False


def _check_row(where: str, row: Mapping, known: int | None, num_labels: int) -> None:
    """Raise ValueError for tokens and labels that the model does not have."""
    ids = row["input_ids"]
    if ids.ndim != 1 or len(ids) == 0 or ids.dtype != np.int64:
        raise ValueError(f"{where}: input_ids must be a list of tokens, not {ids.tolist()!r}")
    if ids.min() < 0 or (known is not None and ids.max() >= known):
        last = "" if known is None else f" to {known - 1}"
        raise ValueError(
            f"{where}: input_ids go from {ids.min()} to {ids.max()}, the model's from 0{last}; "
            "tokenize with the model's tokenizer"
        )
    if not row.get("attention_mask", ids + 1).any():
        raise ValueError(f"{where}: attention_mask hides every token")
    check_labels(where, row["labels"], len(ids), num_labels)


def _check_shapes(where: str, row: Mapping, shapes: dict[str, tuple]) -> None:
    """Raise ValueError for an input without a value for each token, or unlike the first row's."""
    for name, value in row.items():
        shape = np.shape(value)
        if 0 < len(shape) < min(IMAGE) and len(value) != len(row["input_ids"]):
            raise ValueError(
                f"{where}: {name} has {len(value)} values, input_ids {len(row['input_ids'])}"
            )
        shape = shape if len(shape) in (0, *IMAGE) else ("tokens", *shape[1:])
        if shapes.setdefault(name, shape) != shape:
            raise ValueError(f"{where}: {name} has shape {shape}, the first row's {shapes[name]}")


def _note_extremes(index: int, row: Mapping, most: dict[tuple, tuple]) -> None:
    """Keep which row has the largest and the smallest value of each input, and length."""
    sizes = {**row, "labels": len(row["input_ids"])}  # the label is not read, the length is
    for name, value in sizes.items():
        for sign in (1, -1):
            size = (sign * np.asarray(value)).max()
            if (name, sign) not in most or size > most[name, sign][0]:
                most[name, sign] = size, index
