"""Any Hugging Face sequence classifier, its tokenizer, and examples as token ids (Section 4.1)."""

from __future__ import annotations

import gc
import platform
from bisect import bisect_left
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

import pandas as pd
import torch
from datasets import Dataset
from datasets.utils.logging import disable_progress_bar
from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import RevisionNotFoundError
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BatchEncoding,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)
from transformers.utils import logging

from xlshare.data.encoders import EMBEDDED
from xlshare.study.parameters import Study, is_on_hub, located
from xlshare.training import vocabulary
from xlshare.training.vocabulary import SAFE

TYPES = "token_type_ids"  # to which of two texts a token belongs

logging.set_verbosity_error()  # a new classification head is expected, not news
logging.disable_progress_bar()
disable_progress_bar()


def prepare(study: Study) -> torch.device:
    """Fix the number of threads and deterministic kernels; returns the device to compute on."""
    _spare_collector()
    torch.set_num_threads(study.runtime.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    wanted = study.runtime.device
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"runtime.device={wanted!r}, but torch sees no GPU: use 'cpu' or 'auto'")
    return torch.device(wanted)


@cache
def _spare_collector() -> None:
    """Keep what the imports made out of garbage collection, which each training asks for.

    A third of a small retrain was the search of these hundreds of thousands of objects.
    """
    gc.collect()
    gc.freeze()


def device_name(device: torch.device) -> str:
    """What a manifest says of the device, such as "cuda (NVIDIA H200)"."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    threads = torch.get_num_threads()
    return f"{device} ({platform.machine()}, {threads} thread{'s' * (threads > 1)})"


def load_tokenizer(study: Study) -> PreTrainedTokenizerBase:
    """The tokenizer that belongs to the study's model, padding on the right.

    It gives token types only to a model that tells two texts apart by them, as BERT does.
    """
    return _tokenizer(study.model, study.model_revision)


@lru_cache(maxsize=1)  # XLM-R's takes a second to read, and a retrain asks for it three times
def _tokenizer(model: str, revision: str | None) -> PreTrainedTokenizerBase:
    tokenizer = _pretrained(AutoTokenizer, model, revision)
    config = _pretrained(AutoConfig, model, revision)
    if getattr(config, "type_vocab_size", 0) < 2:
        names = [name for name in tokenizer.model_input_names if name != TYPES]
        tokenizer.model_input_names = names
    tokenizer.padding_side = "right"
    if tokenizer.pad_token is None:  # as many decoders have it
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def commit_of(study: Study) -> str | None:
    """The hub's commit of the study's model, once it was loaded; None if it is not from there."""
    if not is_on_hub(study.model):
        return None
    file = try_to_load_from_cache(study.model, "config.json", revision=study.model_revision)
    return Path(file).parent.name if isinstance(file, str) else None


def load_classifier(study: Study, checkpoint: Path | None = None) -> PreTrainedModel:
    """The study's model with a fresh head drawn by its seed, or a fine-tuned checkpoint.

    A head that the model brings is kept where it has as many classes as the task.
    """
    if checkpoint is not None:
        return vocabulary.load(checkpoint)
    set_seed(study.seed)
    labels = len(study.definition.label_names)
    words = {"num_labels": labels, "ignore_mismatched_sizes": True, **SAFE}
    kind = AutoModelForSequenceClassification
    model = _pretrained(kind, study.model, study.model_revision, **words).float()
    if model.config.get_text_config().pad_token_id is None:
        model.config.pad_token_id = load_tokenizer(study).pad_token_id
    _check_length(model, study)
    return model


def export(study: Study, checkpoint: Path, out: Path) -> None:
    """Write a study's checkpoint with its whole vocabulary, as `from_pretrained` reads it.

    A study's own checkpoints hold the rows of the tokens in its texts alone. The others were not
    trained: they are those of the study's model.

    Args:
        study: The study, which names the model and its tokenizer.
        checkpoint: One of `artifacts.checkpoints(study)`.
        out: The folder to write, the tokenizer included.
    """
    vocabulary.export(checkpoint, load_classifier(study), load_tokenizer(study), out)


def encode(examples: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, max_length: int) -> Dataset:
    """Examples as ragged `input_ids` (and token types) with `labels`; id, lang, group are kept."""
    texts, pairs = examples["text_a"].tolist(), None
    if examples["text_b"].notna().any():
        pairs = examples["text_b"].tolist()
    tokens = tokenizer(texts, pairs, truncation=True, max_length=max_length, padding=False)
    inputs = {name: tokens[name] for name in ("input_ids", TYPES) if name in tokens}
    columns = examples[["id", "lang", "group"]].to_dict("list")
    return Dataset.from_dict({**inputs, "labels": examples["label"].tolist(), **columns})


def padded(rows: Dataset, tokenizer: PreTrainedTokenizerBase) -> BatchEncoding:
    """Encoded rows as one batch of tensors, as long as its longest text."""
    names = [name for name in rows.column_names if name in tokenizer.model_input_names]
    return tokenizer.pad({name: rows[name] for name in names}, return_tensors="pt")


def _check_length(model: PreTrainedModel, study: Study) -> None:
    """Refuse texts longer than the model reads, before training does."""
    length = study.data.max_length
    if _reads(model, length) or not _reads(model, 1):  # what it refuses then is not the length
        return
    longest = bisect_left(range(1, length), True, key=lambda size: not _reads(model, size))
    raise ValueError(
        f"data.max_length={length}, and model={study.model!r} reads texts of {longest} tokens at "
        "most: lower it"
    )


@torch.no_grad()
def _reads(model: PreTrainedModel, length: int) -> bool:
    """Whether the model reads a text of so many tokens: its configuration may say otherwise."""
    config = model.config.get_text_config()
    ids = torch.full((1, length), 0 if config.pad_token_id else 1)  # no padding
    embeddings = cast(torch.nn.Embedding, model.get_input_embeddings())
    if config.eos_token_id in range(embeddings.num_embeddings):
        ids[0, -1] = config.eos_token_id  # where some models read the label
    try:
        model(input_ids=ids, attention_mask=torch.ones_like(ids))
    except (IndexError, RuntimeError):
        return False
    return True


def _pretrained(kind: type, model: str, revision: str | None, **words: object):
    name = str(EMBEDDED) if model == "mini" else located(model)
    words |= {"revision": revision} if revision else {}
    try:
        return kind.from_pretrained(name, trust_remote_code=False, **words)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        if isinstance(error.__cause__, RevisionNotFoundError):
            reason = f"it has no commit {revision!r}; null in model_revision takes the newest"
        raise ValueError(
            f"model={model!r} could not be loaded ({reason}): name a hub id that this "
            "machine can reach, a folder written by save_pretrained with its tokenizer, or 'mini'"
        ) from error
