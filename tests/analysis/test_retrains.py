"""Counts of retrained models are those of their own scores, examples and predictions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from xlshare.analysis import retrains
from xlshare.analysis.languages import language_shares
from xlshare.analysis.overlap import returned
from xlshare.analysis.rankings import top_lists
from xlshare.analysis.scores import read_scores
from xlshare.study import artifacts, names
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study


@pytest.fixture(scope="module")
def run(made_up_results: Path) -> Run:
    from made_up_book import STUDY

    study = Study.of({**STUDY, "task": "pawsx", "results": str(made_up_results)})
    return Run(study, "07_zero_shot")


def lists(run: Run, lang: str) -> pd.DataFrame:
    top = top_lists(read_scores(run.study, variant=run.variant), run.study.influence.top_k)
    return top[top["test_lang"] == lang].reset_index(drop=True)


def languages(run: Run) -> pd.Series:
    table = artifacts.read_examples(run.study, variant=run.variant)
    return table.loc[table["split"] == "train", "lang"]


@pytest.mark.slow
def test_zero_shot_compares_the_model_with_the_one_that_lacks_the_language(run: Run) -> None:
    alone = Run(run.study, "07_zero_shot", variant=names.without("ko"))
    found = retrains.zero_shot(run, {"ko": alone})
    for model, one in (("with", run), ("without", alone)):
        shares, accuracy = (
            table[table["model"] == model].drop(columns="model")
            for table in (found["zero_shot_shares"], found["zero_shot_accuracy"])
        )
        expected = language_shares(lists(one, "ko"), languages(one))
        pd.testing.assert_frame_equal(shares.reset_index(drop=True), expected)
        predictions = artifacts.read_examples(run.study, "predictions", variant=one.variant)
        mine = predictions[(predictions["lang"] == "ko") & (predictions["split"] == "test")]
        assert accuracy["numerator"].tolist() == mine["correct"].astype(int).tolist()
        assert set(accuracy["test_lang"]) == {"ko"}
    train = retrains.train_examples(run)
    back = returned(lists(run, "ko"), lists(alone, "ko"), "ko", train)
    pd.testing.assert_frame_equal(found["returned"], back)


def test_imbalance_begins_with_the_balanced_run(run: Run) -> None:
    runs = {
        ("de", extra): Run(run.study, "08_imbalance", variant=names.with_more("de", extra))
        for extra in (50, 100)
    }
    counts = retrains.imbalance_shares(run, runs)
    for extra, one in {0: run, 50: runs["de", 50], 100: runs["de", 100]}.items():
        expected = language_shares(lists(one, "de"), languages(one))
        found = counts[counts["extra"] == extra].drop(columns="extra").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)
    chance = counts[counts["train_lang"] == "de"].groupby("extra")["expected"].first()
    assert chance.to_dict() == pytest.approx({0: 1 / 5, 50: 1.5 / 5.5, 100: 2 / 6})
