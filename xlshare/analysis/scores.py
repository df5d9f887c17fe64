"""The influence scores of a study, and the same scores as cosines or as dot products."""

from __future__ import annotations

import xarray as xr

from xlshare.attribution import store
from xlshare.study.artifacts import folder_of
from xlshare.study.parameters import Study


def read_scores(study: Study, *, variant: str | None = None) -> xr.DataArray:
    """The influence scores of a run, dims (checkpoint, test, train), read when they are used."""
    return store.load(folder_of(study, variant) / "influence.zarr")


def convert(scores: xr.DataArray, similarity: str) -> xr.DataArray:
    """The same scores as "cosine" or as "dot" products (Section 4.2), by the gradients' norms.

    A zero gradient scores 0 either way.
    """
    if scores.attrs["similarity"] == similarity:
        return scores
    lengths = scores["test_norm"] * scores["train_norm"]  # (checkpoint, test, train)
    found = scores * lengths if similarity == "dot" else scores / lengths.where(lengths != 0, 1)
    return found.assign_attrs(similarity=similarity)
