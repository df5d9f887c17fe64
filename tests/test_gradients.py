"""Per-example gradients: each piece against autograd, whole models against the float64 oracle."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from transformers import (
    AlbertConfig,
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    LlamaConfig,
    Qwen2Config,
    RobertaConfig,
    XLMRobertaConfig,
)

from xlshare import gradients
from xlshare.gradients import Bank, Differentiator, Factors, Rows, Vectors, oracle_gradients

SIZES = dict(
    vocab_size=60,
    max_position_embeddings=64,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=24,
)
CONFIGS = {
    "XLM-R": XLMRobertaConfig(**SIZES),
    "BERT": BertConfig(**SIZES),
    "RoBERTa": RobertaConfig(**SIZES),
    "DistilBERT": DistilBertConfig(
        vocab_size=60, max_position_embeddings=64, dim=16, n_layers=2, n_heads=2, hidden_dim=24
    ),
    "DeBERTa-v2": DebertaV2Config(
        **SIZES,
        relative_attention=True,
        position_buckets=8,
        pos_att_type="p2c|c2p",
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        conv_kernel_size=3,
    ),
    "ALBERT": AlbertConfig(**SIZES, embedding_size=8),  # one layer, used by every block
    "Qwen2": Qwen2Config(**SIZES, num_key_value_heads=1, pad_token_id=0),
    "Llama": LlamaConfig(**SIZES, num_key_value_heads=1, pad_token_id=0),
}


def tiny_model(name: str, num_labels: int = 2) -> nn.Module:
    """A small model whose every parameter is random: biases and norms, too."""
    torch.manual_seed(0)
    config = copy.deepcopy(CONFIGS[name])
    config.num_labels = num_labels
    model = AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


def tiny_rows(count: int, num_labels: int = 2, seed: int = 0) -> list[dict]:
    """Ragged texts of few different tokens, so that tokens repeat in a text and across texts."""
    random = np.random.default_rng(seed)
    return [
        {
            "input_ids": [3, *random.integers(4, 12, random.integers(1, 14)).tolist(), 2],
            "labels": int(random.integers(num_labels)),
        }
        for _ in range(count)
    ]


def differentiator(model: nn.Module, probe: dict) -> Differentiator:
    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    found = Differentiator(copy.deepcopy(model).eval(), trainable, probe)
    found.model.load_state_dict(model.state_dict())
    return found


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def products(train: list[Vectors | Factors | Rows], tests) -> tuple[torch.Tensor, torch.Tensor]:
    batches = [gradients.Gradients({"piece": piece}, torch.ones(0)) for piece in tests]
    bank = Bank.of(batches).pieces["piece"]
    found = [piece.against(bank) for piece in train]
    return torch.cat([p for p, _ in found]), torch.cat([n for _, n in found])


def assert_products(pieces: tuple, dense: tuple[torch.Tensor, torch.Tensor]) -> None:
    """`pieces` (train, test) multiply like the dense gradients [B, P], [N, P] they stand for."""
    found, norms = products(*pieces)
    train, test = (x.double() for x in dense)
    torch.testing.assert_close(found, train @ test.T, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(norms, train.square().sum(1), rtol=1e-5, atol=1e-6)


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


@pytest.mark.parametrize("tokens", [1, 5])
def test_linear_gradients_multiply_like_those_of_autograd(tokens):
    """Written out (several tokens) and as outer products (one token)."""
    layer = nn.Linear(7, 4, bias=False)
    a, g = torch.randn(9, tokens, 7), torch.randn(9, tokens, 4)
    dense = layer_gradients(layer, a, g)
    train = [Factors(a[:6], g[:6])]
    tests = [Factors(a[6:8], g[6:8]), Factors(a[8:], g[8:])]
    assert_products((train, tests), (dense[:6], dense[6:]))


def test_linear_gradients_of_one_token_meet_those_of_several():
    """A test batch whose gradients are outer products, a training batch whose are not."""
    a, g = torch.randn(6, 5, 7), torch.randn(6, 5, 4)
    g[3:, 1:] = 0
    dense = layer_gradients(nn.Linear(7, 4, bias=False), a, g)
    one, several = Factors(a[3:], g[3:]), Factors(a[:3], g[:3])
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
    torch.testing.assert_close(kept.matrix(), torch.einsum("bto,bti->boi", g, a).flatten(1))


@pytest.mark.parametrize("layer", [nn.LayerNorm(6), nn.RMSNorm(6)], ids=["LayerNorm", "RMSNorm"])
def test_norm_gradients_are_those_of_autograd(layer):
    with torch.no_grad():
        layer.weight.normal_()
    a, g = torch.randn(3, 5, 6), torch.randn(3, 5, 6)
    found = gradients.pieces(layer, a, g)
    values = torch.cat([piece.values for piece in found.values()], 1)
    torch.testing.assert_close(values, layer_gradients(layer, a, g), rtol=1e-5, atol=1e-5)


def test_a_norm_that_only_has_the_name_is_not_believed():
    class SquareRMSNorm(nn.RMSNorm):
        def forward(self, x):
            return super().forward(x).square()

    assert not gradients.is_norm(SquareRMSNorm(4)) and gradients.is_norm(nn.RMSNorm(4))


@pytest.mark.parametrize("vocabulary, table, listed", [(4, 3, 0), (50, 8, 100), (1000, 0, 190)])
def test_embedding_gradients_multiply_like_those_of_autograd(vocabulary, table, listed):
    """Few entries (a table), many (a list), both; repeated tokens, an untrained padding entry."""
    layer = nn.Embedding(vocabulary, 3, padding_idx=1)
    ids, g = torch.randint(0, vocabulary, (30, 8)), torch.randn(30, 8, 3)
    dense = layer_gradients(layer, ids, g)
    train, *tests = [Rows.of(ids[c], g[c], 1) for c in (slice(5), slice(5, 12), slice(12, 30))]
    bank = gradients.join_rows(tests)
    assert len(bank.frequent) == table and len(bank.ids) >= listed
    assert_products(([train], tests), (dense[:5], dense[5:]))


def test_squared_norms_of_long_vectors_are_exact():
    """A flat float32 sum of these 20 million squares is off by far more."""
    x = torch.full((1, 20_000_000), 0.1)
    truth = x.double().square().sum(1)
    torch.testing.assert_close(gradients.squared_norms(x), truth, rtol=1e-6, atol=0)


def test_inner_products_of_long_vectors_are_exact():
    x = torch.rand(2, 3_000_000)
    truth = x.double() @ x.double().T
    found = gradients.inner_products(x, x.T.contiguous())
    torch.testing.assert_close(found, truth, rtol=1e-6, atol=0)


@pytest.mark.parametrize("gap", [0.0, 5.0, 15.0, 40.0])
def test_loss_gradients_are_exact_however_confident_the_model(gap):
    """p - y, also where p rounds to 1 in float32."""
    logits = torch.tensor([[gap, 0.0, -1.0], [0.0, gap, 0.5]], dtype=torch.float64)
    labels = torch.tensor([0, 1])
    truth = logits.softmax(1)
    truth[[0, 1], labels] = 0
    truth[[0, 1], labels] = -truth.sum(1)
    direction, size = gradients.loss_gradients(logits.float(), labels)
    torch.testing.assert_close(direction.double() * size[:, None], truth, rtol=1e-6, atol=0)


# ---- Whole models ---------------------------------------------------------------------------


@pytest.mark.parametrize("num_labels", [2, 3])
@pytest.mark.parametrize("name", CONFIGS)
def test_products_and_norms_equal_the_oracle(name, num_labels):
    """Of one batch, ragged and padded, for every parameter of the model."""
    model = tiny_model(name, num_labels)
    train, tests = tiny_rows(8, num_labels, seed=1), tiny_rows(4, num_labels, seed=2)
    differentiate = differentiator(model, tests[0])
    bank = Bank.of([differentiate(tests[:2]), differentiate(tests[2:])])
    batch = differentiate(train)
    found, norms = batch.against(bank)
    truth = oracle_gradients(model, train), oracle_gradients(model, tests)
    found = found * batch.sizes[:, None] * bank.sizes
    expected = truth[0] @ truth[1].T
    assert (found - expected).abs().max() < 5e-6 * expected.abs().max()
    torch.testing.assert_close(norms * batch.sizes, truth[0].norm(dim=1), rtol=2e-6, atol=0)
    torch.testing.assert_close(bank.norms * bank.sizes, truth[1].norm(dim=1), rtol=2e-6, atol=0)


def test_common_encoders_need_no_slow_way():
    for name in ("XLM-R", "BERT", "RoBERTa", "DistilBERT", "ALBERT", "Qwen2", "Llama"):
        assert not differentiator(tiny_model(name), tiny_rows(1)[0]).slow, name


def test_tied_and_bare_parameters_take_the_slow_way():
    """DeBERTa's relative positions are used without their layer, its projections twice."""
    slow = differentiator(tiny_model("DeBERTa-v2"), tiny_rows(1)[0]).slow
    assert "deberta.encoder.rel_embeddings.weight" in slow
    assert any(name.endswith("query_proj.weight") for name in slow)
    assert not any("word_embeddings" in name for name in slow)


@pytest.mark.parametrize(
    "name, skips", [("XLM-R", 7), ("DistilBERT", 7), ("ALBERT", 2), ("Llama", 0)]
)
def test_tokens_are_skipped_only_where_no_logit_sees_them(name, skips):
    """The last block of an encoder but for its attention; nothing of a decoder."""
    found = differentiator(tiny_model(name), tiny_rows(1)[0]).model
    assert sum(len(layer._forward_pre_hooks) for layer in found.modules()) == skips


def test_a_parameter_that_only_some_texts_use_is_refused():
    """Its gradients would be left out of the others' products."""

    class Moody(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.extra = tiny_model("BERT"), nn.Parameter(torch.ones(2))
            self.config = self.inner.config

        def forward(self, input_ids, **inputs):
            out = self.inner(input_ids=input_ids, **inputs)
            out.logits = out.logits + self.extra if input_ids.shape[1] > 12 else out.logits
            return out

    differentiate = differentiator(Moody().eval(), tiny_rows(1)[0])
    differentiate([{"input_ids": [3] * 12, "labels": 0}])
    with pytest.raises(ValueError, match="uses extra for some texts"):
        differentiate([{"input_ids": [3] * 13, "labels": 0}])


def test_the_oracle_is_one_backward_pass_of_the_loss():
    model = tiny_model("BERT").double().eval()
    row = tiny_rows(1)[0]
    logits = model(input_ids=torch.tensor([row["input_ids"]])).logits
    F.cross_entropy(logits, torch.tensor([row["labels"]])).backward()
    truth = torch.cat([p.grad.flatten() for p in model.parameters()])
    found = oracle_gradients(model.float(), [row])[0]
    torch.testing.assert_close(found, truth, rtol=1e-3, atol=1e-6)
