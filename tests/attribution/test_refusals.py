"""What cannot be scored is refused by its cause, before anything is computed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from architectures import tiny_config, tiny_model
from test_inputs import cosines, score
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

from xlshare.attribution import influence
from xlshare.attribution import tracin as engine

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


def text(length: int, end: int = 2) -> dict:
    return {"input_ids": [*range(4, 3 + length)] + [end], "labels": 1}


def rows(*lengths: int) -> list[dict]:
    return [text(length % 90) for length in lengths]


# ---- How long texts may be ------------------------------------------------------------------

# Of configurations that all say max_position_embeddings 64 (but XLNet's, which says nothing).
LONGEST = {
    "bert": (64, "Target sizes"),
    "camembert": (63, "index 64 is out of bounds"),
    "xmod": (63, "index 64 is out of bounds"),
    "mpnet": (62, "mpnet.embeddings.position_embeddings.weight has 64 rows"),
    "luke": (63, "luke.embeddings.position_embeddings.weight has 64 rows"),
    "ibert": (63, "ibert.embeddings.position_embeddings.weight has 64 rows"),
    "nystromformer": (64, "Target sizes"),
    "bart": (64, "model.encoder.embed_positions.weight has 66 rows and is asked for row 66"),
    "gptj": (64, "index 64 is out of bounds"),
    "canine": (32, "char_position_embeddings.weight has 32 rows and is asked for row 32"),
    "xlnet": (None, None),
    "llama": (None, None),
}


@pytest.mark.parametrize("name", LONGEST)
def test_a_text_may_be_as_long_as_the_model_reads(name):
    """Not as its configuration says; the message has the number and the cause."""
    model, (longest, cause) = tiny_model(name, 2), LONGEST[name]
    assert np.isfinite(score(model, rows(9, longest or 80), rows(9, 8))).all()
    if longest is not None:
        message = f"train row 1 .id 1.: {longest + 1} tokens, but the model reads {longest}; trunc"
        with pytest.raises(ValueError, match=f"{message}.*{cause}"):
            score(model, rows(9, longest + 1), rows(9, 8))


def test_relative_positions_have_no_limit():
    """DeBERTa-v3's: position_biased_input is off, and max_position_embeddings says 64."""
    relative = {"relative_attention": True, "position_buckets": 8, "pos_att_type": ["p2c", "c2p"]}
    model = tiny_model("deberta-v2", 2, position_biased_input=False, **relative)
    train, test = rows(80, 7, 9), rows(8, 12)
    np.testing.assert_allclose(score(model, train, test), cosines(model, train, test), atol=5e-6)


def test_a_text_may_be_too_short():
    with pytest.raises(ValueError, match="test row 1 .*cannot read a text of 3 token.s.: Runt"):
        score(tiny_model("canine", 2), rows(9, 8), rows(8, 3))


@pytest.mark.parametrize("name", ["canine", "perceiver", "xlnet"])
def test_models_whose_configuration_says_little_are_exact(name):
    """No vocabulary (CANINE), no padding token (Perceiver), no length (XLNet)."""
    model, train, test = tiny_model(name, 2), rows(9, 12, 8, 8, 20), rows(8, 12, 10)
    np.testing.assert_allclose(score(model, train, test), cosines(model, train, test), atol=5e-6)


@pytest.mark.parametrize(
    "column, value, cause",
    [
        ("token_type_ids", 2, "bert.embeddings.token_type_embeddings.weight has 2 rows and is ask"),
        ("position_ids", -1, "index -1 is out of bounds for dimension 1 with size 64"),
    ],
)
def test_values_that_the_model_has_no_row_for_are_refused(column, value, cause):
    """Whichever row has them."""
    train = [row | {column: [0] * len(row["input_ids"])} for row in rows(*range(4, 20))]
    test = [row | {column: [0] * len(row["input_ids"])} for row in rows(5, 6)]
    train[11][column][3] = value
    with pytest.raises(ValueError, match=f"train row 11 .*: the model cannot read it: .*{cause}"):
        score(tiny_model("bert", 2), train, test)


# ---- Encoder-decoders that read the end token -----------------------------------------------


@pytest.mark.parametrize("name", ["bart", "t5"])
def test_a_text_without_its_end_token_is_refused(name):
    train = [*rows(9, 8, 7), text(6, end=4)]
    with pytest.raises(ValueError, match="train row 3 .* has 0 end tokens .eos_token_id 2."):
        score(tiny_model(name, 2), train, rows(9, 8))


def test_other_numbers_of_end_tokens_are_refused_in_batches_only():
    model, train, test = tiny_model("bart", 2), rows(9, 8, 7), rows(9, 8)
    train[1]["input_ids"][3] = 2
    message = "train row 1 .* has 2 end tokens .*, the first row 1; .* as many, or batch_size=1"
    with pytest.raises(ValueError, match=message):
        score(model, train, test)
    found = influence(model, [model.state_dict()], train, test, batch_size=1, progress=False)
    np.testing.assert_allclose(found[0], cosines(model, train, test), atol=5e-6)


def test_the_last_token_may_be_any_for_t5gemma():
    assert np.isfinite(score(tiny_model("t5gemma", 2), [text(5, end=7)], rows(9, 8))).all()


# ---- Models ---------------------------------------------------------------------------------


def classifier(**config) -> nn.Module:
    return AutoModelForSequenceClassification.from_config(tiny_config("bert", **config))


def on_meta() -> nn.Module:
    with torch.device("meta"):
        return classifier()


def with_a_spare_parameter() -> nn.Module:
    model = classifier().requires_grad_(False)
    model.spare = nn.Parameter(torch.ones(2))
    return model


def quantised() -> nn.Module:
    model = classifier()
    model.config.quantization_config = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    return model


def weight_norm() -> nn.Module:
    """An old weight_norm, which keeps the weight that it computed."""
    model = classifier(num_labels=2)
    torch.nn.utils.weight_norm(model.classifier)
    model.classifier(torch.ones(1, model.classifier.in_features))
    return model


def complex_scale() -> nn.Module:
    model = classifier(num_labels=2)
    model.scale = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    return model


def plain_config() -> nn.Module:
    model = classifier(num_labels=2)
    model.config = SimpleNamespace(num_labels=2)
    return model


MODELS = {
    "weight_norm": (weight_norm, "classifier.weight is kept with its graph, so .*parametrizations"),
    "complex": (complex_scale, "scale is complex"),
    "a config of its own": (plain_config, "the config of a .* is a SimpleNamespace; give it a"),
    "regression": (
        lambda: classifier(num_labels=2, problem_type="regression"),
        "problem_type is 'regression'",
    ),
    "several labels": (
        lambda: classifier(problem_type="multi_label_classification"),
        "problem_type is 'multi_label_classification'",
    ),
    "one label": (lambda: classifier(num_labels=1), "num_labels 1, .* trains as a regression"),
    "meta": (on_meta, "on the meta device, without weights"),
    "quantised": (quantised, "quantised"),
    "frozen": (lambda: classifier().requires_grad_(False), "no parameter of the model requires"),
    "frozen where it counts": (with_a_spare_parameter, "no parameter that requires a gradient has"),
    "tokens": (
        lambda: AutoModelForTokenClassification.from_config(tiny_config("bert")),
        "BertForTokenClassification holds no logits for 2 labels of a text",
    ),
    "no classifier": (lambda: classifier().bert, "BertModel holds no logits for 2 labels"),
    "a wrapper": (lambda: nn.DataParallel(classifier()), "DataParallel has no config; give .*"),
    "no gradients": (lambda: tiny_model("reformer", 2), "no gradients in eval mode, .*train()"),
}


@pytest.mark.parametrize("case", MODELS)
def test_models_are_refused_by_name_before_any_score(case, monkeypatch):
    monkeypatch.setattr(engine, "Differentiator", None)
    make, message = MODELS[case]
    model = make()
    with pytest.raises(ValueError, match=message):
        score(model, rows(9, 8), rows(7, 7))


@pytest.mark.parametrize(
    "inside, message",
    [
        (torch.inference_mode, "outside torch.inference_mode"),
        (lambda: torch.autocast("cpu", torch.bfloat16), "autocast would round the gradients"),
    ],
)
def test_states_of_torch_that_spoil_gradients_are_refused(inside, message):
    model = classifier()
    with inside(), pytest.raises(ValueError, match=message):
        score(model, rows(9, 8), rows(7, 7))


def test_no_grad_and_tuples_do_no_harm():
    """`return_dict=False` is the model's business; the scores are the same."""
    model = tiny_model("bert", 2)
    expected = score(model, rows(9, 8), rows(7, 7))
    model.config.return_dict = False
    with torch.no_grad():
        np.testing.assert_array_equal(score(model, rows(9, 8), rows(7, 7)), expected)
    assert model.config.return_dict is False


# ---- PEFT -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config, message",
    [
        ({"r": 4, "use_dora": True}, "'default' is DoRA .use_dora., which is not supported"),
        ({"num_virtual_tokens": 4}, "'default' is PROMPT_TUNING, which is not supported; LoRA is"),
    ],
)
def test_adapters_that_cannot_be_scored_are_refused_by_name(config, message):
    peft = pytest.importorskip("peft")
    kind = peft.PromptTuningConfig if "num_virtual_tokens" in config else peft.LoraConfig
    model = peft.get_peft_model(tiny_model("bert", 2), kind(task_type="SEQ_CLS", **config))
    with pytest.raises(ValueError, match=message):
        score(model, rows(9, 8), rows(7, 7))
