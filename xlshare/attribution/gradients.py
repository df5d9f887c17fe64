"""Exact per-example gradients of a classifier's loss, and their inner products.

TracIn (Section 4.2, Eq. 2; Pruthi et al., 2020) compares the gradient of a test example with that
of every training example. Computed one example at a time, that is a backward pass an example and a
vector as long as the model has parameters. This module gets the same numbers from one backward
pass over a whole batch: examples of a batch do not see each other, so one backward pass of the
summed loss gives the gradient of every layer's output for every example, and from a layer's inputs
and output gradients follow the gradients of its weights (`products.py`). No gradient of a weight is
ever built by autograd.

Parameters that do not fit (used twice, used without their layer, of an unknown layer) take the
slow way: one backward pass an example, for them alone. Nothing is approximated or left out.

`oracle_gradients` is the definition, in float64, one example at a time; tests compare with it.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.graph import get_gradient_edge
from torch.nn import functional as F

from xlshare.attribution.inputs import collate, padding
from xlshare.attribution.layers import is_embedding, is_known, pieces
from xlshare.attribution.matmul import FastLinear
from xlshare.attribution.products import (
    FactorBank,
    Factors,
    RowBank,
    Rows,
    VectorBank,
    Vectors,
    join_factors,
    join_rows,
    join_vectors,
)

# ---- A batch of texts -----------------------------------------------------------------------


def loss_gradients(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """dL/dlogits = p - y of the cross-entropy, as a direction [B, C] and its size [B] (float64).

    p - 1 of a confident model is rounding noise in float32, so the true label's entry is minus the
    sum of the others. The backward pass starts from the direction, so the gradients of confident
    examples do not underflow; the cosine does not see the size, the dot product gets it back.
    """
    p = logits.detach().float().softmax(1).scatter(1, labels[:, None], 0)
    p.scatter_(1, labels[:, None], -p.sum(1, keepdim=True))
    size = p.abs().amax(1)
    direction = p / torch.where(size == 0, 1, size)[:, None]
    return direction.to(logits.dtype), size.double()


# ---- The whole model ------------------------------------------------------------------------


@dataclass
class Gradients:
    """Gradients of a batch: pieces by parameter. Example b's gradient is sizes[b] times these."""

    pieces: dict[str, Vectors | Factors | Rows]
    sizes: Tensor  # [B], float64

    def against(self, bank: Bank) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with the gradients in the bank, and norms [B]; sizes left out."""
        pairs = [piece.against(bank.pieces[name]) for name, piece in self.pieces.items()]
        products, squares = zip(*pairs)
        return sum(products)[:, bank.places], sum(squares).sqrt()


@dataclass
class Bank:
    """Gradients of N test examples, ready to be multiplied with those of training examples."""

    pieces: dict[str, VectorBank | FactorBank | RowBank]
    norms: Tensor  # [N], float64, sizes left out
    sizes: Tensor  # [N], float64
    places: Tensor  # [N], where the pieces have each example

    @staticmethod
    def of(
        batches: Sequence[Gradients], order: Sequence[int], dtype: torch.dtype = torch.float32
    ) -> Bank:
        """A bank of all examples of the batches, which it uses up; Linear layers' in `dtype`.

        order: the number of each example, batch by batch.
        """
        pieces, squares = {}, 0
        for name in list(batches[0].pieces):
            pieces[name], square = join([batch.pieces.pop(name) for batch in batches], dtype)
            squares = squares + square
        sizes = torch.cat([batch.sizes for batch in batches])
        places = torch.tensor(order, device=sizes.device).argsort()
        return Bank(pieces, squares.sqrt()[places], sizes[places], places)


def join(parts: Sequence, dtype: torch.dtype) -> tuple:
    """The bank of one parameter's pieces, batch by batch; squared norms [N]."""
    if isinstance(parts[0], Factors):
        return join_factors(parts, dtype)
    return (join_rows if isinstance(parts[0], Rows) else join_vectors)(parts)


class Differentiator:
    """Per-example gradients of a classifier's cross-entropy, for all trainable parameters.

    model: a `...ForSequenceClassification` in eval mode; it is changed (hooks, requires_grad), so
        give a copy. trainable: names of the parameters to differentiate by. probe: one example, on
        which is found out how the model uses its parameters.
    """

    def __init__(self, model: nn.Module, trainable: Sequence[str], probe: Mapping):
        self.model = model
        self.device = next(model.parameters()).device
        self.padding = padding(model)
        config = model.config.get_text_config()
        if getattr(config, "pad_token_id", None) is None:  # else it refuses any batch
            config.pad_token_id = -1
        self.calls: list | None = None  # while a forward pass is recorded
        parameters = dict(model.named_parameters())
        self.trainable = {name: parameters[name] for name in trainable}
        _fill_at_random(model)
        self.probe = [_of_length(6, probe), _of_length(9, probe)]
        self._sort_parameters()
        self._skip_unread_tokens()
        for name, layer in self.layers.items():
            layer.register_forward_hook(lambda *args, name=name: self._record(name, *args))

    def __call__(self, rows: Sequence[Mapping]) -> Gradients:
        """Gradients of the examples `rows` (mappings with input_ids and labels)."""
        labels = torch.tensor([int(row["labels"]) for row in rows], device=self.device)
        self.calls, self.batch = [], len(rows)
        logits = self._logits(rows)
        calls, self.calls = self.calls, None
        direction, sizes = loss_gradients(logits, labels)
        found = self._fast(logits, direction, calls) | self._slow(rows, direction)
        return Gradients(_together(found), sizes)

    def bank_numel(self) -> int:
        """Numbers that one test example's gradient takes, embedding rows left out."""
        fast = {id(m.weight) for m in self.layers.values() if is_embedding(m)}
        return sum(p.numel() for p in self.trainable.values() if id(p) not in fast)

    @torch.no_grad()
    def can_pad(self) -> bool:
        """Does padding a text on the right leave its logits alone? (A few decoders read the last
        token, padding or not.)"""
        return _agree(self._logits(self.probe[:1]), self._logits(self.probe)[:1])

    @torch.enable_grad()
    def _logits(self, rows: Sequence[Mapping]) -> Tensor:
        with FastLinear():
            return self.model(**collate(rows, self.padding, self.device)).logits

    # -- the fast way: all examples in one backward pass --

    def _record(self, name: str, layer: nn.Module, inputs: tuple, output: Tensor) -> Tensor | None:
        """Forward hook: keep the input, and the place in the graph where the gradient passes."""
        if self.calls is None:
            return None
        a = inputs[0].detach()
        if len(a) == 1 and is_embedding(layer):  # positions: one copy for all examples of a batch
            a, output = (x.expand(self.batch, *x.shape[1:]) for x in (a, output))
        if not output.requires_grad:  # no weight requires gradients, so the graph begins here
            output = output.detach().requires_grad_()
        self.calls.append((name, a, get_gradient_edge(output)))
        return output.clone() if output.is_leaf else output

    def _fast(self, logits: Tensor, direction: Tensor, calls: list) -> dict:
        edges = [edge for _, _, edge in calls] + list(self.unused.values())
        gradients = ()
        if edges:
            gradients = torch.autograd.grad(logits, edges, direction, allow_unused=True)
        self._check_unused(gradients[len(calls) :])
        by_layer = {name: ([], []) for name in self.layers}
        for (name, a, _), g in zip(calls, gradients):
            by_layer[name][0].append(a if is_embedding(self.layers[name]) else _over_tokens(a))
            by_layer[name][1].append(_over_tokens(g))
        found = {}
        for name, (a, g) in by_layer.items():  # a layer used twice reads one longer text
            for part, piece in pieces(self.layers[name], _cat(a), _cat(g)).items():
                found[f"{name}.{part}"] = piece
        return {name: piece for name, piece in found.items() if name in self.trainable}

    def _check_unused(self, gradients: Sequence[Tensor | None]) -> None:
        for name, gradient in zip(self.unused, gradients):
            if gradient is not None:
                raise ValueError(
                    f"the model uses {name} for some texts and not for others, which "
                    "is not supported; leave it out: requires_grad_(False)"
                )

    # -- the slow way: one backward pass an example --

    def _slow(self, rows: Sequence[Mapping], direction: Tensor) -> dict[str, Vectors]:
        if not self.slow:
            return {}
        examples = [self._one(row, u) for row, u in zip(rows, direction.split(1))]
        return {name: Vectors(torch.stack(gs)) for name, gs in zip(self.slow, zip(*examples))}

    def _one(self, row: Mapping, direction: Tensor) -> list[Tensor]:
        parameters = list(self.slow.values())
        _require_grad(parameters, True)
        gradients = torch.autograd.grad(
            self._logits([row]), parameters, direction, materialize_grads=True, allow_unused=True
        )
        _require_grad(parameters, False)
        return [g.flatten() for g in gradients]

    # -- which parameters go which way --

    def _sort_parameters(self) -> None:
        """Fast are the layers of a known type, whose every use is a call on a batch of texts.

        Both are read off the graph of one forward pass: the edges into a parameter are its uses.
        """
        batch, calls = 5, []  # no other dimension is 5
        _require_grad(self.model.parameters(), False)
        _require_grad(self.trainable.values(), True)
        known = {n: m for n, m in self.model.named_modules() if is_known(m)}
        hooks = [
            layer.register_forward_hook(
                lambda _, inputs, output, name=name: calls.append(
                    (name, _is_batched(inputs[0], output, batch))
                )
            )
            for name, layer in known.items()
        ]
        uses = count_uses(self._logits(self.probe[:1] * batch))
        for hook in hooks:
            hook.remove()
        _require_grad(self.model.parameters(), False)
        counts = Counter(name for name, batched in calls if batched)
        self.layers = {n: m for n, m in known.items() if self._is_fast(m, counts[n], uses)}
        self.order = [known[name] for name, _ in calls]
        fast = {id(p) for layer in self.layers.values() for p in layer.parameters(recurse=False)}
        self.unused = {n: p for n, p in self.trainable.items() if not uses[p]}
        self.slow = {n: p for n, p in self.trainable.items() if uses[p] and id(p) not in fast}
        _require_grad(self.unused.values(), True)  # so that a later use shows

    def _is_fast(self, layer: nn.Module, calls: int, uses: Counter) -> bool:
        wanted = {id(p) for p in self.trainable.values()}
        mine = [p for p in layer.parameters(recurse=False) if id(p) in wanted]
        return bool(mine) and calls > 0 and all(uses[p] == calls for p in mine)

    @torch.no_grad()
    def _skip_unread_tokens(self) -> None:
        """Let the last layers see the first token only, as far back as the logits stay the same.

        An encoder's classifier reads the first token; behind the last attention no other matters.
        """
        logits = self._logits(self.probe)
        for layer in reversed(self.order):
            hook = layer.register_forward_pre_hook(_first_token)
            try:
                same = _agree(self._logits(self.probe), logits)
            except (RuntimeError, IndexError):  # the model insists on the shape
                same = False
            if not same:
                return hook.remove()


def _first_token(layer: nn.Module, inputs: tuple) -> tuple | None:
    return (inputs[0][:, :1], *inputs[1:]) if inputs[0].dim() == 3 else None


def _fill_at_random(model: nn.Module) -> None:
    """Weights with which nothing vanishes by chance; those of a checkpoint replace them later."""
    generator = torch.Generator(next(model.parameters()).device).manual_seed(0)
    for parameter in model.parameters():
        with torch.no_grad():
            size = parameter.shape[-1] ** -0.5
            parameter.normal_(0 if parameter.dim() > 1 else 1, size, generator=generator)


def _agree(found: Tensor, expected: Tensor) -> bool:
    return bool((found - expected).abs().max() <= 1e-4 * expected.abs().max())


def _of_length(length: int, row: Mapping) -> dict:
    """The example with as many tokens: its first, its second again and again, its last."""
    inputs = {name: value for name, value in row.items() if name != "labels"}
    return {
        n: torch.stack([v[0], *[v[min(1, len(v) - 1)]] * (length - 2), v[-1]]) if v.dim() else v
        for n, v in ((n, torch.as_tensor(v)) for n, v in inputs.items())
    }


def count_uses(output: Tensor) -> Counter:
    """How many edges of the autograd graph of `output` end in each parameter."""
    uses, seen, todo = Counter(), {output.grad_fn}, [output.grad_fn]
    while todo:
        for node, _ in todo.pop().next_functions:
            if hasattr(node, "variable"):
                uses[node.variable] += 1
            elif node is not None and node not in seen:
                seen.add(node)
                todo.append(node)
    return uses


def _is_batched(a: Tensor, output: Tensor, batch: int) -> bool:
    if a.dtype == torch.long:  # an embedding's ids
        return a.dim() == 2 and len(a) in (1, batch)
    return a.dim() > 1 and len(a) == len(output) == batch


def _over_tokens(x: Tensor) -> Tensor:
    """[B, ..., D] as [B, T, D]."""
    return x.reshape(len(x), -1, x.shape[-1])


def _cat(xs: list[Tensor]) -> Tensor:
    return xs[0] if len(xs) == 1 else torch.cat(xs, 1)


def _together(found: dict) -> dict:
    """Put the many short vectors behind each other: one matrix product instead of dozens."""
    short = {n: p for n, p in found.items() if isinstance(p, Vectors) and p.values.shape[1] < 8192}
    rest = {n: p for n, p in found.items() if n not in short}
    values = [p.values for p in short.values()]
    return rest | ({"short vectors": Vectors(torch.cat(values, 1))} if values else {})


def _require_grad(parameters, flag: bool) -> None:
    for parameter in parameters:
        parameter.requires_grad_(flag)


# ---- The definition -------------------------------------------------------------------------


def oracle_gradients(model: nn.Module, rows: Sequence[Mapping]) -> Tensor:
    """Gradients [len(rows), P] by the definition: float64, one example at a time, no padding.

    Of the cross-entropy with respect to all trainable parameters, in eval mode. Slow, and P long.
    """
    model = copy.deepcopy(model).double().eval()
    device = next(model.parameters()).device
    parameters = [p for p in model.parameters() if p.requires_grad]
    gradients = []
    for row in rows:
        logits = model(**collate([row], padding(model), device)).logits
        loss = F.cross_entropy(logits, torch.tensor([int(row["labels"])], device=device))
        found = torch.autograd.grad(loss, parameters, materialize_grads=True, allow_unused=True)
        gradients.append(torch.cat([g.flatten() for g in found]))
    return torch.stack(gradients)
