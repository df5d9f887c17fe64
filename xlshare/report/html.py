"""Tables as HTML, for the book's pages and for notebooks alike.

Every value and text is escaped here; a dataset's sentence may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from xlshare.report.values import show
from xlshare.study.parameters import nearest

# Intervals, and places in the paper, stay on one line.
UNBROKEN = re.compile(r"\([^() ]+[ \xa0]to[ \xa0][^() ]+\)|\([\w-]+, (?:Section|Appendix) [\w.]+\)")
MARKS = {"⟦": "<mark>", "⟧": "</mark>"}  # how a table's text marks changed words
LONG = 40  # characters from which a text gets room


@dataclass(frozen=True)
class Column:
    """One column of a printed table: which value, under which head, in which style."""

    name: str
    head: str
    style: str = "text"

    def cell(self, values: Mapping[str, Any]) -> str:
        """The cell of one row."""
        text = show(values, self.name, self.style)
        kind = "number" if self.style != "text" else "long" if len(escape(text)) > LONG else "word"
        return self._td(kind, marked(text))

    def _td(self, kind: str, html: str) -> str:
        return f'<td class="{kind}" data-head="{escape(self.head)}">{html}</td>'


@dataclass(frozen=True)
class VerdictColumn(Column):
    """One column of cells with several lines each; the first is a verdict, or "verdict: why"."""

    def cell(self, values: Mapping[str, Any]) -> str:
        """The cell of one row, which has its verdict as a class."""
        first, *lines = values[self.name]
        verdict, colon, why = first.partition(": ")
        kind = f"{'long' if lines or colon else 'word'} {verdict.replace(' ', '-')}"
        judged = f"<strong>{escape(verdict)}</strong>{colon}{marked(why)}"
        return self._td(escape(kind), "<br>".join([judged, *map(marked, lines)]))


def marked(text: str) -> str:
    """A text as HTML: changed words are marked, what belongs together stays on one line."""
    html = escape(text)
    for mark, tag in MARKS.items():
        html = html.replace(mark, tag)
    return UNBROKEN.sub(r'<span class="unbroken">\g<0></span>', html)


def read_columns(spec: str, available: Iterable[str]) -> list[Column]:
    """Columns from `name = Head | style; ...`; head and style may be left out, or the whole.

    Raises:
        ValueError: a column is not there; names the nearest.
    """
    available = list(available)
    columns = []
    for part in filter(None, map(str.strip, spec.replace("\n", ";").split(";"))):
        named, _, style = part.partition("|")
        name, _, head = (piece.strip() for piece in named.partition("="))
        if name not in available:
            raise ValueError(f"no column {name!r}{nearest(name, available)}")
        columns.append(Column(name, head or name, style.strip() or "text"))
    return columns or [Column(name, name) for name in available]


def default_styles(columns: list[Column], frame: pd.DataFrame) -> list[Column]:
    """Give numbers of a table that is printed whole three decimals."""
    return [
        Column(column.name, column.head, ".3f")
        if column.style == "text" and pd.api.types.is_float_dtype(frame[column.name])
        else column
        for column in columns
    ]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows; missing values are None."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def table(rows: Iterable[Mapping[str, Any]], columns: list[Column]) -> str:
    """A table that scrolls within itself on a narrow page."""
    heads = "".join(f'<th scope="col">{escape(column.head)}</th>' for column in columns)
    lines = ["".join(column.cell(row) for column in columns) for row in rows]
    none = f'<td colspan="{len(columns)}">no rows: nothing to compare in this study</td>'
    body = "".join(f"<tr>{line}</tr>" for line in lines or [none])
    label = escape(f"Table: {', '.join(column.head for column in columns)}")
    return (
        f'<div class="run-table" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
