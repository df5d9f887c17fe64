"""Which layers have gradients of a known form, and what it is.

Linear layers, norms and embeddings, whatever their class, are told by what they compute. A layer's
`pieces` are its gradients by parameter, in the forms of `products.py`.
"""

from __future__ import annotations

import copy

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
    plain = type(layer).forward is nn.Embedding.forward
    return plain and layer.max_norm is None and not layer.scale_grad_by_freq


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


def pieces(layer: nn.Module, a: Tensor, g: Tensor) -> dict[str, Vectors | Factors | Rows]:
    """A layer's gradients by parameter, from its input a [B, T, I] (an embedding's ids [B, T]) and
    the gradient g [B, T, O] of its output."""
    if is_embedding(layer):
        return {"weight": Rows.of(a, g, layer.padding_idx)}
    if is_linear(layer):
        weight = Factors(*sorted((a, g), key=lambda x: x.shape[2]))  # W', if its rows are shorter
    else:
        weight = Vectors((g * normalised(layer, a)).sum(1))
    bias = {} if getattr(layer, "bias", None) is None else {"bias": Vectors(g.sum(1))}
    return {"weight": weight, **bias}
