"""The one reader of results: what is there, what is not, whether the model has learned."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study
from xlshare.study.results import MissingResult, Results

FINETUNE = {"test_accuracy_low": 0.71, "majority_accuracy": 0.5, "bag_of_words_accuracy": 0.7}


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """One task, fine-tuned, with a table and a figure."""
    study = Study.of({"study": "small", "task": "pawsx", "results": str(tmp_path)})
    run = Run(study, "01_finetune")
    run.save_table("history", pd.DataFrame({"epoch": [1, 2]}))
    run.save_figure("finetune_accuracy", go.Figure())
    run.save_numbers("01_finetune", FINETUNE | {"best_baseline": 0.7})
    return Results.of(study)


def test_results_are_read_by_name(results: Results) -> None:
    assert results.study == "small" and results.tasks == ["pawsx"]
    assert results.table("pawsx", "history")["epoch"].tolist() == [1, 2]
    assert results.number("pawsx", "01_finetune", "best_baseline") == 0.7
    assert results.figure("pawsx", "finetune_accuracy")["data"] == []
    assert results.manifest("pawsx", "tables/history.parquet")["stage"] == "01_finetune"
    assert results.manifest("pawsx", "tables/nothing.parquet") == {}
    assert results.parameters("pawsx")["task"] == "pawsx" and results.parameters("marc") == {}


@pytest.mark.parametrize(
    ("ask", "remedy"),
    [
        (lambda r: r.table("pawsx", "histroy"), "did you mean 'history'"),
        (lambda r: r.figure("pawsx", "finetune_acuracy"), "did you mean 'finetune_accuracy'"),
        (lambda r: r.number("pawsx", "01_finetune", "baseline"), "did you mean 'best_baseline'"),
        (lambda r: r.numbers("pawsx", "01_finetun"), "did you mean '01_finetune'"),
        (lambda r: r.table("marc", "history"), "nothing of its kind is"),
    ],
)
def test_what_is_not_there_is_an_error_that_names_the_nearest(results, ask, remedy) -> None:
    with pytest.raises(MissingResult, match=remedy):
        ask(results)


def test_what_is_left_out_counts_as_what_did_not_run(results: Results) -> None:
    less = Results(results.folder, frozenset({("pawsx", "01_finetune")}))
    assert less.tasks == [] and less.that_ran("01_finetune") == []
    assert less.manifest("pawsx", "tables/history.parquet") == {} == less.parameters("pawsx")
    assert results.tasks == ["pawsx"]


def test_what_did_not_run_is_known_and_what_nobody_knows_an_error(results: Results) -> None:
    assert results.stages("pawsx") == ["01_finetune"] and results.that_ran("02_influence") == []
    assert not results.ran("marc", "01_finetune")
    with pytest.raises(ValueError, match="unknown stage '01_fine': did you mean '01_finetune'"):
        results.ran("pawsx", "01_fine")
    with pytest.raises(ValueError, match="unknown task 'paws': did you mean 'pawsx'"):
        results.ran("paws", "01_finetune")


@pytest.mark.parametrize(("low", "learned"), [(0.71, True), (0.7, False), (0.3, False)])
def test_a_model_has_learned_that_is_surely_above_both_baselines(
    results: Results, low: float, learned: bool
) -> None:
    study = Study.of({"study": "small", "task": "pawsx", "results": str(results.folder.parent)})
    facts = results.numbers("pawsx", "01_finetune") | {"test_accuracy_low": low}
    Run(study, "01_finetune").save_numbers("01_finetune", facts)
    assert results.learned("pawsx") is learned


def test_a_study_that_cannot_say_whether_its_model_learned_counts_as_not(results: Results) -> None:
    assert not results.learned("xnli")


def test_synthetic_data_never_carry_a_real_datasets_bare_name(
    results: Results, tmp_path: Path
) -> None:
    assert results.synthetic
    assert results.title("pawsx") == "PAWS-X-like, synthetic"
    assert results.data("pawsx") == "PAWS-X-like synthetic data"
    real = {"study": "real", "task": "pawsx", "results": str(tmp_path), "data": {"dataset": "a/b"}}
    run = Run(Study.of(real), "01_finetune")
    run.save_numbers("01_finetune", {"best_baseline": 0.5})
    found = Results.of(run.study)
    assert not found.synthetic and found.title("pawsx") == found.data("pawsx") == "PAWS-X"
