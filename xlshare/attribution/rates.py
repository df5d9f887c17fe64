"""How long the engine takes for an example on this machine, for a plan of a longer run.

Measured are the engine's own steps, without what a call of `influence` does besides: finding out
how the model uses its parameters, and the audit of each block.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from xlshare.attribution.audit import probes
from xlshare.attribution.gradients import Bank, Differentiator, Gradients, Unforeseen
from xlshare.attribution.inputs import Examples, Rows
from xlshare.attribution.matmul import matmul_settings
from xlshare.attribution.tracin import MATMUL, freed_memory_kept

BATCH = 32  # examples, as many as a CPU takes at once


def seconds(
    model: nn.Module, rows: Rows, precision: str, timed: Callable[[Callable[[], object]], float]
) -> tuple[float, float, float]:
    """Seconds of a test example's gradient, of a training example's, and of their product.

    Args:
        model: A classifier on the device to measure, which is left without its weights.
        rows: Examples, as for `influence`. Those of middle lengths are computed in one batch.
        precision: As for `influence`.
        timed: Returns the seconds that a function takes.
    """
    examples = Examples(rows, "train", model)
    order, count = np.argsort(examples.lengths), min(BATCH, len(examples))
    first = (len(examples) - count) // 2
    batch = [examples[i] for i in order[first : first + count].tolist()]
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    with torch.enable_grad(), matmul_settings(MATMUL[precision]), freed_memory_kept():
        differentiate = Differentiator(model.float().eval(), names, probes(examples))
        few = max(1, count // 4)
        small, found = (_gradients(differentiate, batch[:n]) for n in (few, count))
        bank_of_few = Bank.of(small, range(few), dtype)
        all_of_them = lambda: _gradients(differentiate, batch)  # noqa: E731
        banked = timed(lambda: Bank.of(all_of_them(), range(count), dtype)) / count
        alone = timed(all_of_them) / count
        with_few = timed(lambda: [part.against(bank_of_few) for part in found]) / count
        bank = Bank.of(all_of_them(), range(count), dtype)
        with_all = timed(lambda: [part.against(bank) for part in found]) / count
    pair = max(with_all - with_few, 0) / max(1, count - few)
    return banked, alone + max(with_few - few * pair, 0), pair


def _gradients(differentiate: Differentiator, rows: list[dict]) -> list[Gradients]:
    """Gradients of a batch, or example by example where the model cannot pad."""
    while True:
        size = len(rows) if differentiate.ways.pad else 1
        try:
            return [differentiate(rows[i : i + size]) for i in range(0, len(rows), size)]
        except Unforeseen as use:
            differentiate.fall_back(use)
