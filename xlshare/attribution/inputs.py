"""What influence is computed from: examples and checkpoints, checked and hashed.

Whatever is wrong with an input is said before anything is computed, naming the row or checkpoint.
The hashes tell a later call whether it continues the same run.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
LABELS = ("lang", "group", "label")  # columns that become coordinates


# ---- Examples and their labels --------------------------------------------------------------


class Examples:
    """Rows to compute gradients of, checked, with their coordinates and the hash of their content.

    Raises ValueError naming the row and what is wrong with it.
    """

    def __init__(self, rows: Sequence[Mapping], role: str, model: nn.Module):
        if len(rows) == 0:
            raise ValueError(f"{role} holds no examples")
        self.rows, self.role = rows, role
        self.columns = [n for n in INPUTS if n in rows[0]]
        labels = self._column("id") if "id" in rows[0] else np.arange(len(rows))
        self.ids = labels.tolist()
        self.coords = {role: labels}
        for name in LABELS:
            source = "labels" if name == "label" and "label" not in rows[0] else name
            if source in rows[0]:
                self.coords[f"{role}_{name}"] = (role, self._column(source))
        self.hash = self._check(model)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        row = self.rows[index]
        example = {name: np.asarray(row[name], np.int64) for name in self.columns}
        return example | {"labels": int(row["labels"])}

    def _column(self, name: str) -> np.ndarray:
        values = (
            self.rows[name]
            if hasattr(self.rows, "column_names")
            else [row[name] for row in self.rows]
        )
        return np.array([getattr(v, "item", lambda v=v: v)() for v in values])

    def _check(self, model: nn.Module) -> str:
        """Look at every row once; returns the SHA-256 of what the gradients depend on."""
        digest = hashlib.sha256()
        vocabulary = model.config.get_text_config().vocab_size
        limits = vocabulary, positions(model), model.config.num_labels
        for index in range(len(self)):
            where = f"{self.role} row {index} (id {self.ids[index]!r})"
            try:
                row = self[index]
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{where} needs input_ids and a label in `labels`: {error!r}"
                ) from None
            _check_row(where, row, *limits)
            for value in row.values():
                digest.update(np.asarray(value, np.int64).tobytes() + b"|")
        return digest.hexdigest()


def _check_row(where: str, row: Mapping, vocabulary: int, length: int, num_labels: int) -> None:
    ids, label = row["input_ids"], row["labels"]
    if ids.ndim != 1 or len(ids) == 0:
        raise ValueError(f"{where}: input_ids must be a list of tokens, not {ids.tolist()!r}")
    if ids.min() < 0 or ids.max() >= vocabulary:
        raise ValueError(
            f"{where}: input_ids go from {ids.min()} to {ids.max()}, the model's from "
            f"0 to {vocabulary - 1}; tokenize with the model's tokenizer"
        )
    if len(ids) > length:
        raise ValueError(f"{where}: {len(ids)} tokens, but the model reads {length}; truncate")
    if not 0 <= label < num_labels:
        raise ValueError(f"{where}: label {label}, but the model has labels 0 to {num_labels - 1}")


def positions(model: nn.Module) -> int:
    """How many tokens the model has positions for."""
    for name, layer in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(layer, nn.Embedding):
            reserved = 0 if layer.padding_idx is None else layer.padding_idx + 1
            return layer.num_embeddings - reserved
    return getattr(model.config.get_text_config(), "max_position_embeddings", sys.maxsize)


# ---- Checkpoints ----------------------------------------------------------------------------


def read_checkpoint(checkpoint, model: nn.Module) -> Mapping[str, Tensor]:
    """The state dict of a folder written by `save_pretrained` (or the state dict itself)."""
    if isinstance(checkpoint, Mapping):
        return checkpoint
    folder = Path(checkpoint)
    if not folder.is_dir():
        raise ValueError(f"checkpoint {checkpoint!r} is neither a folder nor a state dict")
    state = {}
    for file in sorted(folder.glob("model*.safetensors")):
        state |= load_file(file)
    if not state or not set(state) <= set(model.state_dict()):  # another format, other names
        state = type(model).from_pretrained(folder).state_dict()
    return state


def load_state(model: nn.Module, state: Mapping[str, Tensor], number: int) -> None:
    """Put a checkpoint's weights into the model. Raises ValueError if they do not fit it."""
    present = {p.data_ptr() for n, p in model.state_dict().items() if n in state}
    try:
        missing, unexpected = model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ValueError(f"checkpoint {number + 1} does not fit the model: {error}") from None
    missing = [n for n in missing if model.state_dict()[n].data_ptr() not in present]  # not tied
    if missing or unexpected:
        raise ValueError(
            f"checkpoint {number + 1} does not fit the model: it lacks {missing[:5]}, "
            f"and has {list(unexpected)[:5]}"
        )


def hash_state(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)};".encode())
        digest.update(value.flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def hash_model(model: nn.Module) -> str:
    """SHA-256 of the architecture and of which parameters are trainable; weights do not count."""
    config = model.config.to_dict()
    for name in ("_name_or_path", "transformers_version", "architectures", "dtype"):
        config.pop(name, None)
    parameters = [(n, list(p.shape), p.requires_grad) for n, p in model.named_parameters()]
    text = json.dumps([type(model).__name__, config, parameters], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
