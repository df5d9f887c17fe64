"""Whole studies, as a user runs them: every stage through Snakemake, then the book in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import xarray as xr
import yaml
from pages import build_book, check_pages, copy_book
from small_studies import write_classifier, write_study

from xlshare.attribution import store
from xlshare.study import artifacts
from xlshare.study.parameters import plan, read_parameters

ROOT = Path(__file__).resolve().parents[2]
COMPUTING = ("torch", "transformers", "datasets", "accelerate", "tokenizers", "safetensors")


def snakemake(study: Path, shards: int = 1) -> None:
    """Run a study as the Makefile does; fails with what it printed."""
    command = [sys.executable, "-m", "snakemake", "--profile", "notebooks/profile"]
    command += ["--cores", "2", "--config", f"study={study}", f"shards={shards}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "TOKENIZERS_PARALLELISM": "false"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-6000:]


@pytest.fixture(scope="session")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same small study, run twice from nothing: its two results folders.

    Of PAWS-X alone, which every stage runs on. The second time, the scores are computed by two
    jobs at once.
    """
    folders = [tmp_path_factory.mktemp("run") for _ in range(2)]
    for shards, folder in enumerate(folders, 1):
        snakemake(write_study(folder, "small", tasks=["pawsx"]), shards=shards)
    return [folder / "results/small" for folder in folders]


@pytest.fixture(scope="session")
def paper(hub: Path, tokenizer_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The paper's own parameter file on slices of its datasets: the study's results folder.

    Nothing is changed but where model and data lie, and sizes. The model is a small random XLM-R.
    """
    folder = tmp_path_factory.mktemp("paper")
    values = read_parameters("paper") | {"results": str(folder / "results")}
    values |= {"model": str(write_classifier(folder / "model", tokenizer_file))}
    values |= {"model_revision": None, "imbalance": {"extra_percent": [100]}}
    datasets = {task: str(hub / name) for task, name in values["data"]["dataset"].items()}
    sizes = {"train_per_language": 12, "dev_per_language": 6, "test_per_language": 40}
    values["data"] |= {"dataset": datasets, "revision": None, **sizes}
    values["training"] |= {"epochs": 2}
    values["influence"] |= {"tests_per_language": 1, "top_k": 5}
    values["quality"] |= {"removals": [3], "tests": 1}
    study = folder / "paper.yaml"
    study.write_text(yaml.safe_dump(values), encoding="utf-8")
    snakemake(study)
    return folder / "results/paper"


def test_every_planned_notebook_ran(twice: list[Path]) -> None:
    planned = plan(read_parameters(twice[0].parents[1] / "small.yaml"))
    for home in twice:
        for task, stage in planned:
            notebook = nbformat.read(home / task / f"notebooks/{stage}.ipynb", as_version=4)
            code = [cell for cell in notebook.cells if cell.cell_type == "code"]
            assert all(cell.execution_count for cell in code)


def files(home: Path, pattern: str) -> dict[str, str]:
    """Text of the files below a results folder, without the folder's own name."""
    folder = str(home.parents[1])
    found = sorted(home.glob(pattern))
    assert found
    return {str(p.relative_to(home)): p.read_text().replace(folder, "") for p in found}


@pytest.mark.parametrize("pattern", ["*/notebooks/*.ipynb", "*/figures/*.json", "*/numbers/*.json"])
def test_two_runs_write_the_same_notebooks_figures_and_numbers(
    twice: list[Path], pattern: str
) -> None:
    skipped = re.compile(r"manifest\.json$")
    first, second = (
        {name: text for name, text in files(home, pattern).items() if not skipped.search(name)}
        for home in twice
    )
    assert first == second


def test_two_runs_give_identical_scores_and_tables(twice: list[Path]) -> None:
    stores = [sorted(p.relative_to(home) for p in home.rglob("influence.zarr")) for home in twice]
    assert stores[0] == stores[1]
    assert len(stores[0]) == 1 + 2 + 5 + 1  # base, zero-shot, imbalance, planted
    for path in stores[0]:
        xr.testing.assert_identical(*(store.load(home / path) for home in twice))
    for table in sorted(twice[0].rglob("*.parquet")):
        other = twice[1] / table.relative_to(twice[0])
        pd.testing.assert_frame_equal(pd.read_parquet(table), pd.read_parquet(other))


def test_every_artifact_has_a_manifest_with_its_hash(twice: list[Path]) -> None:
    home = twice[0]
    made = [p for ending in ("parquet", "zarr", "ipynb") for p in home.rglob(f"*.{ending}")]
    made += list(home.glob("*/checkpoints/epoch-*[0-9]"))
    assert len(made) > 60
    for path in made:
        facts = artifacts.read_manifest(path)
        assert facts["sha256"] == artifacts.digest(path), path
        assert facts["seed"] == 1 and facts["seconds"] >= 0 and facts["versions"]["python"]
        assert facts["parameters"]["training"]["epochs"] == 3


def test_nothing_half_written_is_left(twice: list[Path]) -> None:
    assert not [p for p in twice[0].rglob("*") if "partial" in p.name or p.name == ".training"]


def test_a_second_call_finds_nothing_to_do(twice: list[Path]) -> None:
    home = twice[0]
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*.ipynb")}
    snakemake(home.parents[1] / "small.yaml")
    assert before == {path: path.stat().st_mtime_ns for path in home.rglob("*.ipynb")}


def test_figures_stay_plotlys_own_so_that_jupyterlab_draws_them(twice: list[Path]) -> None:
    text = (twice[0] / "pawsx/notebooks/04_language_shares.ipynb").read_text()
    outputs = [out for cell in json.loads(text)["cells"] for out in cell.get("outputs", [])]
    figures = [o for o in outputs if "application/vnd.plotly.v1+json" in o.get("data", {})]
    assert len(figures) >= 4
    assert not any("text/html" in figure["data"] for figure in figures), "no embedded plotly.js"


@pytest.fixture(scope="session")
def without_torch(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a laptop that computes nothing: what computes cannot be imported."""
    folder = tmp_path_factory.mktemp("blocked")
    blocker = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {COMPUTING!r}:
            raise ImportError(f"{{name}} is blocked")
sys.meta_path.insert(0, Blocker())
"""
    (folder / "sitecustomize.py").write_text(blocker, encoding="utf-8")
    blocked = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    for name in COMPUTING:
        ran = subprocess.run([sys.executable, "-c", f"import {name}"], env=blocked)
        assert ran.returncode, f"{name} can be imported"
    return blocked


def test_a_copy_of_the_results_becomes_a_book_where_torch_is_not(
    twice: list[Path], without_torch: dict[str, str], chromium: str, tmp_path: Path
) -> None:
    """What `make report STUDY=small RESULTS=copied` runs, and every page of it in a browser."""
    project = copy_book(tmp_path / "laptop")
    light = shutil.ignore_patterns("checkpoints")
    shutil.copytree(twice[0].parent, project / "copied", ignore=light)
    command = [
        sys.executable,
        "-m",
        "xlshare.run.cli",
        "report",
        "--study",
        "small",
        "--results",
        "copied",
    ]
    words = {"cwd": project, "env": without_torch, "capture_output": True, "text": True}
    ran = subprocess.run(command, **words)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]
    check_pages(project / "book/_build/html", chromium)


def test_the_papers_file_runs_through_every_stage_of_all_tasks(paper: Path) -> None:
    planned = plan(read_parameters("paper"))
    assert {task for task, _ in planned} == {"xnli", "pawsx", "marc"} and len(planned) == 18
    for task, stage in planned:
        assert (paper / task / f"notebooks/{stage}.ipynb").is_file()
    table = pd.read_parquet(paper / "pawsx/examples.parquet")
    train = table[table["split"] == "train"]
    assert train.groupby("group")["lang"].nunique().eq(5).all()
    assert not (table["text_a"] == table["text_b"]).any()
    assert not table[["text_a", "text_b"]].isin(["NS", ""]).any().any()
    facts = artifacts.read_manifest(paper / "pawsx/examples.parquet")
    assert facts["dropped"]["equal texts"] > 0


def test_the_papers_file_becomes_a_book_with_its_scorecard(paper: Path) -> None:
    project = copy_book(paper.parents[1])
    ran = build_book(project, "paper")
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]
    site = project / "book/_build/html"
    assert "Study <strong>paper</strong>" in (site / "index.html").read_text("utf-8")
    cells = pd.concat(
        pd.read_csv(site / f"_static/run/table-{n}.csv") for n in ("3a", "3b", "4", "5")
    )
    assert len(cells) == 3 * 25 + 2 * 2 * 5 and cells["paper"].notna().all()
    assert cells.loc[cells["table"].astype(str) != "4", "here"].notna().all()
