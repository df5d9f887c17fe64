"""Whole studies, as a user runs them: every stage through Snakemake, then the book in a browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import xarray as xr
from pages import check_pages, copy_book
from small_studies import write_classifier, write_study

from xlshare import artifacts, scores
from xlshare.study import plan, read_parameters

ROOT = Path(__file__).resolve().parents[1]


def snakemake(study: Path, shards: int = 1) -> None:
    """Run a study as the Makefile does; fails with what it printed."""
    command = [sys.executable, "-m", "snakemake", "--profile", "notebooks/profile"]
    command += ["--cores", "2", "--config", f"study={study}", f"shards={shards}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "TOKENIZERS_PARALLELISM": "false"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-6000:]


def results(study: Path) -> Path:
    return study.parent / "results" / study.stem


@pytest.fixture(scope="session")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same small study, run twice from nothing: its two results folders.

    The second time, the scores are computed by two jobs at once.
    """
    studies = [write_study(tmp_path_factory.mktemp("run"), "small") for _ in range(2)]
    for number, study in enumerate(studies, 1):
        snakemake(study, shards=number)
    return [results(study) for study in studies]


@pytest.fixture(scope="session")
def real(hub: Path, tokenizer_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three real datasets' slices with a small random XLM-R: the study's results folder."""
    folder = tmp_path_factory.mktemp("real")
    model = write_classifier(folder / "model", tokenizer_file)
    datasets = {
        "xnli": str(hub / "facebook/xnli"),
        "pawsx": str(hub / "google-research-datasets/paws-x"),
        "marc": str(hub / "mteb/amazon_reviews_multi"),
    }
    sizes = {"train_per_language": 12, "dev_per_language": 6, "test_per_language": 40}
    study = write_study(
        folder,
        "real",
        model=str(model),
        data={"dataset": datasets, **sizes, "max_length": 128},
        influence={"tests_per_language": 1, "top_k": 5},
        quality={"removals": [3], "tests": 1},
    )
    snakemake(study)
    return results(study)


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
    assert stores[0] == stores[1] and len(stores[0]) >= 3 + 2 + 5  # base, zero-shot, imbalance
    for store in stores[0]:
        xr.testing.assert_identical(*(scores.load(home / store) for home in twice))
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


def test_the_book_of_a_run_builds_without_a_warning_and_its_pages_work(
    twice: list[Path], browser: object
) -> None:
    project = copy_book(twice[0].parents[1])
    command = [sys.executable, "-m", "xlshare.book", "--study", "small"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]
    check_pages(project / "book/_build/html", browser)


def test_real_text_runs_through_every_stage(real: Path) -> None:
    for task, stage in plan(read_parameters(real.parents[1] / "real.yaml")):
        assert (real / task / f"notebooks/{stage}.ipynb").is_file()
    table = pd.read_parquet(real / "pawsx/examples.parquet")
    train = table[table["split"] == "train"]
    assert train.groupby("group")["lang"].nunique().eq(5).all()
    assert not (table["text_a"] == table["text_b"]).any()
    assert not table[["text_a", "text_b"]].isin(["NS", ""]).any().any()
    facts = artifacts.read_manifest(real / "pawsx/examples.parquet")
    assert facts["dropped"]["equal texts"] > 0
