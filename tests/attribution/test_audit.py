"""The audit finds what the engine's assumptions miss, and the run then takes a way that agrees.

Each model here uses its parameters in a way that an engine could take for the usual one. The scores
are right with all precautions in place; with its own precaution taken out, the audit finds the
disagreement, and the scores are right all the same, or the run stops.
"""

from __future__ import annotations

import copy
import warnings
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BigBirdConfig,
    ConvBertConfig,
    EuroBertConfig,
    FunnelConfig,
    MobileBertConfig,
    ModernBertConfig,
    Phi3Config,
    XLMConfig,
    XLMRobertaConfig,
)

from xlshare.attribution import audit, gradients, influence, inputs, tracin
from xlshare.attribution.audit import choose, plain_gradient
from xlshare.attribution.gradients import Differentiator
from xlshare.attribution.inputs import Examples
from xlshare.attribution.products import Factors, OuterBank, TokenBank

pytestmark = pytest.mark.slow

SIZES = dict(
    vocab_size=100,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=48,
    max_position_embeddings=64,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
CUT = {"cls_token_id": 1, "sep_token_id": 2}


def classifier(config, noise: float = 0.1) -> nn.Module:
    """A small model whose every parameter is random."""
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(noise * torch.randn_like(parameter))
    return model


def texts(count: int, seed: int, shortest: int = 3, longest: int = 20) -> list[dict]:
    """Ragged texts, from 1 to 2, of few different tokens."""
    random = np.random.default_rng(seed)
    lengths = random.integers(shortest, longest + 1, count)
    return [
        {"input_ids": [1, *random.integers(4, 29, n - 2).tolist(), 2], "labels": int(n % 2)}
        for n in lengths.tolist()
    ]


def definition(model: nn.Module, rows: list[dict]) -> Tensor:
    """Gradients in float64, one example at a time, by every column of a row."""
    model = copy.deepcopy(model).double().eval()
    parameters, found = [p for p in model.parameters() if p.requires_grad], []
    for row in rows:
        given = {name: torch.tensor([v]) for name, v in row.items() if name != "labels"}
        given.setdefault("attention_mask", torch.ones_like(given["input_ids"]))
        loss = F.cross_entropy(model(**given).logits, torch.tensor([row["labels"]]))
        gradient = torch.autograd.grad(loss, parameters, materialize_grads=True, allow_unused=True)
        found.append(torch.cat([g.flatten() for g in gradient]))
    return torch.stack(found)


def off(model: nn.Module, train: list[dict], test: list[dict], **options) -> float:
    """By how much the scores are off, as cosines."""
    found = influence(model, [model.state_dict()], train, test, progress=False, **options)[0]
    a, b = (F.normalize(definition(model, rows)) for rows in (test, train))
    return float(np.abs(found.values - (a @ b.T).numpy()).max())


# ---- Models that do not do as most do -------------------------------------------------------


class Head(nn.Module):
    """A head of its own, made of layers and of what is done between them."""

    def __init__(self, compute: Callable[[Head, Tensor], Tensor], **parts) -> None:
        super().__init__()
        self.compute = compute
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: Tensor) -> Tensor:
        return self.compute(self, x)


def with_head(compute: Callable[[Head, Tensor], Tensor], **parts) -> nn.Module:
    model = classifier(BertConfig(**SIZES))
    model.requires_grad_(False)
    model.classifier = Head(compute, **parts)
    return model


def scaled() -> nn.Module:
    """A scale that is kept on a Linear layer."""
    layer = nn.Linear(32, 2)
    layer.scale = nn.Parameter(torch.tensor([1.3, 0.6]))
    return with_head(lambda head, x: head.layer(x) * head.layer.scale, layer=layer)


def tied() -> nn.Module:
    """A weight that is registered first with a layer that is never called."""
    spare, used = nn.Linear(32, 32), nn.Linear(32, 32)
    used.weight = spare.weight
    compute = lambda head, x: head.out(torch.tanh(head.used(x)))  # noqa: E731
    return with_head(compute, spare=spare, used=used, out=nn.Linear(32, 2))


def weight_norm() -> nn.Module:
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(32, 32))
    compute = lambda head, x: head.out(torch.tanh(head.layer(x)))  # noqa: E731
    return with_head(compute, layer=layer, out=nn.Linear(32, 2))


def temperature() -> nn.Module:
    """A parameter without dimensions."""
    compute = lambda head, x: head.layer(x) * head.t  # noqa: E731
    return with_head(compute, layer=nn.Linear(32, 2), t=nn.Parameter(torch.tensor(1.3)))


def keyword() -> nn.Module:
    return with_head(lambda head, x: head.layer(input=x), layer=nn.Linear(32, 2))


class Prompted(nn.Module):
    """A prompt before each text: vectors kept on the embedding, or looked up once for a batch."""

    def __init__(self, looked_up: bool) -> None:
        super().__init__()
        self.inner = classifier(BertConfig(**SIZES))
        self.config = self.inner.config
        self.inner.requires_grad_(False)
        self.inner.classifier.requires_grad_(True)
        self.table = nn.Embedding(4, 32) if looked_up else None
        if not looked_up:
            words = self.inner.get_input_embeddings()
            words.requires_grad_(True)
            words.prompt = nn.Parameter(0.3 * torch.randn(4, 32))

    def get_input_embeddings(self) -> nn.Module:
        return self.inner.get_input_embeddings()

    def forward(self, input_ids: Tensor, attention_mask: Tensor):
        words, size = self.get_input_embeddings(), len(input_ids)
        prompt = words.prompt if self.table is None else self.table(torch.arange(4)[None])[0]
        x = torch.cat([prompt.expand(size, -1, -1), words(input_ids)], 1)
        mask = torch.cat([attention_mask.new_ones(size, 4), attention_mask], 1)
        return self.inner(inputs_embeds=x, attention_mask=mask)


def in_place(change: Callable[[Tensor], Tensor]) -> nn.Module:
    model = classifier(BertConfig(**SIZES))
    output = model.bert.encoder.layer[0].output
    compute = lambda head, x: head.b(change(head.a(x)))  # noqa: E731
    inserted = Head(compute, a=nn.Linear(32, 32), b=nn.Linear(32, 32))
    output.dense = nn.Sequential(output.dense, inserted)
    return model


def long_rope() -> nn.Module:
    """Frequencies depend on the length of the longest text of a batch."""
    rope = dict(rope_type="longrope", rope_theta=1e4, factor=6.4)
    rope |= dict(short_factor=[1.0] * 4, long_factor=[4.0] * 4)
    rope |= dict(original_max_position_embeddings=10)
    return classifier(
        Phi3Config(
            **SIZES,
            num_key_value_heads=2,
            rope_parameters=rope,
            original_max_position_embeddings=10,
        )
    )


def block_sparse() -> nn.Module:
    return classifier(
        BigBirdConfig(
            **SIZES | {"max_position_embeddings": 128},
            attention_type="block_sparse",
            block_size=4,
            num_random_blocks=1,
        )
    )


PADDING = {  # models that see padding, or the length of a batch
    "Funnel": lambda: classifier(
        FunnelConfig(
            vocab_size=100,
            block_sizes=[2, 2],
            num_decoder_layers=1,
            d_model=32,
            n_head=4,
            d_head=8,
            d_inner=48,
            max_position_embeddings=64,
        )
    ),
    "MobileBERT": lambda: classifier(
        MobileBertConfig(
            **SIZES,
            embedding_size=16,
            intra_bottleneck_size=16,
            true_hidden_size=16,
            num_feedforward_networks=2,
        ),
        noise=0.2,
    ),
    "ConvBERT": lambda: classifier(
        ConvBertConfig(**SIZES, embedding_size=16, conv_kernel_size=3, head_ratio=2), noise=0.2
    ),
    "LongRoPE": long_rope,
}
DROPPED = {  # parameters that a look at known layers misses
    "scale on a layer": scaled,
    "weight_norm": weight_norm,
    "temperature": temperature,
    "prompt on an embedding": lambda: Prompted(looked_up=False),
    "tied to a layer that is not called": tied,
}
MEAN = {  # every token is read by the last layers
    "ModernBERT": lambda: classifier(
        ModernBertConfig(
            **SIZES | CUT,
            classifier_pooling="mean",
            global_attn_every_n_layers=2,
            local_attention=6,
        )
    ),
    "EuroBERT": lambda: classifier(
        EuroBertConfig(**SIZES, num_key_value_heads=2, classifier_pooling="mean")
    ),
}
OTHERS = {
    "embedding called once for a batch": lambda: Prompted(looked_up=True),
    "keyword": keyword,
    "ReLU in place": lambda: in_place(nn.ReLU(inplace=True)),
    "sum in place": lambda: in_place(lambda x: x.add_(1.0)),
}
ALL = PADDING | DROPPED | MEAN | OTHERS
ONE_TOKEN = [{"input_ids": [7], "labels": 0}]


@pytest.mark.filterwarnings("ignore:the audit found")
@pytest.mark.parametrize("batch_size", [None, 1])
@pytest.mark.parametrize("name", ALL)
def test_scores_are_those_of_the_definition(name: str, batch_size: int | None) -> None:
    shortest = 1 if name == "Funnel" else 0  # it pools two tokens
    train, test = texts(20, 1), [*ONE_TOKEN, *texts(8, 2)][shortest:]
    assert off(ALL[name](), train, test, batch_size=batch_size) < 5e-6


def test_a_model_that_remembers_what_it_read_is_refused() -> None:
    """BigBird reads long texts in blocks, until it has read a short one."""
    with pytest.raises(ValueError, match="remembers what it read"):
        off(block_sparse(), texts(12, 1, 20, 70), texts(4, 2, 20, 70))
    assert off(block_sparse(), texts(12, 1, 40, 70), texts(4, 2, 40, 70)) < 5e-6


def test_usual_models_stay_on_the_usual_ways() -> None:
    model = classifier(XLMRobertaConfig(**SIZES))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = influence(model, [model.state_dict()], texts(40, 1), texts(5, 2), progress=False)
    assert scores.attrs["ways"] == []
    assert scores["audit"].dims == ("checkpoint", "test")
    assert 0 < scores["audit"].max() < 2e-6


# ---- Precautions taken out ------------------------------------------------------------------


def audited(model: nn.Module, train: list[dict], test: list[dict], told: str) -> None:
    """The audit says what it found, and the scores are right."""
    with pytest.warns(UserWarning, match=f"the audit found.*{told}"):
        assert off(model, train, test) < 5e-6


@pytest.mark.parametrize("name", PADDING)
def test_padding_that_does_harm_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Differentiator, "_can_pad", lambda *_: True)
    audited(PADDING[name](), texts(20, 1), texts(8, 2), "padding changes this model's gradients")


def uses_alone(self: Differentiator, tensors: list[Tensor]) -> None:
    """What a pass sees of functions, without what they say of the tokens that are read."""
    self.cut = None
    met(self, tensors)


met = Differentiator._met


@pytest.mark.parametrize("name", MEAN)
def test_tokens_that_are_read_after_all_are_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the look at which tokens are read has one text of one token, it finds none unread."""
    find = Differentiator._find_unread
    one = [{"input_ids": [7, 7], "labels": 0}]
    monkeypatch.setattr(Differentiator, "_find_unread", lambda self, probes: find(self, one))
    monkeypatch.setattr(Differentiator, "_met", uses_alone)
    audited(MEAN[name](), texts(20, 1), texts(8, 2), "more than the first token")


@pytest.mark.parametrize("name", DROPPED)
def test_dropped_parameters_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing on the slow way, what is not found from a layer is left out."""
    look = gradients.look

    def forgetful(*args):
        found = look(*args)
        found.slow = []
        for parts in found.parts.values():
            for part in [p for p, n in parts.items() if n.endswith("spare.weight")]:
                del parts[part]
        return found

    monkeypatch.setattr(gradients, "look", forgetful)
    audited(DROPPED[name](), texts(20, 1), texts(8, 2), "in its own way")


def test_an_embedding_called_once_for_a_batch_is_found() -> None:
    """No precaution is in place: only the first text's copy of the prompt gets a gradient."""
    audited(Prompted(looked_up=True), texts(20, 1), texts(8, 2), "table.weight")


def test_a_product_that_reads_one_token_of_several_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where a bank by token is taken for one of outer products."""
    meet = TokenBank.meet

    def first_token_only(self: TokenBank, part: Factors):
        if not part.is_outer():
            return meet(self, part)
        return OuterBank(Factors(self.factors.a[:, :1], self.factors.g[:, :1])).meet(part)

    monkeypatch.setattr(TokenBank, "meet", first_token_only)
    model = classifier(BertConfig(**SIZES | dict(hidden_size=64, intermediate_size=128)))
    train = [*texts(32, 1), {"input_ids": [9], "labels": 1}]
    audited(model, train, texts(2, 2, 6, 12), "in its own way")


@pytest.mark.parametrize("change", [nn.ReLU(inplace=True), lambda x: x.add_(1.0)])
def test_outputs_that_autograd_lost_are_found(change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Differentiator, "_lost_outputs", lambda *_: frozenset())
    audited(in_place(change), texts(20, 1), texts(8, 2), "in its own way")


def test_inputs_that_are_dropped_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Language ids, say, that reach plain autograd and not the engine."""
    sizes = dict(vocab_size=100, emb_dim=32, n_layers=2, n_heads=4, max_position_embeddings=64)
    model = classifier(XLMConfig(**sizes, n_langs=3, pad_index=0, bos_index=1, eos_index=2))
    rows = [[row | {"langs": [2] * len(row["input_ids"])} for row in texts(9, s)] for s in (1, 2)]
    assert off(model, *rows) < 5e-6
    names = ["input_ids", "attention_mask", "token_type_ids"]
    monkeypatch.setattr(inputs, "input_names", lambda _: names)
    monkeypatch.setattr(Examples, "_refuse_unread", lambda *_: None)
    with pytest.raises(ArithmeticError, match="even one example at a time"):
        off(model, *rows)


@pytest.mark.parametrize("kind", ["regression", "multi_label_classification"])
def test_another_loss_stops_the_run(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing refuses the problem type, the model's own loss is found to be another."""
    model = classifier(BertConfig(**SIZES))
    model.config.problem_type = kind
    monkeypatch.setattr(tracin, "check_model", lambda _: None)
    with pytest.raises(ValueError, match="own loss is not the cross-entropy|Target size"):
        off(model, texts(9, 1), texts(4, 2))


def test_a_checkpoint_that_reads_otherwise_each_time_stops_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where a head that the folder lacks is drawn at random."""
    model = classifier(BertConfig(**SIZES))
    read = tracin.read_checkpoint

    def drawn(checkpoint, model):
        head = {"classifier.weight": torch.randn(2, 32)}
        return {**read(checkpoint, model), **head}

    monkeypatch.setattr(tracin, "read_checkpoint", drawn)
    with pytest.raises(ValueError, match="checkpoint 1 .* other weights"):
        off(model, texts(9, 1), texts(4, 2))


def test_a_model_that_draws_random_numbers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = classifier(BertConfig(**SIZES))
    draw = lambda _, inputs, output: output + 0.1 * torch.randn_like(output)  # noqa: E731
    model.bert.encoder.layer[0].register_forward_hook(draw)
    with pytest.raises(ValueError, match="draws random numbers"):
        off(model, texts(9, 1), texts(4, 2))
    monkeypatch.setattr(tracin, "check_memoryless", lambda *_: None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ArithmeticError, match="random numbers in eval mode"):
            off(model, texts(9, 1), texts(4, 2))


# ---- The audit itself -----------------------------------------------------------------------


def test_what_is_audited() -> None:
    """The shortest and the longest text, one with the most frequent and one with a rare token."""
    rows = [{"input_ids": [5] * n + [4], "labels": 0} for n in (3, 9, 2, 4)]
    rows += [{"input_ids": [4, 4, 99], "labels": 0}, {"input_ids": [4, 6, 6], "labels": 0}]
    examples = Examples(rows, "train", classifier(BertConfig(**SIZES)))
    chosen = choose(examples)
    assert chosen == choose(examples) and len(set(chosen)) == len(chosen)
    assert {1, 2} <= set(chosen)
    tokens = [set(rows[index]["input_ids"]) for index in chosen]
    assert any(4 in found for found in tokens) and any({99, 6} & found for found in tokens)
    of_every_length = Examples(texts(600, 1), "train", classifier(BertConfig(**SIZES)))
    remainders = Counter(int(of_every_length.lengths[i]) % 4 for i in choose(of_every_length))
    assert set(remainders) == {0, 1, 2, 3} and sum(remainders.values()) <= 8


def test_plain_gradients_are_those_of_the_loss() -> None:
    model, rows = classifier(BertConfig(**SIZES)), texts(3, 1)
    names = [name for name, _ in model.named_parameters()]
    differentiate = Differentiator(copy.deepcopy(model), names, rows)
    differentiate.model.load_state_dict(model.state_dict())
    truth = definition(model, rows)
    for row, expected in zip(rows, truth):
        found, size = plain_gradient(differentiate, row)
        flat = torch.cat([found[name].flatten() for name in names]).double() * size
        torch.testing.assert_close(flat, expected, rtol=1e-4, atol=1e-6)


def test_the_audit_takes_few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 5% of a run with 10,000 training examples: a batch for each audited example."""
    model = classifier(XLMRobertaConfig(**SIZES))
    alone, batches = [], []
    plain, bank_of = audit.plain_gradient, tracin._Run._audited_batches

    def counted(run):
        found = bank_of(run)
        batches.append(sum(map(len, found)))
        return found

    monkeypatch.setattr(audit, "plain_gradient", lambda *a: (alone.append(1), plain(*a))[1])
    monkeypatch.setattr(tracin._Run, "_audited_batches", counted)
    influence(model, [model.state_dict()], texts(600, 1), texts(5, 2), progress=False)
    assert len(alone) <= 10 and len(batches) == 1
    assert batches[0] + 6 * len(alone) <= 0.05 * 10_000  # alone, one costs some six in a batch


def test_a_shard_and_a_continued_run_audit_alike(tmp_path) -> None:
    """The ways of a block do not depend on what was scored before it."""
    model = PADDING["Funnel"]()
    whole = influence(model, [model.state_dict()] * 2, texts(20, 1), texts(8, 2), progress=False)
    for shard in (2, 1):
        part = dict(shard=shard, shards=2, out=tmp_path / "scores.zarr", progress=False)
        found = influence(model, [model.state_dict()] * 2, texts(20, 1), texts(8, 2), **part)
    np.testing.assert_array_equal(found, whole)
    np.testing.assert_array_equal(found["audit"], whole["audit"])
