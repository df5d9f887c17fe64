"""The influence scores of a study, and the same scores as cosines or as dot products."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xarray as xr

from xlshare.attribution import store
from xlshare.study import artifacts, depends
from xlshare.study.artifacts import folder_of
from xlshare.study.depends import SCORED_BY, TRAINED_BY
from xlshare.study.parameters import Study


def read_scores(study: Study, *, variant: str | None = None) -> xr.DataArray:
    """The influence scores of a run, dims (checkpoint, test, train), read when they are used.

    Raises:
        ValueError: they are not there, not finished, not what was saved, or, of a run that is no
            variant, made with other parameters than the study's.
    """
    path = artifacts.checked(folder_of(study), folder_of(study, variant) / "influence.zarr")
    if variant is None:  # of a variant, the stage that makes it has just compared the inputs
        _check_parameters(study, path)
    return store.load(path)


def _check_parameters(study: Study, path: Path) -> None:
    manifest = artifacts.read_manifest(path)
    before, now = (
        depends.among(values, (*TRAINED_BY, *SCORED_BY))
        for values in (manifest["parameters"], study.model_dump(mode="json"))
    )
    if changes := list(depends.changed(before, now)):
        artifacts.unstamp(study, manifest["stage"])
        raise ValueError(
            f"{path} was made with other parameters: {'; '.join(changes)}: start the same command "
            f"again, and {manifest['stage']} makes it anew"
        )


def convert(scores: xr.DataArray, similarity: str) -> xr.DataArray:
    """The same scores as "cosine" or as "dot" products (Section 4.2), by the gradients' norms.

    A zero gradient scores 0 either way.
    """
    if scores.attrs["similarity"] == similarity:
        return scores
    lengths = scores["test_norm"] * scores["train_norm"]  # (checkpoint, test, train)
    found = scores * lengths if similarity == "dot" else scores / lengths.where(lengths != 0, 1)
    return found.assign_attrs(similarity=similarity)


def audit(scores: xr.DataArray) -> pd.DataFrame:
    """What a run's audit of itself found: how far its gradients are from those of plain autograd.

    Returns:
        One row per checkpoint, with checkpoint, tests (number of test examples), difference (the
        largest of a norm, or of an inner product as a part of the norms), slower_way (what
        the run does otherwise than usual so that they agree, or "none").

    Raises:
        ValueError: If other shards have not scored their part yet.
    """
    if scores.isnull().any():
        raise ValueError("other shards have not scored their part: run this again when they have")
    found = scores["audit"].max("test").to_series().rename("difference").reset_index()
    found["tests"], found["slower_way"] = scores.sizes["test"], slower_way(scores)
    return found[["checkpoint", "tests", "difference", "slower_way"]]


def slower_way(scores: xr.DataArray) -> str:
    """What a run did otherwise than usual, so that its gradients are those of autograd."""
    return "; ".join(scores.attrs["ways"]) or "none"
