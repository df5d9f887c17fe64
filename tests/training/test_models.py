"""What models are loaded from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_studies import write_classifier
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from xlshare.study.parameters import Study
from xlshare.training import models


def test_weights_that_are_pickles_alone_are_refused(tokenizer_file: Path, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", tokenizer_file)
    study = Study.of({"model": str(folder), "task": "marc"})
    assert models.load_classifier(study).num_labels == 2
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ValueError, match="could not be loaded .*safetensors"):
        models.load_classifier(study)


LONGEST = {  # of models whose configurations all say max_position_embeddings 40
    "bert": 40,
    "roberta": 38,
    "camembert": 38,
    "xmod": 38,
    "mpnet": 38,
    "luke": 38,
    "deberta-v2": None,  # relative positions have no end
    "xlnet": None,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LONGEST)
def test_texts_longer_than_the_model_reads_are_refused(kind: str, tmp_path: Path) -> None:
    """Whatever its configuration says: the model is asked."""
    tokenizer = AutoTokenizer.from_pretrained(models.EMBEDDED)
    sizes = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    sizes |= dict(max_position_embeddings=40, pad_token_id=1, vocab_size=len(tokenizer))
    if kind == "xlnet":
        sizes = dict(d_model=16, n_layer=1, n_head=2, d_inner=32, vocab_size=len(tokenizer))
    if kind == "xmod":
        sizes |= dict(languages=["en_XX"], default_language="en_XX")
    if kind == "deberta-v2":
        sizes |= dict(relative_attention=True, position_biased_input=False)
    config = AutoConfig.for_model(kind, **sizes)
    AutoModelForSequenceClassification.from_config(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)

    def load(length: int) -> None:
        data = {"dataset": "mini", "max_length": length}
        models.load_classifier(Study.of({"model": str(tmp_path), "task": "marc", "data": data}))

    longest = LONGEST[kind]
    load(longest or 80)
    if longest:
        with pytest.raises(ValueError, match=f"max_length={longest + 1}.* of {longest} tokens"):
            load(longest + 1)
