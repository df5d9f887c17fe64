"""Exact training data attribution for transformers classifiers, by gradient similarity (TracIn).

    from xlshare.attribution import influence

    scores = influence(model, checkpoints, train, test)  # xarray: (checkpoint, test, train)

This package imports nothing else of the project. torch is first imported with `influence`, so that
`xlshare.attribution.store` reads finished scores where torch is absent.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlshare.attribution.tracin import influence

__all__ = ["influence"]


def __getattr__(name: str) -> Any:
    """Import the engine when it is first asked for."""
    if name in __all__:
        return getattr(import_module("xlshare.attribution.tracin"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
