"""A few texts that a model reads otherwise than the others: seen in the batch, and scored right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from test_audit import SIZES, off
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BertConfig, BertModel, XLNetConfig
from transformers.modeling_outputs import SequenceClassifierOutput

from xlshare.attribution import influence, tracin

pytestmark = pytest.mark.slow

MARK = 50  # a token of few texts
VOCABULARY = 400


def texts(count: int, seed: int, marked: int = 0) -> list[dict]:
    """Ragged texts of many tokens, some of them with the mark."""
    random = np.random.default_rng(seed)
    lengths = random.integers(6, 14, count)
    rows = [
        {"input_ids": random.integers(60, VOCABULARY, n).tolist(), "labels": int(n % 2)}
        for n in lengths
    ]
    for place in random.choice(count, marked, replace=False):
        rows[place]["input_ids"][3] = MARK
    return rows


class Classifier(nn.Module):
    """An embedding or an encoder, what is done with it, and a Linear layer."""

    def __init__(self, body: Callable, pool: Callable, encoder: nn.Module | None = None) -> None:
        super().__init__()
        self.config = BertConfig(**SIZES | {"vocab_size": VOCABULARY}, num_labels=2)
        self.body, self.pool, self.encoder = body, pool, encoder
        self.embed, self.prompt = nn.Embedding(VOCABULARY, 32), nn.Embedding(4, 32)
        self.layer, self.classify = nn.Linear(32, 32), nn.Linear(32, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SequenceClassifierOutput:
        hidden = self.body(self, input_ids, attention_mask)
        pooled = self.pool(hidden, input_ids, attention_mask[..., None].to(hidden.dtype))
        return SequenceClassifierOutput(logits=self.classify(pooled))


def tanh(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    return torch.tanh(model.layer(model.embed(ids)))


def encoded(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    assert model.encoder is not None
    return model.encoder(ids, attention_mask=mask).last_hidden_state


def mean(hidden: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    return (hidden * mask).sum(1) / mask.sum(1)


def made(body: Callable, pool: Callable = mean, encoder: type | None = None) -> Classifier:
    torch.manual_seed(0)
    config = BertConfig(**SIZES | {"vocab_size": VOCABULARY})
    model = Classifier(body, pool, encoder and encoder(config, add_pooling_layer=False).eval())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


# ---- Tokens that only some texts read -------------------------------------------------------


def first_and_marked(hidden: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    return hidden[:, 0] + (hidden * (ids == MARK)[..., None]).sum(1)


def at_mark(hidden: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    return hidden[torch.arange(len(ids)), (ids == MARK).int().argmax(1)]


@pytest.mark.filterwarnings("ignore:the audit found")
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("pool", [first_and_marked, at_mark])
def test_tokens_that_few_texts_read_are_not_skipped(pool: Callable, seed: int) -> None:
    model = made(encoded, pool, BertModel)
    assert off(model, texts(200, 10 + seed, 6), texts(20, 20 + seed)) < 5e-6


# ---- Parameters that only some texts use otherwise ------------------------------------------


def marked_again(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    hidden, hit = tanh(model, ids, mask), (ids == MARK).any(1)
    return (
        hidden + hit[:, None, None] * F.linear(hidden, model.layer.weight) if hit.any() else hidden
    )


def marked_row(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    hidden, hit = tanh(model, ids, mask), (ids == MARK).any(1)
    more = hit[:, None, None] * model.embed.weight[MARK] if hit.any() else 0
    return hidden + more


@pytest.mark.parametrize(("body", "name"), [(marked_again, "layer"), (marked_row, "embed")])
def test_a_second_use_of_a_parameter_is_seen(body: Callable, name: str) -> None:
    with pytest.warns(UserWarning, match=f"uses {name}.weight.* in its own way"):
        assert off(made(body), texts(200, 10, 4), texts(20, 20)) < 5e-6


# ---- Texts that are not the first dimension -------------------------------------------------


def tokens_first(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    return model.layer(model.embed(ids).transpose(0, 1)).transpose(0, 1)


def for_all_texts(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    prompt = model.prompt(torch.arange(4)[None]).repeat(len(ids), 1, 1)
    return tanh(model, ids, mask) + prompt.mean(1, keepdim=True)


def all_at_once(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    return torch.tanh(model.layer(model.embed(ids.reshape(1, -1)).view(*ids.shape, 32)))


@pytest.mark.filterwarnings("ignore:the audit found")
@pytest.mark.parametrize("body", [tokens_first, for_all_texts, all_at_once])
@pytest.mark.parametrize("pool", [mean, lambda hidden, ids, mask: hidden[:, 0]])
def test_other_layouts_are_exact(body: Callable, pool: Callable) -> None:
    assert off(made(body, pool), texts(40, 1), texts(9, 2)) < 5e-6


def test_xlnet_reads_texts_of_one_length() -> None:
    from transformers import AutoModelForSequenceClassification

    torch.manual_seed(0)
    config = XLNetConfig(vocab_size=VOCABULARY, d_model=32, n_layer=2, n_head=4, d_inner=48)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    rows = [row | {"input_ids": row["input_ids"][:6]} for row in texts(26, 3)]
    assert off(model, rows[:20], rows[20:]) < 5e-6


def test_a_sparse_gradient_is_a_gradient() -> None:
    model, rows = made(tanh), (texts(20, 1), texts(6, 2))
    expected = influence(model, [model.state_dict()], *rows, progress=False)
    model.embed.sparse = True
    found = influence(model, [model.state_dict()], *rows, progress=False)
    np.testing.assert_allclose(found, expected, atol=2e-6)


# ---- Memory ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:the audit found")
def test_slower_ways_that_take_more_memory_take_fewer_tests_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A table that goes one example at a time has a dense gradient for each test."""
    model = made(all_at_once)
    rows = texts(20, 1), texts(30, 2)
    dense = sum(p.numel() for p in model.parameters()) * 4
    monkeypatch.setattr(tracin, "free_memory", lambda device: 2 * 8 * dense)
    sizes, bank = [], tracin._Run._bank

    def seen(run, tests: slice):
        found = bank(run, tests)
        sizes.append(
            (tests.stop - tests.start, model.embed.weight.numel() < run.differentiate.bank_numel())
        )
        return found

    monkeypatch.setattr(tracin._Run, "_bank", seen)
    assert off(model, *rows) < 5e-6
    assert max(size for size, slow in sizes if slow) <= 8
