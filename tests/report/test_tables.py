"""Words, tables and numbers for readers: computed from tables, shown as text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up_scores import made_up_scores, training_set

from xlshare.analysis import counts, languages, overlap, rankings
from xlshare.analysis.composition import concentration
from xlshare.analysis.distributions import average_scores
from xlshare.analysis.estimates import estimate
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
            "statistic": [789123975.5, -250.25],
            "mean": [123.5, -0.25],
            "mean_low": [np.nan, -0.00001],
            "p_holm": [0.0, 0.04],
        }
    )
    rows = BeautifulSoup(tables.table(frame).data, "html.parser").find_all("tr")
    heads, *shown = [[cell.text for cell in row.find_all(["th", "td"])] for row in rows]
    assert heads == ["test language", "n", "statistic", "mean", "mean low", "p holm"]
    assert shown[0] == ["English", "7", "−250", "−0.250", "0.000", "0.040"]
    assert shown[1] == ["Korean", "62,500", "789,123,976", "123.500", "–", "< 0.001"]


def test_a_table_has_intervals_behind_their_values() -> None:
    frame = pd.DataFrame({"a": [0.5, np.nan], "a_low": [-0.25, 0.1], "a_high": [1.0, 0.2]})
    rows = BeautifulSoup(tables.table(frame, 2).data, "html.parser").find_all("tr")
    assert [row.get_text().strip() for row in rows] == ["a", "0.50 (−0.25\u00a0to\u00a01.00)", "–"]


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
        "best_baseline": 0.55,
    }
    run.save_numbers("01_finetune", facts)
    said = tables.study(run).data
    assert "70% of the test examples" in said and "a bag of words 55%" in said
    assert ("finds nothing" in said) != finds


def test_a_task_of_a_readers_own_goes_by_its_name(tmp_path: Path) -> None:
    """Its title may change without a notebook running again; the book takes it from the study."""
    own = {"title": "<b>A_b</b> $x$", "text_a": "text", "labels": {0: "no", 1: "yes"}}
    data = {"dataset": "files", "languages": ["en", "<i>"]}
    study = Study(own_tasks={"own": own}, task="own", data=data, results=str(tmp_path))
    said = tables.study(Run(study, "01_finetune")).data
    assert r"task **own** (English, \<i\>)" in said


def test_accuracy_has_a_row_per_language_with_an_interval_around_it() -> None:
    hits = [True] * 8 + [False] * 2
    tests = pd.DataFrame({"lang": ["en"] * 10 + ["ko"] * 10, "split": "test", "correct": hits * 2})
    tests = tests.assign(id=tests.index, group=tests.index)
    levels = pd.DataFrame(
        {"method": m, "lang": lang, "accuracy": 0.5}
        for m in ("majority", "bag_of_words")
        for lang in ("en", "ko", "all")
    )
    table = tables.accuracy(counts.accuracy(tests), levels)
    assert table["language"].tolist() == ["English", "Korean", "all"]
    assert (table["accuracy"] == 0.8).all()
    assert ((table["low"] < 0.8) & (table["high"] > 0.8)).all()
    assert table["examples"].tolist() == table["contents"].tolist() == [10, 10, 20]
    narrow = table.set_index("language")
    assert narrow.loc["all", "high"] < narrow.loc["Korean", "high"]


def test_an_estimate_reads_as_a_value_with_its_interval_and_chance() -> None:
    frame = pd.DataFrame({"test_lang": ["ko"], "value": [0.3], "low": [0.2], "high": [0.4]})
    frame = frame.assign(expected=0.2, beyond=0.1, beyond_low=0.0, beyond_high=0.2)
    rows = BeautifulSoup(tables.table(frame.assign(contents=2, seeds=1), 1).data, "html.parser")
    heads, shown = ([c.text for c in row.find_all(["th", "td"])] for row in rows.find_all("tr"))
    assert heads == ["test language", "value", "by chance", "contents"]
    assert shown == ["Korean", "0.3 (0.2\u00a0to\u00a00.4)", "0.2", "2"]


def test_no_interval_is_printed_beside_a_languages_name() -> None:
    scores = rankings.summed(made_up_scores(training_set()))
    lists = {kind: rankings.top_lists(scores, 5) for kind in ("cosine", "dot")}
    counted = [concentration(lists[kind]).assign(similarity=kind) for kind in lists]
    shown = tables.table(tables.concentration(lists, pd.concat(counted))).data
    assert not re.search(r"(Korean|English|German) \(", shown) and "Korean" in shown


@pytest.fixture
def shares() -> pd.DataFrame:
    """Counts of made-up lists."""
    scores = rankings.summed(made_up_scores(training_set(), tests=6))
    return languages.language_shares(rankings.top_lists(scores, 5), scores["train_lang"].values)


@pytest.mark.slow
def test_the_numbers_of_the_shares_are_means_over_test_languages(
    run: Run, shares: pd.DataFrame
) -> None:
    scores = rankings.summed(made_up_scores(training_set(), tests=6))
    lengths, means = languages.list_lengths(scores, 5), average_scores(scores)
    found = numbers.language_shares(run.study, shares, lengths, means)
    assert found["list_length_proponents"] == 5
    rates = shares[shares["role"] == "proponents"].assign(
        rate=lambda rows: rows["numerator"] / rows["denominator"]
    )
    cells = rates.groupby(["test_lang", "train_lang"])["rate"].mean().unstack()
    own = pd.Series(np.diag(cells), cells.index)
    for name, value in {
        "own_share_proponents": own.mean(),
        "others_share": 1 - own.mean(),
        "most_isolated_share": own.max(),
        "most_shared_share": own.min(),
    }.items():
        assert found[name] == pytest.approx(value)
        assert found[f"{name}_low"] <= value <= found[f"{name}_high"]
        beyond = value - found[f"{name}_chance"]
        assert found[f"{name}_beyond"] == pytest.approx(beyond)
    names = [language_name(lang) for lang in own.index[np.isclose(own, own.max())]]
    assert found["most_isolated"] == " and ".join(names)
    others = cells.where(~np.eye(3, dtype=bool))
    assert found["top_giver"] == language_name(others.mean().idxmax())
    assert found["least_giver_share"] == pytest.approx(others.mean().min())
    assert found["tie_share"] == pytest.approx(others.max().max())
    assert found["own_first"] == sum(own > others.max(axis=1))
    assert found["chance"] == pytest.approx(1 / 3) and found["languages"] == 3


def made_up_shares(cells: list[list[int]], contents: int = 12) -> pd.DataFrame:
    """Counts of lists of ten places that are the same for every content: a row a test language."""
    languages = ["de", "en", "fr"]
    return pd.DataFrame(
        {"role": role, "test_lang": test, "train_lang": train, "content": content}
        | {"numerator": cells[i][j], "denominator": 10, "expected": 10 / 3}
        for role in ("proponents", "opponents")
        for i, test in enumerate(languages)
        for j, train in enumerate(languages)
        for content in map(str, range(contents))
    )


def named_extremes(run: Run, cells: list[list[int]]) -> dict:
    counted = made_up_shares(cells)
    scores = rankings.summed(made_up_scores(training_set(), tests=6))
    lengths, means = languages.list_lengths(scores, 5), average_scores(scores)
    return numbers.language_shares(run.study, counted, lengths, means)


def test_languages_that_tie_are_not_named_as_extremes(run: Run) -> None:
    found = named_extremes(run, [[10, 0, 0], [0, 10, 0], [0, 0, 10]])
    for name in ("most_isolated", "most_shared", "top_giver", "least_giver", "top_opponent"):
        assert found[name] == numbers.ALIKE, name
    assert found["most_isolated_share"] == found["most_shared_share"] == 1
    assert found["tie_of"] == found["tie_to"] == found["tie_share"] == numbers.SEVERAL
    differ = [found[f"{what}_that_differ"] for what in ("own", "givers", "opponents")]
    assert differ == [0, 0, 0] and found["own_first"] == 3


def test_extremes_are_every_language_that_has_the_value(run: Run) -> None:
    found = named_extremes(run, [[6, 2, 2], [1, 6, 3], [4, 4, 2]])
    assert found["most_isolated"] == "German and English" and found["most_shared"] == "French"
    assert found["own_that_differ"] == 2 and found["own_first"] == 2
    assert found["tie_of"] == "none (several alike)"


def test_a_share_as_large_as_anothers_is_not_first(run: Run) -> None:
    found = named_extremes(run, [[5, 5, 0], [3, 6, 1], [1, 2, 7]])
    assert found["own_first"] == 2
    assert (found["tie_of"], found["tie_to"], found["tie_share"]) == ("German", "English", 0.5)


def test_chance_decides_the_verb() -> None:
    numbers_of = {"a_beyond_low": 0.01, "a_beyond_high": 0.2}
    assert numbers.versus_chance(numbers_of, "a") == "more than"
    row = pd.Series({"beyond_low": -0.3, "beyond_high": -0.1})
    assert numbers.versus_chance(row) == "less than"
    unclear = "not distinguishable from"
    assert numbers.versus_chance({"beyond_low": -0.1, "beyond_high": 0.1}) == unclear
    assert numbers.versus_chance({"beyond_low": float("nan"), "beyond_high": 0.1}) == unclear
    assert numbers.versus_chance({"beyond_low": "unknown", "beyond_high": "unknown"}) == unclear


def test_imbalance_compares_the_ends(shares: pd.DataFrame) -> None:
    more = shares.assign(extra=100, expected=0.5, numerator=shares["denominator"])
    counted = pd.concat([shares.assign(extra=0), more], ignore_index=True)
    table = tables.imbalance(estimate(counted, ["extra", "role", "test_lang", "train_lang"]))
    assert list(table.columns[:2]) == ["language", "extra"] and len(table) == 6
    assert table.loc[table["extra"] == 100, "proponents"].tolist() == [1, 1, 1]
    assert table["chance"].round(3).tolist() == [0.333, 0.5] * 3
    found = numbers.imbalance(Study(), counted)
    assert found["languages_rising"] == found["languages"] == 3 and found["extra_max"] == 1.0
    gain = found["proponents_end"] - found["proponents_start"]
    assert found["beyond_chance"] == pytest.approx(gain - (0.5 - 1 / 3))
    assert found["beyond_chance_low"] < found["beyond_chance"] < found["beyond_chance_high"]


def test_quality_says_how_many_contents_are_behind_it() -> None:
    rows = [
        {"removed": removed, "k": 5, "test_lang": "en", "test": test, "content": test}
        | {"numerator": change, "denominator": 1, "expected": np.nan}
        for removed, pair in {
            "proponents": (-0.4, -0.2),
            "random like proponents": (-0.1, -0.1),
            "opponents": (0.1, 0.3),
            "random like opponents": (0.1, 0.1),
        }.items()
        for test, change in zip("ab", pair)
    ]
    study = Study(quality={"removals": [5], "tests": 2})
    found = numbers.quality(study, pd.DataFrame(rows))
    assert found["beyond_random"] == pytest.approx(-0.2) and found["tests"] == 2


def test_shares_of_the_same_label_stand_beside_their_chance() -> None:
    labels = pd.DataFrame({"test_lang": ["en", "de"], "role": "proponents", "test": ["a", "b"]})
    labels = labels.assign(content=["a", "b"], numerator=[8, 6], denominator=10, expected=0.5)
    found = numbers.labels(labels)
    assert found["same_label_proponents"] == pytest.approx(0.7)
    assert found["same_label_proponents_chance"] == 0.5
    assert found["same_label_opponents_contents"] == 0


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


@pytest.mark.slow
def test_a_role_whose_lists_are_empty_has_its_names_and_columns(run: Run) -> None:
    """Where every score is positive there are no opponents, and pages say so."""
    train = training_set()
    scores = abs(rankings.summed(made_up_scores(train, tests=6))) + 1
    lists = rankings.top_lists(scores, 5)
    counted = languages.language_shares(lists, scores["train_lang"].values)
    lengths, means = languages.list_lengths(scores, 5), average_scores(scores)
    found = numbers.language_shares(run.study, counted, lengths, means)
    assert found["top_opponent"] == found["top_opponent_share"] == numbers.EMPTY
    assert np.isnan(found["own_share_opponents"]) and found["list_length_opponents"] == 0
    kinds = {kind: lists for kind in ("cosine", "dot")}
    few = pd.concat([concentration(lists).assign(similarity=kind) for kind in kinds])
    facts = numbers.concentration(tables.concentration(kinds, few))
    assert facts["ten_examples_share_opponents"] == numbers.EMPTY
    translated = overlap.translations(lists, train)
    repeated = numbers.reinforcement(run.study, translated)
    assert repeated["opponents_chance"].startswith("none")
    wide = tables.by_role(estimate(translated, ["role", "test_lang"]))
    assert wide["opponents"].isna().all() and wide["opponents_chance"].isna().all()
