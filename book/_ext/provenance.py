"""Where everything comes from: tables made of the manifests beside the results.

    ```{provenance} stages
    ```

`stages` says when, where and how long each notebook ran, `artifacts` what the main files hold by
size and hash, `parameters` what was asked for, `versions` by which software, `models` from which
commits. Nothing in them is typed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from run_values import results_of
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from stamps import short_commit

from xlshare.report.html import Column, table
from xlshare.report.values import ABSENT
from xlshare.study.parameters import nearest
from xlshare.study.results import Results

Row = dict[str, Any]
SHOWN = 16  # digits of a hash; the manifest has all
MAIN = ("examples.parquet", "predictions.parquet", "checkpoints/*", "influence.zarr")


def stages(results: Results) -> list[Row]:
    """One row per task and stage, and their sum."""
    rows = [
        {"task": results.title(task), "stage": facts["stage"], "device": facts["device"]}
        | {"ended": facts["created"][:16].replace("T", " "), "seconds": facts["seconds"]}
        | {"commit": short_commit(facts["commit"]), "sha256": facts["sha256"][:SHOWN]}
        for task, facts in notebooks(results)
    ]
    return [*rows, {"task": "in all", "seconds": sum(row["seconds"] for row in rows)}]


def artifacts(results: Results) -> list[Row]:
    """One row for each file that everything else is computed from."""
    found = [
        (task, path, path.relative_to(results.folder / task).as_posix())
        for task in results.tasks
        for pattern in MAIN
        for path in sorted((results.folder / task).glob(pattern))
    ]
    return [
        {"task": results.title(task), "file": name}
        | {"size": size(path) / 1e6, "sha256": facts["sha256"][:SHOWN]}
        for task, path, name in found
        if (facts := results.manifest(task, name))
    ]


def parameters(results: Results) -> list[Row]:
    """A row for each parameter that has a value; where tasks differ, each has its own."""
    flat = {task: dict(flattened(asked)) for task, asked in asked_for(results).items()}
    names = dict.fromkeys(name for values in flat.values() for name in values)
    rows = []
    for name in names:
        values = {results.title(task): shown(flat[task].get(name)) for task in flat}
        one = next(iter(values.values()))
        same = len(set(values.values())) == 1
        text = one if same else ", ".join(f"{title}: {v}" for title, v in values.items())
        rows.append({"name": name, "value": text})
    return [row for row in rows if row["name"] != "task" and row["value"] != ABSENT]


def versions(results: Results) -> list[Row]:
    """A row for each package and version, with the number of notebooks that ran with it."""
    counts: dict[tuple[str, str], int] = {}
    for _, facts in notebooks(results):
        for package in facts["versions"].items():
            counts[package] = counts.get(package, 0) + 1
    return [
        {"package": package, "version": version, "notebooks": count}
        for (package, version), count in sorted(counts.items())
    ]


def models(results: Results) -> list[Row]:
    """One row per task: model and data, their commits, and how many rows were left out."""
    rows = []
    for task, asked in asked_for(results).items():
        data = asked.get("data", {})
        examples = results.manifest(task, "examples.parquet")
        trained = results.manifest(task, "predictions.parquet")
        dropped = ", ".join(f"{n} {why}" for why, n in examples.get("dropped", {}).items() if n)
        commit = trained.get("model_commit") or asked.get("model_revision")
        row = {"task": results.title(task), "model": asked.get("model"), "model_commit": commit}
        row |= {"dataset": data.get("dataset"), "dropped": dropped or "none"}
        rows.append(row | {"data_commit": examples.get("dataset_commit") or data.get("revision")})
    return rows


def notebooks(results: Results) -> Iterator[tuple[str, Row]]:
    """The manifest of each executed notebook, with its task."""
    for task in results.tasks:
        for stage in results.stages(task):
            facts = results.manifest(task, f"notebooks/{stage}.ipynb")
            if facts:
                yield task, facts


def asked_for(results: Results) -> dict[str, Row]:
    """The parameters of each task."""
    return {task: results.parameters(task) for task in results.tasks}


def flattened(values: Row, above: str = "") -> Iterator[tuple[str, Any]]:
    """Names with dots in the place of sections."""
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from flattened(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def shown(value: Any) -> str:
    """A parameter's value for readers."""
    if value in (None, [], {}):
        return ABSENT
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())


TABLES: dict[str, tuple[Callable[[Results], list[Row]], list[Column]]] = {
    "stages": (
        stages,
        [
            Column("task", "Task"),
            Column("stage", "Notebook"),
            Column("ended", "Ended (UTC)"),
            Column("seconds", "Seconds", "int"),
            Column("device", "Device"),
            Column("commit", "Commit"),
            Column("sha256", "SHA-256 begins"),
        ],
    ),
    "artifacts": (
        artifacts,
        [
            Column("task", "Task"),
            Column("file", "File"),
            Column("size", "Size (MB)", ",.1f"),
            Column("sha256", "SHA-256 begins"),
        ],
    ),
    "parameters": (
        parameters,
        [Column("name", "Parameter"), Column("value", "Value")],
    ),
    "versions": (
        versions,
        [
            Column("package", "Package"),
            Column("version", "Version"),
            Column("notebooks", "Notebooks", "int"),
        ],
    ),
    "models": (
        models,
        [
            Column("task", "Task"),
            Column("model", "Model"),
            Column("model_commit", "Its commit"),
            Column("dataset", "Dataset"),
            Column("data_commit", "Its commit"),
            Column("dropped", "Rows left out"),
        ],
    ),
}


class Provenance(SphinxDirective):
    """``provenance``: one of these tables."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table of the study that the book shows."""
        name = self.arguments[0]
        if name not in TABLES:
            raise self.error(f"no table {name!r}{nearest(name, TABLES)}")
        made, columns = TABLES[name]
        blank = dict.fromkeys((column.name for column in columns), "")
        rows = [blank | row for row in made(results_of(self.env.app))]
        html = f'<div class="provenance">{table(rows, columns)}</div>'
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("provenance", Provenance)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
