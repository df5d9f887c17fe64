"""Each type of layer on each kind of text, against autograd in float64, one example at a time."""

from __future__ import annotations

import copy

import pytest
import torch
from test_products import assert_products
from torch import nn
from transformers.models.falcon.modeling_falcon import FalconLinear
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.t5.modeling_t5 import T5LayerNorm
from transformers.pytorch_utils import Conv1D

from xlshare.attribution import products
from xlshare.attribution.layers import is_known, pieces

WIDTH = 6
LAYERS = {
    "Linear": lambda: nn.Linear(WIDTH, 4),
    "Linear wider than its input": lambda: nn.Linear(WIDTH, 10),
    "Linear without bias": lambda: nn.Linear(WIDTH, 4, bias=False),
    "Conv1D": lambda: Conv1D(4, WIDTH),
    "LayerNorm": lambda: nn.LayerNorm(WIDTH),
    "LayerNorm without bias": lambda: nn.LayerNorm(WIDTH, bias=False),
    "RMSNorm": lambda: nn.RMSNorm(WIDTH),
    "LlamaRMSNorm": lambda: LlamaRMSNorm(WIDTH),
    "T5LayerNorm": lambda: T5LayerNorm(WIDTH),
    "FalconLinear": lambda: FalconLinear(WIDTH, 4),
}
TEXTS = ("one token", "several", "padded", "one token read", "repeated tokens", "shared positions")
UNKNOWN = {
    "a norm of two dimensions": lambda: nn.LayerNorm((5, WIDTH)),
    "a group norm": lambda: nn.GroupNorm(2, WIDTH),
    "a convolution": lambda: nn.Conv1d(WIDTH, 4, 3),
    "a Linear layer that does more": lambda: Doubled(WIDTH, 4),
    "a Linear layer that routes": lambda: Router(WIDTH, 4),
}


class Doubled(nn.Linear):
    """Its gradients have another form."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) * 2


class Router(nn.Linear):
    """Returns more than a product, as the router of Phi-MoE."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return super().forward(x), x


def random_layer(name: str) -> nn.Module:
    torch.manual_seed(0)
    layer = LAYERS[name]()
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    return layer


def texts(kind: str, layer: nn.Module, count: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    """What the layer reads, [count, T, WIDTH] or ids [count, T], and its output's gradients."""
    tokens = 1 if kind == "one token" else 5
    a = torch.randn(count, tokens, WIDTH)
    if kind == "repeated tokens":
        a = a[:, :1].expand_as(a).contiguous()
    if kind == "shared positions":
        a = a[:1].expand_as(a).contiguous()
    g = torch.randn_like(layer(a))
    if kind == "padded":
        g[torch.arange(tokens) >= torch.randint(1, tokens + 1, (count, 1))] = 0
    if kind == "one token read":
        g[:, 1:] = 0
    return a, g


def by_autograd(layer: nn.Module, a: torch.Tensor, g: torch.Tensor) -> dict[str, torch.Tensor]:
    """Gradients [B, size] of sum(layer(a) * g) by parameter, in float64."""
    layer, g = copy.deepcopy(layer).double(), g.double()
    a = a.double()
    names, parameters = zip(*layer.named_parameters())
    found = [torch.autograd.grad(layer(a[b]), parameters, g[b]) for b in range(len(a))]
    return {name: torch.stack(gs).flatten(1) for name, gs in zip(names, zip(*found))}


@pytest.mark.slow
@pytest.mark.parametrize("few", [True, False], ids=["by token", "written out"])
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", LAYERS)
def test_gradients_multiply_like_those_of_autograd(name, kind, few, monkeypatch):
    """Of every parameter: five training examples with two batches of tests, and the norms."""
    monkeypatch.setattr(products, "are_few", lambda parts: few)
    layer = random_layer(name)
    a, g = texts(kind, layer)
    truth = by_autograd(layer, a, g)
    train, *tests = [pieces(layer, a[part], g[part]) for part in map(slice, (0, 5, 7), (5, 7, 9))]
    assert set(train) == set(truth)
    for parameter, dense in truth.items():
        batches = [train[parameter]], [test[parameter] for test in tests]
        assert_products(batches, (dense[:5], dense[5:]))


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_layer_that_computes_something_else_is_not_known(name):
    assert not is_known(UNKNOWN[name]())


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_of_a_known_type_is_known(name):
    assert is_known(random_layer(name))
