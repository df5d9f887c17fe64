"""Run a whole study: `xlshare run --study mini`.

Everything is checked before Snakemake is started, so that whatever is wrong is one line. Stages
that are as they would be made now are left alone; of the others it says why they run again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from xlshare.data import hub
from xlshare.run import fingerprints, lock, plan
from xlshare.study.artifacts import folder_of
from xlshare.study.parameters import Study, project_root, read_parameters, studies, study_file
from xlshare.training.made_from import COSTLY, RERUN


def run(study: str, *, cores: str = "all", gpus: int | None = None, rerun: bool = False) -> None:
    """Run what is to be run of a study, each stage as soon as those that it reads from are done.

    Where one of them finds that a file is not what another stage saved, that stage runs again.

    Args:
        study: its name or parameter file.
        cores: how many jobs at once.
        gpus: how many of them may have a GPU, one each; None: as many as there are.
        rerun: whether hours of training may be thrown away where their inputs changed.

    Raises:
        ValueError: the study is impossible, another run works on its results, or a rerun would be
            costly and was not asked for.
        OSError: its results cannot be written.
        RuntimeError: a stage failed; it has said why.
    """
    planned = studies(read_parameters(study))
    waiting = stale(planned)
    if not waiting:
        print(f"Study {planned[0].study}: every stage is done.", file=sys.stderr)
        return
    hub.require(planned)
    _check_writable(folder_of(planned[0]).parent)
    lock.refuse_second(folder_of(planned[0]).parent)
    _announce(waiting)
    if not rerun:
        refuse_costly(study, waiting)
    while _snakemake(study, planned[0], cores, gpus, rerun):
        found = [job for job in stale(planned) if job not in waiting]
        if not found:
            raise RuntimeError(f"the study {study} is not done: see the lines above")
        _announce(found)  # what a stage read was damaged, so what made it is to run again
        waiting += found


def stale(planned: list[Study]) -> list[tuple[Study, str]]:
    """The stages of a study, of each task and seed, that run."""
    return [job for study in planned for job in fingerprints.waiting(study)]


def refuse_costly(study: str, waiting: list[tuple[Study, str]]) -> None:
    """Raise ValueError where much training would be thrown away, saying what changed."""
    lost = {(one.task, stage): fingerprints.discarded_seconds(one, stage) for one, stage in waiting}
    seconds = sum(lost.values())
    if seconds < COSTLY:
        return
    first = next((one, stage) for one, stage in waiting if lost[one.task, stage])
    reasons = "; ".join(fingerprints.changes(*first))
    raise ValueError(
        f"{plan.duration(seconds)} of training and scoring would be thrown away, since this "
        f"changed: {reasons}. To compute them again, `make report STUDY={study} RERUN=yes`; to "
        "keep them, give the study another name (`study: ...` in its file); for the book of the "
        f"results as they are, `make report STUDY={first[0].study} RESULTS={first[0].results}`"
    )


def _announce(waiting: list[tuple[Study, str]]) -> None:
    for one, stage in waiting:
        if reasons := fingerprints.changes(one, stage):
            print(
                f"[{one.task} {stage}] runs again: {'; '.join(reasons)}",
                file=sys.stderr,
            )


def _check_writable(folder: Path) -> None:
    """Raise OSError, with its path, unless files can be made in the results folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None


def _snakemake(study: str, first: Study, cores: str, gpus: int | None, rerun: bool) -> int:
    count = visible_gpus() if gpus is None else gpus
    if first.runtime.device == "cpu":
        count = 0
    file = study_file(study)
    assert file is not None  # the study was read from it
    command = [sys.executable, "-m", "snakemake", "--profile", "notebooks/profile"]
    command += ["--cores", cores, "--config", f"study={json.dumps(str(file.resolve()))}"]
    command += [f"gpus={count}", "--resources", f"gpu={count}"] if count else []
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # the jobs' xlshare
    environment = os.environ | {"PATH": path, lock.COMMAND: lock.command()}
    environment |= {RERUN: "yes"} if rerun else {}
    return subprocess.run(command, cwd=project_root(), env=environment).returncode


def visible_gpus() -> int:
    """How many GPUs this process may use, without loading torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return len([name for name in named.split(",") if name.strip() not in ("", "-1")])
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    except OSError:
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
