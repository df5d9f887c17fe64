"""The HTML of tables, of the switch between tasks, and of the stamp below a figure.

Every value and text is escaped here; a dataset's sentence may hold anything.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from value_formats import show

# Intervals, and places in the paper, stay on one line.
UNBROKEN = re.compile(r"\([^() ]+ to [^() ]+\)|\([\w-]+, (?:Section|Appendix) [\w.]+\)")
MARKS = {"⟦": "<mark>", "⟧": "</mark>"}  # how a table's text marks changed words


@dataclass(frozen=True)
class Column:
    """One column of a printed table: which value, under which head, in which style."""

    name: str
    head: str
    style: str = "text"

    def cell(self, values: Mapping[str, Any]) -> str:
        """The cell of one row."""
        text = escape(show(values, self.name, self.style))
        kind = "number" if self.style != "text" else "long" if len(text) > 40 else "word"
        for mark, tag in MARKS.items():
            text = text.replace(mark, tag)
        text = UNBROKEN.sub(r'<span class="unbroken">\g<0></span>', text)
        return f'<td class="{kind}" data-head="{escape(self.head)}">{text}</td>'


def read_columns(spec: str, available: Iterable[str]) -> list[Column]:
    """Columns from `name = Head | style; ...`; head and style may be left out, or the whole.

    Raises:
        ValueError: a column is not there.
    """
    available = list(available)
    columns = []
    for part in filter(None, map(str.strip, spec.replace("\n", ";").split(";"))):
        named, _, style = part.partition("|")
        name, _, head = (piece.strip() for piece in named.partition("="))
        if name not in available:
            raise ValueError(f"no column {name!r}: there are {', '.join(available)}")
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


def switched(panels: Mapping[str, str], titles: Mapping[str, str], group: str) -> str:
    """One panel a task, and above them a switch; without script all are shown, one by one."""
    choices, bodies = [], []
    for position, (task, html) in enumerate(panels.items()):
        title = escape(titles[task])
        checked = " checked" if position == 0 else ""
        choices.append(
            f'<label><input type="radio" name="{group}" value="{task}"{checked}>'
            f"<span>{title}</span></label>"
        )
        bodies.append(
            f'<div class="task-panel" data-task="{task}"><p class="task-title">{title}</p>'
            f"{html}</div>"
        )
    legend = '<legend class="for-screen-readers">Task</legend>'
    switch = f'<fieldset class="task-switch">{legend}{"".join(choices)}</fieldset>'
    return (switch if len(panels) > 1 else "") + "".join(bodies)


def stamp_line(
    notebooks: Mapping[str, str | None], facts: list[Mapping[str, Any]], files: Mapping[str, str]
) -> str:
    """Where a figure comes from: notebook, parameters, commit, device, seconds, data.

    Args:
        notebooks: the page of each task's executed notebook by the task's title, None where there
            is no such page.
        facts: of each task; what is the same is said once, seconds are added up.
        files: addresses of the data by kind.
    """
    names = [
        f'<a href="{escape(page)}">{escape(title)}</a>' if page else escape(title)
        for title, page in notebooks.items()
    ]
    told = [
        ", ".join(dict.fromkeys(escape(one[fact]) for one in facts))
        for fact in ("parameters", "commit", "device")
    ]
    told.append(f"{sum(one['seconds'] for one in facts):,.0f} s")
    links = [f'<a download href="{escape(url)}">{kind}</a>' for kind, url in files.items()]
    stage = escape(facts[0]["stage"])
    words = [f"notebook {stage} of {', '.join(names)}", *told, "data: " + ", ".join(links)]
    return f'<p class="stamp">{" · ".join(words)}</p>'


def publish(source: Path, folder: Path) -> dict[str, str]:
    """Copy a result beside the pages (a table as CSV too): file name by kind."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / source.name)
    files = {source.suffix[1:]: source.name}
    if source.suffix == ".parquet":
        pd.read_parquet(source).to_csv(folder / f"{source.stem}.csv", index=False)
        files = {"csv": f"{source.stem}.csv"} | files
    return files
