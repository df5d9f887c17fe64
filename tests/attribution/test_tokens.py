"""Token classifiers: tokens as tests and as parts of training sentences, by the definition."""

from __future__ import annotations

import copy
from collections import Counter

import architectures
import numpy as np
import pytest
import torch
import zarr
from architectures import Float64, tiny_config
from test_architectures import SOME
from test_tracin import checkpoints
from torch import nn
from torch.nn import functional as F
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES as TAGGERS,
)

from xlshare.attribution import gradients, influence, store
from xlshare.attribution import tracin as engine
from xlshare.attribution.gradients import Differentiator, loss_gradients, oracle_gradients
from xlshare.attribution.inputs import Examples, Text
from xlshare.attribution.labels import IGNORED, alone

LABELS = 3
TOKENS = {"train_granularity": "token", "test_granularity": "token"}


def tagger(name: str) -> nn.Module:
    """A token classifier whose every parameter is random, biases and norms too."""
    torch.manual_seed(0)
    config = tiny_config(name, num_labels=LABELS)
    model = AutoModelForTokenClassification.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def sentences(count: int, seed: int, shortest: int = 3, longest: int = 10) -> list[dict]:
    """Ragged sentences with a label for some of their tokens, in one of them for a single one."""
    random, rows = np.random.default_rng(seed), []
    for length in random.integers(shortest, longest + 1, count).tolist():
        labels = np.where(random.random(length) < 0.5, random.integers(LABELS, size=length), -100)
        labels = np.full(length, -100) if not rows else labels
        labels[random.integers(length)] = random.integers(LABELS)
        ids = [1, *random.integers(4, 29, length - 2).tolist(), 2]
        rows.append({"input_ids": ids, "labels": labels.tolist()})
    return rows


def labelled(row: dict) -> list[int]:
    return [t for t, label in enumerate(row["labels"]) if label != IGNORED]


def counts(rows: list[dict]) -> np.ndarray:
    """How many of each sentence's tokens have a label."""
    return np.array([len(labelled(row)) for row in rows])


def ends(rows: list[dict]) -> np.ndarray:
    """Behind which number each sentence's tokens end."""
    return counts(rows).cumsum()


def lone(row: dict, token: int) -> dict:
    """The sentence with one token's label."""
    return {**row, "labels": alone(np.array(row["labels"]), token).tolist()}


def exact(model, rows, reduction="mean") -> torch.Tensor:
    """Gradients in float64, also where a model's code asks for float32."""
    model = copy.deepcopy(model)
    model.set_experts_implementation("eager")  # grouped products of matrices know no float64
    with Float64():
        return oracle_gradients(model, rows, reduction)


def definition(
    model, states, train, test, similarity="cosine", reduction="mean", **of
) -> np.ndarray:
    """Scores (checkpoint, test, train) in float64, a backward pass for each token."""
    model, found = copy.deepcopy(model), []
    for state in states:
        model.load_state_dict(state)
        z_test, z = (exact(model, rows, reduction) for rows in (test, train))
        norms = z.norm(dim=1)
        if of.get("test_granularity") == "token":
            rows = [lone(row, t) for row in test for t in labelled(row)]
            z_test = exact(model, rows)
        if of.get("train_granularity") == "token":
            z = exact(model, [lone(row, t) for row in train for t in labelled(row)])
            n = torch.tensor(counts(train))
            z = z / n.repeat_interleave(n)[:, None] if reduction == "mean" else z
            norms = norms.repeat_interleave(n)
        if similarity == "cosine":
            z, z_test = z / norms[:, None], F.normalize(z_test, dim=1)
        found.append(z_test @ z.T)
    return torch.stack(found).numpy()


def run(model, train, test, states=None, **options):
    states = states or [model.state_dict()]
    return influence(model, states, train, test, progress=False, **options)


def off(model, train, test, **options) -> float:
    """By how much scores at two checkpoints are off, as a part of the largest."""
    states = checkpoints(model)
    truth = definition(model, states, train, test, **options)
    found = run(model, train, test, states, **options)
    assert found.dims == ("checkpoint", "test", "train") and found.shape == truth.shape
    return np.abs(found - truth).max().item() / np.abs(truth).max()


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return tagger("xlm-roberta")


TRAIN, TEST = sentences(9, 1), sentences(4, 2)


# ---- The scores are those of the definition -------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("gap", [0.0, 15.0, 40.0])
def test_loss_gradients_of_tokens_are_those_of_the_cross_entropy(gap, reduction):
    """Of tokens with a label; also where p rounds to 1 in float32."""
    logits = torch.tensor(
        [[[gap, 0, -1], [0, gap, 1], [1, 2, 3]], [[0, 0, 1], [9, 9, 9], [gap] * 3]]
    )
    labels = torch.tensor([[0, 1, -100], [2, -100, -100]])
    direction, size = loss_gradients(logits, labels, reduction)
    own = logits.double().requires_grad_()
    for row, label in zip(own, labels):
        F.cross_entropy(row, label, reduction=reduction).backward()
    torch.testing.assert_close(direction * size[:, None, None], own.grad, rtol=1e-6, atol=1e-16)


def slowly(*values) -> list:
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


@pytest.mark.parametrize("granularity, similarity", [(TOKENS, "cosine"), ({}, "dot")])
@pytest.mark.parametrize(
    "name", ["xlm-roberta", *slowly(*sorted({*SOME} & {*TAGGERS} - {"xlm-roberta"}))]
)
def test_scores_equal_the_float64_oracle(name, similarity, granularity):
    """At two checkpoints, padded and not, of sentences and of each of their tokens."""
    shortest = 8 if name == "canine" else 3
    train, test = sentences(6, 1, shortest), sentences(3, 2, shortest)
    assert off(tagger(name), train, test, similarity=similarity, **granularity) <= 5e-6


@pytest.mark.slow
@pytest.mark.parametrize("changed", ["train_granularity", "test_granularity"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_tokens_and_sentences_can_be_mixed(model, changed, reduction):
    options = {changed: "token", "reduction": reduction, "similarity": "dot"}
    assert off(model, TRAIN, TEST, **options) <= 5e-6


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xlm-roberta", "deberta-v2", "funnel"])
@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}, {"similarity": "dot"}])
def test_the_parts_of_the_tokens_add_up_to_the_sentences_score(name, options):
    model = tagger(name)
    whole = run(model, TRAIN, TEST, **options)
    parts = run(model, TRAIN, TEST, train_granularity="token", **options)
    summed = np.add.reduceat(parts.values, ends(TRAIN) - counts(TRAIN), axis=2)
    np.testing.assert_allclose(summed, whole, atol=1e-6 * np.abs(whole).max().item())
    norms = whole["train_norm"].values.repeat(counts(TRAIN), axis=1)
    np.testing.assert_allclose(parts["train_norm"], norms, rtol=1e-5)


@pytest.mark.slow
def test_the_mean_of_a_tests_tokens_is_the_sentences_score(model):
    whole = run(model, TRAIN, TEST, similarity="dot")
    tokens = run(model, TRAIN, TEST, similarity="dot", test_granularity="token")
    summed = np.add.reduceat(tokens.values, ends(TEST) - counts(TEST), axis=1)
    expected = whole * counts(TEST)[:, None]
    np.testing.assert_allclose(summed, expected, atol=1e-6 * np.abs(expected).max().item())


@pytest.mark.slow
def test_the_cosine_is_that_of_mean_and_sum(model):
    """And the dot product is as many times as large as there are labelled tokens."""
    mean, total = (run(model, TRAIN, TEST, reduction=reduction) for reduction in ("mean", "sum"))
    np.testing.assert_allclose(mean, total, atol=1e-6)
    options = {"similarity": "dot"}
    mean, total = (run(model, TRAIN, TEST, reduction=r, **options) for r in ("mean", "sum"))
    np.testing.assert_allclose(total, mean * counts(TEST)[:, None] * counts(TRAIN), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"batch_size": 1}, {"batch_size": 3}])
def test_batches_blocks_and_chunks_do_not_matter(model, options, monkeypatch):
    """Some of them begin or end within a sentence."""
    expected = run(model, TRAIN, TEST, **TOKENS)
    monkeypatch.setitem(store.CHUNK, "train", 8)
    monkeypatch.setattr(engine, "LARGEST_BLOCK", 3)
    found = run(model, TRAIN, TEST, **TOKENS, **options)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found["train_norm"], expected["train_norm"], rtol=1e-5)


# ---- Labels ---------------------------------------------------------------------------------


def test_each_token_has_its_sentences_coordinates_its_position_and_its_label(model):
    rows = [
        {**row, "id": f"{n}-de", "lang": "de", "group": n, "label": "?"}
        for n, row in enumerate(TEST)
    ]
    rows[2]["token"] = labelled(rows[2])[-1:]
    tokens = [(n, t) for n, row in enumerate(rows) for t in row.get("token", labelled(row))]
    for role in ("train", "test"):
        found = engine.examples_of(rows, role, model, "token")
        coords = {name: found.coords[name] for name in found.coords if name != role}
        assert {dim for dim, _ in coords.values()} == {role}
        values = {name.removeprefix(f"{role}_"): x.tolist() for name, (_, x) in coords.items()}
        assert values == {
            "lang": ["de"] * len(tokens),
            "group": [n for n, _ in tokens],
            "token": [t for _, t in tokens],
            "label": [rows[n]["labels"][t] for n, t in tokens],
        }
        assert found.coords[role][1].tolist() == [f"{n}-de" for n, _ in tokens]


@pytest.mark.slow
def test_chosen_tokens_score_as_among_all(model):
    every = run(model, TRAIN, TEST, **TOKENS)
    some = run(
        model,
        [{**row, "token": labelled(row)[-1]} for row in TRAIN],
        [{**row, "token": labelled(row)[:1]} for row in TEST],
        **TOKENS,
    )
    assert some.shape == (1, len(TEST), len(TRAIN))
    expected = every[:, ends(TEST) - counts(TEST), ends(TRAIN) - 1]
    np.testing.assert_allclose(some, expected, atol=1e-6)


# ---- What it costs --------------------------------------------------------------------------


def passes(model, texts: list[Text], monkeypatch) -> Counter:
    """How many texts go forward and backward through the model, and in how many passes."""
    names = [name for name, _ in model.named_parameters()]
    differentiate = Differentiator(model, names, [text.row for text in texts])
    counts, grad = Counter(), torch.autograd.grad

    def forward(_, args, inputs):
        counts.update({"forward": len(inputs["input_ids"]), "forward passes": 1})

    def backward(logits, *args, **options):
        counts.update({"backward": len(logits), "backward passes": 1})
        return grad(logits, *args, **options)

    model.register_forward_pre_hook(forward, with_kwargs=True)
    with monkeypatch.context() as patch:
        patch.setattr(gradients.torch.autograd, "grad", backward)
        assert sum(len(numbers) for numbers, _ in differentiate.each(texts)) == 20
    return counts


def test_twenty_tokens_of_a_sentence_cost_one_forward_pass(monkeypatch):
    """Of one text, and twenty of its backward passes: sentences take twenty of both."""
    row = {"input_ids": [*range(4, 24)], "labels": np.arange(20) % LABELS}
    tokens = Text(row, [*range(20)], [alone(row["labels"], t) for t in range(20)])
    found = passes(tagger("bert"), [tokens], monkeypatch)
    assert found == {"forward": 1, "forward passes": 1, "backward": 20, "backward passes": 20}
    sentences = [Text(row, [n], [row["labels"]]) for n in range(20)]
    found = passes(tagger("bert"), sentences, monkeypatch)
    assert found == {"forward": 20, "forward passes": 1, "backward": 20, "backward passes": 1}


# ---- The audit ------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_audit_finds_padding_that_does_harm(monkeypatch):
    monkeypatch.setattr(Differentiator, "_can_pad", lambda *_: True)
    with pytest.warns(UserWarning, match="the audit found that padding changes this model's grad"):
        assert off(tagger("convbert"), TRAIN, TEST, **TOKENS) <= 5e-6


@pytest.mark.slow
def test_the_audit_finds_tokens_that_are_taken_for_others(monkeypatch):
    """The second backward pass takes the first token's label, and no way agrees."""
    each = Differentiator.each

    def wrong(self, texts):
        return each(self, [Text(t.row, t.numbers, [t.labels[0]] * len(t.labels)) for t in texts])

    monkeypatch.setattr(Differentiator, "each", wrong)
    with pytest.raises(ArithmeticError, match="gradients differ from plain autograd's"):
        run(tagger("bert"), TRAIN, TEST, train_granularity="token")


# ---- Continued runs -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, named",
    [
        ({"reduction": "sum"}, "reduction was 'mean', is 'sum'"),
        ({"test_granularity": "token"}, "test_granularity was 'example', is 'token'"),
        ({"train_granularity": "token"}, "train_granularity was 'example', is 'token'"),
    ],
)
def test_another_run_is_refused_naming_what_differs(model, tmp_path, change, named):
    first = run(model, TRAIN, TEST, out=tmp_path / "a.zarr")
    np.testing.assert_array_equal(run(model, TRAIN, TEST, out=tmp_path / "a.zarr"), first)
    with pytest.raises(ValueError, match=f"another run: .*{named}"):
        run(model, TRAIN, TEST, out=tmp_path / "a.zarr", **change)


def test_other_tokens_are_another_run(model):
    row = {"input_ids": [4, 5, 6], "labels": [0, 1, 2]}
    rows = [row, {**row, "token": [0, 1]}, {**row, "token": [0, 2]}, {**row, "labels": [0, 1, 1]}]
    found = [engine.examples_of([row], "test", model, "token").hash for row in rows]
    assert len({*found, Examples([row], "test", model).hash}) == 5


@pytest.mark.slow
def test_what_is_of_tokens_is_no_part_of_a_text_classifiers_run(tmp_path):
    """So that runs begun before there were token classifiers continue."""
    torch.manual_seed(0)
    config = tiny_config("bert", num_labels=LABELS)
    model = AutoModelForSequenceClassification.from_config(config)
    rows = [{**row, "labels": 1} for row in TRAIN]
    run(model, rows, rows[:2], out=tmp_path / "a.zarr")
    identity = zarr.open_group(tmp_path / "a.zarr").attrs["identity"]
    expected = "similarity weights precision batch_size train test model checkpoints"
    assert {*identity} == {*expected.split()}


# ---- Bad input ------------------------------------------------------------------------------

IDS = [1, 5, 6, 2]
GOOD = {"input_ids": IDS, "labels": [0, 1, -100, 2]}
OF_TEXT = {"input_ids": IDS, "labels": 1}


@pytest.mark.parametrize(
    "rows, granularity, message",
    [
        ([GOOD, {**GOOD, "labels": [0, 1]}], "example", "row 1 .*: 2 labels for 4 input_ids; give"),
        ([{**GOOD, "labels": [-100] * 4}], "token", "test row 0 .*: no token has a label, all are"),
        (
            [{**GOOD, "labels": [0, 1, 3, 2]}],
            "token",
            "token 2 has label 3, .* labels 0 to 2; -100",
        ),
        ([{**GOOD, "labels": [0, -1, 0, 2]}], "example", "token 1 has label -1, .* 0 to 2; -100"),
        (
            [{**GOOD, "labels": [0.0] * 4}],
            "example",
            "row 0 .*, whole numbers: .*labels are float64",
        ),
        (
            [GOOD, OF_TEXT],
            "example",
            "row 1 .* numbers: .*1 is no list, the first row.s labels are",
        ),
        ([OF_TEXT, GOOD], "example", "row 1 .* needs input_ids and a label in `labels`, whole"),
        ([OF_TEXT], "token", "test_granularity is 'token', but test row 0 .* one label for the wh"),
        ([GOOD], "word", "test_granularity is 'word'; choose 'example' or 'token'"),
        ([{**GOOD, "token": 2}], "token", "token 2 has the label -100, which is none; choose"),
        ([{**GOOD, "token": [0, 4]}], "token", "row 0 .*: token 4, but it has tokens 0 to 3"),
        ([{**GOOD, "token": [1, 1]}], "token", r"token is \[1, 1\]; give a position, or a list"),
        ([{**GOOD, "token": "one"}], "token", "token is 'one'; give a position"),
        ([{**GOOD, "token": []}], "token", r"token is \[\]; give a position, or a list"),
        ([{**GOOD, "token": 1}], "example", "column 'token', which .*; take test_granularity='tok"),
    ],
)
def test_bad_rows_are_refused_by_name(model, rows, granularity, message):
    with pytest.raises(ValueError, match=message):
        engine.examples_of(rows, "test", model, granularity)


@pytest.mark.parametrize(
    "rows, options, message",
    [
        ((GOOD, GOOD), {"reduction": "max"}, "reduction is 'max'; choose 'mean' or 'sum'"),
        ((OF_TEXT, OF_TEXT), {"reduction": "sum"}, "is 'sum', but train row 0 .* one label for"),
        ((GOOD, OF_TEXT), {}, "train row 0 .* has a label for each token, test row 0 .* one for"),
        ((OF_TEXT, GOOD), {}, "test row 0 .* has a label for each token, train row 0 .* one for"),
        (
            (OF_TEXT, OF_TEXT),
            {},
            "no logits for 3 labels of a text; give a ...ForSequenceClassification, or `labels` "
            "that have one for each input id",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(model, rows, options, message):
    train, test = rows
    with pytest.raises(ValueError, match=message):
        run(model, [train], [test], **options)


def test_labels_of_tokens_are_not_for_a_classifier_of_texts():
    message = (
        "no logits for 3 labels of each token; give a ...ForTokenClassification, or `labels` "
        "that have one for each text"
    )
    with pytest.raises(ValueError, match=message):
        run(architectures.tiny_model("bert", LABELS), [GOOD], [GOOD])
