"""The paper's workload on a GPU: XLM-R base sized, random weights.

    python benchmarks/engine_gpu.py                 # 10,000 x 125 x 5, then 10,000 x 10,000 x 1
    python benchmarks/engine_gpu.py --train 40 --tests 4 --many 8 --hidden 32 --layers 2 \
        --vocabulary 500 --checkpoints 2                 # the same steps anywhere, in a minute

Wall-clock seconds of each precision, everything included, its peak of GPU memory, and the overlap
of each test's top 100 with those of float32. Then as many tests as training examples at one
checkpoint, in the fastest mode that keeps .99 of them. Texts have 16 to 128 tokens, or the lengths
in --lengths, a file with one a line (those of real texts).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from engine_precision import overlap
from workload import hardware, make_model, make_rows, save_table

from xlshare.attribution.tracin import MATMUL, influence


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sizes = {"train": 10_000, "tests": 125, "many": 10_000, "checkpoints": 5}
    sizes |= {"hidden": 768, "layers": 12, "vocabulary": 250_002}
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--lengths", type=Path, help="a file of token counts, one a line")
    return parser.parse_args()


def rows(count: int, seed: int, options: argparse.Namespace) -> list[dict]:
    """Texts of random tokens, as long as real ones if their lengths are given."""
    found = make_rows(count, seed, 16, 128, options.vocabulary)
    if options.lengths is None:
        return found
    lengths = np.random.default_rng(seed).choice(np.loadtxt(options.lengths, int, ndmin=1), count)
    words = np.random.default_rng(seed).integers(4, options.vocabulary, (count, max(lengths)))
    texts = (w[:n].tolist() for w, n in zip(words, lengths))
    return [{**row, "input_ids": text} for row, text in zip(found, texts)]


def states(model, count: int) -> list[dict]:
    """Checkpoints that differ, as those of a training do."""
    generator = torch.Generator().manual_seed(1)
    return [
        {n: w + 1e-3 * torch.randn(w.shape, generator=generator) for n, w in values.items()}
        for values in [model.state_dict()] * count
    ]


def timed(model, checkpoints, train, tests, precision: str) -> tuple[np.ndarray, dict]:
    """Scores summed over the checkpoints, and what they cost."""
    gpu = torch.cuda.is_available()
    if gpu:
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    scores = influence(model, checkpoints, train, tests, precision=precision, progress=True)
    seconds = time.perf_counter() - start
    peak = torch.cuda.max_memory_allocated() / 2**30 if gpu else float("nan")
    shape = {"train": len(train), "tests": len(tests), "checkpoints": len(checkpoints)}
    facts = {"seconds": round(seconds, 2), "peak_gigabytes": round(peak, 2)}
    return scores.sum("checkpoint").values, {"precision": precision, **shape, **facts}


def main() -> None:
    options = read_options()
    heads = max(1, options.hidden // 64)
    model = make_model(options.hidden, options.layers, options.vocabulary, heads)
    checkpoints = states(model, options.checkpoints)
    train, tests = rows(options.train, 0, options), rows(options.tests, 1, options)
    table, truth = [], None
    for precision in MATMUL:
        scores, facts = timed(model, checkpoints, train, tests, precision)
        truth = scores if truth is None else truth
        kept = overlap(scores, truth, k=min(100, options.train // 4))
        table.append(facts | {"top_100_overlap": round(kept, 4)})
    faithful = [row for row in table if row["top_100_overlap"] >= 0.99]
    fastest = min(faithful, key=lambda row: row["seconds"])["precision"]
    many = rows(options.many, 2, options)
    _, facts = timed(model, checkpoints[:1], train, many, fastest)
    save_table(
        "gpu" if torch.cuda.is_available() else "gpu_steps",
        [*table, facts | {"top_100_overlap": ""}],
    )
    print(f"{hardware()}: five such checkpoints would take {5 * facts['seconds']:.0f} s")


if __name__ == "__main__":
    main()
