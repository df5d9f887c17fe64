"""Tokens as examples: what one token's label asks of a token classifier.

The training loss of a sentence is the mean (or the sum) of its labelled tokens' losses,

    L(z) = 1/n sum_t l_t,      l_t = -log p(label_t | sentence, t).

As a *test*, a labelled token t stands alone, with the gradient of l_t. Of a *training* sentence
z_i, a token's part of the score is the product with its share of the sentence's gradient: as the
shares sum to the gradient, the parts sum to the score,

    I(z_test, z_i) = sum_t <g_test, 1/n grad l_t>   (dot)
                   = sum_t <g_test, 1/n grad l_t> / (|g_test| |grad L(z_i)|)   (cosine).

The tokens of a sentence are differentiated on the graph of one forward pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xlshare.attribution.inputs import TOKEN, Examples, Rows, Text
from xlshare.attribution.labels import IGNORED, alone

GRANULARITIES = ("example", "token")


class Tokens:
    """The labelled tokens of sentences, each of them an example; in the place of `Examples`.

    Args:
        sentences: Examples with a label for each token. Their column `token`, a position or a list
            of them, chooses among the labelled tokens; without it all of them are taken.
        parts: Whether tokens stand for their parts of the sentences' gradients. Then a number below
            0 is a whole sentence: ~n is sentence n, and the first that a text is differentiated of.

    Attributes:
        sentences: As given.
        owners: The sentence of each token [N].
        tokens: The position of each token in its sentence [N].
        shares: What part of the sentence's loss each token's is where that is the mean, 1/n [N].
        ids: Pairs of the sentence's id and the position.
        coords: The sentences' coordinates, and `token` and `label`, with the role before each.

    Raises:
        ValueError: If a chosen token has no label, naming the row.
    """

    granularity = "token"

    def __init__(self, sentences: Examples, parts: bool) -> None:
        self.sentences, self.role, self.parts = sentences, sentences.role, parts
        labels = [self._labels(number) for number in range(len(sentences))]
        chosen = [_chosen(sentences, number, own) for number, own in enumerate(labels)]
        counts = [len(tokens) for tokens in chosen]
        self.owners = np.repeat(np.arange(len(sentences)), counts)
        self.tokens = np.concatenate(chosen)
        labelled = np.array([(own != IGNORED).sum() for own in labels])
        self.shares = 1 / labelled[self.owners]
        self.lengths = sentences.lengths[self.owners]
        self.ids = [(sentences.ids[n], int(t)) for n, t in zip(self.owners, self.tokens)]
        content = f"{sentences.hash} {[tokens.tolist() for tokens in chosen]}"
        self.hash = hashlib.sha256(content.encode()).hexdigest()
        own = np.concatenate([own[tokens] for own, tokens in zip(labels, chosen)])
        self.coords = self._coordinates() | {
            f"{self.role}_token": (self.role, self.tokens),
            f"{self.role}_label": (self.role, own),
        }

    def __len__(self) -> int:
        return len(self.owners)

    def _labels(self, sentence: int) -> np.ndarray:
        return self.sentences[sentence]["labels"]

    def _coordinates(self) -> dict[str, Any]:
        """The sentences' coordinates, repeated for each of their tokens."""
        coords: dict[str, Any] = {}
        for name, values in self.sentences.coords.items():
            dim, values = values if isinstance(values, tuple) else (name, values)
            coords[name] = (dim, values[self.owners])
        return coords

    def given(self, number: int) -> dict:
        """A token's sentence as it was given, without the other tokens' labels."""
        if number < 0:
            return dict(self.sentences.rows[~number])
        row = self.sentences.rows[self.owners[number]]
        labels = self._labels(self.owners[number])
        return {**row, "labels": alone(labels, self.tokens[number])}

    def groups(self, numbers: Iterable[int]) -> list[list[int]]:
        """Numbers of tokens, those of one sentence together, and before them the sentence's."""
        groups = [[*group] for _, group in groupby(numbers, lambda n: self.owners[n])]
        return [[*self._wholes(group), *group] for group in groups]

    def _wholes(self, group: Sequence[int]) -> list[int]:
        return [~int(self.owners[group[0]])] if self.parts else []

    def text(self, group: Sequence[int]) -> Text:
        """The sentence of some tokens, with the labels of each."""
        row = self.sentences[self.owners[group[-1]]]
        labels = [row["labels"] if n < 0 else alone(row["labels"], self.tokens[n]) for n in group]
        return Text(row, [*group], labels)

    def audited(self, sentence: int) -> list[int]:
        """The numbers that stand for a sentence: itself where it counts, and its last token.

        That is differentiated last, on a graph that the others have gone back through.
        """
        last = int(np.searchsorted(self.owners, sentence, side="right")) - 1
        return [*self._wholes([last]), last]


def _chosen(sentences: Examples, number: int, labels: np.ndarray) -> np.ndarray:
    """The positions of a sentence's tokens that are examples.

    Raises:
        ValueError: If one of them has no label.
    """
    chosen, where = sentences.rows[number].get(TOKEN), sentences.where(number)
    if chosen is None:
        return np.flatnonzero(labels != IGNORED)
    tokens = np.atleast_1d(chosen)
    if tokens.dtype.kind not in "iu" or tokens.ndim > 1 or not _are_distinct(tokens):
        raise ValueError(
            f"{where}: {TOKEN} is {chosen!r}; give a position, or a list of positions, each once"
        )
    for token in tokens:
        if not 0 <= token < len(labels):
            raise ValueError(f"{where}: {TOKEN} {token}, but it has tokens 0 to {len(labels) - 1}")
        if labels[token] == IGNORED:
            raise ValueError(
                f"{where}: {TOKEN} {token} has the label {IGNORED}, which is none; choose a "
                "token with a label"
            )
    return tokens.astype(np.int64)


def _are_distinct(tokens: np.ndarray) -> bool:
    """Whether there are some, and each once."""
    return 0 < tokens.size == len({*tokens.tolist()})


def examples_of(rows: Rows, role: str, model: nn.Module, granularity: str) -> Examples | Tokens:
    """The examples that rows hold: themselves, or their labelled tokens.

    Args:
        rows: As for `influence`.
        role: "train", whose tokens are parts of sentences, or "test", whose stand alone.
        model: The classifier.
        granularity: "example" or "token".

    Raises:
        ValueError: If the granularity is another, or there are no tokens with labels.
    """
    if granularity not in GRANULARITIES:
        raise ValueError(
            f"{role}_granularity is {granularity!r}; choose {' or '.join(map(repr, GRANULARITIES))}"
        )
    examples = Examples(rows, role, model)
    if granularity == "token":
        if not examples.of_tokens:
            raise ValueError(
                f"{role}_granularity is 'token', but {examples.where(0)} has one label for the "
                "whole text; give `labels` one for each input id, or take 'example'"
            )
        return Tokens(examples, parts=role == "train")
    if examples.of_tokens and examples.rows[0].get(TOKEN) is not None:
        raise ValueError(
            f"{role} has a column {TOKEN!r}, which chooses tokens; take {role}_granularity='token' "
            "or leave it out"
        )
    return examples


def identity_of(train: Examples | Tokens, test: Examples | Tokens, reduction: str) -> dict:
    """What scores depend on of the examples, as JSON values.

    Raises:
        ValueError: For a reduction that is none, or of texts with one label each.
    """
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is {reduction!r}; choose 'mean' or 'sum'")
    identity = {"train": train.hash, "test": test.hash}
    if train.sentences.of_tokens:
        granularity = {f"{x.role}_granularity": x.granularity for x in (train, test)}
        return identity | {"reduction": reduction, **granularity}
    if reduction == "sum":
        raise ValueError(
            f"reduction is 'sum', but {train.sentences.where(0)} has one label for the whole text, "
            "so there is nothing to add up; leave it out"
        )
    return identity


Products = tuple[list[int], Tensor, Tensor, Tensor]  # numbers, products [B, N], norms, sizes [B]


def shared(found: Iterable[Products], tokens: Tokens, reduction: str) -> Iterator[Products]:
    """The products of tokens as parts of their sentences', with the sentences' norms and sizes.

    Args:
        found: Products of tokens, each sentence's own before those of its tokens.
        tokens: Whose they are.
        reduction: "mean" or "sum", of the tokens' losses to the sentence's.
    """
    wholes: dict[int, tuple[float, float]] = {}
    for numbers, products, norms, sizes in found:
        if numbers[0] < 0:
            wholes |= {~n: own for n, own in zip(numbers, zip(norms.tolist(), sizes.tolist()))}
            continue
        own = [wholes[int(owner)] for owner in tokens.owners[numbers]]
        norms, whole = sizes.new_tensor(own).unbind(1)
        parts = sizes / torch.where(whole == 0, 1, whole)
        if reduction == "mean":
            parts = parts * sizes.new_tensor(tokens.shares[numbers])
        yield numbers, products * parts[:, None], norms, whole
