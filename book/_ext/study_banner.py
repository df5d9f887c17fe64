"""A line at the top of every page: which study the page shows, and what it can and cannot show.

It is written from the run: the study's name, its data and model from a manifest, and from
01_finetune how the model compares with the majority label and a bag of words. A task whose model is
not above both is named, because its pages check the pipeline and find nothing.
"""

from __future__ import annotations

from html import escape
from typing import Any

from run_values import results_of
from sphinx.application import Sphinx
from sphinx.config import Config

from xlshare.report.values import one
from xlshare.study.results import Results

MINI = (
    "It shows how the analyses work where the truth is simple; "
    "it says nothing about real languages."
)


def banner(results: Results) -> str:
    """The line: a sentence, and behind it what it means and the accuracies."""
    mini = results.synthetic
    what = "synthetic sentences, small model" if mini else _what(results)
    unlearned = [results.title(task) for task in results.tasks if not results.learned(task)]
    lines = [_accuracy(results, task) for task in results.tasks]
    if unlearned:
        what += f". On {'; '.join(unlearned)} the model is not above its baselines"
        what += ": these results check the pipeline and find nothing"
    if mini:
        lines.insert(0, MINI)
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    summary = f"Study <strong>{escape(results.study)}</strong>: {escape(what)}."
    return f'<details class="study"><summary>{summary}</summary><ul>{items}</ul></details>'


def _what(results: Results) -> str:
    parameters = results.parameters(results.tasks[0])
    data = parameters.get("data", {})
    size = one(data.get("train_per_language"), "int")
    model, dataset = parameters.get("model"), data.get("dataset")
    title = results.title(results.tasks[0])
    return f"{model}, {size} training examples per language ({title}: {dataset})"


def _accuracy(results: Results, task: str) -> str:
    numbers = _finetune(results, task)
    names = ("test_accuracy", "majority_accuracy", "bag_of_words_accuracy")
    model, majority, words = (one(numbers.get(name), "percent") for name in names)
    title = results.title(task)
    return f"{title}: test accuracy {model}; majority label {majority}; bag of words {words}"


def _finetune(results: Results, task: str) -> dict[str, Any]:
    ran = results.ran(task, "01_finetune")
    return results.numbers(task, "01_finetune") if ran else {}


def add_banner(app: Sphinx, config: Config) -> None:
    """Hand the line to the theme, which puts it on every page."""
    config.html_theme_options["announcement"] = banner(results_of(app))


def setup(app: Sphinx) -> dict[str, bool]:
    """Act once the configuration is read."""
    app.connect("config-inited", add_banner)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
