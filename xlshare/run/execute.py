"""Run one notebook of a study through papermill.

    xlshare run 04_language_shares --study mini --task pawsx

does what `papermill notebooks/04_language_shares.ipynb OUT.ipynb -f notebooks/studies/mini.yaml
-p task pawsx` does, checks the parameters before the kernel starts, shows the stage's progress,
and puts the executed notebook into the study's results when it ended well, cleaned so that reruns
are identical.
"""

from __future__ import annotations

import io
import json
import logging
import os
import resource
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from xlshare.data import hub
from xlshare.run import fingerprints, lock
from xlshare.run.faults import explained_text
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.parameters import STAGES, Study, read_parameters, with_seed
from xlshare.training.gpus import own_card

# Papermill warns of parameters that a notebook does not show; `Study` has checked them all.
logging.getLogger("papermill").setLevel(logging.ERROR)

NOISE = ("papermill", "execution", "widgets", "ExecuteTime")


class Echo(io.TextIOBase):
    """Prints a notebook's progress as lines that say whose it is, each bar's every few seconds.

    Bars stand within bars: that of a stage's retrains, which says what remains of the stage, is
    not to be lost among those of each retrain.
    """

    def __init__(self, name: str, seconds: float = 3.0) -> None:
        self.name, self.seconds = name, seconds
        self.last: dict[str, float] = {}  # when each bar was last shown

    def write(self, text: str) -> int:
        """Print the notes among these lines, and the bars that are due; returns their length."""
        parts = text.replace("\r", "\n").split("\n")
        for line in (part for part in parts if part.startswith("note: ")):
            self.say(line)
        lines = [line for line in parts if "%|" in line]
        bars = {line.partition("%|")[0].rstrip("0123456789 "): line.strip() for line in lines}
        for bar, line in bars.items():
            if time.monotonic() - self.last.get(bar, float("-inf")) > self.seconds:
                self.last[bar] = time.monotonic()
                self.say(line)
        return len(text)

    def say(self, line: str) -> None:
        """Print a line that begins with whose it is."""
        print(f"[{self.name}] {line}", file=sys.stderr, flush=True)


def parameters_of(study: str, task: str | None = None, seed: int | None = None) -> dict[str, Any]:
    """A study's parameters for one of its tasks and seeds, by default the first of each."""
    values = read_parameters(study)
    if seed is not None:
        values = with_seed(values, seed)
    return values if task is None else values | {"task": task}


def run_stage(
    stage: str,
    values: dict[str, Any],
    shard: int | None = None,
    shards: int = 1,
    gpus: int = 0,
    made_of: str | None = None,
    home: Path | None = None,
) -> Path:
    """Execute one stage, or a shard of it, on a GPU of its own where it is told of some.

    Args:
        stage: its name, as "04_language_shares".
        values: the study's parameters for one task (`parameters_of`).
        shard: which part of the stage; None: all of it.
        shards: how many parts there are.
        gpus: how many GPUs there are to take one of.
        made_of: the hash of what the stage is to be made of; None: of what there is.
        home: the results folder of the study with its first seed; None: of this one.

    Raises:
        ValueError: as `execute`; where parameters, examples, model or code are not those of
            `made_of` any more; and where another run works on the results.
        RuntimeError: as `execute`.
    """
    if shard is not None:
        values = values | {"shard": shard, "shards": shards}
    study = Study.of(values)
    if made_of is not None and fingerprints.hash_of(study, stage) != made_of:
        raise ValueError(
            f"{study.task} {stage}: parameters, examples, model or code changed while the study "
            "ran: start the same command again"
        )
    hub.require([study])
    home = home or artifacts.folder_of(study).parent
    work = f"{study.task}-seed-{study.seed}-{stage}"
    part = {"work": f"{work}-shard-{shard}", "together": work} if shard else {"work": work}
    held = lock.hold(home, **part, job=made_of is not None)
    try:
        with own_card(gpus) if gpus else nullcontext():
            return execute(stage, values, part=shard is not None)
    finally:
        held.release()


def execute(
    stage: str, values: dict[str, Any], notebooks: Path = Path("notebooks"), part: bool = False
) -> Path:
    """Execute `notebooks/<stage>.ipynb` with these parameters; returns the executed notebook.

    With `part`, only its shard: the cells up to the one tagged "shard". The stage counts as done
    when the notebook is whole; its manifest says what it was made of.

    Raises:
        ValueError: bad parameters, before anything runs.
        RuntimeError: the notebook fails, with its own error; an older executed one stays.
    """
    study = Study.of(values)
    run = Run(study, stage)
    shard = f"-shard-{study.shard}-of-{study.shards}" if part else ""
    name = f"notebooks/{stage}.ipynb"
    if part:
        name = f"notebooks/shards/{stage}-{study.shard}-of-{study.shards}.ipynb"
    target = run.path(name)
    inputs, made_of = fingerprints.parts(study, stage), fingerprints.hash_of(study, stage)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    echo = Echo(f"{study.task} {stage}")
    echo.say("starts")
    artifacts.unstamp(study, f"{stage}{shard}")
    with artifacts.replacing(target) as temporary:
        _copy(notebooks / f"{stage}.ipynb", temporary, "shard" if part else None)
        _run(temporary, values, echo, f"{stage}.ipynb")
        clean(temporary, f"{study.task}-{stage}")
        artifacts.remove(artifacts.manifest_path(target))
    manifest = run.sign(name, inputs=inputs, peak_memory=peak_memory())
    artifacts.mark_done(study, f"{stage}{shard}", made_of)
    echo.say(f"took {json.loads(manifest.read_text())['seconds']:.0f} s")
    return target


def clean(path: Path, name: str) -> None:
    """Strip what differs between two runs (times, paths, progress) and hide what is no reading."""
    notebook = nbformat.read(path, as_version=4)
    _drop(notebook.metadata, NOISE)
    notebook.metadata["language_info"] = {"name": "python"}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name}-{number:02d}"
        _drop(cell.metadata, NOISE)
        tags = set(cell.metadata.get("tags", []))
        if tags & {"parameters", "injected-parameters"}:
            cell.metadata["tags"] = sorted(tags | {"hide-input"})
        if cell.cell_type == "code":
            cell["outputs"] = [out for out in cell.outputs if out.get("name") != "stderr"]
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def _copy(source: Path, target: Path, last: str | None) -> None:
    """Copy a notebook, if need be only up to the cell tagged `last`."""
    if not source.is_file():
        raise ValueError(f"no notebook {str(source)!r}: the stages are {', '.join(STAGES)}")
    notebook = nbformat.read(source, as_version=4)
    if last:
        tagged = [last in cell.metadata.get("tags", []) for cell in notebook.cells]
        if not any(tagged):
            raise ValueError(f"{source.name} has no cell tagged {last!r}: it is not run in shards")
        notebook.cells = notebook.cells[: tagged.index(True) + 1]
    nbformat.write(notebook, target)


def _run(notebook: Path, values: dict[str, Any], echo: Echo, name: str) -> None:
    kills = memory_kills()
    try:
        papermill.execute_notebook(
            str(notebook),
            str(notebook),
            parameters=values,
            kernel_name="python3",
            progress_bar=False,
            stderr_file=echo,
            start_timeout=300,
            extra_arguments=["--log-level=CRITICAL"],
        )
    except PapermillExecutionError as error:
        said = explained_text(f"{error.ename}: {error.evalue}", str(notebook.parent))
        raise RuntimeError(f"{name} stopped: {said}") from None
    except DeadKernelError:
        sure = "killed" if memory_kills() > kills else "probably killed (see `dmesg`)"
        raise RuntimeError(
            f"{name} stopped: {echo.name}'s kernel died, {sure} by the system for lack of memory. "
            "Run one stage at a time (make report CORES=1) or take a machine with more memory; "
            "finished stages and scores are kept, and the same command continues"
        ) from None


def peak_memory() -> int:
    """The most bytes of memory that a child of this process had at once: a notebook's kernel."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit


def memory_kills() -> int:
    """How many processes Linux has killed for lack of memory since it started."""
    counts = Path("/proc/vmstat")
    lines = counts.read_text().splitlines() if counts.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def _drop(metadata: NotebookNode, names: tuple[str, ...]) -> None:
    for name in names:
        metadata.pop(name, None)
