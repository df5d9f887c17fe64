"""Figures and tables of a run in the book's pages: nothing measured is typed by hand.

    ```{run-figure} language_shares
    :name: fig-shares
    Who relies on whom.
    ```

shows every task that ran the stage, behind one switch; `pawsx/language_shares` that task alone.
`run-table` prints a saved table, `run-numbers` a stage's numbers, one line per task, and
`run-overview` shares of all tasks in one figure. With `:recorded:` they show the recorded study
instead. What a stage should have saved and did not is an error; what the study did not run is said
in words. Below each is a stamp: notebook, parameters, commit, device, seconds, and the data as
files (`:data:` names the table that a figure was drawn from).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from docutils import nodes
from docutils.parsers.rst import directives
from panels import publish, stamp_line, switched
from plotly_figures import figure_html
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from stamps import stage_of, stamp

from xlshare.analysis.overview import overview
from xlshare.report import figures
from xlshare.report.html import Column, default_styles, read_columns, records, table
from xlshare.study.parameters import PARALLEL_ONLY
from xlshare.study.results import Results

RECORDED = "recorded/e5-small"  # of real languages, seen from the book's folder


def results_of(app: Sphinx) -> Results:
    """The study that this build shows.

    Raises:
        ValueError: there is no such folder, or nothing ran in it.
    """
    folder = Path(app.config.xlshare_results or os.environ.get("XLSHARE_RESULTS") or "none")
    left_out = json.loads(os.environ.get("XLSHARE_LEFT_OUT") or "[]")
    words = json.loads(os.environ.get("XLSHARE_WORDS") or "{}")
    results = Results(folder.resolve(), frozenset(map(tuple, left_out)), words)
    if not results.tasks:
        raise ValueError(
            f"no results of a study in {str(results.folder)!r}: run the study, then "
            "`xlshare report --study NAME` (or set XLSHARE_RESULTS to results/NAME)"
        )
    return results


def recorded_of(app: Sphinx) -> Results:
    """The recorded study, which every build shows."""
    return Results(Path(app.srcdir) / RECORDED)


class run_table(nodes.figure):
    """A figure that is numbered among the tables."""


class RunArtifact(SphinxDirective):
    """What figures, tables and numbers share: choice of tasks, caption, number, stamp."""

    required_arguments = 1
    has_content = True
    option_spec: dict[str, Callable] = {
        "name": directives.unchanged_required,
        "recorded": directives.flag,
    }
    node_class: type[nodes.figure] = nodes.figure

    def run(self) -> list[nodes.Node]:
        """The numbered figure or, where nothing ran, a sentence."""
        wanted, _, name = self.arguments[0].rpartition("/")
        try:
            self.recorded = "recorded" in self.options
            self.results = (recorded_of if self.recorded else results_of)(self.env.app)
            tasks = [wanted] if wanted else list(self.results.known)
            stage = self.stage(name)
            ran = [task for task in tasks if self.results.ran(task, stage)]
            html = self.html(ran, name) if ran else ""
        except ValueError as error:
            raise self.error(str(error)) from None
        return [self._numbered(html) if ran else self._not_run(stage, tasks)]

    def stage(self, name: str) -> str:
        """The stage that makes it."""
        return stage_of(name)

    def html(self, tasks: list[str], name: str) -> str:
        """What is above the caption: one panel per task."""
        panels = {task: self.panel(task, name) for task in tasks}
        titles = {task: self.results.title(task) for task in tasks}
        return switched(panels, titles, group=f"task-{self.env.new_serialno('run')}")

    def panel(self, task: str, name: str) -> str:
        """What one task shows."""
        raise NotImplementedError

    def stamp(self, task: str, path: Path, data: Path | None = None) -> str:
        """The line below a panel; publishes the data that it links to."""
        facts = stamp(path)
        folder = Path(self.env.app.outdir) / "_static/run"
        files = publish(data or path, folder, before=self.before(task))
        urls = {kind: f"{self.up()}_static/run/{file}" for kind, file in files.items()}
        notebook = {self.results.title(task): self.notebook_page(task, facts["stage"])}
        return stamp_line(notebook, [facts], urls)

    def before(self, task: str) -> str:
        """What the names of a task's files begin with."""
        return f"recorded-{task}-" if self.recorded else f"{task}-"

    def up(self) -> str:
        """From this page to the root of the site."""
        return "../" * self.env.docname.count("/")

    def notebook_page(self, task: str, stage: str) -> str | None:
        """The address of the page of an executed notebook, where there is one."""
        page = f"run/{task}/{stage}"
        if self.recorded or page not in self.env.found_docs:
            return None
        return self.env.app.builder.get_relative_uri(self.env.docname, page)

    def _not_run(self, stage: str, tasks: list[str]) -> nodes.Node:
        """A sentence instead of the figure, numbered like it because pages refer to it."""
        tasks = [task for task in tasks if task in self.results.tasks] or tasks
        titles = ", ".join(self.results.title(task) for task in tasks)
        text = f"Nothing to show: this study did not run {stage} on {titles}"
        if stage in PARALLEL_ONLY and not any(self.results.known[t].parallel for t in tasks):
            text += ", because it needs translations and these data are not parallel"
        figure = self.node_class("", nodes.caption("", f"{text}."), classes=["not-run"])
        self.set_source_info(figure)
        self.add_name(figure)
        return figure

    def _numbered(self, html: str) -> nodes.Node:
        figure = self.node_class("", nodes.raw("", html, format="html"), classes=["from-run"])
        self.set_source_info(figure)
        parsed = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, parsed)
        for position, part in enumerate(parsed.children):
            figure += nodes.legend("", part) if position else nodes.caption("", "", *part.children)
        self.add_name(figure)
        return figure


class RunFigure(RunArtifact):
    """``run-figure``: a saved plotly figure; `:data:` names the table that it was drawn from."""

    option_spec = {**RunArtifact.option_spec, "data": directives.unchanged_required}

    def panel(self, task: str, name: str) -> str:
        """The figure's JSON, to be drawn by the page."""
        path = self.results.path(task, f"figures/{name}.json")
        drawn_from = f"tables/{self.options['data']}.parquet" if "data" in self.options else None
        data = self.results.path(task, drawn_from) if drawn_from else path
        return figure_html(self.results.figure(task, name)) + self.stamp(task, path, data)


class RunTable(RunArtifact):
    """``run-table``: a saved table; `:columns:` chooses, names and formats its columns."""

    node_class = run_table
    option_spec = {**RunArtifact.option_spec, "columns": directives.unchanged_required}

    def panel(self, task: str, name: str) -> str:
        """The table's rows."""
        path = self.results.path(task, f"tables/{name}.parquet")
        frame = self.results.table(task, name)
        columns = read_columns(self.options.get("columns", ""), frame.columns)
        return table(records(frame), default_styles(columns, frame)) + self.stamp(task, path)


class RunNumbers(RunTable):
    """``run-numbers``: numbers that a stage saved, one line per task."""

    def stage(self, name: str) -> str:
        """The argument is the stage's own name."""
        return name

    def html(self, tasks: list[str], name: str) -> str:
        """One table for all tasks, and one stamp."""
        rows = [
            {"task": self.results.title(task)} | self.results.numbers(task, name) for task in tasks
        ]
        columns = [Column("task", "Task")]
        for row in rows:
            columns[1:] = read_columns(self.options.get("columns", ""), row)
        return table(rows, columns) + self.joint_stamp(tasks, name, pd.DataFrame(rows))

    def joint_stamp(
        self, tasks: list[str], name: str, numbers: pd.DataFrame, called: str = ""
    ) -> str:
        """The line below, for all tasks at once; publishes the numbers."""
        facts = [stamp(self.results.path(task, f"numbers/{name}.json")) for task in tasks]
        folder = Path(self.env.app.outdir) / "_static/run"
        folder.mkdir(parents=True, exist_ok=True)
        file = f"{self.before('all-tasks')}{called or name}.csv"
        numbers.to_csv(folder / file, index=False)
        notebooks = {self.results.title(task): self.notebook_page(task, name) for task in tasks}
        return stamp_line(notebooks, facts, {"csv": f"{self.up()}_static/run/{file}"})


class RunOverview(RunNumbers):
    """``run-overview``: own language and translations among proponents, all tasks in one figure."""

    node_class = nodes.figure

    def html(self, tasks: list[str], name: str) -> str:
        """The figure, drawn from the counts, and one stamp."""
        table = overview(self.results)
        titles = {task: self.results.title(task) for task in tasks}
        drawn = json.loads(figures.overview(table, titles).to_json())
        return figure_html(drawn) + self.joint_stamp(tasks, name, table, "overview")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role and the directives."""
    app.add_config_value("xlshare_results", "", "env")
    app.add_enumerable_node(run_table, "table", html=_AS_FIGURE)
    app.add_directive("run-figure", RunFigure)
    app.add_directive("run-table", RunTable)
    app.add_directive("run-numbers", RunNumbers)
    app.add_directive("run-overview", RunOverview)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


_AS_FIGURE = (
    lambda translator, node: translator.visit_figure(node),
    lambda translator, node: translator.depart_figure(node),
)
