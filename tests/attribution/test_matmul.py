"""The faster libraries multiply as PyTorch does, and where they do not apply PyTorch does it."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info
from torch import nn
from torch.nn import functional as F

from xlshare.attribution.matmul import FastLinear, batched, linear, matmul_settings


@pytest.fixture
def calls(fast_libraries, monkeypatch):
    """The shapes that oneDNN multiplied."""
    seen, multiply = [], torch.ops.mkldnn._linear_pointwise
    monkeypatch.setattr(
        torch.ops.mkldnn,
        "_linear_pointwise",
        lambda x, W, *rest: seen.append((*x.shape, *W.shape)) or multiply(x, W, *rest),
    )
    return seen


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (1, 4, 300), (40, 16384)])
@pytest.mark.parametrize("bias", [False, True])
def test_linear_is_torch_s(shape, bias, calls):
    x, W = random(*shape), random(7, shape[-1])
    b = random(7) if bias else None
    torch.testing.assert_close(linear(x, W, b), F.linear(x, W, b), rtol=1e-5, atol=1e-3)
    assert calls == [(*shape, 7, shape[-1])]


def test_the_bits_are_the_same_each_time(fast_libraries):
    x, W = random(40, 1 << 14), random(16, 1 << 14)
    assert torch.equal(linear(x, W), linear(x, W))


def test_any_strides_will_do(calls):
    tokens, weights = random(6, 8, 5), random(7, 9)
    for x, W in [
        (tokens[:, :1], weights[:, :5]),
        (tokens.transpose(0, 1), weights[:, 2:7]),
        (tokens, random(5, 7).T),
    ]:
        torch.testing.assert_close(linear(x, W), F.linear(x, W))
    assert len(calls) == 3


@pytest.mark.parametrize(
    "x, W", [(random(4, 5).double(), random(3, 5).double()), (random(0, 5),) * 2]
)
def test_other_types_and_nothing_at_all_are_left_to_torch(x, W, calls):
    torch.testing.assert_close(linear(x, W), F.linear(x, W))
    assert not calls


@pytest.mark.parametrize("threads", [1, 2])
def test_batched_is_bmm(threads, fast_libraries):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    x, y = random(6, 7, 4).transpose(1, 2), random(6, 7, 5)
    place = torch.empty(6, 4, 5)
    assert batched(x, y, out=place) is place
    torch.set_num_threads(before)
    torch.testing.assert_close(place, torch.bmm(x, y))
    torch.testing.assert_close(batched(x, y), place)


def test_linear_layers_of_constant_weights_are_faster_and_differentiable(calls):
    layers = nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Linear(8, 3, bias=False)).requires_grad_(
        False
    )
    x, g = random(4, 6, 5).requires_grad_(), random(4, 6, 3)
    (truth,) = torch.autograd.grad(layers(x), x, g)
    assert not calls
    with FastLinear():
        y = layers(x)
    torch.testing.assert_close(torch.autograd.grad(y, x, g)[0], truth)
    assert len(calls) == 4  # forwards and backwards


def test_weights_that_are_differentiated_stay_with_autograd(calls):
    layer = nn.Linear(5, 3)
    with FastLinear():
        layer(random(4, 5)).sum().backward()
    assert layer.weight.grad is not None and not calls


def test_settings_hold_within_and_not_beyond(monkeypatch):
    before = torch.get_float32_matmul_precision()
    np.ones((2, 2)) @ np.ones((2, 2))
    blas = lambda: {i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"}  # noqa: E731
    threads = blas()
    with pytest.raises(KeyError), matmul_settings("high"):
        assert torch.get_float32_matmul_precision() == "high"
        assert blas() == {torch.get_num_threads()}
        raise KeyError
    assert torch.get_float32_matmul_precision() == before and blas() == threads
