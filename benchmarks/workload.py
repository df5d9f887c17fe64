"""What the benchmarks measure on, how they take turns, and how they keep what they found.

Times are CPU seconds of this process on one thread. Contestants take turns, so that what else the
machine does meets them alike; ratios are taken within a turn, and the median of the turns counts.
"""

from __future__ import annotations

import csv
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch.nn import functional as F
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from xlshare.attribution.inputs import collate, padding

CPU = torch.device("cpu")
TABLES = Path(__file__).resolve().parents[1] / "book/benchmarks"
PAD = 1


def make_model(hidden: int = 256, layers: int = 4, vocabulary: int = 8000, heads: int = 4):
    """An XLM-R classifier with random weights, biases and norms included."""
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * hidden,
        max_position_embeddings=514,
        type_vocab_size=1,
        num_labels=2,
    )
    model = XLMRobertaForSequenceClassification(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    return model


def make_rows(
    count: int, seed: int, shortest: int = 16, longest: int = 64, vocabulary: int = 8000
) -> list[dict]:
    """Texts of random length, with frequent and rare tokens as in a language (Zipf's law)."""
    random = np.random.default_rng(seed)
    lengths = random.integers(shortest - 2, longest - 1, count)
    words = [np.minimum(random.zipf(1.3, length) + 3, vocabulary - 1) for length in lengths]
    return [{"input_ids": [0, *w.tolist(), 2], "labels": int(random.integers(2))} for w in words]


def backward(model, rows: Sequence[Mapping]) -> None:
    """Weight gradients of the summed loss of a batch, in `.grad`."""
    model.zero_grad()
    labels = torch.tensor([row["labels"] for row in rows])
    logits = model(**collate(rows, padding(model), CPU)).logits
    F.cross_entropy(logits, labels, reduction="sum").backward()


def plain_pass(model, train: Sequence[Mapping], checkpoints: int, batch_size: int = 32) -> None:
    """The least that fine-tuning does: forward and backward, batches of similar length."""
    train = sorted(train, key=lambda row: len(row["input_ids"]))
    for start in [*range(0, len(train), batch_size)] * checkpoints:
        backward(model, train[start : start + batch_size])


def naive_loop(model, train: Sequence[Mapping], tests: Sequence[Mapping]) -> torch.Tensor:
    """Cosines [tests, train] of one checkpoint as one would write them first: a backward pass an
    example, test gradients kept."""

    def gradient(row: Mapping) -> torch.Tensor:
        backward(model, [row])
        return F.normalize(torch.cat([p.grad.flatten() for p in model.parameters()]), dim=0)

    kept = torch.stack([gradient(row) for row in tests])
    return torch.stack([kept @ gradient(row) for row in train], 1)


def seconds(work: Callable) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def take_turns(contestants: Mapping[str, Callable], repeats: int) -> dict[str, list[float]]:
    """CPU seconds of each contestant, turn by turn."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(repeats):
        for name, work in contestants.items():
            times[name].append(seconds(work))
            print(f"turn {turn + 1} {name}: {times[name][-1]:.2f} CPU s", flush=True)
    return times


def ratio(times: Mapping[str, list[float]], name: str, to: str) -> float:
    """The median over the turns of one contestant's time relative to another's."""
    return median(a / b for a, b in zip(times[name], times[to]))


def save_table(name: str, rows: Sequence[Mapping], **facts: str) -> None:
    """Write a table to book/benchmarks, beside it the hardware, the date, the command, `facts`."""
    TABLES.mkdir(exist_ok=True)
    with (TABLES / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    command = f"python benchmarks/{Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}".strip()
    facts |= {
        "command": command,
        "hardware": hardware(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }
    (TABLES / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(*rows, facts, sep="\n")


def hardware() -> str:
    """The GPU's name, or the processor's."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
