"""A store of scores finds what a disk or a hand has changed, and has it computed again."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from xlshare.attribution import store
from xlshare.attribution.store import ScoreStore

COORDS = {
    "checkpoint": [1, 2],
    "test": ["a", "b", "ç"],
    "train": [f"train-{n}" for n in range(300)],
    "train_lang": ("train", ["de", "ko"] * 150),
}
IDENTITY = {"similarity": "cosine", "weights": [1.0, 1.0]}
SCORES = np.random.default_rng(0).normal(size=(2, 3, 300)).astype("float32")
TESTS = [slice(0, 2), slice(2, 3)]
TRAINS = [slice(0, 256), slice(256, 300)]


def opened(path: Path) -> ScoreStore:
    return ScoreStore.open(path, COORDS, IDENTITY, block=2)


def complete(found: ScoreStore) -> list[tuple]:
    """Score what is pending, as `influence` does; which pieces those were."""
    scored = []
    for number in range(2):
        for tests in TESTS:
            for trains in TRAINS:
                if found.is_pending(number, tests, trains):
                    scored.append((number, tests.start, trains.start))
                    found.write_audit(number, tests, 1e-7)
                    found.write_norms("test", number, tests, np.ones(tests.stop - tests.start))
                    found.write(number, tests, trains, SCORES[number, tests, trains])
                    norms = np.full(trains.stop - trains.start, 2)
                    if tests.start == 0:
                        found.write_norms("train", number, trains, norms)
    found.finish()
    return scored


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole store."""
    path = tmp_path_factory.mktemp("made") / "scores.zarr"
    assert len(complete(opened(path))) == 8
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(made, tmp_path / "scores.zarr"))


def spoil(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    content[content.find(b"cosine") if b"cosine" in content else len(content) // 2] ^= 1
    kinds = {"flip": content, "cut": content[:-5], "empty": b""}
    file.unlink() if how == "gone" else file.write_bytes(kinds[how])


@pytest.mark.parametrize(
    ("how", "chunk", "again"),
    [
        ("flip", "influence/c/1/0/1", [(1, 0, 256)]),
        ("cut", "influence/c/1/0/1", [(1, 0, 256)]),
        ("empty", "influence/c/1/0/1", [(1, 0, 256)]),
        ("gone", "influence/c/1/0/1", [(1, 0, 256)]),
        ("flip", "train_norm/c/0/1", [(0, 0, 256)]),
        ("flip", "test_norm/c/1/1", [(1, 2, 0)]),  # writes the norms for the pieces beside it, too
        ("gone", "audit/c/0/0", [(0, 0, 0)]),
    ],
)
def test_a_damaged_chunk_is_scored_again_and_no_other(
    path: Path, how: str, chunk: str, again: list[tuple]
) -> None:
    before = store.load(path).compute()
    spoil(path / chunk, how)
    if how == "gone":
        assert complete(opened(path)) == again
    else:
        with pytest.warns(UserWarning, match=f"chunk of {chunk.split('/')[0]} is damaged"):
            assert complete(opened(path)) == again
    xr.testing.assert_identical(store.load(path).compute(), before)


@pytest.mark.parametrize("how", ["flip", "gone"])
def test_a_finished_store_is_mended_by_its_checksums(path: Path, how: str) -> None:
    assert not store.mend(path)  # nothing is wrong with it
    spoil(path / "influence/c/0/1/0", how)
    with pytest.warns(UserWarning) if how != "gone" else pytest.MonkeyPatch.context():
        assert store.mend(path)
    assert np.isnan(opened(path).array[0, 2:, :256]).all()
    assert complete(opened(path)) == [(0, 2, 0)]


def test_a_store_that_lost_a_chunk_is_not_complete_until_it_is_scored(path: Path) -> None:
    spoil(path / "influence/c/1/0/1", "flip")
    with pytest.warns(UserWarning):
        opened(path).is_pending(1, TESTS[0], TRAINS[1])
    with pytest.raises(ValueError, match="are not complete"):
        store.load(path)


@pytest.mark.parametrize(
    ("file", "how"),
    [
        ("test/c/0", "flip"),
        ("train_lang/c/0", "gone"),
        ("influence/zarr.json", "flip"),
        ("train/zarr.json", "cut"),
        ("zarr.json", "flip"),
        ("zarr.json", "empty"),
        ("zarr.json", "gone"),
    ],
)
def test_damaged_labels_and_metadata_are_refused_with_the_remedy(
    path: Path, file: str, how: str
) -> None:
    assert store.damage(path) is None
    spoil(path / file, how)
    with pytest.raises(ValueError, match="is damaged: .*; delete it, and the same call starts"):
        store.load(path)
    assert store.damage(path) and not store.mend(path)


def test_norms_that_a_kill_kept_from_being_written_are_computed_again(tmp_path: Path) -> None:
    found = opened(tmp_path / "scores.zarr")
    found.write_audit(0, TESTS[0], 1e-7)
    found.write_norms("test", 0, TESTS[0], np.ones(2))
    found.write(0, TESTS[0], TRAINS[0], SCORES[0, TESTS[0], TRAINS[0]])  # and here it was killed
    assert found.is_pending(0, TESTS[0], TRAINS[0])
