"""Chapters are Jinja templates: measured values and words that depend on them, in plain Markdown.

    {% for task in tasks if task.language_shares %}
    {% set shares = task.language_shares %}
    On {{ task.data }}, a language provides {{ shares.own | interval }} of its own proponents,
    {{ shares.own | versus(shares.chance) }} the {{ shares.chance | percent }} of chance.
    {% endfor %}

`prose_views` says what can be named. The filters write a number (percent, level, points, integer,
decimals, power, p_value), a number with its interval (interval), the word that its interval allows
(versus), both beside the chance level (beside_chance), a language's name (language), a number of
every task (each). `tasks | ran("quality")` are those that ran a stage, and `x is measured` asks
whether there is a number: without one, its sentence is left out. Whatever `{{ }}` gives is escaped,
since a dataset or a reader's task may be called anything. What is not there is an error with
chapter and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError, TemplateSyntaxError
from prose_views import TaskView, context
from run_values import recorded_of, results_of
from sphinx.application import Sphinx
from sphinx.util import logging

from xlshare.report.style import as_markdown
from xlshare.report.values import (
    ABOVE,
    BELOW,
    UNCLEAR,
    Measured,
    deciding_digits,
    one,
    with_interval,
)
from xlshare.study.parameters import nearest
from xlshare.study.tasks import language_name

GENERATED = "run/"  # pages that are made of a study's notebooks are no templates
LOGGER = logging.getLogger(__name__)


# ---- filters -------------------------------------------------------------------------------------


def percent(value: Any, signed: bool = False, digits: int = 0) -> str:
    """34%; signed: +34%."""
    return one(_value(value), f"{'+' if signed else ''}.{digits}%")


def points(value: Any) -> str:
    """A share as percentage points: +34."""
    return one(_scaled(value), "+.0f")


def integer(value: Any) -> str:
    """12,500."""
    return one(_value(value), "int")


def decimals(value: Any, digits: int = 2) -> str:
    """0.34."""
    return one(_value(value), f".{digits}f")


def power(value: Any) -> str:
    """3.8 × 10⁻⁷."""
    return one(_value(value), "power")


def p_value(value: Any) -> str:
    """0.012, or < 0.001."""
    return one(_value(value), "p")


def interval(
    value: Measured, signed: bool = False, against: Any = None, decimals: int | None = None
) -> str:
    """34% (31% to 37%); `against` a number: with as many digits as show on which side of it.

    With `decimals` it is no percentage: 0.34 (0.31 to 0.37).
    """
    if decimals is not None:
        return with_interval(value, f".{decimals}f")
    bound = None if against is None else _value(against)
    measured = value.has_interval and isinstance(bound, int | float)
    digits = deciding_digits(value, float(bound)) if measured and bound is not None else 0
    return with_interval(value, f"{'+' if signed else ''}.{digits}%")


def versus(
    value: Measured,
    other: Any,
    above: str = "more than",
    below: str = "less than",
    unclear: str = "not distinguishable from",
) -> str:
    """The words that the value's whole interval allows beside another number."""
    words = {ABOVE: above, BELOW: below, UNCLEAR: unclear}
    return words[value.compared(_value(other))]


def each(tasks: list[TaskView], name: str, style: str, **options: Any) -> str:
    """A number of every task that has it: "XNLI 25, PAWS-X 25".

    Raises:
        ValueError: no task has it, and a sentence without its number says nothing.
    """
    stage, _, number = name.partition(".")
    views = {task.short: getattr(getattr(task, stage), number) for task in ran(tasks, stage)}
    known = {short: value for short, value in views.items() if is_measured(value)}
    if not known:
        raise ValueError(f"no task has {name!r}: ask `if tasks | ran({name!r})` before")
    return ", ".join(f"{short} {FILTERS[style](one, **options)}" for short, one in known.items())


def ran(tasks: list[TaskView], name: str) -> list[TaskView]:
    """The tasks that ran a stage ("quality"), or that have a number of it ("quality.tests")."""
    stage, _, number = name.partition(".")
    there = [task for task in tasks if getattr(task, stage)]
    return [
        task for task in there if not number or is_measured(getattr(getattr(task, stage), number))
    ]


def is_measured(value: Any) -> bool:
    """Whether there is a number: where there can be none, a stage saves a word."""
    return isinstance(_value(value), int | float)


def beside_chance(value: Measured, signed: bool = False) -> str:
    """31% (28% to 35%), more than the 20% expected by chance: the difference decides the words."""
    if value.chance is None or value.beyond is None:
        raise ValueError(f"{value.value!r} has no chance level")
    shown = interval(value, signed, against=value.chance)
    if isinstance(value.value, str):
        return shown
    return f"{shown}, {versus(value.beyond, 0)} the {level(value.chance)} expected by chance"


def level(value: Any) -> str:
    """A share to compare with: 20%, or 5.6% where it is not whole."""
    value = _value(value)
    whole = isinstance(value, str) or round(100 * value, 6).is_integer()
    return one(value, "percent" if whole else ".1%")


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Measured) else value


def _scaled(value: Any) -> Any:
    value = _value(value)
    return value if isinstance(value, str) else 100 * value


FILTERS: dict[str, Callable[..., Any]] = {
    "percent": percent,
    "points": points,
    "integer": integer,
    "decimals": decimals,
    "power": power,
    "p_value": p_value,
    "interval": interval,
    "versus": versus,
    "beside_chance": beside_chance,
    "level": level,
    "language": language_name,
    "each": each,
    "ran": ran,
}
TESTS: dict[str, Callable[..., bool]] = {
    side: lambda value, other, side=side: value.compared(_value(other)) == side
    for side in (ABOVE, BELOW, UNCLEAR)
} | {"measured": is_measured}


# ---- rendering -----------------------------------------------------------------------------------


class ProseError(ValueError):
    """A chapter's template cannot be rendered; `line` is where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def environment() -> Environment:
    """Jinja with our filters: strict about names, and all that is written is escaped."""
    made = Environment(
        undefined=StrictUndefined,
        finalize=escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= FILTERS
    made.tests |= TESTS
    return made


def escaped(value: Any) -> str:
    """What `{{ }}` writes: text, a count or a filter's result, as it is.

    Raises:
        ValueError: a measured number without a filter that says how to write it.
    """
    if isinstance(value, Measured) and isinstance(value.value, str):
        value = value.value
    if isinstance(value, str | int) and not isinstance(value, bool):
        return as_markdown(str(value))
    raise ValueError(f"{value!r} needs a filter ({', '.join(FILTERS)})")


def render(text: str, names: dict[str, Any], file: str = "chapter") -> str:
    """A chapter's Markdown with its values.

    Raises:
        ProseError: a name or a filter is unknown, or a value cannot be written so.
    """
    made = environment()
    try:
        code = made.compile(text, "chapter", file)
        template = Template.from_code(made, code, made.make_globals(None))
        return template.render(names)
    except TemplateSyntaxError as error:
        raise ProseError(_explained(str(error.message), made, names), error.lineno) from None
    except (TemplateError, ValueError, TypeError) as error:
        raise ProseError(_explained(str(error), made, names), _line(error, file)) from None


def _explained(message: str, made: Environment, names: dict[str, Any]) -> str:
    """Jinja's message about an unknown name, with the nearest one."""
    known = {
        r"No filter named '(\w+)'": made.filters,
        r"No test named '(\w+)'": made.tests,
        r"'(\w+)' is undefined": names,
    }
    for pattern, valid in known.items():
        if found := re.match(pattern, message):
            return f"{found[0]}{nearest(found[1], valid)}"
    return message


def _line(error: Exception, file: str) -> int:
    """The template's line in an error's traceback."""
    line, frame = 1, error.__traceback__
    while frame:
        if frame.tb_frame.f_code.co_filename == file:
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def render_chapter(app: Sphinx, page: str, source: list[str]) -> None:
    """Render a chapter as it is read; where it cannot be, say so and keep its title."""
    path = app.env.doc2path(page)
    if page.startswith(GENERATED) or not path.endswith(".md"):
        return
    try:
        benchmarks = Path(app.srcdir) / "benchmarks"
        names = context(results_of(app), recorded_of(app), benchmarks)
        source[0] = render(source[0], names, path)
    except ProseError as error:
        LOGGER.error("%s", error, location=(page, error.line))
        source[0] = next(line for line in source[0].splitlines() if line.startswith("# "))


def setup(app: Sphinx) -> dict[str, bool]:
    """Act when a page is read."""
    app.connect("source-read", render_chapter)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
