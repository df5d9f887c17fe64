"""What a million training by ten thousand test examples cost, and where each resource ends.

    python benchmarks/limits.py

Arithmetic, no measurement: operations as `xlshare.run.costs` counts them, by the rate of a card
that stands there (a usual share of its peak, which nobody measured) and by the rate of one
processor core that `book/benchmarks/scaling.csv` measured. An adapter's gradient takes 4 operations
a token and weight of the model, forward and back, and 2 of the adapter's own; a product takes the
adapter's alone. Each checkpoint costs the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from workload import TABLES, save_table

from xlshare.attribution.store import CHUNK
from xlshare.attribution.tracin import LARGEST_BLOCK
from xlshare.run.costs import GPUS

TRAIN, TESTS, TOKENS, CARD, PRECISION, BYTES = 1_000_000, 10_000, 64, "H200", "bfloat16", 2
HOUR, WEEK, YEAR = 3600, 7 * 24, 365 * 24


@dataclass(frozen=True)
class Case:
    """A model: its weights, those outside the embeddings, and those that are scored over."""

    name: str
    parameters: float
    backbone: float
    scored: float
    adapter: bool = False


CASES = (
    Case("560M, all layers", 560e6, 24 * 12 * 1024**2, 24 * 12 * 1024**2),
    Case("7B, all layers", 6.6e9, 32 * (4 * 4096**2 + 3 * 4096 * 11008), 6.476e9),
    Case("7B, an adapter of rank 16", 6.6e9, 6.476e9, 32 * 16 * (4 * 8192 + 3 * 15104), True),
)


def gradient(case: Case) -> float:
    """Operations of an example's gradient, written out."""
    own = 2 * case.scored if case.adapter else 2 * case.backbone
    return TOKENS * (4 * case.backbone + own)


def core_rate() -> float:
    """Operations a second that the engine reached on one core, in the largest case measured."""
    cases = pd.read_csv(TABLES / "scaling.csv")
    row = cases.loc[cases["tests"].idxmax()]
    weights = 12 * row["layers"] * row["hidden"] ** 2
    each = 6 * weights * row["tokens"]
    done = (row["train"] + row["tests"]) * each + 2 * weights * row["train"] * row["tests"]
    return done / row["engine_cpu_seconds"]


def cost(case: Case) -> dict[str, object]:
    """What one checkpoint takes."""
    card = GPUS[CARD]
    bank = BYTES * case.scored  # of one test example
    fit = int((card.memory - 8 * case.parameters) / 2 / bank)
    block = min(fit, LARGEST_BLOCK, TESTS)
    blocks = math.ceil(TESTS / block)
    passes, products = TRAIN * gradient(case), 2 * case.scored * TRAIN * TESTS
    rate = getattr(card, PRECISION)
    hours = (blocks * passes + products + TESTS * gradient(case)) / rate / HOUR
    return {
        "model": case.name,
        "train": TRAIN,
        "tests": TESTS,
        "tokens": TOKENS,
        "card_gigabytes": round(card.memory / 1e9),
        "card_rate": f"{rate:.1e}",  # operations a second
        "core_rate": f"{core_rate():.2e}",
        "scored_millions": round(case.scored / 1e6),
        "block": block,
        "blocks": blocks,
        "pass_hours": round(blocks * passes / rate / HOUR, 1),
        "product_hours": round(products / rate / HOUR, 1),
        "card_hours": round(hours, 1),
        "cards_for_a_week": math.ceil(hours / WEEK),
        "least_card_hours": round((passes + products) / rate / HOUR, 1),
        "core_years": round(float((passes + products) / core_rate() / HOUR / YEAR), 1),
        "test_gradients_terabytes": round(TESTS * bank / 1e12, 2),
        "scores_gigabytes": round(4 * TRAIN * TESTS / 1e9),
        "files_millions": round(blocks * math.ceil(TRAIN / CHUNK["train"]) / 1e6, 2),
    }


if __name__ == "__main__":
    save_table("limits", [cost(case) for case in CASES])
