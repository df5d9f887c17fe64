"""The scorecard of two studies: verdicts side by side, reasons once, published cells with both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from scorecard import (
    beside_published,
    compared,
    judgements,
    plants,
    readings,
    reason,
    reasons,
)
from test_book import build_page

from xlshare.analysis import published
from xlshare.analysis.verdicts import NEEDS_TEXT
from xlshare.report.html import VerdictColumn
from xlshare.study.artifacts import write_manifest
from xlshare.study.names import counts_table
from xlshare.study.results import Results

NOT_RUN = "03_quality did not run on XNLI"


def row(claim: str, verdict: str, why: str = "", **values: Any) -> dict[str, Any]:
    """A row of a scorecard."""
    empty = dict.fromkeys(("effect", "low", "high", "contents", "p"), np.nan)
    facts = {"claim": claim, "section": "6", "task": "xnli", "says": f"{claim} is so"}
    return facts | empty | {"measured": "", "verdict": verdict, "why": why} | values


def card(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows)


RECORDED = card(
    row("one", "holds", effect=0.3, low=0.2, high=0.4, contents=9.0, measured="share: English 30%"),
    row("two", "undecided", "p is large", p=0.2, measured="largest p 0.2"),
    row("three", "out of scope", NOT_RUN),
    row("four", "out of scope", NOT_RUN),
    row("five", "out of scope", "it is another method"),
)
HERE = card(
    row("one", "out of scope", NEEDS_TEXT, effect=0.1, low=0.0, high=0.2, measured="not shown"),
    row("two", "out of scope", NEEDS_TEXT),
    row("three", "contradicted", effect=-0.3, low=-0.4, high=-0.2, contents=2.0, measured="a 1%"),
    row("four", "out of scope", NEEDS_TEXT),
    row("five", "out of scope", "it is another method"),
)


def test_a_test_that_one_study_judges_has_the_verdicts_of_both() -> None:
    needs_text = ("out of scope: needs real text",)
    effect = "−0.30 (−0.40\u00a0to\u00a0−0.20; 2\u00a0test contents)"
    assert judgements(RECORDED, HERE) == [
        {
            "says": "one is so (XNLI, Section 6)",
            "recorded": (
                "holds",
                "+0.30 (+0.20\u00a0to\u00a0+0.40)",
                "Share: English 30%.",
            ),
            "here": needs_text,
        },
        {
            "says": "two is so (XNLI, Section 6)",
            "recorded": ("undecided", "p = 0.200", "Largest p 0.2. P is large."),
            "here": needs_text,
        },
        {
            "says": "three is so (XNLI, Section 6)",
            "recorded": (f"out of scope: {NOT_RUN}",),
            "here": ("contradicted", effect, "A 1%."),
        },
    ]


def test_what_neither_study_judges_is_one_line_for_each_pair_of_reasons() -> None:
    other = HERE.assign(why=HERE["why"].replace(NEEDS_TEXT, "it was too long"))
    both = f"Recorded study: {NOT_RUN}. This run: it was too long."
    assert reasons(RECORDED, other) == [
        {"why": both, "claims": 1, "tests": 1, "names": "four"},
        {"why": "It is another method.", "claims": 1, "tests": 1, "names": "five"},
    ]


def test_what_needs_real_text_is_one_line_whatever_the_recorded_study_lacks() -> None:
    out = card(*(row(name, "out of scope", why) for name, why in (("a", NOT_RUN), ("b", "other"))))
    here = out.assign(why=NEEDS_TEXT)
    why = f"This run: {NEEDS_TEXT}. The recorded study cannot judge it either."
    assert reasons(out, here) == [{"why": why, "claims": 2, "tests": 2, "names": "a; b"}]


def test_a_study_beside_itself_gives_each_reason_once() -> None:
    assert [line["why"] for line in reasons(RECORDED, RECORDED)] == [
        f"{NOT_RUN}.",
        "It is another method.",
    ]
    assert reason(NEEDS_TEXT, NEEDS_TEXT) == "Needs real text."


def test_studies_that_judge_everything_leave_no_reason() -> None:
    assert reasons(RECORDED[:2], RECORDED[:2]) == []


def cell(*lines: str) -> str:
    return VerdictColumn("here", "This run").cell({"here": lines})


def test_a_verdict_is_the_class_of_its_cell_and_its_first_line() -> None:
    head = 'data-head="This run"'
    assert cell("holds") == f'<td class="word holds" {head}><strong>holds</strong></td>'
    assert cell("out of scope: <b>") == (
        f'<td class="long out-of-scope" {head}><strong>out of scope</strong>: &lt;b&gt;</td>'
    )
    assert cell("holds", "+1 (0\u00a0to\u00a02)", "A < B.") == (
        f'<td class="long holds" {head}><strong>holds</strong><br>'
        '+1 <span class="unbroken">(0\u00a0to\u00a02)</span><br>A &lt; B.</td>'
    )


def test_a_figures_message_has_the_verdicts_of_both_studies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = {"Figure 1": ("6", "one is so", "one", "xnli"), "Figure 4": ("A", "see", "", "")}
    monkeypatch.setattr(published, "FIGURES", figures)
    first = {"figure": "Figure 1 (Section 6)", "message": "one is so"}
    second = {"figure": "Figure 4 (Appendix A)", "message": "see"}
    by_eye = dict.fromkeys(("recorded", "here"), ("compare by eye",))
    assert readings({"recorded": RECORDED, "here": HERE}) == [
        first | {"recorded": ("holds",), "here": ("out of scope",)},
        second | by_eye,
    ]


# ---- the paper's tables --------------------------------------------------------------------------


def write_counts(folder: Path, task: str, measure: str, rows: list[dict[str, Any]]) -> Path:
    """A study with one table of counts, each over two test contents; returns its folder."""
    contents = [one | {"content": content} for one in rows for content in ("a", "b")]
    table = pd.DataFrame(contents).assign(denominator=1.0, expected=0.2)
    path = folder / task / f"tables/{counts_table(measure)}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(path)
    write_manifest(path, {})
    numbers = folder / task / "numbers/01_finetune.json"
    numbers.parent.mkdir(exist_ok=True)
    numbers.write_text('{"test_accuracy_low": 0.7, "best_baseline": 0.6}', "utf-8")
    write_manifest(numbers, {})
    return folder


def means(folder: Path, task: str, english: float, german: float) -> Path:
    """A study with the mean scores of English and of German training examples."""
    scores = {"en": english, "de": german}
    rows = [
        {"test_lang": test, "train_lang": train, "numerator": score}
        for test in scores
        for train, score in scores.items()
    ]
    return write_counts(folder, task, "average_scores", rows)


def test_published_cells_have_the_values_of_both_studies(tmp_path: Path) -> None:
    recorded = Results(means(tmp_path / "recorded", "xnli", 0.5, 0.4))
    here = Results(means(tmp_path / "here", "pawsx", 0.25, 0.5))
    cells = beside_published(recorded, here)
    assert cells["table"].value_counts().to_dict() == {"3a": 25, "3b": 25}
    found = cells[(cells["test_lang"] == "en") & (cells["column"] == "en")].set_index("table")
    assert found["paper"].to_dict() == {"3a": 0.657, "3b": 0.308}
    assert found["recorded"].fillna(-1).to_dict() == {"3a": 0.5, "3b": -1}
    assert found["here"].fillna(-1).to_dict() == {"3a": -1, "3b": 0.25}
    assert beside_published(recorded, recorded)["table"].value_counts().to_dict() == {"3a": 25}
    assert beside_published(Results(tmp_path / "none"), Results(tmp_path / "none")).empty


def published_rows(html: str) -> list[list[str]]:
    """The cells of a table, head first."""
    page = BeautifulSoup(html, "html.parser")
    return [[cell.text for cell in line.find_all(["th", "td"])] for line in page.find_all("tr")]


def test_a_published_table_has_a_row_of_the_paper_and_of_each_study() -> None:
    values = {"paper": 0.4, "recorded": 0.5, "here": np.nan}
    cells = pd.DataFrame(
        {"table": "3a", "task": "xnli", "test_lang": test, "column": column} | values
        for test, column in (("ko", "en"), ("en", "de"), ("ko", "de"), ("en", "en"))
    )
    assert published_rows(compared(cells)) == [
        ["Test language", "Values", "German", "English"],
        ["English", "paper", "0.400", "0.400"],
        ["English", "recorded", "0.500", "0.500"],
        ["English", "this run", "–", "–"],
        ["Korean", "paper", "0.400", "0.400"],
        ["Korean", "recorded", "0.500", "0.500"],
        ["Korean", "this run", "–", "–"],
    ]


def test_the_table_of_translations_has_a_column_for_each_task_and_role() -> None:
    values = {"table": "4", "test_lang": "en", "paper": 0.58, "recorded": 0.444, "here": 0.31}
    cells = pd.DataFrame(
        values | {"task": task, "column": role}
        for task in ("pawsx", "xnli")
        for role in ("proponents", "opponents")
    )
    head, *rows = published_rows(compared(cells))
    assert head[2:] == [
        "XNLI, opponents",
        "XNLI, proponents",
        "PAWS-X, opponents",
        "PAWS-X, proponents",
    ]
    assert [line[2:] for line in rows] == [["58%"] * 4, ["44%"] * 4, ["31%"] * 4]


# ---- on a page -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_page_and_its_files_tell_of_both_studies(tmp_path: Path) -> None:
    here = means(tmp_path / "results/mine", "pawsx", 0.25, 0.5)
    means(tmp_path / "recorded/e5-small", "xnli", 0.5, 0.4)
    names = ("{scorecard}", "{figure-readings}", "{beside-published} 3a", "{beside-published} 5")
    text = "\n\n".join(f"```{name}\n```" for name in names)
    page, warnings = build_page(text, here, tmp_path)
    assert not warnings
    judged, out, figures = page.find_all(class_="claims")
    assert [head.text for head in judged.find_all("th")] == [
        "The paper says",
        "Recorded study",
        "This run",
    ]
    cells = [cell["class"] for cell in judged.find_all("td", attrs={"data-head": "This run"})]
    assert cells == [["long", "out-of-scope"], ["long", "contradicted"]]
    assert "Recorded study: " in out.text and "compare by eye" in figures.text
    assert "neither study has values for Table 5" in page.find(class_="not-run").text
    saved = pd.read_csv(tmp_path / "out/_static/run/scorecard.csv")
    assert saved.groupby("study").size().to_dict() == {"mine": 47, "recorded": 47}
    saved = pd.read_csv(tmp_path / "out/_static/run/table-3a.csv")
    assert len(saved) == 25 and saved["recorded"].notna().sum() == 4
    assert saved["here"].isna().all()


# ---- planted truth -------------------------------------------------------------------------------


def test_a_plant_has_one_row_and_each_task_a_column() -> None:
    facts = {"measured": "90%, by chance 10%", "effect": 0.8, "low": 0.7, "high": 0.9}
    found = row("a copy", "holds", contents=9.0, **facts)
    none = row("a copy", "out of scope", "it did not learn") | {"task": "marc"}
    assert plants(card(found, none, row("a cue", "undecided"))) == [
        {
            "claim": "a copy",
            "says": "a copy is so",
            "xnli": ("holds", "+0.80 (+0.70\u00a0to\u00a0+0.90)", "90%, by chance 10%."),
            "marc": ("out of scope: it did not learn",),
        },
        {"claim": "a cue", "says": "a cue is so", "xnli": ("undecided", "–", "")},
    ]


def test_the_page_shows_what_was_planted_on_each_task_that_ran_the_stage(tmp_path: Path) -> None:
    copied = [{"test_lang": "en", "role": "proponents", "numerator": 0.9}]
    here = write_counts(tmp_path / "results/mine", "pawsx", "planted_copy", copied)
    (here / "pawsx/numbers/10_planted.json").write_text("{}", "utf-8")
    page, warnings = build_page("```{planted-truths}\n```", here, tmp_path)
    assert not warnings
    assert [head.text for head in page.find_all("th")] == [
        "Planted",
        "What should be seen",
        "PAWS-X",
    ]
    cells = page.find_all("td", attrs={"data-head": "PAWS-X"})
    assert len(cells) == 6 and sum("out of scope" in cell.text for cell in cells) == 5
    assert cells[2].text.startswith("holds") and "90%, by chance 20%." in cells[2].text
    saved = pd.read_csv(tmp_path / "out/_static/run/planted-truths.csv")
    assert saved["verdict"].tolist().count("holds") == 1
    assert "computed from the tables of mine" in page.find(class_="stamp").text
