"""How a model uses its parameters: which of them autograd meets only in layers of a known form.

Everything here is read off the model itself, with some of the run's own texts (the probes). What
texts cannot show for certain, the audit of a run checks (`audit.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from xlshare.attribution.layers import is_embedding, is_known

PARTS = ("weight", "bias")  # of a layer, which its `pieces` are of


@dataclass
class Uses:
    """Which parameters are found from the inputs and outputs of layers, and which are not.

    Attributes:
        layers: The layers whose inputs and output gradients are kept, by name.
        group: By layer, the name that tied embeddings have in common, else its own.
        parts: By group, the parameters that are found ("weight", "bias") and their names.
        slow: Names of those that are used in any other way.
        unused: Names of those that the model did not use.
        order: Layers of a known form in the order of their calls.
    """

    layers: dict[str, nn.Module]
    group: dict[str, str]
    parts: dict[str, dict[str, str]]
    slow: list[str]
    unused: list[str]
    order: list[nn.Module] = field(default_factory=list)

    def parameters(self, layer: str) -> set[str]:
        """Names of the parameters that are found from a layer's calls."""
        return set(self.parts[self.group[layer]].values())


def look(
    model: nn.Module, trainable: Mapping[str, nn.Parameter], read: Callable[[int], Tensor]
) -> Uses:
    """How the model uses its parameters in one forward pass.

    A parameter is found from a layer's calls if all its uses are calls, on a batch of texts, of
    layers of a known form. Both are read off the graph of the pass: the edges into a parameter are
    its uses.

    Args:
        model: The model, whose parameters all require gradients or not as `trainable` says.
        trainable: The parameters that count, by name.
        read: Lets the model read a text as many times at once as it is told; returns logits.
    """
    known = {name: layer for name, layer in model.named_modules() if is_known(layer)}
    calls: list[tuple[str, bool]] = []
    batch = _unlike_dimensions(model)
    hooks = [_watch(name, layer, batch, calls) for name, layer in known.items()]
    uses = count_uses(read(batch))
    for hook in hooks:
        hook.remove()
    batched = Counter(name for name, fits in calls if fits)
    groups = _groups({name: known[name] for name in batched}, trainable)
    fast = {n: g for n, g in groups.items() if _is_fast(g, known, batched, uses[trainable[n]])}
    found = Uses({}, {}, {}, [], [n for n, p in trainable.items() if not uses[p]])
    found.slow = [n for n in trainable if n not in fast and n not in found.unused]
    for parameter, group in fast.items():
        first = parameter if len(group) > 1 else group[0][0]
        for layer, part in group:
            found.layers[layer], found.group[layer] = known[layer], first
            found.parts.setdefault(first, {})[part] = parameter
    found.order = [known[name] for name, _ in calls]
    return found


def _groups(layers: Mapping[str, nn.Module], trainable: Mapping[str, nn.Parameter]) -> dict:
    """The (layer, part) pairs that each parameter is in, by its name."""
    names = {id(p): name for name, p in trainable.items()}
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, layer in layers.items():
        for part in PARTS:
            parameter = names.get(id(layer._parameters.get(part)))
            if parameter is not None:
                groups.setdefault(parameter, []).append((name, part))
    return groups


def _is_fast(group: Sequence, known: Mapping, batched: Counter, uses: int) -> bool:
    """Are all uses of a parameter calls of its layers? Several layers may share a table only."""
    together = len(group) == 1 or all(is_embedding(known[name]) for name, _ in group)
    return together and uses == sum(batched[name] for name, _ in group)


def _watch(name: str, layer: nn.Module, batch: int, calls: list):
    def hook(_, args: tuple, kwargs: dict, output: Tensor) -> None:
        calls.append((name, is_batched(layer, first_input(args, kwargs), output, batch)))

    return layer.register_forward_hook(hook, with_kwargs=True)


def first_input(args: tuple, kwargs: dict) -> Tensor:
    """What a layer reads, given by position or by name."""
    return args[0] if args else next(iter(kwargs.values()))


def is_batched(layer: nn.Module, a: Tensor, output: Tensor, batch: int) -> bool:
    """Do a layer's input and output have the texts as their first dimension?

    An embedding may read one row of ids for all texts, as of positions.
    """
    if is_embedding(layer):
        return a.dim() == 2 and len(a) in (1, batch)
    return a.dim() > 1 and len(a) == len(output) == batch


def _unlike_dimensions(model: nn.Module) -> int:
    """A number of texts that no other dimension is likely to be."""
    taken = {size for p in model.parameters() for size in p.shape}
    taken |= {value for value in model.config.to_dict().values() if isinstance(value, int)}
    return next(number for number in (5, 7, 11, 13, 17, 19, 23, 29, 31) if number not in taken)


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


@torch.no_grad()
def fill_at_random(parameters: Iterable[nn.Parameter]) -> None:
    """Weights with which nothing vanishes by chance."""
    for parameter in parameters:
        generator = torch.Generator(parameter.device).manual_seed(parameter.numel())
        size = (parameter.shape or (1,))[-1] ** -0.5
        parameter.normal_(0 if parameter.dim() > 1 else 1, size, generator=generator)
