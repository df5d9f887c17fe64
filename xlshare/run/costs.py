"""What a study costs: how long each stage computes, and how much memory and disk it takes.

Counted in floating-point operations (N parameters outside the embeddings, T tokens per example):

    an example forward                       2 N T
    an example of training                   6 N T
    an example's gradient, written out       6 N T
    its product with a test example's        2 N

and turned into seconds by the rates of a machine. For `HERE` they are measured, in seconds, on the
study's own model and texts; for a GPU that is not here they are arithmetic: the operations by a
share of the card's peak that is usual for such work, which nobody measured on it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import psutil

from xlshare.study.parameters import Study

HERE = "here"
STEP = 0.05  # seconds that a training step takes on a GPU however small it is
LONG = 3.0  # seconds that are spent on measuring one rate, at least once
AUDITED = 200  # training examples that are scored twice at each checkpoint, for the audit
DISK = 5e8  # bytes a second: writing a checkpoint, and reading it for its hash


@dataclass(frozen=True)
class Gpu:
    """A card: bytes of memory, and operations a second that such work reaches by precision."""

    memory: float
    float32: float
    tf32: float
    bfloat16: float


GPUS = {
    "H200": Gpu(141e9, 30e12, 100e12, 120e12),
    "H100": Gpu(80e9, 30e12, 100e12, 120e12),
    "A100": Gpu(80e9, 11e12, 50e12, 60e12),
    "L40S": Gpu(48e9, 35e12, 60e12, 80e12),
    "RTX4090": Gpu(24e9, 35e12, 50e12, 60e12),
    "V100": Gpu(32e9, 9e12, 9e12, 9e12),
    "T4": Gpu(16e9, 4e12, 4e12, 4e12),
}


@dataclass(frozen=True)
class Model:
    """What costs hang on: all parameters, those outside the embeddings, layers, width, tokens."""

    parameters: float
    backbone: float
    layers: int
    hidden: int
    tokens: float  # of a text, on average


@dataclass(frozen=True)
class Rates:
    """Seconds: of an example trained, predicted, a test's gradient, and so on."""

    train: float
    predict: float
    bank: float  # a test example's gradient, once per checkpoint
    score: float  # a training example's gradient, once per checkpoint and block of tests
    pair: float  # its product with one test example's
    notebook: float  # to start one that computes
    table: float  # to start and fill one that does not
    run: float = 1.0  # around each fine-tuning: loading, saving, hashing
    blocks: int = 1  # of test examples, as many as fit in memory


def on_gpu(study: Study, model: Model, tests: int, name: str) -> Rates:
    """The rates of a card, by arithmetic."""
    gpu = GPUS[name]
    trained, scored = (
        getattr(gpu, p) for p in (study.training.precision, study.influence.precision)
    )
    gradient = 6 * model.backbone * model.tokens
    width = 2 if study.influence.precision == "bfloat16" else 4
    free = max(gpu.memory - 8 * model.parameters, gpu.memory / 10) / 2
    return Rates(
        train=max(gradient / trained, STEP / study.training.batch_size),
        predict=gradient / 3 / trained,
        bank=gradient / scored,
        score=gradient / scored,
        pair=2 * model.backbone / scored,
        notebook=20,
        table=12,
        run=5 + 12 * study.training.epochs * model.parameters / DISK,
        blocks=max(1, -(-tests // max(1, int(free // (width * model.backbone))))),
    )


def fine_tuning(study: Study, rates: Rates, train: float, dev: float, epochs: float) -> float:
    """Seconds of one fine-tuning on `train` examples."""
    return rates.run + epochs * (train * rates.train + dev * rates.predict)


def scoring(rates: Rates, train: float, tests: float, checkpoints: float) -> float:
    """Seconds of scoring `train` examples for `tests` at each of some checkpoints."""
    scored = train + min(train, AUDITED)
    products = scored * (rates.blocks * rates.score + tests * rates.pair)
    return checkpoints * (tests * rates.bank + products)


def training_memory(study: Study, model: Model) -> float:
    """Bytes of weights, gradients and AdamW's moments, and of a batch's activations."""
    length = min(study.data.max_length, 2 * model.tokens)  # of a batch's longest text
    activations = 34 * 4 * study.training.batch_size * length * model.layers * model.hidden
    return 16 * model.parameters + activations


def scoring_memory(study: Study, model: Model, tests: int, total: float) -> float:
    """Bytes of the weights, and of the tests' gradients, which take half of the rest at most."""
    width = 2 if study.influence.precision == "bfloat16" else 4
    return 8 * model.parameters + min(tests * width * model.backbone, total / 2)


def total_memory() -> int:
    """Bytes of memory that this machine, or the container that this runs in, has."""
    total, limit = psutil.virtual_memory().total, Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return total if text == "max" else min(total, int(text))


# ---- Measured here ---------------------------------------------------------------------------


def measured(study: Study) -> tuple[Rates, Model]:
    """The rates of this machine, from a few steps on the study's own model and texts.

    Raises ValueError where its model or data are not to be had.
    """
    starting, importing = _starting(), _importing()
    from xlshare.attribution import rates
    from xlshare.training import models

    device = models.prepare(study)
    rows, tokenizer = _texts(study)
    described, classifier = _described(study, rows)
    classifier = classifier.to(device)
    train, predict = _time_training(classifier, rows, tokenizer, study)
    bank, score, pair = rates.seconds(classifier, rows, study.influence.precision, _seconds)
    # A job's process and its notebook's kernel each load their part; filling tables takes the rest.
    notebook, table, run = 1.3 * starting + importing, 2 * starting, importing / 3
    return Rates(train, predict, bank, score, pair, notebook, table, run), described


def on_other_texts(study: Study, rates: Rates, model: Model) -> tuple[Rates, Model]:
    """The same machine and model on the texts of another task: costs go with their length."""
    described, _ = _described(study, _texts(study)[0])
    factor = described.tokens / model.tokens
    longer = {name: getattr(rates, name) * factor for name in ("train", "predict", "bank", "score")}
    return replace(rates, **longer), described


@cache
def _starting() -> float:
    """Seconds until a job has begun: an interpreter, and all that is loaded but torch."""
    began = time.perf_counter()
    modules = "ipykernel.kernelapp xlshare.run.execute xlshare.report.figures xlshare.report.tables"
    loaded = f"import {', '.join(modules.split())}"
    subprocess.run([sys.executable, "-c", loaded], check=True)
    return time.perf_counter() - began


@cache
def _importing() -> float:
    """Seconds that torch and its like take to load, the larger part of a notebook's start."""
    began = time.perf_counter()
    from xlshare.training import interventions, models  # noqa: F401

    return time.perf_counter() - began


def _texts(study: Study):
    """Some of the study's own texts as token ids, with the tokenizer."""
    from xlshare.training import interventions, models

    interventions.check_examples(study)
    sample = interventions.load_examples(_small(study))
    tokenizer = models.load_tokenizer(study)
    train = sample[sample["split"] == "train"]
    return models.encode(train, tokenizer, study.data.max_length), tokenizer


def _small(study: Study) -> Study:
    """The study on a handful of examples, of its own data."""
    few = max(2, 64 // len(study.languages))
    count = min(study.data.train_per_language, few)
    data = study.data.model_copy(
        update={"train_per_language": count, "dev_per_language": 1, "test_per_language": 1}
    )
    return study.model_copy(update={"data": data})


def _described(study: Study, rows) -> tuple[Model, Any]:
    """The model that the study trains, with the rows of the vocabulary that it reads."""
    import torch

    from xlshare.training import finetune, interventions

    classifier = cast(Any, finetune.classifier(study, interventions.load_examples(study)))
    inputs = [layer for layer in classifier.modules() if isinstance(layer, torch.nn.Embedding)]
    embedded = sum(p.numel() for layer in inputs for p in layer.parameters())
    total = sum(p.numel() for p in classifier.parameters())
    config = classifier.config.get_text_config()
    layers, hidden = (getattr(config, n, 1) for n in ("num_hidden_layers", "hidden_size"))
    tokens = sum(map(len, rows["input_ids"])) / len(rows)
    return Model(total, total - embedded, layers, hidden, tokens), classifier


def _time_training(classifier, rows, tokenizer, study: Study) -> tuple[float, float]:
    """Seconds an example of a training step, and of a forward pass."""
    import torch

    size = min(study.training.batch_size, len(rows))
    names = [name for name in rows.column_names if name in tokenizer.model_input_names]
    batch = tokenizer.pad({name: rows[:size][name] for name in names}, return_tensors="pt")
    inputs = batch.to(classifier.device) | {"labels": torch.tensor(rows[:size]["labels"])}
    inputs["labels"] = inputs["labels"].to(classifier.device)
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=0.0)
    halved = {"dtype": torch.bfloat16, "enabled": study.training.precision == "bfloat16"}

    def loss() -> torch.Tensor:
        with torch.autocast(classifier.device.type, **halved):
            return classifier(**inputs).loss

    def step() -> None:
        classifier.train()
        loss().backward()
        optimizer.step()
        optimizer.zero_grad()

    @torch.inference_mode()
    def forward() -> None:
        classifier.eval()
        loss()

    return _seconds(step) / size, _seconds(forward) / size


def _seconds(work) -> float:
    """The fastest of three runs, or of as many as `LONG` seconds leave time for."""
    import torch

    times: list[float] = []
    while len(times) < 3 and sum(times) < LONG:
        began = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return min(times)
