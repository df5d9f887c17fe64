"""What rounding does to a ranking: each mode of the engine against float32.

    OMP_NUM_THREADS=1 python benchmarks/engine_precision.py [--train 1000] [--tests 8]

One checkpoint of the benchmarks' XLM-R after a short training (the words' labels are random, so it
learns them by heart). The overlap is that of a test's 100 most and 100 least influential training
examples with those in float32; the error is relative to the largest score. A processor knows no
TF32 and computes as in float32 there.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from scipy.stats import spearmanr
from workload import backward, make_model, make_rows, save_table

from xlshare.attribution.tracin import MATMUL, influence


def overlap(found: np.ndarray, truth: np.ndarray, k: int = 100) -> float:
    """Mean share of the k largest and of the k smallest scores of each test that are the same."""
    pairs = [(sign * a, sign * b) for a, b in zip(found, truth) for sign in (1, -1)]
    tops = [[set(np.argsort(x)[:k].tolist()) for x in pair] for pair in pairs]
    return float(np.mean([len(a & b) / k for a, b in tops]))


def train(model, rows: list[dict], steps: int = 20) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    for start in range(0, 32 * steps, 32):
        backward(model, rows[start % len(rows) :][:32])
        optimizer.step()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=int, default=1000)
    parser.add_argument("--tests", type=int, default=8)
    options = parser.parse_args()
    model, rows = make_model(), make_rows(options.train, 0)
    train(model, rows)
    tests, states = make_rows(options.tests, 1), [model.state_dict()]
    found = {
        mode: influence(model, states, rows, tests, precision=mode, progress=False).values[0]
        for mode in MATMUL
        if mode != "tf32" or torch.cuda.is_available()
    }
    truth = found["float32"]
    save_table(
        "precision",
        [
            {
                "precision": mode,
                "train": options.train,
                "tests": options.tests,
                "error": f"{np.abs(scores - truth).max() / np.abs(truth).max():.1e}",
                "top_100_overlap": round(overlap(scores, truth), 4),
                "spearman": round(float(spearmanr(scores.ravel(), truth.ravel())[0]), 6),
            }
            for mode, scores in found.items()
        ],
    )


if __name__ == "__main__":
    main()
