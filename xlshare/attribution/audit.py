"""A run audits itself: its gradients are compared with plain autograd on its own data.

The engine's ways of getting many gradients at once hold for models that use their parameters as
classifiers usually do. Whether a model does is looked up when a run begins (`uses.py`), with a few
texts; the audit makes sure, at each checkpoint and for each block of test examples, in the very
batches that are scored. Where the two disagree by more than rounding, the run takes a slower way
that agrees, and says so; where none does, it stops.

The audit holds three gradients at most. It costs some backward passes of single examples, and the
batches that these are in are computed twice: for 10,000 training examples in batches of 32 about
two hundred examples more, or 2%.
"""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from xlshare.attribution.gradients import (
    Bank,
    Differentiator,
    Gradients,
    Ways,
    differentiable,
    gradients_of,
    loss_gradients,
)
from xlshare.attribution.inputs import Examples, Text, as_array, input_names
from xlshare.attribution.labels import IGNORED

# By how much an inner product may be off, as a part of the gradients' norms, and a norm, as a part
# of itself: rounding of float32 gives 1e-6, and a product of rounded gradients what they lose.
LIMIT = {"float32": 5e-5, "tf32": 2e-2, "bfloat16": 2e-2}
SAMPLE = 1_000  # training examples among which frequent and rare tokens are looked for
POOLED = 4  # tokens that some models pool or convolve: padding may do harm to other lengths only
PROBES = 12  # lengths of texts on which is found out how a model uses its parameters
SIZES = 50  # how much further a size may be off: it is the exponential of a logit
LOSS = 1e-3  # by how much p - y may be off from the model's own, in half precision too
STRETCH = 1 << 20  # numbers of a gradient that are float64 at a time


def choose(examples: Examples, seed: int = 0) -> list[int]:
    """Choose the training examples to audit.

    They are the shortest and the longest, one with the most frequent token and one with a rare
    token, a random one, and more random ones until the lengths leave each remainder when divided
    by `POOLED`.

    Returns:
        Their numbers, each once.
    """
    random = np.random.default_rng(seed)
    sample = random.permutation(len(examples))[:SAMPLE].tolist()
    tokens = {index: set(examples[index]["input_ids"].tolist()) for index in sample}
    texts = Counter(token for found in tokens.values() for token in found)
    ends = [max(texts, key=lambda t: (texts[t], t)), min(texts, key=lambda t: (texts[t], t))]
    holding = [next(i for i, found in tokens.items() if token in found) for token in ends]
    extremes = [int(examples.lengths.argmin()), int(examples.lengths.argmax())]
    chosen = dict.fromkeys([*extremes, *holding, sample[0]])
    remainders = {int(examples.lengths[index]) % POOLED for index in chosen}
    for index in sample:
        if (remainder := int(examples.lengths[index]) % POOLED) not in remainders:
            remainders.add(remainder)
            chosen[index] = None
    return list(chosen)


def probes(*of: Examples) -> list[dict]:
    """Choose texts on which is found out how a model uses its parameters.

    Returns:
        One example for each of up to `PROBES` lengths, by length (the shortest, the longest, and
        lengths in between, some next to each other and some far apart).
    """
    found = {int(n): (x, i) for x in of for i, n in enumerate(x.lengths)}
    lengths, half = sorted(found), PROBES // 2
    middle = lengths[len(lengths) // 2 :][: half - 2]
    spread = np.linspace(0, len(lengths) - 1, half).round().astype(int)
    chosen = sorted({*middle, lengths[0], lengths[-1], *(lengths[place] for place in spread)})
    return [examples[index] for examples, index in (found[n] for n in chosen)]


# ---- Plain autograd -------------------------------------------------------------------------


def plain_gradient(differentiate: Differentiator, row: Mapping) -> tuple[dict[str, Tensor], float]:
    """An example's gradient by autograd, alone and unpadded, and its size, which is left out of it.

    Args:
        differentiate: The engine, of which only the model and the parameters' names are used.
        row: The example as it was given, with all of its columns.

    Returns:
        The gradient by parameter, and by how much to multiply it.

    Raises:
        ValueError: If the model's own loss is another than the cross-entropy.
    """
    model, parameters = differentiate.model, differentiate.trainable
    label = torch.as_tensor(as_array(row["labels"]), device=differentiate.device)[None]
    inputs = _as_given(model, row, differentiate.device)
    if "labels" in inspect.signature(model.forward).parameters:
        inputs["labels"] = label
    with torch.enable_grad(), differentiable(parameters.values(), model.parameters()):
        output = model(**inputs)
        _check_loss(getattr(output, "loss", None), output.logits, label)
        direction, size = loss_gradients(output.logits, label, differentiate.reduction)
        found = gradients_of(output.logits, list(parameters.values()), direction)
    return dict(zip(parameters, found)), float(size)


def _as_given(model: nn.Module, row: Mapping, device: torch.device) -> dict[str, Tensor]:
    """The model's inputs of one row, as its `forward` names them: no other code chooses them."""
    taken = inspect.signature(model.forward).parameters
    names = [n for n, p in taken.items() if p.kind is not p.VAR_KEYWORD and n != "labels"]
    if len(names) < len(taken) and not isinstance(model, PreTrainedModel):
        names += [name for name in input_names(model) if name not in names]
    inputs = {n: torch.as_tensor(as_array(row[n]))[None] for n in names if row.get(n) is not None}
    if "attention_mask" in names:
        inputs.setdefault("attention_mask", torch.ones_like(inputs["input_ids"]))
    return {name: value.to(device) for name, value in inputs.items()}


def _check_loss(loss: Tensor | None, logits: Tensor, label: Tensor) -> None:
    """Raise ValueError if the gradient of the model's own loss by the logits is another."""
    if loss is None or not loss.requires_grad:
        return
    direction, size = loss_gradients(logits, label)
    found = direction * size.view(-1, *[1] * (logits.dim() - 1))
    (own,) = torch.autograd.grad(loss, logits, retain_graph=True)
    if (own - found).abs().max() > LOSS:
        raise ValueError(
            "the model's own loss is not the cross-entropy that influence differentiates: see "
            "problem_type and num_labels in its config"
        )


def dot(x: Tensor, y: Tensor) -> float:
    """The inner product of two tensors of one shape, in float64."""
    pairs = zip(x.flatten().split(STRETCH), y.flatten().split(STRETCH))
    return float(sum(a.double() @ b.double() for a, b in pairs))


# ---- The comparison -------------------------------------------------------------------------


@dataclass(frozen=True)
class Plain:
    """What plain autograd finds of one example, by parameter."""

    products: dict[str, list[float]]  # with the audited tests
    squares: dict[str, float]
    size: float

    @property
    def norm(self) -> float:
        """The gradient's norm over all parameters, its size left out."""
        return sum(self.squares.values()) ** 0.5


class Audit:
    """The audit of one block of test examples at one checkpoint.

    Args:
        differentiate: The engine, with the checkpoint's weights.
        tests: The block's examples.
        train: The audited training examples by number.
        batches: The batches of texts that these are scored in, as the engine's ways are now.
        bank_of: Computes the block's bank, as the engine's ways are now.
        precision: Of the run.
    """

    def __init__(
        self,
        differentiate: Differentiator,
        tests: Sequence[Mapping],
        train: Mapping[int, Mapping],
        batches: Callable[[], Iterable[Sequence[Text]]],
        bank_of: Callable[[], Bank],
        precision: str,
    ) -> None:
        self.differentiate, self.batches, self.bank_of = differentiate, batches, bank_of
        self.limit = LIMIT[precision]
        lengths = [_length(row) for row in tests]
        self.places = sorted({int(np.argmin(lengths)), int(np.argmax(lengths))})
        gradients = [plain_gradient(differentiate, tests[place]) for place in self.places]
        known = [found for found, _ in gradients]
        self.tests = [_plain(found, size, ()) for found, size in gradients]
        self.train = {
            number: _plain(*plain_gradient(differentiate, row), known)
            for number, row in train.items()
        }

    def bank(self) -> tuple[Bank, float]:
        """The block's bank, found on a way that agrees with plain autograd.

        The engine's `ways` are left at those that agree.

        Returns:
            The bank, and the largest disagreement that is left, as a part of the norms.

        Raises:
            ArithmeticError: If no way agrees, naming the parameters.
        """
        for ways in self._ladder(self.differentiate.ways):
            self.differentiate.ways = ways
            bank = self.bank_of()
            error = max(self._errors(bank))
            if error <= self.limit:
                return bank, error
            del bank
        raise ArithmeticError(
            f"gradients differ from plain autograd's by {error:.0e} of their norm, even one "
            f"example at a time, in {', '.join(self._disagreeing()[:3]) or 'the loss'}: the model "
            "draws random numbers in eval mode, or depends on what it read before"
        )

    def _ladder(self, ways: Ways) -> Iterator[Ways]:
        """Ways from the fastest to the surest, each tried when those before it disagree."""
        yield ways
        everything = frozenset(self.differentiate.trainable)
        names = frozenset(self._disagreeing())
        if names and len(names) < len(everything) / 2:
            yield replace(ways, slow=ways.slow | names)
        if ways.skip:
            yield replace(ways, skip=False)
        yield replace(ways, pad=False)
        yield Ways(skip=False, pad=False, slow=ways.slow)
        yield Ways(skip=False, pad=False, slow=ways.slow | frozenset(self._disagreeing()))
        yield Ways(skip=False, pad=False, slow=everything)

    def _audited(self) -> Iterator[tuple[Gradients, list[tuple[int, Plain]]]]:
        """The engine's gradients of the batches, with the place of each audited example."""
        for numbers, gradients in chain.from_iterable(map(self.differentiate.each, self.batches())):
            pairs = [(b, self.train[n]) for b, n in enumerate(numbers) if n in self.train]
            if pairs:
                yield gradients, pairs

    def _errors(self, bank: Bank) -> Iterator[float]:
        """By how much norms, sizes and inner products disagree, as a part of the norms."""
        tests = list(zip(self.places, self.tests))
        for place, plain in tests:
            yield _off(bank.norms[place], plain.norm, plain.norm)
            yield _off(bank.sizes[place], plain.size, plain.size) / SIZES
        for gradients, pairs in self._audited():
            products, norms = gradients.against(bank)
            for b, plain in pairs:
                yield _off(norms[b], plain.norm, plain.norm)
                yield _off(gradients.sizes[b], plain.size, plain.size) / SIZES
                for number, (place, test) in enumerate(tests):
                    truth = sum(by_test[number] for by_test in plain.products.values())
                    yield _off(products[b, place], truth, plain.norm * test.norm)

    def _disagreeing(self) -> list[str]:
        """The parameters whose part of a norm or of an inner product is off."""
        ways, names = self.differentiate.ways, set()
        slow = {*self.differentiate.uses.slow, *ways.slow}
        self.differentiate.apart = True
        try:
            bank = self.bank_of()
            for gradients, pairs in self._audited():
                pieces = gradients.by_piece(bank)
                for b, plain in pairs:
                    names |= {n for n in plain.squares if self._is_off(n, pieces.get(n), b, plain)}
        finally:
            self.differentiate.apart = False
        return [name for name in self.differentiate.trainable if name in names - slow]

    def _is_off(self, name: str, piece: tuple | None, b: int, plain: Plain) -> bool:
        products, squares = piece or (None, None)
        found = 0.0 if squares is None else squares[b]
        errors = [_off(found, plain.squares[name], plain.norm**2)]
        for number, (place, test) in enumerate(zip(self.places, self.tests)):
            found = 0.0 if products is None else products[b, place]
            errors.append(_off(found, plain.products[name][number], plain.norm * test.norm))
        return max(errors) > self.limit / 10


def _length(row: Mapping) -> float:
    """A text's length; the more of one text's tokens, the further back is the last with a label."""
    last = int(np.flatnonzero(np.atleast_1d(row["labels"]) != IGNORED)[-1])
    return len(row["input_ids"]) + last / len(row["input_ids"])


def _plain(gradient: dict[str, Tensor], size: float, tests: Sequence[dict[str, Tensor]]) -> Plain:
    products = {n: [dot(test[n], g) for test in tests] for n, g in gradient.items()}
    return Plain(products, {n: dot(g, g) for n, g in gradient.items()}, size)


def _off(found: Tensor | float, truth: float, scale: float) -> float:
    """A difference as a part of `scale`; a truth that is not finite is found when it is scored."""
    found = float(found)
    if not math.isfinite(truth):
        return 0.0
    return abs(found - truth) / (scale or 1.0) if math.isfinite(found) else math.inf


def describe(ways: Ways, usual: Ways) -> list[str]:
    """What is done otherwise than usual, for readers."""
    said = []
    if usual.pad and not ways.pad:
        said.append("padding changes this model's gradients: texts are scored one at a time")
    if usual.skip and not ways.skip:
        said.append("this model's last layers read more than the first token: none is skipped")
    if ways.slow > usual.slow:
        names = sorted(ways.slow - usual.slow)
        some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        said.append(f"the model uses {some} in its own way: one example at a time")
    return said
