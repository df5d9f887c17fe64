"""How a model uses its parameters: which of them autograd meets only in ways of a known form.

Everything here is read off the model itself, with some of the run's own texts (the probes). What
texts cannot show for certain, the audit of a run checks (`audit.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from xlshare.attribution.inputs import configuration
from xlshare.attribution.layers import is_known

PARTS = ("weight", "bias")  # of a layer, which its `pieces` are of


@dataclass
class Uses:
    """Which parameters are found from the inputs and outputs of layers, and which are not.

    Attributes:
        layers: The layers whose inputs and output gradients are kept, by name.
        parts: By layer, the parameters that are found ("weight", "bias") and their names.
        tables: Names of the embedding tables that are found from the rows looked up in them.
        slow: Names of the parameters that are used in any other way.
        unused: Names of those that the model did not use.
        order: Layers of a known form in the order of their calls.
    """

    layers: dict[str, nn.Module] = field(default_factory=dict)
    parts: dict[str, dict[str, str]] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    order: list[nn.Module] = field(default_factory=list)


class Functions(TorchFunctionMode):
    """Within it, every function of tensors that the model calls is seen.

    Args:
        looked_up: Called with (ids, table, padding_idx, rows) of a lookup in a table; says what
            the lookup returns.
        met: Called with the tensors that any other function read, if it returns a tensor.
    """

    def __init__(
        self,
        looked_up: Callable[[Tensor, Tensor, int | None, Tensor], Tensor],
        met: Callable[[list[Tensor]], None],
    ) -> None:
        super().__init__()
        self.looked_up, self.met = looked_up, met

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        given = dict(zip(EMBEDDING, args)) | kwargs if function is F.embedding else {}
        if given and given.get("max_norm") is None and not given.get("scale_grad_by_freq"):
            return self.looked_up(given["input"], given["weight"], given.get("padding_idx"), output)
        if isinstance(output, Tensor):
            self.met(list(_tensors((*args, *kwargs.values()))))
        return output


def _tensors(values: Iterable) -> Iterator[Tensor]:
    """The tensors among a function's arguments, those in lists and tuples too."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


EMBEDDING = ("input", "weight", "padding_idx", "max_norm", "norm_type", "scale_grad_by_freq")


def look(
    model: nn.Module,
    trainable: Mapping[str, nn.Parameter],
    read: Callable[[int], Tensor],
    length: int,
) -> Uses:
    """How the model uses its parameters in one forward pass.

    A parameter is found from a layer's calls if all its uses are calls of that layer, of a known
    form, on a batch of texts; a table from lookups if all its uses are lookups for a batch. Both
    are read off the graph of the pass: the edges into a parameter are its uses.

    Args:
        model: The model, whose parameters require gradients or not as `trainable` says.
        trainable: The parameters that count, by name.
        read: Lets the model read a text as many times at once as it is told; returns logits.
        length: How many tokens that text has.
    """
    known = {name: layer for name, layer in model.named_modules() if is_known(layer)}
    calls, batch = [], _unlike_dimensions(model, length)
    hooks = [_watch(name, layer, batch, calls) for name, layer in known.items()]
    lookups: Counter = Counter()
    seen = lambda ids, table, _, rows: (lookups.update(_table(ids, table, batch)), rows)[1]  # noqa: E731
    with Functions(seen, lambda tensors: None):
        uses = count_uses(read(batch))
    for hook in hooks:
        hook.remove()
    batched = Counter(name for name, fits in calls if fits)
    names = {id(p): name for name, p in trainable.items()}
    found = Uses(order=[known[name] for name, _ in calls])
    for layer, count in batched.items():
        for part in PARTS:
            name = names.get(id(known[layer]._parameters.get(part)))
            if name is not None and uses[trainable[name]] == count:
                found.layers[layer] = known[layer]
                found.parts.setdefault(layer, {})[part] = name
    found.unused = [name for name, p in trainable.items() if not uses[p]]
    found.tables = [name for name, p in trainable.items() if 0 < uses[p] == lookups[id(p)]]
    fast = {name for parts in found.parts.values() for name in parts.values()} | {*found.tables}
    found.slow = [name for name in trainable if name not in fast and name not in found.unused]
    return found


def _watch(name: str, layer: nn.Module, batch: int, calls: list):
    def hook(_, args: tuple, kwargs: dict, output: Tensor) -> None:
        calls.append((name, is_batched(first_input(args, kwargs), output, batch)))

    return layer.register_forward_hook(hook, with_kwargs=True)


def _table(ids: Tensor, table: Tensor, batch: int) -> list[int]:
    return [id(table)] if is_lookup(ids, batch) else []


def first_input(args: tuple, kwargs: dict) -> Tensor:
    """What a layer reads, given by position or by name."""
    return args[0] if args else next(iter(kwargs.values()))


def is_batched(a: Tensor, output: Tensor, batch: int) -> bool:
    """Do a layer's input and output have the texts as their first dimension?"""
    return a.dim() > 1 and len(a) == len(output) == batch


def is_lookup(ids: Tensor, batch: int) -> bool:
    """Are there ids for each text, or one row of them for all texts, as of positions?"""
    return ids.dim() == 2 and len(ids) in (1, batch)


def _unlike_dimensions(model: nn.Module, length: int) -> int:
    """A number of texts that no other dimension is likely to be."""
    taken = {length} | {size for p in model.parameters() for size in p.shape}
    taken |= {value for value in configuration(model).to_dict().values() if isinstance(value, int)}
    return next(number for number in (5, 7, 11, 13, 17, 19, 23, 29, 31) if number not in taken)


def count_uses(output: Tensor) -> Counter:
    """How many edges of the autograd graph of `output` end in each parameter."""
    root: Any = output.grad_fn  # torch's types know no `variable` of a node
    uses, seen, todo = Counter(), {root}, [root]
    while todo:
        for node, _ in todo.pop().next_functions:
            if hasattr(node, "variable"):
                uses[node.variable] += 1
            elif node is not None and node not in seen:
                seen.add(node)
                todo.append(node)
    return uses


@torch.no_grad()
def fill_at_random(parameters: Iterable[nn.Parameter]) -> None:
    """Weights with which nothing vanishes by chance."""
    for parameter in parameters:
        generator = torch.Generator(parameter.device).manual_seed(parameter.numel())
        size = (parameter.shape or (1,))[-1] ** -0.5
        parameter.normal_(0 if parameter.dim() > 1 else 1, size, generator=generator)
