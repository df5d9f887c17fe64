"""Per-example gradients of whole models against the float64 oracle."""

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
    BartConfig,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    FalconConfig,
    Gemma3TextConfig,
    LlamaConfig,
    Qwen2Config,
    RobertaConfig,
    XLMRobertaConfig,
)

from xlshare.attribution import influence
from xlshare.attribution.gradients import (
    Bank,
    Differentiator,
    Unforeseen,
    loss_gradients,
    oracle_gradients,
)

pytestmark = pytest.mark.slow

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


LOOKUPS = {  # a scale on a tied table and positions of their own; a scale; Linear of its own
    "BART": BartConfig(
        vocab_size=60,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=24,
        decoder_ffn_dim=24,
        max_position_embeddings=64,
        scale_embedding=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    ),
    "Gemma 3": Gemma3TextConfig(**SIZES, num_key_value_heads=1, head_dim=8, pad_token_id=0),
    "Falcon": FalconConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, pad_token_id=0
    ),
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


def differentiator(model: nn.Module, probes: list[dict]) -> Differentiator:
    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    found = Differentiator(copy.deepcopy(model).eval(), trainable, probes)
    found.model.load_state_dict(model.state_dict())
    return found


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("gap", [0.0, 5.0, 15.0, 40.0])
def test_loss_gradients_are_exact_however_confident_the_model(gap):
    """p - y, also where p rounds to 1 in float32."""
    logits = torch.tensor([[gap, 0.0, -1.0], [0.0, gap, 0.5]], dtype=torch.float64)
    labels = torch.tensor([0, 1])
    truth = logits.softmax(1)
    truth[[0, 1], labels] = 0
    truth[[0, 1], labels] = -truth.sum(1)
    direction, size = loss_gradients(logits.float(), labels)
    torch.testing.assert_close(direction.double() * size[:, None], truth, rtol=1e-6, atol=0)


@pytest.mark.parametrize("num_labels", [2, 3])
@pytest.mark.parametrize("name", CONFIGS)
def test_products_and_norms_equal_the_oracle(name, num_labels):
    """Of one batch, ragged and padded, for every parameter of the model."""
    model = tiny_model(name, num_labels)
    train, tests = tiny_rows(8, num_labels, seed=1), tiny_rows(4, num_labels, seed=2)
    differentiate = differentiator(model, tests)
    bank = Bank.of([differentiate(tests[:2]), differentiate(tests[2:])], range(len(tests)))
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
        assert not differentiator(tiny_model(name), tiny_rows(3)).uses.slow, name


@pytest.mark.parametrize("name", ["BART", "Gemma 3", "Falcon"])
def test_scaled_and_tied_tables_and_positions_are_looked_up_as_others_are(name):
    config = LOOKUPS[name]
    model = AutoModelForSequenceClassification.from_config(config)
    model.config.use_cache = False
    differentiate = differentiator(model, tiny_rows(3))
    assert not differentiate.uses.slow
    assert len(differentiate.uses.tables) == (3 if name == "BART" else 1)
    rows = tiny_rows(4, seed=1)
    bank = Bank.of([differentiate(rows)], range(4))
    truth = oracle_gradients(model, rows)
    torch.testing.assert_close(bank.norms * bank.sizes, truth.norm(dim=1), rtol=5e-6, atol=0)


def test_tied_and_bare_parameters_take_the_slow_way():
    """DeBERTa's relative positions are used without their layer, its projections twice."""
    slow = differentiator(tiny_model("DeBERTa-v2"), tiny_rows(3)).uses.slow
    assert "deberta.encoder.rel_embeddings.weight" in slow
    assert any(name.endswith("query_proj.weight") for name in slow)
    assert not any("word_embeddings" in name for name in slow)


@pytest.mark.parametrize(
    "name, skips", [("XLM-R", 7), ("DistilBERT", 7), ("ALBERT", 2), ("Llama", 0)]
)
def test_tokens_are_skipped_only_where_no_logit_sees_them(name, skips):
    """The last block of an encoder but for its attention; nothing of a decoder."""
    found = differentiator(tiny_model(name), tiny_rows(3)).model
    assert sum(len(layer._forward_pre_hooks) for layer in found.modules()) == skips


def test_a_parameter_that_only_some_texts_use_goes_slowly_from_then_on():
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

    short, long = ({"input_ids": [3] * length, "labels": 0} for length in (12, 13))
    differentiate = differentiator(Moody().eval(), [short])
    differentiate([short])
    with pytest.raises(Unforeseen, match="extra"):
        differentiate([long])
    train, tests = [short, long, *tiny_rows(6)], tiny_rows(4, seed=2)
    model = Moody().eval()
    found = influence(model, [model.state_dict()], train, tests, progress=False)[0]
    a, b = (F.normalize(oracle_gradients(model, rows)) for rows in (tests, train))
    np.testing.assert_allclose(found, a @ b.T, atol=5e-6)


def test_the_oracle_is_one_backward_pass_of_the_loss():
    model = tiny_model("BERT").double().eval()
    row = tiny_rows(1)[0]
    logits = model(input_ids=torch.tensor([row["input_ids"]])).logits
    F.cross_entropy(logits, torch.tensor([row["labels"]])).backward()
    truth = torch.cat([p.grad.flatten() for p in model.parameters()])
    found = oracle_gradients(model.float(), [row])[0]
    torch.testing.assert_close(found, truth, rtol=1e-3, atol=1e-6)
