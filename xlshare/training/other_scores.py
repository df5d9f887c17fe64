"""Other scores of the same tests and training examples, to compare the paper's score with.

Of gradients: other parameters, other sums, without what a label's examples have in common. Of
representations: the cosine of the last layer's first token. Of words alone, without any model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
import xarray as xr
from datasets import Dataset
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import nn
from transformers import PreTrainedModel

from xlshare.analysis.label_direction import without_label_direction
from xlshare.analysis.rankings import summed
from xlshare.analysis.scores import convert
from xlshare.attribution import influence
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.training import models
from xlshare.training.baselines import WORD
from xlshare.training.finetune import used_checkpoints
from xlshare.training.interventions import scoring_memory

BATCH = 128


def other_scores(
    run: Run, scores: xr.DataArray, tests: pd.DataFrame
) -> Iterator[tuple[str, xr.DataArray]]:
    """Each other score by name, summed, dims (test, train).

    Args:
        run: of the stage that compares; its study's checkpoints are read.
        scores: the study's own, dims (checkpoint, test, train).
        tests: their test examples, in the same order.
    """
    examples = artifacts.read_examples(run.study)
    train = examples[examples["split"] == "train"]
    yield "cosine", summed(convert(scores, "cosine"))
    yield "dot product", summed(convert(scores, "dot"))
    yield "cosine, last epoch only", convert(scores, "cosine").isel(checkpoint=-1, drop=True)
    for name, chosen in PARAMETERS.items():
        yield f"cosine, {name}", summed(_influence(run, tests, train, chosen=chosen))
    among = _influence(run, train, train, similarity="dot")
    dots = convert(scores, "dot").compute()
    yield "cosine, label directions removed", summed(without_label_direction(dots, among))
    for name, score in (("representations", _representations), ("words (tf-idf)", _words)):
        yield name, _like(scores, score(run, tests, train))
    noise = np.random.default_rng(run.study.seed).normal(size=(len(tests), len(train)))
    yield "random", _like(scores, noise)


def _of_embeddings(model: PreTrainedModel) -> set[int]:
    return {id(p) for p in model.get_input_embeddings().parameters()}


def _of_head(model: PreTrainedModel) -> set[int]:
    inner = {id(p) for p in model.base_model.parameters()}
    return {id(p) for p in model.parameters() if id(p) not in inner}


PARAMETERS: dict[str, Callable[[PreTrainedModel, nn.Parameter], bool]] = {
    "without word embeddings": lambda model, p: id(p) not in _of_embeddings(model),
    "word embeddings only": lambda model, p: id(p) in _of_embeddings(model),
    "head only": lambda model, p: id(p) in _of_head(model),
}


def _influence(
    run: Run,
    tests: pd.DataFrame,
    train: pd.DataFrame,
    *,
    similarity: str = "cosine",
    chosen: Callable[[PreTrainedModel, nn.Parameter], bool] | None = None,
) -> xr.DataArray:
    """Scores at every used checkpoint, with respect to the parameters that are chosen."""
    checkpoints = used_checkpoints(run)
    model = models.load_classifier(run.study, checkpoints[0])
    if chosen:
        wanted = [p for p in model.parameters() if chosen(model, p)]
        model.requires_grad_(False)
        for parameter in wanted:
            parameter.requires_grad_(True)
    rows = [_encoded(run, table) for table in (train, tests)]
    device = models.prepare(run.study)
    with scoring_memory(device) as memory:
        options = {"similarity": similarity, "device": device, "memory": memory}
        return influence(model, checkpoints, *rows, progress=False, **options).compute()


def _encoded(run: Run, table: pd.DataFrame) -> Dataset:
    tokenizer = models.load_tokenizer(run.study)
    return models.encode(table, tokenizer, run.study.data.max_length)


@torch.inference_mode()
def _representations(run: Run, tests: pd.DataFrame, train: pd.DataFrame) -> np.ndarray:
    """Cosines of the last hidden state of the first token (Rajani et al. 2020)."""
    device = models.prepare(run.study)
    model = models.load_classifier(run.study, used_checkpoints(run)[-1]).eval()
    model.to(cast(Any, device))
    tokenizer, found = models.load_tokenizer(run.study), []
    for table in (tests, train):
        rows, parts = _encoded(run, table), []
        for start in range(0, len(rows), BATCH):
            some = rows.select(range(start, min(start + BATCH, len(rows))))
            batch = models.padded(some, tokenizer)
            parts.append(model.base_model(**batch.to(device)).last_hidden_state[:, 0])
        found.append(nn.functional.normalize(torch.cat(parts).double(), dim=1).cpu().numpy())
    return found[0] @ found[1].T


def _words(run: Run, tests: pd.DataFrame, train: pd.DataFrame) -> np.ndarray:
    """Cosines of tf-idf vectors of the texts' words."""
    texts = [
        table["text_a"].str.cat(table["text_b"].fillna(""), sep="\n") for table in (tests, train)
    ]
    vectorizer = TfidfVectorizer(token_pattern=WORD).fit(texts[1])
    vectors = [vectorizer.transform(text) for text in texts]
    return (vectors[0] @ vectors[1].T).toarray()


def _like(scores: xr.DataArray, values: np.ndarray) -> xr.DataArray:
    """Values (test, train) with the coordinates of the study's scores."""
    one = summed(scores)
    return one.copy(data=values.astype(np.float32))
