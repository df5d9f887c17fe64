"""Labels: one of a text, or one of each of its tokens, with -100 where a token has none."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

IGNORED = -100  # as in torch's cross_entropy and transformers' data collators


def are_of_tokens(labels) -> bool:
    """Whether labels are a list, one for each token; a text's own label is a single number."""
    return np.ndim(labels) > 0


def as_labels(labels, of_tokens: bool) -> int | np.ndarray:
    """A text's label, or its tokens' labels [T] as int64.

    Raises:
        TypeError: If they are of the other kind than the first row's, or no whole numbers.
    """
    if not of_tokens:
        return operator.index(labels)
    found = np.asarray(labels)
    if found.ndim != 1:
        raise TypeError(f"{labels!r} is no list, the first row's labels are one")
    if found.dtype.kind not in "iu":
        raise TypeError(f"labels are {found.dtype}")
    return found.astype(np.int64)


def check_labels(where: str, labels: int | np.ndarray, tokens: int, num_labels: int) -> None:
    """Raise ValueError for labels that the model does not have, or too few or too many of them.

    Args:
        where: How messages call the row.
        labels: A text's label, or its tokens' labels [T].
        tokens: How many input ids the row has.
        num_labels: How many labels the model tells apart.
    """
    last = f"but the model has labels 0 to {num_labels - 1}"
    if isinstance(labels, int):
        if not 0 <= labels < num_labels:
            raise ValueError(f"{where}: label {labels}, {last}")
        return
    if len(labels) != tokens:
        raise ValueError(
            f"{where}: {len(labels)} labels for {tokens} input_ids; give one for each, "
            f"{IGNORED} where a token has none"
        )
    given = np.flatnonzero(labels != IGNORED)
    if len(given) == 0:
        raise ValueError(f"{where}: no token has a label, all are {IGNORED}; leave the row out")
    for token in given[(labels[given] < 0) | (labels[given] >= num_labels)]:
        raise ValueError(
            f"{where}: token {token} has label {labels[token]}, {last}; {IGNORED} stands for none"
        )


def alone(labels: np.ndarray, token: int) -> np.ndarray:
    """The labels of a text with one token's kept: its loss is that token's."""
    return np.where(np.arange(len(labels)) == token, labels, IGNORED)


def stacked(labels: Sequence, logits: Tensor) -> Tensor:
    """Labels of a batch as logits [B, C] or [B, T, C] are compared with them: [B] or [B, T]."""
    if logits.dim() == 2:
        return torch.tensor([int(label) for label in labels], device=logits.device)
    found = torch.full(logits.shape[:2], IGNORED)
    for row, own in zip(found, labels):
        row[: len(own)] = torch.as_tensor(own)
    return found.to(logits.device)
