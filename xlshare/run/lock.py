"""One run at a time on the results of a study, by locks that end with their processes.

Whoever works on them, a whole run or a single stage, holds a lock with a note of who it is. The
jobs that a whole run starts belong to it, by the token in its note; they hold locks of their own,
so that one that outlives its run keeps others away. Shards of one stage, started by hand, work side
by side.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

FOLDER = ".locks"
COMMAND = "XLSHARE_COMMAND"  # the environment variable with what was typed to start a run


def hold(
    results: Path, work: str = "run", together: str | None = None, job: bool = False
) -> FileLock:
    """Take the results folder of a study for this process, until it ends or lets go.

    Args:
        results: the folder of the study with its first seed.
        work: what is done with it; nobody else does the same.
        together: the name of works that may be done at once.
        job: whether the whole run that holds these results has started this work.

    Raises:
        ValueError: another process has it; says which, where, since when and by which command.
    """
    folder = results / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    facts = _facts() | {"work": work, "together": together}
    facts |= {"run": _read(folder / "run.json")["run"]} if job else {}
    with FileLock(folder / "entry.lock"):  # looking and taking are one step
        refuse_second(results, facts)
        lock = FileLock(folder / f"{work}.lock")
        lock.acquire()
        (folder / f"{work}.json").write_text(json.dumps(facts), encoding="utf-8")
    return lock


def refuse_second(results: Path, facts: dict[str, Any] | None = None) -> None:
    """Raise ValueError if another process works on these results, naming it."""
    mine = facts or _facts() | {"work": "run", "together": None}
    for path in sorted((results / FOLDER).glob("*.json")):
        if _is_held(path.with_suffix(".lock")) and not _belong(mine, theirs := _read(path)):
            raise ValueError(
                f"another run works on {results} (process {theirs['process']} on {theirs['host']}, "
                f"since {theirs['since']}: {theirs['command']}): wait for it, or stop it"
            )


def _belong(mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether two may work at once: jobs of one run, or shards of one stage."""
    if mine["work"] == theirs["work"]:
        return False
    same = theirs["run"] == mine["run"]
    return same or (mine["together"] is not None and theirs["together"] == mine["together"])


def _is_held(path: Path) -> bool:
    try:
        with FileLock(path, blocking=False):
            return False
    except Timeout:
        return True


def _facts() -> dict[str, Any]:
    """Who this process is; it belongs to no other's run."""
    return {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": os.environ.get(COMMAND) or command(),
        "run": uuid.uuid4().hex,
    }


def command() -> str:
    """What was typed to start this process."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def _read(note: Path) -> dict[str, Any]:
    unknown = dict.fromkeys(("process", "host", "since", "command", "run", "together"), "unknown")
    try:
        return unknown | {"work": note.stem} | json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return unknown | {"work": note.stem}
