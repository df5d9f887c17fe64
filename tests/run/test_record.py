"""What is recorded of a study: counts and numbers, and no text of any dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from made_up_training import HOSTILE

from xlshare.run.record import record
from xlshare.study.artifacts import is_whole
from xlshare.study.results import Results

HOW = {"command": "make report STUDY=made-up", "hardware": "two cores"}


@pytest.fixture(scope="module")
def recorded(made_up_results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("book") / "recorded"
    return record(Results(made_up_results / "made-up"), target, **HOW)


def test_a_recorded_study_reads_as_the_study(recorded: Path, made_up_results: Path) -> None:
    study, copy = Results(made_up_results / "made-up"), Results(recorded)
    assert copy.tasks == study.tasks
    for task in study.tasks:
        assert copy.stages(task) == study.stages(task)
        assert copy.parameters(task) == study.parameters(task)
        for stage in study.stages(task):
            assert copy.numbers(task, stage) == study.numbers(task, stage)
        counts = copy.table(task, "counts_language_shares")
        pd.testing.assert_frame_equal(counts, study.table(task, "counts_language_shares"))


def test_it_says_how_it_was_made_and_every_artifact_is_whole(recorded: Path) -> None:
    facts = json.loads((recorded / "recorded.json").read_text())
    assert HOW.items() <= facts.items() and facts["hours"] >= 0 and len(facts["commits"]) == 1
    artifacts = [p for p in recorded.rglob("*") if p.suffix in (".json", ".parquet")]
    artifacts = [p for p in artifacts if "manifest" not in p.name and p.name != "recorded.json"]
    assert artifacts and all(map(is_whole, artifacts))


def test_no_table_holds_a_text(recorded: Path) -> None:
    tables = [pd.read_parquet(path) for path in recorded.rglob("*.parquet")]
    for table in tables:
        assert not {"text", "text_a", "text_b"} & {*table.columns}
        for _, words in table.select_dtypes(exclude="number").astype(str).items():
            assert not words.str.contains(HOSTILE[:9], regex=False).any()
            assert (words.str.len() <= 40).all()


def test_what_has_changed_since_it_was_saved_is_refused(
    made_up_results: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "made-up"
    shutil.copytree(made_up_results / "made-up", copy)
    numbers = copy / "marc/numbers/04_language_shares.json"
    numbers.write_text(numbers.read_text() + " ")
    with pytest.raises(ValueError, match="04_language_shares.json is not what its manifest says"):
        record(Results(copy), tmp_path / "recorded", **HOW)
    assert not (tmp_path / "recorded").exists()


def test_a_study_that_did_not_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no task's results"):
        record(Results(tmp_path), tmp_path / "recorded", **HOW)
