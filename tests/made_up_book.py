"""Made-up results for the book: the notebooks' own code, run on training that is made up.

So every table, figure, number and page is what the notebooks make of a study, with hostile text
wherever a dataset or a reader's own task may bring it.
"""

from __future__ import annotations

import ast
import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import made_up_training
import nbformat
import plotly.graph_objects as go
import plotly_figures
import pytest
from IPython.core.formatters import DisplayFormatter
from made_up_training import HOSTILE
from nbformat import NotebookNode, v4

import xlshare.training
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study

ROOT = Path(__file__).resolve().parents[1]
OWN = {  # a reader's task, every word of it hostile
    "title": f"Own {HOSTILE}",
    "question": f"Is it own? {HOSTILE}",
    "text_a": "text",
    "labels": {0: f"no {HOSTILE}", 1: f"yes {HOSTILE}"},
}
OWN_LANGUAGES = ["en", "ko", "de", "es", "<img src=x>"]
STUDY = {
    "study": "made-up",
    "own_tasks": {"own": OWN},
    "tasks": ["pawsx", "marc", "own"],
    "data": {
        "dataset": {"pawsx": "mini", "marc": "mini", "own": "my_data"},
        "languages": {"pawsx": None, "marc": None, "own": OWN_LANGUAGES},
        "train_per_language": 12,
        "dev_per_language": 4,
        "test_per_language": 4,
    },
    "influence": {"tests_per_language": 4, "top_k": 10},
    "quality": {"removals": [5, 10], "tests": 2},
    "imbalance": {"extra_percent": [50, 100]},
    "counterfactual": {"subsets": 6, "seeds": 2},
    "stages": {"11_counterfactual": ["pawsx", "marc"]},
}
STAGES = {  # xnli did not run, and own not every stage
    "pawsx": None,
    "marc": None,
    "own": ["01_finetune", "02_influence", "03_quality", "04_language_shares", "10_planted"],
}


def write_results(home: Path) -> None:
    """Run the notebooks of every task, in order."""
    for task, stages in STAGES.items():
        write_study({**STUDY, "task": task, "results": str(home)}, stages)


def write_study(values: dict[str, Any], stages: list[str] | None = None) -> None:
    """Run the notebooks of one task."""
    study = Study.of(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "xlshare.training.finetune", made_up_training)
        for name in ("interventions", "finetune", "margins", "other_scores"):
            patch.setattr(xlshare.training, name, made_up_training, raising=False)
        for stage in stages or study.planned:
            run_notebook(Run(study, stage), values)


def run_notebook(run: Run, values: dict[str, Any]) -> None:
    """Run a notebook's cells here, and keep it with its outputs as a kernel would have done."""
    notebook = nbformat.read(ROOT / f"notebooks/{run.stage}.ipynb", as_version=4)
    given = v4.new_code_cell(f"task = {run.study.task!r}", id="given")
    given.metadata["tags"] = ["injected-parameters"]
    names: dict[str, Any] = dict(values)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            cell.outputs = run_cell(cell.source, names)
            cell.execution_count = number
    notebook.cells.insert(2, given)
    notebook.cells[-1].outputs.append(v4.new_output("stream", name="stderr", text="a warning"))
    notebook.metadata["widgets"] = {"a": {}}
    path = run.path(f"notebooks/{run.stage}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    run.sign(f"notebooks/{run.stage}.ipynb")


def run_cell(source: str, names: dict[str, Any]) -> list[NotebookNode]:
    """Run a cell in the namespace `names`; what it prints and the value of its last line."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
    text = said.getvalue()
    outputs = [v4.new_output("stream", name="stdout", text=text)] if text else []
    return outputs + ([] if value is None else [displayed(value)])


def displayed(value: Any) -> NotebookNode:
    """A value as an output; figures in plotly's own type."""
    if isinstance(value, go.Figure):
        data = {plotly_figures.MIME: json.loads(value.to_json())}
        return v4.new_output("display_data", data)
    data, metadata = DisplayFormatter().format(value)
    return v4.new_output("display_data", data, metadata=metadata)
