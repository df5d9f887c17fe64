"""Which layers have gradients of a known form, and what it is.

Linear layers, norms and embeddings, whatever their class, are told by what they compute. A layer's
`pieces` are its gradients by parameter, in the forms of `products.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.pytorch_utils import Conv1D

from xlshare.attribution.products import Factors, Rows, Vectors


def is_linear(layer: nn.Module) -> bool:
    return type(layer).forward in (nn.Linear.forward, Conv1D.forward)


def is_norm(layer: nn.Module) -> bool:
    if type(layer).forward is nn.LayerNorm.forward:
        return len(layer.normalized_shape) == 1
    return type(layer).__name__.endswith(("RMSNorm", "T5LayerNorm")) and _is_plain_rms_norm(layer)


def is_embedding(layer: nn.Module) -> bool:
    """Whether a layer looks rows up in a table, and may multiply them by a number."""
    if not isinstance(layer, nn.Embedding) or layer.max_norm or layer.scale_grad_by_freq:
        return False
    return type(layer).forward is nn.Embedding.forward or scale_of(layer) is not None


@torch.no_grad()
def scale_of(layer: nn.Embedding) -> float | None:
    """The number by which an embedding multiplies its rows (BART, Gemma); None if it does more."""
    if type(layer).forward is nn.Embedding.forward:
        return 1.0
    last = layer.num_embeddings - 1
    ids = torch.tensor([[0, last // 2, last]], device=layer.weight.device)
    rows = F.embedding(ids, layer.weight).double()
    try:
        found = layer(ids).double()
    except (RuntimeError, TypeError, ValueError, IndexError):  # it wants other inputs
        return None
    if found.shape != rows.shape or not rows.any():
        return None
    scale = float((found * rows).sum() / rows.square().sum())
    return scale if torch.allclose(found, scale * rows, rtol=1e-5, atol=0) else None


def is_known(layer: nn.Module) -> bool:
    return is_linear(layer) or is_embedding(layer) or is_norm(layer)


@torch.enable_grad()
def _is_plain_rms_norm(layer: nn.Module) -> bool:
    """RMS norms share a name, not a class: believe one when autograd agrees on random numbers."""
    names = [name for name, _ in layer.named_parameters()]
    if names != ["weight"] or layer.weight.dim() != 1:
        return False
    generator = torch.Generator().manual_seed(0)
    x, g = torch.randn(2, 3, len(layer.weight), generator=generator).to(layer.weight).unbind()
    layer = copy.deepcopy(layer).requires_grad_()
    (truth,) = torch.autograd.grad(layer(x), layer.weight, g)
    return torch.allclose((g * normalised(layer, x)).sum(0), truth, rtol=1e-4, atol=1e-5)


def normalised(layer: nn.Module, x: Tensor) -> Tensor:
    """What a LayerNorm or RMSNorm multiplies by its weight."""
    if isinstance(layer, nn.LayerNorm):
        return F.layer_norm(x, layer.normalized_shape, eps=layer.eps)
    eps = getattr(layer, "variance_epsilon", getattr(layer, "eps", None))
    return F.rms_norm(x, x.shape[-1:], eps=eps)


def pieces(
    layer: nn.Module, a: Tensor, g: Tensor, parts: Collection[str] = ("weight", "bias")
) -> dict[str, Vectors | Factors | Rows]:
    """A layer's gradients by parameter.

    Args:
        layer: A layer of a known form.
        a: Its input [B, T, I]; an embedding's ids [B, T].
        g: The gradient [B, T, O] of its output.
        parts: The parameters that are wanted.
    """
    found = {}
    if "bias" in parts and getattr(layer, "bias", None) is not None:
        found["bias"] = Vectors(g.sum(1))
    if "weight" not in parts:
        return found
    if is_embedding(layer):
        found["weight"] = Rows.of(a, g, layer.padding_idx)
    elif is_linear(layer):  # W', if its rows are shorter
        found["weight"] = Factors(*sorted((a, g), key=lambda x: x.shape[2]))
    else:
        found["weight"] = Vectors((g * normalised(layer, a)).sum(1))
    return found
