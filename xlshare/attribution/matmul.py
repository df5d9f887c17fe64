"""Products of float32 matrices, by faster libraries than PyTorch's own where there are such.

PyTorch multiplies float32 matrices with MKL, which leaves a part of the width of an AMD processor
with AVX-512 unused. Two libraries that are installed with PyTorch and NumPy anyway use it: oneDNN,
for large products, and OpenBLAS, for many small ones on one thread; the products are float32 as
before. On other processors and on GPUs PyTorch's own choice stays.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

SMALLEST = 8, 1 << 22  # sides and multiplications of a product that is worth oneDNN's start


@functools.cache
def is_wide_amd() -> bool:
    """Is this an AMD processor with AVX-512, and oneDNN at hand?"""
    processor = Path("/proc/cpuinfo")
    return (
        torch.backends.cpu.get_cpu_capability() == "AVX512"
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        and "AuthenticAMD" in processor.read_text() * processor.exists()
    )


def linear(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """Compute x W' + b for x [..., I], W [O, I], b [O]."""
    if not _suits_onednn(x, W):
        return F.linear(x, W, b)
    if not W.mT.is_contiguous():
        W = W.contiguous()
    return torch.ops.mkldnn._linear_pointwise(x.contiguous(), W, b, "none", [], "")


def _suits_onednn(x: Tensor, W: Tensor) -> bool:
    side, count = SMALLEST
    rows = x.shape[:-1].numel()
    large = min(rows, *W.shape) >= side and rows * W.numel() >= count
    return large and is_wide_amd() and _is_plain(x) and _is_plain(W)


def _is_plain(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype == torch.float32


def batched(x: Tensor, y: Tensor, out: Tensor | None = None) -> Tensor:
    """x_b y_b for x [B, M, K] and y [B, K, N], in the place of `out` [B, M, N] if it is given."""
    if not (is_wide_amd() and torch.get_num_threads() == 1 and _is_plain(x) and _is_plain(y)):
        return torch.bmm(x, y, out=out)
    found = np.matmul(x.numpy(), y.numpy(), out=None if out is None else out.numpy())
    return torch.from_numpy(found) if out is None else out


class _Linear(torch.autograd.Function):
    """`linear` whose weights are constants."""

    @staticmethod
    def forward(ctx, x: Tensor, W: Tensor, b: Tensor | None) -> Tensor:
        ctx.save_for_backward(W)
        return linear(x, W, b)

    @staticmethod
    def backward(ctx, g: Tensor) -> tuple[Tensor, None, None]:
        return linear(g, ctx.saved_tensors[0].T), None, None


class FastLinear(TorchFunctionMode):
    """Within it, Linear layers whose weights need no gradient multiply by `linear`."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        fits = function is F.linear and len(args) == 3 and not torch.is_autocast_enabled("cpu")
        if fits and _suits_onednn(*args[:2]):
            if not any(w is not None and w.requires_grad for w in args[1:]):
                return _Linear.apply(*args)
        return function(*args, **(kwargs or {}))


@contextmanager
def matmul_settings(precision: str) -> Iterator[None]:
    """Multiply float32 as precisely as asked (torch's names), whatever the process has set.

    NumPy's products take as many threads as PyTorch's.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        with threadpool_limits(torch.get_num_threads(), "blas"):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
