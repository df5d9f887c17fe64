"""The chapter on own studies: its very commands, from files and a model folder to the book."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pages import ROOT, check_pages
from small_studies import write_bert

from xlshare.data.mini import data
from xlshare.study.tasks import SPLITS, TASKS

CHAPTER = ROOT / "book/your_own.md"
PARTS = ("Makefile", "Snakefile", "_config.yml", "_toc.yml", "notebooks", "xlshare", "book")
LABELS = {0: "entailment", 1: "neutral", 2: "contradiction"}


def fences(kind: str) -> list[str]:
    """What the chapter tells its reader to write or to run."""
    return re.findall(rf"^```{kind}\n(.*?)^```", CHAPTER.read_text("utf-8"), re.M | re.S)


REVIEWS = {
    "study": "reviews",
    "own_tasks": {
        "reviews": {
            "title": "Reviews",
            "question": "Is the review positive?",
            "text_a": "text",
            "label": "stars",
            "labels": {0: "negative", 1: "negative", 2: None, 3: "positive", 4: "positive"},
        }
    },
    "model": "my_model",
    "data": {
        "dataset": "reviews/{lang}.csv",
        "languages": ["de", "es", "fr"],
        "train_per_language": 30,
        "dev_per_language": 10,
        "test_per_language": 30,
        "max_length": 64,
    },
    "training": {"learning_rate": 5e-4, "epochs": 1},
    "influence": {"tests_per_language": 2, "top_k": 5},
    "quality": {"removals": [5]},
    "zero_shot": {"left_out": ["es"]},
    "stages": {"03_quality": [], "06_dynamics": [], "08_imbalance": [], "10_planted": []},
}


def many(task: str, lang: str) -> pd.DataFrame:
    """Synthetic rows enough to deal: the embedded ones, and the same as exclamations."""
    rows = pd.concat([data.rows(task, lang, split) for split in SPLITS.values()])
    first = TASKS[task].text_a
    loud = rows.assign(**{first: rows[first] + "!"})
    return pd.concat([rows, loud], ignore_index=True)


@pytest.fixture(scope="module")
def own_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a reader's files and model in it, run as the chapter says."""
    home = tmp_path_factory.mktemp("own")
    ignored = shutil.ignore_patterns("_build", "run", "__pycache__")
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, home / part, **({"ignore": ignored} if copy is shutil.copytree else {}))
    tables = []
    (home / "my_data").mkdir()
    for lang in ("fr", "ru", "es"):
        rows = many("xnli", lang)
        rows = rows.assign(label=rows["label"].map(LABELS))
        rows.to_csv(home / f"my_data/{lang}.csv", index=False)
        tables.append(rows)
    write_bert(home / "my_model", pd.concat(tables)[["premise", "hypothesis"]].stack().tolist())
    (home / "nli3.yaml").write_text(fences("yaml")[0], encoding="utf-8")
    run_commands(home, fences("bash")[0])
    return home


@pytest.fixture(scope="module")
def unaligned(own_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another reader's project, with one-text data that are nobody's translation."""
    home = tmp_path_factory.mktemp("reviews") / "project"
    shutil.copytree(own_project, home, ignore=shutil.ignore_patterns("_build", "run", "results"))
    (home / "reviews").mkdir()
    for lang in REVIEWS["data"]["languages"]:
        rows = many("marc", lang)[["text", "label"]].rename(columns={"label": "stars"})
        rows.to_csv(home / f"reviews/{lang}.csv", index=False)
    (home / "reviews.yaml").write_text(yaml.safe_dump(REVIEWS), encoding="utf-8")
    run_commands(home, "make report STUDY=reviews.yaml")
    return home


def run_commands(home: Path, commands: str) -> None:
    """As in the environment that environment.yml describes, where `make` installs nothing."""
    conda = {"CONDA_DEFAULT_ENV": "xlshare", "CONDA_PREFIX": sys.prefix}
    environment = os.environ | conda | {"PYTHONPATH": str(home)}
    words = {"cwd": home, "env": environment, "capture_output": True, "text": True}
    ran = subprocess.run(["bash", "-euc", commands], **words)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]


def test_the_chapters_commands_make_a_book(own_project: Path, chromium: str) -> None:
    site = own_project / "book/_build/html"
    assert "Study <strong>nli3</strong>" in (site / "index.html").read_text("utf-8")
    check_pages(site, chromium)


def test_all_stages_ran_in_the_studys_own_terms(own_project: Path) -> None:
    task = own_project / "results/nli3/nli3"
    assert len(list((task / "notebooks").glob("*.ipynb"))) == 9
    table = pd.read_parquet(task / "examples.parquet")
    assert set(table["label"]) == {0, 1, 2} and set(table["lang"]) == {"fr", "ru", "es"}
    assert table.groupby("group")["lang"].nunique().eq(3).all()
    for table in ("zero_shot_shares", "imbalance_shares"):
        shares = pd.read_parquet(task / f"tables/{table}.parquet")
        assert set(shares["test_lang"]) == {"fr", "ru", "es"}


def test_the_head_has_a_class_for_each_label_and_texts_are_told_apart(own_project: Path) -> None:
    config = json.loads(
        (own_project / "results/nli3/nli3/checkpoints/epoch-1/config.json").read_text()
    )
    assert len(config["id2label"]) == 3 and config["type_vocab_size"] == 2


def test_without_translations_the_book_says_why_a_chapter_is_empty(unaligned: Path) -> None:
    site, task = unaligned / "book/_build/html", unaligned / "results/reviews/reviews"
    ran = [path.stem for path in sorted((task / "notebooks").glob("*.ipynb"))]
    assert ran == ["01_finetune", "02_influence", "04_language_shares", "07_zero_shot"]
    why = "did not run 05_reinforcement on Reviews, because it needs translations and these data"
    page = " ".join((site / "questions/reinforcement.html").read_text("utf-8").split())
    assert page.count(f"{why} are not parallel") == 3  # a figure, and two tables
    told = json.loads((task / "numbers/07_zero_shot.json").read_text("utf-8"))
    assert told["returned_translations"] == "none (the data are not parallel)"
    assert 0 <= told["returned_others"] <= 1
    assert "none (the data are not parallel)" in (site / "questions/zero_shot.html").read_text()
