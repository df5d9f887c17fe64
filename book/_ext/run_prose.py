"""Measured values in sentences: numbers, words that depend on them, and text for each task.

    {run}`pawsx/04_language_shares:own_share_positive|percent ci`     a number of one task
    {tasks}`04_language_shares:own_share_positive|percent`            of all: "XNLI 26%, MARC 32%"
    {word}`pawsx/06_dynamics:change vs 0 | rises | falls | hardly moves`
    {tally}`04_language_shares:own_share_positive vs chance`          of how many tasks: "2 of 3"

A word is chosen when the book is built, so that a sentence cannot contradict its run: the first
where the whole interval of the number is above the other number, the second where all of it is
below, the third where it includes it. A number without an interval is compared as it is.

    :::{each-run} 04_language_shares
    On @title, {run}`@task/04_language_shares:chance|percent` by chance.
    :::

writes its content once for each task that ran the stage, a reader's own tasks included;
`when-run` keeps content for one task that it speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from run_values import results_of
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from value_formats import show

from xlshare.report.style import as_markdown
from xlshare.study.parameters import nearest
from xlshare.study.results import MissingResult, Results

NOT_RUN = "not run"
UNBROKEN = 24  # characters that every screen has room for
ABOVE, BELOW, UNCLEAR = range(3)


class RunRole(SphinxRole):
    """A role that prints something of the study, and reports what is not there."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The text as an inline element."""
        try:
            text = self.shown(results_of(self.env.app))
            return inline(text), []
        except ValueError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]

    def shown(self, results: Results) -> str:
        """What stands in the page."""
        raise NotImplementedError


def inline(text: str) -> list[nodes.Node]:
    """What was measured as inline elements; short parts between commas stay on one line."""
    made: list[nodes.Node] = []
    for part in text.split(", "):
        kinds = ["run", "unbroken"] if len(part) <= UNBROKEN else ["run"]
        made += [nodes.Text(", "), nodes.inline("", part, classes=kinds)]
    return made[1:]


class RunNumber(RunRole):
    """``{run}`task/stage:name|style` ``: a number of the run, or "not run"."""

    def shown(self, results: Results) -> str:
        """The value in its style."""
        place, _, style = self.text.partition("|")
        where, _, name = place.partition(":")
        task, _, stage = where.partition("/")
        return number(results, task, stage, name, style) if results.ran(task, stage) else NOT_RUN


class TaskNumbers(RunRole):
    """``{tasks}`stage:name|style` ``: the number of each task that ran the stage."""

    def shown(self, results: Results) -> str:
        """Titles with their values, joined by commas."""
        place, _, style = self.text.partition("|")
        stage, _, name = place.partition(":")
        tasks = results.that_ran(stage)
        found = [f"{results.title(t)} {number(results, t, stage, name, style)}" for t in tasks]
        return ", ".join(found) or NOT_RUN


class RunWord(RunRole):
    """``{word}`task/stage:name vs other | above | below | unclear` ``."""

    def shown(self, results: Results) -> str:
        """One of the three wordings."""
        spec, *words = (part.strip() for part in self.text.split("|"))
        if len(words) != 3:
            raise ValueError(f"{self.text!r}: give three wordings, for above, below and unclear")
        where, _, comparison = spec.partition(":")
        task, _, stage = where.partition("/")
        if not results.ran(task, stage):
            return NOT_RUN
        return words[verdict(results.numbers(task, stage), comparison)]


class Tally(RunRole):
    """``{tally}`stage:name vs other` ``: on how many of the tasks it is surely above."""

    def shown(self, results: Results) -> str:
        """For instance "2 of 3"."""
        stage, _, comparison = self.text.partition(":")
        tasks = results.that_ran(stage)
        found = [verdict(results.numbers(task, stage), comparison) for task in tasks]
        return f"{found.count(ABOVE)} of {len(found)}" if found else NOT_RUN


def number(results: Results, task: str, stage: str, name: str, style: str) -> str:
    """A number of a stage in a style; an unknown name is an error that names the nearest."""
    results.number(task, stage, name)
    return show(results.numbers(task, stage), name, style or "text")


def verdict(numbers: Mapping[str, Any], comparison: str) -> int:
    """ABOVE, BELOW or UNCLEAR, of `name vs other`; other is a name or a plain number."""
    name, _, other = (part.strip() for part in comparison.partition(" vs "))
    bound = _value(numbers, other)
    low, high = (numbers.get(f"{name}_{end}", _value(numbers, name)) for end in ("low", "high"))
    if any(isinstance(value, str) for value in (bound, low, high)):
        return UNCLEAR  # a stage says in words what could not be measured
    return ABOVE if low > bound else BELOW if high < bound else UNCLEAR


def _value(numbers: Mapping[str, Any], name: str) -> float | str:
    if name in numbers:
        return numbers[name]
    try:
        return float(name)
    except ValueError:
        raise MissingResult(f"no number {name!r}{nearest(name, numbers)}") from None


def one_list(parts: list[nodes.Node]) -> list[nodes.Node]:
    """Lists that follow each other as one list."""
    kept: list[nodes.Node] = []
    for part in parts:
        if kept and isinstance(part, nodes.bullet_list) and isinstance(kept[-1], type(part)):
            kept[-1].extend(part.children)
        else:
            kept.append(part)
    return kept


class WhenRun(SphinxDirective):
    """``when-run``: its content, if the study ran `task/stage`; `*` is any task."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the content for each task that it is for."""
        try:
            tasks = self.tasks(results_of(self.env.app))
        except ValueError as error:
            raise self.error(str(error)) from None
        parts = [node for task, title in tasks.items() for node in self._parsed(task, title)]
        return one_list(parts)

    def tasks(self, results: Results) -> dict[str, str]:
        """The task that it speaks of, if it ran the stage, with its title."""
        task, _, stage = self.arguments[0].partition("/")
        ran = results.that_ran(stage)[:1] if task == "*" else [task]
        return {one: results.title(one) for one in ran if results.ran(one, stage)}

    def _parsed(self, task: str, title: str) -> list[nodes.Node]:
        words = {"@task": task, "@title": as_markdown(title)}
        lines = [re.sub("@task|@title", lambda m: words[m[0]], line) for line in self.content]
        parsed = nodes.Element()
        content = StringList(lines, source=self.get_source_info()[0])
        self.state.nested_parse(content, self.content_offset, parsed)
        return parsed.children


class EachRun(WhenRun):
    """``each-run``: its content for each task that ran a stage."""

    def tasks(self, results: Results) -> dict[str, str]:
        """All of them."""
        return {t: results.title(t) for t in results.that_ran(self.arguments[0])}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the roles and the directives."""
    roles = {"run": RunNumber, "tasks": TaskNumbers, "word": RunWord, "tally": Tally}
    for name, role in roles.items():
        app.add_role(name, role())
    app.add_directive("when-run", WhenRun)
    app.add_directive("each-run", EachRun)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
