"""Where influence scores live: one zarr array (checkpoint, test, train) with its labels.

A study of 10,000 x 10,000 examples takes hours and more memory than a laptop has, so scores are
written piece by piece, by one process or by several, and a run that was interrupted continues.
Four rules make that safe:

* Every score is a number. What has not been computed yet is NaN, so the array itself says what
  is left to do, and there is no second record that could disagree with it.
* zarr replaces a chunk's file in one step, so a killed process leaves a whole chunk or none.
* Every chunk carries a checksum (CRC-32C). One that fails it, since a disk or a hand changed it,
  counts as not computed; labels and metadata, which never change, are known by their SHA-256.
* The store remembers the *identity* of its run (hashes of the model and the data, the parameters)
  and refuses to be continued by another one.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import uuid
import warnings
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.storage import MemoryStore

DIMS = ("checkpoint", "test", "train")
CHUNK = {"checkpoint": 1, "train": 256}  # and a block of tests: one file on the disk
NAME = "influence"
NORMS = {"test_norm": ("checkpoint", "test"), "train_norm": ("checkpoint", "train")}
AUDIT = {"audit": ("checkpoint", "test")}  # the largest disagreement with plain autograd
STREAMED = {NAME: DIMS, **NORMS, **AUDIT}  # what is written piece by piece
CODECS = (ZstdCodec(level=0), Crc32cCodec())


class ScoreStore:
    """An array of scores on its way to being complete. Made by `ScoreStore.open`."""

    def __init__(self, location: str | MemoryStore):
        self.location = location
        self.group = zarr.open_group(location, mode="r+")
        self.array = self._array(NAME)
        self.block = self.array.chunks[1]  # tests

    @classmethod
    def open(
        cls, path: str | os.PathLike | None, coords: dict, identity: dict, block: int
    ) -> ScoreStore:
        """Create the store at `path`, or continue the one that is there.

        Args:
            path: A folder, or None to keep the scores in memory.
            coords: xarray coordinates; those named in `DIMS` give the array its shape.
            identity: What the scores depend on, as JSON values; strings, numbers, lists of them.
            block: How many tests are scored at once; an earlier part's choice is kept.

        Raises:
            ValueError: `path` holds anything but an earlier part of the same run, or its labels are
                not what was saved.
        """
        if path is None:
            return cls(_create(MemoryStore(), coords, identity, block))
        path = Path(path)
        if not path.exists():
            unfinished = path.with_name(f"{path.name}.new-{uuid.uuid4().hex[:8]}")
            try:
                _create(str(unfinished), coords, identity, block)
                unfinished.rename(path)  # in one step: there with all its labels, or not at all
            except OSError:
                if not path.exists():  # else another shard was faster
                    raise
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        refuse_others(path, identity)
        refuse_damaged(path)
        return cls(str(path))

    def _array(self, name: str) -> zarr.Array:
        array = self.group[name]
        assert isinstance(array, zarr.Array)
        return array

    def is_pending(self, checkpoint: int, tests: slice, trains: slice) -> bool:
        """Is any score of this piece, or what was found with it, still to be computed?"""
        found = [self._read(NAME, checkpoint, tests, trains)]
        found += [self._read(name, checkpoint, tests) for name in ("test_norm", "audit")]
        if tests.start == 0:  # the others are not asked for the training examples' norms
            found.append(self._read("train_norm", checkpoint, trains))
        return any(np.isnan(values).any() for values in found)

    def _read(self, name: str, *place: int | slice) -> np.ndarray:
        """Values of an array; NaN, on the disk too, in chunks that fail their checksum."""
        array = self._array(name)
        try:
            return np.asarray(array[place])
        except ValueError:
            self.group.attrs["complete"] = False
            for chunk in _chunks(array, place):
                try:
                    array[chunk]
                except ValueError:
                    array[chunk] = np.nan
                    warnings.warn(
                        f"{self.location}: a chunk of {name} is damaged and is computed again",
                        stacklevel=2,
                    )
            return np.asarray(array[place])

    def write(self, checkpoint: int, tests: slice, trains: slice, scores: np.ndarray) -> None:
        """Keep one piece of scores [tests, trains]. Raises ValueError if one is not a number."""
        if np.isnan(scores).any():
            raise ValueError(f"a score of checkpoint {checkpoint}, {trains} is NaN")
        self.array[checkpoint, tests, trains] = scores

    def write_norms(self, role: str, checkpoint: int, examples: slice, norms: np.ndarray) -> None:
        """Keep the gradient norms of some "test" or "train" examples."""
        self._array(f"{role}_norm")[checkpoint, examples] = norms

    def write_audit(self, checkpoint: int, tests: slice, error: float) -> None:
        """Keep how far the gradients of a block of tests are from those of plain autograd."""
        self._array("audit")[checkpoint, tests] = error

    def remember(self, key: str, value) -> None:
        """Keep a choice (say a block size) that a later run must repeat to get the same bits."""
        self.group.attrs[key] = value

    def recall(self, key: str, default: Any = None) -> Any:
        """What was remembered by this key, or the default."""
        return self.group.attrs.get(key, default)

    def finish(self) -> xr.DataArray:
        """The scores, declared complete if all of them are there (other shards write, too)."""
        checkpoints, tests, trains = self.array.shape
        if not any(
            self.is_pending(checkpoint, slice(start, start + self.block), slice(trains))
            for checkpoint in range(checkpoints)
            for start in range(0, tests, self.block)
        ):
            self.group.attrs["complete"] = True
            self._clear_away()
        return _labelled(xr.open_zarr(self.location, chunks=None, consolidated=False))

    def _clear_away(self) -> None:
        """Remove what processes left that were killed while they made this store."""
        if isinstance(self.location, str):
            path = Path(self.location)
            for leftover in path.parent.glob(f"{glob.escape(path.name)}.new-*"):
                shutil.rmtree(leftover, ignore_errors=True)


def _chunks(array: zarr.Array, place: Sequence[int | slice]) -> Iterator[tuple[slice, ...]]:
    """The places of the whole chunks that a place in an array lies in."""
    sides = [
        [slice(start, min(start + chunk, size)) for start in range(0, size, chunk)]
        for size, chunk in zip(array.shape, array.chunks)
    ]
    bounds = [slice(at, at + 1) if isinstance(at, int) else at for at in place]
    touched = [
        [one for one in side if one.start < min(at.stop, size) and (at.start or 0) < one.stop]
        for side, at, size in zip(sides, bounds, array.shape)
    ]
    return product(*touched)


def mend(path: str | os.PathLike) -> bool:
    """Drop the chunks of a finished store that fail their checksum, so that they are scored again.

    Returns:
        Whether the labels are whole and any score is missing now, which was then its only flaw.
    """
    if damage(path):
        return False
    store = ScoreStore(str(path))
    missing = [
        np.isnan(store._read(name, *chunk)).any()
        for name in STREAMED
        for chunk in _chunks(store._array(name), [slice(0, n) for n in store._array(name).shape])
    ]
    return any(missing)


def load(path: str | os.PathLike) -> xr.DataArray:
    """The scores at `path`, labelled; values are read when they are used.

    Args:
        path: The zarr folder that `influence` wrote to as its `out`.

    Returns:
        Scores as `influence` returns them, (checkpoint, test, train), without torch.

    Raises:
        ValueError: There are none, the run that computes them has not finished, or their labels
            are not what was saved; and, when values are read, a chunk fails its checksum.
    """
    location = path if isinstance(path, MemoryStore) else str(path)
    if isinstance(location, str) and not Path(location).exists():
        raise ValueError(f"there are no influence scores at {location}; run the influence stage")
    if isinstance(location, str):
        refuse_damaged(location)
    dataset = xr.open_zarr(location, chunks=None, consolidated=False)
    if not dataset.attrs.get("complete"):
        raise ValueError(f"the scores at {location} are not complete; rerun their stage to finish")
    return _labelled(dataset)


def _labelled(dataset: xr.Dataset) -> xr.DataArray:
    scores = dataset[NAME].assign_coords({name: dataset[name] for name in {**NORMS, **AUDIT}})
    scores.attrs["similarity"] = dataset.attrs["identity"]["similarity"]
    scores.attrs["ways"] = dataset.attrs.get("ways", [])
    words = {
        n: (c.dims, c.values.astype(object).astype(str))  # as they were given
        for n, c in scores.coords.items()
        if c.dtype.kind in "OT"
    }
    return scores.assign_coords(words)


def _create(
    location: str | MemoryStore, coords: dict, identity: dict, block: int
) -> str | MemoryStore:
    labels = xr.Dataset(coords=coords, attrs={"identity": identity, "complete": False})
    for name, values in labels.coords.items():
        if values.dtype.kind == "U":  # fixed-width strings have no zarr v3 specification
            labels[name] = values.astype(object)
    coded = {name: {"compressors": CODECS} for name in labels.coords}
    labels.to_zarr(location, mode="w", zarr_format=3, consolidated=False, encoding=coded)
    group = zarr.open_group(location, mode="r+")
    chunk = CHUNK | {"test": block}
    for name, dims in STREAMED.items():
        shape = tuple(labels.sizes[dim] for dim in dims)
        group.create_array(
            name,
            shape=shape,
            chunks=tuple(min(chunk[dim], size) for dim, size in zip(dims, shape)),
            dtype="float32",
            fill_value=np.nan,
            compressors=CODECS,
            dimension_names=dims,
        )
    if isinstance(location, str):
        group.attrs["sha256"] = _hash_of_labels(Path(location), identity)
    return location


def _hash_of_labels(path: Path, identity: dict) -> str:
    """SHA-256 of all that never changes in a store: labels, metadata of arrays, identity."""
    files = [file for file in sorted(path.glob("*/**/*")) if file.is_file()]
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode())
    for file in files:
        array, *inner = file.relative_to(path).parts
        if array not in STREAMED or inner == ["zarr.json"]:
            digest.update(f"{array}/{'/'.join(inner)}".encode() + file.read_bytes())
    return digest.hexdigest()


def damage(path: str | os.PathLike) -> str | None:
    """What is wrong with the labels and metadata of a store; None where they are as saved."""
    try:
        attributes = zarr.open_group(str(path), mode="r").attrs
        saved, identity = attributes.get("sha256"), cast(dict, attributes["identity"])
        whole = saved in (None, _hash_of_labels(Path(path), identity))  # None: of older versions
        return None if whole else "its labels or metadata are not what was saved"
    except Exception as error:  # zarr has many for metadata that it cannot read
        return f"it cannot be read ({type(error).__name__}: {error})"


def refuse_damaged(path: str | os.PathLike) -> None:
    """Raise ValueError if labels or metadata of the store at `path` are not what was saved."""
    if found := damage(path):
        raise ValueError(f"{path} is damaged: {found}; delete it, and the same call starts afresh")


def refuse_others(path: str | os.PathLike, identity: dict) -> None:
    """Raise ValueError if `path` holds anything but a part of this run, naming what differs."""
    if not Path(path).exists():
        return
    try:
        earlier = cast(dict, zarr.open_group(str(path), mode="r").attrs["identity"])
    except (KeyError, FileNotFoundError, ValueError):
        message = f"{path} exists but holds no influence scores; choose another `out`"
        raise ValueError(message) from None
    keys = sorted(set(earlier) | set(identity))
    changes = [
        _change(k, earlier.get(k), identity.get(k))
        for k in keys
        if earlier.get(k) != identity.get(k)
    ]
    if changes:
        raise ValueError(
            f"{path} holds scores of another run: {'; '.join(changes)}. "
            "Choose another `out`, or delete it to start afresh."
        )


def _change(key: str, was, now) -> str:
    """Say what differs; of two lists of the same length, only the entries that do."""
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        numbers = [str(i + 1) for i, (a, b) in enumerate(zip(was, now)) if a != b]
        return f"{key} number {', '.join(numbers)} differs"
    return f"{key} was {was!r}, is {now!r}"
