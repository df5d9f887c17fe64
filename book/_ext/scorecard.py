"""The scorecard's tables: what the paper says, what the study measured, the verdict.

    ```{scorecard}
    ```

prints every claim of `xlshare.analysis.claims` as judged by the study that the book shows, and

    ```{beside-published} 3a
    ```

one of the paper's tables with the study's own values beside it. Both come as files too.
``{verdicts}`holds` `` is the number of tests of claims with that verdict, in a sentence.
`figure-readings` prints what each figure of the paper is there to say, and the verdict on it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
from docutils import nodes
from run_html import Column, table
from run_prose import RunRole
from run_values import results_of
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from value_formats import one, show

from xlshare.analysis import claims, published
from xlshare.analysis.verdicts import tally
from xlshare.study.parameters import nearest
from xlshare.study.results import Results
from xlshare.study.tasks import TASKS, language_name


@cache
def card_of(results: Results) -> pd.DataFrame:
    """The study's scorecard, which several pages ask for."""
    return claims.scorecard(results)


class Verdicts(RunRole):
    """``{verdicts}`holds` ``: how many tests of claims have a verdict; also `claims`, `tests`."""

    def shown(self, results: Results) -> str:
        """The number."""
        found = tally(card_of(results))
        if self.text not in found:
            raise ValueError(f"no verdict {self.text!r}{nearest(self.text, found)}")
        return str(found[self.text])


class Scorecard(SphinxDirective):
    """``scorecard``: every claim with its verdict."""

    columns = [
        Column("says", "The paper says"),
        Column("verdict", "Verdict here"),
        Column("measured", "Measured"),
        Column("effect", "Effect (95% interval)"),
    ]

    def run(self) -> list[nodes.Node]:
        """The table, and a link to it as a file."""
        card = card_of(results_of(self.env.app)).copy()
        link = save(self, card, "scorecard")
        rows = list(card.itertuples())
        card["says"] = [said(row) for row in rows]
        card["measured"] = [sentences(r.measured, r.why) for r in rows]
        card["effect"] = [effect(r.effect, r.low, r.high) for r in rows]
        return [claims_table(missing_as_none(card), self.columns, link)]


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
        return [nodes.raw("", table(missing_as_none(rows), columns) + link, format="html")]

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
        Column("message", "is there to say that"),
        Column("verdict", "Verdict here"),
    ]

    def run(self) -> list[nodes.Node]:
        """The table; a figure that no claim tests is for the eye."""
        card = card_of(results_of(self.env.app)).copy()
        verdicts = card.set_index(["claim", "task"])["verdict"]
        rows = [
            {"figure": f"{figure} ({place(section)})", "message": message}
            | {"verdict": verdicts[claim, task] if claim else "is to be looked at"}
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


def effect(value: float, low: float, high: float) -> str:
    """An effect for readers, with its interval where it has one."""
    values = {"effect": value, "effect_low": low, "effect_high": high}
    return show(values, "effect", "+.2f" if low != low else "+.2f ci")


def missing_as_none(frame: pd.DataFrame) -> list[dict]:
    """Rows whose missing values are None, as tables print them."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_role("verdicts", Verdicts())
    app.add_directive("scorecard", Scorecard)
    app.add_directive("beside-published", BesidePublished)
    app.add_directive("figure-readings", FigureReadings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
