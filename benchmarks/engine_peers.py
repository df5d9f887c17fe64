"""The engine against a plain pass, the naive loop and other libraries: cost and error.

    OMP_NUM_THREADS=1 python benchmarks/engine_peers.py [--repeats 3] [--peers] [--slow]

16 test examples, 2 checkpoints, an XLM-R of hidden size 256 with 4 layers and 8,000 tokens, random
weights, texts of 16 to 64 tokens. The loop and the peers run one checkpoint, which counts twice.

    pass            a forward and backward pass, weight gradients included
    engine, N tests xlshare.attribution.tracin, everything included
    engine, MKL     with PyTorch's own matrix products, as in the pass and the peers
    loop            a backward pass an example, test gradients kept, cosines by one product
    TracInCP        captum's, over all parameters, one example a batch (its dot products)
    TracInCPFast    captum's, over the last layer only
    kronfluence     identity preconditioner, over the encoder's and head's Linear weights
    dattri          its TracIn without its projection, over all parameters, 64 examples a batch;
                    with --slow only, since a turn takes minutes

The engine lets its process keep freed memory, which the contestants after it gain by, too.
The error is the largest difference from the float64 definition on what the contestant covers,
relative to the largest score, on a part of the training examples. A peer that is not installed is
left out; benchmarks/peers.txt says how to install them without another torch. bergson (2.5.1) is
not among them: its collectors compute the loss themselves, that of the next token.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from statistics import median
from unittest.mock import patch

import numpy as np
import torch
from torch.nn import functional as F
from workload import (
    CPU,
    PAD,
    make_model,
    make_rows,
    naive_loop,
    plain_pass,
    ratio,
    save_table,
    take_turns,
)

from xlshare.attribution import influence, matmul
from xlshare.attribution.gradients import oracle_gradients
from xlshare.attribution.inputs import collate

CHECKPOINTS = 2


class Wrapped(torch.nn.Module):
    """The classifier as peers call it: padded tokens in, logits out."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids):
        return self.model(input_ids=ids, attention_mask=self.mask(ids)).logits

    def mask(self, ids):
        return (ids != PAD).long()


class WrappedForVmap(Wrapped):
    """With the whole mask: making it from the short one looks at its values, which vmap forbids."""

    def mask(self, ids):
        return (ids != PAD)[:, None, None].expand(-1, 1, ids.shape[1], -1)


def padded(rows: list[dict]) -> tuple[torch.Tensor, torch.Tensor]:
    labels = torch.tensor([row["labels"] for row in rows])
    return collate(rows, {"input_ids": PAD}, CPU)["input_ids"], labels


def loader(rows: list[dict], size: int) -> torch.utils.data.DataLoader:
    return torch.utils.data.DataLoader(rows, size, collate_fn=padded)


def captum_all(model, train, tests) -> torch.Tensor:
    from captum.influence import TracInCP

    peer = TracInCP(
        Wrapped(model),
        loader(train, 1),
        ["only"],
        checkpoints_load_func=lambda *_: 1.0,
        loss_fn=torch.nn.CrossEntropyLoss(reduction="none"),
    )
    return peer.influence(padded(tests))


def captum_fast(model, train, tests) -> torch.Tensor:
    from captum.influence import TracInCPFast

    wrapped = Wrapped(model)
    peer = TracInCPFast(
        wrapped,
        wrapped.model.classifier.out_proj,
        loader(train, 32),
        ["only"],
        checkpoints_load_func=lambda *_: 1.0,
        loss_fn=torch.nn.CrossEntropyLoss(reduction="sum"),
    )
    return peer.influence(padded(tests))


def kronfluence(model, train, tests) -> torch.Tensor:
    from kronfluence.analyzer import Analyzer, prepare_model
    from kronfluence.arguments import FactorArguments
    from kronfluence.task import Task
    from kronfluence.utils.dataset import DataLoaderKwargs

    class Loss(Task):
        def compute_train_loss(self, batch, model, sample=False):
            return F.cross_entropy(model(batch[0]), batch[1], reduction="sum")

        def compute_measurement(self, batch, model):
            return self.compute_train_loss(batch, model)

    copied = make_model()
    copied.load_state_dict(model.state_dict())
    task = Loss()
    with tempfile.TemporaryDirectory() as folder:
        wrapped = prepare_model(Wrapped(copied).eval(), task)
        peer = Analyzer("peer", wrapped, task, cpu=True, output_dir=folder, disable_tqdm=True)
        peer.set_dataloader_kwargs(DataLoaderKwargs(collate_fn=padded))
        options = {"dataset": train, "factor_args": FactorArguments(strategy="identity")}
        peer.fit_all_factors("identity", per_device_batch_size=32, **options)
        peer.compute_pairwise_scores(
            "scores",
            "identity",
            tests,
            train,
            per_device_query_batch_size=len(tests),
            per_device_train_batch_size=32,
        )
        return peer.load_pairwise_scores("scores")["all_modules"]


def dattri(model, train, tests) -> torch.Tensor:
    from dattri.algorithm.tracin import TracInAttributor
    from dattri.task import AttributionTask

    wrapped = WrappedForVmap(model)

    def loss(parameters, example):
        ids, label = (x[None] for x in example)
        return F.cross_entropy(torch.func.functional_call(wrapped, parameters, ids), label)

    task = AttributionTask(loss, wrapped, wrapped.state_dict())
    peer = TracInAttributor(task, torch.ones(1), normalized_grad=False)
    peer.projector_kwargs = None  # when None is given, it projects to 512 numbers
    return peer.attribute(loader(train, 64), loader(tests, 16)).T


PEERS: dict[str, tuple[str, Callable]] = {
    "TracInCP": ("all", captum_all),
    "TracInCPFast": ("classifier.out_proj.weight", captum_fast),
    "kronfluence": ("Linear", kronfluence),
    "dattri": ("all", dattri),
}


def engine(model, train, tests, checkpoints: int = CHECKPOINTS, **options) -> np.ndarray:
    states = [model.state_dict()] * checkpoints
    return influence(model, states, train, tests, progress=False, **options).values


def engine_by_mkl(model, train, tests) -> np.ndarray:
    with patch.object(matmul, "is_wide_amd", lambda: False):
        return engine(model, train, tests)


def error(scores, model, train, tests, cosine: bool, covered: str) -> float:
    """Largest difference from the definition, relative to the largest score."""
    linear = {f"{n}." for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)}
    for name, parameter in model.named_parameters():
        of_linear = name.rpartition(".")[0] + "." in linear
        wanted = {"all": True, "Linear": of_linear}.get(covered, name.startswith(covered))
        parameter.requires_grad_(wanted)
    z_test, z = (oracle_gradients(model, rows) for rows in (tests, train))
    model.requires_grad_(True)
    if cosine:
        z_test, z = F.normalize(z_test), F.normalize(z)
    truth = (z_test @ z.T).numpy()
    return float(np.abs(np.asarray(scores) - truth).max() / np.abs(truth).max())


def available(names, model, train, tests) -> dict[str, Callable]:
    """The peers that run here; the others are named with what they say."""
    found = {}
    for name in names:
        try:
            PEERS[name][1](model, train[:2], tests[:2])
            found[name] = PEERS[name][1]
        except Exception as problem:  # whatever a peer raises, the others still run
            print(f"{name} does not run here: {type(problem).__name__}: {problem}")
    return found


def row(name: str, times: dict[str, list[float]], covers: str, errors: dict[str, float]) -> dict:
    """What the table says of a contestant."""
    return {
        "contestant": name,
        "covers": covers,
        "cpu_seconds": round(median(times[name]), 2),
        "times_the_pass": round(ratio(times, name, "pass"), 2),
        "engine_is_faster": round(ratio(times, name, "engine, 16 tests"), 2),
        "engine_dot_is_faster": round(ratio(times, name, "engine, 16 tests, dot"), 2),
        "error": f"{errors[name]:.1e}" if name in errors else "",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--train", type=int, default=256)
    parser.add_argument("--peers", action="store_true", help="also captum and kronfluence")
    parser.add_argument("--slow", action="store_true", help="also dattri: minutes a turn")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model, train, tests = make_model(), make_rows(options.train, 0), make_rows(16, 1)
    wanted = [name for name in PEERS if options.peers and (options.slow or name != "dattri")]
    peers = available(wanted, model, train, tests)
    contestants = {
        "pass": lambda: plain_pass(model, train, CHECKPOINTS),
        "engine, 16 tests": lambda: engine(model, train, tests),
        "engine, 16 tests, dot": lambda: engine(model, train, tests, similarity="dot"),
        "engine, 2 tests": lambda: engine(model, train, tests[:2]),
        "engine, MKL": lambda: engine_by_mkl(model, train, tests),
        "loop": lambda: naive_loop(model, train, tests),
    } | {n: lambda peer=peer: peer(model, train, tests) for n, peer in peers.items()}
    times = take_turns(contestants, options.repeats)
    for name in ("loop", *peers):  # ran one checkpoint
        times[name] = [CHECKPOINTS * t for t in times[name]]

    some = train[:32]
    found = {
        "engine, 16 tests": (engine(model, some, tests)[0], True, "all"),
        "engine, 16 tests, dot": (engine(model, some, tests, similarity="dot")[0], False, "all"),
        "engine, 2 tests": (engine(model, some, tests[:2])[0], True, "all"),
        "engine, MKL": (engine_by_mkl(model, some, tests)[0], True, "all"),
        "loop": (naive_loop(model, some, tests), True, "all"),
    } | {n: (peer(model, some, tests), False, PEERS[n][0]) for n, peer in peers.items()}
    errors = {
        name: error(scores, model, some, tests[: len(scores)], cosine, covered)
        for name, (scores, cosine, covered) in found.items()
    }
    save_table("peers", [row(n, times, found[n][2] if n in found else "", errors) for n in times])


if __name__ == "__main__":
    main()
