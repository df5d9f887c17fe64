"""Tables of what the engine costs, as the scripts in `benchmarks/` left them.

    ```{benchmark-table} scaling
    ---
    name: tab-scaling
    columns: |
      tests = Tests | int
    only: tests
    ---
    A caption.
    ```

prints `book/benchmarks/scaling.csv` and below it the hardware, the date and the command, from the
`.json` beside it. `only` keeps the rows in which no other of the usual sizes varies, `every: 4`
each fourth row and the last. Where nobody has run the script yet, the page says so.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import pandas as pd
from docutils import nodes
from docutils.parsers.rst import directives
from panels import publish
from run_values import RunTable
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from xlshare.report.html import read_columns, records, table

SIZES = ("train", "tests", "tokens", "hidden", "layers")


class BenchmarkTable(RunTable):
    """``benchmark-table``: a file of book/benchmarks, with where and when it was measured."""

    option_spec = {
        **RunTable.option_spec,
        "only": directives.unchanged_required,
        "every": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """The numbered table, or a sentence where the benchmark has not been run."""
        path = file_of(self.env, self.arguments[0])
        if not path.is_file():
            return [self._not_measured()]
        frame = pd.read_csv(path)
        if "only" in self.options:
            frame = only(frame, self.options["only"])
        step = self.options.get("every", 1)
        frame = frame[(len(frame) - 1) % step :: step]
        try:
            columns = read_columns(self.options.get("columns", ""), frame.columns)
        except ValueError as error:
            raise self.error(str(error)) from None
        return [self._numbered(table(records(frame), columns) + self._measured(path))]

    def _measured(self, path: Path) -> str:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        publish(path, Path(self.env.app.outdir) / "_static/benchmarks")
        url = "../" * self.env.docname.count("/") + f"_static/benchmarks/{path.name}"
        words = [facts["hardware"], f"threads: {facts['threads']}", f"torch {facts['torch']}"]
        words += [f"transformers {facts['transformers']}"] if "transformers" in facts else []
        words += [facts["date"], facts["command"]]
        link = f'data: <a download href="{url}">csv</a>'
        return f'<p class="stamp">{" · ".join([*map(escape, words), link])}</p>'

    def _not_measured(self) -> nodes.Node:
        figure = self.node_class("", classes=["not-run"])
        figure += nodes.caption("", f"Not measured yet: {self.arguments[0]}.")
        self.set_source_info(figure)
        self.add_name(figure)
        return figure


def file_of(env: BuildEnvironment, name: str) -> Path:
    """The table of that name, on which the page now depends."""
    path = Path(env.srcdir) / "benchmarks" / f"{name}.csv"
    env.note_dependency(str(path))
    return path


def only(frame: pd.DataFrame, varied: str) -> pd.DataFrame:
    """The rows in which all sizes but one have their most frequent value, by that one."""
    fixed = [size for size in SIZES if size != varied]
    usual = (frame[fixed] == frame[fixed].mode().iloc[0]).all(axis=1)
    return frame[usual].drop_duplicates(varied).sort_values(varied)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("benchmark-table", BenchmarkTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
