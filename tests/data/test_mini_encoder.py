"""The shipped encoder learns the embedded tasks: as its table says of these very weights, and in
part fine-tuned anew."""

from __future__ import annotations

import json

import mini_encoder
import pandas as pd
import pytest
from joblib import Parallel, delayed
from made_up_book import ROOT

from xlshare.data.encoders import EMBEDDED
from xlshare.study.tasks import TASKS

AFTER, UNSEEN, MORE = 0.77, 0.65, 0.10  # accuracies; more than without understanding
DISTANT = {"xnli": "ru", "pawsx": "ko", "marc": "zh"}
SEEDS = [1, 2, 3]


@pytest.fixture(scope="module")
def kept() -> pd.DataFrame:
    return pd.read_csv(ROOT / "book/benchmarks/encoder.csv")


@pytest.fixture(scope="module")
def anew() -> pd.DataFrame:
    """Fine-tuned on all languages with each seed, and once without the most distant one."""
    studies = [mini_encoder.study_of(task, seed) for task in TASKS for seed in SEEDS]
    work = [delayed(mini_encoder.measure)(study) for study in studies]
    work += [
        delayed(mini_encoder.measure_unseen)(mini_encoder.study_of(task, SEEDS[0]), lang)
        for task, lang in DISTANT.items()
    ]
    return pd.concat(Parallel(2)(work))


def overall(found: pd.DataFrame, task: str) -> pd.Series:
    """Each setting's accuracy over all languages, mean over seeds."""
    rows = found[(found["task"] == task) & (found["lang"] == "all")]
    assert all(sorted(seeds) == SEEDS for _, seeds in rows.groupby("setting")["seed"])
    return rows.groupby("setting")["accuracy"].mean()


def unseen(found: pd.DataFrame, task: str) -> pd.Series:
    rows = found[(found["task"] == task) & (found["setting"] == "zero_shot")]
    return rows.groupby("lang")["accuracy"].mean()


def test_the_table_is_of_these_weights_and_leaves_nothing_out(kept: pd.DataFrame) -> None:
    facts = json.loads((ROOT / "book/benchmarks/encoder.json").read_text())
    assert facts["weights"] == mini_encoder.digest(EMBEDDED)
    for task, definition in TASKS.items():
        assert set(overall(kept, task).index) == {*mini_encoder.SETTINGS}
        assert set(unseen(kept, task).index) == {*definition.languages}


def test_the_card_shows_the_learning_curve() -> None:
    curve = pd.read_csv(EMBEDDED / "curve.csv", index_col="step").filter(like="accuracy")
    lines = (EMBEDDED / "README.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    shown = {int(row[0]): row[1:] for row in cells if row[0].isdigit()}
    assert shown and max(shown) == curve.index[-1]
    for step, row in shown.items():
        assert row == [f"{value:.2f}" for value in curve.loc[step]]


def test_the_card_shows_the_table(kept: pd.DataFrame) -> None:
    card = (EMBEDDED / "README.md").read_text("utf-8")
    assert mini_encoder.summary(kept).to_markdown(disable_numparse=True) in card


@pytest.mark.parametrize("task", TASKS)
def test_it_brings_the_task_along_as_card_and_book_say(kept: pd.DataFrame, task: str) -> None:
    found = overall(kept, task)
    assert abs(found["after"] - found["frozen"]) < 0.03
    assert abs(found["before"] - 0.5) < 0.05


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("table", ["kept", pytest.param("anew", marks=pytest.mark.study)])
def test_it_learns_the_task(table: str, task: str, request: pytest.FixtureRequest) -> None:
    found = overall(request.getfixturevalue(table), task)
    assert found["after"] >= AFTER
    assert found["after"] >= found[["majority", "bag_of_words", "before"]].max() + MORE


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("table", ["kept", pytest.param("anew", marks=pytest.mark.study)])
def test_it_understands_a_language_that_was_left_out(
    table: str, task: str, request: pytest.FixtureRequest
) -> None:
    assert unseen(request.getfixturevalue(table), task).min() >= UNSEEN
