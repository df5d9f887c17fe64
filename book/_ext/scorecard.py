"""The scorecard's tables: what the paper says, and what two studies measured, with the verdicts.

    ```{scorecard}
    ```

prints every claim of `xlshare.analysis.claims` as judged by the recorded study and by the one that
this build shows, claims that neither can judge in one line per reason, and

    ```{beside-published} 3a
    ```

one of the paper's tables with the values of both studies below its own. Both come as files too.
`figure-readings` prints what each figure of the paper shows, and the verdicts on it,
`planted-truths` what was planted in the training data and whether the scores found it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from run_values import recorded_of, results_of
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from xlshare.analysis import claims, published
from xlshare.analysis.recovered import recovered
from xlshare.analysis.verdicts import NEEDS_TEXT, OUT_OF_SCOPE, by_reason
from xlshare.report.html import Column, VerdictColumn, records, table
from xlshare.report.values import Measured, deciding_digits, one, with_interval
from xlshare.study.results import Results
from xlshare.study.tasks import TASKS, language_name

VERDICTS = [VerdictColumn("recorded", "Recorded study"), VerdictColumn("here", "This run")]
SOURCES = {"paper": "paper", "recorded": "recorded", "here": "this run"}
NOT_TESTED = ("compare by eye",)


class Scorecard(SphinxDirective):
    """``scorecard``: every test of a claim with both verdicts; out of scope in both by reason."""

    columns = [Column("says", "The paper says"), *VERDICTS]
    reasons = [
        Column("why", "Out of scope in both because"),
        Column("claims", "Claims", "int"),
        Column("tests", "Tests", "int"),
        Column("names", "Which"),
    ]

    def run(self) -> list[nodes.Node]:
        """Two tables, and a link to all of it as a file."""
        results, recorded = results_of(self.env.app), recorded_of(self.env.app)
        theirs, ours = claims.scorecard(recorded), claims.scorecard(results)
        both = [theirs.assign(study="recorded"), ours.assign(study=results.study)]
        link = save(self, pd.concat(both), "scorecard")
        rows = judgements(theirs, ours)
        tables = [claims_table(rows, self.columns)] if rows else []
        return [*tables, claims_table(reasons(theirs, ours), self.reasons, link)]


class BesidePublished(SphinxDirective):
    """``beside-published``: Table 3a, 3b, 4 or 5 with the values of both studies."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table, or a sentence where neither study has such values."""
        number = self.arguments[0]
        cells = beside_published(recorded_of(self.env.app), results_of(self.env.app))
        cells = cells[cells["table"] == number]
        if cells.empty:
            text = f"Nothing to show: neither study has values for Table {number}."
            return [nodes.paragraph("", text, classes=["not-run"])]
        link = save(self, cells, f"table-{number}")
        return [
            nodes.raw("", f'<div class="published">{compared(cells)}{link}</div>', format="html")
        ]


class FigureReadings(SphinxDirective):
    """``figure-readings``: each figure's message with the verdicts on the claim that tests it."""

    columns = [Column("figure", "The paper's"), Column("message", "shows that"), *VERDICTS]

    def run(self) -> list[nodes.Node]:
        """The table; a figure that no claim tests is for the eye."""
        studies = {"recorded": recorded_of(self.env.app), "here": results_of(self.env.app)}
        cards = {name: claims.scorecard(results) for name, results in studies.items()}
        return [claims_table(readings(cards), self.columns)]


class PlantedTruths(SphinxDirective):
    """``planted-truths``: what was planted, what should be seen, and the verdict on each task."""

    def run(self) -> list[nodes.Node]:
        """The table, with a link to it as a file."""
        results = results_of(self.env.app)
        card = recovered(results)
        columns = [Column("claim", "Planted"), Column("says", "What should be seen")]
        columns += [VerdictColumn(task, results.title(task)) for task in card["task"].unique()]
        link = save(self, card, "planted-truths", f"the tables of {results.study}")
        return [claims_table(plants(card), columns, link)]


def plants(card: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a scorecard, the verdicts on all tasks side by side."""
    return [
        {"claim": claim, "says": says} | {str(row.task): judged(row) for row in rows.itertuples()}
        for (claim, says), rows in card.groupby(["claim", "says"], sort=False)
    ]


def judgements(recorded: pd.DataFrame, here: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of the tests that at least one of two studies judges."""
    pairs: Any = zip(recorded.itertuples(), here.itertuples(), strict=True)
    return [
        {"says": said(theirs), "recorded": judged(theirs), "here": judged(ours)}
        for theirs, ours in pairs
        if {theirs.verdict, ours.verdict} != {OUT_OF_SCOPE}
    ]


def reasons(recorded: pd.DataFrame, here: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of the reasons for which neither study judges a test."""
    out = (recorded["verdict"] == OUT_OF_SCOPE) & (here["verdict"] == OUT_OF_SCOPE)
    why = [reason(*pair) for pair in zip(recorded["why"], here["why"], strict=True)]
    return records(by_reason(recorded.assign(why=why)[out]))


def reason(recorded: str, here: str) -> str:
    """Why two studies do not judge a test, once where they agree.

    What needs real text is one reason, whatever keeps the recorded study from judging it.
    """
    if recorded == here:
        return sentences(here)
    if here == NEEDS_TEXT:
        return sentences(f"this run: {here}", "the recorded study cannot judge it either")
    return sentences(f"recorded study: {recorded}", f"this run: {here}")


def judged(row) -> tuple[str, ...]:
    """A verdict, with its effect and what was measured or, out of scope, with the reason."""
    if row.verdict == OUT_OF_SCOPE:
        return (f"{row.verdict}: {row.why}",)
    return row.verdict, effect(row), sentences(row.measured, row.why)


def readings(cards: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The rows of the paper's figures, each with the verdict of every scorecard."""
    verdicts = {name: card.set_index(["claim", "task"])["verdict"] for name, card in cards.items()}
    return [
        {"figure": f"{figure} ({place(section)})", "message": message}
        | {name: (of[claim, task],) if claim else NOT_TESTED for name, of in verdicts.items()}
        for figure, (section, message, claim, task) in published.FIGURES.items()
    ]


def beside_published(recorded: Results, here: Results) -> pd.DataFrame:
    """The cells of the paper's tables, each with the values of two studies."""
    names = {"here": "recorded", "low": "recorded_low", "high": "recorded_high"}
    theirs = claims.beside_published(recorded).astype({"paper": float}).rename(columns=names)
    ours = claims.beside_published(here).astype({"paper": float})
    return theirs.merge(ours, how="outer", on=["table", "task", "test_lang", "column", "paper"])


def compared(cells: pd.DataFrame) -> str:
    """One of the paper's tables: for every test language, a row of the paper and of each study."""
    translations = (cells["table"] == "4").all()
    keys = ["task", "column"] if translations else ["column"]
    long = cells.melt(["test_lang", *keys], [*SOURCES], "source")
    wide = long.pivot(index=["test_lang", "source"], columns=keys, values="value")
    if translations:
        wide = wide.sort_index(axis="columns").reindex(columns=[*TASKS], level="task")
    columns = [Column("test", "Test language"), Column("source", "Values")]
    style = "percent" if translations else ".3f"
    columns += [Column(f"c{i}", head(key), style) for i, key in enumerate(wide.columns)]
    wide.columns = [f"c{i}" for i in range(len(wide.columns))]
    rows = [
        {"test": language_name(lang), "source": words} | records(wide.loc[[(lang, source)]])[0]
        for lang in wide.index.unique("test_lang")
        for source, words in SOURCES.items()
    ]
    return table(rows, columns)


def head(key: str | tuple[str, str]) -> str:
    """The head of a column of the paper's tables."""
    if isinstance(key, tuple):
        return f"{TASKS[key[0]].title}, {key[1]}"
    return language_name(key)


def save(
    directive: SphinxDirective,
    frame: pd.DataFrame,
    stem: str,
    source: str = "the tables of both studies",
) -> str:
    """Publish a table as CSV beside the pages; returns the line that links to it."""
    app = directive.env.app
    folder = Path(app.outdir) / "_static/run"
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / f"{stem}.csv", index=False)
    url = "../" * directive.env.docname.count("/") + f"_static/run/{stem}.csv"
    link = f'<a download href="{url}">csv</a>'
    return f'<p class="stamp">computed from {escape(source)} · data: {link}</p>'


def claims_table(rows: list[dict], columns: list[Column], link: str = "") -> nodes.Node:
    """A table of claims, which narrow pages show as cards."""
    return nodes.raw("", f'<div class="claims">{table(rows, columns)}{link}</div>', format="html")


def place(section: str) -> str:
    """A place in the paper: its appendices have letters."""
    return f"Appendix {section}" if section[:1].isalpha() else f"Section {section}"


def said(row) -> str:
    """A claim, typeset, and where the paper makes it."""
    return f"{row.says} ({TASKS[row.task].title}, {place(row.section)})".replace("'", "’")


def sentences(*parts: str | None) -> str:
    """What was measured and why a verdict is what it is, each begun as a sentence."""
    told = " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)
    return told.replace("'", "’")


def effect(row) -> str:
    """An effect with its interval, or a p-value, which is no effect."""
    if row.p == row.p:
        return f"p = {one(row.p, 'p')}".replace("= <", "<")
    contents = int(row.contents) if row.contents == row.contents else None
    measured = Measured(row.effect, row.low, row.high, contents)
    more = (
        deciding_digits(measured, 0) if measured.has_interval else 0
    )  # than those of a percentage
    return with_interval(measured, f"+.{2 + more}f")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("scorecard", Scorecard)
    app.add_directive("beside-published", BesidePublished)
    app.add_directive("figure-readings", FigureReadings)
    app.add_directive("planted-truths", PlantedTruths)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
