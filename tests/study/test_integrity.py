"""Damaged files are found at each read and at each plan, named, and cost nothing where whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from xlshare.study import artifacts, integrity
from xlshare.study.artifacts import Run, manifest_path
from xlshare.study.parameters import Study
from xlshare.study.results import Results

TABLE = pd.DataFrame({"lang": ["de", "ko"], "share": [0.25, 0.75]})
INPUTS = "a" * 12


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A stage that is done, having saved something of each kind."""
    study = Study.of({"study": "small", "task": "pawsx", "results": str(tmp_path)})
    run = Run(study, "01_finetune")
    run.save_examples(TABLE)
    run.save_table("shares", TABLE)
    run.save_figure("shares", go.Figure())
    run.save_numbers("01_finetune", {"k": 3})
    run.save_folder("checkpoints/epoch-1", lambda folder: (folder / "w").write_bytes(bytes(9999)))
    artifacts.mark_done(study, "01_finetune", INPUTS)
    return run


def spoil(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    mark = content.find(b'"sha256": ')  # in a manifest, the part that a reader rests on
    content[mark + 12 if mark > 0 else len(content) // 2] ^= 1
    kinds = {"flip": content, "cut": content[:-5], "empty": b""}
    file.unlink() if how == "gone" else file.write_bytes(kinds[how])


NAMES = (
    "examples.parquet",
    "tables/shares.parquet",
    "figures/shares.json",
    "numbers/01_finetune.json",
    "checkpoints/epoch-1/w",
)


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "gone"])
@pytest.mark.parametrize("name", [*NAMES, "tables/shares.parquet.manifest.json"])
def test_a_plan_finds_a_damaged_file_of_any_kind_and_names_it(run, name, how) -> None:
    assert artifacts.damage(run.study, "01_finetune") is None
    spoil(run.path(name), how)
    why = "is gone" if how == "gone" else "is not what was saved (its hash differs)"
    assert artifacts.damage(run.study, "01_finetune") == f"{run.path(name)} {why}"
    assert artifacts.damage(run.study, "02_influence") is None


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_a_stamp_that_cannot_be_read_is_no_stamp(run, content: str) -> None:
    place = artifacts.stamp(run.study, "01_finetune", INPUTS)
    place.write_text(content)
    found = artifacts.damage(run.study, "01_finetune")
    assert found == (f"{place} is not what was saved" if content else None)  # "": of older versions


def test_large_files_that_have_not_changed_are_not_read_at_a_plan(run, monkeypatch) -> None:
    read = []
    monkeypatch.setattr(integrity, "digest", lambda file: read.append(file.name) or "")
    monkeypatch.setattr(integrity, "SMALL", 0)
    assert artifacts.damage(run.study, "01_finetune") is None and read == []
    os.utime(run.path("checkpoints/epoch-1/w"), (2e9, 2e9))
    assert "epoch-1/w is not what was saved" in artifacts.damage(run.study, "01_finetune")
    assert read == ["w"]


def test_a_copy_is_read_once_and_then_known(run, tmp_path, monkeypatch) -> None:
    copy = Study.of({"study": "copy", "task": "pawsx", "results": str(tmp_path)})
    shutil.copytree(run.folder, artifacts.folder_of(copy))
    monkeypatch.setattr(integrity, "SMALL", 0)
    assert artifacts.damage(copy, "01_finetune") is None
    monkeypatch.setattr(integrity, "digest", lambda file: 1 / 0)
    assert artifacts.damage(copy, "01_finetune") is None


def test_a_clock_that_was_set_back_changes_nothing(run, monkeypatch) -> None:
    monkeypatch.setattr(integrity.time, "time_ns", lambda: 0)
    assert artifacts.damage(run.study, "01_finetune") is None
    os.utime(run.path("tables/shares.parquet"), (1, 1))
    assert artifacts.damage(run.study, "01_finetune") is None
    assert len(artifacts.read_table(run.study, "shares")) == 2
    spoil(run.path("tables/shares.parquet"), "flip")
    assert artifacts.damage(run.study, "01_finetune")


def test_what_is_read_twice_is_hashed_once(run, monkeypatch) -> None:
    path, hashed = run.path("tables/shares.parquet"), []
    for file in (path, manifest_path(path)):
        os.utime(file, (1, 1))
    monkeypatch.setattr(integrity, "SETTLED", 0)
    monkeypatch.setattr(integrity, "_hash", lambda file: hashed.append(file) or "x")
    assert [integrity.digest(path) for _ in range(3)] == ["x"] * 3 and hashed == [path]
    spoil(path, "flip")
    integrity.digest(path)
    assert hashed == [path, path]


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "gone"])
@pytest.mark.parametrize("name", ["tables/shares.parquet", "tables/shares.parquet.manifest.json"])
def test_a_reader_refuses_what_is_damaged_and_its_stage_runs_again(run, name, how) -> None:
    spoil(run.path(name), how)
    results = Results.of(run.study)
    with pytest.raises(ValueError, match=r"shares\.parquet.* is not .*"):
        results.table("pawsx", "shares")
    with pytest.raises(ValueError, match=r"shares\.parquet.* is not .*"):
        results.require_whole()
    done = list(run.folder.glob(".stages/01_finetune-*"))
    assert bool(done) == (name == "tables/shares.parquet" and how == "gone")  # a plan finds that


def test_a_reader_names_the_remedy_on_this_machine_and_on_another(run) -> None:
    Results.of(run.study).require_whole()
    spoil(run.path("numbers/01_finetune.json"), "flip")
    with pytest.raises(ValueError) as error:
        Results.of(run.study).require_whole()
    assert str(error.value).startswith(f"{run.path('numbers/01_finetune.json')} is not what 01_")
    assert "start the study again (`make report` or `xlshare run`)" in str(error.value)
    assert "copy it again from there" in str(error.value)


def test_what_is_left_out_is_not_read(run) -> None:
    spoil(run.path("tables/shares.parquet"), "flip")
    other = Run(run.study, "02_influence")
    other.save_numbers("02_influence", {})
    less = Results(run.folder.parent, frozenset({("pawsx", "01_finetune")}))
    less.require_whole()
