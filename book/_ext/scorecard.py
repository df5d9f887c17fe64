"""The scorecard's tables: what the paper says, what the study measured, the verdict.

    ```{scorecard}
    ```

prints every claim of `xlshare.analysis.claims` as judged by the study that the book shows, claims
out of scope in one line per reason, and

    ```{beside-published} 3a
    ```

one of the paper's tables with the study's own values beside it. Both come as files too.
`figure-readings` prints what each figure of the paper shows, and the verdict on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from run_values import results_of
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from xlshare.analysis import claims, published
from xlshare.analysis.verdicts import OUT_OF_SCOPE, by_reason
from xlshare.report.html import Column, records, table
from xlshare.report.values import Measured, deciding_digits, one, with_interval
from xlshare.study.tasks import TASKS, language_name


class Scorecard(SphinxDirective):
    """``scorecard``: every test of a claim with its verdict; out of scope by reason."""

    columns = [
        Column("says", "The paper says"),
        Column("verdict", "Verdict"),
        Column("measured", "Measured"),
        Column("effect", "Effect (95% interval)"),
    ]
    reasons = [
        Column("why", "Out of scope because"),
        Column("claims", "Claims", "int"),
        Column("tests", "Tests", "int"),
        Column("names", "Which"),
    ]

    def run(self) -> list[nodes.Node]:
        """Two tables, and a link to all of it as a file."""
        card = claims.scorecard(results_of(self.env.app))
        link = save(self, card, "scorecard")
        tested = card[card["verdict"] != OUT_OF_SCOPE]
        tests: Any = tested.itertuples()
        rows = [
            {"says": said(row), "verdict": row.verdict, "effect": effect(row)}
            | {"measured": sentences(row.measured, row.why)}
            for row in tests
        ]
        reasons = by_reason(card).assign(why=lambda found: found["why"].map(sentences))
        tables = [claims_table(rows, self.columns)] if rows else []
        return [*tables, claims_table(records(reasons), self.reasons, link)]


class BesidePublished(SphinxDirective):
    """``beside-published``: Table 3a, 3b, 4 or 5 with the study's values."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table, or a sentence where the study has no such values."""
        cells = claims.beside_published(results_of(self.env.app))
        cells = cells[cells["table"] == self.arguments[0]]
        if cells.empty:
            text = f"Nothing to show: this study has no values for Table {self.arguments[0]}."
            return [nodes.paragraph("", text, classes=["not-run"])]
        link = save(self, cells, f"table-{self.arguments[0]}")
        shown = cells.assign(cell=[self._cell(row) for row in cells.itertuples()])
        keys = ["task", "column"] if self.arguments[0] == "4" else ["column"]
        wide = shown.pivot(index="test_lang", columns=keys, values="cell")
        heads = [self._head(column) for column in wide.columns]
        wide.columns = [f"c{i}" for i in range(len(heads))]
        rows = wide.rename(index=language_name).rename_axis("test").reset_index()
        columns = [Column("test", "Test language")]
        columns += [Column(f"c{i}", head) for i, head in enumerate(heads)]
        return [nodes.raw("", table(records(rows), columns) + link, format="html")]

    def _cell(self, row) -> str:
        style = "percent" if self.arguments[0] == "4" else ".3f"
        return "\u00a0→\u00a0".join(one(value, style) for value in (row.paper, row.here))

    @staticmethod
    def _head(column: str | tuple[str, str]) -> str:
        if isinstance(column, tuple):
            return f"{TASKS[column[0]].title}, {column[1]}"
        return language_name(column)


class FigureReadings(SphinxDirective):
    """``figure-readings``: each figure's message with the verdict of the claim that tests it."""

    columns = [
        Column("figure", "The paper's"),
        Column("message", "shows that"),
        Column("verdict", "Verdict"),
    ]

    def run(self) -> list[nodes.Node]:
        """The table; a figure that no claim tests is for the eye."""
        card = claims.scorecard(results_of(self.env.app))
        verdicts = card.set_index(["claim", "task"])["verdict"]
        rows = [
            {"figure": f"{figure} ({place(section)})", "message": message}
            | {"verdict": verdicts[claim, task] if claim else "not tested: compare by eye"}
            for figure, (section, message, claim, task) in published.FIGURES.items()
        ]
        return [claims_table(rows, self.columns)]


def save(directive: SphinxDirective, frame: pd.DataFrame, stem: str) -> str:
    """Publish a table as CSV beside the pages; returns the line that links to it."""
    app = directive.env.app
    folder = Path(app.outdir) / "_static/run"
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / f"{stem}.csv", index=False)
    url = "../" * directive.env.docname.count("/") + f"_static/run/{stem}.csv"
    link = f'<a download href="{url}">csv</a>'
    return f'<p class="stamp">computed from the tables of the study · data: {link}</p>'


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
    return {"parallel_read_safe": True, "parallel_write_safe": True}
