"""Exact per-example gradients of a classifier's loss, and their inner products.

TracIn (Section 4.2, Eq. 2; Pruthi et al., 2020) compares the gradient of a test example with that
of every training example. Computed one example at a time, that is a backward pass for each example
and a vector as long as the model has parameters. This module gets the same numbers from one
backward pass over a whole batch: examples of a batch do not see each other, so one backward pass of
the summed loss gives the gradient of every layer's output for every example, and from a layer's
inputs and output gradients follow the gradients of its weights (`products.py`). No gradient of a
weight is ever built by autograd.

Parameters that do not fit (used without their layer, of an unknown layer) take the slow way: one
backward pass for each example, for them alone. Nothing is approximated or left out.

`oracle_gradients` is the definition, in float64, one example at a time; tests compare with it.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn, cast

import torch
from torch import Tensor, nn
from torch.autograd.graph import get_gradient_edge
from torch.nn import functional as F

from xlshare.attribution.inputs import Text, collate, configuration, padding
from xlshare.attribution.labels import IGNORED, stacked
from xlshare.attribution.layers import pieces as layer_pieces
from xlshare.attribution.matmul import FastLinear
from xlshare.attribution.products import (
    ZERO,
    Factors,
    OuterBank,
    RowBank,
    Rows,
    Singles,
    SinglesBank,
    TokenBank,
    VectorBank,
    Vectors,
    join_factors,
    join_rows,
    join_singles,
    join_vectors,
)
from xlshare.attribution.uses import (
    Functions,
    fill_at_random,
    first_input,
    is_batched,
    is_lookup,
    look,
)

# ---- A batch of texts -----------------------------------------------------------------------


def loss_gradients(
    logits: Tensor, labels: Tensor, reduction: str = "mean"
) -> tuple[Tensor, Tensor]:
    """dL/dlogits = p - y of the cross-entropy, as a direction and its size.

    p - 1 of a confident model is rounding noise in float32, so the true label's entry is minus the
    sum of the others. The backward pass starts from the direction, so the gradients of confident
    examples do not underflow; the cosine does not see the size, the dot product gets it back.

    Args:
        logits: Of texts [B, C], or of their tokens [B, T, C].
        labels: [B], or [B, T] with -100 for tokens that have none.
        reduction: Whether the loss of a text is the "mean" or the "sum" of its tokens' losses.

    Returns:
        Directions, as the logits are, and their sizes [B] (float64).
    """
    unlabelled, labels = (labels < 0)[..., None], labels.clamp(min=0)[..., None]
    p = logits.detach().double().softmax(-1).scatter(-1, labels, 0)
    p.scatter_(-1, labels, -p.sum(-1, keepdim=True)).masked_fill_(unlabelled, 0)
    size = p.abs().flatten(1).amax(1)
    direction = p / torch.where(size == 0, 1, size).view(-1, *[1] * (p.dim() - 1))
    if reduction == "mean":
        size = size / (~unlabelled).flatten(1).sum(1)
    return direction.to(logits.dtype), size


# ---- The whole model ------------------------------------------------------------------------


@dataclass
class Gradients:
    """Gradients of a batch: pieces by parameter. Example b's gradient is sizes[b] times these."""

    pieces: dict[str, Vectors | Factors | Rows | Singles]
    sizes: Tensor  # [B], float64

    def against(self, bank: Bank) -> tuple[Tensor, Tensor]:
        """Inner products [B, N] with the gradients in the bank, and norms [B]; sizes left out."""
        products, squares = zip(*self.by_piece(bank).values())
        return sum(products, ZERO), sum(squares, ZERO).sqrt()

    def by_piece(self, bank: Bank) -> dict[str, tuple[Tensor, Tensor]]:
        """What each piece adds to the inner products [B, N] and to the squared norms [B]."""
        banks = cast(dict[str, Any], bank.pieces)  # each of the kind that its piece meets
        pairs = {name: piece.against(banks[name]) for name, piece in self.pieces.items()}
        return {name: (products[:, bank.places], s) for name, (products, s) in pairs.items()}


@dataclass
class Bank:
    """Gradients of N test examples, ready to be multiplied with those of training examples."""

    pieces: dict[str, VectorBank | OuterBank | TokenBank | RowBank | SinglesBank]
    norms: Tensor  # [N], float64, sizes left out
    sizes: Tensor  # [N], float64
    places: Tensor  # [N], where the pieces have each example

    @staticmethod
    def of(
        batches: Sequence[Gradients], order: Sequence[int], dtype: torch.dtype = torch.float32
    ) -> Bank:
        """A bank of all examples of the batches, which it uses up.

        Args:
            batches: Gradients of the test examples.
            order: The number of each example, batch by batch.
            dtype: Of the Linear layers' gradients.
        """
        pieces, squares = {}, ZERO
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
    joins = {Rows: join_rows, Singles: join_singles, Vectors: join_vectors}
    return joins[type(parts[0])](parts)


class Unforeseen(RuntimeError):
    """Texts are read in another way than the probes were: a slower way must be taken.

    Attributes:
        names: Parameters that go one example at a time from now on.
        ways: Ways that may not be taken any more, such as {"skip": False}.
    """

    def __init__(self, names: Collection[str] = (), **ways: bool) -> None:
        super().__init__(f"other uses of {', '.join(sorted(names)) or 'tokens'}")
        self.names, self.ways = frozenset(names), ways


@dataclass(frozen=True)
class Ways:
    """The ways on which gradients are found, all of them exact where they may be taken.

    Attributes:
        skip: The last layers see the first token only.
        pad: Texts of different length make a batch.
        slow: Parameters that go one example at a time, though their layer is of a known form.
    """

    skip: bool
    pad: bool
    slow: frozenset[str] = frozenset()


class Differentiator:
    """Per-example gradients of a classifier's cross-entropy, for all trainable parameters.

    Args:
        model: A `...ForSequenceClassification` or `...ForTokenClassification` in eval mode; it is
            changed (hooks, requires_grad, weights), so give a copy and load a checkpoint.
        trainable: Names of the parameters to differentiate by.
        probes: Some of the run's texts, of different lengths, on which is found out how the model
            uses its parameters.
        reduction: "mean" or "sum", of the tokens' losses to the text's.

    Attributes:
        ways: How gradients are found; may be changed between calls.
        apart: Whether short vectors stay apart, parameter by parameter, which takes longer.
    """

    def __init__(
        self,
        model: nn.Module,
        trainable: Sequence[str],
        probes: Sequence[Mapping],
        reduction: str = "mean",
    ) -> None:
        self.model, self.reduction = model, reduction
        self.device = next(model.parameters()).device
        self.padding = padding(model)
        config = configuration(model).get_text_config()
        if getattr(config, "pad_token_id", None) is None:  # else it refuses any batch
            config.pad_token_id = -1
        self.calls: list | None = None  # while a forward pass is recorded
        self.skipping, self.cloned, self.apart = False, frozenset(), False
        self.cut: tuple[int, int] | None = None  # texts and tokens of what was cut last
        self.per_call: dict[str, float] | None = None  # functions that a layer's call puts it into
        self.tables: dict[int, str] = {}  # names of embedding tables, by identity
        parameters = dict(model.named_parameters())
        self.trainable = {name: parameters[name] for name in trainable}
        probes = sorted(probes, key=lambda row: len(row["input_ids"]))
        pad = self._can_pad(probes)
        fill_at_random(model.parameters())
        self._sort_parameters(probes)
        self.skips = self._find_unread(probes)
        self.ways = Ways(skip=bool(self.skips), pad=pad and self._can_pad(probes))
        self.tables = {id(self.trainable[name]): name for name in self.uses.tables}
        for name, layer in self.uses.layers.items():
            layer.register_forward_hook(partial(self._record, name), with_kwargs=True)
        self.cloned = self._lost_outputs(probes[-1:])

    def __call__(self, rows: Sequence[Mapping]) -> Gradients:
        """Gradients of the examples `rows` (mappings with input_ids and labels).

        Raises:
            Unforeseen: If the model uses parameters in another way than in the probes.
        """
        ((_, found),) = self.each([Text(row, [b], [row["labels"]]) for b, row in enumerate(rows)])
        return found

    def each(self, texts: Sequence[Text]) -> Iterator[tuple[list[int], Gradients]]:
        """Gradients of all the examples of some texts, with one forward pass of these.

        A backward pass takes an example of each text: the first, then the second, and so on.

        Yields:
            The numbers of the examples of a backward pass, and their gradients.

        Raises:
            Unforeseen: If the model uses parameters in another way than in the probes.
        """
        logits, calls = self._recorded([text.row for text in texts])
        passes = max(len(text.labels) for text in texts)
        for k in range(passes):
            places = [b for b, text in enumerate(texts) if k < len(text.labels)]
            some = logits[places]
            labels = stacked([texts[b].labels[k] for b in places], some)
            direction, sizes = loss_gradients(some, labels, self.reduction)
            found = self._fast(logits, direction, calls, places, keep=k + 1 < passes)
            found |= self._slow([texts[b].row for b in places], direction)
            if not found:
                raise ValueError("the model uses none of the parameters that require a gradient")
            found = found if self.apart else together(found)
            yield [texts[b].numbers[k] for b in places], Gradients(found, sizes)

    def fall_back(self, use: Unforeseen) -> None:
        """From now on, take the slower ways that an unforeseen use asks for."""
        self.ways = replace(self.ways, slow=self.ways.slow | use.names, **use.ways)
        self.uses.unused = [name for name in self.uses.unused if name not in use.names]

    def bank_numel(self) -> int:
        """Numbers that one test example's gradient takes, rows looked up in tables left out."""
        looked_up = {*self.uses.tables} - self.ways.slow
        return sum(p.numel() for name, p in self.trainable.items() if name not in looked_up)

    def _logits(self, rows: Sequence[Mapping]) -> Tensor:
        self.batch = len(rows)
        with FastLinear(), Functions(self._looked_up, self._met):
            return self.model(**collate(rows, self.padding, self.device)).logits

    # -- the fast way: all examples in one backward pass --

    def _recorded(self, rows: Sequence[Mapping]) -> tuple[Tensor, list]:
        """The logits of a batch, and the calls of layers on the way to them."""
        self.calls, self.skipping, self.cut = [], self.ways.skip, None
        self.met, self.mixed, self.expanded = Counter(), False, set()
        try:
            logits, calls = self._logits(rows), self.calls
        except (RuntimeError, IndexError, ValueError) as error:
            if isinstance(error, Unforeseen) or is_out_of_memory(error):
                raise
            self._blame(error)
        finally:
            self.calls, self.skipping = None, False
        if self.mixed:
            raise Unforeseen(skip=False)
        self._check_met(Counter(name for name, *_ in calls))
        return logits, calls

    def _blame(self, error: Exception) -> NoReturn:
        """Raise Unforeseen with the way that may have caused an error in a forward pass, if any."""
        if self.ways.skip:
            raise Unforeseen(skip=False) from error
        if self.expanded:
            raise Unforeseen(self.expanded) from error
        if self.ways.pad and self.batch > 1:
            raise Unforeseen(pad=False) from error
        raise error

    def _met(self, tensors: list[Tensor]) -> None:
        """Count the functions that parameters go into; see what mixes one token with all of them.

        Behind the last layer that reads the first token only, nothing may be as long as the texts.
        """
        if self.calls is None:
            return
        self.met.update(id(x) for x in tensors if isinstance(x, nn.Parameter))
        if self.cut is not None:
            texts, length = self.cut
            shapes = {x.shape[:2] for x in tensors if x.dim() > 1}
            self.mixed |= {(texts, 1), (texts, length)} <= shapes

    def _check_met(self, calls: Counter) -> None:
        """Raise Unforeseen where a parameter goes into other functions than its layer's own.

        How many those are for each call of the layer is learned from the first pass.
        """
        layers = {p: name for name, parts in self.uses.parts.items() for p in parts.values()}
        met = {name: self.met[id(self.trainable[name])] for name in [*layers, *self.uses.tables]}
        if self.per_call is None:
            self.per_call = {p: met[p] / (calls[name] or 1) for p, name in layers.items()}
        expected = {p: self.per_call[p] * calls[name] for p, name in layers.items()}
        other = {name for name, count in met.items() if count != expected.get(name, 0)}
        if other - self.ways.slow:
            raise Unforeseen(other)

    def _record(self, name: str, layer: nn.Module, args: tuple, kwargs: dict, output: Tensor):
        """Forward hook: keep the input, and the place in the graph where the gradient passes."""
        if self.calls is None:
            return None
        a = first_input(args, kwargs).detach()
        if not is_batched(a, output, self.batch):
            return self._foresee(self.uses.parts[name].values())
        return self._keep(name, _over_tokens(a), output)

    def _looked_up(self, ids: Tensor, table: Tensor, padding_idx: int | None, rows: Tensor):
        """Keep the rows looked up in a table, as `_record` does what a layer reads."""
        name = self.tables.get(id(table))
        if self.calls is None or name is None or name in self.ways.slow:
            return rows
        if not is_lookup(ids, self.batch):
            return self._foresee([name]) or rows
        if padding_idx is not None:  # PyTorch never trains this entry
            ids = ids.masked_fill(ids == padding_idx % len(table), -1)
        if len(ids) < self.batch:  # positions: one copy for all examples of a batch
            ids, rows = (x.expand(self.batch, *x.shape[1:]) for x in (ids, rows))
            self.expanded.add(name)
        return self._keep(name, ids, rows)

    def _foresee(self, names: Collection[str]) -> None:
        """Raise Unforeseen unless these parameters are taken one example at a time anyway."""
        if not self.ways.slow.issuperset(names):
            raise Unforeseen(names)

    def _keep(self, name: str, a: Tensor, output: Tensor) -> Tensor:
        """An output, with the place in the graph where its gradient passes kept."""
        if not output.requires_grad:  # no weight requires gradients, so the graph begins here
            output = output.detach().requires_grad_()
        assert self.calls is not None  # hooks keep nothing at other times
        self.calls.append((name, a, get_gradient_edge(output), output.shape))
        return output.clone() if output.is_leaf or name in self.cloned else output

    def _fast(
        self, logits: Tensor, direction: Tensor, calls: list, places: Sequence[int], keep: bool
    ) -> dict:
        """Pieces of the texts at `places`, each in its direction; `keep` the graph, or free it."""
        unused = [self.trainable[name] for name in self.uses.unused]
        edges = [edge for _, _, edge, _ in calls] + [get_gradient_edge(p) for p in unused]
        gradients, some = (), len(places) < len(logits)
        start = direction
        if some:
            start = torch.zeros_like(logits)
            start[places] = direction
        if edges:
            gradients = torch.autograd.grad(
                logits, edges, start, retain_graph=keep, allow_unused=True
            )
        used = [n for n, g in zip(self.uses.unused, gradients[len(calls) :]) if g is not None]
        if used:
            raise Unforeseen(used)
        self._check_missed({name for name, *_ in calls})
        by_name: dict[str, tuple[list, list]] = {}
        for (name, a, _, shape), g in zip(calls, gradients):
            inputs, outputs = by_name.setdefault(name, ([], []))
            g = direction.new_zeros(shape) if g is None else g.to(direction.dtype)
            a, g = (a[places], g[places]) if some else (a, g)
            inputs.append(a.to(direction.dtype) if a.is_floating_point() else a)
            outputs.append(_over_tokens(g))
        return self._pieces({name: (_cat(a), _cat(g)) for name, (a, g) in by_name.items()})

    def _check_missed(self, called: Collection[str]) -> None:
        """Raise Unforeseen where the probes used a layer or a table, and these texts do not."""
        kept = self.uses.parts | {name: {"table": name} for name in self.uses.tables}
        missed = {p for n, parts in kept.items() if n not in called for p in parts.values()}
        if missed - self.ways.slow:
            raise Unforeseen(missed)

    def _pieces(self, by_name: Mapping[str, tuple[Tensor, Tensor]]) -> dict:
        """Gradients by parameter; a layer or table used twice reads one longer text."""
        found = {}
        for name, (a, g) in by_name.items():
            if name in self.uses.layers:
                parts = self.uses.parts[name].items()
                parts = {part: own for part, own in parts if own not in self.ways.slow}
                pieces = layer_pieces(self.uses.layers[name], a, g, parts)
                found |= {parts[part]: piece for part, piece in pieces.items()}
            elif name not in self.ways.slow:
                found[name] = Rows.of(a, g)
        return found

    # -- the slow way: one backward pass for an example --

    def _slow(self, rows: Sequence[Mapping], direction: Tensor) -> dict[str, Singles]:
        slow = {*self.uses.slow, *self.ways.slow}
        parameters = [p for name, p in self.trainable.items() if name in slow]
        if not parameters:
            return {}
        find = lambda b: self._one(rows[b], direction[b : b + 1], parameters)  # noqa: E731
        return {"one at a time": Singles(len(rows), find)}

    def _one(self, row: Mapping, direction: Tensor, parameters: Sequence) -> Sequence[Tensor]:
        with differentiable(parameters, self.trainable.values()):
            logits = self.model(**collate([row], self.padding, self.device)).logits
            return gradients_of(logits, parameters, direction[:, : logits.shape[1]])  # unpadded

    # -- which parameters go which way --

    def _sort_parameters(self, probes: Sequence[Mapping]) -> None:
        probe = next((row for row in probes if len(row["input_ids"]) > 1), probes[0])
        with differentiable(self.trainable.values(), self.model.parameters()):
            read = lambda n: self._logits([probe] * n)  # noqa: E731
            self.uses = look(self.model, self.trainable, read, len(probe["input_ids"]))
        _require_grad(self.model.parameters(), False)
        unused = [self.trainable[name] for name in self.uses.unused]
        _require_grad(unused, True)  # so that a later use shows

    @torch.no_grad()
    def _can_pad(self, probes: Sequence[Mapping]) -> bool:
        """Whether padding a text on the right leaves its logits alone.

        Some decoders read the last token, padding or not; some encoders pool or convolve it.
        """
        alone = [self._unpadded([row]) for row in probes]
        whole = list(range(len(probes)))
        batches = [whole, *([i, i + 1] for i in whole[:-1]), *([i, whole[-1]] for i in whole[:-2])]
        try:
            return all(
                _agree(
                    self._unpadded([probes[i] for i in batch]), torch.cat([alone[i] for i in batch])
                )
                for batch in batches
            )
        except (RuntimeError, IndexError, ValueError):  # it insists on one length
            return False

    def _unpadded(self, rows: Sequence[Mapping]) -> Tensor:
        """Logits of texts [B, C], or of their tokens, text by text, without the padding's."""
        logits = self._logits(rows)
        if logits.dim() == 2:
            return logits
        return torch.cat([own[: len(row["input_ids"])] for own, row in zip(logits, rows)])

    @torch.no_grad()
    def _find_unread(self, probes: Sequence[Mapping]) -> list:
        """Let the last layers see the first token only, as far back as the logits stay the same.

        An encoder's classifier reads the first token; behind the last attention no other matters.
        """
        expected, hooks = [self._logits([row]) for row in probes], []
        self.skipping, self.misfit = True, False
        for layer in reversed(self.uses.order):
            hooks.append(layer.register_forward_pre_hook(self._first_token))
            try:
                found = [self._logits([row]) for row in probes]
                same = all(map(_agree, found, expected)) and not self.misfit
            except (RuntimeError, IndexError):  # the model insists on the shape
                same = False
            if not same:
                hooks.pop().remove()
                break
        self.skipping = False
        return hooks

    def _first_token(self, layer: nn.Module, inputs: tuple) -> tuple | None:
        if not self.skipping or not inputs or inputs[0].dim() != 3:
            return None
        texts, length, _ = inputs[0].shape
        if texts != self.batch:  # tokens come first
            self.misfit = True
            return None
        if length > 1:
            self.cut, self.mixed = (texts, length), False
        return (inputs[0][:, :1], *inputs[1:])

    def _lost_outputs(self, rows: Sequence[Mapping]) -> frozenset[str]:
        """Layers whose output the model changes in place, so that autograd loses sight of it.

        What even these rows use otherwise than was looked up is taken one example at a time.
        """
        while True:
            self.cloned = frozenset()
            try:
                self.cloned = without = self._without_gradient(rows)
                return without - self._without_gradient(rows) if without else without
            except Unforeseen as use:
                self.fall_back(use)

    def _without_gradient(self, rows: Sequence[Mapping]) -> frozenset[str]:
        logits, calls = self._recorded(rows)
        edges = [edge for _, _, edge, _ in calls]
        found = torch.autograd.grad(logits.sum(), edges, allow_unused=True) if edges else ()
        return frozenset(name for (name, *_), g in zip(calls, found) if g is None)


@contextmanager
def differentiable(some: Iterable[Tensor], of: Iterable[Tensor]) -> Iterator[None]:
    """Let some parameters require gradients, and of the others none."""
    before = [(p, p.requires_grad) for p in of]
    _require_grad((p for p, _ in before), False)
    _require_grad(some, True)
    try:
        yield
    finally:
        for parameter, flag in before:
            parameter.requires_grad_(flag)


def gradients_of(
    logits: Tensor, parameters: Sequence[Tensor], direction: Tensor
) -> Sequence[Tensor]:
    """The gradients by parameters of logits in a direction; zeros of those that were not used."""
    if not logits.requires_grad:
        return [torch.zeros_like(parameter) for parameter in parameters]
    found = torch.autograd.grad(
        logits, parameters, direction, materialize_grads=True, allow_unused=True
    )
    return [g.to_dense() if g.is_sparse else g for g in found]


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory has run out, on a GPU or here."""
    kinds = (torch.OutOfMemoryError, MemoryError)
    return isinstance(error, kinds) or "DefaultCPUAllocator" in str(error)


def _agree(found: Tensor, expected: Tensor) -> bool:
    if found.shape != expected.shape:  # a classifier of tokens, and some of them are cut off
        return False
    return bool((found - expected).abs().max() <= 1e-4 * expected.abs().max())


def _over_tokens(x: Tensor) -> Tensor:
    """[B, ..., D] as [B, T, D]."""
    return x.reshape(len(x), -1, x.shape[-1])


def _cat(xs: list[Tensor]) -> Tensor:
    return xs[0] if len(xs) == 1 else torch.cat(xs, 1)


def together(found: dict) -> dict:
    """Put the many short vectors behind each other: one matrix product instead of dozens."""
    short = {n: p for n, p in found.items() if isinstance(p, Vectors) and p.values.shape[1] < 8192}
    rest = {n: p for n, p in found.items() if n not in short}
    values = [p.values for p in short.values()]
    return rest | ({"short vectors": Vectors(torch.cat(values, 1))} if values else {})


def _require_grad(parameters: Iterable[Tensor], flag: bool) -> None:
    for parameter in parameters:
        parameter.requires_grad_(flag)


# ---- The definition -------------------------------------------------------------------------


def oracle_gradients(model: nn.Module, rows: Sequence[Mapping], reduction: str = "mean") -> Tensor:
    """Gradients [len(rows), P] by the definition: float64, one example at a time, no padding.

    Of the cross-entropy with respect to all trainable parameters, in eval mode; of a token
    classifier, its mean or sum over the tokens with a label. Slow, and P long.
    """
    model = copy.deepcopy(model).double().eval()
    device = next(model.parameters()).device
    parameters = [p for p in model.parameters() if p.requires_grad]
    gradients = []
    for row in rows:
        logits = model(**collate([row], padding(model), device)).logits
        labels = torch.as_tensor(row["labels"], device=device).reshape(-1)
        loss = F.cross_entropy(
            logits.flatten(0, -2), labels, ignore_index=IGNORED, reduction=reduction
        )
        found = torch.autograd.grad(loss, parameters, materialize_grads=True, allow_unused=True)
        gradients.append(torch.cat([g.flatten() for g in found]))
    return torch.stack(gradients)
