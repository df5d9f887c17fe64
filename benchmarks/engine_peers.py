"""What exact influence costs, against the plain loop and against fine-tuning's own pass.

    OMP_NUM_THREADS=1 python benchmarks/engine_peers.py [--train 500] [--tests 25] [--repeats 3]

CPU seconds of this process on one thread for 5 checkpoints, the contestants taking turns, the
median of the repeats:

    pass    a forward and backward pass over the training examples at each checkpoint, in padded
            batches, weight gradients included: the least that fine-tuning does for an epoch
    engine  xlshare.influence, everything included
    loop    a backward pass an example, test gradients kept, cosines by one product; timed at one
            checkpoint and multiplied

The model has the size of the embedded default: 3 layers of 128, 1M parameters, random weights.
The error is the largest difference from the float64 definition, on a tenth of the examples,
relative to the largest score.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from torch.nn import functional as F
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from xlshare.gradients import collate, oracle_gradients
from xlshare.influence import influence

CHECKPOINTS = 5
CPU = torch.device("cpu")


def make_model() -> XLMRobertaForSequenceClassification:
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=3000,
        hidden_size=128,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=130,
        type_vocab_size=1,
        num_labels=2,
    )
    model = XLMRobertaForSequenceClassification(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    return model


def make_rows(count: int, random: np.random.Generator) -> list[dict]:
    """Texts of 20 to 31 tokens, frequent and rare ones as in a language (Zipf's law)."""
    words = [np.minimum(random.zipf(1.3, random.integers(18, 30)) + 3, 2999) for _ in range(count)]
    labels = random.integers(2, size=count)
    return [{"input_ids": [0, *w.tolist(), 2], "labels": int(y)} for w, y in zip(words, labels)]


def backward(model, rows: list[dict]) -> None:
    """Weight gradients of the summed loss of a batch, in `.grad`."""
    model.zero_grad()
    labels = torch.tensor([row["labels"] for row in rows])
    F.cross_entropy(model(**collate(rows, 1, CPU)).logits, labels, reduction="sum").backward()


def one_pass(model, train: list[dict], batch_size: int = 32) -> None:
    train = sorted(train, key=lambda row: len(row["input_ids"]))
    for start in [*range(0, len(train), batch_size)] * CHECKPOINTS:
        backward(model, train[start : start + batch_size])


def loop(model, train: list[dict], tests: list[dict]) -> torch.Tensor:
    """Cosines [tests, train] as one would write them first."""

    def gradient(row: dict) -> torch.Tensor:
        backward(model, [row])
        return F.normalize(torch.cat([p.grad.flatten() for p in model.parameters()]), dim=0)

    kept = torch.stack([gradient(row) for row in tests])
    return torch.stack([kept @ gradient(row) for row in train], 1)


def engine(model, train: list[dict], tests: list[dict]) -> np.ndarray:
    states = [model.state_dict()] * CHECKPOINTS
    return influence(model, states, train, tests, progress=False).values


def error(model, train: list[dict], tests: list[dict]) -> float:
    """Largest difference from the definition, relative to the largest score."""
    z_test, z = (F.normalize(oracle_gradients(model, rows)) for rows in (tests, train))
    truth = z_test @ z.T
    return np.abs(engine(model, train, tests) - truth.numpy()).max() / truth.abs().max().item()


def seconds(work: Callable, *arguments) -> float:
    start = time.process_time()
    work(*arguments)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("train", 500), ("tests", 25), ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model, random = make_model(), np.random.default_rng(0)
    train, tests = make_rows(options.train, random), make_rows(options.tests, random)
    times: dict[str, list[float]] = {"pass": [], "engine": [], "loop": []}
    for _ in range(options.repeats):
        times["pass"].append(seconds(one_pass, model, train))
        times["engine"].append(seconds(engine, model, train, tests))
        times["loop"].append(CHECKPOINTS * seconds(loop, model, train, tests))
    for name, values in times.items():
        ratio = median(v / p for v, p in zip(values, times["pass"]))
        print(f"{name:8} {median(values):7.2f} CPU s  {ratio:6.2f} x the pass")
    print(f"error    {error(model, train[: len(train) // 10], tests):.1e}")


if __name__ == "__main__":
    main()
