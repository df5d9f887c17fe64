"""Build the book of a study from its files: `xlshare report --study mini`.

The study is named, or its parameter file is.

The executed notebooks are copied into `book/run/` as pages, a table of contents with just these is
written, and Jupyter Book builds `book/_build/html` with warnings as errors. Nothing is computed
and torch is not needed: a laptop builds the report of results that a GPU machine made.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
import yaml

from xlshare.report.made_of import hash_of_book
from xlshare.report.style import as_markdown
from xlshare.study import artifacts
from xlshare.study.artifacts import remove
from xlshare.study.parameters import Study, project_root, read_parameters
from xlshare.study.results import Results


def build(
    study: str, results: str | None = None, left_out: Collection[tuple[str, str]] = ()
) -> Path:
    """Build the book of a study from its results; returns the page to open.

    One that is there is left as it is where nothing that it is made of has changed.

    Args:
        study: its name or parameter file.
        results: the folder of all studies' results; None: the study's.
        left_out: tasks and stages whose results the book is not to show.

    Raises:
        ValueError: the study left no results, one is not what was saved, one of its notebooks
            failed, or a page did.
    """
    root = project_root()
    found = results_of(study, results, left_out)
    if not found.tasks:
        raise ValueError(f"{found.folder} holds no task's results: run the study {study!r} first")
    found.require_whole()
    html, made_of = root / "book/_build/html", hash_of_book(root, found)
    if artifacts.is_made_from(html, made_of):
        print("The book is left as it is: nothing that it is made of has changed", file=sys.stderr)
    else:
        remove(html)  # a page that is no longer made must not stay
        _build(root, found)
        artifacts.write_manifest(html, {"study": found.study, "inputs": made_of})
    return html / "index.html"


def results_of(
    study: str, results: str | None = None, left_out: Collection[tuple[str, str]] = ()
) -> Results:
    """A study's results: where its name, or its parameter file, says that they lie.

    The file as it is now has the last word on the titles and questions of a reader's own tasks.
    """
    values: Mapping[str, Any] = {"study": study}
    if Path(study).suffix in {".yaml", ".yml"}:
        values = read_parameters(study)
    home = results or values.get("results", Study.model_fields["results"].default)
    folder = project_root() / home / values.get("study", Study.model_fields["study"].default)
    words = {
        name: {word: task.get(word, "") for word in ("title", "question")}
        for name, task in values.get("own_tasks", {}).items()
    }
    return Results(folder, frozenset(left_out), words)


def _build(root: Path, results: Results) -> None:
    pages = {task: stitch(results, task, root / "book/run") for task in results.tasks}
    toc = root / "book/_build/toc.yml"
    write_toc(root / "_toc.yml", toc, pages)
    _run_jupyter_book(root, toc, results)


def stitch(results: Results, task: str, home: Path) -> list[str]:
    """Copy a task's executed notebooks to its folder in `home` as pages, and a page of them.

    Returns:
        The pages' names, the list first; none where no notebook was run.
    """
    target = home / task
    remove(target)
    found = sorted((results.folder / task / "notebooks").glob("[0-9]*_*.ipynb"))
    notebooks = [path for path in found if (task, path.stem) not in results.left_out]
    if not notebooks:
        return []
    target.mkdir(parents=True)
    for path in notebooks:
        notebook = as_page(nbformat.read(path, as_version=4), path)
        words = _stamp(_facts(results, task, path.stem))
        notebook.cells.insert(2, nbformat.v4.new_markdown_cell(words, id="stamp"))
        nbformat.write(notebook, target / path.name)
    names = [path.stem for path in notebooks]
    (target / "index.md").write_text(_index_page(results, task, names), encoding="utf-8")
    return ["index", *names]


def as_page(notebook: nbformat.NotebookNode, path: Path) -> nbformat.NotebookNode:
    """An executed notebook as a readable page: code folded, parameters in a table, no noise.

    Raises:
        ValueError: a cell failed.
    """
    parameters = _parameters(notebook)
    cells = [cell for cell in notebook.cells if not _is_parameters(cell)]
    for cell in cells:
        if cell.cell_type == "code":
            _check_ran(cell, path)
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            tags = set(cell.metadata.get("tags", []))
            cell.metadata = nbformat.from_dict({"tags": sorted(tags | {"hide-input"})})
    if parameters:
        cells.insert(1, nbformat.v4.new_markdown_cell(parameters, id="parameters"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def write_toc(base: Path, target: Path, pages: dict[str, list[str]]) -> None:
    """Add the notebooks' pages to the book's own table of contents, behind the last chapter."""
    toc = yaml.safe_load(base.read_text(encoding="utf-8"))
    chapters = [
        {
            "file": f"run/{task}/{names[0]}",
            "sections": [{"file": f"run/{task}/{name}"} for name in names[1:]],
        }
        for task, names in pages.items()
        if names
    ]
    if chapters:
        toc["parts"].append({"caption": "Notebooks", "chapters": chapters})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")


def _run_jupyter_book(root: Path, toc: Path, results: Results) -> None:
    jupyter_book = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", jupyter_book, "build", "book", "--all"]
    command += ["-q", "--warningiserror", "--keep-going", "--path-output", "book"]
    command += ["--config", "_config.yml", "--toc", str(toc)]
    environment = {**os.environ, "XLSHARE_RESULTS": str(results.folder.resolve())}
    environment |= {"XLSHARE_LEFT_OUT": json.dumps(sorted(results.left_out))}
    environment |= {"XLSHARE_WORDS": json.dumps(results.words)}
    if subprocess.run(command, cwd=root, env=environment).returncode:
        raise ValueError("the book has errors or warnings: see the lines above")


def _index_page(results: Results, task: str, names: list[str]) -> str:
    title, question = map(as_markdown, (results.title(task), results.known[task].question))
    lines = [f"# {title}", "", f"{question} The notebooks as they ran, in order:", ""]
    lines += ["| notebook | commit | device | seconds |", "|---|---|---|---|"]
    for name in names:
        lines.append(f"| [](./{name}.ipynb) | {' | '.join(_facts(results, task, name))} |")
    return "\n".join(lines) + "\n"


def _stamp(facts: list[str]) -> str:
    """Under a notebook's parameters: by which code, where and how long it ran."""
    commit, device, seconds = map(escape, facts)
    return f'<p class="stamp">As it ran: commit {commit} · {device} · {seconds} s</p>'


def _facts(results: Results, task: str, stage: str) -> list[str]:
    """Commit, device and seconds of an executed notebook, for readers."""
    unknown = {"commit": "unknown", "device": "unknown", "seconds": 0}
    facts = results.manifest(task, f"notebooks/{stage}.ipynb") or unknown
    return [facts["commit"][:7], facts["device"], f"{facts['seconds']:,.0f}"]


def _is_parameters(cell: nbformat.NotebookNode) -> bool:
    return bool({"parameters", "injected-parameters"} & set(cell.metadata.get("tags", [])))


def _parameters(notebook: nbformat.NotebookNode) -> str:
    """The parameters that the notebook ran with, as a table: a row each, sections on one line."""
    cells = [cell.source for cell in notebook.cells if _is_parameters(cell)]
    if not cells:
        return ""
    values: dict[str, Any] = {}
    for cell in cells:
        values |= _assigned(cell)
    rows = [f'<th scope="row">{name}</th><td>{_shown(one)}</td>' for name, one in values.items()]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table class="parameters"><caption>Parameters</caption>{body}</table>'


def _assigned(source: str) -> dict[str, Any]:
    """What a parameters cell assigns."""
    assignments = [line for line in ast.parse(source).body if isinstance(line, ast.Assign)]
    return {ast.unparse(line.targets[0]): ast.literal_eval(line.value) for line in assignments}


def _shown(value: Any) -> str:
    """A value as HTML; the values of a section are joined, each with its name."""
    if isinstance(value, dict):
        return ", ".join(f"{escape(str(key))}: {_shown(one)}" for key, one in value.items()) or "–"
    if isinstance(value, list):
        return " ".join(map(_shown, value))
    return escape("–" if value is None else str(value))


def _check_ran(cell: nbformat.NotebookNode, path: Path) -> None:
    for output in cell.outputs:
        if output.output_type == "error":
            raise ValueError(f"{path} failed ({output.ename}: {output.evalue}): run it again")
