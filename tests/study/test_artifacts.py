"""Files appear whole or not at all, each with a manifest that is true of it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from xlshare.study import artifacts
from xlshare.study.artifacts import Run, digest, manifest_path, read_manifest, replacing
from xlshare.study.parameters import Study

KEYS = {
    "artifact", "stage", "study", "task", "parameters", "seed", "commit", "versions", "device",
    "seconds", "sha256", "created",
}  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """A stage at work in an empty project."""
    (tmp_path / "_toc.yml").touch()
    monkeypatch.chdir(tmp_path)
    return Run(Study(task="xnli", seed=4), "01_finetune")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


TABLE = pd.DataFrame({"lang": ["de", "ko"], "share": [0.25, 0.75]})


# ---- What is written ----


def test_each_artifact_lies_beside_its_manifest(run, tmp_path):
    class Figure:
        def to_json(self) -> str:
            return '{"title": "Übersetzung 한국어"}'

    run.save_table("shares", TABLE)
    run.save_examples(TABLE.set_axis(["id", "label"], axis=1))
    run.save_figure("shares", Figure())
    run.save_numbers("shares", {"top": "한국어", "k": 3})
    run.save_folder("checkpoints/epoch-1", lambda folder: (folder / "config").write_text("c"))
    made = [
        "checkpoints/epoch-1.manifest.json", "checkpoints/epoch-1/config",
        "examples.parquet", "examples.parquet.manifest.json",
        "figures/shares.json", "figures/shares.json.manifest.json",
        "numbers/shares.json", "numbers/shares.json.manifest.json",
        "tables/shares.parquet", "tables/shares.parquet.manifest.json",
    ]  # fmt: skip
    assert files(tmp_path / "results/mini/xnli") == sorted(made)
    assert json.loads(run.path("figures/shares.json").read_bytes())["title"] == "Übersetzung 한국어"
    assert json.loads(run.path("numbers/shares.json").read_bytes()) == {"top": "한국어", "k": 3}


def test_what_is_saved_is_what_is_read(run):
    pd.testing.assert_frame_equal(run.save_table("shares", TABLE), TABLE)
    pd.testing.assert_frame_equal(artifacts.read_table(run.study, "shares"), TABLE)
    run.save_examples(TABLE, "predictions")
    pd.testing.assert_frame_equal(artifacts.read_examples(run.study, "predictions"), TABLE)


def test_a_variant_has_a_folder_of_its_own(run):
    variant = Run(run.study, "07_zero_shot", variant="without-ko")
    variant.save_table("shares", TABLE)
    assert variant.path("x") == run.path("retrains/without-ko/x")
    pd.testing.assert_frame_equal(
        artifacts.read_table(run.study, "shares", variant="without-ko"), TABLE
    )
    with pytest.raises(ValueError, match=r"shares\.parquet is not there: run the stage"):
        artifacts.read_table(run.study, "shares")


def test_checkpoints_come_in_the_order_of_epochs(run):
    for epoch in (10, 9, 1):
        run.save_folder(f"checkpoints/epoch-{epoch}", lambda folder: (folder / "x").touch())
    names = [path.name for path in artifacts.checkpoints(run.study)]
    assert names == ["epoch-1", "epoch-9", "epoch-10"]


@pytest.mark.parametrize("below", [".", "notebooks", "notebooks/studies"])
def test_results_lie_in_the_project_wherever_a_notebook_runs(tmp_path, monkeypatch, below):
    (tmp_path / "_toc.yml").touch()
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / below)
    assert artifacts.folder_of(Study()) == tmp_path / "results/mini/pawsx"


def test_from_elsewhere_results_lie_in_the_project_of_the_module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = Path(artifacts.__file__).parents[2]
    assert artifacts.folder_of(Study()) == project / "results/mini/pawsx"


def test_a_number_that_could_not_be_measured_is_saved_as_a_word(run):
    run.save_numbers("shares", {"share": float("nan"), "k": 3})
    assert json.loads(run.path("numbers/shares.json").read_text()) == {"share": "unknown", "k": 3}


def test_infinite_numbers_are_refused(run, tmp_path):
    with pytest.raises(ValueError):
        run.save_numbers("shares", {"share": float("inf")})
    assert not run.folder.exists() or files(run.folder) == []


# ---- Manifests ----


def test_a_manifest_tells_how_its_artifact_was_made(run):
    frame = TABLE.copy()
    frame.attrs["dropped"] = {"placeholder": 2}
    run.device = "cuda (H100)"
    run.save_examples(frame)
    manifest = read_manifest(run.path("examples.parquet"))
    assert set(manifest) == KEYS | {"dropped"}
    assert manifest["dropped"] == {"placeholder": 2}
    assert (manifest["artifact"], manifest["stage"]) == ("examples.parquet", "01_finetune")
    assert (manifest["task"], manifest["seed"], manifest["device"]) == ("xnli", 4, "cuda (H100)")
    assert manifest["parameters"]["training"]["epochs"] == run.study.training.epochs
    assert manifest["versions"]["pandas"] == pd.__version__
    content = run.path("examples.parquet").read_bytes()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()


def test_an_artifact_that_was_streamed_can_be_signed(run):
    run.path("influence.zarr").mkdir(parents=True)
    (run.path("influence.zarr") / "0.0").write_bytes(b"scores")
    run.sign("influence.zarr", resumed=True)
    manifest = read_manifest(run.path("influence.zarr"))
    assert manifest["resumed"]
    assert manifest["sha256"] == digest(run.path("influence.zarr"))


def test_what_is_not_there_cannot_be_signed(run):
    with pytest.raises(ValueError, match=r"influence\.zarr is not there"):
        run.sign("influence.zarr")
    assert not manifest_path(run.path("influence.zarr")).exists()


def test_the_digest_of_a_folder_hangs_on_names_and_contents_alone(tmp_path):
    def folder(name: str, contents: dict[str, str]) -> Path:
        for file, text in contents.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(text)
        return tmp_path / name

    contents = {"a": "1", "b/c": "2", "b/d": "3"}
    first = digest(folder("first", contents))
    assert first == digest(folder("again", dict(reversed(contents.items()))))
    others = [
        {"a": "1", "b/c": "2"}, contents | {"a": "2"}, {"a": "1", "c": "2", "b/d": "3"},
        {"a": "1", "b/c": "3", "b/d": "2"}, {"a": "1", "b/c": "2", "b/e": "3"},
    ]  # fmt: skip
    assert first not in {digest(folder(f"other-{n}", other)) for n, other in enumerate(others)}


# ---- All or nothing ----


def fill(text: str):
    """Writes a folder of two files."""

    def write(folder: Path) -> None:
        for name in ("config", "weights"):
            (folder / name).write_text(text)

    return write


def breaking(folder: Path) -> None:
    (folder / "config").write_text("half")
    raise RuntimeError("in the middle")


def test_an_exception_leaves_the_old_artifact_with_its_manifest(run):
    run.save_folder("model", fill("old"))
    before = {name: (run.folder / name).read_bytes() for name in files(run.folder)}
    with pytest.raises(RuntimeError, match="in the middle"):
        run.save_folder("model", breaking)
    assert {name: (run.folder / name).read_bytes() for name in files(run.folder)} == before
    assert read_manifest(run.path("model"))["sha256"] == digest(run.path("model"))


def test_an_exception_leaves_nothing_where_nothing_was(run):
    with pytest.raises(RuntimeError):
        run.save_folder("model", breaking)
    assert list(run.folder.iterdir()) == []


@pytest.mark.parametrize("old", ["file", "folder"])
def test_writing_nothing_leaves_the_old(tmp_path, old):
    path = tmp_path / "artifact"
    path.write_text("old") if old == "file" else path.mkdir()
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert path.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["artifact"]


def test_a_folder_takes_the_place_of_an_older_one_whole(run):
    run.save_folder("model", lambda folder: (folder / "old").touch())
    run.save_folder("model", fill("new"))
    assert files(run.path("model")) == ["config", "weights"]
    assert sorted(path.name for path in run.folder.iterdir()) == ["model", "model.manifest.json"]


def test_a_new_file_never_lies_beside_an_old_manifest(run, monkeypatch):
    run.save_table("shares", TABLE)
    monkeypatch.setattr(Run, "sign", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run.save_table("shares", TABLE.assign(share=0.5))
    assert files(run.folder) == ["tables/shares.parquet"]


KILLED = """
import os, signal
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study

def fill(folder):
    (folder / "config").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

Run(Study(task="xnli", seed=4), "01_finetune").save_folder("model", fill)
"""


@pytest.mark.slow
def test_a_kill_leaves_the_old_and_the_next_run_clears_up(run):
    run.save_folder("model", fill("old"))
    old = digest(run.path("model"))
    environment = os.environ | {"PYTHONPATH": str(Path(artifacts.__file__).parents[2])}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment)
    assert killed.returncode == -signal.SIGKILL
    assert any(path.name.startswith(".partial-") for path in run.folder.iterdir())  # it was at work
    assert digest(run.path("model")) == old == read_manifest(run.path("model"))["sha256"]
    (run.folder / ".partial-model").touch()  # not ours
    run.save_folder("model", fill("new"))
    names = [".partial-model", "model", "model.manifest.json"]
    assert sorted(path.name for path in run.folder.iterdir()) == names
    assert (run.path("model") / "config").read_text() == "new"


# ---- Stages that are done, and what was begun from other inputs ----


def test_a_stage_that_saves_anything_is_not_done_any_more(run):
    for stage in ("01_finetune", "02_influence"):
        artifacts.mark_done(run.study, stage, "a" * 12)
    artifacts.mark_done(run.study, "01_finetune", "b" * 12)
    artifacts.mark_done(run.study, "01_finetune-shard-1-of-2", "c" * 12)
    names = ["01_finetune-" + "b" * 12, "01_finetune-shard-1-of-2-" + "c" * 12]
    names.append("02_influence-" + "a" * 12)
    assert sorted(path.name for path in (run.folder / ".stages").iterdir()) == names
    run.save_table("shares", TABLE)
    assert sorted(path.name for path in (run.folder / ".stages").iterdir()) == names[1:]


def test_what_was_begun_from_other_inputs_is_not_continued(run):
    path = run.path("scores.zarr")
    for inputs, kept in (("first", []), ("first", ["chunk"]), ("second", []), ("first", [])):
        artifacts.keep_if_begun_from(run, "scores.zarr", inputs)
        assert (files(path) if path.exists() else []) == kept
        path.mkdir(exist_ok=True)
        (path / "chunk").touch()


def test_what_nobody_knows_the_inputs_of_is_not_continued(run):
    run.save_folder("scores.zarr", fill("old"))
    artifacts.keep_if_begun_from(run, "scores.zarr", "inputs")
    assert not run.path("scores.zarr").exists()
    assert not manifest_path(run.path("scores.zarr")).exists()


@pytest.mark.parametrize("inputs", ["same", "other"])
def test_a_stage_is_not_done_any_more_before_what_it_goes_on_with_is_touched(
    run, monkeypatch, inputs
):
    artifacts.keep_if_begun_from(run, "scores.zarr", "same")
    run.save_folder("scores.zarr", fill("whole"))
    artifacts.mark_done(run.study, run.stage, "a" * 12)
    monkeypatch.setattr(artifacts, "remove", lambda path: 1 / 0)  # as if killed there
    with pytest.raises(ZeroDivisionError):
        artifacts.keep_if_begun_from(run, "scores.zarr", inputs)
    assert not list(run.folder.glob(f".stages/{run.stage}-*"))
    assert files(run.path("scores.zarr")) == ["config", "weights"]


def test_what_is_half_deleted_is_not_continued(run, monkeypatch):
    path = run.path("scores.zarr")
    artifacts.keep_if_begun_from(run, "scores.zarr", "first")
    run.save_folder("scores.zarr", fill("whole"))
    monkeypatch.setattr(artifacts.shutil, "rmtree", lambda folder: (folder / "config").unlink())
    with pytest.raises(OSError):
        artifacts.keep_if_begun_from(run, "scores.zarr", "second")
    monkeypatch.undo()
    artifacts.keep_if_begun_from(run, "scores.zarr", "first")
    assert not path.exists()


def test_what_was_finished_and_has_changed_since_is_not_continued(run):
    artifacts.keep_if_begun_from(run, "scores.zarr", "inputs")
    for damage, kept in ((lambda: None, True), ((run.path("scores.zarr") / "x").touch, False)):
        run.save_folder("scores.zarr", fill("whole"))
        damage()
        artifacts.keep_if_begun_from(run, "scores.zarr", "inputs")
        assert run.path("scores.zarr").exists() is kept


def test_what_was_not_finished_is_not_read(run):
    run.save_table("shares", TABLE)
    manifest_path(run.path("tables/shares.parquet")).unlink()
    with pytest.raises(ValueError, match=r"shares\.parquet\.manifest\.json is not there: start"):
        artifacts.read_table(run.study, "shares")


def test_an_artifact_is_made_from_the_inputs_that_its_manifest_names(run):
    run.save_table("shares", TABLE)
    path = run.path("tables/shares.parquet")
    assert not artifacts.is_made_from(path, "a")
    run.sign("tables/shares.parquet", inputs="a")
    assert artifacts.is_made_from(path, "a") and not artifacts.is_made_from(path, "b")


# ---- The tables side builds where torch is not installed ----


# ---- What was changed after it was saved ----


@pytest.mark.parametrize("change", ["flip", "cut", "empty"])
def test_a_file_that_is_not_what_was_saved_is_found_and_its_stage_runs_again(run, change):
    run.save_table("shares", TABLE)
    artifacts.mark_done(run.study, run.stage, "a" * 12)
    path = run.path("tables/shares.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"flip": content, "cut": content[:-9], "empty": b""}[change])
    assert not artifacts.is_whole(path)
    with pytest.raises(ValueError, match=r"shares.parquet is not what 01_finetune saved"):
        artifacts.read_table(run.study, "shares")
    assert not list((run.folder / ".stages").iterdir())


def test_a_checkpoint_with_another_weight_is_found(run):
    run.save_folder("checkpoints/epoch-1", fill("old"))
    assert len(artifacts.checkpoints(run.study)) == 1
    (run.path("checkpoints/epoch-1") / "weights").write_text("new")
    with pytest.raises(ValueError, match="epoch-1 is not what 01_finetune saved"):
        artifacts.checkpoints(run.study)


def test_what_is_damaged_is_not_used_again(run):
    run.save_table("shares", TABLE)
    path = run.path("tables/shares.parquet")
    for damaged in (manifest_path(path), path):
        run.sign("tables/shares.parquet", inputs="a")
        assert artifacts.is_made_from(path, "a")
        damaged.write_bytes(damaged.read_bytes()[:-9])
        assert not artifacts.is_made_from(path, "a")
