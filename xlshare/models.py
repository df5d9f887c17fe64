"""Any Hugging Face sequence classifier, its tokenizer, and examples as token ids (Section 4.1)."""

from __future__ import annotations

import platform
from pathlib import Path

import pandas as pd
import torch
from datasets import Dataset
from datasets.utils.logging import disable_progress_bar
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)
from transformers.utils import logging

from xlshare.study import Study

EMBEDDED = Path(__file__).parent / "mini" / "encoder"

logging.set_verbosity_error()  # a new classification head is expected, not news
logging.disable_progress_bar()
disable_progress_bar()


def prepare(study: Study) -> torch.device:
    """Fix the number of threads and deterministic kernels; returns the device to compute on."""
    torch.set_num_threads(study.runtime.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    wanted = study.runtime.device
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"runtime.device={wanted!r}, but torch sees no GPU: use 'cpu' or 'auto'")
    return torch.device(wanted)


def device_name(device: torch.device) -> str:
    """What a manifest says of the device, such as "cuda (NVIDIA H200)"."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({platform.machine()}, {torch.get_num_threads()} threads)"


def load_tokenizer(study: Study) -> PreTrainedTokenizerBase:
    """The tokenizer that belongs to the study's model."""
    return _pretrained(AutoTokenizer, study)


def load_classifier(study: Study, checkpoint: Path | None = None) -> PreTrainedModel:
    """The study's model with a fresh two-way head drawn by its seed, or a fine-tuned checkpoint."""
    if checkpoint is not None:
        return AutoModelForSequenceClassification.from_pretrained(checkpoint)
    set_seed(study.seed)
    model = _pretrained(AutoModelForSequenceClassification, study, num_labels=2).float()
    _check_length(model, study)
    return model


def encode(examples: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, max_length: int) -> Dataset:
    """Examples as ragged `input_ids` with `labels`, keeping id, lang and group."""
    texts = [examples["text_a"].tolist()]
    if examples["text_b"].notna().any():
        texts.append(examples["text_b"].tolist())
    tokens = tokenizer(*texts, truncation=True, max_length=max_length, padding=False)
    columns = examples[["id", "lang", "group"]].to_dict("list")
    return Dataset.from_dict(
        {"input_ids": tokens["input_ids"], "labels": examples["label"].tolist(), **columns}
    )


def _check_length(model: PreTrainedModel, study: Study) -> None:
    """Refuse texts longer than the model's positions, before training does."""
    positions = getattr(model.config, "max_position_embeddings", None)
    if positions is None or model.config.model_type.startswith("deberta"):
        return  # relative positions have no end
    offset = 2 if "roberta" in model.config.model_type else 0  # positions start behind padding's
    if study.data.max_length > positions - offset:
        raise ValueError(
            f"data.max_length={study.data.max_length} is more than the {positions - offset} tokens "
            f"that model={study.model!r} has positions for: lower it"
        )


def _pretrained(kind: type, study: Study, **words: object):
    name = str(EMBEDDED) if study.model == "mini" else study.model
    try:
        return kind.from_pretrained(name, trust_remote_code=False, **words)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"model={study.model!r} could not be loaded ({reason}): name a hub id that this "
            "machine can reach, a folder written by save_pretrained with its tokenizer, or 'mini'"
        ) from error
