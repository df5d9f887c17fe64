"""The recorded study of real languages: its numbers follow from its tables, which hold no text."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from xlshare.analysis.estimates import estimate
from xlshare.report import numbers
from xlshare.study.artifacts import is_whole, read_manifest
from xlshare.study.names import counts_table
from xlshare.study.parameters import Study
from xlshare.study.results import Results

FOLDER = Path(__file__).parents[2] / "book/recorded/e5-small"
RECORDED = Results(FOLDER)
WORDS = {"split", "test_lang", "train_lang", "lang", "language", "role", "test", "content"}
WORDS |= {"what", "similarity", "measure", "epochs", "removed", "model"}


def counts(task: str, measure: str) -> pd.DataFrame:
    return RECORDED.table(task, counts_table(measure))


def rebuilt(task: str) -> dict[str, dict]:
    """All numbers of a task that its tables give, by stage."""
    study = Study.of(RECORDED.parameters(task))
    history, accuracy = (RECORDED.table(task, name) for name in ("history", "finetune_accuracy"))
    shares = [counts(task, name) for name in ("language_shares", "list_lengths", "average_scores")]
    found = {
        "01_finetune": numbers.finetune(study, counts(task, "accuracy"), accuracy, history),
        "04_language_shares": numbers.language_shares(study, *shares)
        | numbers.labels(counts(task, "labels")),
    }
    if RECORDED.ran(task, "06_dynamics"):
        wilcoxon = RECORDED.table(task, "dynamics_wilcoxon")
        by_epoch, means = counts(task, "shares_by_epoch"), counts(task, "scores_by_epoch")
        found["06_dynamics"] = numbers.dynamics(study, by_epoch, wilcoxon, means)
    if RECORDED.ran(task, "05_reinforcement"):
        found["05_reinforcement"] = numbers.reinforcement(study, counts(task, "translations"))
    return found


def test_it_is_of_real_languages() -> None:
    assert RECORDED.tasks and not RECORDED.synthetic


@pytest.mark.slow
@pytest.mark.parametrize("task", RECORDED.tasks)
def test_every_number_is_made_of_the_tables_again(task: str) -> None:
    for stage, values in rebuilt(task).items():
        known = RECORDED.numbers(task, stage)
        for name, value in values.items():
            if value != value:
                assert known[name] == "unknown", name
            else:
                expected = value if isinstance(value, str) else pytest.approx(value, abs=1e-9)
                assert known[name] == expected, name


@pytest.mark.parametrize("task", RECORDED.tasks)
def test_shares_of_the_ten_most_frequent_examples_too(task: str) -> None:
    lists = counts(task, "concentration").query("what == 'ten examples' and similarity == 'cosine'")
    for row in estimate(lists, ["role"]).itertuples():
        name = f"ten_examples_share_{row.role}"
        found = RECORDED.number(task, "04_language_shares", name)
        assert found == pytest.approx(row.value, abs=1e-9)


@pytest.mark.parametrize("task", RECORDED.tasks)
def test_the_same_language_share_is_the_plain_mean(task: str) -> None:
    """By hand: of each list, then over the lists of a language, then over languages."""
    rows = counts(task, "language_shares").query("role == 'proponents' and test_lang == train_lang")
    hits: dict[str, list[int]] = {}
    for row in rows.itertuples():
        hit, places = hits.setdefault(str(row.test_lang), [0, 0])
        hits[str(row.test_lang)] = [hit + int(row.numerator), places + int(row.denominator)]
    mean = sum(hit / places for hit, places in hits.values()) / len(hits)
    found = RECORDED.number(task, "04_language_shares", "own_share_proponents")
    assert found == pytest.approx(mean, abs=1e-9)


def test_the_folder_is_small_whole_and_says_how_it_was_made() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 2_000_000
    facts = json.loads((FOLDER / "recorded.json").read_text(encoding="utf-8"))
    assert {"command", "commits", "hardware", "date", "hours"} <= set(facts)
    for path in files:
        if path.suffix in (".json", ".parquet") and not path.name.endswith(".manifest.json"):
            if path.name != "recorded.json":
                assert is_whole(path), path
                assert {"versions", "commit", "parameters", "seed"} <= set(read_manifest(path))


def test_its_tables_hold_numbers_languages_and_ids_alone() -> None:
    for path in FOLDER.rglob("*.parquet"):
        table = pd.read_parquet(path)
        words = table.select_dtypes(exclude="number").select_dtypes(exclude="bool")
        assert set(words.columns) <= WORDS, path
        assert all((words[column].astype(str).str.len() <= 40).all() for column in words), path
