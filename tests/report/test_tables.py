"""Words, tables and numbers for readers: computed from tables, shown as text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up_scores import made_up_scores, training_set

from xlshare.analysis import rankings, removals
from xlshare.report import numbers, tables
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study
from xlshare.study.tasks import language_name


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(Study(task="pawsx", results=str(tmp_path)), "04_language_shares")


def test_words_that_differ_or_moved_are_marked_and_the_others_are_not() -> None:
    assert tables.marked("A met B in Rome", "B met A in Rome") == (
        "A ⟦met B⟧ in Rome / ⟦B met⟧ A in Rome"
    )
    assert tables.marked("one text", None) == "one text"
    assert tables.marked("A title\r\n\r\nits body", None) == "A title / its body"


def test_dataset_text_is_shown_as_text() -> None:
    shown = tables.table(pd.DataFrame({"text": ["<script>alert(1)</script> ⟦word⟧"]})).data
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert "<mark>word</mark>" in shown


def test_a_table_reads_as_words_and_numbers() -> None:
    frame = pd.DataFrame(
        {
            "test_lang": ["ko", "en"],
            "n": [62500, 7],
            "statistic": [789123975.5, -0.25],
            "mean_low": [np.nan, -0.00001],
            "p_holm": [0.0, 0.04],
        }
    )
    rows = BeautifulSoup(tables.table(frame).data, "html.parser").find_all("tr")
    heads, *shown = [[cell.text for cell in row.find_all(["th", "td"])] for row in rows]
    assert heads == ["test language", "n", "statistic", "mean low", "p holm"]
    assert shown[0] == ["English", "7", "−0.250", "0.000", "0.040"]
    assert shown[1] == ["Korean", "62,500", "789,123,976", "", "< 0.001"]


def test_a_table_has_intervals_behind_their_values() -> None:
    frame = pd.DataFrame({"a": [0.5, np.nan], "a_low": [-0.25, 0.1], "a_high": [1.0, 0.2]})
    rows = BeautifulSoup(tables.table(frame, 2).data, "html.parser").find_all("tr")
    assert [row.get_text().strip() for row in rows] == ["a", "0.50 (−0.25\u00a0to\u00a01.00)", ""]


def test_a_table_without_rows_says_so() -> None:
    assert "no such examples" in tables.table(pd.DataFrame({"share": []})).data


@pytest.mark.parametrize(("low", "finds"), [(0.6, True), (0.54, False)])
def test_a_page_says_when_its_model_is_not_above_the_baselines(
    run: Run, low: float, finds: bool
) -> None:
    facts = {
        "test_accuracy": 0.7,
        "test_accuracy_low": low,
        "test_accuracy_high": 0.8,
        "majority_accuracy": 0.5,
        "bag_of_words_accuracy": 0.55,
    }
    path = run.path("numbers/01_finetune.json")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(facts))
    said = tables.study(run).data
    assert "70% of the test examples" in said and "a bag of words 55%" in said
    assert ("finds nothing" in said) != finds


def test_a_title_of_a_readers_own_is_shown_as_it_is(tmp_path: Path) -> None:
    own = {"title": "<b>A_b</b> $x$", "text_a": "text", "labels": {0: "no", 1: "yes"}}
    data = {"dataset": "files", "languages": ["en", "<i>"]}
    study = Study(own_tasks={"own": own}, task="own", data=data, results=str(tmp_path))
    said = tables.study(Run(study, "01_finetune")).data
    assert r"**\<b\>A\_b\</b\> \$x\$** (English, \<i\>)" in said


def test_accuracy_has_a_row_a_language_with_an_interval_around_it() -> None:
    hits = [True] * 8 + [False] * 2
    tests = pd.DataFrame({"lang": ["en"] * 10 + ["ko"] * 10, "split": "test", "correct": hits * 2})
    levels = pd.DataFrame(
        {"method": m, "lang": lang, "accuracy": 0.5}
        for m in ("majority", "bag_of_words")
        for lang in ("en", "ko", "all")
    )
    table = tables.accuracy(tests, levels)
    assert table["language"].tolist() == ["English", "Korean", "all"]
    assert (table["accuracy"] == 0.8).all()
    assert ((table["low"] < 0.8) & (table["high"] > 0.8)).all()
    narrow = table.set_index("language")
    assert narrow.loc["all", "high"] < narrow.loc["Korean", "high"]


def test_the_mean_change_of_confidence_is_over_test_examples() -> None:
    rows = [
        {"test": test, "k": 5, "removed": removed, "change": change}
        for removed, changes in {"proponents": (-0.4, -0.2), "opponents": (0.1, 0.1)}.items()
        for test, change in zip("ab", changes)
    ]
    table = removals.mean_change(pd.DataFrame(rows)).set_index("removed")
    assert table.loc["proponents", "change"] == pytest.approx(-0.3)
    half = 12.706 * 0.1  # Student's t of one degree of freedom, times the standard error
    assert table.loc["proponents", "low"] == pytest.approx(-0.3 - half, rel=1e-4)
    assert table.loc["opponents", "high"] == pytest.approx(0.1)


def test_a_removal_is_compared_with_its_own_control_test_by_test(run: Run) -> None:
    changes = {
        "proponents": (-0.4, -0.2),
        "random like proponents": (-0.1, -0.1),
        "opponents": (0.1, 0.3),
        "random like opponents": (0.1, 0.1),
    }
    rows = [
        {"test": test, "test_lang": "en", "k": 5, "removed": removed, "change": change}
        for removed, pair in changes.items()
        for test, change in zip("ab", pair)
    ]
    retrained = pd.DataFrame(rows).sample(frac=1, random_state=0)
    by_test = removals.against_control(retrained)
    assert by_test["test"].tolist() == ["a", "b", "a", "b"]
    assert by_test["difference"].tolist() == pytest.approx([-0.3, -0.1, 0.0, 0.2])
    apart = removals.mean_difference(by_test)
    table = apart.set_index("removed")
    assert table["difference"].tolist() == pytest.approx([-0.2, 0.1])
    half = 12.706 * 0.1  # Student's t of one degree of freedom, times the standard error
    ends = table.loc["proponents", ["low", "high"]].tolist()
    assert ends == pytest.approx([-0.2 - half, -0.2 + half], rel=1e-4)
    assert removals.mean_difference(by_test[:1])["low"].isna().all()
    labels = pd.DataFrame({"share": [0.8, 0.6], "chance": [0.5, 0.5]})
    study = Study(quality={"removals": [5], "tests": 2})
    found = numbers.quality(study, removals.mean_change(retrained), apart, labels)
    assert found["beyond_random"] == pytest.approx(-0.2) and found["tests"] == 2
    assert found["same_label_share"] == pytest.approx(0.7) and found["same_label_chance"] == 0.5


def test_the_numbers_of_the_shares_are_means_over_test_languages(run: Run) -> None:
    scores = rankings.summed(made_up_scores(training_set()))
    top = rankings.top_of_both_signs(scores, 5)
    shares = rankings.language_shares(top, scores["train_lang"].values)
    averages = pd.DataFrame({"test_lang": ["en"], "train_lang": ["ko"], "mean": [1.0]})
    lists = pd.DataFrame(
        {
            "similarity": ["cosine", "dot"],
            "sign": "positive",
            "distinct": [9, 3],
            "train_lang": ["en", "ko"],
            "train_lang_share": [0.4, 0.9],
        }
    )
    mean_own = rankings.mean_own_share(top, scores["test"])
    found = numbers.language_shares(run.study, shares, mean_own, averages, lists)
    own = top[(top["sign"] == "positive")].assign(
        own=lambda rows: rows["train_lang"] == rows["test_lang"]
    )
    by_language = own.groupby("test_lang")["own"].mean()
    assert found["own_share_positive"] == pytest.approx(by_language.mean())
    assert found["own_share_positive_low"] <= by_language.mean() <= found["own_share_positive_high"]
    assert found["most_isolated"] == language_name(by_language.idxmax())
    assert found["most_shared_share"] == pytest.approx(by_language.min())
    assert (
        found["most_isolated_share_low"] <= by_language.max() <= found["most_isolated_share_high"]
    )
    others = shares[(shares["sign"] == "positive") & (shares["test_lang"] != shares["train_lang"])]
    given = others.groupby("train_lang")["share"].mean()
    assert found["top_giver"] == language_name(given.idxmax())
    assert found["least_giver_share"] == pytest.approx(given.min())
    assert found["tie_share"] == pytest.approx(others["share"].max())
    firsts = [
        rows.set_index("train_lang")["share"].idxmax() == lang
        for lang, rows in shares[shares["sign"] == "positive"].groupby("test_lang")
    ]
    assert found["own_first"] == sum(firsts) and found["languages"] == 3
    assert found["dot_dominant"] == "Korean" and found["distinct_dot"] == 3
    assert found["chance"] == pytest.approx(1 / 3)


def test_the_imbalance_table_compares_the_ends() -> None:
    shares = pd.DataFrame(
        [
            {"test_lang": lang, "train_lang": lang, "sign": sign, "extra": extra}
            | {
                "low": 0.1,
                "high": 0.9,
                "share": 0.2 + extra / 1000,
                "chance": 0.2 + extra / 1000 * (lang == "ko"),
            }
            for lang in ("es", "ko")
            for sign in ("positive", "negative")
            for extra in (0, 50, 100)
        ]
    )
    table = tables.imbalance(shares)
    assert list(table.columns[:2]) == ["language", "extra"] and len(table) == 6
    assert (table["positive_low"] == 0.1).all() and (table["negative_high"] == 0.9).all()
    gain = pd.DataFrame([{"gain": 0.05, "low": -0.01, "high": 0.11}])
    found = numbers.imbalance(Study(), table, gain)
    assert found["languages_rising"] == found["languages"] == 2
    assert found["positive_start"] == pytest.approx(0.2)
    assert found["positive_end"] == pytest.approx(0.3)
    assert found["extra_max"] == 1.0
    assert (found["beyond_chance"], found["beyond_chance_low"]) == (0.05, -0.01)


def test_example_lists_hold_the_test_its_proponents_and_its_opponents(run: Run) -> None:
    train = training_set()
    scores = rankings.summed(made_up_scores(training_set()))
    test = str(scores["test"].values[0])
    texts = train.assign(text_a="a b", text_b="b a")
    head = pd.DataFrame([{"id": test, "lang": "en", "label": 1, "text_a": "x", "text_b": "y"}])
    table = tables.example_list(run, scores, pd.concat([texts, head]), test, count=2)
    assert table["role"].tolist() == ["test", "proponent", "proponent", "opponent", "opponent"]
    ranked = scores.sel(test=test).to_series().sort_values()
    assert table["id"].tolist()[1:3] == ranked.index[::-1][:2].tolist()
    assert table["id"].tolist()[3:] == ranked.index[:2].tolist()
    assert np.isnan(table["score"].iloc[0])
