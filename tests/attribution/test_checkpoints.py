"""Folders of weights: all of them, by the model's names, or a refusal that says what is missing."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from architectures import tiny_config, tiny_model
from safetensors.torch import load_file, save_file
from test_inputs import cosines, rows
from transformers import AutoModelForMaskedLM, AutoModelForSequenceClassification

from xlshare.attribution import influence
from xlshare.attribution import tracin as engine
from xlshare.attribution.checkpoints import read_checkpoint

TRAIN, TEST = rows(7), rows(4)


def score(model, *checkpoints) -> np.ndarray:
    return influence(model, checkpoints, TRAIN, TEST, progress=False).values


@pytest.fixture
def no_compute(monkeypatch):
    monkeypatch.setattr(engine, "_Run", None)


# ---- Folders that lack something ------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, lacks",
    [("xlm-roberta", "classifier.dense.bias"), ("bert", "classifier.bias"), ("llama", "score.wei")],
)
def test_the_folder_of_a_base_model_is_refused(name, lacks, tmp_path, no_compute):
    """Its head would be drawn at random."""
    model = tiny_model(name, 2)
    model.base_model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=rf"{tmp_path} is not the checkpoint of .* \['{lacks}"):
        score(model, tmp_path)


@pytest.mark.slow
def test_the_folder_of_a_masked_language_model_is_refused(tmp_path, no_compute):
    model = AutoModelForMaskedLM.from_config(tiny_config("xlm-roberta"))
    model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="lacks .'classifier.dense.bias'.*, and has .'lm_head"):
        score(tiny_model("xlm-roberta", 2), tmp_path)


def test_a_folder_with_other_labels_is_refused(tmp_path, no_compute):
    tiny_model("bert", 3).save_pretrained(tmp_path)
    message = r"checkpoint 1 .*: classifier.weight has shape \(3, 32\), the model's \(2, 32\)"
    with pytest.raises(ValueError, match=message):
        score(tiny_model("bert", 2), tmp_path)


def test_a_folder_that_lost_a_weight_is_refused(tmp_path, no_compute):
    model = tiny_model("bert", 2)
    model.save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    del state["bert.pooler.dense.bias"]
    save_file(state, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match="checkpoint 1 .* lacks .'bert.pooler.dense.bias'"):
        score(model, tmp_path)


def test_a_folder_without_safetensors_is_refused(tmp_path, no_compute):
    model = tiny_model("bert", 2)
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match="pytorch_model.bin is pickled, which is not read"):
        score(model, tmp_path)


def test_a_file_that_is_not_whole_is_named(tmp_path, no_compute):
    model = tiny_model("bert", 2)
    model.save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match="model.safetensors is not whole .*: write it again"):
        score(model, tmp_path)


def test_weights_on_the_meta_device_are_refused(no_compute):
    model = tiny_model("bert", 2)
    state = {name: value.to("meta") for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match="checkpoint 1 has .* on the meta device"):
        score(model, state)


def test_other_weights_in_the_folder_are_not_read(tmp_path):
    """Averaged weights, say: `from_pretrained` does not read them either."""
    model = tiny_model("bert", 2)
    model.save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    save_file({n: v + 1 for n, v in state.items()}, tmp_path / "model_ema.safetensors")
    found = read_checkpoint(tmp_path, model)
    assert all(torch.equal(found[name], value) for name, value in model.state_dict().items())


def test_the_last_checkpoint_is_checked_before_the_first_is_scored(no_compute):
    model = tiny_model("bert", 2)
    state = model.state_dict()
    with pytest.raises(ValueError, match="checkpoint 2 does not fit the model: it lacks .*bert"):
        score(model, state, {})
    with pytest.raises(ValueError, match="checkpoint 2 .* has .'extra'"):
        score(model, state, state | {"extra": torch.ones(1)})


# ---- Folders that are whole -----------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bert", "albert", "bart", "t5", "zamba", "mixtral"])
def test_what_save_pretrained_wrote_is_read_bit_for_bit(name, tmp_path):
    """Tied weights, renamed weights and experts, too; a model of several files."""
    model = tiny_model(name, 2)
    model.save_pretrained(tmp_path / "one")
    model.save_pretrained(tmp_path / "many", max_shard_size="40kB")
    assert len(list((tmp_path / "many").glob("model-*.safetensors"))) > 1
    for folder in ("one", "many"):
        found = copy.deepcopy(model)
        with torch.no_grad():
            for parameter in found.parameters():
                parameter.zero_()
        found.load_state_dict(read_checkpoint(tmp_path / folder, model), strict=False)
        for key, value in model.state_dict().items():
            assert torch.equal(found.state_dict()[key], value), key


# ---- PEFT adapters --------------------------------------------------------------------------


def adapted(**config):
    peft = pytest.importorskip("peft")
    lora = peft.LoraConfig(**{"task_type": "SEQ_CLS", "r": 4, "lora_alpha": 8} | config)
    model = peft.get_peft_model(tiny_model("xlm-roberta", 2), lora).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


@pytest.mark.slow
@pytest.mark.parametrize("config", [{}, {"target_modules": ["query", "word_embeddings"]}])
def test_the_folder_of_an_adapter_is_the_checkpoint(config, tmp_path):
    """LoRA and the head's own copy: exact, from the folder as from the state dict."""
    model = adapted(**config)
    model.save_pretrained(tmp_path / "adapter")
    state = {name: value.clone() for name, value in model.state_dict().items()}
    truth = cosines(model, TRAIN, TEST).numpy()
    with torch.no_grad():  # what the model has now is not what the folder holds
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.mul_(-0.5)
    found = score(model, tmp_path / "adapter", state)
    assert np.abs(found[0] - truth).max() < 5e-6
    np.testing.assert_array_equal(found[0], found[1])


def test_the_folder_of_an_adapter_needs_the_model_with_it(tmp_path, no_compute):
    adapted().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a PEFT adapter, and the model has none; give .*"):
        score(tiny_model("xlm-roberta", 2), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "config, message",
    [
        ({"lora_alpha": 16}, "has lora_alpha 16, and the model's adapter 8"),
        ({"r": 2}, "has r 2, and the model's adapter 4"),
        ({"target_modules": ["key"]}, r"has target_modules \['key'\], and the model's adapter"),
    ],
)
def test_the_folder_of_another_adapter_is_refused(config, message, tmp_path, no_compute):
    """Its scale is not among its weights: the scores would be wrong in silence."""
    adapted(**config).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=message):
        score(adapted(), tmp_path)


@pytest.mark.slow
def test_a_head_is_not_an_adapter_for_auto_classes(tmp_path):
    """transformers reads the folder of a whole model; nothing of it is drawn at random."""
    model = tiny_model("bert", 2)
    model.save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    np.testing.assert_array_equal(score(again, tmp_path), score(model, model.state_dict()))
