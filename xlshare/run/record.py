"""Record a study in the book: its counts and numbers, beside which a reader's own run is shown.

    python -m xlshare.run.record --study laptop --out book/recorded/e5-small --command "make report
    STUDY=laptop" --hardware "two cores of ..."

What is recorded holds numbers, languages and the ids of examples, and no text of any dataset. The
folder is laid out as a study's results, so `Results` reads it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from xlshare.study import artifacts
from xlshare.study.names import COUNTED, counts_table
from xlshare.study.parameters import project_root, read_parameters, studies
from xlshare.study.results import Results

FACTS = "recorded.json"
OTHERS = ("finetune_accuracy", "history", "dynamics_tests", "dynamics_wilcoxon")
TABLES = (*(counts_table(name) for names in COUNTED.values() for name in names), *OTHERS)


def record(results: Results, target: Path, *, command: str, hardware: str) -> Path:
    """Copy a study's counts and numbers, with their manifests, to a folder of its own.

    Args:
        results: of the study; what it did not run is left out.
        target: the folder to write, which is replaced.
        command: that runs the study.
        hardware: that it ran on, in words.

    Returns:
        The folder.

    Raises:
        ValueError: the study left no results, or an artifact is not what its manifest says.
    """
    if not results.tasks:
        raise ValueError(f"{results.folder} holds no task's results: run the study first")
    found = [path for task in results.tasks for path in _artifacts(results, task)]
    seconds = [results.manifest(t, f"notebooks/{s}.ipynb")["seconds"] for t, s in _ran(results)]
    facts = {
        "study": results.study,
        "command": command,
        "hardware": hardware,
        "hours": round(sum(seconds) / 3600, 2),
        "date": max(artifacts.read_manifest(path)["created"] for path in found)[:10],
        "commits": sorted({artifacts.read_manifest(path)["commit"] for path in found}),
    }
    with artifacts.replacing(target) as folder:
        for path in found:
            copy = folder / path.relative_to(results.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            for file in (path, artifacts.manifest_path(path)):
                copy.with_name(file.name).write_bytes(file.read_bytes())
        text = json.dumps(facts, indent=1, ensure_ascii=False)
        (folder / FACTS).write_text(text, encoding="utf-8")
    return target


def _ran(results: Results) -> list[tuple[str, str]]:
    return [(task, stage) for task in results.tasks for stage in results.stages(task)]


def _artifacts(results: Results, task: str) -> list[Path]:
    """What is recorded of a task.

    Raises:
        ValueError: something has changed since it was saved.
    """
    folder = results.folder / task
    names = [f"numbers/{stage}.json" for stage in results.stages(task)]
    names += [f"tables/{name}.parquet" for name in TABLES]
    found = [folder / name for name in names if (folder / name).is_file()]
    for path in found:
        if not artifacts.is_whole(path):
            raise ValueError(f"{path} is not what its manifest says: run its stage again")
    return found


def main(arguments: list[str] | None = None) -> None:
    """Record the study that the command line names."""
    parser = argparse.ArgumentParser(prog="xlshare.run.record", description=__doc__)
    parser.add_argument("--study", required=True, help="its name or parameter file")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--command", required=True, help="that runs the study")
    parser.add_argument("--hardware", required=True, help="that it ran on")
    options = parser.parse_args(arguments)
    results = Results.of(studies(read_parameters(options.study))[0])
    target = project_root() / options.out
    print(record(results, target, command=options.command, hardware=options.hardware))


if __name__ == "__main__":
    main()
