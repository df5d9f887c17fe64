"""A disk that is full, can only be read or fails: one line with path, remedy and room left."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xlshare.run.faults import explained, explained_text
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study

TABLE = pd.DataFrame({"share": np.random.default_rng(0).random(50_000)})  # 400 kB


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB, where this process may mount one."""
    (tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(tmp_path / "disk")]
    try:
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("mounting is not permitted")
    except OSError:
        pytest.skip("there is no mount")
    yield tmp_path / "disk"
    subprocess.run(["umount", "--lazy", str(tmp_path / "disk")], check=True)


def run_in(folder: Path) -> Run:
    return Run(Study.of({"study": "small", "results": str(folder)}), "01_finetune")


def test_a_full_disk_is_named_with_what_was_to_be_written_and_leaves_the_old(
    small_disk: Path,
) -> None:
    run = run_in(small_disk)
    run.save_table("shares", TABLE.head())
    before = run.path("tables/shares.parquet").read_bytes()
    with pytest.raises(OSError) as error:
        run.save_table("shares", TABLE)
    path = run.path("tables/shares.parquet")
    said = explained(error.value)
    assert said.startswith(f"{path}: the disk is full: make room and run the same command again (")
    assert f" MB are free in {path}; `xlshare plan` says what a study takes)" in said
    assert path.read_bytes() == before
    assert not list(path.parent.glob(".partial-*"))


def test_what_torch_says_of_a_full_disk_is_understood(small_disk: Path) -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(RuntimeError) as error:
        torch.save(torch.rand(100_000), small_disk / "optimizer.pt")
    said = explained_text(f"RuntimeError: {error.value}", str(small_disk))
    assert said.startswith(f"{small_disk}: the disk is full: make room")


def test_what_safetensors_says_of_a_full_disk_is_understood(small_disk: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    with pytest.raises(Exception) as error:
        numpy.save_file({"w": np.random.rand(100_000)}, small_disk / "model.safetensors")
    said = explained_text(f"SafetensorError: {error.value}", str(small_disk))
    assert said.startswith(f"{small_disk}: the disk is full: make room")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EROFS, "the disk is read-only: point `results`"),
        (errno.EACCES, "no permission: point `results`"),
        (errno.ENOTDIR, "a file lies where a folder is needed"),
        (errno.EFBIG, "the system allows no file of this size"),
        (errno.EIO, "the disk fails"),
    ],
)
def test_other_faults_are_one_line_with_what_was_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    run = run_in(tmp_path)
    with pytest.raises(OSError) as error:
        run.save_table("shares", TABLE)
    place = str(run.path("tables/shares.parquet"))
    kernels = f"{type(error.value).__name__}: {error.value}"  # what papermill passes on
    for said in (explained(error.value), explained_text(kernels, "elsewhere")):
        assert said.startswith(f"{place}: {words}") and "\n" not in said
