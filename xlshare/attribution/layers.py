"""Which layers have gradients of a known form, and what it is.

Linear layers and norms, whatever their class, are recognised by what they compute. A layer's
`pieces` are its gradients by parameter, in the forms of `products.py`. Embedding tables are no
matter of layers: wherever a model looks rows up, it calls `F.embedding`.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.pytorch_utils import Conv1D

from xlshare.attribution.products import Factors, Vectors


def is_linear(layer: nn.Module) -> bool:
    """Whether a layer computes `x W' + b`, as `nn.Linear` and `Conv1D` do."""
    if type(layer).forward in (nn.Linear.forward, Conv1D.forward):
        return True
    return isinstance(layer, nn.Linear) and _is_plain_linear(layer)


@torch.no_grad()
def _is_plain_linear(layer: nn.Linear) -> bool:
    """Some have a `forward` of their own (Falcon's): believe it when the outputs are the same."""
    if set(layer._parameters) != {"weight", "bias"} or layer.weight is None:
        return False
    x = torch.randn(2, 3, layer.in_features, generator=torch.Generator().manual_seed(0))
    x = x.to(layer.weight)
    try:
        found = layer.forward(x)
    except Exception:  # it wants other inputs
        return False
    truth = F.linear(x, layer.weight, layer.bias)
    same = isinstance(found, Tensor) and found.shape == truth.shape
    return same and torch.allclose(found, truth, rtol=1e-4, atol=1e-5)


def is_norm(layer: nn.Module) -> bool:
    """Whether a layer is a LayerNorm or an RMSNorm over the last dimension alone."""
    if type(layer).forward is nn.LayerNorm.forward:
        return len(cast(nn.LayerNorm, layer).normalized_shape) == 1
    return type(layer).__name__.endswith(("RMSNorm", "T5LayerNorm")) and _is_plain_rms_norm(layer)


def is_known(layer: nn.Module) -> bool:
    """Whether `pieces` can take a layer's gradients from its input and its output's gradient."""
    return is_linear(layer) or is_norm(layer)


@torch.enable_grad()
def _is_plain_rms_norm(layer: nn.Module) -> bool:
    """RMS norms share a name, not a class: believe one when autograd agrees on random numbers."""
    names = [name for name, _ in layer.named_parameters()]
    if names != ["weight"] or (weight := layer.get_parameter("weight")).dim() != 1:
        return False
    generator = torch.Generator().manual_seed(0)
    x, g = torch.randn(2, 3, len(weight), generator=generator).to(weight).unbind()
    layer = copy.deepcopy(layer).requires_grad_()
    (truth,) = torch.autograd.grad(layer(x), layer.get_parameter("weight"), g)
    return torch.allclose((g * normalised(layer, x)).sum(0), truth, rtol=1e-4, atol=1e-5)


def normalised(layer: nn.Module, x: Tensor) -> Tensor:
    """What a LayerNorm or RMSNorm multiplies by its weight."""
    if isinstance(layer, nn.LayerNorm):
        return F.layer_norm(x, layer.normalized_shape, eps=layer.eps)
    eps = getattr(layer, "variance_epsilon", getattr(layer, "eps", None))
    return F.rms_norm(x, x.shape[-1:], eps=eps)


def pieces(
    layer: nn.Module, a: Tensor, g: Tensor, parts: Collection[str] = ("weight", "bias")
) -> dict[str, Vectors | Factors]:
    """A layer's gradients by parameter.

    Args:
        layer: A layer of a known form.
        a: Its input [B, T, I].
        g: The gradient [B, T, O] of its output.
        parts: The parameters that are wanted.
    """
    found = {}
    if "weight" in parts and is_linear(layer):  # W', if its rows are shorter
        found["weight"] = Factors(*sorted((a, g), key=lambda x: x.shape[2]))
    elif "weight" in parts:
        found["weight"] = Vectors((g * normalised(layer, a)).sum(1))
    if "bias" in parts and getattr(layer, "bias", None) is not None:
        found["bias"] = Vectors(g.sum(1))
    return found
