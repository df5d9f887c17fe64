"""Which parameters training and scores depend on, and which of them differ between two studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

TRAINED_BY = ("model", "model_revision", "data", "training", "seed")
SCORED_BY = ("influence.tests_per_language", "influence.similarity", "influence.precision")


def among(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The parameters of these dotted names; None for what is not there."""
    return {name: _at(values, name.split(".")) for name in names}


def changed(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Each parameter that differs, by its dotted name, in words."""
    for name in {**before, **now}:
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            inner = {f"{name}.{key}": value for key, value in old.items()}
            yield from changed(inner, {f"{name}.{key}": value for key, value in new.items()})
        elif old != new:
            yield f"{name} ({old} then, {new} now)"


def _at(values: Any, place: Sequence[str]) -> Any:
    for name in place:
        values = values.get(name) if isinstance(values, dict) else None
    return values
