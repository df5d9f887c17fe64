"""Each kind of gradient against autograd, and the numerics of their products."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from xlshare.attribution import layers, products
from xlshare.attribution.gradients import join
from xlshare.attribution.products import Factors, Rows, TokenBank, VectorBank


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def assert_products(pieces: tuple, dense: tuple[torch.Tensor, torch.Tensor]) -> None:
    """`pieces` (train, test) multiply like the dense gradients [B, P], [N, P] they stand for."""
    train, test = (x.double() for x in dense)
    bank, test_squares = join(pieces[1], torch.float32)
    found, squares = zip(*(piece.against(bank) for piece in pieces[0]))
    torch.testing.assert_close(torch.cat(found), train @ test.T, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(torch.cat(squares), train.square().sum(1), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(test_squares, test.square().sum(1), rtol=1e-5, atol=1e-6)


def layer_gradients(layer: nn.Module, a: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
    """By autograd, one example at a time: gradients [B, P] of sum(layer(a) * g)."""
    return torch.stack(
        [
            torch.cat(
                [x.flatten() for x in torch.autograd.grad(layer(a[b]), layer.parameters(), g[b])]
            )
            for b in range(len(a))
        ]
    )


# ---- One layer type -------------------------------------------------------------------------


@pytest.mark.parametrize("tokens, stretch", [(1, 1 << 20), (5, 1 << 20), (5, 100), (5, 1)])
def test_linear_gradients_multiply_like_those_of_autograd(tokens, stretch, monkeypatch):
    """Written out (several tokens) at once, in stretches, by rows; as outer products (one)."""
    monkeypatch.setitem(products.STRETCH, "cpu", stretch)
    monkeypatch.setattr(products, "are_few", lambda parts: False)
    layer = nn.Linear(7, 4, bias=False)
    a, g = torch.randn(9, tokens, 7), torch.randn(9, tokens, 4)
    dense = layer_gradients(layer, a, g)
    train = [Factors(a[:6], g[:6])]
    tests = [Factors(a[6:8], g[6:8]), Factors(a[8:], g[8:])]
    assert_products((train, tests), (dense[:6], dense[6:]))


@pytest.mark.parametrize("cancelling", [False, True])
def test_linear_gradients_of_few_tests_multiply_by_token(cancelling):
    """Nothing is written out, unless the tokens' terms cancel: there float32 would lose digits."""
    a, g = torch.randn(5, 3, 40), torch.randn(5, 3, 30)
    if cancelling:
        a, g = a * 1e-3 + 1, g - g.mean(1, keepdim=True)
    dense = layer_gradients(nn.Linear(40, 30, bias=False), a, g)
    tests = [Factors(a[3:4], g[3:4]), Factors(a[4:, :2], g[4:, :2])]
    dense[4:] = torch.einsum("bto,bti->boi", g[4:, :2], a[4:, :2]).flatten(1)
    bank, _ = join(tests[:1], torch.float32)
    assert isinstance(bank, VectorBank if cancelling else TokenBank)
    assert_products(([Factors(a[:3], g[:3])], tests), (dense[:3], dense[3:]))


def test_cancelling_training_tokens_meet_few_tests():
    a, g = torch.randn(6, 3, 40), torch.randn(6, 3, 30)
    a[:2], g[:2] = a[:2] * 1e-3 + 1, g[:2] - g[:2].mean(1, keepdim=True)
    dense = layer_gradients(nn.Linear(40, 30, bias=False), a, g)
    assert isinstance(join([Factors(a[5:], g[5:])], torch.float32)[0], TokenBank)
    assert_products(([Factors(a[:5], g[:5])], [Factors(a[5:], g[5:])]), (dense[:5], dense[5:]))


@pytest.mark.parametrize("size, kind", [(7, TokenBank), (2, VectorBank)])
def test_linear_gradients_of_one_token_meet_those_of_several(size, kind):
    """A test batch whose gradients are outer products, a training batch whose are not.

    Token by token where that costs less than to write the tests' gradients out for each batch.
    """
    a, g = torch.randn(6, 5, size), torch.randn(6, 5, 4)
    g[3:, 1:] = 0
    dense = layer_gradients(nn.Linear(size, 4, bias=False), a, g)
    one, several = Factors(a[3:], g[3:]), Factors(a[:3], g[:3])
    assert type(join([one], torch.float32)[0]._written_out_or_by_token(several)) is kind
    assert one.concentrated().a.shape[1] == 1 and several.concentrated().a.shape[1] == 5
    assert_products(([several], [one]), (dense[:3], dense[3:]))
    assert_products(([one], [several]), (dense[3:], dense[:3]))
    assert_products(([one], [one, several]), (dense[3:], dense[[3, 4, 5, 0, 1, 2]]))


def test_only_the_token_with_a_gradient_is_kept():
    """First, last or between, and none at all."""
    a, g = torch.randn(4, 5, 3), torch.zeros(4, 5, 2)
    g[[0, 1, 2], [0, 4, 2]] = 1.0
    kept = Factors(a, g).concentrated()
    assert kept.a.shape == (4, 1, 3)
    torch.testing.assert_close(kept.a[:3, 0], a[[0, 1, 2], [0, 4, 2]])
    found, truth = torch.cat([*kept.stretches()], 1), torch.einsum("bto,bti->boi", g, a).flatten(1)
    torch.testing.assert_close(found, truth)


@pytest.mark.parametrize("layer", [nn.LayerNorm(6), nn.RMSNorm(6)], ids=["LayerNorm", "RMSNorm"])
def test_norm_gradients_are_those_of_autograd(layer):
    with torch.no_grad():
        layer.weight.normal_()
    a, g = torch.randn(3, 5, 6), torch.randn(3, 5, 6)
    found = layers.pieces(layer, a, g)
    values = torch.cat([piece.values for piece in found.values()], 1)
    torch.testing.assert_close(values, layer_gradients(layer, a, g), rtol=1e-5, atol=1e-5)


def test_a_norm_that_only_has_the_name_is_not_believed():
    class SquareRMSNorm(nn.RMSNorm):
        def forward(self, x):
            return super().forward(x).square()

    assert not layers.is_norm(SquareRMSNorm(4)) and layers.is_norm(nn.RMSNorm(4))


@pytest.mark.parametrize("vocabulary, table, listed", [(4, 3, 0), (50, 8, 100), (1000, 0, 190)])
def test_embedding_gradients_multiply_like_those_of_autograd(vocabulary, table, listed):
    """Few entries (a table), many (a list), both; repeated tokens, an untrained padding entry."""
    layer = nn.Embedding(vocabulary, 3, padding_idx=1)
    ids, g = torch.randint(0, vocabulary, (30, 8)), torch.randn(30, 8, 3)
    dense = layer_gradients(layer, ids, g)
    train, *tests = [
        Rows.of(ids[c].masked_fill(ids[c] == 1, -1), g[c])
        for c in (slice(5), slice(5, 12), slice(12, 30))
    ]
    bank, _ = products.join_rows(tests)
    assert len(bank.frequent) == table and len(bank.ids) >= listed
    assert_products(([train], tests), (dense[:5], dense[5:]))


def test_squared_norms_of_long_vectors_are_exact():
    """A flat float32 sum of these 20 million squares is off by far more."""
    x = torch.full((1, 20_000_000), 0.1)
    truth = x.double().square().sum(1)
    torch.testing.assert_close(products.squared_norms(x), truth, rtol=1e-6, atol=0)


def test_inner_products_of_long_vectors_are_exact():
    x = torch.rand(2, 3_000_000)
    truth = x.double() @ x.double().T
    found = products.inner_products(x, x)
    torch.testing.assert_close(found, truth, rtol=1e-6, atol=0)
