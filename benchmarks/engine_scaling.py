"""How the engine's cost grows: with tests, tokens, training examples and the model.

    OMP_NUM_THREADS=1 python benchmarks/engine_scaling.py [--repeats 3]

CPU seconds of one checkpoint on one thread, relative to a plain forward and backward pass over the
same training examples, the two taking turns. Beside it stands the arithmetic of the weights,
(6 T + 2 M) / 6 T for M tests and T tokens: forward, backward and writing out take 6 operations a
token and weight, as in the plain pass; M products take 2 each. That leaves out that the M tests go
through the model once themselves, which `with_tests` adds. One thing varies at a time around
128 training examples and 16 tests of 40 tokens, hidden size 256 and 4 layers. The peak of memory is
that of a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
from pathlib import Path
from statistics import median

import torch
from workload import make_model, make_rows, plain_pass, ratio, save_table, take_turns

from xlshare.attribution import influence

USUAL = {"train": 128, "tests": 16, "tokens": 40, "hidden": 256, "layers": 4}
VARIED = {
    "tests": (1, 2, 8, 16, 32, 64, 128),
    "tokens": (16, 40, 96),
    "train": (64, 256, 512),
    "hidden": (128, 512),
    "layers": (2, 8),
}


def prepare(train: int, tests: int, tokens: int, hidden: int, layers: int):
    torch.set_num_threads(1)
    model = make_model(hidden, layers)
    rows = [make_rows(count, seed, tokens, tokens) for seed, count in enumerate((train, tests))]
    return model, *rows


def score(model, train, tests) -> None:
    influence(model, [model.state_dict()], train, tests, progress=False)


def measure(case: dict, repeats: int) -> dict:
    model, train, tests = prepare(**case)
    work = {
        "pass": lambda: plain_pass(model, train, 1),
        "engine": lambda: score(model, train, tests),
    }
    times = take_turns(work, repeats)
    arithmetic = (6 * case["tokens"] + 2 * case["tests"]) / (6 * case["tokens"])
    return {
        **case,
        "pass_cpu_seconds": round(median(times["pass"]), 2),
        "engine_cpu_seconds": round(median(times["engine"]), 2),
        "times_the_pass": round(ratio(times, "engine", "pass"), 2),
        "arithmetic": round(arithmetic, 2),
        "with_tests": round(arithmetic + case["tests"] / case["train"], 2),
    }


def peak(case: dict) -> int:
    """Peak memory in MB of a run; `getrusage` would count the parent's, this does not (Linux)."""
    score(*prepare(**case))
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    cases = [{**USUAL, name: value} for name, values in VARIED.items() for value in values]
    save_table("scaling", [measure(case, options.repeats) for case in cases])
    memory = [{**USUAL, "train": count} for count in (64, 256, 1024)]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        peaks = pool.map(peak, memory, chunksize=1)
    save_table("memory", [{**c, "peak_megabytes": p} for c, p in zip(memory, peaks)])


if __name__ == "__main__":
    main()
