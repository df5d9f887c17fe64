"""What models are loaded from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_studies import write_classifier

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
