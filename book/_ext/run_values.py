"""Numbers, tables and figures of a run in the book's pages: nothing measured is typed by hand.

    {run}`pawsx/04_language_shares:own_share_positive|percent ci`     a number in a sentence

    ```{run-figure} */language_shares
    :name: fig-shares
    Who relies on whom.
    ```

`*` shows every task that ran the stage, behind one switch; a task's name shows that task alone.
`run-table` prints a saved table, `run-numbers` a stage's numbers, one line a task; `when-run` keeps
a paragraph for the tasks that it speaks of. What a stage should have saved and did not is an error;
what the study did not run is said in words. Below each stands a stamp: notebook, commit, device,
seconds, and the data as a file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
from docutils import nodes
from docutils.parsers.rst import directives
from plotly_figures import figure_html
from run_html import Column, default_styles, publish, read_columns, stamp_line, switched, table
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from study_results import Results, stage_of, stamp
from value_formats import show

from xlshare.study import PARALLEL_ONLY


def results_of(app: Sphinx) -> Results:
    """The study that this build shows.

    Raises:
        ValueError: there is no such folder, or nothing ran in it.
    """
    folder = Path(app.config.xlshare_results or os.environ.get("XLSHARE_RESULTS") or "none")
    results = Results(folder.resolve())
    if not results.tasks:
        raise ValueError(
            f"no results of a study in {str(results.folder)!r}: run the study, then "
            "`python -m xlshare.book --study NAME` (or set XLSHARE_RESULTS to results/NAME)"
        )
    return results


class RunNumber(SphinxRole):
    """``{run}`task/stage:name|style` ``: a number of the run, or "not run"."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the value up and print it."""
        try:
            return [nodes.inline(self.rawtext, self._shown(), classes=["run"])], []
        except ValueError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]

    def _shown(self) -> str:
        place, _, style = self.text.partition("|")
        where, _, name = place.partition(":")
        task, _, stage = where.partition("/")
        results = results_of(self.env.app)
        if not results.ran(task, stage):
            return "not run"
        results.number(task, stage, name)
        return show(results.numbers(task, stage), name, style or "text")


class run_table(nodes.figure):
    """A figure that is numbered among the tables."""


class RunArtifact(SphinxDirective):
    """What figures, tables and numbers share: choice of tasks, caption, number, stamp."""

    required_arguments = 1
    has_content = True
    option_spec = {"name": directives.unchanged_required}
    node_class: type[nodes.figure] = nodes.figure

    def run(self) -> list[nodes.Node]:
        """The numbered figure or, where nothing ran, a sentence."""
        wanted, _, name = self.arguments[0].rpartition("/")
        try:
            self.results = results_of(self.env.app)
            tasks = list(self.results.known) if wanted in ("", "*") else [wanted]
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
        """What stands above the caption: one panel a task."""
        panels = {task: self.panel(task, name) for task in tasks}
        titles = {task: self.results.title(task) for task in tasks}
        return switched(panels, titles, group=f"task-{self.env.new_serialno('run')}")

    def panel(self, task: str, name: str) -> str:
        """What one task shows."""
        raise NotImplementedError

    def stamp(self, task: str, path: Path) -> str:
        """The line below a panel; publishes the file that it links to."""
        facts = stamp(path)
        files = publish(path, Path(self.env.app.outdir) / "_static/run" / task)
        up = "../" * self.env.docname.count("/")
        urls = {kind: f"{up}_static/run/{task}/{file}" for kind, file in files.items()}
        page = f"run/{task}/{facts['stage']}"
        link = None
        if page in self.env.found_docs:
            link = self.env.app.builder.get_relative_uri(self.env.docname, page)
        return stamp_line(self.results.title(task), facts, link, urls)

    def _not_run(self, stage: str, tasks: list[str]) -> nodes.Node:
        """A sentence in the place of the figure, numbered as it is, since pages refer to it."""
        tasks = [task for task in tasks if task in self.results.tasks] or tasks
        titles = ", ".join(self.results.title(task) for task in tasks)
        text = f"Nothing to show: this study did not run {stage} on {titles}"
        if stage in PARALLEL_ONLY and not any(self.results.known[t].parallel for t in tasks):
            text += ", since it asks for translations and these data are not parallel"
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
            kind = nodes.legend if position else nodes.caption
            figure += kind("", "", *(part.children if position == 0 else [part]))
        self.add_name(figure)
        return figure


class RunFigure(RunArtifact):
    """``run-figure``: a saved plotly figure."""

    def panel(self, task: str, name: str) -> str:
        """The figure's JSON, to be drawn by the page."""
        path = self.results.figure(task, name)
        figure = json.loads(path.read_text(encoding="utf-8"))
        return figure_html(figure) + self.stamp(task, path)


class RunTable(RunArtifact):
    """``run-table``: a saved table; `:columns:` chooses, names and formats its columns."""

    node_class = run_table
    option_spec = {**RunArtifact.option_spec, "columns": directives.unchanged_required}

    def panel(self, task: str, name: str) -> str:
        """The table's rows."""
        path = self.results.table(task, name)
        frame = pd.read_parquet(path)
        columns = read_columns(self.options.get("columns", ""), frame.columns)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return table(rows, default_styles(columns, frame)) + self.stamp(task, path)


class RunNumbers(RunTable):
    """``run-numbers``: numbers that a stage saved, one line a task."""

    def stage(self, name: str) -> str:
        """The argument is the stage's own name."""
        return name

    def html(self, tasks: list[str], name: str) -> str:
        """One table for all tasks, a stamp for each."""
        rows = [
            {"task": self.results.title(task)} | self.results.numbers(task, name) for task in tasks
        ]
        columns = [Column("task", "Task")]
        for row in rows:
            columns[1:] = read_columns(self.options.get("columns", ""), row)
        stamps = [self.stamp(task, self.results.signed_numbers(task, name)) for task in tasks]
        return table(rows, columns) + "".join(stamps)


class WhenRun(SphinxDirective):
    """``when-run``: its content, if the study ran `task/stage`; nothing otherwise."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the content, or leave it."""
        task, _, stage = self.arguments[0].partition("/")
        try:
            if not results_of(self.env.app).ran(task, stage):
                return []
        except ValueError as error:
            raise self.error(str(error)) from None
        parsed = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, parsed)
        return parsed.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role and the directives."""
    app.add_config_value("xlshare_results", "", "env")
    app.add_role("run", RunNumber())
    app.add_enumerable_node(run_table, "table", html=_AS_FIGURE)
    app.add_directive("run-figure", RunFigure)
    app.add_directive("run-table", RunTable)
    app.add_directive("run-numbers", RunNumbers)
    app.add_directive("when-run", WhenRun)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


_AS_FIGURE = (
    lambda translator, node: translator.visit_figure(node),
    lambda translator, node: translator.depart_figure(node),
)
